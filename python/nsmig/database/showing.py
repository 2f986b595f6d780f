"""The queries that errors show: short enough to be read, and to be typed into the database's own browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

SHORT = 250  # characters
FEW = 5  # rows
_END = "n LIMIT 25"
_NAME = re.compile("`(?:[^`]|``)*`")
_CLAUSE = re.compile(" (?:WITH|WHERE) ")


def short(show: str, id_of: str, ids: Callable[[str], Sequence[str]]) -> str:
    """A query that shows rows called ``n``; if it is long, one that shows a few of them by their ids.

    :param id_of: the id of ``n`` in the database's language.
    :param ids: sends a query and returns the ids in its only column, written in that language.
    """
    masked = _NAME.sub(lambda name: "`" * len(name[0]), show)
    clause = _CLAUSE.search(masked)
    # With several patterns, ``n`` need not be of the first.
    is_one = masked.count("MATCH ") == 1 and show.endswith(f" RETURN {_END}")
    if len(show) <= SHORT or not is_one or clause is None:
        return show
    some = ids(f"{show.removesuffix(_END)}{id_of} LIMIT {FEW}")
    return f"{show[: clause.start()]} WHERE {id_of} IN [{', '.join(some)}] RETURN n" if some else show
