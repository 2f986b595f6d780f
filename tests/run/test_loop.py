"""The loop, on a toy database: killed after every statement and resumed, it ends in the same state."""

from __future__ import annotations

import gc
import random
from collections.abc import Sequence
from typing import Any

import pytest

import nsmig
from database.contract import CASES, CONFLICT, rows
from nsmig.database.base import Step
from nsmig.errors import ConflictError, DatabaseError, EditedError, IndexFailedError, NsmigError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, CreateType, DropProperty, Operation, RenameProperty, RunQuery
from nsmig.running import loop
from nsmig.running.events import Applied, Event, Noted, OperationStarted, Planned, Recorded
from nsmig.running.loop import run
from support.engines import core_schema
from support.loops import apply, copied, killed_everywhere
from support.migrations import migration
from support.reference import Conflict, Graph, Node, Schema, fold
from support.squash_cases import cases, play
from support.toy import FOREIGN, Disk, Killed, opened

NODE = Kind.NODE
A = CreateType(NODE, "A", ("k",), ("p",))
ROW = Node(frozenset({"A"}), {"k": "1", "p": "x"})


def history(*lists: Sequence[Operation]) -> nsmig.History:
    """One migration per list, each after the one before."""
    names = [f"m{at:02}" for at in range(len(lists))]
    return nsmig.History(
        [
            nsmig.Migration(name, each, names[at - 1 : at])  # type: ignore[arg-type]
            for at, (name, each) in enumerate(zip(names, lists, strict=True))
        ]
    )


def started(base: Schema, graph: Graph, transactional: bool) -> tuple[Disk, list[Operation]]:
    """A disk on which the first migration of a history has created a schema, with a graph that was written since."""
    first = list(nsmig.diff(nsmig.Schema(), core_schema(base), extensions=True))
    disk = Disk()
    apply(history(first), disk, transactional)
    disk.graph, disk.sent = graph, 0
    return disk, first


ENGINES = pytest.mark.parametrize("transactional", [True, False], ids=["transactional", "in batches"])
MODES = pytest.mark.parametrize("fast_forward", [True, False], ids=["fast-forward", "one by one"])


@ENGINES
def test_every_case_of_the_contract_killed_after_every_statement(transactional: bool) -> None:
    kills = 0
    for case in CASES:
        if case.after == CONFLICT:
            continue
        disk, first = started(case.schema, rows(case.before), transactional)
        kills += killed_everywhere(history(first, [case.operation]), disk, transactional)
        if not isinstance(case.operation, RunQuery):
            expected = rows(case.after)  # type: ignore[arg-type]
            apply(history(first, [case.operation]), disk, transactional)
            assert disk.graph.canonical() == expected.canonical(), case.title
    assert kills > (150 if transactional else 400)  # the record is part of an atomic operation


@ENGINES
@MODES
@pytest.mark.parametrize("block", range(4))
def test_random_histories_killed_after_every_statement(block: int, transactional: bool, fast_forward: bool) -> None:
    """Several migrations with queries, on a graph with nodes of several types."""
    kills = 0
    for seed in range(block * 25, block * 25 + 25):
        case = cases(seed, single_label=False)
        operations = [RunQuery("add") if isinstance(each, RunQuery) else each for each in case.operations]
        chance = random.Random(seed)
        cuts = sorted(chance.sample(range(1, len(operations)), min(2, len(operations) - 1)))
        lists = [operations[a:b] for a, b in zip([0, *cuts], [*cuts, len(operations)], strict=True)]
        for graph in case.graphs[:2]:
            disk, first = started(case.base, graph, transactional)
            of = history(first, *lists)
            try:
                kills += killed_everywhere(of, disk, transactional, fast_forward=fast_forward)
            except (ConflictError, NsmigError):
                continue  # this graph does not allow it, which other tests cover
    assert kills > 100


@ENGINES
@pytest.mark.parametrize("seed", range(40))
def test_killed_again_and_again(seed: int, transactional: bool) -> None:
    chance = random.Random(seed)
    disk, first = started(
        fold([A]), Graph([Node(frozenset({"A"}), {"k": str(at), "p": "x"}) for at in range(3)]), transactional
    )
    of = history(
        first,
        [AddProperty(NODE, "A", "q", 1), RunQuery("add"), RenameProperty(NODE, "A", "q", "r")],
        [CreateType(NODE, "B", ("k",), ()), RunQuery("add"), DropProperty(NODE, "A", "p")],
        [AddIndex(NODE, "A", "r")],
    )
    whole = copied(disk)
    apply(of, whole, transactional)
    for _ in range(100):
        disk.kill_after = disk.sent + chance.randint(1, 4)
        try:
            apply(of, disk, transactional)
            break
        except Killed:
            continue
    assert disk.contents() == whole.contents() and disk.journal == {}


@ENGINES
def test_a_mark_never_says_more_than_is_done(transactional: bool) -> None:
    """Whenever a mark is written, its operations are done: the graph is the one after that many operations."""
    operations = [AddProperty(NODE, "A", "q", 1), RenameProperty(NODE, "A", "q", "r"), DropProperty(NODE, "A", "p")]
    operations.append(RenameProperty(NODE, "A", "r", "s"))
    disk, first = started(fold([A]), Graph([ROW]), transactional)
    of, base, before = history(first, operations), fold(first), disk.graph
    for kill in range(1, 30):
        attempt = copied(disk)
        attempt.kill_after = kill
        try:
            apply(of, attempt, transactional)
        except Killed:
            for mark in attempt.journal.values():
                done = play(before, operations[: mark.done], base).canonical()
                further = [
                    play(before, operations[:n], base).canonical() for n in range(mark.done, len(operations) + 1)
                ]
                assert attempt.graph.canonical() in further, (mark, done)


@ENGINES
def test_what_fails_before_it_changes_anything_is_not_begun(transactional: bool) -> None:
    graph = Graph([Node(frozenset({"A"}), {"k": "1", "p": "x", "q": "y"})])
    disk, first = started(fold([A]), graph, transactional)
    of = history(first, [RenameProperty(NODE, "A", "p", "q")])
    with pytest.raises(ConflictError) as caught:
        apply(of, disk, transactional)
    assert caught.value.place is not None
    assert (caught.value.place.migration, caught.value.place.operation, caught.value.place.of) == ("m01", 1, 1)
    assert disk.journal == {} and disk.graph == graph
    apply(history(first, [DropProperty(NODE, "A", "p")]), disk, transactional)  # edited, and applied


@ENGINES
def test_what_fails_later_stays_begun_and_may_not_be_edited(transactional: bool) -> None:
    graph = Graph([Node(frozenset({"A"}), {"k": "1", "p": "x", "q": "y"})])
    disk, first = started(fold([A]), graph, transactional)
    with pytest.raises(ConflictError):
        apply(
            history(first, [CreateType(NODE, "B", ("j",), ()), RenameProperty(NODE, "A", "p", "q")]),
            disk,
            transactional,
        )
    assert disk.journal["m01"].done == 1
    with pytest.raises(EditedError):
        apply(history(first, [CreateType(NODE, "B", ("j",), ())]), disk, transactional)


def test_rows_that_came_after_a_run_in_an_empty_database_was_interrupted_stay() -> None:
    of = history([A, AddProperty(NODE, "A", "q", 1), RenameProperty(NODE, "A", "p", "r")])
    whole = Disk()
    apply(of, whole, transactional=False)
    for kill in range(1, whole.sent):
        disk = Disk(kill_after=kill)
        with pytest.raises(Killed):
            apply(of, disk, transactional=False)
        disk.graph = Graph([ROW])
        apply(of, disk, transactional=False)
        began_empty = kill > 0
        assert disk.graph == Graph([ROW]) or not began_empty


@ENGINES
def test_nothing_is_sent_for_a_migration_before_all_earlier_ones_are_recorded(transactional: bool) -> None:
    disk, first = started(fold([A]), Graph([ROW]), transactional)
    of = history(
        first, [AddProperty(NODE, "A", "q", 1)], [AddProperty(NODE, "A", "r", 1)], [DropProperty(NODE, "A", "q")]
    )
    for kill in range(1, 40):
        attempt = copied(disk)
        attempt.kill_after = kill
        try:
            apply(of, attempt, transactional)
        except Killed:
            begun = sorted(attempt.journal)
            assert len(begun) <= 1
            assert all(f"m{at:02}" in attempt.records for name in begun for at in range(int(name[1:])))


@ENGINES
def test_after_a_query_what_the_database_holds_is_read_again(transactional: bool) -> None:
    """The query creates a type that nothing could foresee, and the next operation meets it."""
    disk = Disk()
    with pytest.raises(UnsupportedError, match="which no migration made") as caught:
        apply(history([A, RunQuery("make B"), CreateType(NODE, "B", ("k",), ())]), disk, transactional)
    assert caught.value.place is not None and caught.value.place.operation == 3
    assert disk.journal["m00"].done == 2


@ENGINES
def test_a_begun_migration_is_finished_although_a_squash_replaces_it_now(transactional: bool) -> None:
    first = [A, RunQuery("add"), AddProperty(NODE, "A", "q", 1)]
    members = [nsmig.Migration("a", first), nsmig.Migration("b", [DropProperty(NODE, "A", "p")], ["a"])]  # type: ignore[arg-type]
    squash = nsmig.Migration("s", [*first, *members[1].operations], [], ["a", "b"])  # type: ignore[arg-type]
    whole = Disk()
    apply(nsmig.History(members), whole, transactional)
    for kill in range(1, whole.sent + 1):
        disk = Disk(kill_after=kill)
        with pytest.raises(Killed):
            apply(nsmig.History(members), disk, transactional)
        was_begun = bool(disk.journal or disk.records)
        apply(nsmig.History([*members, squash]), disk, transactional)
        assert disk.graph.canonical() == whole.graph.canonical() and disk.journal == {}
        assert {"a", "b"} <= disk.records.keys() and was_begun


@ENGINES
@pytest.mark.parametrize("fake", [False, True])
def test_a_squash_whose_members_are_applied_is_recorded_and_may_be_squashed(transactional: bool, fake: bool) -> None:
    a, b = (migration(name, (CreateType(NODE, name, ("k",), ()),)) for name in "ab")
    inner = migration("s", (*a.operations, *b.operations), replaces=["a", "b"])
    c = migration("c", (AddProperty(NODE, "a", "p"),), ["s"])
    outer = migration("t", (*inner.operations, *c.operations), replaces=["a", "b", "s", "c"])
    disk = Disk()
    apply(nsmig.History([a, b]), disk, transactional)
    events = apply(nsmig.History([a, b, inner, c]), disk, transactional, fake=fake)
    assert [each.migration for each in events if isinstance(each, Recorded)] == ["c", "s"][not fake :]
    assert disk.records.keys() == {"a", "b", "c", "s"}
    events = apply(nsmig.History([outer]), disk, transactional, fake=fake)
    assert [each.migration for each in events if isinstance(each, Recorded)] == ["t"]
    assert apply(nsmig.History([outer]), disk, transactional, fake=fake) == [Planned(0)]


def types(*names: str) -> nsmig.History:
    return history(*([CreateType(NODE, name, ("k",), ())] for name in names))


def test_light_migrations_are_begun_taken_and_recorded_together() -> None:
    """Counted: thirty migrations that only create types are begun once, take one turn, and are recorded once."""
    of = types(*(f"T{at}" for at in range(30)))
    disk = Disk()
    events = apply(of, disk, transactional=False)
    assert [event.migration for event in events if isinstance(event, Applied)] == of.order()
    assert disk.sent == 3 and disk.journal == {} and len(disk.made) == 30


def test_light_migrations_beside_rows_are_taken_one_by_one_and_recorded_together() -> None:
    of = types(*(f"T{at}" for at in range(30)))
    disk = Disk(graph=Graph([ROW]))
    events = apply(of, disk, transactional=False)
    assert [event.migration for event in events if isinstance(event, Applied)] == of.order()
    assert disk.sent == 30 + 2 and disk.journal == {}


@pytest.mark.parametrize("statements", [1, 3, 600])
def test_light_migrations_killed_after_every_statement(statements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are taken together; with a query in between."""
    monkeypatch.setattr(loop, "LIGHT_STATEMENTS", statements)
    made = [[CreateType(NODE, f"T{at}", ("k",), ("p",))] for at in range(6)]
    indexed = [[AddIndex(NODE, f"T{at}", "p")] for at in range(6)]
    of = history(*made, [RunQuery("add")], *indexed, [RenameProperty(NODE, "T1", "p", "q")])
    assert killed_everywhere(of, Disk(), transactional=False) >= 12


def test_of_light_migrations_that_are_refused_together_what_precedes_the_fault_is_applied() -> None:
    """And nothing after it is begun, so all of that may be edited."""
    disk = Disk(refused="T4")
    with pytest.raises(DatabaseError, match="a toy refuses T4") as caught:
        apply(types(*(f"T{at}" for at in range(8))), disk, transactional=False)
    assert caught.value.place is not None and caught.value.place.migration == "m04"
    assert list(disk.records) == ["m00", "m01", "m02", "m03"] and disk.journal == {}
    assert {name for _, name in disk.made} == {"T0", "T1", "T2", "T3"}
    apply(types("T0", "T1", "T2", "T3", "U", "V"), disk, transactional=False)
    assert len(disk.records) == 6 and {name for _, name in disk.made} == {"T0", "T1", "T2", "T3", "U", "V"}


def test_what_precedes_a_migration_that_what_is_there_forbids_is_applied() -> None:
    disk = Disk(made={(NODE, "T3"): FOREIGN})
    with pytest.raises(UnsupportedError, match="which no migration made"):
        apply(types(*(f"T{at}" for at in range(5))), disk, transactional=False)
    assert list(disk.records) == ["m00", "m01", "m02"] and disk.journal == {}


INDEXED = history([A], [AddIndex(NODE, "A", "p")], [CreateType(NODE, "B", ("k",), ("p",))], [AddIndex(NODE, "B", "p")])


@pytest.mark.parametrize("graph", [Graph(), Graph([ROW])], ids=["empty", "rows"])
def test_a_migration_is_recorded_when_its_indexes_are_there(graph: Graph) -> None:
    """One wait for all that are recorded together; none is recorded before it."""
    disk = Disk(graph=graph)
    apply(INDEXED, disk, transactional=False)
    assert disk.finished == [("A_p", []), ("B_p", [])] and list(disk.records) == INDEXED.order()


def test_who_does_not_wait_records_at_once() -> None:
    disk = Disk()
    apply(INDEXED, disk, transactional=False, wait=False)
    assert disk.finished == [] and list(disk.records) == INDEXED.order()


@pytest.mark.parametrize("graph", [Graph(), Graph([ROW])], ids=["empty", "rows"])
def test_where_an_index_fails_what_precedes_it_is_recorded(graph: Graph) -> None:
    disk = Disk(graph=graph, fails="B_p")
    with pytest.raises(IndexFailedError, match="B_p") as caught:
        apply(INDEXED, disk, transactional=False)
    assert caught.value.place is not None and caught.value.place.migration == "m03"
    assert list(disk.records) == ["m00", "m01", "m02"] and list(disk.journal) == ["m03"]
    disk.fails = None
    apply(INDEXED, disk, transactional=False)
    assert list(disk.records) == INDEXED.order() and disk.journal == {}


def test_a_query_comes_when_the_indexes_before_it_are_there() -> None:
    """Also within a migration."""
    disk = Disk()
    apply(history([A, AddIndex(NODE, "A", "p"), RunQuery("add")]), disk, transactional=False)
    assert disk.finished == [("A_p", [])]
    disk = Disk(fails="A_p")
    with pytest.raises(IndexFailedError):
        apply(history([A, AddIndex(NODE, "A", "p"), RunQuery("add")]), disk, transactional=False)
    assert disk.graph == Graph()


def test_what_has_failed_is_begun_again_first_and_awaited_last() -> None:
    """So a migration may fix the cause of the failure, or drop the index."""
    disk = Disk(failed=["A_p"])
    events = apply(INDEXED, disk, transactional=False)
    every = INDEXED.order()
    assert disk.finished == [("fixed", []), ("A_p", []), ("B_p", []), ("fixed after", every), ("A_p", every)]
    assert [each.text for each in events if isinstance(each, Noted)] == ["A_p has failed; it is made again"]


def test_an_operation_is_announced_once() -> None:
    """Also after all were refused together."""
    of = types(*(f"T{at}" for at in range(6)))
    disk, events = Disk(refused="T4"), list[Event]()
    with pytest.raises(DatabaseError), opened(disk, False) as database:
        run(of, database, events.append)
    assert [each.migration for each in events if isinstance(each, OperationStarted)] == of.order()[:5]


def test_a_stopped_run_does_not_wait() -> None:
    """Whatever needs the wait stays begun."""
    disk = Disk(graph=Graph([ROW]), kill_after=5)  # one beginning, four operations
    with pytest.raises(Killed):
        apply(INDEXED, disk, transactional=False)
    assert disk.finished == [] and list(disk.records) == ["m00"] and list(disk.journal) == ["m01", "m02", "m03"]


def test_a_transaction_carries_the_record_too() -> None:
    """Counted: one statement per operation and no others, whether a migration has one or several."""
    of = history(
        *([CreateType(NODE, f"T{at}", ("k",), ()), AddIndex(NODE, f"T{at}", "k")][: at % 2 + 1] for at in range(30))
    )
    disk = Disk()
    events = apply(of, disk, transactional=True)
    assert [event.migration for event in events if isinstance(event, Applied)] == of.order()
    assert disk.sent == 45 and disk.journal == {} and list(disk.records) == of.order()


CONFLICTS = [case for case in CASES if case.after == CONFLICT]


@ENGINES
@pytest.mark.parametrize(
    "case", CONFLICTS, ids=[f"{type(each.operation).__name__}, {each.title}" for each in CONFLICTS]
)
def test_a_conflict_changes_nothing(case: Any, transactional: bool) -> None:
    graph = rows(case.before)
    disk, first = started(case.schema, graph, transactional)
    try:
        play(graph, [case.operation], case.schema)
    except Conflict:
        if not isinstance(case.operation, CreateType):
            with pytest.raises(ConflictError):
                apply(history(first, [case.operation]), disk, transactional)
    assert disk.graph.canonical() == graph.canonical()


@pytest.mark.parametrize("transactional", [True, False])
def test_the_schema_before_an_operation_is_held_only_while_its_turn_is_made(transactional: bool) -> None:
    """Keeping the schemas of a hundred thousand operations would take a hundred megabytes."""
    of = [CreateType(NODE, "A", ("k",), ()), *(AddProperty(NODE, "A", f"p{at}") for at in range(50))]
    most = 0

    def count(event: Event) -> None:
        nonlocal most
        most = max(most, sum(isinstance(each, Step) for each in gc.get_objects()))

    with opened(Disk(Graph([], [])), transactional) as database:
        assert run(nsmig.History([migration("a", of)]), database, count) == 1
    assert most == 0
