"""Type changes of lists, over which the engine computes lambdas wrongly if they have many elements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nsmig.database.base import Role
from nsmig.database.ladybug.conversions import listed
from nsmig.database.ladybug.converting import converted as in_archive
from nsmig.database.ladybug.expressions import evaluated
from nsmig.database.ladybug.lambdas import needs_count
from nsmig.errors import ConflictError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, SetPropertyType
from support.databases import planned
from support.ladybug_bench import LadybugEngine
from support.reference import Property, Schema

NODE = Kind.NODE

MANY = Schema({"A": {"k": Property(key=True), "n": Property(type="LIST_OF_STRINGS")}})
_BRANCH = "list_transform(value, each -> CASE WHEN each = '5' THEN 0 ELSE cast(each, 'INT64') END)"


def _with_lists(engine: LadybugEngine, lists: int, elements: int, schema: Schema = MANY) -> SetPropertyType:
    """Fill a type with lists that repeat the number of their row; returns a change of their type."""
    engine.apply(CreateType(NODE, "A", ("k",), ()), Schema())
    engine.apply(AddProperty(NODE, "A", "n"), schema)
    row = f"list_transform(range(1, {elements}), each -> cast(i, '{'STRING' if schema is MANY else 'INT64'}'))"
    engine.send(f"UNWIND range(1, {lists}) AS i CREATE (:A {{k: cast(i, 'STRING'), n: {row}}})")
    engine.send("CREATE (:A {k: 'none'})")
    engine.live = engine.database.session.live()
    return SetPropertyType(NODE, "A", "n", "LIST_OF_INTEGERS")


@pytest.mark.parametrize("using", [None, _BRANCH])
@pytest.mark.parametrize(("lists", "elements"), [(3000, 3), (683, 3), (1, 2049)])
def test_lists_of_more_elements_than_the_engine_survives_are_left_alone(
    engine: LadybugEngine, lists: int, elements: int, using: str | None
) -> None:
    operation = replace(_with_lists(engine, lists, elements), using=using)
    with pytest.raises(ConflictError, match=r"more than 2,048 elements in all.* add a property") as raised:
        engine.apply(operation, MANY)
    assert raised.value.count == lists
    shown = engine.send(raised.value.query)
    assert len(shown) == min(lists, 25) and shown[0][1] == elements
    assert engine.send("MATCH (n:A {k: '1'}) RETURN n.n") == [[["1"] * elements]]


@pytest.mark.parametrize("using", [None, _BRANCH])
@pytest.mark.parametrize(("lists", "elements"), [(682, 3), (2500, 1), (1, 2048)])
def test_lists_of_as_many_elements_as_the_engine_survives_are_converted(
    engine: LadybugEngine, lists: int, elements: int, using: str | None
) -> None:
    engine.apply(replace(_with_lists(engine, lists, elements), using=using), MANY)
    found = dict(engine.send("MATCH (n:A) RETURN cast(CASE n.k WHEN 'none' THEN '0' ELSE n.k END, 'INT64'), n.n"))
    assert found == {i: [0 if using and i == 5 else i] * elements for i in range(1, lists + 1)} | {0: None}


def test_any_number_of_elements_is_only_cast(engine: LadybugEngine) -> None:
    """Whether each can be is not asked, since all can."""
    schema = Schema({"A": {"k": Property(key=True), "n": Property(type="LIST_OF_INTEGERS")}})
    operation = replace(_with_lists(engine, 3000, 3, schema), to="LIST_OF_STRINGS")
    sent, _ = planned(engine.database, operation, schema, engine.live)
    assert not any(each.role is Role.CHECK for each in sent)
    engine.apply(operation, schema)
    assert dict(engine.send("MATCH (n:A) RETURN n.k, n.n")) == {str(i): [str(i)] * 3 for i in range(1, 3001)} | {
        "none": None
    }


@pytest.mark.parametrize("using", [None, _BRANCH.replace("'5'", "'q'")])
def test_lists_beside_rows_without_one_are_their_own(engine: LadybugEngine, using: str | None) -> None:
    """The engine's list_slice and list_filter give those of other rows, or too few elements."""
    operation = replace(_with_lists(engine, 1500, 1), using=using)
    engine.send("MATCH (n:A) WHERE n.k ENDS WITH '3' SET n.n = NULL")
    engine.send("MATCH (n:A) WHERE n.k ENDS WITH '5' DELETE n")
    engine.send("MATCH (n:A) WHERE n.k ENDS WITH '9' SET n.n = ['x']")
    if using is None:
        with pytest.raises(ConflictError) as raised:
            engine.apply(operation, MANY)
        assert raised.value.count == 150
    engine.send("MATCH (n:A) WHERE n.k ENDS WITH '9' SET n.n = [n.k, '-1']")
    engine.apply(operation, MANY)
    found = dict(engine.send("MATCH (n:A) WHERE n.k <> 'none' RETURN cast(n.k, 'INT64'), n.n"))
    assert found == {i: None if i % 10 == 3 else [i, -1] if i % 10 == 9 else [i] for i in range(1, 1501) if i % 10 != 5}


def _own(using: str) -> bool:
    to = SetPropertyType(NODE, "A", "n", "LIST_OF_INTEGERS", using)
    return needs_count(to, evaluated("n.n", "STRING[]", using), listed("n.n", "STRING[]"))


@pytest.mark.parametrize(
    ("using", "is_counted"),
    [
        ("list_sort(value)", False),
        ("CASE WHEN size(value) > 1 THEN list_transform(value, x -> cast(x, 'INT64')) END", False),
        ("list_transform(range(1, 9), x -> x IN [1, 2] AND NOT x = 2.5)", False),
        ("list_transform(value, x -> coalesce(x, ''))", True),
        ("list_filter(value, `x` -> `x` IS NOT NULL)", True),
        ("list_transform(value, x -> substring(x, 1, 2))", True),
        ("list_transform(value, x -> x =~ 'a')", True),
        ("list_reduce(value, (x, y) -> CASE WHEN x > y THEN x ELSE y END)", True),
        ("any(x IN value WHERE x = '1')", True),
    ],
)
def test_expressions_whose_elements_are_counted(using: str, is_counted: bool) -> None:
    assert _own(using) is is_counted


@pytest.mark.parametrize(
    "using",
    [
        "list_transform(list_concat(value, value), x -> coalesce(x, ''))",
        "list_transform(value, x -> size(list_filter(value, y -> y IS NULL)))",
        "list_transform(value, x -> size(list_filter(value, y -> y = x)))",
        "none(x IN range(1, 9999) WHERE x = 1)",
        "list_transform(value, x -> any(y IN value WHERE y = x))",
    ],
)
def test_conditions_over_lists_that_cannot_be_counted_are_refused(using: str) -> None:
    with pytest.raises(UnsupportedError, match="over a list other than the value itself"):
        _own(using)


def test_lists_of_an_archive_are_sent_in_groups(engine: LadybugEngine) -> None:
    operation = SetPropertyType(NODE, "A", "n", "LIST_OF_INTEGERS")
    values: list[Any] = [[str(i), None, "7"] for i in range(1500)]
    values[3:5] = [["x"], ["1"] * 2049]  # neither can be converted
    expected = [each if at in (3, 4) else [at, None, 7] for at, each in enumerate(values)]
    assert in_archive(engine.send, values, "LIST_OF_STRINGS", operation) == expected
