"""The findings of `check`, as a command and as a function."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import neo4j
import pytest

from nsmig import History, Kind, Operation
from nsmig.errors import FoldError
from nsmig.findings import Diagnosis
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    RenameType,
    RunQuery,
)
from nsmig.yaml_file import migration_text
from support.ladybug_bench import ask
from support.migrations import migration
from support.projects import git, write_migration
from support.server import Server
from support.terminal import Outcome, nsmig, succeed

NODE = Kind.NODE

SCHEMA = "nodes:\n- name: A\n  properties: {id: {is_key: true}, p: }\n"
CREATE = CreateType(NODE, "A", ("id",), ("p",))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without findings."""
    (tmp_path / "nsmig.yaml").write_text("targets:\n  local: {database: ladybug, path: graph.lbug}\n")
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "migrations").mkdir()
    write(tmp_path, "a", CREATE)
    return tmp_path


def write(project: Path, name: str, *operations: Operation, after: str = "", replaces: str = "") -> Path:
    return write_migration(project, migration(name, operations, after.split(), replaces.split()))


def nodestream_reads(folder: Path) -> bool:
    """Whether nodestream reads a folder and finds an order for it."""
    program = (
        "import pathlib, sys\nfrom nodestream.schema.migrations.migrations import MigrationGraph\n"
        "graph = MigrationGraph.from_directory(pathlib.Path(sys.argv[1]))\n"
        "assert {each.name for each in graph.topological_order()} == {path.stem for path in pathlib.Path(sys.argv[1]).glob('*.yaml')}"
    )
    return subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True).returncode == 0


def found(outcome: Outcome) -> list[tuple[str, str | None, int]]:
    """Code, file and line of each finding of a check with --json."""
    return [(each["code"], each["file"], each["line"]) for each in outcome.json["findings"]]


def check(project: Path, *arguments: str) -> list[tuple[str, str | None, int]]:
    return found(nsmig(project, "check", "--json", *arguments))


def test_every_operation_that_cannot_be_applied_is_reported(project: Path) -> None:
    """The operations after them are still checked."""
    drops = [DropProperty(NODE, "A", f"x{number}") for number in range(300)]
    write(project, "b", *drops, AddProperty(NODE, "A", "p"), after="a")
    outcome = nsmig(project, "check", "--json")
    assert [code for code, _, _ in found(outcome)] == ["not-applicable"] * 300 + ["property-exists"]
    (told,) = {each["message"].replace(str(at), "N") for at, each in enumerate(outcome.json["findings"][:-1])}
    with pytest.raises(FoldError) as raised:
        History.load(project / "migrations").schema()
    assert told.endswith(f": {raised.value.reason.replace('x0', 'xN')}")


def test_annotations(project: Path) -> None:
    write(project, "b", AddProperty(NODE, "A", "p", "100%,\n"), after="a")
    within = nsmig(
        project.parent, "-C", project.name, "check", "--github", environment={"GITHUB_WORKSPACE": str(project.parent)}
    )
    assert f"file={project.name}/migrations/b.yaml," in within.out
    hostile = Diagnosis("edited", "a\r\nb%", "x,y:z.yaml", 2)
    assert hostile.annotation.startswith("::warning file=x%2Cy%3Az.yaml,line=2,title=nsmig edited::a%0D%0Ab%25")


def test_adjacencies_of_types_that_the_schema_does_not_declare(project: Path) -> None:
    cardinality = "cardinality: {from_side_cardinality: MANY, to_side_cardinality: MANY}"
    adjacency = f"{{adjacency: {{from_node_type: A, relationship_type: KNOW, to_node_type: B}}, {cardinality}}}"
    declared = f"{SCHEMA}relationships:\n- name: KNOWS\ncardinalities: [{adjacency}]\n"
    (project / "schema.yaml").write_text(declared)
    write(project, "b", CreateType(Kind.RELATIONSHIP, "KNOWS", (), ()), after="a")
    assert [each["message"] for each in nsmig(project, "check", "--json").json["findings"]] == [
        "relationship type KNOW connects A to B, but the schema has no node type 'B'",
        "relationship type KNOW connects A to B, but the schema has no relationship type 'KNOW'; did you mean 'KNOWS'?",
    ]
    assert check(project) == [("type-undeclared", "schema.yaml", 0)] * 2
    (project / "schema.yaml").write_text(declared.replace("type: A", "type: B"))
    assert len(check(project)) == 2
    (project / "nsmig.yaml").write_text("extensions: false\n")
    assert check(project) == []


def test_drops_since_a_git_ref(project: Path) -> None:
    write(project, "b", DropProperty(NODE, "A", "p"), after="a")
    assert (
        "not a git repository"
        in nsmig(project, "check", "--since", "main", environment={"GIT_CEILING_DIRECTORIES": str(project.parent)}).err
    )
    git(project, "init", "-b", "main")
    git(project, "add", "migrations")
    git(project, "commit", "-m", "begin")
    write(project, "c", AddProperty(NODE, "A", "p"), AddProperty(NODE, "A", "q"), after="b")
    path = write(
        project, "d", AddProperty(NODE, "A", "r"), DropProperty(NODE, "A", "q"), DropProperty(NODE, "A", "r"), after="c"
    )
    lines = [number for number, line in enumerate(path.read_text().splitlines(), 1) if line.startswith("- arguments")]
    assert check(project, "--since", "main") == [("destructive", "migrations/d.yaml", line) for line in lines[1:]]
    assert check(project) == []
    git(project, "add", "migrations")
    git(project, "commit", "-m", "more")
    assert check(project, "--since", "main") == []
    assert len(check(project, "--since", "HEAD~1")) == 2
    path.write_text(path.read_text() + "# edited\n")
    (project / "notes").write_text("of no account\n")
    assert check(project, "--since", "main") == [("destructive", "migrations/d.yaml", line) for line in lines[1:]]
    git(project, "checkout", "migrations/d.yaml")
    for ref in ("nowhere", "--output=x"):
        outcome = nsmig(project, "check", f"--since={ref}")
        assert outcome.code == 1 and "does not know this branch, tag or commit" in outcome.err


def test_names_of_files_that_the_locale_lacks(project: Path) -> None:
    write(project, "é", DropProperty(NODE, "A", "x"), AddProperty(NODE, "A", "p"), after="a")
    told = nsmig(project, "check", "--json", environment={"LC_ALL": "C", "PYTHONUTF8": "0"})
    assert found(told) == check(project) and ("not-applicable", "migrations/é.yaml", 5) in found(told)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
@pytest.mark.parametrize("name", ["p.yaml", "p.yml"])
def test_a_pipe_in_the_folder_is_not_opened(project: Path, name: str) -> None:
    os.mkfifo(project / "migrations" / name)
    code = {"p.yaml": "unreadable", "p.yml": "not-read"}[name]
    assert f"migrations/{name}: " in (out := nsmig(project, "check").out) and f"[{code}]" in out


def test_a_git_ref_is_looked_up_without_migrations_too(project: Path) -> None:
    git(project, "init")
    (project / "migrations/a.yaml").unlink()
    for _ in range(2):
        outcome = nsmig(project, "check", "--since", "nonsense")
        assert outcome.code == 1 and "does not know this branch, tag or commit" in outcome.err
        if (project / "migrations").exists():
            (project / "migrations").rmdir()


def test_names_of_files_that_are_no_text(project: Path) -> None:
    folder = os.fsencode(project / "migrations")
    odd = os.path.join(folder, b"b\xff.yaml")
    Path(os.fsdecode(odd)).write_text(migration_text(migration("b", (DropProperty(NODE, "A", "x"),), ["a"]).to_dict()))
    name = "migrations/b\ufffd.yaml"
    assert ("not-applicable", name, 0) in check(project)
    broken = project / "migrations/c.yaml"
    broken.write_text("name: c\noperations: 5\ndependencies: []\n")
    assert {("not-applicable", name), ("unreadable", "migrations/c.yaml")} <= {each[:2] for each in check(project)}
    broken.unlink()
    for arguments in (["init"], ["add", "migrations/a.yaml"], ["commit", "-m", "begin"]):
        git(project, *arguments)
    assert ("destructive", name, 0) in check(project, "--since", "HEAD")
    for arguments in (["add", "migrations"], ["commit", "-m", "more"]):
        git(project, *arguments)
    assert "destructive" not in [code for code, _, _ in check(project, "--since", "HEAD")]
    Path(os.fsdecode(odd)).write_text("name: b\noperations: 5\ndependencies: []\n")
    assert ("unreadable", name, 2) in check(project)


@pytest.mark.parametrize("targets", ["", "targets: {prod: {database: neo4j}}", "targets: {l: {database: ladybug}}"])
def test_what_run_refuses_on_every_database(project: Path, targets: str) -> None:
    (project / "nsmig.yaml").write_text(f"{targets}\n")
    write(project, "b", CreateType(NODE, "B", ("id",), ()), RenameType(NODE, "B", "A"), after="a")
    write(project, "c", CreateType(NODE, "A", ("other",), ()), CreateType(NODE, "A", ("other",), ()), after="b")
    (project / "schema.yaml").write_text("nodes:\n- name: A\n  properties: {other: {is_key: true}}\n")
    codes = [(code, file) for code, file, _ in check(project) if not code.startswith("type-")]
    assert codes == [("refused", "migrations/b.yaml"), ("refused", "migrations/c.yaml")]
    for name in "bc":
        with (project / f"migrations/{name}.yaml").open("a") as file:
            file.write("# nsmig: ignore refused\n")
    assert "refused" not in [code for code, _, _ in check(project)]


def test_a_project_that_nodestream_must_read(project: Path) -> None:
    write(project, "b", AddAdjacency("A", "R", "A"), RunQuery("RETURN 1"), after="a")
    with (project / "schema.yaml").open("a") as file:
        file.write(
            "cardinalities:\n- adjacency: {from_node_type: A, relationship_type: R, to_node_type: A}\n"
            "  cardinality: {from_side_cardinality: MANY, to_side_cardinality: MANY}\n"
        )
    assert "nodestream" not in nsmig(project, "check").out  # no one asks
    with (project / "nsmig.yaml").open("a") as file:
        file.write("extensions: false\n")
    assert [code for code, _, _ in check(project) if code == "own-operation"] == ["own-operation"] * 2


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"b": "name: b\noperations: 5\ndependencies: []\n"}, "unreadable"),
        ({"b": migration_text(migration("a").to_dict())}, "duplicate-name"),
        ({"b": migration_text(migration("b", (), ["gone"]).to_dict())}, "missing-dependency"),
        ({name: migration_text(migration(name, (), [other]).to_dict()) for name, other in ("bc", "cb")}, "cycle"),
        ({"b": migration_text(migration("b", (RunQuery("RETURN 1"),)).to_dict())}, "own-operation"),
        # nsmig takes the squash instead of its members
        (
            {
                "s": migration_text(migration("s", (), ["a"], ["gone"]).to_dict()),
                "d": migration_text(migration("d", (), ["gone"]).to_dict()),
            },
            "not-for-nodestream",
        ),
        ({"b": "name:\tb\noperations: []\ndependencies: []\n"}, "not-for-nodestream"),
        ({"b": "name: b\noperations: []\ndependencies: []\n".encode("utf-16")}, "not-for-nodestream"),
    ],
    ids=["unreadable", "duplicate", "missing", "cycle", "own", "squash", "tab", "utf-16"],
)
def test_folders_that_nodestream_cannot_read(
    project: Path, files: dict[str, str | bytes], code: str, warm_python: Path
) -> None:
    (project / "nodestream.yaml").write_text("include_additional_types: false\n")
    (project / "nsmig.yaml").unlink()
    for name, text in files.items():
        (project / f"migrations/{name}.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert not nodestream_reads(project / "migrations")
    done = nsmig(project, "check", python=warm_python)
    assert done.code == 1 and f"error[{code}]" in done.out
    assert done.out.endswith(" nodestream cannot read them.\n")
    assert nsmig(project, "check", "--json", python=warm_python).json["readable_by_nodestream"] is False


def test_what_a_target_says(project: Path) -> None:
    succeed(project, "run")
    assert check(project, "--target", "local") == []
    write(project, "b", AddProperty(NODE, "A", "q"), after="a")
    (project / "schema.yaml").write_text(SCHEMA.replace("p: ", "p: , q: "))
    succeed(project, "run")
    (project / "migrations/b.yaml").unlink()
    write(project, "a", CreateType(NODE, "A", ("id",), ("p", "q")))
    codes = [(code, file) for code, file, _ in check(project, "--target", "local")]
    assert codes == [("unknown", None), ("edited", "migrations/a.yaml")]
    assert "has no such target" in nsmig(project, "check", "--target", "nowhere").err
    write(project, "c", DropType(NODE, "Z"), after="a")
    first, *_ = nsmig(project, "check", "--target", "local").out.splitlines()
    assert (
        "a (edited after being applied here: restore the file) and b (recorded here, but in no file) may be why"
        in first
    )
    write(project, "c", DropType(NODE, "A"), after="nothing")
    assert "were not checked" in nsmig(project, "check", "--target", "local").err


def test_a_target_that_cannot_be_asked_is_in_the_json(project: Path) -> None:
    with (project / "nsmig.yaml").open("a") as file:
        file.write("  gone: {database: ladybug, path: no/such/folder.lbug}\n")
    succeed(project, "run", "--target", "local")
    outcome = nsmig(project, "check", "--target", "gone", "--target", "local", "--json")
    assert outcome.code == 1 and list(outcome.json["errors"]) == ["gone"]
    assert outcome.json["errors"]["gone"]["message"] in outcome.err and outcome.json["findings"] == []
    assert "errors" not in succeed(project, "check", "--target", "local", "--json").json


def test_drift_of_an_embedded_database(project: Path) -> None:
    succeed(project, "run")
    for statement in (
        "ALTER TABLE A DROP p",
        "ALTER TABLE A ADD extra INT64",
        "CREATE NODE TABLE Mine (id STRING PRIMARY KEY)",
    ):
        ask(project / "graph.lbug", statement)
    outcome = nsmig(project, "check", "--target", "local", "--json")
    assert outcome.code == 3
    assert [each["message"] for each in outcome.json["findings"]] == [
        "target local: node type A has no property p",
        "target local: node type A has the property extra, which no migration makes",
        "target local: node type Mine is in the database, but in no migration",
    ]
    assert check(project, "--target", "local", "--ignore", "drift") == []


def test_a_run_on_neo4j_says_which_nodes_a_new_key_does_not_hold(project: Path, neo4j_server: Server) -> None:
    uri = neo4j_server.uri
    (project / "nsmig.yaml").write_text(f"targets: {{local: {{database: neo4j, uri: '{uri}'}}}}\n")
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        for row in driver.execute_query("SHOW CONSTRAINTS YIELD name").records:
            driver.execute_query(f"DROP CONSTRAINT `{row['name']}`")
        driver.execute_query("CREATE (:A {id: 1}), (:A {p: 1}), (:B)")
        done = succeed(project, "run")
        said = "note: nodes of 'A' lack a part of their key (id), so the constraint does not keep them distinct: 1."
        assert said in done.err
        query = done.err.split("To see them: ")[1].splitlines()[0]
        (row,) = driver.execute_query(query).records
        assert dict(row["n"]) == {"p": 1}


def test_drift_of_neo4j(project: Path, neo4j_server: Server) -> None:
    uri = neo4j_server.uri
    (project / "nsmig.yaml").write_text(f"targets: {{local: {{database: neo4j, uri: '{uri}'}}}}\n")
    write(project, "b", AddIndex(NODE, "A", "p"), CreateType(NODE, "Empty", (), ("x",)), after="a")
    (project / "schema.yaml").write_text(
        SCHEMA.replace("p: ", "p: {is_indexed: true}") + "- name: Empty\n  properties: [x]\n"
    )
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        for row in driver.execute_query("SHOW CONSTRAINTS YIELD name").records:
            driver.execute_query(f"DROP CONSTRAINT `{row['name']}`")
        for row in driver.execute_query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'").records:
            driver.execute_query(f"DROP INDEX `{row['name']}`")
        succeed(project, "run")
        driver.execute_query(
            "CREATE (:A:Empty {id: 0, p: 'of A', x: 'of Empty'})"
        )  # each has the properties it declares
        assert check(project, "--target", "local") == []
        driver.execute_query("DROP CONSTRAINT A_node_key")
        driver.execute_query("DROP INDEX A_p_additional_index")
        driver.execute_query("CREATE (:A {id: 1, extra: 2}), (:Mine)")
    outcome = nsmig(project, "check", "--target", "local", "--json")
    assert [each["message"] for each in outcome.json["findings"]] == [
        "target local: node type A has no index on p",
        "target local: node type A has the key (none), not id",
        "target local: node type A has the property extra, which no migration makes",
        "target local: node type Mine is in the database, but in no migration",
    ]
