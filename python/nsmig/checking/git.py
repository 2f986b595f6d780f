"""Drops in migrations that a git ref lacks."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from nsmig._core import History
from nsmig.checking.diagnosing import as_text, of_operation
from nsmig.errors import NsmigError
from nsmig.findings import Diagnosis
from nsmig.operations import DropProperty, DropType


class GitError(NsmigError):
    """Git cannot show what the ref ``ref`` contains."""

    def __init__(self, ref: str, problem: str) -> None:
        super().__init__(f"--since {ref}: {problem}")
        self.ref = ref


def destructive(history: History, ref: str, folder: Path) -> Iterator[Diagnosis]:
    """Drops in migrations whose files are missing or different on a git ref.

    :param folder: the migrations folder, which need not exist.
    :raises GitError: git does not know it, or the folder is in no repository.
    """
    planned = [history[name] for name in history.order()]
    unchanged = _unchanged_since(ref, folder)
    for migration in planned:
        if migration.file and Path(migration.file).name not in unchanged:
            for index, operation in enumerate(migration.operations):
                if isinstance(operation, (DropType, DropProperty)):
                    said = f"its data is deleted, and the file is not on {ref}, or differs there"
                    yield of_operation("destructive", migration, index, said)


def _unchanged_since(ref: str, folder: Path) -> set[str]:
    """Names of the files in a folder that are the same on a git ref."""

    def git(*arguments: str) -> list[str]:
        try:
            done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True)
        except OSError as error:
            raise GitError(ref, f"git could not be run: {error.strerror}") from error
        if done.returncode:
            said = as_text(done.stderr).strip().removeprefix("fatal: ")
            raise GitError(ref, said or "git does not know this branch, tag or commit")
        return as_text(done.stdout).split("\0")

    git("rev-parse", "--git-dir")
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")[0].strip()
    named = git("ls-tree", "-z", "--name-only", commit, "./")
    changed = git("diff", "-z", "--name-only", "--relative", "--no-renames", commit, "--", ".")
    return set(named).difference(changed)
