"""Findings that a project, a command or a comment ignores."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nsmig.checking.diagnosing import content
from nsmig.findings import Diagnosis, Severity

_COMMENT = re.compile(r"^\s*#\s*nsmig:\s*ignore\s+([\w\-, ]+?)\s*$", re.MULTILINE)


def without_ignored(found: Sequence[Diagnosis], codes: frozenset[str]) -> list[Diagnosis]:
    """The findings that remain without these codes and those that a finding's file ignores (``# nsmig: ignore CODE,
    CODE``). Errors always remain, except for ``refused``: databases may have such a migration from nodestream."""
    ignored = {file: codes | ignored_in(file) for file in {each.file for each in found}}
    firm = {each for each in found if each.severity is Severity.ERROR and each.code != "refused"}
    return [each for each in found if each in firm or each.code not in ignored[each.file]]


def ignored_in(file: str | None) -> frozenset[str]:
    """The codes that a file's comments ignore."""
    if file is None:
        return frozenset()
    try:
        text = content(file).decode("utf-8", errors="replace").replace("\r", "\n")
    except OSError:  # which is a finding of its own
        return frozenset()
    return frozenset(code for codes in _COMMENT.findall(text) for code in re.split(r"[,\s]+", codes))
