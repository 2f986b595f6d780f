"""`repair`: differences between records and files, and the effect of each way of fixing them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from nsmig import Kind
from nsmig.database.base import Mark, Record, State
from nsmig.operations import AddProperty, CreateType
from nsmig.values import Migration, checksum
from support.databases import Opened, connection, ladybug_at, neo4j_at
from support.migrations import migration
from support.neo4j_migrations import migrate
from support.projects import edit, write_migration, write_project
from support.terminal import Outcome, at_terminal, nsmig, succeed

NODE = Kind.NODE
A = migration("a", [CreateType(NODE, "A", ("id",), ("p",))])
B = migration("b", [AddProperty(NODE, "A", "q", "1")], ["a"])
C = migration("c", [AddProperty(NODE, "A", "r", "1")], ["b"])


def of(made: Migration) -> str:
    return checksum(made.operations)


class Place:
    """A project with three migrations, applied to a database that tests can examine."""

    def __init__(self, folder: Path, opened: Callable[[], AbstractContextManager[Opened]], target: str) -> None:
        self.folder, self.opened = folder, opened
        write_project(folder, target, A, B, C)

    def run(self, *arguments: str) -> Outcome:
        return succeed(self.folder, *arguments)

    def state(self) -> State:
        with self.opened() as database:
            return database.ledger.state()

    def remember(self, *records: Record) -> None:
        with self.opened() as database, database.ledger.lock(5):
            database.ledger.remember(records)

    def notes(self) -> list[Any]:
        """The database's log of repairs."""
        with self.opened() as database:
            if (self.folder / "graph.lbug").exists():
                rows = connection(database).send("MATCH (s:__nsmig_state__) RETURN s.k, s.v ORDER BY s.k")
                return [json.loads(value)["what"] for key, value in rows if key.startswith("repair/")]
            text = "MATCH (r:__NsmigRepair__) WHERE r.at IS NOT NULL AND r.who CONTAINS '@' RETURN r.what AS what ORDER BY r.at"
            return [row["what"] for row in connection(database).rows(text)]


@pytest.fixture(params=["neo4j", "ladybug"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "ladybug":
        path = tmp_path / "graph.lbug"
        return Place(tmp_path, lambda: ladybug_at(path), "{database: ladybug, path: graph.lbug}")
    uri = request.getfixturevalue("fresh_neo4j")
    return Place(tmp_path, lambda: neo4j_at(uri), f"{{database: neo4j, uri: '{uri}', username: null, password: null}}")


def test_where_records_and_files_agree_there_is_nothing_to_repair(place: Place) -> None:
    place.run("run")
    assert place.run("repair").out == "Target db: records and files agree.\n"


def test_an_edited_file_is_accepted(place: Place) -> None:
    place.run("run")
    before = place.state().records
    edit(place.folder / "migrations/b.yaml", ("property_name: q", "property_name: q2"))
    looked = nsmig(place.folder, "repair")
    assert looked.code == 3
    assert looked.out.splitlines() == [
        "b was applied with other operations than its file has now",
        "  --accept b: the file counts as what was applied; do this only if the database matches it; the next run has nothing to do",
        "  restore the file as it was applied; the next run has nothing to do",
    ]
    assert nsmig(place.folder, "show", "--check").code == 3
    tried = place.run("repair", "--accept", "b", "--dry-run").out
    assert tried == "Target db: (dry run) accepted b as its file is\nAfter that, the next run has nothing to do.\n"
    assert place.state().records == before and not place.notes()
    assert place.run("repair", "--accept", "b").out.startswith("Target db: accepted b as its file is\n")
    after = place.state().records
    assert after["b"].applied_at == before["b"].applied_at and after["b"].checksum != before["b"].checksum
    assert {name: after[name] for name in "ac"} == {name: before[name] for name in "ac"}
    assert place.run("show", "--check") and place.notes() == [["accepted b as its file is"]]


def test_a_record_is_forgotten_and_what_depends_on_it_holds_it(place: Place) -> None:
    place.run("run")
    held = nsmig(place.folder, "repair", "--forget", "b")
    assert held.code == 1 and "b: c depends on it, recorded or begun; nothing was changed" in held.err
    assert sorted(place.state().records) == ["a", "b", "c"] and not place.notes()
    assert place.run("repair", "--forget", "c").out.splitlines()[-1] == "The next run applies c."
    assert sorted(place.state().records) == ["a", "b"]
    assert "1 migration applied" in place.run("run").err


def test_a_squash_holds_what_it_covers(place: Place) -> None:
    place.run("run")
    place.run("squash", "--from", "a", "--to", "b")
    held = nsmig(place.folder, "repair", "--forget", "b")
    assert held.code == 1 and "covers it, and would count as partly applied" in held.err


def test_a_record_gets_the_name_that_its_file_has_now(place: Place) -> None:
    place.run("run")
    when = place.state().records["c"].applied_at
    (place.folder / "migrations/c.yaml").unlink()
    write_migration(place.folder, migration("d", C.operations, ["b"]))
    looked = nsmig(place.folder, "repair", "--json").json["differences"]
    assert [(each["kind"], each["migration"]) for each in looked] == [("renamed", "c")]
    assert [(way["flag"], way["then"]) for way in looked[0]["ways"]] == [
        ("--rename c=d", "has nothing to do"),
        ("--forget c", "applies d"),
    ]
    place.run("repair", "--rename", "c=d")
    records = place.state().records
    assert sorted(records) == ["a", "b", "d"] and records["d"].applied_at == when
    assert place.run("show", "--check") and place.notes() == [["renamed the record c to d"]]


def test_a_name_that_does_something_else_is_refused(place: Place) -> None:
    place.run("run")
    (place.folder / "migrations/c.yaml").unlink()
    write_migration(place.folder, migration("d", [AddProperty(NODE, "A", "other", "1")], ["b"]))
    refused = nsmig(place.folder, "repair", "--rename", "c=d")
    assert refused.code == 1 and "d: its operations differ from those that c was applied with" in refused.err
    looked = nsmig(place.folder, "repair").out.splitlines()
    assert looked[0] == "c is recorded as applied, but in no file" and "--rename" not in "".join(looked)
    assert sorted(place.state().records) == ["a", "b", "c"]


def test_what_was_begun_can_be_neither_accepted_nor_forgotten(place: Place) -> None:
    place.run("run", "--to", "b")
    with place.opened() as database, database.ledger.lock(5):
        database.ledger.remember([], marks=[Mark("c", "other", 0)])
    for way in ("--accept", "--forget"):
        refused = nsmig(place.folder, "repair", way, "c")
        assert refused.code == 1 and "c: it was begun and not finished" in refused.err
    looked = nsmig(place.folder, "repair").out.splitlines()
    assert looked[0] == "c stopped after 0 of 1 operation" and "the next run stops: migration 'c' stopped" in looked[1]
    (place.folder / "migrations/c.yaml").unlink()
    assert nsmig(place.folder, "repair").out.splitlines() == [
        "c stopped after 0 operations",
        "  restore its file: until then no run works",
    ]
    (place.folder / "schema.yaml").write_text("nodes: []\n")
    checked = nsmig(place.folder, "check", "-t", "db").out
    assert "'c' stopped after 0 operations, and is in no file\n  Restore its file; then let it finish" in checked


def test_a_record_is_not_moved_to_where_something_is_pending(place: Place) -> None:
    place.run("run", "--to", "a")
    place.remember(Record("old"), Record("same", checksum=of(C)))
    assert "cannot be compared" in nsmig(place.folder, "repair", "--rename", "old=b").err
    assert "c: it depends on b, which is not applied here" in nsmig(place.folder, "repair", "--rename", "same=c").err
    place.run("run", "--to", "b")
    place.remember(Record("twice", checksum=of(C)))
    assert "c: it is named twice" in nsmig(place.folder, "repair", "--rename", "same=c", "--rename", "twice=c").err
    place.run("squash", "--from", "b", "--to", "c", "--name", "s")
    for new in ("s", "c"):
        assert "it is a squash, or part of one" in nsmig(place.folder, "repair", "--rename", f"same={new}").err


def test_what_a_begun_migration_depends_on_is_not_forgotten(place: Place) -> None:
    place.run("run", "--to", "b")
    with place.opened() as database, database.ledger.lock(5):
        database.ledger.remember([], marks=[Mark("c", of(C), 0)])
    assert "b: c depends on it, recorded or begun" in nsmig(place.folder, "repair", "--forget", "b").err


@pytest.mark.parametrize("way", [["--forget", "c"], ["--rename", "c=d"]])
def test_what_another_tool_has_finished_is_not_begun_any_more(place: Place, way: list[str]) -> None:
    place.run("run")
    with place.opened() as database, database.ledger.lock(5):  # begun by nsmig, recorded by another tool
        database.ledger.remember([], marks=[Mark("c", of(C), 0)])
    (place.folder / "migrations/c.yaml").unlink()
    write_migration(place.folder, migration("d", C.operations, ["b"]))
    place.run("repair", *way)
    assert not place.state().journal
    assert nsmig(place.folder, "run").code == 0


def test_several_files_that_got_other_names_are_renamed_at_once(place: Place) -> None:
    place.run("run")
    for name in "bc":
        (place.folder / f"migrations/{name}.yaml").unlink()
    write_migration(place.folder, migration("b2", B.operations, ["a"]))
    write_migration(place.folder, migration("c2", C.operations, ["b2"]))
    place.run("repair", "--rename", "c=c2", "--rename", "b=b2")
    assert sorted(place.state().records) == ["a", "b2", "c2"]


def test_a_squash_whose_members_are_recorded_is_not_forgotten(place: Place) -> None:
    place.run("run")
    place.run("squash", "--from", "a", "--to", "c", "--name", "s")
    place.run("run")
    held = nsmig(place.folder, "repair", "--forget", "s")
    assert "s: all that it replaces is recorded, so it would still count as applied" in held.err


def test_a_name_with_an_equals_sign(place: Place) -> None:
    write_migration(place.folder, migration("d=e", [AddProperty(NODE, "A", "s", "1")], ["c"]))
    place.run("run")
    (place.folder / "migrations/d=e.yaml").rename(place.folder / "migrations/f.yaml")
    edit(place.folder / "migrations/f.yaml", ("name: d=e", "name: f"))
    assert "--rename d=e=f: " in nsmig(place.folder, "repair").out
    place.run("repair", "--rename", "d=e=f")
    assert sorted(place.state().records) == ["a", "b", "c", "f"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept", "a"], "a: its file is as it was applied"),
        (["--accept", "x"], "x: it is not recorded here"),
        (["--forget", "a", "--forget", "a"], "a: b, c depend on it"),
        (["--forget", "c", "--forget", "c"], "c: it is named twice"),
        (["--rename", "a=x"], "a: it has a file of its own"),
        (["--rename", "x=a"], "x: it is not recorded here"),
        (["--baseline", "a"], "a: the database has records of nsmig's already"),
    ],
)
def test_what_cannot_be_mended_changes_nothing(arguments: list[str], said: str, tmp_path: Path) -> None:
    write_project(tmp_path, "{database: ladybug, path: graph.lbug}", A, B, C)
    succeed(tmp_path, "run")
    refused = nsmig(tmp_path, "repair", *arguments)
    assert refused.code == 1 and said in refused.err and refused.err.count("\n") == 1
    assert nsmig(tmp_path, "repair", "--rename", "a").code == 2


def test_at_a_terminal_it_asks(tmp_path: Path) -> None:
    write_project(tmp_path, "{database: ladybug, path: graph.lbug}", A, B, C)
    succeed(tmp_path, "run")
    edit(tmp_path / "migrations/c.yaml", ("property_name: r", "property_name: s"))
    asked = at_terminal(tmp_path, "repair")
    asked.expect("c was applied with other operations")
    asked.expect_exact("Which?")
    asked.sendline("1")
    asked.expect_exact("The next run has nothing to do.")
    asked.expect_exact("\n")
    asked.wait()
    assert asked.exitstatus == 0
    assert succeed(tmp_path, "repair").out == "Target db: records and files agree.\n"


# --- neo4j-migrations -------------------------------------------------------------------------------------------------


@pytest.mark.releases("5.26", "2026")
def test_the_chain_of_neo4j_migrations_becomes_a_baseline(tmp_path: Path, fresh_neo4j: str) -> None:
    target = f"{{database: neo4j, uri: '{fresh_neo4j}', username: null, password: null}}"
    write_project(tmp_path, f"{target}\nschema: null", A, B, C)
    scripts = {
        "V0001__people": "CREATE (:A {id: '1', p: 'x', q: 'y'});",
        "V0002__more_people": "CREATE CONSTRAINT mine FOR (n:A) REQUIRE n.id IS UNIQUE;",
    }
    assert migrate(fresh_neo4j, tmp_path / "theirs", **scripts) == "0002"
    looked = nsmig(tmp_path, "repair")
    assert looked.code == 3
    assert looked.out.splitlines() == [
        "neo4j-migrations has recorded 2 migrations here, up to 0002 more people; nsmig has recorded none",
        "  --baseline a: this and all before it count as applied; the next run applies b, c",
    ]
    done = succeed(tmp_path, "repair", "--baseline", "b")
    assert done.out.splitlines() == [
        "Target db: recorded a, as neo4j-migrations was at 0002 more people",
        "Target db: recorded b, as neo4j-migrations was at 0002 more people",
        "The next run applies c.",
    ]
    assert done.err == "Target db matches its migrations.\n"
    assert "1 migration applied" in succeed(tmp_path, "run").err
    assert succeed(tmp_path, "check", "-t", "db").out == "3 migrations: nothing found.\n"
    # Their records are unchanged, and the tool still works.
    assert (
        migrate(fresh_neo4j, tmp_path / "theirs", V0003__last="CREATE (:A {id: '2', p: 'z', q: 'z', r: '1'});")
        == "0003"
    )
    assert succeed(tmp_path, "check", "-t", "db").out == "3 migrations: nothing found.\n"
    inspected = succeed(tmp_path, "inspect", "db").out
    assert "# left out: __Neo4jMigration (neo4j-migrations)\n" in inspected
    assert re.findall("- name: (.*)", inspected) == ["A"]
    with neo4j_at(fresh_neo4j) as database:
        connection(database).rows("CREATE (:__Neo4jMigrationsLock {id: '1', name: 'John Doe'})")
    held = nsmig(tmp_path, "repair")
    assert held.code == 1 and "another tool holds its lock: neo4j-migrations; wait" in held.err
    with neo4j_at(fresh_neo4j) as database:
        for text in ("MATCH (n:__Neo4jMigration|__Neo4jMigrationsLock) DETACH DELETE n",):
            connection(database).rows(text)
