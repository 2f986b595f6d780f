"""Neo4j's values in an archive: as JSON values, otherwise ``{"t": type, "v": …}``; equal when read back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timezone
from math import isfinite
from typing import Any

import neo4j.time as times
from neo4j.spatial import CartesianPoint, Point, WGS84Point
from neo4j.vector import Vector

from nsmig.database.archiving import PLAIN, number
from nsmig.errors import DatabaseError


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row.

    :raises DatabaseError: the driver cannot carry one.
    """
    return {name: value if type(value) in PLAIN else _encoded(name, value) for name, value in values.items()}


def column(name: str, values: list[Any]) -> list[Any]:
    """Values of one property, encoded; most are as they are.

    :raises DatabaseError: the driver cannot carry one.
    """
    types = set(map(type, values))
    if types <= PLAIN or (types == {float} and all(map(isfinite, values))):
        return values
    return [each if type(each) in PLAIN else _encoded(name, each) for each in values]


def _encoded(name: str, value: Any) -> Any:
    match value:
        case float():
            return number(value)
        case list():
            return [each if type(each) in PLAIN else _encoded(name, each) for each in value]
        case bytes() | bytearray():
            return {"t": "bytes", "v": base64.b64encode(value).decode()}
        case times.DateTime():
            zone = getattr(value.tzinfo, "zone", None) or getattr(value.tzinfo, "key", None)
            named = {} if zone is None else {"zone": zone}
            return {"t": "datetime" if value.tzinfo else "local_datetime", "v": value.iso_format(), **named}
        case times.Date():
            return {"t": "date", "v": value.iso_format()}
        case times.Time():
            return {"t": "time" if value.tzinfo else "local_time", "v": value.iso_format()}
        case times.Duration():
            return {"t": "duration", "v": list(value)}
        case Point():
            return {"t": "point", "srid": value.srid, "v": [number(each) for each in value]}
        case Vector():
            return {"t": "vector", "of": value.dtype, "v": base64.b64encode(value.raw()).decode()}
    raise DatabaseError(
        f"the property {name!r} holds a {type(value).__name__}, which the Neo4j driver cannot read, so it cannot be"
        " archived and was not deleted; update the driver, or run with --no-archive if it may be lost"
    )


_TIMES = ("DATE", "LOCAL TIME", "ZONED TIME", "LOCAL DATETIME", "ZONED DATETIME", "DURATION")
_SINGLE = ("BOOLEAN", "STRING", "INTEGER", "FLOAT", *_TIMES, "POINT")
_READABLE = " | ".join([*_SINGLE, *(f"LIST<{each} NOT NULL>" for each in _SINGLE)])


def unreadable(are_vectors: bool) -> str:
    """The condition on ``value`` for values that :func:`encoded` does not know.

    :param are_vectors: whether it includes vectors.
    """
    vectors = "" if are_vectors else " AND NOT valueType(value) STARTS WITH 'VECTOR'"
    return f"NOT value IS :: {_READABLE}{vectors}"


# For a value, or the items of a list: whether its zone is UTC. A value at the same time in another zone has the offset
# zero, and the driver returns both alike.
IN_UTC = (
    "[each IN CASE WHEN {value} IS :: LIST<ANY> THEN {value} ELSE [{value}] END"
    " | coalesce(toStringOrNull(each) ENDS WITH '[UTC]', false)]"
)
_NO_OFFSET = "+00:00"


def may_be_in_utc(value: Any) -> bool:
    """Whether an encoded value is, or contains, a time whose zone the server has to be asked for."""
    if isinstance(value, list):
        return any(map(may_be_in_utc, value))
    return isinstance(value, dict) and value.get("zone") == "UTC"


def without_zone(value: Any, is_in_utc: list[bool]) -> Any:
    """An encoded value with the zone UTC only if the server says so, see :data:`IN_UTC`."""
    if isinstance(value, list):
        return [without_zone(each, [is_so]) for each, is_so in zip(value, is_in_utc, strict=True)]
    if may_be_in_utc(value) and is_in_utc == [False]:
        return {name: each for name, each in value.items() if name != "zone"}
    return value


def decoded(value: Any) -> Any:
    """A value as the driver sends it."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, list):
        return [decoded(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    match value:
        case {"t": "float", "v": str(text)}:
            return float(text)
        case {"t": "bytes", "v": str(text)}:
            return base64.b64decode(text)
        case {"t": "datetime", "v": str(text), "zone": str(zone)}:
            import pytz  # type: ignore[import-untyped]  # the driver's own

            return times.DateTime.from_iso_format(text).as_timezone(pytz.timezone(zone))
        case {"t": "datetime", "v": str(text)} if text.endswith(_NO_OFFSET):
            # The driver's own value would be sent as the zone of that name.
            return times.DateTime.from_iso_format(text.removesuffix(_NO_OFFSET)).replace(tzinfo=timezone.utc)
        case {"t": "datetime" | "local_datetime", "v": str(text)}:
            return times.DateTime.from_iso_format(text)
        case {"t": "date", "v": str(text)}:
            return times.Date.from_iso_format(text)
        case {"t": "time" | "local_time", "v": str(text)}:
            return times.Time.from_iso_format(text)
        case {"t": "duration", "v": [months, days, seconds, nanoseconds]}:
            return times.Duration(months=months, days=days, seconds=seconds, nanoseconds=nanoseconds)
        case {"t": "point", "srid": int(srid), "v": list(parts)}:
            of = WGS84Point if srid in (4326, 4979) else CartesianPoint
            return of([decoded(each) for each in parts])
        case {"t": "vector", "of": str(of), "v": str(text)}:
            return Vector(base64.b64decode(text), of)  # type: ignore[call-overload]
    raise DatabaseError(f"the archive holds a value of the type {value.get('t')!r}, which no Neo4j property can be")
