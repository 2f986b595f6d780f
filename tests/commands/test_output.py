"""How a command's output can fail, and what that means for its work.

Commands are run by a shell, with pipes whose reader leaves, a full device, and closed descriptors.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nsmig import Migration
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, RunQuery, SetPropertyType
from support.ladybug_bench import ask
from support.migrations import migration
from support.projects import contents, write_migrations
from support.shell import lasting, printed
from support.terminal import PROGRAM, Outcome, nsmig, seen, succeed

NODE = Kind.NODE
FULL = Path("/dev/full")

# Ways in which a shell can take a command's outputs away. ``| true`` reads nothing, ``head`` reads one line.
GONE = [
    "{} >&-",
    "{} 2>&-",
    "{} >&- 2>&-",
    "{} <&- >&- 2>&-",
    "{} | head -n 1",
    "{} 2>&1 | head -n 1",
    "{} 2>&1 | true",
    *(["{} >/dev/full", "{} >/dev/full 2>&1"] if FULL.exists() else []),
    "{} </dev/null 1</dev/null",
    "PYTHONIOENCODING=ascii {}",
]
# Those in which standard output could not be written although a reader was expected.
FAILING = ["{} >&-", "{} 1</dev/null", *(["{} >/dev/full"] if FULL.exists() else [])]


def shell(folder: Path, wrapped: str, *arguments: str) -> Outcome:
    """Run a command within a shell line: its own exit code, and the output of the line."""
    command = wrapped.format(shlex.join([*PROGRAM, *arguments]))
    (done,) = printed([f'{command}; codes=("${{PIPESTATUS[@]}}"); exit "${{codes[0]}}"'], folder)
    return Outcome(done.code, done.text, "")


def history() -> list[Migration]:
    """More than a few lines on each output, with a non-ASCII letter."""
    first = migration("m00", (CreateType(NODE, "Größe", ("id",), ()), RunQuery("CREATE (:`Größe` {id: 'ж'})")))
    more = [migration(f"m{n:02}", (AddProperty(NODE, "Größe", f"p{n}", "ж"),), [f"m{n - 1:02}"]) for n in range(1, 30)]
    return [first, *more]


@pytest.fixture(scope="session")
def begun_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output")
    (folder / "nsmig.yaml").write_text("targets: {local: {database: ladybug, path: graph.lbug}}\n")
    write_migrations(folder, *history())
    (folder / "schema.yaml").write_text(succeed(folder, "schema").out)
    return folder


@pytest.fixture
def project(begun_project: Path, tmp_path: Path) -> Path:
    """A project with thirty pending migrations."""
    return shutil.copytree(begun_project, tmp_path / "project")


def is_complete(folder: Path) -> bool:
    rows = ask(folder / "graph.lbug", "MATCH (n:`Größe`) RETURN n.id, n.p1, n.p29")
    return rows == [["ж", "ж", "ж"]] and nsmig(folder, "show", "--check").code == 0


# --- Work -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", GONE)
def test_a_run_ends_as_if_it_had_been_heard(project: Path, wrapped: str) -> None:
    assert shell(project, wrapped, "run").code == 0
    assert is_complete(project)


@pytest.mark.parametrize("wrapped", GONE)
def test_make_squash_and_init_write_whole_files(project: Path, tmp_path: Path, wrapped: str) -> None:
    content = json.loads(succeed(project, "schema", "--json").out)
    content["nodes"].append({"name": "New", "properties": {"id": {"is_key": True}}})
    (project / "schema.yaml").write_text(json.dumps(content))
    assert shell(project, wrapped, "make", "-m", "new").code == 0
    assert succeed(project, "make").out == "No changes to migrate\n"
    assert shell(project, wrapped, "squash", "--from", "m01", "--to", "m29", "--name", "s").code == 0
    assert "s (squash of 29)" in succeed(project, "show").out
    assert shell(tmp_path, wrapped, "init", "begun").code == 0
    assert succeed(tmp_path / "begun", "make", "--dry-run").out.startswith("Would generate migration")


@pytest.mark.parametrize("wrapped", GONE)
def test_unlock_ends_as_if_it_had_been_heard(project: Path, wrapped: str) -> None:
    assert shell(project, wrapped, "unlock", "--yes").code == 0


@pytest.mark.parametrize("wrapped", GONE)
def test_a_run_that_fails_fails_the_same(project: Path, wrapped: str) -> None:
    write_migrations(project, migration("m30", (RunQuery("RETURN nothing"),), ["m29"]))
    assert shell(project, wrapped, "run").code == 1
    assert {name for name in ("m29", "m30") if name in succeed(project, "show").out} == {"m29", "m30"}
    states = {
        row["name"]: row["targets"]["local"]["state"] for row in succeed(project, "show", "--json").json["migrations"]
    }
    assert (states["m29"], states["m30"]) == ("applied", "pending")


def test_a_closed_descriptor_never_becomes_the_database(project: Path) -> None:
    """A print to a free descriptor number would go into the next file that is opened under it."""
    assert shell(project, "{} <&- >&- 2>&-", "run", "--json").code == 1
    assert is_complete(project)


# --- Results ----------------------------------------------------------------------------------------------------------

RESULTS = ["schema", "check", "show", "run --dry-run", "show --json", "squash --from m01 --dry-run", "--help"]


@pytest.mark.parametrize("command", RESULTS)
@pytest.mark.parametrize("wrapped", FAILING)
def test_a_result_that_cannot_be_written_is_an_error(project: Path, wrapped: str, command: str) -> None:
    done = shell(project, wrapped, *command.split())
    assert done.code == 1
    assert done.out.startswith("error: the output cannot be written: ") and done.out.count("\n") == 1


@pytest.mark.parametrize("command", RESULTS)
@pytest.mark.parametrize("wrapped", ["{} | head -n 1", "{} | true"])
def test_a_reader_that_leaves_is_not_an_error(project: Path, wrapped: str, command: str) -> None:
    done = shell(project, wrapped, *command.split())
    assert done.code == 0 and "error" not in done.out and "Error" not in done.out


def test_findings_that_could_not_be_printed_still_count(project: Path) -> None:
    write_migrations(project, migration("m30", (AddProperty(NODE, "Größe", "p1"),), ["m29"]))
    assert shell(project, "{} | true", "check").code == 3
    assert shell(project, "{} | true", "check", "--strict").code == 1
    assert shell(project, "{} >&-", "check").code == 1


@pytest.mark.parametrize("wrapped", FAILING)
def test_events_that_cannot_be_written_stop_no_run_and_are_an_error(project: Path, wrapped: str) -> None:
    done = shell(project, wrapped, "run", "--json")
    assert done.code == 1 and done.out.startswith("error: the output cannot be written: ")
    assert is_complete(project)


def test_events_that_a_reader_left_stop_no_run(project: Path) -> None:
    done = shell(project, "{} | head -n 1", "run", "--json")
    assert done.code == 0 and json.loads(done.out)["event"] == "planned"
    assert is_complete(project)


def test_an_output_that_does_not_wait_gets_all(project: Path) -> None:
    """As when a program that shares the pipe made it non-blocking."""
    nodes = "".join(f"- name: T{number}\n  properties: {{id: {{is_key: true}}}}\n" for number in range(5_000))
    (project / "nsmig.yaml").write_text("schema: schema.yaml\nmigrations: other\n")
    (project / "other").mkdir()
    (project / "schema.yaml").write_text(f"nodes:\n{nodes}")
    succeed(project, "make", "-m", "x")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    slow = "import sys, time; time.sleep(1); sys.stdout.write(sys.stdin.read())"
    with subprocess.Popen([sys.executable, "-c", slow], stdin=reading, stdout=subprocess.PIPE) as reader:
        os.close(reading)
        done = subprocess.run([*PROGRAM, "schema"], cwd=project, stdout=writing)
        os.close(writing)
        assert reader.stdout is not None
        text = reader.stdout.read().decode()
    assert done.returncode == 0 and text == succeed(project, "schema").out and len(text) > 200_000


# --- --out ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "schema",
        "schema --json",
        "check",
        "check --json",
        "show",
        "show --json",
        "run --dry-run",
        "squash --from m01 --dry-run --json",
    ],
)
def test_a_file_gets_what_would_have_been_printed(project: Path, command: str) -> None:
    shown = lasting(succeed(project, *command.split()).out)
    done = succeed(project, *command.split(), "--out", "result")
    assert done.out == "" and lasting((project / "result").read_text(encoding="utf-8")) == shown != ""


def test_findings_are_put_into_a_file_and_are_still_findings(project: Path) -> None:
    write_migrations(project, migration("m30", (AddProperty(NODE, "Größe", "p1"),), ["m29"]))
    assert nsmig(project, "check", "-o", "result").code == 3
    assert "property-exists" in (project / "result").read_text()


def test_a_file_is_written_whole_or_stays_as_it_was(project: Path) -> None:
    result = project / "result"
    result.write_text("before")
    result.chmod(0o640)
    (project / "link").symlink_to("result")
    before = contents(project)
    write_migrations(
        project,
        migration(
            "m30", (AddProperty(NODE, "Nobody", "p", 1), RunQuery("x"), AddProperty(NODE, "Größe", "_id")), ["m29"]
        ),
    )
    assert nsmig(project, "run", "--dry-run", "-o", "result").code == 1
    (project / "migrations/m30.yaml").unlink()
    assert contents(project) == before
    succeed(project, "schema", "-o", "link")
    assert result.read_text() == succeed(project, "schema").out and (project / "link").is_symlink()
    assert stat.S_IMODE(result.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written_is_an_error_before_the_work(project: Path) -> None:
    before = contents(project)
    done = nsmig(project, "run", "--json", "--out", "no/such/folder")
    assert done.code == 1 and "no/such/folder: cannot be written: No such file or directory" in done.err
    assert contents(project) == before
    assert nsmig(project, "run", "--out", "result").code == 2
    assert nsmig(project, "squash", "--from", "m01", "--out", "result").code == 2
    assert nsmig(project, "schema", "--out", "migrations").code == 2
    assert contents(project) == before


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
def test_a_device_is_written_to_and_not_replaced(project: Path) -> None:
    done = nsmig(project, "run", "--json", "--out", "/dev/full")
    assert done.code == 1 and "/dev/full: cannot be written: No space left on device" in done.err
    assert stat.S_ISCHR(FULL.stat().st_mode)
    assert is_complete(project)


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("run --dry-run", "graph.lbug"),
        ("run --dry-run", "graph.lbug.wal"),
        ("run --dry-run", "link"),
        ("show", "nsmig.yaml"),
        ("show", "./migrations/../nsmig.yaml"),
        ("show", "schema.yaml"),
        ("show --json", "hints.yaml"),
        ("check", "migrations/m00.yaml"),
        ("schema", "migrations/new.yaml"),
        ("schema", "nsmig.yaml"),
        ("squash --from m01 --dry-run --json", "folder/m00.yaml"),
    ],
)
def test_a_file_that_the_project_is_made_of_is_not_overwritten(project: Path, command: str, file: str) -> None:
    succeed(project, "run", "--fake")
    (project / "link").symlink_to("graph.lbug")
    (project / "folder").symlink_to("migrations")
    before = contents(project)
    done = nsmig(project, *command.split(), "-o", file)
    assert done.code == 1 and f"error: {file.removeprefix('./')}: --out does not overwrite " in done.err, done
    assert contents(project) == before


def test_the_schema_file_may_be_written_by_the_command_that_makes_it(project: Path) -> None:
    (project / "schema.yaml").unlink()
    succeed(project, "schema", "-o", "schema.yaml")
    assert succeed(project, "check").out.endswith("nothing found.\n")


# --- Errors as JSON ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "code", "facts"),
    [
        ("run --to nope --json", 1, {"kind": "UnknownMigrationError", "name": "nope"}),
        ("schema --at nope --json", 1, {"kind": "UnknownMigrationError", "name": "nope"}),
        ("squash --from m02 --to m01 --json", 1, {"kind": "RangeError", "first": "m02", "last": "m01"}),
        ("show -t nope --json", 1, {"kind": "TargetError", "name": "nope"}),
        ("check --since nope --json", 1, {"kind": "GitError"}),
        ("run --fake --dry-run --json", 2, {"kind": "UsageError"}),
        ("check --strictly --json", 2, {"kind": "NoSuchOption"}),
        ("init --json", 1, {"kind": "ProjectError"}),
    ],
)
def test_an_error_is_json_too(project: Path, command: str, code: int, facts: dict[str, str]) -> None:
    succeed(project, "init", "elsewhere")
    folder = project / "elsewhere" if command.startswith("init") else project
    done, plain = nsmig(folder, *command.split()), nsmig(folder, *command.replace(" --json", "").split())
    assert (done.code, plain.code, done.err, plain.out) == (code, code, plain.err, "")
    (error,) = done.json.values()
    assert facts.items() <= error.items() and error["message"] in done.err


def test_an_error_in_a_file_says_where(project: Path) -> None:
    (project / "migrations/m03.yaml").write_text("name: [\n")
    (project / "migrations/m04.yaml").write_text("name: 1\n")
    error = nsmig(project, "run", "--json").json["error"]
    assert (error["kind"], error["file"], error["line"]) == ("YamlError", "migrations/m03.yaml", 1)
    assert [(each["kind"], each["file"]) for each in error["others"]] == [("YamlError", "migrations/m04.yaml")]


def test_what_a_target_answers_is_an_error_with_its_facts(project: Path) -> None:
    conversion = SetPropertyType(NODE, "Größe", "p1", "INTEGER")
    write_migrations(project, migration("m30", (RunQuery("RETURN 1"), conversion), ["m29"]))
    (*_, failed) = map(json.loads, nsmig(project, "run", "--json").out.splitlines())
    assert (failed["event"], failed["kind"]) == ("failed", "ConflictError")
    assert (failed["migration"], failed["operation"], failed["of"], failed["facts"]["count"]) == ("m30", 2, 2, 1)
    assert failed["facts"]["operation"] == conversion.to_dict() and failed["facts"]["query"].startswith("MATCH ")
    (project / "nsmig.yaml").write_text(
        "targets: {local: {database: neo4j, uri: 'bolt://127.0.0.1:1', password: SECRET}}\n"
    )
    for command in ("show", "check --target local"):
        done = nsmig(project, *command.split(), "--json")
        assert done.code == 1 and done.json["errors"]["local"]["kind"] == "DatabaseError"
        assert "SECRET" not in done.out + done.err


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_has_git_ignore_the_database(tmp_path: Path) -> None:
    assert "made new/.gitignore" in succeed(tmp_path, "init", "new").out
    folder = tmp_path / "new"
    succeed(folder, "make", "-m", "x")
    succeed(folder, "run")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    listing = ["git", "ls-files", "--others", "--exclude-standard"]
    kept = subprocess.run(listing, cwd=folder, check=True, capture_output=True, text=True).stdout.split()
    assert [each for each in kept if not each.startswith(("migrations/", ".nsmig/"))] == [
        *(".gitignore", "nsmig.yaml", "schema.yaml")
    ]
    assert (folder / "graph.lbug").exists()


@pytest.mark.parametrize("before", [b"*.pyc\n", b"*.pyc", b"*.pyc\r\n\xff\r\n", b""])
def test_init_adds_to_what_git_ignores(tmp_path: Path, before: bytes) -> None:
    (tmp_path / ".gitignore").write_bytes(before)
    done = succeed(tmp_path, "init", "--json")
    assert done.json == {
        "made": [".nsmig", "migrations", "nsmig.yaml", "schema.yaml"],
        "extended": [".gitignore"],
        "kept": [],
    }
    after = (tmp_path / ".gitignore").read_bytes()
    assert after.startswith(before) and after.splitlines() == [*before.splitlines(), b"graph.lbug*"]
    (tmp_path / "nsmig.yaml").unlink()
    assert succeed(tmp_path, "init", "--json").json["kept"] == [".gitignore", ".nsmig", "migrations", "schema.yaml"]
    assert (tmp_path / ".gitignore").read_bytes() == after


def test_init_leaves_what_git_ignores_in_a_project_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "nsmig.yaml").write_text("targets: {}\n")
    said = succeed(tmp_path, "init").out.splitlines()[:4]
    assert said == ["made .nsmig", "made migrations", "kept nsmig.yaml", "made schema.yaml"]
    assert not (tmp_path / ".gitignore").exists()


# --- make -------------------------------------------------------------------------------------------------------------


def test_make_in_json(project: Path) -> None:
    assert succeed(project, "make", "--json").json == {"migration": None, "file": None, "warnings": []}
    assert succeed(project, "make", "--check", "--json").json == {"changes": False}
    content = json.loads(succeed(project, "schema", "--json").out)
    del content["nodes"][0]["properties"]["p1"]
    (project / "schema.yaml").write_text(json.dumps(content))
    done = nsmig(project, "make", "--check", "--json")
    assert (done.code, done.json) == (3, {"changes": True})
    error = nsmig(project, "make", "--json").json["error"]
    assert error["kind"] == "UnansweredError" and "--drop" in error["message"]
    planned = succeed(project, "make", "--drop", "Größe.p1", "--dry-run", "--json", "-m", "x").json
    assert planned["file"] is None and planned["warnings"] == [
        "running this migration deletes the data of what it drops"
    ]
    made = succeed(project, "make", "--drop", "Größe.p1", "--json", "-m", "x").json
    assert made["migration"]["operations"] == planned["migration"]["operations"] != []
    assert made["file"] == f"migrations/{made['migration']['name']}.yaml" and (project / made["file"]).exists()


def test_questions_are_no_part_of_a_result(project: Path) -> None:
    """Questions are visible even if the result goes to a file."""
    content = json.loads(succeed(project, "schema", "--json").out)
    del content["nodes"][0]["properties"]["p1"]
    (project / "schema.yaml").write_text(json.dumps(content))
    screen = seen(project, "make", "--dry-run", "--json", "-o", "result", answers={"[y/N]:": "y"})
    assert screen.code == 0 and screen.lines[0].startswith("property p1 of node type Größe is no longer in the schema.")
    assert len(json.loads((project / "result").read_text())["migration"]["operations"]) == 1
