"""nsmig's own operations on Neo4j, beyond the adapters' contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest
from neo4j.exceptions import ConstraintError

from nsmig import History
from nsmig.database.base import Mark, Role
from nsmig.database.neo4j.assemble import statements
from nsmig.database.neo4j.catalog import Catalog, Entry, Settings
from nsmig.errors import ConflictError, DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.running.events import Event, Noted, RowsChanged
from support.databases import planned, turn
from support.migrations import migration
from support.neo4j_bench import Bench, entries, make, native, schema
from support.reference import Property, Schema, apply
from support.runs import run

pytestmark = pytest.mark.releases("5.26", "2026")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
EMPTY = Schema()


class TestConversions:
    def test_what_cannot_be_converted_is_counted_and_shown(self, bench: Bench) -> None:
        make(bench, schema(A="k* p"), "(:A {k: 1, p: '7'})", "(:A {k: 2, p: 'x'})", "(:A {k: 3, p: 1.5})")
        with pytest.raises(ConflictError) as raised:
            bench.apply(SetPropertyType(NODE, "A", "p", "INTEGER"), schema(A="k* p"))
        assert raised.value.count == 2
        assert sorted(row["n"]["k"] for row in bench.send(raised.value.query)) == [2, 3]
        assert [row["p"] for row in bench.send("MATCH (n:A) RETURN n.p AS p ORDER BY n.k")] == ["7", "x", 1.5]

    @pytest.mark.parametrize(
        ("value", "to", "after"),
        [
            ("'2020-01-02T03:04:05.5+02:00'", "DATETIME", datetime(2020, 1, 2, 1, 4, 5, 500000, timezone.utc)),
            ("'2020-01-02 03:04Z'", "DATETIME", datetime(2020, 1, 2, 3, 4, tzinfo=timezone.utc)),
            ("datetime('2020-01-02T03:04:05Z')", "DATETIME", datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
            ("datetime('2020-01-02T03:04:05+02:00')", "STRING", "2020-01-02T03:04:05+02:00"),
            ("1e300", "STRING", "1.0E300"),
            ("['2020-01-02', '2020-01-02T03:04-01:30']", "LIST_OF_DATETIMES", None),
            ("NaN", "INTEGER", None),
            ("duration('P1D')", "STRING", None),
            ("point({x: 1, y: 2})", "STRING", None),
            ("time('03:04')", "STRING", "03:04:00Z"),
        ],
    )
    def test_values_that_only_this_database_has(self, bench: Bench, value: str, to: str, after: object) -> None:
        make(bench, schema(A="k* p"), f"(:A {{k: 1, p: {value}}})")
        before = bench.dump().canonical()
        if after is None:
            with pytest.raises(ConflictError):
                bench.apply(SetPropertyType(NODE, "A", "p", to), schema(A="k* p"))
            assert bench.dump().canonical() == before
            return
        bench.apply(SetPropertyType(NODE, "A", "p", to), schema(A="k* p"))
        (row,) = bench.send("MATCH (n:A) RETURN n.p AS p")
        found = native(row["p"])
        assert found == after and type(found) is type(after)

    @pytest.mark.parametrize("to", ["INTEGER", "FLOAT", "DATETIME", "LIST_OF_STRINGS"])
    def test_each_statement_reads_a_value_once(self, to: str) -> None:
        """A read costs the server a tenth of a change, and happens before the row is locked."""
        made, _ = statements(SetPropertyType(NODE, "A", "p", to), schema(A="p"), Catalog.of([]), Settings())
        reads = {each.role: each.text.count("n.`p`") for each in made}
        assert reads == {Role.CHECK: 1, Role.DATA: 3}  # which rows; what is set; its value


class TestTypeConstraints:
    """Enterprise only, so only their text can be checked: the Community server parses it and refuses."""

    def steps(self, *operations: Operation) -> tuple[list[list[str]], list[tuple[str, str]]]:
        """The schema statements of each operation, and names and forms of the final constraints."""
        before, live, sent = EMPTY, Catalog.of([]), []
        for operation in operations:
            made, live = statements(operation, before, live, Settings(enterprise=True))
            sent.append([each.text for each in made if each.role is Role.SCHEMA])
            before, _ = apply(before, operation)
        found = {each for on in live.by_type.values() for each in on}
        return sent, sorted((each.name, each.form) for each in found)

    def test_they_follow_the_property(self) -> None:
        sent, left = self.steps(
            CreateType(NODE, "A", (), ("p", "q")),
            SetPropertyType(NODE, "A", "p", "INTEGER"),
            SetPropertyType(NODE, "A", "p", "DATETIME"),
            AddProperty(NODE, "A", "x", 1),
            RenameProperty(NODE, "A", "p", "r"),
            RenameType(NODE, "A", "B"),
            SetPropertyType(NODE, "B", "q", "LIST_OF_STRINGS"),
            SetPropertyType(NODE, "B", "q", "STRING"),
        )
        assert sent[1:4] == [
            ["CREATE CONSTRAINT `A_p_type` IF NOT EXISTS FOR (n:`A`) REQUIRE (n.`p`) IS :: INTEGER"],
            [
                "DROP CONSTRAINT `A_p_type` IF EXISTS",
                "CREATE CONSTRAINT `A_p_type` IF NOT EXISTS FOR (n:`A`) REQUIRE (n.`p`)"
                " IS :: LOCAL DATETIME | ZONED DATETIME",
            ],
            [],
        ]
        assert sent[7] == ["DROP CONSTRAINT `B_q_type` IF EXISTS"]
        assert left == [("B_r_type", "IS :: LOCAL DATETIME | ZONED DATETIME")]
        assert self.steps(
            CreateType(RELATIONSHIP, "R", (), ("p",)),
            SetPropertyType(RELATIONSHIP, "R", "p", "LIST_OF_FLOATS"),
            DropProperty(RELATIONSHIP, "R", "p"),
        ) == (
            [
                [],
                [
                    "CREATE CONSTRAINT `R_p_type` IF NOT EXISTS FOR ()-[n:`R`]-() REQUIRE (n.`p`)"
                    " IS :: LIST<FLOAT NOT NULL>"
                ],
                ["DROP CONSTRAINT `R_p_type` IF EXISTS"],
            ],
            [],
        )

    def test_a_users_own_stands_in_the_way_and_another_name_is_found(self) -> None:
        declared = Schema({"A": {"p": Property()}})
        operation = SetPropertyType(NODE, "A", "p", "INTEGER")
        mine = Entry("mine", NODE, ("A",), ("p",), "IS :: FLOAT", True)
        made, _ = statements(operation, declared, Catalog.of([mine], empty=True), Settings(enterprise=True))
        assert "'mine'" in made[0].problem
        same = Entry("mine", NODE, ("A",), ("p",), "IS :: INTEGER", True)
        made, _ = statements(operation, declared, Catalog.of([same], empty=True), Settings(enterprise=True))
        assert made == []
        taken = Entry("A_p_type", NODE, ("Z",), ("p",), "RANGE", False)
        made, live = statements(operation, declared, Catalog.of([taken], empty=True), Settings(enterprise=True))
        assert made[-1].text.startswith("CREATE CONSTRAINT `A_p_type_")
        assert statements(operation, declared, live, Settings(enterprise=True))[0] == []

    @pytest.mark.parametrize("to", ["DATETIME", "BOOLEAN", "LIST_OF_DATETIMES", "LIST_OF_BOOLEANS"])
    def test_the_server_reads_the_text(self, empty_bench: Bench, to: str) -> None:
        made, _ = statements(
            SetPropertyType(NODE, "A", "p", to), schema(A="p"), Catalog.of([], empty=True), Settings(enterprise=True)
        )
        with pytest.raises(DatabaseError, match="requires Neo4j Enterprise"):
            last = turn(made[-1:], SetPropertyType(NODE, "A", "p", to))
            empty_bench.database.session.execute(last, Mark("m", "c", 1), lambda rows: None)


class TestKeys:
    def test_the_constraint_is_made_of_what_is_left_and_the_index_appears(self, bench: Bench) -> None:
        before = schema(A="k*^ l*")
        make(bench, before, "(:A {k: 1, l: 1})")
        bench.apply(ReduceKey(NODE, "A", "l"), before)
        assert [(entry[0], entry[2]) for entry in entries(bench)] == [("A_node_key", ("k",))]
        bench.apply(ReduceKey(NODE, "A", "k"), schema(A="k*^ l"))
        assert [(entry[0], entry[2]) for entry in entries(bench)] == [("A_k_additional_index", ("k",))]

    def test_a_users_constraint_on_a_part_of_the_key_is_reported(self, bench: Bench) -> None:
        """It stays, and refuses nodes that the key allows."""
        before = schema(A="k*")
        make(bench, before, "(:A {k: 1})")
        bench.send("DROP CONSTRAINT A_node_key")
        bench.send("CREATE CONSTRAINT mine FOR (n:A) REQUIRE n.k IS UNIQUE")
        bench.send("CREATE CONSTRAINT other FOR (n:A) REQUIRE n.z IS UNIQUE")
        made, _ = statements(ExtendKey(NODE, "A", "l", "x"), before, bench.database.session.live(), Settings())
        (note,) = [each.text for each in made if each.role is Role.NOTE]
        assert "constraint mine on A (k)" in note and "(k, l)" in note
        bench.apply(ExtendKey(NODE, "A", "l", "x"), before)
        assert [entry[0] for entry in entries(bench)] == ["A_node_key", "mine", "other"]
        with pytest.raises(ConstraintError):
            bench.send("CREATE (:A {k: 1, l: 'y'})")
        made, _ = statements(AddIndex(NODE, "A", "p"), schema(A="k* l* p"), bench.database.session.live(), Settings())
        assert [each.role for each in made] == [Role.CHECK, Role.SCHEMA]

    def test_nodes_without_a_key_or_with_a_part_of_it_are_counted_and_shown(self, empty_bench: Bench) -> None:
        history = History([migration("one", [CreateType(NODE, "A", ("a", "b"), ())])])
        empty_bench.send("CREATE (:A {a: 1, b: 1}), (:A {a: 1, b: 2}), (:A {a: 1}), (:A {a: 1}), (:A:X)")
        events: list[Event] = []
        run(history, empty_bench.database, events.append)
        (note,) = [each.text for each in events if isinstance(each, Noted)]
        assert "nodes of 'A' lack a part of their key (a, b)" in note and ": 3. To see them: " in note
        shown = empty_bench.send(note.partition("To see them: ")[2])
        assert sorted(str(each["n"]) for each in shown) == ["{'a': 1}", "{'a': 1}", "{}"]

    def test_a_constraint_that_a_longer_key_makes_wrong_is_named_before_anything_is_sent(
        self, empty_bench: Bench
    ) -> None:
        before = migration("one", [CreateType(NODE, "A", ("a",), ("b",))])
        longer = migration("two", [ExtendKey(NODE, "A", "b", 0)], ["one"])
        run(History([before]), empty_bench.database)
        empty_bench.send("DROP CONSTRAINT A_node_key")
        empty_bench.send("CREATE CONSTRAINT mine FOR (n:A) REQUIRE n.a IS UNIQUE")
        empty_bench.send("CREATE (:A {a: 1})")
        events: list[Event] = []
        run(History([before, longer]), empty_bench.database, events.append)
        told = [type(each) for each in events if not isinstance(each, Noted) or "constraint mine on A (a)" in each.text]
        assert told.index(Noted) < told.index(RowsChanged)


class TestWrittenMeanwhile:
    """Someone writes between the check and the change."""

    @pytest.mark.parametrize("kind, one", [(NODE, "(n:A)"), (RELATIONSHIP, "()-[n:A]->()")])
    def test_a_rename_keeps_both_values_and_says_so(self, empty_bench: Bench, kind: Kind, one: str) -> None:
        before = (Schema if kind is NODE else lambda types: Schema({}, types))({"A": {"p": Property()}})
        rename = RenameProperty(kind, "A", "p", "q")
        empty_bench.send.clear()
        create = "(:A $row)" if kind is NODE else "(:X)-[:A $row]->(:X)"
        for p in ("1", "[0.0 / 0, 2.0]", "'other'", "'same'"):
            empty_bench.send(f"WITH {p} AS p CREATE {create.replace('$row', '{p: p}')}")
        made, _ = statements(rename, before, empty_bench.database.session.live(), Settings())
        empty_bench.send(f"MATCH {one} WHERE n.p = 'other' SET n.q = 'newer'")
        empty_bench.send(f"MATCH {one} WHERE n.p = 'same' SET n.q = 'same'")
        later = [each for each in made if each.role is not Role.CHECK]
        with pytest.raises(ConflictError, match=r"meanwhile, and keep both: 1\. All other rows were changed") as caught:
            empty_bench.database.session.execute(turn(later, rename), None, lambda rows: None)
        shown = caught.value.query.replace("RETURN n", "RETURN properties(n) AS n")
        assert [row["n"] for row in empty_bench.send(shown)] == [{"p": "other", "q": "newer"}]
        rows = [row["r"] for row in empty_bench.send(f"MATCH {one} RETURN properties(n) AS r")]
        rows = sorted(repr(sorted(row.items())) for row in rows)
        assert rows == ["[('p', 'other'), ('q', 'newer')]", "[('q', 'same')]", "[('q', 1)]", "[('q', [nan, 2.0])]"]
        with pytest.raises(
            ConflictError, match=r"already hold another value in 'q': 1\. This operation changed nothing"
        ):
            empty_bench.apply(rename, before)

    @pytest.mark.parametrize(
        ("operation", "written", "left"),
        [
            (SetPropertyType(NODE, "A", "p", "INTEGER"), "n.p = 'x'", {"p": "x"}),
            (SetPropertyType(NODE, "A", "p", "INTEGER"), "n.p = 8", {"p": 8}),
            (RenameProperty(NODE, "A", "p", "q"), "n.q = 'newer'", {"p": "7", "q": "newer"}),
            (RenameProperty(NODE, "A", "p", "q"), "n.p = 'newer'", {"q": "newer"}),
            (AddProperty(NODE, "A", "q", 1), "n.q = 2", {"p": "7", "q": 2}),
        ],
    )
    def test_what_is_written_while_the_change_waits_for_the_row_is_kept(
        self, empty_bench: Bench, operation: Operation, written: str, left: dict[str, Any]
    ) -> None:
        empty_bench.send("CREATE (:A {p: '7'})")
        made, _ = statements(operation, schema(A="p q"), empty_bench.database.session.live(), Settings())
        change = [each for each in made if each.role is Role.DATA]
        waiting = "SHOW TRANSACTIONS YIELD currentQuery, status WHERE status STARTS WITH 'Blocked' RETURN currentQuery"
        with empty_bench.driver.session() as session, ThreadPoolExecutor() as threads:
            with session.begin_transaction() as transaction:
                transaction.run(f"MATCH (n:A) SET {written}").consume()
                running = threads.submit(
                    empty_bench.database.session.execute, turn(change, operation), None, lambda rows: None
                )
                while not empty_bench.send(waiting):
                    assert not running.done()
                transaction.commit()
            running.result()
        assert empty_bench.send("MATCH (n:A) RETURN properties(n) AS r") == [{"r": left}]


class TestQueries:
    def test_once_for_each_mark(self, empty_bench: Bench) -> None:
        operation = RunQuery("CREATE (:Made {of: $of})", {"of": [1, 2]})
        made, _ = planned(empty_bench.database, operation, EMPTY, empty_bench.database.session.live())
        for mark in (Mark("q", "c", 1), Mark("q", "c", 1), Mark("q", "c", 2)):
            empty_bench.database.session.execute(turn(made, operation), mark, lambda rows: None)
        assert empty_bench.send("MATCH (n:Made) RETURN n.of AS of") == [{"of": [1, 2]}] * 2
        assert empty_bench.database.ledger.state().journal["q"].done == 2

    def test_a_query_that_fails_leaves_nothing(self, empty_bench: Bench) -> None:
        operation = RunQuery("CREATE (:Made) WITH 1 AS one RETURN one / 0")
        made, _ = planned(empty_bench.database, operation, EMPTY, empty_bench.database.session.live())
        with pytest.raises(DatabaseError, match="by zero"):
            empty_bench.database.session.execute(turn(made, operation), Mark("f", "c", 1), lambda rows: None)
        assert empty_bench.send("MATCH (n:Made) RETURN n") == []
        assert "f" not in empty_bench.database.ledger.state().journal

    @pytest.mark.parametrize(
        "text",
        [
            "UNWIND range(1, 3) AS x CALL (x) { CREATE (:Made {x: x}) } IN TRANSACTIONS OF 1 ROWS",
            "UNWIND range(1, 3) AS x CALL (x) { CREATE (:Made {x: x}) } IN 2 CONCURRENT TRANSACTIONS OF 1 ROWS",
            "// a comment: IN TRANSACTIONS\nUNWIND range(1, 3) AS x CREATE (:Made {x: x})",
            "CREATE TEXT INDEX mine IF NOT EXISTS FOR (n:Made) ON (n.x)",
        ],
    )
    def test_whatever_transaction_it_needs(self, empty_bench: Bench, text: str) -> None:
        made, _ = planned(empty_bench.database, RunQuery(text), EMPTY, empty_bench.database.session.live())
        empty_bench.database.session.execute(turn(made, RunQuery(text)), Mark("t", "c", 1), lambda rows: None)
        if "TEXT INDEX" in text:
            assert [entry[0] for entry in entries(empty_bench)] == ["mine"]
        else:
            assert empty_bench.send("MATCH (n:Made) RETURN count(n) AS count") == [{"count": 3}]
        assert empty_bench.database.ledger.state().journal["t"].done == 1

    def test_for_another_database_and_with_parameters_that_cannot_be(self, empty_bench: Bench) -> None:
        made, _ = planned(
            empty_bench.database, RunQuery("x", database="ladybug"), EMPTY, empty_bench.database.session.live()
        )
        assert [each.role for each in made] == [Role.NOTE]
        with pytest.raises(UnsupportedError, match="64 bits"):
            empty_bench.database.dialect.refuse(RunQuery("x", {"a": {"b": [2**63]}}), EMPTY)
        empty_bench.database.dialect.refuse(RunQuery("x", {"a": {"b": [2**63]}}, "ladybug"), EMPTY)

    def test_in_a_script(self, empty_bench: Bench) -> None:
        operation = RunQuery("RETURN '$a', `$a`, $a, $`odd name`.b /* $a */", {"a": "it's", "odd name": {"b": [1]}})
        made, _ = planned(empty_bench.database, operation, EMPTY, empty_bench.database.session.live())
        assert "RETURN '$a', `$a`, 'it\\'s', {`b`: [1]}.b /* $a */\n;\n" in empty_bench.database.dialect.script(made)
