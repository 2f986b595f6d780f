"""Users' constraints and indexes on types and properties that are renamed or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from nsmig import History
from nsmig.database.base import Role
from nsmig.database.neo4j import foreign, rebuilding
from nsmig.database.neo4j.assemble import statements
from nsmig.database.neo4j.catalog import Catalog, Entry, Settings
from nsmig.database.neo4j.journal import KEPT
from nsmig.errors import ConflictError, DatabaseError, IndexFailedError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, DropProperty, DropType, Operation, RenameProperty, RenameType
from nsmig.running.dry_run import preview
from nsmig.running.events import Event, Noted
from nsmig.running.loop import run as run_loop
from support.databases import Opened, connection, neo4j_at
from support.migrations import chained
from support.neo4j_bench import Bench, schema
from support.server import Server
from support.stops import Stopped, stopping

pytestmark = pytest.mark.releases("5.26", "2026")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
ODD = "it's `odd"
PROPERTIES = ("body", "at", "vector", "n", ODD)
START = [
    CreateType(NODE, "Doc", ("k",), PROPERTIES),
    CreateType(NODE, "Note", ("k",), ("body",)),
    CreateType(RELATIONSHIP, "CITES", (), ("body", "n")),
]
TYPE = RenameType(NODE, "Doc", "Page")
PROPERTY = RenameProperty(NODE, "Doc", "body", "text")
VECTOR = "{`vector.dimensions`: 3, `vector.similarity_function`: 'euclidean', `vector.hnsw.m`: 8}"

# Users', on nodes and relationships; with every option that differs from the server's default.
MADE = [
    "CREATE INDEX several FOR (n:Doc) ON (n.body, n.n)",
    "CREATE INDEX `odd ``name` FOR (n:Doc) ON (n.`it's ``odd`)",
    "CREATE TEXT INDEX texts FOR (n:Doc) ON (n.body)",
    "CREATE POINT INDEX places FOR (n:Doc) ON (n.at) OPTIONS {indexConfig: {`spatial.wgs-84.min`: [-10.0, -20.0]}}",
    "CREATE FULLTEXT INDEX search FOR (n:Doc|Note) ON EACH [n.body] OPTIONS {indexConfig:"
    " {`fulltext.analyzer`: 'english', `fulltext.eventually_consistent`: true}}",
    f"CREATE VECTOR INDEX near FOR (n:Doc) ON (n.vector) OPTIONS {{indexConfig: {VECTOR}}}",
    "CREATE CONSTRAINT only FOR (n:Doc) REQUIRE (n.body, n.k) IS UNIQUE",
    "CREATE FULLTEXT INDEX cited FOR ()-[n:CITES]-() ON EACH [n.body]",
    "CREATE CONSTRAINT once FOR ()-[n:CITES]-() REQUIRE n.n IS UNIQUE",
]
ROWS = (
    "UNWIND range(1, 20) AS i"
    " CREATE (a:Doc {k: i, body: 'graphs running ' + i, n: i, at: point({longitude: i, latitude: i}),"
    " vector: [toFloat(i), 1.0, 0.0], `it's ``odd`: i})"
    " CREATE (b:Doc:Note {k: -i, body: 'both run ' + i, vector: [1.0, toFloat(i), 0.0]})"
    " CREATE (:Note {k: -100 - i, body: 'a note'}) CREATE (a)-[:CITES {body: 'since it runs', n: i}]->(b)"
)


@pytest.fixture
def bench(empty_bench: Bench) -> Bench:
    empty_bench.send.clear()
    started(empty_bench, MADE)
    return empty_bench


def started(bench: Bench, made: list[str]) -> None:
    bench.send("MATCH (n) DETACH DELETE n")
    run(bench.database, chained(START))
    bench.send(ROWS)
    for text in made:
        bench.send(text)
    bench.send("CALL db.awaitIndexes(60)")


def run(database: Opened, of: History) -> list[Event]:
    events: list[Event] = []
    run_loop(of, database, events.append)
    return events


def facts(bench: Bench) -> dict[str, dict[str, Any]]:
    """All that the server reports of each, by name."""
    shown = "YIELD name, type, entityType, labelsOrTypes, properties"
    indexes = bench.send(f"SHOW INDEXES {shown}, options, state, owningConstraint WHERE owningConstraint IS NULL")
    return {each.pop("name"): each for each in [*indexes, *bench.send(f"SHOW CONSTRAINTS {shown}")]}


def answers(bench: Bench) -> list[Any]:
    """Search results: full-text in nodes and relationships, and nearest vectors."""
    return [
        bench.send("CALL db.index.fulltext.queryNodes('search', 'run') YIELD node, score"
                   " RETURN node.k AS k, round(score, 4) AS score ORDER BY score DESC, k"),
        bench.send("CALL db.index.fulltext.queryRelationships('cited', 'runs') YIELD relationship AS r"
                   " RETURN r.n AS n ORDER BY n"),
        bench.send("CALL db.index.vector.queryNodes('near', 5, [3.0, 1.0, 0.0]) YIELD node, score"
                   " RETURN node.k AS k, round(score, 4) AS score ORDER BY score DESC, k"),
    ]  # fmt: skip


def replaced(was: dict[str, dict[str, Any]], names: Mapping[str, tuple[str, ...]], **renames: Any) -> dict[str, Any]:
    """The expected facts: names of constraints and indexes → which of their lists change."""
    return {
        name: {
            what: [renames.get(each, each) for each in value] if what in names.get(name, ()) else value
            for what, value in each.items()
        }
        for name, each in was.items()
    }


def theirs(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    ours = ("_node_key", "_additional_index")
    return {name: each for name, each in found.items() if not name.endswith(ours)}


def test_they_follow_a_type(bench: Bench) -> None:
    was, found = facts(bench), answers(bench)
    events = run(bench.database, chained(START, TYPE))
    on_type = dict.fromkeys(("several", "odd `name", "texts", "places", "search", "near", "only"), ("labelsOrTypes",))
    assert theirs(facts(bench)) == theirs(replaced(was, on_type, Doc="Page"))
    assert answers(bench) == found and len(found[0]) == 40 and len(found[1]) == 20
    told = [each.text for each in events if isinstance(each, Noted)]
    assert len(told) == 7 and "the index near on Doc (vector) is rebuilt on Page (vector)" in told
    assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []
    assert bench.database.session.unfinished() == []


NEW = [
    "CYPHER 25 CREATE VECTOR INDEX both FOR (n:Doc|Note) ON (n.vector) OPTIONS {indexConfig: {`vector.dimensions`: 3}}",
    "CYPHER 25 CREATE VECTOR INDEX chosen FOR (n:Doc) ON (n.body2) WITH [n.n, n.body]"
    " OPTIONS {indexConfig: {`vector.dimensions`: 2}}",
]


def test_vector_indexes_of_cypher_25_follow_too(bench: Bench, neo4j_server: Server) -> None:
    """On several types, and with properties to filter by."""
    if not neo4j_server.release.version.startswith("2026"):
        pytest.skip("this server has none")
    for text in NEW:
        bench.send(text)
    bench.send("CALL db.awaitIndexes(60)")
    was = facts(bench)
    assert was["chosen"]["properties"] == ["body2", "n", "body"]
    run(bench.database, chained(START, PROPERTY, TYPE))
    assert facts(bench)["both"] == {**was["both"], "labelsOrTypes": ["Page", "Note"]}
    moved = {"labelsOrTypes": ["Page"], "properties": ["body2", "n", "text"]}
    assert facts(bench)["chosen"] == {**was["chosen"], **moved}


def test_they_follow_a_property(bench: Bench) -> None:
    """A full-text index that also covers another type keeps the old name for that type."""
    was, found = facts(bench), answers(bench)
    run(bench.database, chained(START, PROPERTY))
    expected = replaced(was, dict.fromkeys(("several", "texts", "only"), ("properties",)), body="text")
    expected["search"] = {**was["search"], "properties": ["body", "text"]}
    assert theirs(facts(bench)) == theirs(expected)
    assert {each["k"] for each in answers(bench)[0]} == {
        each["k"] for each in found[0]
    }  # two fields have a different score
    assert answers(bench)[1:] == found[1:]


def test_several_renames_in_one_pass_move_each_once(bench: Bench) -> None:
    was = facts(bench)
    of = chained(START, [PROPERTY, RenameProperty(NODE, "Doc", "n", "number")])
    run(bench.database, of)
    assert facts(bench)["several"] == {**was["several"], "properties": ["text", "number"]}
    assert facts(bench)["only"] == {**was["only"], "properties": ["text", "k"]}
    assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []


@pytest.mark.parametrize("work", [
    [RenameType(NODE, "Doc", "X"), RenameType(NODE, "Note", "Doc"), RenameType(NODE, "X", "Note")],
    [RenameProperty(NODE, "Doc", "body", "x"), RenameProperty(NODE, "Doc", "n", "body"), RenameProperty(NODE, "Doc", "x", "n")],
], ids=["types", "properties"])  # fmt: skip
def test_they_follow_names_that_are_swapped(bench: Bench, work: list[Operation]) -> None:
    was = facts(bench)
    run(bench.database, chained(START, work))
    if isinstance(work[0], RenameType):
        assert facts(bench)["texts"] == {**was["texts"], "labelsOrTypes": ["Note"]}
        assert set(facts(bench)["search"]["labelsOrTypes"]) == {"Doc", "Note"}
    else:
        assert facts(bench)["texts"] == {**was["texts"], "properties": ["n"]}
        assert facts(bench)["several"] == {**was["several"], "properties": ["n", "body"]}


def test_one_that_fails_on_the_new_name_is_reported_and_rebuilt(bench: Bench) -> None:
    """Rows with the new name already have values that are too large for it."""
    bench.send("CREATE (:Page {k: -999, body: $long})", long="x" * 33_000)
    for name in ("several", "search", "only"):
        bench.send(f"DROP {'CONSTRAINT' if name == 'only' else 'INDEX'} {name}")
    of = chained(START, TYPE)
    with pytest.raises(IndexFailedError, match="texts"):
        run(bench.database, of)
    told = {each.name: each.text for each in bench.database.session.unfinished()}
    assert "rebuilds it on Page (body)" in told["texts"]
    with pytest.raises(IndexFailedError, match="texts"):
        run(bench.database, of)
    bench.send("MATCH (n:Page {k: -999}) SET n.body = 'short'")
    run(bench.database, of)
    assert facts(bench)["texts"]["state"] == "ONLINE" and facts(bench)["texts"]["labelsOrTypes"] == ["Page"]
    assert bench.database.session.unfinished() == [] and list(bench.database.ledger.state().records) == of.order()


def test_it_may_be_given_up_and_is_then_on_the_old_name(bench: Bench, neo4j_server: Server) -> None:
    bench.send("CREATE (:Page {k: -999, body: $long})", long="x" * 33_000)
    for name in ("several", "search", "only"):
        bench.send(f"DROP {'CONSTRAINT' if name == 'only' else 'INDEX'} {name}")
    of = chained(START, TYPE)
    with pytest.raises(IndexFailedError):
        run(bench.database, of)
    bench.send("DROP INDEX texts")
    with neo4j_at(neo4j_server.uri, foreign_indexes="keep") as database:
        run(database, of)
    assert facts(bench)["texts"]["labelsOrTypes"] == ["Doc"] and bench.database.session.unfinished() == []


def test_what_demands_a_value_comes_after_the_rows_and_follows_a_property() -> None:
    """Only the text: the Community edition has no such constraint."""
    entry = Entry("must", NODE, ("Doc",), ("body",), "NODE_PROPERTY_EXISTENCE", True)
    before = schema(Doc="k* body")
    made, after = statements(PROPERTY, before, Catalog.of([entry]), Settings())
    texts = [each.text for each in made if each.role in (Role.SCHEMA, Role.DATA)]
    assert texts[0] == "DROP CONSTRAINT `must` IF EXISTS" and "SET" in texts[1]
    assert "CREATE CONSTRAINT `must` IF NOT EXISTS FOR (n:`Doc`) REQUIRE (n.`text`) IS NOT NULL" in texts
    assert after.entries["must"].properties == ("text",)
    kept = [str(each.parameters["facts"]) for each in made if each.role is Role.KEEP and "facts" in each.parameters]
    first, last = (list(rebuilding.unmade(kept, Catalog.of([]), after=after)) for after in (False, True))
    assert not any("CREATE" in each.text for each in first) and any("CREATE" in each.text for each in last)
    stays, _ = statements(DropProperty(NODE, "Doc", "body"), before, Catalog.of([entry]), Settings())
    assert stays[0].role is Role.CHECK and "demands the property" in stays[0].problem


# Existing constraints and indexes on the new name, and those that are to follow.
CLASHES = [
    ("CONSTRAINT theirs FOR (n:Doc) REQUIRE n.n IS UNIQUE", "INDEX there FOR (n:Page) ON (n.n)", TYPE),
    ("INDEX theirs FOR (n:Doc) ON (n.n)", "CONSTRAINT there FOR (n:Page) REQUIRE n.n IS UNIQUE", TYPE),
    ("INDEX theirs FOR (n:Doc) ON (n.body)", "CONSTRAINT there FOR (n:Doc) REQUIRE n.text IS UNIQUE", PROPERTY),
    ("CONSTRAINT Page_node_key FOR (n:Doc) REQUIRE n.n IS UNIQUE", "INDEX there FOR (n:Other) ON (n.n)", TYPE),
]


@pytest.mark.parametrize("theirs_is, there_is, work", CLASHES, ids=lambda value: repr(value)[:40])
def test_what_cannot_stand_beside_what_is_there_stays(
    bench: Bench, theirs_is: str, there_is: str, work: Operation
) -> None:
    """So does one that would take the name of one of nsmig's there; the schema's key exists in the end."""
    bench.send("MATCH (n:Note) REMOVE n:Doc")
    for text in (theirs_is, there_is):
        bench.send(f"CREATE {text}")
    bench.send("CALL db.awaitIndexes(60)")
    name = theirs_is.split()[1]
    was = facts(bench)
    events = run(bench.database, chained(START, work))
    assert facts(bench)[name] == was[name] and facts(bench)["there"] == was["there"]
    assert any(
        f" {name} on " in each.text and "left as it is" in each.text for each in events if isinstance(each, Noted)
    )
    type = "Page" if work is TYPE else "Doc"
    keys = [each for each in facts(bench).values() if each["labelsOrTypes"] == [type] and each["properties"] == ["k"]]
    assert len(keys) >= 1 and bench.database.session.unfinished() == []


@pytest.mark.parametrize("kind", Kind)
def test_rows_that_a_constraint_would_not_hold_for_are_counted_before(bench: Bench, kind: Kind) -> None:
    if kind is NODE:
        bench.send("MATCH (d:Doc {k: 1}) CREATE (:Page {k: d.k, body: d.body})")
        work: Operation = TYPE
    else:
        bench.send("MATCH (a:Doc {k: 1}), (b:Doc {k: 2}) CREATE (a)-[:QUOTES {n: 1}]->(b)")
        work = RenameType(RELATIONSHIP, "CITES", "QUOTES")
    was = facts(bench)
    with pytest.raises(ConflictError, match="share"):
        run(bench.database, chained(START, work))
    assert facts(bench) == was and bench.database.ledger.state().journal == {}


LONG = "y" * 9000


@pytest.mark.parametrize("index, work", [
    ("INDEX there FOR (n:Doc) ON (n.more)", AddProperty(NODE, "Doc", "more", LONG)),
    ("INDEX there FOR (n:Note) ON (n.more)", AddProperty(NODE, "Doc", "more", LONG)),
    ("INDEX there FOR (n:Doc) ON (n.text)", RenameProperty(NODE, "Doc", "vector", "text")),
    ("INDEX there FOR (n:Page) ON (n.vector)", TYPE),
    ("CONSTRAINT there FOR (n:Page) REQUIRE n.vector IS UNIQUE", TYPE),
    ("INDEX there FOR ()-[n:CITES]-() ON (n.more)", AddProperty(RELATIONSHIP, "CITES", "more", LONG)),
], ids=lambda value: repr(value)[:40])  # fmt: skip
def test_values_too_large_for_what_is_there_are_counted_before_they_are_written(
    bench: Bench, index: str, work: Operation
) -> None:
    """The server would refuse the batch and, on some versions, leave its transaction open."""
    bench.send("DROP INDEX near")
    bench.send("MATCH (n:Doc {k: 1}) SET n.vector = $long", long=LONG)
    bench.send(f"CREATE {index}")
    bench.send("CALL db.awaitIndexes(60)")
    was = bench.send("MATCH (n) RETURN properties(n) AS p, labels(n) AS l ORDER BY elementId(n)")
    with pytest.raises(ConflictError, match="has room for"):
        run(bench.database, chained(START, work))
    left = bench.send("MATCH (n) RETURN properties(n) AS p, labels(n) AS l ORDER BY elementId(n)")
    assert [each for each in left if "__NodestreamMigration__" not in each["l"]] == [
        each for each in was if "__NodestreamMigration__" not in each["l"]
    ]


def test_they_follow_a_relationship_type_and_its_property(bench: Bench) -> None:
    was, found = facts(bench), answers(bench)
    rename = [RenameType(RELATIONSHIP, "CITES", "QUOTES"), RenameProperty(RELATIONSHIP, "QUOTES", "body", "text")]
    run(bench.database, chained(START, rename))
    expected = replaced(was, {"cited": ("labelsOrTypes", "properties"), "once": ("labelsOrTypes",)},
                        CITES="QUOTES", body="text")  # fmt: skip
    assert theirs(facts(bench)) == theirs(expected) and answers(bench) == found


def test_one_that_serves_the_key_stays_the_only_one(bench: Bench) -> None:
    bench.send("DROP CONSTRAINT Doc_node_key")
    bench.send("CREATE CONSTRAINT mine FOR (n:Doc) REQUIRE n.k IS UNIQUE")
    run(bench.database, chained(START, TYPE))
    assert facts(bench)["mine"]["labelsOrTypes"] == ["Page"] and "Page_node_key" not in facts(bench)


def test_where_they_are_to_be_kept_they_stay(bench: Bench, neo4j_server: Server) -> None:
    was = facts(bench)
    with neo4j_at(neo4j_server.uri, foreign_indexes="keep") as database:
        events = run(database, chained(START, TYPE))
    assert theirs(facts(bench)) == theirs(was)
    assert sum("is left as it is" in each.text for each in events if isinstance(each, Noted)) == 7


def test_the_same_index_on_the_new_name_is_let_be(bench: Bench) -> None:
    bench.send("CREATE TEXT INDEX there FOR (n:Page) ON (n.body)")
    run(bench.database, chained(START, TYPE))
    assert facts(bench)["texts"]["labelsOrTypes"] == ["Doc"] and facts(bench)["there"]["labelsOrTypes"] == ["Page"]


def test_many_rows_need_the_users_decision(bench: Bench, neo4j_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "MANY_ROWS", 30)
    was = facts(bench)
    with pytest.raises(ConflictError, match="--follow-foreign-indexes") as caught:
        run(bench.database, chained(START, TYPE))
    assert caught.value.count in (40, 60) and facts(bench) == was
    assert bench.database.ledger.state().journal == {}
    with neo4j_at(neo4j_server.uri, foreign_indexes="follow") as database:
        run(database, chained(START, TYPE))
    assert facts(bench)["near"]["labelsOrTypes"] == ["Page"]


def test_beside_very_long_texts_a_full_text_index_with_a_custom_analyzer_is_not_rebuilt(bench: Bench) -> None:
    bench.send("MATCH (n:Doc {k: 1}) SET n.body = $long", long="word " * 1000)
    run(bench.database, chained(START, TYPE))
    assert facts(bench)["search"]["labelsOrTypes"] == ["Page", "Note"]
    bench.send("DROP CONSTRAINT only")  # too large for its index
    for name in ("several", "texts"):
        bench.send(f"DROP INDEX {name}")
    bench.send("MATCH (n:Page {k: 1}) SET n.body = $long", long="ä" * 16_384)
    of = chained(START, TYPE, RenameProperty(NODE, "Page", "body", "text"))
    with pytest.raises(ConflictError, match="under the full-text index 'search'") as caught:
        run(bench.database, of)
    assert caught.value.count == 1 and bench.send(caught.value.query)[0]["n"]["k"] == 1
    bench.send("MATCH (n:Page {k: 1}) SET n.body = 'short'")
    run(bench.database, of)


@pytest.mark.releases("5.26")  # minutes
@pytest.mark.parametrize("work", [TYPE, pytest.param(PROPERTY, marks=pytest.mark.long)], ids=repr)
def test_stopped_after_any_statement_they_are_rebuilt(bench: Bench, work: Operation) -> None:
    few = [MADE[2], MADE[4], MADE[6]]
    of = chained(START, work)

    def start() -> None:
        for name in theirs(facts(bench)):
            if facts(bench)[name]["type"] != "LOOKUP":
                kind = "CONSTRAINT" if name in ("only", "once") else "INDEX"
                bench.send(f"DROP {kind} `{name.replace('`', '``')}`")
        started(bench, few)

    def contents() -> Any:
        rows = bench.send("MATCH (n:Doc|Page|Note) RETURN labels(n) AS l, n.k AS k, n.body AS b, n.text AS t")
        return facts(bench), sorted(rows, key=repr)

    start()
    run(bench.database, of)
    whole = contents()
    for after in count():
        start()
        try:
            with stopping(connection(bench.database), "attempt", after):
                run(bench.database, of)
            break
        except Stopped:
            assert foreign_or_kept(bench) >= {"texts", "search", "only"}, "lost"
            run(bench.database, of)
        assert contents() == whole, f"stopped after statement {after + 1}"
        assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []
    assert after > 10


def foreign_or_kept(bench: Bench) -> set[str]:
    return {*facts(bench), *(each["name"] for each in bench.send(f"MATCH (k:{KEPT}) RETURN k.name AS name"))}


def test_what_cannot_be_made_is_tried_first_by_the_next_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile someone gives its name to another index; the server then creates none, and raises no error."""
    of = chained(START, TYPE, AddProperty(NODE, "Page", "more", 1))
    sent = connection(bench.database).change_schema

    def change_schema(texts: Any) -> None:
        if any("CREATE TEXT INDEX `texts`" in text for text in texts):
            bench.send("CREATE INDEX texts IF NOT EXISTS FOR (n:Other) ON (n.x)")
        sent(texts)

    with monkeypatch.context() as patch:
        patch.setattr(connection(bench.database), "change_schema", change_schema)
        with pytest.raises(DatabaseError, match="name was taken meanwhile"):
            run(bench.database, of)
    assert {each.name for each in bench.database.session.unfinished()} >= {"texts"}
    with pytest.raises(DatabaseError, match="name was taken meanwhile"):
        run(bench.database, of)
    bench.send("DROP INDEX texts")
    run(bench.database, of)
    assert facts(bench)["texts"]["labelsOrTypes"] == ["Page"] and bench.database.session.unfinished() == []
    assert list(bench.database.ledger.state().records) == of.order()


def test_what_a_constraint_forbids_meanwhile_stops_the_rename(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The constraint is on the new name before any data: two nodes that someone makes equal cannot both get there."""
    of = chained(START, TYPE)
    sent = connection(bench.database).change_schema

    def change_schema(texts: Any) -> None:
        sent(texts)
        if any("CREATE CONSTRAINT `only`" in text for text in texts):
            bench.send(
                "MATCH (n:Doc {k: 2}) SET n.body = 'same' WITH n MATCH (m:Doc {k: 3}) SET m.k = 2, m.body = 'same'"
            )

    bench.send("DROP CONSTRAINT Doc_node_key")
    with monkeypatch.context() as patch:
        patch.setattr(connection(bench.database), "change_schema", change_schema)
        with pytest.raises(DatabaseError, match="already exists"):
            run(bench.database, of)
    bench.send("MATCH (n:Doc|Page {body: 'same'}) WITH n LIMIT 1 SET n.body = 'other', n.k = 99")
    run(bench.database, of)
    assert (
        theirs(facts(bench)).keys() >= {"only", "texts", "search", "near"} and bench.database.session.unfinished() == []
    )
    assert facts(bench)["only"]["labelsOrTypes"] == ["Page"]


def test_on_a_drop_they_are_named(bench: Bench) -> None:
    events = run(bench.database, chained(START, [DropProperty(NODE, "Doc", "body"), DropType(NODE, "Doc")]))
    told = " ".join(each.text for each in events if isinstance(each, Noted))
    assert all(f" {name} on " in told for name in ("several", "texts", "search", "only", "near", "places"))


def test_the_dry_run_announces_and_includes_everything(bench: Bench) -> None:
    text = "".join(preview(chained(START, TYPE), bench.database))
    assert "// the index near on Doc (vector) is rebuilt on Page (vector)" in text
    assert text.index(f"MERGE (k:`{KEPT}`") < text.index("DROP INDEX `near`") < text.index("CREATE VECTOR INDEX `near`")
    assert text.index("CREATE CONSTRAINT `only`") < text.index("SET n:`Page`") < text.index("CREATE TEXT INDEX `texts`")
