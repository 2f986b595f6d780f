"""The project's schema compared with the result of its migrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nsmig._core import History, Schema, diff
from nsmig.errors import NsmigError, ProjectError, SchemaError, YamlError
from nsmig.findings import Diagnosis
from nsmig.making.adjacencies import undeclared
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig.making.extensions import ExtensionsError
    from nsmig.operations import Operation
    from nsmig.project.project import Project, WantedSchema


def wanted(project: Project) -> tuple[WantedSchema | None, list[Diagnosis]]:
    """The project's schema (None if it has none or it is unknown) and the findings about it."""
    if not project.has_schema:
        return None, []
    try:
        found = project.wanted()
    except (SchemaError, ProjectError) as error:
        file, line = (error.file, error.line) if isinstance(error, YamlError) else (None, 0)
        said = error.problem if isinstance(error, YamlError) else str(error)
        return None, [Diagnosis("schema-unknown", said, file, line)]
    file = str(project.schema_file or project.introspected_file)
    # Without extensions no adjacency is written at all.
    ends = list(undeclared(found.schema)) if project.extensions else []
    return found, [Diagnosis("type-undeclared", each, file) for each in ends]


def out_of_date(history: History, after: Schema, project: Project) -> Iterator[Diagnosis]:
    """Findings from comparing the project's schema: whether `make` would write something, and what it never will."""
    before = history.schema()
    missing = diff(before, after, extensions=project.extensions)
    if not missing:
        return
    if not project.extensions and (beyond := _beyond_nodestream(before, after, project)):
        said = f"nodestream has no operation for this schema change: {_listed(beyond.operations)}"
        swaps = "".join(f"; if these two swapped names, give `nsmig make` {flags}" for flags in beyond.swaps)
        yield Diagnosis("not-in-nodestream", f"{said}{swaps}")
        return
    said = f"the schema has {counted(len(missing), 'change')} that no migration makes: {_listed(missing)}"
    yield Diagnosis("out-of-date", said)


def _listed(operations: Sequence[Operation]) -> str:
    return "; ".join(each.description for each in operations[:3]) + ("; …" if len(operations) > 3 else "")


def _beyond_nodestream(before: Schema, after: Schema, project: Project) -> ExtensionsError | None:
    """The reason `make` would refuse to lead from one schema to the other, other than open questions."""
    from nsmig.making.extensions import ExtensionsError, check_extensions
    from nsmig.making.hints import read_hints
    from nsmig.making.renames import Answers, find_renames

    try:
        renames = find_renames(before, after, Answers(), None, read_hints(project.hints_file), adjacencies=False)
        check_extensions(diff(before, after, renames, extensions=False), False, before)
    except ExtensionsError as error:
        return error
    except NsmigError:
        return None
    return None
