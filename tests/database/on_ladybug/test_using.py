"""Type changes by an expression in LadybugDB, where a column has one type, so no query can prepare values of
another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nsmig.database.base import Database
from nsmig.errors import ConflictError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddAdjacency, AddProperty, CreateType, ExtendKey, RunQuery, SetPropertyType
from support.databases import connection, ladybug_at
from support.meanings import JOIN, LEVEL
from support.migrations import chained
from support.runs import run

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
A = CreateType(NODE, "A", ("k",), ("p",))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database[Any]]:
    with ladybug_at(tmp_path / "graph.lbug") as opened:
        yield opened


def send(database: Database[Any], text: str) -> list[list[Any]]:
    rows: list[list[Any]] = connection(database).send(text)
    return rows


def to_integer(using: str) -> SetPropertyType:
    return SetPropertyType(NODE, "A", "p", "INTEGER", using)


@pytest.mark.parametrize(
    ("using", "said"),
    [
        ("n.k", "the name n is used around the expression"),
        ("size(value) + other", "may name no variable but value: .*Variable other is not in scope"),
        ("size(value", r"'\)' is missing"),
        ("size(value))", r"'\)' closes nothing"),
        ("size(1, 2)", "does not take the expression"),
        ("value value", "does not take the expression"),
        ("cast(value, 'INT32')", "gives INT32 in LadybugDB, not INT64; cast it"),
        ("cast(random() * 100, 'INT64')", r"random\(\) is not a function known"),
    ],
)
def test_what_the_engine_does_not_take_is_refused_before_the_first_statement(
    database: Database[Any], using: str, said: str
) -> None:
    of = chained(A, to_integer(using))
    with pytest.raises(UnsupportedError, match=f"migration 'm1', operation 1 of 1.*{said}"):
        run(of, database)
    assert not database.ledger.state().records and not database.session.live().tables


def test_another_type_is_refused_before_the_first_statement(database: Database[Any]) -> None:
    of = chained(
        [A, SetPropertyType(NODE, "A", "p", "INTEGER")], SetPropertyType(NODE, "A", "p", "STRING", "value + 1")
    )
    with pytest.raises(UnsupportedError, match=r"migration 'm1'.*gives INT64 in LadybugDB, not STRING; cast it"):
        run(of, database)
    assert not database.session.live().tables


def test_a_list_to_text(database: Database[Any]) -> None:
    of = chained(
        [A, SetPropertyType(NODE, "A", "p", "LIST_OF_STRINGS")],
        RunQuery("CREATE (:A {k: '1', p: ['a', 'b']}), (:A {k: '2'})"),
        SetPropertyType(NODE, "A", "p", "STRING", JOIN.using),
    )
    run(of, database)
    assert send(database, "MATCH (n:A) RETURN n.p ORDER BY n.k") == [["a,b"], [None]]


def test_its_own_functions_within_one_another(database: Database[Any]) -> None:
    using = "list_sum(list_transform(string_split(value, ','), x -> size(x) + size(value)))"
    of = chained(
        A,
        RunQuery("CREATE (:A {k: '1', p: 'a,bb'})"),
        SetPropertyType(NODE, "A", "p", "INTEGER", f"cast({using}, 'INT64')"),
    )
    run(of, database)
    assert send(database, "MATCH (n:A) RETURN n.p") == [[11]]


def test_a_part_of_a_key_with_relationships(database: Database[Any]) -> None:
    """Of a rebuilt table: both ends of a relationship, and a relationship to another type."""
    level = SetPropertyType(NODE, "A", "k", "INTEGER", LEVEL.using)
    of = chained(
        [A, CreateType(NODE, "B", ("j",), ()), CreateType(RELATIONSHIP, "R", (), ("w",))],
        [AddAdjacency("A", "R", "A"), AddAdjacency("A", "R", "B")],
        RunQuery("CREATE (a:A {k: 'high', p: 'x'})-[:R {w: '1'}]->(:A {k: 'low'}), (a)-[:R {w: '2'}]->(:B {j: 'b'})"),
        level,
        ExtendKey(NODE, "A", "p", "none"),
    )
    run(of, database)
    assert send(database, "MATCH (n:A) RETURN n.k, n.p ORDER BY n.k") == [[1, "none"], [9, "x"]]
    assert send(database, "MATCH (a:A)-[r:R]->(b:A) RETURN a.k, r.w, b.k") == [[9, "1", 1]]
    assert send(database, "MATCH (a:A)-[r:R]->(b:B) RETURN a.k, r.w, b.j") == [[9, "2", "b"]]


def test_an_expression_that_fails_on_nothing_alone(database: Database[Any]) -> None:
    """Here a text plus a null is a text, which is then not a date; so no value is evaluated beforehand."""
    using = "cast(concat(cast(value, 'STRING'), '-01-01'), 'DATE')"
    of = chained(
        [A, SetPropertyType(NODE, "A", "p", "INTEGER")],
        RunQuery("CREATE (:A {k: '1', p: 1980}), (:A {k: '2'})"),
        SetPropertyType(NODE, "A", "p", "DATE", using),
    )
    run(of, database)
    assert send(database, "MATCH (n:A) RETURN n.p ORDER BY n.k") == [[date(1980, 1, 1)], [None]]


def test_a_column_of_which_the_schema_knows_nothing(database: Database[Any]) -> None:
    """It has the type of its default."""
    of = chained(
        CreateType(NODE, "A", ("k",), ()),
        RunQuery("CREATE (:A {k: '1'})"),
        AddProperty(NODE, "A", "p", 5),
        SetPropertyType(NODE, "A", "p", "BOOLEAN", "abs(value) > 3"),
    )
    run(of, database)
    assert send(database, "MATCH (n:A) RETURN n.p") == [[True]]


def test_values_in_many_on_which_it_fails(database: Database[Any]) -> None:
    """The engine stops at the first such value without saying where it is. Nothing changes, and the fixed file runs."""
    rows = RunQuery("UNWIND range(1, 20000) AS i CREATE (:A {k: cast(i, 'STRING'), p: cast(i, 'STRING')})")
    gone = RunQuery("MATCH (n:A) WHERE n.k IN ['1', '20000'] DELETE n")
    odd = RunQuery("MATCH (n:A) WHERE n.k IN ['2', '17171', '19999'] SET n.p = 'odd'")
    said = r"'using' fails; make it return a value for each \(the engine says: .*Could not convert \"odd\".*\): 3\."
    with pytest.raises(ConflictError, match=f"migration 'm1', operation 1 of 1.*{said}") as raised:
        run(chained([A, rows, gone, odd], to_integer("cast(value, 'INT64')")), database)
    shown = send(database, raised.value.query)
    assert sorted((row[0]["k"], row[0]["p"]) for row in shown) == [("17171", "odd"), ("19999", "odd"), ("2", "odd")]
    mended = to_integer("cast(CASE WHEN value = 'odd' THEN '0' ELSE value END, 'INT64')")
    run(chained([A, rows, gone, odd], mended), database)
    assert len(send(database, "MATCH (n:A) WHERE n.p = 0 RETURN n.k")) == 3


def test_relationships_between_several_types_on_which_it_fails(database: Database[Any]) -> None:
    """They are in several tables, and positions are counted from the first in each."""
    types = [A, CreateType(NODE, "B", ("j",), ()), CreateType(RELATIONSHIP, "R", (), ("w",))]
    rows = (
        "CREATE (a:A {k: '1'})-[:R {w: '1'}]->(:A {k: '2'}), (a)-[:R {w: 'x'}]->(b:B {j: 'b'}), (a)-[:R {w: '3'}]->(b)"
    )
    of = chained(
        [*types, AddAdjacency("A", "R", "A"), AddAdjacency("A", "R", "B"), RunQuery(rows)],
        SetPropertyType(RELATIONSHIP, "R", "w", "INTEGER", "cast(value, 'INT64')"),
    )
    with pytest.raises(
        ConflictError, match=r"relationships hold a value in 'w' for which 'using' fails.*: 1\."
    ) as raised:
        run(of, database)
    assert [row[0]["w"] for row in send(database, raised.value.query)] == ["x"]


def test_a_name_that_is_a_clause(database: Database[Any]) -> None:
    """Its rows are shown by their ids, like any others."""
    of = CreateType(NODE, "A WHERE `B", ("k",), ("p WITH q",))
    rows = RunQuery("CREATE (:`A WHERE ``B` {k: '1', `p WITH q`: 'x1'})")
    number = SetPropertyType(NODE, "A WHERE `B", "p WITH q", "INTEGER", "cast(value, 'INT64')")
    with pytest.raises(ConflictError, match=r": 1\.") as raised:
        run(chained([of, rows], number), database)
    assert [row[0]["k"] for row in send(database, raised.value.query)] == ["1"]
    lossy = replace(number, using=None)
    with pytest.raises(ConflictError, match="without loss: 1") as raised:
        run(chained([of, rows], lossy), database)
    assert len(raised.value.query) < 100 and [row[0]["k"] for row in send(database, raised.value.query)] == ["1"]


def test_more_values_on_which_it_fails_than_are_looked_for(database: Database[Any]) -> None:
    rows = RunQuery("UNWIND range(1, 300) AS i CREATE (:A {k: cast(i, 'STRING'), p: 'x'})")
    with pytest.raises(ConflictError, match=r"there may be more than 25: 25\.") as raised:
        run(chained([A, rows], to_integer("cast(value, 'INT64')")), database)
    assert len(send(database, raised.value.query)) == 5


def test_what_it_must_not_give_is_counted_and_shown(database: Database[Any]) -> None:
    history = [A, RunQuery("CREATE (:A {k: '1', p: 'high'}), (:A {k: '2', p: 'x'}), (:A {k: '3'})")]
    with pytest.raises(ConflictError, match=r"null only with may_be_null: true\): 1\.") as raised:
        run(chained(history, to_integer(str(LEVEL.using))), database)
    assert [row[0]["k"] for row in send(database, raised.value.query)] == ["2"]
    run(chained(history, SetPropertyType(NODE, "A", "p", "INTEGER", LEVEL.using, may_be_null=True)), database)
    assert send(database, "MATCH (n:A) RETURN n.p ORDER BY n.k") == [[9], [None], [None]]


def test_a_kind_without_an_expression(database: Database[Any]) -> None:
    with pytest.raises(UnsupportedError, match="'using' has no expression for ladybug; add one"):
        run(chained(A, SetPropertyType(NODE, "A", "p", "INTEGER", {"neo4j": "1"})), database)
