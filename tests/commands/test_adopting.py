"""`inspect` and `init --from`: existing graphs are adopted without losing anything."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from nsmig import History, Schema
from nsmig.adopting.adopt import AdoptionError, Layout, adopt
from nsmig.database.cypher import quoted
from nsmig.errors import WriteError
from nsmig.yaml_file import schema_text
from support.databases import Opened, connection, ladybug_at, neo4j_at
from support.migrations import migration
from support.neo4j_bench import sending
from support.places import ROOT
from support.projects import contents, write_migration
from support.public_graphs import PUBLIC_GRAPHS, PublicGraph
from support.server import Server
from support.terminal import at_terminal, nsmig, python, succeed

RELEASES = pytest.mark.releases("5.26", "2026")


def same(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


class OnNeo4j:
    def __init__(self, uri: str, graph: PublicGraph) -> None:
        self.source = uri
        with sending(uri) as send:
            graph.on_neo4j(send)

    def opened(self) -> AbstractContextManager[Opened]:
        return neo4j_at(self.source)

    def nodes(self) -> Counter[str]:
        with sending(self.source) as send:
            rows = send("MATCH (n) WHERE NOT labels(n)[0] STARTS WITH '__N' RETURN labels(n) AS l, properties(n) AS p")
        return Counter(same([sorted(row["l"]), row["p"]]) for row in rows)

    def links(self) -> Counter[str]:
        with sending(self.source) as send:
            rows = send(
                "MATCH (a)-[r]->(b) RETURN labels(a) AS a, properties(a) AS x, type(r) AS t, properties(r) AS p,"
                " labels(b) AS b, properties(b) AS y"
            )
        return Counter(same([row["a"], row["x"], row["t"], row["p"], row["b"], row["y"]]) for row in rows)


class OnLadybug:
    def __init__(self, path: Path, graph: PublicGraph) -> None:
        self.source = str(path)
        with self.opened() as database:
            connection(database).open()
            for text in graph.on_ladybug():
                connection(database).send(text)

    def opened(self) -> AbstractContextManager[Opened]:
        return ladybug_at(self.source)

    # Each table alone: across tables, a property has one type.

    def nodes(self) -> Counter[str]:
        with self.opened() as database:
            send = connection(database).send
            return Counter(
                same([[label], _values(row)])
                for label in self._tables(send, "NODE")
                for (row,) in send(f"MATCH (n:{quoted(label)}) RETURN n")
            )

    def links(self) -> Counter[str]:
        with self.opened() as database:
            send = connection(database).send
            return Counter(
                same([[a], _values(x), name, _values(p), [b], _values(y)])
                for name in self._tables(send, "REL")
                for a, b, *_ in send(f"CALL show_connection('{name}') RETURN *")
                for x, p, y in send(f"MATCH (a:{quoted(a)})-[r:{quoted(name)}]->(b:{quoted(b)}) RETURN a, r, b")
            )

    def _tables(self, send: Callable[[str], list[list[Any]]], kind: str) -> list[str]:
        shown = send("CALL show_tables() RETURN name, type")
        return [name for name, of in shown if of == kind and not name.startswith("__nsmig")]


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name[0] != "_" and value is not None}


Engine = OnNeo4j | OnLadybug


def renamed(rows: Counter[str], change: Callable[[Any], Any]) -> Counter[str]:
    return Counter({same(change(json.loads(row))): count for row, count in rows.items()})


def adopt_and_change(engine: Engine, graph: PublicGraph, folder: Path) -> None:
    """Adopt a database with one command, then make the first rename of a type and of a property, the first key change
    and the first drop."""
    before_nodes, before_links = engine.nodes(), engine.links()
    told = succeed(folder, "init", "--from", engine.source)
    target = "neo4j" if isinstance(engine, OnNeo4j) else "local"
    assert "recorded " in told.out
    assert (engine.nodes(), engine.links()) == (before_nodes, before_links)
    assert succeed(folder, "check", "--strict", "-t", target).out == "1 migration: nothing found.\n"
    assert succeed(folder, "make").out == "No changes to migrate\n"
    first = Schema.load(folder / "schema.yaml")
    assert first == History.load(folder / "migrations").schema()
    label, key = next(iter(graph.keys.items()))
    other = next(each for each in graph.nodes[0][1] if each != key)
    new = f"New{label}"

    content = first.to_dict()
    (type_,) = (each for each in content["nodes"] if each["name"] == label)
    type_["name"] = new
    type_["properties"]["renamed"] = type_["properties"].pop(other)
    for each in content["cardinalities"]:
        for end in ("from_node_type", "to_node_type"):
            if each["adjacency"][end] == label:
                each["adjacency"][end] = new
    write(folder, content)
    flags = ("--rename-type", f"{label}={new}", "--rename-property", f"{new}.{other}=renamed")
    succeed(folder, "make", "--no-input", *flags)
    succeed(folder, "run")

    def to_new(labels: list[str], properties: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
        if label not in labels:
            return labels, properties
        names = [new if each == label else each for each in labels]
        return names, {("renamed" if name == other else name): value for name, value in properties.items()}

    nodes = renamed(before_nodes, lambda row: list(to_new(*row)))
    links = renamed(before_links, lambda r: [*to_new(r[0], r[1]), r[2], r[3], *to_new(r[4], r[5])])
    assert (engine.nodes(), engine.links()) == (nodes, links)
    check(folder, target)

    type_["properties"]["renamed"]["is_key"] = True
    write(folder, content)
    default = 0 if type_["properties"]["renamed"]["type"] == "INTEGER" else "x"
    succeed(folder, "make", "--no-input", "--key-default", f"{new}.renamed={default}")
    succeed(folder, "run")
    assert (engine.nodes(), engine.links()) == (nodes, links)
    check(folder, target)

    gone = content["relationships"].pop(0)["name"]
    content["cardinalities"] = [
        each for each in content["cardinalities"] if each["adjacency"]["relationship_type"] != gone
    ]
    write(folder, content)
    succeed(folder, "make", "--no-input", "--drop", gone)
    succeed(folder, "run")
    assert engine.nodes() == nodes
    assert engine.links() == Counter({row: count for row, count in links.items() if json.loads(row)[2] != gone})
    check(folder, target)


def write(folder: Path, content: dict[str, Any]) -> None:
    (folder / "schema.yaml").write_text(schema_text(Schema.from_dict(content).to_dict()))


def check(folder: Path, target: str) -> None:
    done = nsmig(folder, "check", "-t", target)
    assert "[drift]" not in done.out, done.out


@RELEASES
@pytest.mark.parametrize("graph", PUBLIC_GRAPHS, ids=lambda graph: graph.name)
def test_a_public_graph_on_neo4j(graph: PublicGraph, fresh_neo4j: str, tmp_path: Path) -> None:
    adopt_and_change(OnNeo4j(fresh_neo4j, graph), graph, tmp_path)


@pytest.mark.parametrize("graph", PUBLIC_GRAPHS, ids=lambda graph: graph.name)
def test_a_public_graph_on_ladybug(graph: PublicGraph, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    adopt_and_change(OnLadybug(tmp_path / "graph.lbug", graph), graph, folder)


# --- Obstacles --------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A LadybugDB file with a handmade table."""
    path = tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        connection(database).open()
        connection(database).send("CREATE NODE TABLE `a b`(id INT64, `no` STRING, PRIMARY KEY(id))")
        connection(database).send("CREATE (:`a b` {id: 1, `no`: 'x'})")
    return path


def refused(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """The error; nothing is written."""
    before = {name: data for name, data in contents(folder).items() if "lbug" not in name}
    done = nsmig(folder, *arguments, environment=environment)
    assert done.code == 1 and done.out == "" and done.err.count("\n") == 1, done
    assert {name: data for name, data in contents(folder).items() if "lbug" not in name} == before
    return done.err


def test_names_that_yaml_must_quote(file: Path) -> None:
    folder = file.parent
    assert succeed(folder, "inspect", "graph.lbug").out == (
        'nodes:\n- name: "a b"\n  properties:\n    id: {type: INTEGER, is_key: true}\n    "no": STRING\nrelationships: []\n'
    )
    succeed(folder, "init", "--from", "graph.lbug")
    assert succeed(folder, "check", "-t", "local").out == "1 migration: nothing found.\n"
    assert (folder / ".gitignore").read_text() == "graph.lbug*\n"
    assert str(folder) not in (folder / "nsmig.yaml").read_text()  # relative, because the file is beside it


def test_an_empty_database(fresh_neo4j: str, tmp_path: Path) -> None:
    assert "the database is empty" in refused(tmp_path, "init", "--from", fresh_neo4j)


def test_a_database_that_has_records(file: Path) -> None:
    folder = file.parent
    succeed(folder, "init", "--from", "graph.lbug")
    (name,) = History.load(folder / "migrations").order()
    (folder / "other").mkdir()
    said = refused(folder / "other", "init", "--from", "../graph.lbug")
    assert f"already has migration records, with 1 record: {name}." in said


def test_files_that_are_there_are_kept(file: Path) -> None:
    folder = file.parent
    (folder / "schema.yaml").write_text("mine")
    assert "schema.yaml: this file already exists" in refused(folder, "init", "--from", "graph.lbug")
    (folder / "schema.yaml").unlink()
    (folder / "nsmig.yaml").write_text("targets: {}\n")
    assert "the project has no target for this database; add it there" in refused(
        folder, "init", "--from", "graph.lbug"
    )
    text = "# mine\ntargets:\n  here: {database: ladybug, path: graph.lbug}\n"
    (folder / "nsmig.yaml").write_text(text)
    assert (
        "'her' is not a target of nsmig.yaml, the uri of a server, or a file that is there; did you mean 'here'?"
        in refused(folder, "init", "--from", "her")
    )
    made = succeed(folder, "init", "--from", "here", "--json").json
    assert [Path(each).name for each in made["made"]] == [f"{made['recorded']}.yaml", "schema.yaml"]
    assert (folder / "nsmig.yaml").read_text() == text
    assert succeed(folder, "check", "-t", "here").out == "1 migration: nothing found.\n"
    assert "already has migration records" in refused(folder, "init", "--from", "here")
    write_migration(folder, migration("mine"))
    assert "there are migrations already" in refused(folder, "init", "--from", "here")


def test_what_does_not_exist(tmp_path: Path) -> None:
    assert "'nothing' is not the uri of a server, or a file" in refused(tmp_path, "init", "--from", "nothing")
    assert "there is no project here" in refused(tmp_path, "inspect")


@pytest.mark.parametrize(
    "uri", ["neo4j://anna:secret@db:7687", "bolt://secret@db", "http://secret:x@db", "secret://db"]
)
def test_a_uri_with_a_name_or_a_password_is_not_repeated(uri: str, tmp_path: Path) -> None:
    for command in (["init", "--from", uri], ["inspect", uri]):
        said = refused(tmp_path, *command)
        assert "the uri of a neo4j target is SCHEME://HOST" in said and "secret" not in said


@pytest.mark.parametrize(
    "held", ["CREATE (:__NodestreamMigrationLock__ {lock: 'lock'})", "CREATE (:__Neo4jMigrationsLock)"]
)
def test_a_database_that_another_tool_has_locked(held: str, fresh_neo4j: str, tmp_path: Path) -> None:
    with sending(fresh_neo4j) as send:
        send(f"{held} CREATE (:A {{x: 1}})")
    said = refused(tmp_path, "init", "--from", fresh_neo4j, "--lock-timeout", "0")
    assert "lock" in said and ("nodestream" in said or "neo4j-migrations" in said)
    assert "- name: A\n" in succeed(tmp_path, "inspect", fresh_neo4j).out  # takes no lock


def test_a_database_that_changes_meanwhile(fresh_neo4j: str, tmp_path: Path) -> None:
    with sending(fresh_neo4j) as send, neo4j_at(fresh_neo4j) as database:
        send("CREATE (:A {x: 1})")

        def progress(done: int, total: int) -> None:
            if done == total:
                send("CREATE (:B {x: 1})")

        layout = Layout(tmp_path / "migrations", tmp_path / "schema.yaml", None, True, {})
        with pytest.raises(AdoptionError, match="changed while it was read: node type B is in the database"):
            adopt(
                database, layout, declares_types=False, progress=progress, lock_timeout=1, waiting=lambda holder: None
            )
        assert not contents(tmp_path) and not database.ledger.state().records


def test_a_record_that_cannot_be_written_leaves_no_file(fresh_neo4j: str, tmp_path: Path) -> None:
    with sending(fresh_neo4j) as send, neo4j_at(fresh_neo4j) as database:
        send("CREATE (:A {x: 1})")
        layout = Layout(tmp_path / "migrations", tmp_path / "a file" / "schema.yaml", None, True, {})
        (tmp_path / "a file").write_text("")
        with pytest.raises(WriteError, match="is not a folder"):
            adopt(database, layout, declares_types=False, progress=lambda *_: None, lock_timeout=1, waiting=print)
        assert list(contents(tmp_path)) == ["a file"] and not database.ledger.state().records


def test_the_password_of_a_neo4j_server_is_in_no_file(guarded_neo4j_server: Server, tmp_path: Path) -> None:
    uri = guarded_neo4j_server.uri
    assert "NSMIG_PASSWORD" in refused(tmp_path, "init", "--from", uri)
    known = {"NSMIG_PASSWORD": "right-password"}
    with neo4j_at(uri, "neo4j", "right-password") as database:
        connection(database).rows("MATCH (n) DETACH DELETE n")
        connection(database).rows("CREATE (:A {x: 1})")
    done = succeed(tmp_path, "init", "--from", uri, environment=known)
    assert "The project file reads the password from NEO4J_PASSWORD: set it before the next command." in done.out
    assert "password: !env NEO4J_PASSWORD\n" in (tmp_path / "nsmig.yaml").read_text()
    assert not any(b"right-password" in data for data in contents(tmp_path).values())
    checked = succeed(tmp_path, "check", "-t", "neo4j", environment={"NEO4J_PASSWORD": "right-password"})
    assert checked.out == "1 migration: nothing found.\n"
    asked = at_terminal(tmp_path, "inspect", uri)
    asked.expect_exact("Password of neo4j")
    asked.sendline("right-password")
    asked.expect_exact("- name: A")
    asked.wait()
    assert asked.exitstatus == 0 and "right-password" not in str(asked.before)
    with neo4j_at(uri, "neo4j", "right-password") as database:
        connection(database).rows("MATCH (n) DETACH DELETE n")


def test_a_project_shared_with_nodestream_takes_over_what_nodestream_knows(
    fresh_neo4j: str, tmp_path: Path, warm_python: Path
) -> None:
    with sending(fresh_neo4j) as send:
        send("CREATE (:A {id: 1})-[:R]->(:B {id: 2})")
        send("CREATE CONSTRAINT A_node_key FOR (n:A) REQUIRE n.id IS UNIQUE")
        send("CREATE CONSTRAINT mine FOR (n:B) REQUIRE n.id IS UNIQUE")
        send("CREATE TEXT INDEX texts FOR (n:B) ON (n.name)")
    target = f"{{database: neo4j, uri: '{fresh_neo4j}', username: null, password: null}}"
    shutil.copytree(ROOT / "examples/nodestream", tmp_path, dirs_exist_ok=True)
    (tmp_path / "nodestream.yaml").write_text(
        f"{(tmp_path / 'nodestream.yaml').read_text().partition('targets:')[0]}\ntargets: {{db: {target}}}\n"
    )
    files = set(tmp_path.rglob("*"))
    done = succeed(tmp_path, "init", "--from", "db", python=warm_python)
    assert "  taken over: A_node_key (unique on A (id)): the key\n" in done.out
    assert "  left as it is: mine (unique on B (id)): nodestream does not know it by this name\n" in done.out
    assert "  left as it is: texts (TEXT on B (name)): nodestream has no operation for it\n" in done.out
    assert [path.parent.name for path in set(tmp_path.rglob("*")) - files if path.is_file()] == ["migrations"]
    history = History.load(tmp_path / "migrations")
    assert {each.name for each in history[history.order()[0]].operations} <= {
        "CreateNodeType",
        "CreateRelationshipType",
    }
    assert "[drift]" not in nsmig(tmp_path, "check", "-t", "db", python=warm_python).out


@RELEASES
def test_other_forms(fresh_neo4j: str, tmp_path: Path) -> None:
    with sending(fresh_neo4j) as send:
        send("CREATE (:A {x: 1}), (:A {x: 'a'}), (:__Neo4jMigration {version: 'BASELINE'})")
    as_yaml = succeed(tmp_path, "inspect", fresh_neo4j, "--out", "s.yaml")
    assert (as_yaml.out, as_yaml.err) == ("", "")
    as_json = succeed(tmp_path, "inspect", fresh_neo4j, "--json")
    assert Schema.from_dict(as_json.json) == Schema.load(tmp_path / "s.yaml")
    said = ["x holds 1 INTEGER, 1 STRING", "no constraint tells", "left out: __Neo4jMigration (neo4j-migrations)"]
    assert all(each in as_json.err and each in (tmp_path / "s.yaml").read_text() for each in said)
    assert succeed(tmp_path, "inspect", fresh_neo4j, "--format", "mermaid").out.startswith("flowchart TD\n")


def test_what_a_change_of_the_key_could_not_carry_along_is_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        connection(database).open()
        connection(database).send("CREATE NODE TABLE A(id SERIAL, x STRING, PRIMARY KEY(id))")
        connection(database).send("CREATE (:A {x: 'a'}), (:A {x: 'b'})")
    done = succeed(tmp_path, "init", "--from", "graph.lbug")
    assert "  in the way: node type A: id is SERIAL" in done.out
    (tmp_path / "schema.yaml").write_text(
        (tmp_path / "schema.yaml").read_text().replace("x: STRING", "x: {is_key: true}")
    )
    succeed(tmp_path, "make", "--key-default", "A.x=z")
    stopped = nsmig(tmp_path, "run")
    assert stopped.code == 1 and "SERIAL" in stopped.err
    with ladybug_at(path) as database:
        assert connection(database).send("MATCH (n:A) RETURN n.id, n.x ORDER BY n.id") == [[0, "a"], [1, "b"]]


KILLED = """
import os, sys
from nsmig.adopting import adopt
from nsmig.cli import main

left, write = int(sys.argv[1]), adopt.write_new

def write_and_die(path, text):
    global left
    write(path, text)
    left -= 1
    if not left:
        os._exit(9)

adopt.write_new = write_and_die
main(["init", "--from", "graph.lbug"])
"""


@pytest.mark.parametrize("files", [1, 2, 3])
def test_an_attempt_that_was_killed_is_repeated(files: int, file: Path) -> None:
    assert python(KILLED, files, folder=file.parent).code == 9
    assert len(list(file.parent.rglob("*.yaml"))) == files
    succeed(file.parent, "init", "--from", "graph.lbug")
    assert succeed(file.parent, "check", "--strict", "-t", "local").out == "1 migration: nothing found.\n"
    assert "recorded" not in succeed(file.parent, "run").err


def test_in_a_folder_that_is_not_there_yet(file: Path) -> None:
    succeed(file.parent, "init", "new", "--from", "graph.lbug")
    assert succeed(file.parent / "new", "check", "-t", "local").out == "1 migration: nothing found.\n"


def test_a_key_that_no_migration_can_carry_does_not_keep_the_graph_out(tmp_path: Path) -> None:
    with ladybug_at(tmp_path / "graph.lbug") as database:
        connection(database).open()
        connection(database).send("CREATE NODE TABLE A(k DOUBLE, x STRING, PRIMARY KEY(k))")
    done = succeed(tmp_path, "init", "--from", "graph.lbug")
    assert "no migration can make a key; it is left as it is" in done.out
    assert succeed(tmp_path, "check", "-t", "local").code == 0
