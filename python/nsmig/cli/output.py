"""Standard output and standard error. Problems with them never stop the work of a command.

A write never raises, even on a full disk, a closed descriptor, or if the reader left. Whatever could not be written is
skipped, and the reason is known at the end (:func:`lost`). It is an error if the output is the result (a schema, a
script, findings, JSON), but not if it only reports work whose result is elsewhere (:func:`tells_of_work`).
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nsmig.project.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])

# The error of a write when the reader has left. That is the reader's decision, not a failure.
_READER_LEFT = {errno.EPIPE, errno.ECONNRESET}


class Incomplete(click.exceptions.Exit):
    """The command fails, and its output is incomplete: ``--out`` writes nothing."""

    def __init__(self) -> None:
        super().__init__(1)


class Output(io.FileIO):
    """A descriptor. ``error`` is the reason a write failed; that write and all later ones are skipped.

    ``is_result``: the output is the command's result.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.error: OSError | None = None
        self.is_result = True

    def write(self, data: Any) -> int:
        while self.error is None:
            try:
                written = super().write(data)
            except OSError as error:
                self.error = error
                break
            if written is not None:
                return written
            select.select([], [self], [])  # a process that shares the descriptor made it non-blocking
        return len(data)


def open_streams() -> None:
    """Make writes to the standard streams of this process never raise.

    A closed descriptor is occupied first, because otherwise the next opened file, such as a database, would get its
    number and everything that is printed.
    """
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):  # so that writing to 1 fails
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    sys.stdout = _text(Output(1), sys.stdout.encoding if sys.stdout else "utf-8")
    sys.stderr = _text(Output(2), sys.stderr.encoding if sys.stderr else "utf-8", line_buffering=True)


def lost() -> OSError | None:
    """Why part of the result could not be printed; None if all of it was, or if the reader left."""
    sys.stdout.flush()
    output = _of(sys.stdout)
    if output is None or not output.is_result or output.error is None or output.error.errno in _READER_LEFT:
        return None
    return output.error


def failure() -> OSError | None:
    """Why a write to standard output failed, regardless of its meaning for the command."""
    sys.stdout.flush()
    output = _of(sys.stdout)
    return None if output is None else output.error


def lose(error: OSError) -> None:
    """A write to standard output failed, in another process that shares it."""
    if (output := _of(sys.stdout)) is not None and output.error is None:
        output.error = error


def tells_of_work(command: Command) -> Command:
    """A command that prints what it has done, so failing to print does not change its exit code.

    With the options ``--dry-run``, ``--check`` and ``--json`` it does no work, or prints a result as well.
    """

    @wraps(command)
    def within(*arguments: Any, **options: Any) -> Any:
        output = _of(sys.stdout)
        if output is not None and not any(options.get(name) for name in ("dry_run", "check", "as_json")):
            output.is_result = False
        return command(*arguments, **options)

    return within  # type: ignore[return-value]


def out_option(command: Command, *, may_write_schema: bool = False) -> Command:
    """The option ``--out``, which writes the command's standard output to a file.

    :param may_write_schema: whether the file may be the project's schema file.
    """

    @wraps(command)
    def within(*arguments: Any, out: Path | None, **options: Any) -> Any:
        if out and "dry_run" in options and not (options["dry_run"] or options["as_json"]):
            raise click.UsageError("--out needs --dry-run or --json: else there is no result to be put into a file")
        if out:
            require_no_input(out, options["project"], may_write_schema)
        with _into(out):
            return command(*arguments, **options)

    return click.option(
        "-o",
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write the result to this file, all or nothing, instead of standard output.",
    )(within)  # type: ignore[return-value]


def require_no_input(out: Path, project: Path | None, may_write_schema: bool = False) -> None:
    """
    :raises WriteError: the file is part of the project, or holds a target's data.
    """
    from nsmig.cli.options import open_project
    from nsmig.errors import ProjectError, WriteError

    try:
        opened = open_project(project)
    except ProjectError:  # with which the command ends without writing anything
        return
    for name in (Path(os.path.realpath(out.parent), out.name), Path(os.path.realpath(out))):
        if what := _input_at(name, opened, may_write_schema):
            raise WriteError(str(out), f"--out does not overwrite {what}; choose another file")


def _input_at(name: Path, project: Project, may_write_schema: bool) -> str | None:
    """The role of a file in the project, given its absolute path without links; None if it has none."""
    from nsmig.errors import NsmigError

    inputs = (
        (project.file, "the project file"),
        (project.introspected_file, "nodestream's project file"),
        (None if may_write_schema else project.schema_file, "the schema file"),
        (project.hints_file, "the hints file"),
        (project.migrations, "a file in the migrations folder"),
    )
    for path, what in inputs:
        if path and Path(os.path.realpath(path)) in (name, *name.parents):
            return what
    for target in project.targets.values():
        with suppress(NsmigError):  # its variable is not set here; whoever uses the target gets the error
            for file in map(os.path.realpath, target.files()):
                if str(name) == file or str(name).startswith(f"{file}."):  # a database's log has its name and more
                    return f"a file of target {target.name!r}"
    return None


@contextmanager
def _into(path: Path | None) -> Iterator[None]:
    """Output printed within goes to the file, if there is one. An error within leaves the file unchanged."""
    from nsmig.errors import WriteError
    from nsmig.yaml_file.disk import whole

    if path is None:
        yield
        return
    end = None
    with whole(path) as descriptor:
        before, output = sys.stdout, Output(descriptor)
        sys.stdout = _text(output, "utf-8")
        try:
            yield
        except Incomplete:
            raise
        except click.exceptions.Exit as exit:
            end = exit
        finally:
            sys.stdout.flush()
            sys.stdout = before
        if output.error is not None:
            raise WriteError(str(path), f"cannot be written: {output.error.strerror}")
    if end is not None:
        raise end


def _text(output: Output, encoding: str, line_buffering: bool = False) -> io.TextIOWrapper:
    line_buffering = line_buffering or output.isatty()
    return io.TextIOWrapper(io.BufferedWriter(output), encoding, errors="json", line_buffering=line_buffering)


def _of(stream: Any) -> Output | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, Output) else None


def _as_json_has_it(error: UnicodeError) -> tuple[str, int]:
    """Characters that the output's encoding lacks, written in ASCII as in JSON and Cypher strings."""
    import json

    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("json", _as_json_has_it)
