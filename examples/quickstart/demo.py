"""The quickstart: data that survives a change of its schema, in a copy of this project: ``demo.py FOLDER``.

An earlier demo in the folder is replaced. Without a folder, a temporary copy is used.
"""

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

# Lines of schema.yaml, each with its replacement.
CHANGES = (
    ("- name: Person", "- name: Member"),
    ("    name:\n", "    full_name: {is_indexed: true}\n"),
    ("    born:\n", "    born:\n    club: {is_key: true}\n"),
)

# Answers to nsmig's questions: what was renamed, and which value existing members get in the new part of the key.
ANSWERS = (
    "--rename-type",
    "Person=Member",
    "--rename-property",
    "Member.name=full_name",
    "--key-default",
    "Member.club=Chess",
)


def say(text: str) -> None:
    print(f"\n# {text}", flush=True)


def nsmig(project: Path, *arguments: str) -> None:
    print(f"$ nsmig {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "nsmig", *arguments], cwd=project, check=True, stderr=subprocess.STDOUT)


def ask(project: Path, query: str) -> None:
    print(f"> {query}")
    with ladybug.Database(str(project / "graph.lbug")) as database, ladybug.Connection(database) as connection:
        result = connection.execute(query)
        for row in result.get_all() if not isinstance(result, list) else ():
            print(" ", *row, sep="  ")


def change(file: Path, changes: Sequence[tuple[str, str]]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        print(f"  {old.strip()}  ->  {' and '.join(line.strip() for line in new.splitlines())}")
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")


def walk(project: Path) -> None:
    say("A project: a schema file, one migration, and an embedded database that does not have it yet.")
    nsmig(project, "run")
    say("Two people are added to the database.")
    ask(project, LOAD)
    say("The schema file changes: a type and a property are renamed, and the key gets another part.")
    change(project / "schema.yaml", CHANGES)
    say("nsmig writes the migration. At a terminal it would ask; here flags give the answers.")
    nsmig(project, "make", *ANSWERS)
    nsmig(project, "run")
    say("The data is there, under its new names.")
    ask(project, LOOK)
    nsmig(project, "show")
    nsmig(project, "make", "--check")


NEXT = """
The project is in {folder}. To go on:

  cd {folder}
  export PATH={programs}:$PATH       # so that the shell finds nsmig
  nsmig show                         # which migrations the database has
  nsmig schema                       # the schema that results from the migrations

Change schema.yaml, then: nsmig make, nsmig run. All commands: nsmig --help, and docs/commands.md.
"""


def main() -> None:
    if len(sys.argv) < 2:
        with TemporaryDirectory() as folder:
            walk(copied(Path(folder) / "quickstart"))
        return
    folder = Path(sys.argv[1])
    if folder.exists():
        if not (folder / "demo.py").is_file():  # not an earlier demo, so leave it alone
            sys.exit(f"{folder} already exists and is not an earlier demo; remove it, or give another folder")
        shutil.rmtree(folder)
    walk(copied(folder))
    print(NEXT.format(folder=folder, programs=Path(sys.executable).parent))


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("graph.lbug*")))


if __name__ == "__main__":
    main()
