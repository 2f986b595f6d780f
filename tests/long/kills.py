"""Hundreds of kills: ``python -m long.kills [SEED] [KILLS] [KINDS]``, on its own Neo4j server and on LadybugDB.

On LadybugDB every other run has thousands of rows, so that more kills hit copying, counting and indexing, and in every
other pair of runs each transaction renews the connection.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from support.kills import ROWS, kill_ladybug, kill_neo4j, start, undisturbed
from support.neo4j_bench import sending
from support.server import server

MANY_ROWS = 6_000  # more than is possible without an index


def on_neo4j(folder: Path, chance: random.Random, least: int) -> tuple[int, int]:
    """The number of kills, and of runs."""
    with server(folder / "neo4j") as running, sending(running.uri) as send:
        start(send, running.uri)
        whole = undisturbed(send, running.uri)
        kills = runs = 0
        while kills < least:
            kills += kill_neo4j(send, running.uri, whole, chance, fast_forward=runs % 3 == 2, most=40)
            runs += 1
    return kills, runs


def on_ladybug(folder: Path, chance: random.Random, least: int) -> tuple[int, int]:
    """The number of kills, and of runs."""
    kills = runs = 0
    while kills < least:
        home = folder / str(runs)
        home.mkdir()
        rows = MANY_ROWS if runs % 2 else ROWS
        renewing = runs % 4 > 1
        kills += kill_ladybug(home, chance, fast_forward=runs % 3 == 2, most=40, rows=rows, renewing=renewing)
        runs += 1
    return kills, runs


KINDS = {"Neo4j": on_neo4j, "LadybugDB": on_ladybug}


def main(seed: int = 1, least: int = 500, *kinds: str) -> None:
    """Kill runs until there are ``least`` kills on each database; stop at the first wrong graph."""
    for kind in kinds or KINDS:
        with TemporaryDirectory() as folder:
            kills, runs = KINDS[kind](Path(folder), random.Random(seed), least)
        print(f"seed {seed}, {kind}: {kills} kills in {runs} runs, all ended with the right graph", flush=True)


if __name__ == "__main__":
    numbers, kinds = sys.argv[1:3], sys.argv[3:]
    main(*map(int, numbers), *kinds)  # type: ignore[arg-type]
