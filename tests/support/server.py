"""Real Neo4j servers for the tests, each one java process; their jars are fetched once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

from support import neo4j_migrations
from support.java import compiled, jars, java

STARTER = Path(__file__).parent / "starter" / "Starter.java"


@dataclass(frozen=True)
class Release:
    """A version of Neo4j, with the default language of its databases."""

    version: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def agent(self) -> str:
        """The server's name for itself."""
        return f"Neo4j/{self.version}"

    def jars(self) -> Path:
        return jars(f"org.neo4j.test:neo4j-harness:{self.version}")


CYPHER_25 = {"db.query.default_language": "CYPHER_25"}
OLDEST, LTS, LATEST = Release("5.23.0"), Release("5.26.12"), Release("2026.08.1", CYPHER_25)
# By the words in test names.
RELEASES = {"5.23": OLDEST, "5.26": LTS, "2026": LATEST, "2026-cypher5": Release(LATEST.version)}
SHELL = f"org.neo4j:cypher-shell:{LTS.version}"


@dataclass(frozen=True)
class Server:
    """A running server. ``home`` holds its data, so that a killed one can be started again."""

    uri: str
    home: Path
    process: subprocess.Popen[bytes]
    release: Release

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End the process as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def server(
    home: Path,
    *,
    port: int | None = None,
    password: str = "",
    settings: Mapping[str, str] | None = None,
    release: Release = LTS,
) -> Iterator[Server]:
    """Start a server with its data in ``home``, wait until it answers, and kill it at the end.

    :param port: of 127.0.0.1; a free one if None.
    :param password: of the user ``neo4j``; without one, no password is required.
    :param settings: of the server's configuration file, in addition to the release's own.
    """
    port = port or _free_port()
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "test.conf"
    given = {**release.settings, **(settings or {})}
    configuration.write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    lib = release.jars()
    command = [
        *(java(), "-Xlog:disable", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *("-cp", f"{compiled(STARTER, lib)}{os.pathsep}{lib}/*"),
        *("Starter", str(home), str(port), password, str(configuration)),
    ]
    with TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        running = Server(f"bolt://127.0.0.1:{port}", home, process, release)
        try:
            if not any(line.strip() == b"ready" for line in process.stdout):
                process.wait()
                log.seek(0)
                raise RuntimeError(f"the test server did not start:\n{log.read().decode(errors='replace')[-3000:]}")
            yield running
        finally:
            running.kill()  # an orderly end takes ten seconds, for data that no one needs
            process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(names: list[str]) -> None:
    """Everything that servers of these releases need, and the shell, so that tests need no network."""
    versions = {RELEASES[each].version: RELEASES[each] for each in names}
    with ProcessPoolExecutor() as processes:
        for lib in processes.map(Release.jars, versions.values()):
            compiled(STARTER, lib)
    jars(SHELL)
    neo4j_migrations.program()


if __name__ == "__main__":
    if sys.argv[1:2] != ["--fetch"] or not set(sys.argv[2:]) <= RELEASES.keys():
        sys.exit(f"usage: server.py --fetch {{{','.join(RELEASES)}}} …")
    try:
        fetch(sys.argv[2:])
    except (OSError, RuntimeError, subprocess.CalledProcessError) as failed:
        sys.exit(f"Neo4j's test servers could not be fetched or compiled: {failed}")
