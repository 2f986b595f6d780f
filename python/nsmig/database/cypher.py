"""Cypher as text: names, literals, scripts, and the values that a property can hold.

This is the only place where names are put into statements.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nsmig.database.base import Role, Statement

# Names, texts and comments are skipped; a parameter is $name or $`name`.
_NAME_OR_PARAMETER = re.compile(
    r"`(?:[^`]|``)*`|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|//[^\n]*|/\*.*?\*/|\$(?:(\w+)|`((?:[^`]|``)*)`)", re.DOTALL
)
_ESCAPES = str.maketrans({"\\": r"\\", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\0": r"\u0000"})


def quoted(name: str) -> str:
    r"""A label, type, property, constraint or index name in Cypher, whatever characters it has.

    Cypher 5 replaces ``\uXXXX`` anywhere in the text before it looks for backticks (measured on 5.26), so a backslash
    in a name has to be written in this form itself.
    """
    return "`" + name.replace("`", "``").replace("\\", "\\u005C") + "`"


def properties(names: Sequence[str]) -> str:
    """Properties of ``n``, as a constraint or an index lists them."""
    return ", ".join(f"n.{quoted(each)}" for each in names)


def literal(value: Any) -> str:
    """A value as Cypher text on one line.

    :raises ValueError: Cypher has no text for it (bytes).
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.translate(_ESCAPES) + "'"
    if isinstance(value, datetime.datetime):
        return f"{'datetime' if value.tzinfo else 'localdatetime'}('{value.isoformat()}')"
    if isinstance(value, datetime.date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(name)}: {literal(each)}" for name, each in value.items()) + "}"
    raise ValueError(f"Cypher has no literal for {type(value).__name__}")


def inlined(text: str, parameters: Mapping[str, Any]) -> str:
    """A statement with its parameters written into it; ``$`` inside quoted names, texts and comments is left alone."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or (found[2] or "").replace("``", "`")
        return literal(parameters[name]) if name in parameters else found[0]

    return _NAME_OR_PARAMETER.sub(value, text)


def parameters(text: str) -> set[str]:
    """The names of the parameters that a statement uses."""
    found = _NAME_OR_PARAMETER.finditer(text)
    return {each[1] or each[2].replace("``", "`") for each in found if each[0].startswith("$")}


def used(text: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that a statement uses."""
    names = parameters(text)
    return {name: value for name, value in given.items() if name in names}


def script(statements: Iterable[Statement]) -> str:
    """Statements as input for cypher-shell, with notes and expected counts as comments."""
    lines: list[str] = []
    for statement in statements:
        if statement.role is Role.NOTE:
            lines.append(_comment(statement.text))
            continue
        if statement.role in (Role.CHECK, Role.RECHECK):
            lines.append(_comment(f"must count 0 ({statement.problem}):"))
        if statement.role is Role.COUNT:
            lines.append(_comment(f"{statement.problem}:"))
        try:
            end = "\n;" if statement.role is Role.QUERY else ";"  # a user's query may end in a comment
            lines.append(inlined(statement.text, statement.parameters) + end)
        except ValueError as problem:
            lines.append(_comment(f"{problem}, so this must be sent by a program: {statement.text}"))
    return "".join(line + "\n" for line in lines)


def unnameable(name: str) -> str | None:
    """The reason a Cypher database refuses a name, or None if it accepts it."""
    if not name:
        return "a name must not be empty"
    if "\0" in name:
        return f"the name {name!r} contains a null character"
    if not _is_text(name):
        return f"the name {name!r} is not valid Unicode"
    return None


def unstorable(value: Any) -> str | None:
    """The reason no property can hold a value, or None if one can. Properties hold scalars and flat lists of one
    type."""
    if not isinstance(value, (list, tuple)):
        return _unstorable_scalar(value)
    if any(isinstance(each, (bytes, list, tuple)) for each in value):
        return "a list inside a list cannot be stored"
    if any(each is None for each in value):
        return "a list that contains null cannot be stored"
    reasons = [reason for each in value if (reason := _unstorable_scalar(each))]
    if not reasons and len({_sort(each) for each in value}) > 1:
        return "a list of values of several types cannot be stored"
    return reasons[0] if reasons else None


def unsendable(value: Any) -> str | None:
    """The reason a value cannot be a query's parameter, or None if it can; also accepts maps and lists of anything."""
    if isinstance(value, Mapping):
        wrong = [f"the name {name!r} is no text" for name in value if not isinstance(name, str)]
        return next(iter(wrong), None) or next(filter(None, map(unsendable, value.values())), None)
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(unsendable, value)), None)
    return _unstorable_scalar(value)


def _unstorable_scalar(value: Any) -> str | None:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return f"the integer {value} needs more than 64 bits"
    if isinstance(value, str):
        return None if _is_text(value) else "a text that is not valid Unicode cannot be stored"
    if value is None or isinstance(value, (bool, int, float, bytes, datetime.date)):
        return None
    return f"a value of type {type(value).__name__} cannot be stored"


def _sort(value: Any) -> str:
    """The types that the server treats as one within a list: all numbers are one, times with and without zone are
    two."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, datetime.datetime):
        return "datetime" if value.tzinfo else "localdatetime"
    return type(value).__name__


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _comment(text: str) -> str:
    return "// " + " ".join(text.split())
