"""Graphs in the shapes of public examples: films and people, airports and routes, a knowledge graph with embeddings,
accounts and transactions. The rows are generated here.

A node is its labels and properties, one of which distinguishes it from others with its first label.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nsmig.database.cypher import quoted
from support.neo4j_bench import Send

Row = tuple[tuple[str, ...], Mapping[str, Any]]
Link = tuple[str, int, int, Mapping[str, Any]]  # type, positions of its ends among the nodes, properties


@dataclass(frozen=True)
class PublicGraph:
    """``keys`` are by label; ``links`` join nodes by position."""

    name: str
    keys: Mapping[str, str]
    nodes: tuple[Row, ...]
    links: tuple[Link, ...]

    def on_neo4j(self, send: Send) -> None:
        for label, key in self.keys.items():
            send(f"CREATE CONSTRAINT FOR (n:{quoted(label)}) REQUIRE n.{quoted(key)} IS UNIQUE")
        rows = [{"labels": list(labels), "properties": dict(properties)} for labels, properties in self.nodes]
        links = [{"type": a, "start": b, "end": c, "properties": dict(d)} for a, b, c, d in self.links]
        send(
            "UNWIND $rows AS row CREATE (n:$(row.labels)) SET n = row.properties WITH collect(n) AS nodes"
            " UNWIND $links AS link WITH nodes[link.start] AS a, nodes[link.end] AS b, link"
            " CREATE (a)-[r:$(link.type)]->(b) SET r = link.properties",
            rows=rows,
            links=links,
        )

    def on_ladybug(self) -> Iterator[str]:
        """Handmade tables for the first labels, and their rows."""
        labels = list(dict.fromkeys(row[0][0] for row in self.nodes))
        for label in labels:
            key = self.keys.get(label) or next(iter(self._columns(label)))
            columns = ", ".join(f"{quoted(name)} {type_}" for name, type_ in self._columns(label).items())
            yield f"CREATE NODE TABLE {quoted(label)}({columns}, PRIMARY KEY({quoted(key)}))"
        for type_ in dict.fromkeys(each[0] for each in self.links):
            links = [each for each in self.links if each[0] == type_]
            ends = dict.fromkeys((self.nodes[a][0][0], self.nodes[b][0][0]) for _, a, b, _ in links)
            pairs = ", ".join(f"FROM {quoted(a)} TO {quoted(b)}" for a, b in ends)
            columns = "".join(f", {quoted(name)} {of}" for name, of in _types(each[3] for each in links).items())
            yield f"CREATE REL TABLE {quoted(type_)}({pairs}{columns})"
        for labels_of, properties in self.nodes:
            yield f"CREATE (:{quoted(labels_of[0])} {_map(properties)})"
        for type_, start, end, properties in self.links:
            yield (
                f"MATCH (a:{self._found(start)}), (b:{self._found(end)})"
                f" CREATE (a)-[:{quoted(type_)} {_map(properties)}]->(b)"
            )

    def _columns(self, label: str) -> dict[str, str]:
        return _types(properties for labels, properties in self.nodes if labels[0] == label)

    def _found(self, place: int) -> str:
        labels, properties = self.nodes[place]
        key = self.keys.get(labels[0]) or next(iter(self._columns(labels[0])))
        return f"{quoted(labels[0])} {_map({key: properties[key]})}"


def _types(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {name: _type(value) for properties in rows for name, value in properties.items()}


def _type(value: Any) -> str:
    if isinstance(value, list):
        return f"{_type(value[0])}[]"
    names = {bool: "BOOLEAN", int: "INT64", float: "DOUBLE", str: "STRING", datetime.datetime: "TIMESTAMP"}
    return names[type(value)]


def _map(properties: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{quoted(name)}: {_literal(value)}" for name, value in properties.items()) + "}"


def _literal(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return f"timestamp('{value:%Y-%m-%d %H:%M:%S}')"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _movies() -> PublicGraph:
    people = [((("Person",)), {"name": f"Person {i}", "born": 1930 + i}) for i in range(12)]
    films = [(("Movie",), {"title": f"Film {i}", "released": 1980 + i, "tagline": f'It\'s "{i}"'}) for i in range(5)]
    links: list[Link] = [("ACTED_IN", i, 12 + i % 5, {"roles": [f"R{i}", "X"]}) for i in range(12)]
    links += [("DIRECTED", i, 12 + i, {}) for i in range(3)]
    links += [("REVIEWED", i, 13, {"summary": "fine", "rating": 60 + i}) for i in (1, 2)]
    links += [("FOLLOWS", 1, 2, {})]
    return PublicGraph("movies", {"Person": "name", "Movie": "title"}, (*people, *films), tuple(links))


def _airports() -> PublicGraph:
    airports = [
        (
            ("Airport",),
            {"iata": f"A{i:02}", "descr": f"Airport {i}", "lat": 1.5 * i, "lon": -2.25 * i, "runways": i % 4},
        )
        for i in range(8)
    ]
    places = [(("City",), {"name": "Austin"}), (("Region",), {"name": "US-TX"}), (("Country",), {"code": "US"})]
    links: list[Link] = [("HAS_ROUTE", i, (i * 3 + 1) % 8, {"distance": 100 * i + 50}) for i in range(8)]
    links += [("IN_CITY", i, 8, {}) for i in range(8)]
    links += [("IN_REGION", 8, 9, {}), ("IN_COUNTRY", 9, 10, {}), ("IN_COUNTRY", 0, 10, {})]
    keys = {"Airport": "iata", "City": "name", "Region": "name", "Country": "code"}
    return PublicGraph("airports", keys, (*airports, *places), tuple(links))


def _knowledge() -> PublicGraph:
    documents = [(("Document",), {"id": f"d{i}", "source": f"file-{i}.pdf", "pages": 3 + i}) for i in range(3)]
    chunks = [
        (("Chunk",), {"id": f"c{i}", "text": f"text of {i}", "embedding": [0.1 * i, 0.5, -1.0, 2.0], "position": i})
        for i in range(9)
    ]
    entities = [(("Entity",), {"id": f"e{i}", "name": f"Entity {i}", "aliases": [f"E{i}", "?"]}) for i in range(4)]
    links: list[Link] = [("PART_OF", 3 + i, i % 3, {}) for i in range(9)]
    links += [("NEXT_CHUNK", 3 + i, 4 + i, {}) for i in range(8)]
    links += [("MENTIONS", 3 + i, 12 + i % 4, {"score": 0.25 * i}) for i in range(9)]
    links += [("MENTIONS", 0, 12, {"score": 1.0}), ("RELATED", 12, 13, {})]
    keys = {"Document": "id", "Chunk": "id", "Entity": "id"}
    return PublicGraph("knowledge", keys, (*documents, *chunks, *entities), tuple(links))


def _fraud() -> PublicGraph:
    day = datetime.datetime(2026, 1, 2, 3, 4, 5)
    clients = [(("Client",), {"id": 4000 + i, "name": f"Client {i}", "flagged": i % 3 == 0}) for i in range(6)]
    shared = [(("Email",), {"email": f"c{i}@example.org"}) for i in range(3)]
    shared += [(("Phone",), {"number": f"+1-{i}"}) for i in range(3)]
    paid = [
        (("Transaction",), {"id": f"tx{i}", "amount": 10.5 * i, "at": day + datetime.timedelta(days=i)})
        for i in range(9)
    ]
    links: list[Link] = [("HAS_EMAIL", i, 6 + i % 3, {}) for i in range(6)]
    links += [("HAS_PHONE", i, 9 + i % 3, {}) for i in range(6)]
    links += [("PERFORMED", i % 6, 12 + i, {}) for i in range(9)] + [("TO", 12 + i, (i + 1) % 6, {}) for i in range(9)]
    keys = {"Client": "id", "Email": "email", "Phone": "number", "Transaction": "id"}
    return PublicGraph("fraud", keys, (*clients, *shared, *paid), tuple(links))


PUBLIC_GRAPHS = (_movies(), _airports(), _knowledge(), _fraud())
