"""Kinds of types, types of properties, kinds of databases: vocabulary that does not depend on operations."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """The kind of a type. Node types and relationship types have separate namespaces."""

    NODE = "node"
    RELATIONSHIP = "relationship"

    def __repr__(self) -> str:
        return f"Kind.{self.name}"


# The property types of a schema file: nodestream's, and those that only nsmig knows.
_PLAIN_TYPES = ("STRING", "BOOLEAN", "DATETIME", "INTEGER", "FLOAT")
_OWN_TYPES = ("DATE", "DURATION", "TIME", "POINT")
PROPERTY_TYPES = tuple(
    name for plain in (_PLAIN_TYPES, _OWN_TYPES) for name in (*plain, *(f"LIST_OF_{each}S" for each in plain))
)

# The kinds of indexes and constraints that a schema can declare besides keys and nodestream's single-property indexes.
INDEX_FORMS = ("vector", "fulltext", "text", "point", "range")
CONSTRAINT_FORMS = ("required", "type", "unique", "key")
# A database keeps these in one kind of index, of which it has one on the same properties.
ORDERED_FORMS = ("range", "unique", "key")

# The value that nodestream gives nodes without a value for a new part of their key, if there is no default.
NULL_KEY = "null"

# The kinds of database that targets and queries can be for: the name in files, and the package that knows the kind.
# This is the only list; nsmig.database asks the package for everything else.
DATABASES = {"ladybug": "nsmig.database.ladybug", "neo4j": "nsmig.database.neo4j"}

# The forms of a database's own in which a schema can be printed: the name, and the module and the function that does.
SCHEMA_FORMATS = {"graph-type": ("nsmig.database.neo4j.graph_type", "graph_type")}
