"""Statements that change rows in batches, each batch in its own transaction inside the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.neo4j.catalog import Settings

# Half the time of sequential batches on two cores; more would crowd out the server's other work.
CONCURRENT_BATCHES = 4


def batched(rows: str, action: str, parameters: Mapping[str, Any], settings: Settings, scope: str = "n") -> Statement:
    """An action on rows, one batch after another.

    :param rows: what follows MATCH.
    :param scope: the variables of a row that the action uses.
    """
    return _in_transactions(rows, action, parameters, scope, "TRANSACTIONS", settings.batch)


def side_by_side(rows: str, action: str, parameters: Mapping[str, Any], settings: Settings) -> Statement:
    """An action on rows ``n`` in concurrent batches that together have as many rows as one batch of :func:`batched`.

    Only for properties and labels: each row is locked by its own batch, while batches that create or delete
    relationships lock the nodes at their ends and would wait for each other.
    """
    fewer = max(1, settings.batch // CONCURRENT_BATCHES)
    return _in_transactions(rows, action, parameters, "n", f"{CONCURRENT_BATCHES} CONCURRENT TRANSACTIONS", fewer)


def _in_transactions(
    rows: str, action: str, parameters: Mapping[str, Any], scope: str, transactions: str, size: int
) -> Statement:
    text = f"MATCH {rows} CALL ({scope}) {{ {action} }} IN {transactions} OF {size} ROWS RETURN count(*) AS count"
    return Statement(Role.DATA, text, parameters)
