"""Compare squash with the reference for as long as you like: ``python -m long.squash FIRST_SEED COUNT``.

Prints each seed that fails, with its case; exit code 1 if there is one. Each seed runs with and without the promise of
a single label, and with few queries, with many that declare what they touch, and with
indexes and constraints.
"""

from __future__ import annotations

import sys
import time

from support.squash_cases import cases, check, indexing_cases, touching_cases


def main(first: int, count: int) -> int:
    print(f"seeds {first} to {first + count - 1}", flush=True)
    begun, graphs, failed = time.monotonic(), 0, 0
    for seed in range(first, first + count):
        for single_label in (False, True):
            for make in (cases, touching_cases, indexing_cases):
                try:
                    graphs += check(make(seed, single_label))
                except AssertionError as error:
                    failed += 1
                    print(f"{make.__name__}({seed}, single_label={single_label}): {error}\n", flush=True)
    print(f"{6 * count} histories, {graphs} graphs compared, {failed} failed, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
