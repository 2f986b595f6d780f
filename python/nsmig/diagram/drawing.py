"""The content of a schema's picture: boxes, the edges between them, and their positions.

Node types are boxes. A relationship type is a small box with its properties, on an edge from the types at its start to
those at its end. ``rust/binding/src/layout.rs`` decides the positions. The letters of the font all have the same width,
so the size of a box is known without the font.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nsmig._core import layout

LETTER, LINE, PADDING, MARGIN = 7.3, 18.0, 10.0, 16.0  # in pixels, for letters of 12
_SPACING = 34.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """``rows``: each a name, its description, and whether it is part of the key. ``is_link``: it is a relationship
    type."""

    title: str
    rows: tuple[tuple[str, str, bool], ...]
    is_link: bool

    @property
    def size(self) -> Point:
        wide = max([_columns(self.title), *(_columns(name) + _columns(said) + 2 for name, said, _ in self.rows)])
        return wide * LETTER + 2 * PADDING, (1 + len(self.rows)) * LINE + PADDING


@dataclass(frozen=True, slots=True)
class Edge:
    """From one box to another, by their positions in the list. ``has_tip``: it ends in an arrow."""

    start: int
    end: int
    has_tip: bool
    cardinality: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The upper left corner of each box, the path of each edge with its two ends, and the total size, in pixels."""

    corners: tuple[Point, ...]
    curves: tuple[tuple[str, Point, Point], ...]
    size: Point


def graph(schema: Mapping[str, Any]) -> tuple[list[Box], list[Edge]]:
    """A box for each node type, one for each group of pairs that a relationship type connects, and the edges.

    :param schema: the content of a schema file, as :meth:`nsmig.Schema.to_dict` gives it.
    """
    groups = list(_groups(schema))
    ends = {name for _, starts, ends, _ in groups for name in (*starts, *ends)}
    declared = {each["name"]: each["properties"] for each in schema["nodes"]}
    names = sorted({*declared, *ends})
    boxes = [Box(name, _rows(declared.get(name, {})), False) for name in names]
    at = {name: position for position, name in enumerate(names)}
    properties = {each["name"]: each["properties"] for each in schema["relationships"]}
    edges = []
    for name, starts, ends_, (left, right) in groups:
        here = len(boxes)
        boxes.append(Box(name, _rows(properties.get(name, {})), True))
        edges += [Edge(at[each], here, False, left) for each in starts]
        edges += [Edge(here, at[each], True, right) for each in ends_]
    return boxes, edges


def picture(boxes: Sequence[Box], edges: Iterable[tuple[int, int]]) -> Picture:
    """The positions of these boxes, and of the edges between them."""
    sizes, pairs = [each.size for each in boxes], list(edges)
    middles, (width, height) = layout(sizes, pairs, _SPACING)
    corners = tuple(
        (x + MARGIN - wide / 2, y + MARGIN - high / 2) for (x, y), (wide, high) in zip(middles, sizes, strict=True)
    )
    curves = tuple(_curve(corners[a], sizes[a], corners[b], sizes[b]) for a, b in pairs)
    return Picture(corners, curves, (width + 2 * MARGIN, height + 2 * MARGIN))


def _curve(start: Point, start_size: Point, end: Point, end_size: Point) -> tuple[str, Point, Point]:
    """A curve between the sides that face each other. An upward edge keeps to the right, so that it is visible next to
    a downward one between the same boxes."""
    (x1, y1), (w1, h1), (x2, y2), (w2, h2) = start, start_size, end, end_size
    if y1 + h1 <= y2:
        x1, y1, x2 = x1 + w1 / 2, y1 + h1, x2 + w2 / 2
    else:
        x1, x2, y2 = x1 + w1 * 3 / 4, x2 + w2 * 3 / 4, y2 + h2
    bend = (y2 - y1) / 2
    a, b, c, d = (f"{x:.1f} {y:.1f}" for x, y in [(x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2)])
    return f"M{a}C{b} {c} {d}", (x1, y1), (x2, y2)


_Group = tuple[str, Sequence[str], Sequence[str], tuple[str, str]]  # type, from, to, cardinalities


def _groups(schema: Mapping[str, Any]) -> Iterator[_Group]:
    """The connections of each relationship type: all its pairs together if they are all that its ends allow, otherwise
    pair by pair."""
    connects: dict[str, dict[tuple[str, str], tuple[str, str]]] = {each["name"]: {} for each in schema["relationships"]}
    for each in schema["cardinalities"]:
        pair, sides = each["adjacency"], each["cardinality"]
        connects.setdefault(pair["relationship_type"], {})[pair["from_node_type"], pair["to_node_type"]] = (
            sides["from_side_cardinality"],
            sides["to_side_cardinality"],
        )
    for name, pairs in sorted(connects.items()):
        starts, ends = (sorted({pair[side] for pair in pairs}) for side in (0, 1))
        if len(pairs) == len(starts) * len(ends) and len(set(pairs.values())) <= 1:
            yield name, starts, ends, next(iter(pairs.values()), ("MANY", "MANY"))
        else:
            for (start, end), sides_ in sorted(pairs.items()):
                yield name, [start], [end], sides_


def _rows(properties: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, str, bool], ...]:
    """The properties, those of the key first."""
    ordered = sorted(properties.items(), key=lambda each: (not each[1]["is_key"], each[0]))
    return tuple(
        (name, facts["type"] + " indexed" * bool(facts["is_indexed"]), bool(facts["is_key"])) for name, facts in ordered
    )


def _columns(text: str) -> int:
    """The width of a text, in letters."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in shown(text)
    )


def shown(text: str) -> str:
    """A text without characters that XML cannot hold or a line does not show."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)
