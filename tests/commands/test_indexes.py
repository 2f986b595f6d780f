"""Declared indexes and constraints through the commands, on LadybugDB and in projects of nodestream."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsmig import History, Operation
from support.projects import edit
from support.terminal import nsmig, succeed

SCHEMA = """\
nodes:
- name: Chunk
  properties:
    id: {is_key: true}
    text: {fulltext: {analyzer: english}}
    title: {text: true}
    embedding: {type: LIST_OF_FLOATS, vector: {dimensions: 3}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nsmig.yaml").write_text("targets:\n  local: {database: ladybug, path: graph.lbug}\n")
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    return tmp_path


def change(project: Path, old: str, new: str) -> None:
    edit(project / "schema.yaml", (old, new))


def last(project: Path) -> list[Operation]:
    history = History.load(project / "migrations")
    return list(history[history.order()[-1]].operations)


def words(project: Path) -> list[str]:
    return [each.description for each in last(project)]


def test_they_are_made_and_remembered(project: Path) -> None:
    made = succeed(project, "make", "-m", "start")
    assert "created again" not in made.err
    assert words(project)[-3:] == [
        "Create fulltext index fulltext_Chunk_text on Chunk (text)",
        "Create text index text_Chunk_title on Chunk (title)",
        "Create vector index vector_Chunk_embedding on Chunk (embedding)",
    ]
    done = succeed(project, "run")
    assert (
        done.err.count("_start: note: 3 indexes are remembered in the schema only: nsmig creates none in LadybugDB")
        == 1
    )
    assert "No changes to migrate" in succeed(project, "make", "--check").out
    assert "nothing found" in succeed(project, "check", "-t", "local").out


def test_the_script_of_a_dry_run_says_it_once(project: Path) -> None:
    succeed(project, "make", "-m", "start")
    dry = succeed(project, "run", "--dry-run").out
    assert dry.count("// 3 indexes are remembered in the schema only: nsmig creates none in LadybugDB\n") == 1
    assert "`embedding` FLOAT[3]" in dry


def test_a_rename_needs_no_operation_for_them(project: Path) -> None:
    succeed(project, "make")
    succeed(project, "run")
    change(project, "Chunk", "Passage")
    change(project, "embedding", "vector")
    succeed(project, "make", "--rename-type", "Chunk=Passage", "--rename-property", "Passage.embedding=vector")
    assert words(project) == [
        "Rename node type Chunk to Passage",
        "Rename node property embedding to vector on node type Passage",
    ]
    assert "note" not in succeed(project, "run").err
    assert "nothing found" in succeed(project, "check", "-t", "local").out
    assert "vector_Chunk_embedding" in succeed(project, "schema").out


def test_what_is_removed_and_created_again_is_said(project: Path) -> None:
    succeed(project, "make")
    change(project, "dimensions: 3", "dimensions: 4, similarity: cosine")
    made = succeed(project, "make")
    assert (
        "note: index vector_Chunk_embedding is removed and created again: dimensions was 3, similarity was not given"
        in made.err
    )
    assert words(project) == [
        "Remove index vector_Chunk_embedding",
        "Create vector index vector_Chunk_embedding on Chunk (embedding)",
    ]
    change(project, "text: true", "text: {name: titles}")
    made = succeed(project, "make")
    assert "note: index titles is removed and created again: it was called text_Chunk_title" in made.err
    change(project, "{analyzer: english}", "true")
    assert "again: analyzer was english" in succeed(project, "make").err


def test_a_full_text_index_keeps_the_name_that_another_type_has(project: Path) -> None:
    types = (
        "nodes: [{name: A, properties: {id: {is_key: true}, %s: }}, {name: B, properties: {id: {is_key: true}, q: }}]"
    )
    index = "indexes: [{kind: fulltext, name: x, node_types: [A, B], properties: [%s], options: {analyzer: %s}}]"
    (project / "schema.yaml").write_text(f"{types}\n{index}\n" % ("q", "q", "english"))
    succeed(project, "make")
    (project / "schema.yaml").write_text(f"{types}\n{index}\n" % ("s", "q, s", "swedish"))
    made = succeed(project, "make", "--rename-property", "A.q=s")
    assert "note: index x is removed and created again: analyzer was english\n" in made.err


def test_a_revert_leaves_no_name_in_the_schema_file(project: Path) -> None:
    succeed(project, "make", "-m", "start")
    change(project, "    text: {fulltext", "    body: {fulltext")
    change(project, "Chunk", "Part")
    succeed(project, "make", "--rename-type", "Chunk=Part", "--rename-property", "Part.text=body", "-m", "renamed")
    renamed = History.load(project / "migrations").order()[-1]
    succeed(project, "make", "--revert", renamed, "--update-schema")
    assert "text: {fulltext: {analyzer: english}}" in (project / "schema.yaml").read_text()
    assert "No changes to migrate" in succeed(project, "make", "--check").out


def test_a_revert_of_a_change_after_a_rename_finds_the_index(project: Path) -> None:
    succeed(project, "make", "-m", "start")
    change(project, "Chunk", "Part")
    succeed(project, "make", "--rename-type", "Chunk=Part", "-m", "renamed")
    change(project, "english", "swedish")
    succeed(project, "make", "-m", "swedish")
    swedish = History.load(project / "migrations").order()[-1]
    succeed(project, "make", "--revert", swedish, "--update-schema")
    assert "analyzer: english" in (project / "schema.yaml").read_text()
    assert "No changes to migrate" in succeed(project, "make", "--check").out


def test_what_is_no_longer_declared_is_removed_without_a_question(project: Path) -> None:
    succeed(project, "make")
    change(project, "title: {text: true}", "title:")
    made = succeed(project, "make")
    assert words(project) == ["Remove index text_Chunk_title"] and "note" not in made.err
    (file,) = (project / "migrations").glob("*remove_index_text_chunk_title.yaml")
    assert "operation: RemoveIndex" in file.read_text()


def test_a_property_of_the_same_indexes_is_the_likeliest_rename(project: Path) -> None:
    succeed(project, "make")
    change(project, "    embedding: {type", "    meaning: {type")
    change(project, "    id:", "    embeddings: LIST_OF_FLOATS\n    id:")
    asked = nsmig(project, "make")
    assert asked.code == 1 and "--rename-property Chunk.embedding=" in asked.err


def test_nodestream_has_none_and_make_says_so(project: Path) -> None:
    (project / "nsmig.yaml").write_text("extensions: false\n")
    change(project, "title: {text: true}", "title: {required: true}")
    made = succeed(project, "make")
    assert (
        "left out, as nodestream has no operation for it: types of 1 property, 2 indexes and 1 constraint" in made.err
    )
    assert [each.name for each in last(project)] == ["CreateNodeType"]
    assert "No changes to migrate" in succeed(project, "make", "--check").out


def test_a_constraint_is_refused_for_ladybug_unless_it_is_optional(project: Path) -> None:
    change(project, "title: {text: true}", "title: {required: true}")
    refused = nsmig(project, "make")
    assert refused.code == 1 and "would not enforce it; declare it with 'optional: true'" in refused.err
    assert not (project / "migrations").exists()
    change(project, "required: true", "required: {optional: true}")
    succeed(project, "make", "-m", "start")
    done = succeed(project, "run").err
    assert "note: 1 optional constraint is remembered in the schema only: LadybugDB does not enforce it" in done
    assert "nothing found" in succeed(project, "check", "-t", "local").out


def test_a_revert_removes_them(project: Path) -> None:
    succeed(project, "make", "-m", "start")
    change(project, "title: {text: true}", "title: {text: true, point: {name: p}}")
    assert "a point index holds no" not in nsmig(project, "make", "-m", "more").err
    succeed(project, "make", "--revert", History.load(project / "migrations").order()[-1], "--update-schema")
    assert words(project) == ["Remove index p"]
    assert "No changes to migrate" in succeed(project, "make", "--check").out
    assert "point" not in (project / "schema.yaml").read_text()
