"""Any value as YAML text, written by PyYAML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from nsmig.errors import NsmigError


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_set(dumper: yaml.SafeDumper, members: Iterable[Any]) -> yaml.Node:
    # PyYAML sorts what it can; where it cannot it keeps this order instead of the set's own, which changes from run to
    # run.
    ordered = sorted(members, key=lambda member: (type(member).__name__, repr(member)))
    return dumper.represent_mapping("tag:yaml.org,2002:set", dict.fromkeys(ordered))


_Dumper.add_representer(set, _represent_set)
_Dumper.add_representer(frozenset, _represent_set)


def dump_any(data: Any) -> str:
    """Like :func:`nsmig.yaml_file.writing.dump`, but slower and for all values.

    :raises NsmigError: a value is of a type that YAML cannot hold.
    """
    try:
        return str(yaml.dump(data, Dumper=_Dumper, indent=2, sort_keys=True))
    except yaml.representer.RepresenterError as error:
        value = error.args[-1]
        raise NsmigError(
            f"a {type(value).__name__} cannot be written as YAML; use text, numbers, booleans, dates, lists or mappings"
        ) from error
