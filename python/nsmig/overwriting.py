"""A rule for every run: an operation that folds as in nodestream, but would merge two types' data, is not executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nsmig.errors import UnsupportedError
from nsmig.operations import CreateType, Operation, RenameType
from nsmig.values import SchemaView

# Raises UnsupportedError for an operation that a database, or every run, can never carry out. Of plain operations (see
# ``nsmig._core.Steps``) it refuses none, or all of a class and kind of type.
Refuse = Callable[[Operation, SchemaView], None]


def refusing(operation: Operation, before: SchemaView, refusals: Mapping[str, Refuse]) -> Iterator[str]:
    """The kinds of database that can never carry an operation out, and the reasons.

    :param refusals: by kind of database.
    """
    try:
        refuse_overwriting(operation, before)
    except UnsupportedError as error:
        yield error.reason  # whatever the database
        return
    for kind, refuse in sorted(refusals.items()):
        try:
            refuse(operation, before)
        except UnsupportedError as error:
            yield f"{kind}: {error.reason}"


def refuse_overwriting(operation: Operation, before: SchemaView) -> None:
    """Refuse a rename onto an existing type, and the creation of an existing type with another key.

    :raises UnsupportedError: it is one of these.
    """
    match operation:
        case RenameType(kind, old, new) if old != new and before.type(kind, new) is not None:
            raise UnsupportedError(operation, f"{kind.value} type {new!r} exists; drop or rename it first")
        case CreateType(kind, type) if (there := before.type(kind, type)) and there.keys != operation.keys:
            keys = ", ".join(there.keys) or "(none)"
            reason = f"{kind.value} type {type!r} exists with the key {keys}; drop it first, or extend its key"
            raise UnsupportedError(operation, reason)
