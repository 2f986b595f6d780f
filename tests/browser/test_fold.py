"""The page's own fold and comparison, run in the browser and compared with the core's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from nsmig import History, Kind, Renames, Schema, view
from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.errors import HistoryError, PlanError
from nsmig.making.identities import renames_between
from nsmig.operations import (
    OPERATIONS,
    AddAdjacency,
    AddProperty,
    CreateType,
    DropType,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
)
from nsmig.page.content import content, encoded
from support.browser import Watched, watched
from support.migrations import migration
from support.strategies import ALL_FINDINGS, Names, any_operations, histories, migrations

TYPES_AND_CONNECTIONS = (CreateType, RenameType, DropType, AddAdjacency, AddProperty)

# The core's words for parts of a schema, by the page's.
AS_CONTENT = """
const asContent = (schema) => schema && {
  cardinalities: [...schema.adjacencies.values()].map(([a, r, b]) => [a, r, b]),
  nodes: asTypes(schema.node), relationships: asTypes(schema.relationship),
  entries: [...schema.entries].map(([name, { kind, form, types, properties, options, optional }]) =>
    [name, kind, form, types, properties, options, optional]),
};
const asTypes = (types) => [...types].map(([name, { properties }]) => [name, [...properties].map(
  ([property, { key, indexed, type }]) => [property, key, indexed, type])]);
"""
FOLDS = "([data]) => {" + AS_CONTENT + " return data.names.map((_, at) => {"
FOLDS += " const steps = stepsUntil(data, at); return asContent(steps && folded(data, steps)); }); }"
PAIRS = """([data, from, to]) => compared(folded(data, stepsUntil(data, from)), folded(data, stepsUntil(data, to)))
.map(({ kind, was, is, what, properties }) => [kind, was, is, what, properties.map(({ was, is, what }) => [was, is, what])])"""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(view(History([])))
    with watched(browser) as page:
        page.go(file)
        yield page


def as_data(history: History) -> dict[str, Any]:
    """The page's data, as it arrives in JSON."""
    return dict(json.loads(json.dumps(content(history, "", (), None))))


def in_lists(schema: Schema) -> dict[str, Any]:
    """A schema in the form of ``FOLDS``, in a defined order."""
    full = schema.to_dict()
    ends = ("from_node_type", "relationship_type", "to_node_type")

    def types(section: str) -> list[Any]:
        return [
            [each["name"], [[p, f["is_key"], f["is_indexed"], f["type"]] for p, f in each["properties"].items()]]
            for each in full[section]
        ]

    adjacencies = [[each["adjacency"][end] for end in ends] for each in full["cardinalities"]]
    entries = [
        [
            each.name,
            each.kind.value,
            each.form,
            list(each.types),
            list(each.properties),
            dict(each.options),
            each.optional,
        ]
        for each in schema.entries()
    ]
    return {
        "cardinalities": adjacencies,
        "nodes": types("nodes"),
        "relationships": types("relationships"),
        "entries": entries,
    }


def sorted_deeply(schema: dict[str, Any]) -> dict[str, Any]:
    for section in ("nodes", "relationships"):
        schema[section] = sorted([name, sorted(properties)] for name, properties in schema[section])
    return schema | {"cardinalities": sorted(schema["cardinalities"]), "entries": sorted(schema["entries"], key=str)}


def schema_at(history: History, name: str) -> dict[str, Any] | None:
    try:
        return sorted_deeply(in_lists(history.schema(at=name)))
    except PlanError:
        return None


def compare_folds(page: Watched, history: History) -> None:
    found = page.evaluate(FOLDS, as_data(history))
    for name, schema in zip(history.order(), found, strict=True):
        assert (sorted_deeply(schema) if schema else None) == schema_at(history, name), name


FEW = Names(("A", "B"), ("R", "A"), ("p", "q"))
HISTORIES = st.one_of(
    histories(max_size=20, own=True),
    histories(max_size=20, own=True, names=FEW, findings=ALL_FINDINGS),
    histories(max_size=20, own=True, names=FEW, findings=ALL_FINDINGS, classes=TYPES_AND_CONNECTIONS),
)


@given(HISTORIES)
@settings(max_examples=150)
def test_it_folds_as_the_core_does_after_each_operation(page: Watched, operations: list[Operation]) -> None:
    names = [f"{number:02}" for number in range(len(operations))]
    made = [migration(n, [each], names[:at][-1:]) for at, (n, each) in enumerate(zip(names, operations, strict=True))]
    compare_folds(page, History(made))


@given(migrations(), st.data())
@settings(max_examples=80)
def test_it_folds_branches_and_squashes_as_the_core_does(page: Watched, drawn: list[Any], data: st.DataObject) -> None:
    """Also if files of a squash's members are missing."""
    made = [migration(each.name, each.operations, each.dependencies, each.replaces) for each in drawn]
    replaced = sorted({name for each in made for name in each.replaces})
    gone = data.draw(st.lists(st.sampled_from(replaced), max_size=2)) if replaced else []
    try:
        history = History([each for each in made if each.name not in gone])
        history.schema()
    except HistoryError:
        return
    compare_folds(page, history)


@given(HISTORIES, st.data())
@settings(max_examples=150)
def test_it_finds_renames_as_the_core_does(page: Watched, operations: list[Operation], data: st.DataObject) -> None:
    """Everything else is reported as new or dropped."""
    names = [f"{number:02}" for number in range(len(operations))]
    made = [migration(n, [each], names[:at][-1:]) for at, (n, each) in enumerate(zip(names, operations, strict=True))]
    if not made:
        return
    history = History(made)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(made) - 1)] * 2)))
    found = page.evaluate(PAIRS, as_data(history), first, last)
    assert renamed(found) == renames_between(history, names[first], names[last])
    before, after = history.schema(names[first]), history.schema(names[last])
    for kind in Kind:
        of_kind = [each for each in found if each[0] == kind.value]
        assert sorted(was for _, was, *_ in of_kind if was is not None) == before.types(kind)
        assert sorted(now for _, _, now, *_ in of_kind if now is not None) == after.types(kind)
        for _, was, now, what, properties in of_kind:
            old = before.type(kind, was) if was is not None else None
            new = after.type(kind, now) if now is not None else None
            assert sorted(p for p, *_ in properties if p is not None) == sorted(old.properties if old else ())
            assert sorted(p for _, p, *_ in properties if p is not None) == sorted(new.properties if new else ())
            if was is None or now is None:
                assert what == ("new" if was is None else "dropped")
                continue
            assert (what == "renamed") == (was != now)
            if kind is Kind.NODE and was == now:  # a relationship type may differ only in what it connects
                assert (what == "same") == (old == new and all(each[2] == "same" for each in properties))


def renamed(changes: list[Any]) -> Renames:
    types: dict[Any, str] = {}
    properties: dict[Any, str] = {}
    for kind, was, now, _, of in changes:
        if was is not None and now is not None:
            types |= {(Kind(kind), was): now} if was != now else {}
            properties |= {(Kind(kind), now, p): q for p, q, _ in of if p is not None and q is not None and p != q}
    return Renames(types, properties)


@given(st.lists(any_operations(), max_size=20))
@settings(max_examples=40)
def test_it_says_operations_as_the_command_does(page: Watched, operations: list[Operation]) -> None:
    data = {"spellings": as_data(History([]))["spellings"]}
    codes = [encoded(each) for each in operations]
    said = page.evaluate("([data, codes]) => codes.map((code) => inWords(data, code))", data, codes)
    assert said == [each.description.encode("utf-8", "replace").decode() for each in operations]


def test_every_operation_is_known(page: Watched) -> None:
    spellings = as_data(History([]))["spellings"]
    assert [(each[0], each[1]) for each in spellings] == [
        (cls.__name__, kind and kind.value) for cls, kind, _ in OPERATIONS.values()
    ]


CREATED = CreateType(Kind.NODE, "A", ("k",), ("p",))


def test_a_type_that_is_made_over_itself_stays_itself(page: Watched) -> None:
    names = ("1", "2", "3")
    operations = (CREATED, CreateType(Kind.NODE, "A", ("k",), ("q",)), RenameType(Kind.NODE, "A", "B"))
    made = [migration(n, [each], names[:at][-1:]) for at, (n, each) in enumerate(zip(names, operations, strict=True))]
    found = page.evaluate(PAIRS, as_data(History(made)), 0, 2)
    assert found == [["node", "A", "B", "renamed", [["k", "k", "same"], ["p", None, "dropped"], [None, "q", "new"]]]]


def test_renames_are_followed_through_squashes(page: Watched) -> None:
    """The squash creates the type under its new name; only its members show that it was renamed."""
    made = [migration("1", [CREATED]), migration("2", [RenameType(Kind.NODE, "A", "B")], ["1"])]
    squash = History(made).squash("1", "2", name="s")
    history = History([*made, squash, migration("3", [RenameType(Kind.NODE, "B", "C")], ["s"])])
    assert history.order() == ["1", "2", "s", "3"]
    for end, name in ((1, "B"), (2, "B"), (3, "C")):
        ((_, was, now, what, properties),) = page.evaluate(PAIRS, as_data(history), 0, end)
        assert (was, now, what) == ("A", name, "renamed") and {each[2] for each in properties} == {"same"}


TYPES = [CreateType(Kind.NODE, name, ("k",), ("p", "q")) for name in "AB"]
ENTRIES: list[Operation] = [
    CreateIndex(Kind.NODE, "words", ("A", "B"), ("p", "q"), "fulltext", {"analyzer": "english"}),
    CreateIndex(Kind.NODE, "vectors", ("A",), ("p",), "vector", {"dimensions": 3, "filter": ["q", "k"]}),
    CreateIndex(Kind.NODE, "pairs", ("A",), ("q", "p"), "range"),
    CreateConstraint(Kind.NODE, "there", ("B",), ("q",), "required", optional=True),
]
FOLLOWED: list[Operation] = [
    RenameProperty(Kind.NODE, "A", "q", "\U0001f600"),
    RenameProperty(Kind.NODE, "A", "p", "\uffee"),
    RenameProperty(Kind.NODE, "B", "p", "a"),
    RenameKeyPart(Kind.NODE, "A", "k", "key"),
    RenameType(Kind.NODE, "A", "\U0001f600"),
    RenameType(Kind.NODE, "B", "\uffee"),
    RemoveIndex("pairs"),
    RemoveConstraint("there"),
]


def test_indexes_and_constraints_follow_renames(page: Watched) -> None:
    operations = [*TYPES, *ENTRIES, *FOLLOWED]
    names = [f"{number:02}" for number in range(len(operations))]
    made = [migration(n, [each], names[:at][-1:]) for at, (n, each) in enumerate(zip(names, operations, strict=True))]
    compare_folds(page, History(made))
    data = as_data(History(made))
    entries = (
        "([data, from, to]) => compared(folded(data, stepsUntil(data, from)), folded(data, stepsUntil(data, to)))"
        ".flatMap(({ is, entries }) => entries.map(({ name, what }) => [is, name, what]))"
    )
    created, renamed, last = len(TYPES) + len(ENTRIES) - 1, len(operations) - 3, len(operations) - 1
    assert {what for _, _, what in page.evaluate(entries, data, 0, created)} == {"new"}
    assert {what for _, _, what in page.evaluate(entries, data, created, renamed)} == {"same"}
    assert sorted(page.evaluate(entries, data, created, last)) == [
        ["\uffee", "there", "dropped"],
        ["\uffee", "words", "same"],
        ["\U0001f600", "pairs", "dropped"],
        ["\U0001f600", "vectors", "same"],
        ["\U0001f600", "words", "same"],
    ]
