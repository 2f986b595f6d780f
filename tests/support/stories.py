"""Stories: a project, commands, and their output, in one file.

    What the story is about.
    -- nsmig.yaml --
    {}
    -- commands --
    $ nsmig show
    There are no migrations. Write the first with: nsmig make

If a command ends with another exit code than 0, ``[exit code N]`` is the last line of its output; times appear as
``<date>`` and ``<duration>``. ``python -m support.stories FILE …`` writes the current output of their commands into
stories.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support.shell import SESSION, Printed, lasting, printed

COMMANDS = "-- commands --\n"


@dataclass(frozen=True)
class Story:
    """The content of a story. ``steps`` are commands, each with its output."""

    files: dict[str, str]
    steps: tuple[tuple[str, str], ...]

    def play(self, folder: Path, uri: str = "") -> Iterator[str]:
        """Write the files, run the commands, and return the output of each."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return map(_shown, printed((command for command, _ in self.steps), folder, uri))


def read(path: Path) -> Story:
    text = path.read_text(encoding="utf-8")
    before, found, commands = text.partition(COMMANDS)
    assert found, f"{path} has no commands"
    _, *parts = re.split(r"^-- (.+) --\n", before, flags=re.MULTILINE)
    steps = SESSION.findall(commands)
    assert "".join(f"$ {command}\n{shown}" for command, shown in steps) == commands, f"{path}: what is no command?"
    return Story(dict(zip(parts[::2], parts[1::2], strict=True)), tuple(steps))


def refresh(path: Path) -> None:
    """Write the current output of its commands into a story."""
    story = read(path)
    head = path.read_text(encoding="utf-8").partition(COMMANDS)[0]
    with tempfile.TemporaryDirectory() as empty:
        shown = list(story.play(Path(empty)))
    steps = (f"$ {command}\n{text}" for (command, _), text in zip(story.steps, shown, strict=True))
    path.write_text("".join((head, COMMANDS, *steps)), encoding="utf-8")


def _shown(answer: Printed) -> str:
    text = answer.text if not answer.text or answer.text.endswith("\n") else f"{answer.text}\n"
    return lasting(f"{text}[exit code {answer.code}]\n" if answer.code else text)


def main(paths: Iterable[str]) -> None:
    for each in paths:
        refresh(Path(each))


if __name__ == "__main__":
    main(sys.argv[1:])
