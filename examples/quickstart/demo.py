"""The quickstart: data that survives a change of its schema, in a temporary copy of this project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import ladybug

HERE = Path(__file__).resolve().parent

LOAD = """\
CREATE (:Person {email: 'ann@example.org', name: 'Ann', born: '1990'}),
       (:Person {email: 'bob@example.org', name: 'Bob', born: '1985'})"""

LOOK = "MATCH (m:Member) RETURN m.email, m.club, m.full_name, m.born ORDER BY m.email"

# Line by line: what stands in schema.yaml, and what it becomes.
CHANGES = (
    ("- name: Person", "- name: Member"),
    ("    name:\n", "    full_name: {is_indexed: true}\n"),
    ("    born:\n", "    born:\n    club: {is_key: true}\n"),
)

# What nsmig asks for at a terminal: what was renamed, and what the members there are get for the new part of the key.
ANSWERS = (
    "--rename-type",
    "Person=Member",
    "--rename-property",
    "Member.name=full_name",
    "--key-default",
    "Member.club=Chess",
)


def nsmig(project: Path, *arguments: str) -> None:
    print(f"\n$ nsmig {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "nsmig", *arguments], cwd=project, check=True, stderr=subprocess.STDOUT)


def ask(project: Path, query: str) -> None:
    print(f"\n> {query}")
    with ladybug.Database(str(project / "graph.lbug")) as database, ladybug.Connection(database) as connection:
        result = connection.execute(query)
        for row in result.get_all() if not isinstance(result, list) else ():
            print(" ", *row, sep="  ")


def change(file: Path, changes: Sequence[tuple[str, str]]) -> None:
    print(f"\nNow {file.name} changes:")
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        print(f"  {old.strip()}  ->  {' and '.join(line.strip() for line in new.splitlines())}")
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")


def main() -> None:
    with TemporaryDirectory() as folder:
        project = Path(shutil.copytree(HERE, Path(folder) / "quickstart", ignore=shutil.ignore_patterns("graph.lbug*")))
        nsmig(project, "run")
        ask(project, LOAD)
        change(project / "schema.yaml", CHANGES)
        nsmig(project, "make", *ANSWERS)
        nsmig(project, "run")
        ask(project, LOOK)
        nsmig(project, "show")
        nsmig(project, "make", "--check")


if __name__ == "__main__":
    main()
