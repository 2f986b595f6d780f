"""Constraints and indexes that are rebuilt, since what they are on is renamed: users' own and declared ones.

The server cannot rename them, so each is dropped and rebuilt: its description is stored first, as facts and never as a
statement, and if a run is killed in between, the next one rebuilds it before anything else (:func:`unmade`).

A uniqueness constraint is created before the data moves and holds throughout; those that would have to be updated with
every row, or that require a value, come afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.cypher import inlined, quoted
from nsmig.database.neo4j.catalog import (
    NODE_KEY,
    RELATIONSHIP_KEY,
    UNIQUE,
    Catalog,
    Entry,
    config_of,
    create,
    demands_value,
    drop,
)
from nsmig.database.neo4j.checks import alike
from nsmig.database.neo4j.effects import held, pattern
from nsmig.database.neo4j.journal import KEPT
from nsmig.kinds import Kind


@dataclass(frozen=True, slots=True)
class Move:
    """A constraint or index as it is, and as it should be. ``declared``: by the schema, so that nothing can keep it."""

    was: Entry
    to: Entry
    declared: bool = False


def merged(found: Iterable[Move]) -> list[Move]:
    """Several operations' changes to one of them, as one move."""
    by_name: dict[str, Move] = {}
    for each in found:
        first = by_name.get(each.was.name, each)
        by_name[each.to.name] = replace(each, was=first.was)
    return [by_name[name] for name in sorted(by_name)]


def kept(found: Iterable[Move]) -> Iterator[Statement]:
    """The facts to store before anything is dropped."""
    for each in found:
        yield Statement(
            Role.KEEP,
            f"MERGE (k:{quoted(KEPT)} {{name: $name}}) SET k.facts = $facts",
            {"name": each.to.name, "facts": to_facts(each)},
        )


def proved(found: Iterable[Move]) -> Iterator[Statement]:
    """Check that they exist. Stored facts about constraints are then removed, those about indexes when they are in use.

    If someone has meanwhile given their name to something else, the server creates nothing and raises no error.
    """
    entries = [each.to for each in found]
    for each in entries:
        shown = f"SHOW {'CONSTRAINTS' if each.constraint else 'INDEXES'} YIELD name, labelsOrTypes, properties"
        parameters = {"name": each.name, "types": list(each.types), "properties": list(each.properties)}
        is_it = "size(labelsOrTypes) = size($types) AND all(each IN labelsOrTypes WHERE each IN $types)"
        yield Statement(
            Role.RECHECK,
            f"{shown} WHERE name = $name AND {is_it} AND properties = $properties RETURN 1 - count(*) AS count",
            parameters,
            f"the {each.noun} {each.name!r} could not be rebuilt on {each.place}, since its name was taken"
            " meanwhile: drop whatever has that name, and run again",
            inlined(f"{shown} WHERE name = $name", parameters),
        )
    yield from forgotten([each.name for each in entries if each.constraint])


def forgotten(names: Sequence[str]) -> Iterator[Statement]:
    """Remove the stored facts about these."""
    if names:
        text = f"MATCH (k:{quoted(KEPT)}) WHERE k.name IN $names DELETE k"
        yield Statement(Role.KEEP, text, {"names": list(names)})


def is_first(move: Move) -> bool:
    """Whether it is created before the data moves."""
    return move.to.constraint and move.to.form == UNIQUE


def conflicts(found: Iterable[Move], live: Catalog) -> Iterator[Statement]:
    """Rows that would violate a constraint under the new name. Values under the old name are known to differ while the
    constraint exists, those under the new one are not."""
    for each in found:
        if each.to.form in (UNIQUE, NODE_KEY, RELATIONSHIP_KEY):
            rows = pattern(each.to.kind, *dict.fromkeys([*each.was.types, *each.to.types]))
            old, new = held(each.was.properties), held(each.to.properties)
            pairs = list(zip(old.values(), new.values(), strict=True))
            values = [was if was == to else f"coalesce({was}, {to})" for was, to in pairs]
            doubtful = None  # if it is not enforced, all are
            is_there = each.was.constraint and live.named(each.was.name) == each.was
            if is_there and each.was.types != each.to.types:
                doubtful = f"MATCH {pattern(each.to.kind, *each.to.types)}"
            elif is_there:
                doubtful = f"MATCH {rows} WHERE {' OR '.join(f'{to} IS NOT NULL' for was, to in pairs if was != to)}"
            counted = f"{each.was.kind.value}s"
            problem = (
                f"{counted} share the value that the constraint {each.was.name!r} keeps distinct, on {each.to.place}"
            )
            yield alike(rows, values, problem, doubtful=doubtful, counted=counted)


# --- After a killed run -----------------------------------------------------------------------------------------------


def to_facts(move: Move) -> str:
    """A move as the database stores it."""
    facts = {"was": _to_dict(move.was), "to": _to_dict(move.to), **({"declared": True} if move.declared else {})}
    return json.dumps(facts, sort_keys=True, ensure_ascii=False)


def of_facts(text: str) -> Move:
    facts = json.loads(text)
    return Move(_of_dict(facts["was"]), _of_dict(facts["to"]), facts.get("declared", False))


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


def unmade(facts: Iterable[str], live: Catalog, *, after: bool) -> Iterator[Statement]:
    """Rebuild what was dropped and not rebuilt, or has failed. What was not dropped yet follows when its operation is
    repeated; what requires a value in each row is rebuilt after that.

    :param facts: all stored facts.
    :param after: whether the interrupted operations have been repeated.
    """
    there = live.entries
    moves = sorted(map(of_facts, facts), key=lambda move: move.to.name)
    dropped = [each for each in moves if there.get(each.was.name) != each.was or there[each.was.name].failed]
    due = [each for each in dropped if demands_value(each.to) == after]
    for entry in (each.to for each in due):
        if entry.name in there and there[entry.name].failed:
            yield Statement(Role.SCHEMA, drop(entry))
        if there.get(entry.name) != entry or there[entry.name].failed:
            yield Statement(Role.SCHEMA, create(entry))
    yield from proved(due)
    if not after:
        yield from forgotten([each.to.name for each in moves if each not in dropped and there[each.was.name].online])


def put_back(facts: Iterable[str], live: Catalog) -> Iterator[Statement]:
    """Restore users' own that are dropped and missing on their old names, and remove the stored facts about these."""
    moves = [each for each in sorted(map(of_facts, facts), key=lambda move: move.to.name) if not each.declared]
    for each in moves:
        if each.was.name not in live.names:
            yield Statement(Role.SCHEMA, create(each.was))
    yield from forgotten([each.to.name for each in moves])
