"""`make --revert`: going back, on real databases with data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nsmig import History, Kind, Schema
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    ExtendKey,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.yaml_file import schema_text
from support.databases import connection, ladybug_at, neo4j_at
from support.migrations import migration
from support.projects import contents, write_migrations, write_project
from support.terminal import at_terminal, nsmig, succeed

NODE = Kind.NODE
START = migration(
    "20250101_start",
    [
        CreateType(NODE, "A", ("id",), ("n", "p", "q")),
        CreateType(NODE, "B", ("id",), ("p",)),
        CreateType(Kind.RELATIONSHIP, "R", (), ("w",)),
        SetPropertyType(NODE, "A", "n", "INTEGER"),
    ],
)
CHANGES = [
    migration(
        "20250102_rename",
        [RenameType(NODE, "A", "odd `name"), RenameProperty(NODE, "odd `name", "p", "x y")],
        [START.name],
    ),
    migration(
        "20250103_more",
        [
            AddProperty(NODE, "B", "new", "1"),
            AddIndex(NODE, "odd `name", "q"),
            SetPropertyType(NODE, "odd `name", "n", "STRING"),
        ],
        ["20250102_rename"],
    ),
]


def project(folder: Path, target: str) -> None:
    write_project(folder, target, START)
    (folder / "schema.yaml").write_text(schema_text(History([START]).schema().to_dict()))


def there_and_back(folder: Path, rows: Any) -> None:
    before = rows()
    write_migrations(folder, *CHANGES)
    (folder / "schema.yaml").write_text(schema_text(History([START, *CHANGES]).schema().to_dict()))
    succeed(folder, "run")
    assert rows() != before
    refused = nsmig(folder, "make", "--revert", "20250102", "--to", "20250103", "--update-schema")
    assert refused.code == 1 and refused.err.splitlines() == [
        "error: the revert cannot bring everything back; nothing was written without --accept-loss:",
        "  the values of B.new are deleted",
        "  the present notation of the values of A.n is lost where they become INTEGER",
    ]
    assert len(list((folder / "migrations").iterdir())) == 3
    succeed(folder, "make", "--revert", "20250102", "--to", "20250103", "--update-schema", "--accept-loss")
    assert Schema.load(folder / "schema.yaml") == History([START]).schema()
    succeed(folder, "run")
    assert rows() == before
    assert succeed(folder, "make").out == "No changes to migrate\n"
    assert "[drift]" not in nsmig(folder, "check", "-t", "db").out


@pytest.mark.releases("5.26", "2026")
def test_there_and_back_on_neo4j(tmp_path: Path, fresh_neo4j: str) -> None:
    project(tmp_path, f"{{database: neo4j, uri: '{fresh_neo4j}', username: null, password: null}}")
    succeed(tmp_path, "run")

    def rows() -> Any:
        with neo4j_at(fresh_neo4j) as database:
            nodes = "MATCH (n) WHERE n.id IS NOT NULL RETURN labels(n) AS l, properties(n) AS p ORDER BY n.id"
            links = "MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS t, properties(r) AS p, b.id AS b"
            return [connection(database).rows(text) for text in (nodes, links)]

    with neo4j_at(fresh_neo4j) as database:
        connection(database).rows(
            "CREATE (:A {id: '1', n: 7, p: 'a', q: 'b'})-[:R {w: 1}]->(:B {id: '2', p: 'c'}), (:A:B {id: '3', n: -1, p: 'd'})"
        )
    there_and_back(tmp_path, rows)


def test_there_and_back_on_ladybug(tmp_path: Path) -> None:
    project(tmp_path, "{database: ladybug, path: graph.lbug}")
    succeed(tmp_path, "run")

    def rows() -> Any:
        with ladybug_at(tmp_path / "graph.lbug") as database:
            send = connection(database).send
            names = [
                name for name, of in send("CALL show_tables() RETURN name, type") if of == "NODE" and name[0] != "_"
            ]
            quoted = {name: "`" + name.replace("`", "``") + "`" for name in sorted(names)}
            return {
                name: sorted(
                    (sorted((key, value) for key, value in row[0].items() if key[0] != "_" and value is not None))
                    for row in send(f"MATCH (n:{each}) RETURN n")
                )
                for name, each in quoted.items()
            }

    with ladybug_at(tmp_path / "graph.lbug") as database:
        connection(database).open()
        connection(database).send("CREATE (:A {id: '1', n: 7, p: 'a', q: 'b'}), (:A {id: '3', n: -1, p: 'd'})")
        connection(database).send("CREATE (:B {id: '2', p: 'c'})")
    there_and_back(tmp_path, rows)


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    project(tmp_path, "{database: ladybug, path: graph.lbug}")
    drop = migration("20250102_drop", [DropProperty(NODE, "A", "p")], [START.name])
    write_migrations(tmp_path, drop)
    (tmp_path / "schema.yaml").write_text("# mine\n" + schema_text(History([START, drop]).schema().to_dict()))
    return tmp_path


def test_without_the_schema_file_it_says_what_the_next_make_does(changed: Path) -> None:
    before = (changed / "schema.yaml").read_bytes()
    done = succeed(changed, "make", "--revert", "20250102", "--accept-loss", "--no-input")
    assert done.err.splitlines() == [
        "warning: the values of A.p are gone",
        "schema.yaml is unchanged: the next `nsmig make` would bring the change back.",
    ]
    assert (changed / "schema.yaml").read_bytes() == before
    assert "Drop property p from node type A" in succeed(changed, "make", "--drop", "A.p", "--dry-run").out


def test_a_schema_file_with_other_changes_stays(changed: Path) -> None:
    (changed / "schema.yaml").write_text(
        schema_text(History([START]).schema().to_dict()).replace("q: STRING", "z: STRING")
    )
    before = contents(changed)
    refused = nsmig(changed, "make", "--revert", "20250102", "--accept-loss", "--update-schema")
    assert refused.code == 1 and "schema.yaml has changes that no migration makes yet" in refused.err
    assert contents(changed) == before


def test_at_a_terminal_it_asks_twice(changed: Path) -> None:
    asked = at_terminal(changed, "make", "--revert", "20250102")
    asked.expect_exact("the values of A.p are gone")
    asked.expect_exact("Write the revert anyway?")
    asked.sendline("n")
    asked.wait()
    assert asked.exitstatus == 1 and len(list((changed / "migrations").iterdir())) == 2
    asked = at_terminal(changed, "make", "--revert", "20250102")
    asked.expect_exact("Write the revert anyway?")
    asked.sendline("y")
    asked.expect_exact("Change schema.yaml, too?")
    asked.sendline("y")
    asked.expect_exact("schema.yaml was changed as well.")
    asked.wait()
    assert asked.exitstatus == 0 and succeed(changed, "make").out == "No changes to migrate\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--revert", "20250101"], 1, "these depend on what is to be reverted: 20250102_drop; include them with --to"),
        (["--revert", "nothing"], 1, "no migration is named 'nothing'"),
        (["--to", "20250101"], 2, "--to needs --revert NAME"),
        (["--accept-loss"], 2, "--accept-loss needs --revert NAME"),
        (["--update-schema"], 2, "--update-schema needs --revert NAME"),
        (["--revert", "20250102", "--drop", "A.p"], 2, "takes no flags about a new schema"),
    ],
)
def test_what_cannot_be_reverted(changed: Path, arguments: list[str], code: int, said: str) -> None:
    before = contents(changed)
    refused = nsmig(changed, "make", *arguments)
    assert refused.code == code and said in refused.err
    assert contents(changed) == before


def test_the_schema_file_keeps_what_no_migration_says(tmp_path: Path) -> None:
    steps = [
        migration("a", [CreateType(NODE, "A", ("id",), ("p",)), CreateType(Kind.RELATIONSHIP, "R", (), ())]),
        migration("b", [RenameType(NODE, "A", "B")], ["a"]),
    ]
    write_project(tmp_path, "{database: ladybug, path: graph.lbug}\nextensions: false", *steps)
    text = """\
nodes:
- name: B
  properties:
    id: {type: INTEGER, is_key: true}
    p: DATETIME
relationships:
- name: R
  connects:
  - {from: B, to: B, cardinality: {to: SINGLE}}
"""
    (tmp_path / "schema.yaml").write_text(text)
    succeed(tmp_path, "make", "--revert", "b", "--update-schema")
    wanted = text.replace("name: B", "name: A").replace("from: B, to: B", "from: A, to: A")
    (tmp_path / "wanted.yaml").write_text(wanted)
    assert Schema.load(tmp_path / "schema.yaml") == Schema.load(tmp_path / "wanted.yaml")


def test_what_nodestream_cannot_read_is_not_written_where_it_must(tmp_path: Path) -> None:
    steps = [
        migration("a", [CreateType(NODE, "A", ("id",), ("p",))]),
        migration("b", [ExtendKey(NODE, "A", "p", "x")], ["a"]),
    ]
    write_project(tmp_path, "{database: ladybug, path: graph.lbug}\nextensions: false", *steps)
    (tmp_path / "schema.yaml").write_text(schema_text(History(steps).schema().to_dict()))
    before = contents(tmp_path)
    refused = nsmig(tmp_path, "make", "--revert", "b", "--accept-loss")
    assert refused.code == 1 and "nodestream has no operation for this change: Reduce key" in refused.err
    assert contents(tmp_path) == before


def test_a_query_alone_leaves_nothing_to_write_and_stays(tmp_path: Path) -> None:
    steps = [migration("a", [CreateType(NODE, "A", ("id",), ())]), migration("b", [RunQuery("RETURN 1")], ["a"])]
    write_project(tmp_path, "{database: ladybug, path: graph.lbug}", *steps)
    done = succeed(tmp_path, "make", "--revert", "b")
    assert (done.out, done.err) == ("No changes to migrate\n", "warning: the effects of a query of b stay: RETURN 1\n")
