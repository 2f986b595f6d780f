"""The indexes and constraints that a schema declares, in the server's terms and back, and how two of them differ.

Options that a schema does not name are the server's choice, which depends on its version; so only those that it names
are compared, and never the provider.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nsmig.database.neo4j.catalog import (
    FULLTEXT,
    POINT,
    RANGE,
    RELATIONSHIP_KEY,
    TEXT,
    UNIQUE,
    USUAL_ANALYZER,
    VECTOR,
    Entry,
    Server,
    config_of,
    is_type,
    type_form,
)
from nsmig.database.neo4j.conversions import cypher_type
from nsmig.kinds import PROPERTY_TYPES, Kind
from nsmig.operations import Operation, RenameKeyPart, RenameProperty, RenameType
from nsmig.values import Entry as Declared
from nsmig.values import SchemaView

_FORMS = {
    "vector": VECTOR,
    "fulltext": FULLTEXT,
    "text": TEXT,
    "point": POINT,
    "range": RANGE,
    "unique": UNIQUE,
    "key": RELATIONSHIP_KEY,
}
_REQUIRED = {Kind.NODE: "NODE_PROPERTY_EXISTENCE", Kind.RELATIONSHIP: "RELATIONSHIP_PROPERTY_EXISTENCE"}
_QUANTIZED, _QUANTIZATION = "vector.quantization.enabled", "vector.quantization.type"
_OPTIONS = {
    "dimensions": "vector.dimensions",
    "similarity": "vector.similarity_function",
    "m": "vector.hnsw.m",
    "ef_construction": "vector.hnsw.ef_construction",
    "quantization": _QUANTIZED,
    "analyzer": "fulltext.analyzer",
    "eventually_consistent": "fulltext.eventually_consistent",
}
# What the server fills in, for each option that a schema can have.
_DEFAULTS = {"m": 16, "ef_construction": 100, "quantization": True, "analyzer": USUAL_ANALYZER}
_DEFAULTS["eventually_consistent"] = False
# And what it fills in for options that a schema cannot have.
_FAR = 1_000_000.0
_SPACE = {
    "cartesian": (_FAR, _FAR),
    "cartesian-3d": (_FAR, _FAR, _FAR),
    "wgs-84": (180.0, 90.0),
    "wgs-84-3d": (180.0, 90.0, _FAR),
}


def on_server(declared: Declared) -> Entry:
    """A declared index or constraint as the server should have it."""
    options = dict(declared.options)
    form = _FORMS.get(declared.form) or _REQUIRED[declared.kind]
    if declared.form == "type":
        form = type_form(cypher_type(options["type"]))
    properties = (*declared.properties, *options.get("filter", ()))
    config = config_of({_OPTIONS[name]: value for name, value in options.items() if name in _OPTIONS})
    return Entry(declared.name, declared.kind, declared.types, properties, form, declared.is_constraint, config=config)


def as_declared(entry: Entry) -> Declared | None:
    """An index or constraint of the server as a schema would declare it; None if a schema cannot."""
    if entry.failed or not entry.types or (len(entry.types) > 1 and entry.form not in (FULLTEXT, VECTOR)):
        return None
    types = tuple(sorted(entry.types))
    plain = Declared(entry.name, "", entry.kind, types, entry.properties)
    if is_type(entry):
        to = [each for each in PROPERTY_TYPES if type_form(cypher_type(each)) == entry.form]
        return replace(plain, form="type", options={"type": to[0]}) if to else None
    if entry.form == _REQUIRED[entry.kind]:
        return replace(plain, form="required") if len(entry.properties) == 1 else None
    form = {theirs: ours for ours, theirs in _FORMS.items()}.get(entry.form)
    if form is None or (options := _options(form, entry)) is None:
        return None
    if form == "fulltext":
        return replace(plain, form=form, properties=tuple(sorted(entry.properties)), options=options)
    if form == "vector":
        first, *filters = entry.properties
        options |= {"filter": sorted(filters)} if filters else {}
        return replace(plain, form=form, properties=(first,), options=options)
    return replace(plain, form=form, options=options)


def _options(form: str, entry: Entry) -> dict[str, Any] | None:
    """The options that differ from the server's own choice; None if a schema cannot have one of them."""
    config = json.loads(entry.config or "{}")
    if form == "point":
        return {} if all(_is_usual_bound(name, value) for name, value in config.items()) else None
    if _QUANTIZATION in config:
        if (kind := config.pop(_QUANTIZATION)) not in ("BINARY", "NONE"):
            return None
        config[_QUANTIZED] = kind == "BINARY"
    found = {name: config[theirs] for name, theirs in _OPTIONS.items() if theirs in config}
    if "similarity" in found:
        found["similarity"] = found["similarity"].lower()
    return {name: value for name, value in found.items() if value != _DEFAULTS.get(name)}


def _is_usual_bound(name: str, value: Sequence[float]) -> bool:
    """Whether a bound of a point index is the one that the server chooses."""
    _, system, end = name.split(".")
    sign = -1 if end == "min" else 1
    return [*value] == [sign * bound for bound in _SPACE.get(system, ())]


def difference(found: Entry, wanted: Entry) -> str:
    """How an index or constraint differs from the declared one, as the end of a sentence; '' if it does not."""
    if (found.form, found.constraint) != (wanted.form, wanted.constraint):
        return f"is {in_words(found)}, not {in_words(wanted)}"
    if is_elsewhere(found, wanted):
        return f"is on {found.place}, not on {wanted.place}"
    has, wants = json.loads(found.config or "{}"), json.loads(wanted.config or "{}")
    for name, value in wants.items():
        if not _is_set(has, name, value):
            return f"has {_of_option(has, name)}, not {name} = {value!r}"
    return ""


def with_options_of(found: Entry, wanted: Entry) -> Entry:
    """The declared index with the options that the schema leaves open as the database has them, so that a rebuilt one
    gives the same answers."""
    if wanted.constraint or found.form != wanted.form:
        return wanted
    has, wants = json.loads(found.config or "{}"), json.loads(wanted.config or "{}")
    if _QUANTIZED in wants and _QUANTIZATION in has:
        if _is_set(has, _QUANTIZED, wants[_QUANTIZED]):
            del wants[_QUANTIZED]
        else:  # what goes with the other kind of quantization goes with it
            has = {name: value for name, value in has.items() if name in _OPTIONS.values() and name != _QUANTIZATION}
    return replace(wanted, config=config_of({**has, **wants}))


def is_elsewhere(found: Entry, wanted: Entry) -> bool:
    """Whether it is on other types or properties than the declared one."""
    is_on_types = found.kind is wanted.kind and set(found.types) == set(wanted.types)
    return not is_on_types or not _are_same_properties(found, wanted)


def is_something_else(found: Entry, wanted: Entry) -> bool:
    """Whether it has the name of the declared one, and is neither that nor a variant of it."""
    return found.constraint != wanted.constraint or is_elsewhere(found, wanted)


def _are_same_properties(found: Entry, wanted: Entry) -> bool:
    if found.form == VECTOR:
        return found.properties[:1] == wanted.properties[:1] and {*found.properties} == {*wanted.properties}
    if found.form == FULLTEXT or found.constraint:
        return {*found.properties} == {*wanted.properties}
    return found.properties == wanted.properties


def _is_set(has: Mapping[str, Any], name: str, value: Any) -> bool:
    if name == _QUANTIZED and _QUANTIZATION in has:
        return (has[_QUANTIZATION] != "NONE") is bool(value)
    there = has.get(name)
    return bool(there == value) or (
        isinstance(there, str) and isinstance(value, str) and there.lower() == value.lower()
    )


def _of_option(has: Mapping[str, Any], name: str) -> str:
    name = _QUANTIZATION if name == _QUANTIZED and _QUANTIZATION in has else name
    return f"{name} = {has[name]!r}" if name in has else f"no {name}"


_WORDS = {
    VECTOR: "a vector index",
    FULLTEXT: "a full-text index",
    TEXT: "a text index",
    POINT: "a point index",
    RANGE: "a range index",
    UNIQUE: "a uniqueness constraint",
    RELATIONSHIP_KEY: "a relationship key",
    "NODE_KEY": "a node key",
    **dict.fromkeys(_REQUIRED.values(), "an existence constraint"),
}


def in_words(entry: Entry) -> str:
    """Its form."""
    return f"a constraint that the value {entry.form}" if is_type(entry) else _WORDS.get(entry.form, entry.form)


def lacking(entry: Entry, server: Server) -> str:
    """Why a server cannot have it; '' if it can."""
    if entry.constraint and entry.form != UNIQUE and not server.is_enterprise:
        return "the server is the Community edition, which has uniqueness constraints only"
    is_wide = len(entry.types) > 1 or len(entry.properties) > 1
    if entry.form == VECTOR and is_wide and not server.has_wide_vectors:
        version = ".".join(map(str, server.version))
        return (
            "vector indexes on several types, or with properties to filter by, need Neo4j 2026.01 or later, and the"
            f" server is {version}"
        )
    return ""


# --- Renames ----------------------------------------------------------------------------------------------------------


def moved(entry: Declared, operation: Operation, before: SchemaView) -> Declared:
    """A declared index or constraint after a rename, as the schema after it has it.

    :param before: the schema before the rename.
    """
    match operation:
        case RenameType(kind=kind, old=old, new=new) if kind is entry.kind and old in entry.types:
            return replace(entry, types=tuple(sorted({new if each == old else each for each in entry.types})))
        case RenameProperty() | RenameKeyPart() if operation.kind is entry.kind and operation.type in entry.types:
            return _renamed(entry, operation, before)
    return entry


def _renamed(entry: Declared, operation: RenameProperty | RenameKeyPart, before: SchemaView) -> Declared:
    """A full-text index also keeps the old name if another of its types declares it."""
    names = {operation.old: operation.new}
    properties = tuple(dict.fromkeys(names.get(each, each) for each in entry.properties))
    if entry.form == "fulltext" and operation.old in entry.properties:
        others = (before.type(entry.kind, each) for each in entry.types if each != operation.type)
        if any(each is not None and operation.old in each.properties for each in others):
            properties = (*properties, operation.old)
        properties = tuple(sorted(properties))
    options = dict(entry.options)
    if "filter" in options:
        options["filter"] = [names.get(each, each) for each in options["filter"]]
    return replace(entry, properties=properties, options=options)
