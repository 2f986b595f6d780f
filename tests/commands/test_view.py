"""``nsmig view``: what it writes and what it refuses. For the page's content see tests/browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from neo4j import GraphDatabase

import nsmig as package
from histories import typical
from nsmig import History, Kind, view
from nsmig.operations import AddProperty, CreateType, DropType, RunQuery
from nsmig.page import seen
from nsmig.page.content import content
from support.databases import ladybug_at, neo4j_at
from support.migrations import migration
from support.places import ROOT
from support.projects import EMBEDDED, contents, write_migrations, write_project
from support.shop import migrations, shop
from support.terminal import nsmig, python, succeed

NODE = Kind.NODE
SEEDED = "from support.shop import shop\nfrom nsmig import view\nprint(view(shop()))\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path, EMBEDDED, *migrations())


def test_the_same_files_give_the_same_page(project: Path) -> None:
    """An earlier page is replaced. No database is contacted or created."""
    assert succeed(project, "view").out == "Page written to nsmig.html\n"
    first = (project / "nsmig.html").read_bytes()
    succeed(project, "view")
    assert (project / "nsmig.html").read_bytes() == first and not (project / "graph.lbug").exists()
    paths = os.pathsep.join([str(ROOT / "tests")])
    pages = {python(SEEDED, environment={"PYTHONPATH": paths, "PYTHONHASHSEED": seed}).out for seed in ("0", "1", "2")}
    assert len(pages) == 1 and "<!doctype html>" in pages.pop()


def test_a_thousand_migrations_are_a_megabyte_at_most(tmp_path: Path) -> None:
    """Each has three operations and a long generated name; also with a target."""
    operations = typical(3_000)
    names = [f"{20240101000000 + at}_rename_node_property_born_to_birth_on_node_type_person" for at in range(1_000)]
    made = [migration(n, operations[3 * at : 3 * at + 3], names[:at][-1:]) for at, n in enumerate(names)]
    assert len(view(History(made)).encode()) < 600_000
    project = write_project(tmp_path, EMBEDDED, *made)
    succeed(project, "run", "--fake")
    succeed(project, "view", "-t", "db")
    assert (project / "nsmig.html").stat().st_size <= 1_000_000


def test_no_file_is_lost(project: Path) -> None:
    (project / "nsmig.html").write_text("<!doctype html>\nmine")
    for name, why in (("nsmig.html", "not a page of nsmig's"), ("nsmig.yaml", "does not overwrite the project file"),
                      ("migrations/x.html", "a file in the migrations folder")):  # fmt: skip
        before = contents(project)
        refused = nsmig(project, "view", "-o", name)
        assert refused.code == 1 and why in refused.err and contents(project) == before
    assert "cannot be written" in nsmig(project, "view", "-o", "no/folder.html").err


def test_a_history_that_does_not_fold_has_no_page(project: Path) -> None:
    succeed(project, "view")
    before = (project / "nsmig.html").read_bytes()
    write_migrations(project, migration("99", [DropType(NODE, "Nothing")], ["20240310120000_backfill"]))
    refused = nsmig(project, "view", "-t", "db")
    assert refused.code == 1 and "99.yaml" in refused.err and "'Nothing' does not exist" in refused.err
    assert (project / "nsmig.html").read_bytes() == before and not (project / "graph.lbug").exists()


def test_without_migrations_there_is_a_page(tmp_path: Path) -> None:
    (tmp_path / "nsmig.yaml").write_text("")
    succeed(tmp_path, "view", "-o", "empty.html")
    assert (tmp_path / "empty.html").read_text().startswith("<!doctype html>")


def test_what_a_query_is_run_with_is_not_on_the_page() -> None:
    query = RunQuery("RETURN $word", {"word": "secret-word"})
    page = view(History([migration("1", [query])]))
    assert "RETURN $word" in page and "secret-word" not in page


def test_an_application_makes_the_page_of_its_database(tmp_path: Path) -> None:
    history = shop()
    with ladybug_at(tmp_path / "graph.lbug") as database:
        package.run(history, database, to="20240301120000_join")
        page = package.view(history, {"mine": database}, title="a & b")
    assert "<title>a &amp; b · nsmig</title>" in page and '["pending","pending"]' in page
    assert '"differences":[]' in page and str(tmp_path) not in page


def test_values_that_json_has_not_are_text() -> None:
    from datetime import date

    odd = {"day": date(2024, 1, 2), "set": {"b", "a"}, "not": float("nan"), "list": [1, None]}
    made = [migration("1", [CreateType(NODE, "A", ("k",), ()), AddProperty(NODE, "A", "p", odd)])]
    (code,) = content(History(made), "", (), None)["operations"][0][1:]
    assert code[1:] == ["A", "p", {"day": "2024-01-02", "set": ["a", "b"], "not": "nan", "list": [1, None]}]


def test_what_was_squashed_by_the_command_comes_with_its_reasons(project: Path) -> None:
    succeed(project, "squash", "--from", "20240214083000", "--to", "20240220083000")
    succeed(project, "view")
    text = (project / "nsmig.html").read_text()
    assert '"kept":[["a node may be both' in text and '"isWhole":true' in text


def test_unknown_facts_of_a_neo4j_database_are_not_differences(fresh_neo4j: str) -> None:
    """It has no record of types without rows. Types beyond the migrations are reported."""
    history, last = History(migrations()), "20240301120000_join"
    with neo4j_at(fresh_neo4j) as database:
        package.run(history, database, to=last)
        found = seen(history, "db", database)
        assert found.differences == () and found.live == history.schema(last).to_dict()
        assert [each["state"] for each in found.standing.values()] == ["applied"] * 5 + ["pending"]
    with GraphDatabase.driver(fresh_neo4j) as driver:
        driver.execute_query("CREATE (:Foreign {id: 1}), (:Customer {email: 'a', birthday: 'soon'})")
    with neo4j_at(fresh_neo4j) as database:
        found = seen(history, "db", database)
    assert found.live is not None and len(found.differences) == 2
    types = {each["name"]: each["properties"] for each in found.live["nodes"]}
    assert types["Foreign"]["id"]["type"] == "INTEGER" and types["Customer"]["email"]["is_key"]
