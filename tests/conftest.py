"""Settings and servers for all tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from server import Server, server

import neo4j

# A shell starts what runs in its background with Ctrl-C ignored, which programs under test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("contract", "database.contract")

# On top of Hypothesis' own profile, which under CI makes every run the same.
settings.register_profile("nsmig", settings(), deadline=None, print_blob=True)
settings.load_profile("nsmig")


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j server that asks nobody for a password."""
    with server(tmp_path_factory.mktemp("neo4j")) as running:
        yield running


@pytest.fixture(scope="session")
def guarded_neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j server whose user ``neo4j`` has the password ``right-password``."""
    with server(tmp_path_factory.mktemp("guarded"), password="right-password") as running:
        yield running


@pytest.fixture
def fresh_neo4j(neo4j_server: Server) -> str:
    """The uri of a server that holds nothing."""
    with neo4j.GraphDatabase.driver(neo4j_server.uri, notifications_min_severity="OFF") as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        for row in driver.execute_query("SHOW CONSTRAINTS YIELD name").records:
            driver.execute_query(f"DROP CONSTRAINT `{row['name']}`")
        for row in driver.execute_query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'").records:
            driver.execute_query(f"DROP INDEX `{row['name']}`")
    return neo4j_server.uri
