"""Schema migrations for property graphs.

>>> import nsmig
>>> person = nsmig.Operation.from_dict(
...     {"operation": "CreateNodeType", "arguments": {"name": "Person", "keys": ["email"], "properties": ["born"]}}
... )
>>> rename = nsmig.Operation.from_dict(
...     {
...         "operation": "RenameNodeProperty",
...         "arguments": {"node_type": "Person", "old_property_name": "born", "new_property_name": "birth"},
...     }
... )
>>> history = nsmig.History([nsmig.Migration("1", [person]), nsmig.Migration("2", [rename], dependencies=["1"])])
>>> history.order(), history.leaves()
(['1', '2'], ['2'])
>>> history.schema()
<Schema of 1 node types and 0 relationship types>
>>> history.schema(at="1").type(nsmig.Kind.NODE, "Person").properties
{'born': 'STRING', 'email': 'STRING'}
>>> [migration.name for migration in history.plan(applied=["1"])]
['2']
>>> history.squash("1", "2").operations
(CreateNodeType(name='Person', keys=['email'], properties=['birth']),)

What leads from one schema to another, where ``birth`` became ``birthday``:

>>> after = nsmig.Schema.from_dict(
...     {"nodes": [{"name": "Person", "properties": {"email": {"is_key": True}, "birthday": {}}}]}
... )
>>> nsmig.diff(history.schema(), after, nsmig.Renames(properties={"Person.birth": "birthday"}))
[RenameNodeProperty(node_type='Person', old_property_name='birth', new_property_name='birthday')]

A folder of migration files is read by ``nsmig.History.load("migrations")``. All errors are :class:`NsmigError` s:

>>> history.schema(at="3")
Traceback (most recent call last):
nsmig.errors.UnknownMigrationError: no migration is named '3'; `nsmig show` lists them
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nsmig.version import __version__ as __version__

if TYPE_CHECKING:
    from nsmig._core import History, Schema, diff, squash, squash_report
    from nsmig.errors import NsmigError
    from nsmig.kinds import Kind
    from nsmig.operations import Operation
    from nsmig.service import connect, inspect, restore, run, show, view
    from nsmig.values import Finding, Kept, Migration, Renames, SquashReport, Type

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
    "connect",
    "diff",
    "inspect",
    "restore",
    "run",
    "show",
    "squash",
    "squash_report",
    "view",
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
    "nsmig.kinds": ("Kind",),
    "nsmig.operations": ("Operation",),
    "nsmig.service": ("connect", "inspect", "restore", "run", "show", "view"),
    "nsmig.values": (
        "Finding",
        "Kept",
        "Migration",
        "Renames",
        "SquashReport",
        "Type",
    ),
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "files":  # what nsmig 0.1 called it
        return import_module("nsmig.yaml_file")
    for module, names in _PLACES.items():
        if name in names:
            return globals().setdefault(name, getattr(import_module(module), name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
