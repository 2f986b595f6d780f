"""A kind of database is one list entry and one package: a toy kind goes through every command."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from nsmig.cli import main
from nsmig.kinds import DATABASES
from support import toy

PROJECT = """\
targets:
  box: {database: toy, path: box}
"""
SCHEMA = """\
nodes:
- name: Person
  properties: {email: {is_key: true}, name: {}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setitem(DATABASES, "toy", "support.toy")
    monkeypatch.setattr(toy, "DISKS", {})
    (tmp_path / "nsmig.yaml").write_text(PROJECT)
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


@dataclass(frozen=True)
class Done:
    exit_code: int
    output: str


def nsmig(*arguments: str) -> Done:
    """A command line in this process that knows the toy."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as end:
        main(list(arguments))
    assert isinstance(end.value.code, int)
    return Done(end.value.code, said.getvalue())


def test_a_toy_kind_through_every_command(project: Path) -> None:
    assert nsmig("make").exit_code == 0
    assert nsmig("check").exit_code == 0
    dry = nsmig("run", "--dry-run")
    assert dry.exit_code == 0 and "record " in dry.output and toy.DISKS["box"].records == {}
    done = nsmig("run")
    assert done.exit_code == 0 and "1 migration applied" in done.output and "this is a toy" in done.output
    disk = toy.DISKS["box"]
    assert len(disk.records) == 1 and disk.made
    assert nsmig("show", "--check").exit_code == 0
    assert nsmig("check", "-t", "box").exit_code == 0
    assert nsmig("run", "--fast-forward").exit_code == 0


def test_it_is_asked_what_it_can_never_do(project: Path) -> None:
    (project / "schema.yaml").write_text(SCHEMA + "- name: Unbearable\n  properties: {k: {is_key: true}}\n")
    refused = nsmig("make")
    assert refused.exit_code == 1 and "toy: a toy holds no type of that name" in refused.output
    assert not (project / "migrations").exists()
    operation = "{operation: CreateNodeType, arguments: {name: Unbearable, keys: [k], properties: []}}"
    (project / "migrations").mkdir()
    (project / "migrations/a.yaml").write_text(f"name: a\ndependencies: []\noperations: [{operation}]\n")
    checked = nsmig("check")
    assert checked.exit_code == 1 and "toy: a toy holds no type of that name" in checked.output
    assert nsmig("run").exit_code == 1 and toy.DISKS["box"].records == {}


def test_its_options_are_those_it_names(project: Path) -> None:
    for options, said in (
        ("path: box, pth: x", "no option 'pth'; did you mean 'path'?"),
        ("transactional: true", "option 'path' is missing; a toy target needs it"),
        ("path: box, transactional: maybe", "the option transactional of a toy target must be true or false"),
    ):
        (project / "nsmig.yaml").write_text(f"targets:\n  box: {{database: toy, {options}}}\n")
        (project / "migrations").mkdir(exist_ok=True)
        done = nsmig("run")
        assert done.exit_code == 1 and said in done.output, done.output


def test_drift_is_judged_as_it_says(project: Path) -> None:
    nsmig("make")
    nsmig("run")
    toy.DISKS["box"].made.clear()
    checked = nsmig("check", "-t", "box")
    assert checked.exit_code == 3 and "node type Person is not in the database" in checked.output  # it declares types


def test_a_lock_of_it_is_shown_and_removed(project: Path) -> None:
    nsmig("make")
    toy.DISKS["box"] = toy.Disk(locked_by="a dead run")
    held = nsmig("run", "--lock-timeout", "0")
    assert held.exit_code == 1 and "a dead run" in held.output
    freed = nsmig("unlock", "-t", "box", "--yes")
    assert freed.exit_code == 0 and "a dead run" in freed.output and "Removed." in freed.output
    assert nsmig("run").exit_code == 0


def test_a_query_may_be_for_it_alone(project: Path) -> None:
    (project / "migrations").mkdir()
    (project / "migrations" / "a.yaml").write_text(
        "name: a\ndependencies: []\noperations:\n- operation: RunQuery\n  arguments: {query: add, database: toy}\n"
    )
    assert nsmig("run").exit_code == 0
    assert any(toy.DISKS["box"].graph.nodes)


def test_indexes_and_constraints_are_accepted_and_kept_apart(project: Path) -> None:
    (project / "schema.yaml").write_text(SCHEMA.replace("name: {}", "name: {text: true, unique: {name: once}}"))
    assert nsmig("make", "-m", "start").exit_code == 0
    done = nsmig("run")
    assert done.exit_code == 0 and "1 migration applied" in done.output
    assert ("text_Person_name", []) in toy.DISKS["box"].finished
    (project / "schema.yaml").write_text(SCHEMA.replace("name: {}", "full: {text: true}"))
    renamed = nsmig("make", "--rename-property", "Person.name=full", "-m", "full")
    assert renamed.exit_code == 0 and "Remove constraint once" in renamed.output
    assert nsmig("run").exit_code == 0 and nsmig("make", "--check").exit_code == 0
