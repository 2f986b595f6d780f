"""A project's whole life on each Neo4j server."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neo4j
import pytest
from neo4j.warnings import Neo4jWarning

from nsmig.cli import main
from nsmig.operations import RunQuery
from support import faults, life
from support.java import classpath, jars, java
from support.migrations import migration
from support.neo4j_bench import Send
from support.projects import write_migration
from support.server import SHELL, Server
from support.terminal import nsmig, succeed

pytestmark = pytest.mark.releases("5.26", "2026", "2026-cypher5")


def test_no_statement_is_deprecated(
    send: Send, neo4j_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's notifications for the statements of all commands. A query of the user's own is deprecated, which
    proves that notifications are received."""
    driver = neo4j.GraphDatabase.driver

    def heard(uri: str, **options: Any) -> neo4j.Driver:
        del options["notifications_min_severity"]
        return driver(uri, warn_notification_severity="INFORMATION", **options)

    def command(*arguments: str) -> None:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert ended.value.code == 0, arguments

    send.clear()
    life.begin(tmp_path, neo4j_server.uri)
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patched, warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        patched.setattr(neo4j.GraphDatabase, "driver", heard)
        for stage in life.STAGES:
            command(*life.enter(tmp_path, stage))
            command("run", "--dry-run")
            command("run")
            if stage is life.STAGES[0]:
                for each in life.ROWS:
                    send(each)
        command("check", "--target", "db")
        command("show")
        command("unlock", "--yes")
        first = min(each.stem for each in (tmp_path / "migrations").iterdir())
        command("squash", "--from", first)
        send.clear()
        command("run", "--fast-forward")
        command("check", "--target", "db")
        ours = _deprecations(remarks)
        remarks.clear()
        last = max(each.stem for each in (tmp_path / "migrations").iterdir() if each.stem.startswith("2"))
        write_migration(tmp_path, migration("query", [RunQuery("MATCH (n) SET n.x = id(n)")], [last]))
        command("run")
        theirs = _deprecations(remarks)
    assert ours == [] and any("id" in each for each in theirs)


def _by_driver(send: Send, uri: str, script: str) -> None:
    for piece in "\n".join(line for line in script.splitlines() if not line.startswith("//")).split(";\n"):
        if text := piece.strip().removesuffix(";"):
            send(text)


def _by_shell(send: Send, uri: str, script: str) -> None:
    """cypher-shell stops at the first error."""
    shell = ["-cp", classpath(jars(SHELL)), "org.neo4j.shell.Main"]
    options = ["-a", uri, "-u", "neo4j", "-p", "none is asked for", "--format", "plain", "--fail-fast"]
    done = subprocess.run(
        [java(), "-XX:TieredStopAtLevel=1", *shell, *options], input=script, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done


@pytest.mark.parametrize("feed", [_by_driver, _by_shell], ids=["driver", "cypher-shell"])
def test_a_dry_run_fed_to_the_server_is_a_run(
    send: Send, neo4j_server: Server, tmp_path: Path, feed: Callable[[Send, str, str], None]
) -> None:
    """The database is the same in the end: rows, constraints, indexes, records; and nothing is left to run."""
    life.begin(tmp_path, neo4j_server.uri)
    for stage in life.STAGES:
        succeed(tmp_path, *life.enter(tmp_path, stage))
    names = sorted(each.stem for each in (tmp_path / "migrations").iterdir())
    write_migration(
        tmp_path,
        migration("zz_query", [RunQuery("MATCH (n:Firm) SET n.name = n.name + ';\\n' // the end")], [names[-1]]),
    )
    ends = []
    for is_fed in (False, True):
        send.clear()
        for options in (["--to", names[0]], []):
            if is_fed:
                feed(send, neo4j_server.uri, succeed(tmp_path, "run", "--dry-run", *options).out)
            else:
                succeed(tmp_path, "run", *options)
            if options:
                for each in life.ROWS:
                    send(each)
        assert nsmig(tmp_path, "show", "--check").code == 0
        assert nsmig(tmp_path, "check", "--target", "db").code == 0
        ends.append(faults.neo4j_dump(send))
    assert ends[0] == ends[1] and ends[0]["records"] and ends[0]["nodes"]


def _deprecations(remarks: list[warnings.WarningMessage]) -> list[str]:
    told = [each.message for each in remarks if isinstance(each.message, Neo4jWarning)]
    assert told  # for example that no row has a label yet
    return [str(each) for each in told if "DEPRECAT" in str(each).upper()]


def test_an_index_is_reported_until_it_is_in_use(send: Send, neo4j_server: Server, tmp_path: Path) -> None:
    """Every command that reports the state of a target says so; a run rebuilds it."""
    send.clear()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "nsmig.yaml").write_text(
        f"schema: schema.yaml\nmigrations: migrations\ntargets:\n  db: {{database: neo4j, uri: {neo4j_server.uri}}}\n"
    )
    (tmp_path / "schema.yaml").write_text(
        "nodes:\n- {name: A, properties: {k: {is_key: true}, p: {is_indexed: true}}}\n"
    )
    succeed(tmp_path, "make")
    succeed(tmp_path, "run", "--no-wait")
    succeed(tmp_path, "show", "--check")
    send("DROP INDEX A_p_additional_index")
    send("CREATE (:A {k: 1, p: $p})", p="x" * 9000)
    send("CREATE INDEX A_p_additional_index FOR (n:A) ON (n.p)")
    with pytest.raises(neo4j.exceptions.Neo4jError):
        send("CALL db.awaitIndexes(60)")
    shown = nsmig(tmp_path, "show", "--check")
    assert shown.code == 3 and "db: the index A_p_additional_index on A (p) has failed" in shown.out
    (told,) = nsmig(tmp_path, "show", "--json").json["unfinished"]["db"]
    assert told["name"] == "A_p_additional_index" and told["failed"] is True
    checked = nsmig(tmp_path, "check", "--target", "db")
    assert checked.code == 3 and "[half-done]: target db: the index A_p_additional_index" in checked.out
    assert "too large" in nsmig(tmp_path, "run").err
    send("MATCH (n:A) SET n.p = 'short'")
    assert "it is made again" in succeed(tmp_path, "run").err
    succeed(tmp_path, "show", "--check")
    succeed(tmp_path, "check", "--target", "db")
