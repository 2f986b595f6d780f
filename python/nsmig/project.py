"""The project file: where the migrations and the schema are, and the databases to migrate.

``nsmig.yaml`` is nsmig's own; a ``nodestream.yaml`` serves as it is. Everything in either is relative to its folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nsmig.errors import (
    FileInTheWayError,
    IntrospectionError,
    ProjectError,
    ProjectFileError,
    TargetError,
    WriteError,
    nearest,
)
from nsmig.files import load_schema, write_new
from nsmig.kinds import DATABASES
from nsmig.plain import Source, Tagged, take

if TYPE_CHECKING:
    from nsmig import Schema

PROJECT_FILES = ("nsmig.yaml", "nodestream.yaml")

_NSMIG_KEYS = ("migrations", "schema", "targets", "extensions", "check")
_NODESTREAM_KEYS = ("scopes", "plugins", "targets", "storage", "include_additional_types")


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """A database to migrate, as the project file describes it.

    ``settings`` are unresolved: :class:`Tagged` values are looked up when the target is used. ``root`` is the project's
    folder, ``config`` what ``!config`` finds: the scopes' config of a nodestream project.
    """

    name: str
    settings: Mapping[str, Any]
    root: Path
    config: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def database(self) -> str:
        """The kind of database, one of ``DATABASES``.

        :raises TargetError: it is none of them.
        """
        written = self.settings.get("database")
        kind = self._resolved("database", written)
        if not isinstance(kind, str) or kind not in DATABASES:
            # What comes from elsewhere is not repeated: it may be a password in the wrong place.
            said = f"is {kind!r}{nearest(kind, DATABASES)}" if isinstance(written, str) else "is not said or unknown"
            raise TargetError(self.name, f"database {said}; it must be one of {', '.join(DATABASES)}")
        return kind

    def resolve(self) -> dict[str, Any]:
        """The options for the database, without ``database`` itself: tags replaced by what they stand for, paths from
        the project's folder.

        :raises TargetError: the database is of no known kind, an environment variable is unset, or a tag is unknown.
        :raises ProjectFileError: a file to include cannot be read.
        """
        options = {name: self._resolved(name, value) for name, value in self.settings.items() if name != "database"}
        if self.database == "ladybug" and isinstance(options.get("path"), str):
            options["path"] = str(self.root / options["path"])
        return options

    def __repr__(self) -> str:
        return f"Target({self.name!r}, options: {', '.join(sorted(self.settings))})"

    def _resolved(self, option: str, value: Any, passed: tuple[Tagged, ...] = ()) -> Any:
        """``value`` without tags. ``passed`` are the tags that led to it."""
        if isinstance(value, Tagged):
            if value in passed:
                raise TargetError(self.name, f"option {option!r}: !{value.tag} {value.value} leads back to itself")
            return self._resolved(option, self._looked_up(option, value), (*passed, value))
        if isinstance(value, dict):
            return {key: self._resolved(option, each, passed) for key, each in value.items()}
        if isinstance(value, list):
            return [self._resolved(option, each, passed) for each in value]
        return value

    def _looked_up(self, option: str, tagged: Tagged) -> Any:
        if tagged.tag == "delayed":
            return tagged.value
        if tagged.tag not in ("env", "include", "config"):
            raise TargetError(
                self.name,
                f"option {option!r} has a tag that is unknown; known are !env, !include, !config and !delayed;"
                " a text that begins with ! belongs in quotes",
            )
        if not isinstance(tagged.value, str) or not tagged.value:
            raise TargetError(self.name, f"option {option!r}: !{tagged.tag} must be followed by a name")
        if tagged.tag == "env":
            if tagged.value not in os.environ:
                raise TargetError(self.name, f"option {option!r}: the environment variable {tagged.value} is not set")
            return os.environ[tagged.value]
        if tagged.tag == "include":
            return _included(self.root / tagged.value)
        found = self.config.get(tagged.value, ())
        if len(found) != 1:
            trouble = "differs between the scopes' configs" if found else "is in no scope's config"
            raise TargetError(self.name, f"option {option!r}: !config {tagged.value} {trouble}; write the value here")
        return found[0]


@dataclass(frozen=True, slots=True)
class Project:
    """A project file, read. All paths are the project folder's joined with what the file says.

    ``schema_file`` is None in a nodestream project: its schema is introspected. ``extensions`` says whether operations
    may be written that nodestream cannot read, ``ignored`` which findings `check` leaves out.
    """

    file: Path
    root: Path
    kind: Literal["nsmig", "nodestream"]
    migrations: Path
    schema_file: Path | None
    extensions: bool
    targets: Mapping[str, Target]
    ignored: frozenset[str] = frozenset()

    @classmethod
    def find(cls, folder: str | Path = ".") -> Project:
        """The project of a folder: its ``nsmig.yaml``, else its ``nodestream.yaml``.

        :raises ProjectError: there is neither, or it cannot be used.
        """
        for name in PROJECT_FILES:
            if (file := Path(folder) / name).is_file():
                return cls.load(file)
        raise ProjectError(
            f"there is no {' and no '.join(PROJECT_FILES)} in {Path(folder).resolve()}; go to the project's folder,"
            " give the file with --project, or run `nsmig init` to begin a project here"
        )

    @classmethod
    def load(cls, file: str | Path) -> Project:
        """Read a project file of any name; a folder is searched as by :meth:`find`.

        :raises ProjectFileError: it cannot be read or says something wrong, with the place and what was expected.
        """
        file = Path(file)
        if file.is_dir():
            return cls.find(file)
        return take(file, ProjectFileError, lambda document: _project(file, document), keeps_tags=True)

    def target(self, name: str) -> Target:
        """The target of that name.

        :raises TargetError: there is none.
        """
        if name not in self.targets:
            known = f"; known are {', '.join(sorted(self.targets))}" if self.targets else "; it has no targets"
            raise TargetError(name, f"is not in {self.file}{nearest(name, self.targets) or known}")
        return self.targets[name]

    @property
    def hints_file(self) -> Path:
        """Where answers for `make` are kept: beside the schema file, or beside the project file of nodestream's."""
        return (self.schema_file or self.file).with_name("hints.yaml")

    def schema(self) -> Schema:
        """What the schema should be: from the schema file, or introspected.

        :raises SchemaFileError: the schema file is no schema.
        :raises IntrospectionError: a pipeline or step of the nodestream project does not load.
        :raises ProjectError: there is no schema file, or nodestream is not installed.
        """
        if self.schema_file is None:
            from nsmig import Schema

            return Schema.from_dict(_introspected(self.file))
        if not self.schema_file.exists():
            raise ProjectError(
                f"{self.schema_file}: there is no schema file; write one, or name it in {self.file} as `schema: FILE`"
            )
        return load_schema(self.schema_file)


def _included(file: Path) -> Any:
    return take(file, ProjectFileError, lambda document: document.value(document.root), keeps_tags=True)


def _project(file: Path, document: Source) -> Project:
    return _nodestream_project(file, document) if _is_nodestream(file, document) else _nsmig_project(file, document)


def _is_nodestream(file: Path, document: Source) -> bool:
    """By name, and for other names by what only nodestream's project files say."""
    if file.name in PROJECT_FILES:
        return file.name == "nodestream.yaml"
    own = set(_NODESTREAM_KEYS) - set(_NSMIG_KEYS)
    return not document.is_empty and not own.isdisjoint(document.mapping(document.root, "the project file"))


def _nsmig_project(file: Path, document: Source) -> Project:
    document.refuse_duplicates()
    top = {} if document.is_empty else document.mapping(document.root, "the project file", known=_NSMIG_KEYS)
    paths = {
        key: file.parent / (document.text(top[key], f"{key!r}") if key in top else default)
        for key, default in (("migrations", "migrations"), ("schema", "schema.yaml"))
    }
    targets = _targets(file, document, top.get("targets"))
    for name, described in document.mapping(top["targets"], "the targets").items() if targets else ():
        kinds = document.mapping(described, f"target {name!r}", required=("database",))
        if not isinstance(targets[name].settings["database"], Tagged):
            document.one_of(kinds["database"], f"the database of target {name!r}", DATABASES)
    return Project(
        file=file,
        root=file.parent,
        kind="nsmig",
        migrations=paths["migrations"],
        schema_file=paths["schema"],
        extensions=document.flag(top["extensions"], "'extensions'") if "extensions" in top else True,
        targets=targets,
        ignored=_ignored(document, top["check"]) if "check" in top else frozenset(),
    )


def _ignored(document: Source, node: Any) -> frozenset[str]:
    """The codes of ``check: {ignore: [CODE]}``."""
    from nsmig.findings import IGNORABLE

    entries = document.mapping(node, "'check'", known=("ignore",))
    codes = document.sequence(entries["ignore"], "'ignore'") if "ignore" in entries else []
    return frozenset(document.one_of(code, "a code to ignore", IGNORABLE) for code in codes)


def _nodestream_project(file: Path, document: Source) -> Project:
    top = document.mapping(document.root, "the project file", known=_NODESTREAM_KEYS)
    return Project(
        file=file,
        root=file.parent,
        kind="nodestream",
        migrations=file.parent / "migrations",
        schema_file=None,
        extensions=False,
        targets=_targets(file, document, top.get("targets"), _scope_config(document, top.get("scopes"))),
    )


def _targets(
    file: Path, document: Source, node: Any, config: Mapping[str, tuple[Any, ...]] | None = None
) -> dict[str, Target]:
    targets = {} if node is None or document.is_null(node) else document.mapping(node, "the targets")
    return {
        name: Target(
            name,
            {
                option: document.value(value)
                for option, value in document.mapping(described, f"target {name!r}").items()
            },
            file.parent,
            config or {},
        )
        for name, described in targets.items()
    }


def _scope_config(document: Source, node: Any) -> dict[str, tuple[Any, ...]]:
    """The different values that the scopes' configs give each name. What is no config is left to nodestream to
    refuse."""
    scopes = None if node is None else document.value(node)
    found: dict[str, tuple[Any, ...]] = {}
    for scope in scopes.values() if isinstance(scopes, dict) else ():
        config = scope.get("config") if isinstance(scope, dict) else None
        for name, value in config.items() if isinstance(config, dict) else ():
            if value not in found.get(name, ()):
                found[name] = (*found.get(name, ()), value)
    return found


# --- Introspection ----------------------------------------------------------------------------------------------------


def _introspected(file: Path) -> dict[str, Any]:
    """The schema of a nodestream project, by nodestream itself in a process of its own, in the project's folder."""
    import json
    import subprocess

    program = Path(__file__).with_name("introspect.py")
    done = subprocess.run(
        [sys.executable, str(program), file.name],
        cwd=file.parent,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
    )
    if not done.stdout:
        raise IntrospectionError(
            None, None, f"it ended with exit code {done.returncode} without an answer: {done.stderr.strip()}"
        )
    answer = json.loads(done.stdout)
    if error := answer.get("error"):
        if error["reason"].startswith("ModuleNotFoundError: No module named 'nodestream'"):
            raise ProjectError(
                f"{file}: the schema of a nodestream project comes from nodestream itself, which is not installed"
                " beside nsmig; run `pip install 'nsmig[nodestream]'`"
            )
        raise IntrospectionError(error["pipeline"] or str(file), error["step"], error["reason"])
    schema: dict[str, Any] = answer["schema"]
    for described in (*schema["nodes"], *schema["relationships"]):
        described["properties"] = dict(sorted(described["properties"].items()))
    return schema


# --- A new project ----------------------------------------------------------------------------------------------------

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
  properties:
    since: DATETIME
"""


def initial_paths(folder: str | Path) -> list[Path]:
    """What :func:`init` sees to in a folder."""
    return [Path(folder) / name for name in ("migrations", "nsmig.yaml", "schema.yaml")]


def init(folder: str | Path = ".") -> list[Path]:
    """Begin a project: a project file with an embedded target, a small schema file and a folder for migrations.

    :return: those of :func:`initial_paths` that were made; the others were there and are as they were.
    :raises ProjectError: all are there already, or the folder is a nodestream project, which needs none of them.
    :raises WriteError: the system refuses.
    """
    migrations, project, schema = initial_paths(folder)
    if (theirs := Path(folder) / "nodestream.yaml").exists() and not project.exists():
        raise ProjectError(
            f"{theirs}: this is a nodestream project already, and nsmig uses it as it is; run `nsmig make`"
        )
    made = [] if migrations.is_dir() else [migrations]
    try:
        migrations.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(str(migrations), f"no folder can be made there: {error.strerror}") from error
    for path, text in ((schema, _NEW_SCHEMA), (project, _NEW_PROJECT)):
        try:
            write_new(path, text)
        except FileInTheWayError:
            continue
        made.append(path)
    if not made:
        raise ProjectError(f"{project}: there is a project already; nothing was changed")
    return sorted(made)
