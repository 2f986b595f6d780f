"""A YAML file as plain values: what is not wrong needs no places, and no PyYAML, whose import takes as long as click's.

It answers as a :class:`nsmig.document.Document` does, and only where there is nothing to complain of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union

from nsmig._core import read_plain

if TYPE_CHECKING:
    from nsmig.document import Document, Failure

Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True, repr=False)
class Tagged:
    """A value with a tag such as ``!env``, as it stands in the file."""

    tag: str
    value: Any

    def __repr__(self) -> str:
        return "Tagged(…)"  # an unquoted password that begins with ! is one of these


class NotPlain(Exception):
    """The document is wrong, or more than plain values would tell is needed."""


class Plain:
    """The one document of a YAML file, as values. Each question that has no good answer raises :class:`NotPlain`."""

    def __init__(self, content: bytes) -> None:
        self.root: Any = read_plain(content)
        if self.root is None:
            raise NotPlain
        self.is_empty = False

    def refuse_duplicates(self) -> None:
        """A plain document has none."""

    def fail(self, value: Any, problem: str) -> NotPlain:
        return NotPlain(problem)

    def value(self, value: Any) -> Any:
        return value

    def mapping(
        self, value: Any, what: str, known: Iterable[str] = (), required: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        if not isinstance(value, dict) or (known and not value.keys() <= set(known)) or set(required) - value.keys():
            raise NotPlain(what)
        return value

    def sequence(self, value: Any, what: str) -> list[Any]:
        if not isinstance(value, list):
            raise NotPlain(what)
        return value

    def text(self, value: Any, what: str) -> str:
        if not isinstance(value, str):
            raise NotPlain(what)
        return value

    def flag(self, value: Any, what: str) -> bool:
        if not isinstance(value, bool):
            raise NotPlain(what)
        return value

    def one_of(self, value: Any, what: str, words: Iterable[str]) -> str:
        if not isinstance(value, str) or value not in words:
            raise NotPlain(what)
        return value

    def is_null(self, value: Any) -> bool:
        return value is None

    def is_sequence(self, value: Any) -> bool:
        return isinstance(value, list)

    def is_scalar(self, value: Any) -> bool:
        return not isinstance(value, (dict, list))


Source = Union["Document", Plain]  # a document, either way


def take(path: str | Path, failure: Failure, taken: Callable[[Source], Taken], *, keeps_tags: bool = False) -> Taken:
    """What ``taken`` makes of a file: of its plain values or, where these do not do, of its nodes.

    :param failure: the class of the errors, called with file, line, column and problem.
    :param keeps_tags: as of :class:`nsmig.document.Document`.
    """
    try:
        return taken(Plain(Path(path).read_bytes()))
    except (NotPlain, OSError):
        from nsmig.document import Document

        return taken(Document(path, failure, keeps_tags))
