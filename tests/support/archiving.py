"""A run with an archive and a restore, as processes that can be killed: ``python -m support.archiving TARGET DIR STEP``."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nsmig import History, Schema, diff
from nsmig.database import open_database
from nsmig.kinds import Kind
from nsmig.making.revert import revert
from nsmig.operations import DropProperty, DropType, Operation
from nsmig.running.loop import run
from nsmig.running.restoring import restore
from support.engines import core_schema
from support.migrations import chained
from support.places import TESTS
from support.reference import Property
from support.reference import Schema as Plain

BASE = Plain(
    {"A": {"k": Property(key=True), "p": Property(), "q": Property()}, "B": {"k": Property(key=True), "p": Property()}},
    {"R": {"w": Property()}},
)
LOST: list[Operation] = [
    DropProperty(Kind.NODE, "A", "q"),
    DropProperty(Kind.RELATIONSHIP, "R", "w"),
    DropType(Kind.NODE, "A"),
]


def history() -> History:
    """A history that creates types, drops some of them (``m1``), and reverts the drop."""
    first = diff(Schema(), core_schema(BASE), extensions=True)
    return chained(first, LOST, revert(chained(first, LOST), "m1").operations)


def step(options: dict[str, Any], folder: str, which: str) -> None:
    kind = options.pop("database")
    with open_database(kind, options) as database:
        if which == "run":
            run(history(), database, archive=folder, to="m1", lock_timeout=120)
        else:
            restore(history(), database, folder, lock_timeout=120)


def killed_until_done(options: dict[str, Any], folder: Path, which: str, chance: random.Random, longest: float) -> int:
    """Kill processes that execute a step, at random moments, until one finishes; return the number of kills."""
    kills = 0
    while True:
        command = [sys.executable, "-m", "support.archiving", json.dumps(options), str(folder), which]
        process = subprocess.Popen(command, cwd=TESTS, stderr=subprocess.PIPE)
        try:
            process.wait(timeout=0.4 + chance.random() * longest if kills < 12 else 300)
        except subprocess.TimeoutExpired:
            process.kill()
        _, errors = process.communicate()
        if process.returncode == 0:
            return kills
        assert process.returncode == -9, errors.decode()
        kills += 1
        time.sleep(0.05)


if __name__ == "__main__":
    step(json.loads(sys.argv[1]), *sys.argv[2:])
