"""The tool neo4j-migrations: its library, called by a program of a few lines."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.java import compiled, jars, java
from support.places import TESTS

RELEASE = "eu.michael-simons.neo4j:neo4j-migrations:2.17.3"
PROGRAM = TESTS / "support" / "starter" / "Migrator.java"


def program() -> str:
    """The Java class path of the program and everything that it needs."""
    lib = jars(RELEASE)
    return f"{compiled(PROGRAM, lib)}{os.pathsep}{lib}/*"


def migrate(uri: str, folder: Path, **scripts: str) -> str:
    """Apply Cypher scripts by their names (``V0001__people``); return the last applied version.

    :param folder: with the scripts, including earlier ones.
    """
    folder.mkdir(exist_ok=True)
    for name, text in scripts.items():
        (folder / f"{name}.cypher").write_text(text)
    command = [java(), "-cp", program(), "Migrator", uri, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()
