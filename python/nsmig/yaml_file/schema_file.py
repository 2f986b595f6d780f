"""The text of schema files. They are read by :class:`nsmig.Schema`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nsmig.yaml_file.writing import dump

# The path of names to a comment's subject: the section, a type, a property; () is the file.
Comments = Mapping[tuple[str, ...], Sequence[str]]

_DEFAULTS = {"type": "STRING", "is_key": False, "is_indexed": False}

# The indexes and constraints that can stand beside their property, in the order in which they do.
_BESIDE = ("vector", "fulltext", "text", "point", "required", "unique")

# A name that every YAML reader takes literally, unless it is a word such as `no`.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

# Characters that YAML cannot print, and those that change how the text around them looks.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff0-\uffff]"
)

# The longest key on one line, by YAML's rules, with some room for quotes and indentation.
_LONG = 1000


def schema_text(schema: Mapping[str, Any], comments: Comments | None = None) -> str:
    """The text of a schema file as people write it: without defaults, with connections next to the name of a
    relationship type, and with indexes and constraints of one property beside it. :meth:`nsmig.Schema.load` reads the
    same schema.

    :param schema: ``cardinalities``, ``nodes``, ``relationships``, ``indexes`` and ``constraints`` as returned by
        :meth:`nsmig.Schema.to_dict`; if absent, empty. They keep their order.
    :param comments: lines above their subject, ``("nodes", "Person", "age")`` or a prefix; () is the whole file.
    """
    return "".join(f"{line}\n" for line in _lines(schema, comments or {}))


def nodestream_schema_text(schema: Mapping[str, Any]) -> str:
    """The text of a schema file as nodestream writes it: types and cardinalities in the order given, properties by
    name.

    :param schema: as for :func:`schema_text`.
    """
    own = [part for part in ("constraints", "indexes") if schema.get(part)]
    return dump({part: list(schema.get(part, ())) for part in ("cardinalities", *own, "nodes", "relationships")})


def _lines(schema: Mapping[str, Any], comments: Comments) -> Iterator[str]:
    connected: dict[str, list[Mapping[str, Any]]] = {}
    for each in schema.get("cardinalities", ()):
        connected.setdefault(each["adjacency"]["relationship_type"], []).append(each)
    beside, apart = _catalog(schema)
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
                yield from _property(_word(name), facts, beside.get((*place, name), {}))
    if connected:  # of relationship types that the schema does not declare
        left = [each for of_type in connected.values() for each in of_type]
        yield dump({"cardinalities": left}).rstrip("\n")
    for section, entries in apart.items():
        yield f"{section}:"
        yield from (f"- {_value(each)}" for each in entries)


def _catalog(
    schema: Mapping[str, Any],
) -> tuple[dict[tuple[str, ...], dict[str, str]], dict[str, list[Mapping[str, Any]]]]:
    """The indexes and constraints that stand beside a property, by its place and by their kinds, and the others by
    section."""
    beside: dict[tuple[str, ...], dict[str, str]] = {}
    apart: dict[str, list[Mapping[str, Any]]] = {}
    for section in ("indexes", "constraints"):
        for each in schema.get(section, ()):
            kind, name = each["kind"], each["name"]
            of_types = "node_types" if "node_types" in each else "relationship_types"
            types, properties = each[of_types], each["properties"]
            is_derived = name == "_".join((kind, *types, *properties))
            named = {} if is_derived else {"name": name}
            options, optional = each.get("options", {}), {"optional": True} if each.get("optional") else {}
            if kind in _BESIDE and len(types) == len(properties) == 1:
                place = ("nodes" if of_types == "node_types" else "relationships", types[0], properties[0])
                # The first of a kind: there is at most one with a derived name.
                if kind not in beside.setdefault(place, {}):
                    beside[place][kind] = _value({**named, **options, **optional} or True)
                    continue
            shown = {"kind": kind, **named, of_types: types, "properties": properties}
            apart.setdefault(section, []).append(shown | ({"options": options} if options else {}) | optional)
    return beside, apart


def _property(name: str, facts: Mapping[str, Any], beside: Mapping[str, str]) -> Iterator[str]:
    said = {fact: str(facts[fact]) for fact, default in _DEFAULTS.items() if facts[fact] != default}
    said = {fact: value.replace("True", "true") for fact, value in said.items()}
    said |= {kind: beside[kind] for kind in _BESIDE if kind in beside}
    value = _flow(said) if said.keys() - {"type"} else facts["type"]
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


def _value(value: Any) -> str:
    """An option, a list of names or a mapping of such values, in one line."""
    if isinstance(value, Mapping):
        return _flow({key: _value(each) for key, each in value.items()})
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return _word(value) if isinstance(value, str) else str(value).lower()


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
