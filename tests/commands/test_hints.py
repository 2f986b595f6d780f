"""The hints file next to the schema file: which questions it answers, and when it does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsmig import History, Kind
from nsmig.making.hints import read_hints
from nsmig.making.renames import Answers
from nsmig.operations import DropType, ExtendKey, RenameProperty, RenameType
from support.terminal import at_terminal, finish, nsmig, succeed

HINTS = """\
# What became of what.
rename-type: {Person: Human}
rename-property:
  Human.born: birth
drop: [Company, Human.nickname]
key-default: {Sensor.site: 7}
"""

BEFORE = """\
nodes:
- {name: Person, properties: {email: {is_key: true}, born: , nickname: }}
- {name: Company, properties: {name: {is_key: true}}}
- {name: Sensor, properties: {serial: {is_key: true}}}
"""

AFTER = """\
nodes:
- {name: Human, properties: {email: {is_key: true}, birth: }}
- {name: Firm, properties: {name: {is_key: true}}}
- {name: Sensor, properties: {serial: {is_key: true}, site: {is_key: true}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nsmig.yaml").write_text("extensions: false\nschema: model/schema.yaml\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/schema.yaml").write_text(BEFORE)
    succeed(tmp_path, "make", "-m", "start")
    (tmp_path / "model/schema.yaml").write_text(AFTER)
    (tmp_path / "model/hints.yaml").write_text(HINTS)
    return tmp_path


def made(project: Path) -> tuple[object, ...]:
    history = History.load(project / "migrations")
    return history[history.order()[-1]].operations


def test_reading(project: Path) -> None:
    assert read_hints(project / "model/hints.yaml") == Answers(
        {"Person": "Human"}, {"Human.born": "birth"}, frozenset({"Company", "Human.nickname"}), {"Sensor.site": 7}
    )
    (project / "empty.yaml").write_text("# nothing yet\n")
    assert read_hints(project / "empty.yaml") == read_hints(project / "missing.yaml") == Answers()


def test_make_asks_the_hints(project: Path) -> None:
    succeed(project, "make", "--no-input")
    operations = made(project)
    for each in (
        RenameType(Kind.NODE, "Person", "Human"),
        RenameProperty(Kind.NODE, "Human", "born", "birth"),
        DropType(Kind.NODE, "Company"),
        ExtendKey(Kind.NODE, "Sensor", "site", 7),
    ):
        assert each in operations
    # Answers stay in the file without doing harm.
    assert succeed(project, "make").out == "No changes to migrate\n"
    (project / "model/schema.yaml").write_text(AFTER.replace("birth: ", "birth: , x: "))
    succeed(project, "make")


def test_a_terminal_is_not_asked_what_hints_say(project: Path) -> None:
    code, out = finish(at_terminal(project, "make"))
    assert code == 0 and "Which?" not in out and "Migration written to" in out


def test_flags_come_before_hints(project: Path) -> None:
    succeed(project, "make", "--rename-type", "Company=Firm", "--drop", "Human.born",
            "--key-default", "Sensor.site=8")  # fmt: skip
    operations = made(project)
    assert RenameType(Kind.NODE, "Company", "Firm") in operations
    assert ExtendKey(Kind.NODE, "Sensor", "site", 8) in operations
    assert not any(isinstance(each, RenameProperty) for each in operations)


def test_what_hints_leave_open_is_refused(project: Path) -> None:
    (project / "model/hints.yaml").write_text("rename-type: {Person: Human}\n")
    done = nsmig(project, "make")
    assert done.code == 1 and "hints.yaml" in done.err.splitlines()[0]
    assert "--drop Company" in done.err and "--drop Human.born" in done.err and "Person" not in done.err


def test_a_nodestream_project_keeps_them_beside_its_file(tmp_path: Path, warm_python: Path) -> None:
    (tmp_path / "nodestream.yaml").write_text("{}\n")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/a.yaml").write_text(
        "name: a\ndependencies: []\noperations:\n"
        "- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}\n"
    )
    assert "--drop A" in nsmig(tmp_path, "make", python=warm_python).err
    (tmp_path / "hints.yaml").write_text("drop: [A]\n")
    assert "Drop node type A" in succeed(tmp_path, "make", python=warm_python).out


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2020-13-45", '"2020-13-45" is not a date or time; if it is meant as text, quote it'),
        ("!!timestamp x", "is not a date or time"),
        ("[", "'[' is not a YAML value: "),
        ("9" * 4301, "more than 4300 digits"),
        ("{[a]: b}", "cannot be a key"),
    ],
)
def test_a_key_default_that_yaml_does_not_read_is_refused(project: Path, value: str, said: str) -> None:
    done = nsmig(project, "make", "--no-input", "--key-default", f"Sensor.site={value}")
    assert done.code == 2 and said in done.err and "--key-default" in done.err
