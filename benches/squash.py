"""Squash beside nodestream's reducer and Django's optimizer on the same history, then alone on ever longer ones.

``python benches/squash.py [--sizes 100,300,1000] [--alone 1000,…,1000000] [--peers PYTHON] [--limit SECONDS]``

Each measurement is a separate process that generates the history from its seed. Only the call is timed: each takes
operations in its own form of a history and returns Python objects. For nsmig that is ``History.squash``, here
``squash``; ``plain`` is ``nsmig.squash``, which also takes Python objects, and ``core`` returns none. A short call is
repeated, and the shortest time counts. The peers, nodestream 0.16.2 and django, may be installed in another Python.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nsmig
from histories import SHAPES

HERE = Path(__file__).parent

# The program of a peer: it reads operations as JSON and prints the time of its call and the number of remaining
# operations.
_NODESTREAM = """
import json, sys, time
from nodestream.schema.migrations import operations
made = [operations.Operation.from_file_data(each) for each in json.load(sys.stdin)]
began = time.perf_counter()
left = operations.Operation.optimize(made)
print(json.dumps({"seconds": time.perf_counter() - began, "after": len(left)}))
"""
_DJANGO = """
import json, sys, time
from django.conf import settings
settings.configure()
from django.db import models
from django.db.migrations import operations
from django.db.migrations.optimizer import MigrationOptimizer

def field(default=None):
    return models.TextField(null=True) if default is None else models.TextField(default=default)

def made(operation, arguments):
    a = arguments
    if operation == "CreateNodeType":
        return operations.CreateModel(a["name"], [(p, field()) for p in [*a["keys"], *a["properties"]]])
    if operation == "DropNodeType":
        return operations.DeleteModel(a["name"])
    if operation == "RenameNodeType":
        return operations.RenameModel(a["old_type"], a["new_type"])
    if operation == "AddNodeProperty":
        return operations.AddField(a["node_type"], a["property_name"], field(a["default"]))
    if operation == "DropNodeProperty":
        return operations.RemoveField(a["node_type"], a["property_name"])
    if operation == "RenameNodeProperty":
        return operations.RenameField(a["node_type"], a["old_property_name"], a["new_property_name"])
    name = a["node_type"] + a["field_name"]
    return operations.AddIndex(a["node_type"], models.Index(fields=[a["field_name"]], name=name))

history = [made(**each) for each in json.load(sys.stdin)]
began = time.perf_counter()
left = MigrationOptimizer().optimize(history, "app")
print(json.dumps({"seconds": time.perf_counter() - began, "after": len(left)}))
"""
PEERS = {"nodestream": _NODESTREAM, "Django": _DJANGO}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,300,1000", help="operations, beside the peers")
    parser.add_argument("--alone", default="1000,10000,100000,1000000", help="operations, nsmig alone")
    parser.add_argument("--shapes", default=",".join(SHAPES), help="kinds of history, nsmig alone")
    parser.add_argument("--peers", default=sys.executable, help="a Python that has nodestream and django")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a peer is stopped")
    parser.add_argument("--measure", nargs=2, metavar=("SHAPE", "SIZE"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.measure:
        print(json.dumps(measured(given.measure[0], int(given.measure[1]))))
        return
    beside([int(each) for each in given.sizes.split(",")], given.peers, given.limit)
    alone(given.shapes.split(","), [int(each) for each in given.alone.split(",")])


def beside(sizes: Sequence[int], python: str, limit: float, peers: Sequence[str] = tuple(PEERS)) -> None:
    """The typical history: seconds, and how many times as long as nsmig's squash of a history."""
    print(f"{'typical':>16} {'squash':>12} {'plain':>12}" + "".join(f" {peer:>25}" for peer in peers))
    for size in sizes:
        ours = process([sys.executable, __file__, "--measure", "typical", str(size)])
        operations = json.dumps([each.to_dict() for each in SHAPES["typical"](size)])
        line = f"{size:>16,} {seconds(ours['squash'])} {seconds(ours['plain'])}"
        for peer in peers:
            try:
                theirs = process([python, "-c", PEERS[peer]], operations, limit)
            except subprocess.TimeoutExpired:
                line += f" {'> ' + format(limit, 'g'):>10} s {limit / ours['squash']:>10,.0f} x"
                continue
            line += f" {seconds(theirs['seconds'])} {theirs['seconds'] / ours['squash']:>10,.0f} x"
        print(line, flush=True)


def alone(shapes: Sequence[str], sizes: Sequence[int]) -> None:
    print(
        f"\n{'nsmig alone':>16} {'operations':>10} {'become':>9} {'squash':>12} {'plain':>12} {'core':>12}"
        f" {'work each':>9} {'memory':>18}"
    )
    for shape in shapes:
        for size in sizes:
            each = process([sys.executable, __file__, "--measure", shape, str(size)])
            memory = f"{each['megabytes']:,.0f} MB {1e6 * each['grown'] / each['before']:>6,.0f} B each"
            print(
                f"{shape:>16} {each['before']:>10,} {each['after']:>9,} {seconds(each['squash'])}"
                f" {seconds(each['plain'])} {seconds(each['core'])} {each['work'] / each['before']:>9.2f} {memory:>18}",
                flush=True,
            )


def measured(shape: str, size: int) -> dict[str, Any]:
    """The cost of one history. ``grown`` is the growth of the process's peak memory in the first call, in megabytes."""
    operations = SHAPES[shape](size)
    nsmig.squash(operations[:1])
    held = peak()
    squashed = nsmig.squash(operations)
    megabytes = peak()
    history = nsmig.History([nsmig.Migration("all", tuple(operations))])
    return {
        "before": len(operations),
        "after": len(squashed),
        "squash": shortest(lambda: history.squash("all")),
        "plain": shortest(lambda: nsmig.squash(operations)),
        "core": shortest(lambda: history.squash_report("all")),
        "work": nsmig.squash_report(operations).work,
        "megabytes": megabytes,
        "grown": megabytes - held,
    }


def shortest(call: Callable[[], object], patience: float = 0.2) -> float:
    """The shortest time of calls during ``patience`` seconds, but of at least two."""
    took: list[float] = []
    while len(took) < 2 or sum(took) < patience:
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return min(took)


def peak() -> float:
    """The peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def process(command: Sequence[str], text: str = "", limit: float | None = None) -> dict[str, Any]:
    """A program's JSON output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=limit, cwd=HERE)
    if done.returncode:
        raise RuntimeError(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def seconds(value: float) -> str:
    return f"{value:>10.3f} s" if value >= 1 else f"{1000 * value:>9.2f} ms"


if __name__ == "__main__":
    main(sys.argv[1:])
