"""A squash beside what it replaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nsmig._core import History, Schema, squash, squash_report
from nsmig.errors import FoldError
from nsmig.operations import Operation, QueriesLeftOut
from nsmig.running.tasks import steps_of
from nsmig.values import Migration, SquashReport


@dataclass(frozen=True, slots=True)
class Replaced:
    """``members``: the migrations that a squash replaces, at any depth, in the order of the history, if they have
    files. ``is_whole``: all of them have files, and they result in the same schema; then they say more than the squash.
    ``report``: why the squash is as it is; None if nsmig would write a different one from these files.
    ``single_label``: it was promised that no node carries two types."""

    members: tuple[str, ...]
    is_whole: bool
    report: SquashReport | None = None
    single_label: bool = False


def replaced(history: History, migration: Migration) -> Replaced:
    """The migrations that a squash replaces."""
    names = set(history.replaced(migration.name))
    order = history.order()
    members = tuple(name for name in order if name in names)
    if len(members) < len(names):
        return Replaced(members, False)
    before_it = order[: order.index(migration.name)]
    originals = [each for name in members if not (member := history[name]).replaces for each in member.operations]
    try:
        base = history.schema_of([name for name in before_it if name not in names])
        _, schema = steps_of(migration.operations, base)
        is_whole = schema == history.schema_of(before_it)
        report, single_label = _report(migration, originals, base)
    except FoldError:
        return Replaced(members, False)
    return Replaced(members, is_whole, report, single_label)


def _report(migration: Migration, originals: Sequence[Operation], base: Schema) -> tuple[SquashReport | None, bool]:
    """The report of the squash with these operations, if there is one."""
    mark = next((each for each in migration.operations if isinstance(each, QueriesLeftOut)), None)
    written = [each for each in migration.operations if each is not mark]
    for single_label in (False, True):
        if squash(originals, base, single_label, keep_queries=mark is None) == written:
            return squash_report(originals, base, single_label, keep_queries=mark is None), single_label
    return None, False
