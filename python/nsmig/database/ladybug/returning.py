"""Putting archived rows back into a LadybugDB file: see :class:`nsmig.database.archiving.Restoring`.

A node is known by its table and its primary key. Values are sent as texts that the engine casts to their columns'
types, many rows at a time; what is nested and comes as a value of Python's, row by row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from nsmig.database.archiving import Edge, Position, Returning, Row, grouped
from nsmig.database.ladybug.column_types import is_exact
from nsmig.database.ladybug.connection import Connection
from nsmig.database.ladybug.converting import converted
from nsmig.database.ladybug.journal import ALL, positioned, state_of
from nsmig.database.ladybug.live_tables import read_tables
from nsmig.database.ladybug.stored import as_text, decoded, encoded, is_text, read, read_columns, values_of
from nsmig.database.ladybug.tables import Table, Tables
from nsmig.database.ladybug.values import CHECKPOINT, KEY_COLUMN, key_of, literal, quote
from nsmig.errors import ClashError, DatabaseError
from nsmig.kinds import Kind
from nsmig.operations import SetPropertyType

Send = Callable[..., list[list[Any]]]


class LadybugRestoring:
    """A :class:`nsmig.database.archiving.Restoring`."""

    changes_keys = False  # a primary key is for ever

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def atomically(self, work: Callable[[Returning], None]) -> None:
        """See :meth:`Restoring.atomically`. Pairs of relationship tables cannot be made in a transaction that makes
        rows of them, so they are made between two attempts."""

        def attempt() -> None:
            work(LadybugReturning(self._connection.send, read_tables(self._connection.send)))

        while True:
            try:
                self._connection.atomically(attempt, "a restore")
                return
            except _PairError as error:
                missing = error
            except DatabaseError as error:
                if "duplicated primary key" in str(error):
                    raise ClashError(str(error)) from error
                raise
            # Outside of a transaction, after what may have dropped a property: see ``operations``.
            self._connection.send(CHECKPOINT)
            a, b = map(quote, missing.pair)
            self._connection.send(f"ALTER TABLE {quote(missing.table)} ADD FROM {a} TO {b}")

    def shown(self, kind: Kind, rows: Sequence[Row]) -> str:
        """See :meth:`Restoring.shown`."""
        live = read_tables(self._connection.send)
        if kind is Kind.RELATIONSHIP:
            ids = ", ".join(f"internal_id({', '.join(json.loads(each.id)[-2:])})" for each in rows)
            return f"MATCH (a)-[n:{quote(rows[0].labels[0])}]->(b) WHERE id(n) IN [{ids}] RETURN a, n, b"
        table = _table(live, rows[0].labels[0])
        of = [key for name, key in (json.loads(each.id) for each in rows) if name == table.name]
        primary, engine_type = _primary(table)
        keys = ", ".join(f"cast({literal(key)}, '{engine_type}')" for key in of)
        return f"MATCH (n:{quote(table.name)}) WHERE n.{quote(primary)} IN [{keys}] RETURN n"

    def converted(self, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
        """See :meth:`Restoring.converted`."""
        return converted(self._connection.send, values, was, operation)


class _PairError(DatabaseError):
    """A relationship table lacks a pair of node tables."""

    def __init__(self, table: str, pair: tuple[str, str]) -> None:
        super().__init__(f"{table!r} has no relationships from {pair[0]!r} to {pair[1]!r}")
        self.table, self.pair = table, pair


class LadybugReturning:
    """A :class:`nsmig.database.archiving.Returning`."""

    def __init__(self, send: Send, live: Tables) -> None:
        self._send, self._live = send, live

    # --- Nodes ---

    def nodes(self, wanted: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[list[Row]]:
        """See :meth:`Returning.nodes`."""
        found: list[list[Row]] = [[] for _ in wanted]
        for (labels, names), group in grouped((labels, tuple(sorted(values))) for labels, values in wanted):
            table = self._live.find(labels[0]) if len(labels) == 1 else None
            if table is None or not self._may_look(table, names):
                continue
            for at, row in self._looked(table, names, [(at, wanted[at][1]) for at in group]):
                found[at].append(row)
        return found

    def _may_look(self, table: Table, names: Iterable[str]) -> bool:
        return all(name == KEY_COLUMN == table.primary or table.type(name) is not None for name in names)

    def _looked(
        self, table: Table, names: Sequence[str], wanted: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> Iterator[tuple[int, Row]]:
        """The rows that have these values, each with the number of what it was looked for."""
        columns = _columns(table)
        primary, engine_type = _primary(table)
        keys = [(at, self._key(table, values)) for at, values in wanted]
        is_by_key = all(key is not None for _, key in keys) and set(names) >= ({*table.keys} or {primary})
        returned = ", ".join(["r[1]", read(f"n.{quote(primary)}", engine_type), *read_columns("n", columns)])
        if is_by_key:
            rows = [[str(at), key] for at, key in keys]
            where = f"n.{quote(primary)} = cast(r[2], '{engine_type}')"
        else:
            texts = [name for name in names if is_text(columns[name]) and columns[name] not in ("FLOAT", "DOUBLE")]
            rows = [[str(at), *(as_text(values[name]) for name in texts)] for at, values in wanted]
            where = " AND ".join(_equals(f"n.{quote(name)}", columns[name], i) for i, name in enumerate(texts, 2))
        text = f"UNWIND $rows AS r MATCH (n:{quote(table.name)}) WHERE {where or 'true'} RETURN {returned}"
        for at, key, *values in self._send(text, {"rows": rows}) if rows else ():
            id = _id(table, encoded(key, engine_type))
            yield int(at), Row(id, (table.name,), values_of(values, columns))

    def _key(self, table: Table, values: Mapping[str, Any]) -> str | None:
        """The primary key of a node with these values, as a text; None where they do not say it."""
        if table.primary != KEY_COLUMN:
            return as_text(values.get(table.primary or ""))
        if table.keys:
            parts = [values.get(each) for each in table.keys]
            return key_of([None if each is None else _key_text(each) for each in parts])
        return as_text(values.get(KEY_COLUMN))

    def create_nodes(self, rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[str]:
        """See :meth:`Returning.create_nodes`."""
        ids = [""] * len(rows)
        for labels, group in grouped(labels for labels, _ in rows):
            table = _table(self._live, labels[0])
            primary, engine_type = _primary(table)
            columns = {name: of for name, of in _columns(table).items() if name != primary and is_text(of)}
            given = {primary: engine_type, **columns}
            assigned = [f"{quote(name)}: {_cast(f'r[{i}]', of)}" for i, (name, of) in enumerate(given.items(), 1)]
            sent = []
            for at in group:
                values = rows[at][1]
                key = self._key(table, values)
                key = str(uuid4()) if key is None else key
                ids[at] = _id(table, key)
                texts = [key, *(as_text(values.get(name)) for name in columns)]
                nested, parameters = _nested_values(table, values)
                if nested:  # in one statement: the engine has ended where it was to change a row made just before
                    text = f"UNWIND $rows AS r CREATE (:{quote(table.name)} {{{', '.join([*assigned, *nested])}}})"
                    self._send(text, {"rows": [texts], **parameters})
                else:
                    sent.append(texts)
            if sent:
                text = f"UNWIND $rows AS r CREATE (:{quote(table.name)} {{{', '.join(assigned)}}})"
                self._send(text, {"rows": sent})
        return ids

    def put_on_nodes(self, rows: Sequence[Row]) -> None:
        """See :meth:`Returning.put_on_nodes`. A node has one label."""
        for (name, names), group in grouped((json.loads(each.id)[0], tuple(sorted(each.values))) for each in rows):
            table = _table(self._live, name)
            primary, engine_type = _primary(table)
            texts = [each for each in names if is_text(str(table.type(each)))]
            if texts:
                sent = [
                    [json.loads(rows[at].id)[1], *(as_text(rows[at].values[each]) for each in texts)] for at in group
                ]
                sets = ", ".join(
                    f"n.{quote(each)} = {_cast(f'r[{i}]', str(table.type(each)))}" for i, each in enumerate(texts, 2)
                )
                where = f"n.{quote(primary)} = cast(r[1], '{engine_type}')"
                self._send(f"UNWIND $rows AS r MATCH (n:{quote(name)}) WHERE {where} SET {sets}", {"rows": sent})
            self._put_nested(table, [(rows[at].id, rows[at].values) for at in group])

    def _put_nested(self, table: Table, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        primary, engine_type = _primary(table)
        for id, values in rows:
            for name, value in values.items():
                of = table.type(name)
                if of is not None and not is_text(of):
                    expression, parameters = _nested(value, of)
                    where = f"n.{quote(primary)} = cast($key, '{engine_type}')"
                    text = f"MATCH (n:{quote(table.name)}) WHERE {where} SET n.{quote(name)} = {expression}"
                    self._send(text, {"key": json.loads(id)[1], **parameters})

    # --- Relationships ---

    def relationships(self, wanted: Sequence[Edge]) -> list[list[Row]]:
        """See :meth:`Returning.relationships`."""
        found: list[list[Row]] = [[] for _ in wanted]
        for (type, a, b), group in grouped(_place(each) for each in wanted):
            table = self._live.find(type)
            if table is None or (a, b) not in table.pairs:
                continue
            columns = dict(table.columns)
            rows = [[str(at), *_ends(wanted[at])] for at in group]
            known = {str(at): [type, a, b, *_ends(wanted[at])] for at in group}
            returned = ", ".join(["r[1]", "id(e)", *read_columns("e", columns)])
            text = f"{self._between(a, b)} MATCH (a)-[e:{quote(type)}]->(b) RETURN {returned}"
            for at, id, *values in self._send(text, {"rows": rows}):
                place = [*known[at], str(id["table"]), str(id["offset"])]
                row = Row(json.dumps(place, ensure_ascii=False), (type,), values_of(values, columns))
                if all(name in row.values for name in wanted[int(at)].values):
                    found[int(at)].append(row)
        return found

    def create_relationships(self, rows: Sequence[Edge]) -> None:
        """See :meth:`Returning.create_relationships`."""
        for (type, a, b), group in grouped(_place(each) for each in rows):
            table = _table(self._live, type)
            if (a, b) not in table.pairs:
                raise _PairError(table.name, (a, b))
            columns = {name: of for name, of in table.columns if is_text(of)}
            assigned = [f"{quote(name)}: {_cast(f'r[{i}]', of)}" for i, (name, of) in enumerate(columns.items(), 4)]
            sent = []
            for at in group:
                values = ["", *_ends(rows[at]), *(as_text(rows[at].values.get(each)) for each in columns)]
                nested, parameters = _nested_values(table, rows[at].values)
                if nested:
                    made = f"CREATE (a)-[:{quote(type)} {{{', '.join([*assigned, *nested])}}}]->(b)"
                    self._send(f"{self._between(a, b)} {made}", {"rows": [values], **parameters})
                else:
                    sent.append(values)
            if sent:
                made = f"CREATE (a)-[:{quote(type)} {{{', '.join(assigned)}}}]->(b)"
                self._send(f"{self._between(a, b)} {made}", {"rows": sent})

    def _between(self, a: str, b: str) -> str:
        """The nodes ``a`` and ``b`` whose keys are the second and third of each row."""
        matched = []
        for variable, name, place in (("a", a, 2), ("b", b, 3)):
            primary, engine_type = _primary(_table(self._live, name))
            where = f"{variable}.{quote(primary)} = cast(r[{place}], '{engine_type}')"
            matched.append(f"MATCH ({variable}:{quote(name)}) WHERE {where}")
        return f"UNWIND $rows AS r {matched[0]} WITH r, a {matched[1]}"

    def put_on_relationships(self, rows: Sequence[Row]) -> None:
        """See :meth:`Returning.put_on_relationships`."""
        for (type, a, b, names), group in grouped(_shape(each) for each in rows):
            table = _table(self._live, type)
            texts = [each for each in names if is_text(str(table.type(each)))]
            matched = (
                f"{self._between(a, b)} MATCH (a)-[n:{quote(type)}]->(b)"
                " WHERE id(n) = internal_id(cast(r[4], 'INT64'), cast(r[5], 'INT64'))"
            )
            sets = [f"n.{quote(each)} = {_cast(f'r[{i}]', str(table.type(each)))}" for i, each in enumerate(texts, 6)]
            sent = [[*_known(rows[at]), *(as_text(rows[at].values[each]) for each in texts)] for at in group]
            if texts:
                self._send(f"{matched} SET {', '.join(sets)}", {"rows": sent})
            for name in (each for each in names if each not in texts):
                for at in group:
                    expression, given = _nested(rows[at].values[name], str(table.type(name)))
                    self._send(f"{matched} SET n.{quote(name)} = {expression}", {"rows": [_known(rows[at])], **given})

    # --- Positions ---

    def position(self, archive: str) -> Position:
        """See :meth:`Returning.position`."""
        return state_of(self._send(ALL)).positions.get(archive, Position(archive, 0, 0))

    def move(self, position: Position) -> None:
        """See :meth:`Returning.move`."""
        put = positioned(position)
        self._send(put.text, put.parameters)


def _table(live: Tables, name: str) -> Table:
    table = live.find(name)
    if table is None:
        raise DatabaseError(
            f"the database has no table {name!r}, which the migrations declare; nothing of it is restored"
        )
    return table


def _primary(table: Table) -> tuple[str, str]:
    name = table.primary or KEY_COLUMN
    return name, table.type(name) or "STRING"


def _columns(table: Table) -> dict[str, str]:
    """All columns, with that of a key where it says what no other one does."""
    return dict(table.columns) | ({KEY_COLUMN: "STRING"} if table.primary == KEY_COLUMN and not table.keys else {})


def _id(table: Table, key: Any) -> str:
    return json.dumps([table.name, as_text(key)], ensure_ascii=False)


def _ends(edge: Edge) -> list[str]:
    return [json.loads(edge.start)[1], json.loads(edge.end)[1]]


def _place(edge: Edge) -> tuple[str, str, str]:
    return edge.type, json.loads(edge.start)[0], json.loads(edge.end)[0]


def _shape(row: Row) -> tuple[str, str, str, tuple[str, ...]]:
    """Of a relationship that was found: its table, those of its ends, and which values it is to have."""
    type, a, b, *_ = json.loads(row.id)
    return type, a, b, tuple(sorted(row.values))


def _known(row: Row) -> list[str]:
    """What finds a relationship again, as a row of statements."""
    return ["", *json.loads(row.id)[3:]]


def _cast(expression: str, engine_type: str) -> str:
    return expression if engine_type in ("STRING", "JSON") else f"cast({expression}, '{engine_type}')"


def _equals(value: str, engine_type: str, place: int) -> str:
    return f"{value} = {_cast(f'r[{place}]', engine_type)}"


def _nested(value: Any, engine_type: str, name: str = "v") -> tuple[str, dict[str, Any]]:
    """The expression for a value that is no text, with its parameters.

    :raises ClashError: the column is an array of another length, or of numbers with fewer digits.
    """
    made = decoded(value)
    if isinstance(made, list) and not is_exact(engine_type, made):
        raise ClashError(f"a column of the type {engine_type} does not hold {made!r:.80}")
    if isinstance(made, tuple):
        keys, values = made
        if not keys:
            return f"cast('{{}}', {literal(engine_type)})", {}
        return f"map(${name}k, ${name})", {f"{name}k": keys, name: values}
    return f"${name}", {name: made}


def _nested_values(table: Table, values: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """What a new row gets of values that are no texts, with the parameters."""
    assigned: list[str] = []
    parameters: dict[str, Any] = {}
    for place, (name, value) in enumerate(sorted(values.items())):
        of = table.type(name)
        if of is not None and not is_text(of):
            expression, given = _nested(value, of, f"v{place}")
            assigned.append(f"{quote(name)}: {expression}")
            parameters |= given
    return assigned, parameters


def _key_text(value: Any) -> str:
    """A part of a key as the engine's own text of it."""
    return str(value) if isinstance(value, bool) else str(as_text(value))
