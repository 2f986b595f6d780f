"""A squash that left queries out runs only on a database without rows: on a toy database, and on both real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig.database.base import Database
from nsmig.errors import PlanError, RowsError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, CreateType, Operation, RunQuery
from nsmig.running.dry_run import preview
from nsmig.running.loop import run
from nsmig.running.standing import standing
from nsmig.running.state import state_for
from support.databases import connection, ladybug_at, neo4j_at
from support.loops import apply, copied, killed_everywhere
from support.migrations import chained
from support.neo4j_bench import Send
from support.reference import Graph, Node
from support.server import Server
from support.toy import Disk, Killed, opened

NODE = Kind.NODE
A = CreateType(NODE, "A", ("k",), ("p",))
FIX = RunQuery("CREATE (:A {k: 'fixed', p: 'x'})", elidable=True)
OPERATIONS: list[list[Operation]] = [[A], [AddProperty(NODE, "A", "q"), FIX], [AddIndex(NODE, "A", "q")]]
SHORT = "short"


def squashed(first: str = "m1", keep_queries: bool = False) -> nsmig.History:
    """Three migrations, with a squash of the last two or of all."""
    of = chained(*OPERATIONS)
    return nsmig.History([*(of[name] for name in of.order()), of.squash(first, name=SHORT, keep_queries=keep_queries)])


def without(of: nsmig.History, *names: str) -> nsmig.History:
    return nsmig.History([of[name] for name in of.order() if name not in names])


def started(transactional: bool, rows: bool) -> Disk:
    """A disk on which the first migration is applied, with or without a row."""
    disk = Disk()
    apply(chained(OPERATIONS[0]), disk, transactional)
    if rows:
        apply(chained(OPERATIONS[0], [replace(FIX, elidable=False)]), disk, transactional)
        del disk.records["m1"]
    disk.sent = 0
    return disk


def queries(disk: Disk) -> int:
    return len(disk.graph.nodes)


@pytest.mark.parametrize("transactional", [False, True])
def test_it_runs_where_there_are_no_rows_and_its_members_elsewhere(transactional: bool) -> None:
    of = squashed()
    empty, full = started(transactional, rows=False), started(transactional, rows=True)
    apply(of, empty, transactional)
    apply(of, full, transactional)
    assert (queries(empty), queries(full)) == (0, 2)
    assert sorted(empty.records) == sorted(full.records) == ["m0", "m1", "m2", SHORT]
    assert empty.made == full.made


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("rows", [False, True])
def test_killed_anywhere_it_goes_on_as_it_began(transactional: bool, rows: bool) -> None:
    assert killed_everywhere(squashed(), started(transactional, rows), transactional)


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("rows", [False, True])
def test_a_fast_forward_takes_the_members_with_their_queries(transactional: bool, rows: bool) -> None:
    disk = started(transactional, rows)
    killed_everywhere(squashed(), copied(disk), transactional, fast_forward=True)
    apply(squashed(), disk, transactional, fast_forward=True)
    assert queries(disk) == 1 + rows


def test_a_fast_forward_that_was_killed_is_finished_by_any_run() -> None:
    start = started(False, rows=False)
    whole = copied(start)
    apply(squashed(), whole, False, fast_forward=True)
    for kill in range(1, whole.sent + 1):
        disk = replace(copied(start), kill_after=kill)
        with pytest.raises(Killed):
            apply(squashed(), disk, False, fast_forward=True)
        begun = any(name.startswith("fast-forward") for name in disk.journal)
        disk.kill_after = None
        apply(squashed(), disk, False)
        assert not begun or queries(disk) == 1, f"killed after statement {kill}"


@pytest.mark.parametrize("transactional", [False, True])
def test_members_whose_files_are_gone_are_an_error_that_names_them(transactional: bool) -> None:
    of, disk = without(squashed(), "m1", "m2"), started(transactional, rows=True)
    before = disk.contents()
    with pytest.raises(PlanError, match=r"squash 'short' left queries out.* here 'm1' must run in its place"):
        apply(of, disk, transactional)
    assert disk.contents() == before and disk.journal == {} and disk.sent == 0
    with opened(disk, transactional) as database:
        stands = standing(of, state_for(of, database))
    assert [stands[each]["state"] for each in ("m1", "m2")] == ["missing", "missing"]
    apply(of, empty := started(transactional, rows=False), transactional)
    assert SHORT in empty.records
    with pytest.raises(PlanError, match="not with --fast-forward"):
        apply(of, started(transactional, rows=False), transactional, fast_forward=True)


def test_members_whose_files_are_gone_can_be_recorded() -> None:
    disk = started(False, rows=True)
    apply(without(squashed(), "m1", "m2"), disk, False, fake=True)
    assert sorted(disk.records) == ["m0", "m1", "m2", SHORT] and queries(disk) == 1


@pytest.mark.parametrize("transactional", [False, True])
def test_rows_that_come_while_a_run_is_planned_stop_it(transactional: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    disk = started(transactional, rows=False)
    monkeypatch.setattr("support.toy.ToySession.holds_rows", lambda self: next(answers))
    with pytest.raises(RowsError, match=r"rows were added after this run began; it changed nothing\. Run again"):
        apply(squashed(), disk, transactional)
    assert disk.journal == {} and sorted(disk.records) == ["m0"]


@pytest.mark.parametrize("transactional", [False, True])
def test_one_that_was_begun_is_finished_whatever_rows_have_come(transactional: bool) -> None:
    start = started(transactional, rows=False)
    whole = copied(start)
    apply(squashed(), whole, transactional)
    begun = 0
    for kill in range(1, whole.sent):
        disk = replace(copied(start), kill_after=kill)
        with pytest.raises(Killed):
            apply(squashed(), disk, transactional)
        if SHORT in disk.journal:
            begun += 1
            disk.graph, disk.kill_after = Graph([Node(frozenset("A"), {"k": "new"})]), None
            apply(without(squashed(), "m1", "m2"), disk, transactional)
            assert SHORT in disk.records and queries(disk) == 1
    assert begun


def test_a_query_before_it_makes_its_members_run() -> None:
    of = chained([A, replace(FIX, elidable=False)], *OPERATIONS[1:])
    of = nsmig.History([*(of[name] for name in of.order()), of.squash("m1", name=SHORT)])
    disk = Disk()
    apply(of, disk, False)
    assert queries(disk) == 2


def test_behind_a_query_it_runs_without_its_members_files_if_that_has_made_no_rows() -> None:
    for query, rows in (("CREATE", True), ("make B", False)):
        of = chained([A, RunQuery(query)], *OPERATIONS[1:])
        of = nsmig.History([of["m0"], of.squash("m1", name=SHORT)])
        disk = Disk()
        if rows:
            with pytest.raises(RowsError):
                apply(of, disk, False)
            assert sorted(disk.records) == ["m0"] and disk.journal == {}
            with pytest.raises(PlanError, match="'m1' must run"):
                apply(of, disk, False)
        else:
            apply(of, disk, False)
            assert SHORT in disk.records


def test_all_queries_can_be_kept() -> None:
    kept = squashed(keep_queries=True)
    assert kept.elided() == [] and FIX in kept[SHORT].operations
    disk = started(False, rows=True)
    apply(without(kept, "m1", "m2"), disk, False)
    assert queries(disk) == 2


def test_a_squash_of_it_keeps_the_queries_or_names_the_missing_file() -> None:
    of = squashed()
    outer = nsmig.History([*(of[name] for name in of.order()), of.squash("m0", name="outer")])
    assert outer.elided() == [SHORT, "outer"]
    assert FIX in of.squash("m0", name="outer", keep_queries=True).operations
    gone = without(of, "m1", "m2")
    assert gone.squash("m0", name="outer").operations[0] == of[SHORT].operations[0]
    with pytest.raises(PlanError, match="'m1' must run"):
        gone.squash("m0", name="outer", keep_queries=True)


def on_a_database(opened_anew: Callable[[], Any]) -> None:
    """An empty database runs the squash, one with a row its members; dry runs and show say so in advance."""
    of = squashed()
    for rows in (False, True):
        with opened_anew() as database:
            assert run(chained(OPERATIONS[0]), database, lambda event: None) == 1
            assert not database.session.holds_rows()
            if rows:
                run(_with_a_row(), database, lambda event: None)
            assert database.session.holds_rows() == rows
            stands = standing(of, state_for(of, database))
            assert stands[SHORT]["state"] == ("covered" if rows else "pending")
            assert ("CREATE (:A" in "".join(preview(of, database))) == rows
            run(of, database, lambda event: None)
            assert _count(database) == 2 * rows
            assert set(database.ledger.state().records) >= {"m0", "m1", "m2", SHORT}


def _with_a_row() -> nsmig.History:
    of = chained(OPERATIONS[0])
    return nsmig.History([of["m0"], nsmig.Migration("row", (RunQuery("CREATE (:A {k: 'other'})"),), ("m0",))])


def _count(database: Database[Any]) -> int:
    text, of = "MATCH (n:A) RETURN count(n) AS count", connection(database)
    return int(of.rows(text)[0]["count"] if hasattr(of, "rows") else of.send(text)[0][0])


def test_on_ladybug(tmp_path: Path) -> None:
    paths = iter([tmp_path / "a.lbug", tmp_path / "b.lbug"])
    on_a_database(lambda: ladybug_at(next(paths)))


def test_on_neo4j(send: Send, neo4j_server: Server) -> None:
    def opened_anew() -> Any:
        send.clear()
        return neo4j_at(neo4j_server.uri)

    on_a_database(opened_anew)
