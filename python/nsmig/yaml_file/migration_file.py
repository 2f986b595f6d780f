"""Migration files: their paths and their text. :class:`nsmig.History` reads folders of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nsmig.errors import WriteError
from nsmig.yaml_file.disk import check_name
from nsmig.yaml_file.writing import dump


def migration_path(folder: str | Path, name: str) -> Path:
    """The path of the migration ``name``: ``<folder>/<name>.yaml``.

    :raises WriteError: the name cannot be the name of a file.
    """
    if any(separator in name for separator in ("/", os.sep, os.altsep) if separator):
        raise WriteError(
            f"{folder}/{name}.yaml", f"the migration's name {name!r} holds a path separator; choose another one"
        )
    path = Path(folder) / f"{name}.yaml"
    check_name(path)
    return path


def migration_text(migration: Mapping[str, Any]) -> str:
    """The text of a migration file, as nodestream's ``make`` writes it.

    :param migration: ``name``, ``operations`` (``{"operation": str, "arguments": mapping}`` each), ``dependencies`` and
        ``replaces`` (none, if absent).
    :raises NsmigError: an argument is of a type that YAML cannot hold.
    """
    return dump(
        {
            "name": migration["name"],
            "operations": [_with_sets(operation) for operation in migration["operations"]],
            "dependencies": list(migration["dependencies"]),
            "replaces": list(migration.get("replaces", ())),
        }
    )


def _with_sets(operation: Mapping[str, Any]) -> dict[str, Any]:
    """nodestream's ``make`` writes the keys and properties of a new type as sets, whose order has no meaning."""
    arguments = dict(operation["arguments"])
    if operation["operation"] in ("CreateNodeType", "CreateRelationshipType"):
        arguments |= {name: set(arguments[name]) for name in ("keys", "properties")}
    return {"operation": operation["operation"], "arguments": arguments}
