"""``nsmig squash``, run as a user runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import nsmig as core
from support.places import NODESTREAM_MADE
from support.terminal import nsmig, succeed

FIRST, SECOND, THIRD = "20261123080753", "20261123080756", "20261123080759"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three migrations on types that share their nodes."""
    shutil.copytree(NODESTREAM_MADE / "08-additional-types" / "migrations", tmp_path / "migrations")
    (tmp_path / "nsmig.yaml").write_text("targets:\n  local: {database: ladybug, path: graph.lbug}\n")
    return tmp_path


def migrations(project: Path) -> set[str]:
    return {each.name for each in (project / "migrations").iterdir()}


def test_the_squash_is_written_and_stands_for_what_it_replaces(project: Path) -> None:
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


def test_a_second_squash_of_one_name_is_refused_with_the_flag_that_helps(project: Path) -> None:
    succeed(project, "squash", "--from", FIRST, "--to", SECOND)
    file = f"migrations/squash_from_{FIRST}_to_{SECOND}.yaml"
    again = nsmig(project, "squash", "--from", FIRST, "--to", SECOND)
    assert again.code == 1 and file in again.err and "give the squash another name with --name" in again.err


def test_what_is_kept_is_told_with_the_reason(project: Path) -> None:
    said = succeed(project, "squash", "--from", SECOND, "--dry-run").out
    assert "6 operations became 6" in said
    assert "entangled" in said and "both Athlete and Player" in said and "--single-label" in said
    promised = succeed(project, "squash", "--from", SECOND, "--dry-run", "--single-label").out
    assert "6 operations became 3" in promised and "entangled" not in promised


def test_a_dry_run_writes_nothing(project: Path) -> None:
    before = migrations(project)
    assert "CreateNodeType" in succeed(project, "squash", "--from", FIRST, "--dry-run").out
    assert migrations(project) == before


def test_json_is_the_migration_and_the_report(project: Path) -> None:
    told = succeed(project, "squash", "--from", SECOND, "--name", "short", "--json").json
    assert (told["before"], told["after"]) == (6, 6) and told["file"] == str(Path("migrations", "short.yaml"))
    assert told["migration"] == core.History.load(project / "migrations")["short"].to_dict()
    assert [len(each["operations"]) for each in told["kept"]] == [6]


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        ((), 2, "--from"),
        (("--from", "2026112308075"), 1, "did you mean '"),
        (("--from", SECOND, "--to", FIRST), 1, "comes after"),
        (("--from", FIRST, "--name", SECOND), 1, "give the squash another name"),
        (("--from", FIRST, "--name", "a/b"), 1, "path separator"),
    ],
)
def test_what_cannot_be_squashed_is_an_error_and_writes_nothing(
    project: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = migrations(project)
    outcome = nsmig(project, "squash", *arguments)
    assert outcome.code == code and said in outcome.err and outcome.out == ""
    assert migrations(project) == before


def test_own_operations_need_a_project_that_allows_them(project: Path) -> None:
    (project / "nsmig.yaml").rename(project / "nodestream.yaml")  # where only nodestream's own may be written
    query = "{operation: RunQuery, arguments: {query: RETURN 1}}"
    (project / "migrations" / "own.yaml").write_text(
        f"{{name: own, dependencies: ['{THIRD}'], operations: [{query}]}}\n"
    )
    outcome = nsmig(project, "squash", "--from", FIRST)
    assert outcome.code == 1 and "extensions: true" in outcome.err
    assert f"squash_from_{FIRST}.yaml" not in migrations(project)
