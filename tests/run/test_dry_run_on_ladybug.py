"""The script of a dry run on LadybugDB, sent line by line, has the effect of the run, whatever rows are added first."""

from __future__ import annotations

import shutil
from pathlib import Path

import ladybug
import pytest

from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support.ladybug_bench import ask
from support.migrations import migration
from support.projects import write_migrations
from support.terminal import succeed

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
MADE = (
    CreateType(NODE, "A", ("k", "l"), ("p",)),
    CreateType(RELATIONSHIP, "R", (), ("w",)),
    AddAdjacency("A", "R", "A"),
)
ROWS = RunQuery("CREATE (a:A {_nsmig_key: 'x', k: 'x', l: 'y', p: '7'})-[:R {w: '1'}]->(a)")
LATER: dict[str, tuple[Operation, ...]] = {
    "a longer key": (ExtendKey(NODE, "A", "m", "z"),),
    "a shorter key": (ReduceKey(NODE, "A", "l"),),
    "a type": (SetPropertyType(NODE, "A", "p", "INTEGER"),),
    "a default": (AddProperty(NODE, "A", "n", 5),),
    "a type that goes and comes again": (DropType(RELATIONSHIP, "R"), CreateType(RELATIONSHIP, "R", (), ("z",))),
    "another name": (RenameType(NODE, "A", "B"), ExtendKey(NODE, "B", "m", "z")),
    "a dropped column and a pair": (DropProperty(RELATIONSHIP, "R", "w"), CreateType(NODE, "C", ("k",), ()), AddAdjacency("A", "R", "C")),
}  # fmt: skip


def send(path: Path, script: str) -> None:
    """Send a script as a shell would: one line at a time."""
    database = ladybug.Database(str(path))
    connection = ladybug.Connection(database)
    for line in "\n".join(line for line in script.splitlines() if not line.startswith("//")).split(";\n"):
        if line.strip().removesuffix(";"):
            connection.execute(line)
    connection.close()
    database.close()


def contents(path: Path) -> list[object]:
    kinds = "CALL show_tables() WHERE NOT name STARTS WITH '__' RETURN name, type ORDER BY name"
    columns = [ask(path, f"CALL table_info('{name}') RETURN *") for name, _ in ask(path, kinds)]
    nodes = ask(path, "MATCH (n) WHERE NOT label(n) STARTS WITH '__' RETURN n")
    plain = [sorted((name, value) for name, value in row[0].items() if name != "_id") for row in nodes]
    count = ask(path, "MATCH (:A)-[r]->() RETURN count(r)") if any(name == "A" for name, _ in ask(path, kinds)) else []
    names = sorted(row[0] for row in ask(path, "MATCH (s:__nsmig_state__) WHERE s.k STARTS WITH 'applied/' RETURN s.k"))
    return [columns, plain, count, names]


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("rows", ["by a query of the history", "by somebody meanwhile"])
def test_it_is_what_a_run_sends(later: str, rows: str, tmp_path: Path) -> None:
    (tmp_path / "nsmig.yaml").write_text("targets: {local: {database: ladybug, path: graph.lbug}}\nschema: null\n")
    first, last = migration("a", MADE), migration("c", LATER[later], ["a"])
    path, other = tmp_path / "graph.lbug", tmp_path / "other.lbug"
    if rows == "by a query of the history":
        write_migrations(tmp_path, first, migration("b", (ROWS,), ["a"]), migration("c", LATER[later], ["b"]))
        script = succeed(tmp_path, "run", "--dry-run").out
        succeed(tmp_path, "run")
    else:
        write_migrations(tmp_path, first)
        succeed(tmp_path, "run")
        write_migrations(tmp_path, last)
        script = succeed(tmp_path, "run", "--dry-run").out
        ask(path, ROWS.query)
        shutil.copy(path, other)
        succeed(tmp_path, "run")
    send(other, script)
    assert contents(other) == contents(path)
    assert contents(path)[1], "there are rows to compare"
