"""The text of schema files. They are read by :class:`nsmig.Schema`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nsmig.yaml_file.writing import dump

# The path of names to a comment's subject: the section, a type, a property; () is the file.
Comments = Mapping[tuple[str, ...], Sequence[str]]

_DEFAULTS = {"type": "STRING", "is_key": False, "is_indexed": False}

# A name that every YAML reader takes literally, unless it is a word such as `no`.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

# Characters that YAML cannot print, and those that change how the text around them looks.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff0-\uffff]"
)

# The longest key on one line, by YAML's rules, with some room for quotes and indentation.
_LONG = 1000


def schema_text(schema: Mapping[str, Any], comments: Comments | None = None) -> str:
    """The text of a schema file as people write it: with connections next to the name of a relationship type, and
    without defaults of properties. :meth:`nsmig.Schema.load` reads the same schema.

    :param schema: ``cardinalities``, ``nodes`` and ``relationships`` as returned by :meth:`nsmig.Schema.to_dict`; if
        absent, empty. They keep their order.
    :param comments: lines above their subject, ``("nodes", "Person", "age")`` or a prefix; () is the whole file.
    """
    return "".join(f"{line}\n" for line in _lines(schema, comments or {}))


def nodestream_schema_text(schema: Mapping[str, Any]) -> str:
    """The text of a schema file as nodestream writes it: types and cardinalities in the order given, properties by
    name.

    :param schema: as for :func:`schema_text`.
    """
    return dump({part: list(schema.get(part, ())) for part in ("cardinalities", "nodes", "relationships")})


def _lines(schema: Mapping[str, Any], comments: Comments) -> Iterator[str]:
    connected: dict[str, list[Mapping[str, Any]]] = {}
    for each in schema.get("cardinalities", ()):
        connected.setdefault(each["adjacency"]["relationship_type"], []).append(each)
    yield from _comment(comments, ())
    for section in ("nodes", "relationships"):
        yield from _comment(comments, (section,))
        types = schema.get(section, ())
        yield f"{section}:" if types else f"{section}: []"
        for each in types:
            place = (section, each["name"])
            yield from _comment(comments, place)
            yield f"- name: {_word(each['name'])}"
            if section == "relationships":
                yield from _connections(connected.pop(each["name"], []))
            if each["properties"]:
                yield "  properties:"
            for name, facts in sorted(each["properties"].items()):
                yield from _comment(comments, (*place, name), "    ")
                yield from _property(_word(name), facts)
    if connected:  # of relationship types that the schema does not declare
        left = [each for of_type in connected.values() for each in of_type]
        yield dump({"cardinalities": left}).rstrip("\n")


def _property(name: str, facts: Mapping[str, Any]) -> Iterator[str]:
    said = {fact: str(facts[fact]) for fact, default in _DEFAULTS.items() if facts[fact] != default}
    value = _flow(said).replace("True", "true") if said.keys() - {"type"} else facts["type"]
    yield from [f"    {name}: {value}"] if len(name) < _LONG else [f"    ? {name}", f"    : {value}"]


def _connections(cardinalities: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """``from`` and ``to`` if all types of one are connected to all of the other, otherwise ``connects``."""
    connected: dict[tuple[str, str, str], list[str]] = {}
    for each in cardinalities:
        ends, sides = each["adjacency"], each["cardinality"]
        of = ends["from_node_type"], sides["from_side_cardinality"], sides["to_side_cardinality"]
        connected.setdefault(of, []).append(ends["to_node_type"])
    products: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (from_type, from_side, to_side), to_types in connected.items():
        products.setdefault((from_side, to_side, tuple(sorted(to_types))), []).append(from_type)
    entries = []
    for (from_side, to_side, all_to), all_from in products.items():
        said = {end: side for end, side in (("from", from_side), ("to", to_side)) if side != "MANY"}
        cardinality = {"cardinality": _flow(said)} if said else {}
        entries.append({"from": _words(all_from), "to": _words(all_to), **cardinality})
    if len(entries) == 1 and "cardinality" not in entries[0]:
        yield from (f"  {end}: {types}" for end, types in entries[0].items())
    elif entries:
        yield "  connects:"
        yield from (f"  - {_flow(entry)}" for entry in entries)


def _comment(comments: Comments, place: tuple[str, ...], indent: str = "") -> Iterator[str]:
    for line in comments.get(place, ()):
        yield f"{indent}# {_printable(line)}"


def _flow(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"


def _words(names: Sequence[str]) -> str:
    return _word(names[0]) if len(names) == 1 else f"[{', '.join(map(_word, names))}]"


def _word(name: str) -> str:
    """A name as YAML, in one line, within braces or not."""
    if _PLAIN.fullmatch(name) and dump([name]) == f"- {name}\n":
        return name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_printable(quoted)}"'


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
