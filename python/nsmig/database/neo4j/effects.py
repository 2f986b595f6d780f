"""What an operation does on Neo4j, as a value: the operation's own function makes it, one assembler reads it."""

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
    """What a type is to have of constraints and indexes after an operation.

    ``old`` and ``new`` are the type's name before and after (None: no such type); ``keys`` and ``indexes`` are declared
    after it, ``types`` are the properties' declared types. ``touched`` limits it to indexes and type constraints on
    these properties; None is everything on the type. ``gone`` are properties that are not on the type any more,
    ``undeclared`` is one whose index is not declared any more.
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
    """How the rows' key will be after an operation, so that a new constraint can be checked before it.

    ``labels`` is the label expression of the rows, ``values`` maps parts to expressions where they are no longer the
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
    """A part of one SET over the rows of a type: a condition on the rows ``n`` that it is for, and what it assigns.

    Rows that another part of the statement is for must be left as they are.
    """

    rows: str
    sets: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """What rows ``n`` of a type lose that a condition is true of (empty: all of them). ``action`` deletes it.

    ``values`` maps properties to the condition, on the row's labels alone, under which a row loses its value; of
    ``labels`` each row loses all. Without either, the row itself is deleted. ``converts``: its values are replaced
    by others.
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
        """What follows MATCH."""
        return f"{pattern(self.kind, self.type)}{self.where and f' WHERE {self.where}'}"


@dataclass(frozen=True, slots=True)
class Effect:
    """All that an operation does. What needs rows is made only when it is asked for, as an empty database needs none.

    ``refused``: why no database can carry it out. ``wanted`` is None where constraints and indexes stay as they are.
    ``checks`` come before anything changes. Rows are changed by ``assignment``, which gets a suffix for the names of
    its parameters, or by ``data``. In their place come ``losses`` where these are to be archived, with the same suffix.
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
    """Properties, each with the expression for what a row ``n`` holds there."""
    return {each: f"n.{quoted(each)}" for each in names}
