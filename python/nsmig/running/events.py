"""The events that a run reports, one class each. ``nsmig run --json`` prints each as a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, ClassVar

from nsmig.errors import DatabaseError, NsmigError
from nsmig.operations import Operation


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. ``event`` is its name in JSON."""

    event: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """The event's name and facts; operations as in a migration file. Unknown facts are omitted."""
        facts = {each.name: getattr(self, each.name) for each in fields(self)}
        return {"event": self.event} | {
            name: value.to_dict() if isinstance(value, Operation) else value
            for name, value in facts.items()
            if value is not None
        }


Report = Callable[[Event], None]


def unheard(event: Event) -> None:
    """Ignore all events."""


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """Another run holds the lock. ``text`` says who, and since when."""

    event: ClassVar[str] = "waiting"
    text: str


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """``total`` migrations are to run."""

    event: ClassVar[str] = "planned"
    total: int


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A migration of ``total`` operations begins, or continues after the first ``done``, which an earlier run did."""

    event: ClassVar[str] = "started"
    migration: str
    total: int
    done: int


@dataclass(frozen=True, slots=True)
class OperationStarted(Event):
    """An operation is about to be sent; ``done`` operations come before it in its migration."""

    event: ClassVar[str] = "operation"
    migration: str
    done: int
    total: int
    operation: Operation


@dataclass(frozen=True, slots=True)
class RowsChanged(Event):
    """The current statements have changed ``rows`` so far."""

    event: ClassVar[str] = "rows"
    migration: str
    rows: int


@dataclass(frozen=True, slots=True)
class Building(Event):
    """The server is filling the indexes of migrations, which are recorded when it is done. ``share`` is the progress,
    from 0 to 1."""

    event: ClassVar[str] = "building"
    share: float


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """Information about a migration, or about the run as a whole, that does not stop the run.
    ``times``: how often it was noted."""

    event: ClassVar[str] = "note"
    migration: str | None
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Applied(Event):
    """A migration of ``total`` operations is recorded. If several are recorded together, ``seconds`` is their mean."""

    event: ClassVar[str] = "applied"
    migration: str
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Recorded(Event):
    """A migration is recorded without being executed by itself: by ``--fake``, as part of a fast-forward, or
    as a squash whose members are all applied."""

    event: ClassVar[str] = "recorded"
    migration: str


@dataclass(frozen=True, slots=True)
class Scripted(Event):
    """A piece of a dry run."""

    event: ClassVar[str] = "script"
    text: str


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run has ended: ``migrations`` is the number that were applied or recorded."""

    event: ClassVar[str] = "finished"
    migrations: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The run ended with an error, if known at operation number ``operation`` ``of`` its migration's operations.

    ``kind`` is the error's class, ``facts`` are its fields."""

    event: ClassVar[str] = "failed"
    error: str
    kind: str
    facts: dict[str, Any]
    migration: str | None = None
    operation: int | None = None
    of: int | None = None

    @staticmethod
    def by(error: BaseException) -> Failed:
        place = error.place if isinstance(error, DatabaseError) else None
        said = (
            str(error),
            type(error).__name__,
            {name: fact for name, fact in fields_of(error).items() if name != "place"},
        )
        return Failed(*said, place.migration, place.operation, place.of) if place else Failed(*said)


def fields_of(error: BaseException) -> dict[str, Any]:
    """The fields of one of our errors, as JSON values."""
    return {name: _plain(fact) for name, fact in vars(error).items()} if isinstance(error, NsmigError) else {}


def error_to_dict(error: Exception) -> dict[str, Any]:
    """An error for JSON: its class, its message and its fields."""
    return {"kind": type(error).__name__, "message": str(error), **fields_of(error)}


def _plain(fact: Any) -> Any:
    """Operations as in a migration file, other objects in words."""
    if fact is None or isinstance(fact, (str, int, float)):
        return fact
    if isinstance(fact, (list, tuple)):
        return [_plain(each) for each in fact]
    if isinstance(fact, NsmigError):
        return error_to_dict(fact)
    if isinstance(fact, Operation):
        return fact.to_dict()
    if isinstance(fact, Enum):
        return fact.value
    if is_dataclass(fact) and not isinstance(fact, type):
        return {each.name: _plain(getattr(fact, each.name)) for each in fields(fact)}
    return str(fact)
