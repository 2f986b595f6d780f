"""The README shows what really happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"

# What differs from run to run.
PASSING = [
    (r"\b\d{14}", "<time>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "<date>"),
    (r"\d+\.\d\d s\b", "<duration>"),
]


def sessions() -> list[tuple[str, str]]:
    """The commands of the README's console blocks, each with the output shown."""
    blocks = re.findall(r"^```console\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)


def output(command: str, folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return done.stdout


def lasting(text: str) -> str:
    for pattern, instead in PASSING:
        text = re.sub(pattern, instead, text)
    return text


def test_the_tour_shows_what_the_program_prints(tmp_path: Path) -> None:
    tour = sessions()
    assert len(tour) > 8
    for command, shown in tour:
        assert lasting(output(command, tmp_path)) == lasting(shown), command
