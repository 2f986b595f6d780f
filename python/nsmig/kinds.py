"""Kinds of types, types of properties, kinds of databases: words that need no operations."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What a type is a type of. Node types and relationship types have separate namespaces."""

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

# What nodestream puts into the key of nodes that have no value for a new part of it, where no default is given.
NULL_KEY = "null"

# The kinds of database that a target is of, and a query is for: the name in files, and the package that knows the kind.
# The one list of them; nsmig.database asks the package for everything else.
DATABASES = {"ladybug": "nsmig.database.ladybug", "neo4j": "nsmig.database.neo4j"}
