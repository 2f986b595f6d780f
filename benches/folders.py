"""Projects of any size on disk, as years of ``make`` leave them. The same size gives the same bytes."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import nsmig
from histories import typical
from nsmig.files import migration_text, schema_text
from nsmig.values import Migration


def migrations(size: int) -> Iterator[Migration]:
    """A chain of migrations with one or two operations each, three in two of them on the average."""
    rng = random.Random(size)
    operations = iter(typical(2 * size))
    for number in count():
        if number == size:
            return
        made = tuple(next(operations) for _ in range(rng.choice((1, 1, 2))))
        yield Migration(name(number), made, [name(number - 1)] if number else [])


def name(number: int) -> str:
    """As the time at which it was made, in the year that a chain of so many takes."""
    return str(20_200_101_000_000 + number)


def write(folder: Path, size: int) -> Path:
    """A project with so many migrations and a schema file that says what they add up to; kept for the next time."""
    if (folder / "nsmig.yaml").exists():
        return folder
    (folder / "migrations").mkdir(parents=True)
    made = list(migrations(size))
    for each in made:
        (folder / "migrations" / f"{each.name}.yaml").write_text(migration_text(each.to_dict()))
    (folder / "schema.yaml").write_text(schema_text(nsmig.History(made).schema().to_dict()))
    (folder / "nsmig.yaml").write_text("schema: schema.yaml\n")
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", type=int)
    given = parser.parse_args()
    write(given.folder, given.size)
