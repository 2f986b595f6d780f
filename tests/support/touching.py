"""The effects of a query that declares which types it touches, on a toy graph: it creates, deletes, relabels and fills
their rows.

Its effect on a row depends on the row's position and on what it may read: labels and properties of the types that it
touches. So it is the same at any point among operations on other types.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nsmig.kinds import Kind
from nsmig.operations import RunQuery
from support.reference import Graph, Node, Relationship, Schema, check_key


class BrokenPromise(Exception):
    """A query has found a row on which it would do more than it declares."""


def touched(
    graph: Graph, schema: Schema, query: RunQuery, contents: Sequence[Any], single_label: bool, is_original: bool
) -> Graph:
    """The graph after a query.

    :param contents: values to fill in.
    :param single_label: no node gets two of the types.
    :param is_original: hold it to its promise: on a node that also has other labels, it only changes properties that
        the types it touches declare. Its intent is the same for the same rows, so one check is enough.
    :raises BrokenPromise: it breaks that promise.
    :raises Conflict: a constraint does not allow its changes.
    """
    touches = query.touches or {}
    types, kinds = frozenset(touches.get("nodes", ())), sorted(touches.get("relationships", ()))
    seed = query.parameters["seed"]
    declared = sorted({p for name in types for p in schema.nodes[name]})
    of_relationships = sorted({p for name in kinds for p in schema.relationships[name]})

    def filled(rng: random.Random, properties: dict[str, Any], names: list[str]) -> dict[str, Any]:
        """Some properties set, copied or removed."""
        changed = dict(properties)
        for name in names:
            match rng.randrange(6):
                case 0:
                    changed[name] = rng.choice(contents)
                case 1:
                    changed[name] = properties.get(rng.choice(names))
                case 2:
                    changed.pop(name, None)
        return {name: value for name, value in changed.items() if value is not None}

    nodes = list(graph.nodes)
    gone: set[int] = set()
    for at, node in enumerate(graph.nodes):
        if node is None or not node.labels & types:
            continue
        seen = [sorted(node.labels & types), sorted((p, repr(node.properties.get(p))) for p in declared)]
        rng = random.Random(f"{seed} {at} {seen}")
        what = rng.randrange(5)
        labels = node.labels & types
        if what == 0:
            gone.add(at)
        elif what == 1:
            labels = frozenset(rng.sample(sorted(types), 1 if single_label else rng.randint(1, len(types))))
        if is_original and node.labels - types and (what == 0 or labels != node.labels & types):
            raise BrokenPromise
        nodes[at] = None if what == 0 else Node(node.labels - types | labels, filled(rng, node.properties, declared))
    rng = random.Random(seed)
    for _ in range(rng.randint(0, 2) if types else 0):
        labels = frozenset(rng.sample(sorted(types), 1 if single_label else rng.randint(1, len(types))))
        nodes.append(Node(labels, {p: rng.choice(contents) for p in declared if rng.random() < 0.6}))
    ends = [at for at, node in enumerate(nodes) if node is not None and node.labels & types]
    relationships: list[Relationship | None] = []
    for at, each in enumerate(graph.relationships):
        if each is None or {each.start, each.end} & gone:
            relationships.append(None)
            continue
        if each.type not in kinds:
            relationships.append(each)
            continue
        seen = [each.type, sorted((p, repr(each.properties.get(p))) for p in of_relationships)]
        rng = random.Random(f"{seed} r{at} {seen}")
        changed = replace(each, properties=filled(rng, each.properties, of_relationships))
        changed = replace(changed, type=rng.choice(kinds)) if rng.random() < 0.2 else changed
        relationships.append(None if rng.random() < 0.2 else changed)
    # It may read their number and positions.
    rng = random.Random(f"{seed} {[(r.start, r.end) for r in relationships if r is not None and r.type in kinds]}")
    for _ in range(rng.randint(0, 2) if kinds and ends else 0):
        properties = {p: rng.choice(contents) for p in of_relationships if rng.random() < 0.6}
        relationships.append(Relationship(rng.choice(kinds), rng.choice(ends), rng.choice(ends), properties))
    for name in schema.types(Kind.NODE):
        check_key(nodes, schema, name)
    return Graph(nodes, relationships)
