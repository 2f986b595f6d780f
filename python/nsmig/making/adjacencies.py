"""Adjacencies: removed ones, and ends that are not types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nsmig.errors import SchemaError, nearest
from nsmig.kinds import Kind

if TYPE_CHECKING:
    from nsmig._core import Schema

_Ends = tuple[str, str, str]


def disconnected(before: Schema, after: Schema, types: Mapping[tuple[Kind, str], str]) -> list[str]:
    """Removed adjacencies whose three types all still exist, written by :func:`adjacency_path` with the new names of
    their types.

    :param types: renamed types: kind and old name → new name.
    """
    kept = set(_adjacencies(after))
    gone = []
    for ends in _adjacencies(before):
        kinds = (Kind.NODE, Kind.RELATIONSHIP, Kind.NODE)
        now = tuple(types.get((kind, name), name) for kind, name in zip(kinds, ends, strict=True))
        are_there = all(after.type(kind, name) is not None for kind, name in zip(kinds, now, strict=True))
        if are_there and now not in kept:
            gone.append(adjacency_path(*now))
    return gone


def adjacency_path(from_type: str, relationship: str, to_type: str) -> str:
    """An adjacency as written in flags and hints: as in Cypher."""
    return f"{from_type}-[{relationship}]->{to_type}"


def undeclared(schema: Schema) -> Iterator[str]:
    """Types that a schema file's adjacencies name but that it does not declare, one sentence for each."""
    for from_type, relationship, to_type in _adjacencies(schema):
        named = (Kind.NODE, from_type), (Kind.RELATIONSHIP, relationship), (Kind.NODE, to_type)
        for kind, name in dict.fromkeys(named):
            if schema.type(kind, name) is None:
                said = (
                    f"relationship type {relationship} connects {from_type} to {to_type}, but the schema has no"
                    f" {kind.value} type {name!r}"
                )
                yield f"{said}{nearest(name, schema.types(kind))}"


def refuse_undeclared(schema: Schema) -> None:
    """
    :raises SchemaError: an adjacency names a type that the schema does not declare.
    """
    if found := list(undeclared(schema)):
        raise SchemaError("", "; ".join(found))


def _adjacencies(schema: Schema) -> Iterator[_Ends]:
    for each in schema.cardinalities():
        ends = each["adjacency"]
        yield ends["from_node_type"], ends["relationship_type"], ends["to_node_type"]
