"""``nsmig schema``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from nsmig.cli.options import load_history, migration_names, open_project, print_json, project_option, whole_name
from nsmig.cli.output import out_option
from nsmig.kinds import SCHEMA_FORMATS


@click.command()
@project_option
@click.option(
    "--at", metavar="NAME", shell_complete=migration_names, help="As it is right after this migration, not at the end."
)
@click.option(
    "--from",
    "start",
    metavar="NAME",
    shell_complete=migration_names,
    help="Print what changed since right after this migration.",
)
@click.option(
    "--to",
    "end",
    metavar="NAME",
    shell_complete=migration_names,
    help="With --from: until right after this one. Default: the end.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "nodestream", "json", "mermaid", "svg", *SCHEMA_FORMATS]),
    help="A schema file (the default), one in nodestream's long form (the default if nodestream uses the project, too),"
    " the same as JSON, a diagram, as text for Mermaid or as an SVG file, or the statement that sets it as a graph type"
    " of Neo4j.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@partial(out_option, may_write_schema=True)
def schema(
    project: Path | None, at: str | None, start: str | None, end: str | None, form: str | None, as_json: bool
) -> None:
    """Print the schema that results from the migrations.

    With --from, print the difference between two points of the history instead: the operations that lead from one to
    the other, with renames as renames.

    \b
    nsmig schema --format svg -o schema.svg   a diagram
    nsmig schema --from A --to B              what changed between the two
    """
    from nsmig._core import diff
    from nsmig.database import schema_format
    from nsmig.diagram import mermaid, svg
    from nsmig.making.identities import renames_between
    from nsmig.yaml_file.schema_file import nodestream_schema_text, schema_text
    from nsmig.yaml_file.writing import dump

    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other")
    form = "json" if as_json else form
    if start is None and end is not None:
        raise click.UsageError("--to needs --from; for the schema at one point give --at")
    if start is not None and at is not None:
        raise click.UsageError("--at and --from exclude each other")
    if start is not None and form in ("mermaid", "nodestream", "svg", *SCHEMA_FORMATS):
        raise click.UsageError("a difference is a list of operations, which is no schema; use yaml or json")
    opened = open_project(project)
    history = load_history(opened)
    at, start, end = whole_name(history, at), whole_name(history, start), whole_name(history, end)
    if start is not None:
        renames = renames_between(history, start, end)
        operations = diff(history.schema(start), history.schema(end), renames, extensions=True)
        changes = [operation.to_dict() for operation in operations]
        if form == "json":
            print_json(changes)
        else:
            click.echo(dump(changes), nl=False)
        return
    result = history.schema(at)
    content = result.to_dict()
    if form == "json":
        print_json(content)
    elif form in SCHEMA_FORMATS:
        click.echo(schema_format(form)(result), nl=False)
    else:
        is_long = form == "nodestream" or (form is None and opened.is_shared)
        diagrams = {"mermaid": mermaid, "svg": svg}
        write = diagrams.get(str(form)) or (nodestream_schema_text if is_long else schema_text)
        click.echo(write(content), nl=False)
