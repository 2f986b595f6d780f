"""Runs that find leftovers of an earlier run, or changes by someone else, in a Neo4j database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import SessionExpired

from nsmig import History
from nsmig.database.base import Record, Role, Statement, Step, Turn
from nsmig.errors import FAST_FORWARD, ConflictError, DatabaseError, EditedError, HistoryError, LockedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    Operation,
    RenameProperty,
    RunQuery,
    SetPropertyType,
)
from nsmig.running.tasks import unfinished
from support.databases import Opened, connection, neo4j_at
from support.migrations import chained
from support.runs import run

NODE = Kind.NODE


@pytest.fixture
def database(fresh_neo4j: str) -> Iterator[Opened]:
    with neo4j_at(fresh_neo4j, retry_factor=0.01) as opened:
        yield opened


@pytest.fixture
def send(fresh_neo4j: str) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(fresh_neo4j, notifications_min_severity="OFF") as driver:
        yield driver


def run_until_record(of: History, database: Opened, monkeypatch: pytest.MonkeyPatch, **options: bool) -> None:
    """A run that dies before it records anything: it writes marks, but no records."""
    remember = database.ledger.remember

    def dies(records: object, ended: object = (), marks: object = ()) -> None:
        if list(records):  # type: ignore[call-overload]
            raise DatabaseError("the plug was pulled")
        remember(records, ended, marks)  # type: ignore[arg-type]

    with monkeypatch.context() as patched, pytest.raises(DatabaseError, match="plug"):
        patched.setattr(database.ledger, "remember", dies)
        run(of, database, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("fast_forward", [False, True])
@pytest.mark.parametrize(
    "middle",
    [
        [DropType(NODE, "A"), CreateType(NODE, "A", ("k",), ("p",))],
        [DropProperty(NODE, "A", "p"), AddProperty(NODE, "A", "p")],
        [RenameProperty(NODE, "A", "p", "q"), AddProperty(NODE, "A", "p", 7)],
        [[DropType(NODE, "A"), CreateType(NODE, "A", ("k",), ("p",))], AddProperty(NODE, "A", "z")],
    ],
)
def test_data_that_came_after_a_run_in_an_empty_database_was_interrupted_stays(
    database: Opened,
    send: neo4j.Driver,
    monkeypatch: pytest.MonkeyPatch,
    middle: list[Operation | list[Operation]],
    fast_forward: bool,
) -> None:
    of = chained(CreateType(NODE, "A", ("k",), ("p",)), *middle, CreateType(NODE, "B", ("k",), ()))
    run_until_record(of, database, monkeypatch, fast_forward=fast_forward)
    assert database.ledger.state().journal and not database.ledger.state().records
    send.execute_query("CREATE (:A {k: 1, p: 2}), (:A:B {k: 2})")
    run(of, database)
    rows = send.execute_query("MATCH (n:A) RETURN properties(n) AS p ORDER BY n.k").records
    assert [row["p"] for row in rows] == [{"k": 1, "p": 2}, {"k": 2}]
    names = send.execute_query("SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names").records[0]["names"]
    assert {"A_node_key", "B_node_key"} <= set(names)
    assert not database.ledger.state().journal and set(database.ledger.state().records) == set(of.order())


def test_rows_that_were_there_are_changed_by_a_run_that_goes_on(
    database: Opened, send: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as above, but starting with a row: nothing is skipped."""
    of = chained(CreateType(NODE, "A", ("k",), ("p",)), DropProperty(NODE, "A", "p"))
    send.execute_query("CREATE (:A {k: 1, p: 2})")
    run_until_record(of, database, monkeypatch)
    run(of, database)
    assert send.execute_query("MATCH (n:A) RETURN n.p AS p").records[0]["p"] is None


def test_a_statement_beside_the_run_that_fails_ends_nothing_of_the_run(database: Opened, send: neo4j.Driver) -> None:
    """As when one renewal of the lease fails while a long statement is running."""
    slow = Statement(Role.DATA, "UNWIND range(1, 60) AS i CALL (i) { UNWIND range(1, 100000) AS j RETURN max(j) AS m }"
                     " WITH max(m) AS m CREATE (:Done) RETURN count(*) AS count")  # fmt: skip
    result: list[object] = []
    thread = threading.Thread(target=lambda: result.append(connection(database).change(slow)))
    thread.start()
    under_way = "SHOW TRANSACTIONS YIELD metaData WHERE metaData.nsmig IS NOT NULL RETURN count(*) AS n"
    while not send.execute_query(under_way).records[0]["n"]:
        assert thread.is_alive(), "too short to be met"
    tries = iter([SessionExpired("cut"), None])

    def work(session: neo4j.Session) -> str:
        if error := next(tries):
            raise error
        return "renewed"

    assert connection(database).attempt(work, is_change=False) == "renewed"
    thread.join()
    assert result == [[{"count": 1}]]


def test_no_change_is_sent_again_when_the_lock_is_lost(database: Opened) -> None:
    tries = []

    def work(session: neo4j.Session) -> None:
        tries.append(session)
        raise SessionExpired("cut")

    with database.ledger.lock(0):
        database.ledger.unlock()  # as someone does who thinks that this run is dead
        with pytest.raises(LockedError):
            connection(database).attempt(work)
        assert len(tries) == 1
    with pytest.raises(DatabaseError, match="cut"):
        connection(database).attempt(work)  # without a lock there is none to lose
    assert len(tries) > 2


class TestFastForward:
    OF = (CreateType(NODE, "A", ("k",), ()), AddProperty(NODE, "A", "x", 1), AddProperty(NODE, "A", "y", 2))

    @pytest.fixture
    def begun(self, database: Opened, send: neo4j.Driver, monkeypatch: pytest.MonkeyPatch) -> History:
        send.execute_query("CREATE (:A {k: 1})")
        run_until_record(chained(*self.OF), database, monkeypatch, fast_forward=True)
        assert list(database.ledger.state().journal) == [f"{FAST_FORWARD}m2"]
        return chained(*self.OF)

    def test_finished_by_another_program(self, database: Opened, begun: History) -> None:
        database.ledger.remember([Record(name) for name in begun.order()])
        assert not unfinished(database.ledger.state())
        assert run(begun, database) == 0
        assert not database.ledger.state().journal

    def test_it_stops_at_none_of_its_members(self, database: Opened, begun: History) -> None:
        with pytest.raises(HistoryError, match="cannot stop at 'm1'"):
            run(begun, database, to="m1")
        assert run(begun, database, to="m2") == 3

    def test_its_members_are_others_now(self, database: Opened, begun: History) -> None:
        database.ledger.remember([Record("m0")])
        with pytest.raises(EditedError, match=r"the fast-forward to m2 stopped .* restore the files"):
            run(begun, database)

    def test_half_done_and_recorded_by_hand(self, database: Opened, begun: History) -> None:
        """The record of its last migration ends its journal."""
        assert run(begun, database, fake=True, to="m1") == 2
        assert list(database.ledger.state().journal) == [f"{FAST_FORWARD}m2"]
        assert run(begun, database, fake=True) == 1
        assert database.ledger.state().records.keys() == set(begun.order()) and not database.ledger.state().journal


def test_half_done_edited_and_recorded_by_hand(
    database: Opened, send: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    send.execute_query("CREATE (:A {k: 1})")
    of = chained(CreateType(NODE, "A", ("k",), ()), AddProperty(NODE, "A", "x", 1))
    run(of, database, to="m0")
    run_until_record(of, database, monkeypatch)
    edited = chained(CreateType(NODE, "A", ("k",), ()), AddProperty(NODE, "A", "x", 2), AddProperty(NODE, "A", "y", 3))
    with pytest.raises(EditedError, match=r"migration 'm1' .* nsmig run --fake --to m1$"):
        run(edited, database)
    assert run(edited, database, fake=True, to="m1") == 1
    assert not database.ledger.state().journal
    assert run(edited, database) == 1
    (row,) = send.execute_query("MATCH (n:A) RETURN n.x AS x, n.y AS y").records
    assert (row["x"], row["y"]) == (1, 3)


def test_a_journal_entry_of_a_recorded_migration_is_ignored(database: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    of = chained(CreateType(NODE, "A", ("k",), ()))
    run_until_record(of, database, monkeypatch)
    assert unfinished(database.ledger.state()) == {"m0"}
    database.ledger.remember([Record("m0")])  # nodestream records, and does not know the journal
    assert set(database.ledger.state().journal) == {"m0"} and not unfinished(database.ledger.state())
    run(of, database)
    assert not database.ledger.state().journal


@pytest.mark.parametrize(
    "operation",
    [
        SetPropertyType(NODE, "A", "p", "INTEGER"),
        AddProperty(NODE, "A", "p", "d"),
        RenameProperty(NODE, "A", "x", "p"),
    ],
)
def test_the_key_of_another_type_on_the_same_nodes_is_looked_at_first(
    database: Opened, send: neo4j.Driver, operation: Operation
) -> None:
    of = chained(
        [CreateType(NODE, "A", ("k",), ("x",)), CreateType(NODE, "B", ("p",), ())],
        [] if isinstance(operation, AddProperty | RenameProperty) else [AddProperty(NODE, "A", "p")],
        operation,
    )
    run(of, database, to="m1")
    given = {"INTEGER": ["'7'", "'07'"], "d": ["null", "null"], "x": ["null", "null"]}
    kind = getattr(operation, "to", None) or getattr(operation, "default", None) or "x"
    for k, p in enumerate(given[str(kind)]):
        send.execute_query(f"CREATE (:A:B {{k: {k}, p: {p}, x: 'same'}}), (:A {{k: {k + 10}, p: {p}, x: 'same'}})")
    rows = "MATCH (n:A) RETURN properties(n) AS p ORDER BY n.k"
    before = send.execute_query(rows).records
    with pytest.raises(ConflictError, match="nodes of 'B' share their key"):
        run(of, database)
    assert send.execute_query(rows).records == before
    send.execute_query("MATCH (n:A:B {k: 1}) SET n:C REMOVE n:B")  # now each has a key of its own
    run(of, database)


def test_after_a_query_what_it_left_is_read_and_only_what_follows_is_planned(
    database: Opened, send: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query creates rows and a constraint, which the following operations find. Nothing is planned twice."""
    queries = [RunQuery("CREATE (:A {k: $k})", {"k": k}) for k in range(5)]
    own = RunQuery("CREATE CONSTRAINT mine FOR (n:A) REQUIRE n.k IS UNIQUE")
    of = chained([CreateType(NODE, "B", ("k",), ()), own, *queries, CreateType(NODE, "A", ("k",), ("p",)),
                  AddProperty(NODE, "A", "p", 7), RunQuery("MATCH (n:A) SET n.p = n.p + n.k")])  # fmt: skip
    planned: list[object] = []
    make_turn = database.dialect.turn

    def counted(steps: tuple[Step, ...], live: Any, *, skip_rows: bool = False) -> tuple[Turn, Any]:
        planned.extend(step.operation for step in steps)
        return make_turn(steps, live, skip_rows=skip_rows)

    monkeypatch.setattr(database.dialect, "turn", counted)
    run(of, database)
    assert planned == list(of["m0"].operations)
    rows = send.execute_query("MATCH (n:A) RETURN n.p AS p ORDER BY p").records
    assert [row["p"] for row in rows] == [7, 8, 9, 10, 11]
    names = send.execute_query("SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names").records[0]["names"]
    assert {"mine", "B_node_key"} <= set(names) and "A_node_key" not in names


@pytest.mark.parametrize("fast_forward", [False, True])
def test_what_a_query_left_is_met_by_what_follows(database: Opened, send: neo4j.Driver, fast_forward: bool) -> None:
    send.execute_query("CREATE (:A {k: 1, p: 'p'}), (:A {k: 2})")
    of = chained(
        CreateType(NODE, "A", ("k",), ("p",)),
        RunQuery("MATCH (n:A {k: 1}) SET n:B, n.x = n.p + '!'"),
        AddProperty(NODE, "A", "x"),
        RenameProperty(NODE, "A", "x", "y"),
        [CreateType(NODE, "B", ("k",), ()), AddProperty(NODE, "B", "z", 5)],
    )
    run(of, database, fast_forward=fast_forward)
    rows = send.execute_query("MATCH (n:A) RETURN properties(n) AS p ORDER BY n.k").records
    assert [row["p"] for row in rows] == [{"k": 1, "p": "p", "y": "p!", "z": 5}, {"k": 2}]
