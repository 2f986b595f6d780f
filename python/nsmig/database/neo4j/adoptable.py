"""Users' constraints and indexes that the schema of an adopted database declares."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from nsmig.database.neo4j.catalog import RANGE, Catalog, is_ours
from nsmig.database.neo4j.declared import as_declared
from nsmig.database.neo4j.live_schema import keys_of
from nsmig.kinds import ORDERED_FORMS, Kind
from nsmig.values import Entry

# The types of properties that an index of a form can be on. STRING is also the type of one without a declared type.
_FIT = {
    "fulltext": ("STRING", "LIST_OF_STRINGS"),
    "text": ("STRING",),
    "point": ("POINT", "STRING"),
    "vector": ("LIST_OF_FLOATS", "LIST_OF_INTEGERS", "STRING"),
}
_USUAL = {"point": "POINT", "vector": "LIST_OF_FLOATS"}


def declare(content: dict[str, Any], live: Catalog, hidden: Collection[str]) -> frozenset[str]:
    """Add to the content of a schema file what it can declare; returns the names.

    :param hidden: types that are not in the schema.
    """
    taken: list[Entry] = []
    for entry in _candidates(live, hidden):
        if _fits(entry, content, taken):
            _declare_properties(entry, content)
            taken.append(entry)
    for section, are_constraints in (("indexes", False), ("constraints", True)):
        if listed := [_to_dict(each) for each in taken if each.is_constraint == are_constraints]:
            content[section] = listed
    return frozenset(each.name for each in taken)


def _candidates(live: Catalog, hidden: Collection[str]) -> Iterator[Entry]:
    """Those that are not declared otherwise: as a key, or as an index on one property."""
    for _, entry in sorted(live.entries.items()):
        if set(entry.types).intersection(hidden) or is_ours(entry):
            continue
        is_key = entry.kind is Kind.NODE and entry.types and keys_of(live.on(entry.kind, entry.types[0]))[:1] == [entry]
        is_indexed = entry.form == RANGE and not entry.constraint and len(entry.properties) == 1
        if not is_key and not is_indexed and (declared := as_declared(entry)):
            yield declared


def _fits(entry: Entry, content: dict[str, Any], taken: list[Entry]) -> bool:
    """Whether a schema may declare it, next to its keys, its properties' types, and the others."""
    for type in _types(entry, content):
        for name in entry.properties:
            of = type["properties"].get(name, {}).get("type", "STRING")
            if of not in _FIT.get(entry.form, (of,)) or (
                entry.form == "type" and of not in ("STRING", _type_of(entry))
            ):
                return False
        keys = {name for name, facts in type["properties"].items() if facts["is_key"]}
        if entry.form in ORDERED_FORMS and entry.kind is Kind.NODE and {*entry.properties} == keys:
            return False
        is_indexed = type["properties"].get(entry.properties[0], {}).get("is_indexed", False)
        if entry.form in ORDERED_FORMS and len(entry.properties) == 1 and is_indexed:
            return False
    return not any(entry.clashes_with(each) for each in taken)


def _declare_properties(entry: Entry, content: dict[str, Any]) -> None:
    """Declare its properties where no row shows them. A full-text index has some on one type and some on another."""
    usual = _type_of(entry) if entry.form == "type" else _USUAL.get(entry.form, "STRING")
    types = _types(entry, content)
    for type in types:
        held = type["properties"]
        if entry.form == "fulltext":
            nowhere = [each for each in entry.properties if not any(each in other["properties"] for other in types)]
            missing = nowhere if any(each in held for each in entry.properties) else entry.properties
        else:
            missing = entry.properties
        for name in (*missing, *entry.options.get("filter", ())):
            of = usual if name in entry.properties else "STRING"
            held.setdefault(name, {"is_indexed": False, "is_key": False, "type": of})
        type["properties"] = dict(sorted(held.items()))


def _type_of(entry: Entry) -> str:
    return str(entry.options.get("type", "STRING"))


def _types(entry: Entry, content: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in content[f"{entry.kind.value}s"] if each["name"] in entry.types]


def _to_dict(entry: Entry) -> dict[str, Any]:
    """Its entry in a schema file."""
    types = "node_types" if entry.kind is Kind.NODE else "relationship_types"
    return {
        "kind": entry.form,
        "name": entry.name,
        types: [*entry.types],
        "properties": [*entry.properties],
        **({"options": dict(entry.options)} if entry.options else {}),
    }
