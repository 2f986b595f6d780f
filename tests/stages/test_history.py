"""``nsmig.History``: order, leaves, and invalid histories, on the core and on the reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nsmig
from nsmig import Kind
from nsmig.errors import (
    CycleError,
    DuplicateMigrationError,
    FoldError,
    MissingDependencyError,
    OverlapError,
    UnknownMigrationError,
)
from nsmig.operations import CreateType, DropType
from support import reference
from support.engines import CORE, ENGINES, REFERENCE, Engine, answer, described, history, plain
from support.reference import Migration
from support.strategies import migrations


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


@st.composite
def tangles(draw: st.DrawFn) -> list[Migration]:
    """Migrations that may depend on and replace anything: themselves, each other, missing names."""
    names = draw(st.lists(st.sampled_from("abcdef"), max_size=6, unique=draw(st.booleans())))
    some = st.lists(st.sampled_from("abcdefx" if draw(st.booleans()) else "abcdef"), max_size=2, unique=True)
    squash = st.just(()) | some.map(tuple)
    return [Migration(name, (), tuple(draw(some)), draw(squash)) for name in names]


# ---- Order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", ""),
        ("b a c", "a b c"),
        ("c:b b:a a", "a b c"),
        ("z b:z c", "c z b"),
        ("a b:a c:a d:b,c", "a b c d"),
        ("a10 a9 B _", "B _ a10 a9"),
        ("é z 😀 \uffff", "z é \uffff 😀"),
        ("a b:a s=a,b aa:b", "a b s aa"),  # after the squash of its dependency
        ("z y:z s=z,y b:s", "z y s b"),  # and vice versa
        ("a b:a c:b s=a,b t=a,b,s,c aa:a", "a b s c t aa"),
        ("b:a a t=a,b s=b,a", "a b t s"),  # squashed twice: the smaller name counts for both
        ("s=x,y b:y", "s b"),  # a member without a file
    ],
)
def test_order(engine: Engine, text: str, order: str) -> None:
    assert engine.order(described(text)) == order.split()


@given(migrations(max_size=10))
def test_order_is_the_references(found: list[Migration]) -> None:
    assert CORE.order(found) == REFERENCE.order(found)


@given(migrations(max_size=8), st.data())
def test_order_does_not_depend_on_how_migrations_are_given(found: list[Migration], data: st.DataObject) -> None:
    shuffled = [
        replace(
            m,
            dependencies=tuple(data.draw(st.permutations(m.dependencies))),
            replaces=tuple(data.draw(st.permutations(m.replaces))),
        )
        for m in data.draw(st.permutations(found))
    ]
    assert answer(lambda: CORE.order(shuffled)) == answer(lambda: CORE.order(found))


@settings(max_examples=250)
@given(tangles())
def test_both_refuse_the_same_histories(found: list[Migration]) -> None:
    assert answer(lambda: CORE.order(found)) == answer(lambda: REFERENCE.order(found))


# ---- Leaves ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("", ""),
        ("a", "a"),
        ("a b:a c:a", "b c"),
        ("a b:a c:a d:b,c", "d"),
        ("a b:a s=a,b", "s"),
        ("a b:a s=a,b c:b", "c"),
        ("a b:a s=a,b c:s d:b", "c d"),
        ("a b:a c:b s=b,c:a d:a", "d s"),
        ("a b:a c:b s=a,b t=s,c", "t"),
    ],
)
def test_leaves(text: str, leaves: str) -> None:
    assert sorted(history(described(text)).leaves()) == leaves.split()


@given(migrations(max_size=10))
def test_the_next_migration_comes_last(found: list[Migration]) -> None:
    """A migration that depends on all leaves comes last, and has to depend on all of them for that."""
    if not found:
        return
    core = history(found)
    leaves = core.leaves()
    assert leaves == [name for name in core.order() if name in set(leaves)]
    assert history([*found, Migration("0", (), tuple(leaves))]).order()[-1] == "0"
    assert history([*found, Migration("0", (), tuple(leaves))]).leaves() == ["0"]
    for leaf in leaves:
        others = tuple(each for each in leaves if each != leaf)
        assert leaf in history([*found, Migration("0", (), others)]).leaves()


# ---- Invalid histories -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a a", "duplicate"),
        ("a:b", "missing"),
        ("a:a", "cycle"),
        ("a:b b:a", "cycle"),
        ("s=s", "cycle"),
        ("s=t t=s", "cycle"),
        ("a b c s=a,b t=b,c", "overlap"),
        ("a x:a b:x s=a,b:x", "cycle"),  # the squash would have to run both before and after x
        ("a b:s s=a,b", "cycle"),
    ],
)
def test_invalid_histories(engine: Engine, text: str, why: str) -> None:
    assert answer(lambda: engine.order(described(text))) == ("refused", why)


def raised(error: type[Any], *given: nsmig.Migration) -> Any:
    with pytest.raises(error) as caught:
        nsmig.History(given)
    return caught.value


def test_a_duplicate_names_both_files() -> None:
    error = raised(DuplicateMigrationError, *(nsmig.Migration("a", file=file) for file in ("1.yaml", "2.yaml")))
    assert (error.name, error.files) == ("a", ("1.yaml", "2.yaml"))
    assert "'a'" in str(error) and "1.yaml and 2.yaml" in str(error)


def test_a_missing_dependency_names_the_nearest() -> None:
    error = raised(
        MissingDependencyError,
        nsmig.Migration("a", file="a.yaml", dependencies=("initail",)),
        nsmig.Migration("initial"),
    )
    assert (error.name, error.file, error.missing) == ("a", "a.yaml", "initail")
    assert "did you mean 'initial'" in str(error)


def test_an_overlap_names_what_is_shared() -> None:
    squashes = [nsmig.Migration(n, replaces=r, file=f"{n}.yaml") for n, r in (("t", ("b", "c")), ("s", ("a", "b")))]
    error = raised(OverlapError, *squashes, *map(nsmig.Migration, "abc"))
    assert (error.squashes, error.files, error.shared) == (("s", "t"), ("s.yaml", "t.yaml"), ("b",))


@given(tangles())
def test_a_cycle_is_reported_as_a_path(found: list[Migration]) -> None:
    """Each in the path comes before the next for a reason in the files: a dependency, or a squash in between."""
    try:
        history(found)
    except CycleError as error:
        assert error.path[0] == error.path[-1] == min(error.path)
        assert len(set(error.path)) == len(error.path) - 1 == len(error.files)
        inside = {m.name: set(m.replaces) for m in found}
        for _ in found:
            inside = {name: each.union(*(inside.get(n, set()) for n in each)) for name, each in inside.items()}
        squashes = [name for name in inside if inside[name]]
        within = [
            (inner, outer)
            for inner in squashes
            for outer in squashes
            if inside[inner] < inside[outer] or (inside[inner] == inside[outer] and outer < inner)
        ]
        for inner, outer in within:  # by its members, whether they are named there or not
            inside[outer] = inside[outer] | {inner}
        needs = {m.name: set(m.dependencies) | inside[m.name] for m in found}
        for before, after in zip(error.path, error.path[1:], strict=False):
            around = {squash for squash in inside if inside[squash] & (needs[after] | {after})}
            assert before in needs[after] | around
    except nsmig.NsmigError:
        pass


def test_a_cycle_names_the_whole_path() -> None:
    chain = [
        nsmig.Migration(name, dependencies=(on,), file=f"{name}.yaml") for name, on in ("ad", "dc", "cb", "ba", "ea")
    ]
    error = raised(CycleError, *chain)
    assert error.path == ("a", "b", "c", "d", "a")
    assert error.files == ("b.yaml", "c.yaml", "d.yaml", "a.yaml")
    assert "a -> b -> c -> d -> a" in str(error)


def test_an_unknown_name() -> None:
    core = nsmig.History([nsmig.Migration("initial")])
    for asked in (lambda: core["initail"], lambda: core.schema(at="initail"), lambda: core.replaced("initail")):
        with pytest.raises(UnknownMigrationError, match="did you mean 'initial'") as caught:
            asked()
        assert caught.value.name == "initail" and isinstance(caught.value, KeyError)
    assert "initial" in core and "initail" not in core


# ---- As a value ------------------------------------------------------------------------------------------------------


@given(migrations(max_size=8))
def test_migrations_come_back(found: list[Migration]) -> None:
    core = history(found)
    assert len(core) == len(found)
    for m in found:
        back = core[m.name]
        assert (back.name, back.operations, back.dependencies, back.replaces) == (
            m.name,
            m.operations,
            m.dependencies,
            m.replaces,
        )
        assert core.replaced(m.name) == sorted(reference.contents(found).get(m.name, ()))


@settings(max_examples=60)
@given(migrations(max_size=6))
def test_schema_at(found: list[Migration]) -> None:
    """The plan for an empty database, up to that point in the order, leads to the same schema."""
    core, order, by_name = history(found), REFERENCE.order(found), {m.name: m for m in found}

    def folded(part: list[Migration]) -> reference.Schema:
        return reference.fold(o for name in REFERENCE.plan(part, ()) for o in by_name[name].operations)

    assert plain(core.schema()) == folded(found)
    for count, name in enumerate(order, 1):
        assert plain(core.schema(at=name)) == folded([by_name[each] for each in order[:count]])


def test_a_history_that_does_not_fold() -> None:
    broken = nsmig.Migration(
        "b", (CreateType(Kind.NODE, "B", (), ()), DropType(Kind.NODE, "A")), ("a",), file="x/b.yaml"
    )
    core = nsmig.History([nsmig.Migration("a"), broken])
    assert core.schema(at="a") == nsmig.Schema()
    with pytest.raises(FoldError) as caught:
        core.schema()
    error = caught.value
    assert (error.migration, error.file, error.index, error.operation) == ("b", "x/b.yaml", 1, DropType(Kind.NODE, "A"))
    assert str(error).startswith("x/b.yaml: operation 2 (Drop node type A): node type 'A' does not exist")
