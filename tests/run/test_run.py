"""The state that a failed run leaves, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsmig import History
from nsmig.errors import ConflictError, DatabaseError, EditedError, HistoryError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, DropType, Operation, RenameType, RunQuery, SetPropertyType
from nsmig.running.events import Noted
from support.databases import Opened, ladybug_at, neo4j_at
from support.migrations import chained, migration
from support.runs import run

NODE = Kind.NODE
A = CreateType(NODE, "A", ("k",), ("p", "q"))
ROW = RunQuery("CREATE (:A {k: '1', p: 'x', q: 'y'})")


@pytest.fixture(params=["neo4j", "ladybug"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    if request.param == "ladybug":
        with ladybug_at(tmp_path / "graph.lbug") as ladybug:
            yield ladybug
    else:
        with neo4j_at(request.getfixturevalue("fresh_neo4j"), retry_factor=0.01) as neo4j:
            yield neo4j


@pytest.mark.parametrize(
    "wrong",
    [
        RunQuery("MATCH (n:A) STE n.p = 'z'"),
        RunQuery("MATCH (n:A) SET n.p = $z"),
        SetPropertyType(NODE, "A", "p", "INTEGER"),
    ],
)
def test_what_fails_before_it_changes_anything_may_be_edited(database: Opened, wrong: Operation) -> None:
    of = chained([A], [ROW], [wrong, AddProperty(NODE, "A", "z", "1")], [AddProperty(NODE, "A", "y")])
    with pytest.raises(DatabaseError, match=r"^migration 'm2', operation 1 of 2: "):
        run(of, database)
    assert not database.ledger.state().journal
    assert run(chained([A], [ROW], [AddProperty(NODE, "A", "z", "2")]), database) > 0


def test_what_fails_later_may_not(database: Opened) -> None:
    wrong = RunQuery("MATCH (n:A) STE n.p = 'z'")
    with pytest.raises(DatabaseError, match=r"^migration 'm1', operation 3 of 3: "):
        run(chained([A], [ROW, AddProperty(NODE, "A", "z", "1"), wrong]), database)
    assert database.ledger.state().journal["m1"].done == 2
    with pytest.raises(EditedError, match=r"nsmig run --fake --to m1"):
        run(chained([A], [ROW, AddProperty(NODE, "A", "z", "1")]), database)


def test_a_conflict_of_an_earlier_run_that_was_killed_stays_begun(
    database: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Part of its work may be there, although this run found a conflict before it changed anything. Not on LadybugDB,
    where an operation and its journal entry are one transaction."""
    begun = ["m2"] if database.dialect.is_shared() else []
    of = chained([A], [RunQuery("CREATE (:A {k: '1', p: 'x'})")], [AddProperty(NODE, "A", "z", "1")])
    run(of, database, to="m1")

    def killed(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(database.session, "execute", killed)
        run(of, database)
    assert list(database.ledger.state().journal) == begun

    def refused(*arguments: Any) -> None:
        raise ConflictError(arguments[0].work, "in the way", 1, "")

    with monkeypatch.context() as patched, pytest.raises(ConflictError):
        patched.setattr(database.session, "execute", refused)
        run(of, database)
    assert list(database.ledger.state().journal) == begun
    assert run(of, database) == 1 and not database.ledger.state().journal


def test_an_impossible_operation_is_reported_with_its_place_and_can_be_recorded(database: Opened) -> None:
    of = chained([A], [AddProperty(NODE, "A", "z"), CreateType(NODE, "A", ("z",), ())], [RenameType(NODE, "A", "B")])
    with pytest.raises(UnsupportedError, match=r"^migration 'm1', operation 2 of 2: Create node type .* exists with"):
        run(of, database)
    assert not database.ledger.state().records
    assert run(of, database, fake=True, to="m1") == 2
    assert run(of, database, fake=True) == 1
    assert list(database.ledger.state().records) == ["m0", "m1", "m2"]


def test_a_run_stops_before_what_was_begun_and_comes_later(database: Opened) -> None:
    wrong = RunQuery("MATCH (n:A) STE n.p = 'z'")
    with pytest.raises(DatabaseError):
        run(History([migration("m", [A]), migration("z", [ROW, wrong], ["m"])]), database)
    of = History([migration("m", [A]), migration("n", [], ["m"]), migration("z", [ROW, wrong], ["m"])])
    with pytest.raises(HistoryError, match="'z' was begun and not finished and comes after 'n'; finish it first"):
        run(of, database, to="n")
    assert list(database.ledger.state().records) == ["m"]


def test_a_drop_beside_unknown_migrations_says_what_it_cannot_know(database: Opened) -> None:
    """As on another branch of the project, with a database that both use."""
    first = migration("a", [A])
    run(History([first, migration("b", [CreateType(NODE, "B", ("k",), ())], ["a"])]), database)
    notes: list[str] = []
    of = History([first, migration("c", [DropType(NODE, "A")], ["a"])])
    run(of, database, lambda event: notes.append(event.text) if isinstance(event, Noted) else None)
    first_note, note = notes
    assert first_note.startswith("recorded as applied, but in no file: b;")
    assert note.startswith("b: recorded, but in no file") and note.endswith("deleted with A")
    notes.clear()
    of = History([*(of[name] for name in of.order()), migration("d", [CreateType(NODE, "C", ("k",), ())], ["c"])])
    run(of, database, lambda event: notes.append(event.text) if isinstance(event, Noted) else None)
    assert notes == [first_note]
    notes.clear()
    run(of, database, lambda event: notes.append(event.text) if isinstance(event, Noted) else None, ignore_unknown=True)
    assert not notes  # as if the project ignores them
