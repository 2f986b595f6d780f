"""``nsmig json-schema``."""

from __future__ import annotations

import click

KINDS = ("schema", "project", "hints", "migration")


@click.command("json-schema")
@click.argument("kind", type=click.Choice(KINDS))
def json_schema(kind: str) -> None:
    """Print the JSON Schema of a kind of file.

    Editors check and complete by it: schema files, nsmig.yaml (project), hints.yaml and migrations.

    \b
    nsmig json-schema schema > .schema.json
    # yaml-language-server: $schema=.schema.json      first in schema.yaml
    """
    from importlib.resources import files

    click.echo((files("nsmig") / "json_schemas" / f"{kind}.json").read_text(encoding="utf-8"), nl=False)
