"""Statements of a run that has lost its lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from nsmig.database.base import Mark, Record, Role, Statement
from nsmig.database.neo4j.journal import LOCK
from nsmig.errors import LockedError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, RunQuery
from support.databases import connection, planned, turn
from support.neo4j_bench import Bench, schema

pytestmark = pytest.mark.releases("5.26", "2026")

BATCHES = Statement(
    Role.DATA,
    "MATCH (n:A) CALL (n) { UNWIND range(1, 100000) AS i WITH n, max(i) AS i SET n.x = i } IN 2 CONCURRENT TRANSACTIONS"
    " OF 10 ROWS RETURN count(*) AS count",
)


@pytest.fixture
def locked(empty_bench: Bench) -> Iterator[Bench]:
    """A run that holds the lock, and never notices that it lost it."""
    empty_bench.send.clear()
    empty_bench.send("UNWIND range(1, 600) AS i CREATE (:A:B {k: i})")
    try:
        with empty_bench.database.ledger.lock(0):
            yield empty_bench
    finally:
        empty_bench.send(f"MATCH (l:{LOCK}) DELETE l")


def taken(bench: Bench) -> None:
    bench.send(f"MATCH (l:{LOCK}) DELETE l")
    bench.send(f"CREATE (:{LOCK} {{lock: 'lock', owner: 'another'}})")


def contents(bench: Bench) -> Any:
    made = sorted(bench.database.session.live().names)
    return bench.send("MATCH (n) RETURN labels(n) AS l, properties(n) AS p ORDER BY elementId(n)"), made


@pytest.mark.parametrize("is_gone", [True, False], ids=["removed", "another's"])
def test_nothing_of_it_is_carried_out(locked: Bench, is_gone: bool) -> None:
    session, before = locked.database.session, schema(A="k p")
    add, index = AddProperty(Kind.NODE, "A", "p", "v"), AddIndex(Kind.NODE, "A", "p")
    live = session.live()
    query = Statement(Role.QUERY, "MATCH (n:A) SET n.q = 1")
    taken(locked)
    if is_gone:
        locked.send(f"MATCH (l:{LOCK}) DELETE l")
    left = contents(locked)
    for work in (
        lambda: session.execute(turn(planned(locked.database, add, before, live)[0], add), None, lambda rows: None),
        lambda: session.execute(turn(planned(locked.database, index, before, live)[0], index), None, lambda rows: None),
        lambda: session.execute(turn([query], RunQuery(query.text)), Mark("m", "c", 1), lambda rows: None),
        lambda: locked.database.ledger.remember([Record("m")], ["n"], [Mark("m", "c", 0)]),
        lambda: connection(locked.database).change(BATCHES),
        lambda: connection(locked.database).change_schema(["CREATE INDEX x FOR (n:A) ON (n.x)"]),
    ):
        with pytest.raises(LockedError, match="lost the lock"):
            work()
        assert contents(locked) == left


def test_a_query_that_divides_by_zero_is_not_a_lost_lock(locked: Bench) -> None:
    query = Statement(Role.QUERY, "MATCH (n:A) SET n.q = 1 / (n.k - n.k)")
    with pytest.raises(Exception, match="by zero") as caught:
        locked.database.session.execute(turn([query], RunQuery(query.text)), Mark("m", "c", 1), lambda rows: None)
    assert not isinstance(caught.value, LockedError)


@pytest.mark.parametrize("by", ["unlock", "a dead lease"])
def test_taking_the_lock_away_waits_for_running_batches(locked: Bench, by: str) -> None:
    """Even if the statement cannot be ended from there: here it carries another name."""
    text, parameters = connection(locked.database).fenced(BATCHES)
    # Without the mark by which others find the run's statements.
    running = threading.Thread(target=lambda: locked.send(text, **parameters))
    running.start()
    while not locked.send("MATCH (n:A) WHERE n.x IS NOT NULL RETURN n LIMIT 1"):
        assert running.is_alive()
    other = locked.database.ledger
    if by == "unlock":
        other.unlock()
    else:
        locked.send(f"MATCH (l:{LOCK}) SET l.lease_until = datetime() - duration('PT1S')")
        with other.lock(30):
            pass
    changed = locked.send("MATCH (n:A) RETURN count(n.x) AS n")
    running.join()
    assert locked.send("MATCH (n:A) RETURN count(n.x) AS n") == changed == [{"n": 600}]


def test_the_lease_is_renewed_beside_the_batches(locked: Bench) -> None:
    running = threading.Thread(target=lambda: connection(locked.database).change(BATCHES))
    running.start()
    while not locked.send("MATCH (n:A) WHERE n.x IS NOT NULL RETURN n LIMIT 1"):
        assert running.is_alive()
    began = time.monotonic()
    connection(locked.database).confirm_lock()
    assert running.is_alive() and time.monotonic() - began < 5
    running.join()


def test_batches_side_by_side_do_not_wait_for_each_other(locked: Bench) -> None:
    """By the query plan: the lock is looked up once, before the batches."""
    with locked.driver.session() as session:
        text, parameters = connection(locked.database).fenced(BATCHES)
        plan = session.run(f"EXPLAIN {text}", parameters).consume().plan
    assert plan is not None

    def operators(each: Any, within: bool) -> Iterator[tuple[str, bool]]:
        name = each["operatorType"].split("@")[0]
        yield name, within
        children = each.get("children", [])
        for at, child in enumerate(children):
            yield from operators(child, within or (name == "TransactionForeach" and at > 0))

    assert [within for name, within in operators(plan, False) if name == "NodeUniqueIndexSeek(Locking)"] == [False]
