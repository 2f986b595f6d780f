"""A live Neo4j database for someone without a schema for it: the live schema, the types that its relationships connect,
and the decisions that had to be made.

The server knows which types are at either end of a relationship type without reading rows. If one end always has the
same type, this determines the pairs; otherwise the relationships of that type are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from nsmig.database.cypher import quoted
from nsmig.database.neo4j import live_schema
from nsmig.database.neo4j.adoptable import declare
from nsmig.database.neo4j.catalog import Catalog, Entry, demands_value, is_ours, is_type
from nsmig.database.neo4j.conversions import EMPTY, schema_type, stored_type
from nsmig.database.neo4j.effects import pattern
from nsmig.database.neo4j.journal import LOCK, MIGRATION, PRIVATE
from nsmig.database.neo4j.live_schema import Held, bound, counts, listing
from nsmig.database.neo4j.others import NEO4J_MIGRATIONS, Rows, is_locked
from nsmig.database.survey import Found, Progress, Remark, Survey, Verdict
from nsmig.kinds import Kind
from nsmig.words import counted

Pairs = set[tuple[str, str, str]]  # from, relationship type, to


def read(rows: Rows, live: Catalog, sample: int | None, progress: Progress) -> Survey:
    """:param rows: sends a query and returns its rows.
    :param live: the constraints and indexes.
    :param sample: read at most this many rows of each type.
    :param progress: called with the number of rows read and the total.
    """
    size = rows("RETURN COUNT { () } AS nodes, COUNT { ()-->() } AS relationships", {})[0]
    total = size["nodes"] + size["relationships"]
    progress(0, total)
    if sample is None:
        held = {kind: live_schema.held(kind, rows) for kind in Kind}
    else:
        held = {kind: _sampled(kind, rows, sample) for kind in Kind}
    progress(size["nodes"], total)
    others = live_schema.others_in(held, live, rows)
    types = {name for names, _ in held[Kind.RELATIONSHIP] for name in names}
    content = live_schema.content_of(held, live, left_out=others)
    pairs = _pairs(rows, sorted(types - others.keys()), sample, lambda done: progress(size["nodes"] + done, total))
    hidden = {*PRIVATE, *others}
    # The bookkeeping's own constraints, which reading the lock creates, do not count as content.
    empty = {LOCK} | ({MIGRATION} if not _count(rows, f"(:{quoted(MIGRATION)})") else set())
    content["cardinalities"] = [
        {
            "adjacency": {"from_node_type": a, "relationship_type": name, "to_node_type": b},
            "cardinality": {"from_side_cardinality": "MANY", "to_side_cardinality": "MANY"},
        }
        for a, name, b in sorted(pairs)
        if not hidden & {a, b}
    ]
    remarks = [
        *_on_the_whole(rows, sample),
        *_on_labels(held[Kind.NODE], hidden),
        *(each for kind in Kind for each in _on_types(kind, content, held[kind], live, rows, sample)),
    ]
    declared = declare(content, live, hidden)
    progress(total, total)
    return Survey(
        content,
        tuple(remarks),
        tuple(f"{name} ({tool})" for name, tool in sorted(others.items()) if name not in empty),
        tuple(_found(live, hidden, declared)),
        NEO4J_MIGRATIONS if is_locked(rows) else None,
    )


def _sampled(kind: Kind, rows: Rows, sample: int) -> Held:
    """Like :func:`live_schema.held`, for at most this many rows of each type."""
    names = rows("CALL db.labels()" if kind is Kind.NODE else "CALL db.relationshipTypes()", {})
    held: Held = {}
    for name in sorted(next(iter(row.values())) for row in names):
        text = (
            f"MATCH {pattern(kind, name)}{bound(sample)}"
            " UNWIND CASE WHEN size(keys(n)) = 0 THEN [null] ELSE keys(n) END AS property"
            f" RETURN DISTINCT {'labels(n)' if kind is Kind.NODE else '[type(n)]'} AS names, property,"
            " valueType(n[property]) AS type"
        )
        for row in rows(text, {"sample": sample}):
            of = held.setdefault((tuple(sorted(row["names"])), row["property"]), set())
            if row["property"] is not None:
                of.add(stored_type(row["type"]))
    return held


# --- Which types a relationship type connects ------------------------------------------------------------------------


def _pairs(rows: Rows, types: list[str], sample: int | None, progress: Callable[[int], None]) -> Pairs:
    """Only existing pairs. A row whose end has several labels counts for each of them."""
    starts, ends = _ends(rows)
    pairs: Pairs = set()
    read = 0
    for name in types:
        total = _count(rows, f"()-[:{quoted(name)}]->()")
        pairs |= _known(rows, name, starts[name], ends[name], total) or _looked_up(rows, name, sample)
        progress(read := read + total)
    return pairs


def _ends(rows: Rows) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """For each relationship type, the labels at the start and those at the end. (The procedure combines each start with
    each end, whether or not any relationship does.)"""
    text = (
        "CALL db.schema.visualization() YIELD nodes, relationships"
        " RETURN [n IN nodes | [elementId(n), labels(n)[0]]] AS labels,"
        " [r IN relationships | [type(r), elementId(startNode(r)), elementId(endNode(r))]] AS relationships"
    )
    starts: dict[str, set[str]] = defaultdict(set)
    ends: dict[str, set[str]] = defaultdict(set)
    for row in rows(text, {}):
        labels = dict(row["labels"])
        for name, start, end in row["relationships"]:
            starts[name].add(labels[start])
            ends[name].add(labels[end])
    return starts, ends


def _known(rows: Rows, name: str, starts: set[str], ends: set[str], total: int) -> Pairs | None:
    """The pairs, if every relationship of the type has the same label at one end; otherwise None."""
    if len(starts) == 1 and _count(rows, f"(:{quoted(next(iter(starts)))})-[:{quoted(name)}]->()") == total:
        return {(next(iter(starts)), name, end) for end in ends}
    if len(ends) == 1 and _count(rows, f"()-[:{quoted(name)}]->(:{quoted(next(iter(ends)))})") == total:
        return {(start, name, next(iter(ends))) for start in starts}
    return None


def _count(rows: Rows, counted: str) -> int:
    """The number of rows, which the server knows."""
    return int(rows(f"RETURN COUNT {{ {counted} }} AS count", {})[0]["count"])


def _looked_up(rows: Rows, name: str, sample: int | None) -> Pairs:
    text = f"MATCH (a)-[:{quoted(name)}]->(b){bound(sample, 'a, b')} RETURN DISTINCT labels(a) AS a, labels(b) AS b"
    return {(a, name, b) for row in rows(text, {"sample": sample}) for a in row["a"] for b in row["b"]}


# --- What had to be decided -------------------------------------------------------------------------------------------


def _on_the_whole(rows: Rows, sample: int | None) -> Iterator[Remark]:
    if sample is not None:
        yield Remark(
            f"read from at most {counted(sample, 'row')} of each type; anything that none of these have is missing here"
        )
    text = f"MATCH (n){bound(sample)} WITH n WHERE size(labels(n)) = 0 RETURN count(n) AS count"
    if count := rows(text, {"sample": sample})[0]["count"]:
        yield Remark(f"{counted(count, 'node')} without a label, which no migration will touch")


def _on_labels(held: Held, hidden: set[str]) -> Iterator[Remark]:
    """Labels that never occur alone."""
    sets = {frozenset(names).difference(hidden) for names, _ in held}
    having = {name: [each for each in sets if name in each] for name in sorted(set().union(*sets))}
    always = {name: sorted(frozenset.intersection(*each) - {name}) for name, each in having.items()}
    for name, others in always.items():
        alike = [each for each in others if name in always[each]]
        if alike and name < alike[0]:
            yield Remark(f"{' and '.join([name, *alike])} always occur together", Kind.NODE, name)
        if wider := [each for each in others if each not in alike]:
            yield Remark(f"every {name} is also {' and '.join(wider)}", Kind.NODE, name)


def _on_types(
    kind: Kind, content: Mapping[str, Any], held: Held, live: Catalog, rows: Rows, sample: int | None
) -> Iterator[Remark]:
    """Remarks on the types of a kind. Properties whose values are of one type, except for empty lists, get that
    type."""
    doubtful = _doubtful(held)
    for each in content[f"{kind.value}s"]:
        name = each["name"]
        if properties := sorted(doubtful.get(name, ())):
            for property_, by_type in counts(kind, name, properties, rows, sample).items():
                if only := _but_for_empty_lists(by_type):
                    each["properties"][property_]["type"] = only
                    continue
                yield Remark(
                    f"{property_} holds {listing(by_type)}: no single type fits, so it is STRING, which allows all",
                    kind,
                    name,
                )
        if kind is Kind.NODE:
            yield from _on_key(name, each["properties"], live)


def _but_for_empty_lists(types: Iterable[str]) -> str | None:
    """The single list type of the values, if there are also empty lists."""
    filled = set(types) - {EMPTY}
    only = schema_type(filled.pop()) if len(filled) == 1 else None
    return only if only and only.startswith("LIST_OF_") else None


def _doubtful(held: Held) -> dict[str, set[str]]:
    """For each type, the properties whose values are of several types, or of one that a schema lacks."""
    found: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for (names, property_), types in held.items():
        for name in names if property_ is not None else ():
            found[name][str(property_)] |= types
    return {
        name: {property_ for property_, types in of.items() if len(types) > 1 or types & {None, EMPTY}}
        for name, of in found.items()
    }


def _on_key(name: str, properties: Mapping[str, Any], live: Catalog) -> Iterator[Remark]:
    unique = live_schema.keys_of(live.on(Kind.NODE, name))
    if not unique:
        yield Remark("no constraint tells its nodes apart, so it has no key", Kind.NODE, name)
    elif len(unique) > 1:
        listing = "; ".join(f"{each.name} ({', '.join(each.properties)})" for each in unique)
        key = ", ".join(sorted(each for each, facts in properties.items() if facts["is_key"]))
        yield Remark(f"{len(unique)} constraints could be its key, {listing}: {key} was taken", Kind.NODE, name)


# --- Users' constraints and indexes ----------------------------------------------------------------------------------


def _found(live: Catalog, hidden: Iterable[str], declared: Collection[str]) -> Iterator[Found]:
    """:param declared: the names of those that the schema declares under their own names."""
    for name, entry in sorted(live.entries.items()):
        if not set(entry.types).intersection(hidden) and entry.form != "LOOKUP":
            verdict, reason = _verdict(entry, live)
            if name in declared:
                verdict, reason = Verdict.TAKEN_OVER, "declared in the schema, which migrations follow"
            yield Found(name, f"{_WORDS.get(entry.form, entry.form)} on {entry.place}", verdict, reason, is_ours(entry))


_WORDS = {"UNIQUENESS": "unique", "NODE_KEY": "node key"}


def _verdict(entry: Entry, live: Catalog) -> tuple[Verdict, str]:
    if entry.failed:
        return Verdict.IN_THE_WAY, "the server could not build it; drop it, or fix the data and create it again"
    if is_type(entry):
        return Verdict.IN_THE_WAY, "a migration that changes the type of this property stops before it begins"
    keys = live_schema.keys_of(live.on(entry.kind, entry.types[0])) if entry.types else []
    is_key = entry.kind is Kind.NODE and keys[:1] == [entry]
    if demands_value(entry) and not is_key:
        return Verdict.IN_THE_WAY, "a migration that drops this property stops before it begins"
    if is_key:
        later = "" if is_ours(entry) else "; it stays when the key changes: drop it then"
        return Verdict.TAKEN_OVER, f"the key{later}"
    if entry.form == "RANGE" and not entry.constraint and len(entry.types) == len(entry.properties) == 1:
        later = "" if is_ours(entry) else "; no migration drops it: drop it before one makes this property the key"
        return Verdict.TAKEN_OVER, f"is_indexed{later}"
    return Verdict.KEPT, "it follows renames under its own name, and no migration drops it"
