"""``nsmig squash``, run as a user runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import nsmig as core
from support.places import NODESTREAM_MADE
from support.terminal import succeed

FIRST, SECOND, THIRD = "20261123080753", "20261123080756", "20261123080759"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three migrations on types that share nodes."""
    shutil.copytree(NODESTREAM_MADE / "08-additional-types" / "migrations", tmp_path / "migrations")
    (tmp_path / "nsmig.yaml").write_text("targets:\n  local: {database: ladybug, path: graph.lbug}\n")
    return tmp_path


def migrations(project: Path) -> set[str]:
    return {each.name for each in (project / "migrations").iterdir()}


def test_the_squash_is_written_and_counts_for_its_members(project: Path) -> None:
    said = succeed(project, "squash", "--from", FIRST).out
    assert "3 migrations" in said and "21 operations became 15" in said
    assert f"migrations/squash_from_{FIRST}.yaml" in said
    history = core.History.load(project / "migrations")
    assert [each.name for each in history.plan()] == [f"squash_from_{FIRST}"]
    assert history[f"squash_from_{FIRST}"].replaces == (FIRST, SECOND, THIRD)


def test_the_file_has_the_same_bytes_each_time(project: Path, tmp_path: Path) -> None:
    texts = set()
    for seed in ("0", "1", "2"):
        succeed(project, "squash", "--from", FIRST, "--to", SECOND, environment={"PYTHONHASHSEED": seed})
        file = project / "migrations" / f"squash_from_{FIRST}_to_{SECOND}.yaml"
        texts.add(file.read_bytes())
        file.unlink()
    assert len(texts) == 1


def test_json_is_the_migration_and_the_report(project: Path) -> None:
    told = succeed(project, "squash", "--from", SECOND, "--name", "short", "--json").json
    assert (told["before"], told["after"]) == (6, 6) and told["file"] == str(Path("migrations", "short.yaml"))
    assert told["migration"] == core.History.load(project / "migrations")["short"].to_dict()
    assert [len(each["operations"]) for each in told["kept"]] == [6]
