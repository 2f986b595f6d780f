"""The name of the next migration and what it depends on."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nsmig.values import Migration

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.operations import Operation

LONGEST_FILE_NAME = 255  # bytes, with ``.yaml``


def next_migration(history: History, operations: list[Operation], now: datetime, slug: str | None = None) -> Migration:
    """The migration with these operations, depending on the history's leaves.

    Its name is nodestream's: local time to the second, and what it does if that is one operation.
    Where that second is taken it is the next one, so that names sort as they were made.
    :param slug: said after the time in place of the operation.
    """
    if slug is None and len(operations) == 1:
        slug = operations[0].description
    words = _file_safe(slug or "")
    tail = f"_{words}" if words.strip("_") else ""
    names = history.order()
    names += [each for name in names for each in history.replaced(name)]
    taken = {name[: len("20240101120000")] for name in names}
    while (second := f"{now:%Y%m%d%H%M%S}") in taken:
        now += timedelta(seconds=1)
    return Migration(second + tail, tuple(operations), tuple(history.leaves()))


def _file_safe(slug: str) -> str:
    """Lower case with ``_`` for spaces, as nodestream's, and for what a file system or a shell minds: what is neither a
    letter, a mark on one, nor a number, but for a few signs. Not too long for a file name."""
    text = "".join(
        each if unicodedata.category(each)[0] in "LMN" or each in "-_.,+=@" else "_" for each in slug.lower()
    )
    room = LONGEST_FILE_NAME - len("20240101120000_.yaml")
    return text.encode()[:room].decode(errors="ignore")
