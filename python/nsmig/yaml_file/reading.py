"""A YAML file as nodes with places. The core reads it and checks the nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nsmig._core import Document
from nsmig.errors import YamlError


@dataclass(frozen=True, slots=True, repr=False)
class Tagged:
    """A value with a tag such as ``!env``, as written in the file."""

    tag: str
    value: Any

    def __repr__(self) -> str:
        return "Tagged(…)"  # an unquoted password that begins with ! is one of these


def read(path: str | Path, failure: Callable[[str, int, int, str], YamlError], *, keeps_tags: bool = False) -> Document:
    """The one document of a YAML file.

    :param failure: the class of the errors, called with file, line, column and problem.
    :param keeps_tags: whether values may have tags that YAML does not know, kept for later as :class:`Tagged`.
    :raises YamlError: as ``failure`` makes it: the file cannot be read, or is not a single YAML document.
    """
    file = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # a name need not be a text
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise failure(file, 0, 0, f"cannot be read: {error.strerror}") from error
    return Document(content, file, failure, _tagged if keeps_tags else None)


def _tagged(tag: str, value: Any) -> Tagged:
    """
    :raises ValueError: the value after the tag is not of the kind that it needs.
    """
    tag = tag.lstrip("!")
    if tag != "delayed":
        return Tagged(tag, value)
    if not isinstance(value, dict) or set(value) != {"value"}:
        raise ValueError("!delayed must be followed by {value: …}")
    return Tagged(tag, value["value"])
