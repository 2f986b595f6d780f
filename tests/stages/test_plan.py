"""The migrations to run if part of a history is applied: with nested squashes, branches, and missing files."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nsmig
from nsmig.errors import PlanError
from nsmig.operations import QueriesLeftOut, RunQuery
from support import reference
from support.engines import CORE, ENGINES, REFERENCE, Engine, Refused, answer, described, history, plain
from support.reference import Migration
from support.strategies import migrations


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


@dataclass(frozen=True)
class Situation:
    """Files and records; some of these date from a time with fewer files."""

    files: list[Migration]
    applied: list[str]
    has_rows: bool


def recorded(found: list[Migration], run: list[str]) -> set[str]:
    """The records after a run: a squash with everything that it replaces."""
    inside = reference.contents(found)
    return {each for name in run for each in {name} | inside.get(name, set())}


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Runs that stopped somewhere, each with the files of its time; then members whose files were deleted."""
    found = [draw(with_queries(m)) for m in draw(migrations(max_size=7, squashes=3))]
    in_order = [{m.name: m for m in found}[name] for name in reference.order(found)]
    squashes = [m for m in in_order if m.replaces]
    applied: set[str] = set()
    for known in range(draw(st.integers(0, len(squashes))), len(squashes) + 1):
        missing = {m.name for m in squashes[known:]}
        for m in in_order:  # a dependent of a missing migration is missing as well
            missing |= {m.name} if {*m.dependencies, *m.replaces} & missing else set()
        files = [m for m in in_order if m.name not in missing]
        run = reference.plan(files, applied)
        applied |= recorded(files, run[: draw(st.integers(0, len(run)))])
    deletable = sorted({each for m in squashes for each in m.replaces})
    gone = set[str]()
    if bool(deletable) and draw(st.booleans()):
        gone = draw(st.sets(st.sampled_from(deletable)))
    return Situation([m for m in found if m.name not in gone], sorted(applied), draw(st.booleans()))


@st.composite
def with_queries(draw: st.DrawFn, m: Migration) -> Migration:
    """Some have queries, and some squashes have left some out."""
    operations = [*m.operations, *[RunQuery("RETURN 1")] * (draw(st.integers(0, 3)) == 0)]
    left_out = [QueriesLeftOut(("RETURN 2",))] * (bool(m.replaces) and draw(st.booleans()))
    return replace(m, operations=(*left_out, *operations))


def originals(found: list[Migration], name: str) -> set[str]:
    """The original migrations that a migration comes down to."""
    inside, squashes = reference.contents(found), {m.name for m in found if m.replaces}
    return inside.get(name, {name}) - squashes


@settings(max_examples=150)
@given(situations())
def test_plan_is_the_references(given_: Situation) -> None:
    mine = answer(lambda: CORE.plan(given_.files, given_.applied, given_.has_rows))
    assert mine == answer(lambda: REFERENCE.plan(given_.files, given_.applied, given_.has_rows))


@settings(max_examples=150)
@given(situations())
def test_what_left_queries_out_runs_only_where_there_are_no_rows(given_: Situation) -> None:
    try:
        run = CORE.plan(given_.files, given_.applied, given_.has_rows)
    except Refused:
        return
    by_name = {m.name: m for m in given_.files}
    rows = given_.has_rows
    for name in run:
        operations = by_name[name].operations
        if rows and by_name[name].replaces and any(isinstance(each, QueriesLeftOut) for each in operations):
            assert not given_.has_rows and not by_name.keys() >= set(by_name[name].replaces)
        rows = rows or any(isinstance(each, RunQuery) for each in operations)


@settings(max_examples=80)
@given(situations())
def test_everything_happens_exactly_once_and_dependencies_first(given_: Situation) -> None:
    found, done = given_.files, set(given_.applied)
    try:
        run = CORE.plan(found, given_.applied, given_.has_rows)
    except Refused:
        return
    by_name, squashes = {m.name: m for m in found}, {m.name for m in found if m.replaces}
    for name in run:
        effect = originals(found, name)
        assert not effect & done, "done twice"
        for dependency in by_name[name].dependencies:
            assert originals(found, dependency) <= done | effect, "before what it depends on"
        done |= {name} | effect
    assert {each for m in found for each in originals(found, m.name)} <= done
    assert CORE.plan(found, sorted(recorded(found, run) | set(given_.applied)), True) == []
    assert CORE.plan(found, sorted(done - squashes), True) == [], "the originals alone say as much"


@settings(max_examples=60)
@given(situations(), st.data())
def test_a_run_that_stops_goes_on_where_it_was(given_: Situation, data: st.DataObject) -> None:
    try:
        run = CORE.plan(given_.files, given_.applied, True)
    except Refused:
        return
    stop = data.draw(st.integers(0, len(run)))
    applied = sorted(recorded(given_.files, run[:stop]) | set(given_.applied))
    assert CORE.plan(given_.files, applied, True) == run[stop:]


@settings(max_examples=60)
@given(situations())
def test_to_record_what_counts_as_applied_changes_no_plan(given_: Situation) -> None:
    implied = history(given_.files).implied(given_.applied)
    assert set(implied).isdisjoint(given_.applied)
    planned = answer(lambda: CORE.plan(given_.files, given_.applied))
    assert planned == answer(lambda: CORE.plan(given_.files, [*given_.applied, *implied]))
    if planned == []:
        assert {m.name for m in given_.files} <= {*given_.applied, *implied}


@settings(max_examples=60)
@given(situations())
def test_schema_of_what_is_applied(given_: Situation) -> None:
    """The applied migrations and those to run add up to the schema of the history."""
    if not {m.name for m in given_.files} >= set(given_.applied):
        return  # the effect of missing files is known only through their squash
    core = history(given_.files)
    reached = plain(core.schema_of(given_.applied))
    try:
        planned = core.plan(given_.applied)
    except PlanError:
        return  # a member that has to run has no file
    for migration in planned:
        reached = reference.fold(migration.operations, reached)
    assert reached == plain(core.schema())


@pytest.mark.parametrize(
    ("text", "applied", "run"),
    [
        ("", "", ""),
        ("a b:a", "a", "b"),
        ("a", "a gone", ""),  # a recorded name without a file
        ("a b:a s=a,b c:b", "", "s c"),
        ("a b:a s=a,b c:s", "a", "b c"),
        ("a b:a s=a,b c:s", "a b", "c"),
        ("a b:a s=a,b c:b", "s", "c"),
        ("a b:a s=a,b t=s,c c:s", "", "t"),
        ("a b:a s=a,b t=s,c c:s", "a", "b c"),
        ("a b:a s=a,b t=s,c c:s", "s", "c"),
        ("a b:a s=a,b t=s,c c:s", "c", "s"),
        ("s=a,b c:a", "", "s c"),  # members' files are missing
        ("s=a,b c:b", "a b", "c"),
        ("a b:a c:b s=b,c:a d:c", "", "a s d"),  # nodestream runs d before the squash here
        ("x:a a b s=a,b", "", "s x"),
    ],
)
def test_plan(engine: Engine, text: str, applied: str, run: str) -> None:
    assert engine.plan(described(text), applied.split()) == run.split()


@pytest.mark.parametrize(
    ("text", "applied", "has_rows", "run"),
    [
        ("a b:a s!=a,b c:b", "", False, "s c"),
        ("a b:a s!=a,b c:b", "", True, "a b c"),
        ("a b:a s!=a,b c:b", "a", False, "b c"),
        ("x? a:x b:a s!=a,b", "", False, "x a b"),  # behind a query
        ("x a:x b:a s!=a,b y?:s", "", False, "x s y"),
        ("a? b:a s!=a,b c:b t!=c", "", False, "s t"),  # s itself has none
        ("a b:a s?!=a,b c:b t!=c", "", False, "s c"),
        ("a? b:a s=a,b c:b t!=s,c", "", True, "s c"),
        ("a b:a s!=a,b c:b t!=s,c", "", True, "a b c"),
        ("x? b:a s!=a,b:x", "", False, "x s"),  # a has no file, so a run of s has to check again
    ],
)
def test_plan_with_what_left_queries_out(engine: Engine, text: str, applied: str, has_rows: bool, run: str) -> None:
    assert engine.plan(described(text), applied.split(), has_rows) == run.split()


def test_rows_are_taken_for_granted_where_anything_is_applied() -> None:
    core = history(described("0 a:0 b:a s!=a,b"))
    assert core.elided() == ["s"]
    assert core.planned([]) == ["0", "s"] and core.planned(["0"]) == ["a", "b"]
    assert core.planned(["0"], has_rows=False) == ["s"] and core.planned([], has_rows=True) == ["0", "a", "b"]


@pytest.mark.parametrize(
    ("text", "applied", "implied"),
    [
        ("a b:a", "a gone", ""),
        ("a b:a s=a,b", "a", ""),
        ("a b:a s=a,b", "a b", "s"),
        ("a b:a s=a,b", "s", "a b"),
        ("s=a,b", "a b", "s"),
        ("a b:a s=a,b t=s,c c:s", "a b", "s"),
        ("a b:a s=a,b t=s,c c:s", "a b c", "s t"),
    ],
)
def test_what_counts_as_applied(text: str, applied: str, implied: str) -> None:
    assert history(described(text)).implied(applied.split()) == implied.split()


@pytest.mark.parametrize(
    ("text", "applied", "has_rows"),
    [
        ("s=a,b", "a", False),
        ("b:a s=a,b", "b", False),
        ("s=a,b t=s,c c:s", "a", False),
        ("s!=a,b", "", True),
    ],
)
def test_a_member_that_must_run_has_no_file(engine: Engine, text: str, applied: str, has_rows: bool) -> None:
    assert answer(lambda: engine.plan(described(text), applied.split(), has_rows)) == ("refused", "file")


def test_the_error_says_that_queries_were_left_out() -> None:
    core = history(described("s!=a,b"))
    assert core.planned([]) == ["s"]
    with pytest.raises(
        PlanError, match=r"squash 's' left queries out, .*; here 'a' must run in its place, but it is"
    ) as e:
        core.planned([], has_rows=True)
    assert e.value.is_elided and e.value.missing == "a"


def test_the_error_names_squash_file_and_member() -> None:
    core = nsmig.History([nsmig.Migration("s", replaces=("a", "b"), file="x/s.yaml")])
    with pytest.raises(PlanError) as caught:
        core.plan(["a"])
    error = caught.value
    assert (error.squash, error.file, error.missing) == ("s", "x/s.yaml", "b")
    assert str(error).startswith("x/s.yaml: ") and "restore" in str(error)


def test_the_history_until_a_migration_whose_dependency_only_a_later_squash_has() -> None:
    core = history(described("y:x s=x,y z:s"))
    assert core.schema() == core.schema("z") == core.schema("s")
    said = (
        "s: a run to 'y' takes only some of the migrations that squash 's' replaces, among them 'x', but it is in no file;"
        " restore that file, or give 's' instead of 'y'"
    )
    for ask in (lambda: core.schema("y"), lambda: core.squash("y", "y"), lambda: core.squash_report("y", "y")):
        with pytest.raises(PlanError) as caught:
            ask()
        assert str(caught.value) == said


def test_overlapping_squashes_have_no_plan(engine: Engine) -> None:
    assert answer(lambda: engine.plan(described("a b c s=a,b t=b,c"), [])) == ("refused", "overlap")


def test_what_is_planned_is_whole() -> None:
    core = history(described("a b:a s=a,b c:s"))
    assert core.plan(["a"]) == [core["b"], core["c"]]
