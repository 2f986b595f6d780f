"""Indexes and constraints that a schema declares, on LadybugDB, which has none of them; and the columns of vectors."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig.catalog_operations import CreateConstraint, CreateEntry, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.database.base import Database, Role
from nsmig.database.ladybug import opening
from nsmig.database.ladybug.column_types import is_exact
from nsmig.database.ladybug.tables import Table
from nsmig.errors import ConflictError, DatabaseError, UnsupportedError
from nsmig.kinds import CONSTRAINT_FORMS, INDEX_FORMS, Kind
from nsmig.making.revert import revert
from nsmig.operations import (
    AddAdjacency,
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
    RunQuery,
    SetPropertyType,
)
from nsmig.running.events import Event, Noted
from nsmig.running.restoring import restore
from nsmig.running.standing import disagreements
from support.databases import connection, ladybug_at
from support.ladybug_bench import LadybugEngine
from support.migrations import chained
from support.reference import Schema
from support.runs import run
from support.stops import Stopped, stopping

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
CHUNKS = (
    "CREATE NODE TABLE Chunk(id STRING, text STRING, other STRING, e {}, PRIMARY KEY(id))",
    "CREATE NODE TABLE Page(id STRING, PRIMARY KEY(id))",
    "CREATE REL TABLE NEXT(FROM Chunk TO Chunk, FROM Page TO Chunk, e {})",
    "CREATE (:Page {{id: 'p'}})",
)
# By angle to [1, 0, 0]: a, b, c; d has no vector.
VECTORS = {"a": [1.0, 0.25, 0.0], "b": [0.5, 0.5, 0.125], "c": [-1.0, 0.0, 2.0]}
NEAREST = """\
MATCH (n:{}) WHERE n.{} IS NOT NULL
RETURN n.id, array_cosine_similarity(n.{}, cast([1.0, 0.0, 0.0], 'FLOAT[3]')) AS near ORDER BY near DESC"""


def vector(dimensions: int | None = 3, kind: Kind = NODE, types: tuple[str, ...] = ("Chunk",)) -> CreateIndex:
    options = {"similarity": "cosine"} if dimensions is None else {"dimensions": dimensions}
    return CreateIndex(kind, "vectors", types, ("e",), "vector", options)


def filled(engine: LadybugEngine, column: str, values: dict[str, list[Any]] | None = None) -> None:
    """Chunks and relationships between them, with vectors in a column of a type."""
    for each in CHUNKS:
        engine.send(each.format(column))
    vectors = VECTORS if values is None else values
    for name, value in {**vectors, "d": None}.items():
        given = "" if value is None else f", e: cast($value, '{column}')"
        parameters = {"id": name} | ({} if value is None else {"value": value})
        engine.send(f"CREATE (:Chunk {{id: $id, text: 't', other: 'o'{given}}})", parameters)
        properties = "" if value is None else f" {{e: cast($value, '{column}')}}"
        for start in ("Page {id: 'p'}", "Chunk {id: $id}"):
            made = f"MATCH (a:{start}), (b:Chunk {{id: $id}}) CREATE (a)-[:NEXT{properties}]->(b)"
            engine.send(made, parameters)
    engine.live = engine.database.session.live()


def schema(engine: LadybugEngine) -> Schema:
    return Schema.from_dict(engine.database.session.live_schema().content)


def after(engine: LadybugEngine, *operations: Operation) -> None:
    for each in operations:
        engine.apply(each, schema(engine))
        assert engine.database.session.live() == engine.live


def column(engine: LadybugEngine, table: str = "Chunk", name: str = "e") -> str | None:
    found: Table | None = engine.database.session.live().find(table)
    return found.type(name) if found else None


def held(engine: LadybugEngine, table: str = "Chunk", name: str = "e") -> tuple[Any, ...]:
    """All vectors of nodes and relationships."""
    return (
        engine.send(f"MATCH (n:{table}) RETURN n.id, n.{name} ORDER BY n.id"),
        engine.send(f"MATCH (a:{table})-[r:NEXT]->(b:{table}) RETURN b.id, r.e ORDER BY b.id"),
        engine.send(f"MATCH (a:Page)-[r:NEXT]->(b:{table}) RETURN b.id, r.e ORDER BY b.id"),
    )


def nearest(engine: LadybugEngine, table: str = "Chunk", name: str = "e") -> list[str]:
    return [each for each, _ in engine.send(NEAREST.format(table, name, name))]


# --- The column of a vector -------------------------------------------------------------------------------------------

TYPES = ["DOUBLE[]", "FLOAT[]", "DOUBLE[3]", "FLOAT[3]"]


@pytest.mark.parametrize("engine_type", TYPES)
def test_a_list_becomes_an_array_with_all_its_values(engine: LadybugEngine, engine_type: str) -> None:
    filled(engine, engine_type)
    before = held(engine)
    after(engine, vector())
    assert column(engine) == "FLOAT[3]" and column(engine, "NEXT") == engine_type and held(engine) == before
    after(engine, vector(kind=RELATIONSHIP, types=("NEXT",)))
    assert column(engine, "NEXT") == "FLOAT[3]" and held(engine) == before
    assert nearest(engine) == ["a", "b", "c"]
    live = engine.live
    after(engine, vector())
    assert engine.live == live
    after(engine, RemoveIndex("vectors"))
    assert engine.live == live and held(engine) == before


def test_an_array_keeps_its_length_whatever_happens_to_its_table(engine: LadybugEngine) -> None:
    filled(engine, "DOUBLE[]")
    after(engine, vector(), vector(kind=RELATIONSHIP, types=("NEXT",)))
    before = held(engine)
    for table, name, operation in (
        ("Chunk", "v", RenameProperty(NODE, "Chunk", "e", "v")),
        ("Part", "v", RenameType(NODE, "Chunk", "Part")),
        ("Part", "v", ExtendKey(NODE, "Part", "text", "x")),
        ("Part", "v", AddProperty(NODE, "Part", "more", 7)),
        ("Part", "v", DropProperty(NODE, "Part", "other")),
        ("Part", "v", SetPropertyType(NODE, "Part", "text", "STRING")),
        ("Part", "v", ReduceKey(NODE, "Part", "text")),
        ("Part", "v", DropProperty(NODE, "Part", "text")),
        ("Part", "V", RenameProperty(NODE, "Part", "v", "V")),
        ("Part", "V", SetPropertyType(NODE, "Part", "V", "LIST_OF_FLOATS")),
        ("Part", "V", RenameKeyPart(NODE, "Part", "id", "key")),
        ("Part", "V", RenameKeyPart(NODE, "Part", "key", "id")),
        ("Part", "V", ExtendKey(NODE, "Page", "no", 1)),
    ):
        after(engine, operation)
        is_renamed_key = isinstance(operation, RenameKeyPart) and operation.new == "key"
        assert column(engine, table, name) == "FLOAT[3]" == column(engine, "NEXT"), operation
        if not is_renamed_key:
            assert held(engine, table, name) == before, operation
            assert nearest(engine, table, name) == ["a", "b", "c"]
    after(engine, RenameType(RELATIONSHIP, "NEXT", "LATER"), RenameProperty(RELATIONSHIP, "LATER", "e", "w"))
    assert column(engine, "LATER", "w") == "FLOAT[3]"
    assert engine.send("MATCH (a:Page)-[r:LATER]->(b:Part) RETURN b.id, r.w ORDER BY b.id") == before[2]


LOSSY = [
    ("DOUBLE[]", [1.0, 2.0]),
    ("DOUBLE[]", [1.0, 2.0, 3.0, 4.0]),
    ("DOUBLE[]", []),
    ("DOUBLE[]", [0.1, 0.0, 0.0]),
    ("DOUBLE[]", [1e300, 0.0, 0.0]),
    ("DOUBLE[]", [-1e300, 0.0, 0.0]),
    ("DOUBLE[]", [1e-300, 0.0, 0.0]),
    ("DOUBLE[]", [float("inf"), 0.0, 0.0]),
    ("DOUBLE[]", [float("nan"), 0.0, 0.0]),
    ("DOUBLE[]", [1.0, None, 0.0]),
    ("DOUBLE[3]", [0.1, 0.0, 0.0]),
    ("FLOAT[]", [0.5]),
    ("FLOAT[2]", [0.5, 0.5]),
    ("FLOAT[3]", None),
    ("INT64[]", [1, 2]),
    ("STRING[]", ["1", "2", "3"]),
    ("STRING", "[1,2,3]"),
    ("DOUBLE", 0.5),
]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("engine_type", "value"), LOSSY, ids=map(repr, LOSSY))
def test_what_would_lose_something_is_refused_before_anything_changes(
    engine: LadybugEngine, kind: Kind, engine_type: str, value: Any
) -> None:
    if value is None:
        filled(engine, engine_type)
    else:
        filled(engine, engine_type, {"a": value})
    before, live = repr(held(engine)), engine.live
    table = "Chunk" if kind is NODE else "NEXT"
    operation = vector(4 if value is None else 3, kind, (table,))  # without a value all are right, but too short
    with pytest.raises(
        ConflictError, match=r"hold a value in 'e' that cannot become .*\[[34]\] without loss"
    ) as raised:
        engine.apply(operation, schema(engine))
    assert engine.database.session.live() == live and repr(held(engine)) == before
    rows = (3 if value is None else 1) * (1 if kind is NODE else 2)
    assert raised.value.count == rows and len(engine.send(raised.value.query)) == rows
    assert ("first give 'e' the type LIST_OF_FLOATS" in str(raised.value)) is (
        engine_type.startswith(("STRING", "DOUBLE")) and engine_type != "DOUBLE[]" and engine_type != "DOUBLE[3]"
    )


def test_values_of_other_digits_can_be_rounded_first(engine: LadybugEngine) -> None:
    """As docs/indexes.md says."""
    filled(engine, "DOUBLE[]", {"a": [0.1, 0.2, 0.3]})
    with pytest.raises(ConflictError):
        engine.apply(vector(), schema(engine))
    engine.send("MATCH (n:Chunk) SET n.e = cast(cast(n.e, 'FLOAT[3]'), 'DOUBLE[]')")
    after(engine, vector())
    assert engine.send("MATCH (n:Chunk {id: 'a'}) RETURN n.e") == [
        [[0.10000000149011612, 0.20000000298023224, 0.30000001192092896]]
    ]


@pytest.mark.parametrize("engine_type", ["STRING", "STRING[]", "FLOAT[2]", "INT64", "DOUBLE[]"])
def test_a_column_without_values_becomes_an_array(engine: LadybugEngine, engine_type: str) -> None:
    filled(engine, engine_type, {})
    before = held(engine)
    after(engine, vector(), vector(kind=RELATIONSHIP, types=("NEXT",)))
    assert column(engine) == column(engine, "NEXT") == "FLOAT[3]" and held(engine) == before


@pytest.mark.parametrize("engine_type", ["INT64[]", "INT8[]", "UINT32[3]"])
def test_whole_numbers_stay_such(engine: LadybugEngine, engine_type: str) -> None:
    filled(engine, engine_type, {"a": [1, 2, 3], "b": [0, 0, 7]})
    before = held(engine)
    after(engine, vector())
    assert column(engine) == f"{engine_type.partition('[')[0]}[3]" and repr(held(engine)) == repr(before)


def test_many_vectors_of_changed_rows_stay_what_they_are(engine: LadybugEngine) -> None:
    """The engine's own casts in a SET, and its lambdas, have mixed up rows."""
    chance = random.Random(3)
    filled(engine, "DOUBLE[]", {})
    engine.send("UNWIND range(1, 5000) AS i CREATE (:Chunk {id: cast(i, 'STRING'), e: [i * 0.5, -1.0, i * 0.125]})")
    held: dict[str, Any] = {str(i): [i * 0.5, -1.0, i * 0.125] for i in range(1, 5001)} | {"d": None}
    for key in chance.choices([*held], k=300):
        held[key] = chance.choice([None, [chance.randrange(999) * 0.25 for _ in range(3)]])
        engine.send("MATCH (n:Chunk {id: $id}) SET n.e = $value", {"id": key, "value": held[key]})
    engine.live = engine.database.session.live()
    after(engine, vector())
    assert column(engine) == "FLOAT[3]" and dict(engine.send("MATCH (n:Chunk) RETURN n.id, n.e")) == held
    engine.send("MATCH (n:Chunk {id: '7'}) SET n.e = [1.0, 2.0, 4.0]")
    after(engine, ExtendKey(NODE, "Chunk", "text", "x"))
    assert dict(engine.send("MATCH (n:Chunk) RETURN n.id, n.e")) == held | {"7": [1.0, 2.0, 4.0]}


def test_an_index_without_dimensions_leaves_the_column(engine: LadybugEngine) -> None:
    filled(engine, "DOUBLE[]")
    live = engine.live
    after(engine, vector(None))
    assert engine.live == live


def test_an_index_on_several_types(engine: LadybugEngine) -> None:
    filled(engine, "DOUBLE[]")
    engine.send("ALTER TABLE Page ADD e DOUBLE[]")
    engine.send("MATCH (n:Page) SET n.e = [0.1, 0.0, 0.0]")
    engine.live = live = engine.database.session.live()
    before = repr(held(engine))
    with pytest.raises(ConflictError):
        engine.apply(vector(types=("Chunk", "Page")), schema(engine))
    assert engine.database.session.live() == live and repr(held(engine)) == before
    engine.live = live
    engine.send("MATCH (n:Page) SET n.e = [0.5, 0.0, 0.0]")
    after(engine, vector(types=("Chunk", "Page")))
    assert column(engine) == column(engine, "Page") == "FLOAT[3]" and repr(held(engine)) == before
    assert engine.send("MATCH (n:Page) RETURN n.e") == [[[0.5, 0.0, 0.0]]]


def test_a_default_that_would_be_lost_is_not(engine: LadybugEngine) -> None:
    engine.send("CREATE NODE TABLE Chunk(id STRING, e DOUBLE[] DEFAULT [1.0, 2.0, 3.0], PRIMARY KEY(id))")
    engine.live = engine.database.session.live()
    with pytest.raises(UnsupportedError, match=r"'e' of table 'Chunk' is DOUBLE\[\] DEFAULT .*would not have"):
        engine.apply(vector(), schema(engine))


# --- Columns that people made -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine_type", "type"),
    [("FLOAT[3]", "LIST_OF_FLOATS"), ("DOUBLE[3]", "LIST_OF_FLOATS"), ("INT16[3]", "LIST_OF_INTEGERS")],
)
def test_an_array_has_its_type_already(engine: LadybugEngine, engine_type: str, type: str) -> None:
    filled(engine, engine_type, {"a": [1, 2, 3]})
    before = held(engine)
    after(engine, SetPropertyType(NODE, "Chunk", "e", type), SetPropertyType(RELATIONSHIP, "NEXT", "e", type))
    assert column(engine) == column(engine, "NEXT") == engine_type and held(engine) == before


def test_a_default_that_an_array_holds_is_filled_in(engine: LadybugEngine) -> None:
    filled(engine, "FLOAT[3]")
    before = held(engine)
    for wrong in ([0.5, 0.5], [0.1, 0.0, 0.0], [], 0.5, ["a", "b", "c"]):
        with pytest.raises(ConflictError, match="cannot hold"):
            engine.apply(AddProperty(NODE, "Chunk", "e", wrong), Schema())
        assert held(engine) == before
    after(engine, AddProperty(NODE, "Chunk", "e", [0.5, 0.25, 0.0]))
    assert column(engine) == "FLOAT[3]"
    assert held(engine)[0] == [*before[0][:3], ["d", [0.5, 0.25, 0.0]]]


def test_which_lists_an_array_holds() -> None:
    assert is_exact("FLOAT[2]", [0.5, None]) and is_exact("FLOAT[]", []) and is_exact("STRING[1]", ["a"])
    assert not is_exact("FLOAT[2]", [0.5]) and not is_exact("FLOAT[]", [0.1]) and not is_exact("INT64[1]", [])


# --- What is remembered, and what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("form", [each for each in INDEX_FORMS if each != "vector"])
def test_an_index_is_noted_and_makes_nothing(engine: LadybugEngine, form: str) -> None:
    filled(engine, "DOUBLE[]")
    live = engine.live
    sent = engine.apply(CreateIndex(NODE, "i", ("Chunk",), ("text",), form), schema(engine))
    assert [each.role for each in sent] == [Role.NOTE] and engine.database.session.live() == live
    assert engine.apply(RemoveIndex("i"), schema(engine)) == [] and engine.database.session.live() == live


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("form", CONSTRAINT_FORMS)
def test_a_constraint_is_refused_unless_it_is_optional(engine: LadybugEngine, kind: Kind, form: str) -> None:
    options = {"type": "STRING"} if form == "type" else None
    strict = CreateConstraint(kind, "c", ("A",), ("p",), form, options)
    with pytest.raises(UnsupportedError, match="LadybugDB would not enforce it; declare it with 'optional: true'"):
        engine.database.dialect.refuse(strict, Schema())
    optional = CreateConstraint(kind, "c", ("A",), ("p",), form, options, optional=True)
    sent = engine.apply(optional, Schema())
    assert [each.role for each in sent] == [Role.NOTE]
    assert engine.apply(RemoveConstraint("c"), Schema()) == []


TYPES_AND_ROWS: list[Operation] = [
    CreateType(NODE, "Chunk", ("id",), ("text", "other", "e")),
    SetPropertyType(NODE, "Chunk", "e", "LIST_OF_FLOATS"),
    CreateType(RELATIONSHIP, "NEXT", (), ("e",)),
    SetPropertyType(RELATIONSHIP, "NEXT", "e", "LIST_OF_FLOATS"),
    AddAdjacency("Chunk", "NEXT", "Chunk"),
]
ENTRIES: list[CreateEntry] = [
    CreateIndex(NODE, "texts", ("Chunk",), ("other", "text"), "fulltext"),
    CreateIndex(NODE, "text", ("Chunk",), ("text",), "text"),
    vector(),
    CreateConstraint(NODE, "there", ("Chunk",), ("text",), "required", optional=True),
]


def test_a_migration_is_given_each_note_once_with_its_count(tmp_path: Path) -> None:
    said: list[Event] = []
    query = RunQuery("MATCH (n:Chunk) RETURN count(*)")
    history = chained(TYPES_AND_ROWS, [*ENTRIES[:2], query, *ENTRIES[2:]], [RemoveIndex("text"), RemoveIndex("texts")])
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(history, database, said.append)
    assert [(each.migration, each.text) for each in said if isinstance(each, Noted)] == [
        ("m1", "3 indexes are remembered in the schema only: nsmig creates none in LadybugDB"),
        ("m1", "1 optional constraint is remembered in the schema only: LadybugDB does not enforce it"),
    ]


def test_the_data_are_asked_about_before_the_migration_is_begun(tmp_path: Path) -> None:
    rows = RunQuery("CREATE (:Chunk {id: 'a', e: [1.0, 2.0]})")
    rest: list[Operation] = [
        AddProperty(NODE, "Chunk", "more", 1),
        RenameProperty(NODE, "Chunk", "e", "v"),
        RenameType(NODE, "Chunk", "Part"),
    ]
    index = CreateIndex(NODE, "vectors", ("Part",), ("v",), "vector", {"dimensions": 3})
    with ladybug_at(tmp_path / "graph.lbug") as database:
        with pytest.raises(
            ConflictError, match=r"migration 'm1', operation 4 of 4.*in 'e' that cannot become FLOAT\[3\]"
        ):
            run(chained([*TYPES_AND_ROWS, rows], [*rest, index]), database)
        assert not database.ledger.state().journal
        connection(database).send("MATCH (n:Chunk) SET n.e = [1.0, 2.0, 3.0]")
        run(chained([*TYPES_AND_ROWS, rows], [*rest, index]), database)
        assert connection(database).send("MATCH (n:Part) RETURN n.v") == [[[1.0, 2.0, 3.0]]]


@pytest.mark.parametrize(("engine_type", "key"), [("INT32", "7"), ("TIMESTAMP", "timestamp('2020-01-01')")])
def test_a_key_that_people_made_stays_the_key(engine: LadybugEngine, engine_type: str, key: str) -> None:
    """A table whose rows cannot be copied with it gets its array in place."""
    engine.send(f"CREATE NODE TABLE Chunk(id {engine_type}, e DOUBLE[], PRIMARY KEY(id))")
    create = f"CREATE (:Chunk {{id: {key}, e: [0.5, 0.5, 0.5]}})"
    engine.send(create)
    engine.live = engine.database.session.live()
    engine.apply(vector(), schema(engine))
    assert column(engine) == "FLOAT[3]"
    with pytest.raises(DatabaseError, match=r"(?i)primary key|unique"):
        engine.send(create)


KEYED = CreateType(NODE, "Keyed", ("id", "e"), ())
NO_ARRAYS: list[tuple[list[Operation], Operation, str]] = [
    ([KEYED], vector(3, NODE, ("Keyed",)), "'e' is part of the key of 'Keyed', and LadybugDB cannot tell arrays apart"),
    (
        [*TYPES_AND_ROWS, CreateType(NODE, "Part", ("id",), ("e",)), vector(3)],
        replace(vector(4, NODE, ("Chunk", "Part")), entry="wider"),
        "'e' of 'Chunk' is an array of 3 numbers for the index 'vectors'",
    ),
]


@pytest.mark.parametrize(("made", "operation", "said"), NO_ARRAYS, ids=["a key", "two lengths"])
def test_what_no_column_can_be_is_refused_before_the_run(
    tmp_path: Path, made: list[Operation], operation: Operation, said: str
) -> None:
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(chained(made), database)
        with pytest.raises(UnsupportedError, match=said):
            run(chained(made, [AddProperty(NODE, "Other", "more"), operation]), database)
        state = database.ledger.state()
        assert list(state.records) == ["m0"] and not state.journal


def test_the_numbers_of_an_array_are_not_converted_below_its_index(tmp_path: Path) -> None:
    to = SetPropertyType(NODE, "Chunk", "e", "LIST_OF_INTEGERS")
    around = [RemoveIndex("vectors"), to, vector(3)]
    rows = RunQuery("CREATE (:Chunk {id: 'a', e: [1.0, 2.0, 3.0]})")
    with ladybug_at(tmp_path / "graph.lbug") as database:
        first = [*TYPES_AND_ROWS, rows, vector()]
        run(chained(first), database)
        with pytest.raises(
            UnsupportedError, match=r"'e' is FLOAT\[3\] for the index 'vectors'; remove the index before"
        ):
            run(chained(first, to), database)
        assert not database.ledger.state().journal
        run(chained(first, around), database)
        table = database.session.live().find("Chunk")
        assert table and table.type("e") == "INT64[3]"
        assert connection(database).send("MATCH (n:Chunk) RETURN n.e") == [[[1, 2, 3]]]


# --- Restoring, drift and kills ---------------------------------------------------------------------------------------

FILL = RunQuery("UNWIND [1, 2, 3] AS i CREATE (:Chunk {id: cast(i, 'STRING'), text: 't', e: [i * 0.5, 1.0, -2.0]})")
LOST: list[list[Operation]] = [
    [RemoveIndex("vectors"), DropProperty(NODE, "Chunk", "e")],
    [RemoveIndex("vectors"), DropType(NODE, "Chunk")],
]


@pytest.mark.parametrize("lost", LOST, ids=repr)
def test_vectors_come_back_from_an_archive(tmp_path: Path, lost: list[Operation]) -> None:
    first = [*TYPES_AND_ROWS, FILL, vector()]
    way = revert(chained(first, lost), "m1").operations
    assert any(isinstance(each, CreateIndex) for each in way)
    history = chained(first, lost, way)
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(history, database, to="m0")
        rows = "MATCH (n:Chunk) RETURN n.id, n.e ORDER BY n.id"
        before = connection(database).send(rows)
        run(history, database, to="m1", archive=tmp_path / "archive")
        run(history, database)
        outcome = restore(history, database, tmp_path / "archive")
        assert not outcome.left.counts and connection(database).send(rows) == before
        table = database.session.live().find("Chunk")
        assert table and table.type("e") == "FLOAT[3]"


@pytest.mark.parametrize("lost", LOST, ids=repr)
def test_a_value_that_no_longer_fits_is_left_in_the_archive(tmp_path: Path, lost: list[Operation]) -> None:
    """The index is made again with other dimensions, or the values have other digits."""
    first = [
        *TYPES_AND_ROWS,
        RunQuery("CREATE (:Chunk {id: '1', e: [0.1, 0.2, 0.3]}), (:Chunk {id: '2', e: [0.5, 0.5, 0.5]})"),
    ]
    lost = [each for each in lost if not isinstance(each, RemoveIndex)]
    again = [*revert(chained(first, lost), "m1").operations, vector()]
    history = chained(first, lost, again)
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(history, database, to="m1", archive=tmp_path / "archive")
        run(history, database)
        outcome = restore(history, database, tmp_path / "archive")
        assert sum(outcome.left.counts.values()) == 1
        found = connection(database).send("MATCH (n:Chunk) WHERE n.e IS NOT NULL RETURN n.id, n.e")
        assert found == [["2", [0.5, 0.5, 0.5]]]


def test_what_is_declared_makes_no_drift(tmp_path: Path) -> None:
    history = chained(TYPES_AND_ROWS, ENTRIES, [RenameProperty(NODE, "Chunk", "e", "v"), RemoveIndex("text")])
    with ladybug_at(tmp_path / "graph.lbug") as database:
        for last in ("m0", "m1", "m2"):
            run(history, database, to=last)
            applied = nsmig.History([history[f"m{at}"] for at in range(int(last[1]) + 1)])
            assert disagreements(applied, "local", database, declares_types=True).found == []


@pytest.mark.parametrize(
    ("kind", "types"), [(NODE, ("Chunk",)), (NODE, ("Chunk", "Page")), (RELATIONSHIP, ("NEXT", "LATER"))], ids=repr
)
def test_stopped_after_each_statement_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, types: tuple[str, ...]
) -> None:
    """On one type, whose table is rebuilt, and on several at once."""
    monkeypatch.setattr(opening, "_crashes", lambda path, lenient: False)
    rest: list[Operation] = [
        CreateType(NODE, "Page", ("id",), ("e",)),
        SetPropertyType(NODE, "Page", "e", "LIST_OF_FLOATS"),
        CreateType(RELATIONSHIP, "LATER", (), ("e",)),
        SetPropertyType(RELATIONSHIP, "LATER", "e", "LIST_OF_FLOATS"),
        AddAdjacency("Page", "LATER", "Chunk"),
    ]
    fill = [
        FILL,
        RunQuery("CREATE (:Page {id: 'a', e: [1.0, 2.0, 4.0]})"),
        RunQuery(
            "MATCH (a:Page), (b:Chunk) CREATE (a)-[:LATER {e: [0.25, 0.5, 1.0]}]->(b), (b)-[:NEXT {e: [1.0, 0.0, 0.0]}]->(b)"
        ),
    ]
    history = chained([*TYPES_AND_ROWS, *rest], fill, vector(3, kind, types))
    path = tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        run(history, database, to="m1")
    start = path.read_bytes()

    def contents(database: Database[Any]) -> Any:
        send = connection(database).send
        nodes = [send(f"MATCH (n:{each}) RETURN n.id, n.e ORDER BY n.id") for each in ("Chunk", "Page")]
        links = [send(f"MATCH ()-[r:{each}]->(b) RETURN b.id, r.e ORDER BY b.id") for each in ("NEXT", "LATER")]
        return nodes, links, database.session.live(), sorted(database.ledger.state().records)

    with ladybug_at(path) as database:
        before = contents(database)[:2]
        run(history, database)
        whole = contents(database)
        assert whole[:2] == before
    for after in count():
        for leftover in tmp_path.glob("graph.lbug*"):
            leftover.unlink()
        path.write_bytes(start)
        try:
            with ladybug_at(path) as database, stopping(connection(database), "send", after):
                run(history, database)
            break
        except Stopped:
            with ladybug_at(path) as database:
                run(history, database)
                assert contents(database) == whole, f"stopped after statement {after + 1}"
    assert after > 6
