"""Conversions between LadybugDB's column types, as expressions of its language.

A value is converted only if nothing is lost. The engine evaluates both branches of a CASE, so an expression that tests
whether a value can be converted only casts what is certain to be castable; the conversion itself is sent only after no
value was found for which it would fail.
"""

from __future__ import annotations

from nsmig.database.ladybug.column_types import WIDER, is_array, item

_INTEGER = "[+-]?[0-9]+"
_FLOAT = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_ZONE = "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])"
_DATETIME = f"{_DATE}([T ]{_TIME}{_ZONE}?)?"

_MOST_AS_DOUBLE = 2**63 - 1024  # the greatest double that is an INT64


def can_be(value: str, source: str, target: str) -> str | None:
    """Whether a value that is not null can be converted to another column type; None: no value can.

    :param value: an expression of type ``source``.
    """
    if source == target:
        return "true"
    source = _kind(source)
    if (of := item(source)) and (to := item(target)):
        each = can_be("each", of, to)
        if each == "true":
            return each
        no_value = "false" if each is None else each
        problems = f"list_transform({listed(value, source)}, each -> each IS NOT NULL AND NOT ({no_value}))"
        return f"NOT list_contains({problems}, true)"  # list_filter forgets elements of rows among others
    if test := _TESTS.get((source, target)):
        return test.replace("$v", value)
    wider = WIDER.get(source)
    return wider and can_be(_as(value, wider), wider, target)


def refused(value: str, source: str, target: str) -> str | None:
    """The values that cannot be converted to another type, as conditions for a WHERE; None: every value can.

    Most values pass the first condition, which costs a quarter of the whole test.
    """
    test = can_be(value, source, target)
    if test == "true":
        return None
    conditions = [f"{value} IS NOT NULL"]
    if easy := _EASY.get((source, target)):
        conditions.append(f"NOT {easy.replace('$v', value)}")
    if test:
        conditions.append(f"NOT ({test})")
    return " AND ".join(conditions)


def converted(value: str, source: str, target: str, is_present: bool = False) -> str:
    """A value converted to another column type, if it :func:`can_be`; null stays null.

    :param value: an expression of type ``source``.
    :param is_present: it is not null.
    """
    if source == target:
        return value
    source = _kind(source)
    if (of := item(source)) and (to := item(target)):
        return f"list_transform({listed(value, source)}, each -> {converted('each', of, to)})"
    if (source, target) not in _CONVERSIONS and (wider := WIDER.get(source)):
        return converted(_as(value, wider), wider, target, is_present)
    conversion = _CONVERSIONS.get((source, target), f"cast(NULL, '{target}')")
    text = _TEXTS.get((source, target), "")
    text = text if is_present else f"CASE WHEN $v IS NOT NULL THEN {text} END"
    return f"({conversion.replace('$text', text).replace('$v', value)})"


def default_as(text: str, source: str, target: str) -> str | None:
    """A column's default, in the engine's language, for a column of another type; None if there is no simple one, since
    the engine accepts no other."""
    source = _kind(source)
    is_cast = _CONVERSIONS.get((source, target)) == "cast($v, 'STRING')" or WIDER.get(source) == target
    return _as(text, target) if is_cast or (source, target) == ("DATE", "TIMESTAMP") else None


def _kind(engine_type: str) -> str:
    """The common type of those that differ only in their number of digits, which are converted alike."""
    return "DECIMAL" if engine_type.startswith("DECIMAL(") else engine_type


def _as(value: str, engine_type: str) -> str:
    return f"cast({value}, '{engine_type}')"


def listed(value: str, engine_type: str) -> str:
    """A list or an array as a new list. The engine's list functions do not accept arrays; and in a lambda over a column
    that was changed since the last checkpoint, a CASE and some functions read other elements than those of the row
    (`findings/a-case-in-a-lambda.sh`). A copy by list_slice is of another row if some rows of a scan are left out."""
    of = f"{item(engine_type)}[]"
    return f"list_concat({_as(value, of) if is_array(engine_type) else value}, {_as('[]', of)})"


def _matches(pattern: str) -> str:
    return f"regexp_full_match($v, '{pattern}')"


def _only(pattern: str, otherwise: str, of: str = "$v") -> str:
    """The text if it matches, so that any value can be cast."""
    return f"CASE WHEN {_matches(pattern)} THEN {of} ELSE '{otherwise}' END"


def _bare(text: str) -> str:
    """Without a leading plus and zeros, which the engine does not accept in a DOUBLE."""
    return f"regexp_replace({text}, '^[+]?(-?)0*([0-9]|[.][0-9])', '\\\\1\\\\2')"


_DIGITS = "regexp_replace($v, '^[+-]?0*', '')"
_IS_INTEGER = (
    f"{_matches(_INTEGER)} AND (size({_DIGITS}) < 19 OR (size({_DIGITS}) = 19 AND {_DIGITS} <="
    " CASE WHEN $v STARTS WITH '-' THEN '9223372036854775808' ELSE '9223372036854775807' END))"
)
_IS_FLOAT = f"{_matches(_FLOAT)} AND abs(cast({_bare(_only(_FLOAT, '0'))}, 'DOUBLE')) < cast('inf', 'DOUBLE')"
_MONTH = _only(_DATETIME, "2000-01-01", "substring($v, 1, 8) + '01'")
_DAY = _only(_DATETIME, "01", "substring($v, 9, 2)")
_NOT_YEAR_0 = f"regexp_replace({_MONTH}, '^0000', '2000')"
_IS_DATETIME = (
    f"{_matches(_DATETIME)} AND NOT $v STARTS WITH '0000'"
    f" AND cast({_DAY}, 'INT64') <= date_part('day', last_day(cast({_NOT_YEAR_0}, 'DATE')))"
)
_IS_DATE = f"{_matches(_DATE)} AND {_IS_DATETIME}"
_SAFE = f"CASE WHEN $v <= {_MOST_AS_DOUBLE} THEN $v ELSE 0 END"
# The engine writes six decimals; without trailing zeros, and only if they represent the number exactly.
_FLOAT_TEXT = "regexp_replace(cast($v, 'STRING'), '([.][0-9]+?)0+$', '\\\\1')"

# Texts are read as ISO 8601; a time with an offset becomes the moment in UTC, as the engine stores it.
_LOCAL = "regexp_replace($v, '(Z|[+-][0-9]{2}:[0-9]{2})$', '')"
_SECONDS = (
    f"regexp_replace(regexp_replace(left($v, 10) + substring({_LOCAL}, 11, 20), '^(.{{16}})$', '\\\\1:00'), 'T', ' ')"
)
_HAS_OFFSET = "regexp_full_match($v, '.{16,}[+-][0-9]{2}:[0-9]{2}')"
_OFFSET = f"CASE WHEN {_HAS_OFFSET} THEN right($v, 6) ELSE '+00:00' END"
_MINUTES = f"(cast(substring({_OFFSET}, 2, 2), 'INT64') * 60 + cast(substring({_OFFSET}, 5, 2), 'INT64'))"

_HAVE_TEXT = ("INT64", "INT128", "UINT64", "DATE", "UUID", "DECIMAL")
_TESTS = {
    **{(each, "STRING"): "true" for each in ("BOOL", "TIMESTAMP", *_HAVE_TEXT)},
    ("UINT64", "INT64"): f"$v <= {2**63 - 1}",
    ("INT128", "INT64"): f"$v >= cast('{-(2**63)}', 'INT128') AND $v <= {2**63 - 1}",
    ("DATE", "TIMESTAMP"): "$v >= date('0001-01-01') AND $v <= date('9999-12-31')",
    ("DOUBLE", "STRING"): f"cast({_FLOAT_TEXT}, 'DOUBLE') = $v",
    ("STRING", "BOOL"): "$v IN ['true', 'false']",
    ("STRING", "INT64"): _IS_INTEGER,
    ("STRING", "DOUBLE"): _IS_FLOAT,
    ("STRING", "TIMESTAMP"): _IS_DATETIME,
    ("STRING", "DATE"): _IS_DATE,
    ("INT64", "DOUBLE"): f"$v <= {_MOST_AS_DOUBLE} AND cast(cast({_SAFE}, 'DOUBLE'), 'INT64') = $v",
    ("DOUBLE", "INT64"): f"$v >= -{2**63}.0 AND $v < {2**63}.0 AND floor($v) = $v",
}
# Patterns of most values, which are certain to be castable.
_EASY = {
    ("STRING", "INT64"): _matches("[+-]?[0-9]{1,18}"),
    ("STRING", "DOUBLE"): _matches("-?[0-9]{1,18}([.][0-9]{1,18})?"),
    ("STRING", "TIMESTAMP"): _matches(f"[1-9][0-9]{{3}}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])([T ]{_TIME}{_ZONE}?)?"),
}
# The text to cast, or the result. The engine's replace() and regexp_replace() return '' for null, which cannot be cast.
_TEXTS = {
    ("TIMESTAMP", "STRING"): "regexp_replace(cast($v, 'STRING'), ' ', 'T')",
    ("DOUBLE", "STRING"): _FLOAT_TEXT,
    ("STRING", "INT64"): "replace($v, '+', '')",
    ("STRING", "DOUBLE"): _bare("$v"),
    ("STRING", "TIMESTAMP"): _SECONDS,
}
_CONVERSIONS = {
    ("BOOL", "STRING"): "lower(cast($v, 'STRING'))",
    **{(each, "STRING"): "cast($v, 'STRING')" for each in _HAVE_TEXT},
    **{(each, "INT64"): "cast($v, 'INT64')" for each in ("UINT64", "INT128")},
    ("DATE", "TIMESTAMP"): "cast($v, 'TIMESTAMP')",
    ("TIMESTAMP", "STRING"): "$text",
    ("DOUBLE", "STRING"): "$text",
    ("STRING", "BOOL"): "cast($v, 'BOOL')",
    ("STRING", "DATE"): "cast($v, 'DATE')",
    ("STRING", "INT64"): "cast($text, 'INT64')",
    ("STRING", "DOUBLE"): "cast($text, 'DOUBLE')",
    ("STRING", "TIMESTAMP"): (
        "cast($text, 'TIMESTAMP')"
        f" - to_minutes(CASE WHEN {_OFFSET} STARTS WITH '-' THEN -{_MINUTES} ELSE {_MINUTES} END)"
    ),
    ("INT64", "DOUBLE"): "cast($v, 'DOUBLE')",
    ("DOUBLE", "INT64"): "cast($v, 'INT64')",
}
