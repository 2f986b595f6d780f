"""Commands as a user types them, and the part of their output that is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support.places import ROOT

# The parts that differ from run to run.
PASSING = [
    (r"(?<!\d)\d{14}", "<time>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?", "<date>"),
    (r"(?<=applied on )\d{4}-\d\d-\d\d", "<date>"),
    (r"\d+\.\d\d s\b", "<duration>"),
]
# Commands after a dollar sign, each with the output shown.
SESSION = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Printed:
    """Standard output and standard error of a command, as they come."""

    text: str
    code: int


def printed(commands: Iterable[str], folder: Path, uri: str = "") -> Iterator[Printed]:
    """The output of each command; ``cd`` affects those that follow.

    ``$EXAMPLES`` is the folder of examples, ``$NEO4J_URI`` the server ``uri``.
    """
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "EXAMPLES": str(ROOT / "examples"),
        "NEO4J_URI": uri,
        "NEO4J_PASSWORD": "none is asked for",
        "PYTHONHASHSEED": "0",  # the order of nodestream's operations depends on it
    }
    for command in commands:
        if command.startswith("cd "):
            folder /= command.removeprefix("cd ")
            yield Printed("", 0)
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        yield Printed(done.stdout, done.returncode)


def lasting(text: str) -> str:
    for pattern, instead in PASSING:
        text = re.sub(pattern, instead, text)
    return text
