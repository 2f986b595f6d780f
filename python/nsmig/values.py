"""Immutable values that are passed between Python and the core, except for the operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from nsmig.catalog import Entry as Entry

if TYPE_CHECKING:
    from nsmig.kinds import Kind
    from nsmig.operation import Operation


@dataclass(frozen=True, slots=True)
class Type:
    """A node or relationship type as a schema declares it. All name tuples are sorted.

    ``properties`` maps all declared properties, including key properties, to their types as named in a schema file.
    """

    keys: tuple[str, ...]
    properties: Mapping[str, str]
    indexes: tuple[str, ...]


class SchemaView(Protocol):
    """The read-only view of a schema that rules and databases use: declared (managed) types and their properties."""

    def type(self, kind: Kind, name: str) -> Type | None:
        """The type of that name, or None if the schema declares none."""

    def types(self, kind: Kind) -> list[str]:
        """Names of all declared types of a kind, sorted."""

    def but_for_case(self, kind: Kind, name: str) -> list[str]:
        """Names of the types of a kind that differ from this name only in the case of ASCII letters, sorted."""

    def declaring(self, property: str) -> list[str]:
        """Names of the node types that declare a property of this name, sorted."""

    def entries(self) -> list[Entry]:
        """The declared indexes and constraints, sorted by name."""

    def entries_on(self, kind: Kind, type: str) -> list[Entry]:
        """Those that concern a type, sorted by name."""

    def to_dict(self) -> dict[str, Any]:
        """The content of a schema file; adjacencies are its ``cardinalities``."""


@dataclass(frozen=True)
class Migration:
    """A named list of operations, with its dependencies and the migrations that it replaces.

    ``file`` is the path it was read from, if any; it is ignored in comparisons.

    >>> Migration("second", [], dependencies=["first"]).to_dict()
    {'name': 'second', 'operations': [], 'dependencies': ['first'], 'replaces': []}
    """

    name: str
    operations: tuple[Operation, ...] = ()
    dependencies: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    file: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("operations", "dependencies", "replaces"):
            value = getattr(self, name)
            if isinstance(value, str):  # a text is also a sequence of names, but surely a mistake
                raise TypeError(f"{name} of migration {self.name!r} must be a list, not the text {value!r}")
            object.__setattr__(self, name, tuple(value))
        from nsmig.operation import Operation

        for each in self.operations:
            if not isinstance(each, Operation):
                raise TypeError(f"operations of migration {self.name!r} must be of the class Operation, not {each!r}")

    def to_dict(self) -> dict[str, Any]:
        """The content of its file: name, operations, dependencies, replaces."""
        return {
            "name": self.name,
            "operations": [operation.to_dict() for operation in self.operations],
            "dependencies": list(self.dependencies),
            "replaces": list(self.replaces),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """An operation that applies but is probably a mistake. ``index`` counts the migration's operations from 0."""

    migration: str
    file: str
    index: int
    operation: Operation
    code: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Operations that a squash leaves unchanged. ``code`` is ``wall``, ``touches``, ``entangled``, ``key``,
    ``undeclared``, ``follows``, ``catalog`` or codes of findings; ``reason`` says why. ``costs``, for a query that
    nothing crosses and for types that queries touch: how many operations besides the queries exist only because of
    that; otherwise None."""

    code: str
    reason: str
    operations: tuple[Operation, ...]
    costs: int | None = None


@dataclass(frozen=True, slots=True)
class SquashReport:
    """The result of a squash: the number of operations before and after, what was kept, the ``work`` done (operations
    and properties examined), and the queries ``left_out`` because databases without rows do not need them."""

    before: int
    after: int
    kept: tuple[Kept, ...]
    work: int
    left_out: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class Renames:
    """The known renames between two schemas.

    :param types: old name → new name, for the kind that has both; ``(Kind, old)`` → new name if that is ambiguous.
    :param properties: ``"Type.old"`` or ``(type, old)`` → new name of the property; the type by its new name; ``(Kind,
        type, old)`` likewise.

    >>> Renames(types={"Person": "Human"}, properties={"Human.born": "birth"})
    Renames(types={'Person': 'Human'}, properties={'Human.born': 'birth'})
    """

    types: Mapping[str | tuple[Kind, str], str] = field(default_factory=dict)
    properties: Mapping[str | tuple[str, str] | tuple[Kind, str, str], str] = field(default_factory=dict)


def checksum(operations: Iterable[Operation]) -> str:
    """32 hexadecimal digits that identify what a migration does, however its file is formatted."""
    return checksum_of_text("".join(map(_canonical, operations)))


def checksum_of_text(canonical: str) -> str:
    """The checksum of operations from the text that the core wrote, which is much faster."""
    import hashlib

    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _canonical(operation: Operation) -> str:
    arguments = [(name, _ordered(value)) for name, value in operation.hashed_arguments.items()]
    return f"{operation.name}{arguments!r}\n"


def _ordered(value: Any) -> Any:
    """The value with the members of sets and mappings in a fixed order, for printing."""
    if isinstance(value, (set, frozenset)):
        return ("set", *sorted(repr(_ordered(member)) for member in value))
    if isinstance(value, Mapping):
        return ("map", *sorted((repr(_ordered(key)), repr(_ordered(each))) for key, each in value.items()))
    if isinstance(value, (list, tuple)):
        return [_ordered(each) for each in value]
    return value
