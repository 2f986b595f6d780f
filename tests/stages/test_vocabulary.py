"""The vocabulary that Python, the core and the reference share, and operations that cross between Python and the
core."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta, tzinfo
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsmig import History, Migration, Operation, Schema, kinds
from nsmig._core import vocabulary
from nsmig.errors import OperationError, SchemaError
from nsmig.kinds import PROPERTY_TYPES, Kind
from nsmig.operations import (
    OPERATIONS,
    AddIndex,
    AddProperty,
    CreateType,
    DropType,
    ExtendKey,
    RenameKeyPart,
    RunQuery,
    SetPropertyType,
)
from support.exact import ODD_VALUES, exact
from support.strategies import ALL_FINDINGS, any_operations, yaml_values


def crossed(operation: Operation) -> Operation:
    """An operation after crossing from Python into the core and back."""
    (back,) = History([Migration("m", (operation,))])["m"].operations
    return back


def test_operations_and_arguments() -> None:
    assert vocabulary()["operations"] == {name: list(each.arguments.values()) for name, each in OPERATIONS.items()}


def test_property_types() -> None:
    assert sorted(vocabulary()["property_types"]) == sorted(PROPERTY_TYPES)


def test_kinds_of_databases(tmp_path: Path) -> None:
    History.load(tmp_path)  # informs the core
    assert set(vocabulary()["databases"]) == set(kinds.DATABASES)


def test_the_value_of_an_extended_key_without_a_value() -> None:
    assert vocabulary()["null_key"] == kinds.NULL_KEY


@pytest.mark.parametrize(("given", "hint"), [("neo4J", "neo4j"), ("Ladybug", "ladybug"), ("NEO4J", "neo4j"), ("", "")])
def test_a_query_for_no_kind_of_database_is_refused(given: str, hint: str) -> None:
    said = f"database of RunQuery must be one of ladybug, neo4j, not {given!r}"
    said += f"; did you mean {hint!r}?" if hint else ""
    ways: list[Callable[[], object]] = [
        lambda: RunQuery("RETURN 1", database=given),
        lambda: replace(RunQuery("RETURN 1"), database=given),
        lambda: Operation.from_dict({"operation": "RunQuery", "arguments": {"query": "", "database": given}}),
    ]
    for made in ways:
        with pytest.raises(OperationError) as caught:
            made()
        assert str(caught.value) == said
    forced = RunQuery("RETURN 1")
    object.__setattr__(forced, "database", given)
    with pytest.raises(OperationError, match="is no kind of database"):
        crossed(forced)


def test_unknown_property_types_are_refused() -> None:
    with pytest.raises(OperationError, match=r"must be one of STRING, .*, not 'integer'; did you mean 'INTEGER'"):
        SetPropertyType(Kind.NODE, "A", "p", "integer")


def test_findings() -> None:
    assert sorted(vocabulary()["findings"]) == sorted(ALL_FINDINGS)


@pytest.mark.parametrize("value", ODD_VALUES, ids=[f"{at}-{type(each).__name__}" for at, each in enumerate(ODD_VALUES)])
def test_odd_values_cross(value: Any) -> None:
    for operation in (
        AddProperty(Kind.NODE, "A", "p", value),
        ExtendKey(Kind.RELATIONSHIP, "R", "p", {"in": [value]}),
        RunQuery("RETURN $p", {"p": value}, None),
    ):
        assert exact(crossed(operation)) == exact(operation)


@given(any_operations())
def test_every_operation_crosses(operation: Operation) -> None:
    assert exact(crossed(operation)) == exact(operation)
    assert exact(Operation.from_dict(operation.to_dict())) == exact(operation)


@given(st.lists(yaml_values, max_size=8))
def test_values_that_are_equal_but_not_the_same_stay_apart(values: list[Any]) -> None:
    """1 == 1.0 == True, so keeping one of each equal value would confuse them."""
    values += [1, 1.0, True, 0, -0.0, 0.0, False]
    operations = tuple(AddProperty(Kind.NODE, "A", f"p{number}", value) for number, value in enumerate(values))
    back = History([Migration("m", operations)])["m"].operations
    assert exact(back) == exact(operations)


@pytest.mark.parametrize("value", [object(), 1j, timedelta(1), datetime(2020, 1, 2).time(), [print]])
def test_values_that_no_file_can_hold_are_refused(value: Any) -> None:
    with pytest.raises(
        OperationError, match=f"cannot hold .* of type {type(value[0] if isinstance(value, list) else value).__name__}"
    ):
        crossed(AddProperty(Kind.NODE, "A", "p", value))


@pytest.mark.parametrize("sign", [1, -1])
def test_whole_numbers_have_as_many_digits_as_python_writes(sign: int) -> None:
    longest = sign * (10**4300 - 1)
    assert crossed(AddProperty(Kind.NODE, "A", "p", longest)).default == longest  # type: ignore[attr-defined]
    with pytest.raises(OperationError, match="a whole number has more than 4300 decimal digits"):
        crossed(AddProperty(Kind.NODE, "A", "p", sign * 10**4300))
    assert crossed(AddProperty(Kind.NODE, "A", "p", Big.ONE)).default == Big.ONE  # type: ignore[attr-defined]


class Big(IntEnum):
    ONE = 2**70


class Nowhere(tzinfo):
    """A time zone without an offset, which `datetime` allows."""

    def utcoffset(self, when: datetime | None) -> None:
        return None

    def dst(self, when: datetime | None) -> None:
        return None

    def tzname(self, when: datetime | None) -> None:
        return None


def test_a_time_zone_without_an_offset_is_refused() -> None:
    with pytest.raises(OperationError, match=r"the time zone of 2020-01-02 00:00:00 gives no offset from UTC; give"):
        crossed(AddProperty(Kind.NODE, "A", "p", datetime(2020, 1, 2, tzinfo=Nowhere())))


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_values_may_nest_as_deep_as_in_a_file_and_not_contain_themselves() -> None:
    assert crossed(AddProperty(Kind.NODE, "A", "p", nested(255))).default == nested(255)  # type: ignore[attr-defined]
    itself: list[Any] = []
    itself.append(itself)
    schema: dict[str, Any] = {}
    schema["nodes"] = [schema]
    said = "nested deeper than 255 levels, or contains itself"
    for value in (nested(256), itself, {"a": itself}, (itself,)):
        with pytest.raises(OperationError, match=said):
            crossed(AddProperty(Kind.NODE, "A", "p", value))
    with pytest.raises(SchemaError, match=said):
        Schema.from_dict(schema)


def test_unknown_operations_are_refused() -> None:
    with pytest.raises(TypeError, match="operations of migration 'm' must be of the class Operation"):
        Migration("m", ({"operation": "DropNodeType"},))  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["operations", "dependencies", "replaces"])
def test_a_text_is_not_a_list(field: str) -> None:
    with pytest.raises(TypeError, match=f"{field} of migration 'a' must be a list, not the text 'bc'"):
        Migration("a", **{field: "bc"})  # type: ignore[arg-type]


def test_a_text_is_not_a_list_of_names() -> None:
    text: Any = "id"
    for keys, properties in ((text, ()), ((), text)):
        with pytest.raises(TypeError, match=r"of CreateNodeType must be names, such as \('id',\), not the text 'id'"):
            CreateType(Kind.NODE, "A", keys, properties)


@pytest.mark.parametrize("kind", ["node", None, 1])
def test_unknown_kinds_are_refused(kind: Any) -> None:
    def made(cls: Any, *names: Any) -> None:
        with pytest.raises(TypeError, match=f"the kind of {cls.__name__} must be an nsmig.Kind, not {kind!r}"):
            cls(kind, "A", *names)

    made(CreateType, (), ())
    made(DropType)
    made(AddIndex, "p")
    made(RenameKeyPart, "p", "q")
    made(SetPropertyType, "p", "INTEGER")


@given(any_operations(), st.sampled_from(["name", "kind", "type", "query", "more", "__class__"]))
def test_an_operation_stays_as_it_is(operation: Operation, name: str) -> None:
    before = repr(operation)
    with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(operation, name, "B")
    with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(operation, name)
    assert repr(operation) == before == repr(pickle.loads(pickle.dumps(copy.deepcopy(operation))))


def test_names_that_are_no_strings_are_refused() -> None:
    with pytest.raises(OperationError, match="name of DropNodeType cannot be 5"):
        crossed(DropType(Kind.NODE, 5))  # type: ignore[arg-type]
