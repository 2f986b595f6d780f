"""Originals and their squash leave the same graph in Neo4j, with nodes of several labels, and in LadybugDB."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import nsmig
from database.contract import Engine
from nsmig.operations import Operation, ReduceKey, RunQuery
from support.engines import core_schema
from support.ladybug_bench import LadybugEngine
from support.neo4j_bench import Bench
from support.reference import Conflict, Graph, Schema, apply
from support.squash_cases import CLASSES, play, random_graph, random_operations, random_schema

TEXTS = ("x", "y", "z", "null", "")


@pytest.mark.parametrize("seed", range(16))
def test_on_neo4j(connected: Bench, seed: int) -> None:
    case = _case(seed, single_label=False, defaults=(None, 1, "x", 2.5, True), contents=(1, 2.5, "x", True, "null"))
    _leaves_the_same(connected, *case)


@pytest.mark.parametrize("seed", range(100, 110))
def test_own_operations_on_neo4j(connected: Bench, seed: int) -> None:
    case = _case(seed, single_label=False, defaults=(None, 1, "7", True), contents=(1, "7", True, "null"), own=0.3)
    _leaves_the_same(connected, *case)


@pytest.mark.parametrize("seed", range(100, 110))
def test_own_operations_on_ladybug(ladybug_engine: LadybugEngine, seed: int) -> None:
    case = _case(seed, single_label=True, defaults=(None, "x", "7"), contents=("7", "8", "x", ""), own=0.3)
    _leaves_the_same(ladybug_engine, *case)


@pytest.mark.parametrize("seed", range(16))
def test_on_ladybug(ladybug_engine: LadybugEngine, seed: int) -> None:
    case = _case(seed, single_label=True, defaults=(None, "x", "null"), contents=TEXTS)
    _leaves_the_same(ladybug_engine, *case)


def _case(
    seed: int, single_label: bool, defaults: Sequence[Any], contents: Sequence[Any], own: float = 0
) -> tuple[Schema, Graph, list[Operation], list[Operation]]:
    """A schema, a graph, operations that the graph allows, and their shorter squash."""
    rng = random.Random(seed)
    classes = CLASSES if own else [each for each in CLASSES if each is not ReduceKey]
    while True:
        schema = random_schema(rng)
        made = random_operations(rng, schema, 8, own=own, classes=classes, defaults=defaults)
        # No database does what the model makes of a query's seed.
        operations = [replace(each, parameters={}) if isinstance(each, RunQuery) else each for each in made]
        squashed = nsmig.squash(operations, core_schema(schema), single_label)
        graph = random_graph(rng, schema, 1 if single_label else 3, contents, numbered=True)
        try:
            after = play(graph, operations, schema)
        except Conflict:
            continue
        if len(squashed) < len(operations) and any(after.nodes) and after.canonical() != graph.canonical():
            return schema, graph, operations, squashed


def _leaves_the_same(
    engine: Engine, schema: Schema, graph: Graph, operations: list[Operation], squashed: list[Operation]
) -> None:
    left = []
    for each in (operations, squashed):
        engine.load(graph, schema)
        before = schema
        for operation in each:
            engine.apply(operation, before)
            before, _ = apply(before, operation)
        left.append(engine.dump().canonical())
    assert left[0] == left[1], f"{operations} became {squashed}"
    assert left[0] == play(graph, operations, schema).canonical()
