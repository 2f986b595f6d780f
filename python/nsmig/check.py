"""Everything wrong in a folder of migrations at once, without a database."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from nsmig import History, Schema, diff
from nsmig._core import lines_of, read_value
from nsmig.errors import (
    CycleError,
    FoldError,
    HistoryError,
    NsmigError,
    OverlapError,
    ProjectError,
    SchemaError,
    UnsupportedError,
    YamlError,
    nearest,
)
from nsmig.findings import FOLDED, Diagnosis, Severity
from nsmig.kinds import Kind
from nsmig.values import Migration

if TYPE_CHECKING:
    from nsmig.make import ExtensionsError
    from nsmig.operations import Operation
    from nsmig.project import Project

# Findings of operations that `run` may refuse whatever the database is.
_MERGE_TYPES = frozenset({"type-replaced", "type-overwritten"})

# Raises UnsupportedError for an operation that a kind of database can never carry out.
Refuse = Callable[["Operation", Schema], None]


class GitError(NsmigError):
    """Git does not tell what a ref holds. ``ref`` is its name."""

    def __init__(self, ref: str, problem: str) -> None:
        super().__init__(f"--since {ref}: {problem}")
        self.ref = ref


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
        found += destructive(history, since, folder if folder.is_dir() else project.root)
    if is_whole and not any(each.code == "not-applicable" for each in found):
        if refusals or not _MERGE_TYPES.isdisjoint(each.code for each in found):
            found += refused(history, refusals or {})
        found += out_of_date(history, project)
    return history, found


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(folder: Path) -> tuple[History, list[Diagnosis]]:
    """The history of a folder and why it is none. Where it is none, the history of what is left without the trouble.

    :param folder: as its files are to be named.
    """
    try:
        return History.load(folder), []
    except YamlError as error:
        unreadable = [error, *error.others]
    except HistoryError:
        unreadable = []
    found = [Diagnosis("unreadable", each.problem, each.file, each.line) for each in unreadable]
    broken = {each.file for each in unreadable}
    migrations = [_read(path) for path in sorted(folder.glob("*.yaml")) if _as_text(os.fsencode(path)) not in broken]
    migrations, more = _mended(migrations, known={Path(file).stem for file in broken})
    found += more
    while True:
        try:
            return History(migrations), found
        except CycleError as error:
            found.append(Diagnosis("cycle", " -> ".join(error.path), error.files[0], migration=error.path[0]))
            migrations = _without_cycle(migrations, error.path)
        except OverlapError as error:
            both = " and ".join(map(repr, error.squashes))
            found.append(
                Diagnosis(
                    "overlap",
                    f"the squashes {both} both replace {', '.join(error.shared)},"
                    " but neither replaces all that the other does",
                    error.files[1],
                    migration=error.squashes[1],
                )
            )
            migrations = [replace(each, replaces=()) if each.name == error.squashes[1] else each for each in migrations]


def _without_cycle(migrations: list[Migration], path: Sequence[str]) -> list[Migration]:
    """The migrations without one dependency of a circle or, where the circle leads through squashes, without all of
    those on it."""
    first, second = path[:2]
    mended = [
        replace(each, dependencies=tuple(name for name in each.dependencies if name != second))
        if each.name == first
        else each
        for each in migrations
    ]
    if mended != migrations:
        return mended
    mended = [replace(each, dependencies=(), replaces=()) if each.name in path else each for each in migrations]
    return mended if mended != migrations else [replace(each, dependencies=(), replaces=()) for each in migrations]


def _read(path: Path) -> Migration:
    """The migration of a file that the core can read."""
    from nsmig.operations import Operation

    content = read_value(path.read_bytes())
    operations = [Operation.from_dict(each) for each in content["operations"]]
    return Migration(
        content["name"],
        tuple(operations),
        content["dependencies"],
        content.get("replaces", ()),
        _as_text(os.fsencode(path)),
    )


def _as_text(path: bytes) -> str:
    """A file's name as the core tells it, whatever its bytes are."""
    return path.decode("utf-8", errors="replace")


def _as_path(file: str) -> bytes:
    """What to open a file by, whatever the locale is; a name that is no text leads to none."""
    return file.encode("utf-8", errors="surrogateescape")


def _mended(migrations: Sequence[Migration], known: set[str]) -> tuple[list[Migration], list[Diagnosis]]:
    """The migrations without those whose name is taken and without dependencies on none, and what was left out.

    :param known: further names that are not missing.
    """
    found: list[Diagnosis] = []
    by_name: dict[str, Migration] = {}
    for each in migrations:
        if (first := by_name.setdefault(each.name, each)) is not each:
            said = f"the name {each.name!r} is taken by {first.file}"
            found.append(Diagnosis("duplicate-name", said, each.file, place(each.file, "name"), each.name))
    names = by_name.keys() | known | {name for each in by_name.values() for name in each.replaces}
    mended = []
    for each in by_name.values():
        kept = [name for name in each.dependencies if name in by_name]
        for at, name in enumerate(each.dependencies):
            if name not in names:
                said = f"{each.name!r} depends on {name!r}, which is in no file{nearest(name, by_name)}"
                line = place(each.file, "dependencies", at)
                found.append(Diagnosis("missing-dependency", said, each.file, line, each.name))
        mended.append(replace(each, dependencies=tuple(kept)))
    return mended, found


# --- Looking ----------------------------------------------------------------------------------------------------------


def fold_findings(history: History) -> list[Diagnosis]:
    """What cannot be applied to the schema before it, and what can but is hardly meant."""
    found: list[Diagnosis] = []
    try:
        findings = history.findings()
    except FoldError:
        found, history = _without_unfoldable(history)
        findings = history.findings()
    return found + [
        _of_operation(each.code, history[each.migration], each.index, FOLDED[each.code]) for each in findings
    ]


def _without_unfoldable(history: History) -> tuple[list[Diagnosis], History]:
    """What cannot be applied to the schema before it, and the history in which nothing is done in its place."""
    from nsmig.operations import RunQuery

    found = []
    migrations = {name: history[name] for name in history.order()}
    schema = history.schema_of(())
    for migration in history.plan():
        operations = list(migration.operations)
        for index, operation in enumerate(migration.operations):
            try:
                schema = schema.apply(operation)
            except FoldError as error:
                found.append(_of_operation("not-applicable", migration, index, error.reason))
                operations[index] = RunQuery("")  # those behind it keep their indexes
        migrations[migration.name] = replace(migration, operations=tuple(operations))
    return found, History(list(migrations.values()))


def unreadable_by_nodestream(history: History) -> Iterator[Diagnosis]:
    """Operations that are nsmig's own."""
    for name, index in history.own_operations():
        yield _of_operation("own-operation", history[name], index, "nodestream cannot read this operation")


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
    from nsmig.branches import clashes

    for clash in (clash for run in runs for clash in clashes(run)):
        yield _of_operation(
            "order-matters",
            clash.second,
            clash.second_index,
            f"neither of {clash.first.name!r} and {clash.second.name!r} depends on the other, and {clash.reason}",
            says_operation=False,
        )


def destructive(history: History, ref: str, folder: Path) -> Iterator[Diagnosis]:
    """Drops in migrations whose files are not as they are now on a git ref.

    :param folder: where their files are, or would be if there were any.
    :raises GitError: git does not know it, or the folder is in no repository.
    """
    from nsmig.operations import DropProperty, DropType

    planned = [history[name] for name in history.order()]
    unchanged = _unchanged_since(ref, folder)
    for migration in planned:
        if migration.file and Path(migration.file).name not in unchanged:
            for index, operation in enumerate(migration.operations):
                if isinstance(operation, (DropType, DropProperty)):
                    said = f"its data is deleted, and {ref} has no such file, or another"
                    yield _of_operation("destructive", migration, index, said)


def _unchanged_since(ref: str, folder: Path) -> set[str]:
    """Names of the files in a folder that are as a git ref has them."""
    import subprocess

    def git(*arguments: str) -> list[str]:
        try:
            done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True)
        except OSError as error:
            raise GitError(ref, f"git cannot be run: {error.strerror}") from error
        if done.returncode:
            said = _as_text(done.stderr).strip().removeprefix("fatal: ")
            raise GitError(ref, said or "git knows no such branch, tag or commit")
        return _as_text(done.stdout).split("\0")

    git("rev-parse", "--git-dir")
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")[0].strip()
    named = git("ls-tree", "-z", "--name-only", commit, "./")
    changed = git("diff", "-z", "--name-only", "--relative", "--no-renames", commit, "--", ".")
    return set(named).difference(changed)


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
    changes = "change" if len(missing) == 1 else "changes"
    said = f"the schema has {len(missing)} {changes} that no migration makes: {_listed(missing)}"
    yield Diagnosis("out-of-date", said)


def _listed(operations: Sequence[Operation]) -> str:
    return "; ".join(each.description for each in operations[:3]) + ("; …" if len(operations) > 3 else "")


def _beyond_nodestream(before: Schema, after: Schema, project: Project) -> ExtensionsError | None:
    """Why `make` would refuse to lead from one schema to the other. What it would ask first is not that."""
    from nsmig.hints import read_hints
    from nsmig.make import Answers, ExtensionsError, check_extensions, find_renames

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


def refused(history: History, refusals: Mapping[str, Refuse]) -> Iterator[Diagnosis]:
    """Operations that `run`, or a kind of database, can never carry out.

    :param refusals: by kind of database.
    """
    schema = history.schema_of(())
    for migration in history.plan():
        for index, operation in enumerate(migration.operations):
            for reason in _refusing(operation, schema, refusals):
                yield _of_operation("refused", migration, index, reason)
            schema = schema.apply(operation)


def _refusing(operation: Operation, before: Schema, refusals: Mapping[str, Refuse]) -> Iterator[str]:
    """Who refuses an operation, and why."""
    from nsmig.run import refuse_overwriting

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


# --- Ignoring ---------------------------------------------------------------------------------------------------------

_COMMENT = re.compile(r"^\s*#\s*nsmig:\s*ignore\s+([\w\-, ]+?)\s*$", re.MULTILINE)


def without_ignored(found: Sequence[Diagnosis], codes: frozenset[str]) -> list[Diagnosis]:
    """What is left of the findings: errors, and what is of none of these codes nor of those that its file ignores
    (``# nsmig: ignore CODE, CODE``). Of errors only ``refused`` can be: databases may have it from nodestream."""
    ignored = {file: codes | ignored_in(file) for file in {each.file for each in found}}
    firm = {each for each in found if each.severity is Severity.ERROR and each.code != "refused"}
    return [each for each in found if each in firm or each.code not in ignored[each.file]]


def ignored_in(file: str | None) -> frozenset[str]:
    """The codes that comments of a file ignore."""
    if file is None:
        return frozenset()
    try:
        with open(_as_path(file), encoding="utf-8", errors="replace") as opened:
            text = opened.read()
    except OSError:  # which is a finding of its own
        return frozenset()
    return frozenset(code for codes in _COMMENT.findall(text) for code in re.split(r"[,\s]+", codes))


# --- Places -----------------------------------------------------------------------------------------------------------


def _of_operation(code: str, migration: Migration, index: int, said: str, says_operation: bool = True) -> Diagnosis:
    if says_operation:
        said = f"{migration.operations[index].description}: {said}"
    return Diagnosis(code, said, migration.file, place(migration.file, "operations", index), migration.name)


def place(file: str | None, key: str, index: int | None = None) -> int:
    """The line in a migration file of a key's value or, with an index, of an item of it; 0 if it is not there, or the
    file cannot be opened by its name as text."""
    try:
        lines = _lines(file, os.stat(_as_path(file)).st_mtime_ns).get(key, []) if file else []
    except OSError:
        return 0
    at = 0 if index is None else index + 1
    return lines[at] if at < len(lines) else 0


@lru_cache(maxsize=16)
def _lines(file: str, changed: int) -> dict[str, list[int]]:
    """The lines of a migration file's values; read again when the file has changed."""
    with open(_as_path(file), "rb") as opened:
        return lines_of(opened.read())
