"""The rules of `check`: operations that commute, branches, codes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from nsmig import History, Kind, Migration, Operation, Schema
from nsmig._core import vocabulary
from nsmig.catalog_operations import CreateConstraint, CreateEntry, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.checking.branches import clashes
from nsmig.checking.folder import orders_that_matter
from nsmig.checking.ignoring import without_ignored
from nsmig.errors import FoldError
from nsmig.findings import FOLDED, IGNORABLE, Diagnosis
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support.migrations import migration

NODE = Kind.NODE


CREATE = CreateType(NODE, "A", ("id",), ("p",))


def test_a_file_that_may_not_be_read_ignores_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("nsmig.checking.ignoring.open", refuse, raising=False)
    unreadable = Diagnosis("unreadable", "Permission denied", str(tmp_path / "a.yaml"))
    assert without_ignored([unreadable], frozenset()) == [unreadable]


def pairs(*migrations: Migration) -> list[tuple[str, str]]:
    runs = History(migrations).concurrent()
    return [(clash.first.name, clash.second.name) for run in runs for clash in clashes(run)]


def p(name: str = "p", default: object = None, type_: str = "A") -> AddProperty:
    return AddProperty(NODE, type_, name, default)


def touching(**types: list[str]) -> RunQuery:
    return RunQuery("RETURN 1", touches=types)


def text(name: str, property: str = "p") -> CreateIndex:
    return CreateIndex(NODE, name, ("A",), (property,), "text")


def unique(name: str, form: str = "unique", cls: type[CreateEntry] = CreateConstraint) -> CreateEntry:
    return cls(NODE, name, ("A",), ("p",), form)


CLASHING = [
    (p(default=1), p(default=2)),
    (p(), DropProperty(NODE, "A", "p")),
    (p(), RenameProperty(NODE, "A", "p", "q")),
    (p("q"), RenameProperty(NODE, "A", "p", "q")),
    (RenameProperty(NODE, "A", "p", "q"), RenameProperty(NODE, "A", "p", "r")),
    (RenameType(NODE, "A", "B"), p()),
    (RenameType(NODE, "B", "A"), p()),
    (RenameType(NODE, "A", "B"), RenameType(NODE, "A", "C")),
    (DropType(NODE, "A"), AddIndex(NODE, "A", "p")),
    (CreateType(NODE, "A", ("id",), ()), CreateType(NODE, "A", ("id", "p"), ())),
    (AddIndex(NODE, "A", "p"), DropIndex(NODE, "A", "p")),
    (AddIndex(NODE, "A", "p"), RenameProperty(NODE, "A", "p", "q")),
    (ExtendKey(NODE, "A", "p", 1), ReduceKey(NODE, "A", "q")),
    (SetPropertyType(NODE, "A", "p", "INTEGER"), SetPropertyType(NODE, "A", "p", "FLOAT")),
    (SetPropertyType(NODE, "A", "p", "INTEGER"), p(default=1)),
    (RenameKeyPart(NODE, "A", "p", "q"), DropProperty(NODE, "A", "p")),
    (RenameType(NODE, "A", "B"), AddAdjacency("A", "R", "A")),
    (RunQuery("MATCH (n) DELETE n"), p()),
    (RunQuery("MATCH (n) DELETE n"), RunQuery("RETURN 1")),
    (RunQuery("MATCH (n) DELETE n"), touching(nodes=["A"])),
    (touching(nodes=["A"]), p()),
    (touching(nodes=["B", "A"]), RenameType(NODE, "C", "A")),
    (touching(nodes=["A"]), AddAdjacency("A", "R", "B")),
    (touching(nodes=["A"]), touching(nodes=["B", "A"])),
    (touching(relationships=["R"]), AddProperty(Kind.RELATIONSHIP, "R", "p")),
    (touching(relationships=["R"]), DropType(NODE, "A")),
    (touching(relationships=["R"]), touching(nodes=["A"])),
    (text("i"), RenameProperty(NODE, "A", "p", "r")),
    (text("i"), RenameType(NODE, "A", "C")),
    (text("i"), SetPropertyType(NODE, "A", "p", "INTEGER")),
    (text("i"), DropProperty(NODE, "A", "p")),
    (text("i"), text("j")),
    (text("i", "p"), text("i", "q")),
    (text("i"), RemoveIndex("i")),
    (text("i"), touching(nodes=["A"])),
    (unique("c", "range", CreateIndex), unique("d")),
    (unique("c"), AddIndex(NODE, "A", "p")),
    (unique("c"), ReduceKey(NODE, "A", "q")),
    (unique("c"), ExtendKey(NODE, "A", "q", 1)),
]


COMMUTING = [
    (p(default=1), p(default=1)),
    (p(), p("q")),
    (p(), p(type_="B")),
    (p(), AddIndex(NODE, "A", "p")),
    (p(), AddProperty(Kind.RELATIONSHIP, "A", "p", 5)),
    (AddIndex(NODE, "A", "p"), AddIndex(NODE, "A", "p")),
    (ExtendKey(NODE, "A", "p", 1), ExtendKey(NODE, "A", "q", 1)),
    (RenameType(NODE, "A", "B"), RenameType(Kind.RELATIONSHIP, "A", "C")),
    (CreateType(NODE, "A", ("id",), ()), AddAdjacency("A", "R", "A")),
    (AddAdjacency("A", "R", "A"), AddAdjacency("A", "R", "B")),
    (touching(nodes=["A"]), p(type_="B")),
    (touching(nodes=["A"]), AddProperty(Kind.RELATIONSHIP, "A", "p")),
    (touching(nodes=["A"]), AddIndex(NODE, "A", "p")),
    (touching(nodes=["A"]), touching(nodes=["B"])),
    (touching(nodes=["A"]), DropType(NODE, "B")),
    (touching(relationships=["R"]), p()),
    (touching(relationships=["R"]), DropType(Kind.RELATIONSHIP, "S")),
    (
        RunQuery("RETURN 1", database="neo4j", touches={"nodes": ["A"]}),
        RunQuery("RETURN 1", database="ladybug", touches={"nodes": ["A"]}),
    ),
    (text("i", "p"), text("j", "q")),
    (text("i"), unique("c")),
    (text("i"), text("i")),
    (text("i", "p"), p("q")),
    (text("i"), AddIndex(NODE, "A", "p")),
    (text("i"), ReduceKey(NODE, "A", "q")),
    (CreateIndex(NODE, "i", ("A",), ("p", "q"), "range"), AddIndex(NODE, "A", "p")),
    (text("i"), touching(nodes=["B"])),
    (RemoveIndex("i"), RemoveIndex("j")),
    (RemoveIndex("i"), RemoveConstraint("i")),
]


@pytest.mark.parametrize("one, other", CLASHING, ids=repr)
def test_operations_that_do_not_commute(one: Operation, other: Operation) -> None:
    for first, second in ((one, other), (other, one)):
        base, b, c = migration("a"), migration("b", (first,), ["a"]), migration("c", (second,), ["a"])
        assert pairs(base, b, c, migration("d", (), ["b", "c"])) == [("b", "c")]
        assert pairs(base, b, migration("c", (second,), ["b"])) == []


@pytest.mark.parametrize("one, other", COMMUTING, ids=repr)
def test_operations_that_commute(one: Operation, other: Operation) -> None:
    assert pairs(migration("b", (one,)), migration("c", (other,))) == []


REMOVED = [
    (DropProperty(NODE, "A", "p"), True),
    (RenameProperty(NODE, "A", "p", "r"), True),
    (DropType(NODE, "A"), True),
    (SetPropertyType(NODE, "A", "p", "INTEGER"), True),
    (text("j"), True),
    (unique("i"), True),
    (unique("c"), False),
    (AddProperty(NODE, "A", "r"), False),
    (AddProperty(Kind.RELATIONSHIP, "A", "p"), False),
    (RemoveIndex("other"), False),
    (AddIndex(NODE, "A", "p"), False),
]


@pytest.mark.parametrize(("other", "matters"), REMOVED, ids=repr)
def test_what_is_removed_is_known_from_where_it_was_made(other: Operation, matters: bool) -> None:
    """Under another name of its type, in a migration before."""
    made = [
        migration("a", (CreateType(NODE, "B", ("id",), ("p", "q")), CreateType(Kind.RELATIONSHIP, "A", (), ("r",)))),
        migration("b", (replace(text("i"), types=("B",)), replace(text("other", "q"), types=("B",))), ["a"]),
        migration("c", (RenameType(NODE, "B", "A"),), ["b"]),
        migration("d", (RemoveIndex("i"),), ["c"]),
        migration("e", (other,), ["c"]),
    ]
    found = [each.message for each in orders_that_matter(History(made))]
    assert ["'d' and 'e'" in each for each in found] == [True] * matters


def test_what_is_called_commuting_folds_to_the_same() -> None:
    base = Schema()
    for operation in (
        CreateType(NODE, "A", ("id", "k"), ("p", "q")),
        CreateType(NODE, "B", ("id",), ()),
        CreateType(Kind.RELATIONSHIP, "A", (), ("p",)),
    ):
        base = base.apply(operation)
    operations = sorted(
        {each for pair in CLASHING + COMMUTING for each in pair if not isinstance(each, RunQuery)}, key=repr
    )
    compared = 0
    for one, other in combinations(operations, 2):
        if not pairs(migration("b", (one,)), migration("c", (other,))):
            try:
                assert base.apply(one).apply(other) == base.apply(other).apply(one), (one, other)
            except FoldError:
                continue
            compared += 1
    assert compared > 50


def random_branches(seed: int) -> list[Migration]:
    rng = random.Random(seed)
    queries = [RunQuery("RETURN 1")] * rng.randint(0, 1)
    known = (touching(nodes=["A"]), touching(relationships=["R"]), touching(nodes=["B"], relationships=["R"]))
    migrations: list[Migration] = []
    for number in range(rng.randint(1, 12)):
        before = rng.sample([each.name for each in migrations], min(len(migrations), rng.choice((0, 1, 1, 1, 2))))
        operations = [
            rng.choice(
                (
                    p(),
                    p(default=1),
                    RenameType(NODE, "A", "B"),
                    DropType(NODE, "C"),
                    p("q", type_="B"),
                    *known,
                    *queries,
                )
            )
            for _ in range(rng.randint(0, 2))
        ]
        migrations.append(migration(f"m{number:02}", operations, before))
    return migrations


def plain_pairs(migrations: list[Migration]) -> Iterator[tuple[str, str]]:
    """All pairs by all their operations, the slow way."""
    above: dict[str, set[str]] = {}
    for each in migrations:
        above[each.name] = set(each.dependencies).union(*(above[name] for name in each.dependencies))
    for first, second in combinations(migrations, 2):
        if first.name not in above[second.name]:
            alone = [migration(each.name, each.operations) for each in (first, second)]
            if pairs(*alone):
                yield first.name, second.name


@pytest.mark.parametrize("seed", range(300))
def test_pairs_are_those_of_the_plain_way(seed: int) -> None:
    """Among queries, at least one clashing pair of each; a query that does not say what it touches clashes with one
    pair."""
    migrations = random_branches(seed)
    told, every = pairs(*migrations), set(plain_pairs(migrations))
    assert len(told) == len(set(told)) and set(told) <= every
    queries = {each.name for each in migrations if any(isinstance(step, RunQuery) for step in each.operations)}
    for name in queries:
        alone = [
            replace(each, operations=tuple(step for step in each.operations if isinstance(step, RunQuery)))
            if each.name == name
            else replace(
                each, operations=tuple(step for step in each.operations if getattr(step, "touches", {}) is not None)
            )
            for each in migrations
        ]
        assert any(name in pair for pair in told) or not any(name in pair for pair in plain_pairs(alone))
    plain = [
        replace(each, operations=tuple(step for step in each.operations if not isinstance(step, RunQuery)))
        for each in migrations
    ]
    assert set(plain_pairs(plain)) <= set(told)
    assert queries or set(told) == every


def test_a_squash_is_not_concurrent_with_what_it_replaces() -> None:
    migrations = [
        migration("a", (CREATE,)),
        migration("b", (p("x", 1),), ["a"]),
        migration("c", (RenameProperty(NODE, "A", "x", "y"),), ["b"]),
        migration("d", (DropProperty(NODE, "A", "y"),), ["c"]),
    ]
    squash = History(migrations).squash("b", "c")
    assert list(orders_that_matter(History([*migrations, squash]))) == []
    branch = migration("e", (p("y", 2),), ["a"])
    found = list(orders_that_matter(History([*migrations, squash, branch])))
    assert [each.code for each in found] == ["order-matters"] * 2
    assert all("'e'" in each.message for each in found)
    assert [squash.name in each.message for each in found] == [True, False]  # and d, which comes after it


def test_the_findings_of_the_core_are_reported() -> None:
    assert sorted(FOLDED) == sorted(vocabulary()["findings"])
    assert FOLDED.keys() <= set(IGNORABLE)
