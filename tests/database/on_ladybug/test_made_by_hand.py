"""Handmade tables with every column type of the engine, and what their first migrations do to them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

import nsmig
from nsmig.database.ladybug import key_of
from nsmig.database.ladybug.column_types import KEY_TYPES, NO_ENDS, schema_type
from nsmig.database.ladybug.values import ENGINE_TYPES, literal
from nsmig.database.survey import Survey
from nsmig.errors import ConflictError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    CreateType,
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
from nsmig.running.drift import drift
from nsmig.running.standing import disagreements
from nsmig.running.tasks import records
from support.columns import COLUMNS
from support.ladybug_bench import LadybugEngine
from support.places import ROOT
from support.reference import Schema
from support.terminal import succeed

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

IDS = [each[0] for each in COLUMNS]


def adopted(engine: LadybugEngine, *statements: str) -> Schema:
    """The schema of a handmade database."""
    for each in statements:
        engine.send(each)
    engine.live = engine.database.session.live()
    return Schema.from_dict(engine.database.session.live_schema().content)


def after(engine: LadybugEngine, *operations: Operation) -> None:
    """Execute operations one after the other, each on the current tables."""
    for each in operations:
        engine.apply(each, Schema.from_dict(engine.database.session.live_schema().content))


def refused(engine: LadybugEngine, operation: Operation, match: str) -> None:
    """It is refused, and nothing changes."""
    before = Schema.from_dict(engine.database.session.live_schema().content)
    tables = engine.database.session.live()
    with pytest.raises((UnsupportedError, ConflictError), match=match):
        engine.apply(operation, before)
    assert engine.database.session.live() == tables


def survey_of(engine: LadybugEngine) -> Survey:
    return engine.database.session.survey(None, lambda done, all: None)


@pytest.mark.parametrize(("column", "values", "type"), COLUMNS, ids=IDS)
def test_every_value_is_kept_whatever_is_done_around_it(
    engine: LadybugEngine, column: str, values: list[str], type: str | None
) -> None:
    """Rename, key change, drop of a neighbour: the values of nodes and relationships survive, nulls included."""
    adopted(
        engine,
        f"CREATE NODE TABLE A(id INT64, other STRING, v {column}, PRIMARY KEY(id))",
        "CREATE NODE TABLE B(id INT64, PRIMARY KEY(id))",
        f"CREATE REL TABLE R(FROM A TO B, FROM A TO A, v {column})",
        "CREATE (:B {id: 1})",
        *(f"CREATE (:A {{id: {at}, other: 'o', v: {each}}})" for at, each in enumerate([*values, "NULL"])),
        *(
            f"MATCH (a:A {{id: {at}}}), (b:{end}) WHERE b.id = 1 CREATE (a)-[:R {{v: {each}}}]->(b)"
            for at, each in enumerate([*values, "NULL"])
            for end in "AB"
        ),
    )

    def held(a: str, v: str) -> tuple[str, ...]:
        asked = (
            f"MATCH (n:{a}) RETURN n.id, n.{v} ORDER BY n.id",
            f"MATCH (a:{a})-[r:R]->(b:B) RETURN a.id, b.id, r.v ORDER BY a.id",
            f"MATCH (a:{a})-[r:R]->(b:{a}) RETURN a.id, b.id, r.v ORDER BY a.id",
        )
        return tuple(repr(engine.send(each)) for each in asked)

    before = held("A", "v")
    assert len(engine.send("MATCH (:A)-[r:R]->(:B) RETURN r.v")) == len(values) + 1
    after(engine, RenameProperty(NODE, "A", "v", "w"))
    assert held("A", "w") == before
    after(engine, ExtendKey(NODE, "A", "other", "x"))
    assert held("A", "w") == before
    after(engine, RenameType(NODE, "A", "C"), ReduceKey(NODE, "C", "other"))
    assert held("C", "w") == before
    after(
        engine,
        DropProperty(NODE, "C", "other"),
        RenameKeyPart(NODE, "C", "id", "id2"),
        RenameKeyPart(NODE, "C", "id2", "id"),
    )
    assert held("C", "w") == before
    assert schema_type(column) == type
    live = engine.database.session.live_schema().content
    assert live["nodes"][1]["properties"]["w"]["type"] == (type or "STRING")
    after(engine, DropType(NODE, "B"))
    between = "MATCH (a:C)-[r:R]->(b:C) RETURN a.id, b.id, r.v ORDER BY a.id"
    assert (repr(engine.send("MATCH (n:C) RETURN n.id, n.w ORDER BY n.id")), repr(engine.send(between))) == before[::2]


def test_what_is_stored_is_named(engine: LadybugEngine) -> None:
    columns = [each for each in COLUMNS if not each[0].startswith(("STRING", "JSON"))]
    declared = ", ".join(f"p{at} {column}" for at, (column, _, _) in enumerate(columns))
    adopted(engine, f"CREATE NODE TABLE A(id INT64, {declared}, PRIMARY KEY(id))")
    live = nsmig.Schema.from_dict(engine.database.session.live_schema().content)
    wanted = live
    for at, (_, _, type) in enumerate(columns):
        wanted = wanted.apply(SetPropertyType(NODE, "A", f"p{at}", "FLOAT" if type != "FLOAT" else "INTEGER"))
    told = {
        str(each)
        for each in drift(wanted, live, declares_types=True, stored=engine.database.session.live_schema().stored)
    }
    assert told == {
        f"node type A has {type or column} in p{at}, not {'FLOAT' if type != 'FLOAT' else 'INTEGER'}"
        for at, (column, _, type) in enumerate(columns)
    }


# --- Conversions ------------------------------------------------------------------------------------------------------

TO = [
    ("INT8", "cast(-128, 'INT8')", "INTEGER", -128),
    ("INT16", "cast(32767, 'INT16')", "INTEGER", 32767),
    ("INT32", "cast(3000000, 'INT32')", "INTEGER", 3000000),
    ("UINT8", "cast(255, 'UINT8')", "INTEGER", 255),
    ("UINT16", "cast(65535, 'UINT16')", "INTEGER", 65535),
    ("UINT32", "cast(4294967295, 'UINT32')", "INTEGER", 4294967295),
    ("UINT64", "cast('9223372036854775807', 'UINT64')", "INTEGER", 2**63 - 1),
    ("UINT64", "cast('9223372036854775808', 'UINT64')", "INTEGER", None),
    ("INT128", "cast('-9223372036854775808', 'INT128')", "INTEGER", -(2**63)),
    ("INT128", "cast('-9223372036854775809', 'INT128')", "INTEGER", None),
    ("INT128", "cast('9223372036854775808', 'INT128')", "INTEGER", None),
    ("INT32", "cast(7, 'INT32')", "STRING", "7"),
    ("INT32", "cast(-7, 'INT32')", "FLOAT", -7.0),
    ("INT128", "cast('170141183460469231731687303715884105727', 'INT128')", "STRING", str(2**127 - 1)),
    ("UINT64", "cast('18446744073709551615', 'UINT64')", "STRING", str(2**64 - 1)),
    ("FLOAT", "cast('0.1', 'FLOAT')", "FLOAT", 0.10000000149011612),
    ("FLOAT", "cast('1e-45', 'FLOAT')", "FLOAT", 1.401298464324817e-45),
    ("FLOAT", "cast(0.5, 'FLOAT')", "STRING", "0.5"),
    ("FLOAT", "cast('0.1', 'FLOAT')", "STRING", None),
    ("FLOAT", "cast(3, 'FLOAT')", "INTEGER", 3),
    ("FLOAT", "cast(2.5, 'FLOAT')", "INTEGER", None),
    ("DECIMAL(38, 10)", "cast('-0.1', 'DECIMAL(38, 10)')", "STRING", "-0.1000000000"),
    ("DECIMAL(38, 10)", "cast('1.5', 'DECIMAL(38, 10)')", "FLOAT", None),
    ("DATE", "date('0001-01-01')", "DATETIME", datetime(1, 1, 1)),
    ("DATE", "date('9999-12-31')", "DATETIME", datetime(9999, 12, 31)),
    ("DATE", "date('2020-02-29')", "STRING", "2020-02-29"),
    ("STRING", "'2020-02-29'", "DATE", date(2020, 2, 29)),
    ("STRING", "'2021-02-29'", "DATE", None),
    ("STRING", "'0000-01-01'", "DATE", None),
    ("STRING", "'2020-01-02 00:00'", "DATE", None),
    ("STRING[]", "['2020-02-29', NULL]", "LIST_OF_DATES", [date(2020, 2, 29), None]),
    ("TIMESTAMP", "timestamp('2020-01-02')", "DATE", None),
    ("DATE[2]", "cast([date('2020-02-29'), NULL], 'DATE[2]')", "LIST_OF_DATES", [date(2020, 2, 29), None]),
    ("INTERVAL", "interval('1 day')", "DURATION", timedelta(days=1)),
    ("STRING", "'P1D'", "DURATION", None),
    ("UUID", "uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')", "STRING", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("TIMESTAMP_TZ", "cast('2020-01-02 01:02:03+02:00', 'TIMESTAMP_TZ')", "DATETIME", datetime(2020, 1, 1, 23, 2, 3)),
    ("TIMESTAMP_MS", "cast('2020-01-02 01:02:03.004', 'TIMESTAMP_MS')", "DATETIME", datetime(2020, 1, 2, 1, 2, 3, 4000)),
    ("TIMESTAMP_SEC", "cast('1900-01-02 01:02:03', 'TIMESTAMP_SEC')", "DATETIME", datetime(1900, 1, 2, 1, 2, 3)),
    ("TIMESTAMP_NS", "cast('2020-01-02 01:02:03', 'TIMESTAMP_NS')", "DATETIME", None),
    ("INTERVAL", "interval('1 day')", "STRING", None),
    ("BLOB", "BLOB('a')", "STRING", None),
    ("INT64[3]", "cast([1, NULL, 3], 'INT64[3]')", "LIST_OF_INTEGERS", [1, None, 3]),
    ("INT32[]", "cast([1, 2], 'INT32[]')", "LIST_OF_INTEGERS", [1, 2]),
    ("INT32[2]", "cast([1, 2], 'INT32[2]')", "LIST_OF_STRINGS", ["1", "2"]),
    ("FLOAT[2]", "cast([0.5, 0.25], 'FLOAT[2]')", "LIST_OF_FLOATS", [0.5, 0.25]),
    ("FLOAT[]", "cast([0.5, 2.5], 'FLOAT[]')", "LIST_OF_INTEGERS", None),
    ("UUID[]", "[uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')]", "LIST_OF_STRINGS", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("DATE[]", "[date('2020-02-29'), NULL]", "LIST_OF_DATETIMES", [datetime(2020, 2, 29), None]),
    ("MAP(STRING, INT64)", "map(['a'], [1])", "STRING", None),
    ("STRING[][]", "[['a']]", "LIST_OF_STRINGS", None),
]  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("column", "value", "to", "expected"), TO, ids=[f"{a}-{b}-{c}" for a, b, c, _ in TO])
def test_what_holds_the_same_value_becomes_it_and_nothing_else_does(
    engine: LadybugEngine, kind: Kind, column: str, value: str, to: str, expected: Any
) -> None:
    """``expected``: None if it is refused, and nothing changes."""
    adopted(
        engine,
        f"CREATE NODE TABLE A(id INT64, v {column}, PRIMARY KEY(id))",
        f"CREATE REL TABLE R(FROM A TO A, v {column})",
        f"CREATE (:A {{id: 1, v: {value}}})",
        "CREATE (:A {id: 2})",
        f"MATCH (a:A) WHERE a.id = 1 CREATE (a)-[:R {{v: {value}}}]->(a)",
        "MATCH (a:A) WHERE a.id = 2 CREATE (a)-[:R]->(a)",
    )
    asked = f"MATCH {'(n:A)' if kind is NODE else '(a:A)-[n:R]->(:A)'} RETURN n.v ORDER BY {'n' if kind is NODE else 'a'}.id"
    operation = SetPropertyType(kind, "A" if kind is NODE else "R", "v", to)
    if expected is None:
        before = repr(engine.send(asked))
        name = column.partition("(")[0].replace("[", r"\[")
        which = "" if column in ENGINE_TYPES.values() else f", which is {name}.*,"
        refused(engine, operation, rf"hold a value in 'v'{which} that cannot become {to} without loss")
        assert repr(engine.send(asked)) == before
        return
    after(engine, operation)
    assert engine.send(asked) == [[expected], [None]]
    assert type(engine.send(asked)[0][0]) is type(expected)
    assert (
        engine.database.session.live_schema().content["nodes" if kind is NODE else "relationships"][0]["properties"][
            "v"
        ]["type"]
        == to
    )


# --- Keys -------------------------------------------------------------------------------------------------------------

KEYS: list[tuple[str, str, Any]] = [
    ("STRING", "'a|~b'", "a|~b"),
    ("BOOL", "true", True),
    ("INT8", "cast(-128, 'INT8')", -128),
    ("INT64", "7", 7),
    ("UINT32", "cast(4294967295, 'UINT32')", 4294967295),
    ("UINT64", "cast('18446744073709551615', 'UINT64')", 2**64 - 1),
    ("INT128", "cast('-170141183460469231731687303715884105727', 'INT128')", -(2**127) + 1),
    ("DATE", "date('0987-01-02')", date(987, 1, 2)),
    ("TIMESTAMP", "timestamp('2020-01-02 03:04:05.12')", datetime(2020, 1, 2, 3, 4, 5, 120_000)),
    ("UUID", "uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')", UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
]


@pytest.mark.parametrize(("column", "value", "given"), KEYS, ids=[each[0] for each in KEYS])
def test_a_key_is_written_as_key_of_writes_it(engine: LadybugEngine, column: str, value: str, given: Any) -> None:
    adopted(
        engine,
        f"CREATE NODE TABLE A(id INT64, v {column}, PRIMARY KEY(id))",
        f"CREATE (:A {{id: 1, v: {value}}})",
    )
    after(engine, ExtendKey(NODE, "A", "v", None))
    assert engine.send("MATCH (n:A) RETURN n._nsmig_key") == [[key_of([1, given])]]
    assert {each[0] for each in KEYS} | {"INT16", "INT32", "UINT8", "UINT16", "SERIAL"} == KEY_TYPES


@pytest.mark.parametrize("column", [each for each in IDS if each not in KEY_TYPES])
def test_what_has_no_exact_text_joins_no_key(engine: LadybugEngine, column: str) -> None:
    values = {each[0]: each[1][0] for each in COLUMNS}
    adopted(
        engine,
        f"CREATE NODE TABLE A(id INT64, v {column}, PRIMARY KEY(id))",
        f"CREATE (:A {{id: 1, v: {values[column]}}})",
    )
    refused(engine, ExtendKey(NODE, "A", "v", None), "no exact text")


# The engine allows no key of INTERVAL.
@pytest.mark.parametrize("column", ["FLOAT", "DOUBLE", "TIMESTAMP_TZ", "TIMESTAMP_NS", "DECIMAL(9, 2)", "BLOB"])
def test_a_key_that_has_no_exact_text_is_named_and_not_extended(engine: LadybugEngine, column: str) -> None:
    adopted(engine, f"CREATE NODE TABLE A(k {column}, v STRING, PRIMARY KEY(k))")
    refused(engine, ExtendKey(NODE, "A", "v", None), "no exact text")
    (said,) = engine.database.session.unmovable()
    assert said.startswith(f"node type A: k, its key, is {column}, which has no exact text")


PRIMARY = [
    *(("INT8", "7"), ("INT16", "7"), ("INT32", "7"), ("INT64", "7"), ("INT128", "7"), ("STRING", "'7'")),
    *(("UINT8", "7"), ("UINT16", "7"), ("UINT32", "7"), ("UINT64", "cast('18446744073709551615', 'UINT64')")),
    *(("FLOAT", "cast(0.1, 'FLOAT')"), ("DOUBLE", "1.1234567890123"), ("DECIMAL(9, 2)", "cast(1.25, 'DECIMAL(9, 2)')")),
    *(("DATE", "date('2020-01-31')"), ("TIMESTAMP", "timestamp('2020-01-31 01:02:03.000004')")),
    *((name, f"cast('2020-01-31 01:02:03', '{name}')") for name in sorted(NO_ENDS) if name.startswith("TIMESTAMP_")),
    *(("UUID", "uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')"), ("BLOB", "BLOB('\\\\xAA')")),
]


@pytest.mark.parametrize(("column", "value"), PRIMARY, ids=[each[0] for each in PRIMARY])
def test_a_key_of_any_type_is_adopted_and_its_neighbour_gets_another(
    engine: LadybugEngine, column: str, value: str
) -> None:
    """The first migration counts as executed, without drift; changing the neighbour's key keeps the relationships
    between them, or is refused before it begins, as announced."""
    adopted(
        engine,
        f"CREATE NODE TABLE A(k {column}, x STRING, PRIMARY KEY(k))",
        "CREATE NODE TABLE B(k STRING, x STRING, PRIMARY KEY(k))",
        "CREATE REL TABLE R(FROM A TO B, FROM B TO A, FROM A TO A)",
        f"CREATE (:A {{k: {value}, x: 'a'}})",
        "CREATE (:B {k: 'b', x: 'b'})",
        "MATCH (a:A), (b:B) CREATE (a)-[:R]->(b), (b)-[:R]->(a), (a)-[:R]->(a)",
    )
    live = nsmig.Schema.from_dict(engine.database.session.live_schema().content)
    made, before = nsmig.diff(nsmig.Schema(), live), nsmig.Schema()
    for operation in made:
        engine.database.dialect.refuse(operation, before)
        before = before.apply(operation)
    engine.database.ledger.remember(records("m", history := nsmig.History([nsmig.Migration("m", tuple(made))])))
    assert not disagreements(history, "local", engine.database, declares_types=True).found
    said = [each for each in engine.database.session.unmovable() if "find the ends" in each]
    if column in NO_ENDS:
        assert said == [
            f"node type A: k, its key, is {column}, by which the engine cannot find the ends of relationships; a"
            " change of the key of B is refused while there are any"
        ]
        refused(engine, ExtendKey(NODE, "B", "x", "y"), f"by 'k', the key of 'A', which is {column}")
    else:
        assert not said
        after(engine, ExtendKey(NODE, "B", "x", "y"))
    assert engine.send("MATCH (n)-[r:R]->(m) RETURN n.x, m.x ORDER BY n.x, m.x") == [["a", "a"], ["a", "b"], ["b", "a"]]
    engine.send("MATCH (a:A)-[r:R]->(b:B) DELETE r")
    engine.send("MATCH (b:B)-[r:R]->(a:A) DELETE r")
    after(engine, RenameProperty(NODE, "B", "x", "z"), ExtendKey(NODE, "B", "new", "y"))
    assert engine.send("MATCH (n)-[r:R]->(m) RETURN n.x, m.x") == [["a", "a"]]


@pytest.mark.parametrize("column", ["FLOAT", "DOUBLE"])
def test_a_key_that_no_migration_can_make_is_a_string_to_the_schema(engine: LadybugEngine, column: str) -> None:
    adopted(engine, f"CREATE NODE TABLE A(k {column}, v {column}, PRIMARY KEY(k))", "CREATE (:A {k: 7})")
    survey = survey_of(engine)
    properties = survey.content["nodes"][0]["properties"]
    assert [properties[name]["type"] for name in "kv"] == ["STRING", "FLOAT"]
    said = f"node type A: k is {column}, which no migration can make a key; it is left as it is"
    assert [*map(str, survey.remarks)] == [said]
    history = nsmig.History(
        [nsmig.Migration("m", (CreateType(NODE, "A", ("k",), ("v",)), SetPropertyType(NODE, "A", "k", "INTEGER")))]
    )
    engine.database.ledger.remember(records("m", history))
    found = disagreements(history, "local", engine.database, declares_types=True).found
    assert f"has {column} in k, not INTEGER" in str(found)
    after(engine, SetPropertyType(NODE, "A", "k", "INTEGER"), ExtendKey(NODE, "A", "v2", "x"))
    assert engine.send("MATCH (n:A) RETURN n.k, n._nsmig_key") == [[7, "+7|+x"]]


FITS: list[tuple[str, Any, Any]] = [
    ("INT8", -128, -128),
    ("INT8", 128, None),
    ("UINT8", 255, 255),
    ("UINT8", -1, None),
    ("INT32", 2**31 - 1, 2**31 - 1),
    ("INT32", 2**31, None),
    ("UINT32", 2**32 - 1, 2**32 - 1),
    ("UINT64", 5, 5),
    ("UINT64", 2**63 - 1, 2**63 - 1),
    ("UINT64", -1, None),
    ("UINT64", True, None),
    ("INT128", -(2**63), -(2**63)),
    ("FLOAT", 0.5, 0.5),
    ("FLOAT", 0.1, None),
    ("FLOAT", 1e300, None),
    ("FLOAT", 2**24 - 1, 2.0**24 - 1),
    ("FLOAT", 2**24 + 1, None),
    ("DECIMAL(5, 2)", 999, Decimal(999)),
    ("DECIMAL(5, 2)", -1000, None),
    ("TIMESTAMP_SEC", datetime(2020, 1, 2, 3, 4, 5), datetime(2020, 1, 2, 3, 4, 5)),
    ("TIMESTAMP_SEC", datetime(2020, 1, 2, 3, 4, 5, 1), None),
    ("TIMESTAMP_MS", datetime(2020, 1, 2, 3, 4, 5, 6000), datetime(2020, 1, 2, 3, 4, 5, 6000)),
    ("TIMESTAMP_MS", datetime(2020, 1, 2, 3, 4, 5, 6), None),
    (
        "TIMESTAMP_TZ",
        datetime(2020, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
        datetime(2020, 1, 2, 1, tzinfo=timezone.utc),
    ),
]


@pytest.mark.parametrize(("column", "given", "got"), FITS, ids=[f"{each[0]} {each[1]}" for each in FITS])
def test_a_default_that_fits_a_column_of_another_type_is_taken(
    engine: LadybugEngine, column: str, given: Any, got: Any
) -> None:
    """Unchanged, by a property and by part of a key; otherwise nothing changes."""
    adopted(engine, f"CREATE NODE TABLE A(id INT64, v {column}, PRIMARY KEY(id))", "CREATE (:A {id: 1})")
    if got is None:
        refused(engine, AddProperty(NODE, "A", "v", given), f"is {re.escape(column)} and cannot hold")
        return
    if column in KEY_TYPES:
        after(engine, ExtendKey(NODE, "A", "v", given))
        assert engine.send("MATCH (n:A) RETURN n.v, n._nsmig_key") == [[got, key_of([1, got])]]
    engine.send("CREATE (:A {_nsmig_key: 'other', id: 2})" if column in KEY_TYPES else "CREATE (:A {id: 2})")
    after(engine, AddProperty(NODE, "A", "v", given))
    assert engine.send("MATCH (n:A) RETURN n.v ORDER BY n.id") == [[got], [got]]


# --- DEFAULT and SERIAL -----------------------------------------------------------------------------------------------

DEFAULTS = [
    ("STRING", "'it\\'s \\\\ \"é\"\\n'"),
    ("INT32", "-7"),
    ("DOUBLE", "1e-9"),
    ("BOOL", "false"),
    ("DATE", "date('2020-01-01')"),
    ("INT64[]", "[1,2]"),
    ("STRUCT(a INT64)", "{a: 1}"),
    ("STRING", "CASE WHEN true THEN 'a' ELSE 'b' END"),
    ("INT64", "nextval('numbers')"),
]


@pytest.mark.parametrize(("column", "default"), DEFAULTS, ids=[each[1] for each in DEFAULTS])
def test_a_default_is_kept_through_renames_and_a_change_of_the_key(
    engine: LadybugEngine, column: str, default: str
) -> None:
    adopted(
        engine,
        "CREATE SEQUENCE numbers START 5",
        f"CREATE NODE TABLE A(id INT64, v {column} DEFAULT {default}, PRIMARY KEY(id))",
        "CREATE (:A {id: 1})",
        "CREATE (:A {id: 2, v: NULL})",
    )
    ((first,), null) = engine.send("MATCH (n:A) RETURN n.v ORDER BY n.id")
    assert first is not None and null == [None]
    after(
        engine,
        ExtendKey(NODE, "A", "more", "x"),
        RenameType(NODE, "A", "B"),
        RenameProperty(NODE, "B", "v", "w"),
        DropProperty(NODE, "B", "more"),
    )
    engine.close()
    engine._open()
    engine.send("CREATE (:B {id: 3})")
    engine.send("CREATE (:B {id: 4, w: NULL})")
    third = 6 if "nextval" in default else first
    assert engine.send("MATCH (n:B) RETURN n.w ORDER BY n.id") == [[first], [None], [third], [None]]


def test_defaults_that_are_made_for_each_row_are_so_afterwards(engine: LadybugEngine) -> None:
    adopted(
        engine,
        "CREATE NODE TABLE A(id INT64, u UUID DEFAULT gen_random_uuid(), at TIMESTAMP DEFAULT current_timestamp(),"
        " PRIMARY KEY(id))",
        "UNWIND range(1, 50) AS i CREATE (:A {id: i})",
    )
    before = engine.send("MATCH (n:A) RETURN n.id, n.u, n.at ORDER BY n.id")
    after(engine, ExtendKey(NODE, "A", "more", "x"), DropProperty(NODE, "A", "more"))
    assert engine.send("MATCH (n:A) RETURN n.id, n.u, n.at ORDER BY n.id") == before
    after(engine, SetPropertyType(NODE, "A", "u", "STRING"))
    engine.send("UNWIND range(51, 99) AS i CREATE (:A {id: i})")
    rows = engine.send("MATCH (n:A) RETURN n.id, n.u, n.at ORDER BY n.id")
    assert [[each, str(u), at] for each, u, at in before] == rows[:50]
    assert len({u for _, u, _ in rows}) == 99 and all(len(u) == 36 and at for _, u, at in rows)


TYPED_DEFAULTS = [
    ("INT32", "3", "INTEGER", 3),
    ("INT64", "3", "STRING", "3"),
    ("DATE", "date('2020-01-01')", "DATETIME", datetime(2020, 1, 1)),
    ("FLOAT", "0.5", "FLOAT", 0.5),
    ("STRING", "'3'", "INTEGER", None),
    ("DOUBLE", "3.0", "INTEGER", None),
]


@pytest.mark.parametrize(("column", "default", "to", "given"), TYPED_DEFAULTS)
def test_a_default_becomes_of_another_type_with_its_column_or_the_change_is_refused(
    engine: LadybugEngine, column: str, default: str, to: str, given: Any
) -> None:
    adopted(
        engine,
        f"CREATE NODE TABLE A(id INT64, v {column} DEFAULT {default}, PRIMARY KEY(id))",
        f"CREATE REL TABLE R(FROM A TO A, v {column} DEFAULT {default})",
        "CREATE (:A {id: 1})",
        "CREATE (:A {id: 2, v: NULL})",
    )
    refused(engine, SetPropertyType(RELATIONSHIP, "R", "v", to), "DEFAULT .*, so new rows would get no value")
    if given is None:
        refused(engine, SetPropertyType(NODE, "A", "v", to), "DEFAULT .*, so new rows would get no value")
        return
    after(engine, SetPropertyType(NODE, "A", "v", to))
    engine.send("CREATE (:A {id: 3})")
    assert engine.send("MATCH (n:A) RETURN n.v ORDER BY n.id") == [[given], [None], [given]]


def test_a_rename_onto_a_property_of_another_default_is_refused(engine: LadybugEngine) -> None:
    adopted(engine, "CREATE NODE TABLE A(id INT64, v INT64 DEFAULT 1, w INT64, PRIMARY KEY(id))")
    refused(engine, RenameProperty(NODE, "A", "v", "w"), "DEFAULT 1")


def test_what_counts_is_refused_before_anything_changes_and_dropped_in_one_piece(engine: LadybugEngine) -> None:
    adopted(
        engine,
        "CREATE NODE TABLE A(id SERIAL, x STRING, PRIMARY KEY(id))",
        "CREATE NODE TABLE B(id INT64, n SERIAL, x STRING, PRIMARY KEY(id))",
        "CREATE NODE TABLE C(id INT64, x STRING, PRIMARY KEY(id))",
        "CREATE REL TABLE R(FROM C TO C, n SERIAL)",
        "CREATE (:A {x: 'a'})",
        "CREATE (:A {x: 'b'})",
        "CREATE (:C {id: 1})",
        "MATCH (c:C) CREATE (c)-[:R]->(c)",
    )
    assert [each.partition(",")[0] for each in engine.database.session.unmovable()] == [
        "node type A: id is SERIAL",
        "node type B: n is SERIAL",
        "relationship type R: n is SERIAL",
    ]
    assert [each.partition("; ")[2] for each in engine.database.session.unmovable()] == [
        f"a change of the key{of}, of its own type or name, and of the name of its type is refused"
        for of in ("", "", " of a type that it connects")
    ]
    for operation in (
        ExtendKey(NODE, "A", "x", "y"),
        ExtendKey(NODE, "B", "x", 1),
        ExtendKey(NODE, "C", "x", "y"),
        SetPropertyType(NODE, "A", "id", "STRING"),
        SetPropertyType(NODE, "B", "n", "INTEGER"),
        SetPropertyType(RELATIONSHIP, "R", "n", "INTEGER"),
        RenameType(NODE, "A", "D"),
        RenameType(NODE, "B", "D"),
        RenameType(RELATIONSHIP, "R", "S"),
        RenameKeyPart(NODE, "A", "id", "key"),
        RenameProperty(NODE, "B", "n", "m"),
        RenameProperty(RELATIONSHIP, "R", "n", "m"),
    ):
        refused(engine, operation, "SERIAL")
    engine.send("CREATE (:A {x: 'c'})")
    assert engine.send("MATCH (n:A) RETURN n.id ORDER BY n.id") == [[0], [1], [2]]
    after(engine, DropProperty(NODE, "B", "n"), RenameType(NODE, "B", "D"), ExtendKey(NODE, "D", "x", "y"))
    after(
        engine, RenameProperty(NODE, "A", "x", "y"), DropProperty(RELATIONSHIP, "R", "n"), DropType(RELATIONSHIP, "R")
    )
    after(engine, ExtendKey(NODE, "C", "x", "y"), DropType(NODE, "A"), DropType(NODE, "D"), DropType(NODE, "C"))
    assert engine.database.session.live_schema().content["nodes"] == []


def test_a_union_is_never_copied(engine: LadybugEngine) -> None:
    adopted(
        engine,
        "CREATE NODE TABLE A(id INT64, x STRING, v UNION(n INT64, s STRING), PRIMARY KEY(id))",
        "CREATE (:A {id: 1, v: union_value(n := 1)})",
    )
    refused(engine, ExtendKey(NODE, "A", "x", "y"), "is UNION")
    after(engine, RenameProperty(NODE, "A", "v", "w"), RenameType(NODE, "A", "B"))
    assert engine.send("MATCH (n:B) RETURN n.w") == [[1]]
    (kept,), (copied,) = survey_of(engine).remarks, engine.database.session.unmovable()
    assert (
        str(kept)
        == "node type B: w is UNION(n INT64, s STRING), which is no type of a schema file; it is left as it is"
    )
    assert copied.startswith("node type B: w is UNION(n INT64, s STRING), of whose values the engine copies")


# --- Loading ----------------------------------------------------------------------------------------------------------


def test_what_the_page_says_of_loading_loads(engine: LadybugEngine, tmp_path: Path) -> None:
    """Ten thousand rows by COPY: each gets its own key, equal to key_of."""
    page = (ROOT / "docs" / "ladybugdb.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```cypher\n(COPY .*?)^```$", page, re.DOTALL | re.MULTILINE)
    keys, rows = ("site", "serial"), [(f"s|{at % 7}", f"~{at}", "m") for at in range(10_000)]
    for operation in (CreateType(NODE, "Sensor", keys, ("model",)), CreateType(NODE, "Event", (), ("what",))):
        after(engine, operation)
    (tmp_path / "sensors.csv").write_text("".join(f"{','.join(row)}\n" for row in rows))
    (tmp_path / "events.csv").write_text("".join(f"e{at}\n" for at in range(10_000)))
    for block in blocks:
        engine.send(re.sub(r"'(\w+)[.]csv'", rf"'{tmp_path}/\1.csv'", block))
    loaded = engine.send("MATCH (n:Sensor) RETURN n._nsmig_key, n.site, n.serial, n.model ORDER BY n.serial")
    assert engine.database.session.live().tables["sensor"].keys == ("serial", "site")
    assert loaded == sorted(([key_of([b, a]), a, b, c] for a, b, c in rows), key=lambda row: row[2])
    assert engine.send("MATCH (n:Event) RETURN count(DISTINCT n._nsmig_key), count(n.what)") == [[10_000, 10_000]]
    with pytest.raises(Exception, match="uplicated primary key"):
        engine.send("CREATE (:Sensor {_nsmig_key: $key})", {"key": key_of([rows[5][1], rows[5][0]])})


def test_check_names_what_is_stored(engine: LadybugEngine) -> None:
    adopted(engine, "CREATE NODE TABLE A(id STRING, v DECIMAL(9, 2), w INT32, PRIMARY KEY(id))")
    typed = [SetPropertyType(NODE, "A", name, "INTEGER") for name in ("v", "w")]
    history = nsmig.History([nsmig.Migration("m", (CreateType(NODE, "A", ("id",), ("v", "w")), *typed))])
    engine.database.ledger.remember(records("m", history))
    found = disagreements(history, "local", engine.database, declares_types=True).found
    assert [each.message for each in found] == ["target local: node type A has DECIMAL(9, 2) in v, not INTEGER"]


def test_what_people_wrote_as_a_comment_is_kept(engine: LadybugEngine) -> None:
    """Whatever is done to the table; version 0.1.0 still recognizes the comment as its own."""
    mine = """keys: "k"; it's\\n{"keys": []} é"""
    adopted(
        engine,
        "CREATE NODE TABLE A(k STRING, a STRING, b STRING, PRIMARY KEY(k))",
        "CREATE REL TABLE R(FROM A TO A, c STRING)",
        "CREATE NODE TABLE B(k STRING, PRIMARY KEY(k))",
        *(f"COMMENT ON TABLE {name} IS {literal(mine)}" for name in "AR"),
    )

    def said() -> list[str]:
        assert engine.database.session.live() == engine.live
        return [str(each).replace(mine, "MINE") for each in survey_of(engine).remarks]

    kept = "its comment, which nsmig keeps within its own: MINE"
    assert said() == [f"node type A: {kept}", f"relationship type R: {kept}"]
    after(engine, RenameType(NODE, "A", "C"), RenameProperty(NODE, "C", "a", "z"), ExtendKey(NODE, "C", "b", "x"))
    after(engine, RenameProperty(RELATIONSHIP, "R", "c", "d"), RenameType(RELATIONSHIP, "R", "S"))
    after(engine, AddProperty(NODE, "B", "x"), SetPropertyType(NODE, "C", "z", "INTEGER"), ReduceKey(NODE, "C", "b"))
    after(engine, AddProperty(NODE, "C", "new"), AddProperty(RELATIONSHIP, "S", "new"))
    assert said() == [f"node type C: {kept}", f"relationship type S: {kept}"]
    comments = dict(engine.send("CALL show_tables() RETURN name, comment"))
    for name, untyped in (("C", ["new"]), ("S", ["new"]), ("B", ["x"])):
        facts = json.loads(comments[name])
        assert set(facts) == {"keys", "indexes", "untyped"}
        assert facts["untyped"] == [*untyped, *[f"\0comment: {mine}"] * (name != "B")]
    engine.close()
    text = succeed(engine.path.parent, "inspect", engine.path.name).out
    assert text.count("# its comment, which nsmig keeps within its own: keys") == 2
    assert nsmig.Schema.from_dict(yaml.safe_load(text)).types(NODE) == ["B", "C"]
