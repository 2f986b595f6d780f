"""Constraints and indexes of a Neo4j database: an immutable catalog, which entries are ours, and which can serve as
which.

Ours are those with nodestream's names (if one was taken, with a short hash) on exactly their type.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nsmig.database.cypher import literal, properties, quoted
from nsmig.kinds import Kind

UNIQUE, NODE_KEY, RANGE = "UNIQUENESS", "NODE_KEY", "RANGE"
RELATIONSHIP_KEY = "RELATIONSHIP_KEY"
FULLTEXT, VECTOR, TEXT, POINT = "FULLTEXT", "VECTOR", "TEXT", "POINT"
FOLLOW, KEEP, ASK = "follow", "keep", "ask"  # what happens to users' own constraints and indexes: see ``foreign``
# One kind of index; the server allows one of each kind on the same properties.
ORDERED = (RANGE, UNIQUE, NODE_KEY, RELATIONSHIP_KEY)
USUAL_ANALYZER = "standard-no-stop-words"  # the server's own choice for a full-text index
NEWEST_TESTED = (2026, 8)


@dataclass(frozen=True, slots=True)
class Settings:
    """The target's options that affect statements."""

    batch: int = 10_000
    enterprise: bool = False
    foreign: str = ASK
    keeps: bool = False  # archive what statements would delete first

    @property
    def key_form(self) -> str:
        return NODE_KEY if self.enterprise else UNIQUE


@dataclass(frozen=True, slots=True)
class Server:
    """What decides which constraints and indexes a server can have: its version and its edition. If they are unknown,
    it is taken for the Community edition of the newest version tested."""

    version: tuple[int, int] = NEWEST_TESTED
    is_enterprise: bool = False

    @property
    def has_wide_vectors(self) -> bool:
        """Whether a vector index may be on several types, and have properties to filter by."""
        return self.version >= (2026, 1)

    @property
    def has_graph_types(self) -> bool:
        """Whether constraints may belong to a graph type, a preview from 2026.02 and final since 2026.06."""
        return self.version >= (2026, 2)


@dataclass(frozen=True, slots=True)
class Entry:
    """A constraint, or an index that no constraint owns, as in the server's catalog. Names are unique over both."""

    name: str
    kind: Kind
    types: tuple[str, ...]
    properties: tuple[str, ...]
    form: str  # UNIQUENESS, NODE_KEY, … for constraints; RANGE, TEXT, FULLTEXT, … for indexes
    constraint: bool
    online: bool = field(default=True, compare=False)  # of an index: whether it is in use
    failed: bool = field(default=False, compare=False)  # of an index: whether the server gave it up
    config: str = field(default="", compare=False)  # of an index: its options, as JSON
    graph_type: bool = field(default=False, compare=False)  # of a constraint: whether it belongs to a graph type

    @property
    def noun(self) -> str:
        return "constraint" if self.constraint else "index"

    @property
    def place(self) -> str:
        """Its type and properties, in words."""
        return f"{', '.join(self.types)} ({', '.join(self.properties)})"


@dataclass(frozen=True, slots=True)
class Catalog:
    """All constraints and indexes of a database, by their types; ``empty``: there are no user rows. ``unreadable``: the
    condition on ``value`` for values that the driver may be unable to read, '' if it reads all of the server's.
    ``server``: the server that it is on.
    """

    by_type: Mapping[tuple[Kind, str], tuple[Entry, ...]]
    names: frozenset[str]
    empty: bool = field(default=False, compare=False)
    unreadable: str = field(default="", compare=False)
    server: Server = field(default=Server(), compare=False)

    @staticmethod
    def of(entries: Iterable[Entry], empty: bool = False) -> Catalog:
        return Catalog({}, frozenset(), empty).changed((), entries)

    def on(self, kind: Kind, type: str) -> tuple[Entry, ...]:
        return self.by_type.get((kind, type), ())

    def named(self, name: str) -> Entry | None:
        """The one of this name."""
        return self.entries.get(name) if name in self.names else None

    @property
    def entries(self) -> dict[str, Entry]:
        """All, by their names."""
        return {each.name: each for entries in self.by_type.values() for each in entries}

    def changed(self, dropped: Iterable[Entry], made: Iterable[Entry]) -> Catalog:
        """This catalog without some entries and with others."""
        dropped, made = tuple(dropped), tuple(made)
        if not dropped and not made:
            return self
        by_type = dict(self.by_type)
        for entry in dropped:
            for key in ((entry.kind, each) for each in entry.types):
                by_type[key] = tuple(each for each in by_type[key] if each != entry)
        for entry in made:
            for key in ((entry.kind, each) for each in entry.types):
                by_type[key] = tuple(sorted((*by_type.get(key, ()), entry), key=lambda each: each.name))
        names = (self.names - {each.name for each in dropped}) | {each.name for each in made}
        return replace(self, by_type={key: entries for key, entries in by_type.items() if entries}, names=names)


def config_of(config: Mapping[str, Any]) -> str:
    """An index's options as canonical text."""
    return json.dumps(config, sort_keys=True, ensure_ascii=False) if config else ""


def is_ours(entry: Entry) -> bool:
    """Whether nodestream or nsmig created it, judging by name, form, type and property together."""
    if len(entry.types) != 1:
        return False
    if is_type(entry):
        plain = f"{entry.types[0]}_{entry.properties[0]}_type"
        return entry.name in (plain, _hashed(entry, plain))
    if entry.constraint:
        plain = f"{entry.types[0]}_node_key"
        return entry.form in (UNIQUE, NODE_KEY) and entry.name in (plain, _hashed(entry, plain))
    plain = f"{entry.types[0]}_{entry.properties[0]}_additional_index" if len(entry.properties) == 1 else ""
    return entry.form == RANGE and entry.name in (plain, _hashed(entry, plain))


def is_orphan(entry: Entry) -> bool:
    """Whether it is the index of a key whose constraint was never finished because the server died while creating it.

    The server then creates no constraint of that name, and shows the index like any other, but permanently as not yet
    in use. Users' indexes are in that state while they are created, or if that failed.
    """
    if entry.constraint or entry.online or entry.form != RANGE or len(entry.types) != 1:
        return False
    plain = f"{entry.types[0]}_node_key"
    return entry.name in (plain, _hashed(entry, plain))


def type_form(cypher_type: str) -> str:
    """The form of a constraint that all values of a property have a Cypher type."""
    return f"IS :: {cypher_type}"


def is_type(entry: Entry) -> bool:
    return entry.form.startswith("IS :: ")


def serves(existing: Entry, wanted: Entry) -> bool:
    """Whether an existing entry serves the wanted purpose, whoever created it."""
    if (existing.kind, existing.types, set(existing.properties)) != (wanted.kind, wanted.types, set(wanted.properties)):
        return False
    if existing.failed:
        return False
    if wanted.constraint:
        return existing.constraint and existing.form in ({wanted.form} if is_type(wanted) else {NODE_KEY, wanted.form})
    return existing.form == RANGE or (existing.constraint and existing.form in (UNIQUE, NODE_KEY))


def free_name(entry: Entry, taken: frozenset[str]) -> str:
    return _hashed(entry, entry.name) if entry.name in taken else entry.name


def _hashed(entry: Entry, plain: str) -> str:
    identity = "\0".join((entry.kind.value, *entry.types, *sorted(entry.properties)))
    return f"{plain}_{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def create(entry: Entry) -> str:
    """The statement that creates it."""
    name, types = quoted(entry.name), "|".join(map(quoted, entry.types))
    pattern = f"(n:{types})" if entry.kind is Kind.NODE else f"()-[n:{types}]-()"
    if entry.constraint:
        form = _CONSTRAINTS.get(entry.form, entry.form)
        return f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR {pattern} REQUIRE ({properties(entry.properties)}) {form}"
    kind = "" if entry.form == RANGE else f"{entry.form} "
    on, language = f"({properties(entry.properties)})", ""
    if entry.form == FULLTEXT:
        on = f"EACH [{properties(entry.properties)}]"
    elif entry.form == VECTOR:
        first, *filters = entry.properties
        on = f"({properties([first])})" + (f" WITH [{properties(filters)}]" if filters else "")
        # Cypher 5 has none for several types or with filter properties; servers that do know this word.
        language = "CYPHER 25 " if filters or len(entry.types) > 1 else ""
    options = f" OPTIONS {{indexConfig: {literal(json.loads(entry.config))}}}" if entry.config else ""
    return f"{language}CREATE {kind}INDEX {name} IF NOT EXISTS FOR {pattern} ON {on}{options}"


def drop(entry: Entry) -> str:
    """The statement that drops it."""
    return f"DROP {entry.noun.upper()} {quoted(entry.name)} IF EXISTS"


_CONSTRAINTS = {
    NODE_KEY: "IS NODE KEY",
    UNIQUE: "IS UNIQUE",
    RELATIONSHIP_KEY: "IS RELATIONSHIP KEY",
    "NODE_PROPERTY_EXISTENCE": "IS NOT NULL",
    "RELATIONSHIP_PROPERTY_EXISTENCE": "IS NOT NULL",
}


def demands_value(entry: Entry) -> bool:
    """Whether rows must have its properties."""
    return entry.form in _CONSTRAINTS and entry.form != UNIQUE


def limited(entry: Entry) -> tuple[str, ...]:
    """The properties of which an index keeps each text whole, so that it can be no longer than ``limits.TEXT``."""
    if entry.form == FULLTEXT:
        is_usual = json.loads(entry.config or "{}").get("fulltext.analyzer", USUAL_ANALYZER) == USUAL_ANALYZER
        return () if is_usual else entry.properties
    if entry.form == VECTOR:
        return entry.properties[1:]  # to filter by
    return entry.properties if entry.form == TEXT else ()


def clash(one: Entry, other: Entry) -> bool:
    """Whether the server does not allow both at once."""
    is_like = one.form == other.form or (one.form in ORDERED and other.form in ORDERED)
    is_like |= is_type(one) and is_type(other)
    is_same = one.properties == other.properties
    if one.form == FULLTEXT:
        is_same = set(one.properties) == set(other.properties)
    return one.kind is other.kind and is_like and set(one.types) == set(other.types) and is_same
