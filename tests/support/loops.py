"""Runs on a toy database, complete and killed after each statement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import nsmig
from nsmig.running.events import Event
from nsmig.running.loop import run
from support.toy import Disk, Killed, opened


def apply(of: nsmig.History, disk: Disk, transactional: bool, **options: Any) -> list[Event]:
    events: list[Event] = []
    with opened(disk, transactional) as database:
        run(of, database, events.append, **options)
    return events


def copied(disk: Disk) -> Disk:
    kept = {name: dict(getattr(disk, name)) for name in ("made", "records", "journal", "positions")}
    return replace(disk, **kept, written=[])  # type: ignore[arg-type]


def killed_everywhere(of: nsmig.History, start: Disk, transactional: bool, **options: Any) -> int:
    """Run to the end, then once for each statement: be killed after it and continue; return the number of kills."""
    whole = copied(start)
    apply(of, whole, transactional, **options)
    assert whole.journal == {}
    for kill in range(1, whole.sent + 1):
        disk = copied(start)
        disk.kill_after = kill
        with pytest.raises(Killed):
            apply(of, disk, transactional, **options)
        apply(of, disk, transactional, **options)
        assert disk.contents() == whole.contents(), f"killed after statement {kill} of {whole.sent}"
        assert disk.journal == {}
    return whole.sent
