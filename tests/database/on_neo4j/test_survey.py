"""The schema that a database shows to someone without one, compared with all its rows."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

import nsmig
from nsmig.database.survey import Remark, Survey, Verdict
from nsmig.kinds import Kind
from nsmig.operations import DropIndex
from nsmig.running.drift import drift
from support.databases import planned
from support.neo4j_bench import Bench
from support.reference import Property, Schema

pytestmark = pytest.mark.releases("5.26", "2026")

NODE = Kind.NODE
LABELS = ["A", "B", "C", "odd `name"]
TYPES = ["R", "S", "T 1"]


def survey(bench: Bench, sample: int | None = None) -> Survey:
    return bench.database.session.survey(sample, lambda done, total: None)


def pairs(found: Survey) -> set[tuple[str, str, str]]:
    adjacencies = [each["adjacency"] for each in found.content["cardinalities"]]
    return {(each["from_node_type"], each["relationship_type"], each["to_node_type"]) for each in adjacencies}


def pairs_of_rows(bench: Bench) -> set[tuple[str, str, str]]:
    rows = bench.send("MATCH (a)-[r]->(b) RETURN labels(a) AS a, type(r) AS r, labels(b) AS b")
    return {(a, row["r"], b) for row in rows for a in row["a"] for b in row["b"]}


@pytest.mark.parametrize("seed", range(25))
def test_only_pairs_that_rows_have(seed: int, empty_bench: Bench) -> None:
    choose = random.Random(seed)
    few = choose.sample(LABELS, choose.randint(1, 4))
    nodes: list[list[str]] = [choose.sample(few, choose.choice([0, 1, 1, 1, min(2, len(few))])) for _ in range(12)]
    rows: list[dict[str, Any]] = [
        {"start": choose.randrange(12), "end": choose.randrange(12), "type": choose.choice(TYPES)}
        for _ in range(choose.choice([1, 3, 10]))
    ]
    empty_bench.send(
        "UNWIND $nodes AS labels CREATE (n:$(labels)) WITH collect(n) AS nodes UNWIND $rows AS row"
        " WITH nodes[row.start] AS a, nodes[row.end] AS b, row CREATE (a)-[:$(row.type)]->(b)",
        nodes=nodes,
        rows=rows,
    )
    found = survey(empty_bench)
    assert pairs(found) == pairs_of_rows(empty_bench)
    assert pairs(survey(empty_bench, sample=1000)) == pairs_of_rows(empty_bench)
    assert [each["name"] for each in found.content["nodes"]] == sorted({label for each in nodes for label in each})
    assert [each["name"] for each in found.content["relationships"]] == sorted({each["type"] for each in rows})
    unlabelled = nodes.count([])
    said = [each.text for each in found.remarks if each.kind is None]
    noun = "node" if unlabelled == 1 else "nodes"
    assert said == [f"{unlabelled} {noun} without a label, which no migration will touch"] * bool(unlabelled)


def test_its_decisions_are_not_drift(empty_bench: Bench) -> None:
    empty_bench.send(
        "CREATE (:A:B {id: 1, x: 1, tags: [], dates: [date()]})-[:R {p: 0.5, q: 'x'}]->(:A {id: 2, x: 'a', tags: ['t']}),"
        " (:C {at: point({x: 1, y: 2}), on: date(), n: [1, 2]}), (:C {n: []})"
    )
    for text in (
        "CREATE CONSTRAINT one FOR (n:A) REQUIRE n.id IS UNIQUE",
        "CREATE CONSTRAINT two FOR (n:A) REQUIRE (n.id, n.x) IS UNIQUE",
        "CREATE INDEX FOR (n:C) ON (n.on)",
        "CREATE INDEX FOR ()-[n:R]-() ON (n.p)",
    ):
        empty_bench.send(text)
    schema = nsmig.Schema.from_dict(survey(empty_bench).content)
    live = nsmig.Schema.from_dict(empty_bench.database.session.live_schema(schema).content)
    assert not list(drift(schema, live, declares_types=False))
    assert not list(drift(schema, nsmig.Schema.from_dict(survey(empty_bench).content), declares_types=False))


def test_values_that_are_not_of_their_declared_type_are_drift(empty_bench: Bench) -> None:
    """For both types of a row; an empty list belongs to any list type."""
    empty_bench.send(
        "CREATE (:A:`B ``x` {k: 1, m: 'x', z: 1}), (:A {k: 'two', l: [], m: date(), o: []}), (:A {l: [1], n: 1}),"
        " (:A {n: localdatetime()}), (:A {n: datetime()}), (:`B ``x` {m: true, z: 'x'}), ()-[:R {p: 'x'}]->()"
    )
    types = {"k": "INTEGER", "l": "LIST_OF_INTEGERS", "m": "DATE", "n": "DATETIME", "o": "INTEGER"}
    expected = nsmig.Schema.from_dict(
        Schema(
            {"A": {name: Property(type=type_) for name, type_ in types.items()}, "B `x": {"m": Property(type="POINT")}},
            {"R": {"p": Property(type="FLOAT")}},
        ).to_dict()
    )
    found = empty_bench.database.session.live_schema(expected)
    differences = drift(
        expected, nsmig.Schema.from_dict(found.content), declares_types=False, stored=found.stored, is_complete=False
    )
    assert [str(each) for each in differences] == [
        "node type A has 1 INTEGER, 1 STRING in k, not INTEGER",
        "node type A has 1 DATE, 1 STRING in m, not DATE",
        "node type A has 1 INTEGER, 1 LOCAL DATETIME, 1 ZONED DATETIME in n, not DATETIME",
        "node type A has 1 LIST<NOTHING> in o, not INTEGER",
        "node type B `x has 1 BOOLEAN, 1 STRING in m, not POINT",
        "relationship type R has 1 STRING in p, not FLOAT",
    ]


def test_values_of_several_types_are_counted(empty_bench: Bench) -> None:
    empty_bench.send("UNWIND range(1, 7) AS i CREATE (:A {x: CASE WHEN i < 3 THEN i ELSE toString(i) END, y: i})")
    empty_bench.send("MATCH (n:A) WHERE n.y > 4 SET n:B")
    empty_bench.send("CREATE ()-[:R {x: true}]->()-[:R {x: 1.5}]->(), (:D {l: [1]}), (:D {l: []}), (:D {e: []})")
    found = survey(empty_bench)
    said = [(each.kind, each.type, each.text) for each in found.remarks if "it is STRING" in each.text]
    end = "no single type fits, so it is STRING, which allows all"
    assert said == [
        (NODE, "A", f"x holds 2 INTEGER, 5 STRING: {end}"),
        (NODE, "D", f"e holds 1 LIST<NOTHING>: {end}"),
        (Kind.RELATIONSHIP, "R", f"x holds 1 BOOLEAN, 1 FLOAT: {end}"),
    ]
    schema = nsmig.Schema.from_dict(found.content)
    types = {name: dict(type_.properties) for name in "ABD" if (type_ := schema.type(NODE, name))}
    assert types == {
        "A": {"x": "STRING", "y": "INTEGER"},
        "B": {"x": "STRING", "y": "INTEGER"},
        "D": {"l": "LIST_OF_INTEGERS", "e": "STRING"},
    }


def test_labels_that_never_come_alone(empty_bench: Bench) -> None:
    empty_bench.send("CREATE (:A:B), (:A:B:C), (:D:E), (:E), (:F)")
    said = [(each.type, each.text) for each in survey(empty_bench).remarks if "no constraint" not in each.text]
    assert said == [
        ("A", "A and B always occur together"),
        ("C", "every C is also A and B"),
        ("D", "every D is also E"),
    ]


def test_what_other_tools_keep_is_left_out_and_listed(empty_bench: Bench) -> None:
    empty_bench.send(
        "CREATE (:__Neo4jMigration {version: 'BASELINE'})-[:MIGRATED_TO {at: datetime()}]->(:__Neo4jMigration {version: '1'}),"
        " (:_Bloom_Perspective_ {name: 'p'})-[:_Bloom_HAS_SCENE_]->(:_Bloom_Scene_), (:_GraphConfig), (:_NsPrefDef),"
        " (:__NodestreamMigration__ {name: 'm'}), (:A)-[:_IN]->(:_Mine_)"
    )
    empty_bench.send("CREATE CONSTRAINT theirs FOR (n:__Neo4jMigration) REQUIRE n.version IS UNIQUE")
    found = survey(empty_bench)
    assert [each["name"] for each in found.content["nodes"]] == ["A", "_Mine_"]
    assert [each["name"] for each in found.content["relationships"]] == ["_IN"]
    assert found.left_out == (
        "MIGRATED_TO (neo4j-migrations)",
        "_Bloom_HAS_SCENE_ (Bloom)",
        "_Bloom_Perspective_ (Bloom)",
        "_Bloom_Scene_ (Bloom)",
        "_GraphConfig (neosemantics (n10s))",
        "_NsPrefDef (neosemantics (n10s))",
        "__Neo4jMigration (neo4j-migrations)",
        "__NodestreamMigration__ (nodestream)",
    )
    assert not found.found and found.in_use is None
    empty_bench.send("CREATE (:__Neo4jMigrationsLock {id: '1', name: 'x'}), ()-[:MIGRATED_TO]->()")
    found = survey(empty_bench)
    assert found.in_use == "neo4j-migrations"
    assert [each["name"] for each in found.content["relationships"]] == ["MIGRATED_TO", "_IN"]  # also someone else's


def test_constraints_and_indexes_and_what_becomes_of_them(empty_bench: Bench) -> None:
    empty_bench.send("CREATE (:A {id: 1, email: 'x', t: 'text', a: 1, b: 2})")
    for text in (
        "CREATE CONSTRAINT A_node_key FOR (n:A) REQUIRE n.id IS UNIQUE",
        "CREATE CONSTRAINT mail FOR (n:A) REQUIRE n.email IS UNIQUE",
        "CREATE INDEX one FOR (n:A) ON (n.a)",
        "CREATE INDEX both FOR (n:A) ON (n.a, n.b)",
        "CREATE FULLTEXT INDEX words FOR (n:A|B) ON EACH [n.t]",
        "CREATE TEXT INDEX text FOR (n:A) ON (n.t)",
        "CREATE FULLTEXT INDEX numbers FOR (n:A) ON EACH [n.b]",
        "CREATE POINT INDEX near FOR (n:A) ON (n.at) OPTIONS {indexConfig: {`spatial.wgs-84.min`: [-10.0, -20.0]}}",
    ):
        empty_bench.send(text)
    found = survey(empty_bench)
    assert {each.name: (each.verdict, each.is_nodestreams) for each in found.found} == {
        "A_node_key": (Verdict.TAKEN_OVER, True),
        "both": (Verdict.TAKEN_OVER, False),
        "mail": (Verdict.TAKEN_OVER, False),
        "near": (Verdict.KEPT, False),
        "numbers": (Verdict.KEPT, False),
        "one": (Verdict.TAKEN_OVER, False),
        "text": (Verdict.TAKEN_OVER, False),
        "words": (Verdict.TAKEN_OVER, False),
    }
    assert [(each.name, each.form, each.types) for each in nsmig.Schema.from_dict(found.content).entries()] == [
        ("both", "range", ("A",)),
        ("mail", "unique", ("A",)),
        ("text", "text", ("A",)),
        ("words", "fulltext", ("A", "B")),
    ]
    key = "2 constraints could be its key, A_node_key (id); mail (email): id was taken"
    assert Remark(key, NODE, "A") in found.remarks
    schema = nsmig.Schema.from_dict(found.content).type(NODE, "A")
    assert schema is not None and (schema.keys, schema.indexes) == (("id",), ("a",))


def test_a_sample_says_that_it_is_one(empty_bench: Bench) -> None:
    empty_bench.send("UNWIND range(1, 50) AS i CREATE (n:A) SET n[toString(i)] = i")
    sampled, whole = survey(empty_bench, sample=5), survey(empty_bench)
    assert (
        Remark("read from at most 5 rows of each type; anything that none of these have is missing here")
        in sampled.remarks
    )
    assert [len(each.content["nodes"][0]["properties"]) for each in (sampled, whole)] == [5, 50]


def test_it_only_reads_and_reports_its_progress(empty_bench: Bench) -> None:
    empty_bench.send("UNWIND range(1, 9) AS i CREATE (:A {x: i})-[:R]->(:B)")

    def seen() -> Any:
        return (
            Counter(label for row in empty_bench.send("MATCH (n) RETURN labels(n)[0] AS l") for label in [row["l"]]),
            empty_bench.send.made(),
        )

    before = seen()
    told: list[tuple[int, int]] = []
    empty_bench.database.session.survey(None, lambda done, total: told.append((done, total)))
    assert seen() == before
    assert told == sorted(told) and told[0] == (0, 27) and told[-1] == (27, 27)


def test_what_also_serves_a_type_that_has_rows_is_not_left_over(empty_bench: Bench) -> None:
    empty_bench.send("CREATE (:Person {name: 'x'})")
    empty_bench.send("CREATE FULLTEXT INDEX words FOR (n:Person|Ghost) ON EACH [n.name]")
    empty_bench.send("CREATE CONSTRAINT alone FOR (n:Ghost) REQUIRE n.id IS UNIQUE")
    session = empty_bench.database.session
    assert session.remains(NODE, "Ghost") == [
        ("the constraint alone on Ghost (id)", "DROP CONSTRAINT `alone` IF EXISTS"),
    ]
    assert session.remains(NODE, "Person") == []


def test_a_users_index_that_is_no_longer_declared_is_named(empty_bench: Bench) -> None:
    empty_bench.send("CREATE (:A {id: 1, x: 1})")
    empty_bench.send("CREATE INDEX mine FOR (n:A) ON (n.x)")
    before = Schema({"A": {"id": Property(key=True), "x": Property(indexed=True)}})
    statements, _ = planned(
        empty_bench.database, DropIndex(NODE, "A", "x"), before, empty_bench.database.session.live()
    )
    assert [each.text for each in statements] == [
        "the index mine on A (x) was not created by nsmig or nodestream and is left as it is"
    ]
