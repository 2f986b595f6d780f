"""The values that operations write into rows ``n``, as expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsmig.database.cypher import quoted
from nsmig.database.neo4j.expressions import becoming
from nsmig.kinds import NULL_KEY, Kind
from nsmig.operations import AddProperty, ExtendKey, Operation, RenameKeyPart, RenameProperty, SetPropertyType


def written(
    operation: Operation, now: Mapping[str, str] | None = None, suffix: str = ""
) -> tuple[str, str, dict[str, Any]]:
    """The property that an operation writes, the expression for its value, and the expression's parameters; '' if it
    writes none.

    :param now: properties that earlier operations change, each with the expression for its value after them.
    :param suffix: of the parameters' names.
    """
    match operation:
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return new, f"coalesce({value_of(new, now)}, {value_of(old, now)})", {}
        case AddProperty(property=name, default=default) | ExtendKey(property=name, default=default):
            if default is None and isinstance(operation, ExtendKey) and operation.kind is Kind.NODE:
                default = NULL_KEY
            if default is not None:
                return name, f"coalesce({value_of(name, now)}, $default{suffix})", {f"default{suffix}": default}
        case SetPropertyType(property=name):
            return name, becoming(value_of(name, now), operation), {}
    return "", "", {}


def value_of(property: str, now: Mapping[str, str] | None = None) -> str:
    """The expression for the value of a property: see :func:`written`."""
    return (now or {}).get(property, f"n.{quoted(property)}")


def may_be_large(operation: Operation) -> bool:
    """Whether an operation may write texts or lists of any length where there were none."""
    match operation:
        case AddProperty(default=default) | ExtendKey(default=default):
            return isinstance(default, (str, list, tuple))
        case SetPropertyType(using=using):
            return using is not None
    return isinstance(operation, (RenameProperty, RenameKeyPart))
