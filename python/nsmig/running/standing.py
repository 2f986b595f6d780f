"""The state of a target compared with the history: what it has, what it lacks, and what does not match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from nsmig._core import History, Schema
from nsmig.database.base import Database, Role, State, Step
from nsmig.database.cypher import parameters
from nsmig.database.survey import Misfit
from nsmig.errors import FAST_FORWARD, DatabaseError, FoldError, PlanError, doubted
from nsmig.findings import CODES, Diagnosis
from nsmig.operations import Operation
from nsmig.running.drift import Difference, drift
from nsmig.running.state import state_for
from nsmig.running.tasks import doubt, edited, unfinished, unknown
from nsmig.words import counted

OPEN = frozenset({"pending", "begun", "edited", "unknown", "missing"})  # states that need attention
UNCERTAIN = frozenset({"begun", "edited", "missing"})  # states that leave the migrations' effect on the database open


def standing(history: History, state: State) -> dict[str, dict[str, Any]]:
    """The state of each migration on a target, in the order of the history; those without a file last.

    ``state``: applied, edited (applied, and its file changed since), begun, pending, covered (``by`` a
    squash that counts for it; or, without ``by``, a squash whose members have run or run instead), unknown
    (recorded, without a file, and not covered by a squash), missing (has to run, since its ``squash`` does not, but has
    no file); together with its record.
    """
    order = history.order()
    begun, changed = unfinished(state), set(edited(history, state))
    planned, missing = _plan(history, [*state.records, *begun], state.has_rows)
    covering = {each: {"by": name} for name in order for each in history.replaced(name)}
    stands: dict[str, dict[str, Any]] = {}
    for name in [*order, *sorted((state.records.keys() - covering.keys() | begun).difference(order))]:
        record = state.records.get(name)
        facts: dict[str, Any]
        if record is not None:
            facts = {"state": "unknown", "applied_at": _utc(record.applied_at), "nsmig_version": record.nsmig_version}
            if name in history:
                facts["state"] = "edited" if name in changed else "applied"
        elif name in begun:
            facts = {"state": "begun", "done": state.journal[name].done}
            if name in history:
                facts["total"] = len(history[name].operations)
        else:
            facts = {"state": "pending"} if name in planned else {"state": "covered", **covering.get(name, {})}
        stands[name] = facts
    return {**stands, **{name: {"state": "missing", "squash": squash} for name, squash in sorted(missing.items())}}


def _plan(history: History, applied: list[str], has_rows: bool) -> tuple[set[str], dict[str, str]]:
    """The migrations to run and, by name, the squashes of those that would have to run but have no file."""
    missing: dict[str, str] = {}
    while True:
        try:
            return set(history.planned([*applied, *missing], has_rows=has_rows)), missing
        except PlanError as error:
            missing[error.missing] = error.squash


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Mismatches between the files and a database and, if the files do not fold, how they may differ from those that it
    was migrated with (see :func:`doubt`)."""

    found: list[Diagnosis]
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Doubted(Diagnosis):
    """A finding in the files that may only be due to their difference from those that a target was migrated with."""

    @property
    def advice(self) -> str:
        otherwise = CODES[self.code].advice
        return f"Restore those files first. If that does not help, {otherwise[:1].lower()}{otherwise[1:]}"


def doubted_by(finding: Diagnosis, doubts: Iterable[str]) -> Diagnosis:
    """An operation that cannot be applied, with the likely cause; any other finding unchanged."""
    if finding.code != "not-applicable" or not (said := "; ".join(doubts)):
        return finding
    return Doubted(finding.code, f"{finding.message}; {said}", finding.file, finding.line, finding.migration)


# The same as findings: "half-done" is a migration that was begun, or an index that the server is building.
_UNCERTAIN = UNCERTAIN - {"begun"} | {"half-done"}


def disagreements(history: History, target: str, database: Database[Any], *, declares_types: bool) -> Disagreements:
    """Mismatches between the files and a database.

    Drift is only reported if the result of the migrations is known: not while one is half done, or has to run and has
    no file, and not if files were edited since or do not fold. If records have no file, anything the database has
    beyond the files is not drift.

    :param target: the name of the database in messages.
    :param declares_types: see :class:`nsmig.database.kind.DatabaseKind`.
    :raises DatabaseError: it cannot be asked.
    :raises FoldError: what it has does not fold.
    """
    state = state_for(history, database)
    found = list(_misfits(history, target, state))
    found += [Diagnosis("half-done", f"target {target}: {each.text}") for each in database.session.unfinished()]
    not_known = unknown(history, state)
    reason = doubt(edited(history, state), not_known)
    if reason and not _folds(history):
        return Disagreements(found, f"target {target}: {reason}")
    if _UNCERTAIN.isdisjoint(each.code for each in found):
        with doubted(reason):
            expected = history.schema_of(list(state.records))
        found_there = database.session.live_schema(expected)
        live, stored = Schema.from_dict(found_there.content), found_there.stored
        differences = list(
            drift(
                expected,
                live,
                declares_types=declares_types,
                is_complete=not not_known,
                stored=stored,
                misfits=found_there.misfits,
            )
        )
        if differences and not state.records and not state.journal:
            text = f"target {target}: the database is not empty, but has no records of migrations"
            found.append(Advised("drift", text, said=_BEFORE_THE_FIRST.format(target=target)))
        else:
            found += _drifted(differences, target, database, live)
            found += _left_out(found_there.misfits, target)
    return Disagreements(found)


_BEFORE_THE_FIRST = (
    "To start from its content: `nsmig init --from {target}`. If it already matches the migrations, record them with"
    " `nsmig run --fake`. Otherwise `nsmig run` applies them."
)


@dataclass(frozen=True, slots=True)
class Advised(Diagnosis):
    """A finding with advice of its own."""

    said: str = ""

    @property
    def advice(self) -> str:
        return self.said


def _left_out(misfits: Iterable[Misfit], target: str) -> Iterator[Diagnosis]:
    """The optional indexes and constraints that a database does without, each with its statement."""
    for each in misfits:
        if each.is_left_out:
            reason = f": {each.why_not}" if each.why_not else ""
            how = f"; or `nsmig repair --target {target} --make-optional`" if not each.why_not else ""
            where = "where a database can have it" if each.why_not else "here"
            said = f"To create it {where}: {each.statement}{how}" if each.statement else ""
            yield Advised("left-out", f"target {target}: the optional {each.text}{reason}", said=said)


def _drifted(
    differences: Iterable[Difference], target: str, database: Database[Any], schema: Schema
) -> Iterator[Diagnosis]:
    """Each difference with its remedy. The statements must be sent in the order in which they are shown; those that
    would be different without the earlier ones say so."""
    first = then = None  # what the database holds, and what it would hold after the statements so far
    for each in differences:
        left = database.session.remains(each.kind, each.type) if each.is_whole_type else ()
        if left:  # no row is of the type
            for text, statement in left:
                yield Advised("drift", f"target {target}: {text} is left over", said=f"To drop it: {statement}")
            continue
        said = each.advice
        if each.operations:
            if first is None or then is None:
                first = then = (schema, database.session.live())
            statements, after = _ending(each.operations, database, *then)
            if statements:
                is_alone = then is first or _ending(each.operations, database, *first)[0] == statements
                said = f"To fix it{'' if is_alone else ', after those above'}: {'; '.join(statements)}"
                then = after
        yield Advised("drift", f"target {target}: {each}", said=said)


def _ending(
    operations: tuple[Operation, ...], database: Database[Any], schema: Schema, live: Any
) -> tuple[list[str], tuple[Schema, Any]]:
    """The statements that do this on the database, if there are any, and what it holds after them."""
    sent: list[str] = []
    before = schema, live
    with suppress(DatabaseError, FoldError):
        for operation in operations:
            turn, live = database.dialect.turn((Step(operation, schema),), live)
            sent += [each.text for each in turn.statements if each.role in (Role.SCHEMA, Role.DATA)]
            schema = schema.apply(operation)
        if not any(map(parameters, sent)):  # otherwise part of them would be taken for the whole
            return sent, (schema, live)
    return [], before


def _folds(history: History) -> bool:
    try:
        history.schema()
    except FoldError:
        return False
    return True


def _misfits(history: History, target: str, state: State) -> Iterator[Diagnosis]:
    """Migrations whose record and file differ, and those that are half done."""
    for name, facts in standing(history, state).items():
        file = history[name].file if name in history else None
        match facts["state"]:
            case "edited":
                reason = f"{name!r} was applied {_day(facts)}with other operations than its file has now"
                yield Diagnosis("edited", f"target {target}: {reason}", file, migration=name)
            case "unknown":
                reason = f"{name!r} is recorded as applied, but is in no file"
                yield Diagnosis("unknown", f"target {target}: {reason}", migration=name)
            case "begun":
                reason = f"{name!r} stopped after {progress(facts)}"
                if name.removeprefix(FAST_FORWARD) in history:
                    yield Diagnosis("half-done", f"target {target}: {reason}", file, migration=name)
                else:
                    text = f"target {target}: {reason}, and is in no file"
                    said = "Restore its file; then let it finish with: nsmig run"
                    yield Advised("half-done", text, migration=name, said=said)
            case "missing":
                squash = facts["squash"]
                why = f"some of the migrations that squash {squash!r} replaces are applied and some are not"
                if squash in history.elided() and not {squash, *history.replaced(squash)} & state.records.keys():
                    why = f"squash {squash!r} left queries out, and the database has rows or a query runs before it"
                reason = f"{why}, so {name!r} must run, but it is in no file"
                yield Diagnosis("missing", f"target {target}: {reason}", migration=name)


def progress(facts: dict[str, Any]) -> str:
    """How much of a begun migration is done. The length of a fast-forward is only known when it continues."""
    if "total" in facts:
        return f"{facts['done']} of {counted(facts['total'], 'operation')}"
    return counted(facts["done"], "operation")


_WORDS = {"edited": "edited since", "unknown": "unknown (no file)", "missing": "missing (no file)"}


def in_words(facts: dict[str, Any]) -> str:
    """The state of a migration, and since when; nodestream records only the name.

    >>> in_words({"state": "edited", "applied_at": "2026-11-28T14:29:30Z"})
    'applied 2026-11-28T14:29:30Z, edited since'
    """
    state: str = facts["state"]
    if state == "begun":
        return f"begun, {progress(facts)} done"
    if state == "covered":
        return f"covered by {facts.get('by', 'what it replaces')}"
    words = _WORDS.get(state, state)
    if "applied_at" not in facts:
        return words
    since = f"applied {facts['applied_at']}" if facts["applied_at"] else "applied by nodestream"
    return since if state == "applied" else f"{since}, {words}"


_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)?(?:\[.*\])?")


def _utc(time: str | None) -> str | None:
    """A time in one form, whichever database wrote it."""
    found = _TIME.fullmatch(time or "")
    if found is None:
        return time
    minutes, seconds, zone = found.groups()
    at = datetime.fromisoformat(f"{minutes}{seconds or ':00'}{'+00:00' if zone in (None, 'Z') else zone}")
    return f"{at.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _day(facts: dict[str, Any]) -> str:
    return f"on {facts['applied_at'][:10]} " if facts["applied_at"] else ""
