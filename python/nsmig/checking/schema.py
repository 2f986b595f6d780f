"""The project's schema beside what its migrations add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nsmig._core import History, Schema, diff
from nsmig.errors import NsmigError, ProjectError, SchemaError, YamlError, nearest
from nsmig.findings import Diagnosis
from nsmig.kinds import Kind
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig.making.extensions import ExtensionsError
    from nsmig.operations import Operation
    from nsmig.project.project import Project


def out_of_date(history: History, project: Project) -> Iterator[Diagnosis]:
    """What the project's schema asks for: whether `make` would write something, and what it never will."""
    try:
        after = project.schema()
    except (SchemaError, ProjectError) as error:
        file, line = (error.file, error.line) if isinstance(error, YamlError) else (None, 0)
        yield Diagnosis("schema-unknown", error.problem if isinstance(error, YamlError) else str(error), file, line)
        return
    if project.extensions:  # else no adjacency is written at all
        yield from undeclared(after, str(project.schema_file))
    before = history.schema()
    missing = diff(before, after, extensions=project.extensions)
    if not missing:
        return
    if not project.extensions and (beyond := _beyond_nodestream(before, after, project)):
        said = f"nodestream has no operation for this change of the schema: {_listed(beyond.operations)}"
        swaps = "".join(f"; if these two swapped their names, give `nsmig make` {flags}" for flags in beyond.swaps)
        yield Diagnosis("not-in-nodestream", f"{said}{swaps}")
        return
    said = f"the schema has {counted(len(missing), 'change')} that no migration makes: {_listed(missing)}"
    yield Diagnosis("out-of-date", said)


def _listed(operations: Sequence[Operation]) -> str:
    return "; ".join(each.description for each in operations[:3]) + ("; …" if len(operations) > 3 else "")


def _beyond_nodestream(before: Schema, after: Schema, project: Project) -> ExtensionsError | None:
    """Why `make` would refuse to lead from one schema to the other. What it would ask first is not that."""
    from nsmig.making.extensions import ExtensionsError, check_extensions
    from nsmig.making.hints import read_hints
    from nsmig.making.renames import Answers, find_renames

    try:
        renames = find_renames(before, after, Answers(), None, read_hints(project.hints_file))
        check_extensions(diff(before, after, renames), False, before)
    except ExtensionsError as error:
        return error
    except NsmigError:
        return None
    return None


def undeclared(schema: Schema, file: str) -> Iterator[Diagnosis]:
    """Types that adjacencies of a schema file name, and that it does not declare."""
    for each in schema.cardinalities():
        ends = each["adjacency"]
        named = (Kind.NODE, ends["from_node_type"]), (Kind.RELATIONSHIP, ends["relationship_type"])
        for kind, name in dict.fromkeys((*named, (Kind.NODE, ends["to_node_type"]))):
            if schema.type(kind, name) is None:
                adjacency = " ".join((ends["from_node_type"], ends["relationship_type"], ends["to_node_type"]))
                said = (
                    f"no migration makes the adjacency {adjacency}: the schema declares no {kind.value} type {name!r}"
                )
                yield Diagnosis("type-undeclared", f"{said}{nearest(name, schema.types(kind))}", file)
