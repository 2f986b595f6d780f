"""nsmig's own data in a Neo4j database: nodestream's records with additional facts, and a journal of begun
migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from nsmig.database.archiving import Position
from nsmig.database.base import FORMAT, Amendment, Mark, Record, Role, State, Statement, require_format
from nsmig.database.cypher import quoted

MIGRATION, LOCK, JOURNAL = "__NodestreamMigration__", "__NodestreamMigrationLock__", "__NsmigJournal__"
KEPT = "__NsmigKept__"  # constraints and indexes that are dropped and not yet rebuilt: see ``rebuilding``
REPAIR = "__NsmigRepair__"  # a log of repairs: who, when, and what was done
ARCHIVE = "__NsmigArchive__"  # how far archives hold what was deleted here: a Position each
PRIVATE = (MIGRATION, LOCK, JOURNAL, KEPT, REPAIR, ARCHIVE)

# The constraints that nodestream has; only because of the second is there just one lock.
CONSTRAINTS = tuple(
    f"CREATE CONSTRAINT {quoted(f'{label}_node_key')} IF NOT EXISTS FOR (n:{quoted(label)}) REQUIRE (n.{key}) IS UNIQUE"
    for label, key in ((MIGRATION, "name"), (LOCK, "lock"))
)

# The beginning of a statement that must only be executed under the lock, and otherwise fails. The server finds the lock
# by its key and keeps a shared lock on that key until the statement and all its batches have ended. Concurrent batches
# and the lease's renewal do not wait for it; whoever creates the lock again does (see ``ledger``).
OWNER = "nsmig_owner"
FENCE = f"WITH 1 / COUNT {{ MATCH (:{quoted(LOCK)} {{lock: 'lock', owner: ${OWNER}}}) }} AS held "
# A transaction of schema changes must not lock anything like this; it checks the lock first.
ASKED = f"RETURN 1 / COUNT {{ MATCH (:{quoted(LOCK)} {{lock: 'lock', owner: ${OWNER}}}) }} AS held"

ALL = (
    f"MATCH (n:{quoted(MIGRATION)}|{quoted(JOURNAL)}|{quoted(ARCHIVE)})"
    " RETURN collect(n {.*, applied_at: toString(n.applied_at)}) AS all"
)


def state_of(nodes: Iterable[Mapping[str, Any]]) -> State:
    """The state in the nodes of :data:`ALL`.

    :raises FormatError: a later version wrote one of them.
    """
    nodes = list(nodes)
    for each in nodes:
        what = "the journal" if "migration" in each else "an archive's position" if "file" in each else "a record"
        require_format(what, each.get("format"))
    records = [
        Record(each["name"], each["applied_at"], each.get("checksum"), each.get("nsmig_version"))
        for each in nodes
        if "migration" not in each and "file" not in each
    ]
    marks = [
        Mark(
            each["migration"],
            each["checksum"],
            each["done"],
            each.get("empty", False),
            "format" in each,
            each.get("archive"),
        )
        for each in nodes
        if "migration" in each
    ]
    positions = [Position(each["archive"], each["file"], each["size"]) for each in nodes if "file" in each]
    return State(
        {each.name: each for each in sorted(records, key=lambda record: record.name)},
        {each.migration: each for each in sorted(marks, key=lambda mark: mark.migration)},
        positions={each.archive: each for each in sorted(positions, key=lambda position: position.archive)},
    )


def bookkeeping(records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> Iterator[Statement]:
    """The single statement that stores all of this; None if there is nothing to store. Parts without work are left out.

    It is planned again after every change of a constraint or an index; subqueries would double that time. A mark
    replaces an earlier one: the journal has no index, so a MERGE would search it for each mark.
    """
    parts: list[str] = []
    marks = list(marks)
    parameters: dict[str, list[Any]] = {
        "records": [{name: value for name, value in asdict(each).items() if value is not None} for each in records],
        "ended": [*ended, *(each.migration for each in marks)],
        "marks": [
            {
                "migration": each.migration,
                "checksum": each.checksum,
                "done": each.done,
                "empty": each.empty,
                "format": FORMAT,
                **({"archive": each.archive} if each.archive else {}),
            }
            for each in marks
        ],
    }
    if parameters["records"]:
        parts.append(
            f"UNWIND $records AS record MERGE (m:{quoted(MIGRATION)} {{name: record.name}})"
            f" ON CREATE SET m.applied_at = datetime() SET m += record, m.format = {FORMAT}"
        )
    if parameters["ended"]:
        parts.append(f"MATCH (j:{quoted(JOURNAL)}) WHERE j.migration IN $ended DELETE j")
    if parameters["marks"]:
        parts.append(f"UNWIND $marks AS mark CREATE (j:{quoted(JOURNAL)}) SET j = mark")
    if parts:
        yield Statement(
            Role.DATA, " WITH count(*) AS rows ".join(parts), {name: rows for name, rows in parameters.items() if rows}
        )


def position_of(archive: str) -> Statement:
    """The node with the position in an archive, created if necessary, and locked."""
    text = (
        f"MERGE (a:{quoted(ARCHIVE)} {{archive: $archive}})"
        f" ON CREATE SET a.file = 0, a.size = 0, a.format = {FORMAT} SET a.archive = $archive RETURN a.file, a.size"
    )
    return Statement(Role.DATA, text, {"archive": archive})


def positioned(position: Position) -> Statement:
    """Store the position in an archive."""
    text = f"MATCH (a:{quoted(ARCHIVE)} {{archive: $archive}}) SET a.file = $file, a.size = $size"
    return Statement(Role.DATA, text, {"archive": position.archive, "file": position.file, "size": position.size})


def amending(amendment: Amendment, who: str) -> Statement:
    """See :meth:`nsmig.database.base.Ledger.amend`."""
    label = quoted(MIGRATION)
    text = (
        f"UNWIND $renamed AS each MATCH (m:{label} {{name: each.old}}) SET m.name = each.new"
        f" WITH count(*) AS rows MATCH (m:{label}) WHERE m.name IN $forgotten DETACH DELETE m"
        f" WITH count(*) AS rows MATCH (j:{quoted(JOURNAL)}) WHERE j.migration IN $ended DELETE j"
        f" WITH count(*) AS rows UNWIND $records AS record MERGE (m:{label} {{name: record.name}})"
        f" ON CREATE SET m.applied_at = datetime() SET m += record, m.format = {FORMAT}"
        f" WITH count(*) AS rows CREATE (r:{quoted(REPAIR)} {{at: datetime(), who: $who, what: $what}})"
        f" SET r.format = {FORMAT}"
    )
    return Statement(
        Role.DATA,
        text,
        {
            "renamed": [{"old": old, "new": new} for old, new in amendment.renamed.items()],
            "forgotten": list(amendment.forgotten),
            "ended": list(amendment.ended),
            "records": [
                {"name": each.name, "checksum": each.checksum, "nsmig_version": each.nsmig_version}
                for each in amendment.records
            ],
            "who": who,
            "what": list(amendment.done),
        },
    )
