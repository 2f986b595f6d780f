"""The closed set of schema operations, as plain immutable values.

A migration file names 28 operations (nodestream's 20 and nsmig's own 8). Most come in pairs that differ only in what
they act on, so here each pair is one class with a ``kind``; ``OPERATIONS`` maps a file's name for an operation to its
class, its kind and the file's names for its arguments. The Rust core holds the same vocabulary; a test compares the
two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, NoReturn

from nsmig.arguments import checked, require_flag, require_texts, touched, unknown
from nsmig.errors import OperationError
from nsmig.kinds import DATABASES, PROPERTY_TYPES, Kind


class Spelling(NamedTuple):
    """An operation as named in migration files: its class, its kind, and the argument name for each field."""

    cls: type[Operation]
    kind: Kind | None
    arguments: dict[str, str]


class Operation:
    """One step of a schema's history. Compare, hash and print freely; construct a subclass or use :meth:`from_dict`.

    >>> operation = AddProperty(Kind.NODE, "Person", "born", default=1900)
    >>> operation
    AddNodeProperty(node_type='Person', property_name='born', default=1900)
    >>> operation.description
    'Add property born to node type Person'
    >>> Operation.from_dict(operation.to_dict()) == operation
    True
    """

    __slots__ = ()
    template: ClassVar[str]

    def __init_subclass__(cls) -> None:
        # In a frozen dataclass with slots these refer to the class without slots, and would raise a TypeError.
        for name in ("__setattr__", "__delattr__"):
            if name in cls.__dict__:
                delattr(cls, name)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __post_init__(self) -> None:
        kind = getattr(self, "kind", Kind.NODE)
        if not isinstance(kind, Kind):
            raise TypeError(f"the kind of {type(self).__name__} must be an nsmig.Kind, not {kind!r}")

    @property
    def spelling(self) -> tuple[str, Spelling]:
        return _SPELLING_OF[type(self), getattr(self, "kind", None)]

    @property
    def name(self) -> str:
        """The operation's name in a migration file, such as ``AddNodeProperty``."""
        return self.spelling[0]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by their names in a migration file, without optional ones that are not given; name lists are
        sorted."""
        return self._spelled(self.spelling[1])

    @property
    def hashed_arguments(self) -> dict[str, Any]:
        """The arguments that go into a migration's checksum: those that 0.1.0 knew, given or not, and of the others
        those that change the effect, if given."""
        spelled = self.spelling[1].arguments
        left_out = _REMARKS | {each for each in _HASHED_WHERE_GIVEN & spelled.keys() if not getattr(self, each)}
        hashed = {field: argument for field, argument in spelled.items() if field not in left_out}
        return {argument: _listed(getattr(self, field)) for field, argument in hashed.items()}

    def _spelled(self, spelling: Spelling) -> dict[str, Any]:
        return {
            argument: _listed(value)
            for field, argument in spelling.arguments.items()
            if (value := getattr(self, field)) or field not in _LEFT_OUT
        }

    @property
    def description(self) -> str:
        """One line for people, in nodestream's words, such as ``Add property p to node type A``."""
        kind = getattr(self, "kind", None)
        noun = "node type" if kind is Kind.NODE else "relationship"
        return self.template.format(self=self, kind=kind and kind.value, drop_noun=noun)

    def to_dict(self) -> dict[str, Any]:
        """``{"operation": name, "arguments": {…}}``, the shape of a migration file's entry."""
        name, spelling = self.spelling
        return {"operation": name, "arguments": self._spelled(spelling)}

    @staticmethod
    def from_dict(entry: Mapping[str, Any]) -> Operation:
        """The operation that a migration file's entry describes.

        :param entry: ``{"operation": str, "arguments": mapping}`` and nothing else.
        :raises OperationError: unknown operation, missing or extra argument, or an argument of the wrong type.
        """
        if not isinstance(entry, Mapping) or set(entry) != {"operation", "arguments"}:
            raise OperationError("an operation is a mapping of exactly 'operation' and 'arguments'", entry)
        name, arguments = entry["operation"], entry["arguments"]
        if not isinstance(name, str) or name not in OPERATIONS:
            raise OperationError(f"operation {name!r} is unknown; known are {', '.join(OPERATIONS)}", entry)
        if not isinstance(arguments, Mapping):
            raise OperationError(f"the arguments of {name} must be a mapping", entry)
        cls, kind, spelled = OPERATIONS[name]
        field_of = {argument: field for field, argument in spelled.items()}
        unexpected = [str(argument) for argument in arguments if argument not in field_of]
        missing = [a for a, field in field_of.items() if a not in arguments and _is_required(cls, field)]
        if unexpected or missing:
            facts = [f"lacks {', '.join(missing)}"] * bool(missing)
            facts += [f"does not take {', '.join(unexpected)}"] * bool(unexpected)
            raise OperationError(f"{name} {' and '.join(facts)}", entry)
        values = {field_of[argument]: value for argument, value in arguments.items()}
        for each, value in values.items():
            values[each] = checked(name, spelled[each], each, value, entry)
        if kind is not None:
            values["kind"] = kind
        return cls(**values)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({arguments})"


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
            _as_set_of_names(self, name)


def _as_set_of_names(operation: Operation, field: str) -> None:
    """Make a field's names a sorted tuple without repetition, so that equal sets compare equal."""
    names = getattr(operation, field)
    if isinstance(names, str):  # a text is also a sequence of names, but surely a mistake
        raise TypeError(f"{field} of {operation.name} must be names, such as ({names!r},), not the text {names!r}")
    object.__setattr__(operation, field, tuple(sorted(set(names))))


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
        _as_set_of_names(self, "queries")


def _pair(cls: type[Operation], verb: str, **arguments: str) -> dict[str, Spelling]:
    """Both spellings of a class; ``{}`` in ``verb`` and in the arguments is replaced by the kind."""
    return {
        verb.format(camel): Spelling(cls, kind, {f: a.format(kind.value) for f, a in arguments.items()})
        for kind, camel in ((Kind.NODE, "Node"), (Kind.RELATIONSHIP, "Relationship"))
    }


_PROPERTY = {"type": "{}_type", "property": "property_name"}
_INDEX = {"type": "{}_type", "property": "field_name"}
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
}

OPERATIONS: dict[str, Spelling] = {**NODESTREAM_OPERATIONS, **OWN_OPERATIONS}

_SPELLING_OF = {(spelling.cls, spelling.kind): (name, spelling) for name, spelling in OPERATIONS.items()}


# Optional fields of nsmig's own operations: if they are not given they are not written.
_LEFT_OUT = frozenset({"parameters", "database", "elidable", "touches", "using", "may_be_null"})

# Fields that do not change the effect: adding one to an applied migration does not count as an edit.
_REMARKS = frozenset({"elidable", "touches"})

# Fields that 0.1.0 did not know and that change the effect.
_HASHED_WHERE_GIVEN = frozenset({"using", "may_be_null"})


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _is_required(cls: type[Operation], name: str) -> bool:
    (each,) = (f for f in fields(cls) if f.name == name)  # type: ignore[arg-type]
    return each.default is MISSING and each.default_factory is MISSING
