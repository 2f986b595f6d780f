"""Converted values come back: only over the results of the conversion, and if the type is the old one again."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig.archive.manifest import Entry
from nsmig.errors import ArchiveError
from nsmig.kinds import Kind
from nsmig.making.revert import RevertError, revert
from nsmig.operations import DropProperty, Operation, RenameProperty, SetPropertyType
from nsmig.running.outcome import Outcome
from nsmig.running.restoring import restore
from support.archives import rows
from support.engines import core_schema
from support.loops import apply, copied
from support.meanings import IS_X, LEVEL
from support.migrations import chained
from support.reference import (
    Conflict,
    FoldRefused,
    Graph,
    Node,
    Property,
    Relationship,
    Schema,
    check_key,
    execute,
    fold,
)
from support.squash_cases import random_graph, random_schema
from support.toy import Disk, Killed, opened

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
SEEDS = 300
# Texts, as their properties are declared: reverting a value that already had another type makes a text.
CONTENTS = ("5", "07", "x", "high", "low", "true", "1.0", "+5")
TYPES = ("STRING", "INTEGER", "FLOAT", "BOOLEAN")
BASE = Schema({"A": {"k": Property(key=True), "p": Property()}}, {"R": {"w": Property()}})
GRAPH = Graph(
    [
        *(Node(frozenset("A"), {"_id": at, "k": at, "p": p}) for at, p in enumerate(("high", "low", "high"))),
        Node(frozenset("A"), {"_id": 3, "k": 3}),
    ],
    [Relationship("R", 0, 1, {"w": "high"}), Relationship("R", 0, 1, {"w": "low"})],
)
LOST: list[Operation] = [
    SetPropertyType(NODE, "A", "p", "INTEGER", LEVEL.using),
    SetPropertyType(RELATIONSHIP, "R", "w", "INTEGER", LEVEL.using),
]


def started(base: Schema, graph: Graph) -> tuple[Disk, list[Operation]]:
    first = list(nsmig.diff(nsmig.Schema(), core_schema(base), extensions=True))
    disk = Disk()
    apply(chained(first), disk, False)
    disk.graph, disk.sent = graph, 0
    return disk, first


def put_back(of: nsmig.History, disk: Disk, folder: Path, **options: Any) -> Outcome:
    with opened(disk, False) as database:
        return restore(of, database, folder, **options)


def random_conversions(rng: random.Random, base: Schema, graph: Graph) -> list[Operation]:
    """Conversions, also of keys, and some drops, that the rows allow."""
    operations: list[Operation] = []
    for _ in range(rng.randint(1, 6)):
        places = [(kind, type, name) for kind in Kind for type in base.of(kind) for name in base.of(kind)[type]]
        if not places:
            break
        kind, type, name = rng.choice(places)
        operation: Operation = SetPropertyType(kind, type, name, rng.choice(TYPES))
        if rng.random() < 0.4:
            meaning = rng.choice([IS_X, LEVEL])
            operation = SetPropertyType(kind, type, name, meaning.to, meaning.using)
        if rng.random() < 0.15 and not base.of(kind)[type][name].key:
            operation = DropProperty(kind, type, name)
        with suppress(Conflict, FoldRefused):
            after = fold([operation], base)
            then = execute(graph, operation, base)
            for name in after.types(NODE):
                check_key(then.nodes, after, name)
            graph, base = then, after
            operations.append(operation)
    return operations


def random_case(seed: int) -> tuple[Graph, Disk, nsmig.History] | None:
    """Rows, a database with them, and a history that converts and reverts; None if the way back has conflicts."""
    rng = random.Random(seed)
    base = random_schema(rng)
    graph = random_graph(rng, base, 3, numbered=True, contents=CONTENTS)
    edges = [r and replace(r, properties={**r.properties, "i": at}) for at, r in enumerate(graph.relationships)]
    graph = Graph(graph.nodes, edges)
    lost = random_conversions(rng, base, graph)
    if not lost:
        return None
    disk, first = started(base, graph)
    try:
        back = revert(chained(first, lost), "m1").operations
        now, schema = graph, base
        for operation in (*lost, *back):
            now, schema = execute(now, operation, schema), fold([operation], schema)
            for name in schema.types(NODE):
                check_key(now.nodes, schema, name)
    except (Conflict, RevertError):
        return None
    return graph, disk, chained(first, lost, back)


def come_back(seed: int, folder: Path) -> bool:
    if (made := random_case(seed)) is None:
        return False
    graph, disk, of = made
    apply(of, disk, bool(seed % 2), archive=folder, to="m1")
    apply(of, disk, bool(seed % 2))
    dry = copied(disk)
    put_back(of, dry, folder, dry_run=True)
    assert dry.contents() == disk.contents()
    outcome = put_back(of, disk, folder)
    assert disk.graph.canonical() == graph.canonical(), seed
    assert not outcome.left.counts and not outcome.taken.counts and not outcome.lacking.counts, seed
    again = put_back(of, disk, folder)
    assert not again.values and disk.graph.canonical() == graph.canonical()
    return True


def test_what_was_replaced_comes_back_value_for_value(tmp_path: Path) -> None:
    seen = sum(come_back(seed, tmp_path / str(seed)) for seed in range(SEEDS))
    assert seen > SEEDS // 3


@pytest.mark.long
def test_what_was_replaced_comes_back_value_for_value_ten_thousand_times(tmp_path: Path) -> None:
    for seed in range(SEEDS, 10_000):
        come_back(seed, tmp_path / str(seed))
        shutil.rmtree(tmp_path / str(seed), ignore_errors=True)


@pytest.mark.parametrize("transactional", [True, False])
def test_killed_after_any_statement(tmp_path: Path, transactional: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsmig.running.returned.BATCH", 1)
    disk, first = started(BASE, GRAPH)
    of = chained(first, LOST, revert(chained(first, LOST), "m1").operations)
    whole = copied(disk)
    apply(of, whole, transactional, archive=tmp_path / "whole", to="m1")
    for kill in range(1, whole.sent + 1):
        attempt, folder = copied(disk), tmp_path / str(kill)
        attempt.kill_after = kill
        with pytest.raises(Killed):
            apply(of, attempt, transactional, archive=folder, to="m1")
        apply(of, attempt, transactional, archive=folder, to="m1")
        assert attempt.contents() == whole.contents()
        assert rows(folder) == rows(tmp_path / "whole"), f"killed after statement {kill} of {whole.sent}"
    apply(of, whole, transactional)
    dropped = copied(whole)
    whole.sent = 0
    put_back(of, whole, tmp_path / "whole")
    for kill in range(1, whole.sent + 1):
        attempt = copied(dropped)
        attempt.sent, attempt.kill_after = 0, kill
        with pytest.raises(Killed):
            put_back(of, attempt, tmp_path / "whole")
        put_back(of, attempt, tmp_path / "whole")
        assert attempt.graph.canonical() == GRAPH.canonical(), f"killed after statement {kill} of {whole.sent}"


def test_the_archive_has_the_old_value_and_the_new_one(tmp_path: Path) -> None:
    disk, first = started(BASE, GRAPH)
    apply(chained(first, LOST), disk, False, archive=tmp_path)
    one, _, _, edge, _ = rows(tmp_path)
    assert (one["values"], one["gone"], one["became"]) == (
        {"_id": 0, "k": 0},
        {"labels": [], "values": {"p": "high"}},
        {"p": 9},
    )
    assert (edge["gone"], edge["became"]) == ({"values": {"w": "high"}}, {"w": 9})


def test_what_was_written_since_stays_and_is_counted(tmp_path: Path) -> None:
    disk, first = started(BASE, GRAPH)
    of = chained(first, LOST, revert(chained(first, LOST), "m1").operations)
    apply(of, disk, False, archive=tmp_path, to="m1")
    disk.graph.nodes[0].properties["p"] = 7  # type: ignore[union-attr]
    del disk.graph.nodes[1].properties["p"]  # type: ignore[union-attr]
    apply(of, disk, False)
    outcome = put_back(of, disk, tmp_path)
    assert outcome.taken.counts == {(NODE, "A", "p"): 2} and outcome.values == 3
    assert [each.properties.get("p") for each in disk.graph.nodes if each] == ["7", None, "high", None]


def test_a_type_that_is_another_one_still_is_named(tmp_path: Path) -> None:
    disk, first = started(BASE, GRAPH)
    of = chained(first, LOST)
    apply(of, disk, False, archive=tmp_path)
    before = disk.contents()
    with pytest.raises(ArchiveError, match=r"no place in this database: R\.w as STRING, A\.p as STRING; make it again"):
        put_back(of, disk, tmp_path)
    assert disk.contents() == before
    half = chained(first, LOST, SetPropertyType(NODE, "A", "p", "STRING"))
    apply(half, disk, False)
    outcome = put_back(half, disk, tmp_path)
    assert outcome.lacking.counts == {("R", "w", "STRING"): 2} and not outcome.left.counts
    assert [each.properties.get("p") for each in disk.graph.nodes if each] == ["high", "low", "high", None]


def test_a_rename_is_followed_and_so_is_a_key_that_was_converted_since(tmp_path: Path) -> None:
    """Also for a drop, whose rows are found by their present keys."""
    disk, first = started(BASE, GRAPH)
    lost: list[Operation] = [DropProperty(NODE, "A", "p")]
    later = [
        *revert(chained(first, lost), "m1").operations,
        SetPropertyType(NODE, "A", "k", "STRING"),
        RenameProperty(NODE, "A", "p", "level"),
    ]
    of = chained(first, lost, later)
    apply(of, disk, False, archive=tmp_path, to="m1")
    apply(of, disk, False)
    assert disk.graph.nodes[0].properties["k"] == "0"  # type: ignore[union-attr]
    outcome = put_back(of, disk, tmp_path)
    assert outcome.values == 3 and not outcome.left.counts
    assert [each.properties.get("level") for each in disk.graph.nodes if each] == ["high", "low", "high", None]


def test_what_conversions_are_archived_is_told_as_the_others(tmp_path: Path) -> None:
    disk, first = started(BASE, GRAPH)
    of = chained(first, LOST, revert(chained(first, LOST), "m1").operations)
    apply(of, disk, False, archive=tmp_path, to="m1")
    apply(of, disk, False)
    told: list[Entry] = []
    put_back(of, disk, tmp_path, report=lambda entry, outcome: told.append(entry))
    assert [dict(each.rows) for each in told[:1]] == [{"end": 4, "relationship values": 2}]
