"""The Neo4j server on which runs are tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.kills import start, undisturbed
from support.neo4j_bench import Send, sending
from support.server import Server


@pytest.fixture(scope="session")
def send(neo4j_server: Server) -> Iterator[Send]:
    with sending(neo4j_server.uri) as send:
        yield send


@pytest.fixture(scope="session")
def whole(send: Send, neo4j_server: Server) -> dict[str, Any]:
    """The graph after an undisturbed run."""
    start(send, neo4j_server.uri)
    return undisturbed(send, neo4j_server.uri)
