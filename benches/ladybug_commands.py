"""Commands with LadybugDB targets, beside the work that they cannot avoid: ``python benches/ladybug_commands.py``.

``check`` of a long history and of two long branches with and without a target, the first statement of a long run, the
memory of a long dry run, and many targets at once, in a folder that should be on a memory file system (``--in``).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from nsmig.cli import UNUSED  # noqa: E402

if __name__ == "__main__":  # the memory of a process counts for the processes that it starts
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]

import folders  # noqa: E402
import many_migrations  # noqa: E402
import results  # noqa: E402
from commands import peak  # noqa: E402
from histories import typical  # noqa: E402
from ladybug_scale import RUN, Table, Took, emptied, in_turns, lines, python  # noqa: E402
from nsmig.kinds import Kind  # noqa: E402
from nsmig.operations import AddProperty, CreateType  # noqa: E402
from nsmig.values import Migration  # noqa: E402
from support.projects import EMBEDDED, write_migrations, write_project  # noqa: E402

CHECK = ("-m", "nsmig", "check", "--ignore", "index-exists", "--ignore", "several-leaves")
# What a run needs before it can send anything.
LOADED = """
from nsmig import History
from nsmig.database import database_kind
from nsmig.database.base import State
from nsmig.running.tasks import tasks
tasks(History.load("migrations"), database_kind("ladybug").refuse, State({}, {}))
"""
FIRST = """
import os
from nsmig.cli import main
from nsmig.database.ladybug.session import LadybugSession
LadybugSession.execute = lambda *_: os._exit(0)
main(["run"])
"""


def checks(folder: Path, rounds: int) -> Table:
    """``check`` of a project without and with a target."""
    without, within = folder / "nsmig.yaml", folder / "with.yaml"
    within.write_text(f"{without.read_text()}targets:\n  graph: {EMBEDDED}\n")
    return in_turns(
        rounds,
        {
            "check": lambda: python(folder, *CHECK),
            "check, with a target": lambda: python(folder, *CHECK, "-p", within.name),
        },
    )


def branches(folder: Path, count: int) -> Path:
    """Two branches of this many migrations, each on separate types."""
    made = [Migration("base", (CreateType(Kind.NODE, "A", ("k",), ()),))]
    for branch in "xy":
        before = "base"
        for at in range(count):
            type_ = f"T{branch}{at - at % 3}"
            operation = (
                AddProperty(Kind.NODE, type_, f"q{at}", at) if at % 3 else CreateType(Kind.NODE, type_, ("k",), ())
            )
            made.append(Migration(f"{branch}{at:05}", (operation,), (before,)))
            before = made[-1].name
    write_migrations(folder, *made)
    (folder / "nsmig.yaml").write_text("schema: null\n")
    return folder


def long_run(folder: Path, rounds: int) -> Table:
    """Up to the first statement, of the pending migrations of a project."""
    (folder / "nsmig.yaml").write_text(f"schema: null\ntargets:\n  graph: {EMBEDDED}\n")
    programs = {
        "load and refusals": lambda: python(folder, "-c", LOADED),
        "run, until its first statement": lambda: python(emptied(folder), "-c", FIRST),
    }
    return in_turns(rounds, programs)


def dry_run(folder: Path, operations: int) -> Table:
    write_project(folder, EMBEDDED, Migration("m", tuple(typical(operations))))
    command = [*RUN, "--dry-run"]
    seconds = python(folder, *command).seconds  # its memory includes that of this process, which created the operations
    return {"run --dry-run": [Took(seconds, peak([sys.executable, *command], folder))]}


def side_by_side(folder: Path, targets: int, rounds: int) -> Table:
    """Seconds of wall time, which is why several run at once."""
    write_migrations(folder, *many_migrations.history(20))
    listed = "".join(f"  t{at:03}: {{database: ladybug, path: graph.lbug.{at:03}}}\n" for at in range(targets))
    (folder / "nsmig.yaml").write_text(f"targets:\n{listed}")

    def wall(*arguments: str) -> Took:
        emptied(folder)
        began = time.perf_counter()
        took = python(folder, *RUN, "-a", *arguments)
        return Took(time.perf_counter() - began, took.megabytes)

    return in_turns(rounds, {"one after the other": wall, "--jobs 2": lambda: wall("--jobs", "2")})


def tables(given: argparse.Namespace) -> Iterator[tuple[str, Table]]:
    with TemporaryDirectory(dir=given.within) as name:
        home = Path(name)
        project = folders.write(home, given.files)
        yield f"{given.files:,} files", checks(project, given.rounds)
        yield f"{given.files:,} files pending", long_run(project, given.rounds)
        (home / "branches").mkdir()
        yield f"two branches of {given.branch:,}", checks(branches(home / "branches", given.branch), given.rounds)
        (home / "one").mkdir()
        yield f"one file of {given.operations:,} operations", dry_run(home / "one", given.operations)
        (home / "many").mkdir()
        yield f"{given.targets} targets, wall time", side_by_side(home / "many", given.targets, given.rounds)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--branch", type=int, default=3_000)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in", dest="within", type=Path, help="the folder for all files")
    given = parser.parse_args(arguments)
    title = "Commands with LadybugDB targets: processor seconds (but where it says wall time) and megabytes"
    results.write("ladybug_commands", [title, *lines("Commands", tables(given))])


if __name__ == "__main__":
    main()
