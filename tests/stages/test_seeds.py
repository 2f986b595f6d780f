"""The same bytes, whatever the hash seed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.places import NODESTREAM_MADE
from support.terminal import python

API = f"""
import pathlib
import nsmig
from histories import SHAPES
from support.wide import merges
from nsmig.yaml_file import migration_text, schema_text
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType
from nsmig.values import checksum

for folder in sorted(pathlib.Path({str(NODESTREAM_MADE)!r}).glob("*/migrations")):
    history = nsmig.History.load(folder)
    schema = history.schema()
    print(folder.parent.name, history.order(), history.leaves(), history.findings())
    print(schema_text(schema.to_dict()))
    for other in sorted(folder.parent.glob("schema-*.yaml")):
        print(nsmig.diff(nsmig.Schema.load(other), schema), nsmig.diff(schema, nsmig.Schema.load(other)))
    for applied in (), history.order()[:1], history.order()[1:]:
        print([migration.name for migration in history.plan(applied)])
    for name in history.order():
        print(migration_text(history[name].to_dict()), checksum(history[name].operations))
for shape in SHAPES.values():
    history = nsmig.History([nsmig.Migration("all", shape(60))])
    print(history.squash_report("all"), history.squash("all"), history.schema().to_dict())
wide = nsmig.History(merges(30)[::-1])
print(wide.order(), wide.leaves(), [[each.name for each in run] for run in wide.concurrent()], wide.squash("0"))
odd = AddProperty(Kind.NODE, "A", "p", {{"set": {{"a", "b", "c", 1, 2.5, b"x"}}, "map": dict.fromkeys("cab")}})
made = nsmig.Migration("m", (CreateType(Kind.NODE, "A", {{"x", "y", "z"}}, {{"u", "v", "w"}}), odd))
print(checksum(nsmig.History([made])["m"].operations))
print(migration_text(made.to_dict()))
"""

MAKE = """
import pathlib
import nsmig.cli
pathlib.Path("nsmig.yaml").write_text("schema: schema.yaml\\n")
pathlib.Path("schema.yaml").write_text(
    "nodes: [{name: B, properties: [z, y, x, w]}, {name: A, properties: {k: {is_key: true}, i: {is_indexed: true}}}]\\n"
    "relationships: [{name: R, properties: [d, c, b, a]}]\\n"
)
try:
    nsmig.cli.main(["make", "-m", "first", "--no-input"])
except SystemExit as end:
    assert end.code in (0, None), end.code
(made,) = pathlib.Path("migrations").iterdir()
print(made.read_text())
"""


def output(script: str, seed: int, folder: Path) -> str:
    folder.mkdir()
    done = python(script, folder=folder, environment={"PYTHONHASHSEED": str(seed)})
    assert done.code == 0, done
    return re.sub(r"\b\d{14}", "TIME", done.out)


@pytest.mark.parametrize("script", [API, MAKE], ids=["api", "make"])
def test_the_same_bytes_under_every_seed(script: str, tmp_path: Path) -> None:
    first, *others = (output(script, seed, tmp_path / str(seed)) for seed in (0, 1, 2))
    assert len(first) > 100
    assert all(other == first for other in others)
