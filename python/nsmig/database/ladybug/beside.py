"""Reading a file that another process has open.

The engine allows reading beside a writer without protecting the reader, which may meet a log that is being written, or
pages from different moments, and fail or crash. So a separate process reads, and its answer counts only if the engine
found nothing wrong. Records of migrations are written in whole transactions, so a read sees them as of one of these.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from nsmig.database.ladybug.opening import PROLOGUE, SIZES

_ATTEMPTS = 20  # beside a run that writes constantly, half of them fail
_PAUSE = 0.05  # seconds
_PATIENCE = 30.0  # seconds for one attempt
_LOOK = f"""{PROLOGUE}import json, ladybug
path, query, sizes = sys.argv[1:]
database = ladybug.Database(path, read_only=True, throw_on_wal_replay_failure=False, **json.loads(sizes))
rows = ladybug.Connection(database, num_threads=1).execute(query).get_all()
print(json.dumps(rows))
"""


def look(path: Path, query: str) -> list[list[Any]] | None:
    """A query's rows, of plain values; None if no attempt succeeds."""
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
