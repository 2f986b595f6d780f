"""A schema as a diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


def mermaid(schema: Mapping[str, Any]) -> str:
    """An entity-relationship diagram in the language of Mermaid, which GitHub and others draw.

    Node types are entities; an adjacency is a line with the name of its relationship type. A relationship type with
    properties or without adjacencies is an entity of its own.

    :param schema: the content of a schema file, as :meth:`nsmig.Schema.to_dict` gives it.
    """
    return "".join(f"{line}\n" for line in _lines(schema))


def _lines(schema: Mapping[str, Any]) -> Iterator[str]:
    adjacencies = [(each["adjacency"], each["cardinality"]) for each in schema["cardinalities"]]
    connecting = {adjacency["relationship_type"] for adjacency, _ in adjacencies}
    names = {each["name"] for each in schema["nodes"]}
    names |= {adjacency[end] for adjacency, _ in adjacencies for end in ("from_node_type", "to_node_type")}
    ids = {name: f"n{number}" for number, name in enumerate(sorted(names))}  # a name may hold what no entity's may
    properties = {each["name"]: each["properties"] for each in schema["nodes"]}
    yield "erDiagram"
    for name, id_ in ids.items():
        yield from _entity(id_, name, properties.get(name, {}))
    for number, each in enumerate(schema["relationships"]):
        if each["properties"] or each["name"] not in connecting:
            yield from _entity(f"r{number}", f"[{each['name']}]", each["properties"])
    for adjacency, cardinality in adjacencies:
        left = "||" if cardinality["from_side_cardinality"] == "SINGLE" else "}o"
        right = "||" if cardinality["to_side_cardinality"] == "SINGLE" else "o{"
        start, end = ids[adjacency["from_node_type"]], ids[adjacency["to_node_type"]]
        yield f"    {start} {left}--{right} {end} : {_quoted(adjacency['relationship_type'])}"


def _entity(id_: str, name: str, properties: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not properties:
        yield f"    {id_}[{_quoted(name)}]"
        return
    yield f"    {id_}[{_quoted(name)}] {{"
    for property_, facts in properties.items():
        plain = re.sub(r"\W", "_", property_, flags=re.ASCII)
        plain = plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"
        notes = [property_] * (plain != property_) + ["indexed"] * bool(facts["is_indexed"])
        key = " PK" if facts["is_key"] else ""
        yield f"        {facts['type']} {plain}{key}" + (f" {_quoted(', '.join(notes))}" if notes else "")
    yield "    }"


def _quoted(text: str) -> str:
    """In double quotes; Mermaid knows no way to write one inside, nor a line break."""
    return f'"{re.sub(chr(34), chr(39), " ".join(text.split()))}"'
