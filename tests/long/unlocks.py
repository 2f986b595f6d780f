"""Live runs that lose their lock, by the hundred: ``python -m long.unlocks [SEED] [TIMES]``, on its own Neo4j
server."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from support.kills import start, undisturbed
from support.neo4j_bench import sending
from support.server import server
from support.unlocks import unlock_neo4j


def main(seed: int = 1, times: int = 200) -> None:
    """Stop at the first run that changed something after it was unlocked, or whose successor ended differently."""
    with TemporaryDirectory() as folder, server(Path(folder)) as running, sending(running.uri) as send:
        start(send, running.uri)
        whole = undisturbed(send, running.uri)
        chance = random.Random(seed)
        met = sum(unlock_neo4j(send, running.uri, whole, chance, longest=2.5) for _ in range(times))
    print(f"seed {seed}: {met} of {times} unlocks met a live run, all ended with the right graph")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
