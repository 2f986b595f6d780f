"""Kills in hundreds: ``python -m long.kills [SEED] [KILLS]``, on a Neo4j server of its own and on LadybugDB.

There every other run is on thousands of rows, so that more kills meet what copies, counts and indexes them.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from support.kills import ROWS, kill_ladybug, kill_neo4j, start, undisturbed
from support.neo4j_bench import sending
from support.server import server

MANY_ROWS = 5_000


def main(seed: int = 1, least: int = 500) -> None:
    """Kill runs until there were ``least`` kills on each database; stops at the first wrong graph."""
    with (
        TemporaryDirectory() as folder,
        server(Path(folder) / "neo4j") as running,
        sending(running.uri) as send,
    ):
        start(send, running.uri)
        whole = undisturbed(send, running.uri)
        chance = random.Random(seed)
        kills = runs = 0
        while kills < least:
            kills += kill_neo4j(send, running.uri, whole, chance, fast_forward=runs % 3 == 2, most=40)
            runs += 1
        print(f"seed {seed}, Neo4j: {kills} kills in {runs} runs, all ended with the right graph", flush=True)
        kills = runs = 0
        while kills < least:
            home = Path(folder) / str(runs)
            home.mkdir()
            rows = MANY_ROWS if runs % 2 else ROWS
            kills += kill_ladybug(home, chance, fast_forward=runs % 3 == 2, most=40, rows=rows)
            runs += 1
        print(f"seed {seed}, LadybugDB: {kills} kills in {runs} runs, all ended with the right graph")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
