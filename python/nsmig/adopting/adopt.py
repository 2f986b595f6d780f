"""An existing database → a schema file, its first migration, and the record that the database has it.

Nothing else in the database changes except for the constraints of the bookkeeping.
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
from nsmig.project.target import require_possible
from nsmig.running.drift import drift
from nsmig.running.tasks import records
from nsmig.values import Migration
from nsmig.words import counted, some
from nsmig.yaml_file.disk import write_new
from nsmig.yaml_file.migration_file import migration_path, migration_text
from nsmig.yaml_file.schema_file import nodestream_schema_text

SLUG = "as it was found"
_OWN_SECTIONS = ("indexes", "constraints")  # of a schema file, which nodestream does not know


class AdoptionError(NsmigError):
    """The database cannot be put under migration as it is. Nothing was written or recorded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files go. ``project_file`` is the path and text of a new project file, if one is needed;
    ``schema_file`` is None in a project without a schema file. ``extensions``: operations that nodestream cannot read
    are allowed. ``is_shared``: nodestream also uses the project. ``ignored``: git's ignore file and the names to
    add."""

    migrations: Path
    schema_file: Path | None
    project_file: tuple[Path, str] | None
    extensions: bool
    refusals: Mapping[str, Refuse]
    is_shared: bool = False
    ignored: tuple[Path, str] | None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """The result. ``made`` are the files, in order; ``found`` says what happens to constraints and indexes, and
    ``unmovable`` what will stop some migrations."""

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
    :param waiting: called with the holder of the lock.
    :raises AdoptionError: it cannot be put under migration.
    :raises UnsupportedError: a type or property has a name that a migration cannot use.
    :raises WriteError: a file cannot be written, or already exists.
    :raises DatabaseError: the database cannot be read or locked.
    """
    begun = _begun(layout)
    with database.ledger.lock(lock_timeout, waiting) as require_lock:
        _require_new(database.ledger.state())
        survey = _expressible(database.session.survey(None, progress), layout)
        _require_adoptable(survey)
        unmovable = database.session.unmovable()
        operations = diff(Schema(), schema_of(survey), extensions=layout.extensions)
        require_possible(operations, Schema(), layout.refusals, "change its name in the database first")
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


def _expressible(survey: Survey, layout: Layout) -> Survey:
    """The survey without the indexes and constraints that nodestream has no operations for, if it has to read all."""
    if layout.extensions:
        return survey
    entries = {each.name for each in schema_of(survey).entries()}
    content = {section: listed for section, listed in survey.content.items() if section not in _OWN_SECTIONS}
    kept = {"verdict": Verdict.KEPT, "reason": "nodestream has no operation for it"}
    found = (replace(each, **kept) if each.name in entries else each for each in survey.found)  # type: ignore[arg-type]
    return replace(survey, content=content, found=tuple(found))


def _found(survey: Survey, is_shared: bool) -> Iterator[Found]:
    """Constraints and indexes. nodestream only takes over those with the names that it would give them."""
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
    """The migration that a killed attempt wrote but did not record.

    :raises AdoptionError: there is already a different history, or a schema file.
    """
    if layout.migrations.is_dir() and any(layout.migrations.glob("*.yaml")):
        history = History.load(layout.migrations)
        if len(history) == 1 and (name := history.leaves()[0]).endswith(f"_{SLUG.replace(' ', '_')}"):
            return history[name]
        raise AdoptionError(
            f"{layout.migrations}: there are migrations already. To record them on another database that is already"
            " in that state: nsmig run --fake"
        )
    for path in (layout.schema_file, layout.project_file[0] if layout.project_file else None):
        if path is not None and path.exists():
            raise AdoptionError(f"{path}: this file already exists; move it away")
    return None


def _require_same(begun: Migration, operations: list[Operation]) -> None:
    if begun.operations != tuple(operations):
        raise AdoptionError(
            f"{begun.name}: this migration already exists, and the database does not match it. If it is left over"
            " from an earlier attempt, remove its file and the schema file, and try again"
        )


def _require_new(state: State) -> None:
    if names := sorted({*state.records, *state.journal}):
        raise AdoptionError(
            f"the database already has migration records, with {counted(len(names), 'record')}: {some(names, 5)}."
            " Use the project that they belong to; `nsmig repair` fixes records whose files are gone"
        )


def _require_adoptable(survey: Survey) -> None:
    if survey.in_use:
        raise AdoptionError(f"{survey.in_use} holds its lock on the database; wait until it is done and try again")
    if survey.is_empty:
        raise AdoptionError("the database is empty, so there is nothing to start from; `nsmig init` starts a project")


def _require_unchanged(database: Database[Any], expected: Schema, declares_types: bool) -> None:
    """
    :raises AdoptionError: the database has changed since it was read.
    """
    found = database.session.live_schema(expected)
    live, stored = Schema.from_dict(found.content), found.stored
    differences = drift(expected, live, declares_types=declares_types, stored=stored, misfits=found.misfits)
    if changed := [str(each) for each in differences]:
        raise AdoptionError(f"the database changed while it was read: {'; '.join(changed)}. Try again")
