"""Many small migrations on a fresh Neo4j: ``python benches/many_migrations.py [--count 300] [--nodestream PYTHON]``.

Seconds of whole processes on the same files and server: nodestream, nsmig, nsmig --fast-forward, nsmig with nothing to
do; and the floor of a fast-forward, a program that only connects and creates the final constraints and indexes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

import neo4j  # noqa: E402

import peers  # noqa: E402
import results  # noqa: E402
from nsmig.cli import UNUSED  # noqa: E402
from nsmig.database.neo4j.journal import JOURNAL, LOCK, MIGRATION  # noqa: E402
from nsmig.database.neo4j.session import CREATIONS  # noqa: E402
from nsmig.kinds import Kind  # noqa: E402
from nsmig.operations import (  # noqa: E402
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
    DropProperty,
    ExtendKey,
    Operation,
    RenameProperty,
    RenameType,
)
from nsmig.values import Migration  # noqa: E402
from support.server import server  # noqa: E402

FLOOR = f"""
import json, sys
sys.modules.update(dict.fromkeys({UNUSED!r}))
import neo4j
with neo4j.GraphDatabase.driver(sys.argv[1]) as driver, driver.session() as session:
    for texts in json.load(open(sys.argv[2])):
        with session.begin_transaction() as transaction:
            for text in texts:
                transaction.run(text).consume()
            transaction.commit()
"""


def history(count: int, seed: int = 1) -> list[Migration]:
    """A growing project: one operation per migration, about one in twelve of which creates a node type."""
    chance = random.Random(seed)
    types: dict[str, set[str]] = {}  # name → properties outside the key
    indexed: set[tuple[str, str]] = set()
    made = 0

    def fresh(letter: str) -> str:
        nonlocal made
        made += 1
        return f"{letter}{made}"

    def next_operation() -> Operation:
        if not types or chance.random() < 0.08:
            name, properties = fresh("Type"), {fresh("p") for _ in range(3)}
            types[name] = properties
            return CreateType(Kind.NODE, name, ("id",), ("id", *properties))
        name = chance.choice(sorted(types))
        free = sorted(p for p in types[name] if (name, p) not in indexed)
        what = chance.choice(["add", "add", "rename", "drop", "index", "unindex", "type", "key"])
        if what == "rename" and free:
            old, new = chance.choice(free), fresh("p")
            types[name] = types[name] - {old} | {new}
            return RenameProperty(Kind.NODE, name, old, new)
        if what == "drop" and len(free) > 1:
            old = chance.choice(free)
            types[name] -= {old}
            return DropProperty(Kind.NODE, name, old)
        if what == "index" and free:
            indexed.add((name, free[0]))
            return AddIndex(Kind.NODE, name, free[0])
        if what == "unindex" and (there := sorted(p for t, p in indexed if t == name)):
            indexed.discard((name, there[0]))
            return DropIndex(Kind.NODE, name, there[0])
        if what == "type" and chance.random() < 0.3:
            new = fresh("Type")
            types[new] = types.pop(name)
            for each in [each for each in sorted(indexed) if each[0] == name]:
                indexed.remove(each)
                indexed.add((new, each[1]))
            return RenameType(Kind.NODE, name, new)
        if what == "key" and chance.random() < 0.3:
            return ExtendKey(Kind.NODE, name, fresh("k"), "none")
        added = fresh("p")
        types[name].add(added)
        return AddProperty(Kind.NODE, name, added, chance.choice([None, 0, ""]))

    names = [f"{number:06}" for number in range(count)]
    return [
        Migration(name, (next_operation(),), tuple(names[number - 1 : number]) if number else ())
        for number, name in enumerate(names)
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--nodestream", metavar="PYTHON", default=sys.executable, help="an interpreter that has it")
    parser.add_argument("--uri", help="a running server that may be emptied; else one is started")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        if given.uri:
            took = compare(Path(folder), given.uri, given.count, given.nodestream)
        else:
            with server(Path(folder) / "neo4j") as running:
                took = compare(Path(folder), running.uri, given.count, given.nodestream)
    lines = [f"{given.count} migrations on a fresh Neo4j, whole processes", ""]
    lines += ["| program | seconds | nodestream ÷ it | it ÷ floor |", "|---|---|---|---|"]
    for name, seconds in took.items():
        beside = took["nodestream"] / seconds, seconds / took["floor"]
        lines.append(f"| {name} | {seconds:.2f} | {beside[0]:.1f} | {beside[1]:.2f} |")
    results.write("many_migrations", lines)


def compare(folder: Path, uri: str, count: int, python: str) -> dict[str, float]:
    """Seconds by program, the least of three for the short ones."""
    peers.write_project(folder, uri, history(count))
    schema = folder / "schema.json"
    runs: dict[str, Callable[[], peers.Took]] = {
        "nodestream": lambda: peers.nodestream(folder, python),
        "nsmig run": lambda: peers.nsmig(folder),
        "nsmig run --fast-forward": lambda: peers.nsmig(folder, "--fast-forward"),
        "nsmig run, nothing to do": lambda: peers.nsmig(folder),
        "floor": lambda: peers.python(folder, "-c", FLOOR, uri, str(schema)),
    }
    peers.nsmig(folder)  # warms up the server
    took = dict.fromkeys(runs, float("inf"))
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:
        schema.write_text(json.dumps(statements(driver)))
        for _ in range(3):
            for name, start in runs.items():
                if name == "nodestream" and took[name] < float("inf"):
                    continue
                if not name.endswith("nothing to do"):
                    peers.clear(driver)
                took[name] = min(took[name], start().seconds)
    return took


def statements(driver: neo4j.Driver) -> list[list[str]]:
    """Statements that create the constraints and indexes that a run has left, in batches of the run's size."""
    own = [LOCK, MIGRATION, JOURNAL]
    texts = [
        row["createStatement"]
        for text in (
            "SHOW CONSTRAINTS YIELD labelsOrTypes, createStatement WHERE none(l IN labelsOrTypes WHERE l IN $own)",
            "SHOW INDEXES YIELD type, owningConstraint, createStatement"
            " WHERE type <> 'LOOKUP' AND owningConstraint IS NULL",
        )
        for row in driver.execute_query(text, own=own).records
    ]
    return [texts[start : start + CREATIONS] for start in range(0, len(texts), CREATIONS)]


if __name__ == "__main__":
    main()
