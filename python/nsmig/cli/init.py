"""``nsmig init``."""

from __future__ import annotations

from pathlib import Path

import click

from nsmig.cli.options import shown
from nsmig.cli.output import tells_of_work


@click.command()
@tells_of_work
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Start a project. It is in FOLDER (default: here) and has an embedded database; nothing is overwritten.

    \b
    nsmig init            here
    nsmig init graph      in the folder graph, which is made
    """
    from nsmig.project.new import init as make_project
    from nsmig.project.new import initial_paths

    made = make_project(folder)
    for path in initial_paths(folder):
        click.echo(f"{'made' if path in made else 'kept'} {shown(path)}")
    click.echo("Edit schema.yaml, then: nsmig make, nsmig run")
