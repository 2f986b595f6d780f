"""Operations on Neo4j that stop within a statement and are repeated."""

from __future__ import annotations

import pytest

from nsmig.database.base import Role, Statement
from nsmig.database.neo4j import live_catalog
from nsmig.database.neo4j.journal import LOCK, MIGRATION
from nsmig.database.neo4j.session import CREATIONS
from nsmig.errors import DatabaseError
from nsmig.kinds import Kind
from nsmig.operations import CreateType, ExtendKey, Operation
from support.databases import planned, turn
from support.neo4j_bench import INTERRUPTIBLE, KEYED, MARK, ROWS, Bench, entries, make, part
from support.reference import Schema

pytestmark = pytest.mark.releases("5.26", "2026")


@pytest.fixture(autouse=True)
def not_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key indexes appear as a dead server leaves them; run/test_on_neo4j.py kills a real one."""
    state = "CASE WHEN name CONTAINS '_node_key' THEN 'POPULATING' ELSE state END AS state"
    shown = f"{live_catalog._INDEXES} RETURN name, {state}, type, entityType, labelsOrTypes, properties"
    monkeypatch.setattr(live_catalog, "_INDEXES", shown)


@pytest.mark.parametrize("operation", INTERRUPTIBLE, ids=repr)
def test_an_operation_stopped_within_a_statement_is_finished_by_repeating_it(
    connected: Bench, operation: Operation
) -> None:
    """For stops between statements see run/test_stopped_after_any_statement.py."""

    def start() -> list[Statement]:
        make(connected, KEYED, *ROWS)
        connected.send("MATCH (n:A) SET n._id = n.k")
        return planned(connected.database, operation, KEYED, connected.database.session.live())[0]

    statements = start()
    connected.apply(operation, KEYED)
    whole, catalog = connected.dump().canonical(), entries(connected)
    for at, statement in enumerate(statements):
        if rest := part(statement):
            start()
            done = [*statements[:at], rest]
            connected.database.session.execute(turn(done, operation), MARK, lambda rows: None)
            connected.apply(operation, KEYED)
            assert (connected.dump().canonical(), entries(connected)) == (whole, catalog), done


def test_what_a_dead_server_left_of_a_constraint_does_not_stop_the_statement_that_is_sent_again(bench: Bench) -> None:
    make(bench, KEYED, *ROWS)
    operation = ExtendKey(Kind.NODE, "A", "x", 1)
    statements, _ = planned(bench.database, operation, KEYED, bench.database.session.live())
    *before, constraint = [each for each in statements if each.role is not Role.COUNT]
    orphan = part(constraint)
    assert orphan
    bench.database.session.execute(turn([*before, orphan], operation), None, lambda rows: None)
    assert ("A_node_key", ("A",), ("k", "x"), "RANGE") in entries(bench)
    bench.database.session.execute(turn([constraint], operation), None, lambda rows: None)
    assert ("A_node_key", ("A",), ("k", "x"), "UNIQUENESS") in entries(bench)


def test_what_shares_a_transaction_is_made_beside_what_a_dead_server_left(empty_bench: Bench) -> None:
    empty_bench.send.clear()
    types = [f"T{number}" for number in range(CREATIONS + 2)]
    live, made = empty_bench.database.session.live(), []
    for each in types:
        some, live = planned(empty_bench.database, CreateType(Kind.NODE, each, ("k",), ()), Schema(), live)
        made += some
    assert len(made) == len(types) and all(each.may_share for each in made)
    empty_bench.send("CREATE INDEX T1_node_key FOR (n:T1) ON (n.k)")
    empty_bench.database.session.execute(turn(made, CreateType(Kind.NODE, "T0", ("k",), ())), None, lambda rows: None)
    assert empty_bench.database.session.live() == live


def test_of_what_shares_a_transaction_and_is_refused_all_that_precedes_the_fault_is_made(empty_bench: Bench) -> None:
    live, made = empty_bench.database.session.live(), []
    for number in range(CREATIONS + 5):
        some, live = planned(empty_bench.database, CreateType(Kind.NODE, f"T{number}", ("k",), ()), Schema(), live)
        made += some
    empty_bench.send(f"CREATE INDEX mine FOR (n:T{CREATIONS + 2}) ON (n.k)")  # someone does, meanwhile
    sent = turn(made, CreateType(Kind.NODE, "T0", ("k",), ()))
    with pytest.raises(DatabaseError, match=f"T{CREATIONS + 2}"):
        empty_bench.database.session.execute(sent, None, lambda rows: None)
    names = empty_bench.send("SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names")[0]["names"]
    assert set(names) == {f"T{number}_node_key" for number in range(CREATIONS + 2)}
    empty_bench.send("DROP INDEX mine")
    empty_bench.database.session.execute(sent, None, lambda rows: None)
    assert empty_bench.database.session.live() == live


@pytest.mark.parametrize("label", [MIGRATION, LOCK])
def test_what_a_dead_server_left_of_the_lock_does_not_stop_a_run(empty_bench: Bench, label: str) -> None:
    empty_bench.send(f"DROP CONSTRAINT `{label}_node_key` IF EXISTS")
    empty_bench.send(
        f"CREATE INDEX `{label}_node_key` FOR (n:`{label}`) ON (n.{'name' if label == MIGRATION else 'lock'})"
    )
    with empty_bench.database.ledger.lock(1):
        names = empty_bench.send("SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names")[0]["names"]
        assert f"{label}_node_key" in names
