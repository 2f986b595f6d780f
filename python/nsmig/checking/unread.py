"""Files that nsmig ignores, or that nodestream, which shares the folder, cannot read."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path

from nsmig.checking.diagnosing import as_text, content
from nsmig.findings import Diagnosis

_SUFFIX = ".yaml"
_SUFFIXES = (".yaml", ".yml")
_TEXTS = (".md", ".rst")
_BELOW = "migrations are read from the folder itself, not from its subfolders"
_SIXTEEN_BITS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def unread_files(folder: Path) -> Iterator[Diagnosis]:
    """Files in a migrations folder that no tool reads, ordered by path, except for hidden files and documents (README,
    ``*.md``)."""
    found = []
    for parent, folders, files in os.walk(os.fsencode(folder)):
        for each in [each for each in folders if os.path.islink(os.path.join(parent, each))]:
            found.append((as_text(os.path.join(parent, each)), "the target of this link cannot be read: " + _BELOW))
        folders[:] = [each for each in folders if not as_text(each).startswith(".") and each != b"__pycache__"]
        is_below = parent != os.fsencode(folder)
        for file in files:
            name = as_text(file)
            if (is_below or not name.endswith(_SUFFIX)) and not _is_for_people(name):
                found.append((as_text(os.path.join(parent, file)), _why_unread(name, is_below)))
    for path, reason in sorted(found):
        yield Diagnosis("not-read", reason, path)


def _is_for_people(name: str) -> bool:
    is_yaml = name.lower().endswith(_SUFFIXES)
    return name.startswith(".") or (not is_yaml and name.startswith(("README", "LICENSE"))) or name.endswith(_TEXTS)


def _why_unread(name: str, is_below: bool) -> str:
    if is_below:
        return "the file is not read: " + _BELOW
    if name.lower().endswith(_SUFFIXES):
        return f"the file is not read: the name of a migration file must end in {_SUFFIX!r}, in lower case"
    return f"the file is not read: its name does not end in {_SUFFIX!r}"


# Without any of these, PyYAML accepts whatever nsmig accepts: a tab; a `?`, which is a token to PyYAML in `[…]` and
# `{…}`; a line end other than LF and CR; a byte order mark in the middle; a key in `{…}` with its `:`, tag or anchor on
# another line.
_MAY_BE_REFUSED = re.compile(rb"[\t?]|\xc2\x85|\xe2\x80[\xa8\xa9]|\xef\xbb\xbf|(?:^|[\n\r]) *:|[{,]\s*[&!#]")


def refused_by_pyyaml(file: str) -> str | None:
    """The reason nodestream cannot read a file that nsmig can: it only accepts UTF-8, and slightly less of YAML."""
    try:
        text = content(file)
    except OSError:
        return None
    if text.startswith(_SIXTEEN_BITS):
        return "nodestream only reads UTF-8, and this file is UTF-16; save it as UTF-8"
    if not _MAY_BE_REFUSED.search(text):
        return None
    import yaml

    try:
        yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        mend = "write spaces for tabs" if "\\t" in str(error.problem) else "quote the text there"
        return f"nodestream cannot read it: {error.problem}{line}; {mend}"
    return None
