"""Archives as tests see them: with the standard library only, as other people's tools would."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def rows(folder: Path, of: str = "*.jsonl.gz", *, ends: bool = False) -> list[dict[str, Any]]:
    """All rows of an archive, in order; without the ends that stay, which a killed run may write twice.

    :param of: which of its files.
    """
    files = sorted(folder.glob(of), key=lambda path: int(path.name.partition(".")[0]))
    read = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
    return [each for each in read if ends or each["row"] != "end"]


def entries(folder: Path) -> list[dict[str, Any]]:
    """The archive's description of each of its files, in order."""
    files = [path for path in folder.glob("*.json") if path.stem.isdigit()]
    return [json.loads(path.read_bytes()) for path in sorted(files, key=lambda path: int(path.stem))]
