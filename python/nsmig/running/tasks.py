"""What has to run on a database, as values: which migrations, and, when it is due, every operation with the schema
before it.

With ``fast_forward`` the pending migrations are one task, whose journal bears the name of the last of them. A later
run, with or without ``fast_forward``, finds that journal, squashes the same migrations again and goes on in the same
list of operations; if files have changed and the list is another one, it refuses.
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
    """What runs under one journal entry: a migration, or several as one squash.

    ``before`` is the schema before it, ``was_begun`` whether there was an interrupted run, ``done`` how many of the
    operations it has done, ``empty`` whether there were no rows when it was begun, ``records`` what is remembered when
    the task is through, ``migrations`` those that are applied then. ``stands_in``: it is a squash that left
    queries out and is not begun yet, so there must be no rows. ``archive`` names the archive that what it
    deletes goes into.
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
        """The journal's entry when so many operations are done."""
        return Mark(self.name, self.checksum, done, self.empty, archive=self.archive)

    def place(self, start: int, end: int) -> Place:
        """Where the operations from ``start`` until before ``end`` are, in an error's words."""
        return Place(self.name, start + 1, end, len(self.operations))

    @property
    def is_fast_forward(self) -> bool:
        return self.name.startswith(FAST_FORWARD)

    @property
    def has_queries(self) -> bool:
        return any(isinstance(each, RunQuery) for each in self.operations)


def pending(history: History, state: State, to: str | None = None) -> list[str]:
    """Names of the migrations to run, in order; one that was begun and not finished comes first.

    :param to: the last one to run. Of a squash that is partly applied, that is the last of its members that lack.
    :raises HistoryError: one was begun whose file is gone, or a squash runs in place of ``to``.
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
    """The migrations that depend on one, directly or through others, in order. A squash stands for its members."""
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
    """All tasks, in order. Each is made when it is due: a hundred thousand of them, with the schema before every step,
    are more than a run should hold. ``archive``: see :class:`Task`."""

    history: History
    state: State
    start: Schema
    groups: tuple[_Group, ...]
    archive: str | None = None

    @property
    def dropped(self) -> dict[str, list[str]]:
        """By task the node types that it drops, where there are any."""
        dropped = {}
        for group in self.groups:
            operations = _operations(group, self.history)
            if types := [each.type for each in operations if isinstance(each, DropType) and each.kind is Kind.NODE]:
                dropped[group.name] = sorted(types)
        return dropped

    @property
    def unarchived(self) -> list[str]:
        """The tasks that have queries, what these delete or replace being in no archive, each with how many."""
        counts = {
            each.name: sum(isinstance(operation, RunQuery) for operation in _operations(each, self.history))
            for each in self.groups
        }
        return [f"{name}: {counted(count, 'query', 'queries')}" for name, count in counts.items() if count]

    @property
    def migrations(self) -> list[str]:
        """Those of all tasks, in order."""
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
    """What is to run, with every step asked for what forbids it. Nothing is changed, and only ``refuse`` may
    ask the database.

    :param refuse: see :func:`nsmig.running.state.refusing`.
    :param to: the last migration to run.
    :param fast_forward: all that are not begun as one squash.
    :raises HistoryError: see :func:`pending`.
    :raises FoldError: an operation that cannot be applied to the schema before it.
    :raises UnsupportedError: an operation that this database can never carry out.
    :raises EditedError: what was begun has other operations now.
    """
    start = schema = history.schema_of(list(state.records))
    if fast_forward or any(name.startswith(FAST_FORWARD) for name in unfinished(state)):
        state = replace(state, has_rows=True)  # it keeps all queries, and its members are the same when it goes on
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
            schema = _checked(group, operations, history, refuse, schema)
            _require_unedited(group, operations, state)
    return Work(history, state, start, tuple(groups))


def _is_alone(group: _Group, state: State) -> bool:
    """Whether its operations have to be looked at one by one: what was begun, or is a squash."""
    return group.name in state.journal or group.name.startswith(FAST_FORWARD)


def _groups(history: History, state: State, to: str | None, fast_forward: bool) -> Iterator[_Group]:
    """What runs under one journal entry each; what was begun comes first."""
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
    """What is remembered when a migration is applied: it, and all that it stands for."""
    return [_record(name, history) for name in [migration, *history.replaced(migration)]]


def covered(history: History, applied: Iterable[str]) -> list[Record]:
    """What is to be remembered of squashes all of whose members are applied: else it is lost with the members' files
    that they are, and a squash of such a squash would count as partly applied."""
    return [_record(name, history) for name in history.implied(applied) if history.replaced(name)]


def _record(name: str, history: History) -> Record:
    (digest,) = _checksums([name], history) if name in history else (None,)
    return Record(name, checksum=digest, nsmig_version=__version__)


def edited(history: History, state: State) -> list[str]:
    """The migrations that were applied with other operations than their files have now, by name. Of those that
    nodestream applied nothing is known."""
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
    """What is recorded, but neither in a file nor replaced by a squash that is."""
    gone = {name for name in state.records if name not in history}
    if gone:
        gone = gone.difference(each for name in history.order() for each in history.replaced(name))
    return sorted(gone)


def doubt(edited: Sequence[str], unknown: Sequence[str]) -> str | None:
    """Why a migration may not fit a database on which these are applied, but not as the files say."""
    kinds = ((edited, "edited after being applied here: restore the file"), (unknown, "recorded here, but in no file"))
    reasons = [f"{', '.join(names)} ({what})" for names, what in kinds if names]
    return f"{' and '.join(reasons)} may be why" if reasons else None


def unfinished(state: State) -> set[str]:
    """Journal entries that were begun and not finished: a migration, or a fast-forward, that is not applied.

    Another program may have finished it, which knows of no journal.
    """
    return {name for name in state.journal if name.removeprefix(FAST_FORWARD) not in state.records}


def _begun(state: State) -> set[str]:
    """Migrations that were begun by themselves and not finished."""
    return {name for name in unfinished(state) if not name.startswith(FAST_FORWARD)}


def _members(name: str, history: History, state: State, to: str | None) -> list[str]:
    """The migrations that a fast-forward of this name began."""
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
    """The schema after these migrations, none of whose operations is refused."""
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
    """The schema after a group, none of whose operations is refused."""
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
    """The squash of all members' operations.

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
    :raises EditedError: the group was begun with other operations.
    """
    mark = state.journal.get(group.name)
    if mark is not None and mark.checksum != checksum(operations):
        raise EditedError(
            group.name, mark.done, group.name.removeprefix(FAST_FORWARD), None if mark.numbered else "0.1.0"
        )


def steps_of(operations: Sequence[Operation], schema: Schema) -> tuple[tuple[Step, ...], Schema]:
    """Operations that follow each other, each with the schema before it, and the schema after them."""
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
