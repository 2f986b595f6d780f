"""What is wrong in a project's folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nsmig._core import History, Schema
from nsmig.checking.diagnosing import of_operation
from nsmig.checking.reading import read
from nsmig.errors import FoldError, UnsupportedError
from nsmig.findings import FOLDED, Diagnosis
from nsmig.operations import Operation, RunQuery
from nsmig.overwriting import refuse_overwriting
from nsmig.values import SchemaView

if TYPE_CHECKING:
    from nsmig.project.project import Project

# Findings of operations that `run` may refuse whatever the database is.
_MERGE_TYPES = frozenset({"type-replaced", "type-overwritten"})

# Raises UnsupportedError for an operation that a kind of database can never carry out.
Refuse = Callable[[Operation, SchemaView], None]


def check(
    folder: Path, project: Project, *, since: str | None = None, refusals: Mapping[str, Refuse] | None = None
) -> tuple[History, list[Diagnosis]]:
    """What is wrong in a project's folder, in no order, and the history of what can be read of it.

    :param folder: the migrations, as messages are to name it.
    :param since: a git ref; drops in migrations that it lacks are told.
    :param refusals: by kind of database, what refuses operations that it can never carry out.
    :raises GitError: git does not know the ref.
    """
    history, found = read(folder)
    is_whole = not found
    found += fold_findings(history)
    found += open_ends(history)
    found += orders_that_matter(history)
    if not project.extensions:
        found += unreadable_by_nodestream(history)
    if since is not None:
        from nsmig.checking.git import destructive

        found += destructive(history, since, folder if folder.is_dir() else project.root)
    if is_whole and not any(each.code == "not-applicable" for each in found):
        if refusals or not _MERGE_TYPES.isdisjoint(each.code for each in found):
            found += refused(history, refusals or {})
        from nsmig.checking.schema import out_of_date

        found += out_of_date(history, project)
    return history, found


def fold_findings(history: History) -> list[Diagnosis]:
    """What cannot be applied to the schema before it, and what can but is hardly meant."""
    found: list[Diagnosis] = []
    try:
        findings = history.findings()
    except FoldError:
        found, history = _without_unfoldable(history)
        findings = history.findings()
    return found + [
        of_operation(each.code, history[each.migration], each.index, FOLDED[each.code]) for each in findings
    ]


def _without_unfoldable(history: History) -> tuple[list[Diagnosis], History]:
    """What cannot be applied to the schema before it, and the history in which nothing is done in its place."""
    found = []
    migrations = {name: history[name] for name in history.order()}
    schema = history.schema_of(())
    for migration in history.plan():
        operations = list(migration.operations)
        for index, operation in enumerate(migration.operations):
            try:
                schema = schema.apply(operation)
            except FoldError as error:
                found.append(of_operation("not-applicable", migration, index, error.reason))
                operations[index] = RunQuery("")  # those behind it keep their indexes
        migrations[migration.name] = replace(migration, operations=tuple(operations))
    return found, History(list(migrations.values()))


def unreadable_by_nodestream(history: History) -> Iterator[Diagnosis]:
    """Operations that are nsmig's own."""
    for name, index in history.own_operations():
        yield of_operation("own-operation", history[name], index, "nodestream cannot read this operation")


# Findings of folders that nodestream does not read either, or not all of.
_STOPS_NODESTREAM = frozenset({"unreadable", "duplicate-name", "missing-dependency", "cycle"})


def is_readable_by_nodestream(history: History, found: Sequence[Diagnosis]) -> bool:
    """Whether nodestream can read a folder.

    It stops at a dependency on a name that is in no file, though a squash may stand for it.

    :param found: what is wrong in the folder.
    """
    if history.own_operations() or any(each.code in _STOPS_NODESTREAM for each in found):
        return False
    order = history.order()
    gone = {each for name in order for each in history.replaced(name)}.difference(order)
    return not gone or all(gone.isdisjoint(history[name].dependencies) for name in order)


def open_ends(history: History) -> Iterator[Diagnosis]:
    """That there are several leaves."""
    leaves = history.leaves()
    if len(leaves) > 1:
        yield Diagnosis(
            "several-leaves",
            f"{len(leaves)} migrations are the last of their branch: {', '.join(leaves)}",
            history[leaves[0]].file,
            migration=leaves[0],
        )


def orders_that_matter(history: History) -> Iterator[Diagnosis]:
    """Pairs of migrations in concurrent branches that do not commute."""
    runs = history.concurrent()
    if not runs:
        return
    from nsmig.checking.branches import clashes

    for clash in (clash for run in runs for clash in clashes(run)):
        yield of_operation(
            "order-matters",
            clash.second,
            clash.second_index,
            f"neither of {clash.first.name!r} and {clash.second.name!r} depends on the other, and {clash.reason}",
            says_operation=False,
        )


def refused(history: History, refusals: Mapping[str, Refuse]) -> Iterator[Diagnosis]:
    """Operations that `run`, or a kind of database, can never carry out.

    :param refusals: by kind of database.
    """
    schema = history.schema_of(())
    for migration in history.plan():
        for index, operation in enumerate(migration.operations):
            for reason in _refusing(operation, schema, refusals):
                yield of_operation("refused", migration, index, reason)
            schema = schema.apply(operation)


def _refusing(operation: Operation, before: Schema, refusals: Mapping[str, Refuse]) -> Iterator[str]:
    """Who refuses an operation, and why."""
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
