"""Work that the server does after a statement, and many migrations at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import neo4j
import pytest

from many_migrations import history as growing
from nsmig import History
from nsmig.database.neo4j.journal import LOCK, MIGRATION
from nsmig.database.neo4j.limits import ONE, SEVERAL
from nsmig.errors import ConflictError, DatabaseError, IndexFailedError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, CreateType, DropIndex, ExtendKey, Operation
from nsmig.running import loop
from nsmig.running.events import Building, Event, Noted, Started
from support.migrations import migration
from support.neo4j_bench import Bench

pytestmark = pytest.mark.releases("5.26", "2026")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
INDEX = "A_p_additional_index"
TOO_LARGE = "ä" * (ONE // 2 + 1)


def history(*operations: Operation) -> History:
    names = [f"m{at:02}" for at in range(len(operations))]
    return History(
        [
            migration(name, [each], names[at - 1 : at])
            for at, (name, each) in enumerate(zip(names, operations, strict=True))
        ]
    )


def run(of: History, bench: Bench, **options: Any) -> list[Event]:
    events: list[Event] = []
    loop.run(of, bench.database, events.append, **options)
    return events


@pytest.fixture
def bench(empty_bench: Bench) -> Bench:
    empty_bench.send.clear()
    return empty_bench


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts of all statements sent."""
    texts: list[str] = []
    for of in (neo4j.Session, neo4j.Transaction):

        def noted(self: Any, query: Any, *rest: Any, plain: Any = of.run, **more: Any) -> Any:
            texts.append(getattr(query, "text", query))
            return plain(self, query, *rest, **more)

        monkeypatch.setattr(of, "run", noted)
    yield texts


# ---- Many migrations in a database without rows ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_migrations_together_end_as_one_by_one(bench: Bench, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of = History(growing(120, seed))
    run(of, bench)
    together, records = bench.database.session.live(), bench.database.ledger.state().records.keys()
    bench.send.clear()
    monkeypatch.setattr(loop, "LIGHT_TASKS", 1)
    run(of, bench)
    assert bench.database.session.live() == together and len(together.names) > 15
    assert bench.database.ledger.state().records.keys() == records == set(of.order())


def test_many_migrations_take_few_statements(bench: Bench, sent: list[str]) -> None:
    """Counted: fewer than a quarter of the migrations, since constraints and indexes that are dropped later are never
    created."""
    of = History(growing(300))
    run(of, bench)
    assert len(sent) <= 75


def test_what_is_made_and_goes_again_is_not_sent(bench: Bench, sent: list[str]) -> None:
    run(history(CreateType(NODE, "A", ("k",), ("p",)), AddIndex(NODE, "A", "p"), DropIndex(NODE, "A", "p")), bench)
    assert not any(INDEX in text for text in sent)
    made = {each.name for each in bench.database.session.live().entries.values() if each.form != "LOOKUP"}
    assert made == {"A_node_key", f"{MIGRATION}_node_key", f"{LOCK}_node_key"}


def test_of_migrations_that_are_refused_together_what_precedes_the_fault_is_applied(bench: Bench) -> None:
    """Meanwhile someone creates an index that the constraint cannot coexist with."""
    of = history(*(CreateType(NODE, f"T{at}", ("k",), ()) for at in range(9)))

    def report(event: Event) -> None:
        if isinstance(event, Started) and event.migration == "m00":
            bench.send("CREATE INDEX mine FOR (n:T5) ON (n.k)")

    with pytest.raises(DatabaseError, match="T5") as caught:
        loop.run(of, bench.database, report)
    assert caught.value.place is not None and caught.value.place.migration == "m05"
    state = bench.database.ledger.state()
    assert sorted(state.records) == ["m00", "m01", "m02", "m03", "m04"] and state.journal == {}
    bench.send("DROP INDEX mine")
    run(of, bench)
    assert sorted(bench.database.ledger.state().records) == of.order()


# ---- Indexes are waited for ------------------------------------------------------------------------------------------

A = CreateType(NODE, "A", ("k",), ("p",))
MANY = "UNWIND range(1, 150000) AS i CREATE (:A {k: i, p: 'x' + i})"


def test_a_migration_is_recorded_when_its_index_is_online(bench: Bench) -> None:
    run(history(A), bench)
    bench.send(MANY)
    states = []

    def report(event: Event) -> None:
        if isinstance(event, Building):
            states.append((event.share, "m01" in bench.database.ledger.state().records))

    loop.run(history(A, AddIndex(NODE, "A", "p")), bench.database, report)
    assert states and all(0 <= share < 1 and not recorded for share, recorded in states)
    assert bench.database.session.unfinished() == []


def test_without_waiting_there_is_a_note_and_the_next_run_waits(bench: Bench) -> None:
    run(history(A), bench)
    bench.send(MANY)
    of = history(A, AddIndex(NODE, "A", "p"))
    events = run(of, bench, wait=False)
    (told,) = bench.database.session.unfinished()
    assert told.name == INDEX and "is being built" in told.text and not told.failed
    assert not any(isinstance(each, Building) for each in events)
    assert sorted(bench.database.ledger.state().records) == of.order()
    events = run(of, bench)
    assert any(isinstance(each, Noted) and "waits for it" in each.text for each in events)
    assert bench.database.session.unfinished() == []


def test_a_failed_index_is_reported_and_rebuilt(bench: Bench) -> None:
    """It had failed unnoticed: values that are too large had not been counted."""
    of = history(A, AddIndex(NODE, "A", "p"))
    run(of, bench)
    bench.send(f"DROP INDEX {INDEX}")
    bench.send("CREATE (:A {k: 1, p: $p})", p=TOO_LARGE)
    bench.send(f"CREATE INDEX {INDEX} FOR (n:A) ON (n.p)")
    with pytest.raises(IndexFailedError, match="too large"):
        bench.database.session.finish([INDEX], lambda share: None)
    (told,) = bench.database.session.unfinished()
    assert told.failed and "too large" in told.text
    with pytest.raises(IndexFailedError):
        run(of, bench)
    bench.send("MATCH (n:A) SET n.p = 'short'")
    events = run(of, bench)
    assert any(isinstance(each, Noted) and "made again" in each.text for each in events)
    assert bench.database.session.unfinished() == [] and INDEX in bench.database.session.live().names


def test_a_failed_index_is_never_taken_for_one_that_is_there(bench: Bench) -> None:
    """nsmig rebuilds its own; someone else's stops the migration before it begins."""
    run(history(A), bench)
    of = history(A, AddIndex(NODE, "A", "p"))
    bench.send("CREATE (:A {k: 1, p: $p})", p=TOO_LARGE)
    bench.send("CREATE INDEX mine FOR (n:A) ON (n.p)")
    with pytest.raises(IndexFailedError):
        bench.database.session.finish(["mine"], lambda share: None)
    bench.send("MATCH (n:A) SET n.p = 'short'")
    with pytest.raises(ConflictError, match="'mine', not made by nsmig, has failed"):
        run(of, bench)
    assert bench.database.ledger.state().journal == {}
    bench.send("DROP INDEX mine")
    run(of, bench)
    assert bench.database.session.unfinished() == [] and INDEX in bench.database.session.live().names


# ---- Values that are too large ---------------------------------------------------------------------------------------

FITS: list[tuple[Any, ...]] = [
    ("x" * ONE,),
    ("😀" * (ONE // 4),),
    ("ä" * (ONE // 2),),
    ([1] * 1020,),
    ([True] * ONE,),
    (["ä" * 4081],),
    (["y"] * 2721,),
    ("x" * (SEVERAL - 3 - 10), 1),
    ("ä" * 2000 + "x" * (SEVERAL - 4000 - 3 - 3), ""),
]
DOES_NOT: list[tuple[Any, ...]] = [
    ("x" * (ONE + 1),),
    ("😀" * (ONE // 4) + "x",),
    ("ä" * (ONE // 2 + 1),),
    ([1.5] * 1021,),
    ([True] * (ONE + 1),),
    (["ä" * 4081 + "x"],),
    (["y"] * 2722,),
    ("x" * (SEVERAL - 3 - 10 + 1), 1),
    ("ä" * 2000 + "x" * (SEVERAL - 4000 - 3 - 3 + 1), ""),
]


@pytest.mark.parametrize("values", FITS + DOES_NOT, ids=lambda values: f"{len(values)} of {type(values[0]).__name__}")
def test_what_is_too_large_for_a_key_is_found_before_anything_changes(bench: Bench, values: tuple[Any, ...]) -> None:
    """To the byte: exactly the values that the server refuses, which is confirmed afterwards."""
    properties = {f"p{at}": value for at, value in enumerate(values)}
    bench.send("CREATE (n:A:B) SET n = $properties", properties=properties)
    bench.send("CREATE (:A {p0: 'x'})")
    before = bench.send("MATCH (n) RETURN properties(n) AS p, labels(n) AS l")
    of = history(CreateType(NODE, "A", tuple(properties), ()))
    required = ", ".join(f"n.{each}" for each in properties)
    if values in FITS:
        run(of, bench)
        assert "A_node_key" in bench.database.session.live().names
        return
    with pytest.raises(ConflictError, match="has room for") as caught:
        run(of, bench)
    assert caught.value.count == 1
    assert bench.send(caught.value.query)[0]["n"] == properties  # the largest first
    assert bench.send("MATCH (n) WHERE n:A RETURN properties(n) AS p, labels(n) AS l") == before
    assert bench.database.ledger.state().journal == {}
    with pytest.raises(neo4j.exceptions.DatabaseError, match="too large"):
        bench.send(f"CREATE CONSTRAINT FOR (n:A) REQUIRE ({required}) IS UNIQUE")


@pytest.mark.parametrize("kind", Kind)
def test_what_is_too_large_for_an_index_is_found_before_anything_changes(bench: Bench, kind: Kind) -> None:
    made = CreateType(kind, "odd `name", (), ("p'",))
    run(history(made), bench)
    rows = "CREATE (:`odd ``name` {`p'`: $p})" if kind is NODE else "CREATE ()-[:`odd ``name` {`p'`: $p}]->()"
    for value in ("short", 7, None, [1, 2], TOO_LARGE, TOO_LARGE):
        bench.send(rows, p=value)
    with pytest.raises(ConflictError, match="has room for") as caught:
        run(history(made, AddIndex(kind, "odd `name", "p'")), bench)
    assert caught.value.count == 2 and len(bench.send(caught.value.query)) == 6
    assert bench.database.ledger.state().journal == {}


def test_a_default_that_makes_a_key_too_large_is_found(bench: Bench) -> None:
    run(history(A), bench)
    bench.send("CREATE (:A {k: $k})", k="x" * (SEVERAL - 20))
    with pytest.raises(ConflictError, match="has room for"):
        run(history(A, ExtendKey(NODE, "A", "l", "long enough to be too long")), bench)
    assert "A_node_key" in bench.database.session.live().names and bench.database.ledger.state().journal == {}
