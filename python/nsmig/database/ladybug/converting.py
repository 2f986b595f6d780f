"""Conversions of single values in LadybugDB that are in no row, but in an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nsmig.database.ladybug.column_types import item
from nsmig.database.ladybug.conversions import can_be, listed
from nsmig.database.ladybug.expressions import becoming
from nsmig.database.ladybug.lambdas import MOST, needs_count
from nsmig.database.ladybug.stored import as_text, decoded, encoded, is_text, read
from nsmig.database.ladybug.values import ENGINE_TYPES
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.operations import SetPropertyType

Send = Callable[..., list[list[Any]]]


def converted(send: Send, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
    """See :meth:`nsmig.database.archiving.Restoring.converted`. A value on which the engine fails is sent again
    alone. Lists of more elements than the engine survives are sent apart, and a longer one not at all."""
    source, target = ENGINE_TYPES.get(was), ENGINE_TYPES.get(operation.to)
    using, result = operation.using_on("ladybug"), list(values)
    if source is None or target is None or source == target:
        return result

    def asked(places: Sequence[int], expression: str) -> list[tuple[int, Any]]:
        """The results of an expression over ``v`` for the values at these positions; none for those on which it
        fails."""
        try:
            is_counted = needs_count(operation, expression, listed("v", source) if item(source) else "")
        except UnsupportedError:
            return []
        groups = _groups(places, [len(each or ()) for each in values]) if is_counted else [places]
        return [each for group in groups for each in sent(group, expression)]

    def sent(places: Sequence[int], expression: str) -> list[tuple[int, Any]]:
        rows = [values[at] for at in places]
        given: list[Any] = [as_text(each) if is_text(source) else decoded(each) for each in rows]
        cast = f"cast(r, '{source}')" if is_text(source) else "r"
        try:
            found = send(f"UNWIND $rows AS r WITH {cast} AS v RETURN {expression}", {"rows": given}) if rows else []
        except DatabaseError:
            return [each for at in places for each in sent([at], expression)] if rows[1:] else []
        return list(zip(places, (row[0] for row in found), strict=True))

    places = [at for at, each in enumerate(values) if each is not None]
    if using is None:
        test = can_be("v", source, target)
        places = [at for at, fits in asked(places, test) if fits] if test else []
    for at, value in asked(places, read(becoming("v", source, target, using, is_present=True), target)):
        result[at] = encoded(value, target)
    return result


def _groups(places: Sequence[int], sizes: Sequence[int]) -> Iterator[list[int]]:
    """The places in groups of as many elements as a lambda survives; without those of more."""
    group: list[int] = []
    elements = 0
    for at in places:
        if sizes[at] > MOST:
            continue
        if elements + sizes[at] > MOST:
            yield group
            group, elements = [], 0
        group.append(at)
        elements += sizes[at]
    if group:
        yield group
