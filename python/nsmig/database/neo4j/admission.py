"""Which indexes and constraints a server can have, as far as it has to be asked."""

from __future__ import annotations

from nsmig.catalog_operations import CreateEntry
from nsmig.database.neo4j.catalog import create
from nsmig.database.neo4j.connection import Connection
from nsmig.database.neo4j.declared import lacking, on_server
from nsmig.database.neo4j.errors import refusal
from nsmig.database.neo4j.following import needing
from nsmig.errors import DatabaseError, UnsupportedError, nearest

_ANALYZERS = "CALL db.index.fulltext.listAvailableAnalyzers() YIELD analyzer RETURN collect(analyzer) AS names"


def require(connection: Connection, operation: CreateEntry) -> None:
    """
    :raises UnsupportedError: the server cannot have it, lacks its analyzer, or does not know an option.
    """
    wanted = on_server(operation.created)
    if reason := lacking(wanted, connection.server):
        if operation.optional:
            return
        raise UnsupportedError(operation, needing(reason))
    analyzer = (operation.options or {}).get("analyzer")
    if analyzer is not None and analyzer not in (names := connection.rows(_ANALYZERS)[0]["names"]):
        meant = nearest(analyzer, names) or "; CALL db.index.fulltext.listAvailableAnalyzers() lists them"
        raise UnsupportedError(operation, f"the server has no analyzer {analyzer!r}{meant}")
    if operation.form == "vector":
        try:
            connection.rows(f"EXPLAIN {create(wanted)}")
        except DatabaseError as error:
            raise UnsupportedError(operation, f"the server does not take it: {refusal(error)}") from error
