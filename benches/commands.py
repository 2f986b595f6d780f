"""Whole commands on a folder of migrations: ``python benches/commands.py [--files 10000] [--peer-files 300]``.

Beside them the floors, in the same run: Python's start, the import of click, and reading the bytes of all files. They
take turns, and the shortest time of each counts. nodestream's commands are timed where it has an equivalent.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import folders
import results

FIRST = folders.name(0)
BYTES = (
    "import os; folder = os.open('migrations', os.O_RDONLY)\n"
    "for name in sorted(os.listdir(folder)):\n"
    "    file = os.open(name, os.O_RDONLY, dir_fd=folder); os.read(file, 1 << 20); os.read(file, 1); os.close(file)\n"
)
FLOORS = {"python": ["-c", "pass"], "import click": ["-c", "import click"], "python reads the bytes": ["-c", BYTES]}
COMMANDS = {
    "show": ["show"],
    "schema": ["schema"],
    "make --dry-run": ["make", "--dry-run"],
    "squash --dry-run": ["squash", "--from", FIRST, "--dry-run"],
    "check --ignore index-exists": ["check", "--ignore", "index-exists"],
}
PEER = "import sys; from nodestream.cli.application import run; sys.argv[0] = 'nodestream'; run()"
# nodestream has no dry run of squash, and its show contacts a database.
PEERS = {
    "make --dry-run": ["migrations", "make", "--dry-run"],
    "squash --dry-run": ["migrations", "squash", "--from", FIRST],
}
# Load in a separate process: the time of the whole process, and of the call as the process reports it.
LOAD = "from pathlib import Path; from nodestream.schema.migrations import ProjectMigrations"
LOADS = {
    LOAD: "ProjectMigrations.from_directory(Path('migrations'))",
    "from nsmig import History": "History.load('migrations')",
}
TIMED = "{}; import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--peer-files", type=int, default=1000, help="for nodestream's squash, which is quadratic")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        lines = compare(Path(folder), given.files, given.rounds) + beside(Path(folder), given.files, given.peer_files)
    results.write("commands", lines)


def compare(folder: Path, files: int, rounds: int) -> list[str]:
    """A table with the time of each command."""
    project = folders.write(folder, files)
    took = shortest(
        project,
        {name: [sys.executable, *command] for name, command in FLOORS.items()}
        | {name: [sys.executable, "-m", "nsmig", *command] for name, command in COMMANDS.items()},
        rounds,
    )
    click = took["import click"]
    lines = [f"Whole commands on {files:,} files", "", "| | ms | ÷ import click | peak MB |", "|---|---|---|---|"]
    for name, seconds in took.items():
        command = COMMANDS.get(name)
        memory = f"{peak([sys.executable, '-m', 'nsmig', *command], project):.0f}" if command else ""
        lines.append(f"| {name} | {1e3 * seconds:.0f} | {seconds / click:.1f} | {memory} |")
    return lines


def beside(folder: Path, files: int, squashed: int) -> list[str]:
    """nodestream's load and commands, and how many times as long they take as nsmig's, which share the columns."""
    lines = ["", "| beside nodestream | files | nodestream s | nsmig s | nodestream ÷ nsmig |", "|---|---|---|---|---|"]
    theirs, ours = ([sys.executable, "-c", TIMED.format(*load)] for load in LOADS.items())
    rows = [("load, a whole process", files, theirs, ours), ("load, the call", files, theirs, ours)]
    for name, command in PEERS.items():
        count = squashed if name.startswith("squash") else files
        rows.append(
            (name, count, [sys.executable, "-c", PEER, *command], [sys.executable, "-m", "nsmig", *COMMANDS[name]])
        )
    for name, count, theirs, own in rows:
        project = folders.write(folder, count)
        took = shortest_call if name == "load, the call" else shortest
        quick = took(project, {name: own}, 5)[name]
        copy = folder / f"nodestream-{count}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(project / "migrations", copy / "migrations")
        (copy / "nodestream.yaml").write_text("targets: {db: {database: neo4j, uri: 'bolt://nowhere:1'}}\n")
        slow = took(copy, {name: theirs}, 1)[name]
        lines.append(f"| {name} | {count:,} | {slow:.1f} | {quick:.2f} | {slow / quick:,.0f} |")
    return lines


def shortest(folder: Path, commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The shortest of several times of each command, in seconds; the commands take turns."""
    took = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            began = time.perf_counter()
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            took[name] = min(took[name], time.perf_counter() - began)
            if done.returncode:
                raise RuntimeError(
                    f"{command} ended with {done.returncode}:\n{done.stdout[-500:]}{done.stderr[-2000:]}"
                )
    return took


def shortest_call(folder: Path, commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Like :func:`shortest`, for the time that each reports for its call."""
    said = {
        name: [float(subprocess.check_output(each, cwd=folder)) for _ in range(rounds)]
        for name, each in commands.items()
    }
    return {name: min(times) for name, times in said.items()}


def peak(command: Sequence[str], folder: Path) -> float:
    """A command's peak memory, in MB, as reported by a separate process that has no other child."""
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    return int(done.stdout) / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
