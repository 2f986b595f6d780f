"""`inspect` of a file changes none of its bytes."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nsmig.database import open_database
from nsmig.errors import DatabaseError, LockedError
from support.databases import Opened, connection, ladybug_at
from support.terminal import nsmig, start_python, succeed

MAKE = """
    import sys, time
    import ladybug
    file = ladybug.Database(sys.argv[1], max_db_size=1 << 34, buffer_pool_size=512 << 20)
    connection = ladybug.Connection(file)
    for statement in sys.argv[2:]:
        connection.execute(statement)
    print("made", flush=True)
    time.sleep(60)
"""
TABLE = "CREATE NODE TABLE A(k STRING, n INT64, PRIMARY KEY(k))"
ROWS = "UNWIND range(1, 500) AS i CREATE (:A {k: 'a value of some length ' + cast(i, 'STRING'), n: i})"


def killed(path: Path, *statements: str) -> bytes:
    """The log that a killed process leaves in a file."""
    with start_python(MAKE, path, *statements) as other:
        assert other.stdout and other.stdout.readline() == "made\n"
        other.kill()
        other.wait()
    return Path(f"{path}.wal").read_bytes()


def stamped(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {each.name: (each.read_bytes(), os.stat(each).st_mtime_ns) for each in sorted(folder.iterdir())}


def looked_at(path: Path) -> AbstractContextManager[Opened]:
    return open_database("ladybug", {"path": str(path)}, reads_only=True)


def inspected(path: Path) -> str:
    """The output; the folder is unchanged."""
    before = stamped(path.parent)
    told = succeed(path.parent, "inspect", path.name).out
    assert stamped(path.parent) == before
    return str(told)


def test_a_clean_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        connection(database).send(TABLE)
    assert "name: A" in inspected(path)
    path.chmod(0o444)
    assert "name: A" in inspected(path)


def test_what_a_killed_process_left_in_the_log_is_seen_and_stays_there(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    assert killed(path, TABLE, ROWS)
    assert "name: A" in inspected(path)
    assert killed(path, "CREATE NODE TABLE B(k STRING, PRIMARY KEY(k))")
    assert "name: B" in inspected(path)
    with ladybug_at(path) as database:
        assert connection(database).send("MATCH (n:A) RETURN count(*), sum(n.n)") == [[500, 125250]]


@pytest.mark.parametrize("cut", [1, 40, 700, 3000, 10_000])
def test_a_torn_log_is_an_error_and_stays_as_it_is(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "graph.lbug"
    log = killed(path, TABLE, ROWS)
    Path(f"{path}.wal").write_bytes(log[:-cut])
    before = stamped(tmp_path)
    done = nsmig(tmp_path, "inspect", path.name)
    assert done.code == 1 and done.out == ""
    assert "a killed process left a torn log" in done.err and "`nsmig show` repairs it" in done.err
    assert stamped(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty, so it is not a LadybugDB file yet"),
        (b"x", "this is no"),
        (b"%PDF-" * 9999, "this is no"),
    ],
    ids=["empty", "a byte", "another format"],
)
def test_a_file_that_is_not_a_database_is_refused_and_unchanged(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "graph.lbug"
    path.write_bytes(content)
    done = nsmig(tmp_path, "inspect", path.name)
    assert done.code == 1 and f"graph.lbug: {told}" in done.err and "Traceback" not in done.err
    assert {name: text for name, (text, _) in stamped(tmp_path).items()} == {"graph.lbug": content}


def test_a_begun_file_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        connection(database).open()
    assert "nodes: []" in inspected(path)


def test_who_writes_and_who_looks_keep_each_other_out(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with start_python(MAKE, path, TABLE) as other:
        assert other.stdout and other.stdout.readline() == "made\n"
        with looked_at(path) as database, pytest.raises(LockedError, match=rf"process {other.pid}\b"):
            database.session.survey(None, lambda done, all: None)
        other.kill()
        other.wait()
    with looked_at(path) as database:
        assert database.session.survey(None, lambda done, all: None).content["nodes"]
        with start_python(MAKE, path, TABLE) as other:
            assert other.stdout and other.stdout.readline() == ""
            other.wait()
        assert "name: A" in succeed(tmp_path, "inspect", path.name).out  # reading again is harmless
        with pytest.raises(DatabaseError, match=r"(?i)read.only"):
            connection(database).send("CREATE (:A {k: '1'})")
    with ladybug_at(path) as database:
        connection(database).send("CREATE (:A {k: '1'})")
