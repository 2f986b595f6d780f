"""Runs for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsmig import History
from nsmig.running.events import Event
from nsmig.running.loop import run as run_history
from support.databases import Opened


def run(history: History, database: Opened, on_event: Callable[[Event], None] = lambda event: None, **more: Any) -> int:
    """Apply the pending migrations, quietly; return the number applied."""
    return run_history(history, database, on_event, **more)
