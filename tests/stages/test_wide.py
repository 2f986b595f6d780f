"""Histories of unusual shape: very wide, very deep, with very much in one place. Their cost is counted, never timed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import nsmig
from nsmig import History, Kind, Migration
from nsmig.checking.branches import clashes
from nsmig.errors import CycleError
from nsmig.operations import CreateType, Operation
from nsmig.values import Type
from nsmig.yaml_file import migration_text
from support.projects import write_migrations
from support.wide import ROOT, SHAPES, chain, leaves, merges, name, one_migration

NODE = Kind.NODE


def declared(schema: nsmig.Schema) -> Type:
    found = schema.type(NODE, "T")
    assert found
    return found


# ---- Correctness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_order_fold_plan_and_squash_agree(shape: str) -> None:
    made = SHAPES[shape](3000)
    history = History(made[::-1])
    order = history.order()
    place = {each: at for at, each in enumerate(order)}
    assert len(order) == len(made)
    assert all(place[before] < place[each.name] for each in made for before in each.dependencies)
    assert set(history.leaves()) == {each.name for each in made} - {name for each in made for name in each.dependencies}
    schema = history.schema()
    assert schema == history.schema(at=order[-1])
    assert [each.name for each in history.plan(order[:-2])] == order[-2:][: len(order)]
    operations = [operation for each in history.plan() for operation in each.operations]
    assert nsmig.History([Migration("all", tuple(operations))]).schema() == schema
    squash = history.squash(order[0])
    assert nsmig.History([Migration("all", squash.operations)]).schema() == schema
    assert len(squash.operations) <= len(operations) and squash.replaces == tuple(order)


def test_a_thousand_leaves() -> None:
    history = History(leaves(1000))
    assert history.leaves() == [name(at) for at in range(1000)]
    (run,) = history.concurrent()
    assert len(run) == 1000 and list(clashes(run)) == []
    assert len(declared(history.schema()).properties) == 1001


def test_hundreds_of_branches_and_merges() -> None:
    history = History(merges(900))
    assert len(history.leaves()) == 1 and [len(run) for run in history.concurrent()] == [2] * 300


def test_a_hundred_thousand_deep() -> None:
    """No recursion: a chain may have any length."""
    made = chain(100_000)
    history = History(made)
    assert history.order() == [each.name for each in made] and history.leaves() == [made[-1].name]
    assert history.concurrent() == [] and len(history.plan(history.order()[:-3])) == 3
    assert declared(history.schema()).keys == ("p99999",)
    assert declared(history.schema(at=made[50_000].name)).keys == ("p49999",)
    (made_once,) = history.squash(made[0].name).operations
    assert made_once == CreateType(NODE, "T", ("p99999",), ())


def test_a_circle_of_a_hundred_thousand() -> None:
    made = chain(100_000)
    made[0] = Migration("0", ROOT.operations, (made[-1].name,))
    with pytest.raises(CycleError) as circle:
        History(made)
    assert len(circle.value.path) == 100_002


def test_a_type_of_a_hundred_thousand_properties_in_one_migration(tmp_path: Path) -> None:
    (made,) = one_migration(100_000)
    (tmp_path / "0.yaml").write_text(migration_text(made.to_dict()))
    history = History.load(tmp_path)
    assert history["0"] == made
    report = history.squash_report("0")
    assert (report.before, report.after) == (100_001, 1)
    assert len(nsmig.diff(nsmig.Schema(), history.schema())) == 1


def test_squashes_within_squashes_within_squashes() -> None:
    made = chain(200)
    order = History(made).order()
    for depth in range(100):
        replaced = (*order[: depth + 2], *(f"s{inner:03}" for inner in range(depth)))
        made.append(Migration(f"s{depth:03}", (), (), replaced))
    history = History(made)
    assert history.leaves() == [order[-1]]
    assert len(history.plan()) == 1 + 201 - 101 and len(history.replaced("s099")) == 101 + 99


# ---- Cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_of_a_squash_is_that_of_its_operations(shape: str) -> None:
    each = {}
    for size in (1_000, 10_000):
        operations = [operation for migration in SHAPES[shape](size) for operation in migration.operations]
        each[size] = nsmig.squash_report(operations).work / len(operations)
    assert max(each.values()) < 10 and each[10_000] < 1.2 * each[1_000], each


PROGRAM = """
import sys
from nsmig._core import History, Schema, diff
history = History.load(sys.argv[1], 1)
schema = history.schema()
history.leaves(), history.order(), history.schema(history.order()[-1]), history.concurrent()
history.squash_report(history.order()[0])
diff(Schema(), schema)
"""


def instructions(made: list[Migration], folder: Path) -> int:
    """The number of instructions that the program executes on a folder of these migrations, counted by callgrind."""
    write_migrations(folder, *made)
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}.out", sys.executable, "-c", PROGRAM]
    done = subprocess.run([*command, str(folder / "migrations")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (counted,) = [line for line in done.stderr.splitlines() if "refs:" in line]
    return int(counted.split()[-1].replace(",", ""))


@pytest.fixture(scope="module")
def starting(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The number that it executes on next to nothing, in any shape."""
    return instructions(chain(3), tmp_path_factory.mktemp("starting"))


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="instructions are counted by valgrind")
# Without leaves: all of them are one run of concurrent migrations, which becomes Python objects.
@pytest.mark.parametrize("shape", [each for each in SHAPES if each != "leaves"])
def test_instructions_grow_with_the_history_and_no_faster(shape: str, tmp_path: Path, starting: int) -> None:
    """From reading to squash: four times the migrations cost four times the instructions, apart from the start."""
    small, large = (instructions(SHAPES[shape](size), tmp_path / str(size)) for size in (500, 2000))
    assert large - starting < 5 * (small - starting), (starting, small, large)


# ---- Threads ---------------------------------------------------------------------------------------------------------


def test_many_threads_at_once_get_the_same(tmp_path: Path) -> None:
    """The core releases the GIL while it works; its results do not depend on other threads."""
    for each in merges(900):
        (tmp_path / f"{each.name}.yaml").write_text(migration_text(each.to_dict()))
    shared = History.load(tmp_path, 1)

    def answers(history: History) -> tuple[object, ...]:
        first = history.order()[0]
        squash, report = history.squash_and_report(first)
        schema = history.schema()
        return (
            history.order(),
            migration_text(squash.to_dict()),
            report,
            schema.to_dict(),
            nsmig.diff(nsmig.Schema(), schema),
        )

    expected = answers(shared)
    got: list[tuple[object, ...]] = []

    def work(threads: int) -> None:
        got.extend((answers(History.load(tmp_path, threads)), answers(shared)))

    running = [threading.Thread(target=work, args=(number % 4,)) for number in range(12)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert len(got) == 24 and all(each == expected for each in got)


def test_operations_are_plain(tmp_path: Path) -> None:
    """The operations in the shapes above; a shape that lost its point would pass all tests."""
    counts = {shape: sum(len(each.operations) for each in make(300)) for shape, make in SHAPES.items()}
    assert all(count >= 200 for count in counts.values()), counts
    assert all(isinstance(each, Operation) for make in SHAPES.values() for m in make(3) for each in m.operations)
