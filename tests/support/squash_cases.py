"""Random cases for squash, from a seed: a schema, operations that apply to it, and graphs that conform.

Names and values come from pools so small that swaps, clashes, equal values and things dropped and created again are
common. No Hypothesis here: a case takes a millisecond or two, so that hundreds of thousands can be run. Hypothesis,
which shrinks its failures, covers the same ground in ``test_squash.py``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import nsmig
from nsmig.catalog_operations import CreateConstraint, CreateIndex, removal
from nsmig.kinds import CONSTRAINT_FORMS, INDEX_FORMS, PROPERTY_TYPES, Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
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
from support.engines import core_schema
from support.meanings import ALL
from support.reference import (
    Conflict,
    FoldRefused,
    Graph,
    Node,
    Property,
    Relationship,
    Schema,
    apply,
    check_key,
    execute,
    fold,
    violated,
)
from support.touching import BrokenPromise, touched

NODES, RELATIONSHIPS, PROPERTIES = "ABC", "RS", "pqrs"
DEFAULTS = (None, None, 1, 1.0, 2, "x", "null", True)
CONTENTS = (1, 1.0, 2, "x", "null", True, "5")  # 1 and 1.0 are equal to a database, 1 and True are not

# Operations with findings change nothing, so these may come at any time.
HARMLESS = {"adjacency-exists", "index-exists", "index-missing", "key-exists", "same-name"}

COMMON = (CreateType, DropType, RenameType, AddProperty, DropProperty, RenameProperty, AddIndex, DropIndex, ExtendKey)
CLASSES: tuple[type[Operation], ...] = (*COMMON, AddProperty, DropProperty, RenameProperty, RenameProperty,
                                        RenameKeyPart, ReduceKey)  # fmt: skip
OWN: tuple[type[Operation], ...] = (SetPropertyType, AddAdjacency, DropAdjacency, RunQuery)


@dataclass(frozen=True)
class Case:
    """``operations`` apply to ``base`` one after the other; ``graphs`` conform to ``base``."""

    base: Schema
    operations: list[Operation]
    single_label: bool
    graphs: list[Graph]


def cases(seed: int, single_label: bool, size: int = 10, graphs: int = 6) -> Case:
    """The case of a seed."""
    rng = random.Random(seed)
    base = random_schema(rng)
    operations = random_operations(rng, base, rng.randint(1, size))
    return Case(
        base, operations, single_label, [random_graph(rng, base, 1 if single_label else 3) for _ in range(graphs)]
    )


def touching_cases(seed: int, single_label: bool, size: int = 10, graphs: int = 8) -> Case:
    """The case of a seed in which most queries declare what they touch."""
    rng = random.Random(f"touching {seed}")
    base = random_schema(rng)
    operations = random_operations(rng, base, rng.randint(2, size), touching=0.25)
    return Case(
        base, operations, single_label, [random_graph(rng, base, 1 if single_label else 3) for _ in range(graphs)]
    )


def indexing_cases(seed: int, single_label: bool, size: int = 10, graphs: int = 6) -> Case:
    """The case of a seed with indexes and constraints: some in the schema, and some created and removed."""
    rng = random.Random(f"indexing {seed}")
    base = random_schema(rng)
    for operation in chain.from_iterable(_on_catalog(rng, base) for _ in range(rng.randint(0, 3))):
        with suppress(FoldRefused):
            base, _ = apply(base, operation)
    operations = random_operations(rng, base, rng.randint(2, size), touching=0.03, indexing=0.4)
    found = (random_graph(rng, base, 1 if single_label else 3) for _ in range(graphs))
    return Case(base, operations, single_label, [graph for graph in found if not violated(graph, base)])


def check(case: Case) -> int:
    """Check everything that a squash promises. Returns the number of graphs on which the originals succeed."""
    base = core_schema(case.base)
    squashed = nsmig.squash(case.operations, base, case.single_label)
    told = f"{case.base}\nbefore {case.operations}\nafter  {squashed}"
    assert len(squashed) <= len(case.operations), f"longer: {told}"
    assert fold(squashed, case.base) == fold(case.operations, case.base), f"another schema: {told}"
    assert nsmig.squash(squashed, base, case.single_label) == squashed, f"not squashed to the end: {told}"
    assert nsmig.squash(case.operations, base, case.single_label) == squashed, f"not always the same: {told}"
    _check_elided(case, base)
    compared = 0
    for graph in case.graphs:
        try:
            wanted = play(graph, case.operations, case.base, case.single_label, is_original=True)
        except (Conflict, BrokenPromise):
            continue
        compared += 1
        try:
            got = play(graph, squashed, case.base, case.single_label)
        except Conflict as conflict:
            raise AssertionError(f"{conflict} only after the squash of {graph}: {told}") from conflict
        assert got.canonical() == wanted.canonical(), f"another graph from {graph}: {told}"
    return compared


def _check_elided(case: Case, base: nsmig.Schema) -> None:
    """Without elidable queries the result is the same, apart from the operation that names them."""
    chosen = [isinstance(each, RunQuery) and each.parameters.get("seed", 0) % 2 == 1 for each in case.operations]
    marked = [
        replace(each, elidable=True) if is_chosen else each  # type: ignore[type-var]
        for each, is_chosen in zip(case.operations, chosen, strict=True)
    ]
    others = [each for each, is_chosen in zip(case.operations, chosen, strict=True) if not is_chosen]
    told = [QueriesLeftOut(tuple(each.query for each in marked if isinstance(each, RunQuery) and each.elidable))]
    left = nsmig.squash(marked, base, case.single_label, keep_queries=False)
    assert left == told * any(chosen) + nsmig.squash(others, base, case.single_label), f"{marked} became {left}"
    assert len(left) <= len(marked) and nsmig.squash(left, base, case.single_label, keep_queries=False) == left
    kept = [each for each in nsmig.squash(marked, base, case.single_label) if isinstance(each, RunQuery)]
    assert kept == [each for each in marked if isinstance(each, RunQuery)], f"{marked} kept {kept}"


def play(
    graph: Graph,
    operations: Sequence[Operation],
    schema: Schema,
    single_label: bool = False,
    *,
    is_original: bool = False,
) -> Graph:
    """The graph after all operations.

    :param single_label: queries create no node of two types either.
    :param is_original: queries are held to their declarations of what they touch.
    :raises Conflict: the data does not allow an operation.
    :raises BrokenPromise: a query does more than it declares.
    """
    for operation in operations:
        if isinstance(operation, RunQuery) and "seed" in operation.parameters and operation.touches is not None:
            graph = touched(graph, schema, operation, CONTENTS, single_label, is_original)
        elif isinstance(operation, RunQuery) and "seed" in operation.parameters:
            graph = _scattered(graph, schema, random.Random(operation.parameters["seed"]), single_label)
        graph = execute(graph, operation, schema)
        schema, _ = apply(schema, operation)
    return graph


def _scattered(graph: Graph, schema: Schema, rng: random.Random, single_label: bool) -> Graph:
    """The effects that a query may have: undeclared labels, types and properties, on old rows and new ones.

    :raises Conflict: a constraint does not allow it.
    """

    def sprinkled(properties: dict[str, Any]) -> dict[str, Any]:
        return properties | {rng.choice(PROPERTIES): rng.choice(CONTENTS) for _ in range(rng.randint(0, 2))}

    nodes: list[Node | None] = []
    for node in graph.nodes:
        more = set(rng.sample(NODES, rng.randint(0, 0 if single_label else 1)))
        nodes.append(node and Node(node.labels | more, sprinkled(node.properties)))
    nodes += [Node(frozenset(rng.choice(NODES)), sprinkled({})) for _ in range(rng.randint(0, 2))]
    there = [at for at, node in enumerate(nodes) if node is not None]
    relationships = [each and replace(each, properties=sprinkled(each.properties)) for each in graph.relationships]
    for _ in range(rng.randint(0, 2) if there else 0):
        ends = rng.choice(there), rng.choice(there)
        relationships.append(Relationship(rng.choice(RELATIONSHIPS), *ends, sprinkled({})))
    for name in schema.types(Kind.NODE):
        check_key(nodes, schema, name)
    return Graph(nodes, relationships)


# ---- Made at random --------------------------------------------------------------------------------------------------


def random_schema(rng: random.Random) -> Schema:
    """A few types with a few properties; every third one in the key."""

    def some(names: str, count: int) -> dict[str, dict[str, Property]]:
        return {name: properties() for name in rng.sample(names, rng.randint(0, count))}

    def properties() -> dict[str, Property]:
        chosen = rng.sample(PROPERTIES, rng.randint(0, 3))
        return {p: Property(key=rng.random() < 0.35, indexed=rng.random() < 0.2) for p in chosen}

    return Schema(some(NODES, 3), some(RELATIONSHIPS, 2))


def random_operations(
    rng: random.Random,
    schema: Schema,
    count: int,
    own: float = 0.08,
    classes: Sequence[type[Operation]] = CLASSES,
    defaults: Sequence[Any] = DEFAULTS,
    touching: float = 0.0,
    indexing: float = 0.0,
) -> list[Operation]:
    """Operations that apply one after the other; fewer if none is found.

    :param own: the share of nsmig's own operations. At 0 there is nothing questionable, either.
    :param touching: the share of queries that declare what they touch.
    :param indexing: the share of operations on indexes and constraints.
    """
    operations: list[Operation] = []
    walls = rng.choice((0, 0, 0.1, 0.2)) if own else 0  # how often something questionable is included anyway
    while len(operations) < count:
        tries = _tries(rng, own if walls else 0, classes, defaults)
        if rng.random() < touching:
            tries = chain(_touching(rng, schema), tries)
        if rng.random() < indexing:
            tries = chain(_on_catalog(rng, schema), tries)
        for operation in tries:
            try:
                after, findings = apply(schema, operation)
            except FoldRefused:
                continue
            if _is_refused(operation, findings, schema) or (set(findings) - HARMLESS and rng.random() > walls):
                continue
            operations.append(operation)
            schema = after
            break
        else:
            break
    return operations


def _is_refused(operation: Operation, findings: Sequence[str], before: Schema) -> bool:
    """Whether ``run`` refuses it: it never changes a graph."""
    if "type-replaced" in findings and isinstance(operation, CreateType):
        there = before.of(operation.kind)[operation.type]
        return {name for name, facts in there.items() if facts.key} != set(operation.keys)
    return "type-overwritten" in findings


def _tries(
    rng: random.Random, own: float, classes: Sequence[type[Operation]], defaults: Sequence[Any]
) -> Iterator[Operation]:
    for _ in range(200):
        kind = rng.choice((Kind.NODE, Kind.NODE, Kind.NODE, Kind.RELATIONSHIP))
        types = NODES if kind is Kind.NODE else RELATIONSHIPS
        t, p, q = rng.choice(types), rng.choice(PROPERTIES), rng.choice(PROPERTIES)
        cls: Any = rng.choice(OWN if rng.random() < own else classes)
        if cls is CreateType:
            yield cls(kind, t, tuple(rng.sample(PROPERTIES, rng.randint(0, 2))), tuple(rng.sample(PROPERTIES, 2)))
        elif cls is DropType:
            yield cls(kind, t)
        elif cls is RenameType:
            yield cls(kind, t, rng.choice(types))
        elif cls in (AddProperty, ExtendKey):
            yield cls(kind, t, p, rng.choice(defaults))
        elif cls in (RenameProperty, RenameKeyPart):
            yield cls(kind, t, p, q)
        elif cls is SetPropertyType:
            by = rng.choice((None, None, *ALL))
            yield (
                cls(kind, t, p, by.to, by.using, rng.random() < 0.5)
                if by
                else cls(kind, t, p, rng.choice(PROPERTY_TYPES[:5]))
            )
        elif cls in (AddAdjacency, DropAdjacency):
            yield cls(rng.choice(NODES), rng.choice(RELATIONSHIPS), rng.choice(NODES))
        elif cls is RunQuery:
            # Its effects are played by _scattered and by touched.
            yield cls("RETURN 1", {"seed": rng.randrange(1 << 16)}, touches=_some_types(rng))
        else:
            yield cls(kind, t, p)


def _touching(rng: random.Random, schema: Schema) -> Iterator[Operation]:
    """A query that declares which types of a schema it touches, if there are any."""
    nodes, relationships = schema.types(Kind.NODE), schema.types(Kind.RELATIONSHIP)
    chosen = {
        "nodes": rng.sample(nodes, rng.randint(0, min(2, len(nodes)))),
        "relationships": rng.sample(relationships, rng.randint(0, min(1, len(relationships)))),
    }
    if any(chosen.values()):
        yield RunQuery("RETURN 1", {"seed": rng.randrange(1 << 16)}, touches=chosen)


def _on_catalog(rng: random.Random, schema: Schema) -> Iterator[Operation]:
    """The removal of an index or a constraint, if there is one, or the creation of another."""
    if schema.catalog and rng.random() < 0.35:
        yield removal(rng.choice(schema.entries()))
    kind = rng.choice((Kind.NODE, Kind.NODE, Kind.RELATIONSHIP))
    types = schema.types(kind)
    for _ in range(10 if types else 0):
        form = rng.choice((*INDEX_FORMS, "fulltext", "fulltext", *CONSTRAINT_FORMS))
        chosen = rng.sample(types, min(rng.choice((1, 1, 2)) if form in ("fulltext", "vector") else 1, len(types)))
        declared = sorted({p for t in chosen for p in schema.of(kind)[t]})
        if not declared or (form == "key" and kind is Kind.NODE):
            continue
        most = 2 if form in ("fulltext", "range", "unique", "key") else 1
        properties = rng.sample(declared, rng.randint(1, min(most, len(declared))))
        others = [p for p in declared if p not in properties]
        options: dict[str, Any] = {}
        if form == "type":
            options = {"type": rng.choice(PROPERTY_TYPES[:5])}
        elif form == "vector" and others and rng.random() < 0.5:
            options = {"filter": others[:1]}
        elif form == "fulltext" and rng.random() < 0.3:
            options = {"analyzer": "english"}
        derived = "_".join((form, *sorted(chosen), *(sorted(properties) if form == "fulltext" else properties)))
        name = rng.choice(("i", "j", "k", "l", *[derived] * 4))
        cls = CreateConstraint if form in CONSTRAINT_FORMS else CreateIndex
        yield cls(kind, name, tuple(chosen), tuple(properties), form, options or None, rng.random() < 0.1)


def _some_types(rng: random.Random) -> dict[str, list[str]] | None:
    """A declaration for a query, or none."""
    touches = {
        "nodes": rng.sample(NODES, rng.randint(0, 2)),
        "relationships": rng.sample(RELATIONSHIPS, rng.randint(0, 1)),
    }
    return touches if rng.random() < 0.3 and any(touches.values()) else None


def random_graph(
    rng: random.Random, schema: Schema, max_labels: int, contents: Sequence[Any] = CONTENTS, numbered: bool = False
) -> Graph:
    """A few nodes with up to ``max_labels`` managed labels, complete and unique keys, and relationships between them.

    :param numbered: each node has an ``_id``, for databases that keep no order.
    """
    types, contents = schema.types(Kind.NODE), rng.sample(contents, 4)
    nodes: list[Node | None] = []
    for _ in range(rng.randint(1, 5) if types else 0):
        labels = rng.sample(types, rng.randint(1, min(max_labels, len(types))))
        declared = [each for label in labels for each in schema.nodes[label].items()]
        keys = {p for p, facts in declared if facts.key}
        properties = {
            p: rng.choice(contents) for p in sorted({p for p, _ in declared}) if p in keys or rng.random() < 0.6
        }
        node = Node(frozenset(labels), properties)
        try:
            for label in labels:
                check_key([*nodes, node], schema, label)
        except Conflict:
            continue
        nodes.append(replace(node, properties=properties | {"_id": len(nodes)}) if numbered else node)
    relationships: list[Relationship | None] = []
    for _ in range(rng.randint(0, 3) if nodes and schema.relationships else 0):
        t = rng.choice(schema.types(Kind.RELATIONSHIP))
        properties = {p: rng.choice(contents) for p in sorted(schema.relationships[t]) if rng.random() < 0.6}
        relationships.append(Relationship(t, rng.randrange(len(nodes)), rng.randrange(len(nodes)), properties))
    return Graph(nodes, relationships)
