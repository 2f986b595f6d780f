"""A command that a signal stops also ends its work in the server."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from nsmig.kinds import Kind
from nsmig.operations import AddProperty, RunQuery
from support.databases import neo4j_at
from support.migrations import migration
from support.neo4j_bench import Send
from support.projects import edit, write_project
from support.server import Server
from support.terminal import nsmig, start, succeed


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("targets", ["-t db", "-a --jobs 2"])
def test_stopped_by_a_signal(
    send: Send, neo4j_server: Server, tmp_path: Path, number: int, code: int, targets: str
) -> None:
    send.clear()
    send("UNWIND range(1, 20000) AS i CREATE (:A)")
    operations = [AddProperty(Kind.NODE, "A", "x", 1), AddProperty(Kind.NODE, "B", "x", 1)]
    target = f"{{database: neo4j, uri: '{neo4j_server.uri}', transaction_batch_size: 1}}"
    write_project(
        tmp_path, f"{target}\n  other: {{database: ladybug, path: other.lbug}}", migration("slow", operations)
    )
    process = start(tmp_path, "run", *targets.split())
    while not send("MATCH (n:A) WHERE n.x = 1 RETURN n LIMIT 1"):
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code and out == "", err
    assert "continues where this run stopped" in err and "Traceback" not in err and "error" not in err, err
    with neo4j_at(neo4j_server.uri) as database:
        assert database.ledger.holder() is None and database.ledger.state().journal["slow"].done == 0
        missing = "MATCH (n:A) WHERE n.x IS NULL RETURN count(n) AS n"
        (left,) = send(missing)
        time.sleep(0.3)
        assert send(missing) == [left] and left["n"] > 0  # nothing continues in the server
        database.ledger.unlock()
    edit(tmp_path / "nsmig.yaml", ("transaction_batch_size: 1", "transaction_batch_size: 10000"))
    succeed(tmp_path, "run", *targets.split())
    assert send("MATCH (n:A) WHERE n.x IS NULL RETURN count(n) AS n") == [{"n": 0}]


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_a_query_of_the_users_own(
    send: Send, neo4j_server: Server, tmp_path: Path, number: int, code: int
) -> None:
    send.clear()
    slow = RunQuery("UNWIND range(1, 1000000000) AS i WITH i WHERE i < 0 RETURN count(*)")
    write_project(tmp_path, f"{{database: neo4j, uri: '{neo4j_server.uri}'}}", migration("slow", [slow]))
    process = start(tmp_path, "run")
    under_way = (
        "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range(1, 1000' RETURN 1 AS n"
    )
    while not send(under_way):
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code and "continues where this run stopped" in err and "Traceback" not in err, err
    assert not send(under_way)
    with neo4j_at(neo4j_server.uri) as database:
        assert database.ledger.holder() is None


def test_stopped_while_it_takes_the_lock(neo4j_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has granted it, but no one knows yet."""
    with neo4j_at(neo4j_server.uri) as database:
        acquire = database.ledger._acquire  # type: ignore[attr-defined]

        def taken(*arguments: Any) -> Any:
            acquire(*arguments)
            raise KeyboardInterrupt

        monkeypatch.setattr(database.ledger, "_acquire", taken)
        with pytest.raises(KeyboardInterrupt), database.ledger.lock(0):
            pass
        assert database.ledger.holder() is None


def test_no_password_is_ever_shown(guarded_neo4j_server: Server, tmp_path: Path) -> None:
    target = f"{{database: neo4j, uri: '{guarded_neo4j_server.uri}', username: neo4j, password: !env SECRET}}"
    write_project(tmp_path, target, migration("one", [AddProperty(Kind.NODE, "A", "x", 1)]))
    said = []
    for password, arguments, code in (
        ("wrong-secret", ["run"], 1),
        ("wrong-secret", ["--debug", "run"], 1),
        ("right-password", ["run", "--dry-run"], 0),
        ("right-password", ["show", "--json"], 0),
        ("right-password", ["run", "--json"], 0),
        ("right-password", ["unlock", "--yes"], 0),
    ):
        done = nsmig(tmp_path, *arguments, environment={"SECRET": password})
        said += [done.out, done.err]
        assert done.code == code, said
    database = neo4j_at(guarded_neo4j_server.uri, "neo4j", "right-password")
    said += [repr(database), repr(vars(database).keys())]
    assert not re.search("wrong-secret|right-password", "\n".join(said))
