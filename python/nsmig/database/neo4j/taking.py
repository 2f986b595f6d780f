"""Deleting rows and values, and replacing values, after they were written to an archive.

Rows that lose values are found by the same condition afterwards, so the server streams which there are; of those that
go, or lose their label, a batch is just the next ones. A transaction for each batch locks its rows, reads them,
waits until the archive has them on its disk, deletes them, and stores how far the archive is certain. So nothing is
deleted but what was archived, and what was written for a transaction that did not commit is dropped from the archive.
Values that are converted are so before the archive gets the old and the new ones, in the same transaction, which is
committed after that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from nsmig.database.archiving import Keep, Line, Position, identified, identity, same
from nsmig.database.cypher import quoted
from nsmig.database.neo4j.journal import position_of, positioned
from nsmig.database.neo4j.losses import Take, is_of_values, is_whole_node
from nsmig.database.neo4j.rows import LOCKED, by_id, collected, read
from nsmig.errors import DatabaseError
from nsmig.kinds import Kind

if TYPE_CHECKING:
    import neo4j

    from nsmig.database.neo4j.connection import Connection

# How often a batch is tried whose nodes get relationships from others between its reading and its deletion.
TRIES = 20
# The client has a batch in its memory, so it has as many rows as make about so many characters: the first one few, each
# of the others by what the one before had.
FIRST, CHARACTERS, SAMPLE = 500, 3_000_000, 50


def take(connection: Connection, statement: Take, keep: Keep, progress: Callable[[int], None]) -> int:
    """Carry it out; how many rows were deleted or have lost something.

    :param progress: called with that number so far.
    :raises ArchiveError: rows could not be written; these are as they were.
    """
    loss, taken, count = statement.loss, 0, min(FIRST, statement.size)
    (there,) = connection.change(position_of(keep.archive))
    size = there["a.size"] if there["a.file"] == keep.file else 0

    def all_of(session: neo4j.Session) -> None:
        found = session.run(f"MATCH {loss.rows} RETURN elementId(n) AS id", dict(loss.parameters))
        while ids := [row["id"] for row in islice(found, count)]:
            take_some(ids)

    def take_some(ids: list[str] | None) -> int:
        nonlocal taken, size, count
        rows, size, fitting = _take_batch(connection, statement, keep, count if ids is None else ids, size)
        taken, count = taken + rows, min(fitting, statement.size)
        progress(taken)
        return rows

    if is_of_values(loss):
        connection.attempt(all_of, is_change=False)
        return taken
    # Where others were faster, nothing of a batch is left to take, and there may be more.
    while take_some(None) or connection.rows(f"MATCH {loss.rows} RETURN 1 LIMIT 1", loss.parameters):
        pass
    return taken


class _GrownError(DatabaseError):
    """A node of the batch has got a relationship since it was read."""


def _take_batch(
    connection: Connection, statement: Take, keep: Keep, some: list[str] | int, start: int
) -> tuple[int, int, int]:
    """Take the rows with these ids, or so many of the next ones; how many there still were, the size of the archive's
    file then, and how many rows the next batch may have."""
    wrote: dict[int, int] = {}  # size of the file → rows, of each attempt
    for left in reversed(range(TRIES)):
        try:
            work = partial(_attempt, connection, statement=statement, keep=keep, some=some, start=start, wrote=wrote)
            return connection.attempt(work)
        except DatabaseError as error:
            if not left or not (isinstance(error, _GrownError) or _has_grown(error)):
                raise
    raise AssertionError("the last try returns or raises")


def _has_grown(error: DatabaseError) -> bool:
    """Whether the server refused to delete a node that still has relationships, in one form or the other."""
    code = getattr(error.__cause__, "code", "") or ""
    return code.endswith((".ConstraintValidationFailed", ".DeletedNodeStillHasRelationships"))


def _attempt(
    connection: Connection,
    session: neo4j.Session,
    *,
    statement: Take,
    keep: Keep,
    some: list[str] | int,
    start: int,
    wrote: dict[int, int],
) -> tuple[int, int, int]:
    """One transaction. The first thing that it does is to see whether an earlier attempt was committed unseen."""
    loss = statement.loss
    with connection.transaction(session) as transaction:
        there = connection.ask_fenced(transaction, position_of(keep.archive))
        if there["a.file"] == keep.file and there["a.size"] != start:
            return wrote[there["a.size"]], there["a.size"], FIRST
        reading = _Reading(transaction, statement, some)
        size = keep.write(start, reading.lines())
        if not reading.taken:
            return 0, start, FIRST
        wrote[size] = len(reading.taken)
        if is_whole_node(loss):
            _delete_nodes(transaction, reading)
        elif not loss.converts:
            _act(transaction, statement, reading.taken)
        put = positioned(Position(keep.archive, keep.file, size))
        transaction.run(put.text, dict(put.parameters)).consume()
    return len(reading.taken), size, reading.fitting


def _act(transaction: neo4j.Transaction, statement: Take, ids: list[str]) -> None:
    """Delete or replace values of these rows."""
    loss = statement.loss
    transaction.run(f"{by_id(loss.kind)} {loss.action}", {**loss.parameters, "ids": ids}).consume()


def _delete_nodes(transaction: neo4j.Transaction, reading: _Reading) -> None:
    """Delete the nodes and the relationships that were read, which are locked and so are all still there. If there are
    more, others have made them since, and nothing is deleted."""
    if reading.relationships:
        text = f"{by_id(Kind.NODE)} MATCH (n)-[r]-() WITH DISTINCT r DELETE r RETURN count(*) AS count"
        deleted = transaction.run(text, ids=reading.taken).single(strict=True)["count"]
        if deleted != reading.relationships:
            raise _GrownError("others have made relationships of the nodes meanwhile")
    transaction.run(f"{by_id(Kind.NODE)} DELETE n", ids=reading.taken).consume()


class _Reading:
    """The rows of a batch as lines of the archive, read while they are locked. ``taken`` are the ids of those that the
    statement is still for, ``relationships`` is how many were read of deleted nodes, ``fitting`` how many rows like
    these the client's memory is for."""

    def __init__(self, transaction: neo4j.Transaction, statement: Take, some: list[str] | int) -> None:
        self.taken: list[str] = []
        self.relationships, self.fitting = 0, FIRST
        self._transaction, self._statement, self._some = transaction, statement, some
        self._ends: dict[str, None] = {}

    def lines(self) -> Iterator[Line]:
        """All rows of the batch."""
        loss = self._statement.loss
        conditions = f"{{{', '.join(f'{quoted(name)}: {where}' for name, where in loss.values.items())}}}"
        if is_whole_node(loss):
            conditions = "sum(COUNT { (n)--() })"
        are_of_type = f"n:{quoted(loss.type)}" if loss.kind is Kind.NODE else "true"
        still = are_of_type if is_of_values(loss) or not loss.where else f"{are_of_type} AND ({loss.where})"
        given: dict[str, Any]
        if isinstance(self._some, int):
            some, given = f"MATCH {loss.rows} WITH n LIMIT $most", {"most": self._some}
        else:
            some, given = by_id(loss.kind), {"ids": self._some}
        text = f"{some} {LOCKED} WITH n WHERE {still} {collected(loss.kind, conditions)}"
        of_relationships = []
        rows = read(self._transaction, loss.kind, text, {**loss.parameters, **given})
        characters = len(repr([row["values"] for row in rows[:SAMPLE]]))
        are_connected = is_whole_node(loss) and sum([each.pop("gone") for each in rows]) > 0
        became = self._became([row["id"] for row in rows]) if loss.converts else {}
        for each in rows:
            each["gone"] = _split(each["values"], each.get("gone", {}))
            if loss.converts:
                each["became"] = {name: became[each["id"]].get(name) for name in each["gone"]}
            if is_of_values(loss) and (not each["gone"] or (loss.converts and same(each["gone"], each["became"]))):
                continue
            self.taken.append(each["id"])
            if loss.kind is Kind.NODE:
                yield self._node(each)
            else:
                of_relationships.append(self._relationship(each, frozenset()))
        if are_connected:
            text = (
                f"{by_id(Kind.NODE)} MATCH (n)-[r]-() WITH DISTINCT r AS n {LOCKED}"
                f" {collected(Kind.RELATIONSHIP, '{}')}"
            )
            deleted = frozenset(self.taken)
            for each in read(self._transaction, Kind.RELATIONSHIP, text, {"ids": self.taken}):
                self.relationships += 1
                of_relationships.append(self._relationship(each, deleted))
        self.fitting = _fitting(characters, len(rows), self.relationships)
        yield from self._end_lines()
        yield from of_relationships

    def _became(self, ids: list[str]) -> dict[str, Mapping[str, Any]]:
        """Convert these rows; the values that they have then."""
        _act(self._transaction, self._statement, ids)
        text, kind = by_id(self._statement.loss.kind), self._statement.loss.kind
        converted = read(self._transaction, kind, f"{text} {collected(kind, 'null')}", {"ids": ids})
        return {row["id"]: row["values"] for row in converted}

    def _node(self, row: Mapping[str, Any]) -> Line:
        loss, labels, values = self._statement.loss, row["labels"], row["values"]
        if is_whole_node(loss):
            return {"row": "node", "id": row["id"], "labels": labels, "values": values}
        labels = [each for each in labels if each not in loss.labels]
        lost = {"labels": list(loss.labels), "values": row["gone"]}
        left = identified(labels, values, row.get("became", {}), self._statement.keys)
        line = {"row": "node", "id": row["id"], "labels": labels, "values": left, "gone": lost}
        return {**line, "became": row["became"]} if loss.converts else line

    def _relationship(self, row: Mapping[str, Any], deleted: frozenset[str]) -> Line:
        self._ends |= {row[end]: None for end in ("start", "end") if row[end] not in deleted}
        line = {"row": "relationship", **{name: each for name, each in row.items() if name != "gone"}}
        return {**line, "gone": {"values": row["gone"]}} if row["gone"] else line

    def _end_lines(self) -> Iterator[Line]:
        """The nodes that stay, once a batch."""
        if self._ends:
            text = f"{by_id(Kind.NODE)} {collected(Kind.NODE, '{}')}"
            for row in read(self._transaction, Kind.NODE, text, {"ids": list(self._ends)}):
                left = identity(row["labels"], row["values"], self._statement.keys)
                yield {"row": "end", "id": row["id"], "labels": row["labels"], "values": left}


def _fitting(characters: int, rows: int, relationships: int) -> int:
    """How many rows to read next, where so many were read.

    :param characters: of a sample of the rows.
    :param relationships: that were read with them, and are taken to be as large.
    """
    if not rows:
        return FIRST
    of_each = (characters / min(rows, SAMPLE) + 1) * (rows + relationships) / rows
    return max(1, int(CHARACTERS / of_each))


def _split(values: dict[str, Any], conditions: Mapping[str, bool]) -> dict[str, Any]:
    """Takes away those that are lost."""
    return {name: values.pop(name) for name, is_gone in conditions.items() if is_gone and name in values}
