"""Deleted data of a toy database in an archive, and its way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from nsmig.database.archiving import PLAIN, Edge, Line, Position, Row, number
from nsmig.kinds import Kind
from nsmig.operations import SetPropertyType
from support.reference import Conflict, Graph, Node, Property, Relationship, Schema, execute, same


@dataclass(frozen=True)
class Loss:
    """A row that is deleted, with its relationships, or loses something: its lines in an archive, and the row's new
    state by its position in the graph."""

    lines: list[Line]
    puts: list[tuple[str, int, Any]]


def losses(before: Graph, after: Graph) -> list[Loss]:
    """The losses of a drop in a graph, row by row. ``_id`` is the toy's own name for a node, so it is not a value."""
    found: list[Loss] = []
    gone: set[int] = set()
    for at, node in enumerate(before.nodes):
        left = after.nodes[at]
        if node is None or repr(node) == repr(left):
            continue
        lines: list[Line] = [_line(at, node, left)]
        puts: list[tuple[str, int, Any]] = [("nodes", at, left)]
        for place, edge in enumerate(before.relationships):
            if left is None and edge is not None and at in (edge.start, edge.end) and place not in gone:
                gone.add(place)
                lines += _edge(before, place, None, deleted=at)
                puts.insert(0, ("relationships", place, None))
        found.append(Loss(lines, puts))
    for place, edge in enumerate(before.relationships):
        left_edge = after.relationships[place]
        if edge is not None and place not in gone and repr(edge) != repr(left_edge):
            lines = _edge(before, place, left_edge)
            found.append(Loss(lines, [("relationships", place, left_edge)]))
    return found


def _line(at: int, node: Node, left: Node | None, row: str = "node") -> Line:
    stays = node if left is None else left
    line: dict[str, Any] = {
        "row": row,
        "id": f"n{at}",
        "labels": sorted(stays.labels),
        "values": stored(stays.properties),
    }
    if row == "end" or left is None:
        return line
    gone, became = _changed(node.properties, left.properties)
    if became:
        line["values"] = {name: each for name, each in line["values"].items() if name not in became}
        line["became"] = became
    return {**line, "gone": {"labels": sorted(node.labels - left.labels), "values": gone}}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The removed values, and the replacements of those that were converted; None if a conversion gave nothing."""
    gone = {name: each for name, each in before.items() if repr(each) != repr(after.get(name))}
    is_conversion = any(name in after for name in gone)
    return stored(gone), stored({name: after.get(name) for name in gone}) if is_conversion else {}


def _edge(graph: Graph, at: int, left: Relationship | None, deleted: int | None = None) -> list[Line]:
    edge = graph.relationships[at]
    assert edge is not None
    ends = {"start": f"n{edge.start}", "end": f"n{edge.end}"}
    stays = edge if left is None else left
    line: dict[str, Any] = {
        "row": "relationship",
        "id": f"r{at}",
        "type": edge.type,
        **ends,
        "values": stored(stays.properties),
    }
    if left is not None:
        gone, became = _changed(edge.properties, left.properties)
        line["gone"] = {"values": gone}
        if became:
            line["values"] = {name: each for name, each in line["values"].items() if name not in became}
            line["became"] = became
    lines: list[Line] = []
    for place in {edge.start, edge.end} - {deleted}:
        node = graph.nodes[place]
        assert node is not None
        lines.append(_line(place, node, None, "end"))
    return [*lines, line]


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as an archive stores them."""
    return {name: _encoded(each) for name, each in values.items()}


def _encoded(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_encoded(each) for each in value]
    return value if type(value) in PLAIN else number(value)


def converted(value: Any, operation: SetPropertyType) -> Any:
    """An operation's result for an encoded value; the value itself if the operation does not change it."""
    schema = Schema({"T": {operation.property: Property()}})
    of_node = replace(operation, kind=Kind.NODE, type="T")
    if value is None:
        return None
    with suppress(Conflict):
        (row,) = execute(Graph([Node(frozenset("T"), {operation.property: value})]), of_node, schema).nodes
        assert row is not None
        return stored(row.properties).get(operation.property)
    return value


class Returned:
    """A :class:`nsmig.database.archiving.Returning` on a graph: its state after the transaction."""

    def __init__(self, graph: Graph, positions: dict[str, Position]) -> None:
        self.graph, self.positions = graph, positions

    def nodes(self, wanted: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[list[Row]]:
        return [
            [
                Row(f"n{at}", tuple(sorted(node.labels)), stored(node.properties))
                for at, node in enumerate(self.graph.nodes)
                if node is not None and node.labels >= set(labels) and _has(node.properties, values)
            ]
            for labels, values in wanted
        ]

    def relationships(self, wanted: Sequence[Edge]) -> list[list[Row]]:
        return [
            [
                Row(f"r{at}", (edge.type,), stored(edge.properties))
                for at, edge in enumerate(self.graph.relationships)
                if edge is not None
                and (edge.type, f"n{edge.start}", f"n{edge.end}") == (each.type, each.start, each.end)
                and _has(edge.properties, each.values)
            ]
            for each in wanted
        ]

    def create_nodes(self, rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[str]:
        first = len(self.graph.nodes)
        made = [Node(frozenset(labels), dict(values)) for labels, values in rows]
        self.graph = Graph([*self.graph.nodes, *made], self.graph.relationships)
        return [f"n{at}" for at in range(first, first + len(made))]

    def create_relationships(self, rows: Sequence[Edge]) -> None:
        made = [Relationship(each.type, int(each.start[1:]), int(each.end[1:]), dict(each.values)) for each in rows]
        self.graph = Graph(self.graph.nodes, [*self.graph.relationships, *made])

    def put_on_nodes(self, rows: Sequence[Row]) -> None:
        nodes = list(self.graph.nodes)
        for each in rows:
            node = nodes[int(each.id[1:])]
            assert node is not None
            nodes[int(each.id[1:])] = Node(node.labels | set(each.labels), {**node.properties, **each.values})
        self.graph = Graph(nodes, self.graph.relationships)

    def put_on_relationships(self, rows: Sequence[Row]) -> None:
        edges = list(self.graph.relationships)
        for each in rows:
            edge = edges[int(each.id[1:])]
            assert edge is not None
            edges[int(each.id[1:])] = Relationship(edge.type, edge.start, edge.end, {**edge.properties, **each.values})
        self.graph = Graph(self.graph.nodes, edges)

    def position(self, archive: str) -> Position:
        return self.positions.get(archive, Position(archive, 0, 0))

    def move(self, position: Position) -> None:
        self.positions[position.archive] = position


def _has(properties: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(properties.get(name) is not None and same(properties[name], value) for name, value in values.items())
