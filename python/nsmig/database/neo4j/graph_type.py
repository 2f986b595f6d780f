"""A schema as the statement that sets a graph type, which Neo4j enforces (Cypher 25, Enterprise and Aura, 2026.06).

What a graph type cannot say is named in comments.
"""

from __future__ import annotations

from collections.abc import Iterator

from nsmig.database.cypher import literal, properties, quoted
from nsmig.database.neo4j.conversions import cypher_type
from nsmig.errors import SchemaError
from nsmig.kinds import Kind
from nsmig.values import Entry, SchemaView

_NOTES = (
    "Setting a graph type replaces all constraints of the database.",
    "STRING is also the type of properties for which the schema declares none.",
)

_EMPTY = (
    "the schema has nothing that a graph type can hold, and setting an empty one would remove all constraints of the"
    " database"
)


def graph_type(schema: SchemaView) -> str:
    """The statement, in lines.

    :raises SchemaError: there is nothing to say, and setting an empty graph type would remove all constraints.
    """
    left_out: list[str] = []
    elements = [*_nodes(schema, left_out), *_relationships(schema, left_out), *_constraints(schema)]
    if not elements:
        raise SchemaError("", _EMPTY)
    if any(not each.is_constraint for each in schema.entries()):
        left_out.append("indexes, which are not part of a graph type")
    comments = "".join(f"// {each}\n" for each in (*_NOTES, *(f"Left out: {each}." for each in left_out)))
    content = "".join(f"  {each},\n" for each in elements).removesuffix(",\n")
    return f"{comments}CYPHER 25 ALTER CURRENT GRAPH TYPE SET {{\n{content}\n}};\n"


def _nodes(schema: SchemaView, left_out: list[str]) -> Iterator[str]:
    for name in schema.types(Kind.NODE):
        if held := _properties(schema, Kind.NODE, name):
            yield f"(:{quoted(name)} => {held})"
        else:
            left_out.append(f"node type {literal(name)}, which has no properties")


def _relationships(schema: SchemaView, left_out: list[str]) -> Iterator[str]:
    """Only those ends are given that all relationships of a type share."""
    pairs = [each["adjacency"] for each in schema.to_dict()["cardinalities"]]
    for name in schema.types(Kind.RELATIONSHIP):
        own = [each for each in pairs if each["relationship_type"] == name]
        starts, ends = (sorted({each[f"{side}_node_type"] for each in own}) for side in ("from", "to"))
        start, end = (f"(:{quoted(labels[0])})" if len(labels) == 1 else "()" for labels in (starts, ends))
        held = _properties(schema, Kind.RELATIONSHIP, name)
        if not held and start == end == "()":
            left_out.append(f"relationship type {literal(name)}, which has no properties and no type at an end")
            continue
        if len(starts) > 1 or len(ends) > 1:
            left_out.append(f"which types {literal(name)} connects, since they are several at an end")
        yield f"{start}-[:{quoted(name)} =>{held and f' {held}'}]->{end}"


def _properties(schema: SchemaView, kind: Kind, name: str) -> str:
    """The properties of a type with their types, in braces; '' if it has none."""
    declared = schema.type(kind, name)
    entries = schema.entries_on(kind, name)
    required = {each.properties[0] for each in entries if each.form == "required"}
    typed = {each.properties[0]: str(each.options["type"]) for each in entries if each.form == "type"}
    listed = [
        f"{quoted(each)} :: {_type(typed.get(each, of), each in required)}"
        for each, of in sorted(declared.properties.items() if declared else ())
    ]
    return f"{{{', '.join(listed)}}}" if listed else ""


def _type(of: str, is_required: bool) -> str:
    return " | ".join(f"{each}{' NOT NULL' * is_required}" for each in cypher_type(of).split(" | "))


def _constraints(schema: SchemaView) -> Iterator[str]:
    """Keys, under the names that nsmig gives them, and those that the schema declares."""
    taken = {each.name for each in schema.entries()}
    for name in schema.types(Kind.NODE):
        declared = schema.type(Kind.NODE, name)
        if declared and declared.keys:
            called = f"{quoted(f'{name}_node_key')} " if f"{name}_node_key" not in taken else ""
            yield f"CONSTRAINT {called}FOR (n:{quoted(name)}) REQUIRE ({properties(declared.keys)}) IS KEY"
    for each in schema.entries():
        if each.form in ("unique", "key"):
            yield _constraint(each)


def _constraint(entry: Entry) -> str:
    (type,) = entry.types
    on = f"(n:{quoted(type)})" if entry.kind is Kind.NODE else f"()-[n:{quoted(type)}]->()"
    form = "KEY" if entry.form == "key" else "UNIQUE"
    return f"CONSTRAINT {quoted(entry.name)} FOR {on} REQUIRE ({properties(entry.properties)}) IS {form}"
