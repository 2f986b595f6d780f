"""Declared indexes and constraints on a server: created over rows, removed, carried along by renames, refused."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig import History
from nsmig.catalog_operations import CreateConstraint, CreateEntry, CreateIndex, removal
from nsmig.database.base import Role
from nsmig.database.cypher import quoted
from nsmig.database.neo4j import fitting, limits, returning
from nsmig.database.neo4j.assemble import statements
from nsmig.database.neo4j.catalog import Catalog, Entry, Server, Settings
from nsmig.database.neo4j.fitting import broken
from nsmig.database.neo4j.following import names_on
from nsmig.database.neo4j.journal import KEPT
from nsmig.database.neo4j.live_catalog import entry_of
from nsmig.errors import ConflictError, IndexFailedError, NsmigError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    CreateType,
    DropProperty,
    ExtendKey,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from nsmig.running.dry_run import preview
from nsmig.running.events import Event, Noted
from nsmig.running.loop import run as run_loop
from nsmig.running.optional import make_optional
from nsmig.running.repair import RepairError
from nsmig.running.restoring import restore
from nsmig.running.standing import disagreements
from support.databases import Opened, connection
from support.migrations import chained
from support.neo4j_bench import Bench
from support.server import Server as Running
from support.stops import Stopped, stopping

pytestmark = pytest.mark.releases("5.26", "2026", "2026-cypher5")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
ODD = 'it\'s `odd\n\\u0041 "x"'
START: list[Operation] = [
    CreateType(NODE, "Doc", ("k",), ("body", "at", "vector", "n", "lang", ODD)),
    CreateType(NODE, "Note", ("k",), ("body", "vector")),
    CreateType(NODE, ODD, (), (ODD,)),
    CreateType(RELATIONSHIP, "CITES", (), ("body", "n", "vector")),
    SetPropertyType(NODE, "Doc", "vector", "LIST_OF_FLOATS"),
]
NEAR = CreateIndex(
    NODE,
    "near",
    ("Doc",),
    ("vector",),
    "vector",
    {"dimensions": 3, "similarity": "euclidean", "m": 8, "ef_construction": 50, "quantization": False},
)
SEARCH = CreateIndex(
    NODE, "search", ("Doc", "Note"), ("body",), "fulltext", {"analyzer": "english", "eventually_consistent": True}
)
ONLY = CreateConstraint(NODE, "only", ("Doc",), ("n", "k"), "unique")
TEXTS = CreateIndex(NODE, "texts", ("Doc",), ("body",), "text")
FORMS: list[CreateEntry] = [
    NEAR,
    SEARCH,
    TEXTS,
    ONLY,
    CreateIndex(NODE, "plain", ("Doc",), ("vector",), "vector"),
    CreateIndex(NODE, "quantized", ("Doc",), ("vector",), "vector", {"dimensions": 3, "quantization": True}),
    CreateIndex(NODE, "places", ("Doc",), ("at",), "point"),
    CreateIndex(NODE, "several", ("Doc",), ("body", "n"), "range"),
    CreateIndex(NODE, ODD, (ODD,), (ODD,), "range"),
    CreateIndex(NODE, f"{ODD} t", (ODD,), (ODD,), "text"),
    CreateIndex(NODE, f"{ODD} f", (ODD, "Doc"), (ODD,), "fulltext", {"analyzer": "whitespace"}),
    CreateConstraint(NODE, f"{ODD} u", (ODD,), (ODD,), "unique"),
    CreateIndex(RELATIONSHIP, "cited", ("CITES",), ("body",), "fulltext"),
    CreateIndex(RELATIONSHIP, "close", ("CITES",), ("vector",), "vector", {"dimensions": 3}),
    CreateConstraint(RELATIONSHIP, "once", ("CITES",), ("n",), "unique"),
]
ROWS = (
    "UNWIND range(1, 20) AS i"
    " CREATE (a:Doc {k: i, body: 'graphs running ' + i, n: i, at: point({longitude: i, latitude: i}), lang: 'en',"
    " vector: [toFloat(i), 1.0, 0.0]})"
    " CREATE (b:Doc:Note {k: -i, body: 'both run ' + i, vector: [1.0, toFloat(i), 0.0], lang: 'de'})"
    " CREATE (:Note {k: -100 - i, body: 'a note'})"
    " CREATE (a)-[:CITES {body: 'since it runs', n: i, vector: [0.0, toFloat(i), 1.0]}]->(b)"
)
WIDE = [
    CreateIndex(NODE, "both", ("Doc", "Note"), ("vector",), "vector", {"dimensions": 3}),
    CreateIndex(NODE, "chosen", ("Doc",), ("vector",), "vector", {"dimensions": 3, "filter": ["lang", "n"]}),
]


@pytest.fixture
def bench(empty_bench: Bench) -> Bench:
    empty_bench.send.clear()
    started(empty_bench)
    return empty_bench


def started(bench: Bench, *created: Operation) -> None:
    """The types, rows, and these indexes and constraints, the latter as a second migration."""
    bench.send("MATCH (n) DETACH DELETE n")
    run(bench.database, chained(START))
    bench.send(ROWS)
    bench.send(f"CREATE (:{quoted(ODD)} {{{quoted(ODD)}: 'x'}})")
    if created:
        run(bench.database, chained(START, created))


def run(database: Opened, of: History, **options: Any) -> list[Event]:
    events: list[Event] = []
    run_loop(of, database, events.append, **options)
    return events


def notes(events: list[Event]) -> list[str]:
    return [each.text for each in events if isinstance(each, Noted)]


def facts(bench: Bench) -> dict[str, dict[str, Any]]:
    """All that the server reports of each, by name, without nsmig's own."""
    shown = "YIELD name, type, entityType, labelsOrTypes, properties"
    indexes = bench.send(f"SHOW INDEXES {shown}, options, state, owningConstraint WHERE owningConstraint IS NULL")
    found = {each.pop("name"): each for each in [*indexes, *bench.send(f"SHOW CONSTRAINTS {shown}")]}
    ours = ("_node_key", "_additional_index")
    return {name: each for name, each in found.items() if not name.endswith(ours) and each["type"] != "LOOKUP"}


def misfits(bench: Bench, of: History) -> list[str]:
    return [each.text for each in bench.database.session.live_schema(of.schema()).misfits]


def answers(bench: Bench) -> list[Any]:
    """Search results: full-text and nearest vectors, by an id that no migration changes."""
    return [
        bench.send("CALL db.index.fulltext.queryNodes('search', 'run') YIELD node, score"
                   " RETURN coalesce(node.k, node.id) AS k, round(score, 4) AS score ORDER BY score DESC, k"),
        bench.send("CALL db.index.vector.queryNodes('near', 5, [3.0, 1.0, 0.0]) YIELD node, score"
                   " RETURN coalesce(node.k, node.id) AS k, round(score, 4) AS score ORDER BY score DESC, k"),
    ]  # fmt: skip


# --- Created and removed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", FORMS, ids=lambda each: each.entry.split("\n")[0])
def test_each_form_is_created_over_rows_and_removed(bench: Bench, operation: CreateEntry) -> None:
    of = chained(START, operation)
    run(bench.database, of)
    found = facts(bench)[operation.entry]
    assert found["labelsOrTypes"] == list(operation.types) and found.get("state", "ONLINE") == "ONLINE"
    assert disagreements(of, "t", bench.database, declares_types=False).found == []
    assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []
    gone = chained(START, operation, removal(operation.created))
    run(bench.database, gone)
    assert facts(bench) == {}


def test_what_is_not_there_is_removed_without_an_error(bench: Bench) -> None:
    run(bench.database, chained(START, TEXTS))
    bench.send("DROP INDEX texts")
    run(bench.database, chained(START, TEXTS, removal(TEXTS.created)))
    assert facts(bench) == {}


def test_what_has_been_made_for_something_else_is_not_removed(bench: Bench) -> None:
    run(bench.database, chained(START, TEXTS))
    bench.send("DROP INDEX texts")
    bench.send("CREATE TEXT INDEX texts FOR (n:Note) ON (n.body)")
    events = run(bench.database, chained(START, TEXTS, removal(TEXTS.created)))
    assert notes(events) == ["the index texts on Note (body) is not the declared one and is left as it is"]
    assert facts(bench)["texts"]["labelsOrTypes"] == ["Note"]


def test_other_options_are_a_removal_and_a_creation(bench: Bench, empty_bench: Bench) -> None:
    other = CreateIndex(NODE, "near", ("Doc",), ("vector",), "vector", {"dimensions": 3, "similarity": "cosine"})
    of = chained(START, NEAR, [removal(NEAR.created), other])
    for is_empty in (False, True):
        if is_empty:
            empty_bench.send.clear()
        run(bench.database, of)
        config = facts(bench)["near"]["options"]["indexConfig"]
        assert config["vector.similarity_function"] == "COSINE" and config["vector.hnsw.m"] == 16
        assert misfits(bench, of) == []


def test_all_at_once_on_a_database_without_rows(empty_bench: Bench) -> None:
    empty_bench.send.clear()
    several = [each for each in FORMS if each.entry not in ("plain", "quantized", f"{ODD} u")]
    of = chained(START, *several, RenameType(NODE, "Doc", "Page"), RenameProperty(NODE, "Page", "body", "text"))
    run(empty_bench.database, of)
    assert misfits(empty_bench, of) == [] and facts(empty_bench).keys() == {each.entry for each in several}


# --- Carried along ----------------------------------------------------------------------------------------------------

TYPE = RenameType(NODE, "Doc", "Page")
MOVES: dict[str, list[Operation]] = {
    "type": [TYPE],
    "property": [RenameProperty(NODE, "Doc", "vector", "embedding")],
    "both": [TYPE, RenameProperty(NODE, "Page", "vector", "embedding"), RenameProperty(NODE, "Page", "n", "number")],
    "key": [RenameKeyPart(NODE, "Doc", "k", "id"), ExtendKey(NODE, "Doc", "lang", "en")],
    "swapped": [RenameType(NODE, "Doc", "X"), RenameType(NODE, "Note", "Doc"), RenameType(NODE, "X", "Note")],
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("fast_forward", [False, True])
def test_searches_answer_the_same_before_and_after(bench: Bench, move: str, fast_forward: bool) -> None:
    created = [NEAR, SEARCH, ONLY, TEXTS]
    run(bench.database, chained(START, created))
    found, was = answers(bench), facts(bench)
    assert len(found[0]) == 40 and len(found[1]) == 5
    moved = MOVES[move]
    of = chained(START, created, *(moved if fast_forward else [moved]))
    events = run(bench.database, of, fast_forward=fast_forward)
    assert disagreements(of, "t", bench.database, declares_types=False).found == []
    assert answers(bench) == found and misfits(bench, of) == [] and facts(bench).keys() == was.keys()
    assert not any("not created by nsmig" in each or "rebuilt" in each for each in notes(events))
    assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []
    options = {name: each.get("options") for name, each in facts(bench).items()}
    assert options == {name: each.get("options") for name, each in was.items()}


def test_a_full_text_index_on_several_types_keeps_the_old_name_for_the_others(bench: Bench) -> None:
    run(bench.database, chained(START, SEARCH))
    one = RenameProperty(NODE, "Doc", "body", "text")
    run(bench.database, chained(START, SEARCH, one))
    assert facts(bench)["search"]["properties"] == ["body", "text"]
    of = chained(START, SEARCH, one, RenameProperty(NODE, "Note", "body", "text"))
    run(bench.database, of)
    assert facts(bench)["search"]["properties"] == ["text"] and misfits(bench, of) == []


def test_those_of_relationships_follow(bench: Bench) -> None:
    created = [each for each in FORMS if each.kind is RELATIONSHIP]
    run(bench.database, chained(START, created))
    ask = "CALL db.index.fulltext.queryRelationships('cited', 'runs') YIELD relationship AS r RETURN count(r) AS n"
    assert bench.send(ask) == [{"n": 20}]
    renames = [
        RenameType(RELATIONSHIP, "CITES", "QUOTES"),
        RenameProperty(RELATIONSHIP, "QUOTES", "body", "text"),
        RenameProperty(RELATIONSHIP, "QUOTES", "vector", "v"),
        RenameProperty(RELATIONSHIP, "QUOTES", "n", "number"),
    ]
    of = chained(START, created, renames)
    run(bench.database, of)
    assert bench.send(ask) == [{"n": 20}] and misfits(bench, of) == []
    assert {tuple(each["labelsOrTypes"]) for each in facts(bench).values()} == {("QUOTES",)}


def test_they_follow_beside_users_own(bench: Bench) -> None:
    """Both under their own names, several renames in one pass."""
    bench.send("CREATE INDEX mine FOR (n:Doc) ON (n.n, n.lang)")
    run(bench.database, chained(START, [TEXTS, ONLY]))
    renames = [RenameProperty(NODE, "Doc", "n", "number"), RenameProperty(NODE, "Doc", "body", "text")]
    of = chained(START, [TEXTS, ONLY], renames)
    events = run(bench.database, of)
    assert notes(events) == ["the index mine on Doc (n, lang) is rebuilt on Doc (number, lang)"]
    assert misfits(bench, of) == [] and facts(bench)["mine"]["properties"] == ["number", "lang"]


def test_what_someone_dropped_is_made_with_the_rename(bench: Bench) -> None:
    run(bench.database, chained(START, [NEAR, ONLY]))
    bench.send("DROP INDEX near")
    bench.send("DROP CONSTRAINT only")
    of = chained(START, [NEAR, ONLY], TYPE)
    run(bench.database, of)
    assert misfits(bench, of) == []


def test_options_that_the_schema_leaves_open_are_carried(bench: Bench) -> None:
    """The answers depend on them."""
    bench.send("CREATE FULLTEXT INDEX words FOR (n:Doc) ON EACH [n.body]"
               " OPTIONS {indexConfig: {`fulltext.analyzer`: 'swedish'}}")  # fmt: skip
    bench.send("CREATE VECTOR INDEX far FOR (n:Doc) ON n.vector OPTIONS {indexConfig: {`vector.dimensions`: 3,"
               " `vector.similarity_function`: 'euclidean', `vector.hnsw.m`: 32, `vector.quantization.enabled`: false}}")  # fmt: skip
    bench.send("CALL db.awaitIndexes(60)")
    was = facts(bench)
    words = CreateIndex(NODE, "words", ("Doc",), ("body",), "fulltext")
    far = CreateIndex(NODE, "far", ("Doc",), ("vector",), "vector", {"dimensions": 3, "quantization": False})
    renames = (RenameType(NODE, "Doc", "Page"), RenameProperty(NODE, "Page", "body", "text"))
    run(bench.database, chained(START, [words, far], renames))
    found = facts(bench)
    assert {name: each["options"] for name, each in found.items()} == {name: was[name]["options"] for name in found}
    assert [found["words"]["properties"], found["far"]["labelsOrTypes"]] == [["text"], ["Page"]]


def test_a_name_that_belongs_to_something_else_is_said_without_a_drop(bench: Bench) -> None:
    of = chained(START, TEXTS)
    run(bench.database, of)
    bench.send("DROP INDEX texts")
    bench.send("CREATE TEXT INDEX texts FOR (n:Note) ON (n.body)")
    (found,) = disagreements(of, "t", bench.database, declares_types=False).found
    theirs = "its name belongs to a text index on Note (body); give one of them another name"
    assert found.message == f"target t: index texts (text) on Doc (body) is not in the database: {theirs}"
    assert "DROP" not in found.advice
    with pytest.raises(UnsupportedError, match=r"the name 'texts' belongs to a text index on Note \(body\)"):
        run(bench.database, chained(START, TEXTS, TYPE))


def test_what_someone_changed_stops_the_rename(bench: Bench) -> None:
    run(bench.database, chained(START, NEAR))
    bench.send("DROP INDEX near")
    bench.send("CREATE VECTOR INDEX near FOR (n:Doc) ON (n.vector) OPTIONS {indexConfig: {`vector.dimensions`: 4}}")
    of = chained(START, NEAR, TYPE)
    with pytest.raises(UnsupportedError, match=r"'near', which it concerns, has vector.dimensions = 4, not "):
        run(bench.database, of)
    assert bench.database.ledger.state().journal == {}
    bench.send("DROP INDEX near")
    run(bench.database, of)
    assert misfits(bench, of) == []


def test_vector_indexes_on_several_types_and_with_filters(bench: Bench, neo4j_server: Running) -> None:
    if not neo4j_server.release.version.startswith("2026"):
        for each in WIDE:
            with pytest.raises(UnsupportedError, match=r"need Neo4j 2026.01 or later, and the server is 5\.2"):
                run(bench.database, chained(START, each))
            assert bench.database.ledger.state().journal == {}
        return
    of = chained(START, WIDE[0])
    run(bench.database, of)
    assert facts(bench)["both"]["labelsOrTypes"] == ["Doc", "Note"] and misfits(bench, of) == []
    renames = [TYPE, RenameProperty(NODE, "Page", "lang", "language")]
    of = chained(START, WIDE[0], removal(WIDE[0].created), WIDE[1], renames)
    run(bench.database, of)
    found = facts(bench)["chosen"]
    assert found["labelsOrTypes"] == ["Page"] and found["properties"][0] == "vector"
    assert set(found["properties"][1:]) == {"language", "n"} and misfits(bench, of) == []


# --- Stopped and resumed ----------------------------------------------------------------------------------------------

WORKS: dict[str, list[Operation]] = {
    "create": [NEAR, SEARCH, ONLY],
    "type": [TYPE],
    "property": [RenameProperty(NODE, "Doc", "body", "text"), RenameProperty(NODE, "Doc", "n", "number")],
    "remove": [removal(each.created) for each in (NEAR, SEARCH, ONLY)],
}


@pytest.mark.releases("5.26", "2026")
@pytest.mark.parametrize("work", WORKS)
def test_stopped_after_any_statement_they_are_as_declared(bench: Bench, work: str) -> None:
    created = [] if work == "create" else [NEAR, SEARCH, ONLY]
    of = chained(START, created, WORKS[work])

    def start() -> None:
        for name, each in facts(bench).items():
            bench.send(f"DROP {'INDEX' if 'state' in each else 'CONSTRAINT'} `{name}`")
        bench.send("MATCH (n) DETACH DELETE n")
        run(bench.database, chained(START, created) if created else chained(START))
        bench.send(ROWS.replace("range(1, 20)", "range(1, 3)"))
        bench.send("CALL db.awaitIndexes(60)")

    def contents() -> Any:
        rows = bench.send("MATCH (n:Doc|Page|Note) RETURN labels(n) AS l, n {.*, at: null} AS p")
        return facts(bench), sorted(rows, key=repr), misfits(bench, of)

    start()
    run(bench.database, of)
    whole = contents()
    assert whole[2] == []
    for after in count():
        start()
        try:
            with stopping(connection(bench.database), "attempt", after):
                run(bench.database, of)
            break
        except Stopped:
            run(bench.database, of)
        assert contents() == whole, f"stopped after statement {after + 1}"
        assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []
    assert after > 3


def test_one_that_fails_is_reported_and_made_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone writes a text that is too long after it was checked."""
    sent = connection(bench.database).change_schema

    def change_schema(texts: Any) -> None:
        if any("CREATE TEXT INDEX" in text for text in texts):
            bench.send("MATCH (n:Doc {k: 1}) SET n.body = $long", long="x" * 33_000)
        sent(texts)

    of = chained(START, [TEXTS, AddProperty(NODE, "Doc", "more", 1)])
    with monkeypatch.context() as patch:
        patch.setattr(connection(bench.database), "change_schema", change_schema)
        with pytest.raises(IndexFailedError, match="texts"):
            run(bench.database, of)
    (told,) = bench.database.session.unfinished()
    assert told.failed and told.text.startswith("the index texts on Doc (body) has failed")
    with pytest.raises(IndexFailedError, match="texts"):
        run(bench.database, of)
    bench.send("MATCH (n:Doc {k: 1}) SET n.body = 'short'")
    run(bench.database, of)
    assert misfits(bench, of) == [] and bench.database.session.unfinished() == []
    assert list(bench.database.ledger.state().records) == of.order()


# --- Refused before anything changes ----------------------------------------------------------------------------------


def refused(bench: Bench, *operations: Operation, error: type[NsmigError] = UnsupportedError) -> NsmigError:
    """The error that these raise as one migration, which changes nothing."""
    bench.send("CALL db.awaitIndexes(60)")
    was, rows = facts(bench), bench.send("MATCH (n:Doc|Page|Note) RETURN n ORDER BY elementId(n)")
    with pytest.raises(error) as caught:
        run(bench.database, chained(START, operations))
    assert facts(bench) == was and bench.send("MATCH (n:Doc|Page|Note) RETURN n ORDER BY elementId(n)") == rows
    assert bench.database.ledger.state().journal == {}
    return caught.value


CONSTRAINTS = [
    CreateConstraint(NODE, "must", ("Doc",), ("body",), "required"),
    CreateConstraint(NODE, "typed", ("Doc",), ("n",), "type", {"type": "INTEGER"}),
    CreateConstraint(RELATIONSHIP, "keyed", ("CITES",), ("n",), "key"),
    CreateConstraint(RELATIONSHIP, "whole", ("CITES",), ("n",), "required"),
]


@pytest.mark.parametrize("operation", CONSTRAINTS, ids=lambda each: each.entry)
def test_the_community_edition_has_few_constraints(bench: Bench, operation: CreateConstraint) -> None:
    said = str(refused(bench, AddProperty(NODE, "Doc", "more", 1), operation))
    assert "the server is the Community edition, which has uniqueness constraints only; with optional: true" in said


def test_optional_ones_are_left_out_and_counted(bench: Bench) -> None:
    optional = [
        CreateConstraint(each.kind, each.entry, each.types, each.on, each.form, each.options, optional=True)
        for each in CONSTRAINTS
    ]
    of = chained(START, optional)
    reason = "the server is the Community edition, which has uniqueness constraints only"
    assert notes(run(bench.database, of)) == [f"4 optional constraints are left out: {reason}"]
    assert facts(bench) == {}
    run(bench.database, chained(START, optional, [TYPE, RenameProperty(NODE, "Page", "n", "number")]))
    of = chained(START, optional, [TYPE, RenameProperty(NODE, "Page", "n", "number")])
    found = disagreements(of, "t", bench.database, declares_types=False).found
    assert {each.code for each in found} == {"left-out"} and len(found) == 4
    must = next(each for each in found if " must " in each.message)
    assert must.message == (
        f"target t: the optional constraint must (required) on Page (body) is not in the database: {reason}"
    )
    statement = "CREATE CONSTRAINT `must` IF NOT EXISTS FOR (n:`Page`) REQUIRE (n.`body`) IS NOT NULL"
    assert must.advice == f"To create it where a database can have it: {statement}"
    made = make_optional(of, bench.database, lock_timeout=5, waiting=print)
    assert made.made == () and [each.entry.name for each in made.left_out] == ["keyed", "must", "typed", "whole"]
    changed = chained([*START, AddProperty(NODE, "Doc", "more")], optional)
    with pytest.raises(RepairError, match="m0: its file was edited after it was applied; restore it, or accept it"):
        make_optional(changed, bench.database, lock_timeout=5, waiting=print)
    removed = chained(
        START, optional, [TYPE, RenameProperty(NODE, "Page", "n", "number")], removal(optional[0].created)
    )
    run(bench.database, removed)


def test_optional_ones_are_made_once_the_server_can_have_them(
    bench: Bench, neo4j_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not neo4j_server.release.version.startswith("2026"):
        pytest.skip("this server cannot")
    optional = [
        CreateIndex(each.kind, each.entry, each.types, each.on, each.form, each.options, optional=True)
        for each in WIDE[1:]
    ]
    of = chained(START, optional, TYPE)
    with monkeypatch.context() as patch:
        patch.setattr(connection(bench.database), "server", Server((5, 26), False))
        (note,) = notes(run(bench.database, of))
        assert note.startswith("1 optional index is left out: vector indexes on several types, or with properties")
    (found,) = disagreements(of, "t", bench.database, declares_types=False).found
    assert found.severity.value == "notice" and "or `nsmig repair --target t --make-optional`" in found.advice
    made = make_optional(of, bench.database, lock_timeout=5, waiting=print, dry_run=True)
    assert [each.entry.name for each in made.made] == ["chosen"] and facts(bench) == {}
    made = make_optional(of, bench.database, lock_timeout=5, waiting=print)
    assert [each.entry.name for each in made.made] == ["chosen"] and misfits(bench, of) == []
    assert facts(bench)["chosen"]["state"] == "ONLINE"
    assert disagreements(of, "t", bench.database, declares_types=False).found == []
    assert make_optional(of, bench.database, lock_timeout=5, waiting=print).made == ()
    logged = bench.send("MATCH (r:__NsmigRepair__) RETURN r.what AS what")
    assert logged == [{"what": ["created the optional index chosen on Page (vector)"]}]


def test_an_analyzer_that_is_not_there(bench: Bench) -> None:
    wrong = CreateIndex(NODE, "search", ("Doc",), ("body",), "fulltext", {"analyzer": "englich"})
    said = str(refused(bench, AddProperty(NODE, "Doc", "more", 1), wrong))
    assert "the server has no analyzer 'englich'; did you mean 'english'" in said


def test_a_name_that_is_nsmigs_own(bench: Bench) -> None:
    for wrong in (
        CreateConstraint(NODE, "Note_node_key", ("Note",), ("body",), "unique"),
        CreateIndex(NODE, "Note_node_key", ("Note",), ("body",), "range"),
    ):
        assert "is what nodestream and nsmig call their own constraint on" in str(refused(bench, wrong))
    named = CreateIndex(NODE, "Page_node_key", ("Note",), ("body",), "range")
    run(bench.database, chained(START, named))
    with pytest.raises(UnsupportedError, match="call their own constraint on Page"):
        run(bench.database, chained(START, named, [RenameType(NODE, "Note", "Page")]))
    assert bench.database.ledger.state().journal == {}


def test_an_index_in_place_of_a_constraint_is_not_removed(bench: Bench) -> None:
    run(bench.database, chained(START, ONLY))
    bench.send("DROP CONSTRAINT only")
    bench.send("CREATE INDEX only FOR (n:Doc) ON (n.n, n.k)")
    bench.send("CALL db.awaitIndexes(60)")
    said = notes(run(bench.database, chained(START, ONLY, removal(ONLY.created))))
    assert said == ["the index only on Doc (n, k) is not the declared one and is left as it is"]
    assert "only" in facts(bench)


BROKEN: list[tuple[str, CreateEntry, int, str]] = [
    ("SET n.n = 77", CreateConstraint(NODE, "c", ("Doc",), ("n",), "unique"), 3, "share the value of 'n', which"),
    ("SET n.body = 7", CreateIndex(NODE, "c", ("Doc",), ("body",), "fulltext"), 3, "'body' that is not a text, so"),
    ("SET n.body = [7]", CreateIndex(NODE, "c", ("Doc", "Note"), ("body",), "fulltext"), 3, "is not a text"),
    ("SET n.body = ['x']", TEXTS, 3, "is not a text, so the index 'texts' would leave them out"),
    ("SET n.at = 'here'", CreateIndex(NODE, "c", ("Doc",), ("at",), "point"), 3, "is not a point"),
    ("SET n.vector = [1.0]", NEAR, 3, "'vector' that is not a list of 3 numbers, so the index 'near' would leave them"),
    ("SET n.vector = []", NEAR, 3, "is not a list of 3 numbers"),
    ("SET n.vector = 'x'", NEAR, 3, "is not a list of 3 numbers"),
    ("SET n.vector = ['a', 'b', 'c']", FORMS[4], 3, "is not a list of numbers"),
    ("SET n.body = $long", TEXTS, 3, "texts of more than 32,766 bytes, which the index 'texts' cannot hold"),
    ("SET n.body = $long", SEARCH, 3, "texts of more than 32,766 bytes"),
    ("SET n.n = $long", CreateIndex(NODE, "c", ("Doc",), ("n",), "range"), 3, "has room for"),
]


@pytest.mark.parametrize("change, operation, count, said", BROKEN, ids=[each[0] for each in BROKEN])
def test_data_that_contradicts(bench: Bench, change: str, operation: CreateEntry, count: int, said: str) -> None:
    """Also if other operations precede it, which are then not begun."""
    bench.send(f"MATCH (n:Doc) WHERE n.k IN [1, 2, 3] {change}", long="x" * 33_000)
    for earlier in ([], [AddProperty(NODE, "Doc", "more", 1)]):
        error = refused(bench, *earlier, operation, error=ConflictError)
        assert isinstance(error, ConflictError) and error.count == count and said in str(error)
        assert len(bench.send(error.query)) >= 1


KEYWORDS = CreateIndex(NODE, "keywords", ("Doc",), ("lang",), "fulltext", {"analyzer": "keyword"})
FILTERED = CreateIndex(NODE, "filtered", ("Doc",), ("vector",), "vector", {"dimensions": 3, "filter": ["lang"]})
MOST = 40  # in place of a limit beyond which a server may have to be restarted


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (limits, fitting, returning):
        monkeypatch.setattr(module, "TEXT", MOST)


LONG_TEXTS: dict[str, tuple[Operation, str]] = {
    "a property": (
        RenameProperty(NODE, "Note", "body", "lang"),
        "MATCH (n:Note {k: -101}) SET n:Doc, n.body = $value WITH 1 AS _ MATCH (n:Note) REMOVE n.lang",
    ),
    "a type": (RenameType(NODE, "Note", "Page"), "MATCH (n:Note {k: -101}) SET n.lang = $value"),
    "a default": (AddProperty(NODE, "Note", "lang", "z" * 41), "MATCH (n:Note {k: -101}) SET n:Doc, n.body = $value"),
}


@pytest.mark.usefixtures("short")
@pytest.mark.releases("5.26", "2026")
@pytest.mark.parametrize("value", ["x" * 41, "\u00e5" * 21, ["short", "y" * 41]], ids=["letters", "bytes", "list"])
@pytest.mark.parametrize("what", LONG_TEXTS)
def test_no_text_is_written_that_an_index_cannot_hold(
    bench: Bench, neo4j_server: Running, what: str, value: Any
) -> None:
    """Under a label that rows have besides, or get."""
    operation, fill = LONG_TEXTS[what]
    is_old = neo4j_server.release.version.startswith("5.")
    created = CreateType(NODE, "Page", (), ("lang", "vector"))
    index = replace(KEYWORDS if is_old else FILTERED, types=("Page" if what == "a type" else "Doc",))
    made = [AddProperty(NODE, "Note", "more")] if what == "a type" else [created, index]
    run(bench.database, chained(START, made))
    if what == "a type":
        config = "OPTIONS {indexConfig: {`fulltext.analyzer`: 'keyword'}}"
        bench.send(f"CREATE FULLTEXT INDEX own FOR (n:Page) ON EACH [n.lang] {config}")
        bench.send("CALL db.awaitIndexes(60)")
    bench.send(fill, value=value)
    was = facts(bench)
    with pytest.raises(ConflictError, match="texts of more than 40 bytes, which the index") as caught:
        run(bench.database, chained(START, made, [operation]))
    assert facts(bench) == was and bench.database.ledger.state().journal == {}
    assert -101 in [each["n"]["k"] for each in bench.send(caught.value.query)]


@pytest.mark.usefixtures("short")
def test_texts_that_an_index_cannot_hold_are_not_put_back(bench: Bench, tmp_path: Path) -> None:
    body = DropProperty(NODE, "Note", "body")
    bench.send("MATCH (n:Note) SET n.body = 'short' SET n:Keep")
    bench.send("MATCH (n:Note {k: -101}) SET n.body = $long", long="x" * 41)
    keyed = CreateIndex(NODE, "i", ("Note",), ("body",), "fulltext", {"analyzer": "keyword"})
    history = chained(START, [body], [AddProperty(NODE, "Note", "body"), keyed])
    run(bench.database, history, archive=tmp_path / "archive", to="m1")
    run(bench.database, history)
    outcome = restore(history, bench.database, tmp_path / "archive")
    assert "another row has the same key, or it allows no such value" in str(outcome)
    held = bench.send("MATCH (n:Note) WHERE n.body IS NOT NULL RETURN DISTINCT n.body AS body")
    assert held == [{"body": "short"}]


@pytest.mark.releases("2026")
@pytest.mark.usefixtures("short")
def test_texts_to_filter_by_have_the_same_limit(bench: Bench) -> None:
    bench.send("MATCH (n:Doc {k: 1}) SET n.lang = $long", long="x" * 41)
    assert "texts of more than 40 bytes" in str(refused(bench, FILTERED, error=ConflictError))


@pytest.mark.releases("5.26", "2026")
@pytest.mark.parametrize(
    "operation", [RenameType(NODE, "Doc", "Page"), RenameProperty(NODE, "Doc", "n", "m")], ids=repr
)
def test_duplicates_below_a_constraint_that_someone_dropped_are_counted(bench: Bench, operation: Operation) -> None:
    unique = replace(ONLY, on=("n",))
    run(bench.database, chained(START, unique))
    bench.send("DROP CONSTRAINT only")
    bench.send("CREATE (:Doc {k: 1000, n: 1})")
    was = facts(bench)
    with pytest.raises(ConflictError, match="share the value that the constraint 'only' keeps distinct"):
        run(bench.database, chained(START, unique, [operation]))
    assert facts(bench) == was and bench.database.ledger.state().journal == {}


def test_a_list_of_integers_and_of_texts_fits(bench: Bench) -> None:
    bench.send("MATCH (n:Doc {k: 1}) SET n.vector = [1, 2, 3], n.body = ['run', 'walk']")
    of = chained(START, [NEAR, CreateIndex(NODE, "search", ("Doc",), ("body",), "fulltext", {"analyzer": "english"})])
    run(bench.database, of)
    found = answers(bench)
    assert 1 in [each["k"] for each in found[0]]
    ask = "CALL db.index.vector.queryNodes('near', 1, [1.0, 2.0, 3.0]) YIELD node RETURN node.k AS k"
    assert bench.send(ask) == [{"k": 1}]


@pytest.mark.parametrize("similarity", [None, "cosine", "euclidean"])
def test_vectors_that_no_search_finds_are_counted(bench: Bench, similarity: str | None) -> None:
    for k, vector in enumerate(
        (
            [0.0, -0.0, 0.0],
            [1e-300, 0, 0.0],
            [1.0, math.nan, 2.0],
            [1e39 if similarity == "euclidean" else 1e155, 1.0, 2.0],
            [1e-150, 0.0, 0.0],
        ),
        1,
    ):
        bench.send("MATCH (n:Doc {k: $k}) SET n.vector = $vector", k=k, vector=vector)
    options = {"dimensions": 3, **({"similarity": similarity} if similarity else {})}
    events = run(bench.database, chained(START, [CreateIndex(NODE, "near", ("Doc",), ("vector",), "vector", options)]))
    said = [each.text for each in events if isinstance(each, Noted) and "search" in each.text]
    ask = "CALL db.index.vector.queryNodes('near', 100, [1.0, 1.0, 0.0]) YIELD node WHERE node.k > 0 RETURN node.k AS k"
    found = {each["k"] for each in bench.send(ask)}
    is_cosine = similarity != "euclidean"
    which = f"{'only zeros, ' * is_cosine}NaN, or a number that is too large"
    assert len(said) == 1 and said[0].startswith(
        f"nodes hold {which} in 'vector', so no search of 'near' finds them: {4 if is_cosine else 2}."
    ), said
    assert found == set(range(1, 21)) - ({1, 2, 3, 4} if is_cosine else {3, 4})


@pytest.mark.parametrize("work", [
    [ExtendKey(NODE, "Doc", "lang", "en"), ExtendKey(NODE, "Doc", "more", 1)],
    [SetPropertyType(NODE, "Doc", "lang", "INTEGER")],
    [AddProperty(NODE, "Note", "lang", "en")],
    [RenameProperty(NODE, "Doc", "body", "lang")],
    [RenameProperty(NODE, "Note", "body", "lang")],
], ids=repr)  # fmt: skip
def test_what_would_break_a_declared_constraint_is_counted_before(bench: Bench, work: list[Operation]) -> None:
    """The server would refuse a batch half-way."""
    bench.send("MATCH (n:Doc) SET n.lang = null, n.body = 'en'")
    if isinstance(work[0], SetPropertyType):
        bench.send("MATCH (n:Doc) WHERE n.k IN [1, 2] SET n.lang = CASE n.k WHEN 1 THEN '7' ELSE '07' END")
    unique = CreateConstraint(NODE, "langs", ("Doc",), ("lang",), "unique")
    run(bench.database, chained(START, unique))
    with pytest.raises(ConflictError, match="share the value that the constraint 'langs' keeps distinct"):
        run(bench.database, chained(START, unique, work))
    assert bench.database.ledger.state().journal == {}


@pytest.mark.parametrize("work, start", [
    ([AddProperty(NODE, "Doc", "a", "en"), AddProperty(NODE, "Doc", "b", 1)], "n.a = null"),
    ([RenameProperty(NODE, "Doc", "a", "c"), AddProperty(NODE, "Doc", "b", 1)], "n.a = 'x'"),
    ([AddProperty(NODE, "Doc", "b", 1), RenameProperty(NODE, "Doc", "x", "a")], "n.x = 'x'"),
], ids=str)  # fmt: skip
def test_what_would_break_it_only_together_is_counted_too(bench: Bench, work: list[Operation], start: str) -> None:
    unique = CreateConstraint(NODE, "pairs", ("Doc",), ("a", "b"), "unique")
    of: list[list[Operation]] = [START, [CreateType(NODE, "Doc", ("k",), ("a", "b", "x"))]]
    run(bench.database, chained(*of, unique))
    bench.send(f"MATCH (n:Doc) SET {start}")
    with pytest.raises(ConflictError, match="share the value that the constraint 'pairs' keeps distinct: 40"):
        run(bench.database, chained(*of, unique, work))
    assert bench.database.ledger.state().journal == {}


def test_a_value_that_is_renamed_and_converted_is_followed(bench: Bench) -> None:
    bench.send("MATCH (n:Doc) SET n.lang = toString(n.k)")
    bench.send("MATCH (n:Doc) WHERE n.k IN [1, 2] SET n.lang = CASE n.k WHEN 1 THEN '7' ELSE '07' END")
    before = chained(START, CreateConstraint(NODE, "langs", ("Doc",), ("lang",), "unique")).schema()
    work = [RenameProperty(NODE, "Doc", "lang", "c"), SetPropertyType(NODE, "Doc", "c", "INTEGER")]
    (check,) = broken(work, before, Catalog.of([]))
    assert bench.send(check.text, **check.parameters) == [{"count": 3}]


# --- What exists already ----------------------------------------------------------------------------------------------

MINE = (
    "FULLTEXT INDEX search FOR (n:Note|Doc) ON EACH [n.body] OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'%s}}"
)


def test_the_same_is_taken_over_with_a_note(bench: Bench) -> None:
    """Options that the schema does not name may be anything."""
    bench.send(f"CREATE {MINE % ', `fulltext.eventually_consistent`: true'}")
    bench.send("CREATE VECTOR INDEX near FOR (n:Doc) ON (n.vector) OPTIONS {indexConfig: {`vector.dimensions`: 3,"
               " `vector.hnsw.m`: 8}}")  # fmt: skip
    bench.send("CREATE CONSTRAINT only FOR (n:Doc) REQUIRE (n.k, n.n) IS UNIQUE")
    cosine = CreateIndex(NODE, "near", ("Doc",), ("vector",), "vector", {"dimensions": 3, "similarity": "cosine"})
    quantized = {"quantization": True, "m": 8}
    of = chained(START, [SEARCH, cosine, ONLY])
    was = facts(bench)
    assert notes(run(bench.database, of)) == [
        "the index search on Doc, Note (body) already exists and is taken over",
        "the index near on Doc (vector) already exists and is taken over",
        "the constraint only on Doc (n, k) already exists and is taken over",
    ]
    assert facts(bench) == was and misfits(bench, of) == []
    other = CreateIndex(NODE, "near", ("Doc",), ("vector",), "vector", quantized)
    run(bench.database, chained(START, [SEARCH, cosine, ONLY], removal(cosine.created), other))


def test_something_else_of_that_name_is_refused(bench: Bench) -> None:
    bench.send(f"CREATE {MINE % ''}")
    bench.send("CREATE INDEX near FOR (n:Doc) ON (n.n)")
    said = str(refused(bench, AddProperty(NODE, "Doc", "more", 1), SEARCH))
    assert (
        "the database has a full-text index of that name, which has fulltext.eventually_consistent = False, not"
        " fulltext.eventually_consistent = True: drop it there" in said
    )
    assert "a range index of that name, which is a range index, not a vector index" in str(refused(bench, NEAR))
    elsewhere = CreateIndex(NODE, "near", ("Doc",), ("n", "body"), "range")
    assert "which is on Doc (n), not on Doc (n, body)" in str(refused(bench, elsewhere))


def test_the_same_under_another_name_is_refused(bench: Bench) -> None:
    bench.send("CREATE TEXT INDEX mine FOR (n:Doc) ON (n.body)")
    bench.send("CREATE FULLTEXT INDEX words FOR (n:Note|Doc) ON EACH [n.body]")
    bench.send("CREATE INDEX ranged FOR (n:Doc) ON (n.n, n.k)")
    for operation, name in ((TEXTS, "mine"), (SEARCH, "words"), (ONLY, "ranged")):
        said = str(refused(bench, AddProperty(NODE, "Doc", "more", 1), operation))
        assert f"under the name '{name}', and allows only one there: drop it, or declare it under that name" in said
    bench.send("DROP INDEX mine")
    bench.send("CREATE TEXT INDEX mine FOR (n:Page) ON (n.body)")
    run(bench.database, chained(START, TEXTS))
    with pytest.raises(UnsupportedError, match="under the name 'mine'"):
        run(bench.database, chained(START, TEXTS, TYPE))


# --- Drift ------------------------------------------------------------------------------------------------------------


def test_drift_names_each_with_the_statements_that_make_it(bench: Bench) -> None:
    of = chained(START, [NEAR, SEARCH, ONLY, TEXTS])
    run(bench.database, of)
    assert disagreements(of, "t", bench.database, declares_types=False).found == []
    bench.send("DROP INDEX near")
    bench.send("DROP INDEX search")
    bench.send("DROP CONSTRAINT only")
    bench.send("DROP INDEX texts")
    bench.send(f"CREATE {MINE % ''}")
    bench.send("CREATE INDEX ranged FOR (n:Doc) ON (n.n, n.k)")
    bench.send("CREATE TEXT INDEX other FOR (n:Doc) ON (n.lang)")
    found = disagreements(of, "t", bench.database, declares_types=False).found
    assert [each.message for each in found] == [
        "target t: index near (vector) on Doc (vector) is not in the database",
        "target t: constraint only (unique) on Doc (n, k) is not in the database, which has ranged in its place",
        "target t: index search (fulltext) on Doc, Note (body) has fulltext.eventually_consistent = False, not"
        " fulltext.eventually_consistent = True",
        "target t: index texts (text) on Doc (body) is not in the database",
    ]
    for each in found:
        assert each.code == "drift"
        for text in each.advice.removeprefix("To fix it: ").split("; "):
            bench.send(text)
    bench.send("CALL db.awaitIndexes(60)")
    assert disagreements(of, "t", bench.database, declares_types=False).found == []


def test_what_an_unknown_migration_may_have_changed_is_no_drift(bench: Bench) -> None:
    known: list[list[Operation]] = [START, [SEARCH, TEXTS]]
    run(bench.database, chained(*known, AddProperty(NODE, "Doc", "more", 1)))
    bench.send("DROP INDEX texts")
    bench.send("DROP INDEX search")
    bench.send(f"CREATE {MINE % ''}")
    found = disagreements(chained(*known), "t", bench.database, declares_types=False).found
    assert [each.code for each in found] == ["unknown", "drift"]
    assert found[1].message == "target t: index texts (text) on Doc (body) is not in the database"


def test_the_dry_run_includes_everything(bench: Bench) -> None:
    run(bench.database, chained(START, [NEAR, ONLY]))
    texts = CreateIndex(NODE, "texts", ("Page",), ("body",), "text")
    text = "".join(preview(chained(START, [NEAR, ONLY], [TYPE, texts]), bench.database))
    assert text.index(f"MERGE (k:`{KEPT}`") < text.index("DROP INDEX `near`") < text.index("CREATE VECTOR INDEX `near`")
    assert text.index("CREATE CONSTRAINT `only`") < text.index("SET n:`Page`") < text.index("CREATE TEXT INDEX `texts`")


def test_a_survey_takes_them_over(bench: Bench) -> None:
    created = [each for each in FORMS if each.entry not in ("plain", "quantized", f"{ODD} u", ODD)]
    of = chained(START, created)
    run(bench.database, of)
    found = bench.database.session.survey(None, lambda done, total: None)
    schema = nsmig.Schema.from_dict(dict(found.content))
    adopted = {each.name: each for each in schema.entries()}
    for each in of.schema().entries():
        usual = {"eventually_consistent": False, "similarity": "cosine"}
        assert usual | dict(adopted[each.name].options) == usual | dict(each.options)
        assert (adopted[each.name].types, adopted[each.name].properties) == (each.types, each.properties)
    assert bench.database.session.live_schema(schema).misfits == ()


# --- The Enterprise edition, of which only statements are known here --------------------------------------------------


def sent(operation: Operation, before: nsmig.Schema, *entries: Entry, **settings: Any) -> tuple[list[str], Catalog]:
    live = replace(Catalog.of(entries), server=Server(is_enterprise=True))
    made, after = statements(operation, before, live, Settings(**settings))
    return [each.text for each in made if each.role in (Role.SCHEMA, Role.DATA)], after


def test_the_statements_for_the_enterprise_edition() -> None:
    before = chained(START).schema()
    assert [sent(each, before)[0] for each in CONSTRAINTS] == [
        ["CREATE CONSTRAINT `must` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`body`) IS NOT NULL"],
        ["CREATE CONSTRAINT `typed` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`n`) IS :: INTEGER"],
        ["CREATE CONSTRAINT `keyed` IF NOT EXISTS FOR ()-[n:`CITES`]-() REQUIRE (n.`n`) IS RELATIONSHIP KEY"],
        ["CREATE CONSTRAINT `whole` IF NOT EXISTS FOR ()-[n:`CITES`]-() REQUIRE (n.`n`) IS NOT NULL"],
    ]


def test_what_a_rename_cannot_make_again_is_named() -> None:
    before = chained(START, CONSTRAINTS[0]).schema()
    said = r"the constraint 'must' on Doc \(text\): the server is the Community edition, .* with optional: true it"
    with pytest.raises(UnsupportedError, match=said):
        statements(RenameProperty(NODE, "Doc", "body", "text"), before, Catalog.of([]), Settings())


def test_the_names_of_properties_are_not_those_of_types() -> None:
    before = chained(START, TEXTS, CreateIndex(NODE, "notes", ("Note",), ("body",), "text")).schema()
    assert names_on(RenameProperty(NODE, "Doc", "body", "Note"), before) == {"texts"}
    assert names_on(RenameType(NODE, "Doc", "Note"), before) == {"texts", "notes"}
    assert names_on(removal(TEXTS.created), before) == set()


def test_an_optional_one_that_was_left_out_is_not_checked() -> None:
    optional = CreateConstraint(RELATIONSHIP, "keyed", ("CITES",), ("n",), "key", optional=True)
    before = chained(START, optional).schema()
    work = [AddProperty(RELATIONSHIP, "CITES", "n", 1)]
    entry = Entry("keyed", RELATIONSHIP, ("CITES",), ("n",), "RELATIONSHIP_KEY", True)
    assert (
        list(broken(work, before, Catalog.of([]))) == [] and len(list(broken(work, before, Catalog.of([entry])))) == 1
    )


def test_a_declared_type_takes_the_place_of_nsmigs_own() -> None:
    typed = SetPropertyType(NODE, "Doc", "n", "INTEGER")
    before = chained(START, typed).schema()
    own = Entry("Doc_n_type", NODE, ("Doc",), ("n",), "IS :: INTEGER", True)
    texts, after = sent(CONSTRAINTS[1], before, own, enterprise=True)
    assert texts == [
        "DROP CONSTRAINT `Doc_n_type` IF EXISTS",
        "CREATE CONSTRAINT `typed` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`n`) IS :: INTEGER",
    ]
    declared = before.apply(CONSTRAINTS[1])
    texts, _ = sent(removal(CONSTRAINTS[1].created), declared, *after.entries.values(), enterprise=True)
    assert texts == [
        "DROP CONSTRAINT `typed` IF EXISTS",
        "CREATE CONSTRAINT `Doc_n_type` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`n`) IS :: INTEGER",
    ]


def test_what_demands_a_value_comes_after_the_rows() -> None:
    before = chained(START, CONSTRAINTS[0]).schema()
    entry = Entry("must", NODE, ("Doc",), ("body",), "NODE_PROPERTY_EXISTENCE", True)
    texts, after = sent(RenameProperty(NODE, "Doc", "body", "text"), before, entry)
    assert texts[0] == "DROP CONSTRAINT `must` IF EXISTS" and "SET" in texts[1]
    assert texts[-1] == "CREATE CONSTRAINT `must` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`text`) IS NOT NULL"
    assert after.entries["must"].properties == ("text",)


@pytest.mark.parametrize("classification, belongs", [("undesignated", False), ("dependent", True), (None, False)])
def test_a_constraint_of_a_graph_type_is_told_by_its_classification(classification: str | None, belongs: bool) -> None:
    row = {"name": "c", "type": "NODE_KEY", "entityType": "NODE", "labelsOrTypes": ["A"], "properties": ["k"]}
    row |= {"classification": classification} if classification else {}
    assert entry_of(row, True).graph_type is belongs


def test_what_belongs_to_a_graph_type_is_named_and_not_dropped() -> None:
    before = chained(START, CONSTRAINTS[0]).schema()
    entry = Entry("must", NODE, ("Doc",), ("body",), "NODE_PROPERTY_EXISTENCE", True, graph_type=True)
    key = Entry("Doc_node_key", NODE, ("Doc",), ("k",), "NODE_KEY", True, graph_type=True)
    for operation, own in (
        (removal(CONSTRAINTS[0].created), entry),
        (RenameProperty(NODE, "Doc", "body", "text"), entry),
        (TYPE, key),
    ):
        with pytest.raises(UnsupportedError, match=f"'{own.name}' on Doc .* belongs to the database's graph type"):
            sent(operation, before, own, enterprise=True)
