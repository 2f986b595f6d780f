"""Standard output and standard error. What becomes of them never stops the work of a command.

A write never fails where it is made: a disk that is full, a closed descriptor, a reader that left. What could not be
written is left out, and why is known at the end (:func:`lost`). It is an error where what is printed is the result (a
schema, a script, findings, JSON), and none where it tells of work whose result is elsewhere (:func:`tells_of_work`).
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

# What a write answers when whoever read has gone. That is theirs to decide, and no failure.
_READER_LEFT = {errno.EPIPE, errno.ECONNRESET}


class Incomplete(click.exceptions.Exit):
    """The command fails, and what it printed is only a part: ``--out`` writes nothing."""

    def __init__(self) -> None:
        super().__init__(1)


class Output(io.FileIO):
    """A descriptor. ``error`` is why a write failed: then this one and all later ones are left out.

    ``is_result``: what is printed is what the command was asked for.
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
            select.select([], [self], [])  # whoever shares the descriptor made it one that does not wait
        return len(data)


def open_streams() -> None:
    """Make the standard streams of this process such that no write raises an error.

    A descriptor that is closed is occupied, since the next file to be opened, such as a database, would get its number
    and with it all that is printed.
    """
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):  # writing to 1 fails, as it must
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    sys.stdout = _text(Output(1), sys.stdout.encoding if sys.stdout else "utf-8")
    sys.stderr = _text(Output(2), sys.stderr.encoding if sys.stderr else "utf-8", line_buffering=True)


def lost() -> OSError | None:
    """Why a part of the result could not be printed. None if all was, or if whoever read it has gone."""
    sys.stdout.flush()
    output = _of(sys.stdout)
    if output is None or not output.is_result or output.error is None or output.error.errno in _READER_LEFT:
        return None
    return output.error


def failure() -> OSError | None:
    """Why a write to standard output failed, whatever that means for the command."""
    sys.stdout.flush()
    output = _of(sys.stdout)
    return None if output is None else output.error


def lose(error: OSError) -> None:
    """A write to standard output failed, in another process that shares it."""
    if (output := _of(sys.stdout)) is not None and output.error is None:
        output.error = error


def tells_of_work(command: Command) -> Command:
    """A command that prints what it has done: that it was heard has no say in its exit code.

    With these options it does not work, or prints a result, too: ``--dry-run``, ``--check``, ``--json``.
    """

    @wraps(command)
    def within(*arguments: Any, **options: Any) -> Any:
        output = _of(sys.stdout)
        if output is not None and not any(options.get(name) for name in ("dry_run", "check", "as_json")):
            output.is_result = False
        return command(*arguments, **options)

    return within  # type: ignore[return-value]


def out_option(command: Command, *, may_write_schema: bool = False) -> Command:
    """The option ``--out``, by which a file gets what the command prints on standard output.

    :param may_write_schema: whether that may be the project's schema file.
    """

    @wraps(command)
    def within(*arguments: Any, out: Path | None, **options: Any) -> Any:
        if out and "dry_run" in options and not (options["dry_run"] or options["as_json"]):
            raise click.UsageError("--out needs --dry-run or --json: else there is no result to be put into a file")
        if out:
            _require_no_input(out, options["project"], may_write_schema)
        with _into(out):
            return command(*arguments, **options)

    return click.option(
        "-o",
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Put the result into this file, whole or not at all, and not on standard output.",
    )(within)  # type: ignore[return-value]


def _require_no_input(out: Path, project: Path | None, may_write_schema: bool) -> None:
    """
    :raises WriteError: the project is made of this file, or a target's data are in it.
    """
    from nsmig.cli.options import open_project
    from nsmig.errors import ProjectError, WriteError

    try:
        opened = open_project(project)
    except ProjectError:  # with which the command ends, having written nothing
        return
    for name in (Path(os.path.realpath(out.parent), out.name), Path(os.path.realpath(out))):
        if what := _input_at(name, opened, may_write_schema):
            raise WriteError(str(out), f"is {what}, which --out does not overwrite; choose another file")


def _input_at(name: Path, project: Project, may_write_schema: bool) -> str | None:
    """What a file of this name, absolute and free of links, is to the project; None if it is nothing to it."""
    from nsmig.errors import NsmigError

    inputs = (
        (project.file, "the project file"),
        (project.introspected_file, "the project file of nodestream's"),
        (None if may_write_schema else project.schema_file, "the schema file"),
        (project.hints_file, "the file of hints"),
        (project.migrations, "in the folder of migrations"),
    )
    for path, what in inputs:
        if path and Path(os.path.realpath(path)) in (name, *name.parents):
            return what
    for target in project.targets.values():
        with suppress(NsmigError):  # its variable is not set here; whoever uses the target is told
            for file in map(os.path.realpath, target.files()):
                if str(name) == file or str(name).startswith(f"{file}."):  # a database's log has its name and more
                    return f"a file of target {target.name!r}"
    return None


@contextmanager
def _into(path: Path | None) -> Iterator[None]:
    """What is printed within goes into the file, if there is one. An error within leaves the file as it was."""
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
    """What an encoding of the output lacks, as JSON and strings of Cypher write it in ASCII."""
    import json

    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("json", _as_json_has_it)
