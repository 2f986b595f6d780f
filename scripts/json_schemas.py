"""Generates python/nsmig/json_schemas, the JSON Schemas of the files that nsmig reads, from its vocabulary."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from nsmig.database import database_kind
from nsmig.findings import IGNORABLE
from nsmig.kinds import CONSTRAINT_FORMS, DATABASES, INDEX_FORMS, PROPERTY_TYPES, Kind
from nsmig.operations import NODESTREAM_OPERATIONS, OPERATIONS, Spelling

FOLDER = Path(__file__).resolve().parents[1] / "python" / "nsmig" / "json_schemas"

STRING = {"type": "string"}
STRINGS = {"type": "array", "items": {"type": "string"}}
# A YAML set is a mapping to nothing.
NAMES = {"oneOf": [STRINGS, {"type": "object", "additionalProperties": {"type": "null"}}]}
SOME = {"oneOf": [{"type": "array", "minItems": 1}, {"type": "object", "minProperties": 1}]}
LISTED = {**STRINGS, "minItems": 1, "uniqueItems": True}
SEVERAL = {"oneOf": [STRING, LISTED]}
OPTIONAL = {"type": "boolean", "description": "True: a database that cannot have it goes without."}
OPTIONS: dict[str, dict[str, Any]] = {  # of indexes and constraints, by form
    "vector": {
        "dimensions": {"type": "integer", "minimum": 1, "maximum": 4096},
        "similarity": {"enum": ["cosine", "euclidean"]},
        "m": {"type": "integer", "minimum": 1, "maximum": 512},
        "ef_construction": {"type": "integer", "minimum": 1, "maximum": 3200},
        "quantization": {"type": "boolean"},
        "filter": {**LISTED, "description": "Further properties, by which searches can filter."},
    },
    "fulltext": {
        "analyzer": {"type": "string", "minLength": 1},
        "eventually_consistent": {"type": "boolean"},
    },
    "type": {"type": {"enum": list(PROPERTY_TYPES)}},
}
OF_SEVERAL_TYPES = ("vector", "fulltext")
OF_SEVERAL_PROPERTIES = ("fulltext", "range", "unique", "key")
ARGUMENTS: dict[str, Any] = {  # by field; all others are strings
    "keys": NAMES,
    "properties": NAMES,
    "queries": NAMES,
    "types": {**NAMES, "description": "One type; of a vector or fulltext index one or more."},
    "on": {**LISTED, "description": "The properties, in the order of the index."},
    "options": {"type": ["object", "null"]},
    "optional": OPTIONAL,
    "default": {"description": "Any YAML value; null for none."},
    "to": {"enum": list(PROPERTY_TYPES)},
    "parameters": {"type": "object"},
    "database": {"enum": [*DATABASES, None], "description": "The kind of database it is for; null for all."},
    "using": {
        "description": "A Cypher expression over value, for values that are not of the type yet;"
        " one for all kinds of database, or one each.",
        "oneOf": [
            {"type": ["string", "null"]},
            {
                "type": "object",
                "properties": dict.fromkeys(DATABASES, STRING),
                "additionalProperties": False,
                "minProperties": 1,
            },
        ],
    },
    "may_be_null": {"type": "boolean", "description": "True: using may give null where value is not null."},
    "touches": {
        "description": "The types that it touches, and no others; where it is not given, it may touch all.",
        "oneOf": [
            {"type": "null"},
            {
                "type": "object",
                "properties": {"nodes": NAMES, "relationships": NAMES},
                "additionalProperties": False,
                "anyOf": [{"required": [each], "properties": {each: SOME}} for each in ("nodes", "relationships")],
            },
        ],
    },
    "elidable": {
        "type": "boolean",
        "description": "True: a database without rows that starts from a squash does not need it.",
    },
}


def forms_of(forms: tuple[str, ...], kind: Kind | None) -> tuple[str, ...]:
    """Those of a kind of type: the key of a node type is in its properties."""
    return tuple(each for each in forms if kind is not Kind.NODE or each != "key")


def by_form(form: str) -> dict[str, Any]:
    """What an index or a constraint of a form has."""
    options = mapping(OPTIONS.get(form, {}), *(["type"] if form == "type" else []))
    of_it: dict[str, Any] = {"options": {"anyOf": [options, {"type": "null"}]}}
    if form == "type":
        of_it["options"] = options
    if form not in OF_SEVERAL_PROPERTIES:
        of_it["properties"] = {"maxItems": 1}
    if form not in OF_SEVERAL_TYPES:
        of_it |= {each: {"maxItems": 1, "maxProperties": 1} for each in ("node_types", "relationship_types")}
    needed = {"required": ["options"]} if form == "type" else {}
    return {
        "if": {"properties": {"kind": {"const": form}}, "required": ["kind"]},
        "then": {"properties": of_it, **needed},
    }


def entry(forms: tuple[str, ...]) -> dict[str, Any]:
    """An index or a constraint in its section of a schema file."""
    content = {
        "kind": {"enum": list(forms)},
        "name": {**STRING, "description": "Derived from the kind, the types and the properties where none is given."},
        "node_types": SEVERAL,
        "relationship_types": SEVERAL,
        "properties": SEVERAL,
        "options": {"type": ["object", "null"]},
        "optional": OPTIONAL,
    }
    ends = [{"required": ["node_types"]}, {"required": ["relationship_types"]}]
    return mapping(content, "kind", "properties", oneOf=ends, allOf=list(map(by_form, forms)))


def short(form: str) -> dict[str, Any]:
    """An index or a constraint in the facts of its property."""
    own = mapping({**OPTIONS.get(form, {}), "name": STRING, "optional": OPTIONAL})
    return {"oneOf": [{"type": "boolean"}, own]}


def operation(name: str, spelling: Spelling) -> dict[str, Any]:
    """The content of an entry of ``operations``."""
    given = {each.name for each in fields(spelling.cls) if each.default is each.default_factory is MISSING}  # type: ignore[arg-type]
    said = {field: f"<{argument}>" for field, argument in spelling.arguments.items()}
    kind = {"kind": spelling.kind} if spelling.kind else {}
    example = object.__new__(spelling.cls)  # without its checks, which these words would not pass
    listed = {field: (said[field],) for field in ("types", "on") if field in said}
    for field, value in {**said, **listed, **kind}.items():
        object.__setattr__(example, field, value if field not in ("options", "optional") else None)
    forms = forms_of(getattr(spelling.cls, "forms", ()), spelling.kind)
    own = "" if name in NODESTREAM_OPERATIONS else " (nodestream cannot read this)"
    return {
        "description": example.description + own,
        "type": "object",
        "properties": {
            "operation": {"const": name},
            "arguments": {
                "type": "object",
                "properties": {
                    argument: ARGUMENTS.get(field, {"type": "string"}) for field, argument in spelling.arguments.items()
                }
                | ({"kind": {"enum": list(forms)}} if forms else {}),
                "required": [argument for field, argument in spelling.arguments.items() if field in given],
                **({"dependentRequired": {"may_be_null": ["using"]}} if "may_be_null" in spelling.arguments else {}),
                "additionalProperties": False,
                **({"allOf": list(map(by_form, forms))} if forms else {}),
            },
        },
        "required": ["operation", "arguments"],
        "additionalProperties": False,
    }


def mapping(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    """A mapping with exactly these keys allowed."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False, **more}


def migration() -> dict[str, Any]:
    content = {
        "name": {"type": "string", "description": "Its identity; the file's name has no meaning."},
        "operations": {
            "type": "array",
            "items": {"oneOf": [operation(name, spelling) for name, spelling in OPERATIONS.items()]},
        },
        "dependencies": {**STRINGS, "description": "Names of migrations that come before it."},
        "replaces": {**STRINGS, "description": "Names of migrations that it is a squash of."},
    }
    return {"title": "A migration of nsmig or nodestream", **mapping(content, "name", "operations", "dependencies")}


def schema() -> dict[str, Any]:
    type_ = {"enum": list(PROPERTY_TYPES)}
    flag = {"type": "boolean"}
    forms = ("vector", "fulltext", "text", "point", "required", "unique")
    facts = mapping({"type": type_, "is_key": flag, "is_indexed": flag, **{each: short(each) for each in forms}})
    property_ = {"oneOf": [type_, facts, {"type": "null"}], "description": "Its type, STRING where none is given."}
    properties = {
        "oneOf": [
            {"type": "object", "additionalProperties": property_},
            {**STRINGS, "uniqueItems": True},
            {"type": "null"},
        ]
    }
    types = {"oneOf": [STRING, {**STRINGS, "minItems": 1}], "description": "A node type, or several."}
    side = {"enum": ["SINGLE", "MANY"]}
    product = mapping({"from": types, "to": types, "cardinality": mapping({"from": side, "to": side})}, "from", "to")
    ends = ("from_node_type", "relationship_type", "to_node_type")
    sides = ("from_side_cardinality", "to_side_cardinality")
    cardinality = {
        "adjacency": mapping(dict.fromkeys(ends, STRING), *ends),
        "cardinality": mapping(dict.fromkeys(sides, side), *sides),
    }
    node_type = {"name": STRING, "properties": properties}
    connections = {"from": types, "to": types, "connects": {"type": "array", "items": product}}
    relationship_type = mapping(
        {**node_type, **connections},
        "name",
        dependentRequired={"from": ["to"], "to": ["from"]},
        dependentSchemas={"connects": {"properties": {"from": False, "to": False}}},
    )
    content = {
        "nodes": {"type": "array", "items": mapping(node_type, "name")},
        "relationships": {"type": "array", "items": relationship_type},
        "cardinalities": {
            "type": "array",
            "items": mapping(cardinality, *cardinality),
            "description": "nodestream's form of what relationship types connect.",
        },
    }
    content |= {
        "indexes": {"type": "array", "items": entry(INDEX_FORMS)},
        "constraints": {"type": "array", "items": entry(CONSTRAINT_FORMS)},
    }
    return {"title": "A schema of nsmig", **mapping(content)}


def target(name: str) -> dict[str, Any]:
    """A target of a kind of database. For JSON, a value with a tag, such as ``!env NAME``, is a text."""
    kind = database_kind(name)
    names = {str: "string", int: "integer", float: "number", bool: "boolean"}

    def option(option: str, wanted: type) -> dict[str, Any]:
        types = dict.fromkeys([names[wanted], "string"])
        return {"type": [*types, *["null"] * (option in kind.nullable)]}

    options = {each: option(each, wanted) for each, wanted in kind.options.items()}
    ignored = {each: {"description": "nodestream's; means nothing here."} for each in sorted(kind.ignored)}
    archive = {"archive": {**STRING, "description": "The folder that runs write to what they delete."}}
    return mapping({"database": {"const": name}, **options, **archive, **ignored}, "database", *kind.required)


def project() -> dict[str, Any]:
    targets = {
        "oneOf": [
            {"type": "object", "additionalProperties": {"oneOf": [target(name) for name in DATABASES]}},
            {"type": "null"},
        ]
    }
    content = {
        "migrations": {**STRING, "description": "The folder of migrations; `migrations` where none is given."},
        "schema": {
            "type": ["string", "null"],
            "description": "The schema file; `schema.yaml` where none is given, null for no schema.",
        },
        "targets": {**targets, "description": "The databases to migrate, by names of your own."},
        "extensions": {
            "type": "boolean",
            "description": "Whether operations may be written that nodestream cannot read.",
        },
        "check": mapping({"ignore": {"type": "array", "items": {"enum": list(IGNORABLE)}}}),
        "nodestream": {**STRING, "description": "The nodestream.yaml of a project that both tools work on."},
    }
    return {"title": "A project of nsmig: nsmig.yaml", **mapping(content)}


def hints() -> dict[str, Any]:
    of_property = {"type": "object", "propertyNames": {"pattern": "[.]"}}
    content = {
        "rename-type": {"type": "object", "additionalProperties": STRING, "description": "Old name: new name."},
        "rename-property": {**of_property, "additionalProperties": STRING, "description": "TYPE.OLD: NEW."},
        "drop": {**STRINGS, "description": "TYPE, TYPE.PROPERTY or FROM-[TYPE]->TO."},
        "key-default": {**of_property, "description": "TYPE.PROPERTY: the value of rows that have none."},
    }
    return {"title": "Answers for nsmig make: hints.yaml", **mapping(content)}


KINDS = {each.__name__: each for each in (schema, project, hints, migration)}


def text(kind: str) -> str:
    content = {"$schema": "https://json-schema.org/draft/2020-12/schema", **KINDS[kind]()}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for kind in KINDS:
        (FOLDER / f"{kind}.json").write_text(text(kind), encoding="utf-8")
