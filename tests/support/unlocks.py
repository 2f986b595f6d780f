"""A live run that loses its lock, at a different moment each time, while a second run is about to begin."""

from __future__ import annotations

import random
import threading
import time

from nsmig.errors import DatabaseError
from support import faults
from support.databases import neo4j_at
from support.kills import start
from support.neo4j_bench import Send
from support.runs import run

BATCH = 5  # many rows


def unlock_neo4j(send: Send, uri: str, whole: dict[str, object], chance: random.Random, longest: float) -> bool:
    """Unlock a live run: after that it changes nothing, and the next run ends like an undisturbed one. Every other time
    the next run starts at once.

    :returns: whether the run was still alive.
    """
    start(send, uri)
    ended: list[BaseException | None] = []

    def work() -> None:
        try:
            with neo4j_at(uri, transaction_batch_size=BATCH) as database:
                run(faults.HISTORY, database)
            ended.append(None)
        except DatabaseError as error:
            ended.append(error)

    first = threading.Thread(target=work)
    first.start()
    time.sleep(chance.uniform(0.1, longest))
    with neo4j_at(uri, transaction_batch_size=BATCH) as second:
        was_met = first.is_alive() and second.ledger.holder() is not None
        second.ledger.unlock()
        if chance.random() < 0.5:
            left = faults.neo4j_dump(send)
            first.join()
            assert faults.neo4j_dump(send) == left or not was_met, f"changed after unlock: {ended}"
        run(faults.HISTORY, second)
    first.join()
    assert faults.neo4j_dump(send) == whole, ended
    return was_met
