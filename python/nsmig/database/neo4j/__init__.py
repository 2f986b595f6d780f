"""Neo4j: driver 6, server 5.23 or later, ``bolt://`` and ``neo4j://``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from nsmig.database.base import Database
from nsmig.database.kind import DatabaseKind
from nsmig.database.neo4j.catalog import Catalog
from nsmig.database.neo4j.dialect import Neo4jDialect, refuse
from nsmig.database.neo4j.options import DRIVER_OPTIONS, IGNORED_OPTIONS, OPTIONS, Options


def connect(options: Mapping[str, Any]) -> AbstractContextManager[Database[Catalog]]:
    """A Neo4j database, not yet connected: entering connects.

    :param options: of :class:`Options` and of the driver, each of its type.
    :raises ProjectError: an option has an invalid value.
    :raises DatabaseError: on entering: the server cannot be reached, refuses the user, is too old, or is not Neo4j.
    """
    own = {name: value for name, value in options.items() if name in OPTIONS}
    driver = {name: value for name, value in options.items() if name in DRIVER_OPTIONS}
    return _connected(Options(**own, driver=driver))


@contextmanager
def _connected(options: Options) -> Iterator[Database[Catalog]]:
    from nsmig.database.neo4j.connection import connected
    from nsmig.database.neo4j.ledger import Neo4jLedger
    from nsmig.database.neo4j.returning import Neo4jRestoring
    from nsmig.database.neo4j.session import Neo4jSession

    with connected(options) as connection:
        session, restoring = Neo4jSession(connection), Neo4jRestoring(connection)
        yield Database(Neo4jLedger(connection), Neo4jDialect(options), session, connection.notes, KIND.name, restoring)


KIND = DatabaseKind(
    name="neo4j",
    options={**OPTIONS, **DRIVER_OPTIONS},
    required=("uri",),
    connect=connect,
    refuse=refuse,
    declares_types=False,
    nullable=frozenset({"username", "password", *DRIVER_OPTIONS}),
    ignored=IGNORED_OPTIONS,
)
