"""In process, at growing sizes: ``python benches/scale.py [--sizes 1000x0,10000x0,100000x0,10000x100]``.

A size is migrations x operations in each, 0 for one or two. Each is measured in a separate process: the time of each
call, and the memory of the process afterwards. Peers run on smaller histories of the same kind. Django and Alembic come
from the dependency group ``bench``, nodestream from ``test``; missing ones are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import folders
import nsmig
import results
from histories import SHAPES
from squash import PEERS as SQUASH_PEERS
from squash import process

CALLS = ("load", "schema", "schema in the middle", "plan", "squash", "diff")
NODESTREAM = """
import json, sys, time
from pathlib import Path
began = time.perf_counter()
from nodestream.schema.migrations import ProjectMigrations
imported = time.perf_counter() - began
began = time.perf_counter()
graph = ProjectMigrations.from_directory(Path("migrations")).graph
loaded = time.perf_counter() - began
began = time.perf_counter()
plan = graph.get_ordered_migration_plan([])
print(json.dumps({"load": loaded, "order": time.perf_counter() - began}))
"""
ALEMBIC = """
import json, sys, time
from alembic.script.revision import Revision, RevisionMap
count = int(sys.argv[1])
made = [Revision(str(n), str(n - 1) if n else None) for n in range(count)]
began = time.perf_counter()
order = list(RevisionMap(lambda: made).iterate_revisions("heads", "base"))
assert len(order) == count
print(json.dumps({"order": time.perf_counter() - began}))
"""
# The history of histories.py as Django operations: the program that squash.py gives Django, up to its optimizer.
DJANGO = (
    SQUASH_PEERS["Django"].partition("began = ")[0]
    + """
from django.db.migrations.state import ProjectState
state = ProjectState()
began = time.perf_counter()
for each in history:
    each.state_forwards("app", state)
print(json.dumps({"schema": time.perf_counter() - began}))
"""
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000x0,10000x0,100000x0,10000x100")
    parser.add_argument("--peer-sizes", default="300,1000")
    parser.add_argument("--load-files", type=int, default=10_000, help="that nodestream loads")
    parser.add_argument("--types", type=int, default=10_000, help="of two schemas that are compared")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.measure:
        print(json.dumps(measured(given.measure)))
        return
    sizes = [tuple(map(int, each.split("x"))) for each in given.sizes.split(",")]
    with TemporaryDirectory() as folder:
        lines = growth(Path(folder), sizes)
        lines += wide_diff(given.types)
        lines += beside(Path(folder), [int(each) for each in given.peer_sizes.split(",")], given.load_files)
    results.write("scale", lines)


def growth(folder: Path, sizes: Sequence[Sequence[int]]) -> list[str]:
    """Microseconds per operation, at each size: if they stay the same, the cost is linear."""
    lines = [
        "Microseconds for each operation, in process",
        "",
        f"| migrations | operations | types | {' | '.join(CALLS)} | work of squash | peak MB | bytes an operation |",
        "|" + "---|" * (len(CALLS) + 6),
    ]
    curves: dict[str, list[tuple[float, float]]] = {call: [] for call in CALLS}
    for count, operations in sizes:
        project = folders.write(folder, count, operations or None)
        found = process([sys.executable, __file__, "--measure", str(project)])
        total = found["operations"]
        each = " | ".join(f"{1e6 * found[call] / total:.2f}" for call in CALLS)
        held = f"{found['work'] / total:.2f} | {found['peak']:.0f} | {1e6 * found['grown'] / total:.0f}"
        lines.append(f"| {count:,} | {total:,} | {found['types']:,} | {each} | {held} |")
        for call in CALLS:
            curves[call].append((total, found[call]))
    results.plot("scale", "Seconds by operations", {call: sorted(curve) for call, curve in curves.items()})
    return lines


def measured(project: Path) -> dict[str, Any]:
    """Seconds of each call on one project, and megabytes: ``grown`` by its history, ``peak`` overall."""
    nsmig.History([])  # only for the first call
    before = held("VmRSS")
    took: dict[str, Any] = {}

    def timed(call: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = work()
        took[call] = time.perf_counter() - began
        return result

    history = timed("load", lambda: nsmig.History.load(project / "migrations"))
    grown = held("VmRSS") - before
    order = history.order()
    schema = timed("schema", history.schema)
    middle = timed("schema in the middle", lambda: history.schema(at=order[len(order) // 2]))
    report = timed("squash", lambda: history.squash_report(order[0]))
    timed("diff", lambda: nsmig.diff(middle, schema))
    peak = held("VmHWM")
    timed("plan", history.plan)  # as Python objects, which account for most of the following
    types = sum(len(schema.types(kind)) for kind in nsmig.Kind)
    return took | {"operations": report.before, "work": report.work, "types": types, "grown": grown, "peak": peak}


def wide_diff(count: int) -> list[str]:
    """The cost of comparing two schemas with this many types, a third of which differ."""

    def schema(property: str) -> nsmig.Schema:
        properties = {"id": {"is_key": True}, "name": {"is_indexed": True}, "at": "DATETIME"}
        types = [
            {"name": f"T{number}", "properties": properties | ({property: {}} if number % 3 == 0 else {})}
            for number in range(count)
        ]
        return nsmig.Schema.from_dict({"nodes": types})

    before, after = schema("old"), schema("new")
    lines = ["", "| diff of two schemas | types | operations | ms |", "|---|---|---|---|"]
    for what, other in (("that differ in a third of the types", after), ("that are the same", schema("old"))):
        began = time.perf_counter()
        operations = nsmig.diff(before, other)
        took = time.perf_counter() - began
        lines.append(f"| {what} | {count:,} | {len(operations):,} | {1e3 * took:.1f} |")
    return lines


def held(what: str) -> float:
    """Megabytes that this process uses (VmRSS) or used at most (VmHWM)."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[what].split()[0]) / 1e3


def beside(folder: Path, sizes: Sequence[int], load_files: int) -> list[str]:
    """The time of peers for the same, and how many times as long as nsmig."""
    lines = ["", "| peer | what | size | peer s | peer ÷ nsmig |", "|---|---|---|---|---|"]
    for size in sizes:
        project = folders.write(folder, size)
        ours = measured(project)
        made = list(folders.migrations(size))
        began = time.perf_counter()
        nsmig.History(made).order()
        ordered = time.perf_counter() - began
        text = json.dumps([each.to_dict() for each in SHAPES["typical"](size)])
        history = nsmig.History([nsmig.Migration("all", tuple(SHAPES["typical"](size)))])
        began = time.perf_counter()
        history.schema()
        folded = time.perf_counter() - began
        for peer, what, command, given, own in (
            ("nodestream", "load", [NODESTREAM], "", ours["load"]),
            ("Alembic", "order", [ALEMBIC, str(size)], "", ordered),
            ("Django", "schema", [DJANGO], text, folded),
        ):
            done = subprocess.run(
                [sys.executable, "-c", *command], input=given, capture_output=True, text=True, cwd=project
            )
            if "ModuleNotFoundError" in done.stderr:
                continue
            took = json.loads(done.stdout)[what]
            lines.append(f"| {peer} | {what} | {size:,} | {took:.3f} | {took / own:,.1f} |")
    project = folders.write(folder, load_files)
    own = min(measured(project)["load"] for _ in range(3))
    done = subprocess.run([sys.executable, "-c", NODESTREAM], capture_output=True, text=True, cwd=project, check=True)
    took = json.loads(done.stdout)["load"]
    lines.append(f"| nodestream | load | {load_files:,} | {took:.3f} | {took / own:,.1f} |")
    return lines


if __name__ == "__main__":
    main(sys.argv[1:])
