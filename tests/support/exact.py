"""Values that are easily confused, and a comparison that confuses none."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

# Values that YAML can hold and that are easily changed on the way.
ODD_VALUES = [
    None,
    True,
    1,
    1.0,
    0,
    0.0,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    10**400,
    -(10**400),
    "",
    "null",
    "\0",
    "\ud7ff\ue000\U0010ffff",
    b"",
    b"\x00\xff",
    date.min,
    date.max,
    datetime.min,
    datetime.max,
    datetime(2020, 1, 2, 3, 4, 5, 678),
    datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(2020, 1, 2, tzinfo=timezone(-timedelta(hours=23, minutes=59))),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(seconds=-1))),
    [],
    {},
    set(),
    {"a", "b", ""},
    {1, 2.5, b"x", date(2020, 1, 2)},
    [[], [None, [1, "1", [True]]]],
    {"a": {"b": [{"c": {1, 2}}]}, 1: "int key", None: "null key", b"k": date(2020, 1, 2)},
]


def exact(value: Any) -> Any:
    """A form of the value in which only equal values of equal type compare equal; NaN equals itself."""
    if is_dataclass(value):
        return type(value), tuple(exact(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, float):
        return float, value.hex()
    if isinstance(value, datetime):
        return datetime, value.isoformat(), value.utcoffset()
    if isinstance(value, (list, tuple)):
        return type(value), [exact(each) for each in value]
    if isinstance(value, set):
        return set, sorted(repr(exact(each)) for each in value)
    if isinstance(value, dict):
        return dict, sorted((repr(exact(key)), repr(exact(each))) for key, each in value.items())
    return type(value), value
