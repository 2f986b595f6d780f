"""Kinds of types, and types of properties: the words of a schema, which need no operations."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What a type is a type of. Node types and relationship types have separate namespaces."""

    NODE = "node"
    RELATIONSHIP = "relationship"

    def __repr__(self) -> str:
        return f"Kind.{self.name}"


# The property types of a schema file.
_PLAIN_TYPES = ("STRING", "BOOLEAN", "DATETIME", "INTEGER", "FLOAT")
PROPERTY_TYPES = (*_PLAIN_TYPES, *(f"LIST_OF_{each}S" for each in _PLAIN_TYPES))
