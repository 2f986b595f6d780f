"""Deletions by operations, as statements that archive first: see ``taking``, which executes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nsmig.database.base import Role, Statement
from nsmig.database.cypher import literal
from nsmig.database.neo4j.batches import batched
from nsmig.database.neo4j.catalog import Settings
from nsmig.database.neo4j.checks import check
from nsmig.database.neo4j.effects import Loss
from nsmig.kinds import Kind
from nsmig.values import SchemaView

MOST = 10_000  # rows of a batch


@dataclass(frozen=True, slots=True)
class Take(Statement):
    """A statement of :attr:`Role.TAKE`; ``text`` is the statement that would delete the same without an archive.

    ``keys`` are of the node types that have one, ``size`` is the most rows that a batch has.
    """

    loss: Loss = field(kw_only=True)
    keys: Mapping[str, tuple[str, ...]] = field(kw_only=True)
    size: int = field(kw_only=True)


def takes(losses: Sequence[Loss], before: SchemaView, settings: Settings) -> Iterator[Take]:
    """The statements for the losses of operations on one type; those of values only, in one pass over the rows."""
    of_values = [each for each in losses if is_of_values(each)]
    if len(of_values) > 1:
        joined = Loss(
            of_values[0].kind,
            of_values[0].type,
            " OR ".join(f"({each.where})" for each in of_values),
            " ".join(each.action for each in of_values),
            {name: where for each in of_values for name, where in each.values.items()},
            parameters={name: value for each in of_values for name, value in each.parameters.items()},
        )
        losses = [joined, *(each for each in losses if each not in of_values)]
    declared = ((name, before.type(Kind.NODE, name)) for name in before.types(Kind.NODE))
    keys = {name: type.keys for name, type in declared if type and type.keys}
    for loss in losses:
        plain = batched(loss.rows, loss.action, loss.parameters, settings)
        yield Take(Role.TAKE, plain.text, loss.parameters, loss=loss, keys=keys, size=min(settings.batch, MOST))


def unreadable(losses: Sequence[Loss], condition: str) -> Iterator[Statement]:
    """Rows with values that cannot be archived, counted before anything changes.

    :param condition: on ``value``.
    """
    for loss in losses:
        names = f"[{', '.join(map(literal, loss.values))}]" if is_of_values(loss) else "keys(n)"
        holds = f"any(value IN [name IN {names} | n[name]] WHERE {condition})"
        problem = (
            f"{loss.kind.value}s of {loss.type!r} hold values of types that the Neo4j driver cannot read, so that they"
            " cannot be archived; update nsmig and the driver, or run with --no-archive if they may be lost"
        )
        yield check(f"MATCH {loss.rows} WITH n WHERE {holds}", loss.parameters, problem)
        if is_whole_node(loss):
            rows = f"MATCH {loss.rows} MATCH (n)-[r]-() WITH DISTINCT r AS n WHERE {holds}"
            yield check(rows, loss.parameters, problem.replace("nodes of", "relationships of", 1))


def is_whole_node(loss: Loss) -> bool:
    """Whether the nodes themselves are deleted, with their relationships."""
    return loss.kind is Kind.NODE and not loss.values and not loss.labels


def is_of_values(loss: Loss) -> bool:
    """Whether rows only lose values, or have them replaced."""
    return bool(loss.values) and not loss.labels
