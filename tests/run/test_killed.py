"""Runs that are killed at random moments, or race each other, end like an undisturbed run."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nsmig import History
from nsmig.errors import FAST_FORWARD, EditedError, HistoryError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty
from nsmig.running.events import Event, OperationStarted
from support import faults
from support.databases import ladybug_at
from support.kills import dump_ladybug, kill_ladybug, kill_neo4j, start_ladybug
from support.migrations import migration
from support.neo4j_bench import Send
from support.runs import run
from support.server import Server

KILLS = 6  # at most; `make long` kills hundreds


@pytest.mark.releases("5.26", "2026-cypher5")
@pytest.mark.parametrize("fast_forward", [False, True])
def test_neo4j_killed_at_random_moments(
    send: Send, neo4j_server: Server, whole: dict[str, Any], fast_forward: bool
) -> None:
    kills = kill_neo4j(send, neo4j_server.uri, whole, random.Random(5 + fast_forward), fast_forward, most=KILLS)
    print(f"{kills} kills")


@pytest.mark.parametrize("fast_forward", [False, True])
def test_ladybug_killed_at_random_moments(tmp_path: Path, fast_forward: bool) -> None:
    print(f"{kill_ladybug(tmp_path, random.Random(7), fast_forward, KILLS, renewing=fast_forward)} kills")


def test_ladybug_raced(tmp_path: Path) -> None:
    path = tmp_path / "raced.lbug"
    start_ladybug(path)
    with faults.runner({"database": "ladybug", "path": str(path)}) as forks:
        ends = [forks.wait(pid) for pid in [forks.start() for _ in range(3)]]
    assert sorted(ends) == [(0, "0"), (0, "0"), (0, str(len(faults.HISTORY) - 1))]


def test_a_fast_forward_that_stopped(tmp_path: Path) -> None:
    """A plain run continues it, an edited file is refused, and every member is recorded."""
    whole, stopped = tmp_path / "whole.lbug", tmp_path / "stopped.lbug"
    for path in (whole, stopped):
        start_ladybug(path)
    with ladybug_at(whole) as database:
        run(faults.HISTORY, database)

    def stop(event: Event) -> None:
        if isinstance(event, OperationStarted) and event.done == 3:
            raise KeyboardInterrupt

    with ladybug_at(stopped) as database:
        with pytest.raises(KeyboardInterrupt):
            run(faults.HISTORY, database, stop, fast_forward=True)
        last = faults.MIGRATIONS[-1]
        ((name, mark),) = database.ledger.state().journal.items()
        assert (name, mark.done) == (f"{FAST_FORWARD}{last.name}", 3)
        edited = [*faults.MIGRATIONS[:-1], replace(last, operations=())]
        with pytest.raises(EditedError, match=f"fast-forward to {last.name}"):
            run(History(edited), database)
        with pytest.raises(HistoryError, match="restore its file"):
            run(History(faults.MIGRATIONS[:-1]), database)
        later = migration("9-later", [AddProperty(Kind.NODE, "C", "z", "new")], [last.name])
        assert run(History([*faults.MIGRATIONS, later]), database) == len(faults.HISTORY)
    with ladybug_at(whole) as database:
        assert run(History([*faults.MIGRATIONS, later]), database) == 1
    assert dump_ladybug(stopped) == dump_ladybug(whole)
