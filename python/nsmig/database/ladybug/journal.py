"""nsmig's own data in a LadybugDB file: one table of keys and JSON values, for records and the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from nsmig.database.archiving import Position
from nsmig.database.base import FORMAT, Amendment, Mark, Record, Role, State, Statement, require_format
from nsmig.database.ladybug.values import STATE, literal, quote

STATE_TABLE = f"{quote(STATE)}(k STRING, v STRING, PRIMARY KEY(k))"
STATE_INDEX = f"{quote('_PK')} FOR (n:{quote(STATE)}) ON (n.k)"
# All of them: evaluating a process' first condition takes the engine ten times as long as listing a table.
TABLE_NAMES = "CALL show_tables() RETURN name"
FORMAT_KEY = ("format", "ledger")
ALL = f"MATCH (s:{quote(STATE)}) RETURN s.k, s.v ORDER BY s.k"


def state_exists(rows: Iterable[list[Any]]) -> bool:
    """Whether the rows of :data:`TABLE_NAMES` include the table for the state."""
    return [STATE] in rows


def number_of(rows: Iterable[list[Any]]) -> int | None:
    """The format number of the rows of :data:`ALL`; None if only 0.1.0 wrote them."""
    return next((json.loads(value) for key, value in rows if key == "/".join(FORMAT_KEY)), None)


def state_of(rows: Sequence[list[Any]]) -> State:
    """The state in the rows of :data:`ALL`.

    :raises FormatError: a later version wrote them.
    """
    number = number_of(rows)
    require_format("the journal", number)
    entries = [(*key.split("/", 1), json.loads(value)) for key, value in rows]
    marks = [(name, facts) for kind, name, facts in entries if kind == "journal"]
    return State(
        records={name: Record(name, **facts) for kind, name, facts in entries if kind == "applied"},
        journal={name: Mark(name, **facts, numbered=number is not None) for name, facts in marks},
        positions={name: Position(name, **facts) for kind, name, facts in entries if kind == "archive"},
    )


def numbered() -> Statement:
    """Write the format number. It is a separate entry, since version 0.1.0 accepts no further facts in its entries."""
    key = literal("/".join(FORMAT_KEY))
    return Statement(Role.DATA, f"MERGE (s:{quote(STATE)} {{k: {key}}}) SET s.v = '{FORMAT}'")


def journaled(mark: Mark) -> Statement:
    archive = {"archive": mark.archive} if mark.archive else {}
    return Statement(
        Role.DATA,
        f"MERGE (s:{quote(STATE)} {{k: $k}}) SET s.v = $v",
        {"k": f"journal/{mark.migration}", "v": json.dumps({"checksum": mark.checksum, "done": mark.done, **archive})},
    )


def positioned(position: Position) -> Statement:
    """Put the position in an archive."""
    return Statement(
        Role.DATA,
        f"MERGE (s:{quote(STATE)} {{k: $k}}) SET s.v = $v",
        {"k": f"archive/{position.archive}", "v": json.dumps({"file": position.file, "size": position.size})},
    )


def created(records: Iterable[Record]) -> list[Statement]:
    """Create records that do not exist yet: a quarter of the time of a statement that looks for them first."""
    text = f"CREATE (:{quote(STATE)} {{k: $k, v: $v}})"
    return [Statement(Role.DATA, text, entry) for entry in _entries(records)]


def _entries(records: Iterable[Record]) -> list[dict[str, str]]:
    """Each name once, in order."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    by_name = {record.name: record for record in records}
    return [
        {
            "k": f"applied/{name}",
            "v": json.dumps({"applied_at": now, "checksum": record.checksum, "nsmig_version": record.nsmig_version}),
        }
        for name, record in sorted(by_name.items())
    ]


def bookkeeping(records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> list[Statement]:
    sent = []
    if kept := _entries(records):
        sent.append(
            Statement(
                Role.DATA,
                f"UNWIND $kept AS each MERGE (s:{quote(STATE)} {{k: each.k}}) SET s.v = each.v",
                {"kept": kept},
            )
        )
    if names := [f"journal/{name}" for name in ended]:
        sent.append(Statement(Role.DATA, f"MATCH (s:{quote(STATE)}) WHERE s.k IN $ended DELETE s", {"ended": names}))
    return [*sent, *map(journaled, marks)]


def amending(
    rows: Mapping[str, str],
    amendment: Amendment,
    who: str,
) -> list[Statement]:
    """See :meth:`nsmig.database.base.Ledger.amend`.

    :param rows: the current rows of :data:`ALL`.
    """
    now = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    put = {f"applied/{new}": rows[f"applied/{old}"] for old, new in amendment.renamed.items()}
    for entry in _entries(amendment.records):
        if there := rows.get(entry["k"]):
            entry["v"] = json.dumps({**json.loads(entry["v"]), "applied_at": json.loads(there)["applied_at"]})
        put[entry["k"]] = entry["v"]
    put[f"repair/{now}"] = json.dumps({"who": who, "what": list(amendment.done)}, ensure_ascii=False)
    gone = [f"applied/{name}" for name in [*amendment.renamed, *amendment.forgotten]] + [
        f"journal/{name}" for name in amendment.ended
    ]
    sent = (
        [Statement(Role.DATA, f"MATCH (s:{quote(STATE)}) WHERE s.k IN $gone DELETE s", {"gone": gone})] if gone else []
    )
    merged = f"MERGE (s:{quote(STATE)} {{k: $k}}) SET s.v = $v"
    return [*sent, *(Statement(Role.DATA, merged, {"k": key, "v": value}) for key, value in put.items())]
