"""Users' own constraints and indexes on a type or a property that is renamed.

They follow it, under their own names and with their own options (see ``rebuilding``), unless that would be harmful and
the user has not decided about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from nsmig.database.base import Role, Statement
from nsmig.database.neo4j.catalog import (
    ASK,
    FULLTEXT,
    KEEP,
    VECTOR,
    Catalog,
    Entry,
    Settings,
    clash,
    is_orphan,
    is_ours,
    limited,
)
from nsmig.database.neo4j.effects import Effect, held, pattern
from nsmig.database.neo4j.limits import TEXT, too_long
from nsmig.database.neo4j.rebuilding import Move

TEMPORARY = "_nsmig_"  # the beginning of a name that exists only during a swap of names (`rewrite.rs`)
MANY_ROWS = 100_000  # with more rows, a full-text or vector index would be out of use for long


def moves(effect: Effect, live: Catalog, settings: Settings, declared: Collection[str] = ()) -> list[Move]:
    """The moves of users' own that follow an operation, ordered by name.

    :param declared: the names of those that the schema declares, which are not users' own.
    """
    wanted = effect.wanted
    if wanted is None or wanted.old is None or wanted.new is None or settings.foreign == KEEP:
        return []
    names = {}
    if effect.renamed:
        names = {effect.renamed.old: effect.renamed.new}
    elif wanted.old == wanted.new:
        return []
    found = []
    for entry in live.on(wanted.kind, wanted.old):
        if entry.name in declared or is_ours(entry) or is_orphan(entry) or entry.failed:
            continue
        if names and not names.keys() & set(entry.properties):
            continue
        to = _renamed(entry, names) if names else _retyped(entry, wanted.old, wanted.new)
        # Anything with our name there would be mistaken for ours.
        if to is not None and not is_ours(to) and not any(clash(to, each) for each in live.on(to.kind, to.types[0])):
            found.append(Move(entry, to))
    return found


def _retyped(entry: Entry, old: str, new: str) -> Entry:
    types = dict.fromkeys(new if each == old else each for each in entry.types)
    return replace(entry, types=tuple(types))


def _renamed(entry: Entry, names: Mapping[str, str]) -> Entry | None:
    """On a single type the new name replaces the old one. A full-text index on further types has both: they still use
    the old one, unless it is a temporary name of nsmig's. Other kinds cannot have both."""
    properties = dict.fromkeys(names.get(each, each) for each in entry.properties)
    if len(entry.types) == 1:
        return replace(entry, properties=tuple(properties))
    if entry.form != FULLTEXT:
        return None
    lasting = [each for each in entry.properties if not (each in names and each.startswith(TEMPORARY))]
    return replace(entry, properties=tuple(dict.fromkeys([*lasting, *properties])))


def questions(found: Iterable[Move], settings: Settings) -> Iterator[Statement]:
    """Obstacles that need the user's decision about their own: an index that would be out of use for long, and texts
    with which one must not be rebuilt (see ``limits.TEXT``)."""
    for each in (each for each in found if not each.declared):
        if each.was.form == FULLTEXT and limited(each.was):
            problem = (
                f"texts of more than {TEXT:,} bytes under the full-text index {each.was.name!r}, which cannot"
                " index them: shorten them, or run with --keep-foreign-indexes to leave it on the old name"
            )
            for place in dict.fromkeys((each.was, each.to)):
                for type in place.types:
                    yield too_long(pattern(place.kind, type), problem, list(held(place.properties).values()))
        if each.was.form in (FULLTEXT, VECTOR) and settings.foreign == ASK:
            counted = (f"MATCH {pattern(each.was.kind, type)} RETURN count(*) AS rows" for type in each.was.types)
            problem = (
                f"the {each.was.noun} {each.was.name!r} is out of use while the server rebuilds it for these rows:"
                " run with --follow-foreign-indexes, or with --keep-foreign-indexes to leave it on the old name"
            )
            yield Statement(
                Role.CHECK,
                f"CALL () {{ {' UNION ALL '.join(counted)} }} WITH sum(rows) AS rows"
                f" RETURN CASE WHEN rows > {MANY_ROWS} THEN rows ELSE 0 END AS count",
                {},
                problem,
                f"MATCH {pattern(each.was.kind, each.was.types[0])} RETURN n LIMIT 25",
            )


def announced(found: Iterable[Move]) -> Iterator[Statement]:
    """Notes on users' own."""
    for each in (each for each in found if not each.declared):
        text = f"the {each.was.noun} {each.was.name} on {each.was.place} is rebuilt on {each.to.place}"
        yield Statement(Role.NOTE, text)
