"""A new project."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from nsmig.errors import FileInTheWayError, ProjectError, WriteError
from nsmig.project.project import Project
from nsmig.yaml_file.disk import overwrite, write_new

_NEW_PROJECT = """\
# A project of nsmig. Paths are relative to this file.
migrations: migrations
schema: schema.yaml
targets:
  local: {database: ladybug, path: graph.lbug}
  # prod: {database: neo4j, uri: "neo4j://localhost:7687", username: neo4j, password: !env NEO4J_PASSWORD}
"""

_NEW_SCHEMA = """\
# What the graph should look like. Change it, then run `nsmig make` to write the migration and `nsmig run` to apply it.
nodes:
- name: Person
  properties:
    email: {is_key: true}               # key properties tell nodes of a type apart
    name: {is_indexed: true}            # the type of a property is STRING where none is given
    born: INTEGER
- name: Company
  properties:
    name: {is_key: true}
    founded: DATETIME
relationships:
- name: WORKS_FOR
  from: Person                          # or a list of types
  to: Company
  properties:
    since: DATETIME
"""


# The files of the project's database: the file itself, and others next to it whose names begin with its name.
_IGNORED = "graph.lbug*"


# The schemas that editors check the project's files with; the first line of a file refers to them.
EDITING = ".nsmig"
_CHECKED = ("hints", "project", "schema")


def initial_paths(folder: str | Path) -> list[Path]:
    """The paths that :func:`init` creates in a folder."""
    return [Path(folder) / name for name in (".gitignore", EDITING, "migrations", "nsmig.yaml", "schema.yaml")]


def for_editors(kind: str, text: str) -> str:
    """A file in the project's folder, with the line that tells editors which schema to check it with."""
    return f"# yaml-language-server: $schema={EDITING}/{kind}.json\n{text}"


def write_for_editors(folder: Path) -> bool:
    """Write the JSON Schemas of the files that people edit; False if they exist.

    :raises WriteError: the system refuses.
    """
    made = False
    for kind in _CHECKED:
        with suppress(FileInTheWayError):
            write_new(folder / EDITING / f"{kind}.json", json_schema(kind))
            made = True
    return made


def json_schema(kind: str) -> str:
    """The JSON Schema of a kind of file."""
    return (files("nsmig") / "json_schemas" / f"{kind}.json").read_text(encoding="utf-8")


def init(folder: str | Path = ".") -> list[Path]:
    """Start a project: a project file with an embedded target, whose files git should ignore, a small schema file, and
    a folder for migrations.

    :return: those of :func:`initial_paths` that were created or extended; the others existed and are unchanged.
    :raises ProjectError: all of them exist, or the folder is a nodestream project, which needs none of them.
    :raises WriteError: the system refuses.
    """
    ignoring, editing, migrations, project, schema = initial_paths(folder)
    if (theirs := Path(folder) / "nodestream.yaml").exists() and not project.exists():
        raise ProjectError(
            f"{theirs}: this is a nodestream project already, and nsmig uses it as it is; run `nsmig make`"
        )
    wanted = _wanted(project, migrations, schema)
    made = []
    if migrations in wanted and not migrations.is_dir():
        made.append(migrations)
        try:
            migrations.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(str(migrations), f"no folder can be made there: {error.strerror}") from error
    for path, kind, text in ((schema, "schema", _NEW_SCHEMA), (project, "project", _NEW_PROJECT)):
        if path == schema and path not in wanted:
            continue
        try:
            write_new(path, for_editors(kind, text))
        except FileInTheWayError:
            continue
        made.append(path)
    if project in made and ignore(ignoring, _IGNORED):
        made.append(ignoring)
    if {schema, project}.intersection(made) and write_for_editors(Path(folder)):
        made.append(editing)
    if not made:
        raise ProjectError(f"{project}: there is a project already; nothing was changed. Go on with: nsmig make")
    return sorted(made)


def _wanted(project: Path, migrations: Path, schema: Path) -> set[Path]:
    """The folder and schema file that the project file refers to, if there is a readable one."""
    if not project.exists():
        return {migrations, schema}
    try:
        there = Project.load(project)
    except ProjectError:
        return {migrations, schema}
    return {migrations, schema} & {there.migrations, there.schema_file}


def ignore(path: Path, pattern: str) -> bool:
    """Make git ignore files; False if it already does.

    :param path: a file of ignore patterns, which need not exist.
    """
    before = path.read_bytes() if path.exists() else b""
    if pattern.encode() in before.splitlines():
        return False
    separator = b"" if before.endswith(b"\n") or not before else b"\n"
    overwrite(path, before + separator + pattern.encode() + b"\n")
    return True
