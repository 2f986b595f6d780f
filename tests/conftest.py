"""Settings and servers for all tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import neo4j
import pytest

pytest.register_assert_rewrite("database.contract", "support")  # before they are imported

# ruff: noqa: E402

from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from support import warm
from support.databases import neo4j_at
from support.ladybug_bench import LadybugEngine
from support.neo4j_bench import Bench, sending
from support.server import Server, server

# A shell starts what runs in its background with Ctrl-C ignored, which programs under test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# On top of Hypothesis' own profile, which under CI makes every run the same.
settings.register_profile("nsmig", settings(), deadline=None, print_blob=True)
settings.load_profile("nsmig")


class Halves(LoadScopeScheduling):  # type: ignore[misc]
    """Where tests run in several processes, those that share a server run in one, and the others anywhere."""

    def _split_scope(self, nodeid: str) -> str:
        if "neo4j" not in nodeid or "own_server" in nodeid:
            return nodeid
        return "guarded" if "password" in nodeid else "neo4j"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Halves:
    return Halves(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever shares a server says so in the name of the file or the test."""
    for item in items:
        used, name = set(getattr(item, "fixturenames", ())), item.nodeid
        if "neo4j_server" in used and ("neo4j" not in name or "own_server" in name or "password" in name):
            raise pytest.UsageError(f"{name} shares a server: let its name have neo4j in it, and no own_server")
        if "guarded_neo4j_server" in used and not ("neo4j" in name and "password" in name):
            raise pytest.UsageError(f"{name} shares the guarded server: let its name have neo4j and password in it")


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j server that asks nobody for a password."""
    with server(tmp_path_factory.mktemp("neo4j")) as running:
        yield running


# Several tests give wrong passwords; the server would keep the user out after the third.
PATIENT = {"dbms.security.auth_max_failed_attempts": "0"}


@pytest.fixture(scope="session")
def guarded_neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j server whose user ``neo4j`` has the password ``right-password``."""
    with server(tmp_path_factory.mktemp("guarded"), password="right-password", settings=PATIENT) as running:
        yield running


@pytest.fixture
def fresh_neo4j(neo4j_server: Server) -> str:
    """The uri of a server that holds nothing."""
    with sending(neo4j_server.uri) as send:
        send.clear()
    return neo4j_server.uri


@pytest.fixture(scope="session")
def connected(neo4j_server: Server) -> Iterator[Bench]:
    with (
        neo4j.GraphDatabase.driver(neo4j_server.uri, notifications_min_severity="OFF") as driver,
        neo4j_at(neo4j_server.uri, transaction_batch_size=2) as database,
    ):
        yield Bench(database, driver)


@pytest.fixture
def bench(connected: Bench) -> Bench:
    """For tests that begin with what a schema declares, by ``load`` or ``make``."""
    return connected


@pytest.fixture
def empty_bench(connected: Bench) -> Bench:
    connected.send.clear()
    return connected


@pytest.fixture(scope="session")
def warm_python() -> Iterator[Path]:
    """What can be called like Python, and has nodestream imported already."""
    with TemporaryDirectory() as folder, warm.warm_python(Path(folder)) as program:  # short, as the name of a socket is
        yield program


@pytest.fixture
def ladybug_engine(tmp_path: Path) -> Iterator[LadybugEngine]:
    engine = LadybugEngine(tmp_path / "graph.lbug")
    yield engine
    engine.close()
