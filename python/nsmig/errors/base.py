"""The base of all errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# How the journal and errors name several migrations that run as one squash: this, and the last of them.
FAST_FORWARD = "fast-forward to "


def nearest(name: str, known: Iterable[str]) -> str:
    """A clause with the known names closest to ``name``, or ''. Names that begin with it are closest."""
    ordered = sorted(known)
    return _meant(_close(name, [each for each in ordered if name and each.startswith(name)] or ordered))


def nearest_migration(name: str, known: Iterable[str]) -> str:
    """The same for migration names, compared without the leading time, since all times look alike."""
    by_slug: dict[str, str] = {}
    for each in sorted(known):
        by_slug.setdefault(_slug(each), each)
    return _meant(by_slug[each] for each in _close(_slug(name), [each for each in by_slug if each]))


def _close(name: str, known: list[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, known, n=3, cutoff=0.5)


def _meant(names: Iterable[str]) -> str:
    listed = " or ".join(map(repr, names))
    return listed and f"; did you mean {listed}?"


def _slug(name: str) -> str:
    return re.sub(r"\d{14}_?", "", name)


class NsmigError(Exception):
    """Base of all errors that nsmig raises deliberately. ``str()`` says what happened, where, and what to do.

    ``doubt``: a mismatch between files and database that may be the cause. The message begins with it.
    """

    doubt: str | None = None

    def __str__(self) -> str:
        return f"{self.doubt}: {self._said()}" if self.doubt else self._said()

    def _said(self) -> str:
        return super().__str__()

    def __reduce__(self) -> tuple[Any, ...]:  # an error is made from its facts, not from its message
        return _unpickled, (type(self), self.args), self.__dict__


def _unpickled(cls: type[NsmigError], args: tuple[Any, ...]) -> NsmigError:
    error = cls.__new__(cls)
    error.args = args
    return error
