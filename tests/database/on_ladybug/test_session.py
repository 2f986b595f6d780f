"""State, lock, failures, and runs killed at any point."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import datetime
from pathlib import Path

import ladybug
import pytest

from nsmig.database import open_database
from nsmig.database.base import Mark, Record, Role, Statement
from nsmig.database.ladybug import opening
from nsmig.database.ladybug.tables import Tables
from nsmig.errors import DatabaseError, LockedError, ProjectError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, DropProperty, DropType, ExtendKey, RenameProperty
from support.databases import connection, ladybug_at, planned, turn
from support.ladybug_bench import CYCLE, ROW_ID, ROWS, SMALL, LadybugEngine, agrees, dump
from support.reference import Schema, apply, execute
from support.terminal import python, start_python

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

# -- state, lock, failures ---------------------------------------------------------------------------------------------


def test_looking_at_nothing_makes_nothing(tmp_path: Path) -> None:
    with ladybug_at(tmp_path / "none.lbug") as database:
        assert (
            database.ledger.state().records == {}
            and database.session.live() == Tables()
            and database.ledger.holder() is None
        )
    assert not list(tmp_path.iterdir())
    foreign = tmp_path / "foreign.lbug"
    native = ladybug.Database(str(foreign), buffer_pool_size=1 << 28, max_db_size=1 << 34)
    ladybug.Connection(native).execute("CREATE NODE TABLE A(k STRING, PRIMARY KEY(k))")
    native.close()
    with ladybug_at(foreign) as database:
        assert database.ledger.state().records == {}
        assert list(database.session.live().tables) == ["a"]
        assert connection(database).send("CALL show_tables() RETURN name") == [["A"]]


def test_the_journal_and_the_records(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    odd = "2024/it's `\\ \n😀"
    with ladybug_at(path) as database, database.ledger.lock(0) as still_locked:
        database.ledger.remember([], marks=[Mark(odd, "sum", 0)])
        assert database.ledger.state().journal == {odd: Mark(odd, "sum", 0)}
        operation = CreateType(NODE, "A", ("k",), ())
        sent, _ = planned(database, operation, Schema(), database.session.live())
        still_locked()
        database.session.execute(turn(sent, operation), Mark(odd, "sum", 1), lambda rows: None)
        assert database.ledger.state().journal == {odd: Mark(odd, "sum", 1)}
    with ladybug_at(path) as database, database.ledger.lock(0):
        assert database.ledger.state().journal == {odd: Mark(odd, "sum", 1)}
        database.ledger.remember([Record(odd, None, "sum", "1.0"), Record("member")], [odd])
        database.ledger.remember([])
        state = database.ledger.state()
        assert state.journal == {} and sorted(state.records) == sorted([odd, "member"])
        assert (state.records[odd].checksum, state.records[odd].nsmig_version) == ("sum", "1.0")
        assert datetime.fromisoformat(str(state.records[odd].applied_at)).tzinfo is not None
        assert state.records["member"].checksum is None


def test_ten_thousand_records(tmp_path: Path) -> None:
    with ladybug_at(tmp_path / "graph.lbug") as database, database.ledger.lock(0):
        database.ledger.remember(Record(f"{i:05}") for i in range(10_000))
        assert len(database.ledger.state().records) == 10_000


def test_options(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no option 'password'") as raised:
        ladybug_at(tmp_path / "x", uri="bolt://", password="secret")
    assert "secret" not in str(raised.value)
    with pytest.raises(ProjectError, match="the name of a file"):
        ladybug_at("")
    for path in (None, 5):
        with pytest.raises(ProjectError, match="path of a ladybug target must be a text"):
            open_database("ladybug", {"path": path})
    with pytest.raises(DatabaseError, match=r"folder .* does not exist"), ladybug_at(tmp_path / "no" / "x"):
        pass
    (tmp_path / "text").write_text("not a database" * 1000)
    for file in (tmp_path, tmp_path / "text"):
        with pytest.raises(DatabaseError, match="cannot open the file"), ladybug_at(file):
            pass


HOLD = """
    import ladybug, sys, time
    database = ladybug.Database(sys.argv[1], buffer_pool_size=1 << 28, max_db_size=1 << 34)
    print("open", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_another_process_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with start_python(HOLD, path, 60) as other:
        assert other.stdout and other.stdout.readline() == "open\n"
        with ladybug_at(path) as database:
            assert database.ledger.holder() == f"process {other.pid}"
            started = time.monotonic()
            with pytest.raises(LockedError, match=rf"process {other.pid};"), database.ledger.lock(0.5):
                pass
            assert 0.4 < time.monotonic() - started < 5
            with pytest.raises(LockedError, match=rf"a process has .*graph.lbug open: process {other.pid}; wait"):
                database.session.live()
            database.ledger.unlock()
            other.kill()
            other.wait()
            with database.ledger.lock(0):
                assert database.ledger.holder() is None


def test_waiting_for_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with start_python(HOLD, path, 1) as other:
        assert other.stdout and other.stdout.readline() == "open\n"
        told: list[str] = []
        with ladybug_at(path) as database, database.ledger.lock(30, told.append):
            assert database.session.live() == Tables()
        assert told == [f"process {other.pid}"]


def test_a_second_opening_in_this_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    link = tmp_path / "link.lbug"
    link.symlink_to(path)
    with (
        ladybug_at(path) as database,
        database.ledger.lock(0),
        ladybug_at(link) as second,
        pytest.raises(LockedError, match=f"process {os.getpid()}"),
    ):
        second.session.live()
    with ladybug_at(path) as database:
        assert database.ledger.state().records == {}


def test_after_a_failed_statement_the_engine_is_opened_again(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    operation = AddProperty(NODE, "A", "new", 7)
    sent, _ = planned(engine.database, operation, SMALL, engine.live)
    bad = [*sent, Statement(Role.DATA, "MATCH (n:A) SET n.nowhere = 1")]
    with pytest.raises(DatabaseError, match=r"Add property new.*nowhere.*This changed nothing"):
        engine.database.session.execute(turn(bad, operation), Mark("m", "sum", 99), lambda rows: None)
    assert engine.database.ledger.state().journal["m"].done != 99
    assert engine.database.session.live() == engine.live
    # Without reopening, this column of the rolled-back transaction would still be in memory and be read as garbage.
    engine.apply(AddProperty(NODE, "A", "other", 7), SMALL)
    engine.apply(operation, SMALL)
    assert engine.send("MATCH (n:A) RETURN n.new, n.other") == [[7, 7], [7, 7]]


def test_an_interrupted_operation_changes_nothing(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    operation = ExtendKey(NODE, "A", "new", 7)
    sent, _ = planned(engine.database, operation, SMALL, engine.live)

    def interrupt(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.database.session.execute(turn(sent, operation), Mark("m", "sum", 99), interrupt)
    assert engine.dump().canonical() == ROWS.canonical()
    left = "CALL show_tables() WHERE name = '__nsmig_new__' RETURN name"
    assert engine.send(left) == [["__nsmig_new__"]]
    with engine.database.ledger.lock(0):  # as every run does
        assert engine.send(left) == []
        agrees(engine, ROWS, operation, SMALL)


def test_progress_counts_rows(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    seen: list[int] = []
    operation = ExtendKey(NODE, "A", "new", 7)
    sent, _ = planned(engine.database, operation, SMALL, engine.live)
    engine.database.session.execute(turn(sent, operation), Mark("m", "sum", 1), seen.append)
    assert seen == sorted(seen) and seen[-1] == 2 + 3 + 1 + 1 + 1  # nodes, then the relationships of each pair


def test_a_script_is_what_is_sent(engine: LadybugEngine, small_file: bytes) -> None:
    """Each line of the script, sent alone, leads to the same rows as the statements."""
    engine.copy(small_file)
    other = LadybugEngine(engine.path.with_name("script.lbug"))
    other.load(ROWS, SMALL)
    schema = SMALL
    try:
        for operation in (
            AddProperty(NODE, "A", "new $value", "$value; it's \\ `\n"),
            ExtendKey(NODE, "A", "tenant", "$value; it's \\ `\n"),
            DropProperty(RELATIONSHIP, "R", "w"),
            ExtendKey(NODE, "B", "tenant", datetime(2020, 1, 2)),
            RenameProperty(NODE, "A", "q", "p"),
            DropType(NODE, "C"),
        ):
            sent = engine.apply(operation, schema)
            schema, _ = apply(schema, operation)
            script = other.database.dialect.script(sent)
            assert script.count(";\n") >= sum(each.role is not Role.NOTE for each in sent)
            assert all(f"// {each.text}\n" in script for each in sent if each.role is Role.NOTE)
            for each in sent:
                if each.role is not Role.NOTE:
                    text = other.database.dialect.script([Statement(each.role, each.text, each.parameters)])
                    for piece in text.removeprefix("// must give 0, else stop: \n").split(";\n")[:-1]:
                        other.send(piece)
        assert other.dump().canonical() == engine.dump().canonical()
        assert other.database.session.live() == engine.database.session.live()
    finally:
        other.close()


ENDLESS = """
    import sys
    from nsmig.database.base import Mark
    from support.databases import ladybug_at, planned, turn
    from support.ladybug_bench import CYCLE, SMALL
    from support.reference import apply
    with ladybug_at(sys.argv[1]) as database, database.ledger.lock(10):
        done = database.ledger.state().journal["m"].done
        schema = SMALL
        for at in range(100_000):
            operation = CYCLE[at % len(CYCLE)]
            if at >= done:
                sent, _ = planned(database, operation, schema, database.session.live())
                database.session.execute(turn(sent, operation), Mark("m", "sum", at + 1), lambda rows: None)
                if at == done:
                    print("working", flush=True)
            schema, _ = apply(schema, operation)
"""


def test_killed_at_any_point_an_operation_is_done_with_its_mark_or_not_at_all(
    engine: LadybugEngine, small_file: bytes
) -> None:
    seed = random.Random(7)
    engine.copy(small_file)
    engine.database.ledger.remember([], marks=[Mark("m", "sum", 0)])
    engine.close()
    graph, schema, done = ROWS, SMALL, 0
    for _ in range(12):
        with start_python(ENDLESS, engine.path) as run:
            assert run.stdout and run.stdout.readline() == "working\n"
            time.sleep(seed.uniform(0, 0.15))
            run.send_signal(signal.SIGKILL)
        with ladybug_at(engine.path) as database, database.ledger.lock(5):
            reached = database.ledger.state().journal["m"].done
            assert reached > done
            for at in range(done, reached):
                operation = CYCLE[at % len(CYCLE)]
                graph = execute(graph, operation, schema)
                schema, _ = apply(schema, operation)
            done = reached
            live = database.session.live()
            assert dump(connection(database).send, live).canonical() == graph.canonical()
            assert {table.name for table in live.tables.values()} == {*schema.nodes, *schema.relationships}
            for name, properties in schema.nodes.items():
                table = live.find(name)
                assert table and set(table.keys) == {p for p, facts in properties.items() if facts.key}
                assert {column for column, _ in table.columns} - {ROW_ID} == set(properties)


UNFINISHED = """
    import sys, os
    from support.databases import ladybug_at, planned, turn
    from nsmig.database.base import Record
    with ladybug_at(sys.argv[1]) as database, database.ledger.lock(0):
        for i in range(50):
            database.ledger.remember([Record(f"{i:03}", checksum="x" * 1000)])
        os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("cut", [1, 20, 1100])
def test_a_torn_log_is_set_aside_and_read_as_far_as_it_is_whole(
    tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "graph.lbug"
    assert python(UNFINISHED, path).code == -signal.SIGKILL
    log = tmp_path / "graph.lbug.wal"
    content = log.read_bytes()
    log.write_bytes(content[:-cut])
    with ladybug_at(path) as database, database.ledger.lock(0):
        records = sorted(database.ledger.state().records)
        assert 45 <= len(records) < 50 and records == [f"{i:03}" for i in range(len(records))]
        database.ledger.remember([Record("next")])
    assert "torn log" in caplog.text
    assert (tmp_path / "graph.lbug.wal.torn-1").read_bytes() == content[:-cut]
    with ladybug_at(path) as database:
        assert sorted(database.ledger.state().records) == [*records, "next"]


def test_a_log_that_the_engine_does_not_survive_is_shortened_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some torn logs end the engine's process. This test only pretends that this one does."""
    path = tmp_path / "graph.lbug"
    assert python(UNFINISHED, path).code == -signal.SIGKILL
    log = tmp_path / "graph.lbug.wal"
    content = log.read_bytes()
    monkeypatch.setattr(opening, "_crashes", lambda path, lenient: log.stat().st_size > len(content) - 1500)
    with ladybug_at(path) as database, database.ledger.lock(0):
        records = sorted(database.ledger.state().records)
        assert 45 <= len(records) < 50 - 1 and records == [f"{i:03}" for i in range(len(records))]
    assert "torn log" in caplog.text
    assert (tmp_path / "graph.lbug.wal.torn-1").read_bytes() == content
