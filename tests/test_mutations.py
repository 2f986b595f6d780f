"""The mutants of the long run still fit this code: each text that one replaces occurs exactly once in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from long import mutants_of_archives, mutants_of_run, mutants_of_squash, mutants_of_using
from support.places import ROOT

SOURCES = [
    (ROOT / "python" / "nsmig", mutants_of_archives.MUTATIONS),
    (ROOT / "python" / "nsmig", mutants_of_run.MUTATIONS),
    (ROOT / "python" / "nsmig", mutants_of_using.MUTATIONS),
    (ROOT / "python" / "nsmig", mutants_of_using.MUTATIONS_ON_NEO4J),
    (ROOT / "rust" / "core" / "src", mutants_of_squash.MUTATIONS),
]


@pytest.mark.parametrize(
    ("folder", "name", "mutation"),
    [(folder, name, mutation) for folder, mutations in SOURCES for name, mutation in mutations.items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_mutant_replaces_stands_once(folder: Path, name: str, mutation: tuple[str, str, str]) -> None:
    file, old, new = mutation
    assert (folder / file).read_text(encoding="utf-8").count(old) == 1 and old != new
