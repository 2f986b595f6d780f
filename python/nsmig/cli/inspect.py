"""``nsmig inspect``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from nsmig.cli.options import print_json, project_option, target_names
from nsmig.cli.output import out_option
from nsmig.cli.screen import coloured, progress_in_rows
from nsmig.cli.sources import login_options, source
from nsmig.cli.targets import connected


@click.command()
@project_option
@click.argument("given", metavar="[TARGET]", required=False, shell_complete=target_names)
@click.option("-t", "--target", "name", metavar="TARGET", shell_complete=target_names, help="The same as TARGET.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look at no more than N rows of each type. Default: all.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json", "mermaid", "svg"]),
    default="yaml",
    show_default=True,
    help="A schema file, the same as JSON, or a diagram.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@login_options
@partial(out_option, may_write_schema=True)
def inspect(
    project: Path | None,
    given: str | None,
    name: str | None,
    sample: int | None,
    form: str,
    as_json: bool,
    username: str,
    database_name: str | None,
) -> None:
    """Print the schema of a database as a schema file.

    TARGET is a target of the project (default: the only one), the uri of a Neo4j server, or a LadybugDB file. Nothing
    is locked or written.

    Comments show what had to be decided: a property whose values are of several types, nodes without a label,
    labels that always occur together. Data that other tools keep for themselves is left out and listed.

    \b
    nsmig inspect prod > schema.yaml
    nsmig inspect neo4j://localhost:7687 --sample 10000
    nsmig inspect graph.lbug --format mermaid
    """
    from nsmig.adopting.surveyed import schema_of, sentences, text_of
    from nsmig.diagram import mermaid, svg

    if given and name:
        raise click.UsageError("give TARGET once, bare or with --target")
    target = source(given or name, project, username, database_name).target
    with connected(target, reads_only=True) as database, progress_in_rows() as progress:
        survey = database.session.survey(sample, progress)
    form = "json" if as_json else form
    if form == "yaml":
        click.echo(text_of(survey), nl=False)
        return
    for sentence in sentences(survey):
        click.echo(f"{coloured('note:', 'yellow', err=True)} {sentence}", err=True)
    content = schema_of(survey).to_dict()
    if form == "json":
        print_json(content)
    else:
        click.echo((svg if form == "svg" else mermaid)(content), nl=False)
