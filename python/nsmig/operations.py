"""The closed set of schema operations, as plain immutable values.

A migration file names 34 operations (nodestream's 20 and nsmig's own 14). Most come in pairs that differ only in what
they act on, so here each pair is one class with a ``kind``; ``OPERATIONS`` maps a file's name for an operation to its
class, its kind and the file's names for its arguments. The Rust core holds the same vocabulary; a test compares the
two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nsmig.arguments import require_flag, require_texts, touched, unknown
from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.errors import OperationError
from nsmig.kinds import DATABASES, PROPERTY_TYPES, Kind
from nsmig.operation import Operation as Operation
from nsmig.operation import Spelling, as_set_of_names


@dataclass(frozen=True, slots=True, repr=False)
class CreateType(Operation):
    template: ClassVar[str] = "Create {kind} type {self.type}"
    kind: Kind
    type: str
    keys: tuple[str, ...]
    properties: tuple[str, ...]

    def __post_init__(self) -> None:
        Operation.__post_init__(self)
        for name in ("keys", "properties"):
            as_set_of_names(self, name)


@dataclass(frozen=True, slots=True, repr=False)
class DropType(Operation):
    # nodestream says "node type" but plain "relationship" here, and names files after it.
    template: ClassVar[str] = "Drop {drop_noun} {self.type}"
    kind: Kind
    type: str


@dataclass(frozen=True, slots=True, repr=False)
class RenameType(Operation):
    template: ClassVar[str] = "Rename {kind} type {self.old} to {self.new}"
    kind: Kind
    old: str
    new: str


@dataclass(frozen=True, slots=True, repr=False)
class AddProperty(Operation):
    template: ClassVar[str] = "Add property {self.property} to {kind} type {self.type}"
    kind: Kind
    type: str
    property: str
    default: Any = None


@dataclass(frozen=True, slots=True, repr=False)
class ExtendKey(Operation):
    template: ClassVar[str] = "Extend key {self.property} on {kind} type {self.type}"
    kind: Kind
    type: str
    property: str
    default: Any


@dataclass(frozen=True, slots=True, repr=False)
class SetPropertyType(Operation):
    """``using``: an expression over ``value`` for values that are not yet of the type, one for all kinds of database or
    one for each; None: the database's own rule. ``may_be_null``: it may return null for a ``value`` that is not
    null."""

    template: ClassVar[str] = "Set type of property {self.property} on {kind} type {self.type} to {self.to}"
    kind: Kind
    type: str
    property: str
    to: str
    using: str | Mapping[str, str] | None = None
    may_be_null: bool = False

    def __post_init__(self) -> None:
        Operation.__post_init__(self)
        if self.to not in PROPERTY_TYPES:
            raise unknown(self.name, "type", self.to, PROPERTY_TYPES)
        require_texts(self.name, "using", self.using)
        require_flag(self.name, "may_be_null", self.may_be_null)
        if self.may_be_null and self.using is None:
            raise OperationError(f"may_be_null of {self.name} goes with using")

    def using_on(self, database: str) -> str | None:
        """The expression for a kind of database; '' if there are only expressions for others."""
        return self.using.get(database, "") if isinstance(self.using, Mapping) else self.using


@dataclass(frozen=True, slots=True, repr=False)
class _OnProperty(Operation):
    kind: Kind
    type: str
    property: str


class DropProperty(_OnProperty):
    __slots__ = ()
    template = "Drop property {self.property} from {kind} type {self.type}"


class AddIndex(_OnProperty):
    __slots__ = ()
    template = "Add additional index for {kind} type {self.type} on field {self.property}"


class DropIndex(_OnProperty):
    __slots__ = ()
    template = "Drop additional index for {kind} type {self.type} on field {self.property}"


class ReduceKey(_OnProperty):
    __slots__ = ()
    template = "Reduce key by {self.property} on {kind} type {self.type}"


@dataclass(frozen=True, slots=True, repr=False)
class _Renaming(Operation):
    kind: Kind
    type: str
    old: str
    new: str


class RenameProperty(_Renaming):
    __slots__ = ()
    template = "Rename {kind} property {self.old} to {self.new} on {kind} type {self.type}"


class RenameKeyPart(_Renaming):
    __slots__ = ()
    template = "Rename key part {self.old} to {self.new} on {kind} type {self.type}"


@dataclass(frozen=True, slots=True, repr=False)
class _OnAdjacency(Operation):
    from_type: str
    relationship: str
    to_type: str


class AddAdjacency(_OnAdjacency):
    __slots__ = ()
    template = "Connect {self.from_type} to {self.to_type} by {self.relationship}"


class DropAdjacency(_OnAdjacency):
    __slots__ = ()
    template = "Disconnect {self.from_type} from {self.to_type} by {self.relationship}"


@dataclass(frozen=True, slots=True, repr=False)
class RunQuery(Operation):
    """``elidable``: databases without rows that start from a squash do not need it. ``touches``: the types that it
    touches, as lists of names under ``nodes`` and ``relationships``; None: it may touch all types."""

    template: ClassVar[str] = "Run a query"
    query: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    database: str | None = None
    elidable: bool = False
    touches: Mapping[str, Collection[str]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "touches", touched(self.name, self.touches))
        require_flag(self.name, "elidable", self.elidable)
        if self.database is not None and self.database not in DATABASES:
            raise unknown(self.name, "database", self.database, DATABASES)


@dataclass(frozen=True, slots=True, repr=False)
class QueriesLeftOut(Operation):
    """Does nothing. It marks a squash with ``queries`` (their texts) left out, which counts for what it replaces only
    on a database without rows."""

    template: ClassVar[str] = "Name the queries that were left out"
    queries: tuple[str, ...]

    def __post_init__(self) -> None:
        as_set_of_names(self, "queries")


def _pair(cls: type[Operation], verb: str, **arguments: str) -> dict[str, Spelling]:
    """Both spellings of a class; ``{}`` in ``verb`` and in the arguments is replaced by the kind."""
    return {
        verb.format(camel): Spelling(cls, kind, {f: a.format(kind.value) for f, a in arguments.items()})
        for kind, camel in ((Kind.NODE, "Node"), (Kind.RELATIONSHIP, "Relationship"))
    }


_PROPERTY = {"type": "{}_type", "property": "property_name"}
_INDEX = {"type": "{}_type", "property": "field_name"}
_ENTRY = {"entry": "name", "types": "{}_types", "on": "properties", "form": "kind"}
_ENTRY_OPTIONS = {"options": "options", "optional": "optional"}
_ENDPOINTS = {"from_type": "from_node_type", "relationship": "relationship_type", "to_type": "to_node_type"}

# nodestream's 20 operations, in its order and spelling.
NODESTREAM_OPERATIONS: dict[str, Spelling] = {
    **_pair(CreateType, "Create{}Type", type="name", keys="keys", properties="properties"),
    **_pair(DropType, "Drop{}Type", type="name"),
    **_pair(RenameType, "Rename{}Type", old="old_type", new="new_type"),
    **_pair(AddProperty, "Add{}Property", **_PROPERTY, default="default"),
    **_pair(DropProperty, "Drop{}Property", **_PROPERTY),
    **_pair(RenameProperty, "Rename{}Property", type="{}_type", old="old_property_name", new="new_property_name"),
    **_pair(AddIndex, "AddAdditional{}PropertyIndex", **_INDEX),
    **_pair(DropIndex, "DropAdditional{}PropertyIndex", **_INDEX),
    **_pair(ExtendKey, "{}KeyExtended", type="{}_type", property="added_key_property", default="default"),
    **_pair(RenameKeyPart, "{}KeyPartRenamed", type="{}_type", old="old_key_part_name", new="new_key_part_name"),
}

# nsmig's own, which nodestream cannot read.
OWN_OPERATIONS: dict[str, Spelling] = {
    **_pair(SetPropertyType, "Set{}PropertyType", **_PROPERTY, to="type", using="using", may_be_null="may_be_null"),
    "AddAdjacency": Spelling(AddAdjacency, None, _ENDPOINTS),
    "DropAdjacency": Spelling(DropAdjacency, None, _ENDPOINTS),
    **_pair(ReduceKey, "{}KeyReduced", type="{}_type", property="removed_key_property"),
    "RunQuery": Spelling(
        RunQuery, None, {each: each for each in ("query", "parameters", "database", "elidable", "touches")}
    ),
    "QueriesLeftOut": Spelling(QueriesLeftOut, None, {"queries": "queries"}),
    **_pair(CreateIndex, "Create{}Index", **_ENTRY, **_ENTRY_OPTIONS),
    **_pair(CreateConstraint, "Create{}Constraint", **_ENTRY, **_ENTRY_OPTIONS),
    "RemoveIndex": Spelling(RemoveIndex, None, {"entry": "name"}),
    "RemoveConstraint": Spelling(RemoveConstraint, None, {"entry": "name"}),
}

OPERATIONS: dict[str, Spelling] = {**NODESTREAM_OPERATIONS, **OWN_OPERATIONS}

Operation.known = OPERATIONS
Operation.spellings = {(spelling.cls, spelling.kind): (name, spelling) for name, spelling in OPERATIONS.items()}
