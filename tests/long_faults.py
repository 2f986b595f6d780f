"""Kills in hundreds: ``python tests/long_faults.py [SEED] [KILLS]``, on a Neo4j server of its own and on LadybugDB."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parent / "neo4j")]

from server import server  # noqa: E402

import faults  # noqa: E402
import test_faults  # noqa: E402
from nsmig.database.neo4j import Neo4j  # noqa: E402
from nsmig.run import run  # noqa: E402


def main(seed: int = 1, least: int = 300) -> None:
    """Kill runs until there were ``least`` kills on each database; stops at the first wrong graph."""
    with (
        TemporaryDirectory() as folder,
        server(Path(folder) / "neo4j") as running,
        test_faults.sending(running.uri) as send,
    ):
        test_faults.start(send, running.uri)
        with Neo4j(running.uri) as database:
            run(faults.HISTORY, database, lambda event: None)
        whole = faults.neo4j_dump(send)
        chance = random.Random(seed)
        kills = runs = 0
        while kills < least:
            kills += test_faults.kill_neo4j(send, running.uri, whole, chance, fast_forward=runs % 3 == 2)
            runs += 1
        print(f"seed {seed}, Neo4j: {kills} kills in {runs} runs, all ended with the right graph", flush=True)
        kills = runs = 0
        while kills < least:
            home = Path(folder) / str(runs)
            home.mkdir()
            kills += test_faults.kill_ladybug(home, chance, fast_forward=runs % 3 == 2)
            runs += 1
        print(f"seed {seed}, LadybugDB: {kills} kills in {runs} runs, all ended with the right graph")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
