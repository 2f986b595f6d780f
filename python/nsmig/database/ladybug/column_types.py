"""What the engine's column types are to us: which type of ours a column has, and what a column cannot go through."""

from __future__ import annotations

import math
import re
import struct
from datetime import datetime
from typing import Any

from nsmig.database.ladybug.values import ENGINE_TYPES

# Columns of these hold nothing that a column of the other cannot hold, so they are of that one's type to a schema.
WIDER = {
    **dict.fromkeys(("INT8", "INT16", "INT32", "UINT8", "UINT16", "UINT32", "SERIAL"), "INT64"),
    "FLOAT": "DOUBLE",
    **dict.fromkeys(("TIMESTAMP_SEC", "TIMESTAMP_MS", "TIMESTAMP_TZ"), "TIMESTAMP"),
}

# What the engine writes as the same text as Python, without loss: what a part of a key may be.
KEY_TYPES = frozenset({"STRING", "BOOL", "TIMESTAMP", "DATE", "UUID", "UINT64", "INT128", "INT64"}) | {
    name for name, wider in WIDER.items() if wider == "INT64"
}

# Relationships are copied with the keys of their ends, and the engine stops at a key of one of these types.
NO_ENDS = frozenset(
    {"BLOB", "DATE", "TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP_SEC", "TIMESTAMP_TZ", "UUID"}
)

_BITS = re.compile(r"(U?)INT(\d+)")
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")
_SIZE = re.compile(r"\[\d+\]$")
_TYPES = {engine: name for name, engine in ENGINE_TYPES.items()}


def item(engine_type: str) -> str | None:
    """What a list or array is of; None if it is neither."""
    return engine_type[: engine_type.rindex("[")] if engine_type.endswith("]") else None


def is_array(engine_type: str) -> bool:
    """Whether it is a list of a fixed size."""
    return _SIZE.search(engine_type) is not None


def schema_type(engine_type: str) -> str | None:
    """The property type of a schema file for a column type: the one whose values these are, though a column of it may
    hold more. None: there is none."""
    of = item(engine_type)
    if of is None:
        return _TYPES.get(WIDER.get(engine_type, engine_type))
    return _TYPES.get(f"{WIDER.get(of, of)}[]")


def holds(engine_type: str, value: Any) -> bool:
    """Whether a column holds a number, or a time, just as it is; one whose own type is another."""
    if isinstance(value, bool):
        return False
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
    """Why rows with such a column cannot be copied; None if they can."""
    if engine_type == "SERIAL":
        return "whose counter would begin again"
    if engine_type.startswith("UNION("):
        return "of whose values the engine copies the first for all"
    return None
