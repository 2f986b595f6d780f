"""``nsmig view``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import load_history, open_project, project_option, shown, target_names
from nsmig.cli.output import require_no_input, tells_of_work
from nsmig.cli.targets import connected, on_each

if TYPE_CHECKING:
    from nsmig.project.target import Target


@click.command()
@tells_of_work
@project_option
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    default="nsmig.html",
    show_default=True,
    help="The file to write. An earlier page is overwritten, any other file is not.",
)
@click.option(
    "-t",
    "--target",
    "names",
    multiple=True,
    shell_complete=target_names,
    help="Include the state of this target; may be repeated. Without it, no database is contacted.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
def view(project: Path | None, out: Path, names: tuple[str, ...], opens: bool) -> None:
    """Write a page that shows the schema and the history.

    It also compares any two points of the history. The page is a single file that needs no network and can be sent to
    others: it contains the names of targets, but not their addresses or users. Each type, migration and comparison can
    be linked to (the part after #).

    \b
    nsmig view --open                    write it and open it
    nsmig view -t prod -o prod.html      with the state of a target
    """
    from nsmig.page import Seen, page, seen, utc_now
    from nsmig.yaml_file.disk import overwrite

    def look(target: Target) -> dict[str, Any]:
        with connected(target) as database:
            return {"seen": seen(history, target.name, database)}

    opened = open_project(project)
    require_no_input(out, project)
    _require_a_page(out)
    history = load_history(opened, may_begin=True)
    history.schema()  # before a database is contacted
    results = on_each([opened.target(name) for name in dict.fromkeys(names)], look)
    targets = [each.get("seen") or Seen(each["target"], has_failed=True) for each in results]
    title = opened.file.resolve().parent.name
    overwrite(out, page(history, title, targets, utc_now() if targets else None).encode())
    click.echo(f"Page written to {shown(out)}")
    if opens:
        click.launch(out.resolve().as_uri())
    if any(each.has_failed for each in targets):
        click.echo("The page marks the targets that could not be reached.", err=True)
        raise click.exceptions.Exit(1)


def _require_a_page(file: Path) -> None:
    """:raises FileInTheWayError: the file exists and was not written by this command."""
    from nsmig.errors import FileInTheWayError
    from nsmig.page import MARK

    if not file.is_file():
        return
    with file.open("rb") as content:
        begins = content.read(len(MARK))
    if begins not in (b"", MARK.encode()):
        raise FileInTheWayError(
            str(file), "already exists and is not a page of nsmig's; choose another name with --out"
        )
