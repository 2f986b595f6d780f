"""Operations that nodestream cannot read: whether a project may use them, and what is left out if not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nsmig.errors import NsmigError
from nsmig.words import counted, some

if TYPE_CHECKING:
    from nsmig._core import Schema
    from nsmig.operations import Operation
    from nsmig.values import Renames


class ExtensionsError(NsmigError):
    """The change needs ``operations`` that nodestream cannot read, and the project does not allow them.

    ``swaps`` are flags that express the change as renames, if a key property and another may have swapped names.
    """

    def __init__(self, operations: Iterable[Operation], swaps: Iterable[str] = ()) -> None:
        self.operations, self.swaps = tuple(operations), tuple(swaps)
        needed = "; ".join(operation.description for operation in self.operations)
        super().__init__(
            f"nodestream has no operation for this change: {needed}. Nothing was written."
            " Undo the change in the schema, or move to an nsmig.yaml with 'extensions: true'"
            + "".join(f"; or, if these two swapped their names: {flags}" for flags in self.swaps)
        )


def check_extensions(operations: Iterable[Operation], allowed: bool, before: Schema | None = None) -> None:
    """
    :param before: the schema before the operations, if they come from a comparison.
    :raises ExtensionsError: an operation that nodestream cannot read is not allowed.
    """
    operations = list(operations)
    if allowed or not operations:
        return
    from nsmig.operations import OWN_OPERATIONS

    own = [operation for operation in operations if operation.name in OWN_OPERATIONS]
    if own:
        raise ExtensionsError(own, _swaps(operations, before) if before else ())


def _swaps(operations: list[Operation], before: Schema) -> Iterator[str]:
    """Flags for each pair of a property that left the key and an existing one that joined it."""
    from shlex import quote

    from nsmig.operations import ExtendKey, ReduceKey

    extended = [each for each in operations if isinstance(each, ExtendKey)]
    for left in (each for each in operations if isinstance(each, ReduceKey)):
        was = before.type(left.kind, left.type)
        for came in extended:
            if was and (came.kind, came.type) == (left.kind, left.type) and came.property in was.properties:
                pairs = ((left.property, came.property), (came.property, left.property))
                yield " ".join(f"--rename-property {quote(f'{left.type}.{old}={new}')}" for old, new in pairs)


def left_out(before: Schema, after: Schema, renames: Renames, extensions: bool) -> list[str]:
    """What the schema requires but the next migration leaves out, one sentence for each reason.

    :param extensions: whether operations are allowed that nodestream cannot read.
    """
    if not extensions:  # without adjacencies there is no need to mention that cardinalities have no operation
        from nsmig._core import diff
        from nsmig.catalog_operations import CreateConstraint, CreateEntry, RemoveConstraint, RemoveEntry
        from nsmig.operations import AddAdjacency, DropAdjacency, SetPropertyType

        own = diff(before, after, renames, extensions=True)
        types = sum(isinstance(operation, SetPropertyType) for operation in own)
        adjacencies = sum(isinstance(operation, (AddAdjacency, DropAdjacency)) for operation in own)
        parts = [f"types of {counted(types, 'property', 'properties')}"] * bool(types)
        parts += [counted(adjacencies, "adjacency", "adjacencies")] * bool(adjacencies)
        entries = [operation for operation in own if isinstance(operation, (CreateEntry, RemoveEntry))]
        constraints = {each.entry for each in entries if isinstance(each, (CreateConstraint, RemoveConstraint))}
        indexes = {each.entry for each in entries} - constraints
        parts += [counted(len(indexes), "index", "indexes")] * bool(indexes)
        parts += [counted(len(constraints), "constraint")] * bool(constraints)
        listed = " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
        return [f"left out, as nodestream has no operation for it: {listed}"] if parts else []
    single = [
        "{from_node_type} {relationship_type} {to_node_type}".format(**each["adjacency"])
        for each in after.cardinalities()
        if "SINGLE" in each["cardinality"].values()
    ]
    said = f"cardinalities other than MANY have no operation and stay in the schema file: {some(single, 3)}"
    return [said] if single else []
