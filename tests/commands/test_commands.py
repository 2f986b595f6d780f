"""Every command, run as a user runs it, with LadybugDB and with a Neo4j server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import neo4j
import pytest
import yaml

from nsmig import History, Schema
from nsmig.cli import COMMANDS, UNUSED
from nsmig.making.renames import Answers, UnansweredError, find_renames
from support.ladybug_bench import ask
from support.projects import EMBEDDED, contents, edit, write_project
from support.server import Server
from support.terminal import PROGRAM, at_terminal, finish, nsmig, python, start_python, succeed

SECRET = "s3cret-never-to-be-seen"

SCHEMA = """\
nodes:
- name: Person
  properties:
    email: {is_key: true}
    name: {is_indexed: true}
    born:
- name: Company
  properties: {name: {is_key: true}}
relationships:
- name: WORKS_FOR
  properties: [since]
"""


@pytest.fixture(scope="session")
def begun_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    succeed(folder, "init")
    (folder / "schema.yaml").write_text(SCHEMA)
    succeed(folder, "make", "-m", "start")
    return folder


@pytest.fixture
def project(begun_project: Path, tmp_path: Path) -> Path:
    """A project with one pending migration."""
    return shutil.copytree(begun_project, tmp_path / "project")


def change_schema(project: Path, *changes: tuple[str, str]) -> None:
    edit(project / "schema.yaml", *changes)


def query(project: Path, text: str) -> list[list[object]]:
    return ask(project / "graph.lbug", text)


# --- A project's life -------------------------------------------------------------------------------------------------


def test_data_survives_renames(project: Path) -> None:
    assert "1 migration applied" in succeed(project, "run").err
    query(project, "CREATE (:Person {email: 'a@b.c', name: 'Ann', born: '1990'})")
    change_schema(project, ("born", "birth"), ("name: Person", "name: Human"))
    succeed(project, "make", "--rename-type", "Person=Human", "--rename-property", "Human.born=birth")
    succeed(project, "run")
    assert query(project, "MATCH (h:Human) RETURN h.email, h.name, h.birth") == [["a@b.c", "Ann", "1990"]]
    assert succeed(project, "make").out == "No changes to migrate\n"


def test_run_to_a_migration(project: Path) -> None:
    change_schema(project, ("born", "birth"))
    succeed(project, "make", "--rename-property", "Person.born=birth", "-m", "second")
    first, second = (row["name"] for row in succeed(project, "show", "--json").json["migrations"])
    succeed(project, "run", "--to", first)
    rows = succeed(project, "show", "--json").json["migrations"]
    assert [(row["name"], row["targets"]["local"]["state"]) for row in rows] == [
        (first, "applied"),
        (second, "pending"),
    ]
    assert f"{second}  pending" in succeed(project, "show").out


def test_fake_records_without_executing(project: Path) -> None:
    said = succeed(project, "run", "--fake", "--json")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert [each["event"] for each in events] == ["planned", "recorded", *["note"] * 3, "finished"]
    assert any("node type Person is not in the database" in each.get("text", "") for each in events)
    assert nsmig(project, "show", "--check").code == 0
    assert all(str(name).startswith("_") for name, *_ in query(project, "CALL show_tables() RETURN name"))


def test_dry_run_changes_nothing(project: Path) -> None:
    before = contents(project)
    out = succeed(project, "run", "--dry-run").out
    assert out.startswith("// migration ") and "CREATE NODE TABLE" in out
    assert contents(project) == before


def test_json(project: Path) -> None:
    name = next((project / "migrations").iterdir()).stem
    assert succeed(project, "show", "--json").json == {
        "migrations": [{"name": name, "replaces": [], "targets": {"local": {"state": "pending"}}}]
    }
    told = [json.loads(line) for line in succeed(project, "run", "--json").out.splitlines()]
    assert {each["target"] for each in told} == {"local"}
    events = [each["event"] for each in told]
    assert (events[:3], events[-2:]) == (["planned", "started", "operation"], ["applied", "finished"])
    assert set(events[3:-2]) <= {"operation", "note"}
    assert told[-2]["migration"] == name and told[2]["operation"]["operation"].startswith("Create")
    told = [json.loads(line) for line in succeed(project, "run", "--json").out.splitlines()]
    assert [(each["event"], each.get("total")) for each in told] == [("planned", 0), ("finished", None)]
    assert {node["name"] for node in succeed(project, "schema", "--json").json["nodes"]} == {"Company", "Person"}


def test_exit_code_3_says_that_there_is_something_to_do(project: Path) -> None:
    assert nsmig(project, "make", "--check").code == 0
    assert nsmig(project, "show", "--check").code == 3
    succeed(project, "run")
    assert nsmig(project, "show", "--check").code == 0
    change_schema(project, ("born", "birth"))
    before = contents(project / "migrations")
    assert nsmig(project, "make", "--check").code == 3
    assert contents(project / "migrations") == before


def test_schema_is_a_schema_file(project: Path) -> None:
    (project / "schema.yaml").write_text(succeed(project, "schema").out)
    assert succeed(project, "make").out == "No changes to migrate\n"


def test_several_targets_and_one_that_fails(project: Path) -> None:
    edit(
        project / "nsmig.yaml",
        (
            "  local:",
            "  bad: {database: ladybug, path: no/such/folder.lbug}\n"
            "  copy: {database: ladybug, path: copy.lbug}\n  local:",
        ),
    )
    assert nsmig(project, "run").code == 2
    done = nsmig(project, "run", "--all-targets", "--jobs", "3", "--json")
    assert done.code == 1
    told = [json.loads(line) for line in done.out.splitlines()]
    ends = {each["target"]: each["event"] for each in told if each["event"] in ("finished", "failed")}
    assert ends == {"bad": "failed", "copy": "finished", "local": "finished"}
    assert "target 'bad'" in done.err and "1 target of 3 failed: bad" in done.err
    assert nsmig(project, "show", "-t", "copy", "-t", "local", "--check").code == 0


def test_a_file_that_another_program_reads_is_not_said_to_be_locked_by_a_run(project: Path) -> None:
    succeed(project, "run")
    reader = """
        import sys, time, ladybug
        database = ladybug.Database(sys.argv[1], max_db_size=1 << 30)
        print("open", flush=True)
        time.sleep(60)
    """
    with start_python(reader, project / "graph.lbug") as other:
        assert other.stdout and other.stdout.readline() == "open\n"
        done = nsmig(project, "run", "--lock-timeout", "0.5")
        other.kill()
    assert done.code == 1 and "another run" not in done.err and "the lock" not in done.err
    assert f"waiting for the database, held by process {other.pid}\n" in done.err
    assert f"a process has graph.lbug open: process {other.pid}; wait until it ends" in done.err


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=repr)
def test_an_output_that_lacks_a_character_gets_it_escaped(project: Path, environment: dict[str, str]) -> None:
    change_schema(project, ("born:", "born: \n    größe:\n    aж:\n    q:\n    r:"))

    def check(*arguments: str) -> str:
        done = subprocess.run(
            [*PROGRAM, "check", *arguments], cwd=project, env={**os.environ, **environment}, capture_output=True
        )
        assert done.returncode == 3, done
        try:
            return done.stdout.decode("utf-8")
        except UnicodeDecodeError:
            return done.stdout.decode("latin-1")

    assert re.search(r"property (aж|a\\u0436) to .*; (…|\\u2026)$", check(), re.MULTILINE)
    (finding,) = json.loads(check("--json"))["findings"]
    assert "aж" in finding["message"] and "größe" in finding["message"] and "…" in finding["message"]


def test_the_same_change_gives_the_same_bytes(project: Path) -> None:
    change_schema(project, ("born", "birth"), ("Company", "Firm"))
    flags = ["--rename-property", "Person.born=birth", "--rename-type", "Company=Firm", "--dry-run", "-m", "x"]
    texts = {
        succeed(project, "make", *flags, environment={"PYTHONHASHSEED": seed}).out.partition("operations:")[2]
        for seed in ("0", "1", "2")
    }
    assert len(texts) == 1


# --- Questions --------------------------------------------------------------------------------------------------------


def test_make_asks_at_a_terminal(project: Path) -> None:
    change_schema(project, ("born", "birth"), ("since", "start"))
    process = at_terminal(project, "make")
    process.expect_exact("property born of node type Person is no longer in the schema.")
    process.expect_exact("1  it was renamed to birth")
    process.expect_exact("Which?")
    process.sendline("7")
    process.expect_exact("7 is not in the range")
    process.sendline("1")
    process.expect_exact("property since of relationship type WORKS_FOR is no longer in the schema.")
    process.expect_exact("Which?")
    process.sendline("0")
    code, out = finish(process)
    assert code == 0
    assert "Rename node property born to birth on node type Person" in out
    assert "Drop property since from relationship type WORKS_FOR" in out
    assert "deletes the data of what it drops" in out


def test_make_asks_before_a_drop_that_can_be_nothing_else(project: Path) -> None:
    change_schema(project, ("    born:\n", ""))
    before = contents(project)
    done = nsmig(project, "make")
    assert done.code == 1 and done.err.splitlines()[1:] == ["  property born of node type Person: --drop Person.born"]
    process = at_terminal(project, "make")
    process.expect_exact("property born of node type Person is no longer in the schema. Drop it with its data?")
    process.sendline("")
    code, out = finish(process)
    assert code == 1 and "nothing was written" in out and "put it back there" in out
    assert contents(project) == before
    process = at_terminal(project, "make")
    process.expect_exact("Drop it with its data?")
    process.sendline("y")
    code, out = finish(process)
    assert code == 0 and "Drop property born from node type Person" in out


def test_make_stopped_at_a_question_writes_nothing(project: Path) -> None:
    change_schema(project, ("born", "birth"))
    before = contents(project)
    process = at_terminal(project, "make")
    process.expect_exact("Which?")
    process.sendintr()
    code, out = finish(process)
    assert code == 130 and out.strip().endswith("stopped")
    assert contents(project) == before


ODD = ["it's", "a b", "x=y", "-x", "--yes", "$HOME `id`", 'say "no"', "a\\b", "*", "ü", "a.b", "a=b=c.d"]


def test_the_flags_that_make_names_are_what_a_shell_needs(tmp_path: Path) -> None:
    """Every flag in every question, for names that a shell or nsmig itself could misread."""
    (tmp_path / "nsmig.yaml").write_text("extensions: false\n")
    schema = tmp_path / "schema.yaml"
    schema.write_text(yaml.safe_dump({"nodes": [{"name": name, "properties": [f"{name}1"]} for name in ODD]}))
    succeed(tmp_path, "make", "-m", "start")
    for suffix in ("1", "2"):  # only types, then only properties
        names = [(f"{name}9" if suffix == "1" else name, f"{name}{suffix}") for name in ODD]
        schema.write_text(yaml.safe_dump({"nodes": [{"name": name, "properties": [each]} for name, each in names]}))
        with pytest.raises(UnansweredError) as caught:
            before = History.load(tmp_path / "migrations").schema()
            find_renames(before, Schema.load(schema), Answers(), None)
        assert len(caught.value.questions) == len(ODD)
        assert str(caught.value) in nsmig(tmp_path, "make").err
        for answer in (0, -1):
            flags = " ".join(question.flags[answer] for question in caught.value.questions)
            done = subprocess.run(
                ["sh", "-c", f"{' '.join(PROGRAM)} make --dry-run {flags}"],
                cwd=tmp_path,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0 and done.stdout.count("  - Rename" if answer == 0 else "  - Drop") == len(
                ODD
            ), done


def test_show_and_run_at_a_terminal(project: Path) -> None:
    code, out = finish(at_terminal(project, "run"))
    assert code == 0 and "1 migration applied" in out
    code, out = finish(at_terminal(project, "show"))
    assert code == 0 and "Migration" in out and "applied" in out


# --- On Neo4j ---------------------------------------------------------------------------------------------------------


def test_on_neo4j(project: Path, fresh_neo4j: str) -> None:
    (project / "nsmig.yaml").write_text(f"targets: {{db: {{database: neo4j, uri: '{fresh_neo4j}'}}}}\n")
    succeed(project, "run")
    with neo4j.GraphDatabase.driver(fresh_neo4j, notifications_min_severity="OFF") as driver:
        driver.execute_query("CREATE (:Person {email: 'a', born: 1990})")
        change_schema(project, ("born", "birth"))
        succeed(project, "make", "--rename-property", "Person.born=birth")
        assert "SET" in succeed(project, "run", "--dry-run").out
        succeed(project, "run")
        rows = driver.execute_query("MATCH (p:Person) RETURN p.birth AS birth, p.born AS born").records
        assert [row.data() for row in rows] == [{"birth": 1990, "born": None}]
        driver.execute_query("CREATE (:__NodestreamMigrationLock__ {lock: 'lock'})")
        held = nsmig(project, "unlock")
        assert held.code == 2 and "--yes" in held.err and "is locked by" in held.out
        process = at_terminal(project, "unlock")
        process.expect_exact("Remove its lock?")
        process.sendline("y")
        assert finish(process)[0] == 0
        assert "is not locked" in succeed(project, "unlock").out


def test_a_rename_that_would_overwrite_values_on_neo4j(project: Path, fresh_neo4j: str) -> None:
    (project / "nsmig.yaml").write_text(f"targets: {{db: {{database: neo4j, uri: '{fresh_neo4j}'}}}}\n")
    succeed(project, "run")
    with neo4j.GraphDatabase.driver(fresh_neo4j, notifications_min_severity="OFF") as driver:
        driver.execute_query("CREATE (:Person {email: 'a', born: 1, birth: 2})")
        change_schema(project, ("born", "birth"))
        succeed(project, "make", "--rename-property", "Person.born=birth")
        done = nsmig(project, "run")
        assert done.code == 1 and "This operation changed nothing" in done.err and ": 1." in done.err
        rows = driver.execute_query("MATCH (p:Person) RETURN p.born AS born, p.birth AS birth").records
        assert [row.data() for row in rows] == [{"born": 1, "birth": 2}]


def test_a_wrong_password_of_neo4j_is_not_shown(project: Path, guarded_neo4j_server: Server) -> None:
    target = f"{{database: neo4j, uri: '{guarded_neo4j_server.uri}', username: neo4j, password: !env PASSWORD}}"
    (project / "nsmig.yaml").write_text(f"targets: {{db: {target}}}\n")
    done = nsmig(project, "run", environment={"PASSWORD": SECRET})
    assert done.code == 1 and done.err.startswith("error: target 'db'")
    traced = nsmig(project, "--debug", "run", environment={"PASSWORD": SECRET})
    assert "Traceback" in traced.err and SECRET not in done.out + done.err + traced.out + traced.err
    succeed(project, "run", environment={"PASSWORD": "right-password"})


# --- Bad input --------------------------------------------------------------------------------------------------------


def migration(name: str, content: str) -> Callable[[Path], object]:
    return lambda project: (project / "migrations" / f"{name}.yaml").write_text(content)


def project_file(content: str) -> Callable[[Path], object]:
    return lambda project: (project / "nsmig.yaml").write_text(content)


def hints(content: str) -> Callable[[Path], object]:
    return lambda project: (project / "hints.yaml").write_text(content)


def target(options: str) -> Callable[[Path], object]:
    return project_file(f"targets: {{local: {{{options}}}}}\n")


def depending(name: str, on: str) -> str:
    return f"name: {name}\noperations: []\ndependencies: [{on}]\n"


def circle(project: Path) -> None:
    migration("x", depending("x", "y"))(project)
    migration("y", depending("y", "x"))(project)


def same_name(project: Path) -> None:
    (file,) = (project / "migrations").iterdir()
    (project / "migrations" / "copy.yaml").write_bytes(file.read_bytes())


def folder_is_file(project: Path) -> None:
    for file in (project / "migrations").iterdir():
        file.unlink()
    (project / "migrations").rmdir()
    (project / "migrations").write_text("")


def folder_elsewhere(folder: str) -> Callable[[Path], object]:
    return project_file(f"migrations: {folder}\ntargets: {{local: {{database: ladybug, path: graph.lbug}}}}\n")


def renamed_in_schema(project: Path) -> None:
    change_schema(project, ("born", "birth"))


def nothing(project: Path) -> None:
    pass


NEO4J = "database: neo4j, uri: 'bolt://127.0.0.1:1', username: neo4j"

# The mistake, the command, its exit code, and words that the message must contain.
BAD_INPUTS = {
    "not YAML": (migration("x", "a: ["), "show", 1, ["migrations/x.yaml:1:4"]),
    "project not YAML": (project_file("a: ["), "show", 1, ["nsmig.yaml:1:4", "is not YAML"]),
    "wrong key": (migration("x", "nam: x\n"), "show", 1, ["migrations/x.yaml:1:1", "nam"]),
    "wrong project key": (project_file("targts: {}"), "show", 1, ["nsmig.yaml:1:1", "'targets'"]),
    "missing key": (migration("x", "name: x\noperations: []\n"), "show", 1, ["migrations/x.yaml:1:1", "dependencies"]),
    "wrong type": (
        migration("x", "name: 2023\noperations: []\ndependencies: []\n"),
        "run",
        1,
        ["migrations/x.yaml:1:7", "quote it"],
    ),
    "unknown operation": (
        migration("x", "name: x\noperations: [{operation: CreateNodeTyp, arguments: {}}]\ndependencies: []\n"),
        "run",
        1,
        ["migrations/x.yaml:2:26", "did you mean 'CreateNodeType'"],
    ),
    "two files with one name": (
        same_name,
        "make",
        1,
        ["migrations/copy.yaml", "rename the one that no database has applied"],
    ),
    "missing dependency": (
        migration("x", depending("x", "y")),
        "run",
        1,
        ["migrations/x.yaml", "'y'", "no file defines"],
    ),
    "cycle": (circle, "make", 1, ["x -> y -> x", "migrations/x.yaml", "migrations/y.yaml"]),
    "unreachable": (target(NEO4J + f", password: {SECRET}"), "run", 1, ["'local'", "bolt://127.0.0.1:1", "reached"]),
    "option misspelt": (target(NEO4J + f", pasword: {SECRET}"), "run", 1, ["'local'", "'pasword'", "'password'"]),
    "option missing": (target("database: ladybug"), "run", 1, ["'local'", "'path'"]),
    "option too many": (target("database: ladybug, path: g.lbug, size: 1"), "run", 1, ["'local'", "size"]),
    "variable not set": (target(NEO4J + ", password: !env NO_SUCH_VARIABLE"), "show", 1, ["NO_SUCH_VARIABLE"]),
    "unknown database": (target("database: ladybird"), "run", 1, ["nsmig.yaml:1:29", "'ladybug'"]),
    "folder is a file": (folder_is_file, "make", 1, ["migrations", "is a file"]),
    "folder is a file to show": (folder_is_file, "show", 1, ["migrations", "is a file"]),
    "unwritable folder": (folder_elsewhere("/proc/nsmig"), "make", 1, ["/proc/nsmig"]),
    "no folder for the database": (target("database: ladybug, path: no/g.lbug"), "run", 1, ["'no'", "create it"]),
    "not a rename": (renamed_in_schema, "make --rename-property Person.bor=birth", 1, ["'Person.born'"]),
    "malformed rename": (renamed_in_schema, "make --rename-property Person.born", 2, ["TYPE.OLD=NEW"]),
    "two answers": (
        renamed_in_schema,
        "make --rename-property Person.born=birth --rename-property Person.born=x",
        2,
        ["'Person.born'", "two answers"],
    ),
    "renamed and dropped": (
        renamed_in_schema,
        "make --rename-property Person.born=birth --drop Person.born",
        1,
        ["'Person.born'", "another flag"],
    ),
    "hints not YAML": (hints("drop: a: b"), "make", 1, ["hints.yaml:1:8", "is not YAML"]),
    "hints misspelt": (hints("drop: []\nrename_type: {}"), "make", 1, ["hints.yaml:2:1", "'rename-type'"]),
    "a hint twice": (hints("drop: []\ndrop: []"), "make", 1, ["hints.yaml:2:1", "'drop'"]),
    "a hint without a type": (hints("rename-property:\n  born: birth"), "make", 1, ["hints.yaml:2:3", "TYPE.PROPERTY"]),
    "a hint of a list": (hints("rename-type: [A=B]"), "make", 1, ["hints.yaml:1:14", "mapping"]),
    "a hint of a mapping": (hints("drop: {A: B}"), "make", 1, ["hints.yaml:1:7", "list"]),
    "a hint that is a number": (hints("rename-type: {A: 1}"), "make", 1, ["hints.yaml:1:18", "quotes"]),
    "two hints": (hints("rename-type: {A: B}\ndrop: [A]"), "make", 1, ["hints.yaml:2:8", "'A'"]),
    "fake and dry": (nothing, "run --fake --dry-run", 2, ["exclude each other"]),
    "init and a name": (nothing, "init new --username me", 2, ["--username goes with --from, which is not given"]),
    "init and a time": (nothing, "init new --lock-timeout 60", 2, ["--lock-timeout goes with --from"]),
    "begun already": (nothing, "init", 1, ["nsmig.yaml", "nothing was changed"]),
    "bad schema": (
        lambda project: change_schema(project, ("born:", "born: STRNG")),
        "make",
        1,
        ["schema.yaml:6:11", "'STRING'"],
    ),
}


@pytest.mark.parametrize("case", BAD_INPUTS)
def test_bad_input(project: Path, case: str) -> None:
    spoil, command, code, facts = BAD_INPUTS[case]
    spoil(project)
    before = contents(project)
    done = nsmig(project, *command.split())
    assert done.code == code, done
    assert "Traceback" not in done.err and SECRET not in done.err + done.out
    assert done.err.lower().count("error: ") == 1, done.err
    for fact in facts:
        assert fact in done.err
    assert contents(project) == before


def test_no_project(tmp_path: Path) -> None:
    done = nsmig(tmp_path, "make")
    assert done.code == 1 and "nsmig init" in done.err
    assert not contents(tmp_path)


def test_duplicates_under_a_new_key_on_neo4j(project: Path, fresh_neo4j: str) -> None:
    (project / "nsmig.yaml").write_text(f"targets: {{db: {{database: neo4j, uri: '{fresh_neo4j}'}}}}\n")
    with neo4j.GraphDatabase.driver(fresh_neo4j, notifications_min_severity="OFF") as driver:
        driver.execute_query("UNWIND range(1, 2) AS n CREATE (:Person {email: 'a'})")
        done = nsmig(project, "run")
        assert done.code == 1 and "Traceback" not in done.err and "This operation changed nothing" in done.err
        driver.execute_query("MATCH (p:Person) WITH p LIMIT 1 DELETE p")
    succeed(project, "run")


def test_debug_shows_the_trace(tmp_path: Path) -> None:
    assert "Traceback" in nsmig(tmp_path, "--debug", "make").err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*PROGRAM, "--help"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr and "Traceback" not in done.stderr


def test_a_reader_that_goes(tmp_path: Path) -> None:
    """The output is more than a pipe holds, and its reader leaves after the first line."""
    nodes = "".join(f"- name: T{number}\n  properties: [p, q]\n" for number in range(5_000))
    succeed(tmp_path, "init")
    (tmp_path / "schema.yaml").write_text(f"nodes:\n{nodes}")
    succeed(tmp_path, "make")
    command = [*PROGRAM, "schema"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"nodes:\n"
        process.stdout.close()
        assert process.stderr.read() == b""


# --- Help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, tmp_path: Path) -> None:
    assert succeed(tmp_path, command, "--help").out.startswith(f"Usage: nsmig {command}")


def test_help_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom nsmig.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    print(*sorted(sys.modules))"
    )
    done = python(program, folder=tmp_path)
    loaded = set(done.out.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & {"neo4j", "ladybug", "rich", "asyncio", "yaml", "nsmig._core"}


def test_the_command_keeps_the_driver_from_importing_what_it_does_not_need(tmp_path: Path) -> None:
    """As a library, nsmig leaves the driver's imports alone: the program may send it values of these types."""
    for name in UNUSED:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name} is imported')")
    (tmp_path / "nsmig.yaml").write_text("targets: {db: {database: neo4j, uri: 'bolt://127.0.0.1:1'}}")
    (tmp_path / "migrations").mkdir()

    def said(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8").stderr

    assert "cannot be reached" in said("-m", "nsmig", "run")
    assert said("-c", "import nsmig.database.neo4j.connection") == f"{UNUSED[0]} is imported\n"
    program = "import sys, nsmig.cli\ntry: nsmig.cli.main(['--version'])\nexcept SystemExit: import pandas"
    assert said("-c", program) == "pandas is imported\n"


def test_the_command_imports_asyncio_for_the_driver_when_it_is_used(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom nsmig.cli import SELDOM_USED, import_when_used, main\n"
        "import_when_used(SELDOM_USED)\n"
        "try:\n    main(['run'])\nexcept SystemExit:\n    pass\n"
        "print('ladybug' in sys.modules, f'{SELDOM_USED}.events' in sys.modules)\n"
        "import asyncio, ladybug\n"
        "async def ask():\n"
        "    connection = ladybug.AsyncConnection(ladybug.Database('graph.lbug', max_db_size=1 << 30))\n"
        "    return (await connection.execute('RETURN 1')).get_all()\n"
        "print(asyncio.run(ask()), sys.modules['asyncio'].run is asyncio.run)\n"
        "from asyncio.events import get_event_loop_policy\n"
        "import_when_used('asyncio')\n"
        "print(asyncio.get_event_loop_policy() is get_event_loop_policy(), sys.modules['asyncio'].__name__)"
    )
    write_project(tmp_path, EMBEDDED)
    (tmp_path / "migrations").mkdir()
    done = python(program, folder=tmp_path)
    assert done.out.splitlines() == ["True False", "[[1]] True", "True asyncio"], done.err


def test_every_public_name_is_there() -> None:
    import nsmig as package

    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        package.no_such_name  # noqa: B018
