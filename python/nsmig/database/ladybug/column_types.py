"""The engine's column types: the schema type of each, and what such columns cannot survive."""

from __future__ import annotations

import math
import re
import struct
from datetime import datetime
from typing import Any

from nsmig.database.ladybug.values import ENGINE_TYPES

# Columns of these types hold nothing that a column of the other type cannot, so they have its schema type.
WIDER = {
    **dict.fromkeys(("INT8", "INT16", "INT32", "UINT8", "UINT16", "UINT32", "SERIAL"), "INT64"),
    "FLOAT": "DOUBLE",
    **dict.fromkeys(("TIMESTAMP_SEC", "TIMESTAMP_MS", "TIMESTAMP_TZ"), "TIMESTAMP"),
}

# Types whose text is the same in the engine as in Python, without loss: those that a key part may have.
KEY_TYPES = frozenset({"STRING", "BOOL", "TIMESTAMP", "DATE", "UUID", "UINT64", "INT128", "INT64"}) | {
    name for name, wider in WIDER.items() if wider == "INT64"
}

# Relationships are copied with the keys of their ends, and the engine fails on keys of these types.
NO_ENDS = frozenset(
    {"BLOB", "DATE", "TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP_SEC", "TIMESTAMP_TZ", "UUID"}
)

_BITS = re.compile(r"(U?)INT(\d+)")
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")
_SIZE = re.compile(r"\[\d+\]$")
_TYPES = {engine: name for name, engine in ENGINE_TYPES.items()}


def item(engine_type: str) -> str | None:
    """The element type of a list or array; None if it is neither."""
    return engine_type[: engine_type.rindex("[")] if engine_type.endswith("]") else None


def is_array(engine_type: str) -> bool:
    """Whether it is a list of a fixed size."""
    return _SIZE.search(engine_type) is not None


def length(engine_type: str) -> int | None:
    """The fixed number of elements of an array; None for any other type."""
    found = _SIZE.search(engine_type)
    return int(found[0][1:-1]) if found else None


def is_whole(engine_type: str) -> bool:
    """Whether its values are whole numbers of at most 64 bits."""
    return "INT64" in (engine_type, WIDER.get(engine_type))


def schema_type(engine_type: str) -> str | None:
    """The schema type of a column type: the one that has these values, although its own columns may hold more; None if
    no schema type has them."""
    of = item(engine_type)
    if of is None:
        return _TYPES.get(WIDER.get(engine_type, engine_type))
    return _TYPES.get(f"{WIDER.get(of, of)}[]")


def kept_type(engine_type: str, property_type: str) -> str | None:
    """The type of a column that stays as it is if its property is declared as a type: an array keeps its length."""
    return engine_type if is_array(engine_type) and schema_type(engine_type) == property_type else None


def is_exact(engine_type: str, value: list[Any]) -> bool:
    """Whether a column for lists has their length, and as many digits as their numbers."""
    size = length(engine_type)
    if size not in (None, len(value)):
        return False
    return item(engine_type) != "FLOAT" or all(each is None or holds("FLOAT", each) for each in value)


def holds(engine_type: str, value: Any) -> bool:
    """Whether a column of a different type holds a number, a time, or a list of numbers exactly."""
    if isinstance(value, bool):
        return False
    if isinstance(value, list):
        of = str(item(engine_type))
        return is_exact(engine_type, value) and all(
            holds(of, each) or (of, type(each)) == ("DOUBLE", float) for each in value
        )
    if isinstance(value, datetime):
        lost = {"TIMESTAMP_SEC": value.microsecond, "TIMESTAMP_MS": value.microsecond % 1000, "TIMESTAMP_TZ": 0}
        return lost.get(engine_type, 1) == 0
    if isinstance(value, int):
        if found := _BITS.fullmatch(engine_type):
            is_signed, bits = not found[1], int(found[2])
            return bool(-is_signed * 2 ** (bits - 1) <= value < 2 ** (bits - is_signed))
        if found := _DECIMAL.fullmatch(engine_type):
            return bool(abs(value) < 10 ** (int(found[1]) - int(found[2])))
    if engine_type == "FLOAT" and isinstance(value, (int, float)):
        return abs(value) < 2**24 if isinstance(value, int) else _is_single(value)
    return False


def _is_single(value: float) -> bool:
    """Whether 32 bits hold it."""
    try:
        return not math.isfinite(value) or struct.unpack("f", struct.pack("f", value))[0] == value
    except OverflowError:
        return False


def no_copy(engine_type: str) -> str | None:
    """The reason rows with such a column cannot be copied; None if they can."""
    if engine_type == "SERIAL":
        return "whose counter would begin again"
    if engine_type.startswith("UNION("):
        return "of whose values the engine copies the first for all"
    return None
