"""Indexes and constraints that the next migration removes and creates again, and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
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
    removed = {each.name: _renamed(each, before, renames) for each in before.entries() if each.name in names}
    for new in (each.created for each in operations if isinstance(each, CreateEntry)):
        old = removed.pop(new.name, None) or next((each for each in removed.values() if _is_alike(each, new)), None)
        if old is not None:
            removed.pop(old.name, None)
            reasons = list(_differences(old, new)) or ["its type or properties cannot be changed while it exists"]
            yield f"{new.noun} {new.name} is removed and created again: {', '.join(reasons)}"


def _renamed(entry: Entry, before: Schema, renames: Renames) -> Entry:
    """An entry with the new names of its types and properties. A full-text index has both names of a property that only
    one of its types renames."""
    kind = entry.kind
    types = {each: renames.types.get((kind, each), each) for each in entry.types}

    def declares(type: str, property: str) -> bool:
        declared = before.type(kind, type)
        return declared is not None and property in declared.properties

    def now(property: str) -> list[str]:
        on = (is_ for was, is_ in types.items() if declares(was, property))
        found = dict.fromkeys(renames.properties.get((kind, each, property), property) for each in on)
        if entry.form == "fulltext":
            return list(found)
        return [next((each for each in found if each != property), property)]

    def all_of(properties: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(chain.from_iterable(map(now, properties))))

    options, properties = dict(entry.options), all_of(entry.properties)
    if "filter" in options:
        options["filter"] = sorted(all_of(options["filter"]))
    if entry.form == "fulltext":
        properties.sort()
    return replace(entry, types=tuple(sorted(types.values())), properties=tuple(properties), options=options)


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
