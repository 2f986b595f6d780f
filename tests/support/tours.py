"""Pages that show commands and what they print. ``python -m support.tours`` writes into them what they print now.

A page is one tour, which begins in an empty folder; ``cd`` holds for what comes after it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.places import ROOT
from support.server import server

PAGES = ("README.md", "docs/commands.md", "docs/how-it-works.md")


ON_NEO4J = "docs/nodestream.md"


# What differs from run to run.
PASSING = [
    (r"(?<!\d)\d{14}", "<time>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "<date>"),
    (r"\d+\.\d\d s\b", "<duration>"),
]


def sessions(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's console blocks, each with the output shown."""
    blocks = re.findall(r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)


def outputs(commands: Iterable[str], folder: Path, uri: str = "") -> Iterator[str]:
    """What each of the commands prints. ``$EXAMPLES`` is the folder of examples, ``$NEO4J_URI`` the server ``uri``."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "EXAMPLES": str(ROOT / "examples"),
        "NEO4J_URI": uri,
        "NEO4J_PASSWORD": "none is asked for",
        "PYTHONHASHSEED": "0",  # on which the order of nodestream's operations depends
    }
    for command in commands:
        if command.startswith("cd "):
            folder /= command.removeprefix("cd ")
            yield ""
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        yield done.stdout


def lasting(text: str) -> str:
    for pattern, instead in PASSING:
        text = re.sub(pattern, instead, text)
    return text


def refresh(page: Path, folder: Path, uri: str = "") -> None:
    """Write the output of the commands into a page."""
    printed = outputs([command for command, _ in sessions(page)], folder, uri)

    def session(block: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", block[1], re.MULTILINE)
        return "".join(["```console\n", *(f"$ {each}\n{next(printed)}" for each in commands), "```\n"])

    text = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(r"^```console\n(.*?)^```$\n", session, text, flags=re.DOTALL | re.MULTILINE), encoding="utf-8"
    )


def main() -> None:
    for each in PAGES:
        with tempfile.TemporaryDirectory() as empty:
            refresh(ROOT / each, Path(empty))
    with tempfile.TemporaryDirectory() as empty, server(Path(empty) / "neo4j") as running:
        refresh(ROOT / ON_NEO4J, Path(empty), running.uri)


if __name__ == "__main__":
    main()
