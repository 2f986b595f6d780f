"""The server that the adapter's tests run against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from neo4j_bench import Bench
from server import Server

import neo4j
from nsmig.database.neo4j import Neo4j


@pytest.fixture(scope="session")
def connected(neo4j_server: Server) -> Iterator[Bench]:
    with (
        neo4j.GraphDatabase.driver(neo4j_server.uri, notifications_min_severity="OFF") as driver,
        Neo4j(neo4j_server.uri, transaction_batch_size=2) as database,
    ):
        yield Bench(database, driver)


@pytest.fixture
def bench(connected: Bench) -> Bench:
    connected.clear()
    return connected
