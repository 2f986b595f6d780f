"""``nsmig schema``."""

from __future__ import annotations

from pathlib import Path

import click

from nsmig.cli.options import json_option, load_history, open_project, print_json, project_option


@click.command()
@project_option
@click.option("--at", metavar="NAME", help="Right after this migration, not at the end.")
@json_option
def schema(project: Path | None, at: str | None, as_json: bool) -> None:
    """Print the schema that the migrations add up to, as a schema file."""
    from nsmig import files

    content = load_history(open_project(project)).schema(at).to_dict()
    if as_json:
        print_json(content)
    else:
        click.echo(files.schema_text(content), nl=False)
