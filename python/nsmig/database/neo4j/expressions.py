"""Expressions over ``value`` on Neo4j: the functions they may call, how they are checked and evaluated; and
conversions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nsmig.database import expression
from nsmig.database.base import Role, Statement
from nsmig.database.cypher import quoted
from nsmig.database.expression import Token, calls, closing, parts
from nsmig.database.neo4j.conversions import can_be, converted, is_of
from nsmig.database.neo4j.effects import pattern
from nsmig.operations import SetPropertyType

# The server's functions with the same result for the same arguments, anywhere and at any time.
_TIMES = frozenset(["date", "datetime", "localdatetime", "time", "localtime"])
_KNOWN = """
all any none single reduce coalesce nullif head last tail size isempty reverse range tostring tostringornull
tostringlist tointeger tointegerornull tointegerlist tofloat tofloatornull tofloatlist toboolean tobooleanornull
tobooleanlist valuetype left right substring replace split trim ltrim rtrim btrim lower upper tolower toupper
normalize char_length character_length abs ceil floor round sign isnan exp e log log10 sqrt pi sin cos tan cot asin
acos atan atan2 sinh cosh tanh coth degrees radians haversin point point.distance point.withinbbox duration
duration.between duration.inmonths duration.indays duration.inseconds datetime.fromepoch datetime.fromepochmillis
"""
_FUNCTIONS = _TIMES.union(_KNOWN.split())
_TRUNCATING = frozenset(f"{each}.truncate" for each in _TIMES)
_CLOCK = "it would read the clock"
BATCH = 1000  # rows evaluated in one transaction
SHOWN = 5  # rows that are listed individually


def refused(text: str) -> str | None:
    """The reason Neo4j refuses an expression, whatever the data; None if only the server can tell."""
    return expression.refused(text, _FUNCTIONS | _TRUNCATING, (_reads_the_clock,))


def _reads_the_clock(tokens: Sequence[Token]) -> str | None:
    """A time without arguments, or with only a time zone, is the current time."""
    for name, given in calls(tokens):
        if name in _TIMES and not given:
            return f"{name}() needs an argument, else {_CLOCK}"
        if name in _TRUNCATING and len(list(parts(given))) < 2:
            return f"{name}() needs a second argument, else {_CLOCK}"
    for at, each in enumerate(tokens):
        if each.text == "{":
            entries = list(parts(tokens[at + 1 : closing(tokens, at)]))
            if entries and all(entry and entry[0].called == "timezone" for entry in entries):
                return f"a time of {{timezone: …}} alone needs more, else {_CLOCK}"
    return None


def asked(text: str) -> str:
    """A statement with which the server's parser checks an expression without evaluating anything."""
    return f"EXPLAIN UNWIND [] AS value RETURN ({text}) AS result"


def evaluated(value: str, text: str) -> str:
    """The result of an expression for a value. Its own variables are local, whatever their names."""
    return f"head([value IN [{value}] | ({text})])"


def becoming(value: str, operation: SetPropertyType) -> str:
    """The expression for a value converted to another type; null stays null."""
    if not (using := operation.using_on("neo4j")):
        return converted(value, operation.to)
    return f"CASE WHEN {is_of(value, operation.to)} THEN {value} ELSE {evaluated(value, using)} END"


def replacing(operation: SetPropertyType) -> str:
    """The expression for the replacement of ``value``, which is of another type. Values that cannot be converted stay:
    someone has written them since the check."""
    to = operation.to
    if not (using := operation.using_on("neo4j")):
        return f"CASE WHEN {can_be('value', to)} THEN {converted('value', to)} ELSE value END"
    right = is_right("result", operation)
    return f"head([result IN [({using})] | CASE WHEN {right} THEN result ELSE value END])"


def is_right(result: str, operation: SetPropertyType) -> str:
    """Whether an expression's result, for a value that is not null, may be stored."""
    null = "" if operation.may_be_null else f"{result} IS NOT NULL AND "
    return f"{null}{is_of(result, operation.to)}"


def wrong(operation: SetPropertyType, text: str) -> Iterator[Statement]:
    """Values for which the expression fails, then those whose result may not be stored.

    A failure ends its transaction, so a batch with one is evaluated again, each row separately.
    """
    to, kind = operation.to, f"{operation.kind.value}s"
    rows = f"MATCH {pattern(operation.kind, operation.type)} WITH n, n.{quoted(operation.property)} AS value"
    rows += f" WHERE NOT {is_of('value', to)}"
    held = f"{kind} hold a value in {operation.property!r}"

    def tried(size: int, status: str) -> str:
        evaluating = f"CALL (value) {{ RETURN ({text}) AS {status}_result }}"
        return f"{evaluating} IN TRANSACTIONS OF {size} ROWS ON ERROR CONTINUE REPORT STATUS AS {status}"

    again = f"WITH n, value, batch WHERE batch.committed = false {tried(1, 'alone')}"
    yield Statement(
        Role.CHECK,
        f"{rows} {tried(BATCH, 'batch')} {again} WITH n, alone WHERE alone.committed = false"
        f" RETURN count(*) AS count, collect(elementId(n))[..{SHOWN}] AS ids, collect(alone.errorMessage)[0] AS said",
        problem=f"{held} for which 'using' fails; make it return a value for each",
        show=f"MATCH {pattern(operation.kind, operation.type)} WHERE elementId(n) IN $ids RETURN n",
        is_early=True,
    )
    what = f"{to} or null" if operation.may_be_null else to
    hint = "" if operation.may_be_null else " (null only with may_be_null: true)"
    given = f"{rows} WITH n, value, ({text}) AS result WHERE NOT coalesce({is_right('result', operation)}, false)"
    yield Statement(
        Role.CHECK,
        f"{given} RETURN count(*) AS count",
        problem=f"{held} for which 'using' returns something other than {what}{hint}",
        show=f"{given} RETURN n, value, result LIMIT 25",
        is_early=True,
    )
