"""Making the optional indexes and constraints that a database was migrated without, once it can have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nsmig._core import History, Schema
from nsmig.catalog_operations import creation, removal
from nsmig.database.base import Amendment, Database, Step
from nsmig.database.survey import Misfit
from nsmig.running.repair import RepairError, whoever
from nsmig.running.standing import UNCERTAIN, standing
from nsmig.running.state import state_for


@dataclass(frozen=True, slots=True)
class MadeOptional:
    """What was made, or in a dry run would be, and what the database still cannot have. ``notes``: counts that the user
    should know about."""

    made: tuple[Misfit, ...] = ()
    left_out: tuple[Misfit, ...] = ()
    notes: tuple[str, ...] = ()


def make_optional(
    history: History,
    database: Database[Any],
    *,
    lock_timeout: float,
    waiting: Callable[[str], None],
    dry_run: bool = False,
) -> MadeOptional:
    """Make those that are missing, under the lock, and log in the database who did it.

    :raises RepairError: a migration is half done, edited or missing, so what there should be is not known.
    :raises ConflictError: the data does not allow one of them; those before it are made.
    :raises DatabaseError: the database cannot be locked, read or changed.
    """
    if dry_run:
        return _missing(history, database)[0]
    with database.ledger.lock(lock_timeout, waiting) as require_lock:
        (found, schema), live = _missing(history, database), database.session.live()
        notes: list[str] = []
        for each in found.made:
            step = Step(creation(each.entry), schema.apply(removal(each.entry)))
            turn, live = database.dialect.turn((step,), live)
            require_lock()
            notes += database.session.execute(turn, None, lambda rows: None)
            database.session.finish(turn.makes, lambda share: require_lock())
            done = f"created the optional {each.entry.noun} {each.entry.name} on {each.entry.place}"
            database.ledger.amend(Amendment(done=(done,)), whoever())
    return replace(found, notes=tuple(notes))


def _missing(history: History, database: Database[Any]) -> tuple[MadeOptional, Schema]:
    """Those that are missing, and the schema that the database should have."""
    state = state_for(history, database)
    for name, facts in standing(history, state).items():
        if facts["state"] in UNCERTAIN:
            raise RepairError(name, _WHY[facts["state"]])
    expected = history.schema_of(list(state.records))
    missing = [each for each in database.session.live_schema(expected).misfits if each.is_left_out]
    made, left_out = (tuple(each for each in missing if bool(each.why_not) == is_left) for is_left in (False, True))
    return MadeOptional(made, left_out), expected


_WHY = {
    "begun": "it is half done; finish it with `nsmig run`",
    "edited": "its file was edited after it was applied; restore it, or accept it with `nsmig repair --accept`",
    "missing": "it has to run, but has no file; restore that",
}
