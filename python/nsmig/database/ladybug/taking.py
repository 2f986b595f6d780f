"""Reading the rows that are about to be deleted, as lines of an archive.

Nobody else writes to the file, so what is read is what the statements behind it delete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nsmig.database.archiving import Line, identity
from nsmig.database.ladybug.losses import Take
from nsmig.database.ladybug.stored import is_storable, read_columns, values_of
from nsmig.database.ladybug.tables import Table
from nsmig.database.ladybug.values import KEY_COLUMN, quote
from nsmig.kinds import Kind

Send = Callable[..., list[list[Any]]]

AT_ONCE = 20_000  # rows, which the engine and we hold at the same time


def lines(send: Send, take: Take) -> Iterator[Line]:
    """What the statement archives."""
    table = take.table
    if table.kind is Kind.RELATIONSHIP:
        yield from _ends(send, take, table)
        yield from _relationships(send, take, table)
        return
    yield from _nodes(send, take)
    for each in take.relationships:
        yield from _ends(send, take, each)
        yield from _relationships(send, take, each)


def _nodes(send: Send, take: Take) -> Iterator[Line]:
    table, gone = take.table, take.column
    columns = _columns(table)
    where = f" AND n.{quote(gone)} IS NOT NULL" if gone is not None else ""
    for row in _rows(send, f"(n:{quote(table.name)})", "n", where, ["id(n)", *read_columns("n", columns)]):
        id, values = _id(row[0]), values_of(row[1:], columns)
        if gone is None:
            yield {"row": "node", "id": id, "labels": [table.name], "values": values}
        else:
            lost = {"labels": [], "values": {gone: values.pop(gone)}}
            left = identity([table.name], values, _keys(table))
            yield {"row": "node", "id": id, "labels": [table.name], "values": left, "gone": lost}


def _relationships(send: Send, take: Take, table: Table) -> Iterator[Line]:
    gone = take.column
    columns = dict(table.columns)
    where = f" AND r.{quote(gone)} IS NOT NULL" if gone is not None else ""
    for a, b in table.pairs:
        pattern = f"(a:{quote(a)})-[r:{quote(table.name)}]->(b:{quote(b)})"
        for row in _rows(send, pattern, "a", where, ["id(r)", "id(a)", "id(b)", *read_columns("r", columns)]):
            id, start, end = map(_id, row[:3])
            values = values_of(row[3:], columns)
            lost = {} if gone is None else {"gone": {"values": {gone: values.pop(gone)}}}
            line = {"row": "relationship", "id": id, "type": table.name, "start": start, "end": end, "values": values}
            yield {**line, **lost}


def _ends(send: Send, take: Take, table: Table) -> Iterator[Line]:
    """The nodes at the ends of a table's relationships that stay."""
    deleted = take.table.name if take.table.kind is Kind.NODE else None
    where = f" AND r.{quote(take.column)} IS NOT NULL" if take.column is not None else ""
    for a, b in table.pairs:
        pattern = f"(a:{quote(a)})-[r:{quote(table.name)}]->(b:{quote(b)})"
        for variable, name in (("a", a), ("b", b)):
            other = take.live.find(name)
            if name == deleted or other is None:
                continue
            columns = _columns(other)
            found = ["DISTINCT id(" + variable + ")", *read_columns(variable, columns)]
            for row in _rows(send, pattern, variable, where, found):
                left = identity([name], values_of(row[1:], columns), _keys(other))
                yield {"row": "end", "id": _id(row[0]), "labels": [name], "values": left}


def _rows(send: Send, pattern: str, variable: str, where: str, found: Sequence[str]) -> Iterator[list[Any]]:
    """The rows of a pattern, so many nodes of a variable at a time."""
    place = f"offset(id({variable}))"
    ((last,),) = send(f"MATCH {pattern} RETURN max({place})")
    for start in range(0, -1 if last is None else last + 1, AT_ONCE):
        part = f"{place} >= {start} AND {place} < {start + AT_ONCE}"
        yield from send(f"MATCH {pattern} WHERE {part}{where} RETURN {', '.join(found)}")


def _columns(table: Table) -> dict[str, str]:
    """The columns of a node table that are archived. The column of a key that is several is made of these."""
    own = {name: engine_type for name, engine_type in table.columns if is_storable(engine_type)}
    return own | ({KEY_COLUMN: "STRING"} if table.primary == KEY_COLUMN and not table.keys else {})


def _keys(table: Table) -> dict[str, tuple[str, ...]]:
    return {table.name: table.keys} if table.keys else {}


def _id(internal: Mapping[str, int]) -> str:
    return f"{internal['table']}:{internal['offset']}"
