"""Projects of any size on disk, as after years of ``make``. The same sizes give the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import nsmig
from histories import typical
from nsmig.values import Migration
from nsmig.yaml_file import migration_text, schema_text


def migrations(count: int, operations: int | None = None) -> Iterator[Migration]:
    """A chain of this many migrations with this many operations each; one or two by default."""
    rng = random.Random(count)
    each = iter(typical(count * (operations or 2)))
    for number in range(count):
        made = tuple(islice(each, operations or rng.choice((1, 1, 2))))
        yield Migration(name(number), made, (name(number - 1),) if number else ())


def name(number: int) -> str:
    """Digits like a time's, in the order of creation."""
    return str(20_200_101_000_000 + number)


def write(folder: Path, count: int, operations: int | None = None) -> Path:
    """A project whose schema file matches its migrations. An existing one is left unchanged."""
    project = folder / f"{count}-{operations or 'few'}"
    if (project / "nsmig.yaml").exists():
        return project
    (project / "migrations").mkdir(parents=True, exist_ok=True)
    for each in migrations(count, operations):
        path = project / "migrations" / f"{each.name}.yaml"
        path.write_text(migration_text(each.to_dict()), encoding="utf-8")
    schema = nsmig.History.load(project / "migrations").schema()
    (project / "schema.yaml").write_text(schema_text(schema.to_dict()), encoding="utf-8")
    (project / "nsmig.yaml").write_text("schema: schema.yaml\n", encoding="utf-8")
    return project
