"""Runs that are killed, raced, cut off and starved, on real databases: the end is what an undisturbed run gives."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from server import Server, server

import faults
import neo4j
from nsmig import files
from nsmig.database.ladybug import Ladybug
from nsmig.database.neo4j import Neo4j
from nsmig.errors import DatabaseError, EditedError, HistoryError, LockedError
from nsmig.operations import AddIndex, AddProperty, CreateType, ExtendKey, Kind, RenameProperty, RunQuery
from nsmig.run import FAST_FORWARD, Event, preview, run
from nsmig.values import Migration

ROWS = 12  # of each sort
Send = Callable[..., list[dict[str, Any]]]


# ---- Neo4j -----------------------------------------------------------------------------------------------------------


@contextmanager
def sending(uri: str) -> Iterator[Send]:
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:

        def send(text: str, **parameters: Any) -> list[dict[str, Any]]:
            with driver.session() as session:
                return [row.data() for row in session.run(text, parameters)]  # type: ignore[arg-type]

        yield send


@pytest.fixture(scope="module")
def send(neo4j_server: Server) -> Iterator[Send]:
    with sending(neo4j_server.uri) as send:
        yield send


def clear(send: Send) -> None:
    send("MATCH (n) DETACH DELETE n")
    for each in send("SHOW CONSTRAINTS YIELD name"):
        send(f"DROP CONSTRAINT `{each['name']}`")
    for each in send("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        send(f"DROP INDEX `{each['name']}`")


def start(send: Send, uri: str) -> None:
    """The types and the data, with nothing applied but what made them."""
    clear(send)
    with Neo4j(uri) as database:
        run(faults.HISTORY, database, lambda event: None, to=faults.MADE)
    faults.neo4j_data(send, ROWS)


@pytest.fixture(scope="module")
def whole(send: Send, neo4j_server: Server) -> dict[str, Any]:
    """The graph after an undisturbed run."""
    start(send, neo4j_server.uri)
    with Neo4j(neo4j_server.uri, transaction_batch_size=5) as database:
        assert run(faults.HISTORY, database, lambda event: None) == len(faults.HISTORY) - 1
    dump = faults.neo4j_dump(send)
    assert dump["journal"] == [] and len(dump["records"]) == len(faults.HISTORY)
    return dump


def neo4j_options(uri: str, **more: Any) -> dict[str, Any]:
    return {"database": "neo4j", "uri": uri, "transaction_batch_size": 5, **more}


@contextmanager
def unlocking(send: Send) -> Iterator[None]:
    """What a user does after a kill, for locks whose process is dead."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(0.02):
            for lock in send("MATCH (l:__NodestreamMigrationLock__) RETURN l.pid AS pid, elementId(l) AS id"):
                if not _lives(lock["pid"]):
                    dead = "MATCH (l:__NodestreamMigrationLock__) WHERE elementId(l) = $id AND l.pid = $pid DELETE l"
                    send(dead, **lock)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _lives(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):  # gone before it is opened, or before it is read
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("fast_forward", [False, True])
def test_neo4j_killed_at_random_moments(
    send: Send, neo4j_server: Server, whole: dict[str, Any], fast_forward: bool
) -> None:
    kills = kill_neo4j(send, neo4j_server.uri, whole, random.Random(5 + fast_forward), fast_forward)
    print(f"{kills} kills")


def kill_neo4j(send: Send, uri: str, whole: dict[str, Any], chance: random.Random, fast_forward: bool) -> int:
    start(send, uri)
    with faults.runner(neo4j_options(uri)) as forks, unlocking(send):
        kills = faults.killed_until_done(forks, chance, 0.7, fast_forward)
    assert faults.neo4j_dump(send) == whole, f"after {kills} kills"
    return kills


@pytest.mark.parametrize("runners", [2, 5])
def test_neo4j_raced(send: Send, neo4j_server: Server, whole: dict[str, Any], runners: int) -> None:
    start(send, neo4j_server.uri)
    with faults.runner(neo4j_options(neo4j_server.uri)) as forks:
        ends = [forks.wait(pid) for pid in [forks.start() for _ in range(runners)]]
    assert sorted(ends) == sorted([(0, "0")] * (runners - 1) + [(0, str(len(faults.HISTORY) - 1))])
    assert faults.neo4j_dump(send) == whole


def test_neo4j_server_killed_and_started_again(tmp_path: Path, whole: dict[str, Any]) -> None:
    with server(tmp_path) as first, sending(first.uri) as send:
        start(send, first.uri)
        send("CALL db.prepareForReplanning()")  # what was written so far is on the disk
        with faults.runner(neo4j_options(first.uri, max_retry_attempts=8, retry_factor=0.5)) as forks:
            pid = forks.start()
            time.sleep(1.5)
            first.kill()
            with server(tmp_path, port=int(first.uri.rpartition(":")[2])):
                assert forks.wait(pid) == (0, str(len(faults.HISTORY) - 1))
                assert faults.neo4j_dump(send) == whole


def test_neo4j_server_killed_while_it_makes_a_constraint(tmp_path: Path) -> None:
    """It leaves the constraint's index, which stands in the way of the constraint."""
    history = faults.nsmig.History([Migration("one", [CreateType(Kind.NODE, "A", ("k", "p"), ())])])
    with server(tmp_path) as first, sending(first.uri) as send:
        for start in range(0, 300_000, 50_000):
            send("UNWIND range($start + 1, $start + 50000) AS i CREATE (:A {k: toString(i), p: 'x' + i})", start=start)
        indexes = "SHOW INDEXES YIELD name, owningConstraint WHERE name = 'A_node_key'"
        with ThreadPoolExecutor() as threads, Neo4j(first.uri, max_retry_attempts=0) as database:
            running = threads.submit(run, history, database, lambda event: None)
            while not send(indexes):
                assert not running.done()
            first.kill()
            assert isinstance(running.exception(), DatabaseError)
    with server(tmp_path) as second, sending(second.uri) as send:
        assert send(indexes) == [{"name": "A_node_key", "owningConstraint": None}]
        with Neo4j(second.uri) as database:
            database.unlock()
            assert run(history, database, lambda event: None) == 1
        assert send(indexes) == [{"name": "A_node_key", "owningConstraint": "A_node_key"}]


class Proxy:
    """Passes everything on between a client and a server, and cuts chosen connections.

    ``cuts`` are numbers of packages, counted in one ``direction`` only: at these the package is dropped and the
    connection ends. To the server, the statement never arrives; to the client, it is done and the answer is lost.
    """

    def __init__(self, port: int, direction: str, cuts: set[int]) -> None:
        self._port, self._direction, self._cuts = port, direction, cuts
        self.done = 0
        self._passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                behind = socket.create_connection(("127.0.0.1", self._port))
                for source, sink, direction in ((client, behind, "to server"), (behind, client, "to client")):
                    threading.Thread(target=self._pass, args=(source, sink, direction), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        with suppress(OSError):
            while package := source.recv(1 << 16):
                if direction == self._direction:
                    self._passed += 1
                    if self._passed in self._cuts:
                        self.done += 1
                        break
                sink.sendall(package)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("direction", ["to server", "to client"])
def test_neo4j_cut_off(send: Send, neo4j_server: Server, whole: dict[str, Any], direction: str) -> None:
    start(send, neo4j_server.uri)
    cuts = set(random.Random(direction).sample(range(12, 150), 15))
    proxy = Proxy(int(neo4j_server.uri.rpartition(":")[2]), direction, cuts)
    try:
        with Neo4j(proxy.uri, transaction_batch_size=5, max_retry_attempts=9, retry_factor=0.01) as database:
            run(faults.HISTORY, database, lambda event: None)
    finally:
        proxy.close()
    assert proxy.done >= 10
    assert faults.neo4j_dump(send) == whole


def test_neo4j_by_routing(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    """As a cluster is reached: the server says where to read and where to write."""
    start(send, neo4j_server.uri)
    with Neo4j(neo4j_server.uri.replace("bolt://", "neo4j://"), transaction_batch_size=5) as database:
        assert run(faults.HISTORY, database, lambda event: None) == len(faults.HISTORY) - 1
    assert faults.neo4j_dump(send) == whole


def test_neo4j_a_dead_lease_is_taken_over(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    start(send, neo4j_server.uri)
    send(
        "CREATE (:__NodestreamMigrationLock__ {lock: 'lock', owner: 'dead', host: 'h', pid: 1,"
        " since: datetime(), lease_until: datetime() + duration('PT1S')})"
    )
    with Neo4j(neo4j_server.uri, transaction_batch_size=5) as database:
        run(faults.HISTORY, database, lambda event: None, lock_timeout=20)
    assert faults.neo4j_dump(send) == whole


def test_neo4j_nodestreams_lock_is_respected(send: Send, neo4j_server: Server) -> None:
    start(send, neo4j_server.uri)
    before = faults.neo4j_dump(send)
    send("CREATE (:__NodestreamMigrationLock__ {lock: 'lock'})")
    with Neo4j(neo4j_server.uri) as database:
        with pytest.raises(LockedError, match="nsmig unlock"):
            run(faults.HISTORY, database, lambda event: None, lock_timeout=0.3)
        assert faults.neo4j_dump(send) == before
        database.unlock()


def test_neo4j_out_of_memory_and_read_only_are_passed_on(tmp_path: Path) -> None:
    settings = {"db.memory.transaction.max": "8m"}
    history = faults.nsmig.History([Migration("big", [AddProperty(Kind.NODE, "A", "x", "y" * 1000)])])
    with server(tmp_path, settings=settings) as running, sending(running.uri) as send:
        for _ in range(20):
            send("UNWIND range(1, 1000) AS i CREATE (:A)")
        with Neo4j(running.uri, transaction_batch_size=50_000) as database:
            with pytest.raises(DatabaseError, match=r"MemoryPool|memory"):
                run(history, database, lambda event: None)
            assert database.holder() is None and database.state().journal["big"].done == 0
        with Neo4j(running.uri, transaction_batch_size=100) as database:
            assert run(history, database, lambda event: None) == 1
        assert send("MATCH (n:A) WHERE n.x IS NULL RETURN count(n) AS n") == [{"n": 0}]
        running.kill()
    with (
        server(tmp_path, settings={"server.databases.read_only": "neo4j"}) as running,
        Neo4j(running.uri) as database,
    ):
        assert list(database.state().records) == ["big"]
        with pytest.raises(DatabaseError, match=r"(?i)read.only"):
            run(history, database, lambda event: None)


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int], None]]:
    """A disk of 60 MB in a folder; what it gives leaves a number of bytes free there."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=60m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("a small disk needs the right to mount one")

    def leave(free: int) -> None:
        filler = folder / "filler"
        filler.unlink(missing_ok=True)
        filler.write_bytes(bytes(max(0, shutil.disk_usage(folder).free - free)))

    try:
        yield leave
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


BIG = [
    Migration("one", [CreateType(Kind.NODE, "A", ("k",), ("i",))]),
    Migration("two", [AddIndex(Kind.NODE, "A", "i"), AddProperty(Kind.NODE, "A", "x", "y" * 1000)], ["one"]),
    Migration("three", [RenameProperty(Kind.NODE, "A", "i", "j"), ExtendKey(Kind.NODE, "A", "j", "")], ["two"]),
]
BIG_HISTORY = faults.nsmig.History(BIG)


def test_neo4j_on_a_full_disk(send: Send, neo4j_server: Server, tmp_path: Path) -> None:
    def start(uri: str, send: Send) -> None:
        with Neo4j(uri) as database:
            run(BIG_HISTORY, database, lambda event: None, to="one")
        send("UNWIND range(1, 6000) AS i CREATE (:A {k: i, i: 'i' + i})")

    clear(send)
    start(neo4j_server.uri, send)
    with Neo4j(neo4j_server.uri) as database:
        run(BIG_HISTORY, database, lambda event: None)
    whole = faults.neo4j_dump(send)
    settings = {"db.tx_log.preallocate": "false", "db.tx_log.rotation.size": "1m"}
    with small_disk(tmp_path / "disk") as leave:
        with server(tmp_path / "disk", settings=settings) as running, sending(running.uri) as send_there:
            target = f"{{database: neo4j, uri: '{running.uri}', transaction_batch_size: 1000}}"
            project(tmp_path, target, BIG)
            start(running.uri, send_there)
            leave(2 << 20)
            for says in (r"migration 'two', operation 2 of 2: .* restart it", "restart it"):
                stopped = command(tmp_path, "run", "--lock-timeout", "0")
                _, said = stopped.communicate(timeout=60)
                assert stopped.returncode == 1 and re.search(says, said) and "Traceback" not in said, said
            running.kill()
        leave(1 << 30)
        port = int(running.uri.rpartition(":")[2])
        with server(tmp_path / "disk", port=port, settings=settings), sending(running.uri) as send_there:
            with Neo4j(running.uri) as database:
                assert list(database.state().records) == ["one"] and list(database.state().journal) == ["two"]
                database.unlock()
            again = command(tmp_path, "run")
            _, said = again.communicate(timeout=60)
            assert again.returncode == 0, said
            assert faults.neo4j_dump(send_there) == whole


# ---- The command -----------------------------------------------------------------------------------------------------


def project(folder: Path, target: str, migrations: list[Migration]) -> Path:
    (folder / "nsmig.yaml").write_text(f"targets:\n  db: {target}\n")
    (folder / "migrations").mkdir()
    for each in migrations:
        files.write_new(files.migration_path(folder / "migrations", each.name), files.migration_text(each.to_dict()))
    return folder


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nsmig", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("targets", ["-t db", "-a --jobs 2"])
def test_stopped_by_a_signal(
    send: Send, neo4j_server: Server, tmp_path: Path, number: int, code: int, targets: str
) -> None:
    clear(send)
    send("UNWIND range(1, 20000) AS i CREATE (:A)")
    operations = [AddProperty(Kind.NODE, "A", "x", 1), AddProperty(Kind.NODE, "B", "x", 1)]
    target = f"{{database: neo4j, uri: '{neo4j_server.uri}', transaction_batch_size: 1}}"
    project(tmp_path, f"{target}\n  other: {{database: ladybug, path: other.lbug}}", [Migration("slow", operations)])
    process = command(tmp_path, "run", *targets.split())
    while not send("MATCH (n:A) WHERE n.x = 1 RETURN n LIMIT 1"):
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code and out == "", err
    assert "goes on where this stopped" in err and "Traceback" not in err and "error" not in err, err
    with Neo4j(neo4j_server.uri) as database:
        assert database.holder() is None and database.state().journal["slow"].done == 0
        missing = "MATCH (n:A) WHERE n.x IS NULL RETURN count(n) AS n"
        (left,) = send(missing)
        time.sleep(0.3)
        assert send(missing) == [left] and left["n"] > 0  # nothing goes on in the server
        database.unlock()
    again = command(tmp_path, "run", *targets.split())
    _, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert send("MATCH (n:A) WHERE n.x IS NULL RETURN count(n) AS n") == [{"n": 0}]


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_a_query_of_the_users_own(
    send: Send, neo4j_server: Server, tmp_path: Path, number: int, code: int
) -> None:
    clear(send)
    endless = RunQuery("UNWIND range(1, 100000000000) AS i WITH i WHERE i < 0 RETURN count(*)")
    project(tmp_path, f"{{database: neo4j, uri: '{neo4j_server.uri}'}}", [Migration("endless", [endless])])
    process = command(tmp_path, "run")
    under_way = (
        "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range(1, 1000' RETURN 1 AS n"
    )
    while not send(under_way):
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code and "goes on where this stopped" in err and "Traceback" not in err, err
    assert not send(under_way)
    with Neo4j(neo4j_server.uri) as database:
        assert database.holder() is None


def test_stopped_while_it_takes_the_lock(neo4j_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has given it, and nobody knows yet."""
    with Neo4j(neo4j_server.uri) as database:
        acquire = database._acquire

        def taken(*arguments: Any) -> Any:
            acquire(*arguments)
            raise KeyboardInterrupt

        monkeypatch.setattr(database, "_acquire", taken)
        with pytest.raises(KeyboardInterrupt), database.lock(0):
            pass
        assert database.holder() is None


def test_no_password_is_ever_shown(guarded_neo4j_server: Server, tmp_path: Path) -> None:
    target = f"{{database: neo4j, uri: '{guarded_neo4j_server.uri}', username: neo4j, password: !env SECRET}}"
    project(tmp_path, target, [Migration("one", [AddProperty(Kind.NODE, "A", "x", 1)])])
    said = []
    for password, arguments, code in (
        ("wrong-secret", ["run"], 1),
        ("wrong-secret", ["--debug", "run"], 1),
        ("right-password", ["run", "--dry-run"], 0),
        ("right-password", ["show", "--json"], 0),
        ("right-password", ["run", "--json"], 0),
        ("right-password", ["unlock", "--yes"], 0),
    ):
        process = command(tmp_path, *arguments, SECRET=password)
        said += process.communicate(timeout=60)
        assert process.returncode == code, said
    database = Neo4j(guarded_neo4j_server.uri, "neo4j", "right-password")
    said += [repr(database), repr(vars(database).keys())]
    assert not re.search("wrong-secret|right-password", "\n".join(said))


# ---- LadybugDB -------------------------------------------------------------------------------------------------------


def start_ladybug(path: Path) -> None:
    with Ladybug(path) as database:
        run(faults.HISTORY, database, lambda event: None, to=faults.MADE)
        faults.ladybug_data(database._send, ROWS)


def dump_ladybug(path: Path) -> dict[str, Any]:
    with Ladybug(path) as database:
        return faults.ladybug_dump(database._send)


@pytest.mark.parametrize("fast_forward", [False, True])
def test_ladybug_killed_at_random_moments(tmp_path: Path, fast_forward: bool) -> None:
    print(f"{kill_ladybug(tmp_path, random.Random(7), fast_forward)} kills")


def kill_ladybug(folder: Path, chance: random.Random, fast_forward: bool) -> int:
    whole, torn = folder / "whole.lbug", folder / "torn.lbug"
    start_ladybug(whole)
    start_ladybug(torn)
    with Ladybug(whole) as database:
        run(faults.HISTORY, database, lambda event: None)
    with faults.runner({"database": "ladybug", "path": str(torn)}) as forks:
        kills = faults.killed_until_done(forks, chance, 0.4, fast_forward)
    assert dump_ladybug(torn) == dump_ladybug(whole), f"after {kills} kills"
    return kills


def test_ladybug_raced(tmp_path: Path) -> None:
    path = tmp_path / "raced.lbug"
    start_ladybug(path)
    with faults.runner({"database": "ladybug", "path": str(path)}) as forks:
        ends = [forks.wait(pid) for pid in [forks.start() for _ in range(3)]]
    assert sorted(ends) == [(0, "0"), (0, "0"), (0, str(len(faults.HISTORY) - 1))]


@pytest.mark.parametrize("free, ends", [(2 << 20, -signal.SIGABRT), (100_000, 1)])
def test_ladybug_on_a_full_disk(tmp_path: Path, free: int, ends: int) -> None:
    """The engine ends the process where the disk fills up while it writes; nsmig says what to do where it is full."""
    whole, torn = tmp_path / "whole.lbug", tmp_path / "disk" / "torn.lbug"
    with small_disk(tmp_path / "disk") as leave:
        for path in (whole, torn):
            with Ladybug(path) as database:
                run(BIG_HISTORY, database, lambda event: None, to="one")
                database._send("UNWIND range(1, 6000) AS i CREATE (:A {k: CAST(i AS STRING), i: 'i'})")
        with Ladybug(whole) as database:
            run(BIG_HISTORY, database, lambda event: None)
        project(tmp_path, f"{{database: ladybug, path: '{torn}'}}", BIG)
        leave(free)
        stopped = command(tmp_path, "run")
        _, said = stopped.communicate(timeout=60)
        assert stopped.returncode == ends and "Traceback" not in said, said
        leave(0)
        for _ in range(2):
            refused = command(tmp_path, "run")
            _, said = refused.communicate(timeout=60)
            assert refused.returncode == 1 and "make room" in said and "Traceback" not in said, said
        leave(1 << 30)
        again = command(tmp_path, "run")
        _, said = again.communicate(timeout=60)
        assert again.returncode == 0, said
        assert dump_ladybug(torn) == dump_ladybug(whole)


def test_a_fast_forward_that_stopped(tmp_path: Path) -> None:
    """A plain run goes on with it, a file that was edited is refused, and every member is recorded."""
    whole, stopped = tmp_path / "whole.lbug", tmp_path / "stopped.lbug"
    for path in (whole, stopped):
        start_ladybug(path)
    with Ladybug(whole) as database:
        run(faults.HISTORY, database, lambda event: None)

    def stop(event: Event) -> None:
        if event.what == "operation" and event.done == 3:
            raise KeyboardInterrupt

    with Ladybug(stopped) as database:
        with pytest.raises(KeyboardInterrupt):
            run(faults.HISTORY, database, stop, fast_forward=True)
        last = faults.MIGRATIONS[-1]
        ((name, mark),) = database.state().journal.items()
        assert (name, mark.done) == (f"{FAST_FORWARD}{last.name}", 3)
        edited = [*faults.MIGRATIONS[:-1], replace(last, operations=())]
        with pytest.raises(EditedError, match=f"fast-forward to {last.name}"):
            run(faults.nsmig.History(edited), database, lambda event: None)
        with pytest.raises(HistoryError, match="restore its file"):
            run(faults.nsmig.History(faults.MIGRATIONS[:-1]), database, lambda event: None)
        later = Migration("9-later", [AddProperty(Kind.NODE, "C", "z", "new")], [last.name])
        assert run(faults.nsmig.History([*faults.MIGRATIONS, later]), database, lambda event: None) == len(
            faults.HISTORY
        )
    with Ladybug(whole) as database:
        assert run(faults.nsmig.History([*faults.MIGRATIONS, later]), database, lambda event: None) == 1
    assert dump_ladybug(stopped) == dump_ladybug(whole)


# ---- What a dry run says ---------------------------------------------------------------------------------------------


def test_a_dry_run_is_what_a_run_sends(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    """The text, sent statement by statement as cypher-shell does, leads to the same graph and the same records."""
    start(send, neo4j_server.uri)
    before = faults.neo4j_dump(send)
    with Neo4j(neo4j_server.uri, transaction_batch_size=5) as database:
        text = "".join(preview(faults.HISTORY, database))
        assert faults.neo4j_dump(send) == before
        for piece in "\n".join(line for line in text.splitlines() if not line.startswith("//")).split(";\n"):
            if piece.strip():
                send(piece.strip().removesuffix(";"))
    assert faults.neo4j_dump(send) == whole
