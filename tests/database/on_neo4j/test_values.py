"""Every storable type of value is unchanged after what holds it is renamed, keyed and dropped."""

from __future__ import annotations

import pytest

from nsmig.database.neo4j.conversions import can_be, converted
from nsmig.kinds import PROPERTY_TYPES
from nsmig.operations import (
    AddProperty,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from support.neo4j_bench import NODE, RELATIONSHIP, Bench, make, steps
from support.reference import Property, Schema
from support.server import LATEST, Server

pytestmark = pytest.mark.releases("5.26", "2026")

ONE_EACH = [
    "true",
    "-9223372036854775808",
    "0.1 + 0.2",
    "-0.0",
    "0.0 / 0.0",
    "-1.0 / 0.0",
    "''",
    "'ä😀\\n`\\'\"'",
    "date('-0044-03-15')",
    "time('12:31:14.645876123+01:00')",
    "localtime('12:31:14.645876123')",
    "localdatetime('2015-07-21T21:40:32.142000001')",
    "datetime('2015-07-21T21:40:32.142-03:00')",
    "datetime({year: 1850, timezone: 'Europe/Berlin'})",
    "datetime({datetime: datetime('2020-10-25T02:30+02:00'), timezone: 'Europe/Berlin'})",
    "datetime({datetime: datetime('2020-10-25T02:30+01:00'), timezone: 'Europe/Berlin'})",
    "duration('P14M-3DT16H12M-0.000000001S')",
    "point({x: 1.5, y: -2})",
    "point({x: 1.5, y: -2, z: 3})",
    "point({longitude: 12.5, latitude: 55.7})",
    "point({longitude: 12.5, latitude: 55.7, height: 100})",
]
LISTS = [
    "[]",
    *(f"[{each}, {each}]" for each in ONE_EACH),
    "[date('2020-01-01'), date('0001-01-01')]",
]
LONG = "reduce(text = 'ä', i IN range(1, 16) | text + text)"  # more than an index holds
VALUES = [*ONE_EACH, *LISTS, LONG]

# A value compared with its original: the same type, the same when read and, if it has one, the same text.
COMPARED = """
MATCH (was:Was) MATCH {rows}
WITH was.v AS a, n.{name} AS b
RETURN count(*) AS rows, count(CASE WHEN valueType(a) = valueType(b) AND (a = b OR (a <> a AND b <> b))
  AND toStringList([] + a) = toStringList([] + b) THEN 1 END) AS same
"""
BEFORE = Schema(
    {
        "A": {"k": Property(key=True), "p": Property(), "x": Property()},
        "Other": {"k": Property(key=True), "p": Property()},
    },
    {"R": {"p": Property(), "x": Property()}},
)
NODES: list[Operation] = [
    RenameProperty(NODE, "A", "p", "q"),
    RenameType(NODE, "A", "B"),
    AddProperty(NODE, "B", "y", 1),
    DropProperty(NODE, "B", "x"),
    ExtendKey(NODE, "B", "y", 1),
    ReduceKey(NODE, "B", "y"),
    DropType(NODE, "Other"),
]
KEY: list[Operation] = [
    ExtendKey(NODE, "A", "p", None),
    RenameKeyPart(NODE, "A", "p", "q"),
    RenameType(NODE, "A", "B"),
    ReduceKey(NODE, "B", "k"),
    RenameKeyPart(NODE, "B", "q", "r"),
]
RELATIONSHIPS: list[Operation] = [
    RenameType(RELATIONSHIP, "R", "S"),
    RenameProperty(RELATIONSHIP, "S", "p", "q"),
    DropProperty(RELATIONSHIP, "S", "x"),
]


def _load(bench: Bench, values: list[str], pattern: str) -> None:
    make(bench, BEFORE)
    for number, value in enumerate(values):
        bench.send(f"WITH {value} AS v CREATE (:Was {{i: {number}, v: v}}) CREATE {pattern.format(number)}")


def _compare(bench: Bench, rows: str, name: str, values: list[str]) -> None:
    (found,) = bench.send(COMPARED.format(rows=rows, name=name))
    assert found == {"rows": len(values), "same": len(values)}


def test_on_nodes(bench: Bench) -> None:
    _load(bench, VALUES, "(:A {{k: {0}, p: v, x: 1}})")
    bench.send("MATCH (n:A) WHERE n.k % 2 = 0 SET n:Other")
    steps(bench, BEFORE, *NODES)
    _compare(bench, "(n:B {k: was.i})", "q", VALUES)


def test_in_a_key(bench: Bench) -> None:
    values = [each for each in VALUES if each is not LONG]
    _load(bench, values, "(:A {{k: {0}, p: v}})")
    bench.send("MATCH (n:A) SET n.i = n.k")
    # Without the first part, equal values would be one key.
    twice = "MATCH (was:Was) WITH was.v AS v, collect(was) AS equal WHERE size(equal) > 1 UNWIND equal[1..] AS one"
    bench.send(f"{twice} MATCH (n:A {{k: one.i}}) DETACH DELETE n, one")
    left = [each["i"] for each in bench.send("MATCH (was:Was) RETURN was.i AS i")]
    assert len(left) > len(values) - 6
    steps(bench, BEFORE, *KEY)
    _compare(bench, "(n:B {i: was.i})", "r", left)


def test_on_relationships(bench: Bench) -> None:
    _load(bench, VALUES, "(:X)-[:R {{i: {0}, p: v, x: 1}}]->(:X)")
    steps(bench, BEFORE, *RELATIONSHIPS)
    _compare(bench, "()-[n:S {i: was.i}]->()", "q", VALUES)


@pytest.mark.parametrize(
    "values",
    [
        ["date('2020-01-02')", "date('-0044-03-15')"],
        ["[date('2020-01-02'), date('2020-01-03')]", "['2020-01-02', '2020-01-03T10:00']"],
    ],
    ids=["one", "list"],
)
def test_a_date_becomes_a_datetime_as_its_text_does(bench: Bench, values: list[str]) -> None:
    before = Schema({"A": {"p": Property()}})
    make(bench, before, *(f"(:A {{p: {each}}})" for each in values))
    to = "LIST_OF_DATETIMES" if values[0].startswith("[") else "DATETIME"
    steps(bench, before, SetPropertyType(NODE, "A", "p", to))
    found = bench.send("MATCH (n:A) RETURN toStringList([] + n.p) AS p, valueType(n.p) AS type")
    assert all("LOCAL DATETIME" in each["type"] for each in found)
    assert {text for each in found for text in each["p"]} < {
        *("2020-01-02T00:00:00", "2020-01-03T00:00:00", "2020-01-03T10:00:00", "-0044-03-15T00:00:00")
    }


NAMED = [each for each in ONE_EACH if each.startswith("datetime(")]


@pytest.mark.parametrize("form", ["{}", "[{}, {}]"])
def test_a_datetime_in_a_named_zone_comes_back_from_its_text(bench: Bench, form: str) -> None:
    values = [form.format(each, each) for each in NAMED]
    before = Schema({"A": {"k": Property(key=True), "p": Property()}})
    make(bench, before)
    for number, value in enumerate(values):
        bench.send(f"WITH {value} AS v CREATE (:Was {{i: {number}, v: v}}) CREATE (:A {{k: {number}, p: v}})")
    to, back = ("LIST_OF_STRINGS", "LIST_OF_DATETIMES") if form != "{}" else ("STRING", "DATETIME")
    steps(bench, before, SetPropertyType(NODE, "A", "p", to), SetPropertyType(NODE, "A", "p", back))
    _compare(bench, "(n:A {k: was.i})", "p", values)


@pytest.mark.parametrize(
    "text, becomes",
    [
        ("2020-07-02T00:00+01:00[Europe/Berlin]", None),  # in summer it is an hour more
        ("2020-02-30T00:00+01:00[Europe/Berlin]", None),
        ("2020-07-02T00:00[Europe/Berlin]", None),
        ("2020-07-02 00:00+02:00[Europe/Berlin]", "2020-07-02T00:00:00+02:00[Europe/Berlin]"),
        ("2020-07-02T00:00Z[UTC]", "2020-07-02T00:00:00Z[UTC]"),
    ],
)
def test_texts_with_a_named_zone(connected: Bench, text: str, becomes: str | None) -> None:
    can, become = can_be("value", "DATETIME"), converted("value", "DATETIME")
    (row,) = connected.send(
        f"UNWIND $values AS value RETURN CASE WHEN {can} THEN toString({become}) END AS text", values=[text]
    )
    assert row["text"] == becomes


def test_no_conversion_takes_a_vector(connected: Bench, neo4j_server: Server) -> None:
    """Community stores none, so this is an expression; statements that move values name no type."""
    if neo4j_server.release != LATEST:
        pytest.skip("this server, or its language, knows no vectors")
    value = "WITH {v: vector([1, 2], 2, INTEGER)} AS map WITH map[$name] AS value"  # of an unknown type
    for to in PROPERTY_TYPES:
        (row,) = connected.send(f"{value} RETURN {can_be('value', to)} AS can, valueType(value) AS type", name="v")
        assert row["can"] is False and row["type"].startswith("VECTOR")
