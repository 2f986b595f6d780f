"""Operations on Neo4j that stop anywhere, within a statement too, and are repeated."""

from __future__ import annotations

import pytest
from neo4j_bench import (
    INTERRUPTIBLE,
    KEYED,
    MARK,
    ROWS,
    Bench,
    entries,
    make,
    part,
)

from nsmig.database.base import Role, Statement
from nsmig.operations import (
    Operation,
)


@pytest.mark.parametrize("operation", INTERRUPTIBLE, ids=repr)
def test_no_2_3_4_9_10_11_an_operation_stopped_anywhere_is_finished_by_repeating_it(
    bench: Bench, operation: Operation
) -> None:
    def start() -> list[Statement]:
        make(bench, KEYED, *ROWS)
        bench.run("MATCH (n:A) SET n._id = n.k")
        return bench.database.statements(operation, KEYED, bench.database.live())[0]

    statements = start()
    bench.apply(operation, KEYED)
    whole, catalog = bench.dump().canonical(), entries(bench)
    for stop in range(len(statements) + 1):
        for half in (False, True):
            if half and (stop == len(statements) or statements[stop].role is not Role.DATA):
                continue
            start()
            done = [
                *statements[:stop],
                *([part(statements[stop])] if half else []),
            ]  # killed after one batch of one row
            bench.database.execute(done, operation, MARK, lambda rows: None)
            bench.apply(operation, KEYED)
            assert (bench.dump().canonical(), entries(bench)) == (whole, catalog), done
