"""The whole life of a project on each Neo4j server."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import neo4j
import pytest
from neo4j.warnings import Neo4jWarning

from nsmig.cli import main
from nsmig.operations import RunQuery
from support import life
from support.migrations import migration
from support.neo4j_bench import Send
from support.projects import write_migration
from support.server import Server

pytestmark = pytest.mark.releases("5.26", "2026", "2026-cypher5")


def test_no_statement_is_deprecated(
    send: Send, neo4j_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server remarks on the statements of all commands. A query of the user's own is, so that we know that
    remarks are heard."""
    driver = neo4j.GraphDatabase.driver

    def heard(uri: str, **options: Any) -> neo4j.Driver:
        del options["notifications_min_severity"]
        return driver(uri, warn_notification_severity="INFORMATION", **options)

    def nsmig(*arguments: str, code: int = 0) -> None:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert ended.value.code == code, arguments

    send.clear()
    life.begin(tmp_path, neo4j_server.uri)
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patched, warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        patched.setattr(neo4j.GraphDatabase, "driver", heard)
        for stage in life.STAGES:
            nsmig(*life.enter(tmp_path, stage))
            nsmig("run", "--dry-run")
            nsmig("run")
            if stage is life.STAGES[0]:
                for each in life.ROWS:
                    send(each)
        nsmig("check", "--target", "db")
        nsmig("show")
        nsmig("unlock", "--yes")
        first = min(each.stem for each in (tmp_path / "migrations").iterdir())
        nsmig("squash", "--from", first)
        send.clear()
        nsmig("run", "--fast-forward")
        nsmig("check", "--target", "db")
        ours = _deprecations(remarks)
        remarks.clear()
        last = max(each.stem for each in (tmp_path / "migrations").iterdir() if each.stem.startswith("2"))
        write_migration(tmp_path, migration("query", [RunQuery("MATCH (n) SET n.x = id(n)")], [last]))
        nsmig("run")
        theirs = _deprecations(remarks)
    assert ours == [] and any("id" in each for each in theirs)


def _deprecations(remarks: list[warnings.WarningMessage]) -> list[str]:
    told = [each.message for each in remarks if isinstance(each.message, Neo4jWarning)]
    assert told  # such as that there are no rows of a label yet
    return [str(each) for each in told if "DEPRECAT" in str(each).upper()]
