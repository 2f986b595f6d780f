r"""Size limits for values of an index or key. They are checked before anything changes, since the server creates an
index without an error and then fails to fill it.

The limits are in bytes, measured on 5.26.12 and 2026.08.1 (docs/engines.md). ``size`` counts characters of a text: one
of 2,042 may be too large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.cypher import inlined, used

ONE, SEVERAL = 8164, 8167  # bytes of the only property of an index, and of all properties together
# Of a text index, and of a full-text index with an unusual analyzer: on 5.26.12 a database once had to be restarted
# after longer texts were written under such an index, for unknown reasons.
TEXT = 32_766

# Bytes per element of a list, and per value next to others.
_ELEMENTS = {
    "BOOLEAN": 1,
    "INTEGER": 8,
    "FLOAT": 8,
    "DATE": 8,
    "LOCAL TIME": 8,
    "ZONED TIME": 12,
    "LOCAL DATETIME": 12,
    "ZONED DATETIME": 16,
    "DURATION": 28,
}
_VALUES = {
    "BOOLEAN": 2,
    "INTEGER": 10,
    "FLOAT": 10,
    "DATE": 9,
    "LOCAL TIME": 9,
    "ZONED DATETIME": 17,
    "POINT": 20,
    "DURATION": 29,
}


def too_large(rows: str, of: str, values: Mapping[str, str], parameters: Mapping[str, Any]) -> Statement:
    """Rows ``n`` whose values together do not fit into an index.

    :param rows: the pattern that matches them.
    :param of: what they are, in words.
    :param values: the index's properties, each with the expression for what it will hold.
    """
    limit = ONE if len(values) == 1 else SEVERAL
    names = [f"v{position}" for position in range(len(values))]
    bound = ", ".join(f"{value} AS {name}" for name, value in zip(names, values.values(), strict=True))
    there = " AND ".join(f"{name} IS NOT NULL" for name in names)  # otherwise the row is not in the index
    most, exact = (" + ".join(map(size, names)) for size in (_at_most, _alone if len(names) == 1 else _beside))
    is_large = f"CASE WHEN {most} > {limit} THEN {exact} ELSE 0 END > {limit}"
    sizes = (
        f"CASE WHEN {value} IS :: STRING NOT NULL | LIST<ANY> NOT NULL THEN size({value}) ELSE 0 END"
        for value in values.values()
    )
    show = f"MATCH {rows} RETURN n ORDER BY {' + '.join(sizes)} DESC LIMIT 25"  # for people: short but not exact
    count = f"MATCH {rows} WITH n, {bound} WHERE {there} AND {is_large} RETURN count(*) AS count"
    return Statement(
        Role.CHECK,
        count,
        used(count, parameters),
        f"{of} hold more in {', '.join(map(repr, values))} than the {limit:,} bytes that an index or key has room for",
        inlined(show, used(show, parameters)),
    )


def too_long(rows: str, of: str, values: Sequence[str], parameters: Mapping[str, Any] | None = None) -> Statement:
    """Rows ``n`` with a text, or a list with one, that is too long for any index except a full-text one.

    :param rows: the pattern that matches them.
    :param of: what they are, in words, and why it matters.
    :param values: the expressions for what the index will hold.
    """
    given = parameters or {}
    is_long = f"CASE WHEN 4 * size(t) > {TEXT} THEN {_bytes('t')} ELSE 0 END > {TEXT}"
    texts = "CASE WHEN v IS :: STRING NOT NULL THEN [v] WHEN v IS :: LIST<STRING NOT NULL> NOT NULL THEN v ELSE [] END"
    found = f"MATCH {rows} WHERE any(v IN [{', '.join(values)}] WHERE any(t IN {texts} WHERE {is_long}))"
    count, show = f"{found} RETURN count(*) AS count", f"{found} RETURN n LIMIT 25"
    return Statement(Role.CHECK, count, used(count, given), of, inlined(show, used(show, given)))


def _at_most(value: str) -> str:
    """An upper bound on the bytes of a value, without examining each character."""
    return (
        f"CASE WHEN {value} IS :: STRING THEN 3 + 4 * size({value}) WHEN {value} IS :: LIST<ANY> THEN {SEVERAL + 1}"
        " ELSE 16 END"
    )


def _alone(value: str) -> str:
    """The bytes of a value that is alone in an index."""
    lists = " ".join(
        f"WHEN {value} IS :: LIST<{of} NOT NULL> THEN {size} * size({value})" for of, size in _ELEMENTS.items()
    )
    texts = f"WHEN {value} IS :: LIST<STRING NOT NULL> THEN reduce(s = 0, t IN {value} | s + 2 + {_bytes('t')})"
    return f"CASE WHEN {value} IS :: STRING THEN {_bytes(value)} {lists} {texts} ELSE 0 END"


def _beside(value: str) -> str:
    """The bytes of a value next to others (underestimated for some types). A list has an additional header."""
    lists = f"CASE WHEN {value} IS :: LIST<STRING NOT NULL> THEN 3 WHEN {value} IS :: LIST<ANY> THEN 4 ELSE 0 END"
    scalars = " ".join(f"WHEN {value} IS :: {of} THEN {size}" for of, size in _VALUES.items())
    return f"CASE WHEN {value} IS :: STRING THEN 3 + {_bytes(value)} {scalars} ELSE {lists} + {_alone(value)} END"


def _bytes(text: str) -> str:
    """The length of a text in UTF-8. ``split`` cuts what needs four bytes into two of three; of an empty text it makes
    one part."""
    parts = f"split({text}, '')"
    each = r"CASE WHEN c <= '\u007f' THEN 1 WHEN c <= '\u07ff' THEN 2 ELSE 3 END"
    counted = f"reduce(b = 0, c IN {parts} | b + {each}) - 2 * (size({parts}) - size({text}))"
    return f"CASE WHEN {text} = '' THEN 0 ELSE {counted} END"
