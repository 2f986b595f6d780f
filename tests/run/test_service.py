"""The package's functions for an application that migrates its own databases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import nsmig
from nsmig import Kind
from nsmig.errors import MissingFolderError, TargetError
from nsmig.operations import AddProperty, CreateType, DropProperty, RunQuery
from nsmig.running import events
from support.migrations import migration
from support.places import ROOT
from support.projects import write_project
from support.terminal import importing
from support.terminal import nsmig as nsmig_in

NODE = Kind.NODE
HISTORY = [
    migration("a", [CreateType(NODE, "A", ("id",), ("p",))]),
    migration("b", [RunQuery("CREATE (:A {id: '1'})")], ["a"]),
    migration("c", [AddProperty(NODE, "A", "q", "x")], ["b"]),
]
REPLICAS = 10


@pytest.fixture(params=["neo4j", "ladybug"])
def target(request: pytest.FixtureRequest) -> str:
    if request.param == "ladybug":
        return "{database: ladybug, path: graph.lbug}"
    return f"{{database: neo4j, uri: '{request.getfixturevalue('fresh_neo4j')}', username: null, password: null}}"


def test_of_replicas_that_start_at_once_one_migrates_and_the_others_wait(target: str, tmp_path: Path) -> None:
    write_project(tmp_path, target, *HISTORY)
    program = [sys.executable, str(ROOT / "examples/service/start.py")]
    started = [
        subprocess.Popen(program, cwd=tmp_path, env=importing(), stdout=subprocess.PIPE, text=True)
        for _ in range(REPLICAS)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert all(process.returncode == 0 for process in started)
    assert sorted(said) == ["0 applied; now serving\n"] * (REPLICAS - 1) + ["3 applied; now serving\n"]
    with nsmig.connect("db", tmp_path) as database:
        assert [facts["state"] for facts in nsmig.show(nsmig.History(HISTORY), database).values()] == ["applied"] * 3
        assert sorted(nsmig.Schema.from_dict(nsmig.inspect(database).content).types(NODE)) == ["A"]


def test_events_are_values(tmp_path: Path) -> None:
    heard: list[events.Event] = []
    options = {"database": "ladybug", "path": "graph.lbug"}
    with nsmig.connect(options, tmp_path) as database:
        assert nsmig.run(nsmig.History(HISTORY), database, heard.append) == 3
    assert [each.migration for each in heard if isinstance(each, events.Applied)] == ["a", "b", "c"]
    assert heard[0] == events.Planned(3)
    assert (tmp_path / "graph.lbug").exists()


def test_invalid_descriptions_are_reported_before_anything_is_opened(tmp_path: Path) -> None:
    write_project(tmp_path, "{database: ladybug, path: graph.lbug}")
    with pytest.raises(TargetError, match="did you mean 'db'"):
        nsmig.connect("bd", tmp_path)
    with pytest.raises(TargetError, match="database is 'neo5j'"):
        nsmig.connect({"database": "neo5j"})


# --- Found by trials --------------------------------------------------------------------------------------------------


def test_schemas_that_differ_in_types_alone_differ() -> None:
    before, after = (
        nsmig.Schema.from_dict({"nodes": [{"name": "A", "properties": {"x": type_}}]}) for type_ in ("STRING", "FLOAT")
    )
    assert [each.name for each in nsmig.diff(before, after)] == ["SetNodePropertyType"]
    assert not nsmig.diff(before, after, extensions=False)


def test_a_history_is_a_mapping_of_names() -> None:
    history = nsmig.History(HISTORY)
    assert list(history) == ["a", "b", "c"] and [history[name].name for name in history] == list(history)


def test_a_name_is_not_a_list_of_names() -> None:
    history = nsmig.History(HISTORY)
    for ask in (history.plan, history.planned, history.schema_of, history.implied):
        with pytest.raises(TypeError, match=r"applied must be names, such as \['a'\], not one text"):
            ask("a")


def test_an_operation_is_one() -> None:
    with pytest.raises(
        TypeError, match="operations of migration 'x' must be of the class Operation, not 'no operation'"
    ):
        nsmig.Migration("x", ["no operation"])  # type: ignore[arg-type]


def test_a_folder_that_is_not_there_and_the_names_of_the_package(tmp_path: Path) -> None:
    with pytest.raises(MissingFolderError):
        nsmig.History.load(tmp_path / "none")
    assert set(nsmig.__all__) <= set(dir(nsmig))


def test_what_an_application_dropped_comes_back(tmp_path: Path) -> None:
    lost = [*HISTORY, migration("d", [DropProperty(NODE, "A", "q")], ["c"])]
    back = nsmig.History([*lost, migration("e", [AddProperty(NODE, "A", "q")], ["d"])])
    graph = {"database": "ladybug", "path": "graph.lbug"}
    with nsmig.connect(graph, tmp_path) as database:
        nsmig.run(nsmig.History(lost), database, archive=tmp_path / "dropped")
        assert nsmig.run(back, database) == 1
        outcome = nsmig.restore(back, database, tmp_path / "dropped")
        assert outcome.values == 1 and not outcome.left.counts
        assert nsmig.restore(back, database, tmp_path / "dropped").values == 0


def test_a_dry_run_says_that_a_run_would_archive(tmp_path: Path) -> None:
    write_project(tmp_path, "{database: ladybug, path: graph.lbug, archive: dropped}", *HISTORY)
    done = nsmig_in(tmp_path, "run", "--dry-run")
    assert "note: a run first writes deleted and replaced data to dropped, which this script does not" in done.err
    assert "dropped" not in done.out and not (tmp_path / "dropped").exists()
    assert "note:" not in nsmig_in(tmp_path, "run", "--dry-run", "--no-archive").err
