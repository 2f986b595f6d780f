"""Differences between the records of a database and the files, ways to resolve them, and what the next run then does.

Each way only changes records: which migrations are applied, their names, and their operations. None makes a migration
count as applied unless someone has looked at its operations.
"""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nsmig._core import History
from nsmig.database.base import Amendment, Database, Record, State
from nsmig.errors import FAST_FORWARD, HistoryError, NsmigError, UnknownMigrationError
from nsmig.running.standing import progress, standing
from nsmig.running.state import state_for
from nsmig.running.tasks import dependents, edited, pending, records, tasks, unfinished, unknown
from nsmig.words import counted, some


class RepairError(NsmigError):
    """A record cannot be repaired in this way. Nothing was changed.

    ``migration`` is its name.
    """

    def __init__(self, migration: str, reason: str) -> None:
        super().__init__(f"{migration}: {reason}; nothing was changed")
        self.migration, self.reason = migration, reason


@dataclass(frozen=True, slots=True)
class Answers:
    """How to repair records, all by full names.

    :param accept: accept the file as what was applied.
    :param forget: treat it as not applied.
    :param renamed: recorded name → name of the file.
    :param baseline: treat this and all before it as applied, according to another tool's records.
    """

    accept: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    baseline: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == Answers()


@dataclass(frozen=True, slots=True)
class Way:
    """A way to resolve a difference. ``answers`` is None if `repair` cannot do it. ``then`` is what the next run
    does."""

    text: str
    then: str
    answers: Answers | None = None
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between a record and the files. ``kind`` is edited, unknown, half-done, renamed or other-records."""

    kind: str
    migration: str
    text: str
    ways: tuple[Way, ...]


def differences(history: History, state: State, others: tuple[str, ...]) -> list[Difference]:
    """All differences, in the order of the history; those without a file last.

    :param others: the records of another tool, in order.
    """
    found = []
    renamed = _renamed(history, state)
    for name, facts in standing(history, state).items():
        match facts["state"]:
            case "edited":
                text = f"{name} was applied with other operations than its file has now"
                accepted = Answers(accept=(name,))
                way = _way(
                    history,
                    state,
                    "--accept",
                    accepted,
                    "the file counts as what was applied; do this only if the database matches it",
                )
                back = Way("restore the file as it was applied", next_run(history, state))
                found.append(Difference("edited", name, text, (way, back)))
            case "unknown" if name in renamed:
                new = renamed[name]
                text = f"{name} is recorded, but in no file; {new} does the same and is not recorded"
                way = _way(history, state, "--rename", Answers(renamed={name: new}), "the record gets that name")
                found.append(Difference("renamed", name, text, (way, _forgotten(history, state, name))))
            case "unknown":
                text = f"{name} is recorded as applied, but in no file"
                back = Way("restore its file, or use the checkout that has it", "")
                found.append(Difference("unknown", name, text, (back, _forgotten(history, state, name))))
            case "begun":
                text = f"{name} stopped after {progress(facts)}"
                way = Way("leave its file as it is", next_run(history, state))
                if name.removeprefix(FAST_FORWARD) not in history:
                    way = Way("restore its file: until then no run works", "")
                found.append(Difference("half-done", name, text, (way,)))
    if others and not state.records:
        text = f"neo4j-migrations has recorded {counted(len(others), 'migration')} here, up to {others[-1]}"
        text += "; nsmig has recorded none"
        ways = tuple(
            _way(history, state, "--baseline", Answers(baseline=name), "this and all before it count as applied")
            for name in history.order()[:1]
        )
        found.append(Difference("other-records", others[-1], text, ways))
    return found


def _way(history: History, state: State, flag: str, answers: Answers, text: str) -> Way:
    """A way that `repair` offers or, if it is impossible, the reason."""
    pairs = [f"{old}={new}" for old, new in answers.renamed.items()]
    (value,) = [*answers.accept, *answers.forget, *pairs, *([answers.baseline] if answers.baseline else [])]
    shown = f"{flag} {shlex.quote(value)}"
    try:
        after = mending(history, state, answers, ("",) if answers.baseline else ()).on(state)
    except RepairError as error:
        return Way(f"not {shown}: {error.reason}", "", None, flag)
    return Way(text, next_run(history, after), answers, shown)


def _forgotten(history: History, state: State, name: str) -> Way:
    return _way(history, state, "--forget", Answers(forget=(name,)), "it counts as not applied; its effects stay")


def _renamed(history: History, state: State) -> dict[str, str]:
    """Records without a file, each with the only unrecorded file that has the same operations."""
    waiting: dict[str, list[str]] = {}
    for name in history.order():
        if name not in state.records and name not in state.journal and not history.replaced(name):
            waiting.setdefault(str(records(name, history)[0].checksum), []).append(name)
    found = {}
    for name in unknown(history, state):
        alike = waiting.get(state.records[name].checksum or "", [])
        if len(alike) == 1:
            found[name] = alike[0]
    return {old: new for old, new in found.items() if list(found.values()).count(new) == 1}


def next_run(history: History, state: State) -> str:
    """What the next run would do, as the end of the sentence "the next run …"."""
    try:
        names = tasks(history, lambda operation, before: None, state).migrations
    except NsmigError as error:
        return f"stops: {error}"
    if not names:
        return "has nothing to do"
    return f"applies {some(names, 3)}"


def mending(history: History, state: State, answers: Answers, others: tuple[str, ...]) -> Amendment:
    """The changes that the answers lead to.

    :param others: the records of another tool, in order.
    :raises RepairError: an answer cannot be followed.
    """
    for name in answers.accept:
        _require_edited(history, state, name)
    for name in answers.forget:
        _require_forgettable(history, state, name)
    _require_once([*answers.accept, *answers.forget, *answers.renamed])
    _require_once([*answers.renamed.values()])
    after = (state.records.keys() - answers.renamed.keys()) | {*answers.renamed.values()}
    for old, new in answers.renamed.items():
        _require_same(history, state, old, new, after)
    accepted = [records(name, history)[0] for name in answers.accept]
    based = _baseline(history, state, answers.baseline, others) if answers.baseline else []
    gone = {*answers.forget, *answers.renamed}
    return Amendment(
        (*accepted, *based),
        answers.forget,
        answers.renamed,
        tuple(sorted(name for name in state.journal if name.removeprefix(FAST_FORWARD) in gone)),
        (
            *(f"accepted {name} as its file is" for name in answers.accept),
            *(f"forgot that {name} is applied" for name in answers.forget),
            *(f"renamed the record {old} to {new}" for old, new in answers.renamed.items()),
            *(f"recorded {each.name}, as neo4j-migrations was at {others[-1]}" for each in based),
        ),
    )


def _require_once(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise RepairError(name, "it is named twice")


def _require_edited(history: History, state: State, name: str) -> None:
    if name in unfinished(state):
        raise RepairError(name, "it was begun and not finished; restore its file and let `nsmig run` finish it")
    if name not in state.records:
        raise RepairError(name, "it is not recorded here")
    if name not in edited(history, state):
        raise RepairError(name, "its file is as it was applied" if name in history else "it is in no file")


def _require_forgettable(history: History, state: State, name: str) -> None:
    if name in unfinished(state):
        raise RepairError(name, "it was begun and not finished; let `nsmig run` finish it")
    if name not in state.records:
        raise RepairError(name, "it is not recorded here")
    for squash in history.order():
        if name in history.replaced(squash):
            raise RepairError(name, f"the squash {squash} covers it, and would count as partly applied")
    if name in history and name in history.implied(state.records.keys() - {name}):
        raise RepairError(name, "all that it replaces is recorded, so it would still count as applied")
    known = state.records.keys() | {each.removeprefix(FAST_FORWARD) for each in unfinished(state)}
    if name in history and (held := [each for each in dependents(history, name) if each in known]):
        verb = "depends" if len(held) == 1 else "depend"
        raise RepairError(name, f"{', '.join(held[:3])} {verb} on it, recorded or begun")


def _require_same(history: History, state: State, old: str, new: str, after: set[str]) -> None:
    """
    :param after: the records after all renames.
    """
    if old not in state.records:
        raise RepairError(old, "it is not recorded here")
    if old in history:
        raise RepairError(old, "it has a file of its own")
    if new not in history:
        raise RepairError(new, "it is in no file")
    if new in state.records or new in state.journal:
        raise RepairError(new, "it is recorded here itself")
    if history.replaced(new) or any(new in history.replaced(each) for each in history):
        raise RepairError(
            new, "it is a squash, or part of one: the record would then also count for migrations that did not run"
        )
    if lacking := [each for each in history[new].dependencies if each not in after | {*history.implied(after)}]:
        raise RepairError(new, f"it depends on {', '.join(lacking)}, which is not applied here")
    was, now = state.records[old].checksum, records(new, history)[0].checksum
    if was is None:
        raise RepairError(
            new,
            f"the record of {old} does not say what it did, as nodestream's do not, so the two cannot be compared;"
            f" give the file its old name, {old}, again",
        )
    if was != now:
        raise RepairError(new, f"its operations differ from those that {old} was applied with")


def _baseline(history: History, state: State, name: str, others: tuple[str, ...]) -> list[Record]:
    if state.records or state.journal:
        raise RepairError(name, "the database has records of nsmig's already")
    if not others:
        raise RepairError(name, "no other tool has records here; to record without running: nsmig run --fake")
    try:
        names = pending(history, State({}, {}, has_rows=False), name)
    except (UnknownMigrationError, HistoryError) as error:
        raise RepairError(name, str(error)) from error
    return [record for each in names for record in records(each, history)]


def repair(
    history: History, database: Database[Any], answers: Answers, *, lock_timeout: float, waiting: Any
) -> tuple[Amendment, str]:
    """Repair the records under the lock, and log in the database who did it and what.

    :returns: what was changed, and what the next run does.
    :raises RepairError: an answer cannot be followed.
    :raises DatabaseError: the database cannot be locked or read.
    """
    with database.ledger.lock(lock_timeout, waiting) as require_lock:
        state = state_for(history, database)
        mended = mending(history, state, answers, database.session.other_records())
        require_lock()
        database.ledger.amend(mended, whoever())
        return mended, next_run(history, mended.on(state))


def whoever() -> str:
    """The user and the machine, for the log."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a process whose user has no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def answered(given: Iterable[Answers]) -> Answers:
    """Several answers combined."""
    given = list(given)
    return Answers(
        tuple(name for each in given for name in each.accept),
        tuple(name for each in given for name in each.forget),
        {old: new for each in given for old, new in each.renamed.items()},
        next((each.baseline for each in given if each.baseline), None),
    )
