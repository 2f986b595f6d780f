"""The facts that a database shows: unfinished work, and its whole content for someone without a schema file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nsmig.kinds import Kind
from nsmig.values import Entry

Progress = Callable[[int, int], None]  # rows read so far, and how many there are to read
Stored = Mapping[tuple[Kind, str, str], str]


@dataclass(frozen=True, slots=True)
class Remark:
    """A decision that had to be made, or something that a schema cannot express. ``type`` is the type concerned, of
    that ``kind``; both are None for the database as a whole."""

    text: str
    kind: Kind | None = None
    type: str | None = None

    def __str__(self) -> str:
        return f"{self.kind.value} type {self.type}: {self.text}" if self.kind else self.text


@dataclass(frozen=True, slots=True)
class Misfit:
    """A declared index or constraint that a database does not have as declared. ``text`` says how it differs;
    ``statement`` makes it as declared ('' if none can). ``is_missing``: there is nothing in its place. ``why_not``: why
    this database cannot have it."""

    entry: Entry
    text: str
    statement: str = ""
    is_missing: bool = False
    why_not: str = ""

    @property
    def is_left_out(self) -> bool:
        """Whether it is optional and just missing."""
        return self.is_missing and self.entry.optional


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """A database read back as the content of a schema file.

    ``stored``: by kind, type and property, the database's own name of the type, where the content says STRING
    because no schema type fits, or where the values are not of the expected type. ``misfits``: of the expected indexes
    and constraints, those that are not as declared.
    """

    content: dict[str, Any]
    stored: Stored = field(default_factory=dict)
    misfits: tuple[Misfit, ...] = ()


class Verdict(Enum):
    """What happens to a constraint or an index when its database is adopted."""

    TAKEN_OVER = "taken over"  # the schema declares it
    KEPT = "left as it is"  # the schema does not mention it
    IN_THE_WAY = "in the way"  # it will stop some migrations before they begin


@dataclass(frozen=True, slots=True)
class Found:
    """A user's own constraint or index. ``text`` describes it; ``reason`` explains the verdict.
    ``is_nodestreams``: nodestream knows it by its name."""

    name: str
    text: str
    verdict: Verdict
    reason: str
    is_nodestreams: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """A database as the content of a schema file, with only those adjacencies that rows have.

    ``remarks`` are in the order of the schema. ``left_out``: what other tools store there, one line each. ``found``:
    constraints and indexes, by name. ``in_use``: the other tool that is changing the database now.
    """

    content: Mapping[str, Any]
    remarks: tuple[Remark, ...] = ()
    left_out: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    in_use: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to adopt."""
        return not self.content["nodes"] and not self.content["relationships"]


@dataclass(frozen=True, slots=True)
class Unindexed:
    """A node type whose key should have an index but has none, so that a look-up reads all rows. ``is_slow``: there are
    enough rows for this to matter. ``statement`` creates the index; None if the database has no room for another."""

    type: str
    is_slow: bool
    statement: str | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Something that the server is building, such as an index: its name, its state in words, and whether the server has
    given up."""

    name: str
    text: str
    failed: bool
