"""A connection that stops after a number of statements, like a killed process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Stopped(BaseException):
    """For the run, the process has ended."""


@contextmanager
def stopping(connection: Any, method: str, after: int) -> Iterator[None]:
    """Stop a connection after this many statements that may change something."""
    send: Callable[..., Any] = getattr(connection, method)
    sent = 0

    def stopped(*arguments: Any, **options: Any) -> Any:
        nonlocal sent
        answer = send(*arguments, **options)
        sent += options.get("is_change", True) and not _only_reads(arguments[0])
        if sent > after:
            raise Stopped
        return answer

    setattr(connection, method, stopped)
    try:
        yield
    finally:
        delattr(connection, method)


def _only_reads(text: Any) -> bool:
    """Whether a statement only reads LadybugDB's tables or rows, so that a stop after it is of no interest."""
    is_look = isinstance(text, str) and text.startswith(("CALL show", "CALL table_info", "MATCH"))
    return is_look and not any(each in text for each in (" SET ", " DELETE", "CREATE"))
