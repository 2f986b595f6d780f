"""Reading the rows that are about to be deleted, or have values replaced, as lines of an archive.

Nobody else writes to the file, so what is read is what the statements behind it delete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nsmig.database.archiving import Line, identified, identity
from nsmig.database.ladybug.expressions import becoming
from nsmig.database.ladybug.losses import Take
from nsmig.database.ladybug.stored import encoded, is_storable, read, read_columns, values_of
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
    found = ["id(n)", *_becoming(take, "n"), *read_columns("n", columns)]
    for internal, *row in _rows(send, f"(n:{quote(table.name)})", "n", where, found):
        became = _became(take, row)
        values = values_of(row, columns)
        line: dict[str, Any] = {"row": "node", "id": _id(internal), "labels": [table.name], "values": values}
        if gone is not None:
            line["gone"] = {"labels": [], "values": {gone: values.pop(gone)}}
            line["values"] = identified([table.name], values, became, _keys(table))
        yield {**line, "became": became} if became else line


def _relationships(send: Send, take: Take, table: Table) -> Iterator[Line]:
    gone = take.column
    columns = dict(table.columns)
    where = f" AND r.{quote(gone)} IS NOT NULL" if gone is not None else ""
    for a, b in table.pairs:
        pattern = f"(a:{quote(a)})-[r:{quote(table.name)}]->(b:{quote(b)})"
        found = ["id(r)", "id(a)", "id(b)", *_becoming(take, "r"), *read_columns("r", columns)]
        for *ids, row in ((*each[:3], each[3:]) for each in _rows(send, pattern, "a", where, found)):
            id, start, end = map(_id, ids)
            became, values = _became(take, row), values_of(row, columns)
            lost = {} if gone is None else {"gone": {"values": {gone: values.pop(gone)}}}
            line = {"row": "relationship", "id": id, "type": table.name, "start": start, "end": end, "values": values}
            yield {**line, **lost, **({"became": became} if became else {})}


def _becoming(take: Take, variable: str) -> list[str]:
    """The expression for what a converted value becomes, if values are converted."""
    if take.conversion is None or take.column is None:
        return []
    value, (to, using) = f"{variable}.{quote(take.column)}", take.conversion
    return [read(becoming(value, str(take.table.type(take.column)), to, using, is_present=True), to)]


def _became(take: Take, row: list[Any]) -> dict[str, Any]:
    """What was read so; taken away from the row, whose columns are behind it."""
    if take.conversion is None or take.column is None:
        return {}
    return {take.column: encoded(row.pop(0), take.conversion.type)}


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
