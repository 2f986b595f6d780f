"""Looking at a file that another process has open.

The engine lets one read beside a writer, and does not protect the reader: it may meet a log that is being written, or
pages of two moments, and refuse, or die. So a process of its own looks, and what it says counts only if the engine
found nothing wrong. What is remembered of migrations is written in whole transactions: a look finds it as of one.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from nsmig.database.ladybug.opening import PROLOGUE, SIZES

_ATTEMPTS = 20  # beside a run that writes all the time, half of them fail
_PAUSE = 0.05  # seconds
_PATIENCE = 30.0  # seconds for one look
_LOOK = f"""{PROLOGUE}import json, ladybug
path, query, sizes = sys.argv[1:]
database = ladybug.Database(path, read_only=True, throw_on_wal_replay_failure=False, **json.loads(sizes))
rows = ladybug.Connection(database, num_threads=1).execute(query).get_all()
print(json.dumps(rows))
"""


def look(path: Path, query: str) -> list[list[Any]] | None:
    """A query's rows, of plain values; None where no look succeeds."""
    import subprocess

    command = [sys.executable, "-c", _LOOK, str(path), query, json.dumps(SIZES)]
    for _ in range(_ATTEMPTS):
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE
            )
            if done.returncode == 0:
                rows: list[list[Any]] = json.loads(done.stdout)
                return rows
        time.sleep(_PAUSE)
    return None
