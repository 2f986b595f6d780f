"""``nsmig json-schema``."""

from __future__ import annotations

import click

KINDS = ("schema", "project", "hints", "migration")


@click.command("json-schema")
@click.argument("kind", type=click.Choice(KINDS))
def json_schema(kind: str) -> None:
    """Print the JSON Schema of a kind of file, for editors: of schema files, of nsmig.yaml, of hints.yaml, or of
    migrations.

    \b
    nsmig json-schema schema > .schema.json
    # yaml-language-server: $schema=.schema.json        the first line of schema.yaml
    """
    from importlib.resources import files

    click.echo((files("nsmig") / "json_schemas" / f"{kind}.json").read_text(encoding="utf-8"), nl=False)
