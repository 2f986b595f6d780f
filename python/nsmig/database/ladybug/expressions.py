"""Expressions over ``value`` in LadybugDB: what they may call, and how they are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nsmig.database import expression
from nsmig.database.base import Statement
from nsmig.database.expression import Token
from nsmig.database.ladybug.conversions import converted
from nsmig.database.ladybug.tables import check
from nsmig.database.ladybug.values import ENGINE_TYPES, literal
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.operations import SetPropertyType
from nsmig.values import SchemaView

# The engine's own that give the same for the same arguments, wherever and whenever.
_KNOWN = """
abs acos all any array_append array_cat array_concat array_contains array_extract array_has array_indexof
array_position array_prepend array_push_back array_push_front array_slice array_value asin atan atan2 bitshift_left
bitshift_right bitwise_and bitwise_or bitwise_xor blob cardinality cast cbrt ceil ceiling century coalesce concat
concat_ws constant_or_null contains cos cot date date_part date_trunc datepart datetrunc dayname decode degrees
duration element_at encode ends_with epoch_ms equals even factorial floor gamma greater_than greater_than_equals
greatest ifnull initcap interval last_day lcase least left less_than less_than_equals levenshtein lgamma
list_any_value list_append list_cat list_concat list_contains list_creation list_distinct list_element list_extract
list_filter list_has list_has_all list_has_any list_indexof list_max list_min list_position list_prepend
list_product list_reduce list_reverse list_reverse_sort list_slice list_sort list_sum list_to_string list_transform
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
# What statements around an expression call their rows; the engine lets nothing within them have such a name again.
_TAKEN = frozenset("abnrs")


def refused(text: str) -> str | None:
    """Why LadybugDB refuses an expression, whatever data it holds; None if only the engine can tell."""
    return expression.refused(text, _FUNCTIONS, (_takes_a_name,))


def _takes_a_name(tokens: Sequence[Token]) -> str | None:
    for at, each in enumerate(tokens):
        if (each.called in _TAKEN and _is_variable(tokens, at)) or (_is_value(tokens, at) and _is_bound(tokens, at)):
            return f"the name {each.text} is taken around the expression; call its own variable otherwise"
    return None


def _is_variable(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is no key of a map, no field, and no function."""
    before = next((each.text for each in reversed(tokens[:at]) if each.kind != "space"), "")
    after = next((each.text for each in tokens[at + 1 :] if each.kind != "space"), "")
    return before != "." and after not in ("(", ":")


def _is_value(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].called == "value" and _is_variable(tokens, at)


def _is_bound(tokens: Sequence[Token], at: int) -> bool:
    """Whether a variable is one of the expression's own: of ``x -> …``, ``(x, y) -> …`` or ``any(x IN …)``."""
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
    :raises UnsupportedError: the engine does not take the expression, or it gives values of another type.
    """
    declared = before.type(operation.kind, operation.type)
    known = ENGINE_TYPES[declared.properties.get(operation.property, "STRING") if declared else "STRING"]
    # A column of which the schema knows nothing is a STRING to it, and may be of any type.
    sources = [known, *(each for each in ENGINE_TYPES.values() if known == "STRING" != each)]
    problems = []
    for source in sources:
        try:
            (given,) = types_of(f"WITH cast(NULL, {literal(source)}) AS value RETURN ({text}) AS result")
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


def evaluated(value: str, text: str) -> str:
    """What an expression gives for a value, which stands in it: a lambda's variable has no name in
    another lambda within it."""
    tokens = list(expression.tokens(text))
    return "(" + "".join(value if _is_value(tokens, at) else each.text for at, each in enumerate(tokens)) + ")"


def becoming(value: str, source: str, target: str, using: str | None, is_present: bool = False) -> str:
    """A value as one of another column type, by an expression or else by the rule; null stays null.

    :param is_present: it is not null.
    """
    if using is None or source == target:
        return converted(value, source, target, is_present)
    result = evaluated(value, using)
    return result if is_present else f"CASE WHEN {value} IS NOT NULL THEN {result} END"


def wrong(operation: SetPropertyType, rows: str, value: str, text: str) -> Iterator[Statement]:
    """Values for which an expression gives what may not be stored, or on which it fails, and so does the statement."""
    held, result = f"{operation.kind.value}s hold a value in {operation.property!r}", evaluated(value, text)
    another = f"typeof({result}) <> {literal(ENGINE_TYPES[operation.to])}"
    what, hint = (another, "") if operation.may_be_null else (f"{result} IS NULL OR {another}", _ONLY)
    yield check(
        f"{held} for which 'using' gives what is not {operation.to}{hint}",
        f"{rows} WHERE {value} IS NOT NULL AND ({what})",
        "count(*)",
        "n LIMIT 25",
        fails=f"{held} on which 'using' fails; make it give an answer for each",
    )


_ONLY = " (null only with may_be_null: true)"
