"""LadybugDB's values in an archive: as JSON values, otherwise ``{"t": type, "v": text}``; equal when read back.

Types that the engine writes as text and reads back without loss are archived as that text. Floats are not among them
(it writes six decimals), nor are types that contain users' texts, which it does not quote; these arrive as Python
values. A column type that is neither cannot be archived.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from nsmig.database.archiving import number
from nsmig.database.ladybug.column_types import item
from nsmig.database.ladybug.values import quote

# Whole numbers that Python and the engine exchange as such, and that JSON can hold.
_INTEGERS = frozenset({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "SERIAL"})
_DIRECT = _INTEGERS | {"BOOL", "STRING", "JSON", "FLOAT", "DOUBLE"}
# The types allowed inside a list or a struct that arrives as a Python value.
_INSIDE = (_DIRECT - {"UINT64", "SERIAL"}) | {"BLOB", "DATE", "TIMESTAMP", "UUID"}
# Types that make the engine's text of a list or a struct unreadable.
_LOSSY = frozenset({"STRING", "JSON", "FLOAT", "DOUBLE", "BLOB"})
_WORD = re.compile(r"[A-Z_][A-Z_0-9]*(?:\(\d+, ?\d+\))?")


def is_storable(engine_type: str) -> bool:
    """Whether values of the type can be archived."""
    if engine_type.startswith("UNION("):
        return False
    return not _is_nested(engine_type) or _is_plain(engine_type) or not _LOSSY & _leaves(engine_type)


def _is_nested(engine_type: str) -> bool:
    return item(engine_type) is not None or engine_type.startswith(("STRUCT(", "MAP("))


def _is_plain(engine_type: str) -> bool:
    """Whether a nested type arrives as a Python value and is sent back as one."""
    if engine_type.startswith("MAP("):
        return not engine_type.count("(") - 1 and _leaves(engine_type) <= _INSIDE
    return "MAP(" not in engine_type and _leaves(engine_type) <= _INSIDE


def _leaves(engine_type: str) -> frozenset[str]:
    """The types inside a nested one. The name of a field that looks like a type counts as one: the type is then refused
    rather than misread."""
    return frozenset(_WORD.findall(engine_type)) - {"STRUCT", "MAP"}


def read(value: str, engine_type: str) -> str:
    """The expression by which a value is read.

    :param value: the expression for it.
    """
    return value if engine_type in _DIRECT or _is_plain_nested(engine_type) else f"cast({value}, 'STRING')"


def _is_plain_nested(engine_type: str) -> bool:
    return _is_nested(engine_type) and _is_plain(engine_type)


def encoded(value: Any, engine_type: str) -> Any:
    """A value read in this way."""
    if value is None or (engine_type in _DIRECT and not isinstance(value, float)):
        return value
    if isinstance(value, float):
        return number(value)
    if engine_type.startswith("MAP(") and isinstance(value, Mapping):
        return {"t": "map", "v": [[_inside(key), _inside(each)] for key, each in value.items()]}
    return _inside(value) if _is_plain_nested(engine_type) else {"t": engine_type.lower(), "v": value}


def read_columns(variable: str, columns: Mapping[str, str]) -> list[str]:
    """The expressions by which columns of a row are read.

    :param columns: each with its type.
    """
    return [read(f"{variable}.{quote(name)}", engine_type) for name, engine_type in columns.items()]


def values_of(row: Sequence[Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The values read in this way, encoded, without missing ones."""
    return {
        name: encoded(value, engine_type)
        for (name, engine_type), value in zip(columns.items(), row, strict=True)
        if value is not None
    }


def _inside(value: Any) -> Any:
    """A value in a list, a struct or a map."""
    match value:
        case float():
            return number(value)
        case list():
            return [_inside(each) for each in value]
        case Mapping():
            return {"t": "struct", "v": {name: _inside(each) for name, each in value.items()}}
        case bytes() | bytearray():
            return {"t": "bytes", "v": base64.b64encode(value).decode()}
        case datetime():
            return {"t": "timestamp", "v": value.isoformat(sep=" ")}
        case date():
            return {"t": "date", "v": value.isoformat()}
        case UUID():
            return {"t": "uuid", "v": str(value)}
    return value


def as_text(value: Any) -> str | None:
    """An encoded value that is not nested, as the text that the engine casts to its column's type."""
    match value:
        case None | str():
            return value
        case {"t": _, "v": str(text)}:
            return text
    return str(value).lower() if isinstance(value, bool) else repr(value)


def is_text(engine_type: str) -> bool:
    """Whether values of the type are written by :func:`as_text`."""
    return not _is_plain_nested(engine_type)


def decoded(value: Any) -> Any:
    """An encoded value of the other types in the engine's form; a map as its keys and its values."""
    match value:
        case list():
            return [decoded(each) for each in value]
        case {"t": "struct", "v": dict(fields)}:
            return {name: decoded(each) for name, each in fields.items()}
        case {"t": "map", "v": list(pairs)}:
            return ([decoded(key) for key, _ in pairs], [decoded(each) for _, each in pairs])
        case {"t": "bytes", "v": str(text)}:
            return base64.b64decode(text)
        case {"t": "float", "v": str(text)}:
            return float(text)
        case {"t": "timestamp", "v": str(text)}:
            return datetime.fromisoformat(text)
        case {"t": "date", "v": str(text)}:
            return date.fromisoformat(text)
        case {"t": "uuid", "v": str(text)}:
            return UUID(text)
    return value
