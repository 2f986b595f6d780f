"""The result of version 0.1.0 for the same history and data, as it was read from each database back then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import faults
from support.databases import ladybug_at
from support.kills import ROWS, dump_ladybug, start, start_ladybug, undisturbed
from support.neo4j_bench import Send
from support.places import ROOT
from support.runs import run
from support.server import Server

DUMPS = ROOT / "tests" / "cases" / "dumps"


@pytest.mark.releases("5.26", "2026")
def test_on_neo4j(send: Send, neo4j_server: Server) -> None:
    """Nodes, relationships, constraints, indexes, records with their checksums, and no journal."""
    start(send, neo4j_server.uri)
    whole = undisturbed(send, neo4j_server.uri, faults.IN_0_1)
    kept = json.loads((DUMPS / "neo4j-0.1.0.json").read_text(encoding="utf-8"))
    renamed = {"NODE_PROPERTY_UNIQUENESS": "UNIQUENESS"}  # as Cypher 25 calls it
    entries = [json.loads(each) for each in whole["entries"]]
    plain = sorted(
        json.dumps(each | {"type": renamed.get(each["type"], each["type"])}, sort_keys=True) for each in entries
    )
    assert {**whole, "entries": plain} == kept


@pytest.mark.parametrize("fast_forward", [False, True])
def test_on_ladybug(tmp_path: Path, fast_forward: bool) -> None:
    """Tables with their columns, nodes and relationships; nsmig's own state has another form now."""
    path = tmp_path / "graph.lbug"
    start_ladybug(path, ROWS)
    with ladybug_at(path) as database:
        run(faults.IN_0_1, database, fast_forward=fast_forward)
    left = dump_ladybug(path)
    left.pop("state")
    assert json.loads(json.dumps(left)) == json.loads((DUMPS / "ladybug-0.1.0.json").read_text(encoding="utf-8"))
