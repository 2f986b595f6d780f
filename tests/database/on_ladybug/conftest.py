"""Database files to start from."""

from __future__ import annotations

import pytest

from support.ladybug_bench import ROWS, SMALL, LadybugEngine


@pytest.fixture(scope="module")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database file of ``ROWS`` in ``SMALL``, copied because that is much faster than creating it."""
    engine = LadybugEngine(tmp_path_factory.mktemp("small") / "graph.lbug")
    engine.load(ROWS, SMALL)
    engine.close()
    return engine.path.read_bytes()


@pytest.fixture
def engine(ladybug_engine: LadybugEngine) -> LadybugEngine:
    return ladybug_engine
