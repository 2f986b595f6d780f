"""The example of a search that goes on through renames."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from support.places import ROOT


@pytest.mark.releases("5.26", "2026", "2026-cypher5")
def test_the_search_finds_the_same_before_and_after_on_neo4j(fresh_neo4j: str) -> None:
    program = [sys.executable, str(ROOT / "examples/retrieval/demo.py")]
    environment = {**os.environ, "NEO4J_URI": fresh_neo4j, "NEO4J_PASSWORD": "none is asked for"}
    done = subprocess.run(program, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("No changes to migrate\n")
    answers = re.findall(r"^How far do bees fly\?  (.*)$", done.stdout, re.MULTILINE)
    assert len(answers) == 2 and answers[0] == answers[1]
    assert answers[0].startswith("by meaning: bees-1") and "by words: bees-1" in answers[0]
    again = subprocess.run(program, capture_output=True, encoding="utf-8", env=environment)
    assert again.returncode == 1 and "the database is not empty" in again.stderr
