"""Expressions for ``using``, each with its meaning as a Python function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple


class Meaning(NamedTuple):
    """``using``, the type of its result, and the result."""

    using: str | Mapping[str, str]
    to: str
    of: Callable[[Any], Any]


LEVEL = Meaning(
    "CASE value WHEN 'high' THEN 9 WHEN 'low' THEN 1 END",
    "INTEGER",
    lambda value: {"high": 9, "low": 1}.get(str(value)),
)
IS_X = Meaning("value = 'x'", "BOOLEAN", lambda value: value == "x")
SPLIT = Meaning(
    {"neo4j": "split(value, ',')", "ladybug": "string_split(value, ',')"},
    "LIST_OF_STRINGS",
    lambda value: value.split(","),
)
JOIN = Meaning(
    {
        "neo4j": "substring(reduce(text = '', n IN value | text + ',' + n), 1)",
        "ladybug": "list_to_string(',', value)",
    },
    "STRING",
    ",".join,
)
ALL = (LEVEL, IS_X, SPLIT, JOIN)


def meaning(using: str | Mapping[str, str]) -> Callable[[Any], Any]:
    """:raises StopIteration: its meaning is not defined here."""
    return next(each.of for each in ALL if each.using == using)


def is_of(value: Any, type: str) -> bool:
    """Whether a value is of a property type."""
    if type.startswith("LIST_OF_"):
        of = type.removeprefix("LIST_OF_").removesuffix("S")
        return isinstance(value, (list, tuple)) and all(is_of(each, of) for each in value)
    if type == "DATE":
        return isinstance(value, date) and not isinstance(value, datetime)
    if type == "INTEGER":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"STRING": str, "BOOLEAN": bool, "FLOAT": float, "DATETIME": datetime}[type])
