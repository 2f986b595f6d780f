"""Everything that is wrong in a project's folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nsmig._core import History, Schema, diff
from nsmig.catalog_operations import RemoveEntry
from nsmig.checking.diagnosing import of_operation, place
from nsmig.checking.reading import read
from nsmig.checking.unread import refused_by_pyyaml, unread_files
from nsmig.errors import FoldError
from nsmig.findings import FOLDED, Diagnosis
from nsmig.making.identities import folded
from nsmig.operations import RunQuery
from nsmig.overwriting import Refuse, refusing
from nsmig.project.folder import when_missing
from nsmig.words import some

if TYPE_CHECKING:
    from nsmig.project.project import Project
    from nsmig.values import Entry, Migration

# Findings of operations that `run` may refuse on any database.
_MERGE_TYPES = frozenset({"type-replaced", "type-overwritten"})


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings in a project's folder, unordered; the history of the readable migrations; notes on what the source
    of the schema leaves out by design, and on what nodestream cannot read; and whether nodestream can read the
    folder."""

    history: History
    found: tuple[Diagnosis, ...]
    notes: tuple[str, ...]
    readable_by_nodestream: bool


def check(
    folder: Path, project: Project, *, since: str | None = None, refusals: Mapping[str, Refuse] | None = None
) -> Checked:
    """Check a project's folder; returns the findings and the history of the readable migrations.

    :param folder: the migrations folder, as messages name it.
    :param since: a git ref; report drops in migrations that it lacks.
    :param refusals: by kind of database, a function that refuses operations that it can never carry out.
    :raises GitError: git does not know the ref.
    """
    from nsmig.checking.schema import out_of_date, wanted

    usable = read(folder)
    history = usable.history
    found = [_with_way_out(each, project) for each in usable.found] + list(unread_files(folder))
    found += fold_findings(usable.intact)
    found += orders_that_matter(usable.intact)
    found += members_gone(history)
    if usable.is_whole:
        found += open_ends(history)
        found += squashes_that_differ(history)
    hindrances = list(dependencies_gone(history)) if usable.is_whole else []
    if not project.extensions:
        found += own_operations(history)
    if project.must_suit_nodestream:
        hindrances += texts_of_nsmig_alone(history)
        found += hindrances
    if since is not None:
        from nsmig.checking.git import destructive

        found += destructive(history, since, folder if folder.is_dir() else project.root)
    schema, troubles = wanted(project)
    found += troubles
    if usable.is_whole and not any(each.code == "not-applicable" for each in found):
        if refusals or not _MERGE_TYPES.isdisjoint(each.code for each in found):
            found += refused(history, refusals or {})
        if schema is not None and not troubles:
            found += out_of_date(history, schema.schema, project)
    readable = usable.is_whole and not hindrances and not history.own_operations()
    notes = (*(schema.notes if schema else ()), *_unreadable(history, project))
    return Checked(history, tuple(found), notes, readable)


_LISTED = 5  # files


def _unreadable(history: History, project: Project) -> Iterator[str]:
    """The files that nodestream cannot read, in a project shared with nodestream that allows them."""
    if project.is_shared and project.extensions:
        names = dict.fromkeys(name for name, _ in history.own_operations())
        files = [history[name].file or name for name in names]
        if files:
            shown = some(files, _LISTED)
            yield f"nodestream cannot read these files, because they use operations of nsmig's own: {shown}"


def _with_way_out(finding: Diagnosis, project: Project) -> Diagnosis:
    """A missing folder, with advice for this project."""
    if finding.code != "no-folder" or (advice := when_missing(project)) is None:
        return finding
    return replace(finding, message=f"{finding.message}: {advice}")


def fold_findings(history: History) -> list[Diagnosis]:
    """Operations that cannot be applied to the schema before them, and those that can but are probably mistakes."""
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
    """Operations that cannot be applied to the schema before them, and the history without them."""
    found = []
    migrations = {name: history[name] for name in history.order()}
    schema = history.schema_of(())
    for migration in map(history.__getitem__, history.effective()):
        operations = list(migration.operations)
        for index, operation in enumerate(migration.operations):
            try:
                schema = schema.apply(operation)
            except FoldError as error:
                found.append(of_operation("not-applicable", migration, index, error.reason))
                operations[index] = RunQuery("")  # later operations keep their indexes
        migrations[migration.name] = replace(migration, operations=tuple(operations))
    return found, History(list(migrations.values()))


def own_operations(history: History) -> Iterator[Diagnosis]:
    """Operations that are nsmig's own."""
    for name, index in history.own_operations():
        yield of_operation("own-operation", history[name], index, "nodestream cannot read this operation")


def dependencies_gone(history: History) -> Iterator[Diagnosis]:
    """Dependencies on migrations that only a squash replaces. They stop nodestream, which looks for the file."""
    order = history.order()
    squash_of = {each: name for name in order for each in history.replaced(name) if each not in history}
    for name in order if squash_of else ():
        for at, each in enumerate(history[name].dependencies):
            if each in squash_of:
                file, squash = history[name].file, squash_of[each]
                said = f"{name!r} depends on {each!r}, which no file defines; write {squash!r}, which replaces it"
                yield Diagnosis("not-for-nodestream", said, file, place(file, "dependencies", at), name)


def texts_of_nsmig_alone(history: History) -> Iterator[Diagnosis]:
    """Files that nsmig can read and nodestream cannot."""
    for name in history.order():
        if (file := history[name].file) and (reason := refused_by_pyyaml(file)):
            yield Diagnosis("not-for-nodestream", reason, file, migration=name)


def members_gone(history: History) -> Iterator[Diagnosis]:
    """Squashes of which some members have files and some have none."""
    elided = history.elided()
    for name in history.order():
        replaced = history.replaced(name)
        kept = [each for each in replaced if each in history]
        if kept and len(kept) < len(replaced):
            gone = [each for each in replaced if each not in history]
            said = f"squash {name!r} replaces, among others, {_some(kept)} (in a file) and {_some(gone)} (in no file)"
            if name in elided:
                said += (
                    "; queries were left out of it, so a database with rows that lacks some of these needs their files"
                )
            yield Diagnosis("members-gone", said, history[kept[0]].file, migration=kept[0])


def squashes_that_differ(history: History) -> Iterator[Diagnosis]:
    """Squashes whose resulting schema differs from that of the migrations they replace, if all of these have files."""
    order = history.order()
    position = {name: at for at, name in enumerate(order)}
    for name in order:
        replaced = dict.fromkeys(history.replaced(name))
        if not replaced or any(each not in history for each in replaced):
            continue
        members = sorted((each for each in replaced if not history.replaced(each)), key=position.__getitem__)
        try:
            before = history.schema_of(_ancestors(history, [name, *members]) - replaced.keys() - {name})
            ours = folded(history[name].operations, before)
            theirs = folded((each for member in members for each in history[member].operations), before)
        except FoldError:
            continue  # which is a finding of its own
        if ours != theirs:
            first = diff(ours, theirs, extensions=True)
            lacking = f"; it lacks, for example: {first[0].description}" if first else ""
            said = f"squash {name!r} results in a different schema from what it replaces{lacking}"
            yield Diagnosis("squash-differs", said, history[name].file, migration=name)


def _ancestors(history: History, names: Sequence[str]) -> set[str]:
    """These and everything they depend on, at any depth. A squash counts as its members."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        if (name := waiting.pop()) not in found and name in history:
            found.add(name)
            waiting += [*history[name].dependencies, *history.replaced(name)]
    return found


def _some(names: Sequence[str]) -> str:
    return some([*map(repr, names)], 3)


def open_ends(history: History) -> Iterator[Diagnosis]:
    """A notice if there are several leaves."""
    leaves = history.leaves()
    if len(leaves) > 1:
        yield Diagnosis(
            "several-leaves",
            f"{len(leaves)} migrations are the ends of branches: {', '.join(leaves)}",
            history[leaves[0]].file,
            migration=leaves[0],
        )


def orders_that_matter(history: History) -> Iterator[Diagnosis]:
    """Pairs of migrations on concurrent branches that do not commute."""
    runs = history.concurrent()
    if not runs:
        return
    from nsmig.checking.branches import clashes

    for clash in (clash for run in runs for clash in clashes(run, _removed(history, run))):
        yield of_operation(
            "order-matters",
            clash.second,
            clash.second_index,
            f"neither of {clash.first.name!r} and {clash.second.name!r} depends on the other, and {clash.reason}",
            says_operation=False,
        )


def _removed(history: History, run: Sequence[Migration]) -> dict[str, Entry]:
    """The indexes and constraints that migrations remove, by name, as they are before."""
    found: dict[str, Entry] = {}
    for migration in run:
        names = {each.entry for each in migration.operations if isinstance(each, RemoveEntry)}
        if names:
            with suppress(FoldError):  # which is a finding of its own
                before = history.schema_of(_ancestors(history, migration.dependencies))
                found |= {each.name: each for each in before.entries() if each.name in names}
    return found


def refused(history: History, refusals: Mapping[str, Refuse]) -> Iterator[Diagnosis]:
    """Operations that `run`, or a kind of database, can never carry out.

    :param refusals: by kind of database.
    """
    steps = history.steps(history.effective(), Schema())
    for name, index, operation, before in steps:
        for reason in refusing(operation, before, refusals):
            steps.ask_all_like(operation)
            yield of_operation("refused", history[name], index, reason)
