"""The text of schema files. They are read by :class:`nsmig.Schema`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsmig.yaml_file.writing import dump


def schema_text(schema: Mapping[str, Any]) -> str:
    """The text of a schema file: types and cardinalities in the order given, properties by name.

    :param schema: ``cardinalities``, ``nodes`` and ``relationships`` as :meth:`nsmig.Schema.to_dict` gives them; what
        is absent is empty.
    """
    return dump({part: list(schema.get(part, ())) for part in ("cardinalities", "nodes", "relationships")})
