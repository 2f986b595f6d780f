"""Type changes by an expression on servers: refused before anything is sent, stopped before anything changes, and
finished after a kill."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from nsmig.database.base import Role
from nsmig.database.neo4j.expressions import refused
from nsmig.errors import ConflictError, DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, CreateType, SetPropertyType
from support.databases import planned
from support.meanings import JOIN, LEVEL
from support.migrations import chained
from support.neo4j_bench import Bench, make, schema
from support.reference import Property, Schema
from support.runs import run

pytestmark = pytest.mark.releases("5.26", "2026")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
A = schema(A="k* p")


def to_integer(using: Any, may_be_null: bool = False) -> SetPropertyType:
    return SetPropertyType(NODE, "A", "p", "INTEGER", using, may_be_null)


class TestTheServersParser:
    @pytest.mark.parametrize(
        ("using", "said"),
        [
            ("n.k", "Variable `n` not defined"),
            ("size(value) + other", "Variable `other` not defined"),
            ("VALUE", "Variable `VALUE` not defined"),
            ("value value", "Invalid input"),
            ("toInteger()", "Insufficient parameters"),
            ("value RETURN value", "Invalid input"),
        ],
    )
    def test_refuses_before_the_first_statement(self, empty_bench: Bench, using: str, said: str) -> None:
        of = chained(
            CreateType(NODE, "A", ("k",), ("p",)),
            to_integer({"neo4j": using, "ladybug": "value"}),
            AddProperty(NODE, "A", "q", 1),
        )
        with pytest.raises(
            UnsupportedError, match=f"migration 'm1', operation 1 of 1.*may name no variable but value: {said}"
        ):
            run(of, empty_bench.database)
        assert empty_bench.database.ledger.state().records == {}
        assert empty_bench.send("SHOW CONSTRAINTS YIELD name WHERE name = 'A_node_key' RETURN name") == []

    def test_lets_an_expression_have_its_own_variables(self, bench: Bench) -> None:
        """Even if the surrounding statements use the same names."""
        make(bench, A, "(:A {k: 1, p: 'a,bb'})")
        of = to_integer("reduce(n = 0, result IN [value IN split(value, ',') | size(value)] | n + result)")
        bench.apply(of, A)
        assert bench.send("MATCH (n:A) RETURN n.p AS p") == [{"p": 3}]

    def test_what_its_functions_are(self, bench: Bench) -> None:
        """Each allowed function in an expression that the server accepts; none of them reads a clock."""
        for using in (
            "date.truncate('year', date(value))", "datetime({epochSeconds: value, timezone: 'UTC'})", "date({year: value})",
            "duration.between(date(value), date('2020-01-01'))", "point({x: value, y: 1}).x", "{high: 9, low: 1}[value]",
            "single(x IN value WHERE x = 1)", "trim(BOTH 'x' FROM value)", "normalize(value, NFC)", "value[-1]", "- value",
        ):  # fmt: skip
            assert refused(using) is None, using
            bench.database.session.refuse(to_integer(using), A)


class TestChecks:
    def test_what_is_not_of_the_type_is_counted_and_shown(self, bench: Bench) -> None:
        make(
            bench,
            A,
            "(:A {k: 1, p: 'high'})",
            "(:A {k: 2, p: 'x'})",
            "(:A {k: 3})",
            "(:A {k: 4, p: 4})",
            "(:A {k: 5, p: 1.5})",
        )
        for operation, wrong in (
            (to_integer(LEVEL.using), [2, 5]),
            (to_integer("value", may_be_null=True), [1, 2, 5]),
            (to_integer("CASE value WHEN 'x' THEN [] ELSE 1 END"), [2]),
            (
                SetPropertyType(NODE, "A", "p", "LIST_OF_INTEGERS", "CASE value WHEN 'x' THEN [1, null] ELSE [2] END"),
                [2],
            ),
        ):
            with pytest.raises(ConflictError, match="for which 'using' returns something other") as raised:
                bench.apply(operation, A)
            assert raised.value.count == len(wrong)
            assert sorted(row["n"]["k"] for row in bench.send(raised.value.query)) == wrong
        rows = bench.send("MATCH (n:A) RETURN n.p AS p ORDER BY n.k")
        assert [row["p"] for row in rows] == ["high", "x", None, 4, 1.5]

    @pytest.mark.parametrize("kind", list(Kind))
    def test_one_row_in_many_on_which_it_fails(self, empty_bench: Bench, kind: Kind) -> None:
        """In batches, one of which contains it; in any order."""
        rows = "UNWIND range(1, 5000) AS i CREATE (:A {k: i, p: toString(i)})-[:A {k: i, p: toString(i)}]->(:End)"
        matched = "(n:A)" if kind is NODE else "()-[n:A]->()"
        empty_bench.send(rows)
        empty_bench.send(f"MATCH {matched} WHERE n.k = 4321 SET n.p = ['odd']")
        before = Schema({"A": {"k": Property(), "p": Property()}}, {"A": {"k": Property(), "p": Property()}})
        operation = SetPropertyType(kind, "A", "p", "INTEGER", "toInteger(value)", True)
        with pytest.raises(
            ConflictError, match=r"'using' fails.*the server says: .*toInteger.*: 1\. This operation changed nothing"
        ) as raised:
            empty_bench.apply(operation, before)
        (shown,) = empty_bench.send(raised.value.query.replace("RETURN n", "RETURN n.k AS k"))
        assert shown == {"k": 4321} and len(raised.value.query) < 300
        assert empty_bench.send(f"MATCH {matched} WHERE n.p IS :: INTEGER RETURN count(*) AS c") == [{"c": 0}]

    def test_a_text_that_is_too_long_for_an_index(self, empty_bench: Bench) -> None:
        listed = Schema({"A": {"k": Property(), "p": Property(indexed=True, type="LIST_OF_STRINGS")}})
        empty_bench.send("CREATE (:A {k: 1, p: ['a', 'b']}), (:A {k: 2, p: [i IN range(1, 5000) | 'word']})")
        empty_bench.send("CREATE INDEX mine FOR (n:A) ON (n.p)")
        with pytest.raises(ConflictError, match="8,164 bytes") as raised:
            empty_bench.apply(SetPropertyType(NODE, "A", "p", "STRING", JOIN.using), listed)
        assert raised.value.count == 1

    def test_the_key_of_another_type_on_the_same_nodes(self, bench: Bench) -> None:
        both = schema(A="k* p", B="p*")
        make(bench, both, "(:A:B {k: 1, p: 'high'})", "(:A:B {k: 2, p: 'top'})")
        with pytest.raises(ConflictError, match="nodes of 'B' share their key"):
            bench.apply(to_integer("CASE WHEN value IN ['high', 'top'] THEN 9 END"), both)


class TestResumed:
    def test_what_a_kill_has_left(self, bench: Bench) -> None:
        """Half of the rows have their new value, from which the expression would make yet another one."""
        make(bench, A, *(f"(:A {{k: {k}, p: '{k}'}})" for k in range(6)), "(:A {k: 6})")
        bench.send("MATCH (n:A) WHERE n.k < 3 SET n.p = toInteger(n.p) + 1")
        for _ in range(2):
            bench.apply(to_integer("toInteger(value) + 1"), A)
            rows = bench.send("MATCH (n:A) RETURN n.p AS p ORDER BY n.k")
            assert [row["p"] for row in rows] == [1, 2, 3, 4, 5, 6, None]

    def test_a_run_that_is_stopped_between_batches(self, empty_bench: Bench) -> None:
        of = chained(
            [CreateType(NODE, "A", ("k",), ("p",)), AddIndex(NODE, "A", "p")], to_integer("toInteger(value) * 2")
        )
        run(of, empty_bench.database, to="m0")
        empty_bench.send("UNWIND range(1, 3000) AS i CREATE (:A {k: i, p: toString(i)})")
        stopped = threading.Timer(0.7, empty_bench.database.session.stop)
        stopped.start()
        try:
            run(of, empty_bench.database)  # its batches are of two rows
        except DatabaseError:
            stopped.join()  # else it may still be stopping, and stops the next run too
            run(of, empty_bench.database)
        stopped.join()
        assert empty_bench.send("MATCH (n:A) WHERE n.p <> n.k * 2 RETURN n") == []
        assert empty_bench.send("MATCH (n:A) RETURN count(*) AS c, sum(n.p) AS s") == [{"c": 3000, "s": 9003000}]

    def test_what_is_written_since_the_check_and_cannot_be_converted_stays(self, bench: Bench) -> None:
        make(bench, A, "(:A {k: 1, p: 'high'})", "(:A {k: 2, p: 'other'})")
        statements, _ = planned(bench.database, to_integer(LEVEL.using), A, bench.database.session.live())
        (data,) = (each for each in statements if each.role is Role.DATA)
        bench.send(data.text)
        assert bench.send("MATCH (n:A) RETURN n.p AS p ORDER BY n.k") == [{"p": 9}, {"p": "other"}]
