"""What version 0.1.0 left of the same history and the same data, kept as it was read back then from each database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import faults
from support.databases import ladybug_at
from support.kills import ROWS, dump_ladybug, start_ladybug
from support.places import ROOT
from support.runs import run

DUMPS = ROOT / "tests" / "cases" / "dumps"


@pytest.mark.releases("5.26", "2026")
def test_on_neo4j(whole: dict[str, Any]) -> None:
    """Nodes, relationships, constraints, indexes, records with their checksums, and no journal."""
    kept = json.loads((DUMPS / "neo4j-0.1.0.json").read_text(encoding="utf-8"))
    renamed = {"NODE_PROPERTY_UNIQUENESS": "UNIQUENESS"}  # as Cypher 25 calls it
    entries = [json.loads(each) for each in whole["entries"]]
    plain = sorted(
        json.dumps(each | {"type": renamed.get(each["type"], each["type"])}, sort_keys=True) for each in entries
    )
    assert {**whole, "entries": plain} == kept


@pytest.mark.parametrize("fast_forward", [False, True])
def test_on_ladybug(tmp_path: Path, fast_forward: bool) -> None:
    """Tables with their columns, nodes and relationships; what nsmig remembers is written in another form."""
    path = tmp_path / "graph.lbug"
    start_ladybug(path, ROWS)
    with ladybug_at(path) as database:
        run(faults.HISTORY, database, fast_forward=fast_forward)
    left = dump_ladybug(path)
    left.pop("state")
    assert json.loads(json.dumps(left)) == json.loads((DUMPS / "ladybug-0.1.0.json").read_text(encoding="utf-8"))
