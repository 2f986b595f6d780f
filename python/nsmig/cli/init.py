"""``nsmig init``."""

from __future__ import annotations

from pathlib import Path

import click

from nsmig.cli.options import json_option, print_json, shown
from nsmig.cli.output import tells_of_work


@click.command()
@tells_of_work
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Start a project. It is in FOLDER (default: here) and has an embedded database; nothing is overwritten.

    \b
    nsmig init            here
    nsmig init graph      in the folder graph, which is made
    """
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
