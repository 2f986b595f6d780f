"""The output of `show` and `schema`, and rules for all commands."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from nsmig import History, Kind, Migration, Schema
from nsmig.cli import COMMANDS
from nsmig.operations import AddProperty, CreateType, DropProperty, RenameProperty, RunQuery, SetPropertyType
from nsmig.yaml_file import migration_text
from support.databases import connection, ladybug_at
from support.migrations import migration
from support.projects import write_migrations
from support.terminal import nsmig, succeed

NODE = Kind.NODE


def chain(count: int) -> list[Migration]:
    made = [migration("m00000", (CreateType(NODE, "A", ("id",), ()),))]
    for number in range(1, count):
        made.append(migration(f"m{number:05}", (AddProperty(NODE, "A", f"p{number}"),), [f"m{number - 1:05}"]))
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nsmig.yaml").write_text("targets: {local: {database: ladybug, path: graph.lbug}}\n")
    return tmp_path


def listed(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[2:] if line.startswith(("m", "s"))]


# --- show -------------------------------------------------------------------------------------------------------------


def test_of_what_is_applied_only_the_last_are_shown(project: Path) -> None:
    write_migrations(project, *chain(60))
    succeed(project, "run", "--to", "m00039", "--fake")
    shown = succeed(project, "show")
    assert listed(shown.out) == [f"m{number:05}" for number in range(40, 60)]
    assert shown.out.splitlines()[-1] == "60 migrations, 40 not shown (--all); local: 40 applied, 20 pending"
    assert len(listed(succeed(project, "show", "--all").out)) == 60
    (project / "migrations/m00003.yaml").write_text(
        migration_text(migration("m00003", (AddProperty(NODE, "A", "other"),), ["m00002"]).to_dict())
    )
    assert listed(succeed(project, "show").out)[0] == "m00003"  # needs attention
    assert len(succeed(project, "show", "--json").json["migrations"]) == 60


def test_the_graph_has_all_migrations_the_newest_first(project: Path) -> None:
    """Also with several targets; migrations without a file come last."""
    two = "targets: {a: {database: ladybug, path: a.lbug}, b: {database: ladybug, path: b.lbug}}\n"
    (project / "nsmig.yaml").write_text(two)
    start = migration("1", (CreateType(NODE, "A", ("id",), ()),))
    branches = [migration(f"2{each}", (AddProperty(NODE, "A", each),), ["1"]) for each in "xy"]
    write_migrations(project, start, *branches, migration("3", (), ["2x", "2y"]))
    succeed(project, "run", "-t", "a")
    succeed(project, "run", "-t", "b", "--to", "2y")
    (project / "migrations/3.yaml").unlink()
    write_migrations(project, migration("4", (), ["2x", "2y"]))
    assert succeed(project, "show", "--graph").out.splitlines()[2:8] == [
        "*    4     -  -",
        "|-.",
        "* |  2y    +  +",
        "| *  2x    +  +",
        "|-'",
        "*    1     +  +",
    ]
    assert succeed(project, "show", "--graph").out.splitlines()[8].split() == ["3", "?"]
    refused = nsmig(project, "show", "--graph", "--json")
    assert refused.code == 2 and "exclude each other" in refused.err
    write_migrations(project, *chain(60))
    (project / "nsmig.yaml").write_text("")
    assert len(succeed(project, "show", "--graph").out.splitlines()) > 60


def test_keys_without_an_index_come_with_the_statement_that_creates_it(project: Path) -> None:
    write_migrations(project, migration("m0", [CreateType(NODE, name, ("id",), ()) for name in "AB"]))
    assert "unindexed" not in succeed(project, "show", "--json").json
    succeed(project, "run")
    statements = {name: f"CREATE HASH INDEX `_PK` FOR (n:`{name}`) ON (n.`id`)" for name in "AB"}
    with ladybug_at(project / "graph.lbug") as database:
        rows = "UNWIND range(1, 5001) AS i CREATE (:B {id: cast(i, 'STRING')})"
        connection(database).send(rows)
    shown = succeed(project, "show").out
    assert f"local: these keys have no index yet; `nsmig run` creates it, or:\n  {statements['B']};\n" in shown
    assert statements["A"] not in shown and statements["A"] in succeed(project, "show", "--all").out
    assert succeed(project, "show", "--json").json["unindexed"] == {
        "local": [
            {"type": "B", "is_slow": True, "statement": statements["B"]},
            {"type": "A", "is_slow": False, "statement": statements["A"]},
        ]
    }
    succeed(project, "run")
    assert "index" not in succeed(project, "show", "--all").out
    with ladybug_at(project / "graph.lbug") as database:
        connection(database).send("DROP INDEX `B`._PK")
        held = nsmig(project, "show")  # while this process has the file open
    assert held.code == 0 and "read beside" in held.err and "index" not in held.out


def test_of_what_is_pending_the_next_and_the_last_are_shown(project: Path) -> None:
    write_migrations(project, *chain(100))
    shown = succeed(project, "show").out
    assert listed(shown) == [f"m{number:05}" for number in (*range(20), *range(80, 100))]
    assert shown.splitlines()[-1] == "100 migrations, 60 not shown (--all); local: 100 pending"
    assert len(listed(succeed(project, "show", "--all").out)) == 100


def test_a_migration_that_is_half_done_says_how_far_it_came(project: Path) -> None:
    """However many are pending before and after it."""
    conversion = SetPropertyType(NODE, "A", "p1", "INTEGER")
    halfway = migration("m00001", (AddProperty(NODE, "A", "p1", "x"), conversion), ["m00000"])
    rest = [migration(f"m{number:05}", (), [f"m{number - 1:05}"]) for number in range(2, 60)]
    row = migration("m", (RunQuery("CREATE (:A {id: '1'})"),), ["m00000"])
    write_migrations(project, *chain(1), row, replace(halfway, dependencies=("m",)), *rest)
    assert nsmig(project, "run").code == 1
    shown = succeed(project, "show").out
    assert re.search(r"^m00001 +begun, 1 of 2 operations done$", shown, re.MULTILINE)
    rows = {row["name"]: row["targets"]["local"] for row in succeed(project, "show", "--json").json["migrations"]}
    assert rows["m00001"] == {"state": "begun", "done": 1, "total": 2}
    assert "'m00001' stopped after 1 of 2 operations" in nsmig(project, "check", "--target", "local").out


def test_a_squash_says_how_many_it_replaces(project: Path) -> None:
    migrations = chain(4)
    squash = History(migrations).squash("m00001", "m00002", name="s")
    write_migrations(project, *migrations, squash)
    assert re.search(r"^s \(squash of 2\) +pending$", succeed(project, "show").out, re.MULTILINE)
    rows = {row["name"]: row for row in succeed(project, "show", "--json").json["migrations"]}
    assert rows["s"]["replaces"] == ["m00001", "m00002"] and rows["m00001"]["replaces"] == []
    assert rows["m00001"]["targets"]["local"]["state"] == "covered"


def test_what_another_program_finished_is_not_half_done() -> None:
    """nodestream records migrations that it applied, and leaves the journal of a killed nsmig run."""
    from nsmig.database.base import Mark, Record, State
    from nsmig.running.standing import standing

    names = ["m00000", "m00001"]
    journal = {name: Mark(name, "", 1) for name in ("m00001", "fast-forward to m00001", "fast-forward to m00002")}
    state = State({name: Record(name) for name in names}, journal)
    states = {name: facts["state"] for name, facts in standing(History(chain(3)), state).items()}
    assert states == {
        "m00000": "applied",
        "m00001": "applied",
        "m00002": "pending",
        "fast-forward to m00002": "begun",
    }


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-11-27T07:29:53+00:00", "2026-11-27T07:29:53Z"),  # LadybugDB
        ("2026-11-27T07:29:53.123456789Z", "2026-11-27T07:29:53Z"),  # Neo4j
        ("2026-11-27T09:29:53.1+02:00[Europe/Berlin]", "2026-11-27T07:29:53Z"),  # Neo4j with its own time zone
        ("2026-11-27T00:29-07:00", "2026-11-27T07:29:00Z"),
        ("yesterday", "yesterday"),
        (None, None),
    ],
)
def test_times_have_one_form_whatever_the_database_writes(written: str | None, shown: str | None) -> None:
    from nsmig.database.base import Record, State
    from nsmig.running.standing import standing

    stands = standing(History(chain(1)), State({"m00000": Record("m00000", applied_at=written)}, {}))
    assert stands["m00000"]["applied_at"] == shown


def test_six_targets_fit_a_terminal(project: Path) -> None:
    names = ["berlin-staging", "europe-west-1", "local", "production", "production-2", "us-east-1"]
    targets = "".join(f"  {name}: {{database: ladybug, path: {name}.lbug}}\n" for name in names)
    (project / "nsmig.yaml").write_text(f"targets:\n{targets}")
    write_migrations(project, *chain(30))
    succeed(project, "run", "--fake", "-t", "production")
    succeed(project, "run", "--fake", "-t", "local", "--to", "m00027")
    shown = succeed(project, "show").out.splitlines()
    assert all(len(line) <= 120 for line in shown), shown
    header, _, *rows = shown
    assert header.split() == ["Migration", *(name for name in names if name != "production")]
    assert ["m00027", "-", "-", "+", "-", "-"] in [row.split() for row in rows]
    assert ["m00028", "-", "-", "-", "-", "-"] in [row.split() for row in rows]
    assert "have all: production" in rows


def test_ten_thousand_migrations(project: Path) -> None:
    write_migrations(project, *chain(10_000))
    (project / "nsmig.yaml").write_text("{}\n")
    started = time.monotonic()
    shown = succeed(project, "show").out
    assert time.monotonic() - started < 10
    assert len(shown.splitlines()) < 30 and "10000 migrations, 9980 not shown (--all)" in shown


# --- schema -----------------------------------------------------------------------------------------------------------


def test_the_difference_between_two_points(project: Path) -> None:
    write_migrations(
        project,
        migration("a", (CreateType(NODE, "A", ("id",), ("p",)),)),
        migration("b", (AddProperty(NODE, "A", "q"), RenameProperty(NODE, "A", "p", "r")), ["a"]),
        migration("c", (DropProperty(NODE, "A", "q"),), ["b"]),
    )
    before = Schema().apply(CreateType(NODE, "A", ("id",), ("p",)))
    for arguments, names in ((("--from", "a"), ["id", "r"]), (("--from", "a", "--to", "b"), ["id", "q", "r"])):
        text = succeed(project, "schema", *arguments).out
        assert yaml.safe_load(text) == succeed(project, "schema", "--json", *arguments).json
        from nsmig import Operation

        after = before
        for entry in yaml.safe_load(text):
            after = after.apply(Operation.from_dict(entry))
        declared = after.type(NODE, "A")
        assert declared is not None and sorted(declared.properties) == names
    assert succeed(project, "schema", "--from", "c").out == "[]\n"
    backwards = succeed(project, "schema", "--from", "c", "--to", "b", "--format", "json").json
    assert [each["operation"] for each in backwards] == ["AddNodeProperty"]


@pytest.mark.parametrize(
    "arguments",
    [
        "--to a",
        "--at a --from a",
        "--from a --format mermaid",
        "--from a --format nodestream",
        "--format png",
        "--from a --format svg",
        "--json --format mermaid",
    ],
)
def test_wrong_use_of_schema(project: Path, arguments: str) -> None:
    assert nsmig(project, "schema", *arguments.split()).code == 2


def test_the_form_of_the_schema_file_suits_who_works_on_the_project(project: Path) -> None:
    write_migrations(project, *chain(1))
    long = succeed(project, "schema", "--format", "nodestream").out
    short = succeed(project, "schema").out
    assert long.startswith("cardinalities: []\nnodes:\n") and short.startswith("nodes:\n- name: A\n  properties:\n")
    (project / "nodestream.yaml").write_text("scopes: {}\n")
    (project / "nsmig.yaml").write_text("nodestream: nodestream.yaml\nschema: schema.yaml\n")
    assert succeed(project, "schema").out == long
    assert succeed(project, "schema", "--format", "yaml").out == short


# --- All commands -----------------------------------------------------------------------------------------------------


def test_another_folder(project: Path) -> None:
    write_migrations(project, *chain(2))
    assert listed(succeed(project.parent, "-C", project.name, "show").out) == ["m00000", "m00001"]
    outcome = nsmig(project.parent, "-C", "nowhere", "show")
    assert outcome.code == 2 and "nowhere" in outcome.err


def test_json_has_only_what_json_can_hold(project: Path) -> None:
    default = {"a": [float("nan"), float("inf"), -float("inf")], "b": 1.5}
    write_migrations(project, *chain(1), migration("m1", (RunQuery("RETURN $a", default),), ["m00000"]))

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    out = succeed(project, "squash", "--from", "m00000", "--dry-run", "--json").out
    *_, operation = json.loads(out, parse_constant=refuse)["migration"]["operations"]
    assert operation["arguments"]["parameters"] == {"a": [".nan", ".inf", "-.inf"], "b": 1.5}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(project: Path, shell: str) -> None:
    assert "nsmig" in succeed(project, environment={"_NSMIG_COMPLETE": f"{shell}_source"}).out


def test_completion_of_commands(project: Path) -> None:
    words = {"_NSMIG_COMPLETE": "bash_complete", "COMP_WORDS": "nsmig s", "COMP_CWORD": "1"}
    assert succeed(project, environment=words).out.split() == ["plain,show", "plain,squash", "plain,schema"]


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("nsmig run --target l", ["local"]),
        ("nsmig show -t ", ["local"]),
        ("nsmig schema --at m0", ["m00000", "m00001"]),
        ("nsmig squash --from m00001", ["m00001"]),
        ("nsmig run --to x", []),
        ("nsmig check --ignore property-e", ["property-exists"]),
        ("nsmig -C . run --to m00001", ["m00001"]),
        ("nsmig -C migrations run --to m", []),
        ("nsmig run -p nowhere.yaml --to m", []),
    ],
)
def test_completion_of_names(project: Path, line: str, completed: list[str]) -> None:
    write_migrations(project, *chain(2))
    words = {"_NSMIG_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    assert succeed(project, environment=words).out.split() == [f"plain,{each}" for each in completed]


def test_the_list_of_commands_says_of_each_what_it_does(project: Path) -> None:
    listed = succeed(project, "--help", environment={"COLUMNS": "80"}).out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed), listed


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_terminal_and_gives_examples(project: Path, command: str) -> None:
    text = succeed(project, command, "--help", environment={"COLUMNS": "80"}).out
    assert all(len(line) <= 80 for line in text.splitlines()), text
    assert f"\n  nsmig {command}" in text


# --- failures that must not look like success -------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_target_whose_file_the_system_refuses_stops_no_other(project: Path, jobs: str) -> None:
    write_migrations(project, *chain(1))
    targets = f"targets: {{a: {{database: ladybug, path: {'x' * 300}}}, b: {{database: ladybug, path: b.lbug}}}}\n"
    (project / "nsmig.yaml").write_text(targets)
    outcome = nsmig(project, "run", "--all-targets", "--jobs", jobs)
    assert outcome.code == 1 and "1 target of 2 failed: a" in outcome.err and "b: 1 migration applied" in outcome.err


def test_a_query_that_ends_in_a_comment_keeps_its_end_in_a_script(project: Path) -> None:
    query = RunQuery('CREATE (:A {id: "$v", p: $v}) // made by $v', {"v": 1}, None)
    write_migrations(project, *chain(2)[:1], migration("m1", (query,), ["m00000"]))
    script = succeed(project, "run", "--dry-run").out
    assert 'CREATE (:A {id: "$v", p: 1}) // made by $v\n;\n' in script


def test_nodes_that_are_there_need_a_value_in_a_new_part_of_their_key(project: Path) -> None:
    def says(part: str) -> None:
        content = f"nodes:\n- name: P\n  properties: {{id: {{is_key: true}}{part}}}\n"
        (project / "schema.yaml").write_text(content)

    (project / "nsmig.yaml").write_text("schema: schema.yaml\n")
    says("")
    succeed(project, "make", "-m", "first")
    says(", k: {is_key: true, type: INTEGER}")
    refused = nsmig(project, "make")
    assert refused.code == 1 and "give --key-default P.k=VALUE" in refused.err
    assert "default: 5" in succeed(project, "make", "--dry-run", "--key-default", "P.k=5").out
    says(", k: {is_key: true}")
    unsaid = nsmig(project, "make")
    assert unsaid.code == 1 and "give --key-default P.k=VALUE" in unsaid.err and "the text 'null'" in unsaid.err
    warned = succeed(project, "make", "--dry-run", "--key-default", "P.k=null")
    assert "get the text 'null' in it" in warned.err
    (project / "hints.yaml").write_text("key-default: {P.k: null}\n")
    assert re.sub(r"\d{14}", "", succeed(project, "make", "--dry-run").out) == re.sub(r"\d{14}", "", warned.out)
    assert "warning" not in succeed(project, "make", "--dry-run", "--key-default", "P.k=5").err
