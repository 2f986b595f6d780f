"""Questions about the data before a migration is begun: its file may be fixed while nothing of it is done."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nsmig.catalog_operations import CreateIndex, RemoveIndex
from nsmig.database.base import Database
from nsmig.errors import ConflictError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.running import loop
from nsmig.running.asking import Earlier, beforehand
from nsmig.running.events import Event, OperationStarted
from support.databases import connection, ladybug_at
from support.engines import core_schema
from support.meanings import LEVEL
from support.migrations import chained
from support.neo4j_bench import Bench
from support.reference import Conflict, Graph, Schema, apply, fold
from support.runs import run
from support.squash_cases import cases, play, random_graph

NODE, REL = Kind.NODE, Kind.RELATIONSHIP
PEOPLE = CreateType(NODE, "Person", ("id",), ("rank", "mail"))
ROWS = RunQuery("CREATE (:Person {id: '1', rank: 'high'}), (:Person {id: '2', rank: 'odd'})")
# Every kind of database has its own statements for one operation before the last.
RENAMED = [
    AddProperty(NODE, "Person", "city", "Oslo"),
    RenameProperty(NODE, "Person", "rank", "level"),
    RenameType(NODE, "Person", "Human"),
]


def last(may_be_null: bool = False) -> SetPropertyType:
    return SetPropertyType(NODE, "Human", "level", "INTEGER", LEVEL.using, may_be_null)


@pytest.fixture
def ladybug(tmp_path: Path) -> Iterator[Database[Any]]:
    with ladybug_at(tmp_path / "graph.lbug") as opened:
        yield opened


def _is_stopped_before_anything_changes(database: Database[Any]) -> str:
    """The query in the error. A migration that changed nothing is fixed in its file, and runs."""
    with pytest.raises(
        ConflictError,
        match=r"migration 'm1', operation 4 of 4.*'rank' for which 'using' returns something other.*: 1\.",
    ) as raised:
        run(chained([PEOPLE, ROWS], [*RENAMED, last()]), database)
    state = database.ledger.state()
    assert list(state.records) == ["m0"] and not state.journal
    run(chained([PEOPLE, ROWS], [*RENAMED, last(may_be_null=True)]), database)
    return raised.value.query


def test_on_ladybug(ladybug: Database[Any]) -> None:
    _is_stopped_before_anything_changes(ladybug)
    rows = connection(ladybug).send("MATCH (n:Human) RETURN n.id, n.level, n.city ORDER BY n.id")
    assert rows == [["1", 9, "Oslo"], ["2", None, "Oslo"]]


def test_by_the_rule_on_ladybug(ladybug: Database[Any]) -> None:
    _is_asked_by_the_rule(ladybug)


@pytest.mark.releases("5.26", "2026")
def test_by_the_rule_on_neo4j(empty_bench: Bench) -> None:
    _is_asked_by_the_rule(empty_bench.database)


def _is_asked_by_the_rule(database: Database[Any]) -> None:
    number = SetPropertyType(NODE, "Human", "level", "INTEGER")
    with pytest.raises(ConflictError, match=r"operation 4 of 4.*'rank' that cannot become INTEGER without loss: 2"):
        run(chained([PEOPLE, ROWS], [*RENAMED, number]), database)
    assert not database.ledger.state().journal
    run(chained([PEOPLE, ROWS], [*RENAMED, last(may_be_null=True)]), database)


KEYED = [
    CreateType(NODE, "T", ("p",), ("q",)),
    RunQuery("CREATE (:T {p: '1', q: 'x'}), (:T {p: '01', q: 'y'})"),
]


@pytest.mark.parametrize("first", [AddProperty(NODE, "T", "z", 1), ExtendKey(NODE, "T", "q", "z")], ids=repr)
def test_a_part_of_a_key_on_ladybug(ladybug: Database[Any], first: Operation) -> None:
    """Only values are checked: the key may be different by then, and the rebuilt table does not exist yet."""
    number = SetPropertyType(NODE, "T", "p", "INTEGER", "cast(value, 'INT64')")
    is_extended = isinstance(first, ExtendKey)
    rows = KEYED if is_extended else [KEYED[0], RunQuery("CREATE (:T {p: '1', q: 'x'})")]
    run(chained(rows, [first, number]), ladybug)
    found = connection(ladybug).send("MATCH (n:T) RETURN n.p, n.q ORDER BY n.q")
    assert found == ([[1, "x"], [1, "y"]] if is_extended else [[1, "x"]])


@pytest.mark.releases("5.26", "2026")
def test_a_part_of_a_key_on_neo4j(empty_bench: Bench) -> None:
    number = SetPropertyType(NODE, "T", "p", "INTEGER", "toInteger(value)")
    run(chained(KEYED, [ExtendKey(NODE, "T", "q", "z"), number]), empty_bench.database)
    rows = empty_bench.send("MATCH (n:T) RETURN n.p AS p, n.q AS q ORDER BY q")
    assert rows == [{"p": 1, "q": "x"}, {"p": 1, "q": "y"}]


def test_of_relationships_and_nodes_with_one_name(ladybug: Database[Any]) -> None:
    """No value belongs to both."""
    made = [PEOPLE, CreateType(Kind.RELATIONSHIP, "KNOWS", (), ("rank",)), AddAdjacency("Person", "KNOWS", "Person")]
    rows = RunQuery("CREATE (a:Person {id: '1', rank: 'high'})-[:KNOWS {rank: 'odd'}]->(a)")
    both = [
        SetPropertyType(kind, of, "rank", "INTEGER", LEVEL.using) for kind, of in ((NODE, "Person"), (REL, "KNOWS"))
    ]
    with pytest.raises(ConflictError, match="relationships hold a value in 'rank'"):
        run(chained([*made, rows], both), ladybug)
    assert not ladybug.ledger.state().journal


@pytest.mark.releases("5.26", "2026")
def test_on_neo4j(empty_bench: Bench) -> None:
    _is_stopped_before_anything_changes(empty_bench.database)
    rows = empty_bench.send("MATCH (n:Human) RETURN n.id AS id, n.level AS level, n.city AS city ORDER BY id")
    assert rows == [{"id": "1", "level": 9, "city": "Oslo"}, {"id": "2", "level": None, "city": "Oslo"}]


@pytest.mark.releases("5.26", "2026")
def test_an_index_that_is_created_again_on_neo4j(empty_bench: Bench) -> None:
    _is_refused_with_the_index_in_place(empty_bench.database, RunQuery("CREATE (:T {p: '1', v: [0.5, 1.0]})"))
    there = empty_bench.send(
        "SHOW INDEXES YIELD name, options WHERE name = 'near' RETURN options.indexConfig AS config"
    )
    assert [each["config"]["vector.dimensions"] for each in there] == [2]


def test_an_index_that_is_created_again_on_ladybug(ladybug: Database[Any]) -> None:
    _is_refused_with_the_index_in_place(ladybug, RunQuery("CREATE (:T {p: '1', v: [0.5, 1.0]})"))
    assert connection(ladybug).send("MATCH (n:T) RETURN n.v") == [[[0.5, 1.0]]]


def _is_refused_with_the_index_in_place(database: Database[Any], row: RunQuery) -> None:
    """Although its removal comes first in the migration, as `make` writes it."""
    near = CreateIndex(NODE, "near", ("T",), ("v",), "vector", {"dimensions": 2})
    wider = replace(near, types=("U",), options={"dimensions": 3})
    made = [CreateType(NODE, "T", ("p",), ("v",)), SetPropertyType(NODE, "T", "v", "LIST_OF_FLOATS"), near, row]
    with pytest.raises(ConflictError, match="operation 3 of 3"):
        run(chained(made, [RemoveIndex("near"), RenameType(NODE, "T", "U"), wider]), database)
    state = database.ledger.state()
    assert list(state.records) == ["m0"] and not state.journal


VECTORS = CreateIndex(NODE, "near", ("Chunk",), ("e",), "vector", {"dimensions": 3})
OTHER, CHUNK = CreateType(NODE, "Other", ("id",), ()), CreateType(NODE, "Chunk", ("id",), ("e",))
# Data that were there before a migration declares their type or property.
UNDECLARED: dict[str, tuple[list[list[Operation]], str]] = {
    "an index on a new type": ([[OTHER, CHUNK, VECTORS]], "not a list of 3 numbers"),
    "an index on a new property": (
        [[replace(CHUNK, properties=())], [AddProperty(NODE, "Chunk", "e"), VECTORS]],
        "not a list of 3",
    ),
    "the length of a converted list": (
        [[OTHER, CHUNK, SetPropertyType(NODE, "Chunk", "e", "LIST_OF_FLOATS"), VECTORS]],
        "not a list of 3 numbers",
    ),
    "some properties of a full-text index": (
        [
            [
                replace(OTHER, properties=("f",)),
                CHUNK,
                CreateIndex(NODE, "x", ("Chunk", "Other"), ("e", "f"), "fulltext"),
            ]
        ],
        "not a text",
    ),
    "the type of a new property": (
        [[OTHER, CHUNK, SetPropertyType(NODE, "Chunk", "e", "INTEGER")]],
        "cannot become INTEGER",
    ),
    "the key of a new type": ([[OTHER, CHUNK]], "share their key"),
}


VALID = {"the type of a new property": 1, "some properties of a full-text index": "text"}


@pytest.mark.releases("5.26", "2026")
@pytest.mark.parametrize("what", UNDECLARED)
def test_data_that_were_there_before_their_declaration(empty_bench: Bench, what: str) -> None:
    migrations, problem = UNDECLARED[what]
    same = "1" if "key" in what else "2"
    empty_bench.send("CREATE (:Chunk {id: '1', e: [0.5, 1.0]}), (:Chunk {id: $same, e: [0.5]})", same=same)
    database = empty_bench.database
    with pytest.raises(ConflictError, match=f"operation .* of {len(migrations[-1])}.*{problem}"):
        run(chained(*migrations), database)
    state = database.ledger.state()
    assert len(state.records) == len(migrations) - 1 and not state.journal
    assert not empty_bench.send("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'Other' RETURN name")
    valid = VALID.get(what, [1.0, 2.0, 3.0])
    empty_bench.send("MATCH (n:Chunk) SET n.id = elementId(n), n.e = $e", e=valid)
    run(chained(*migrations), database)
    assert len(database.ledger.state().records) == len(migrations)


@pytest.mark.releases("5.26")
def test_what_is_left_out_is_not_asked_about(empty_bench: Bench) -> None:
    """This version has no vector index on several types, though one on each."""
    made = [replace(OTHER, properties=("e",)), CHUNK, replace(VECTORS, types=("Chunk", "Other"), optional=True)]
    empty_bench.send("CREATE (:Chunk {id: '1', e: [0.5]})")
    run(chained(made), empty_bench.database)
    assert list(empty_bench.database.ledger.state().records) == ["m0"]


@pytest.mark.releases("5.26")
def test_a_query_for_another_database_changes_nothing_here(empty_bench: Bench) -> None:
    empty_bench.send("CREATE (:Chunk {id: '1', e: [0.5]})")
    with pytest.raises(ConflictError, match="operation 3 of 3"):
        run(chained([RunQuery("RETURN 1", database="ladybug"), CHUNK, VECTORS]), empty_bench.database)
    assert not empty_bench.database.ledger.state().journal


def test_the_error_shows_the_values_as_they_are_then(ladybug: Database[Any]) -> None:
    run(chained([PEOPLE, ROWS]), ladybug)
    with pytest.raises(ConflictError) as raised:
        run(chained([PEOPLE, ROWS], [*RENAMED, last()]), ladybug)
    assert [row[0]["id"] for row in connection(ladybug).send(raised.value.query)] == ["2"]


def test_what_was_begun_is_not_asked_about_again(ladybug: Database[Any]) -> None:
    """Part of it is done, so nothing has its old name any more."""
    rows = RunQuery("CREATE (:Person {id: '1', rank: 'high'})")
    of = chained([PEOPLE, rows], [*RENAMED, last()])

    def stop(event: Event) -> None:
        if isinstance(event, OperationStarted) and event.operation == last():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.run(of, ladybug, stop)
    run(of, ladybug)
    assert connection(ladybug).send("MATCH (n:Human) RETURN n.level") == [[9]]


@pytest.mark.parametrize(
    "between",
    [
        RunQuery("MATCH (n) SET n.level = 1"),
        DropType(NODE, "Other"),
        DropProperty(NODE, "Person", "rank"),
        AddProperty(NODE, "Person", "rank", 1),
        RenameProperty(NODE, "Other", "x", "rank"),
        RenameKeyPart(NODE, "Other", "rank", "x"),
        SetPropertyType(NODE, "Person", "rank", "STRING"),
        SetPropertyType(NODE, "Other", "rank", "STRING"),
        CreateType(NODE, "Person", ("id",), ("rank",)),
        RenameType(NODE, "Person", "Away"),
    ],
    ids=repr,
)
def test_what_may_change_the_values_is_not_looked_past(between: Operation) -> None:
    operation = SetPropertyType(NODE, "Person", "rank", "INTEGER", LEVEL.using)
    schema = core_schema(fold([PEOPLE, CreateType(NODE, "Other", ("rank",), ("x",))]))
    assert beforehand(operation, [between], schema) is None
    assert beforehand(operation, [AddProperty(NODE, "Person", "city", 1)], schema) == operation


def _conflict(graph: Graph, operation: Operation, schema: Schema) -> int:
    try:
        play(graph, [operation], schema)
    except Conflict as conflict:
        return int(conflict.count)
    return 0


def _is_declared(graph: Graph, schema: Schema) -> bool:
    return all(
        any(name in schema.nodes.get(label, {}) for label in node.labels)
        for node in graph.nodes
        if node
        for name in node.properties
    )


def _folded(schema: Schema, operations: Sequence[Operation]) -> Schema:
    for each in operations:
        schema, _ = apply(schema, each)
    return schema


def _types(schema: Schema, kind: Kind) -> Mapping[str, Any]:
    return schema.nodes if kind is NODE else schema.relationships


def _known(schema: Schema, asked: SetPropertyType, operations: Sequence[Operation]) -> Schema:
    """The schema with what the question is about, which these operations may declare."""
    of = asked.kind, asked.type
    made = (each for each in operations if isinstance(each, CreateType) and (each.kind, each.type) == of)
    if asked.type not in _types(schema, asked.kind):
        schema, _ = apply(schema, next(made))
    is_known = asked.property in _types(schema, asked.kind)[asked.type]
    return schema if is_known else apply(schema, AddProperty(*of, asked.property))[0]


def test_random_histories_find_the_same_rows_before_as_in_their_place() -> None:
    """On graphs with several labels, and with values that no migration has declared yet: the expression meets the same
    values in the check and in its operation."""
    compared: Counter[str] = Counter()
    for seed in range(3000):
        case, rng = cases(seed, single_label=False), random.Random(seed)
        base = core_schema(case.base)
        for index in range(1, len(case.operations) + 1):
            earlier = case.operations[:index]
            schema = _folded(case.base, earlier)
            kind = rng.choice([NODE, NODE, REL])
            of = [(name, each) for name, type_ in sorted(_types(schema, kind).items()) for each in sorted(type_)]
            if not of:
                continue
            operation = SetPropertyType(kind, *rng.choice(of), LEVEL.to, LEVEL.using)
            before = beforehand(operation, earlier, base)
            if not isinstance(before, SetPropertyType):
                continue
            known = _known(case.base, before, earlier)
            is_new = before.property not in _types(case.base, kind).get(before.type, {})
            there = [random_graph(rng, known, 3) for _ in range(4)] if is_new else case.graphs
            for graph in there:
                if not _is_declared(graph, known):
                    continue  # an undeclared value may block a rename
                try:
                    then = play(graph, earlier, case.base)
                except Conflict:
                    continue
                found = _conflict(graph, before, known if is_new else case.base)
                assert found == _conflict(then, operation, schema), (seed, index, operation, earlier)
                compared.update({kind.value: 1, f"{kind.value} found": found > 0, "new": found > 0 and is_new})
    least = {"node": 5000, "relationship": 1000, "node found": 1000, "relationship found": 100, "new": 100}
    assert all(compared[each] > least[each] for each in least), compared


def test_what_matters_is_found_among_many_operations() -> None:
    """The same answer as from all of them."""
    asked = 0
    for seed in range(1500):
        case, rng = cases(seed, single_label=False, size=25, graphs=0), random.Random(seed)
        base, earlier, schema = core_schema(case.base), Earlier(), case.base
        for index, operation in enumerate(case.operations):
            earlier.add(operation)
            schema, _ = apply(schema, operation)
            kind = rng.choice([NODE, REL])
            of = [(name, sorted(type_)) for name, type_ in sorted(_types(schema, kind).items()) if type_]
            if not of:
                continue
            type_, names = rng.choice(of)
            for each in (
                SetPropertyType(kind, type_, rng.choice(names), "INTEGER"),
                CreateIndex(kind, "i", (type_,), tuple(names[:2]), rng.choice(["fulltext", "range"])),
                CreateType(kind, rng.choice("ABCD"), tuple(names), ()),
            ):
                whole = beforehand(each, case.operations[: index + 1], base)
                assert beforehand(each, earlier.of(each), base) == whole, (seed, index, each)
                asked += whole is not None
    assert asked > 5000, asked


def test_properties_to_filter_by_are_followed_too() -> None:
    schema = core_schema(fold([CreateType(NODE, "A", ("id",), ("v", "f"))]))
    index = CreateIndex(NODE, "i", ("A",), ("v",), "vector", {"dimensions": 3, "filter": ["g"]})
    before = beforehand(index, [RenameProperty(NODE, "A", "f", "g")], schema)
    assert before == replace(index, options={"dimensions": 3, "filter": ["f"]})
    written = SetPropertyType(NODE, "A", "f", "STRING", "left(value, 10)")
    assert beforehand(replace(index, options={"filter": ["f"]}), [written], schema) is None
    dropped = [DropProperty(NODE, "A", "f"), AddProperty(NODE, "A", "f")]
    assert beforehand(replace(index, options={"filter": ["f"]}), dropped, schema) is None


def test_of_thousands_of_operations_few_are_looked_at() -> None:
    earlier, looked = Earlier(), 0
    for at in range(3000):
        type_ = CreateType(NODE, f"T{at}", ("id",), ("name",))
        number = SetPropertyType(NODE, f"T{at}", "name", "INTEGER")
        index = CreateIndex(NODE, f"i{at}", (f"T{at}",), ("id",), "text")
        for each in (type_, number, index):
            looked += len(earlier.of(each))
            earlier.add(each)
    assert looked < 20_000, looked


@pytest.mark.parametrize(
    ("between", "is_asked"),
    [(DropType(NODE, "A"), False), (DropType(REL, "R"), False), (DropProperty(NODE, "A", "v"), True)],
    ids=repr,
)
def test_relationships_are_deleted_with_their_nodes(between: Operation, is_asked: bool) -> None:
    made = [CreateType(NODE, "A", ("id",), ("v",)), CreateType(REL, "R", (), ("v",)), CreateType(REL, "S", (), ("v",))]
    operation = CreateIndex(REL, "i", ("S",), ("v",), "text")
    assert (beforehand(operation, [between], core_schema(fold(made))) is not None) is is_asked
