"""Schema migrations for property graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nsmig._core import History, Schema, diff, squash, squash_report
    from nsmig.errors import NsmigError
    from nsmig.operations import Kind, Operation
    from nsmig.values import Finding, Kept, Migration, Renames, SquashReport, Type

__version__ = "0.1.0"

__all__ = [
    "Finding",
    "History",
    "Kept",
    "Kind",
    "Migration",
    "NsmigError",
    "Operation",
    "Renames",
    "Schema",
    "SquashReport",
    "Type",
    "diff",
    "squash",
    "squash_report",
]

# Where the public names are. They are imported when asked for: the command's help needs none of them.
_PLACES = {
    "nsmig._core": (
        "History",
        "Schema",
        "diff",
        "squash",
        "squash_report",
    ),
    "nsmig.errors": ("NsmigError",),
    "nsmig.operations": (
        "Kind",
        "Operation",
    ),
    "nsmig.values": (
        "Finding",
        "Kept",
        "Migration",
        "Renames",
        "SquashReport",
        "Type",
    ),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _PLACES.items():
        if name in names:
            return globals().setdefault(name, getattr(import_module(module), name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
