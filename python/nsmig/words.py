"""Words for people that several messages need."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "migration"), counted(2, "migration"), counted(0, "adjacency", "adjacencies")
    ('1 migration', '2 migrations', '0 adjacencies')
    """
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
