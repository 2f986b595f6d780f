"""The effect of an operation on Neo4j, as a value: the operation's own function creates it, one assembler reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nsmig.database.base import Statement
from nsmig.database.cypher import quoted
from nsmig.kinds import Kind
from nsmig.operations import RenameKeyPart, RenameProperty


@dataclass(frozen=True, slots=True)
class Wanted:
    """The constraints and indexes that a type should have after an operation.

    ``old`` and ``new`` are the type's name before and after (None: no such type); ``keys`` and ``indexes`` are declared
    after it, ``types`` are the properties' declared types. ``touched`` limits it to indexes and type constraints on
    these properties; None means everything on the type. ``gone`` are properties that the type no longer has,
    ``undeclared`` is one whose index is no longer declared.
    """

    kind: Kind
    old: str | None
    new: str | None
    keys: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    touched: frozenset[str] | None = None
    gone: frozenset[str] = frozenset()
    undeclared: str | None = None


@dataclass(frozen=True, slots=True)
class KeyAfter:
    """The rows' key after an operation, so that a new constraint can be checked beforehand.

    ``labels`` is the label expression of the rows, ``values`` maps parts to expressions if they are no longer the
    property itself. ``doubtful`` matches the rows that the constraint before the operation does not prove to differ:
    None if it proves nothing, empty if it proves all. ``type_before`` and ``before`` are the type's name and the parts
    of its key before the operation.
    """

    labels: str
    values: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    doubtful: str | None = None
    type_before: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A part of one SET over the rows of a type: a condition on the rows ``n`` that it applies to, and what it assigns.

    It must leave the rows of other parts unchanged.
    """

    rows: str
    sets: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of rows ``n`` of a type that meet a condition (empty: all of them). ``action`` deletes it.

    ``values`` maps properties to the condition, on the row's labels only, under which a row loses its value; each row
    loses all of ``labels``. Without either, the row itself is deleted. ``converts``: its values are replaced by others.
    """

    kind: Kind
    type: str
    where: str
    action: str
    values: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    converts: bool = False

    @property
    def rows(self) -> str:
        """The pattern after MATCH."""
        return f"{pattern(self.kind, self.type)}{self.where and f' WHERE {self.where}'}"


@dataclass(frozen=True, slots=True)
class Effect:
    """The whole effect of an operation. Parts that concern rows are created only on request, because an empty database
    needs none.

    ``refused``: why no database can carry it out. ``wanted`` is None if constraints and indexes stay as they are.
    ``checks`` come before anything changes. Rows are changed by ``assignment``, which gets a suffix for the names of
    its parameters, or by ``data``. If deletions are archived, ``losses`` replace these, with the same suffix.
    ``renamed`` are the properties that get a name which others may write meanwhile.
    """

    refused: str | None = None
    wanted: Wanted | None = None
    key: KeyAfter | None = None
    checks: Iterable[Statement] = ()
    assignment: Callable[[str], Assignment | None] | None = None
    data: Iterable[Statement] = ()
    losses: Callable[[str], Iterable[Loss]] | None = None
    renamed: RenameProperty | RenameKeyPart | None = None


def pattern(kind: Kind, *types: str) -> str:
    """Rows of any of these types, each as ``n``."""
    one_of = "|".join(map(quoted, types))
    return f"(n:{one_of})" if kind is Kind.NODE else f"()-[n:{one_of}]->()"


def held(names: Iterable[str]) -> dict[str, str]:
    """Properties, each with the expression for its value in a row ``n``."""
    return {each: f"n.{quoted(each)}" for each in names}
