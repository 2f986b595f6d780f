"""Reading records and journal while another process has the file open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nsmig.database.base import Mark, Record
from nsmig.database.ladybug import beside
from nsmig.errors import LockedError
from support.databases import ladybug_at
from support.terminal import start_python

HOLD = """
    import sys, time
    from nsmig.database.base import Mark, Record
    from support.databases import connection, ladybug_at
    with ladybug_at(sys.argv[1]) as database, database.ledger.lock(0):
        database.ledger.remember([Record("second")], ["third"], [Mark("fourth", "sum", 2)])
        connection(database).send("BEGIN TRANSACTION")
        connection(database).send("MATCH (s:__nsmig_state__) SET s.v = 'not committed'")
        print("open", flush=True)
        time.sleep(60)
"""


def test_of_a_file_that_is_held_the_last_commit_is_seen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        database.ledger.remember([Record("first", checksum="c")], [], [Mark("third", "sum", 1)])
    with start_python(HOLD, path) as other:
        assert other.stdout and other.stdout.readline() == "open\n"
        (tmp_path / "ladybug.py").write_text("raise SystemExit('a module of that name in the current folder')")
        monkeypatch.chdir(tmp_path)
        with ladybug_at(path) as database:
            state = database.ledger.state()
            with pytest.raises(LockedError, match=rf"a process has .*graph\.lbug open: process {other.pid}; wait"):
                database.ledger.remember([Record("third")])
        other.kill()
        other.wait()
    assert sorted(state.records) == ["first", "second"] and state.records["first"].checksum == "c"
    assert state.journal == {"fourth": Mark("fourth", "sum", 2)}
    assert f"read beside process {other.pid}, which has the file open" in caplog.text
    with ladybug_at(path) as database:
        assert database.ledger.state() == state  # reading changed nothing


WRITE = """
    import sys
    from nsmig.kinds import Kind
    from nsmig.operations import AddProperty, CreateType, ExtendKey, RunQuery
    from support.databases import ladybug_at
    from support.migrations import chained
    from support.runs import run
    node = Kind.NODE
    rows = RunQuery("UNWIND range(1, 2000) AS i CREATE (:A {k: cast(i, 'STRING')})")
    of = [CreateType(node, "A", ("k",), ()), rows]
    for at in range(100):
        kinds = AddProperty(node, "A", f"p{at}", at), CreateType(node, f"T{at}", ("k",), ()), ExtendKey(node, "A", f"e{at}", "")
        of.append(kinds[at % 3])
    print("open", flush=True)
    with ladybug_at(sys.argv[1]) as database:
        run(chained(*of), database)
"""


def test_beside_a_run_the_first_of_its_migrations_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    seen = []
    with start_python(WRITE, path) as other:
        assert other.stdout and other.stdout.readline() == "open\n"
        while other.poll() is None:
            rows = beside.look(path, "MATCH (s:__nsmig_state__) RETURN s.k") if path.exists() else None
            if rows is not None:
                seen.append(sorted(int(m[1]) for (key,) in rows if (m := re.fullmatch(r"applied/m(\d+)", key))))
        assert other.returncode == 0
    assert seen and all(numbers == list(range(len(numbers))) for numbers in seen)
    assert max(map(len, seen)) > 0
    with ladybug_at(path) as database:
        assert len(database.ledger.state().records) == 102


def test_where_no_look_succeeds_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.lbug"
    monkeypatch.setattr(beside, "_LOOK", "raise SystemExit(1)")
    monkeypatch.setattr(beside, "_ATTEMPTS", 2)
    with start_python(HOLD, path) as other:
        assert other.stdout and other.stdout.readline() == "open\n"
        with ladybug_at(path) as database, pytest.raises(LockedError, match=f"process {other.pid}"):
            database.ledger.state()
        other.kill()
