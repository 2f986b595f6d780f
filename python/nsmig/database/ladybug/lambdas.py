"""Lambdas over many list elements, which LadybugDB 0.22 computes wrongly, or which end its process.

It evaluates a lambda for the elements of up to 2,048 rows at once, in memory for 2,048 elements. With more of them, a
branch (CASE, IS NOT NULL, coalesce) and several functions read and write beyond it (`findings/a-case-in-a-lambda.sh`).
So before one is sent, the elements are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from nsmig.database.base import Statement
from nsmig.database.expression import Token, calls, closing, parts, tokens
from nsmig.database.ladybug.column_types import is_array, item
from nsmig.database.ladybug.conversions import listed
from nsmig.database.ladybug.tables import check
from nsmig.errors import UnsupportedError
from nsmig.operations import SetPropertyType

MOST = 2048  # elements, and rows

# What a lambda may contain for any number of elements; everything else counts as a branch.
_CALLS = frozenset({"abs", "cast", "floor", "lower", "regexp_full_match", "round", "size", "trim", "upper"})
_MARKS = frozenset("()[],.+-*/%=<>")
_BRANCHES = frozenset({"case", "contains", "count", "ends", "exists", "is", "null", "starts", "where"})
_ASKING = frozenset({"all", "any", "none", "single"})
_TAKING = _ASKING | {"list_filter", "list_reduce", "list_transform"}


def counted(
    operation: SetPropertyType, rows: str, value: str, source: str, expressions: Sequence[str]
) -> list[Statement]:
    """The check, if needed, that lists have no more elements than these expressions survive.

    :param rows: a pattern of rows ``n``.
    :param value: the property of ``n``, of the type ``source``.
    :raises UnsupportedError: an expression has such a lambda over a list that cannot be counted here.
    """
    own = listed(value, source) if item(source) else ""
    if not any(needs_count(operation, each, own) for each in expressions):
        return []
    name, elements = operation.property, f"size({_list(value, source)})"
    problem = (
        f"{operation.kind.value}s hold lists in {name!r} that have more than {MOST:,} elements in all, which LadybugDB"
        f" 0.22 cannot convert without damage; add a property of type {operation.to}, fill it with a program that"
        f" converts the values itself, then drop {name!r} and rename the new property to it"
    )
    present = f"{rows} WHERE {value} IS NOT NULL"
    # Lists of one element each are never more than the rows. An ORDER BY with a LIMIT would not find the longest.
    too_many = f"CASE WHEN sum({elements}) > {MOST} AND max({elements}) > 1 THEN count(*) ELSE 0 END"
    found = check(problem, present, too_many, "")
    show = f"{present} AND {elements} > 1 RETURN n, {elements} AS elements LIMIT 25"
    return [replace(found, show=show, is_early=True)]


def needs_count(operation: SetPropertyType, expression: str, own: str) -> bool:
    """Whether an expression has a lambda that is wrong for many elements.

    :param own: the list whose elements can be counted, as it is in the expression.
    :raises UnsupportedError: the lambda is over another one.
    """
    taken = _taken(expression)
    found = list(_lambdas(taken))
    unsafe = [(over, body) for over, body in found if not _is_plain(body)]
    is_known = all(_text(over) == _text(_taken(own)) and not _nests(body) for over, body in unsafe)
    if not is_known or len(found) < _arrows(taken) + sum(name in _ASKING for name, _ in calls(taken)):
        raise UnsupportedError(
            operation,
            "'using' has a condition or function inside a list function (x -> …) over a list other than the value"
            f" itself; LadybugDB 0.22 computes it wrongly, or crashes, if {MOST:,} rows have more than {MOST:,}"
            " elements. Instead add a property, fill it with a program that converts the values itself, then drop the"
            " old one and rename the new one",
        )
    return bool(unsafe)


def _list(value: str, source: str) -> str:
    return f"cast({value}, '{item(source)}[]')" if is_array(source) else value


def _taken(text: str) -> list[Token]:
    return [each for each in tokens(text) if each.kind != "space"]


def _text(of: Sequence[Token]) -> str:
    return " ".join(each.text for each in of)


def _lambdas(taken: Sequence[Token]) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
    """Every lambda: the list that it is over, and its body. Of ``any(x IN l WHERE …)`` all counts as a body."""
    for name, arguments in calls(taken):
        if name in _ASKING:
            words = [each.called for each in arguments]
            end = words.index("where") if "where" in words else len(words)
            yield arguments[2:end], arguments
            continue
        first, *others = list(parts(arguments)) or [()]
        for each in filter(None, others):
            at = closing(each, 0) if each[0].text == "(" else 0
            if _text(each[at + 1 : at + 3]) == "- >":
                yield first, each[at + 3 :]


def _arrows(taken: Sequence[Token]) -> int:
    return sum(one.text == "-" and other.text == ">" for one, other in pairwise(taken))


def _nests(body: Sequence[Token]) -> bool:
    """Whether a lambda's body has a lambda in it."""
    return _arrows(body) > 0 or any(name in _TAKING for name, _ in calls(body))


def _is_plain(body: Sequence[Token]) -> bool:
    """Whether a lambda is right for any number of elements."""
    marks = {each.text for each in body if each.kind == "mark"}
    words = {each.called for each in body if each.kind == "word"}
    is_indexed = any(other.text == "[" and one.called != "in" for one, other in pairwise(body))
    called = {name for name, _ in calls(body)}
    return called <= _CALLS and marks <= _MARKS and not words & _BRANCHES and not is_indexed and body[0].text != "["
