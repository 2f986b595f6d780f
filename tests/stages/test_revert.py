"""The way back: its laws on random histories, on the core, the reference and the toy graph; and the losses it
reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nsmig
from nsmig import History, Kind, Schema
from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.errors import UnknownMigrationError
from nsmig.making.identities import renames_between
from nsmig.making.revert import RevertError, revert
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    QueriesLeftOut,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support import reference
from support.engines import core_schema, plain
from support.migrations import chained, migration
from support.strategies import EMPTY, graphs, histories, migrations

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
A = CreateType(NODE, "A", ("id",), ("p", "q"))


def fold(operations: Iterable[Operation], schema: Schema | None = None) -> Schema:
    schema = schema or Schema()
    for operation in operations:
        schema = schema.apply(operation)
    return schema


def cut(operations: Sequence[Operation], size: int) -> History:
    return chained(*(operations[at : at + size] for at in range(0, len(operations), size)))


@given(histories(max_size=14, own=True), st.integers(1, 3), st.integers(0, 6))
@settings(max_examples=400)
def test_it_leads_back_to_the_schema_before(operations: list[Operation], size: int, start: int) -> None:
    history = cut(operations, size)
    assume(start < len(history))
    way = revert(history, f"m{start}", history.order()[-1])
    before = fold(operations[: start * size])
    assert fold(way.operations, fold(operations)) == before == way.before
    # The reference folds the same.
    there = reference.Schema()
    for operation in [*operations, *way.operations]:
        there, _ = reference.apply(there, operation)
    assert core_schema(there) == before
    # Twice: reverting the revert leads back to the start.
    last = migration("revert", way.operations, history.leaves())
    again = revert(History([*(history[name] for name in history), last]), "revert")
    assert fold(again.operations, before) == fold(operations)


@given(histories(max_size=10), st.integers(1, 3), st.integers(0, 6))
@settings(max_examples=200)
def test_where_nodestream_can_it_leads_back_by_its_operations(
    operations: list[Operation], size: int, start: int
) -> None:
    history = cut(operations, size)
    assume(start < len(history))
    way = revert(history, f"m{start}", history.order()[-1], extensions=False)
    after = fold(way.operations, fold(operations))
    before = fold(operations[: start * size])
    left = nsmig.diff(after, before, extensions=False)
    assert not left, (way.operations, left)


@given(migrations(), st.data())
@settings(max_examples=200)
def test_of_branches_and_squashes(drawn: list[reference.Migration], data: st.DataObject) -> None:
    history = History([migration(m.name, m.operations, m.dependencies, m.replaces) for m in drawn])
    assume(len(history))
    first, last = (data.draw(st.sampled_from(history.order())) for _ in range(2))
    try:
        way = revert(history, first, last)
    except RevertError as error:
        assert "comes before" in error.reason or error.dependents
        return
    left = [name for name in history if name not in way.reverted and not history.replaced(name)]
    assert fold(way.operations, history.schema()) == fold(
        operation for name in left for operation in history[name].operations
    )


# --- On data ----------------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=300)
def test_what_nothing_deleted_is_value_for_value_as_before(data: st.DataObject) -> None:
    base = data.draw(histories(max_size=6, own=True))
    schema = EMPTY
    for operation in base:
        schema, _ = reference.apply(schema, operation)
    graph = data.draw(graphs(schema))
    more = data.draw(histories(schema, max_size=6, own=True))
    history = History([migration("m0", base), migration("m1", more, ["m0"])])
    way = revert(history, "m1")
    before = graph
    try:
        there, at = graph, schema
        for operation in [*more, *way.operations]:
            there = reference.execute(there, operation, at)
            at, _ = reference.apply(at, operation)
    except reference.Conflict:
        return
    if not way.losses:
        assert there == before
    gone = {text.split(" are gone")[0].removeprefix("the values of ") for text in way.gone}
    if any(
        "that were dropped" in text or "keeps" in text or "written" in text or "an expression" in text
        for text in way.losses
    ):
        return
    lost = {each.split(".", 1)[1] for each in gone if "." in each} | {
        text.removeprefix("the values of ").split(" are deleted")[0].split(".", 1)[-1] for text in way.deleted
    }
    # Something dropped under one name may have had another one before.
    for each in reversed(more):
        if isinstance(each, (RenameProperty, RenameKeyPart)) and each.new in lost:
            lost.add(each.old)
    for was, now in zip(before.nodes, there.nodes, strict=False):
        if was is None or now is None:
            continue
        kept = {name: value for name, value in was.properties.items() if name not in lost}
        assert kept.items() <= now.properties.items()


# --- Messages ---------------------------------------------------------------------------------------------------------


def test_renames_go_back_and_what_was_added_goes() -> None:
    history = chained(
        A,
        [RenameType(NODE, "A", "B"), RenameProperty(NODE, "B", "p", "x")],
        [AddProperty(NODE, "B", "n"), AddIndex(NODE, "B", "q")],
    )
    way = revert(history, "m1", "m2")
    assert sorted(each.name for each in way.operations) == [
        "DropAdditionalNodePropertyIndex",
        "DropNodeProperty",
        "RenameNodeProperty",
        "RenameNodeType",
    ]
    assert way.gone == () and way.deleted == ("the values of A.n are deleted",)


@pytest.mark.parametrize(
    ("changed", "gone"),
    [
        ([DropProperty(NODE, "A", "p")], "the values of A.p are gone"),
        ([RenameProperty(NODE, "A", "p", "r"), DropProperty(NODE, "A", "r")], "the values of A.r are gone"),
        (
            [DropType(NODE, "A")],
            "the nodes of A that were dropped are gone, with their relationships, and those that also have other types"
            " lost the properties of this one",
        ),
        (
            [SetPropertyType(NODE, "A", "p", "INTEGER")],
            "the notation of the values of A.p from before they became INTEGER is gone",
        ),
        (
            [SetPropertyType(NODE, "A", "p", "INTEGER", "size(value)")],
            "the values of A.p from before an expression made them INTEGER are gone",
        ),
        ([ExtendKey(NODE, "A", "p", "d")], "rows that had no value in A.p keep 'd'"),
        ([ExtendKey(NODE, "A", "p", None)], "rows that had no value in A.p keep 'null'"),
        ([RunQuery("MATCH (n:A)\n SET n.p = 1")], "the effects of a query of m1 stay: MATCH (n:A) SET n.p = 1"),
    ],
)
def test_what_cannot_come_back_is_named(changed: list[Operation], gone: str) -> None:
    assert revert(chained(A, changed), "m1").gone == (gone,)


def test_something_created_and_dropped_within_is_not_a_loss() -> None:
    history = chained(
        A,
        [AddProperty(NODE, "A", "x", "1"), DropProperty(NODE, "A", "x")],
        [CreateType(NODE, "B", (), ()), DropType(NODE, "B")],
    )
    way = revert(history, "m1", "m2")
    assert way == revert(history, "m1", "m2") and not way.losses and not way.operations


def test_another_thing_of_the_same_name_goes_first() -> None:
    history = chained(A, [DropType(NODE, "A"), CreateType(NODE, "A", ("id",), ("p", "q"))])
    way = revert(history, "m1")
    assert [each.name for each in way.operations] == ["DropNodeType", "CreateNodeType"]
    assert [each.partition(",")[0] for each in way.losses] == [
        "the nodes of A that were dropped are gone",
        "the nodes of A are deleted",
    ]


def test_what_depends_on_it_has_to_be_reverted_too() -> None:
    history = chained(A, [AddProperty(NODE, "A", "x")], [AddIndex(NODE, "A", "x")])
    with pytest.raises(RevertError, match="depend on what is to be reverted: m2; include them with --to m2") as caught:
        revert(history, "m1")
    assert caught.value.dependents == ("m2",)
    with pytest.raises(RevertError, match="m1 comes before m2"):
        revert(history, "m2", "m1")
    with pytest.raises(UnknownMigrationError):
        revert(history, "x")


def test_of_a_squash_and_of_a_part_of_one() -> None:
    steps = [
        migration("a", [A]),
        migration("b", [AddProperty(NODE, "A", "x")], ["a"]),
        migration("c", [AddIndex(NODE, "A", "x")], ["b"]),
    ]
    history = History(steps)
    squash = history.squash("b", "c", name="s")
    whole = History([*steps, squash])
    assert revert(whole, "s").operations == revert(history, "b", "c").operations
    assert revert(whole, "c").operations == revert(history, "c").operations  # a part whose file exists
    gone = History([steps[0], squash])
    assert revert(gone, "s").before == History(steps[:1]).schema()
    with pytest.raises(RevertError, match="c is part of the squash s, and not all of its files are there; revert s"):
        revert(gone, "c")


def test_a_reduced_key_is_extended_again() -> None:
    history = chained(CreateType(NODE, "A", ("a", "b"), ()), ReduceKey(NODE, "A", "b"))
    assert [each.name for each in revert(history, "m1").operations] == ["NodeKeyExtended"]
    assert plain(revert(history, "m1").before)


def test_a_node_type_and_a_relationship_type_of_one_name_are_two() -> None:
    history = chained(
        [CreateType(NODE, "X", ("id",), ("p",)), CreateType(RELATIONSHIP, "X", (), ("p",))],
        [
            DropType(NODE, "X"),
            SetPropertyType(RELATIONSHIP, "X", "p", "FLOAT"),
            SetPropertyType(RELATIONSHIP, "X", "p", "STRING"),
        ],
        [SetPropertyType(RELATIONSHIP, "X", "p", "INTEGER")],
    )
    assert "the notation of the values of X.p from before they became FLOAT is gone" in revert(history, "m1", "m2").gone
    back = revert(history, "m0", "m2")
    assert not back.before.types(NODE) and not back.gone


def test_what_no_value_goes_back_to_is_refused() -> None:
    history = chained([A, SetPropertyType(NODE, "A", "p", "DATE")], SetPropertyType(NODE, "A", "p", "DATETIME"))
    with pytest.raises(RevertError, match=r"A\.p is now DATETIME, and its values cannot be converted back to DATE"):
        revert(history, "m1")


def test_what_the_queries_of_a_squash_did_stays() -> None:
    left = QueriesLeftOut(("MATCH (n) SET n.p = 1",))
    assert revert(chained(A, [left, AddProperty(NODE, "A", "x")]), "m1").gone == (
        "the effects of the queries of MATCH (n) SET n.p = 1 stay",
    )


def test_another_property_of_the_same_name_goes_first_in_a_project_of_nodestreams_too() -> None:
    history = chained(A, [DropProperty(NODE, "A", "p"), AddProperty(NODE, "A", "p")])
    way = revert(history, "m1", extensions=False)
    assert [each.name for each in way.operations] == ["DropNodeProperty", "AddNodeProperty"]
    assert way.losses == ("the values of A.p are gone", "the values of A.p are deleted")


TEXT = CreateIndex(NODE, "i", ("A",), ("p",), "text")


def back(*operations: Operation | list[Operation]) -> list[str]:
    """What the revert of the last migration does, whose law holds."""
    history = chained(*operations)
    way = revert(history, history.order()[-1])
    assert fold(way.operations, history.schema()) == history.schema(history.order()[-2]) == way.before
    assert not [each for each in way.losses if " i " in each]
    return [each.description for each in way.operations]


def test_indexes_and_constraints_go_and_come_back() -> None:
    removed, made = "Remove index i", "Create text index i on A (p)"
    assert back(A, TEXT) == [removed]
    assert back([A, TEXT], RemoveIndex("i")) == [made]
    assert back([A, TEXT], [RemoveIndex("i"), replace(TEXT, form="range")]) == [removed, made]
    assert back([A, TEXT], [RenameType(NODE, "A", "B"), RenameProperty(NODE, "B", "p", "r")]) == [
        "Rename node type B to A",
        "Rename node property r to p on node type A",
    ]
    assert back([A, TEXT], [RemoveIndex("i"), DropProperty(NODE, "A", "p")])[-1] == made
    required = CreateConstraint(NODE, "c", ("A",), ("q",), "required")
    assert back([A, required], [RemoveConstraint("c"), DropType(NODE, "A")])[-1].startswith("Create constraint c")


def test_indexes_on_what_is_in_the_way_go_first() -> None:
    """Another type or property of the name, with an index on it."""
    again = [RemoveIndex("i"), DropProperty(NODE, "A", "p"), AddProperty(NODE, "A", "p"), TEXT]
    assert back([A, TEXT], again) == [
        "Remove index i",
        "Drop property p from node type A",
        "Add property p to node type A",
        "Create text index i on A (p)",
    ]
    other = CreateIndex(NODE, "j", ("A",), ("q",), "text")
    assert back(A, [DropType(NODE, "A"), A, TEXT, other])[:3] == [
        "Remove index i",
        "Remove index j",
        "Drop node type A",
    ]


# --- Between two points -----------------------------------------------------------------------------------------------


@given(migrations(), st.data())
@settings(max_examples=150)
def test_what_leads_from_one_point_to_another(drawn: list[reference.Migration], data: st.DataObject) -> None:
    history = History([migration(m.name, m.operations, m.dependencies, m.replaces) for m in drawn])
    assume(len(history))
    start, end = (data.draw(st.sampled_from(history.order())) for _ in range(2))
    before, after = history.schema(start), history.schema(end)
    assert fold(nsmig.diff(before, after, renames_between(history, start, end)), before) == after


def test_what_was_renamed_between_two_points_is_renamed_both_ways() -> None:
    history = chained(
        A,
        RenameType(NODE, "A", "B"),
        [RenameProperty(NODE, "B", "p", "x"), RenameType(NODE, "B", "C")],
        AddProperty(NODE, "C", "n"),
    )

    def ways(start: str, end: str | None) -> list[str]:
        renames = renames_between(history, start, end)
        return [each.description for each in nsmig.diff(history.schema(start), history.schema(end), renames)]

    assert ways("m0", "m2") == ["Rename node type A to C", "Rename node property p to x on node type C"]
    assert ways("m2", "m0") == ["Rename node type C to A", "Rename node property x to p on node type A"]
    assert ways("m1", None) == [
        "Rename node type B to C",
        "Rename node property p to x on node type C",
        "Add property n to node type C",
    ]
