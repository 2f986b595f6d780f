"""Squash never changes a graph, is never longer, changes nothing when repeated, and is as short as the operations
allow.

``python -m long.squash FIRST_SEED COUNT`` runs the comparison in this file for as long as you like; ``python -m
long.mutants_of_squash`` removes one safeguard of the core at a time and shows which seeds notice.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

import nsmig
import squash as squash_bench
from histories import SHAPES
from nsmig import errors
from nsmig.kinds import Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
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
from nsmig.yaml_file import migration_text
from support import reference, strategies
from support.engines import core_schema, history, plain
from support.places import NODESTREAM_MADE
from support.reference import (
    Conflict,
    FoldRefused,
    Graph,
    Migration,
    Node,
    Property,
    Relationship,
    Schema,
    apply,
    fold,
)
from support.squash_cases import (
    Case,
    cases,
    check,
    play,
    random_graph,
    random_operations,
    random_schema,
    touching_cases,
)

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
A_AND_B = Schema({"A": {"p": Property(), "q": Property()}, "B": {"p": Property()}})


# ---- The same graph --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 1500, 100))
def test_a_squash_keeps_every_promise(first: int) -> None:
    compared = sum(check(cases(seed, single)) for seed in range(first, first + 100) for single in (False, True))
    assert compared > 500, "hardly a graph that the originals succeed on"


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_what_a_query_does_not_touch_may_cross_it(first: int) -> None:
    compared = sum(check(touching_cases(seed, each)) for seed in range(first, first + 100) for each in (False, True))
    assert compared > 500, "hardly a graph that the originals succeed on"


def test_queries_that_say_what_they_touch_are_crossed_often() -> None:
    """Even if nothing can be saved."""
    shorter = 0
    for seed in range(200):
        case = touching_cases(seed, False)
        wall = [replace(each, touches=None) if isinstance(each, RunQuery) else each for each in case.operations]
        base = core_schema(case.base)
        shorter += len(nsmig.squash(case.operations, base)) < len(nsmig.squash(wall, base))
    assert shorter > 10


@settings(max_examples=300)
@given(st.data())
def test_a_squash_keeps_every_promise_to_what_hypothesis_thinks_of(data: DataObject) -> None:
    schema = data.draw(strategies.schemas(own=True))
    operations = data.draw(strategies.histories(schema, own=True, findings=frozenset(("key-by-rename", "same-name"))))
    single = data.draw(st.booleans())
    graph = data.draw(strategies.graphs(schema, max_labels=1 if single else 3))
    check(Case(schema, operations, single, [graph]))


def test_values_of_a_property_dropped_and_made_again_are_gone() -> None:
    again = [DropProperty(NODE, "A", "p"), AddProperty(NODE, "A", "p", 5)]
    base = core_schema(Schema({"A": {"p": Property()}}))
    assert nsmig.squash(again, base) == again


def test_a_circle_of_names_goes_through_one_temporary_name() -> None:
    base = core_schema(A_AND_B)
    swap = [RenameProperty(NODE, "A", "p", "x"), RenameProperty(NODE, "A", "q", "y"),
            RenameProperty(NODE, "A", "x", "q"), RenameProperty(NODE, "A", "y", "p")]  # fmt: skip
    assert nsmig.squash(swap, base, single_label=True) == [
        RenameProperty(NODE, "A", "p", "_nsmig_A_p"),
        RenameProperty(NODE, "A", "q", "p"),
        RenameProperty(NODE, "A", "_nsmig_A_p", "q"),
    ]


def test_a_temporary_name_is_never_one_that_is_in_use() -> None:
    swap = [RenameType(NODE, "A", "x"), RenameType(NODE, "B", "A"), RenameType(NODE, "x", "B")]
    squashed = nsmig.squash(swap, core_schema(Schema({"A": {}, "B": {}, "_nsmig_A": {}})))
    assert squashed[0] == RenameType(NODE, "A", "_nsmig_A_")


def test_what_one_node_may_carry_keeps_its_order_and_the_report_says_why() -> None:
    operations = [DropProperty(NODE, "A", "p"), AddProperty(NODE, "A", "p", 1)]
    report = nsmig.squash_report(operations, core_schema(A_AND_B))
    assert [(each.code, each.operations) for each in report.kept] == [("entangled", tuple(operations))]
    assert "both A and B" in report.kept[0].reason and "values of p" in report.kept[0].reason
    assert nsmig.squash_report(operations, core_schema(A_AND_B), single_label=True).kept == ()


def test_only_the_types_concerned_are_entangled() -> None:
    pair = [RenameProperty(NODE, "A", "p", "x"), RenameProperty(NODE, "A", "x", "y")]
    apart = [AddIndex(NODE, "B", "p"), RenameType(NODE, "B", "C"), RenameType(NODE, "C", "D")]
    squashed = nsmig.squash([*pair, *apart], core_schema(A_AND_B))
    assert squashed == [RenameType(NODE, "B", "D"), AddIndex(NODE, "D", "p"), *pair]


def test_nothing_crosses_a_query() -> None:
    query = RunQuery("MATCH (n:A) SET n.p = 1")
    operations = [AddProperty(NODE, "A", "x"), query, DropProperty(NODE, "A", "x")]
    base = core_schema(Schema({"A": {}}))
    assert nsmig.squash(operations, base) == operations
    assert [each.code for each in nsmig.squash_report(operations, base).kept] == ["wall"]


def test_a_query_that_says_what_it_touches_keeps_only_that_in_order() -> None:
    operations = [
        RenameProperty(NODE, "A", "p", "x"),
        RenameProperty(NODE, "C", "r", "s"),
        RunQuery("MATCH (n:A) SET n.x = 1", touches={"nodes": ["A"]}),
        RenameProperty(NODE, "C", "s", "t"),
        RenameProperty(NODE, "A", "x", "p"),
    ]
    base = core_schema(Schema({"A": {"p": Property()}, "C": {"r": Property()}}))
    first, _, query, _, last = operations
    assert nsmig.squash(operations, base) == [first, RenameProperty(NODE, "C", "r", "t"), query, last]
    (kept,) = nsmig.squash_report(operations, base).kept
    assert (kept.code, kept.reason) == ("touches", "a query touches A, so operations on it keep their order")
    assert kept.operations == tuple(operations[::2]) and kept.costs == 2
    with pytest.raises(errors.FoldError, match="node type 'B' does not exist") as refused:
        nsmig.squash([RunQuery("RETURN 1", touches={"nodes": ["B"]})], base)
    assert refused.value.index == 0


def test_a_query_that_touches_relationships_is_not_crossed_by_a_drop_of_nodes() -> None:
    """A drop of nodes deletes relationships too, and the query may depend on them."""
    base = Schema({"A": {"p": Property()}, "B": {"x": Property()}}, {"R": {"w": Property()}})
    graph = Graph(
        [Node(frozenset("A"), {"p": 1}), Node(frozenset("A"), {}), Node(frozenset("B"), {})],
        [Relationship("R", 0, 1, {"w": 1}), Relationship("R", 0, 2, {})],
    )
    around = [AddProperty(NODE, "B", "z"), DropType(NODE, "B")]
    for seed in range(30):
        query = RunQuery("RETURN 1", {"seed": seed}, touches={"nodes": ["A"], "relationships": ["R"]})
        assert check(Case(base, [around[0], query, around[1]], False, [graph])) == 1


def test_an_elidable_query_is_left_out_and_named() -> None:
    base = core_schema(Schema({"A": {"p": Property()}}))
    query = RunQuery("MATCH (n:A) SET n.p = 1", elidable=True)
    around = [RenameProperty(NODE, "A", "p", "x"), query, RenameProperty(NODE, "A", "x", "p")]
    assert nsmig.squash(around, base) == around
    assert nsmig.squash(around, base, keep_queries=False) == [QueriesLeftOut((query.query,))]
    report = nsmig.squash_report(around, base, keep_queries=False)
    assert (report.left_out, report.kept, report.after) == ((query,), (), 1)


def test_the_report_says_how_many_operations_a_query_costs() -> None:
    base = core_schema(Schema({"A": {"p": Property(), "q": Property()}}))
    there, back = RenameProperty(NODE, "A", "p", "x"), RenameProperty(NODE, "A", "x", "p")
    queries = [RunQuery("RETURN 1"), RunQuery("RETURN 2")]
    drop = DropProperty(NODE, "A", "q")
    report = nsmig.squash_report([there, queries[0], back, queries[1], drop], base)
    assert [(each.operations, each.costs) for each in report.kept if each.code == "wall"] == [
        ((queries[0],), 2),
        ((queries[1],), 0),
    ]


def test_what_a_query_costs_is_what_would_be_saved_without_it() -> None:
    weighed = 0
    for seed in range(600):
        case = cases(seed, seed % 2 == 0)
        queries = [at for at, each in enumerate(case.operations) if isinstance(each, RunQuery)]
        report = nsmig.squash_report(case.operations, core_schema(case.base), case.single_label)
        if len(queries) != 1 or any(each.costs is None and each.code != "entangled" for each in report.kept):
            continue
        weighed += 1
        (at,) = queries
        without = [*case.operations[:at], *case.operations[at + 1 :]]
        saved = report.after - 1 - len(nsmig.squash(without, core_schema(case.base), case.single_label))
        costs = sum(each.costs or 0 for each in report.kept)
        assert costs <= saved and (costs == saved or not case.single_label), f"seed {seed}: {costs}, not {saved}"
    assert weighed > 15


def test_what_queries_that_touch_types_cost_is_what_would_be_saved_without_them() -> None:
    weighed = costly = 0
    for seed in range(1500):
        case, rng = cases(seed, seed % 2 == 0), random.Random(seed)
        base, schema = core_schema(case.base), case.base
        without = [each for each in case.operations if not isinstance(each, RunQuery)]
        operations: list[Operation] = []
        for each in without:
            if schema.nodes and rng.random() < 0.3:
                operations.append(RunQuery("RETURN 1", touches={"nodes": [rng.choice(sorted(schema.nodes))]}))
            operations.append(each)
            schema, _ = apply(schema, each)
        report = nsmig.squash_report(operations, base, case.single_label)
        if any(each.code not in ("touches", "entangled", "key") for each in report.kept):
            continue
        saved = report.after - (len(operations) - len(without)) - len(nsmig.squash(without, base, case.single_label))
        costs = sum(each.costs or 0 for each in report.kept)
        # With such queries a squash goes over the list again, and may then find what it missed the first time.
        assert costs == max(saved, 0), f"seed {seed}: {costs}, not {saved}"
        weighed += 1
        costly += costs > 0
    assert weighed > 300 and costly > 30, (weighed, costly)


@pytest.mark.parametrize(
    ("wall", "code"),
    [
        (RenameProperty(NODE, "B", "r", "s"), "property-overwritten"),
        (CreateType(NODE, "B", ("k",), ("s",)), "type-replaced"),
        (RenameType(NODE, "X", "B"), "type-overwritten"),
    ],
)
def test_what_a_wall_does_is_not_done_before_it(wall: Operation, code: str) -> None:
    """B declares r until the wall, so A's drop of r spares a node that is both."""
    base = Schema({"A": {"id": Property(key=True)}, "B": {each: Property(key=each == "k") for each in "krs"}, "X": {}})
    drop = [AddProperty(NODE, "A", "r", 1), DropProperty(NODE, "A", "r")]
    report = nsmig.squash_report([*drop, wall], core_schema(base))
    assert nsmig.squash([*drop, wall], core_schema(base)) == [*drop, wall]
    assert [each.code for each in report.kept] == ["entangled", code]
    both = Graph([Node(frozenset("AB"), {"id": 1, "k": 1})])
    check(Case(base, [*drop, wall], False, [both] if code != "type-overwritten" else []))


def test_a_key_that_a_wall_takes_away_keeps_its_order_before_it() -> None:
    base = Schema({"A": {"k": Property(key=True), "n": Property()}})
    operations = [ExtendKey(NODE, "A", "m", None), ReduceKey(NODE, "A", "k"), DropProperty(NODE, "A", "k"),
                  RenameProperty(NODE, "A", "n", "k")]  # fmt: skip
    wall = DropProperty(NODE, "A", "m")
    report = nsmig.squash_report([*operations, wall], core_schema(base))
    assert [(each.code, each.operations) for each in report.kept] == [
        ("key", tuple(operations)),
        ("key-dropped", (wall,)),
    ]


@pytest.mark.parametrize(
    "after",
    [
        [AddProperty(NODE, "A", "x"), RenameProperty(NODE, "A", "x", "y")],
        [AddProperty(NODE, "A", "x"), DropProperty(NODE, "A", "x")],
        [CreateType(NODE, "B", ("k",), ()), AddProperty(NODE, "B", "z", 5)],
        [CreateType(NODE, "B", ("k",), ()), RenameType(NODE, "B", "C")],
        [CreateType(NODE, "B", (), ()), DropType(NODE, "B")],
        [CreateType(RELATIONSHIP, "R", (), ()), RenameType(RELATIONSHIP, "R", "S")],
        [CreateType(NODE, "B", (), ()), DropType(NODE, "A")],
        [DropType(NODE, "A"), RenameType(NODE, "D", "B")],
        [SetPropertyType(NODE, "A", "p", "INTEGER"), RenameProperty(NODE, "A", "p", "s")],
    ],
    ids=repr,
)
def test_what_a_query_may_have_left_is_met_in_order(after: list[Operation]) -> None:
    """Without the query, the same operations are fewer, or in another order."""
    base = core_schema(Schema({"A": {"k": Property(key=True), "p": Property()}, "D": {}}))
    query = RunQuery("MATCH (n:A) SET n:B, n.x = 1")
    report = nsmig.squash_report([query, *after], base)
    assert nsmig.squash([query, *after], base) == [query, *after]
    assert [(each.code, each.operations) for each in report.kept] == [("wall", (query,)), ("undeclared", tuple(after))]


def test_what_a_query_leaves_does_not_matter_where_no_value_changes() -> None:
    base = core_schema(Schema({"A": {"p": Property(), "q": Property()}}))
    query = RunQuery("RETURN 1")
    made = [CreateType(NODE, "B", ("k",), ()), AddProperty(NODE, "B", "z"), AddIndex(NODE, "B", "z")]
    assert nsmig.squash([query, *made], base) == [
        query,
        CreateType(NODE, "B", ("k",), ("z",)),
        AddIndex(NODE, "B", "z"),
    ]
    apart = [AddIndex(NODE, "A", "p"), DropProperty(NODE, "A", "q"), DropProperty(NODE, "A", "p")]
    assert nsmig.squash([query, *apart], base) == [query, DropProperty(NODE, "A", "p"), DropProperty(NODE, "A", "q")]


def test_a_key_that_changes_around_a_taken_name_keeps_its_order() -> None:
    base = Schema({"A": {"k": Property(key=True), "p": Property(), "q": Property()}})
    operations = [ExtendKey(NODE, "A", "q", None), ReduceKey(NODE, "A", "k"), DropProperty(NODE, "A", "k"),
                  RenameProperty(NODE, "A", "p", "k")]  # fmt: skip
    report = nsmig.squash_report(operations, core_schema(base))
    assert [(each.code, each.operations) for each in report.kept] == [("key", tuple(operations))]


def test_who_takes_a_name_that_an_adjacency_waits_for_takes_the_adjacency() -> None:
    base = Schema({"A": {}}, {"R": {}}, frozenset([("A", "R", "B")]))  # a schema file may say so
    operations = [CreateType(NODE, "B", (), ()), RenameType(NODE, "B", "C"), RenameType(NODE, "A", "B")]
    squashed = nsmig.squash(operations, core_schema(base))
    assert fold(squashed, base) == fold(operations, base)


def test_what_cannot_be_applied_is_an_error_that_says_where() -> None:
    with pytest.raises(errors.FoldError) as refused:
        nsmig.squash([CreateType(NODE, "A", (), ()), DropType(NODE, "B")])
    assert refused.value.index == 1 and "'B'" in str(refused.value)


# ---- As short as possible --------------------------------------------------------------------------------------------

# The search's names, values and operations: everything that could make a history over them shorter.
TYPES, PROPERTIES = ("A", "B"), ("p", "q")
SMALL = strategies.Names(TYPES, (), PROPERTIES)

# Cases with more operations than a search finds, each with its reason:
# - A kept wall, or a key whose order is kept (`report.kept`): the shorter sequence is wrong for some conforming graph,
# even if for none of the few that the search looks at.
# - Values that the search cannot distinguish: it looks at only two nodes per type.
# Temporary names are no exception: no two renames make a swap.


@pytest.mark.parametrize("first", range(0, 160, 20))
def test_no_shorter_sequence_does_the_same(first: int) -> None:
    searched = 0
    for seed in range(first, first + 20):
        rng = random.Random(seed)
        some = [{p: Property(rng.random() < 0.3, rng.random() < 0.3) for p in PROPERTIES if rng.random() < 0.6}
                for _ in TYPES]  # fmt: skip
        base = Schema({t: properties for t, properties in zip(TYPES, some, strict=True) if rng.random() < 0.7})
        operations = _small_history(rng, base, rng.randint(2, 5))
        squashed = nsmig.squash(operations, core_schema(base), single_label=True)
        if nsmig.squash_report(operations, core_schema(base), single_label=True).kept or not 1 <= len(squashed) <= 4:
            continue
        searched += 1
        shorter = _shorter(base, squashed)
        assert shorter is None, f"seed {seed}: {base}\n{operations}\ngave {squashed}\nthough {shorter} would do"
    assert searched >= 8


def _small_history(rng: random.Random, schema: Schema, count: int) -> list[Operation]:
    operations: list[Operation] = []
    while len(operations) < count and (possible := list(_possible(schema, [None, 1]))):
        cls = rng.choice(sorted({type(each) for each in possible}, key=lambda cls: cls.__name__))
        operation = rng.choice([each for each in possible if type(each) is cls])
        schema, _ = apply(schema, operation)
        operations.append(operation)
    return operations


def _possible(schema: Schema, defaults: Iterable[object]) -> Iterator[Operation]:
    """All operations over the small names that apply without a finding."""
    some = [chosen for count in range(3) for chosen in combinations(PROPERTIES, count)]
    creates = (CreateType(NODE, t, keys, tuple(p for p in declared if p not in keys))
               for t in TYPES for declared in some for keys in some if set(keys) <= set(declared))  # fmt: skip
    pairs = [(old, new) for old in PROPERTIES for new in PROPERTIES if old != new]
    others: Iterator[Operation] = chain.from_iterable(
        chain(
            [DropType(NODE, t), *(RenameType(NODE, t, new) for new in TYPES if new != t)],
            (cls(NODE, t, p) for cls in (DropProperty, AddIndex, DropIndex, ReduceKey) for p in PROPERTIES),
            (cls(NODE, t, old, new) for cls in (RenameProperty, RenameKeyPart) for old, new in pairs),
            (cls(NODE, t, p, default) for cls in (AddProperty, ExtendKey) for p in PROPERTIES for default in defaults),
        )
        for t in TYPES
    )
    for operation in chain(creates, others):
        try:
            _, findings = apply(schema, operation)
        except FoldRefused:
            continue
        if not findings:
            yield operation


def _shorter(base: Schema, squashed: list[Operation]) -> list[Operation] | None:
    """Fewer operations that lead to the same schema and, wherever the squash succeeds, to the same graph."""
    graphs, wanted = [], []
    for graph in _witnesses(base):
        try:
            wanted.append(play(graph, squashed, base).canonical())
        except Conflict:
            continue
        graphs.append(graph)
    after = fold(squashed, base)
    defaults = {None, *(each.default for each in squashed if isinstance(each, (AddProperty, ExtendKey)))}
    frontier: list[tuple[list[Operation], Schema, list[Graph]]] = [([], base, graphs)]
    seen: set[str] = set()
    for length in range(len(squashed)):
        for path, schema, reached in frontier:
            if schema == after and [graph.canonical() for graph in reached] == wanted:
                return path
        if length == len(squashed) - 1:
            break
        following = []
        for path, schema, reached in frontier:
            for operation in _possible(schema, sorted(defaults, key=repr)):
                try:
                    played = [reference.execute(graph, operation, schema) for graph in reached]
                except Conflict:
                    continue
                step = apply(schema, operation)[0]
                state = repr((step.to_dict(), [graph.canonical() for graph in played]))
                if state not in seen:
                    seen.add(state)
                    following.append(([*path, operation], step, played))
        frontier = following
    return None


def _witnesses(schema: Schema) -> list[Graph]:
    """Two nodes of each type, and one, with all values and with the key's only."""
    full: list[Node | None] = []
    bare: list[Node | None] = []
    for t, properties in sorted(schema.nodes.items()):
        for number in range(2):
            values = {p: f"{t}.{p}.{number}" for p in properties}
            full.append(Node(frozenset((t,)), values))
            bare.append(Node(frozenset((t,)), {p: value for p, value in values.items() if properties[p].key}))
    return [Graph(full), Graph(bare), Graph([*full[::2], *bare[1::2]]), Graph(full[::2]), Graph(bare[::2])]


@pytest.mark.parametrize(
    "folder", sorted(each.name for each in NODESTREAM_MADE.iterdir() if (each / "migrations").is_dir())
)
def test_a_real_history_becomes_one_create_a_type_and_one_operation_an_index(folder: str) -> None:
    loaded = nsmig.History.load(NODESTREAM_MADE / folder / "migrations")
    squash = loaded.squash(loaded.order()[0])
    schema = plain(loaded.schema())
    types = [(kind, t) for kind in Kind for t in schema.types(kind)]
    indexes = [(kind, t, p) for kind, t in types for p, facts in sorted(schema.of(kind)[t].items()) if facts.indexed]
    assert {(each.kind, each.type) for each in squash.operations if isinstance(each, CreateType)} == set(types)
    assert {(e.kind, e.type, e.property) for e in squash.operations if isinstance(e, AddIndex)} == set(indexes)
    assert len(squash.operations) == len(types) + len(indexes)
    assert fold(squash.operations) == schema


# ---- A squash among migrations ---------------------------------------------------------------------------------------

CHAIN = [
    Migration("a", (CreateType(NODE, "A", ("k",), ()),)),
    Migration("b", (AddProperty(NODE, "A", "p"),), ("a",)),
    Migration("c", (RenameProperty(NODE, "A", "p", "q"),), ("b",)),
    Migration("d", (AddIndex(NODE, "A", "q"),), ("c", "a")),
    Migration("e", (RenameType(NODE, "A", "B"),), ("d",)),
]


def test_a_squash_replaces_its_members_and_needs_what_they_need() -> None:
    squash = history(CHAIN).squash("b", "d")
    assert squash.name == "squash_from_b_to_d"
    assert (squash.dependencies, squash.replaces) == (("a",), ("b", "c", "d"))
    assert squash.operations == (AddProperty(NODE, "A", "q"), AddIndex(NODE, "A", "q"))
    assert history(CHAIN).squash("b").name == "squash_from_b"
    assert history(CHAIN).squash("b", "b", name="one").replaces == ("b",)


def test_a_squash_of_a_squash_replaces_both_and_counts_once() -> None:
    first = history(CHAIN).squash("b", "c")
    squash = history([*CHAIN, first]).squash("b", "e")
    assert squash.replaces == ("b", "c", first.name, "d", "e")
    assert fold(squash.operations, fold(CHAIN[0].operations)) == fold(chain.from_iterable(m.operations for m in CHAIN))
    report = history([*CHAIN, first]).squash_report("b", "e")
    assert report.before == len(first.operations) + 2 and report.after == len(squash.operations)


@pytest.mark.parametrize(
    "ask, error, fields",
    [
        (lambda h: h.squash("nosuch"), errors.UnknownMigrationError, {"name": "nosuch"}),
        (lambda h: h.squash("a", "nosuch"), errors.UnknownMigrationError, {"name": "nosuch"}),
        (lambda h: h.squash("d", "b"), errors.RangeError, {"first": "d", "last": "b"}),
        (lambda h: h.squash("c", "d"), errors.OverlapError, {"shared": ("c",)}),
        (lambda h: h.squash("a", "b"), errors.OverlapError, {"shared": ("b",)}),
        (lambda h: h.squash("d", name="a"), errors.DuplicateMigrationError, {"name": "a"}),
    ],
)
def test_a_range_that_cannot_be_squashed(
    ask: Callable[[nsmig.History], object], error: type[errors.NsmigError], fields: Mapping[str, object]
) -> None:
    with pytest.raises(error) as refused:
        ask(history([*CHAIN, history(CHAIN).squash("b", "c")]))
    assert {name: getattr(refused.value, name) for name in fields} == fields


def test_a_range_may_begin_with_a_squash_whose_members_come_before_it() -> None:
    first = history(CHAIN).squash("b", "c")
    folders: list[list[Migration | nsmig.Migration]] = [[*CHAIN, first], [CHAIN[0], first, *CHAIN[3:]]]
    for folder in folders:  # with the files of its members, and without
        squash = history(folder).squash(first.name)
        assert set(squash.replaces) == {"b", "c", "d", "e", first.name}
        assert squash.dependencies == ("a",)
        assert fold(squash.operations, fold(CHAIN[0].operations)) == fold(each for m in CHAIN for each in m.operations)


def test_the_same_migrations_in_any_order_give_the_same_bytes() -> None:
    texts = set()
    for seed in range(10):
        shuffled = random.Random(seed).sample(CHAIN, len(CHAIN))
        texts.add(migration_text(history(shuffled).squash("a").to_dict()))
    assert len(texts) == 1


# ---- Databases that have part of it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_wherever_a_database_stands_it_comes_to_the_same_graph(seed: int) -> None:
    """Folders as they develop, one squash after the other, and databases that ran any part of any of them.

    Each later folder then brings each database to the end: the same schema and graph, each original migration applied
    once, and none before its dependencies.
    """
    rng = random.Random(seed)
    originals, data = _random_project(rng)
    by_name = {m.name: m for m in originals}
    folders = [originals]
    for number in range(2):
        squash = _random_squash(rng, folders[-1], f"{rng.choice('0s')}quash{number}")
        folders += [[*folders[-1], squash]] if squash else []
    stands_for = _originals_of(folders[-1])
    complete = _run(_Database(data, fold(originals[0].operations), ("000",), ("000",)), folders[0], stands_for)[-1]
    reached: dict[tuple[str, ...], _Database] = {
        ("000",): _Database(data, fold(originals[0].operations), ("000",), ("000",))
    }
    for folder in folders:
        for database in list(reached.values()):
            for state in _run(database, folder, stands_for):
                reached.setdefault(tuple(sorted(state.recorded)), state)
            assert state.schema == complete.schema and state.graph.canonical() == complete.graph.canonical()
            assert sorted(state.done) == sorted(by_name), "each once"
            for at, name in enumerate(state.done):
                assert set(by_name[name].dependencies) <= set(state.done[:at])
    assert len(reached) > len(originals)


class _Database:
    """``recorded``: names as the database holds them; ``done``: the originals whose changes were made, in order."""

    def __init__(self, graph: Graph, schema: Schema, recorded: tuple[str, ...], done: tuple[str, ...]) -> None:
        self.graph, self.schema, self.recorded, self.done = graph, schema, recorded, done


def _run(database: _Database, folder: list[Migration], stands_for: Mapping[str, tuple[str, ...]]) -> list[_Database]:
    """The database's state before and after each step of the plan."""
    states = [database]
    for step in history(folder).plan(database.recorded):
        now = states[-1]
        graph = play(now.graph, step.operations, now.schema)
        recorded = (*now.recorded, step.name, *step.replaces)
        done = (*now.done, *stands_for.get(step.name, (step.name,)))
        states.append(_Database(graph, fold(step.operations, now.schema), recorded, done))
    return states


def _random_project(rng: random.Random) -> tuple[list[Migration], Graph]:
    """Migrations in branches of one or two, on separate types, after one that creates them all; and data."""
    while True:
        schema = random_schema(rng)
        other = Schema({f"X{t}": properties for t, properties in random_schema(rng).nodes.items()})
        both = Schema(schema.nodes | other.nodes, schema.relationships)
        graph = random_graph(rng, both, 2)
        originals = [Migration("000", tuple(reference.diff(Schema(), both)))]
        for branch, base in enumerate((schema, other)):
            previous = "000"
            names = rng.sample("abcdefghijkl" if branch == 0 else "mnopqrstuvwx", rng.randint(1, 4))
            for name in names:
                pool = random_operations(rng, base, rng.randint(1, 3), own=0) if branch == 0 else _indexes(rng, base)
                base = fold(pool, base)
                originals.append(Migration(name, tuple(pool), (previous,)))
                previous = name
        try:
            play(graph, [operation for m in originals[1:] for operation in m.operations], both)
        except Conflict:
            continue
        return originals, graph


def _indexes(rng: random.Random, schema: Schema) -> list[Operation]:
    """Operations of a branch that commute with anything the other branch does to nodes of both."""
    possible = [AddIndex(NODE, t, p) for t, properties in sorted(schema.nodes.items())
                for p, facts in sorted(properties.items()) if not facts.indexed]  # fmt: skip
    return list(rng.sample(possible, min(len(possible), rng.randint(0, 2))))


def _random_squash(rng: random.Random, folder: list[Migration], name: str) -> Migration | None:
    """A squash of part of the order; None if it would overlap another."""
    order = history(folder).order()
    first = rng.randrange(1, len(order))
    try:
        squash = history(folder).squash(order[first], order[rng.randrange(first, len(order))], name=name)
        history([*folder, squash])
    except errors.OverlapError:
        return None
    return Migration(squash.name, squash.operations, squash.dependencies, squash.replaces)


def _originals_of(folder: list[Migration]) -> dict[str, tuple[str, ...]]:
    """The originals that each squash replaces, in order."""
    squashes = {m.name for m in folder if m.replaces}
    return {m.name: tuple(each for each in m.replaces if each not in squashes) for m in folder if m.replaces}


# ---- Linear ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_operations_and_no_faster(shape: str) -> None:
    """Work is counted, not timed: things examined per operation, at a thousand and at a hundred thousand.

    The report visits the surroundings of a query twice, to find the query's cost.
    """
    per_operation = {}
    for size in (1_000, 10_000, 100_000):
        operations = SHAPES[shape](size)
        per_operation[size] = nsmig.squash_report(operations).work / len(operations)
    assert max(per_operation.values()) < 12, per_operation
    assert per_operation[100_000] < 1.2 * per_operation[1_000], per_operation


def test_the_bench_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside peers only if they are installed: nodestream is, for the tests."""
    squash_bench.beside([20], sys.executable, limit=60, peers=("nodestream",))
    squash_bench.alone(["typical", "walls"], [100])
    said = capsys.readouterr().out
    assert "typical" in said and "walls" in said and said.count(" x") == 1
