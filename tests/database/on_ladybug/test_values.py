"""Values and keys, as columns and as text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nsmig.database.base import Role
from nsmig.database.ladybug import key_of
from nsmig.database.ladybug.conversions import converted
from nsmig.database.ladybug.rebuild import encoded
from nsmig.database.ladybug.values import literal
from nsmig.errors import ConflictError, DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    CreateType,
    DropProperty,
    ExtendKey,
    RenameKeyPart,
    RenameProperty,
    SetPropertyType,
)
from support.databases import planned
from support.ladybug_bench import SMALL, LadybugEngine, types
from support.reference import Graph, Node, Property, Schema, apply
from support.strategies import texts

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

# -- values ------------------------------------------------------------------------------------------------------------

UTC_PLUS_2 = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("default", "stored", "engine_type"),
    [
        ("", "", "STRING"),
        ("a'b\\`\n;😀", "a'b\\`\n;😀", "STRING"),
        (True, True, "BOOL"),
        (-(2**63), -(2**63), "INT64"),
        (2**63 - 1, 2**63 - 1, "INT64"),
        (1.5e300, 1.5e300, "DOUBLE"),
        (float("inf"), float("inf"), "DOUBLE"),
        (date(2020, 1, 2), date(2020, 1, 2), "DATE"),
        (datetime(2020, 1, 2, 3, 4, 5, 6), datetime(2020, 1, 2, 3, 4, 5, 6), "TIMESTAMP"),
        (datetime(2020, 1, 2, 1, 0, tzinfo=UTC_PLUS_2), datetime(2020, 1, 1, 23, 0), "TIMESTAMP"),
        ([datetime(2020, 1, 2, 1, 0, tzinfo=UTC_PLUS_2)], [datetime(2020, 1, 1, 23, 0)], "TIMESTAMP[]"),
        (["a", "b,c", "'"], ["a", "b,c", "'"], "STRING[]"),
        ([], [], "STRING[]"),
        ([1, None], [1, None], "INT64[]"),
        ([None, 1], [None, 1], "INT64[]"),
        ([1, 2.5], [1.0, 2.5], "DOUBLE[]"),
        ([True, False], [True, False], "BOOL[]"),
        ([date(2020, 1, 2)], [date(2020, 1, 2)], "DATE[]"),
        (b"\x00\xff'\\", b"\x00\xff'\\", "BLOB"),
    ],
)
def test_defaults_are_stored_as_they_are_and_can_be_written_as_literals(
    engine: LadybugEngine, small_file: bytes, default: Any, stored: Any, engine_type: str
) -> None:
    engine.copy(small_file)
    for kind, name in ((NODE, "A"), (RELATIONSHIP, "R")):
        sent = engine.apply(AddProperty(kind, name, "new", default), SMALL)
        table = engine.live.find(name)
        assert table and table.type("new") == engine_type and "new" not in table.untyped
        rows = engine.send("MATCH (n:A) RETURN n.new" if kind is NODE else "MATCH ()-[n:R]->() RETURN n.new")
        assert rows and all(row == [stored] for row in rows)
        # The script's literals are the same values.
        (data,) = (each for each in sent if each.role is Role.DATA)
        written = engine.send(f"RETURN {literal(data.parameters['value'])}")
        assert written == [[stored]]


@pytest.mark.parametrize(
    "default",
    [
        2**63,
        -(2**63) - 1,
        {"a": 1},
        {"a"},
        [1, "a"],
        [True, 1],
        [[1]],
        object(),
        "\ud800",
        datetime.min.replace(tzinfo=UTC_PLUS_2),
    ],
)
def test_a_default_that_cannot_be_stored_is_refused_without_data(engine: LadybugEngine, default: Any) -> None:
    for operation in (AddProperty(NODE, "A", "new", default), ExtendKey(NODE, "A", "new", default)):
        with pytest.raises(UnsupportedError, match="cannot store the default"):
            engine.database.dialect.refuse(operation, SMALL)


@pytest.mark.parametrize("default", [1.5, ["a"], b"a"])
def test_a_value_without_an_exact_text_cannot_be_part_of_a_key(
    engine: LadybugEngine, small_file: bytes, default: Any
) -> None:
    with pytest.raises(UnsupportedError, match="no exact text"):
        engine.database.dialect.refuse(ExtendKey(NODE, "A", "new", default), SMALL)
    engine.copy(small_file)
    engine.apply(AddProperty(NODE, "A", "new", default), SMALL)
    with pytest.raises(UnsupportedError):
        engine.apply(ExtendKey(NODE, "A", "new", None), apply(SMALL, AddProperty(NODE, "A", "new"))[0])


def test_a_column_of_another_type_refuses_a_default_that_a_row_needs(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    engine.apply(AddProperty(NODE, "A", "new", 7), SMALL)
    after, _ = apply(SMALL, AddProperty(NODE, "A", "new"))
    (count,) = engine.send("MATCH (n:A) RETURN count(*)")[0]
    assert count > 0
    engine.apply(AddProperty(NODE, "A", "new", "x"), after)  # all have values
    engine.apply(ExtendKey(NODE, "A", "new", None), after)
    assert engine.send("MATCH (n:A) RETURN DISTINCT n.new") == [[7]]
    engine.copy(small_file)
    engine.apply(AddProperty(NODE, "A", "new", 7), SMALL)
    engine.send("MATCH (n:A) SET n.new = NULL")
    for operation in (AddProperty(NODE, "A", "new", "x"), ExtendKey(NODE, "A", "new", None)):
        with pytest.raises(ConflictError, match=r"INT64 and cannot hold '.*', which nodes without") as raised:
            engine.apply(operation, after)
        assert raised.value.count == count == len(engine.send(raised.value.query))
    with pytest.raises(UnsupportedError, match="'new' is INT64"):
        engine.apply(RenameProperty(NODE, "A", "new", "p"), after)


def test_declared_types_make_typed_columns(engine: LadybugEngine) -> None:
    schema = Schema({"A": {"k": Property(key=True), "n": Property(type="LIST_OF_DATETIMES")}})
    engine.apply(CreateType(NODE, "A", ("k",), ()), Schema())
    engine.apply(AddProperty(NODE, "A", "n"), schema)
    table = engine.live.find("A")
    assert table and table.type("n") == "TIMESTAMP[]" and table.untyped == ("k",)


def test_values_among_nulls_are_converted_and_those_that_cannot_be_are_counted(engine: LadybugEngine) -> None:
    """By the thousand, since the engine computes many rows at once."""
    schema = Schema({"A": {"k": Property(key=True), "n": Property()}})
    engine.apply(CreateType(NODE, "A", ("k",), ("n",)), Schema())
    text = "CASE WHEN i % 3 = 0 THEN NULL WHEN i % 2 = 0 THEN '+' + cast(i, 'STRING') ELSE '-0' + cast(i, 'STRING') END"
    engine.send(f"UNWIND range(1, 5000) AS i CREATE (:A {{k: cast(i, 'STRING'), n: {text}}})")
    engine.send("MATCH (n:A) WHERE n.k = '4000' SET n.n = 'four'")
    engine.live = engine.database.session.live()
    for to in ("INTEGER", "FLOAT"):
        operation = SetPropertyType(NODE, "A", "n", to)
        with pytest.raises(ConflictError) as raised:
            engine.apply(operation, schema)
        assert raised.value.count == 1 and engine.send(raised.value.query)[0][0]["k"] == "4000"
        sent, _ = planned(engine.database, operation, schema, engine.live)
        assert sum(each.role is Role.CHECK for each in sent) == 1
    engine.send("MATCH (n:A) WHERE n.k = '4000' SET n.n = '+9223372036854775807'")
    engine.apply(SetPropertyType(NODE, "A", "n", "INTEGER"), schema)
    numbers = dict(engine.send("MATCH (n:A) RETURN cast(n.k, 'INT64'), n.n"))
    expected = {i: None if i % 3 == 0 else i if i % 2 == 0 else -i for i in range(1, 5001)}
    assert numbers == {**expected, 4000: 2**63 - 1}


@pytest.mark.parametrize("text", ["0.", ".5", "-.5", "+.5", "+0.50", "00", "-007.5", "0e5", "+1e-3", "1.", "0"])
def test_texts_of_numbers_become_floats(engine: LadybugEngine, text: str) -> None:
    assert engine.send(f"RETURN {converted(literal(text), 'STRING', 'DOUBLE')}") == [[float(text)]]


@pytest.mark.parametrize(
    "using", [None, "list_transform(value, each -> CASE WHEN each < 4.0 THEN 0 ELSE cast(each, 'INT64') END)"]
)
def test_lists_of_changed_rows_become_what_they_hold(engine: LadybugEngine, using: str | None) -> None:
    """The engine, asked plainly, gives elements of other rows."""
    chance = random.Random(5)
    schema = Schema(types(A="k*"))
    engine.load(Graph([Node(frozenset({"A"}), {"_id": at, "k": str(at)}) for at in range(200)]), schema)
    engine.apply(AddProperty(NODE, "A", "n", [1.0]), schema)
    schema, _ = apply(schema, AddProperty(NODE, "A", "n", [1.0]))
    held: dict[str, Any] = {str(at): [1.0] for at in range(200)}
    for key in chance.choices([*held], k=150):
        held[key] = chance.choice([None, [2.0], [3.0, 4.0, 5.0], [9.0, 8.0]])
        value = "NULL" if held[key] is None else literal(held[key])
        engine.send(f"MATCH (n:A) WHERE n.k = '{key}' SET n.n = {value}")
    engine.apply(SetPropertyType(NODE, "A", "n", "LIST_OF_INTEGERS", using), schema)

    def now(value: float) -> int:
        return 0 if using and value < 4.0 else int(value)

    assert dict(engine.send("MATCH (n:A) RETURN n.k, n.n")) == {
        key: value and [now(each) for each in value] for key, value in held.items()
    }


# -- keys --------------------------------------------------------------------------------------------------------------

key_parts = texts | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.dates() | st.datetimes() | st.none()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(key_parts, min_size=2, max_size=2), min_size=2, max_size=2))
def test_key_of_distinguishes_keys(pair: list[list[Any]]) -> None:
    def text(value: Any) -> str | None:
        if isinstance(value, datetime):
            return value.isoformat(sep=" ")
        return None if value is None else str(value)

    one, other = pair
    assert (key_of(one) == key_of(other)) == ([text(v) for v in one] == [text(v) for v in other])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(key_parts, min_size=20, max_size=20))
@example(
    values=[
        "e\u0301😀",
        "\u0301",
        "~|+-",
        "\\'",
        True,
        -(2**63),
        datetime(2020, 1, 2, 3, 4, 5, 500000),
        datetime.min,
        None,
    ]
)
def test_key_of_is_what_the_engine_makes_of_a_value(key_engine: LadybugEngine, values: list[Any]) -> None:
    parts = ", ".join(encoded(literal(value)) for value in values)
    assert key_engine.send(f"RETURN {parts}") == [[key_of([value]) for value in values]]


@pytest.fixture(scope="module")
def key_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LadybugEngine]:
    engine = LadybugEngine(tmp_path_factory.mktemp("keys") / "graph.lbug")
    yield engine
    engine.close()


def test_a_part_without_a_value_differs_from_an_empty_text(engine: LadybugEngine) -> None:
    schema = Schema(types(A="k* l* m*"))
    rows = [{"k": "", "l": "-"}, {"k": "-", "l": ""}]
    engine.load(Graph([Node(frozenset({"A"}), {"_id": at, **row}) for at, row in enumerate(rows)]), schema)
    engine.apply(DropProperty(NODE, "A", "l"), schema)
    keys = [key_of([row["k"], None]) for row in rows]
    assert engine.send("MATCH (n:A) RETURN n._nsmig_key ORDER BY n.`row id`") == [[key] for key in keys]


def test_key_of_is_what_a_rebuild_writes(engine: LadybugEngine) -> None:
    parts = ["e\u0301😀", datetime(2020, 1, 2, 3, 4, 5, 500000), 7]
    schema = Schema(types(A="k*"))
    engine.load(Graph([Node(frozenset({"A"}), {"_id": 0, "k": "k|"})]), schema)
    for at, part in enumerate(parts):
        operation = ExtendKey(NODE, "A", f"p{at}", part)
        engine.apply(operation, schema)
        schema, _ = apply(schema, operation)
        assert engine.send("MATCH (n:A) RETURN n._nsmig_key") == [[key_of(["k|", *parts[: at + 1]])]]


def test_keys_keep_their_order_so_that_a_renamed_part_keeps_every_key(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    before = engine.send("MATCH (n:B) RETURN n._nsmig_key ORDER BY n.`row id`")
    engine.apply(RenameKeyPart(NODE, "B", "x", "zz"), SMALL)
    table = engine.live.find("B")
    assert table and table.keys == ("zz", "y")
    assert engine.send("MATCH (n:B) RETURN n._nsmig_key ORDER BY n.`row id`") == before


def test_a_key_extended_still_forbids_duplicates(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    engine.apply(ExtendKey(NODE, "A", "tenant", "t"), SMALL)
    with pytest.raises(DatabaseError, match="duplicated primary key"):
        engine.send("CREATE (:A {_nsmig_key: $key, k: '1', tenant: 't'})", {"key": key_of(["1", "t"])})


def test_what_is_left_of_a_key_must_be_unique_and_there(engine: LadybugEngine) -> None:
    schema = Schema(types(A="k* l*"))
    same = [Node(frozenset({"A"}), {"_id": i, "k": "same", "l": str(i)}) for i in range(3)]
    engine.load(Graph([*same, Node(frozenset({"A"}), {"_id": 3, "k": "other", "l": "1"})]), schema)
    with pytest.raises(ConflictError, match="share their key") as conflict:
        engine.apply(DropProperty(NODE, "A", "l"), schema)
    assert conflict.value.count == 3
    assert engine.send(conflict.value.query) == [["same", 3]]
    assert engine.database.session.live() == engine.live


def test_nothing_reveals_a_dropped_key(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    engine.apply(DropProperty(NODE, "A", "k"), SMALL)
    keys = [row[0] for row in engine.send("MATCH (n:A) RETURN n._nsmig_key")]
    assert len(set(keys)) == 2 and not {"1", ""} & set(keys)
