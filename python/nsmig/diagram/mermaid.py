"""A schema in the language of Mermaid, which GitHub and others draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


def mermaid(schema: Mapping[str, Any]) -> str:
    """A flowchart: node types are boxes with their properties, and an adjacency is an arrow with the name and the
    properties of its relationship type. A relationship type that connects nothing yet is a box of its own.

    :param schema: the content of a schema file, as :meth:`nsmig.Schema.to_dict` gives it.
    """
    return "".join(f"{line}\n" for line in _lines(schema))


def _lines(schema: Mapping[str, Any]) -> Iterator[str]:
    adjacencies = [(each["adjacency"], each["cardinality"]) for each in schema["cardinalities"]]
    connecting = {adjacency["relationship_type"] for adjacency, _ in adjacencies}
    names = {each["name"] for each in schema["nodes"]}
    names |= {adjacency[end] for adjacency, _ in adjacencies for end in ("from_node_type", "to_node_type")}
    ids = {
        name: f"n{number}" for number, name in enumerate(sorted(names))
    }  # a name may contain characters that an id may not
    properties = {each["name"]: each["properties"] for each in schema["nodes"]}
    between = {each["name"]: each["properties"] for each in schema["relationships"]}
    yield "flowchart TD"
    for name, id_ in ids.items():
        yield f"    {id_}[{_label(name, properties.get(name, {}))}]"
    for number, (name, own) in enumerate(between.items()):
        if name not in connecting:
            yield f"    r{number}([{_label(name, own)}])"
    for adjacency, cardinality in adjacencies:
        start, end = ids[adjacency["from_node_type"]], ids[adjacency["to_node_type"]]
        sides = tuple(cardinality[f"{side}_side_cardinality"] for side in ("from", "to"))
        name = adjacency["relationship_type"]
        label = _label(name, between.get(name, {}), () if sides == ("MANY", "MANY") else (" to ".join(sides).lower(),))
        yield f"    {start} -->|{label}| {end}"


def _label(name: str, properties: Mapping[str, Mapping[str, Any]], more: tuple[str, ...] = ()) -> str:
    """In double quotes, one line for the name and one for each property."""
    lines = [f"<b>{_escaped(name)}</b>", *map(_escaped, more)]
    for property_, facts in properties.items():
        notes = ", key" * bool(facts["is_key"]) + ", indexed" * bool(facts["is_indexed"])
        lines.append(f"{_escaped(property_)}: {facts['type']}{notes}")
    return f'"{"<br>".join(lines)}"'


def _escaped(text: str) -> str:
    """Everything except letters, digits and spaces as numbers, since Mermaid reads a label as Markdown and HTML."""
    return re.sub(r"[^\w ]|[^\S ]", lambda found: f"#{ord(found[0])};", " ".join(text.split()))
