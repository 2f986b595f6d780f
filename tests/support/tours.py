"""Pages that show commands and their output. ``python -m support.tours`` writes the current output into them.

A page is one tour, which begins in an empty folder.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from support.places import ROOT
from support.server import server
from support.shell import SESSION, printed

PAGES = (
    "README.md",
    "docs/archive.md",
    "docs/coming-from.md",
    "docs/commands.md",
    "docs/how-it-works.md",
    "docs/indexes.md",
    "docs/nodestream.md",
    "docs/squash.md",
    "docs/using.md",
)
ON_NEO4J = ("docs/nodestream-shared.md", "docs/adopting.md")


def sessions(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's console blocks, each with the output shown."""
    blocks = re.findall(r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return SESSION.findall("".join(blocks))


def refresh(page: Path, folder: Path, uri: str = "") -> None:
    """Write the output of the commands into a page."""
    answers = printed([command for command, _ in sessions(page)], folder, uri)

    def session(block: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", block[1], re.MULTILINE)
        return "".join(["```console\n", *(f"$ {each}\n{next(answers).text}" for each in commands), "```\n"])

    text = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(r"^```console\n(.*?)^```$\n", session, text, flags=re.DOTALL | re.MULTILINE), encoding="utf-8"
    )


def main() -> None:
    for each in PAGES:
        with tempfile.TemporaryDirectory() as empty:
            refresh(ROOT / each, Path(empty))
    for each in ON_NEO4J:
        with tempfile.TemporaryDirectory() as empty, server(Path(empty) / "neo4j") as running:
            refresh(ROOT / each, Path(empty), running.uri)


if __name__ == "__main__":
    main()
