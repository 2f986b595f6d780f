"""Constraints and indexes that people made, on what is renamed or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from nsmig import History
from nsmig.database.neo4j import foreign
from nsmig.database.neo4j.journal import KEPT
from nsmig.errors import ConflictError, DatabaseError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, DropProperty, DropType, Operation, RenameProperty, RenameType
from nsmig.running.dry_run import preview
from nsmig.running.events import Event, Noted
from nsmig.running.loop import run as run_loop
from support.databases import Opened, connection, neo4j_at
from support.migrations import chained
from support.neo4j_bench import Bench
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

# By people, on nodes and relationships; with every option that differs from the server's own.
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
    """All that the server says of each, by name."""
    shown = "YIELD name, type, entityType, labelsOrTypes, properties"
    indexes = bench.send(f"SHOW INDEXES {shown}, options, state, owningConstraint WHERE owningConstraint IS NULL")
    return {each.pop("name"): each for each in [*indexes, *bench.send(f"SHOW CONSTRAINTS {shown}")]}


def answers(bench: Bench) -> list[Any]:
    """What searches find: full-text in nodes and relationships, and by nearness."""
    return [
        bench.send("CALL db.index.fulltext.queryNodes('search', 'run') YIELD node, score"
                   " RETURN node.k AS k, round(score, 4) AS score ORDER BY score DESC, k"),
        bench.send("CALL db.index.fulltext.queryRelationships('cited', 'runs') YIELD relationship AS r"
                   " RETURN r.n AS n ORDER BY n"),
        bench.send("CALL db.index.vector.queryNodes('near', 5, [3.0, 1.0, 0.0]) YIELD node, score"
                   " RETURN node.k AS k, round(score, 4) AS score ORDER BY score DESC, k"),
    ]  # fmt: skip


def replaced(was: dict[str, dict[str, Any]], names: Mapping[str, tuple[str, ...]], **renames: Any) -> dict[str, Any]:
    """The facts as they are to be: names of constraints and indexes → which of their lists change."""
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
    assert len(told) == 7 and "the index near on Doc (vector) is made anew on Page (vector)" in told
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
    """A full-text index on another type, too, keeps the old name for that one."""
    was, found = facts(bench), answers(bench)
    run(bench.database, chained(START, PROPERTY))
    expected = replaced(was, dict.fromkeys(("several", "texts", "only"), ("properties",)), body="text")
    expected["search"] = {**was["search"], "properties": ["body", "text"]}
    assert theirs(facts(bench)) == theirs(expected)
    assert {each["k"] for each in answers(bench)[0]} == {each["k"] for each in found[0]}  # two fields score otherwise
    assert answers(bench)[1:] == found[1:]


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
    assert sum("stays as it is" in each.text for each in events if isinstance(each, Noted)) == 7


def test_the_same_index_on_the_new_name_is_let_be(bench: Bench) -> None:
    bench.send("CREATE TEXT INDEX there FOR (n:Page) ON (n.body)")
    run(bench.database, chained(START, TYPE))
    assert facts(bench)["texts"]["labelsOrTypes"] == ["Doc"] and facts(bench)["there"]["labelsOrTypes"] == ["Page"]


def test_of_many_rows_somebody_has_to_answer(
    bench: Bench, neo4j_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "MANY_ROWS", 30)
    was = facts(bench)
    with pytest.raises(ConflictError, match="--follow-foreign-indexes") as caught:
        run(bench.database, chained(START, TYPE))
    assert caught.value.count in (40, 60) and facts(bench) == was
    assert bench.database.ledger.state().journal == {}
    with neo4j_at(neo4j_server.uri, foreign_indexes="follow") as database:
        run(database, chained(START, TYPE))
    assert facts(bench)["near"]["labelsOrTypes"] == ["Page"]


@pytest.mark.parametrize("work", [TYPE, PROPERTY], ids=repr)
def test_stopped_after_any_statement_they_are_made_anew(bench: Bench, work: Operation) -> None:
    few = [MADE[2], MADE[4], MADE[6]]
    of = chained(START, work)

    def start() -> None:
        for name in theirs(facts(bench)):
            if facts(bench)[name]["type"] != "LOOKUP":
                kind = "CONSTRAINT" if name in ("only", "once") else "INDEX"
                bench.send(f"DROP {kind} `{name.replace('`', '``')}`")
        started(bench, few)

    start()
    run(bench.database, of)
    whole = facts(bench), bench.send("MATCH (n) RETURN labels(n) AS l, n.k AS k, n.body AS b, n.text AS t ORDER BY k")
    for after in count():
        start()
        try:
            with stopping(connection(bench.database), "attempt", after):
                run(bench.database, of)
            break
        except Stopped:
            assert foreign_or_kept(bench) >= {"texts", "search", "only"}, "lost"
            run(bench.database, of)
        assert (facts(bench), whole[1]) == whole, f"stopped after statement {after + 1}"
        assert bench.send(f"MATCH (k:{KEPT}) RETURN k") == []
    assert after > 10


def foreign_or_kept(bench: Bench) -> set[str]:
    return {*facts(bench), *(each["name"] for each in bench.send(f"MATCH (k:{KEPT}) RETURN k.name AS name"))}


def test_what_cannot_be_made_is_tried_first_by_the_next_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody gives its name to another index while it is away; the server then makes none, and raises no error."""
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
    """It stands on the new name before any data: two nodes that somebody makes alike cannot both get there."""
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


def test_the_dry_run_tells_and_has_it_all(bench: Bench) -> None:
    text = "".join(preview(chained(START, TYPE), bench.database))
    assert "// the index near on Doc (vector) is made anew on Page (vector)" in text
    assert text.index(f"MERGE (k:`{KEPT}`") < text.index("DROP INDEX `near`") < text.index("CREATE VECTOR INDEX `near`")
    assert text.index("CREATE CONSTRAINT `only`") < text.index("SET n:`Page`") < text.index("CREATE TEXT INDEX `texts`")
