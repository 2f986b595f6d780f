"""Expressions over ``value`` in LadybugDB: what they may call, and how they are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from nsmig.database import expression
from nsmig.database.base import Role, Statement
from nsmig.database.expression import Token
from nsmig.database.ladybug.column_types import item
from nsmig.database.ladybug.conversions import converted, listed
from nsmig.database.ladybug.values import ENGINE_TYPES, internal_id, literal
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.operations import SetPropertyType
from nsmig.values import SchemaView

# The engine's deterministic functions. Not list_filter and list_slice, which mix up rows if a scan leaves some out.
_KNOWN = """
abs acos all any array_append array_cat array_concat array_contains array_extract array_has array_indexof
array_position array_prepend array_push_back array_push_front array_value asin atan atan2 bitshift_left
bitshift_right bitwise_and bitwise_or bitwise_xor blob cardinality cast cbrt ceil ceiling century coalesce concat
concat_ws constant_or_null contains cos cot date date_part date_trunc datepart datetrunc dayname decode degrees
duration element_at encode ends_with epoch_ms equals even factorial floor gamma greater_than greater_than_equals
greatest ifnull initcap interval last_day lcase least left less_than less_than_equals levenshtein lgamma
list_any_value list_append list_cat list_concat list_contains list_creation list_distinct list_element list_extract
list_has list_has_all list_has_any list_indexof list_max list_min list_position list_prepend
list_product list_reduce list_reverse list_reverse_sort list_sort list_sum list_to_string list_transform
list_unique ln log log10 log2 lower lpad ltrim make_date map map_extract map_keys map_values md5 monthname negate
none not_equals octet_length pi pow prefix radians range regexp_extract regexp_extract_all regexp_full_match
regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right round rpad rtrim sha256 sign sin
single size split_part sqrt starts_with str_split string string_split string_to_array struct_extract struct_pack
substr substring suffix tan time_bucket timestamp to_bool to_date to_days to_double to_epoch_ms to_float to_hours
to_int128 to_int16 to_int32 to_int64 to_int8 to_interval to_microseconds to_milliseconds to_minutes to_months
to_seconds to_string to_timestamp to_uint128 to_uint16 to_uint32 to_uint64 to_uint8 to_uuid to_years tolower toupper
trim typeof ucase union_extract union_tag union_value upper uuid
"""
_FUNCTIONS = frozenset(_KNOWN.split())
# The names of rows in statements around an expression; the engine does not allow them to be reused inside.
_TAKEN = frozenset("abnrs")


def refused(text: str) -> str | None:
    """The reason LadybugDB refuses an expression, whatever the data; None if only the engine can tell."""
    return expression.refused(text, _FUNCTIONS, (_takes_a_name,))


def _takes_a_name(tokens: Sequence[Token]) -> str | None:
    for at, each in enumerate(tokens):
        if (each.called in _TAKEN and _is_variable(tokens, at)) or (_is_value(tokens, at) and _is_bound(tokens, at)):
            return f"the name {each.text} is used around the expression; choose another name for the variable"
    return None


def _is_variable(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is a variable, and not a key of a map, a field, or a function."""
    before = next((each.text for each in reversed(tokens[:at]) if each.kind != "space"), "")
    after = next((each.text for each in tokens[at + 1 :] if each.kind != "space"), "")
    return before != "." and after not in ("(", ":")


def _is_value(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].called == "value" and _is_variable(tokens, at)


def _is_bound(tokens: Sequence[Token], at: int) -> bool:
    """Whether the expression itself binds a variable, as in ``x -> …``, ``(x, y) -> …`` or ``any(x IN …)``."""
    after = [each.text for each in tokens[at + 1 : at + 3]]
    if after == ["-", ">"]:
        return True
    is_asked = at >= 2 and tokens[at - 1].text == "(" and tokens[at - 2].called in ("all", "any", "none", "single")
    if is_asked and after[0:1] and after[0].lower() == "in":
        return True
    end = next(
        (place for place in range(at, len(tokens)) if tokens[place].text not in (",",) and not tokens[place].called), at
    )
    return [each.text for each in tokens[end : end + 3]] == [")", "-", ">"]


def require_parsed(
    operation: SetPropertyType, text: str, before: SchemaView, types_of: Callable[[str], list[str]]
) -> None:
    """
    :param types_of: the types of the columns that a query gives.
    :raises UnsupportedError: the engine does not accept the expression, or it returns values of another type.
    """
    declared = before.type(operation.kind, operation.type)
    known = ENGINE_TYPES[declared.properties.get(operation.property, "STRING") if declared else "STRING"]
    # A column that the schema does not declare is a STRING to it, and may be of any type.
    sources = [known, *(each for each in ENGINE_TYPES.values() if known == "STRING" != each)]
    problems = []
    for source in sources:
        try:
            (given,) = types_of(f"UNWIND cast([], {literal(f'{source}[]')}) AS value RETURN ({text}) AS result")
        except DatabaseError as error:
            said = str(error).splitlines()[0].partition(": ")[2]
            problems.append(
                f"the engine does not take the expression of 'using', which may name no variable but value: {said}"
            )
        else:
            wanted = ENGINE_TYPES[operation.to]
            if given == wanted:
                return
            problems.append(f"the expression of 'using' gives {given} in LadybugDB, not {wanted}; cast it")
    raise UnsupportedError(operation, problems[0])


def evaluated(value: str, source: str, text: str) -> str:
    """An expression with a value in place of ``value``: a lambda's variable is not visible in a lambda inside it.

    :param source: the type of the value.
    """
    value = listed(value, source) if item(source) else value
    tokens = list(expression.tokens(text))
    return "(" + "".join(value if _is_value(tokens, at) else each.text for at, each in enumerate(tokens)) + ")"


def becoming(value: str, source: str, target: str, using: str | None, is_present: bool = False) -> str:
    """A value converted to another column type, by an expression or else by the rule; null stays null.

    :param is_present: it is not null.
    """
    if using is None or source == target:
        return converted(value, source, target, is_present)
    result = evaluated(value, source, using)
    return result if is_present else f"CASE WHEN {value} IS NOT NULL THEN {result} END"


@dataclass(frozen=True, slots=True)
class Evaluated(Statement):
    """A check that evaluates an expression, and fails as a whole if that fails for any value: see :func:`failing`.

    ``matched`` are all rows, ``rows`` those with a value, from which ``result`` is computed.
    """

    held: str = field(kw_only=True)
    matched: str = field(kw_only=True)
    rows: str = field(kw_only=True)
    result: str = field(kw_only=True)


def wrong(operation: SetPropertyType, rows: str, value: str, source: str, text: str) -> Evaluated:
    """Check for values whose result may not be stored, or for which the expression, and so the statement, fails."""
    held, result = f"{operation.kind.value}s hold a value in {operation.property!r}", evaluated(value, source, text)
    another = f"typeof(result) <> {literal(ENGINE_TYPES[operation.to])}"
    what, hint = (another, "") if operation.may_be_null else (f"result IS NULL OR {another}", _ONLY)
    matched, rows = rows, f"{rows} WHERE {value} IS NOT NULL"
    given = f"{rows} WITH n, {value} AS value, {result} AS result WHERE {what}"
    return Evaluated(
        Role.CHECK,
        f"{given} RETURN count(*)",
        problem=f"{held} for which 'using' returns something other than {operation.to}{hint}",
        show=f"{given} RETURN n, value, result LIMIT 25",
        is_early=True,
        held=held,
        matched=matched,
        rows=rows,
        result=result,
    )


_ONLY = " (null only with may_be_null: true)"
MOST = 25  # the most rows that are searched for, since each costs some twenty scans of the table
SHOWN = 5  # rows in the query


@dataclass(frozen=True, slots=True)
class Failing:
    """Rows for which an expression fails: how many (at :data:`MOST`, there may be more), the engine's message for the
    first, and a query that shows some."""

    problem: str
    count: int
    show: str


def failing(send: Callable[[str], list[list[Any]]], check: Evaluated) -> Failing | None:
    """Find the rows for which an expression fails. The engine stops at one without saying which, so ranges of rows are
    tried, and halved if they fail. None if failure does not depend on the rows.

    :param send: sends a query and returns its rows.
    """

    def error_in(chosen: str) -> str | None:
        try:
            send(f"{check.rows} AND {chosen} WITH {check.result} AS result WHERE result IS NULL RETURN count(*)")
        except DatabaseError as error:
            return str(error.__cause__).strip()
        return None

    def is_wrong(start: int, end: int) -> bool:
        return error_in(f"offset(id(n)) >= {start} AND offset(id(n)) < {end}") is not None

    ((last,),) = send(f"{check.rows} RETURN max(offset(id(n)))")
    if last is None or is_wrong(last + 1, last + 2):  # the engine also evaluates it for rows that are not chosen
        return None
    found: list[tuple[str, str]] = []
    for place in islice(_places(is_wrong, 0, last + 1), MOST):
        # Relationships between different types may share a place.
        for (row,) in send(f"{check.rows} AND offset(id(n)) = {place} RETURN id(n)"):
            row_id = internal_id(row)
            if said := error_in(f"id(n) = {row_id}"):
                found.append((row_id, said))
    if not found:
        return None
    chosen = ", ".join(row_id for row_id, _ in found[:SHOWN])
    more = f"; there may be more than {MOST}" if len(found) >= MOST else ""
    problem = f"{check.held} for which 'using' fails; make it return a value for each (the engine says: {found[0][1]})"
    return Failing(f"{problem}{more}", len(found), f"{check.matched} WHERE id(n) IN [{chosen}] RETURN n")


def _places(is_wrong: Callable[[int, int], bool], start: int, end: int) -> Iterator[int]:
    """The wrong places from ``start`` to ``end`` (exclusive), in order."""
    if not is_wrong(start, end):
        return
    if end - start == 1:
        yield start
        return
    middle = (start + end) // 2
    yield from _places(is_wrong, start, middle)
    yield from _places(is_wrong, middle, end)
