"""Where a database is not what its migrations left."""

from __future__ import annotations

from collections.abc import Iterator

from nsmig._core import Schema
from nsmig.kinds import Kind
from nsmig.values import Type


def drift(expected: Schema, live: Schema, *, declares_types: bool, is_complete: bool = True) -> Iterator[str]:
    """What differs, in words, by kind and name of the type.

    Adjacencies are not compared. STRING is what migrations say where they say nothing, so it fits every type.

    :param expected: what the applied migrations add up to.
    :param live: what the database holds.
    :param declares_types: the database declares its types and properties, with or without data. Else what is missing
        may just have no data, and only constraints and indexes are missed; and no constraint holds a relationship's
        key.
    :param is_complete: ``expected`` is all that there should be. Else what is more may come from migrations that are
        not known, and to change that back could lose their data: nothing is said of it.
    """
    for says_more, difference in _all_differences(expected, live, declares_types):
        if is_complete or not says_more:
            yield difference


def _all_differences(expected: Schema, live: Schema, declares_types: bool) -> Iterator[tuple[bool, str]]:
    """Each difference, and whether it is that the database has more."""
    for kind in Kind:
        for name in sorted({*expected.types(kind), *live.types(kind)}):
            wanted, there = expected.type(kind, name), live.type(kind, name)
            what = f"{kind.value} type {name}"
            if wanted is None:
                yield True, f"{what} is in the database, but in no migration"
            elif there is None and declares_types:
                yield False, f"{what} is not in the database"
            else:
                has_constraint = declares_types or kind is Kind.NODE
                yield from _differences(what, wanted, there or Type((), {}, ()), declares_types, has_constraint)


def _differences(
    what: str, wanted: Type, there: Type, declares_types: bool, has_constraint: bool
) -> Iterator[tuple[bool, str]]:
    """Those of one type."""
    if has_constraint and wanted.keys != there.keys:
        yield False, f"{what} has the key {_listed(there.keys)}, not {_listed(wanted.keys)}"
    served = wanted.keys if len(wanted.keys) == 1 else ()  # the constraint on a whole key is its index
    for property_ in sorted({*wanted.indexes, *there.indexes}.difference(served)):
        if property_ not in there.indexes:
            yield False, f"{what} has no index on {property_}"
        elif property_ not in wanted.indexes:
            yield True, f"{what} has an index on {property_}, which no migration makes"
    for property_ in sorted({*wanted.properties, *there.properties}):
        type_, live_type = wanted.properties.get(property_), there.properties.get(property_)
        if type_ is None:
            yield True, f"{what} has the property {property_}, which no migration makes"
        elif live_type is None:
            if declares_types:
                yield False, f"{what} has no property {property_}"
        else:
            is_declared = type_ != "STRING"
            is_known = declares_types or live_type != "STRING"
            if is_declared and is_known and type_ != live_type:
                yield False, f"{what} has {live_type} in {property_}, not {type_}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "(none)"
