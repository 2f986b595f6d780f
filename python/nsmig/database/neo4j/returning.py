"""Putting archived rows back into a Neo4j database: see :class:`nsmig.database.archiving.Restoring`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from neo4j.exceptions import ClientError

from nsmig.database.archiving import Edge, Position, Returning, Row, grouped
from nsmig.database.base import Statement
from nsmig.database.cypher import literal, quoted
from nsmig.database.neo4j.connection import Connection
from nsmig.database.neo4j.conversions import is_of
from nsmig.database.neo4j.expressions import replacing
from nsmig.database.neo4j.journal import position_of, positioned
from nsmig.database.neo4j.limits import TEXT
from nsmig.database.neo4j.live_catalog import read_limits
from nsmig.database.neo4j.rows import locked
from nsmig.database.neo4j.stored import IN_UTC, decoded, encoded, without_zone
from nsmig.errors import ClashError, DatabaseError
from nsmig.kinds import Kind
from nsmig.operations import SetPropertyType

if TYPE_CHECKING:
    import neo4j

Limits = frozenset[tuple[Kind, str, str]]  # kind, type and property

MOST = 50  # rows that are looked at for one that is wanted
# A statement for many rows: each with its place, and what it returns of them in one record, as the driver takes longer
# for a record than for an id.
_EACH = "UNWIND range(0, size($rows) - 1) AS at WITH at, $rows[at] AS row"
_PLACED = "RETURN collect(at), collect(id)"


class Neo4jRestoring:
    """A :class:`nsmig.database.archiving.Restoring`."""

    changes_keys = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def _limits(self) -> Limits:
        return read_limits(self._connection.rows)

    def atomically(self, work: Callable[[Returning], None]) -> None:
        """See :meth:`Restoring.atomically`."""

        def attempt(session: neo4j.Session) -> None:
            with self._connection.transaction(session) as transaction:
                work(Neo4jReturning(self._connection, transaction, self._limits))

        try:
            self._connection.attempt(attempt)
        except DatabaseError as error:
            if getattr(error.__cause__, "code", "").endswith(".ConstraintValidationFailed"):
                raise ClashError(str(error)) from error.__cause__
            raise

    def shown(self, kind: Kind, rows: Sequence[Row]) -> str:
        """See :meth:`Restoring.shown`."""
        ids = ", ".join(literal(each.id) for each in rows)
        return f"MATCH {'(n)' if kind is Kind.NODE else '()-[n]->()'} WHERE elementId(n) IN [{ids}] RETURN n"

    def converted(self, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
        """See :meth:`Restoring.converted`. Where an expression of the user's fails, each is asked for alone."""
        becomes = f"CASE WHEN {is_of('value', operation.to)} THEN value ELSE {replacing(operation)} END"
        text = (
            "UNWIND range(0, size($values) - 1) AS at WITH at, $values[at] AS value"
            f" WITH at, {becomes} AS result RETURN at, result, {IN_UTC.format(value='result')} AS is_in_utc ORDER BY at"
        )
        try:
            rows = self._connection.rows(text, {"values": list(map(decoded, values))})
        except DatabaseError as error:
            if not isinstance(error.__cause__, ClientError):
                raise
            return [self.converted([each], was, operation)[0] for each in values] if values[1:] else list(values)
        found = (encoded({operation.property: row["result"]})[operation.property] for row in rows)
        return [without_zone(each, row["is_in_utc"]) for each, row in zip(found, rows, strict=True)]


class Neo4jReturning:
    """A :class:`nsmig.database.archiving.Returning`.

    :param limits: properties with texts that may be no longer than ``limits.TEXT``. The server would refuse longer
        ones, and has been seen to stop.
    """

    def __init__(self, connection: Connection, transaction: neo4j.Transaction, limits: Limits) -> None:
        self._connection, self._transaction, self._limits = connection, transaction, limits

    def nodes(self, wanted: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[list[Row]]:
        """See :meth:`Returning.nodes`."""
        found: list[list[str]] = [[] for _ in wanted]
        for (labels, names), group in grouped((labels, _asked(values)) for labels, values in wanted):
            rows = [[decoded(wanted[at][1][name]) for name in names] for at in group]
            pattern = f"(n{''.join(f':{quoted(each)}' for each in labels)})"
            for at, id in self._placed(_looking(pattern, names), rows):
                found[group[at]].append(id)
        return self._locked(Kind.NODE, found)

    def relationships(self, wanted: Sequence[Edge]) -> list[list[Row]]:
        """See :meth:`Returning.relationships`."""
        found: list[list[str]] = [[] for _ in wanted]
        for (type, names), group in grouped((each.type, _asked(each.values)) for each in wanted):
            edges = [wanted[at] for at in group]
            rows = [[*(decoded(each.values[name]) for name in names), each.start, each.end] for each in edges]
            ends = "elementId(a) = row[-2] AND elementId(b) = row[-1]"
            for at, id in self._placed(_looking(f"(a)-[n:{quoted(type)}]->(b)", names, ends), rows):
                found[group[at]].append(id)
        return self._locked(Kind.RELATIONSHIP, found)

    def _locked(self, kind: Kind, found: Sequence[Sequence[str]]) -> list[list[Row]]:
        """The rows of these ids, read anew under their locks, by a statement that looks at no property of theirs."""
        ids = list(dict.fromkeys(id for each in found for id in each))
        by_id = {row["id"]: _row(row) for row in locked(self._transaction, kind, ids)}
        return [[by_id[id] for id in each if id in by_id] for each in found]

    def create_nodes(self, rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[str]:
        """See :meth:`Returning.create_nodes`."""
        ids = [""] * len(rows)
        for labels, its in rows:
            self._require_short(Kind.NODE, labels, its)
        for labels, group in grouped(labels for labels, _ in rows):
            named = "".join(f":{quoted(each)}" for each in labels)
            given, values = _given([rows[at][1] for at in group])
            text = f"{_EACH} CREATE (n{named}) SET n = {values} WITH at, elementId(n) AS id {_PLACED}"
            for at, id in self._placed(text, given):
                ids[group[at]] = id
        return ids

    def create_relationships(self, rows: Sequence[Edge]) -> None:
        """See :meth:`Returning.create_relationships`."""
        for type, group in grouped(each.type for each in rows):
            edges = [rows[at] for at in group]
            for each in edges:
                self._require_short(Kind.RELATIONSHIP, [type], each.values)
            given, values = _given([each.values for each in edges])
            given = [[*row, each.start, each.end] for row, each in zip(given, edges, strict=True)]
            text = (
                "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row[-2] MATCH (b) WHERE elementId(b) = row[-1]"
                f" CREATE (a)-[r:{quoted(type)}]->(b) SET r = {values} RETURN count(*)"
            )
            ((made,),) = self._rows(text, rows=given)
            if made != len(given):
                raise DatabaseError("nodes at the ends of relationships were deleted meanwhile; restore again")

    def put_on_nodes(self, rows: Sequence[Row]) -> None:
        """See :meth:`Returning.put_on_nodes`."""
        self._require_fitting(rows)
        for labels, group in grouped(each.labels for each in rows):
            given = [{"id": rows[at].id, "v": _decoded(rows[at].values)} for at in group]
            named = "".join(f":{quoted(each)}" for each in labels)
            put = f" SET n{named}" if named else ""
            self._rows(f"UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.id SET n += row.v{put}", rows=given)

    def put_on_relationships(self, rows: Sequence[Row]) -> None:
        """See :meth:`Returning.put_on_relationships`."""
        for each in rows:
            self._require_short(Kind.RELATIONSHIP, each.labels, each.values)
        given = [{"id": each.id, "v": _decoded(each.values)} for each in rows]
        self._rows("UNWIND $rows AS row MATCH ()-[n]->() WHERE elementId(n) = row.id SET n += row.v", rows=given)

    def _require_fitting(self, rows: Sequence[Row]) -> None:
        """Check nodes that get texts, or labels under which others of their texts come.

        :raises ClashError: a text is too long for an index.
        """
        names = {name for kind, _, name in self._limits if kind is Kind.NODE}
        types = {type for kind, type, _ in self._limits if kind is Kind.NODE}
        doubtful = {each.id: each for each in rows if types.intersection(each.labels) or _long(each.values, names)}
        if not doubtful:
            return
        there = "MATCH (n) WHERE elementId(n) IN $ids RETURN elementId(n), labels(n), properties(n)"
        for id, labels, values in self._rows(there, ids=list(doubtful)):
            each = doubtful[id]
            self._require_short(Kind.NODE, [*labels, *each.labels], encoded(values) | dict(each.values))

    def _require_short(self, kind: Kind, types: Sequence[str], values: Mapping[str, Any]) -> None:
        """
        :raises ClashError: a text is too long for an index on one of these types.
        """
        names = {name for of, type, name in self._limits if of is kind and type in types}
        if long := _long(values, names):
            raise ClashError(f"the text of {long!r} is too long for an index")

    def position(self, archive: str) -> Position:
        """See :meth:`Returning.position`."""
        there = self._connection.ask_fenced(self._transaction, position_of(archive))
        return Position(archive, there["a.file"], there["a.size"])

    def move(self, position: Position) -> None:
        """See :meth:`Returning.move`."""
        put: Statement = positioned(position)
        self._sent(put.text, dict(put.parameters))

    def _placed(self, text: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[int, str]]:
        """What a statement between :data:`_EACH` and :data:`_PLACED` finds for rows: their places and ids."""
        ((places, ids),) = self._rows(text, rows=rows)
        return zip(places, ids, strict=True)

    def _rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        return self._sent(text, parameters)

    def _sent(self, text: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
        return [list(row.values()) for row in self._transaction.run(cast(Any, text), dict(parameters))]


def _looking(pattern: str, names: Sequence[str], ends: str = "true") -> str:
    """The statement that finds rows ``n`` by values, each asked for once."""
    values = "".join(f" AND n.{quoted(name)} = row[{at}]" for at, name in enumerate(names))
    return (
        f"{_EACH} CALL (row) {{ MATCH {pattern} WHERE {ends}{values}"
        f" RETURN elementId(n) AS id LIMIT {MOST} }} WITH at, id {_PLACED}"
    )


def _given(rows: Sequence[Mapping[str, Any]]) -> tuple[list[list[Any]], str]:
    """Values of rows as a statement gets them, each ``row`` a list, and the expression for the map of them all: names
    are sent once, which saves the driver half its work, unless the rows have too few of them in common."""
    names = sorted({name for values in rows for name in values})
    if len(names) * len(rows) > 2 * sum(map(len, rows)):
        return [[_decoded(values)] for values in rows], "row[0]"
    given = [[decoded(values.get(name)) for name in names] for values in rows]
    return given, f"{{{', '.join(f'{quoted(name)}: row[{at}]' for at, name in enumerate(names))}}}"


def _long(values: Mapping[str, Any], names: AbstractSet[str]) -> str | None:
    """The first of these properties with a text of more than ``limits.TEXT`` bytes."""
    for name in sorted(names & values.keys()):
        value = decoded(values[name])
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and 4 * len(text) > TEXT and len(text.encode("utf-8", "surrogatepass")) > TEXT:
                return name
    return None


def _asked(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that the server finds equal to themselves."""
    return tuple(name for name, value in values.items() if "nan" not in str(value))


def _decoded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: decoded(value) for name, value in values.items()}


def _row(row: Mapping[str, Any]) -> Row:
    labels = (row["type"],) if "type" in row else tuple(row["labels"])
    return Row(row["id"], labels, row["values"])
