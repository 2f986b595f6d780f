"""Projects on disk, and changes of their files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from nsmig.values import Migration
from nsmig.yaml_file import migration_text

EMBEDDED = "{database: ladybug, path: graph.lbug}"


def write_project(folder: Path, target: str, *migrations: Migration) -> Path:
    """A project with one target, called ``db``."""
    (folder / "nsmig.yaml").write_text(f"targets:\n  db: {target}\n")
    write_migrations(folder, *migrations)
    return folder


def write_migrations(project: Path, *migrations: Migration) -> None:
    for each in migrations:
        write_migration(project, each)


def write_migration(project: Path, migration: Migration) -> Path:
    path = project / "migrations" / f"{migration.name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(migration_text(migration.to_dict()))
    return path


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Replace a text, which must exist."""
    text = file.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=e")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
