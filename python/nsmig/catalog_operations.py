"""The operations that create and remove indexes and constraints of any kind, except for keys and the single-property
indexes of nodestream, which have their own.

An *entry* is an index or a constraint with a name; its *form* is one of ``INDEX_FORMS`` or ``CONSTRAINT_FORMS``. What
its options may be is checked by the core (``rust/core/src/catalog_rules.rs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from nsmig.arguments import require_flag, unknown
from nsmig.catalog import Entry
from nsmig.kinds import CONSTRAINT_FORMS, INDEX_FORMS, Kind
from nsmig.operation import Operation, as_set_of_names


@dataclass(frozen=True, slots=True, repr=False)
class CreateEntry(Operation):
    """``on``: its properties, in their order. ``optional``: a database that cannot have it goes without it."""

    forms: ClassVar[tuple[str, ...]] = ()
    kind: Kind
    entry: str
    types: tuple[str, ...]
    on: tuple[str, ...]
    form: str
    options: Mapping[str, Any] | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        Operation.__post_init__(self)
        as_set_of_names(self, "types")
        if isinstance(self.on, str):
            raise TypeError(f"on of {self.name} must be names, such as ({self.on!r},), not the text {self.on!r}")
        object.__setattr__(self, "on", tuple(self.on))
        if self.form not in self.forms:
            raise unknown(self.name, "kind", self.form, self.forms)
        require_flag(self.name, "optional", self.optional)

    @property
    def created(self) -> Entry:
        """The entry that it creates."""
        options = dict(self.options or {})
        if "filter" in options:
            options["filter"] = sorted(options["filter"])
        on = tuple(sorted(self.on)) if self.form == "fulltext" else self.on
        return Entry(self.entry, self.form, self.kind, self.types, on, options, self.optional)

    @property
    def place(self) -> str:
        """Its types and properties, such as ``Person (name)``."""
        return self.created.place


class CreateIndex(CreateEntry):
    __slots__ = ()
    template = "Create {self.form} index {self.entry} on {self.place}"
    forms = INDEX_FORMS


class CreateConstraint(CreateEntry):
    __slots__ = ()
    template = "Create constraint {self.entry} ({self.form}) on {self.place}"
    forms = CONSTRAINT_FORMS


@dataclass(frozen=True, slots=True, repr=False)
class RemoveEntry(Operation):
    entry: str


class RemoveIndex(RemoveEntry):
    __slots__ = ()
    template = "Remove index {self.entry}"


class RemoveConstraint(RemoveEntry):
    __slots__ = ()
    template = "Remove constraint {self.entry}"


def creation(entry: Entry) -> CreateEntry:
    """The operation that creates an entry."""
    cls = CreateConstraint if entry.is_constraint else CreateIndex
    options = dict(entry.options) or None
    return cls(entry.kind, entry.name, entry.types, entry.properties, entry.form, options, entry.optional)


def removal(entry: Entry) -> RemoveEntry:
    """The operation that removes an entry."""
    return RemoveConstraint(entry.name) if entry.is_constraint else RemoveIndex(entry.name)
