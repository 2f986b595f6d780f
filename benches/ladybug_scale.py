"""LadybugDB at scale, beside statements sent by hand: ``python benches/ladybug_scale.py [--build FOLDER]``.

Processor seconds and resident memory of whole processes, in turns: many small migrations on a fresh file, many types in
one migration, operations on many rows, and a look-up by key. ``--build`` names the ``python`` folder of another build.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from json import dumps
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from nsmig.cli import UNUSED  # noqa: E402

if __name__ == "__main__":  # the memory of a process counts for the processes that it starts
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]

import ladybug_by_hand as by_hand  # noqa: E402
import many_migrations  # noqa: E402
import results  # noqa: E402
from nsmig.kinds import Kind  # noqa: E402
from nsmig.operations import (  # noqa: E402
    AddAdjacency,
    AddProperty,
    CreateType,
    DropProperty,
    ExtendKey,
    Operation,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from nsmig.values import Migration  # noqa: E402
from support.migrations import migration  # noqa: E402
from support.projects import EMBEDDED, write_migration, write_project  # noqa: E402

NODE = Kind.NODE
RUN = ("-m", "nsmig", "run")


class Took(NamedTuple):
    """``seconds`` of processor time and ``megabytes`` of resident memory of a whole process."""

    seconds: float
    megabytes: float


def python(folder: Path, *arguments: str, build: Path | None = None) -> Took:
    """Run Python in a folder, with this build of nsmig or another one."""
    path = os.pathsep.join(filter(None, [str(build) if build else "", os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments} failed:\n{said.decode(errors='replace')[-2000:]}")
    return Took(used.ru_utime + used.ru_stime, used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))


Table = dict[str, list[Took]]


def in_turns(rounds: int, programs: Mapping[str, Callable[[], Took]]) -> Table:
    """The cost of each program, round by round."""
    took: Table = {name: [] for name in programs}
    for _ in range(rounds):
        for name, start in programs.items():
            took[name].append(start())
    return took


def emptied(folder: Path) -> Path:
    """A project without its database file."""
    for file in folder.glob("graph.lbug*"):
        file.unlink()
    return folder


def many_small(count: int, rounds: int, build: Path | None) -> Table:
    """Migrations of one operation, on a fresh file."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        migrations = many_migrations.history(count)
        write_project(folder, EMBEDDED, *migrations)
        types = by_hand.Types()
        sent = [(each.name, [text for one in each.operations for text in types.statements(one)]) for each in migrations]
        (folder / "floor.json").write_text(dumps(sent))
        programs = {
            "floor, records that may not be repeated": lambda: floor(by_hand.CREATE),
            "the same, with the imports of nsmig": lambda: floor(by_hand.CREATE, by_hand.IMPORTED),
            "floor, records that may be": lambda: floor(by_hand.MERGE),
            "nsmig run": lambda: python(emptied(folder), *RUN),
        }
        if build:
            programs["the other build"] = lambda: python(emptied(folder), *RUN, build=build)

        def floor(record: str, imports: str = "") -> Took:
            return python(emptied(folder), "-c", f"{imports}{by_hand.MIGRATIONS}", record)

        return in_turns(rounds, programs)


def idle(folder: Path, rounds: int) -> Table:
    """Nothing to do, beside opening the file with the engine and checking that all is well."""
    (folder / "checked.yaml").write_text(f"schema: null\ntargets:\n  db: {EMBEDDED}\n")
    programs = {
        "the engine's opening": lambda: python(folder, "-c", by_hand.OPENING),
        "the same, with the imports of nsmig": lambda: python(folder, "-c", f"{by_hand.IMPORTED}{by_hand.OPENING}"),
        "nsmig run, nothing to do": lambda: python(folder, *RUN),
        "nsmig check --target": lambda: python(folder, "-m", "nsmig", "check", "-p", "checked.yaml", "-t", "db"),
    }
    return in_turns(rounds, programs)


def many_types(count: int, rounds: int) -> tuple[Table, Table]:
    """One migration that creates types; then nothing to do."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        made = [CreateType(NODE, f"T{at}", ("k",), ("p", "q")) for at in range(count)]
        write_project(folder, EMBEDDED, migration("made", made))
        took = in_turns(rounds, {"nsmig run": lambda: python(emptied(folder), *RUN)})
        python(folder, *RUN)  # creates the first indexes
        return took, idle(folder, rounds)


MADE = migration(
    "made",
    [
        CreateType(NODE, "Person", ("id",), ("age", "name", "tags")),
        CreateType(Kind.RELATIONSHIP, "KNOWS", (), ("since",)),
        AddAdjacency("Person", "KNOWS", "Person"),
    ],
)
ON_ROWS: dict[str, Operation] = {
    "key extension": ExtendKey(NODE, "Person", "tenant", "acme"),
    "type change": SetPropertyType(NODE, "Person", "age", "INTEGER"),
    "default": AddProperty(NODE, "Person", "country", "unknown"),
    "rename": RenameProperty(NODE, "Person", "name", "label"),
    "rename of the type": RenameType(NODE, "Person", "Human"),
    "drop": DropProperty(NODE, "Person", "tags"),
}


def many_rows(count: int, rounds: int) -> dict[str, Table]:
    """Operations on a type with this many rows and as many relationships."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, EMBEDDED, MADE)
        python(folder, *RUN)
        python(folder, "-c", by_hand.STATEMENTS, *by_hand.load(count))
        python(folder, *RUN)  # creates the index
        took = {"none": idle(folder, rounds)}
        shutil.copyfile(folder / "graph.lbug", folder / "loaded")

        def loaded() -> Path:
            shutil.copyfile(folder / "loaded", emptied(folder) / "graph.lbug")
            return folder

        def sending(statements: Sequence[str], imports: str = "") -> Callable[[], Took]:
            return lambda: python(loaded(), "-c", f"{imports}{by_hand.STATEMENTS}", *statements)

        for what, operation in ON_ROWS.items():
            write_migration(folder, Migration("then", (operation,), ("made",)))
            sent = by_hand.ON_ROWS[what]
            programs = {
                "by hand": sending(sent),
                "the same, with the imports of nsmig": sending(sent, by_hand.IMPORTED),
                "nsmig run": lambda: python(loaded(), *RUN),
            }
            took[what] = in_turns(rounds, programs)
        looked = [f"MATCH (n:Person {{id: 'person {at}'}}) RETURN n.age" for at in range(1, 101)]
        programs = {"with its index": sending(looked), "without": sending(["DROP INDEX Person._PK", *looked])}
        took["100 look-ups by key"] = in_turns(rounds, programs)
    return took


def lines(title: str, tables: Iterable[tuple[str, Table]]) -> list[str]:
    """A table; each ratio is the median of the pairs, with the least and the greatest."""
    found = ["", f"## {title}", "", "| | program | s | MB | ÷ the first |", "|---|---|---|---|---|"]
    for what, took in tables:
        first = next(iter(took.values()))
        for program, each in took.items():
            ratios = [a.seconds / b.seconds for a, b in zip(each, first, strict=True)]
            seconds, most = median(a.seconds for a in each), max(a.megabytes for a in each)
            between = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            found.append(f"| {what} | {program} | {seconds:.2f} | {most:.0f} | {between} |")
    return found


def numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=numbers, default=[1000, 3000, 10_000], help="migrations")
    parser.add_argument("--types", type=numbers, default=[200, 800, 2000])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", type=Path, help="the python folder of another build of nsmig")
    given = parser.parse_args(arguments)
    small = [(f"{count:,}", many_small(count, given.rounds, given.build)) for count in given.counts]
    types = [(f"{count:,}", *many_types(count, given.rounds)) for count in given.types]
    rows = many_rows(given.rows, given.rounds)
    table = ["LadybugDB at scale: processor seconds and megabytes of whole processes"]
    table += lines("Migrations of one operation, on a fresh file", small)
    table += lines("Types in one migration", [(count, made) for count, made, _ in types])
    table += lines("Nothing to do on as many types", [(count, idle) for count, _, idle in types])
    table += lines(f"Operations on {given.rows:,} rows with as many relationships", rows.items())
    results.write("ladybug_scale", table)


if __name__ == "__main__":
    main()
