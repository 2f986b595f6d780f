"""Cypher expressions that test whether a value is of a property type or convertible to it, and that convert it.

A value is converted only without loss: ``'07'`` becomes the integer 7, ``'7.5'`` and ``7.5`` do not.
"""

from __future__ import annotations

# The property types of a schema file, each with its Cypher types.
_CYPHER = {
    **{each: (each,) for each in ("STRING", "BOOLEAN", "INTEGER", "FLOAT", "DATE", "DURATION", "POINT")},
    "DATETIME": ("LOCAL DATETIME", "ZONED DATETIME"),
    "TIME": ("LOCAL TIME", "ZONED TIME"),
}

EMPTY = "LIST<NOTHING>"  # the server's name for the type of an empty list

_HAVE_TEXT = "STRING | BOOLEAN | INTEGER | FLOAT | DATE | LOCAL DATETIME | ZONED DATETIME | LOCAL TIME | ZONED TIME"
_INTEGER = "[+-]?[0-9]+"
_FLOAT = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_ZONE = "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_LOCAL = f"{_DATE}([T ]{_TIME})?"
_ZONED = f"{_DATE}[T ]{_TIME}{_ZONE}"
# In a named zone; its offset has seconds where the zone once used local mean time.
_SECONDS = "[+-](0[0-9]|1[0-7]):[0-5][0-9]:[0-5][0-9]"
_NAMED = rf"{_DATE}[T ]{_TIME}({_ZONE}|{_SECONDS})\\[[A-Za-z][A-Za-z0-9~/._+-]*]"


# The element types of a list of times, and the texts that convert to them.
_KINDS = {
    "DATETIME": {"LOCAL DATETIME | DATE": _LOCAL, "ZONED DATETIME": f"{_ZONED}|{_NAMED}"},
    "TIME": {"LOCAL TIME": _TIME, "ZONED TIME": f"{_TIME}{_ZONE}"},
}


def item(type: str) -> str | None:
    """The element type of a list type; None if it is not a list type."""
    return type.removeprefix("LIST_OF_").removesuffix("S") if type.startswith("LIST_OF_") else None


def cypher_type(type: str) -> str:
    """A schema file's property type as Cypher type, in the server's spelling."""
    of = item(type)
    return " | ".join(_CYPHER[type] if of is None else (f"LIST<{each} NOT NULL>" for each in _CYPHER[of]))


def schema_type(values: str) -> str | None:
    """The schema file's property type for a result of ``valueType``; None if no property type has such values."""
    return _OF_VALUE.get(values.removesuffix(" NOT NULL"))


def stored_type(name: str) -> str | None:
    """The schema file's property type for a type name of ``db.schema.nodeTypeProperties``, in either version of the
    language; :data:`EMPTY` for an empty list, and None if no property type has such values."""
    if name.removesuffix(" NOT NULL") == EMPTY:
        return EMPTY
    of = name.removesuffix("Array")
    if of not in _STORED:
        return schema_type(name)
    return _STORED[of] if of == name else f"LIST_OF_{_STORED[of]}S"


def is_of(value: str, type: str) -> str:
    """Whether an expression's value already has a type."""
    return f"{value} IS :: {cypher_type(type)}"


def can_be(value: str, type: str) -> str:
    """Whether an expression's value, which is not null, can be converted without loss.

    Never an error, except for a text in a time zone that the server does not know.
    """
    of = item(type)
    if of is not None:
        each = f"all(each IN {value} WHERE {can_be('each', of)})"
        if kinds := _KINDS.get(of):  # no stored list holds both
            alike = (f"each IS :: {kind} OR coalesce(each =~ '{pattern}', false)" for kind, pattern in kinds.items())
            each += f" AND ({' OR '.join(f'all(each IN {value} WHERE {test})' for test in alike)})"
        return f"CASE WHEN {value} IS :: LIST<ANY> THEN {each} ELSE false END"
    if type == "STRING":
        return f"{value} IS :: {_HAVE_TEXT}"
    if type == "BOOLEAN":
        return f"({value} IS :: BOOLEAN OR {value} IN ['true', 'false'])"
    if type == "DATETIME":
        return (
            f"CASE WHEN {value} IS :: {cypher_type(type)} | DATE THEN true"
            f" WHEN {value} IS :: STRING THEN {_is_datetime(value)} ELSE false END"
        )
    if type == "DATE":
        text = f"CASE WHEN {value} =~ '{_DATE}' THEN {_is_day(value)} ELSE false END"
        return f"CASE WHEN {value} IS :: DATE THEN true WHEN {value} IS :: STRING THEN {text} ELSE false END"
    if type == "TIME":
        text = f"{value} =~ '{_TIME}{_ZONE}?'"
        return f"CASE WHEN {is_of(value, type)} THEN true WHEN {value} IS :: STRING THEN {text} ELSE false END"
    if type in ("DURATION", "POINT"):
        return is_of(value, type)
    if type == "INTEGER":
        exact = f"{value} >= -9223372036854775808.0 AND {value} < 9223372036854775808.0"
        exact += f" AND toFloat(toInteger({value})) = {value}"
        # Most texts are written like the server's integers, which it detects faster than a pattern does.
        form = f"{value} =~ '{_INTEGER}' AND toIntegerOrNull({value}) IS NOT NULL"
        other, text = "FLOAT", f"CASE WHEN toString(toIntegerOrNull({value})) = {value} THEN true ELSE {form} END"
    else:
        exact = f"toFloat({value}) < 9223372036854775808.0 AND toInteger(toFloat({value})) = {value}"
        other, text = "INTEGER", f"{value} =~ '{_FLOAT}' AND abs(toFloatOrNull({value})) < Infinity"
    return (
        f"CASE WHEN {value} IS :: {type} THEN true WHEN {value} IS :: STRING THEN {text}"
        f" WHEN {value} IS :: {other} THEN {exact} ELSE false END"
    )


def converted(value: str, type: str) -> str:
    """An expression's value converted, if it :func:`can_be`."""
    of = item(type)
    if of is not None:
        return f"[each IN {value} | {converted('each', of)}]"
    if type == "DATETIME":
        text = f"replace({value}, ' ', 'T')"
        return (
            f"CASE WHEN {is_of(value, type)} THEN {value}"
            f" WHEN {value} IS :: DATE THEN localdatetime({{date: {value}}})"
            f" WHEN {value} =~ '{_LOCAL}' THEN localdatetime({text})"
            f" WHEN {value} =~ '{_ZONED}' THEN datetime({text}) ELSE {_in_named_zone(text)} END"
        )
    if type == "DATE":
        return f"CASE WHEN {value} IS :: DATE THEN {value} ELSE date({value}) END"
    if type == "TIME":
        return (
            f"CASE WHEN {is_of(value, type)} THEN {value}"
            f" WHEN {value} =~ '{_TIME}' THEN localtime({value}) ELSE time({value}) END"
        )
    if type in ("DURATION", "POINT"):
        return value
    function = {"STRING": "toString", "BOOLEAN": "toBoolean", "INTEGER": "toInteger", "FLOAT": "toFloat"}[type]
    return f"{function}({value})"


def _is_day(text: str) -> str:
    """A year from 1 on, and a day that exists in its month. The text begins like a date."""
    year, month, day = (f"toInteger(substring({text}, {at}, {size}))" for at, size in ((0, 4), (5, 2), (8, 2)))
    in_month = f"(date({{year: {year}, month: {month}, day: 1}}) + duration({{days: {day} - 1}})).month = {month}"
    return f"NOT {text} STARTS WITH '0000' AND {in_month}"


def _is_datetime(text: str) -> str:
    """The form of ISO 8601."""
    is_day = _is_day(text)
    zoned = f"replace({text}, ' ', 'T')"
    return (
        f"CASE WHEN {text} =~ '{_LOCAL}' OR {text} =~ '{_ZONED}' THEN {is_day}"
        f" WHEN {text} =~ '{_NAMED}' AND {is_day}"
        f" THEN split({zoned}, '[')[0] ENDS WITH {_in_named_zone(zoned)}.offset ELSE false END"
    )


def _in_named_zone(text: str) -> str:
    """The time in a text with a named zone, if the zone has the offset that the text also gives.

    Determined by the instant, which distinguishes the two readings of a repeated hour; if the offset has seconds, which
    not every server reads, by the zone.
    """
    time, zone = f"split({text}, '[')[0]", f"replace(split({text}, '[')[1], ']', '')"
    local = f"localdatetime(left({time}, size({time}) - 9))"
    instant = f"CASE WHEN {time} =~ '.*{_SECONDS}' THEN {local} ELSE datetime({time}) END"
    return f"datetime({{datetime: {instant}, timezone: {zone}}})"


_PLAIN = {cypher: type for type, any_of in _CYPHER.items() for cypher in any_of}
_OF_VALUE = _PLAIN | {f"LIST<{cypher} NOT NULL>": f"LIST_OF_{type}S" for cypher, type in _PLAIN.items()}
_STORED = {
    "Boolean": "BOOLEAN",
    **dict.fromkeys(("String", "Char"), "STRING"),
    **dict.fromkeys(("Long", "Integer", "Short", "Byte"), "INTEGER"),
    **dict.fromkeys(("Double", "Float"), "FLOAT"),
    **dict.fromkeys(("DateTime", "LocalDateTime"), "DATETIME"),
    "Date": "DATE",
    "Duration": "DURATION",
    **dict.fromkeys(("Time", "LocalTime"), "TIME"),
    "Point": "POINT",
}
