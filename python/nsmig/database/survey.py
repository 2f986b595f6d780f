"""What a database shows of itself: what is unfinished, and all of it to somebody who has no schema file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nsmig.kinds import Kind

Progress = Callable[[int, int], None]  # rows read so far, and how many there are to read
Stored = Mapping[tuple[Kind, str, str], str]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that had to be decided, or that a schema cannot hold. ``type`` is the type that it is about, of that
    ``kind``; both are None for the database as a whole."""

    text: str
    kind: Kind | None = None
    type: str | None = None

    def __str__(self) -> str:
        return f"{self.kind.value} type {self.type}: {self.text}" if self.kind else self.text


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """A database read back as the content of a schema file.

    ``stored``: by kind, type and property, what is there in the database's own words, where the content has STRING
    because no type of a schema file says it; and where another type than that of the values was expected.
    """

    content: dict[str, Any]
    stored: Stored = field(default_factory=dict)


class Verdict(Enum):
    """What becomes of a constraint or an index when its database is adopted."""

    TAKEN_OVER = "taken over"  # it does what the schema says
    KEPT = "kept as it is"  # the schema says nothing of it
    IN_THE_WAY = "in the way"  # it will stop some migrations before they begin


@dataclass(frozen=True, slots=True)
class Found:
    """A constraint or an index that somebody made. ``text`` is what it is, in words; ``reason`` is why it stands so.
    ``is_nodestreams``: nodestream knows it by its name."""

    name: str
    text: str
    verdict: Verdict
    reason: str
    is_nodestreams: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """A database as the content of a schema file, with only those adjacencies that rows have.

    ``remarks`` are in the order of the schema. ``left_out``: what other tools keep there, a line each. ``found``:
    constraints and indexes, by name. ``in_use``: which other tool is changing the database now.
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
    """A node type whose key is to have an index, and has none: a look-up by it reads all rows. ``is_slow``: there are
    so many that this is felt. ``statement`` makes the index; None where the database has no room for another."""

    type: str
    is_slow: bool
    statement: str | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What the server goes on making, such as an index: its name, how it stands in words, and whether the server has
    given it up."""

    name: str
    text: str
    failed: bool
