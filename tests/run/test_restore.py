"""An archive's content comes back, value for value: random graphs on the toy, killed after every statement."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig.archive.manifest import Entry
from nsmig.errors import ArchiveError, LockedError
from nsmig.kinds import Kind
from nsmig.making.revert import revert
from nsmig.operations import CreateType, DropProperty, DropType, Operation, RenameProperty, RenameType
from nsmig.running.outcome import Outcome
from nsmig.running.restoring import restore
from support.engines import core_schema
from support.loops import apply, copied
from support.migrations import chained
from support.reference import Conflict, Graph, Node, Relationship, Schema, fold
from support.squash_cases import play, random_graph, random_operations, random_schema
from support.toy import Disk, Killed, opened

NODE = Kind.NODE
SEEDS = 300


def started(base: Schema, graph: Graph) -> tuple[Disk, list[Operation]]:
    """A disk on which a first migration has created a schema, with a graph that was written since."""
    first = list(nsmig.diff(nsmig.Schema(), core_schema(base), extensions=True))
    disk = Disk()
    apply(chained(first), disk, False)
    disk.graph, disk.sent = graph, 0
    return disk, first


def put_back(of: nsmig.History, disk: Disk, folder: Path, **options: Any) -> Outcome:
    with opened(disk, False) as database:
        return restore(of, database, folder, **options)


def told_apart(graph: Graph) -> Graph:
    """Relationships that differ in a value that no migration knows."""
    edges = [r and replace(r, properties={**r.properties, "i": at}) for at, r in enumerate(graph.relationships)]
    return Graph(graph.nodes, edges)


def drops(rng: random.Random, schema: Schema) -> list[Operation]:
    """Some drops outside keys."""
    operations: list[Operation] = []
    for _ in range(rng.randint(1, 4)):
        types = [(kind, name) for kind in Kind for name in schema.types(kind)]
        if not types:
            break
        kind, name = rng.choice(types)
        plain = [each for each, facts in schema.of(kind)[name].items() if not facts.key]
        operation = (
            DropProperty(kind, name, rng.choice(plain)) if plain and rng.random() < 0.6 else DropType(kind, name)
        )
        operations.append(operation)
        schema = fold([operation], schema)
    return operations


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_was_dropped_comes_back_value_for_value(seed: int, tmp_path: Path) -> None:
    if (made := _dropped(seed)) is None:
        return
    base, graph, disk, of, renames = made
    apply(of, disk, bool(seed % 2), archive=tmp_path, to="m2")
    with suppress(Conflict):
        wanted = play(graph, renames, base).canonical()
        apply(of, disk, bool(seed % 2))
        _comes_back(of, disk, tmp_path, wanted)


@pytest.mark.long
def test_what_was_dropped_comes_back_value_for_value_ten_thousand_times(tmp_path: Path) -> None:
    for seed in range(SEEDS, 10_000):
        test_what_was_dropped_comes_back_value_for_value(seed, tmp_path / str(seed))
        shutil.rmtree(tmp_path / str(seed), ignore_errors=True)


def _comes_back(of: nsmig.History, disk: Disk, tmp_path: Path, wanted: Any) -> None:
    dry = copied(disk)
    put_back(of, dry, tmp_path, dry_run=True)
    assert dry.contents() == disk.contents()
    outcome = put_back(of, disk, tmp_path)
    assert not outcome.left.counts and not outcome.taken.counts and not outcome.lacking.counts
    assert disk.graph.canonical() == wanted
    again = put_back(of, disk, tmp_path)
    assert (again.nodes, again.relationships, again.values) == (0, 0, 0)
    assert disk.graph.canonical() == wanted


def _dropped(seed: int) -> tuple[Schema, Graph, Disk, nsmig.History, list[Operation]] | None:
    """A random schema, rows and a database with them, a history that drops some, and the renames at its end; None if
    nothing can be dropped."""
    rng = random.Random(seed)
    base = random_schema(rng)
    graph = told_apart(random_graph(rng, base, 3, numbered=True))
    lost = drops(rng, base)
    if not lost:
        return None
    disk, first = started(base, graph)
    return base, graph, disk, *_with_a_way_back(rng, base, first, lost)


def _with_a_way_back(
    rng: random.Random, base: Schema, first: Sequence[Operation], lost: Sequence[Operation]
) -> tuple[nsmig.History, list[Operation]]:
    """A history that drops, reverts the drop, and renames; and the renames."""
    half = len(lost) // 2
    of = chained(first, lost[:half], lost[half:])
    back = revert(of, "m1", "m2").operations
    renames = random_operations(rng, base, rng.randint(0, 3), own=0, classes=(RenameType, RenameProperty))
    if any(isinstance(each, RenameProperty) and each.kind is NODE and _is_shared(each, base) for each in renames):
        renames = []
    return chained(first, lost[:half], lost[half:], back, renames), renames


def _is_shared(rename: RenameProperty, base: Schema) -> bool:
    """Whether several types declare a name. A node of several such types has one value under it, and two after a rename
    on one of them: the first drop then takes nothing, and the second takes the value of the other type only
    (docs/archive.md)."""
    declared = {each for properties in base.nodes.values() for each in properties}
    return len(base.declaring(rename.old)) > 1 or rename.new in declared


@pytest.mark.parametrize("seed", range(12))
def test_a_killed_restore_goes_on(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsmig.running.returned.BATCH", 1)
    if (made := _dropped(seed)) is None:
        return
    base, graph, disk, of, renames = made
    apply(of, disk, False, archive=tmp_path, to="m2")
    apply(of, disk, False)
    whole = copied(disk)
    whole.sent = 0
    put_back(of, whole, tmp_path)
    wanted = play(graph, renames, base).canonical()
    assert whole.graph.canonical() == wanted
    for kill in range(1, whole.sent + 1):
        attempt = copied(disk)
        attempt.sent, attempt.kill_after = 0, kill
        with pytest.raises(Killed):
            put_back(of, attempt, tmp_path)
        put_back(of, attempt, tmp_path)
        assert attempt.graph.canonical() == wanted, f"killed after statement {kill} of {whole.sent}"
        assert not (tmp_path / "restoring.sqlite").exists()


A = CreateType(NODE, "A", ("k",), ("p", "q"))
GRAPH = Graph(
    [Node(frozenset("A"), {"_id": at, "k": at, "p": f"p{at}", "q": 1.5}) for at in range(4)],
    [Relationship("R", 0, 1, {"w": 1}), Relationship("R", 0, 1, {"w": 1}), Relationship("R", 2, 3, {})],
)


def dropped(tmp_path: Path, graph: Graph, *operations: Operation) -> tuple[Disk, nsmig.History]:
    """A disk on which these drops have run with an archive, and were reverted."""
    disk, first = started(fold([A, CreateType(Kind.RELATIONSHIP, "R", (), ("w",))]), graph)
    of = chained(first, operations)
    of = chained(first, operations, revert(of, "m1").operations)
    apply(of, disk, False, archive=tmp_path)
    return disk, of


def test_an_archive_that_was_altered_puts_nothing_back(tmp_path: Path) -> None:
    disk, of = dropped(tmp_path, GRAPH, DropProperty(NODE, "A", "p"), DropProperty(NODE, "A", "q"))
    before = disk.contents()
    first, last = tmp_path / "0001.jsonl.gz", tmp_path / "0002.jsonl.gz"
    whole = first.read_bytes()
    for harmed, message in ((last.read_bytes(), "0001.jsonl.gz"), (whole[:-1], "0001.jsonl.gz: is cut off")):
        first.write_bytes(harmed)  # the file that would come last
        with pytest.raises(ArchiveError, match=message):
            put_back(of, disk, tmp_path)
        assert disk.contents() == before
    first.write_bytes(whole)
    assert put_back(of, disk, tmp_path).values > 0


def test_a_restore_without_its_lock_ends(tmp_path: Path) -> None:
    disk, of = dropped(tmp_path, GRAPH, DropProperty(NODE, "A", "p"), DropProperty(NODE, "A", "q"))

    def unlock(entry: Entry, outcome: Outcome) -> None:
        disk.locked_by = None

    with pytest.raises(LockedError):
        put_back(of, disk, tmp_path, report=unlock)
    put_back(of, disk, tmp_path)
    assert all({"p", "q"} <= node.properties.keys() for node in disk.graph.nodes if node)
    disk.locked_by = "a run"
    with pytest.raises(LockedError):
        put_back(of, disk, tmp_path)


def test_a_value_that_is_there_now_stays(tmp_path: Path) -> None:
    disk, of = dropped(tmp_path, GRAPH, DropProperty(NODE, "A", "p"))
    disk.graph.nodes[1].properties["p"] = "new"  # type: ignore[union-attr]
    disk.graph.nodes[2].properties["p"] = "p2"  # type: ignore[union-attr]
    outcome = put_back(of, disk, tmp_path)
    assert [node.properties["p"] for node in disk.graph.nodes if node] == ["p0", "new", "p2", "p3"]
    assert outcome.taken.counts == {(NODE, "A", "p"): 1} and outcome.values == 2 and outcome.there == 1
    assert [row.id for row in outcome.taken.examples[NODE, "A", "p"]] == ["n1"]


def test_nodes_and_relationships_that_were_made_again_are_not_made_twice(tmp_path: Path) -> None:
    disk, of = dropped(tmp_path, GRAPH, DropType(NODE, "A"))
    nodes: list[Node | None] = [Node(frozenset("A"), {"_id": 0, "k": 0, "p": "other"}), Node(frozenset("A"), {"k": 1})]
    disk.graph = Graph(nodes, [Relationship("R", 0, 1, {"w": 1})])
    outcome = put_back(of, disk, tmp_path)
    assert (outcome.nodes, outcome.relationships) == (2, 2), "of two that were equal, one is there"
    expected = GRAPH.canonical()
    expected["nodes"][0][1]["p"] = ("str", "other")
    assert disk.graph.canonical() == expected
    assert outcome.taken.counts == {(NODE, "A", "p"): 1}


def test_rows_without_a_key_are_found_by_all_that_they_have(tmp_path: Path) -> None:
    graph = Graph([Node(frozenset("A"), {"_id": at, "p": "x", "q": at // 2}) for at in range(4)])
    for node in graph.nodes[2:]:
        del node.properties["_id"]  # type: ignore[union-attr]
    disk, of = dropped(tmp_path, graph, DropProperty(NODE, "A", "p"))
    outcome = put_back(of, disk, tmp_path)
    assert outcome.values == 2 and outcome.left.counts == {"several rows are as it was": 2}
    assert [node.properties.get("p") for node in disk.graph.nodes if node] == ["x", "x", None, None]


def test_one_migration_alone_comes_back(tmp_path: Path) -> None:
    disk, first = started(fold([A]), GRAPH)
    lost = [DropProperty(NODE, "A", "p"), DropProperty(NODE, "A", "q")]
    of = chained(first, *lost)
    of = chained(first, *lost, revert(of, "m1", "m2").operations)
    apply(of, disk, False, archive=tmp_path)
    begun: list[str] = []

    def report(entry: Entry, outcome: Outcome) -> None:
        begun.append(entry.migration)

    put_back(of, disk, tmp_path, only="m2", report=report)
    assert set(begun) == {"m2"}
    assert [sorted(node.properties) for node in disk.graph.nodes if node] == [["_id", "k", "q"]] * 4
    with pytest.raises(ArchiveError, match="holds nothing of a migration named 'm9'"):
        put_back(of, disk, tmp_path, only="m9")


def test_what_has_no_place_is_named(tmp_path: Path) -> None:
    disk, first = started(fold([A]), GRAPH)
    of = chained(first, DropProperty(NODE, "A", "p"), DropType(NODE, "A"))
    apply(of, disk, False, archive=tmp_path)
    before = disk.contents()
    with pytest.raises(ArchiveError, match=r"no place in this database: node type A, A\.p; make it again"):
        put_back(of, disk, tmp_path)
    assert disk.contents() == before and not (tmp_path / "restoring.sqlite").exists()
    more = chained(first, DropProperty(NODE, "A", "p"), DropType(NODE, "A"), CreateType(NODE, "A", ("k",), ("p",)))
    apply(more, disk, False)
    outcome = put_back(more, disk, tmp_path)
    assert outcome.lacking.counts == {("A", "q", ""): 4} and outcome.nodes == 4 and outcome.values == 4


@pytest.mark.parametrize(
    ("operations", "place"),
    [
        ([RenameType(NODE, "A", "B")], "B"),
        ([RenameType(NODE, "A", "B"), CreateType(NODE, "A", ("k",), ("p",))], "B"),
        ([DropType(NODE, "A"), CreateType(NODE, "C", ("k",), ("p",)), RenameType(NODE, "C", "A")], None),
    ],
)
def test_a_name_is_followed_and_not_what_else_bears_it(
    operations: list[Operation], place: str | None, tmp_path: Path
) -> None:
    disk, of = dropped(tmp_path, GRAPH, DropType(NODE, "A"))
    later = [of[name].operations for name in of.order()]
    of = chained(*later, operations)
    apply(of, disk, False)
    if place is None:
        with pytest.raises(ArchiveError, match="no place in this database: node type A"):
            put_back(of, disk, tmp_path)
    else:
        put_back(of, disk, tmp_path)
        assert {label for node in disk.graph.nodes if node for label in node.labels} == {place}


def test_what_is_begun_is_finished_first(tmp_path: Path) -> None:
    disk, first = started(fold([A]), GRAPH)
    of = chained(first, [DropProperty(NODE, "A", "p"), DropProperty(NODE, "A", "q")])
    disk.kill_after = 4
    with pytest.raises(Killed):
        apply(of, disk, False, archive=tmp_path)
    with pytest.raises(ArchiveError, match="m1 was begun and not finished; finish it with `nsmig run`"):
        put_back(of, disk, tmp_path)


def test_what_was_renamed_and_then_dropped_comes_back_under_its_first_name(tmp_path: Path) -> None:
    """One revert of both creates it again under that name."""
    disk, first = started(fold([A]), GRAPH)
    lost: list[Operation] = [
        RenameProperty(NODE, "A", "p", "x"),
        RenameType(NODE, "A", "Z"),
        DropProperty(NODE, "Z", "x"),
        RenameProperty(NODE, "Z", "q", "y"),
        DropType(NODE, "Z"),
    ]
    of = chained(first, lost[:2], lost[2:])
    of = chained(first, lost[:2], lost[2:], revert(of, "m1", "m2").operations)
    apply(of, disk, False, archive=tmp_path)
    assert not any(disk.graph.nodes)
    outcome = put_back(of, disk, tmp_path)
    assert not outcome.lacking.counts and not outcome.left.counts
    assert disk.graph.canonical() == GRAPH.canonical()


@pytest.mark.parametrize("depth", [1, 2])
def test_what_a_squash_replaces_since_then_is_followed_by_its_members(depth: int, tmp_path: Path) -> None:
    """The squash no longer has the drop of the property, and behind it nothing would lead to the type's place."""
    disk, first = started(fold([A]), GRAPH)
    lost = (DropProperty(NODE, "A", "p"), DropType(NODE, "A"))
    of = chained(first, *lost)
    apply(of, disk, False, archive=tmp_path)
    squashes: list[nsmig.Migration] = []
    members: tuple[str, ...] = ("m1", "m2")
    for each in range(depth):
        squashes.append(nsmig.Migration(f"s{each}", (DropType(NODE, "A"),), ("m0",), members))
        members = (f"s{each}",)
    of = nsmig.History([*(of[each] for each in of), *squashes])
    back = nsmig.Migration("back", revert(of, "m1", "m2").operations, (squashes[-1].name,))
    of = nsmig.History([*(of[each] for each in of), back])
    apply(of, disk, False)
    outcome = put_back(of, disk, tmp_path)
    assert not outcome.lacking.counts and not outcome.left.counts
    assert disk.graph.canonical() == GRAPH.canonical()


def test_a_first_name_that_something_else_has_is_not_taken(tmp_path: Path) -> None:
    disk, first = started(fold([A]), GRAPH)
    lost: list[Operation] = [
        RenameType(NODE, "A", "Z"),
        CreateType(NODE, "A", ("k",), ("p", "q")),
        DropType(NODE, "Z"),
    ]
    of = chained(first, lost)
    apply(of, disk, False, archive=tmp_path)
    with pytest.raises(ArchiveError, match="no place in this database: node type Z"):
        put_back(of, disk, tmp_path)


def test_the_files_of_a_task_grow_with_its_operations(tmp_path: Path) -> None:
    def written(count: int) -> int:
        names = [f"p{at:03}" for at in range(count)]
        node = Node(frozenset("T"), {"_id": 0, "k": 0, **dict.fromkeys(names, "x")})
        disk, first = started(fold([CreateType(NODE, "T", ("k",), tuple(names))]), Graph([node]))
        of = chained(first, [DropProperty(NODE, "T", each) for each in names])
        folder = tmp_path / str(count)
        apply(of, disk, True, archive=folder)
        assert len(list(folder.glob("0*.json"))) == count
        return sum(path.stat().st_size for path in folder.glob("*.json"))

    assert written(160) < 2.5 * written(80)
