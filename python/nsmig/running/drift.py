"""Differences between a database and the result of its migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nsmig._core import Schema
from nsmig.database.survey import Misfit, Stored
from nsmig.findings import CODES
from nsmig.kinds import Kind
from nsmig.operations import AddAdjacency, AddIndex, AddProperty, CreateType, Operation, SetPropertyType
from nsmig.values import Type

_TO_CHANGE = (
    "If the database is right, change the schema file to match, write the migration with `nsmig make`, and record it"
    " with `nsmig run --fake`; else change the values there."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference on a type, in words. ``says_more``: the database has more than the migrations; ``is_whole_type``:
    the whole type is extra. It is resolved by ``operations`` on the database, if they can lose nothing, otherwise by
    ``advice``."""

    text: str
    kind: Kind
    type: str
    says_more: bool
    operations: tuple[Operation, ...] = ()
    advice: str = CODES["drift"].advice
    is_whole_type: bool = False

    def __str__(self) -> str:
        return self.text


_Pair = tuple[str, str]  # the node types at the ends of a relationship type
_Connections = dict[tuple[Kind, str], set[_Pair]]


def drift(
    expected: Schema,
    live: Schema,
    *,
    declares_types: bool,
    is_complete: bool = True,
    stored: Stored | None = None,
    misfits: Iterable[Misfit] = (),
) -> Iterator[Difference]:
    """All differences, by kind and name of the type; then those of declared indexes and constraints, except for
    optional ones that are missing.

    STRING is the type that migrations imply without declaring one, so it fits every type. Likewise, any connection fits
    if they declare none at all, as nodestream's cannot.

    :param expected: the result of the applied migrations.
    :param live: the content of the database.
    :param declares_types: the database declares its types and properties, with or without data. Otherwise missing
        ones may just have no data, so only constraints and indexes count as missing; no constraint holds a
        relationship's key; and the connections of a relationship type are not compared.
    :param is_complete: ``expected`` is everything that there should be. Otherwise additional things may come from
        unknown migrations, and changing them back could lose their data: they are not reported, nor are indexes and
        constraints that differ, which these may have changed.
    :param stored: and ``misfits``: see :class:`nsmig.database.survey.LiveSchema`.
    """
    wanted, there = (_connections(each) if declares_types else {} for each in (expected, live))
    for kind in Kind:
        for name in sorted({*expected.types(kind), *live.types(kind)}):
            types = expected.type(kind, name), live.type(kind, name)
            pairs = wanted.get((kind, name), set())
            found = [*_on_type(kind, name, *types, pairs, declares_types, stored or {})]
            if wanted and all(types):
                found += _on_connections(name, pairs, there.get((kind, name), set()))
            yield from (each for each in found if is_complete or not each.says_more)
    for each in misfits:
        if not each.is_left_out and (is_complete or each.is_missing):
            advice = f"To fix it: {each.statement}" if each.statement else CODES["drift"].advice
            yield Difference(each.text, each.entry.kind, each.entry.types[0], False, (), advice)


def _on_type(
    kind: Kind,
    name: str,
    wanted: Type | None,
    there: Type | None,
    pairs: set[_Pair],
    declares_types: bool,
    stored: Stored,
) -> Iterator[Difference]:
    """:param pairs: the pairs that it should connect."""
    what = f"{kind.value} type {name}"
    if wanted is None:
        yield Difference(f"{what} is in the database, but in no migration", kind, name, True, is_whole_type=True)
        return
    if there is None and declares_types:
        others = tuple(each for each in wanted.properties if each not in wanted.keys)
        types = (_typed(kind, name, each, type_) for each, type_ in sorted(wanted.properties.items()))
        made = (
            CreateType(kind, name, wanted.keys, others),
            *(each for some in types for each in some),
            *(AddIndex(kind, name, each) for each in sorted({*wanted.indexes}.difference(_served(wanted)))),
            *(AddAdjacency(a, name, b) for a, b in sorted(pairs)),
        )
        yield Difference(f"{what} is not in the database", kind, name, False, made)
        return
    there = there or Type((), {}, ())
    if (declares_types or kind is Kind.NODE) and wanted.keys != there.keys:
        # If there is another key, it is unknown whose rows it keeps distinct.
        made = (CreateType(kind, name, wanted.keys, ()),) if not there.keys and not declares_types else ()
        text = f"{what} has the key {_listed(there.keys)}, not {_listed(wanted.keys)}"
        yield Difference(text, kind, name, False, made, _TO_CHANGE)
    yield from _on_indexes(what, kind, name, wanted, there)
    for property_ in sorted({*wanted.properties, *there.properties}):
        yield from _on_property(what, kind, name, property_, wanted, there, declares_types, stored)


def _connections(schema: Schema) -> _Connections:
    pairs: _Connections = {}
    for each in schema.cardinalities():
        adjacency = each["adjacency"]
        pair = adjacency["from_node_type"], adjacency["to_node_type"]
        pairs.setdefault((Kind.RELATIONSHIP, adjacency["relationship_type"]), set()).add(pair)
    return pairs


def _on_connections(name: str, wanted: set[_Pair], there: set[_Pair]) -> Iterator[Difference]:
    what, kind = f"relationship type {name}", Kind.RELATIONSHIP
    for a, b in sorted(wanted ^ there):
        if (a, b) in there:
            yield Difference(f"{what} has a connection from {a} to {b}, which no migration makes", kind, name, True)
        else:
            made = (AddAdjacency(a, name, b),)
            yield Difference(f"{what} has no connection from {a} to {b}", kind, name, False, made)


def _on_indexes(what: str, kind: Kind, name: str, wanted: Type, there: Type) -> Iterator[Difference]:
    for property_ in sorted({*wanted.indexes, *there.indexes}.difference(_served(wanted))):
        if property_ not in there.indexes:
            made = (AddIndex(kind, name, property_),)
            yield Difference(f"{what} has no index on {property_}", kind, name, False, made)
        elif property_ not in wanted.indexes:
            text = f"{what} has an index on {property_}, which no migration makes"
            yield Difference(text, kind, name, True)


def _served(wanted: Type) -> tuple[str, ...]:
    """Properties that need no index: the constraint on a whole key is its index."""
    return wanted.keys if len(wanted.keys) == 1 else ()


def _on_property(
    what: str, kind: Kind, name: str, property_: str, wanted: Type, there: Type, declares_types: bool, stored: Stored
) -> Iterator[Difference]:
    type_, live_type = wanted.properties.get(property_), there.properties.get(property_)
    if type_ is None:
        yield Difference(f"{what} has the property {property_}, which no migration makes", kind, name, True)
    elif live_type is None:
        if declares_types:
            made = (AddProperty(kind, name, property_), *_typed(kind, name, property_, type_))
            yield Difference(f"{what} has no property {property_}", kind, name, False, made)
    elif type_ not in ("STRING", live_type):
        known = live_type if declares_types or live_type != "STRING" else None
        if not (named := stored.get((kind, name, property_), known)):
            return
        text = f"{what} has {named} in {property_}, not {type_}"
        yield Difference(text, kind, name, False, (), _TO_CHANGE)


def _typed(kind: Kind, name: str, property_: str, type_: str) -> tuple[Operation, ...]:
    return () if type_ == "STRING" else (SetPropertyType(kind, name, property_, type_),)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "(none)"
