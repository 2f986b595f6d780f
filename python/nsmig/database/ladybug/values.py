"""Names and values as LadybugDB writes and stores them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any
from uuid import UUID

from nsmig.database.base import Statement

PRIVATE = "__nsmig_"  # the prefix of our own names

STATE = "__nsmig_state__"  # applied migrations and the journal

ANCHOR = "__nsmig_any__"  # a relationship table needs a pair to be created: one on this table, which is then dropped

REBUILT = "__nsmig_new__"  # a node table while it is being rebuilt

CONVERTED = "__nsmig_new__"  # a column while its values are converted
SWAP = "__nsmig_swap__"  # a name between two that differ only in case

KEY_COLUMN = "_nsmig_key"  # the primary key if the declared key is not one suitable column

CHECKPOINT = "CHECKPOINT"  # impossible within a transaction

# The driver looks up names after FROM among Python's variables, in statements that begin with COPY and a space.
COPY = "COPY\n"

ENGINE_TYPES = {
    "STRING": "STRING",
    "BOOLEAN": "BOOL",
    "DATETIME": "TIMESTAMP",
    "INTEGER": "INT64",
    "FLOAT": "DOUBLE",
    "DATE": "DATE",
    "DURATION": "INTERVAL",
}

ENGINE_TYPES |= {f"LIST_OF_{name}S": f"{engine}[]" for name, engine in ENGINE_TYPES.items()}

NATIVE_KEYS = ("STRING", "INT64", "TIMESTAMP")


def key_of(values: Iterable[Any]) -> str:
    """The ``_nsmig_key`` of a node whose declared key is not one native column. Loaders set it so that keys are unique.

    :param values: the key's values in the order of ``keys`` in the table's comment (``CALL show_tables() RETURN
        name, comment``):
        str, int, bool, date, datetime, UUID or None. Datetimes with an offset count as UTC, as the engine stores them.
    :raises TypeError: a value that cannot be part of a key (floats and lists have no exact text in the engine).

    >>> key_of(["Ada", 7, None])
    '+Ada|+7|-'
    """
    return "|".join(
        "-" if value is None else "+" + _key_text(value).replace("~", "~0").replace("|", "~1") for value in values
    )


def quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(value: Any) -> str:
    """A value of :func:`bound` in the engine's language."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if value != -(2**63) else f"cast('{value}', 'INT64')"
    if isinstance(value, float):
        return f"cast('{value!r}', 'DOUBLE')"  # there is no other way to write 1e300 or infinity
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, datetime):
        return f"timestamp('{value.isoformat(sep=' ')}')"
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, bytes):
        return "BLOB('" + "".join(f"\\\\x{byte:02X}" for byte in value) + "')"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quote(name)}: {literal(each)}" for name, each in value.items()) + "}"
    return f"[{', '.join(map(literal, value))}]" if value else "cast([], 'STRING[]')"


def internal_id(value: Mapping[str, int]) -> str:
    """A row's id, from ``id()``, in the engine's language."""
    return f"internal_id({value['table']}, {value['offset']})"


def inlined(statement: Statement) -> str:
    """The statement's text with its parameters as literals."""
    return inline(statement.text, statement.parameters)


_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lower(name: str) -> str:
    return name.translate(_ASCII_LOWER)


def engine_type_of(value: Any) -> str:
    """The column type for a value.

    :raises ValueError: no column type can hold it; the message says why.
    """
    if isinstance(value, bool):
        return "BOOL"
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return "INT64"
        raise ValueError("integers have 64 bits")
    if isinstance(value, float):
        return "DOUBLE"
    if value is None:
        return "STRING"
    if isinstance(value, str):
        value.encode()  # UnicodeEncodeError is a ValueError
        return "STRING"
    if isinstance(value, datetime):
        return "TIMESTAMP"
    if isinstance(value, date):
        return "DATE"
    if isinstance(value, bytes):
        return "BLOB"
    if isinstance(value, (list, tuple)):
        inner = {engine_type_of(each) for each in value if each is not None}
        if inner == {"INT64", "DOUBLE"}:
            return "DOUBLE[]"
        if len(inner) > 1:
            raise ValueError("the values of a list must be of one type")
        (single,) = inner or {"STRING"}
        if single.endswith("]") or single == "BLOB":
            raise ValueError("a list holds plain values only")
        return f"{single}[]"
    raise ValueError(f"it has no type for {type(value).__name__}")


def bound(value: Any) -> Any:
    """A default as it is sent. The engine would drop a datetime's offset silently, so it becomes UTC."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, Mapping):
        return {name: bound(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)) and any(isinstance(each, (Mapping, list, tuple)) for each in value):
        return [bound(each) for each in value]
    if isinstance(value, (list, tuple)):
        as_float = engine_type_of(value) == "DOUBLE[]"
        return [float(each) if as_float and each is not None else bound(each) for each in value]
    return value


def _key_text(value: Any) -> str:
    """A value as ``cast(value, 'STRING')`` gives it."""
    if isinstance(value, datetime):
        text = str(bound(value).isoformat(sep=" "))
        return text.rstrip("0") if "." in text else text
    if isinstance(value, (str, int, date, UUID)):  # bool is an int
        return str(value)
    raise TypeError(f"a key part is a str, int, bool, date, datetime, UUID or None, not {value!r}")


_PARAMETER = re.compile(r"`(?:``|[^`])*`|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|//[^\n]*|/\*.*?\*/|\$(\w+)", re.DOTALL)


def inline(text: str, parameters: Mapping[str, Any]) -> str:
    return _PARAMETER.sub(lambda match: literal(parameters[match[1]]) if match[1] in parameters else match[0], text)
