"""A disk that is small enough to fill."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int], None]]:
    """A disk of 60 MB in a folder; the result is a function that leaves a given number of bytes free."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=60m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("a small disk needs the right to mount one")

    def leave(free: int) -> None:
        filler = folder / "filler"
        filler.unlink(missing_ok=True)
        filler.write_bytes(bytes(max(0, shutil.disk_usage(folder).free - free)))

    try:
        yield leave
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
