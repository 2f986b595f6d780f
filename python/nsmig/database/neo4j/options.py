"""The options of a Neo4j target: nsmig's own, the driver's, and those of nodestream that are ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nsmig.database.neo4j.catalog import ASK, FOLLOW, KEEP
from nsmig.errors import ProjectError

SCHEMES = tuple(f"{name}{safety}://" for name in ("neo4j", "bolt") for safety in ("", "+s", "+ssc"))

# nodestream's options for its writer and for tuning, which are ignored.
IGNORED_OPTIONS = frozenset(
    [
        "batch_size",
        "chunk_size",
        "collect_stats",
        "connection_semaphore_limit",
        "execute_chunks_in_parallel",
        "flush_concurrency",
        "ingest_strategy_name",
        "retries_per_chunk",
        "use_apoc",
    ]
)

# The driver's keywords that a project file can contain, and the type of each.
DRIVER_OPTIONS = {
    "connection_acquisition_timeout": float,
    "connection_timeout": float,
    "connection_write_timeout": float,
    "encrypted": bool,
    "fetch_size": int,
    "initial_retry_delay": float,
    "keep_alive": bool,
    "liveness_check_timeout": float,
    "max_connection_lifetime": float,
    "max_connection_pool_size": int,
    "max_transaction_retry_time": float,
    "retry_delay_jitter_factor": float,
    "retry_delay_multiplier": float,
    "telemetry_disabled": bool,
    "user_agent": str,
}

# The driver's errors contain the whole uri, so it must not contain secrets.
_CREDENTIAL = re.compile(r"[?&][^=&]*(pass|pwd|user|token|secret|auth|key|cred)[^=&]*=", re.IGNORECASE)

# A scheme, a host (a name, or an IPv4 or IPv6 address), a port, and the routing context for the server.
_ADDRESS = re.compile(
    r"(?:neo4j|bolt)(?:\+s|\+ssc)?://(?:[^\s/:?#@\[\]]+|\[[0-9a-fA-F:.%\w]+\])(?::\d{1,5})?/?(?:\?[^\s#]*)?"
)

# nsmig's own, each a field of Options.
OPTIONS = {
    "uri": str,
    "username": str,
    "password": str,
    "database_name": str,
    "use_enterprise_features": bool,
    "transaction_batch_size": int,
    "foreign_indexes": str,
    "max_retry_attempts": int,
    "retry_factor": float,
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a Neo4j target.

    :param uri: ``neo4j://host:7687`` (routing) or ``bolt://host:7687``, also with ``+s``; without user or password.
    :param username: the database user; None if the server needs no login.
    :param password: the password; never shown.
    :param database_name: the database within the server.
    :param use_enterprise_features: keys as NODE KEY constraints instead of uniqueness, as in nodestream.
    :param transaction_batch_size: rows changed per transaction of a batched statement.
    :param foreign_indexes: what happens to users' own constraints and indexes when their type or property is renamed:
        ``follow`` it, ``keep`` the old name, or ``ask``: follow, but stop before a full-text or vector index of more
        than 100,000 rows would be out of use.
    :param max_retry_attempts: how often a statement is sent again if the connection or the cluster fails.
    :param retry_factor: seconds before the first retry; each later one waits twice as long.
    :param driver: the driver's own keywords.
    :raises ProjectError: a value is invalid.
    """

    uri: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    database_name: str = "neo4j"
    use_enterprise_features: bool = False
    transaction_batch_size: int = 10_000
    foreign_indexes: str = ASK
    max_retry_attempts: int = 3
    retry_factor: float = 1
    driver: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.transaction_batch_size < 1:
            raise ProjectError("transaction_batch_size must be a number of rows, at least 1")
        if self.foreign_indexes not in (FOLLOW, KEEP, ASK):
            raise ProjectError("foreign_indexes must be follow, keep or ask")
        if self.database_name.lower() == "system":
            raise ProjectError("database_name must be a database that holds a graph; system is the server's own")
        if self.max_retry_attempts < 0:
            raise ProjectError("max_retry_attempts must be a number of retries, at least 0")
        if "@" in self.uri or _CREDENTIAL.search(self.uri) or not _ADDRESS.fullmatch(self.uri):
            raise ProjectError(
                f"the uri of a neo4j target is SCHEME://HOST or SCHEME://HOST:PORT, where SCHEME is one of"
                f" {', '.join(SCHEMES)}; user and password go into the options username and password"
            )
