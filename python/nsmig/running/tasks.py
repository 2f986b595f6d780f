"""The work of a run, as values: which migrations to apply and, when each is due, every operation with the schema before
it.

With ``fast_forward`` the pending migrations form one task, whose journal entry is named after the last of them. A later
run, with or without ``fast_forward``, finds that entry, squashes the same migrations again and continues in the same
list of operations; if files have changed so that the list is different, it refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from nsmig._core import History, Schema, squash
from nsmig.database.base import Mark, Record, State, Step
from nsmig.errors import (
    FAST_FORWARD,
    BeyondError,
    DatabaseError,
    EditedError,
    FoldError,
    HistoryError,
    Place,
    UnknownMigrationError,
    located,
)
from nsmig.kinds import Kind
from nsmig.operations import DropType, Operation, QueriesLeftOut, RunQuery
from nsmig.overwriting import Refuse, refuse_overwriting
from nsmig.values import checksum, checksum_of_text
from nsmig.version import __version__
from nsmig.words import counted


@dataclass(frozen=True, slots=True)
class Task:
    """The work under one journal entry: a migration, or several as one squash.

    ``before`` is the schema before it, ``was_begun`` whether an interrupted run began it, ``done`` how many operations
    that run did, ``empty`` whether there were no rows when it was begun, ``records`` what is recorded when the task is
    done, ``migrations`` the names that are applied then. ``stands_in``: it is a squash with queries left out that is
    not begun yet, so there must be no rows. ``archive`` names the archive for everything it deletes.
    """

    name: str
    checksum: str
    operations: tuple[Operation, ...]
    before: Schema
    done: int
    records: tuple[Record, ...]
    migrations: tuple[str, ...]
    empty: bool = False
    was_begun: bool = False
    stands_in: bool = False
    archive: str | None = None

    def mark(self, done: int) -> Mark:
        """The journal entry when this many operations are done."""
        return Mark(self.name, self.checksum, done, self.empty, archive=self.archive)

    def place(self, start: int, end: int) -> Place:
        """The place of operations ``start`` to ``end`` (exclusive), for errors."""
        return Place(self.name, start + 1, end, len(self.operations))

    @property
    def is_fast_forward(self) -> bool:
        return self.name.startswith(FAST_FORWARD)

    @property
    def has_queries(self) -> bool:
        return any(isinstance(each, RunQuery) for each in self.operations)


def pending(history: History, state: State, to: str | None = None) -> list[str]:
    """Names of the migrations to run, in order; one that was begun and not finished comes first.

    :param to: the last one to run; for a partly applied squash, the last of its members that are not applied.
    :raises HistoryError: a begun migration has no file, or a squash runs instead of ``to``.
    :raises UnknownMigrationError: ``to`` names no migration.
    :raises BeyondError: something that depends on ``to`` is applied.
    """
    if to is not None and to not in history:
        raise UnknownMigrationError(to, history.order())
    unknown = _begun(state)
    begun = [name for name in history.order() if name in unknown]
    for name in sorted(unknown.difference(begun)):
        raise HistoryError(f"migration {name!r} was begun and not finished, but it is in no file; restore its file")
    planned = begun + history.planned([*state.records, *begun], has_rows=state.has_rows)
    if to is None:
        return planned
    order = history.order()
    for name in begun:
        if order.index(name) > order.index(to):
            raise HistoryError(f"migration {name!r} was begun and not finished and comes after {to!r}; finish it first")
    wanted = {to} if to in planned else set(history.replaced(to))
    if last := max((at for at, name in enumerate(planned, 1) if name in wanted), default=0):
        return planned[:last]
    if to in state.records or to in history.implied(state.records):
        if further := [name for name in dependents(history, to) if name in state.records]:
            raise BeyondError(to, further)
        return []
    squash = next(name for name in planned if to in history.replaced(name))
    raise HistoryError(f"{to!r} does not run by itself: the squash {squash!r} runs in its place; give --to {squash}")


def dependents(history: History, name: str) -> list[str]:
    """The migrations that depend on one, directly or indirectly, in order. A squash counts as its members."""
    own = {name, *history.replaced(name)}
    found = set(own)
    for each in history.order():
        members = {each, *history.replaced(each)}
        needed = {dependency for member in members if member in history for dependency in history[member].dependencies}
        if each not in own and name not in members and needed & found:
            found |= members
    return [each for each in history.order() if each in found and each not in own]


@dataclass(frozen=True, slots=True)
class Work:
    """All tasks, in order. Each is created when it is due, because a hundred thousand of them, with the schema before
    every step, would take too much memory. ``archive``: see :class:`Task`."""

    history: History
    state: State
    start: Schema
    groups: tuple[_Group, ...]
    archive: str | None = None

    @property
    def dropped(self) -> dict[str, list[str]]:
        """The node types that each task drops, by the name of the task, if there are any."""
        dropped = {}
        for group in self.groups:
            operations = _operations(group, self.history)
            if types := [each.type for each in operations if isinstance(each, DropType) and each.kind is Kind.NODE]:
                dropped[group.name] = sorted(types)
        return dropped

    @property
    def unarchived(self) -> list[str]:
        """The tasks with queries, whose deletions and replacements are not archived, each with their number."""
        counts = {
            each.name: sum(isinstance(operation, RunQuery) for operation in _operations(each, self.history))
            for each in self.groups
        }
        return [f"{name}: {counted(count, 'query', 'queries')}" for name, count in counts.items() if count]

    @property
    def migrations(self) -> list[str]:
        """The migrations of all tasks, in order."""
        return [name for group in self.groups for name in group.members]

    @property
    def covered(self) -> list[Record]:
        """See :func:`covered`, when all tasks are done."""
        names = (name for each in self.migrations for name in (each, *self.history.replaced(each)))
        return covered(self.history, [*self.state.records, *names])

    def __iter__(self) -> Iterator[Task]:
        schema = self.start
        for group in self.groups:
            operations = _operations(group, self.history)
            task = _task(group, operations, schema, self.history, self.state)
            yield replace(task, archive=self.archive) if self.archive else task
            for operation in operations:
                schema = schema.apply(operation)


@dataclass(frozen=True, slots=True)
class _Group:
    """Migrations that run under one journal entry. ``squashed`` is their squash, if they are several."""

    name: str
    members: tuple[str, ...]
    squashed: tuple[Operation, ...] | None = None


def tasks(history: History, refuse: Refuse, state: State, to: str | None = None, fast_forward: bool = False) -> Work:
    """Plan the work and check that no step is refused. Changes nothing; only ``refuse`` may query the database.

    :param refuse: see :func:`nsmig.running.state.refusing`.
    :param to: the last migration to run.
    :param fast_forward: run all that are not begun as one squash.
    :raises HistoryError: see :func:`pending`.
    :raises FoldError: an operation that cannot be applied to the schema before it.
    :raises UnsupportedError: an operation that this database can never carry out.
    :raises EditedError: a begun migration has different operations now.
    """
    start = schema = history.schema_of(list(state.records))
    if fast_forward or any(name.startswith(FAST_FORWARD) for name in unfinished(state)):
        state = replace(state, has_rows=True)  # it keeps all queries, and has the same members when it continues
    groups: list[_Group] = []
    for is_alone, some in groupby(_groups(history, state, to, fast_forward), lambda each: _is_alone(each, state)):
        if not is_alone:
            together = list(some)
            groups += together
            schema = _all_checked([each.name for each in together], history, refuse, schema)
            continue
        for group in some:
            if group.name.startswith(FAST_FORWARD):
                group = replace(group, squashed=_squashed(group.members, history, schema))
            groups.append(group)
            operations = _operations(group, history)
            _require_unedited(group, operations, state)
            schema = _checked(group, operations, history, refuse, schema)
    return Work(history, state, start, tuple(groups))


def _is_alone(group: _Group, state: State) -> bool:
    """Whether its operations have to be examined one by one, because it was begun or is a squash."""
    return group.name in state.journal or group.name.startswith(FAST_FORWARD)


def _groups(history: History, state: State, to: str | None, fast_forward: bool) -> Iterator[_Group]:
    """The groups that run under one journal entry each; begun ones come first."""
    planned = pending(history, state, to)
    begun = _begun(state)
    yield from (_Group(name, (name,)) for name in planned if name in begun)
    rest = [name for name in planned if name not in begun]
    for name in sorted(name for name in unfinished(state) if name.startswith(FAST_FORWARD)):
        members = dict.fromkeys(_members(name, history, state, to))
        yield _Group(name, tuple(members))
        rest = [each for each in rest if each not in members]
    if fast_forward and len(rest) > 1:
        yield _Group(f"{FAST_FORWARD}{rest[-1]}", tuple(rest))
    else:
        yield from (_Group(name, (name,)) for name in rest)


def records(migration: str, history: History) -> list[Record]:
    """The records to write when a migration is applied: its own, and those of everything it replaces."""
    return [_record(name, history) for name in [migration, *history.replaced(migration)]]


def covered(history: History, applied: Iterable[str]) -> list[Record]:
    """The records of squashes whose members are all applied. Without them, deleting the members' files would make the
    squashes unknown, and a squash of such a squash would count as partly applied."""
    return [_record(name, history) for name in history.implied(applied) if history.replaced(name)]


def _record(name: str, history: History) -> Record:
    (digest,) = _checksums([name], history) if name in history else (None,)
    return Record(name, checksum=digest, nsmig_version=__version__)


def edited(history: History, state: State) -> list[str]:
    """The names of migrations whose files have different operations now from when they were applied. Those applied by
    nodestream cannot be compared."""
    recorded = {name: record.checksum for name, record in sorted(state.records.items()) if record.checksum}
    compared = [name for name in recorded if name in history]
    now = zip(compared, _checksums(compared, history), strict=True)
    return [name for name, digest in now if digest != recorded[name]]


def _is_elided(name: str, history: History) -> bool:
    is_squash = bool(history.replaced(name))
    return is_squash and any(isinstance(each, QueriesLeftOut) for each in history[name].operations)


def _checksums(names: list[str], history: History) -> Iterator[str]:
    """The checksum of each of these migrations."""
    for name, text in zip(names, history.canonical(names), strict=True):
        yield checksum(history[name].operations) if text is None else checksum_of_text(text)


def unknown(history: History, state: State) -> list[str]:
    """Recorded names that have no file and are not replaced by a squash with a file."""
    gone = {name for name in state.records if name not in history}
    if gone:
        gone = gone.difference(each for name in history.order() for each in history.replaced(name))
    return sorted(gone)


def doubt(edited: Sequence[str], unknown: Sequence[str]) -> str | None:
    """The reason a migration may not fit a database whose applied migrations differ from the files."""
    kinds = ((edited, "edited after being applied here: restore the file"), (unknown, "recorded here, but in no file"))
    reasons = [f"{', '.join(names)} ({what})" for names, what in kinds if names]
    return f"{' and '.join(reasons)} may be why" if reasons else None


def unfinished(state: State) -> set[str]:
    """Journal entries of migrations and fast-forwards that were begun and are not applied.

    A program without a journal may have finished one in the meantime.
    """
    return {name for name in state.journal if name.removeprefix(FAST_FORWARD) not in state.records}


def _begun(state: State) -> set[str]:
    """Migrations that were begun on their own and not finished."""
    return {name for name in unfinished(state) if not name.startswith(FAST_FORWARD)}


def _members(name: str, history: History, state: State, to: str | None) -> list[str]:
    """The migrations of the begun fast-forward of this name."""
    last = name.removeprefix(FAST_FORWARD)
    if last not in history:
        raise HistoryError(f"a {name!r} was begun and not finished, but {last!r} is in no file; restore its file")
    begun = _begun(state)
    members = [each for each in pending(history, state, last) if each not in begun]
    if to != last and to in members:
        raise HistoryError(f"a {name!r} was begun and not finished, and cannot stop at {to!r}; run without --to first")
    return members


def _operations(group: _Group, history: History) -> tuple[Operation, ...]:
    return history[group.name].operations if group.squashed is None else group.squashed


def _all_checked(names: list[str], history: History, refuse: Refuse, schema: Schema) -> Schema:
    """Check that no operation of these migrations is refused; returns the schema after them."""
    steps = history.steps(names, schema)
    for name, index, operation, before in steps:
        try:
            refuse_overwriting(operation, before)
            refuse(operation, before)
        except DatabaseError as error:
            error.place = Place(name, index + 1, index + 1, len(history[name].operations))
            raise
    return steps.schema()


def _checked(
    group: _Group, operations: Sequence[Operation], history: History, refuse: Refuse, schema: Schema
) -> Schema:
    """Check that no operation of a group is refused; returns the schema after it."""
    for index, operation in enumerate(operations):
        with located(Place(group.name, index + 1, index + 1, len(operations))):
            refuse_overwriting(operation, schema)
            refuse(operation, schema)
        try:
            schema = schema.apply(operation)
        except FoldError as error:
            raise FoldError(group.name, history[group.name].file, index, operation, error.reason) from None
    return schema


def _squashed(members: Sequence[str], history: History, schema: Schema) -> tuple[Operation, ...]:
    """Squash the operations of all members.

    :param schema: before them.
    """
    places = [(name, index) for name in members for index in range(len(history[name].operations))]
    operations = [operation for name in members for operation in history[name].operations]
    try:
        return tuple(squash(operations, base=schema, keep_queries=True))
    except FoldError as error:
        name, index = places[error.index]
        raise FoldError(name, history[name].file, index, operations[error.index], error.reason) from None


def _require_unedited(group: _Group, operations: Sequence[Operation], state: State) -> None:
    """
    :raises EditedError: the group was begun with different operations.
    """
    mark = state.journal.get(group.name)
    if mark is not None and mark.checksum != checksum(operations):
        raise EditedError(
            group.name, mark.done, group.name.removeprefix(FAST_FORWARD), None if mark.numbered else "0.1.0"
        )


def steps_of(operations: Sequence[Operation], schema: Schema) -> tuple[tuple[Step, ...], Schema]:
    """Consecutive operations, each with the schema before it, and the schema after all of them."""
    steps = []
    for operation in operations:
        steps.append(Step(operation, schema))
        schema = schema.apply(operation)
    return tuple(steps), schema


def _task(group: _Group, operations: tuple[Operation, ...], before: Schema, history: History, state: State) -> Task:
    mark = state.journal.get(group.name)
    if mark is not None:
        digest = mark.checksum
    elif group.squashed is None:
        (digest,) = _checksums([group.name], history)
    else:
        digest = checksum(operations)
    return Task(
        group.name,
        digest,
        operations,
        before,
        mark.done if mark else 0,
        tuple(each for member in group.members for each in records(member, history) if each.name not in state.records),
        group.members,
        mark.empty if mark else False,
        mark is not None,
        mark is None and group.squashed is None and _is_elided(group.name, history),
    )
