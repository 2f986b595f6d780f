"""Values for existing data in a property that joins a key."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any

from nsmig.errors import NsmigError, RenameError, nearest
from nsmig.kinds import Kind

if TYPE_CHECKING:
    from nsmig._core import Schema
    from nsmig.operations import ExtendKey, Operation


def with_key_defaults(
    operations: Sequence[Operation], after: Schema, defaults: Mapping[str, Any], hinted: Mapping[str, Any] | None = None
) -> list[Operation]:
    """The operations that lead to the schema ``after``, with these defaults (``TYPE.PROPERTY`` → value) for key
    extensions.

    :param hinted: defaults that are used only where they apply; ``defaults`` take precedence.
    :raises RenameError: a default for a property that joins no key, or that is not of the property's type.
    """
    if not operations and not defaults:
        return []  # the usual case, which needs no module of operations
    from nsmig.operations import ExtendKey

    known = {**(hinted or {}), **defaults}
    extended = set(map(_path, _extensions(operations)))
    for path in sorted(defaults.keys() - extended):
        raise RenameError(f"{path!r} joins no key, so it needs no default{nearest(path, extended)}")
    return [
        replace(operation, default=_of_its_type(known[path], path, _type_of(operation, after)))
        if isinstance(operation, ExtendKey) and (path := _path(operation)) in known
        else operation
        for operation in operations
    ]


_VALUES_OF = {
    "BOOLEAN": "true or false",
    "DATE": "a date, such as 2020-01-31",
    "DATETIME": "a date or time, such as 2020-01-31 12:30:00",
    **dict.fromkeys(("DURATION", "TIME", "POINT"), "set by a query of your own, since no file can hold one"),
    "INTEGER": "a whole number of 64 bits",
    "FLOAT": "a number",
}


def _of_its_type(value: Any, path: str, type_: str) -> Any:
    """A key's default as a value of the declared type. A date becomes its midnight, as when texts become times. STRING
    is also the type of undeclared properties, so it accepts anything."""
    item = type_.removeprefix("LIST_OF_").removesuffix("S") if type_.startswith("LIST_OF_") else None
    if item and isinstance(value, list):
        return [_of_its_type(each, path, item) for each in value]
    is_of_it = {
        "BOOLEAN": isinstance(value, bool),
        "DATE": isinstance(value, date) and not isinstance(value, datetime),
        "DATETIME": isinstance(value, date),
        **dict.fromkeys(("DURATION", "TIME", "POINT"), False),
        "INTEGER": isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63,
        "FLOAT": isinstance(value, (int, float)) and not isinstance(value, bool),
    }
    if value is not None and not is_of_it.get(type_, not item):
        expected = _VALUES_OF.get(type_, "a list")
        raise RenameError(
            f"the schema declares {path!r} as {type_}, so its key default must be {expected}, not {value!r}; give"
            f" --key-default {path}=VALUE, or key-default in hints.yaml"
        )
    is_day = type_ == "DATETIME" and isinstance(value, date) and not isinstance(value, datetime)
    return datetime(value.year, value.month, value.day) if is_day else value


def _type_of(operation: ExtendKey, after: Schema) -> str:
    declared = after.type(operation.kind, operation.type)
    return declared.properties.get(operation.property, "STRING") if declared else "STRING"


class MissingDefaultError(NsmigError):
    """Existing rows need a value for properties that join a key, and none was given. ``paths`` are these properties
    (``TYPE.PROPERTY``)."""

    def __init__(self, paths: Sequence[str]) -> None:
        flags = " ".join(f"--key-default {shlex.quote(f'{path}=VALUE')}" for path in paths)
        super().__init__(
            f"{', '.join(paths)}: existing rows need a value for each property that joins their key; give {flags}, or"
            " key-default in hints.yaml. The value null means the text 'null', which nodestream would use"
        )
        self.paths = tuple(paths)


def without_default(operations: Sequence[Operation], given: Collection[str]) -> list[str]:
    """The properties (``TYPE.PROPERTY``) that join a key of nodes without a default, in order.

    Existing nodes get the text "null" in such a property, as in nodestream, since a key cannot be null.
    """
    return [path for each in _without_value(operations) if (path := _path(each)) not in given]


def untyped_defaults(operations: Sequence[Operation], after: Schema) -> list[tuple[str, Any]]:
    """The properties (``TYPE.PROPERTY``) that join a key, are STRING (which is also the type of undeclared properties),
    and whose default is not a text."""
    texts = (each for each in _extensions(operations) if _type_of(each, after) == "STRING")
    return [(_path(each), each.default) for each in texts if not isinstance(each.default, (str, NoneType))]


def declared_type(path: str, operations: Sequence[Operation], after: Schema) -> str:
    """The declared type of a property that joins a key (``TYPE.PROPERTY``)."""
    return next(_type_of(each, after) for each in _extensions(operations) if _path(each) == path)


def require_fit(path: str, value: Any, operations: Sequence[Operation], after: Schema) -> None:
    """
    :raises RenameError: the value cannot be the default of this property, which joins a key.
    """
    joining = [each for each in _extensions(operations) if _path(each) == path]
    null_keys(with_key_defaults(joining, after, {path: value}), after)


def null_keys(operations: Sequence[Operation], after: Schema) -> list[str]:
    """The properties (``TYPE.PROPERTY``) that join a key of nodes and get the text "null".

    :raises RenameError: one is of a type to which this text cannot be converted.
    """
    found = []
    for each in _without_value(operations):
        path, type_ = _path(each), _type_of(each, after)
        if type_ != "STRING":
            raise RenameError(
                f"the key is extended by {path!r} of type {type_}, and existing nodes need a value in it;"
                f" give --key-default {path}=VALUE, or key-default in hints.yaml"
            )
        found.append(path)
    return found


def _without_value(operations: Sequence[Operation]) -> list[ExtendKey]:
    return [each for each in _extensions(operations) if each.kind is Kind.NODE and each.default is None]


def _extensions(operations: Sequence[Operation]) -> list[ExtendKey]:
    if not operations:
        return []  # the usual case, which needs no module of operations
    from nsmig.operations import ExtendKey

    return [each for each in operations if isinstance(each, ExtendKey)]


def _path(operation: ExtendKey) -> str:
    """The property as written in flags and hints."""
    return f"{operation.type}.{operation.property}"
