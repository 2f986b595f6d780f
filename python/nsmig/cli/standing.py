"""How a target stands to the history: what it has, what it lacks, and what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nsmig.findings import Diagnosis

if TYPE_CHECKING:
    from nsmig import History
    from nsmig.database.base import State
    from nsmig.project import Target


OPEN = frozenset({"pending", "begun", "edited", "unknown", "missing"})  # states in which somebody has to look


def standing(history: History, state: State) -> dict[str, dict[str, Any]]:
    """Per migration how it stands on a target, in the order of the history; those in no file last.

    ``state``: applied, edited (applied, and its file changed since), begun, pending, covered (by a squash), unknown
    (recorded, in no file, and no squash stands for it), missing (to run, since its ``squash`` is partly applied, but in
    no file); with what is recorded of it.
    """
    from nsmig.run import unfinished
    from nsmig.values import checksum

    order = history.order()
    begun = unfinished(state)
    planned, missing = _plan(history, [*state.records, *begun])
    replaced = {each for name in order for each in history.replaced(name)}
    stands: dict[str, dict[str, Any]] = {}
    for name in [*order, *sorted((state.records.keys() - replaced | begun).difference(order))]:
        record = state.records.get(name)
        facts: dict[str, Any]
        if record is not None:
            facts = {"state": "unknown", "applied_at": record.applied_at, "nsmig_version": record.nsmig_version}
            if name in history:
                is_edited = record.checksum is not None and record.checksum != checksum(history[name].operations)
                facts["state"] = "edited" if is_edited else "applied"
        elif name in begun:
            facts = {"state": "begun", "done": state.journal[name].done}
            if name in history:
                facts["total"] = len(history[name].operations)
        else:
            facts = {"state": "pending" if name in planned else "covered"}
        stands[name] = facts
    return {**stands, **{name: {"state": "missing", "squash": squash} for name, squash in sorted(missing.items())}}


def _plan(history: History, applied: list[str]) -> tuple[set[str], dict[str, str]]:
    """What is to run and, by name, the squash of what would have to but is in no file."""
    from nsmig.errors import PlanError

    missing: dict[str, str] = {}
    while True:
        try:
            return {migration.name for migration in history.plan([*applied, *missing])}, missing
        except PlanError as error:
            missing[error.missing] = error.squash


def of_target(history: History, target: Target) -> list[Diagnosis]:
    """What does not fit between the files and a target.

    Drift is judged by the migrations as their files are now, and not while one is half done.

    :raises DatabaseError: it cannot be asked.
    """
    from nsmig import Schema
    from nsmig.cli.targets import connected
    from nsmig.drift import drift
    from nsmig.run import unfinished

    with connected(target) as database:
        state = database.state()
        expected = history.schema_of(list(state.records))
        live = None if unfinished(state) else Schema.from_dict(database.live_schema(expected))
    found = []
    for name, facts in standing(history, state).items():
        file = history[name].file if name in history else None
        if facts["state"] == "edited":
            said = (
                f"target {target.name}: {name!r} was applied {_day(facts)}with other operations than its file has now"
            )
            found.append(Diagnosis("edited", said, file, migration=name))
        elif facts["state"] == "unknown":
            said = f"target {target.name}: {name!r} is recorded as applied, but is in no file"
            found.append(Diagnosis("unknown", said, migration=name))
        elif facts["state"] == "begun":
            said = f"target {target.name}: {name!r} stopped after {progress(facts)}"
            found.append(Diagnosis("half-done", said, file, migration=name))
        elif facts["state"] == "missing":
            some = f"of what squash {facts['squash']!r} replaces, some is applied and some is not"
            said = f"target {target.name}: {some}, so {name!r} must run, but it is in no file"
            found.append(Diagnosis("missing", said, migration=name))
    if live is not None:  # what a half-done migration has changed so far is in no schema
        differences = drift(expected, live, knows_types=target.database == "ladybug")
        found += [Diagnosis("drift", f"target {target.name}: {each}") for each in differences]
    return found


def progress(facts: dict[str, Any]) -> str:
    """How much is done of what was begun. How much there is to a fast-forward is known only when it goes on."""
    of = f" of {facts['total']}" if "total" in facts else ""
    return f"{facts['done']}{of} operation{'' if facts.get('total', facts['done']) == 1 else 's'}"


def _day(facts: dict[str, Any]) -> str:
    return f"on {facts['applied_at'][:10]} " if facts["applied_at"] else ""
