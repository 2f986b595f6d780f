"""Settings and servers for all tests."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import neo4j
import pytest
from playwright.sync_api import Browser

pytest.register_assert_rewrite("database.contract", "support")  # before they are imported

# ruff: noqa: E402

from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from support import warm
from support.browser import opened
from support.databases import neo4j_at
from support.ladybug_bench import LadybugEngine
from support.neo4j_bench import Bench, sending
from support.server import RELEASES, Server, server

# A shell starts its background jobs with Ctrl-C ignored, and programs under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A test run is about the change under test, so it uses the same examples as the run before. `make long` looks for new
# ones, with --hypothesis-profile=random.
settings.register_profile("random", deadline=None, print_blob=True)
settings.register_profile("same", settings.get_profile("random"), derandomize=True, database=None)
settings.load_profile("same")


USUAL = "5.26"
# The name of a test with a server contains its release, or none if the test asks for one while it runs.
ON_RELEASE = re.compile(rf"[\[-]neo4j(?: ({'|'.join(map(re.escape, RELEASES))}))?[]-]")


class Halves(LoadScopeScheduling):  # type: ignore[misc]
    """With several processes, tests that share a server run in one of them, and the others anywhere."""

    def _split_scope(self, nodeid: str) -> str:
        if shared := ON_RELEASE.search(nodeid):
            return shared[1] or USUAL
        return "guarded" if "neo4j" in nodeid and "password" in nodeid else nodeid


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--neo4j", choices=sorted(RELEASES), help="the release for all tests on Neo4j, instead of theirs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a Neo4j server runs on each release in the marks of the test, its class or its module."""
    if "neo4j_server" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("releases")
        asked = metafunc.config.getoption("neo4j")
        names = [asked] if asked else marker.args if marker else [USUAL]
        ids = [f"neo4j {each}" for each in names]
        metafunc.parametrize("neo4j_server", names, ids=ids, indirect=True, scope="session")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Halves:
    return Halves(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use the guarded server say so in the name of the file or the test."""
    for item in items:
        used, name = set(getattr(item, "fixturenames", ())), item.nodeid
        if "guarded_neo4j_server" in used and not ("neo4j" in name and "password" in name):
            raise pytest.UsageError(f"{name} shares the guarded server: let its name have neo4j and password in it")


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A Neo4j server without passwords; see :func:`pytest_generate_tests`."""
    name = getattr(request, "param", None) or request.config.getoption("neo4j") or USUAL  # requested while a test runs
    with server(tmp_path_factory.mktemp("neo4j"), release=RELEASES[name]) as running:
        yield running


# Several tests send wrong passwords; after the third the server would lock the user out.
PATIENT = {"dbms.security.auth_max_failed_attempts": "0"}


@pytest.fixture(scope="session")
def guarded_neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j server whose user ``neo4j`` has the password ``right-password``."""
    with server(tmp_path_factory.mktemp("guarded"), password="right-password", settings=PATIENT) as running:
        yield running


@pytest.fixture
def fresh_neo4j(neo4j_server: Server) -> str:
    """The uri of an empty server."""
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
    """For tests that start from a declared schema, with ``load`` or ``make``."""
    return connected


@pytest.fixture
def empty_bench(connected: Bench) -> Bench:
    connected.send.clear()
    return connected


@pytest.fixture(scope="session")
def warm_python() -> Iterator[Path]:
    """A stand-in for Python with nodestream already imported."""
    with TemporaryDirectory() as folder, warm.warm_python(Path(folder)) as program:  # short, as socket names must be
        yield program


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser per process for all tests of pages, since Playwright cannot be started twice in one."""
    with opened() as browser:
        yield browser


@pytest.fixture
def ladybug_engine(tmp_path: Path) -> Iterator[LadybugEngine]:
    engine = LadybugEngine(tmp_path / "graph.lbug")
    yield engine
    engine.close()
