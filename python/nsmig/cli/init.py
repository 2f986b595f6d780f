"""``nsmig init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from nsmig.cli.options import json_option, lock_timeout_option, print_json, project_option, shown, target_names
from nsmig.cli.output import tells_of_work
from nsmig.cli.sources import login_options
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig.adopting.adopt import Adopted
    from nsmig.cli.sources import Source

_OF_FROM = ("project", "username", "database_name", "lock_timeout")


@click.command()
@tells_of_work
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@project_option
@click.option(
    "--from",
    "given",
    metavar="TARGET",
    shell_complete=target_names,
    help="Start from what this database holds: a target of the project, a uri, or a LadybugDB file.",
)
@login_options
@lock_timeout_option("With --from: how long to wait for a run on that database.")
@json_option
def init(
    folder: Path,
    project: Path | None,
    given: str | None,
    username: str,
    database_name: str | None,
    lock_timeout: float,
    as_json: bool,
) -> None:
    """Start a project in FOLDER (default: here). Overwrites nothing.

    Without --from its target is an embedded database, a LadybugDB file.

    With --from, start from an existing database: the schema file describes what it holds, the first migration creates
    the same elsewhere, and is recorded in the database as applied. Nothing else in it changes. The server's password is
    read from NSMIG_PASSWORD, or asked for at a terminal.

    \b
    nsmig init                                   here
    nsmig init graph                             in the folder graph, a new one
    nsmig init --from neo4j://localhost:7687     from a server
    nsmig init --from graph.lbug                 from a LadybugDB file
    """
    if given is None:
        _refuse_unused(click.get_current_context())
    else:
        _adopt(folder, project, given, username, database_name, lock_timeout, as_json)
        return
    from nsmig.project.new import init as make_project
    from nsmig.project.new import initial_paths

    paths = initial_paths(folder)
    there = {path for path in paths if path.exists()}
    made = make_project(folder)
    done = {path: "kept" if path not in made else "extended" if path in there else "made" for path in paths}
    seen_to = {path: word for path, word in done.items() if path in made or path in there}
    if as_json:
        words = ("made", "extended", "kept")
        print_json({word: [str(shown(path)) for path in seen_to if seen_to[path] == word] for word in words})
        return
    for path, word in seen_to.items():
        click.echo(f"{word} {shown(path)}")
    click.echo("Edit schema.yaml, then: nsmig make, nsmig run")


def _refuse_unused(context: click.Context) -> None:
    """
    :raises click.UsageError: an option is given that requires --from.
    """
    for each in context.command.params:
        if each.name in _OF_FROM and context.get_parameter_source(str(each.name)) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{each.opts[0]} goes with --from, which is not given")


def _adopt(
    folder: Path,
    project: Path | None,
    given: str,
    username: str,
    database_name: str | None,
    lock_timeout: float,
    as_json: bool,
) -> None:
    """Start from an existing database."""
    from nsmig.adopting.adopt import adopt
    from nsmig.adopting.layout import layout_of
    from nsmig.cli.screen import progress_in_rows
    from nsmig.cli.sources import source
    from nsmig.cli.targets import connected, print_waiting
    from nsmig.database import database_kind
    from nsmig.project.project import PROJECT_FILES

    if project is None:
        project = next((folder / name for name in PROJECT_FILES if (folder / name).is_file()), None)
    found = source(given, project, username, database_name, looks_here=False)
    layout = layout_of(folder, found.project, found.given, found.login)
    if found.project is not None and found.project.introspected_file is not None:
        found.project.wanted()  # report a project that does not load before anything is written
    with connected(found.target) as database, progress_in_rows() as progress:
        adopted = adopt(
            database,
            layout,
            declares_types=database_kind(found.target.database).declares_types,
            progress=progress,
            lock_timeout=lock_timeout,
            waiting=print_waiting,
        )
    if as_json:
        print_json(_facts(adopted))
    else:
        _tell(adopted, found)


def _facts(adopted: Adopted) -> dict[str, Any]:
    return {
        "made": [str(shown(path)) for path in adopted.made],
        "recorded": adopted.migration.name,
        "remarks": [
            {"kind": each.kind and each.kind.value, "type": each.type, "text": each.text}
            for each in adopted.survey.remarks
        ],
        "unmovable": list(adopted.unmovable),
        "left_out": list(adopted.survey.left_out),
        "found": [
            {"name": each.name, "what": each.text, "verdict": each.verdict.value, "reason": each.reason}
            for each in adopted.found
        ],
    }


def _tell(adopted: Adopted, found: Source) -> None:
    from nsmig.adopting.source import PASSWORD
    from nsmig.database.survey import Verdict

    for path in adopted.made:
        click.echo(f"made {shown(path)}")
    operations = counted(len(adopted.migration.operations), "operation")
    click.echo(f"recorded {adopted.migration.name} ({operations}) as applied on {found.target.name}")
    for each in adopted.found:
        click.echo(f"  {each.verdict.value}: {each.name} ({each.text}): {each.reason}")
    for sentence in adopted.unmovable:
        click.echo(f"  {Verdict.IN_THE_WAY.value}: {sentence}")
    for remark in adopted.survey.remarks:
        click.echo(f"  {remark}")
    for line in adopted.survey.left_out:
        click.echo(f"  left out: {line}")
    if found.login.password is not None:
        click.echo(f"The project file reads the password from {PASSWORD}: set it before the next command.")
    if found.project is not None and found.project.introspected_file is not None:
        click.echo("If the pipelines need something else, `nsmig check` reports it and `nsmig make` writes it.")
    else:
        click.echo("Review the schema file, change it, then: nsmig make, nsmig run")
