"""Words that several messages need."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "migration"), counted(2, "migration"), counted(0, "adjacency", "adjacencies")
    ('1 migration', '2 migrations', '0 adjacencies')
    """
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def some(names: Sequence[str], most: int) -> str:
    """The first of many, and the number of the others.

    >>> some("abc", 3), some("abcde", 3)
    ('a, b, c', 'a, b, c and 2 more')
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
