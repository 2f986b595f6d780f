"""The queries that errors show: short enough to be read, and to be typed into the database's own browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

SHORT = 250  # characters
FEW = 5  # rows
_LONG = re.compile(r"(?P<rows>MATCH (?:`(?:``|[^`])*`|[^`])*?) (?:WITH|WHERE) .* RETURN n LIMIT 25", re.DOTALL)


def short(show: str, id_of: str, ids: Callable[[str], Sequence[str]]) -> str:
    """A query that shows rows called ``n``; of a long one's rows it shows a few, by their ids.

    :param id_of: what the id of ``n`` is called in the database's language.
    :param ids: sends a query and gives the ids in its only column, as the language writes them.
    """
    found = _LONG.fullmatch(show) if len(show) > SHORT else None
    some = ids(f"{show.removesuffix('n LIMIT 25')}{id_of} LIMIT {FEW}") if found else ()
    return f"{found['rows']} WHERE {id_of} IN [{', '.join(some)}] RETURN n" if found and some else show
