"""Every story in this folder: a new one is a new file, and no new code."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsmig.findings import CODES
from support.places import CASES
from support.stories import read

STORIES = sorted(CASES.rglob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: str(path.relative_to(CASES).with_suffix("")))
def test_story(path: Path, tmp_path: Path) -> None:
    story = read(path)
    for (command, shown), now in zip(story.steps, story.play(tmp_path), strict=True):
        assert now == shown, command


def test_there_are_stories() -> None:
    assert len(STORIES) > 20


ON_A_SERVER = {"left-out"}  # no story has a server: database/on_neo4j/test_catalog.py


@pytest.mark.parametrize("code", [each for each in CODES if each not in ON_A_SERVER])
def test_the_advice_of_every_finding_is_followed(code: str) -> None:
    """A story shows the finding with its advice, follows the advice, and ends with nothing found."""
    story = read(CASES / "advice" / f"{code}.story")
    checks = [shown for command, shown in story.steps if command.startswith("nsmig check")]
    assert f"[{code}]: " in checks[0] and CODES[code].advice in checks[0]
    assert "nothing found" in checks[-1] and "nsmig check" in story.steps[-1][0]
