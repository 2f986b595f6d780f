"""The real program, run as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from textwrap import dedent
from typing import Any

import pexpect
import pyte

PROGRAM = [sys.executable, "-m", "nsmig"]
ASKING_BY = "import sys; sys.executable = sys.argv.pop(1); from nsmig.cli import program; program()"


@dataclass(frozen=True)
class Outcome:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def nsmig(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, python: Path | None = None
) -> Outcome:
    """Run a command in a folder, without a terminal.

    :param python: the interpreter with nodestream, if it is not its own.
    """
    program = [sys.executable, "-c", ASKING_BY, str(python)] if python else PROGRAM
    return _finished([*program, *arguments], folder, environment)


def succeed(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, python: Path | None = None
) -> Outcome:
    """Run a command that must succeed."""
    done = nsmig(folder, *arguments, environment=environment, python=python)
    assert done.code == 0, done
    return done


def start(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command in the background of the test."""
    return _started([*PROGRAM, *arguments], folder, environment)


def python(
    code: str, *arguments: object, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run code in a separate process, which may import what tests may."""
    return _finished([sys.executable, "-c", dedent(code), *map(str, arguments)], folder, importing(environment))


def start_python(code: str, *arguments: object, folder: Path | None = None) -> subprocess.Popen[str]:
    """Start such a process."""
    return _started([sys.executable, "-c", dedent(code), *map(str, arguments)], folder, importing())


def importing(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which a process may import what tests may."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **(environment or {})}


def _finished(command: list[str], folder: Path | None, environment: Mapping[str, str] | None) -> Outcome:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _started(command: list[str], folder: Path | None, environment: Mapping[str, str] | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def at_terminal(folder: Path, *arguments: str) -> pexpect.spawn[str]:
    """Start a command at its own terminal."""
    return pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], *arguments], cwd=str(folder), encoding="utf-8", timeout=30, dimensions=(40, 200)
    )


@dataclass(frozen=True)
class Seen:
    """The screen after a command at a terminal has ended: ``lines``, those that have scrolled away first.

    ``frames`` are the lines of the screen after each piece of output; ``colours`` are the coloured words of ``lines``,
    each with its colour.
    """

    code: int
    lines: list[str]
    frames: list[list[str]]
    colours: list[tuple[str, str]]


def seen(
    folder: Path,
    *arguments: str,
    size: tuple[int, int] = (24, 80),
    answers: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Seen:
    """Run a command at a terminal with this many rows and columns.

    :param answers: the input, by the question that ends the output before it.
    """
    rows, columns = size
    screen = pyte.HistoryScreen(columns, rows, history=10_000)
    stream, frames = pyte.Stream(screen), []
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    sized = f'stty rows {rows} cols {columns}; exec "$@"'  # pexpect may set the size after the command has started
    process = pexpect.spawn(
        "sh",
        ["-c", sized, "sh", *PROGRAM, *arguments],
        cwd=str(folder),
        env={**inherited, "TERM": "xterm-256color", **(environment or {})},
        encoding="utf-8",
        timeout=30,
        dimensions=size,
    )
    open_questions = list((answers or {}).items())
    while True:
        try:
            stream.feed(process.read_nonblocking(4096, timeout=30))
        except pexpect.EOF:
            break
        frames.append([line.rstrip() for line in screen.display])
        if open_questions and frames[-1][screen.cursor.y].endswith(open_questions[0][0].rstrip()):
            process.sendline(open_questions.pop(0)[1])
    process.close()
    assert process.exitstatus is not None and not open_questions, frames[-1]
    on_screen = [screen.buffer[y] for y in range(rows)]
    cells = [[row[x] for x in range(columns)] for row in (*screen.history.top, *on_screen)]
    lines = ["".join(cell.data for cell in row).rstrip() for row in cells]
    while lines and not lines[-1]:
        lines.pop()
    runs = (("".join(cell.data for cell in run), colour) for row in cells for colour, run in groupby(row, key=_colour))
    return Seen(process.exitstatus, lines, frames, [(text, colour) for text, colour in runs if colour != "default"])


def _colour(cell: Any) -> str:
    return str(cell.fg)


def finish(process: pexpect.spawn[str]) -> tuple[int, str]:
    """The exit code, and the output since the last answer."""
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus is not None, process.before
    return process.exitstatus, str(process.before).replace("\r\n", "\n")
