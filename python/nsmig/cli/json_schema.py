"""``nsmig json-schema``."""

from __future__ import annotations

import click

KINDS = ("schema", "project", "hints", "migration")


@click.command("json-schema")
@click.argument("kind", type=click.Choice(KINDS))
def json_schema(kind: str) -> None:
    """Print the JSON Schema of a kind of file.

    Editors use it to check and complete schema files, nsmig.yaml (project), hints.yaml and migrations. `nsmig init`
    writes those that a project needs.

    \b
    nsmig json-schema schema > .nsmig/schema.json
    # yaml-language-server: $schema=.nsmig/schema.json      first in schema.yaml
    """
    from nsmig.project.new import json_schema as text

    click.echo(text(kind), nl=False)
