"""What an archive says of itself: ``archive.json`` of the whole, and ``0001.json`` of what one turn deleted, whose rows
are in ``0001.jsonl.gz``.

No name in them decides over a path: files have numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nsmig.errors import ArchiveError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Heading:
    """Of the whole archive. ``archive`` is its name, which nobody else has, ``database`` the kind that it is of.

    ``not_archived`` are the queries of migrations that ran with this archive, a sentence each: what they deleted is not
    in it.
    """

    archive: str
    database: str
    created_at: str
    nsmig_version: str
    not_archived: tuple[str, ...] = ()
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Whole:
    """A task, of which entries are: its ``operations``, the ``migrations`` that are applied with it, and the content of
    a schema file for the ``schema`` before it."""

    operations: tuple[Mapping[str, Any], ...]
    migrations: tuple[str, ...]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Of what one turn deleted.

    ``migration`` is the task's name, and ``first`` the number of the turn's first operation in it, from 1;
    ``operations`` are the turn's. ``task`` is the whole task; it is in the file of the entry with the number ``of``
    alone, so that the files of a task grow with its operations, not with their square. ``rows`` counts lines by what
    they are. ``size`` and ``sha256`` are of the file with the rows; None while it is being written.
    """

    number: int
    migration: str
    first: int
    operations: tuple[Mapping[str, Any], ...]
    of: int
    task: Whole
    rows: Mapping[str, int] = field(default_factory=dict)
    size: int | None = None
    sha256: str | None = None
    format: int = FORMAT

    @property
    def is_through(self) -> bool:
        return self.sha256 is not None


def text_of(said: Heading | Entry) -> bytes:
    """As it is in its file."""
    facts = asdict(replace(said, task=_NOTHING) if isinstance(said, Entry) else said)
    if isinstance(said, Entry):
        facts["task"] = asdict(said.task) if said.of == said.number else said.of
        del facts["of"]
    return (json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n").encode()


_NOTHING = Whole((), (), {})


def read_heading(path: Path) -> Heading:
    """
    :raises ArchiveError: the file was altered, or is of a later format.
    """
    facts = _read(path)
    heading: Heading = _made(path, Heading, {**facts, "not_archived": tuple(facts.get("not_archived") or ())})
    return heading


def read_entry(path: Path, number: int, earlier: Sequence[Entry]) -> Entry:
    """
    :param number: what its file is called.
    :param earlier: the entries before it.
    :raises ArchiveError: the file was altered, or is of a later format.
    """
    facts = _read(path)
    task = facts.get("task")
    if isinstance(task, int) and 0 < task < number:
        of, whole = task, earlier[task - 1].task
    elif isinstance(task, dict):
        of, whole = number, _made(path, Whole, {**task, **_tuples(task, "operations", "migrations")})
    else:
        raise _altered(path)
    entry: Entry = _made(path, Entry, {**facts, **_tuples(facts, "operations"), "of": of, "task": whole})
    if entry.number != number:
        raise _altered(path)
    return entry


def _tuples(facts: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: tuple(facts[name]) for name in names if isinstance(facts.get(name), list)}


def _read(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_bytes())
        number = facts["format"]
    except OSError as error:
        raise ArchiveError(str(path), f"cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _altered(path) from error
    if not isinstance(number, int):
        raise _altered(path)
    if number > FORMAT:
        raise ArchiveError(
            str(path),
            f"was written by a later version of nsmig (format {number}; this version knows format {FORMAT}); use that"
            " version, or a later one",
        )
    return dict(facts)


def _made(path: Path, cls: Any, facts: Mapping[str, Any]) -> Any:
    try:
        made = cls(**facts)
    except TypeError as error:
        raise _altered(path) from error
    expected: dict[str, Any] = {
        "archive": str,
        "database": str,
        "number": int,
        "migration": str,
        "first": int,
        "schema": dict,
        "rows": dict,
        "size": (int, type(None)),
        "sha256": (str, type(None)),
    }
    if any(not isinstance(getattr(made, name), of) for name, of in expected.items() if hasattr(made, name)):
        raise _altered(path)
    return made


def _altered(path: Path) -> ArchiveError:
    return ArchiveError(str(path), "is not as nsmig wrote it; take the archive from a copy. Nothing was changed")
