"""The lock, the records and the connection of the Neo4j adapter."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import neo4j
import pytest

from nsmig.database.base import Mark, Record, Role, State, Statement
from nsmig.database.neo4j import lease, ledger
from nsmig.database.neo4j.connection import server_version
from nsmig.database.neo4j.journal import LOCK, MIGRATION
from nsmig.database.neo4j.options import DRIVER_OPTIONS, IGNORED_OPTIONS
from nsmig.errors import ConflictError, DatabaseError, LockedError, ProjectError
from nsmig.operations import (
    AddProperty,
    CreateType,
    DropType,
)
from support.databases import neo4j_at, planned, turn
from support.disguise import disguised
from support.neo4j_bench import (
    MARK,
    NODE,
    A,
    Bench,
    entries,
    make,
    schema,
)
from support.server import Server, server

pytestmark = pytest.mark.releases("5.26", "2026")

# ---- Lock, journal, records ----------------------------------------------------------------------------------------


class TestLock:
    def test_one_at_a_time(self, empty_bench: Bench, neo4j_server: Server) -> None:
        with neo4j_at(neo4j_server.uri) as other, empty_bench.database.ledger.lock(0) as check:
            check()
            assert f"process {os.getpid()} on {socket.gethostname()} since 20" in (
                empty_bench.database.ledger.holder() or ""
            )
            started = time.monotonic()
            told: list[str] = []
            with pytest.raises(LockedError, match="nsmig unlock") as caught, other.ledger.lock(0.7, told.append):
                pass
            assert told == [caught.value.holder]
            assert 0.6 < time.monotonic() - started < 5 and str(os.getpid()) in str(caught.value.holder)
        assert empty_bench.database.ledger.holder() is None

    def test_a_waiting_run_gets_it(self, empty_bench: Bench, neo4j_server: Server) -> None:
        inside, seen = [], []

        def work() -> None:
            with neo4j_at(neo4j_server.uri) as database, database.ledger.lock(30):
                inside.append(1)
                seen.append(len(inside))
                time.sleep(0.05)
                inside.pop()

        threads = [threading.Thread(target=work) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [1] * 5

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
    def test_released_on_every_exception(self, empty_bench: Bench, error: type[BaseException]) -> None:
        with pytest.raises(error), empty_bench.database.ledger.lock(0):
            raise error
        assert empty_bench.database.ledger.holder() is None

    def test_a_lock_of_nodestream_is_never_taken_over(self, empty_bench: Bench) -> None:
        empty_bench.send(f"CREATE (:{LOCK} {{lock: 'lock'}})")
        with pytest.raises(LockedError, match="nodestream"), empty_bench.database.ledger.lock(0):
            pass
        assert "nodestream" in (empty_bench.database.ledger.holder() or "")
        empty_bench.database.ledger.unlock()
        with empty_bench.database.ledger.lock(0):
            pass

    def test_nodestream_cannot_take_ours(self, empty_bench: Bench) -> None:
        with empty_bench.database.ledger.lock(0), pytest.raises(neo4j.exceptions.ConstraintError):
            empty_bench.send(f"CREATE (:{LOCK} {{lock: 'lock'}})")

    def test_a_lease_that_ran_out_is_taken_over(
        self, empty_bench: Bench, neo4j_server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with ExitStack() as runs, monkeypatch.context() as short:
            for module in (lease, ledger):
                short.setattr(module, "LEASE", 0.3)
            other = runs.enter_context(neo4j_at(neo4j_server.uri))
            check = runs.enter_context(empty_bench.database.ledger.lock(0))
            time.sleep(0.5)
            short.undo()
            with other.ledger.lock(0) as check_other:
                check_other()
                with pytest.raises(LockedError):
                    check()
                assert other.ledger.holder() is not None
            assert other.ledger.holder() is None

    def test_a_lease_is_renewed(
        self, empty_bench: Bench, neo4j_server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (lease, ledger):
            monkeypatch.setattr(module, "LEASE", 1.0)
        monkeypatch.setattr(lease, "RENEWAL", 0.1)
        with neo4j_at(neo4j_server.uri) as other, empty_bench.database.ledger.lock(0) as check:
            with pytest.raises(LockedError), other.ledger.lock(2):
                pass
            check()

    def test_a_lock_that_was_removed_is_noticed(self, empty_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lease, "RENEWAL", 0.1)
        with empty_bench.database.ledger.lock(0) as check:
            empty_bench.database.ledger.unlock()
            time.sleep(1)
            with pytest.raises(LockedError, match="lost"):
                check()

    def test_the_end_of_a_run_that_lost_it_leaves_the_next_ones_lock(self, empty_bench: Bench) -> None:
        with empty_bench.database.ledger.lock(0):
            empty_bench.send(f"MATCH (l:{LOCK}) SET l.owner = 'another', l.host = 'h', l.pid = 1")
        assert empty_bench.database.ledger.holder() is not None

    @pytest.mark.parametrize("sign", ["its journal", "its lease", "unlock"])
    def test_nothing_of_a_dead_run_goes_on_in_the_server(self, empty_bench: Bench, sign: str) -> None:
        minutes = neo4j.Query("UNWIND range(1, 5000000000) AS i RETURN sum(i)", metadata={"nsmig": "dead"})
        under_way = "SHOW TRANSACTIONS YIELD metaData WHERE metaData.nsmig = 'dead'"
        with ThreadPoolExecutor() as threads, empty_bench.driver.session() as session:
            running = threads.submit(lambda: session.run(minutes).consume())
            while not empty_bench.send(under_way):
                assert not running.done()
            if sign == "its journal":
                empty_bench.database.ledger.remember([], marks=[Mark("m", "c", 0)])
            elif sign == "its lease":
                empty_bench.send(f"CREATE (:{LOCK} {{lock: 'lock', owner: 'dead', lease_until: datetime()}})")
            else:
                empty_bench.database.ledger.unlock()
            with empty_bench.database.ledger.lock(1):
                assert empty_bench.send(under_way) == []
            assert isinstance(running.exception(), neo4j.exceptions.Neo4jError)

    def test_another_error_is_reported_as_what_it_is(self, empty_bench: Bench) -> None:
        empty_bench.send(f"CREATE (:{LOCK} {{lock: 'lock'}}), (:{LOCK} {{lock: 'lock'}})")
        with pytest.raises(DatabaseError, match=r"(?i)constraint") as caught, empty_bench.database.ledger.lock(0):
            pass
        assert not isinstance(caught.value, LockedError)


class TestState:
    def test_of_a_database_never_migrated(self, empty_bench: Bench) -> None:
        assert empty_bench.database.ledger.state() == State({}, {})
        assert entries(empty_bench) == [] and empty_bench.database.ledger.holder() is None

    def test_journal_then_record(self, empty_bench: Bench) -> None:
        database = empty_bench.database
        empty_bench.send("CREATE (:A)")  # in an empty database there is nothing to send
        database.ledger.remember([], marks=[Mark("m", "c", 0)])
        assert database.ledger.state().journal == {"m": Mark("m", "c", 0)}
        made, _ = planned(database, AddProperty(NODE, "A", "x", 1), A, database.session.live())
        database.session.execute(turn(made, AddProperty(NODE, "A", "x", 1)), Mark("m", "c", 1), lambda rows: None)
        assert database.ledger.state().journal == {"m": Mark("m", "c", 1)}
        database.ledger.remember([Record(each, checksum="c", nsmig_version="1") for each in ("n", "m")], ["m"])
        state = database.ledger.state()
        assert state.journal == {} and list(state.records) == ["m", "n"]
        at = state.records["n"].applied_at or ""
        assert at.startswith("20") and at.endswith("Z")
        assert state.records["n"] == Record("n", at, "c", "1")
        database.ledger.remember([Record("n", checksum="e", nsmig_version="2")])
        assert database.ledger.state().records["n"] == Record("n", at, "e", "2")

    def test_records_of_nodestream(self, empty_bench: Bench) -> None:
        empty_bench.send(f"CREATE (:{MIGRATION} {{name: 'old'}})")
        assert empty_bench.database.ledger.state().records == {"old": Record("old")}

    def test_a_conflict_leaves_no_mark(self, bench: Bench) -> None:
        make(bench, schema(A="p"), "(:A {p: 1})", "(:A {p: 1})")
        bench.database.ledger.unlock()
        with pytest.raises(ConflictError):
            bench.apply(CreateType(NODE, "A", ("p",), ()), schema(A="p"))
        assert (
            "m" not in bench.database.ledger.state().journal
            or bench.database.ledger.state().journal["m"].done == MARK.done
        )


def as_agent(server: Server, beginning: str) -> dict[bytes, bytes]:
    """Makes a server call itself something else of the same length."""
    agent = server.release.agent
    return {agent.encode(): beginning.ljust(len(agent), "1").encode()}


# ---- Reaching the server -------------------------------------------------------------------------------------------


class TestTarget:
    def test_wrong_password(self, guarded_neo4j_server: Server) -> None:
        for username, password in (("neo4j", "wrong-secret"), (None, None)):
            with pytest.raises(DatabaseError) as caught, neo4j_at(guarded_neo4j_server.uri, username, password):
                pass
            said = "refused user" if username else "requires authentication"
            assert said in str(caught.value) and "wrong-secret" not in str(caught.value) + repr(caught.value)
        with neo4j_at(guarded_neo4j_server.uri.replace("bolt", "neo4j"), "neo4j", "right-password") as database:
            assert "right-password" not in repr(database)
            with database.ledger.lock(0):
                assert f"process {os.getpid()} on" in str(database.ledger.holder())

    def test_a_wrong_password_is_sent_once(self, guarded_neo4j_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server counts attempts, and locks the user out after a few."""
        sent: list[str] = []
        send = neo4j.Session.run

        def counted(session: neo4j.Session, query: Any, *arguments: Any, **options: Any) -> neo4j.Result:
            sent.append(query)
            return send(session, query, *arguments, **options)

        monkeypatch.setattr(neo4j.Session, "run", counted)
        with pytest.raises(DatabaseError, match="refused user"), neo4j_at(guarded_neo4j_server.uri, "neo4j", "wrong"):
            pass
        assert len(sent) == 1

    def test_unreachable(self) -> None:
        with (
            pytest.raises(DatabaseError, match=r"bolt://127\.0\.0\.1:1 cannot be reached"),
            neo4j_at("bolt://127.0.0.1:1"),
        ):
            pass

    def test_unknown_database(self, neo4j_server: Server) -> None:
        with pytest.raises(DatabaseError, match="no database 'nope'"), neo4j_at(neo4j_server.uri, database_name="nope"):
            pass

    def test_an_error_of_the_server_in_its_own_words(self, empty_bench: Bench) -> None:
        with pytest.raises(DatabaseError, match="Invalid input"):
            nonsense = turn([Statement(Role.SCHEMA, "NONSENSE")], DropType(NODE, "A"))
            empty_bench.database.session.execute(nonsense, MARK, lambda rows: None)

    @pytest.mark.parametrize(
        "agent, version",
        [
            ("Neo4j/4.4.0", (4, 4)),
            ("Neo4j/5.26.12", (5, 26)),
            ("Neo4j/5.27-aura", (5, 27)),
            ("Neo4j/2025.10-aura", (2025, 10)),
            ("Neo4j/2026.08.1", (2026, 8)),
            ("Neo4j/2027.01.0-SNAPSHOT", (2027, 1)),
            ("Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)", None),
            ("Neo4j/v5.11.0 compatible graph database server - Memgraph", None),
            ("ArcadeDB/26.10.2", None),
            ("Neo4j/dev", None),
            ("", None),
        ],
    )
    def test_only_what_calls_itself_as_neo4j_does_has_a_version(
        self, agent: str, version: tuple[int, int] | None
    ) -> None:
        assert server_version(agent) == version

    def test_a_server_too_old(self, neo4j_server: Server) -> None:
        with (
            disguised(neo4j_server.uri, as_agent(neo4j_server, "Neo4j/5.22.1")) as uri,
            pytest.raises(DatabaseError, match=r"Neo4j/5\.22\.1+; nsmig needs Neo4j 5\.23 or later"),
            neo4j_at(uri),
        ):
            pass

    @pytest.mark.parametrize("agent", ["Arcade/26.1.", None])
    def test_a_server_that_only_says_it_is_neo4j_is_refused_by_name(
        self, neo4j_server: Server, agent: str | None
    ) -> None:
        """Its own name is not enough."""
        words = as_agent(neo4j_server, agent) if agent else {b"Neo4j Kernel": b"Other Kernel"}
        name = next(iter(words.values())).decode() if agent else neo4j_server.release.agent
        with (
            disguised(neo4j_server.uri, words) as uri,
            pytest.raises(DatabaseError, match=f"calls itself '{re.escape(name)}', but it is not Neo4j"),
            neo4j_at(uri),
        ):
            pass

    def test_a_server_without_the_procedure_is_refused(self, neo4j_server: Server) -> None:
        with (
            disguised(neo4j_server.uri, {}, asked={b"dbms.components": b"dbms.komponents"}) as uri,
            pytest.raises(
                DatabaseError, match=rf"calls itself '{re.escape(neo4j_server.release.agent)}', but it is not Neo4j"
            ),
            neo4j_at(uri),
        ):
            pass

    def test_a_server_newer_than_the_tested_ones_is_noted(self, neo4j_server: Server) -> None:
        with (
            disguised(neo4j_server.uri, as_agent(neo4j_server, "Neo4j/2027.0")) as uri,
            neo4j_at(uri) as database,
        ):
            assert [note for note in database.notes if "Neo4j/2027.01" in note and "2026.08" in note]
        with neo4j_at(neo4j_server.uri) as database:
            assert database.notes == ()

    @pytest.mark.parametrize(
        "option, near",
        [("usrname", "username"), ("transaction_batchsize", "transaction_batch_size"), ("encryptd", "encrypted")],
    )
    def test_an_unknown_option_names_the_nearest(self, option: str, near: str) -> None:
        options: dict[str, Any] = {option: 1}
        with pytest.raises(ProjectError, match=near):
            neo4j_at("bolt://127.0.0.1:1", **options)

    @pytest.mark.parametrize("option, value", [("transaction_batch_size", 0), ("max_retry_attempts", -1)])
    def test_a_number_that_makes_no_sense(self, option: str, value: int) -> None:
        options: dict[str, Any] = {option: value}
        with pytest.raises(ProjectError, match=f"{option} must be .*, at least {value + 1}"):
            neo4j_at("bolt://127.0.0.1:1", **options)

    def test_a_uri_that_holds_a_password_is_not_repeated(self) -> None:
        with pytest.raises(ProjectError) as caught:
            neo4j_at("bolt://neo4j:secret@localhost")
        assert "secret" not in str(caught.value)

    def test_an_invalid_uri(self) -> None:
        with pytest.raises(ProjectError), neo4j_at("http://localhost"):
            pass

    def test_the_driver_takes_every_option_we_pass_on(self, neo4j_server: Server) -> None:
        values: dict[str, Any] = {
            "encrypted": False,
            "keep_alive": True,
            "telemetry_disabled": True,
            "user_agent": "nsmig",
        }
        options = {name: values.get(name, 10) for name in DRIVER_OPTIONS}
        options |= dict.fromkeys(IGNORED_OPTIONS, 1)
        with neo4j_at(neo4j_server.uri, **options) as database:
            assert database.ledger.state() == State({}, {}) or database.ledger.state()

    def test_own_server_comes_back_during_a_run(self, tmp_path: Path) -> None:
        """Killed between two statements and restarted on the same port and data: the run continues."""
        with server(tmp_path) as first, neo4j_at(first.uri, max_retry_attempts=6) as database:
            database.ledger.remember([], marks=[Mark("m", "c", 0)])
            first.kill()
            again = threading.Event()

            def restart() -> None:
                with server(tmp_path, port=int(first.uri.rpartition(":")[2])):
                    again.wait(60)

            thread = threading.Thread(target=restart)
            thread.start()
            try:
                database.ledger.remember([], marks=[Mark("m", "c", 1)])
                assert database.ledger.state().journal == {"m": Mark("m", "c", 1)}
            finally:
                again.set()
                thread.join()
