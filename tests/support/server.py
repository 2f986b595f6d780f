"""A real Neo4j server for the tests: its jars come through Maven once, then it is one java process a test session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from support.places import ROOT

STARTER = Path(__file__).parent / "starter"
CACHE = ROOT / ".cache" / "neo4j"


class MissingProgram(Exception):
    """A program that the test server needs is not installed."""


@dataclass(frozen=True)
class Server:
    """A running server. ``home`` holds its data, so that a killed one can be started again."""

    uri: str
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End the process as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the process in order; harmless when it has ended."""
        self.process.terminate()
        self.process.wait(timeout=60)


def fetch_jars(cache: Path = CACHE) -> Path:
    """The folder of the server's jars, filled on the first call only."""
    jars, pom = cache / "lib", STARTER / "pom.xml"
    marker = cache / "pom.xml"
    if marker.is_file() and marker.read_bytes() == pom.read_bytes():
        return jars
    shutil.rmtree(jars, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [_program("mvn"), "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]  # noqa: RUF005
        + ["-DincludeScope=runtime", f"-DoutputDirectory={jars}"],
        check=True,
    )
    shutil.copyfile(pom, marker)  # last: a marker means that all jars are there
    return jars


def compile_starter(cache: Path = CACHE) -> Path:
    """The starter as a jar, made anew when its source has changed; beside it the classes that it loads, as the JVM maps
    them into memory, which takes half of a start's time off."""
    source, jar, marker = STARTER / "Starter.java", cache / "starter.jar", cache / "Starter.java"
    jars = fetch_jars(cache)
    if marker.is_file() and marker.read_bytes() == source.read_bytes():
        return jar
    with TemporaryDirectory(dir=cache) as classes:
        subprocess.run([_program("javac"), "-cp", f"{jars}/*", "-d", classes, str(source)], check=True)
        subprocess.run([_program("jar"), "cf", str(jar), "-C", classes, "Starter.class"], check=True)
    with TemporaryDirectory() as home, _started(jar, Path(home), f"-XX:ArchiveClassesAtExit={_classes(jar)}") as first:
        first.stop()
    shutil.copyfile(source, marker)  # last, as above
    return jar


def _classes(jar: Path) -> Path:
    return jar.with_suffix(".jsa")


@contextmanager
def server(
    home: Path, *, port: int | None = None, password: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a server with its data in ``home``, wait until it answers, stop it at the end.

    :param port: of 127.0.0.1; a free one if None.
    :param password: of the user ``neo4j``; without one, nobody is asked for it.
    :param settings: of the server's configuration file.
    """
    jar = compile_starter()
    with _started(jar, home, f"-XX:SharedArchiveFile={_classes(jar)}", port, password, settings) as running:
        yield running


@contextmanager
def _started(
    jar: Path,
    home: Path,
    option: str,
    port: int | None = None,
    password: str = "",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    port = port or _free_port()
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "test.conf"
    configuration.write_text("".join(f"{name}={value}\n" for name, value in (settings or {}).items()))
    command = [
        *(_program("java"), option, "-Xlog:disable", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *("-cp", f"{jar}{os.pathsep}{jar.parent / 'lib'}/*"),
        *("Starter", str(home), str(port), password, str(configuration)),
    ]
    with TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        running = Server(f"bolt://127.0.0.1:{port}", home, process)
        try:
            if not any(line.strip() == b"ready" for line in process.stdout):
                process.wait()
                log.seek(0)
                raise RuntimeError(f"the test server did not start:\n{log.read().decode(errors='replace')[-3000:]}")
            yield running
        finally:
            running.kill()  # an orderly end takes ten seconds, for data that nobody needs
            process.stdout.close()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MissingProgram(f"the Neo4j tests need {name!r} on the PATH (a JDK of 17 or later and Maven)")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    if sys.argv[1:] != ["--fetch"]:
        sys.exit("usage: server.py --fetch")
    try:
        compile_starter()
    except MissingProgram as missing:
        sys.exit(str(missing))
    except subprocess.CalledProcessError as failed:
        sys.exit(
            f"the Neo4j test server could not be fetched or compiled (exit code {failed.returncode}); its messages are above"
        )
