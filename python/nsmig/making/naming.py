"""The name and dependencies of the next migration."""

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

    Its name has nodestream's form: local time to the second, and what it does if that is a single operation. If that
    second is taken, the next one is used, so that names sort in order of creation.
    :param slug: appended to the time instead of the operation.
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
    """Lower case, with ``_`` for spaces, as in nodestream, and for characters that are a problem in a file system or
    shell: anything but letters with their marks, numbers, and a few signs. Short enough for a file name."""
    text = "".join(
        each if unicodedata.category(each)[0] in "LMN" or each in "-_.,+=@" else "_" for each in slug.lower()
    )
    room = LONGEST_FILE_NAME - len("20240101120000_.yaml")
    return text.encode()[:room].decode(errors="ignore")
