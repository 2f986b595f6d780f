"""Optional indexes and constraints on a Neo4j server through the commands: noted, listed, made later; and adopted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsmig.kinds import Kind
from nsmig.operations import CreateType
from support.migrations import migration
from support.neo4j_bench import sending
from support.projects import write_project
from support.terminal import nsmig, succeed

SCHEMA = """\
nodes:
- name: Doc
  properties:
    id: {is_key: true}
    text: {fulltext: {name: words, analyzer: english}, required: {name: must, optional: true}}
    title: {required: {optional: true}}
    embedding: {type: LIST_OF_FLOATS, vector: {name: near, dimensions: 3, similarity: cosine}}
"""
REASON = "the server is the Community edition, which has uniqueness constraints only"
STATEMENT = "CREATE CONSTRAINT `must` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`text`) IS NOT NULL"


@pytest.fixture
def project(tmp_path: Path, fresh_neo4j: str) -> Path:
    write_project(tmp_path, f"{{database: neo4j, uri: '{fresh_neo4j}', username: null, password: null}}")
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    succeed(tmp_path, "make", "-m", "start")
    return tmp_path


def test_what_was_left_out_is_noted_listed_and_kept(project: Path) -> None:
    done = succeed(project, "run")
    assert done.err.count(f"note: 2 optional constraints are left out: {REASON}") == 1
    checked = succeed(project, "check", "-t", "db")  # a notice is no failure
    assert (
        f"notice[left-out]: target db: the optional constraint must (required) on Doc (text) is not in the database:"
        f" {REASON}\n  To create it where a database can have it: {STATEMENT}\n" in checked.out
    )
    assert "2 notices" in checked.out
    assert succeed(project, "make", "--check").code == 0
    repaired = succeed(project, "repair", "--make-optional")
    assert f"Target db: left out: the constraint must: {REASON}\n" in repaired.out
    left = json.loads(succeed(project, "repair", "--make-optional", "--dry-run", "--json").out)["left_out"]
    assert left == [{"name": name, "reason": REASON} for name in ("must", "required_Doc_title")]
    both = nsmig(project, "repair", "--make-optional", "--accept", "x")
    assert both.code == 2 and "--make-optional cannot be combined with other repairs" in both.err


def test_what_is_not_there_by_mistake_is_a_warning(project: Path, fresh_neo4j: str) -> None:
    succeed(project, "run")
    with sending(fresh_neo4j) as send:
        send("DROP INDEX words")
        checked = nsmig(project, "check", "-t", "db")
        assert checked.code == 3
        assert "warning[drift]: target db: index words (fulltext) on Doc (text) is not in the database\n" in checked.out
        assert (
            "  To fix it: CREATE FULLTEXT INDEX `words` IF NOT EXISTS FOR (n:`Doc`) ON EACH [n.`text`]" in checked.out
        )


def test_inspect_and_init_take_them_over(project: Path, fresh_neo4j: str, tmp_path: Path) -> None:
    succeed(project, "run")
    with sending(fresh_neo4j) as send:
        send("CREATE (:Doc {id: '1', text: 'x', embedding: [1.0, 2.0, 3.0]})")
        send("MATCH (n:__NodestreamMigration__|__NodestreamMigrationLock__) DELETE n")
    shown = succeed(project, "inspect").out
    assert "text: {fulltext: {name: words, analyzer: english}}" in shown
    assert "embedding: {type: LIST_OF_FLOATS, vector: {name: near, dimensions: 3, similarity: cosine}}" in shown
    other = tmp_path / "other"
    other.mkdir()
    made = succeed(other, "init", "--from", fresh_neo4j)
    assert "taken over: words (FULLTEXT on Doc (text)): declared in the schema, which migrations follow" in made.out
    assert "nothing found" in succeed(other, "check", "-t", "neo4j").out
    assert succeed(other, "make", "--check").code == 0


def test_no_graph_type_is_printed_that_would_only_remove_constraints(tmp_path: Path) -> None:
    write_project(tmp_path, "{database: ladybug, path: x.lbug}", migration("one", [CreateType(Kind.NODE, "A", (), ())]))
    refused = nsmig(tmp_path, "schema", "--format", "graph-type")
    assert refused.code == 1 and refused.out == ""
    assert "the schema has nothing that a graph type can hold, and setting an empty one would remove all" in refused.err
