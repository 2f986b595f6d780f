"""Every story in this folder: a new one is a new file, and no new code."""

from __future__ import annotations

from pathlib import Path

import pytest

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
