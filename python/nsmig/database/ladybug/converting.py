"""Conversions of single values in LadybugDB that are in no row, but in an archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nsmig.database.ladybug.conversions import can_be
from nsmig.database.ladybug.expressions import becoming
from nsmig.database.ladybug.stored import as_text, decoded, encoded, is_text, read
from nsmig.database.ladybug.values import ENGINE_TYPES
from nsmig.errors import DatabaseError
from nsmig.operations import SetPropertyType

Send = Callable[..., list[list[Any]]]


def converted(send: Send, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
    """See :meth:`nsmig.database.archiving.Restoring.converted`. A value on which the engine fails is sent again
    alone."""
    source, target = ENGINE_TYPES.get(was), ENGINE_TYPES.get(operation.to)
    using, result = operation.using_on("ladybug"), list(values)
    if source is None or target is None or source == target:
        return result

    def asked(places: Sequence[int], expression: str) -> list[tuple[int, Any]]:
        """The results of an expression over ``v`` for the values at these positions; none for those on which it
        fails."""
        rows = [values[at] for at in places]
        given: list[Any] = [as_text(each) if is_text(source) else decoded(each) for each in rows]
        cast = f"cast(r, '{source}')" if is_text(source) else "r"
        try:
            found = send(f"UNWIND $rows AS r WITH {cast} AS v RETURN {expression}", {"rows": given}) if rows else []
        except DatabaseError:
            return [each for at in places for each in asked([at], expression)] if rows[1:] else []
        return list(zip(places, (row[0] for row in found), strict=True))

    places = [at for at, each in enumerate(values) if each is not None]
    if using is None:
        test = can_be("v", source, target)
        places = [at for at, fits in asked(places, test) if fits] if test else []
    for at, value in asked(places, read(becoming("v", source, target, using, is_present=True), target)):
        result[at] = encoded(value, target)
    return result
