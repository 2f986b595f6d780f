"""Constraints and indexes that people made, where a type or a property that they are on gets another name.

They follow it, under their own names and with their own options. The server renames none, so each is dropped and made
anew: what it is to be is written down first, as facts and never as a statement, and a run that was killed between makes
it before anything else (:func:`unmade`).

A uniqueness constraint is made before the data moves and holds all the time; what would have to be kept up with every
row, or demands a value, comes after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.cypher import inlined, quoted
from nsmig.database.neo4j.catalog import (
    FULLTEXT,
    UNIQUE,
    VECTOR,
    Catalog,
    Entry,
    Settings,
    config_of,
    create,
    is_orphan,
    is_ours,
)
from nsmig.database.neo4j.effects import Effect, pattern
from nsmig.database.neo4j.journal import KEPT
from nsmig.kinds import Kind

MANY_ROWS = 100_000  # more rows keep a full-text or vector index out of use for long

FOLLOW, KEEP, ASK = "follow", "keep", "ask"


@dataclass(frozen=True, slots=True)
class Move:
    """A constraint or index as it is, and as it is to be."""

    was: Entry
    to: Entry


def moves(effect: Effect, live: Catalog, settings: Settings) -> list[Move]:
    """What follows an operation, in the order of the names."""
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
        if is_ours(entry) or is_orphan(entry) or entry.failed or (names and not names.keys() & set(entry.properties)):
            continue
        to = _renamed(entry, names) if names else _retyped(entry, wanted.old, wanted.new)
        if to is not None and not any(_is_same(to, each) for each in live.on(to.kind, to.types[0])):
            found.append(Move(entry, to))
    return found


def _retyped(entry: Entry, old: str, new: str) -> Entry:
    types = dict.fromkeys(new if each == old else each for each in entry.types)
    return replace(entry, types=tuple(types))


def _renamed(entry: Entry, names: Mapping[str, str]) -> Entry | None:
    """On one type the new name takes the old one's place. A full-text index on further types has both: there the old
    one is still in use. Of other kinds none can have both."""
    properties = dict.fromkeys(names.get(each, each) for each in entry.properties)
    if len(entry.types) == 1:
        return replace(entry, properties=tuple(properties))
    if entry.form != FULLTEXT:
        return None
    return replace(entry, properties=tuple(dict.fromkeys([*entry.properties, *properties])))


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether the server takes them for the same, so that they cannot stand side by side."""
    return (one.form, set(one.types), one.properties) == (other.form, set(other.types), other.properties)


def kept(found: Iterable[Move]) -> Iterator[Statement]:
    """What is written down before anything is dropped."""
    for each in found:
        yield Statement(
            Role.KEEP,
            f"MERGE (k:{quoted(KEPT)} {{name: $name}}) SET k.facts = $facts",
            {"name": each.to.name, "facts": to_facts(each)},
        )


def forgotten(found: Sequence[Move]) -> Iterator[Statement]:
    """They are there, and nothing is to be kept of them."""
    entries = [each.to for each in found]
    yield from _proved(entries)
    yield from _forgotten(entries)


def _proved(entries: Iterable[Entry]) -> Iterator[Statement]:
    """A name that somebody has given to something else meanwhile keeps the server from making ours without an error."""
    for each in entries:
        shown = f"SHOW {'CONSTRAINTS' if each.constraint else 'INDEXES'} YIELD name, labelsOrTypes, properties"
        parameters = {"name": each.name, "types": list(each.types), "properties": list(each.properties)}
        is_it = "size(labelsOrTypes) = size($types) AND all(each IN labelsOrTypes WHERE each IN $types)"
        yield Statement(
            Role.RECHECK,
            f"{shown} WHERE name = $name AND {is_it} AND properties = $properties RETURN 1 - count(*) AS count",
            parameters,
            f"the {each.noun} {each.name!r} could not be made anew on {_place(each)}, since its name was taken"
            " meanwhile: drop what bears it, and run again",
            inlined(f"{shown} WHERE name = $name", parameters),
        )


def _forgotten(entries: Iterable[Entry]) -> Iterator[Statement]:
    if names := [each.name for each in entries]:
        yield Statement(Role.KEEP, f"MATCH (k:{quoted(KEPT)}) WHERE k.name IN $names DELETE k", {"names": names})


def is_first(move: Move) -> bool:
    """Whether it is made before the data moves."""
    return move.to.constraint and move.to.form == UNIQUE


def questions(found: Iterable[Move], settings: Settings) -> Iterator[Statement]:
    """What needs somebody's word: an index that would be out of use for long."""
    for each in found:
        if each.was.form in (FULLTEXT, VECTOR) and settings.foreign == ASK:
            rows = " UNION ALL ".join(
                f"MATCH {pattern(each.was.kind, type)} RETURN count(*) AS rows" for type in each.was.types
            )
            problem = (
                f"the {each.was.noun} {each.was.name!r} is out of use while the server makes it anew for these rows:"
                " run with --follow-foreign-indexes, or with --keep-foreign-indexes to leave it on the old name"
            )
            yield Statement(
                Role.CHECK,
                f"CALL () {{ {rows} }} WITH sum(rows) AS rows"
                f" RETURN CASE WHEN rows > {MANY_ROWS} THEN rows ELSE 0 END AS count",
                {},
                problem,
                f"MATCH {pattern(each.was.kind, each.was.types[0])} RETURN n LIMIT 25",
            )


def told(found: Iterable[Move]) -> Iterator[Statement]:
    for each in found:
        text = f"the {each.was.noun} {each.was.name} on {_place(each.was)} is made anew on {_place(each.to)}"
        yield Statement(Role.NOTE, text)


def _place(entry: Entry) -> str:
    return f"{', '.join(entry.types)} ({', '.join(entry.properties)})"


# ---- What a killed run has left --------------------------------------------------------------------------------------


def to_facts(move: Move) -> str:
    """A move as the database keeps it."""
    return json.dumps({"was": _to_dict(move.was), "to": _to_dict(move.to)}, sort_keys=True, ensure_ascii=False)


def of_facts(text: str) -> Move:
    facts = json.loads(text)
    return Move(_of_dict(facts["was"]), _of_dict(facts["to"]))


def _to_dict(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind.value,
        "types": entry.types,
        "properties": entry.properties,
        "form": entry.form,
        "constraint": entry.constraint,
        "config": json.loads(entry.config or "{}"),
    }


def _of_dict(facts: Mapping[str, Any]) -> Entry:
    kind, types, properties = Kind(facts["kind"]), tuple(facts["types"]), tuple(facts["properties"])
    config = config_of(facts["config"])
    return Entry(facts["name"], kind, types, properties, facts["form"], facts["constraint"], config=config)


def unmade(facts: Iterable[str], live: Catalog) -> Iterator[Statement]:
    """Make what was dropped and not made again; then nothing is to be kept any more. What was not dropped yet follows
    when its operation is repeated.

    :param facts: all that are kept.
    """
    every = sorted(map(of_facts, facts), key=lambda move: move.to.name)
    there = live.entries
    gone = [each.to for each in every if there.get(each.was.name) != each.was]
    for entry in gone:
        if there.get(entry.name) != entry:
            yield Statement(Role.SCHEMA, create(entry), makes="" if entry.constraint else entry.name)
    yield from _proved(gone)
    yield from _forgotten([each.to for each in every])
