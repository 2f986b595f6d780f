"""nsmig's own operations through the commands: `make` writes them where they are allowed, and they run on LadybugDB."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from nsmig import History, Migration, Operation
from nsmig.kinds import Kind
from nsmig.making.extensions import left_out
from nsmig.operations import ExtendKey, RunQuery, SetPropertyType
from nsmig.values import Renames
from nsmig.yaml_file import migration_text
from support.places import ROOT
from support.projects import edit
from support.reference import Property, Schema
from support.terminal import nsmig, succeed

SCHEMA = """\
nodes:
- name: A
  properties: {k: {is_key: true}, p: STRING}
- name: B
  properties: {k: {is_key: true}}
relationships:
- name: R
  properties: {w: STRING}
cardinalities:
- adjacency: {from_node_type: A, relationship_type: R, to_node_type: B}
  cardinality: {from_side_cardinality: %s, to_side_cardinality: MANY}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nsmig.yaml").write_text("targets:\n  local: {database: ladybug, path: graph.lbug}\n")
    (tmp_path / "schema.yaml").write_text(SCHEMA % "MANY")
    return tmp_path


def change(project: Path, old: str, new: str) -> None:
    edit(project / "schema.yaml", (old, new))


def last_operations(project: Path) -> list[Operation]:
    history = History.load(project / "migrations")
    return list(history[history.order()[-1]].operations)


def test_make_writes_types_and_adjacencies_and_then_has_nothing_to_do(project: Path) -> None:
    succeed(project, "make")
    assert "AddAdjacency" in [operation.name for operation in last_operations(project)]
    change(project, "p: STRING", "p: INTEGER")
    assert nsmig(project, "make", "--check").code == 3
    succeed(project, "make")
    assert last_operations(project) == [SetPropertyType(Kind.NODE, "A", "p", "INTEGER")]
    succeed(project, "run")
    assert "No changes to migrate" in succeed(project, "make", "--check").out


def test_a_new_part_of_a_key_has_a_type_and_a_default(project: Path) -> None:
    succeed(project, "make")
    change(
        project,
        "properties: {k: {is_key: true}, p",
        "properties: {k: {is_key: true}, n: {is_key: true, type: INTEGER}, p",
    )
    succeed(project, "make", "--key-default", "A.n=5")
    assert last_operations(project) == [
        ExtendKey(Kind.NODE, "A", "n", 5),
        SetPropertyType(Kind.NODE, "A", "n", "INTEGER"),
    ]
    succeed(project, "run")


def test_a_date_for_a_new_part_of_a_key_that_holds_times(project: Path) -> None:
    succeed(project, "make")
    query = Migration("zz", (RunQuery("CREATE (:A {k: '1'})"),), (History.load(project / "migrations").order()[-1],))
    (project / "migrations/zz.yaml").write_text(migration_text(query.to_dict()))
    succeed(project, "run")
    change(
        project,
        "properties: {k: {is_key: true}, p",
        "properties: {k: {is_key: true}, n: {is_key: true, type: DATETIME}, p",
    )
    succeed(project, "make", "--key-default", "A.n=2020-01-31")
    assert ExtendKey(Kind.NODE, "A", "n", datetime(2020, 1, 31)) in last_operations(project)
    succeed(project, "run")


def test_without_extensions_make_says_what_it_leaves_out(project: Path) -> None:
    with (project / "nsmig.yaml").open("a") as file:
        file.write("extensions: false\n")
    change(project, "p: STRING", "p: INTEGER")
    done = succeed(project, "make")
    assert "left out, as nodestream has no operation for it: types of 1 property and 1 adjacency" in done.err
    assert {operation.name for operation in last_operations(project)} == {"CreateNodeType", "CreateRelationshipType"}
    assert "No changes to migrate" in succeed(project, "make", "--check").out


def test_a_cardinality_has_no_operation_and_make_says_so(project: Path) -> None:
    (project / "schema.yaml").write_text(SCHEMA % "SINGLE")
    done = succeed(project, "make")
    assert "cardinalities other than MANY have no operation and stay in the schema file: A R B" in done.err
    assert "No changes to migrate" in succeed(project, "make", "--check").out


def test_what_is_left_out_is_counted() -> None:
    from nsmig import Schema as CoreSchema

    before, after = CoreSchema(), Schema({"A": {p: Property(type="FLOAT") for p in "pq"}})
    core_after = CoreSchema.from_dict(after.to_dict())
    assert left_out(before, core_after, Renames(), True) == []
    (sentence,) = left_out(before, core_after, Renames(), False)
    assert sentence.endswith("types of 2 properties")


def test_the_example_of_types() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "typed" / "demo.py")],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("No changes to migrate\n")
    assert "\n   s2  2022-05-01 00:00:00  0.9  100.0  2026-01-02 00:00:00\n" in done.stdout
    assert "\n   s3  2023-05-01 00:00:00  0.9  None  2026-01-02 00:00:00\n" in done.stdout
