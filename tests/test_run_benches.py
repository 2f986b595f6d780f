"""The benches that run migrations, once, at a small size."""

from __future__ import annotations

import sys
from pathlib import Path

from server import Server

sys.path.insert(0, str(Path(__file__).parents[1] / "benches"))

import big_data
import many_migrations


def test_many_migrations(neo4j_server: Server, tmp_path: Path) -> None:
    took = many_migrations.compare(tmp_path, neo4j_server.uri, 12, sys.executable)
    assert set(took) >= {"nodestream", "nsmig run", "nsmig run --fast-forward"}


def test_big_data(neo4j_server: Server, tmp_path: Path) -> None:
    took = big_data.compare(tmp_path, neo4j_server.uri, 500, sys.executable)
    assert set(took) == {"nodestream", "nsmig"}
