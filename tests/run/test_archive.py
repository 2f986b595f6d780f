"""Runs that archive what they delete: nothing else is deleted, and each value is in the archive once."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig.archive.folder import Archive
from nsmig.archive.manifest import Whole
from nsmig.database.base import State
from nsmig.errors import ArchiveError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, DropProperty, DropType, RunQuery, SetPropertyType
from nsmig.running.events import Event, Noted
from nsmig.running.loop import run
from nsmig.running.tasks import tasks
from support.archives import entries, rows
from support.engines import core_schema
from support.loops import apply, copied
from support.migrations import chained
from support.reference import Conflict, Graph, Node, Relationship, Schema, execute, fold
from support.squash_cases import cases, play
from support.toy import Disk, Killed, opened
from support.toy_archive import losses

NODE = Kind.NODE
ENGINES = pytest.mark.parametrize("transactional", [True, False], ids=["transactional", "in batches"])
A, B = CreateType(NODE, "A", ("k",), ("p", "q")), CreateType(NODE, "B", ("k",), ())
GRAPH = Graph(
    [
        Node(frozenset("A"), {"_id": 0, "k": 1, "p": "x"}),
        Node(frozenset("AB"), {"_id": 1, "k": 2, "p": 1.5}),
        Node(frozenset("B"), {"_id": 2, "k": 3}),
    ],
    [Relationship("R", 0, 1, {"w": 1}), Relationship("R", 0, 2, {}), Relationship("R", 2, 2, {})],
)
DROPS = [DropProperty(NODE, "A", "p"), DropType(NODE, "A")]


def started(base: Schema, graph: Graph) -> tuple[Disk, list[Any]]:
    """A disk on which a first migration has created a schema, with a graph that was written since."""
    first = list(nsmig.diff(nsmig.Schema(), core_schema(base), extensions=True))
    disk = Disk()
    apply(chained(first), disk, False)
    disk.graph, disk.sent = graph, 0
    return disk, first


def archived(folder: Path) -> Counter[str]:
    return Counter(json.dumps(each, sort_keys=True) for each in rows(folder))


@ENGINES
@pytest.mark.parametrize("seed", range(40))
def test_killed_after_any_statement_the_archive_holds_each_value_once(
    seed: int, transactional: bool, tmp_path: Path
) -> None:
    case = cases(seed, single_label=False)
    operations = [*case.operations, *_drops(case.base, case.operations)]
    if not (allowed := [each for each in case.graphs if _allows(each, operations, case.base)]):
        pytest.skip("the data of all graphs forbids the operations")
    graph = allowed[0]
    disk, first = started(case.base, graph)
    of = chained(first, operations[: len(operations) // 2], operations[len(operations) // 2 :])
    whole = copied(disk)
    apply(of, whole, transactional, archive=tmp_path / "whole")
    assert archived(tmp_path / "whole") == _lost(disk.graph, case.base, operations)
    for kill in range(1, whole.sent + 1):
        attempt, folder = copied(disk), tmp_path / str(kill)
        attempt.kill_after = kill
        with pytest.raises(Killed):
            apply(of, attempt, transactional, archive=folder)
        apply(of, attempt, transactional, archive=folder)
        assert attempt.contents() == whole.contents()
        assert archived(folder) == archived(tmp_path / "whole"), f"killed after statement {kill} of {whole.sent}"
        for entry in entries(folder):
            counted = Counter(
                each["row"] + " values" * ("gone" in each)
                for each in rows(folder, f"{entry['number']:04}.jsonl.gz", ends=True)
            )
            assert entry["rows"] == counted and entry["sha256"]


def _allows(graph: Graph, operations: list[Any], base: Schema) -> bool:
    with suppress(Conflict):
        return bool(play(graph, operations, base))
    return False


def _drops(base: Schema, operations: list[Any]) -> list[DropType]:
    """So that something is deleted in every case."""
    after = fold(operations, base)
    return [DropType(kind, name) for kind in Kind for name in after.types(kind)]


def _lost(graph: Graph, schema: Schema, operations: list[Any]) -> Counter[str]:
    """The data that the drops among these operations delete from a graph, by the reference alone."""
    lost: Counter[str] = Counter()
    for operation in operations:
        after = execute(graph, operation, schema)
        if isinstance(operation, (DropType, DropProperty, SetPropertyType)):
            taken = [line for each in losses(graph, after) for line in each.lines if line["row"] != "end"]
            lost.update(json.dumps(each, sort_keys=True) for each in taken)
        graph, schema = after, fold([operation], schema)
    return lost


def test_an_archive_says_what_it_is_of_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    disk, first = started(fold([A, B]), GRAPH)
    of = chained(first, DROPS, [RunQuery("one")])
    events: list[Event] = []
    folder = tmp_path / "deep" / "archive"
    events = apply(of, disk, False, archive=folder)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]} == {
        "archive": 0o700,
        **dict.fromkeys([".gitignore", "archive.json", "0001.json", "0001.jsonl.gz", "0002.json"], 0o600),
        "0002.jsonl.gz": 0o600,
    }
    assert (folder / ".gitignore").read_text() == "*\n"
    heading = json.loads((folder / "archive.json").read_bytes())
    assert heading["format"] == 1 and heading["not_archived"] == ["m2: 1 query"]
    note, planned, *_ = events
    assert isinstance(note, Noted) and note.text == "what queries delete or replace is not archived (m2: 1 query)"
    assert planned.event == "planned", "it is said before anything starts"
    first_entry, second = entries(folder)
    assert (first_entry["migration"], first_entry["first"], second["first"]) == ("m1", 1, 2)
    assert first_entry["operations"] == [DROPS[0].to_dict()] and second["operations"] == [DROPS[1].to_dict()]
    assert first_entry["task"]["operations"] == [each.to_dict() for each in DROPS] and second["task"] == 1
    assert [each["name"] for each in first_entry["task"]["schema"]["nodes"]] == ["A", "B"]
    assert second["rows"] == {"end": 2, "node": 1, "node values": 1, "relationship": 2}


def test_rows_and_their_file_are_on_the_disk_before_anything_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[tuple[int, int]] = set()  # files as they were then, by their inode and size

    def sync(descriptor: int) -> None:
        there = os.fstat(descriptor)
        synced.add((there.st_ino, -1 if stat.S_ISDIR(there.st_mode) else there.st_size))

    monkeypatch.setattr(os, "fsync", sync)
    folder = tmp_path / "archive"
    archive = Archive.open(folder, "toy")
    synced.clear()
    keep = archive.begin("m1", 1, [], lambda: Whole((), (), {}))
    assert (folder.stat().st_ino, -1) in synced, "a file that a crash may leave without a name is lost"
    after = 0
    for number in range(2):
        synced.clear()
        after = keep.write(after, [{"row": "node", "id": str(number), "labels": ["A"], "values": {}}])
        there = (folder / "0001.jsonl.gz").stat()
        assert there.st_size == after and (there.st_ino, after) in synced, "all of it, once it is written"


def test_a_resumed_run_needs_its_archive(tmp_path: Path) -> None:
    disk, first = started(fold([A, B]), GRAPH)
    of = chained(first, DROPS)
    disk.kill_after = 5
    with pytest.raises(Killed):
        apply(of, disk, False, archive=tmp_path / "one")
    for another in (None, tmp_path / "two"):
        with pytest.raises(ArchiveError, match=r"m1: was begun with the archive \w+, and .*--no-archive"):
            apply(of, copied(disk), False, archive=another)
    freed = copied(disk)
    apply(of, freed, False, no_archive=True)
    assert sorted(freed.records) == ["m0", "m1"]
    before = archived(tmp_path / "one")
    apply(of, disk, False, archive=tmp_path / "one")
    assert archived(tmp_path / "one") > before


def test_an_archive_goes_on_with_the_next_run(tmp_path: Path) -> None:
    disk, first = started(fold([A, B]), GRAPH)
    apply(chained(first, DROPS[:1]), disk, False, archive=tmp_path)
    apply(chained(first, DROPS[:1], DROPS[1:]), disk, False, archive=tmp_path)
    assert [each["migration"] for each in entries(tmp_path)] == ["m1", "m2"]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda folder: (folder / "0001.jsonl.gz").write_bytes(b""), "is cut off: it has 0 bytes of"),
        (lambda folder: _flip(folder / "0001.jsonl.gz"), "was altered: its checksum is another"),
        (lambda folder: (folder / "0001.json").unlink(), "lacks 0001.json"),
        (lambda folder: (folder / "0001.json").write_text("{}"), "is not as nsmig wrote it"),
        (lambda folder: _edit(folder / "0001.json", number=7), "is not as nsmig wrote it"),
        (lambda folder: _edit(folder / "0001.json", size="1"), "is not as nsmig wrote it"),
        (lambda folder: _edit(folder / "0001.json", task=1), "is not as nsmig wrote it"),
        (lambda folder: _edit(folder / "0001.json", task={"schema": {}}), "is not as nsmig wrote it"),
        (lambda folder: _edit(folder / "archive.json", format=2), r"later version of nsmig \(format 2"),
        (lambda folder: _edit(folder / "archive.json", database="neo4j"), "is the archive of a neo4j database"),
        (lambda folder: _edit(folder / "archive.json", archive="another"), "was written from another database"),
        (lambda folder: (folder / "archive.json").unlink(), "is not empty, and no archive of nsmig"),
    ],
)
def test_an_archive_that_is_not_as_it_was_written_is_refused_before_anything_changes(
    harm: Any, message: str, tmp_path: Path
) -> None:
    disk, first = started(fold([A, B]), GRAPH)
    apply(chained(first, DROPS[:1]), disk, False, archive=tmp_path)
    harm(tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    before = disk.contents()
    with pytest.raises(ArchiveError, match=message):
        apply(chained(first, DROPS[:1], DROPS[1:]), disk, False, archive=tmp_path)
    assert disk.contents() == before and disk.journal == {}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _edit(path: Path, **facts: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **facts}))


def test_a_database_that_was_put_back_does_not_cost_the_archive(tmp_path: Path) -> None:
    disk, first = started(fold([A, B]), GRAPH)
    backup = copied(disk)
    of = chained(first, DROPS)
    apply(of, disk, False, archive=tmp_path)
    before = archived(tmp_path)
    backup.positions[entries_name(tmp_path)] = disk.positions[entries_name(tmp_path)].__class__("x", 0, 0)
    with pytest.raises(ArchiveError, match="holds more than was deleted from this database"):
        apply(of, backup, False, archive=tmp_path)
    assert archived(tmp_path) == before


def entries_name(folder: Path) -> str:
    return str(json.loads((folder / "archive.json").read_bytes())["archive"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot lock a folder")
def test_two_databases_do_not_write_to_one_folder_at_once(tmp_path: Path) -> None:
    """The other one knows nothing of the archive, and would drop what is not certain there."""
    disk, first = started(fold([A, B]), GRAPH)
    of, another = chained(first, DROPS), copied(disk)
    refused: list[str] = []

    def meanwhile(event: Event) -> None:
        if event.event == "operation" and not refused:
            with opened(another, False) as other, pytest.raises(ArchiveError, match="another run is writing") as caught:
                run(of, other, archive=tmp_path)
            refused.append(str(caught.value))

    before = another.contents()
    with opened(disk, False) as database:
        run(of, database, meanwhile, archive=tmp_path)
    assert refused and another.contents() == before
    assert archived(tmp_path) == _lost(GRAPH, fold([A, B]), DROPS)
    with pytest.raises(ArchiveError, match="was written from another database"):
        apply(of, another, False, archive=tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ArchiveError, match="the archive cannot be used: Permission denied"):
        Archive.open(tmp_path / "archive", "toy")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_folder_that_nobody_can_make_is_refused() -> None:
    """Not even root can."""
    with pytest.raises(ArchiveError, match=r"/proc/self/archive: the archive cannot be used: "):
        Archive.open(Path("/proc/self/archive"), "toy")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="the archive cannot be used"):
        Archive.open(tmp_path / "file", "toy")


def test_what_is_not_archived_is_counted_by_migration() -> None:
    by_using = SetPropertyType(NODE, "A", "p", "INTEGER", "size(value)")
    plain = SetPropertyType(NODE, "B", "p", "INTEGER")
    history = chained(
        [A, B, AddProperty(NODE, "B", "p")],
        [RunQuery("one"), RunQuery("two"), by_using],
        [plain],
        [replace(by_using, property="q")],
    )
    planned = tasks(history, lambda operation, before: None, State({}, {}))
    assert planned.unarchived == ["m1: 2 queries"]
