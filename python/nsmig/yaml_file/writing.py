"""Values as YAML text, the same bytes as PyYAML writes.

The core writes simple values, which are nearly everything in nearly all files. PyYAML's writer takes a hundred times as
long, and importing it alone takes as long as reading thousands of migrations.
"""

from __future__ import annotations

from typing import Any

from nsmig._core import dump as dump_what_is_simple


def dump(data: Any) -> str:
    """``data`` as YAML 1.1 in nodestream's style: block style, sorted keys, ASCII, never an anchor; ends with a
    newline.

    :param data: None, bool, int, float, str, bytes, date, datetime; lists, tuples, sets and mappings of them.
    :raises NsmigError: a value is of another type.
    """
    return dump_what_is_simple(data, _by_pyyaml)


def _by_pyyaml(data: Any) -> str:
    from nsmig.yaml_file.by_pyyaml import dump_any

    return dump_any(data)
