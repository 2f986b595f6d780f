"""A run on a real engine that stops after its first statement, its second, …, and continues.

The loop, the dialect and the ledger are real; only the connection stops. ``test_loop.py`` does the same on a toy
database with every history of the contract, ``test_killed.py`` with real processes at random moments.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig import History
from nsmig.database.base import Record
from nsmig.database.ladybug import connection as ladybug_connection
from nsmig.database.ladybug import opening
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, DropType, ExtendKey, Operation, RenameKeyPart, RenameProperty, RenameType
from support.databases import Opened, connection, ladybug_at
from support.engines import core_schema
from support.ladybug_bench import CYCLE, SMALL, LadybugEngine, dump
from support.ladybug_bench import ROWS as LADYBUG_ROWS
from support.migrations import chained
from support.neo4j_bench import INTERRUPTIBLE, KEYED, ROWS, Bench, entries, make
from support.reference import Schema, apply
from support.runs import run
from support.stops import Stopped, stopping


def history(before: Schema, *rest: Operation | list[Operation]) -> History:
    """A first migration that creates a schema, then the others."""
    return chained(nsmig.diff(nsmig.Schema(), core_schema(before), extensions=True), *rest)


PASS = [
    AddProperty(Kind.NODE, "B", "x", 1),
    AddProperty(Kind.NODE, "B", "r", 2),
    RenameProperty(Kind.NODE, "B", "p", "s"),
]


# One of each kind of operation and of subject; renaming a relationship's key part needs another schema.
OF_EACH_KIND = {(type(each), getattr(each, "kind", None)): each for each in reversed(INTERRUPTIBLE)}
del OF_EACH_KIND[RenameKeyPart, Kind.RELATIONSHIP]


def _is_soon(operation: Operation) -> bool:
    return isinstance(operation, SOON) and getattr(operation, "kind", None) is Kind.NODE


# Ten seconds each: their statements differ most; the rest is part of `make long`.
SOON = (DropType, ExtendKey, RenameProperty, RenameType)
LATER = [pytest.param(each, marks=pytest.mark.long) for each in OF_EACH_KIND.values() if not _is_soon(each)]


@pytest.mark.parametrize("work", [*filter(_is_soon, OF_EACH_KIND.values()), PASS, *LATER], ids=repr)
def test_on_neo4j(bench: Bench, work: Operation | list[Operation]) -> None:
    of = history(KEYED, work)

    def start() -> None:
        make(bench, KEYED, *ROWS)
        bench.send("MATCH (n) WHERE n:A OR n:B SET n._id = coalesce(n.k, 0)")
        bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
        bench.database.ledger.remember([Record("m0")])

    def contents() -> Any:
        state = bench.database.ledger.state()
        return bench.dump().canonical(), entries(bench), sorted(state.records), state.journal

    start()
    run(of, bench.database)
    whole = contents()
    for after in count():
        start()
        try:
            with stopping(connection(bench.database), "attempt", after):
                run(of, bench.database)
            break
        except Stopped:
            run(of, bench.database)
        assert contents() == whole, f"stopped after statement {after + 1}"
    assert after > 0 and contents() == whole


# One of each kind of operation and of subject, by its place in the cycle.
PLACES = sorted({(type(each), getattr(each, "kind", None)): at for at, each in enumerate(CYCLE)}.values())


@pytest.mark.parametrize("at", PLACES, ids=lambda at: repr(CYCLE[at]))
def test_on_ladybug(tmp_path: Path, at: int, files: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    # No process is killed here, so no log is torn, and none has to be tried in a separate process.
    monkeypatch.setattr(opening, "_crashes", lambda path, lenient: False)
    monkeypatch.setattr(ladybug_connection, "KEPT_STATEMENTS", 0)  # renewed before each transaction
    before = SMALL
    for operation in CYCLE[:at]:
        before, _ = apply(before, operation)
    of = history(before, CYCLE[at])
    path = tmp_path / "graph.lbug"

    def contents(database: Opened) -> Any:
        state, live = database.ledger.state(), database.session.live()
        return dump(connection(database).send, live).canonical(), live, sorted(state.records), state.journal

    def started() -> Any:
        for leftover in tmp_path.glob("graph.lbug*"):
            leftover.unlink()
        path.write_bytes(files[at])
        return ladybug_at(path)

    with started() as database:
        run(of, database)
        whole = contents(database)
    for after in count():
        try:
            with started() as database, stopping(connection(database), "send", after):
                run(of, database)
            break
        except Stopped:
            with ladybug_at(path) as database:
                run(of, database)
                assert contents(database) == whole, f"stopped after statement {after + 1}"
    assert after > 0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A file before each operation of the cycle, with the migration that created its schema recorded."""
    engine = LadybugEngine(tmp_path_factory.mktemp("cycle") / "graph.lbug")
    engine.load(LADYBUG_ROWS, SMALL)
    found, schema = [], SMALL
    for operation in CYCLE:
        engine.database.ledger.remember([Record("m0")], ["m"])
        engine.close()
        content = engine.path.read_bytes()
        found.append(content)
        engine.copy(content)
        engine.apply(operation, schema)
        schema, _ = apply(schema, operation)
    engine.close()
    return found
