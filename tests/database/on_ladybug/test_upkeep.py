"""Hash indexes of keys: which tables get one, and when; and the number of statements of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nsmig.database.ladybug import connection as ladybug_connection
from nsmig.database.ladybug import opening, upkeep
from nsmig.errors import DatabaseError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, CreateType, RunQuery
from support.databases import Opened, connection, ladybug_at
from support.migrations import chained
from support.runs import run

NODE = Kind.NODE
TYPES = chained(*(CreateType(NODE, f"T{at}", ("k",), ()) for at in range(6)))


def indexed(database: Opened) -> list[str]:
    rows = connection(database).send("CALL show_indexes() RETURN *")
    return sorted(row[0] for row in rows if row[2] == "HASH" and row[0] != "__nsmig_state__")


def recorded(database: Opened) -> list[str]:
    """Statements sent from now on."""
    sent: list[str] = []
    send = connection(database).send

    def noted(text: str, parameters: Any = None) -> Any:
        sent.append(text)
        return send(text, parameters)

    connection(database).send = noted
    return sent


def load(database: Opened, name: str, count: int) -> None:
    connection(database).send(f"UNWIND range(1, {count}) AS i CREATE (:{name} {{k: cast(i, 'STRING')}})")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(upkeep, "HASHED_TABLES", 2)
    monkeypatch.setattr(upkeep, "FEW_ROWS", 3)
    return tmp_path / "graph.lbug"


def test_tables_without_rows_get_an_index_at_the_next_run(path: Path) -> None:
    with ladybug_at(path) as database:
        run(TYPES, database)
        assert indexed(database) == []
        load(database, "T1", 1)
        run(TYPES, database)
        assert indexed(database) == ["T0", "T1"]


def test_at_the_end_of_a_run_those_with_rows_have_one(path: Path) -> None:
    with ladybug_at(path) as database:
        run(TYPES, database, to="m4")
        load(database, "T4", 4)
        with database.ledger.lock(0):
            assert indexed(database) == ["T0", "T1", "T4"]  # many rows, and the first two others
        query = RunQuery("UNWIND range(1, 4) AS i CREATE (:T3 {k: cast(i, 'STRING')})")
        of = chained(*(list(TYPES[name].operations) for name in TYPES.order()[:5]), query)
        run(of, database)
        assert indexed(database) == ["T0", "T1", "T3", "T4"]
        sent = recorded(database)
        run(of, database)
        assert not any(text.startswith("MATCH (n:") for text in sent[sent.index("CHECKPOINT") - 1 :])  # checked at once
        assert indexed(database) == ["T0", "T1", "T3", "T4"]


def test_what_lacks_an_index_is_known_with_the_statement_that_makes_it(path: Path) -> None:
    with ladybug_at(path) as database:
        assert database.session.unindexed() == []
        run(chained(*(CreateType(NODE, name, keys, ()) for name, keys in ODD)), database)
        send = connection(database).send
        send("UNWIND range(1, 4) AS i CREATE (:`o``d d` {`k y`: cast(i, 'STRING')})")
        lacking = database.session.unindexed()
        assert [(each.type, each.is_slow) for each in lacking] == [("o`d d", True), ("A", False), ("B", False)]
        for each in lacking:
            assert each.statement
            send(each.statement)
        assert indexed(database) == ["A", "B", "o`d d"] and database.session.unindexed() == []
        send("DROP INDEX B._PK")
        with database.ledger.lock(0):
            assert indexed(database) == ["A", "B", "o`d d"]


ODD = [("A", ("k",)), ("B", ("k", "j")), ("o`d d", ("k y",)), ("C", ("k",))]


def test_every_table_of_many_rows_and_the_first_others_have_one_when_a_run_ends_or_at_the_next(tmp_path: Path) -> None:
    count = upkeep.HASHED_TABLES + 3
    types = chained([CreateType(NODE, f"T{at}", ("k",), ()) for at in range(count)])
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(types, database)
        load(database, f"T{count - 1}", upkeep.FEW_ROWS + 1)
        load(database, f"T{count - 2}", upkeep.FEW_ROWS)
    expected = sorted([f"T{at}" for at in range(upkeep.HASHED_TABLES)] + [f"T{count - 1}"])
    with ladybug_at(tmp_path / "graph.lbug") as database:
        assert sorted(each.type for each in database.session.unindexed()) == expected
        assert [each.type for each in database.session.unindexed() if each.is_slow] == [f"T{count - 1}"]
        run(types, database)
        assert indexed(database) == expected and database.session.unindexed() == []


def test_a_key_is_looked_up_and_unique_with_and_without_an_index(path: Path) -> None:
    with ladybug_at(path) as database:
        run(TYPES, database)
        for name in ("T0", "T5"):
            load(database, name, 3)
        run(TYPES, database)
        assert indexed(database) == ["T0", "T1"]
        send = connection(database).send
        for name in ("T0", "T5"):
            assert send(f"MATCH (n:{name} {{k: '2'}}) RETURN count(*)") == [[1]]
            with pytest.raises(DatabaseError, match="duplicated primary key"):
                load(database, name, 1)


def test_before_a_query_that_may_make_rows_keys_have_one(path: Path) -> None:
    with ladybug_at(path) as database:
        made = [
            CreateType(NODE, "T0", ("k",), ()),
            RunQuery("UNWIND range(1, 3) AS i CREATE (:T0 {k: cast(i, 'STRING')})"),
        ]
        sent = recorded(database)
        run(chained(made), database)
        (made_at,) = (at for at, text in enumerate(sent) if text.startswith("UNWIND"))
        (indexed_at,) = (at for at, text in enumerate(sent) if "HASH INDEX" in text and "T0" in text)
        assert indexed_at < made_at and indexed(database) == ["T0"]


def test_a_migration_of_one_operation_is_five_statements(tmp_path: Path) -> None:
    """Counted: begin, the operation, the comment, the record, commit."""
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(chained(CreateType(NODE, "A", ("k",), ())), database)
        sent = recorded(database)
        of = [CreateType(NODE, "A", ("k",), ()), *(AddProperty(NODE, "A", f"p{at}", at) for at in range(40))]
        run(chained(*of), database)
        begins = [at for at, text in enumerate(sent) if text == "BEGIN TRANSACTION"]
        ends = [at for at, text in enumerate(sent) if text == "COMMIT"]
        assert len(begins) == 40 and max(end - begin + 1 for begin, end in zip(begins, ends, strict=True)) <= 5
        assert all(begin - end == 1 for end, begin in zip(ends, begins[1:], strict=False))
        assert not any("MATCH (n:`A`) WHERE" in text for text in sent)  # no rows need a default


def test_a_run_that_finds_nothing_to_do_is_six_statements_and_the_next_record_five(tmp_path: Path) -> None:
    """Counted: tables (leftovers of a killed run, keys, state), indexes, the state, the checkpoint."""
    path = tmp_path / "graph.lbug"
    for _ in range(2):  # the second creates the indexes
        with ladybug_at(path) as database:
            run(TYPES, database)
    with ladybug_at(path) as database:
        sent = recorded(database)
        run(TYPES, database)
        assert len(sent) == 6, sent
        run(
            chained(*(each for name in TYPES.order() for each in TYPES[name].operations), AddIndex(NODE, "T0", "p")),
            database,
        )
        begin, end = sent.index("BEGIN TRANSACTION"), sent.index("COMMIT")
        assert end - begin == 4 and not any("format" in text for text in sent[begin:end]), sent[begin : end + 1]


def test_to_compare_types_each_is_asked_for_once_and_no_row_is_counted(tmp_path: Path) -> None:
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(TYPES, database)
        sent = recorded(database)
        assert len(database.session.live_schema().content["nodes"]) == 6
        assert len(sent) == 1 + 6 and all(text.startswith("CALL ") for text in sent)


def test_statements_that_the_driver_keeps_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps every statement with parameters in the buffer pool until its connection is closed."""
    monkeypatch.setattr(ladybug_connection, "KEPT_STATEMENTS", 5)
    with ladybug_at(tmp_path / "graph.lbug") as database:
        queries = [RunQuery(f"CREATE (:A {{k: $k, p: 'p{at}'}})", {"k": f"k{at}"}) for at in range(20)]
        most = 0
        send = connection(database).send

        def counted(text: str, parameters: object = None) -> object:
            nonlocal most
            rows = send(text, parameters)
            most = max(most, len(connection(database)._connection._pybind_implicit_prepared_cache))
            return rows

        connection(database).send = counted
        run(chained(CreateType(NODE, "A", ("k",), ("p",)), *queries), database)
        assert 5 <= most <= 5 + 3
        assert send("MATCH (n:A) RETURN count(*)") == [[20]]


def test_a_pool_that_is_too_small_is_an_error_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.lbug"
    of = chained(
        CreateType(NODE, "A", ("k",), ("p",)),
        [
            AddProperty(NODE, "A", "q", "x" * 100),
            RunQuery("MATCH (n:A) SET n.p = n.q + n.k"),
            AddProperty(NODE, "A", "r"),
        ],
    )
    with ladybug_at(path) as database:
        run(of, database, to="m0")
        load(database, "A", 60_000)
        run(of, database, to="m0")
    with monkeypatch.context() as small:
        small.setitem(opening.SIZES, "buffer_pool_size", 16 << 20)
        with ladybug_at(path) as database, pytest.raises(DatabaseError, match="more than the 16 MB that LadybugDB"):
            run(of, database)
    with ladybug_at(path) as database:
        assert run(of, database) == 1
        assert connection(database).send("MATCH (n:A) WHERE n.p = n.q + n.k RETURN count(*)") == [[60_000]]


def test_an_index_that_cannot_be_made_stops_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ladybug_connection, "keys_to_index", lambda send, only_filled: ["T0", "Nowhere"])
    with ladybug_at(tmp_path / "graph.lbug") as database:
        assert run(TYPES, database) == 6
        assert indexed(database) == ["T0"]
    assert "making hash indexes for keys: LadybugDB refused" in caplog.text and "Nowhere" in caplog.text


def test_the_pool_keeps_room_for_all_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "MOST_INDEXES", 3)
    with ladybug_at(path) as database:
        run(TYPES, database)
        load(database, "T5", 4)
        run(TYPES, database)
        assert indexed(database) == ["T0", "T5"]  # and that of the state
        (beyond,) = database.session.unindexed()
        assert (beyond.type, beyond.statement) == ("T1", None)


def test_a_query_has_all_processors_and_what_we_send_one(tmp_path: Path) -> None:
    """The engine does not report its setting, so settings are recorded when they are sent."""
    with ladybug_at(tmp_path / "graph.lbug") as database:
        run(TYPES, database)
        opened = connection(database)._connection
        told: list[Any] = []
        real, send = opened.set_max_threads_for_exec, connection(database).send

        def limit(number: int) -> None:
            told.append(number)
            real(number)

        def noted(text: str, parameters: Any = None) -> Any:
            told.append(text)
            return send(text, parameters)

        opened.set_max_threads_for_exec, connection(database).send = limit, noted
        run(chained(*(list(TYPES[name].operations) for name in TYPES.order()), RunQuery("RETURN 1")), database)
        at = told.index("RETURN 1")
        assert told[at - 1 : at + 2] == [0, "RETURN 1", 1] and [each for each in told if isinstance(each, int)] == [
            0,
            1,
        ]
        assert opened.num_threads == 1
