"""Declared indexes and constraints in the reference: what operations do to them, and what they demand of rows.

As plain as the rest of the reference: each question is answered by walking over everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nsmig.catalog_operations import CreateEntry, RemoveConstraint, RemoveEntry
from nsmig.kinds import Kind
from nsmig.operations import DropType, Operation, RenameKeyPart, RenameProperty, RenameType
from nsmig.values import Entry
from support.meanings import is_of

if TYPE_CHECKING:
    from support.reference import Schema

ORDERED = ("range", "unique", "key")  # a database has one of these on the same properties
FITTING = {
    "vector": ("STRING", "LIST_OF_FLOATS", "LIST_OF_INTEGERS"),
    "fulltext": ("STRING", "LIST_OF_STRINGS"),
    "text": ("STRING",),
    "point": ("STRING", "POINT"),
}


class Misfit(Exception):
    """A schema may not have an entry, or an operation is not possible because of one."""


def normal(entry: Entry) -> Entry:
    """The entry with its types, and what else has no order, sorted."""
    properties = tuple(sorted(entry.properties)) if entry.form == "fulltext" else entry.properties
    options = dict(sorted(entry.options.items()))
    if "filter" in options:
        options["filter"] = sorted(options["filter"])
    return replace(entry, types=tuple(sorted(set(entry.types))), properties=properties, options=options)


def filters(entry: Entry) -> tuple[str, ...]:
    return tuple(entry.options.get("filter", ()))


def indexed(schema: Schema, operation: CreateEntry | RemoveEntry) -> Schema:
    """The schema after an operation on its entries.

    :raises Misfit: it is not possible.
    """
    entries = dict(schema.catalog)
    if isinstance(operation, RemoveEntry):
        there = entries.pop(operation.entry, None)
        if there is None or there.is_constraint != isinstance(operation, RemoveConstraint):
            raise Misfit(f"there is no {operation.entry!r}")
        return replace(schema, catalog=entries)
    entry = normal(operation.created)
    if entry.name in entries:
        raise Misfit(f"there is a {entry.name!r} already")
    check(schema, entry)
    return replace(schema, catalog=entries | {entry.name: entry})


def check(schema: Schema, entry: Entry) -> None:
    """:raises Misfit: the schema may not have this entry."""
    types = schema.of(entry.kind)
    own = (*entry.properties, *filters(entry))
    if any(t not in types for t in entry.types):
        raise Misfit("a type is missing")
    for t in entry.types:
        declared = [p for p in own if p in types[t]]
        if not declared if entry.form == "fulltext" else len(declared) < len(own):
            raise Misfit(f"{t!r} lacks a property")
        for p in entry.properties:
            of_type = types[t][p].type if p in types[t] else "STRING"
            if entry.form == "type" and of_type not in ("STRING", entry.options["type"]):
                raise Misfit(f"{p!r} has another type")
            if of_type not in FITTING.get(entry.form, (of_type,)):
                raise Misfit(f"{p!r} has a type that the index cannot hold")
    if any(all(p not in types[t] for t in entry.types) for p in entry.properties):
        raise Misfit("nobody declares a property")
    facts = types[entry.types[0]]
    if entry.form in ORDERED:
        key = {p for p in facts if facts[p].key}
        if entry.kind is Kind.NODE and key == set(entry.properties):
            raise Misfit("this is the key")
        if len(entry.properties) == 1 and facts[entry.properties[0]].indexed:
            raise Misfit("this has an index already")
    for other in schema.catalog.values():
        if other.name == entry.name or (other.kind, other.types) != (entry.kind, entry.types):
            continue
        are_alike = other.form == entry.form or {other.form, entry.form} <= set(ORDERED)
        if are_alike and other.properties == entry.properties:
            raise Misfit(f"{other.name!r} is in its place")


def followed(before: Schema, after: Schema, operation: Operation) -> Schema:
    """``after`` with the entries as they follow an operation on a type.

    :raises Misfit: an entry does not allow it.
    """
    if not before.catalog:
        return after
    kind: Kind = operation.kind  # type: ignore[attr-defined]
    is_rename = isinstance(operation, (RenameProperty, RenameKeyPart))
    entries = {}
    for name, entry in before.catalog.items():
        of_type = getattr(operation, "old" if isinstance(operation, RenameType) else "type")
        concerned = entry.kind is kind and of_type in entry.types
        if isinstance(operation, DropType) and concerned:
            raise Misfit(f"{name!r} is on the type")
        if isinstance(operation, RenameType) and operation.old != operation.new and entry.kind is kind:
            if operation.new in entry.types:
                raise Misfit(f"{name!r} is on the type")
            entry = replace(entry, types=tuple(operation.new if t == operation.old else t for t in entry.types))
        elif is_rename and concerned and operation.old != operation.new:  # type: ignore[attr-defined]
            entry = _renamed(before, entry, operation)
        entries[name] = normal(entry)
    result = replace(after, catalog=entries)
    touched = {operation.new} if isinstance(operation, RenameType) else {operation.type}  # type: ignore[attr-defined]
    for entry in entries.values():
        if entry.kind is kind and touched & set(entry.types):
            check(result, entry)
    return result


def _renamed(before: Schema, entry: Entry, operation: Any) -> Entry:
    old, new = operation.old, operation.new
    own = (*entry.properties, *filters(entry))
    if old not in own:
        return entry
    stays = any(old in before.of(entry.kind)[t] for t in entry.types if t != operation.type)
    is_union = entry.form == "fulltext" and len(entry.types) > 1
    if (new in own and not is_union) or (stays and entry.form != "fulltext"):
        raise Misfit(f"{entry.name!r} cannot have both")
    properties = [new if p == old else p for p in entry.properties] + [old] * stays
    options = dict(entry.options)
    if "filter" in options:
        options["filter"] = [new if p == old else p for p in filters(entry)]
    return replace(entry, properties=tuple(dict.fromkeys(properties)), options=options)


def broken(rows: Iterable[Any], entry: Entry, types_of: Any, same: Any) -> int:
    """How many rows a constraint does not allow. Indexes allow all."""
    having = [row for row in rows if row is not None and set(entry.types) & types_of(row)]
    found = 0
    for at, row in enumerate(having):
        values = [row.properties.get(p) for p in entry.properties]
        is_whole = all(value is not None for value in values)
        if entry.form in ("required", "key"):
            found += not is_whole
        if entry.form == "type" and is_whole:
            found += not is_of(values[0], entry.options["type"])
        if entry.form in ("unique", "key") and is_whole:
            others = [each for position, each in enumerate(having) if position != at]
            found += any(all(map(same, values, [o.properties.get(p) for p in entry.properties])) for o in others)
    return found
