"""What a schema declares besides types and properties: its *entries*, which are indexes and constraints with names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nsmig.kinds import CONSTRAINT_FORMS, ORDERED_FORMS, Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """An index or a constraint that a schema declares, except for keys and nodestream's single-property indexes.

    ``form`` is one of ``nsmig.kinds.INDEX_FORMS`` or ``CONSTRAINT_FORMS``. ``types`` is sorted; ``properties`` are in
    the order of the index, for a full-text index sorted. ``options`` are those of the schema file, a vector index's
    ``filter`` properties among them. An ``optional`` one is left out, with a note, where a database cannot have it.
    """

    name: str
    form: str
    kind: Kind
    types: tuple[str, ...]
    properties: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False

    @property
    def is_constraint(self) -> bool:
        return self.form in CONSTRAINT_FORMS

    @property
    def noun(self) -> str:
        return "constraint" if self.is_constraint else "index"

    @property
    def place(self) -> str:
        """Its types and properties, such as ``Person (name)``."""
        return f"{', '.join(self.types)} ({', '.join(self.properties)})"

    def clashes_with(self, other: Entry) -> bool:
        """Whether a database cannot have both, since they are alike and on the same properties."""
        are_alike = self.form == other.form or {self.form, other.form} <= {*ORDERED_FORMS}
        places = [(each.kind, each.types, each.properties) for each in (self, other)]
        return are_alike and places[0] == places[1]

    @property
    def covered(self) -> tuple[str, ...]:
        """Its properties, and those that its searches can filter by."""
        return (*self.properties, *self.options.get("filter", ()))
