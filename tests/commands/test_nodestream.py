"""nsmig reads nodestream's files unchanged, and nodestream reads nsmig's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import neo4j
import pytest

from nsmig import History, Kind, Schema
from support.places import NODESTREAM_MADE
from support.terminal import nsmig, succeed

FOLDERS = sorted(path.name for path in NODESTREAM_MADE.iterdir() if path.is_dir())

# Prints nodestream's fold of a folder's files: kind, name, keys, properties and indexes of each type.
FOLD = """
import asyncio, json, sys
from pathlib import Path
from nodestream.schema.migrations import ProjectMigrations
from nodestream.schema.migrations.state_providers import MigrationGraphStateProvider

graph = ProjectMigrations.from_directory(Path(sys.argv[1])).graph
schema = asyncio.run(MigrationGraphStateProvider(graph).get_schema())
types = [("node", each) for each in schema.nodes] + [("relationship", each) for each in schema.relationships]
print(json.dumps([
    [kind, each.name, sorted(name for name, p in each.properties.items() if p.is_key), sorted(each.properties),
     sorted(name for name, p in each.properties.items() if p.is_indexed)]
    for kind, each in types
]))
"""

# Prints the tables of the embedded database in the same form.
TABLES = """
import json
from nsmig.database import open_database

with open_database("ladybug", {"path": "graph.lbug"}) as database:
    tables = database.session.live().tables.values()
print(json.dumps([
    [each.kind.value, each.name, sorted(each.keys), sorted(name for name, _ in each.columns), sorted(each.indexes)]
    for each in tables
]))
"""

Types = dict[tuple[str, str], tuple[list[str], list[str], list[str]]]


def printed_by(program: str, folder: Path, *arguments: str, python: str | Path = sys.executable) -> Types:
    """The types that one of these programs prints."""
    done = subprocess.run(
        [str(python), "-c", program, *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=True
    )
    return {(kind, name): tuple(rest) for kind, name, *rest in json.loads(done.stdout)}


def last_state(folder: str) -> int:
    """The state that the project's migrations lead to: the last one that nodestream neither refused nor failed on."""
    log = json.loads((NODESTREAM_MADE / folder / "log.json").read_text())
    return max(
        int(each["schema"].removeprefix("schema-").removesuffix(".yaml"))
        for each in log
        if "make" in each["command"] and each["exit"] == 0
    )


def write_project(folder: str, root: Path, targets: str = "{}") -> Path:
    """An nsmig project with a folder's migrations and the resulting schema."""
    shutil.copytree(NODESTREAM_MADE / folder / "migrations", root / "migrations")
    shutil.copyfile(NODESTREAM_MADE / folder / f"schema-{last_state(folder)}.yaml", root / "schema.yaml")
    (root / "nsmig.yaml").write_text(
        f"extensions: false  # the folder knows no types of properties\ntargets: {targets}\n"
    )
    return root


def types_of(schema: Schema) -> Types:
    return {
        (kind.value, name): (list(found.keys), sorted(found.properties), list(found.indexes))
        for kind in Kind
        for name in schema.types(kind)
        if (found := schema.type(kind, name)) is not None
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_to_make_in_an_nsmig_project(folder: str, tmp_path: Path) -> None:
    assert succeed(write_project(folder, tmp_path), "make").out == "No changes to migrate\n"


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_to_make_in_the_nodestream_project(folder: str, tmp_path: Path, warm_python: Path) -> None:
    shutil.copytree(NODESTREAM_MADE / folder / "migrations", tmp_path / "migrations")
    shutil.copyfile(NODESTREAM_MADE / folder / "nodestream.yaml", tmp_path / "nodestream.yaml")
    (tmp_path / "pipelines").mkdir()
    shutil.copyfile(
        NODESTREAM_MADE / folder / f"pipeline-{last_state(folder)}.yaml", tmp_path / "pipelines" / "main.yaml"
    )
    assert succeed(tmp_path, "make", python=warm_python).out == "No changes to migrate\n"


def test_a_smaller_key_is_refused_in_a_nodestream_project(tmp_path: Path) -> None:
    folder = "04-node-key"
    shutil.copytree(NODESTREAM_MADE / folder / "migrations", tmp_path / "migrations")
    shutil.copyfile(NODESTREAM_MADE / folder / "nodestream.yaml", tmp_path / "nodestream.yaml")
    (tmp_path / "pipelines").mkdir()
    shutil.copyfile(NODESTREAM_MADE / folder / "pipeline-5.yaml", tmp_path / "pipelines" / "main.yaml")
    assert "--drop Host.site" in nsmig(tmp_path, "make").err
    done = nsmig(tmp_path, "make", "--drop", "Host.site")
    assert done.code == 1 and done.err.startswith("error: ") and "Nothing was written" in done.err


@pytest.mark.releases("5.26", "2026-cypher5")
@pytest.mark.parametrize("folder", FOLDERS)
def test_run_on_neo4j(folder: str, tmp_path: Path, fresh_neo4j: str) -> None:
    write_project(folder, tmp_path, f"{{db: {{database: neo4j, uri: '{fresh_neo4j}'}}}}")
    with neo4j.GraphDatabase.driver(fresh_neo4j, notifications_min_severity="OFF") as driver:
        succeed(tmp_path, "run")
        found = {
            "constraints": _listed(driver, "SHOW CONSTRAINTS YIELD *"),
            "indexes": _listed(driver, "SHOW INDEXES YIELD * WHERE type <> 'LOOKUP' AND owningConstraint IS NULL"),
        }
        recorded = driver.execute_query("MATCH (m:__NodestreamMigration__) RETURN m.name AS name").records
    theirs = json.loads((NODESTREAM_MADE / folder / "neo4j-after-run.json").read_text())
    for part, entries in found.items():
        assert [each for each in entries if "__Nsmig" not in each["name"]] == sorted(
            theirs[part], key=lambda each: str(each["name"])
        )
    assert {row["name"] for row in recorded} == {path.stem for path in (tmp_path / "migrations").iterdir()}
    assert nsmig(tmp_path, "show", "--check").code == 0


def _listed(driver: neo4j.Driver, query: str) -> list[dict[str, Any]]:
    columns = ("name", "type", "entityType", "labelsOrTypes", "properties")
    rows = driver.execute_query(f"{query} RETURN {', '.join(columns)} ORDER BY name").records
    return [{column: row[column] for column in columns} for row in rows]


@pytest.mark.parametrize("folder", FOLDERS)
def test_run_on_ladybug(folder: str, tmp_path: Path) -> None:
    write_project(folder, tmp_path, "{db: {database: ladybug, path: graph.lbug}}")
    succeed(tmp_path, "run")
    assert nsmig(tmp_path, "show", "--check").code == 0
    assert printed_by(TABLES, tmp_path) == types_of(Schema.load(tmp_path / "schema.yaml"))


# The stages of a schema, with the flags that answer each one's questions.
STATES = [
    ("nodes: [{name: A, properties: {id: {is_key: true}, p: {is_indexed: true}, q: }}]", []),
    ("nodes: [{name: A, properties: {id: {is_key: true}, r: {is_indexed: true}, q: }}]", ["--rename-property=A.p=r"]),
    ("nodes: [{name: B, properties: {id: {is_key: true}, r: , q: {is_indexed: true}}}]", ["--rename-type=A=B"]),
    (
        "nodes: [{name: B, properties: {number: {is_key: true}, q: {is_indexed: true}}}]\n"
        "relationships: [{name: R, properties: {since: {is_indexed: true}}}]",
        ["--rename-property=B.id=number", "--drop=B.r"],
    ),
    (
        "nodes: [{name: B, properties: {number: {is_key: true}, q: {is_key: true, is_indexed: true}}}]\n"
        "relationships: [{name: S, properties: {since: {is_key: true}}}]",
        ["--rename-type=R=S", "--key-default=B.q=x"],
    ),
    (
        "nodes: [{name: B, properties: {q: {is_key: true, is_indexed: true}, number: {is_key: true}}}]",
        ["--drop=S", "--rename-property=B.number=q", "--rename-property=B.q=number"],
    ),
    ("nodes: [{name: C, properties: {a: {is_key: true}, b: {is_indexed: true}}}]", ["--drop=B"]),
    (
        "nodes: [{name: C, properties: {b: {is_key: true}, a: {is_indexed: true}}}]",
        ["--rename-property=C.a=b", "--rename-property=C.b=a"],
    ),
    (
        "nodes: [{name: C, properties: {c: {is_key: true, is_indexed: true}}}]",
        ["--rename-property=C.b=c", "--drop=C.a"],
    ),
]


def test_nodestream_folds_what_nsmig_makes(tmp_path: Path, warm_python: Path) -> None:
    (tmp_path / "nsmig.yaml").write_text("extensions: false\n")
    for schema, flags in STATES:
        (tmp_path / "schema.yaml").write_text(schema)
        succeed(tmp_path, "make", *flags)
        ours = types_of(History.load(tmp_path / "migrations").schema())
        assert ours == types_of(Schema.load(tmp_path / "schema.yaml"))
        assert printed_by(FOLD, tmp_path, "migrations", python=warm_python) == ours
