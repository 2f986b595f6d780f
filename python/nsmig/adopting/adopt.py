"""A database that is there already → a schema file, its first migration, and the record that the database has it.

Nothing in the database changes but that record and the constraints of the bookkeeping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nsmig._core import History, Schema, diff
from nsmig.adopting.surveyed import schema_of, text_of
from nsmig.database.base import Database, State
from nsmig.database.survey import Found, Progress, Survey, Verdict
from nsmig.errors import NsmigError
from nsmig.making.naming import next_migration
from nsmig.operations import Operation
from nsmig.overwriting import Refuse
from nsmig.project.new import EDITING, for_editors, ignore, write_for_editors
from nsmig.project.target import require_bearable
from nsmig.running.drift import drift
from nsmig.running.tasks import records
from nsmig.values import Migration
from nsmig.words import counted, some
from nsmig.yaml_file.disk import write_new
from nsmig.yaml_file.migration_file import migration_path, migration_text
from nsmig.yaml_file.schema_file import nodestream_schema_text

SLUG = "as it was found"


class AdoptionError(NsmigError):
    """The database cannot be taken under migration as it is. Nothing was written and nothing recorded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files go. ``project_file`` is a new one and its text, if there is to be one; ``schema_file`` is None in
    a project that has no schema file. ``extensions``: operations may be written that nodestream cannot read.
    ``is_shared``: nodestream works on the project, too. ``ignored``: git's file and what it is to leave alone."""

    migrations: Path
    schema_file: Path | None
    project_file: tuple[Path, str] | None
    extensions: bool
    refusals: Mapping[str, Refuse]
    is_shared: bool = False
    ignored: tuple[Path, str] | None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was done. ``made`` are the files, in order; ``found`` is what becomes of constraints and indexes,
    ``unmovable`` what some migrations will stop before."""

    migration: Migration
    survey: Survey
    made: tuple[Path, ...]
    found: tuple[Found, ...]
    unmovable: tuple[str, ...]


def adopt(
    database: Database[Any],
    layout: Layout,
    *,
    declares_types: bool,
    progress: Progress,
    lock_timeout: float,
    waiting: Callable[[str], None],
) -> Adopted:
    """
    :param declares_types: see :class:`nsmig.database.kind.DatabaseKind`.
    :param progress: called with the rows read and how many there are.
    :param waiting: called with who holds the lock meanwhile.
    :raises AdoptionError: it cannot be taken under migration.
    :raises UnsupportedError: a type or a property bears a name that it cannot have in a migration.
    :raises WriteError: a file cannot be written, or is there already.
    :raises DatabaseError: the database cannot be read, or not be locked.
    """
    begun = _begun(layout)
    with database.ledger.lock(lock_timeout, waiting) as require_lock:
        _require_new(database.ledger.state())
        survey = database.session.survey(None, progress)
        _require_adoptable(survey)
        unmovable = database.session.unmovable()
        operations = diff(Schema(), schema_of(survey), extensions=layout.extensions)
        require_bearable(operations, Schema(), layout.refusals, "change its name in the database first")
        migration = begun or next_migration(History([]), operations, datetime.now(), SLUG)
        _require_same(migration, operations)
        history = History([migration])
        _require_unchanged(database, history.schema(), declares_types)
        made: list[Path] = []
        try:
            for path, text in _files(layout, migration, survey):
                if not (begun and path.exists()):
                    write_new(path, text)
                    made.append(path)
            require_lock()
            database.ledger.remember(records(migration.name, history))
        except BaseException:
            for path in made:
                with suppress(OSError):
                    path.unlink()
            raise
    if layout.ignored and ignore(*layout.ignored):
        made.append(layout.ignored[0])
    if layout.project_file and write_for_editors(folder := layout.project_file[0].parent):
        made.append(folder / EDITING)
    found = tuple(_found(survey, layout.is_shared))
    return Adopted(migration, survey, tuple(made), found, tuple(unmovable))


def _found(survey: Survey, is_shared: bool) -> Iterator[Found]:
    """Constraints and indexes. nodestream takes over those alone whose names it would give them itself."""
    for each in survey.found:
        if is_shared and each.verdict is Verdict.TAKEN_OVER and not each.is_nodestreams:
            yield replace(each, verdict=Verdict.KEPT, reason="nodestream does not know it by this name")
        else:
            yield each


def _files(layout: Layout, migration: Migration, survey: Survey) -> Iterator[tuple[Path, str]]:
    """The project file comes first: with it, a killed attempt can be repeated."""
    if layout.project_file is not None:
        yield layout.project_file
    yield migration_path(layout.migrations, migration.name), migration_text(migration.to_dict())
    if layout.schema_file is not None:
        shared = nodestream_schema_text(schema_of(survey).to_dict()) if layout.is_shared else None
        text = shared or text_of(survey)
        yield layout.schema_file, for_editors("schema", text) if layout.project_file else text


def _begun(layout: Layout) -> Migration | None:
    """The migration that a killed attempt has written and not recorded.

    :raises AdoptionError: there is another history, or a schema file, already.
    """
    if layout.migrations.is_dir() and any(layout.migrations.glob("*.yaml")):
        history = History.load(layout.migrations)
        if len(history) == 1 and (name := history.leaves()[0]).endswith(f"_{SLUG.replace(' ', '_')}"):
            return history[name]
        raise AdoptionError(
            f"{layout.migrations}: there are migrations already. To record on another database what they say, once it"
            " is like that: nsmig run --fake"
        )
    for path in (layout.schema_file, layout.project_file[0] if layout.project_file else None):
        if path is not None and path.exists():
            raise AdoptionError(f"{path}: there is such a file already; move it away")
    return None


def _require_same(begun: Migration, operations: list[Operation]) -> None:
    if begun.operations != tuple(operations):
        raise AdoptionError(
            f"{begun.name}: there is this migration already, and the database is not as it says. If it is left from an"
            " earlier attempt, remove its file and the schema file, and try again"
        )


def _require_new(state: State) -> None:
    if names := sorted({*state.records, *state.journal}):
        raise AdoptionError(
            f"the database is under migration already, with {counted(len(names), 'record')}: {some(names, 5)}. Use the"
            " project that these are of; `nsmig repair` mends records whose files are gone"
        )


def _require_adoptable(survey: Survey) -> None:
    if survey.in_use:
        raise AdoptionError(f"{survey.in_use} holds its lock on the database; wait until it is done, and try again")
    if survey.is_empty:
        raise AdoptionError("the database is empty, so there is nothing to begin from: `nsmig init` begins a project")


def _require_unchanged(database: Database[Any], expected: Schema, declares_types: bool) -> None:
    """
    :raises AdoptionError: the database is not any more as it was read.
    """
    found = database.session.live_schema(expected)
    live, stored = Schema.from_dict(found.content), found.stored
    if differences := [str(each) for each in drift(expected, live, declares_types=declares_types, stored=stored)]:
        raise AdoptionError(f"the database changed while it was read: {'; '.join(differences)}. Try again")
