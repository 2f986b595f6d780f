"""The schema of a nodestream project, by nodestream itself in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from nsmig.errors import IntrospectionError, ProjectError


def introspected(file: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The complete content of a schema file for a nodestream project, and notes on steps that annotations leave out.
    nodestream runs in the project's folder.

    :param file: the project file.
    :raises IntrospectionError: a plugin, pipeline or step does not load.
    :raises ProjectError: nodestream is not installed.
    """
    program = Path(__file__).with_name("introspect.py")
    done = subprocess.run(
        [sys.executable, str(program), file.name],
        cwd=file.parent,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError as no_json:
        raise IntrospectionError(
            None, None, f"it ended with exit code {done.returncode} without an answer: {done.stderr.strip()}"
        ) from no_json
    if error := answer.get("error"):
        if error["reason"].startswith("ModuleNotFoundError: No module named 'nodestream'"):
            raise ProjectError(
                f"{file}: the schema of a nodestream project comes from nodestream itself, which is not installed"
                " beside nsmig; run `pip install 'nsmig[nodestream]'`"
            )
        raise IntrospectionError(error["pipeline"] or str(file), error["step"], error["reason"], error["plugin"])
    schema: dict[str, Any] = answer["schema"]
    for described in (*schema["nodes"], *schema["relationships"]):
        described["properties"] = dict(sorted(described["properties"].items()))
    return schema, tuple(answer["notes"])
