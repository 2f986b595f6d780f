"""The adapters' contract, on a real Neo4j server."""

from __future__ import annotations

import pytest

from database.contract import Contract
from support.neo4j_bench import Bench

pytestmark = pytest.mark.releases("5.26", "2026")


class TestContract(Contract):
    """Batches of two rows, so that most changes take several transactions."""

    features = Bench.features

    @pytest.fixture
    def engine(self, connected: Bench) -> Bench:
        return connected
