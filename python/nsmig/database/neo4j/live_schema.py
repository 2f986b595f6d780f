"""A live Neo4j database as the content of a schema file.

Keys and indexes come from constraints and indexes; properties and their types come from rows, so types and properties
without data are missing. A row of several labels counts for each, except for properties that are only expected on some
of them. Adjacencies are left out: nothing is compared with them, and the server would have to read both ends of every
relationship.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from nsmig.database.neo4j.catalog import NODE_KEY, RANGE, UNIQUE, Catalog, Entry, is_ours, is_type
from nsmig.database.neo4j.conversions import EMPTY, item, schema_type, stored_type
from nsmig.database.neo4j.effects import pattern
from nsmig.database.neo4j.journal import PRIVATE
from nsmig.database.neo4j.misfits import misfits
from nsmig.database.neo4j.others import Rows, theirs, tool_of
from nsmig.database.survey import LiveSchema
from nsmig.errors import DatabaseError
from nsmig.kinds import Kind
from nsmig.values import SchemaView, Type

# The server's procedures that list the content of rows: a third of the cost of a query for each value's type. The
# server does not escape the name in relType.
_HELD = {
    Kind.NODE: "CALL db.schema.nodeTypeProperties() YIELD nodeLabels, propertyName, propertyTypes"
    " RETURN nodeLabels AS names, propertyName AS property, propertyTypes AS types",
    Kind.RELATIONSHIP: "CALL db.schema.relTypeProperties() YIELD relType, propertyName, propertyTypes"
    " RETURN [substring(relType, 2, size(relType) - 3)] AS names, propertyName AS property, propertyTypes AS types",
}
_NOT_CALLABLE = ("Neo.ClientError.Security.Forbidden", "Neo.ClientError.Procedure.ProcedureNotFound")
_TEXTS = "LIST_OF_STRINGS"


def read(rows: Rows, live: Catalog, expected: SchemaView | None = None) -> LiveSchema:
    """:param rows: sends a query and returns its rows.
    :param live: the constraints and indexes.
    :param expected: see :meth:`nsmig.database.base.Database.live_schema`.
    """
    found = {kind: held(kind, rows, expected) for kind in Kind}
    content = content_of(found, live, expected, others_in(found, live, rows))
    if expected is None:
        return LiveSchema(content)
    return LiveSchema(content, _stored(found, rows, expected), tuple(misfits(expected.entries(), live)))


def _stored(found: Mapping[Kind, Held], rows: Rows, expected: SchemaView) -> dict[tuple[Kind, str, str], str]:
    """The types of values in properties that are expected to have one type but do not.

    They are counted with a query for each type in question. In one version of the language the server's procedures do
    not distinguish an empty list from one of texts.
    """
    stored = {}
    for kind in Kind:
        for name, properties in sorted(_by_type(kind, found[kind], expected).items()):
            declared = expected.type(kind, name)
            wanted = (
                {each: type_ for each, type_ in declared.properties.items() if type_ != "STRING"} if declared else {}
            )
            fits = {each: {type_, EMPTY} if item(type_) else {type_} for each, type_ in wanted.items()}
            doubtful = [each for each in sorted(fits) if properties.get(each, set()) - fits[each]]
            for property_, by_type in counts(kind, name, doubtful, rows).items() if doubtful else ():
                if {stored_type(each) for each in by_type} - fits[property_]:
                    stored[kind, name, property_] = listing(by_type)
    return stored


def others_in(found: Mapping[Kind, Held], live: Catalog, rows: Rows) -> dict[str, str]:
    """Types of other tools found in rows, constraints or indexes, each with its tool."""
    of = {
        kind: {name for names, _ in found[kind] for name in names} | {name for on, name in live.by_type if on is kind}
        for kind in Kind
    }
    return {
        **{name: tool for name in sorted(of[Kind.NODE]) if (tool := tool_of(name))},
        **theirs(of[Kind.RELATIONSHIP], rows),
    }


def content_of(
    found: Mapping[Kind, Held], live: Catalog, expected: SchemaView | None = None, left_out: Collection[str] = ()
) -> dict[str, Any]:
    """The content of rows, constraints and indexes as that of a schema file.

    :param left_out: types of other tools.
    """
    of = {kind: _types(kind, found[kind], live, expected, left_out) for kind in Kind}
    return {"cardinalities": [], "nodes": of[Kind.NODE], "relationships": of[Kind.RELATIONSHIP]}


Held = dict[tuple[tuple[str, ...], str | None], set[str | None]]  # by all types of a row and its property


def held(kind: Kind, rows: Rows, expected: SchemaView | None = None) -> Held:
    """The content of rows: for each set of types and each property (None if a row has none) the types of its values,
    with None for those that a schema file does not have.

    The procedures report an empty list as one of texts, as the server stores it. So unless a list of texts is expected,
    a second query looks for empty ones, whose type is unknown.
    """
    found = {
        (tuple(sorted(row["names"])), row["property"]): set(map(stored_type, row["types"] or ()))
        for row in _asked(_HELD[kind], rows)
    }
    doubtful = [
        (names, property_)
        for (names, property_), types in found.items()
        if names and property_ and types == {_TEXTS} and not _are_texts(kind, names, property_, expected)
    ]
    if doubtful:
        text = (
            f"MATCH {pattern(kind, *sorted({names[0] for names, _ in doubtful}))}"
            " UNWIND $properties AS property WITH n, property WHERE n[property] = []"
            f" RETURN DISTINCT {'labels(n)' if kind is Kind.NODE else '[type(n)]'} AS names, property"
        )
        for row in rows(text, {"properties": sorted({property_ for _, property_ in doubtful})}):
            found.setdefault((tuple(sorted(row["names"])), row["property"]), set()).add(EMPTY)
    return found


def _asked(text: str, rows: Rows) -> list[dict[str, Any]]:
    try:
        return rows(text, {})
    except DatabaseError as error:
        if getattr(error.__cause__, "code", None) in _NOT_CALLABLE:
            raise DatabaseError(
                f"{error}; nsmig needs this procedure to find out what rows hold: grant EXECUTE PROCEDURE"
                " db.schema.* to a"
                " role of the user"
            ) from error.__cause__
        raise


def _are_texts(kind: Kind, names: Iterable[str], property_: str, expected: SchemaView | None) -> bool:
    """Whether lists of texts are expected there for all of a row's types, so that an empty list fits."""
    declared = [expected.type(kind, name) for name in names] if expected else [None]
    return all(each is not None and each.properties.get(property_) == _TEXTS for each in declared)


def counts(
    kind: Kind, name: str, properties: Sequence[str], rows: Rows, sample: int | None = None
) -> dict[str, dict[str, int]]:
    """For each property of a type, the number of values of each type, in the server's words.

    :param sample: read at most this many rows.
    """
    text = (
        f"MATCH {pattern(kind, name)}{bound(sample)} UNWIND $properties AS property"
        " WITH property, n[property] AS value WHERE value IS NOT NULL"
        " RETURN property, valueType(value) AS type, count(*) AS count"
    )
    found: dict[str, dict[str, int]] = {each: {} for each in properties}
    for row in rows(text, {"properties": properties, "sample": sample}):
        found[row["property"]][row["type"].removesuffix(" NOT NULL")] = row["count"]
    return found


def listing(by_type: Mapping[str, int]) -> str:
    """Such counts in words."""
    return ", ".join(f"{count:,} {type_}" for type_, count in sorted(by_type.items()))


def bound(sample: int | None, names: str = "n") -> str:
    """The clause that limits a query to this many rows."""
    return "" if sample is None else f" WITH {names} LIMIT $sample"


def _by_type(kind: Kind, held: Held, expected: SchemaView | None) -> dict[str, dict[str, set[str | None]]]:
    """The content of rows, by type and property."""
    by_name: dict[str, dict[str, set[str | None]]] = {}
    for (names, property_), types in held.items():
        declaring = set(expected.declaring(property_)) if expected and kind is Kind.NODE and property_ else set()
        having = declaring.intersection(names) or names
        for name in names:
            properties = by_name.setdefault(name, {})
            if property_ is not None and name in having:
                properties.setdefault(property_, set()).update(types)
    return by_name


def _types(
    kind: Kind, held: Held, live: Catalog, expected: SchemaView | None, left_out: Collection[str]
) -> list[dict[str, Any]]:
    by_name = {**{name: {} for of, name in live.by_type if of is kind}, **_by_type(kind, held, expected)}
    return [
        {
            "name": name,
            "properties": _properties(
                kind, properties, _others(live, expected, kind, name), _declared(expected, kind, name)
            ),
        }
        for name, properties in sorted(by_name.items())
        if name not in PRIVATE and name not in left_out
    ]


def _others(live: Catalog, expected: SchemaView | None, kind: Kind, name: str) -> list[Entry]:
    """Those on a type that are not expected under their own names, which are compared by themselves; and those that
    tell a property's type."""
    names = {each.name for each in expected.entries_on(kind, name)} if expected else set()
    return [each for each in live.on(kind, name) if is_type(each) or each.name not in names]


def _declared(expected: SchemaView | None, kind: Kind, name: str) -> Type | None:
    return None if expected is None else expected.type(kind, name)


def _properties(
    kind: Kind, held: dict[str, set[str | None]], entries: Sequence[Entry], declared: Type | None
) -> dict[str, Any]:
    """The properties in rows, constraints and indexes, each with its known facts."""
    keys = _key(entries, declared) if kind is Kind.NODE else ()
    indexed = {each.properties[0] for each in entries if each.form == RANGE and len(each.properties) == 1}
    known = dict(held)
    for entry in entries:
        if is_type(entry):
            known[entry.properties[0]] = {schema_type(entry.form.removeprefix("IS :: "))}
    return {
        property: {
            "is_indexed": property in indexed,
            "is_key": property in keys,
            "type": _only(known.get(property, ())),
        }
        for property in sorted({*known, *keys, *indexed})
    }


def _only(types: Collection[str | None]) -> str:
    """The type of a property, from those of its values."""
    only = next(iter(types)) if len(types) == 1 else None
    return "STRING" if only is None or only == EMPTY else only


def _key(entries: Sequence[Entry], declared: Type | None) -> tuple[str, ...]:
    """The properties of the constraint that is a type's key: ours, or the one that is declared. If none is declared,
    the most likely one."""
    candidates = keys_of(entries)
    ours = [each for each in candidates if is_ours(each)]
    if declared is None or len(ours or candidates) == 1:
        chosen = candidates[:1]
    else:
        chosen = [each for each in candidates if not ours and {*each.properties} == {*declared.keys}][:1]
    return chosen[0].properties if chosen else ()


def keys_of(entries: Iterable[Entry]) -> list[Entry]:
    """The constraints on a node type that could be its key, the most likely first: ours, then those that require a
    value, then those on the fewest properties."""
    unique = [each for each in entries if each.constraint and each.form in (UNIQUE, NODE_KEY)]
    return sorted(
        unique,
        key=lambda each: (not is_ours(each), each.form != NODE_KEY, len(each.properties), each.properties, each.name),
    )
