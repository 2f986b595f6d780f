"""Values as YAML text, to the byte as PyYAML writes them: what is simple at once, what is not by PyYAML itself.

Simple are block mappings and lists of words, numbers and flags, which is nearly all of nearly all files. PyYAML's
writer takes ten times as long and more, and only to import it takes as long as reading thousands of migrations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any


class _NotSimple(Exception):
    pass


def dump(data: Any) -> str:
    """``data`` as YAML 1.1 in nodestream's style: block style, sorted keys, ASCII, never an anchor; ends with a
    newline.

    :param data: None, bool, int, float, str, bytes, date, datetime; lists, tuples, sets and mappings of them.
    :raises NsmigError: a value is of another type.
    """
    if type(data) is list and data:
        return "".join(map(_outermost_item, data))
    if type(data) is dict and data and all(type(key) is str for key in data):
        return "".join([_outermost_entry(key, data[key]) for key in sorted(data)])
    return _by_pyyaml(data)


def _outermost_entry(key: str, value: Any) -> str:
    try:
        if type(value) is list and value:
            return f"{_word(key)}:\n{''.join(map(_outermost_item, value))}"
        return f"{_word(key)}:{_value(value, '')}"
    except _NotSimple:
        return _by_pyyaml({key: value})


def _outermost_item(value: Any) -> str:
    try:
        return f"-{_item(value, '')}"
    except _NotSimple:
        return _by_pyyaml([value])


def _value(value: Any, indent: str) -> str:
    """What stands behind the colon of a key with this indent."""
    kind = type(value)
    if kind is str:
        return f" {_word(value)}\n"
    if kind is bool:
        return " true\n" if value else " false\n"
    if value is None or kind is int:
        return " null\n" if value is None else f" {value}\n"
    if kind is dict:
        return "\n" + _mapping(value, f"{indent}  ") if value else " {}\n"
    if kind is list or kind is tuple:
        return "\n" + "".join([f"{indent}-{_item(each, indent)}" for each in value]) if value else " []\n"
    if kind is set or kind is frozenset:
        return " !!set\n" + _mapping(dict.fromkeys(value), f"{indent}  ") if value else " !!set {}\n"
    raise _NotSimple


def _item(value: Any, indent: str) -> str:
    """What stands behind the dash of an item with this indent."""
    if type(value) is dict and value:
        return f" {_mapping(value, f'{indent}  ')[len(indent) + 2 :]}"
    if value and isinstance(value, (list, tuple, set, frozenset)):
        raise _NotSimple
    return _value(value, indent)


def _mapping(mapping: dict[Any, Any], indent: str) -> str:
    return "".join([f"{indent}{_word(key)}:{_value(mapping[key], indent)}" for key in _sorted(mapping)])


def _sorted(keys: Iterable[Any]) -> list[str]:
    try:
        return sorted(keys)
    except TypeError:
        raise _NotSimple from None


# Text that stands as it is, or that only needs quotes not to be a number or a flag. Keys may not be longer than this.
_AS_IT_IS = re.compile(r"(?:[A-Za-z_]|[1-9][0-9_]*[A-Za-z])[A-Za-z0-9_]{0,99}")
_QUOTED = re.compile(
    "0|[1-9][0-9]{0,99}|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|null|Null|NULL"
)


@lru_cache(maxsize=10_000)
def _word(text: Any) -> str:
    if type(text) is not str:
        raise _NotSimple
    if _QUOTED.fullmatch(text):
        return f"'{text}'"
    if _AS_IT_IS.fullmatch(text) and len(text) <= 100:
        return text
    raise _NotSimple


def _by_pyyaml(data: Any) -> str:
    from nsmig.dumper import dump_any

    return dump_any(data)
