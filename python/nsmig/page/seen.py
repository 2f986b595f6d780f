"""A target on a page: the state of each migration, and its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from nsmig._core import History, Schema
from nsmig.database import database_kind
from nsmig.database.base import Database
from nsmig.errors import FoldError
from nsmig.kinds import Kind
from nsmig.running.drift import drift
from nsmig.running.standing import standing
from nsmig.running.state import state_for
from nsmig.running.tasks import unknown

SECTIONS = {Kind.NODE: "nodes", Kind.RELATIONSHIP: "relationships"}


@dataclass(frozen=True, slots=True)
class Seen:
    """``standing``: by migration, see :func:`nsmig.running.standing.standing`. ``made_of``: the migrations that make up
    its schema. ``live``: the content of a schema file; None if it cannot be compared, because its migrations do not
    fold. ``differences``: from the result of these migrations, one sentence each. ``has_failed``: all of this is
    unknown, because the target could not be read."""

    name: str
    standing: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    made_of: tuple[str, ...] = ()
    live: Mapping[str, Any] | None = None
    differences: tuple[str, ...] = ()
    has_failed: bool = False


def seen(history: History, name: str, database: Database[Any]) -> Seen:
    """Read a target. Nothing is locked or written.

    :param name: its name on the page.
    :raises DatabaseError: it cannot be read.
    """
    state = state_for(history, database)
    records, stands = list(state.records), standing(history, state)
    made_of = tuple(history.effective(records))
    try:
        expected = history.schema_of(records)
    except FoldError:
        return Seen(name, stands, made_of)
    found = database.session.live_schema(expected)
    live, declares_types = Schema.from_dict(found.content), database_kind(database.kind).declares_types
    differences = drift(
        expected,
        live,
        declares_types=declares_types,
        is_complete=not unknown(history, state),
        stored=found.stored,
        misfits=found.misfits,
    )
    content = _filled(expected, live, declares_types)
    return Seen(name, stands, made_of, content, tuple(map(str, differences)))


def utc_now() -> str:
    """The time that a page shows."""
    return f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _filled(expected: Schema, live: Schema, declares_types: bool) -> dict[str, Any]:
    """The live schema, completed with the expected values for everything that this kind of database does not report:
    any remaining difference is real. See :func:`nsmig.running.drift.drift`."""
    wanted, there = expected.to_dict(), live.to_dict()
    content: dict[str, Any] = {"cardinalities": (there if declares_types else wanted)["cardinalities"]}
    for kind, section in SECTIONS.items():
        before = {each["name"]: each["properties"] for each in wanted[section]}
        now = {each["name"]: each["properties"] for each in there[section]}
        names = sorted(now if declares_types else {*before, *now})
        content[section] = [
            {"name": name, "properties": _properties(kind, before.get(name, {}), now.get(name, {}), declares_types)}
            for name in names
        ]
    return content


def _properties(
    kind: Kind, wanted: Mapping[str, dict[str, Any]], there: Mapping[str, dict[str, Any]], declares_types: bool
) -> dict[str, Any]:
    keys = [name for name, facts in wanted.items() if facts["is_key"]]
    properties = {}
    for name in sorted(there if declares_types else {*wanted, *there}):
        expected, live = wanted.get(name), there.get(name)
        if expected is None or live is None:
            properties[name] = dict(live or expected or {})
            continue
        facts = dict(live)
        if expected["type"] == "STRING" or (live["type"] == "STRING" and not declares_types):
            facts["type"] = expected["type"]
        if kind is Kind.RELATIONSHIP and not declares_types:
            facts["is_key"] = expected["is_key"]
        if keys == [name]:  # the constraint is its index
            facts["is_indexed"] = expected["is_indexed"]
        properties[name] = facts
    return properties
