"""Indexes and constraints that the next migration removes and creates again, and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nsmig.catalog_operations import CreateEntry, RemoveEntry

if TYPE_CHECKING:
    from nsmig._core import Schema
    from nsmig.operations import Operation
    from nsmig.values import Entry, Renames


def rebuilt(operations: Iterable[Operation], before: Schema, renames: Renames) -> Iterator[str]:
    """One sentence for each index or constraint that is removed and created again, with what is different.

    :param before: the schema before the operations.
    :param renames: between the two schemas.
    """
    operations = list(operations)
    names = {each.entry for each in operations if isinstance(each, RemoveEntry)}
    removed = {each.name: _renamed(each, renames) for each in before.entries() if each.name in names}
    for new in (each.created for each in operations if isinstance(each, CreateEntry)):
        old = removed.pop(new.name, None) or next((each for each in removed.values() if _is_alike(each, new)), None)
        if old is not None:
            removed.pop(old.name, None)
            noun = "constraint" if new.is_constraint else "index"
            reasons = list(_differences(old, new)) or ["its type or properties cannot be changed while it exists"]
            yield f"{noun} {new.name} is removed and created again: {', '.join(reasons)}"


def _renamed(entry: Entry, renames: Renames) -> Entry:
    """An entry with the new names of its types and properties."""
    kind = entry.kind
    types = tuple(renames.types.get((kind, each), each) for each in entry.types)

    def name(property: str) -> str:
        return next((new for each in types if (new := renames.properties.get((kind, each, property)))), property)

    options = dict(entry.options)
    if "filter" in options:
        options["filter"] = sorted(map(name, options["filter"]))
    properties = tuple(map(name, entry.properties))
    if entry.form == "fulltext":
        properties = tuple(sorted(properties))
    return replace(entry, types=tuple(sorted(types)), properties=properties, options=options)


def _is_alike(one: Entry, other: Entry) -> bool:
    return (one.form, one.kind, one.types, one.properties) == (other.form, other.kind, other.types, other.properties)


def _differences(old: Entry, new: Entry) -> Iterator[str]:
    if old.name != new.name:
        yield f"it was called {old.name}"
    if old.form != new.form:
        yield f"it was of the kind {old.form}"
    if (old.kind, old.types, old.properties) != (new.kind, new.types, new.properties):
        yield f"it was on {old.place}"
    for option in sorted({*old.options, *new.options}):
        if old.options.get(option) != new.options.get(option):
            yield f"{option} was {_shown(old.options.get(option))}"
    if old.optional != new.optional:
        yield f"optional was {_shown(old.optional)}"


def _shown(value: Any) -> str:
    """An option as a schema file has it."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
