"""The databases that can be migrated. Each adapter, and the driver it needs, is imported when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsmig.errors import NsmigError, TargetError

if TYPE_CHECKING:
    from nsmig.database.base import Database
    from nsmig.project import Target


def connect(target: Target) -> Database:
    """The target's database, not yet connected: entering it does that.

    :raises TargetError: the target is described wrongly.
    """
    kind, options = target.database, target.resolve()
    missing = {"neo4j": "uri", "ladybug": "path"}[kind]
    if missing not in options:
        raise TargetError(target.name, f"option {missing!r} is missing; a {kind} target needs it")
    try:
        if kind == "neo4j":
            from nsmig.database.neo4j import Neo4j, typed

            return Neo4j(**typed(options))
        from nsmig.database.ladybug import Ladybug

        return Ladybug(**options)
    except TargetError:
        raise
    except NsmigError as error:
        raise TargetError(target.name, str(error)) from error
