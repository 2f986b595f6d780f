"""The project file: the paths of migrations and schema, and the databases to migrate.

``nsmig.yaml`` is nsmig's own; a ``nodestream.yaml`` is used unchanged. Paths in either are relative to its folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nsmig.errors import ProjectError, ProjectFileError, TargetError, nearest
from nsmig.kinds import DATABASES
from nsmig.project.target import Target
from nsmig.yaml_file.reading import Tagged, read

if TYPE_CHECKING:
    from nsmig._core import Document, Node, Schema

PROJECT_FILES = ("nsmig.yaml", "nodestream.yaml")

_NSMIG_KEYS = ("migrations", "schema", "targets", "extensions", "check", "nodestream")
_NODESTREAM_KEYS = ("scopes", "plugins", "targets", "storage", "include_additional_types")


@dataclass(frozen=True, slots=True)
class WantedSchema:
    """The complete schema of a project. ``notes``: what its source leaves out by design."""

    schema: Schema
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """The content of a project file. All paths are relative to the project's folder and joined with it.

    The schema is in the ``schema_file``, or introspected from the nodestream project ``introspected_file``; if both are
    None, the project has no schema. ``names_folder``: the file itself gives the migrations folder. ``is_shared``:
    nodestream also uses the project. ``extensions``: operations that nodestream cannot read are allowed. ``ignored``:
    the findings that `check` ignores.
    """

    file: Path
    root: Path
    kind: Literal["nsmig", "nodestream"]
    migrations: Path
    schema_file: Path | None
    extensions: bool
    targets: Mapping[str, Target]
    ignored: frozenset[str] = frozenset()
    introspected_file: Path | None = None
    names_folder: bool = False
    is_shared: bool = False

    @classmethod
    def find(cls, folder: str | Path = ".") -> Project:
        """The project of a folder: its ``nsmig.yaml``, else its ``nodestream.yaml``.

        :raises ProjectError: there is neither, or it cannot be used.
        """
        for name in PROJECT_FILES:
            if (file := Path(folder) / name).is_file():
                return cls.load(file)
        raise ProjectError(
            f"there is no {' and no '.join(PROJECT_FILES)} in {Path(folder).resolve()}; change to the project's folder,"
            " name its file with --project, or start a project here with `nsmig init`"
        )

    @classmethod
    def load(cls, file: str | Path) -> Project:
        """Read a project file of any name; a folder is searched as by :meth:`find`.

        :raises ProjectFileError: it cannot be read or is invalid, with the place and what was expected.
        """
        file = Path(file)
        if file.is_dir():
            return cls.find(file)
        return _project(file, read(file, ProjectFileError, keeps_tags=True))

    def target(self, name: str) -> Target:
        """The target of that name.

        :raises TargetError: the project has no such target.
        """
        if name not in self.targets:
            known = f"; it has {', '.join(sorted(self.targets))}" if self.targets else "; it has none"
            raise TargetError(name, f"{self.file} has no such target{nearest(name, self.targets) or known}")
        return self.targets[name]

    @property
    def hints_file(self) -> Path:
        """The hints file: next to the schema file, or else the project file, or else nodestream's.

        :raises ProjectError: there is one next to both project files.
        """
        beside = (self.schema_file or self.file).with_name("hints.yaml")
        if self.introspected_file is None or not (theirs := self.introspected_file.with_name("hints.yaml")).exists():
            return beside
        if not beside.exists() or beside.samefile(theirs):
            return theirs
        raise ProjectError(f"there are two hints files, {beside} and {theirs}; merge them into one")

    @property
    def must_suit_nodestream(self) -> bool:
        """Whether nodestream has to be able to read everything that nsmig writes here."""
        return self.is_shared and not self.extensions

    @property
    def has_schema(self) -> bool:
        """Whether the project has a schema; without one, all its migrations are written by hand."""
        return self.schema_file is not None or self.introspected_file is not None

    def wanted(self) -> WantedSchema:
        """The wanted schema, from the schema file or introspected. It is complete.

        :raises SchemaFileError: the schema file is invalid.
        :raises IntrospectionError: a plugin, pipeline or step of the nodestream project does not load.
        :raises ProjectError: there is no schema file, the project has no schema, or nodestream is not installed.
        """
        from nsmig._core import Schema

        if self.introspected_file is not None:
            from nsmig.project.introspection import introspected

            content, notes = introspected(self.introspected_file)
            return WantedSchema(Schema.from_dict(content), notes)
        if self.schema_file is None:
            raise ProjectError(
                f"{self.file}: the project has no schema (`schema: null`), so its migrations are written by hand; to"
                " generate them, write a schema file (`nsmig schema > schema.yaml`) and set `schema: schema.yaml`"
            )
        if not self.schema_file.exists():
            raise ProjectError(
                f"{self.schema_file}: there is no such schema file; correct `schema: FILE` in {self.file}, or write the"
                f" file: `nsmig schema > {self.schema_file}` writes the schema that results from the migrations. For a"
                " project without a schema file, set `schema: null`"
            )
        return WantedSchema(Schema.load(self.schema_file))

    def schema(self) -> Schema:
        """The schema alone of :meth:`wanted`."""
        return self.wanted().schema


def _project(file: Path, document: Document) -> Project:
    return _nodestream_project(file, document) if _is_nodestream(file, document) else _nsmig_project(file, document)


def _is_nodestream(file: Path, document: Document) -> bool:
    """By name; for other names, by keys that only nodestream's project files have."""
    if file.name in PROJECT_FILES:
        return file.name == "nodestream.yaml"
    own = set(_NODESTREAM_KEYS) - set(_NSMIG_KEYS)
    return not document.is_empty and not own.isdisjoint(document.root.mapping("the project file"))


def _nsmig_project(file: Path, document: Document) -> Project:
    document.refuse_duplicates()
    top = {} if document.is_empty else document.root.mapping("the project file", known=_NSMIG_KEYS)
    theirs = _shared_project(file, top["nodestream"]) if "nodestream" in top else None
    introspected = theirs.introspected_file if theirs and "schema" not in top else None
    has_file = not introspected and not ("schema" in top and top["schema"].is_null)
    folder = theirs.migrations if theirs else file.parent / "migrations"
    targets = _targets(file, top.get("targets"), own=("archive",))
    for name, described in top["targets"].mapping("the targets").items() if targets else ():
        kinds = described.mapping(f"target {name!r}", required=("database",))
        if not isinstance(targets[name].settings["database"], Tagged):
            kinds["database"].one_of(f"the database of target {name!r}", tuple(DATABASES))
    return Project(
        file=file,
        root=file.parent,
        kind="nsmig",
        migrations=file.parent / top["migrations"].text("'migrations'") if "migrations" in top else folder,
        schema_file=file.parent / (top["schema"].text("'schema'") if "schema" in top else "schema.yaml")
        if has_file
        else None,
        extensions=top["extensions"].flag("'extensions'") if "extensions" in top else theirs is None,
        targets={**(theirs.targets if theirs else {}), **targets},
        ignored=_ignored(top["check"]) if "check" in top else frozenset(),
        introspected_file=introspected,
        names_folder="migrations" in top,
        is_shared=theirs is not None,
    )


def _shared_project(file: Path, node: Node) -> Project:
    """The nodestream project that an nsmig.yaml names; the nsmig.yaml is the place for nsmig's own keys."""
    path = file.parent / node.text("'nodestream'")
    if not path.is_file():
        raise node.error("this nodestream project file does not exist; give its path relative to this file's folder")
    return _nodestream_project(path, read(path, ProjectFileError, keeps_tags=True))


def _ignored(node: Node) -> frozenset[str]:
    """The codes of ``check: {ignore: [CODE]}``."""
    from nsmig.findings import IGNORABLE

    entries = node.mapping("'check'", known=("ignore",))
    codes = entries["ignore"].sequence("'ignore'") if "ignore" in entries else []
    return frozenset(code.one_of("a code to ignore", IGNORABLE) for code in codes)


def _nodestream_project(file: Path, document: Document) -> Project:
    document.refuse_duplicates()
    top = document.root.mapping("the project file", known=_NODESTREAM_KEYS)
    return Project(
        file=file,
        root=file.parent,
        kind="nodestream",
        migrations=file.parent / "migrations",
        schema_file=None,
        extensions=False,
        targets=_targets(file, top.get("targets"), _scope_config(top.get("scopes"))),
        introspected_file=file,
        is_shared=True,
    )


def _targets(
    file: Path, node: Node | None, config: Mapping[str, tuple[Any, ...]] | None = None, own: Sequence[str] = ()
) -> dict[str, Target]:
    """:param own: keys that are not options of the database."""
    found = {}
    for name, described in ({} if node is None or node.is_null else node.mapping("the targets")).items():
        settings = {option: value.value() for option, value in described.mapping(f"target {name!r}").items()}
        apart = {key: settings.pop(key) for key in own if key in settings}
        found[name] = Target(name, settings, file.parent, config or {}, **apart)
    return found


def _scope_config(node: Node | None) -> dict[str, tuple[Any, ...]]:
    """The different values of each name in the scopes' configs. Invalid configs are left for nodestream to refuse."""
    scopes = None if node is None else node.value()
    found: dict[str, tuple[Any, ...]] = {}
    for scope in scopes.values() if isinstance(scopes, dict) else ():
        config = scope.get("config") if isinstance(scope, dict) else None
        for name, value in config.items() if isinstance(config, dict) else ():
            if value not in found.get(name, ()):
                found[name] = (*found.get(name, ()), value)
    return found
