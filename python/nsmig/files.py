"""Writing YAML to the byte as nodestream does, putting files on disk whole or not at all, and reading schema files."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nsmig.errors import FileInTheWayError, SchemaFileError, WriteError
from nsmig.kinds import PROPERTY_TYPES
from nsmig.plain import Source, take
from nsmig.text import dump

if TYPE_CHECKING:
    from nsmig._core import Schema

# --- Text -------------------------------------------------------------------------------------------------------------


def migration_text(migration: Mapping[str, Any]) -> str:
    """The text of a migration file, as nodestream's ``make`` writes it.

    :param migration: ``name``, ``operations`` (``{"operation": str, "arguments": mapping}`` each), ``dependencies`` and
        ``replaces`` (none, if absent).
    :raises NsmigError: an argument is of a type that YAML cannot hold.
    """
    return dump(
        {
            "name": migration["name"],
            "operations": [_with_sets(operation) for operation in migration["operations"]],
            "dependencies": list(migration["dependencies"]),
            "replaces": list(migration.get("replaces", ())),
        }
    )


def schema_text(schema: Mapping[str, Any]) -> str:
    """The text of a schema file: types and cardinalities in the order given, properties by name.

    :param schema: ``cardinalities``, ``nodes`` and ``relationships`` as :func:`read_schema` gives them; what is absent
        is empty.
    """
    return dump({part: list(schema.get(part, ())) for part in ("cardinalities", "nodes", "relationships")})


def _with_sets(operation: Mapping[str, Any]) -> dict[str, Any]:
    """nodestream's ``make`` writes the keys and properties of a new type as sets; order has no meaning there."""
    arguments = dict(operation["arguments"])
    if operation["operation"] in ("CreateNodeType", "CreateRelationshipType"):
        arguments |= {name: set(arguments[name]) for name in ("keys", "properties")}
    return {"operation": operation["operation"], "arguments": arguments}


# --- Disk -------------------------------------------------------------------------------------------------------------

# What os.link answers on file systems that have no links (FAT, shared folders of virtual machines).
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}


def migration_path(folder: str | Path, name: str) -> Path:
    """Where the migration ``name`` belongs: ``<folder>/<name>.yaml``.

    :raises WriteError: the name cannot be the name of a file.
    """
    if any(separator in name for separator in ("/", os.sep, os.altsep) if separator):
        raise WriteError(
            f"{folder}/{name}.yaml", f"the migration's name {name!r} holds a path separator; choose another one"
        )
    path = Path(folder) / f"{name}.yaml"
    _check_name(path)
    return path


def write_new(path: str | Path, text: str) -> None:
    """Write a file that must not exist yet: afterwards it is there whole, or not at all. Folders are made as needed.

    :raises FileInTheWayError: something of that name is there; it is untouched.
    :raises WriteError: the name can be no file name, or the system refuses.
    """
    import secrets

    path = Path(path)
    _check_name(path)
    temporary = path.with_name(f".{os.getpid()}-{secrets.token_hex(8)}.tmp")  # no reader takes it for a migration
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(temporary, text)
            _publish(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError as error:
        if error.filename2 is None and not os.path.lexists(path):  # not the file: a folder above it is a file
            raise WriteError(str(path), f"{error.filename} is not a folder") from error
        raise FileInTheWayError(
            str(path), "is there already and is not overwritten; remove it or choose another name"
        ) from error
    except OSError as error:
        raise WriteError(str(path), f"cannot be written: {error.strerror}") from error


def _check_name(path: Path) -> None:
    name = path.name
    if not name or name.startswith("."):
        raise WriteError(str(path), f"{name!r} is no name for a file: it must not be empty or begin with a dot")
    if "\0" in str(path):
        raise WriteError(str(path), "a file name cannot hold a NUL character")
    if len(name.encode("utf-8", "surrogatepass")) > 255:
        raise WriteError(str(path), "the file name is longer than 255 bytes; choose a shorter one")


def _write(path: Path, text: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), "wb"
    ) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _publish(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))  # claims the name, as a link would
        os.replace(temporary, path)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power failure, where the system lets us; the file is there all the same."""
    with suppress(OSError):  # a folder that may not be read, a file system that syncs no folders, Windows
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- Schema files -----------------------------------------------------------------------------------------------------


def load_schema(path: str | Path) -> Schema:
    """The schema that a schema file describes.

    :raises SchemaFileError: as :func:`read_schema`.
    """
    from nsmig._core import Schema

    try:
        plain = Schema.read_plain(Path(path).read_bytes())
    except OSError:
        plain = None
    return Schema.from_dict(read_schema(path)) if plain is None else plain  # the former tells what is wrong, and where


def read_schema(path: str | Path) -> dict[str, Any]:
    """A schema file in nodestream's full shape, whatever shorter forms a person wrote.

    :return: ``{"cardinalities": […], "nodes": […], "relationships": […]}``, in the file's order. A type is
        ``{"name": str, "properties": {name: {"is_indexed": bool, "is_key": bool, "type": one of PROPERTY_TYPES}}}``.
    :raises SchemaFileError: the file cannot be read or is no schema, with the place and what was expected.
    """
    return take(path, SchemaFileError, _schema)


def _schema(document: Source) -> dict[str, Any]:
    document.refuse_duplicates()
    top = document.mapping(document.root, "a schema", known=("cardinalities", "nodes", "relationships"))
    cardinalities = document.sequence(top["cardinalities"], "the cardinalities") if "cardinalities" in top else []
    nodes = document.sequence(top["nodes"], "the node types") if "nodes" in top else []
    relationships = document.sequence(top["relationships"], "the relationship types") if "relationships" in top else []
    return {
        "cardinalities": _cardinalities(document, cardinalities),
        "nodes": _types(document, nodes, "node type"),
        "relationships": _types(document, relationships, "relationship type"),
    }


def _types(document: Source, items: list[Any], what: str) -> list[dict[str, Any]]:
    """The ``nodes`` or ``relationships`` of a schema; ``what`` is the noun for one of them."""
    types: dict[str, dict[str, Any]] = {}
    for item in items:
        keys = document.mapping(item, f"a {what}", known=("name", "properties"), required=("name",))
        name = document.text(keys["name"], f"the name of a {what}")
        if name in types:
            raise document.fail(keys["name"], f"{what} {name!r} is declared twice; make one of the two")
        types[name] = {"name": name, "properties": _properties(document, keys.get("properties"), f"{what} {name!r}")}
    return list(types.values())


def _properties(document: Source, node: Any, owner: str) -> dict[str, dict[str, Any]]:
    if node is None or document.is_null(node):
        return {}
    if document.is_sequence(node):
        listed: dict[str, dict[str, Any]] = {}
        for item in document.sequence(node, f"the properties of {owner}"):
            name = document.text(item, f"a property name of {owner}")
            if name in listed:
                raise document.fail(item, f"{owner} lists property {name!r} twice; remove one")
            listed[name] = _property()
        return listed
    entries = document.mapping(node, f"the properties of {owner}")
    return {name: _property_of(document, value, f"property {name!r} of {owner}") for name, value in entries.items()}


def _property(type: str = "STRING", is_key: bool = False, is_indexed: bool = False) -> dict[str, Any]:
    return {"is_indexed": is_indexed, "is_key": is_key, "type": type}


def _property_of(document: Source, node: Any, what: str) -> dict[str, Any]:
    """A property as a person writes it: nothing, the bare type, or a mapping."""
    if document.is_null(node):
        return _property()
    if document.is_scalar(node):
        return _property(document.one_of(node, f"the type of {what}", PROPERTY_TYPES))
    keys = document.mapping(node, what, known=("type", "is_key", "is_indexed"))
    return _property(
        document.one_of(keys["type"], f"the type of {what}", PROPERTY_TYPES) if "type" in keys else "STRING",
        *(
            document.flag(keys[flag], f"{flag} of {what}") if flag in keys else False
            for flag in ("is_key", "is_indexed")
        ),
    )


def _cardinalities(document: Source, items: list[Any]) -> list[dict[str, Any]]:
    ends = ("from_node_type", "relationship_type", "to_node_type")
    sides = ("from_side_cardinality", "to_side_cardinality")
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for item in items:
        parts = ("adjacency", "cardinality")
        keys = document.mapping(item, "a cardinality", known=parts, required=parts)
        adjacency = document.mapping(keys["adjacency"], "an adjacency", known=ends, required=ends)
        cardinality = document.mapping(
            keys["cardinality"], "the cardinality of an adjacency", known=sides, required=sides
        )
        named = {end: document.text(adjacency[end], end) for end in ends}
        if tuple(named.values()) in found:
            raise document.fail(item, f"the adjacency {' - '.join(named.values())} is listed twice; remove one")
        counts = {side: document.one_of(cardinality[side], side, ("SINGLE", "MANY")) for side in sides}
        found[tuple(named.values())] = {"adjacency": named, "cardinality": counts}
    return list(found.values())
