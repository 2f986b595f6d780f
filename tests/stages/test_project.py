"""Project files, their targets, and the introspection of nodestream projects by nodestream itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import nsmig
from nsmig import Kind, Schema
from nsmig.database import database_kind, typed
from nsmig.database.neo4j.options import Options
from nsmig.errors import (
    FileInTheWayError,
    IntrospectionError,
    NsmigError,
    ProjectError,
    ProjectFileError,
    SchemaFileError,
    TargetError,
    WriteError,
    YamlError,
)
from nsmig.project.new import init, initial_paths
from nsmig.project.project import Project
from nsmig.project.target import Target
from nsmig.yaml_file.reading import Tagged
from support.places import NODESTREAM_MADE


def project(folder: Path, text: str, name: str = "nsmig.yaml") -> Project:
    (folder / name).write_text(text)
    return Project.load(folder / name)


# --- nsmig.yaml ---------------------------------------------------------------------------------------------------------

WHOLE = """\
migrations: db/migrations
schema: db/schema.yaml
extensions: false
targets:
  local: {database: ladybug, path: data/graph.lbug}
  prod: {database: neo4j, uri: neo4j://db:7687, username: neo4j, password: !env NSMIG_TEST_PASSWORD, database_name: neo4j}
"""


def test_a_whole_project_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = project(tmp_path, WHOLE)
    assert (found.kind, found.file, found.root) == ("nsmig", tmp_path / "nsmig.yaml", tmp_path)
    assert (found.migrations, found.schema_file) == (tmp_path / "db/migrations", tmp_path / "db/schema.yaml")
    assert found.extensions is False and list(found.targets) == ["local", "prod"]
    assert found.target("local").database == "ladybug"
    assert found.target("local").resolve() == {"path": str(tmp_path / "data/graph.lbug")}
    monkeypatch.setenv("NSMIG_TEST_PASSWORD", "hunter2")
    assert found.target("prod").database == "neo4j"
    assert found.target("prod").resolve() == {
        "uri": "neo4j://db:7687",
        "username": "neo4j",
        "password": "hunter2",
        "database_name": "neo4j",
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "targets:\n"])
def test_the_defaults(tmp_path: Path, text: str) -> None:
    found = project(tmp_path, text)
    assert (found.migrations, found.schema_file) == (tmp_path / "migrations", tmp_path / "schema.yaml")
    assert found.extensions is True and found.targets == {}


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    found = project(tmp_path, "migrations: /somewhere\ntargets: {t: {database: ladybug, path: /data/graph}}")
    assert found.migrations == Path("/somewhere") and found.target("t").resolve() == {"path": "/data/graph"}


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("migration: x", "1:1", "the project file has no key 'migration'; did you mean 'migrations'?"),
        (
            "xyz: {}",
            "1:1",
            "the project file has no key 'xyz'; known are migrations, schema, targets, extensions, check",
        ),
        (
            "- x",
            "1:1",
            "the project file must be a mapping with the keys migrations, schema, targets, extensions, check, nodestream, not a list",
        ),
        ("migrations: 5", "1:13", "'migrations' must be text, not a number; put it in quotes"),
        ("schema: [a]", "1:9", "'schema' must be text, not a list"),
        ("extensions: 'yes'", "1:13", "'extensions' must be true or false, not text"),
        ("targets: [a]", "1:10", "the targets must be a mapping, not a list"),
        ("targets: {a: }", "1:13", "target 'a' must be a mapping, not nothing"),
        ("targets:\n  1: {}", "2:3", "a key of the targets must be text, not a number"),
        ("targets:\n  a: {path: x}", "2:6", "target 'a' lacks the key 'database'"),
        (
            "targets:\n  a: {database: neo4jj}",
            "2:17",
            "the database of target 'a' cannot be 'neo4jj'; did you mean 'neo4j'?",
        ),
        ("targets:\n  a: {}\n  a: {}", "3:3", "the key 'a' is in line 2 already"),
        ("targets:\n  a: {database: ladybug, x: !delayed {v: 1}}", "2:29", "!delayed must be followed by {value: …}"),
        ("targets:\n  a: {database: ladybug, x: 2020-13-45}", "2:29", "is no valid date"),
        ("targets: {a: {database: ladybug", "1:14", "is not YAML: unclosed bracket"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, place: str, problem: str) -> None:
    with pytest.raises(ProjectFileError) as caught:
        project(tmp_path, text)
    error = caught.value
    assert isinstance(error, ProjectError) and isinstance(error, YamlError)
    assert problem in error.problem and str(error).startswith(f"{tmp_path / 'nsmig.yaml'}:{place}: ")
    assert f"{error.line}:{error.column}" == place


# --- Which project ------------------------------------------------------------------------------------------------------


def test_nsmig_comes_before_nodestream(tmp_path: Path) -> None:
    project(tmp_path, "{}", "nodestream.yaml")
    assert Project.find(tmp_path).kind == "nodestream"
    project(tmp_path, "{}")
    assert Project.find(tmp_path).kind == "nsmig"
    assert Project.load(tmp_path) == Project.find(tmp_path)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        Project.find(tmp_path)
    for fact in ("nsmig.yaml", "nodestream.yaml", str(tmp_path), "--project", "`nsmig init`"):
        assert fact in str(caught.value)
    with pytest.raises(ProjectFileError, match=r"other\.yaml: cannot be read: No such file"):
        Project.load(tmp_path / "other.yaml")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("scopes: {default: {pipelines: []}}", "nodestream"),
        ("include_additional_types: true", "nodestream"),
        ("schema: s.yaml", "nsmig"),
    ],
)
def test_a_file_of_another_name_is_recognized_by_its_content(tmp_path: Path, text: str, kind: str) -> None:
    assert project(tmp_path, text, "other.yaml").kind == kind


# --- Targets ------------------------------------------------------------------------------------------------------------


def test_an_unknown_target(tmp_path: Path) -> None:
    with pytest.raises(
        TargetError, match=r"target 'prd': .*nsmig\.yaml has no such target; did you mean 'prod'"
    ) as caught:
        project(tmp_path, WHOLE).target("prd")
    assert caught.value.name == "prd"
    with pytest.raises(TargetError, match="it has local, prod"):
        project(tmp_path, WHOLE).target("zzz")
    with pytest.raises(TargetError, match="it has none"):
        project(tmp_path, "{}").target("zzz")


def options(folder: Path, described: str, kind: str = "nsmig.yaml", **more: str) -> Any:
    """The value of a target's option ``x``."""
    for name, text in more.items():
        (folder / f"{name}.yaml").write_text(text)
    return (
        project(folder, f"targets:\n  t:\n    database: neo4j\n    x: {described}\n", kind).target("t").resolve()["x"]
    )


def test_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSMIG_TEST", "value")
    monkeypatch.setenv("NSMIG_EMPTY", "")
    assert options(tmp_path, "!env NSMIG_TEST") == "value"
    assert options(tmp_path, "!env NSMIG_EMPTY") == ""
    assert options(tmp_path, "[a, {b: !env NSMIG_TEST}]") == ["a", {"b": "value"}]
    assert options(tmp_path, "!delayed {value: !env NSMIG_TEST}") == "value"
    assert options(tmp_path, "!delayed {value: 5}") == 5
    assert options(tmp_path, "!include part.yaml", part="{a: !env NSMIG_TEST, b: [1]}") == {"a": "value", "b": [1]}
    assert options(tmp_path, "!include part.yaml", part="!include other.yaml", other="deep") == "deep"


def test_tags_are_resolved_when_the_target_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = project(tmp_path, "targets: {t: {database: !env NSMIG_KIND, x: !env NSMIG_TEST}}").target("t")
    monkeypatch.setenv("NSMIG_KIND", "neo4j")
    monkeypatch.setenv("NSMIG_TEST", "1")
    assert (target.database, target.resolve()) == ("neo4j", {"x": "1"})
    monkeypatch.setenv("NSMIG_TEST", "2")
    assert target.resolve() == {"x": "2"}
    monkeypatch.setenv("NSMIG_KIND", "oracle")
    with pytest.raises(TargetError, match="database is missing or unknown; it must be one of ladybug, neo4j"):
        target.resolve()


@pytest.mark.parametrize(
    ("described", "problem"),
    [
        ("!env NSMIG_SURELY_UNSET", "the environment variable NSMIG_SURELY_UNSET is not set"),
        ("!env", "!env must be followed by a name"),
        ("!env [a]", "!env must be followed by a name"),
        ("!hunter2", "option 'x' has a tag that is unknown; known are !env, !include, !config and !delayed"),
        ("!config y", "!config y is in no scope's config"),
        ("!include loop.yaml", "!include loop.yaml leads back to itself"),
    ],
)
def test_tags_that_cannot_be_resolved(tmp_path: Path, described: str, problem: str) -> None:
    with pytest.raises(TargetError) as caught:
        options(tmp_path, described, loop="[!include loop.yaml]")
    assert problem in str(caught.value) and caught.value.name == "t" and "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("text", "problem"), [("a: [", "is not YAML"), ("", "is empty"), (None, "No such file")])
def test_a_file_that_cannot_be_included(tmp_path: Path, text: str | None, problem: str) -> None:
    with pytest.raises(ProjectFileError, match=problem) as caught:
        options(tmp_path, "!include part.yaml", **({} if text is None else {"part": text}))
    assert caught.value.file == str(tmp_path / "part.yaml")


SECRETS = ["hunter2", "'hunter2'", "!hunter2", "!hunter2 x", "!x!hunter2", "*hunter2", "&hunter2", "!!int hunter2", "!!bool hunter2",
           "!!timestamp hunter2", "!!binary hünter2", "{hunter2", "[hunter2", "'hunter2", '"hunter2 \\q"', "hunter2: hunter2: x", "@hunter2",
           "%hunter2", "`hunter2", "|hunter2", "{value: hunter2}", "!env hunter2x", "!delayed {value: hunter2}", "- hunter2\n   hunter2",
           "a\n\thunter2", "hunter2\x07", "!!python/object:hunter2 {}", "!delayed hunter2"]  # fmt: skip


@pytest.mark.parametrize("kind", ["nsmig.yaml", "nodestream.yaml"])
@pytest.mark.parametrize("password", SECRETS)
def test_a_password_is_in_no_repr_and_no_message(tmp_path: Path, kind: str, password: str) -> None:
    """However it is written, and whatever is wrong with it. The name of an environment variable is not secret."""
    text = f"targets:\n  t:\n    database: neo4j\n    password: {password}\n    uri: neo4j://u:hunter2@x\n"
    shown = []
    try:
        found = project(tmp_path, text, kind)
        shown += [repr(found), repr(found.target("t")), str(found.target("t")), f"{found.targets}"]
        found.target("t").resolve()
    except NsmigError as error:
        shown += [str(error), repr(error), str(error.__cause__), f"{error.__suppress_context__ or error.__context__}"]
    assert shown and not [each for each in shown if "hunter2" in each.replace("variable hunter2x", "")]


def test_the_repr_of_a_target_names_its_options(tmp_path: Path) -> None:
    target = project(tmp_path, WHOLE).target("prod")
    assert repr(target) == "Target('prod', options: database, database_name, password, uri, username)"
    assert repr(Tagged("env", "X")) == "Tagged(…)"


# --- nodestream.yaml ----------------------------------------------------------------------------------------------------

THEIRS = """\
scopes:
  default:
    pipelines: [pipelines/main.yaml]
    config: {host: db, port: !env NSMIG_TEST_PORT, both: 1}
  other: {config: {both: 2, host: db}}
plugins: [{name: x, config: {y: !include z.yaml}}]
storage: {stores: []}
targets:
  db: {database: neo4j, uri: !config host, port: !config port, both: !unknown x, batch_size: 5}
  ours: {database: neo4j, both: !config both}
  elsewhere: {database: neptune}
  nothing: {uri: x}
"""


def test_a_nodestream_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = project(tmp_path, THEIRS, "nodestream.yaml")
    assert (found.kind, found.migrations, found.schema_file) == ("nodestream", tmp_path / "migrations", None)
    assert found.extensions is False and list(found.targets) == ["db", "ours", "elsewhere", "nothing"]
    monkeypatch.setenv("NSMIG_TEST_PORT", "7687")
    settings = {name: each for name, each in found.target("db").settings.items() if name != "both"}
    known = Target("db", settings, tmp_path, found.target("db").config)
    assert known.resolve() == {"uri": "db", "port": "7687", "batch_size": 5}
    for name, problem in [
        ("db", "has a tag that is unknown"),
        ("ours", "!config both differs between the scopes' configs"),
        ("elsewhere", "database is 'neptune'"),
        ("nothing", "database is missing"),
    ]:
        with pytest.raises(TargetError, match=problem):
            found.target(name).resolve()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("target: {}", "'target'; did you mean 'targets'"),
        ("targets: {a: x}", "target 'a' must be a mapping, not text"),
    ],
)
def test_what_is_wrong_with_a_nodestream_project(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ProjectFileError, match=problem):
        project(tmp_path, text, "nodestream.yaml")


# --- The schema ---------------------------------------------------------------------------------------------------------


def test_the_schema_of_a_schema_file(tmp_path: Path) -> None:
    found = project(tmp_path, "schema: s.yaml")
    with pytest.raises(
        ProjectError,
        match=r"s\.yaml: there is no such schema file; correct `schema: FILE` in .*nsmig\.yaml, or write the file",
    ):
        found.schema()
    (tmp_path / "s.yaml").write_text("nodes: [{name: A, properties: [p]}]")
    assert found.schema() == Schema.from_dict({"nodes": [{"name": "A", "properties": ["p"]}]})
    (tmp_path / "s.yaml").write_text("nodes: x")
    with pytest.raises(SchemaFileError):
        found.schema()


@pytest.fixture
def asked_by_warm_python(warm_python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(warm_python))


def made(folder: Path, case: str, state: int) -> Project:
    """One of the generated projects in one state."""
    (folder / "pipelines").mkdir(exist_ok=True)
    (folder / "pipelines/main.yaml").write_bytes((NODESTREAM_MADE / case / f"pipeline-{state}.yaml").read_bytes())
    (folder / "nodestream.yaml").write_bytes((NODESTREAM_MADE / case / "nodestream.yaml").read_bytes())
    return Project.find(folder)


@pytest.mark.usefixtures("asked_by_warm_python")
@pytest.mark.parametrize(
    ("case", "state"), [("01-create-and-grow", 3), ("05-relationship-key", 2), ("08-additional-types", 1)]
)
def test_introspection_gives_what_nodestream_gave(tmp_path: Path, case: str, state: int) -> None:
    expected = NODESTREAM_MADE / case / f"schema-{state}.yaml"
    schema = made(tmp_path, case, state).schema()
    assert schema == Schema.load(expected) != Schema()


@pytest.mark.usefixtures("asked_by_warm_python")
def test_additional_types_are_there_only_if_asked_for(tmp_path: Path) -> None:
    names = made(tmp_path, "08-additional-types", 1).schema().types(Kind.NODE)
    assert names == ["Athlete", "Organisation", "Person", "Player", "Team"]
    text = (tmp_path / "nodestream.yaml").read_text().replace("include_additional_types: true", "")
    assert project(tmp_path, text, "nodestream.yaml").schema().types(Kind.NODE) == ["Player", "Team"]


GOOD = """\
- implementation: nodestream.pipeline:IterableExtractor
  arguments: {iterable: [], secret: !env NSMIG_SURELY_UNSET}
- implementation: nodestream.interpreting:Interpreter
  arguments:
    interpretations:
    - type: source_node
      node_type: Player
      key: {id: !jmespath id}
- implementation: steps:Noisy
- implementation: elsewhere:Writer
  annotations: [production]
"""

STEPS = """\
from nodestream.pipeline import Transformer
from nodestream.schema import ExpandsSchema
print("printed while loading")
class Noisy(Transformer):
    async def transform_record(self, record):
        return record
class Failing(Transformer, ExpandsSchema):
    async def transform_record(self, record):
        return record
    def expand_schema(self, coordinator):
        raise RuntimeError("no schema today")
"""


def theirs(folder: Path, pipeline: str) -> Project:
    """A nodestream project with one pipeline and its own step classes."""
    (folder / "pipelines").mkdir(exist_ok=True)
    (folder / "pipelines/main.yaml").write_text(pipeline)
    (folder / "steps.py").write_text(STEPS)
    (folder / "leaves.py").write_text("raise SystemExit(3)")
    return project(folder, "scopes: {default: {pipelines: [pipelines/main.yaml]}}", "nodestream.yaml")


def test_a_good_project_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local step classes, steps that print, unneeded credentials, steps for other purposes."""
    (tmp_path / "p").mkdir()
    theirs(tmp_path / "p", GOOD)
    monkeypatch.chdir(tmp_path)
    (node,) = Project.load("p/nodestream.yaml").schema().to_dict()["nodes"]
    assert node["name"] == "Player" and list(node["properties"]) == ["id", "last_ingested_at"]


@pytest.mark.usefixtures("asked_by_warm_python")
@pytest.mark.parametrize(
    ("old", "new", "step", "reason"),
    [
        ("interpretations:", "interpretation:", "step 2 (nodestream.interpreting:Interpreter)", "unexpected keyword argument 'interpretation'"),
        ("source_node", "sauce_node", "step 2 (nodestream.interpreting:Interpreter)", "Interpretation 'sauce_node' is not registered"),
        ("!jmespath", "!jmspath", "step 2 (nodestream.interpreting:Interpreter)", "ArgumentResolver 'jmspath' is not registered"),
        ("g:Interpreter", "g:Interperter", "step 2 (nodestream.interpreting:Interperter)", "'Interperter' does not exist"),
        ("steps:Noisy", "stepz:Noisy", "step 3 (stepz:Noisy)", "No module named 'stepz'"),
        ("steps:Noisy", "leaves:Noisy", "step 3 (leaves:Noisy)", "SystemExit: 3"),
        ("Player", "!env NSMIG_SURELY_UNSET", "step 2 (nodestream.interpreting:Interpreter)", "NSMIG_SURELY_UNSET is not set"),
        ("steps:Noisy", "steps:Failing", "step 3 (steps:Failing)", "RuntimeError: no schema today"),
        ("arguments", "argument", None, "unknown key 'argument'"),
        ("- implementation", "- [", None, "ParserError"),
    ],
)  # fmt: skip
def test_what_does_not_load_is_an_error(tmp_path: Path, old: str, new: str, step: str | None, reason: str) -> None:
    """nodestream itself accepts the first five, without the types."""
    found = theirs(tmp_path, GOOD.replace(old, new))
    with pytest.raises(IntrospectionError) as caught:
        found.schema()
    error = caught.value
    assert isinstance(error, ProjectError)
    assert (error.pipeline, error.step) == ("pipelines/main.yaml", step) and reason in error.reason
    assert str(error).startswith("pipelines/main.yaml: ") and (step or "") in str(error) and reason in str(error)


@pytest.mark.usefixtures("asked_by_warm_python")
def test_a_pipeline_that_is_not_there(tmp_path: Path) -> None:
    found = theirs(tmp_path, GOOD)
    (tmp_path / "pipelines/main.yaml").unlink()
    with pytest.raises(IntrospectionError, match=r"^pipelines/main\.yaml: FileNotFoundError"):
        found.schema()


def test_without_nodestream_the_error_says_what_to_install(tmp_path: Path) -> None:
    """A fresh virtual environment has no nodestream; nsmig's own dependencies are on the path."""
    needed = tmp_path / "needed"
    needed.mkdir()
    for package in (nsmig, yaml):
        (needed / package.__name__).symlink_to(Path(package.__path__[0]).resolve(), target_is_directory=True)
    theirs(tmp_path, GOOD)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    asked = "from nsmig.project.project import Project, ProjectError\ntry: Project.find().schema()\nexcept ProjectError as error: print(error)"
    done = subprocess.run(
        [str(tmp_path / "venv/bin/python"), "-c", asked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(needed)},
        capture_output=True,
        text=True,
    )
    assert done.stderr == "" and "run `pip install 'nsmig[nodestream]'`" in done.stdout


# --- A new project ------------------------------------------------------------------------------------------------------


def test_init(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    written = init(folder)
    names = (".gitignore", ".nsmig", "migrations", "nsmig.yaml", "schema.yaml")
    for file in ("schema.yaml", "nsmig.yaml"):  # editors find their JSON Schemas
        said = re.fullmatch("# yaml-language-server: \\$schema=(.*)\n", (folder / file).read_text().splitlines(True)[0])
        assert said is not None
        by = json.loads((folder / said[1]).read_text())
        jsonschema.validate(yaml.safe_load((folder / file).read_text().replace("!env ", "")), by)
    assert written == [folder / name for name in names] == initial_paths(folder)
    found = Project.find(folder)
    assert found.migrations.is_dir() and not list(found.migrations.iterdir())
    assert found.target("local").resolve() == {"path": str(folder / "graph.lbug")}
    schema = found.schema()
    assert schema.types(Kind.NODE) == ["Company", "Person"]
    assert schema.types(Kind.RELATIONSHIP) == ["WORKS_FOR"]


@pytest.mark.parametrize("kept", ["nsmig.yaml", "schema.yaml", "migrations"])
def test_init_overwrites_nothing(tmp_path: Path, kept: str) -> None:
    if kept == "migrations":
        (tmp_path / kept).mkdir()
        (tmp_path / kept / "m.yaml").write_text("mine")
    else:
        (tmp_path / kept).write_text("mine")
    left = {kept, ".gitignore"} if kept == "nsmig.yaml" else {kept}  # the parts of a project that concern git
    assert init(tmp_path) == [path for path in initial_paths(tmp_path) if path.name not in left]
    assert (tmp_path / kept / "m.yaml" if kept == "migrations" else tmp_path / kept).read_text() == "mine"
    with pytest.raises(ProjectError, match="there is a project already"):
        init(tmp_path)


def test_init_makes_nothing_that_the_project_there_does_not_read(tmp_path: Path) -> None:
    (tmp_path / "nsmig.yaml").write_text("schema: null\nmigrations: steps\n")
    with pytest.raises(ProjectError, match="there is a project already"):
        init(tmp_path)
    (tmp_path / "nsmig.yaml").write_text("schema: sub/graph.yaml\n")
    assert init(tmp_path) == [tmp_path / "migrations"]


def test_init_leaves_a_nodestream_project_alone(tmp_path: Path) -> None:
    (tmp_path / "nodestream.yaml").write_text("{}")
    with pytest.raises(ProjectError, match="nodestream project already"):
        init(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["nodestream.yaml"]


def test_init_says_where_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "migrations").write_text("")
    with pytest.raises(WriteError, match="migrations: no folder can be made there") as caught:
        init(tmp_path)
    assert not isinstance(caught.value, FileInTheWayError)
    assert [each.name for each in tmp_path.iterdir()] == ["migrations"]


@pytest.mark.parametrize(
    "text", ["check:\n", "check: {ignore: }\n", "extensions: \n", "targets: {a: {}}\n", "migrations: 1\n", "a: 1\n"]
)
def test_what_a_project_cannot_say_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "nsmig.yaml").write_text(text)
    with pytest.raises(ProjectFileError):
        Project.load(tmp_path / "nsmig.yaml")


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"max_retry_attempts": "4", "retry_factor": "0.5"}, {"max_retry_attempts": 4, "retry_factor": 0.5}),
        (
            {"use_enterprise_features": "False", "encrypted": "true"},
            {"use_enterprise_features": False, "encrypted": True},
        ),
        ({"connection_timeout": 5, "fetch_size": 100}, {"connection_timeout": 5.0, "fetch_size": 100}),
        ({"password": None, "nothing_known": [1]}, {"password": None, "nothing_known": [1]}),
    ],
)
def test_options_from_the_environment_become_what_they_are_to_be(
    options: dict[str, object], expected: dict[str, object]
) -> None:
    made = typed(database_kind("neo4j"), options)
    assert made == expected and {k: type(v) for k, v in made.items()} == {k: type(v) for k, v in expected.items()}


@pytest.mark.parametrize(
    "name, value",
    [("max_retry_attempts", "hunter2"), ("use_enterprise_features", "hunter2"), ("fetch_size", True),
     ("retry_factor", "hunter2"), ("password", 12345678), ("uri", ["hunter2"]), ("transaction_batch_size", None), ("uri", None)],
)  # fmt: skip
def test_an_option_that_cannot_be_what_it_is_to_be_is_named_and_not_repeated(name: str, value: object) -> None:
    with pytest.raises(ProjectError, match=f"option {name} of a neo4j target must be ") as caught:
        typed(database_kind("neo4j"), {name: value})
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize(
    "options, said",
    [({"transaction_batch_size": 0}, "at least 1"), ({"max_retry_attempts": -1}, "at least 0"),
     ({"foreign_indexes": "never"}, "must be follow, keep or ask"), ({"database_name": "System"}, "the server's own"),
     ({"uri": "bolt://me:secret@host"}, "user and password go into the options"),
     ({"uri": "bolt://host?Password=secret"}, "user and password go into the options"), ({"uri": "neo4j://host?a=1&api_key=secret"}, "user and password go"), ({"uri": "http://host"}, "SCHEME is one of")],
)  # fmt: skip
def test_values_that_no_neo4j_target_can_have(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ProjectError, match=said) as caught:
        Options(**{"uri": "bolt://host", **options})
    assert "secret" not in str(caught.value)
