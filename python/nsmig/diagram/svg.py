"""A schema as an SVG file that needs nothing else: no script, no font, no network.

Node types are boxes. A relationship type is a small box with its properties, on an edge from the types that it begins
at to those that it ends at. ``rust/binding/src/layout.rs`` decides where they go. The letters of the font all have one
width, so the size of a box is known without the font.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nsmig._core import layout

_LETTER, _LINE, _PADDING, _SPACING, _MARGIN = 7.3, 18.0, 10.0, 46.0, 16.0  # in pixels, for letters of 12

_STYLE = """
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}
.name{font-weight:600}.type{fill:#59636e}.key{text-decoration:underline}
.box{fill:#fff;stroke:#59636e}.head{fill:#ddf4ff;stroke:#59636e}.link{fill:#f6f8fa;stroke:#8c959f}
.edge{fill:none;stroke:#59636e;stroke-width:1.3}.tip{fill:#59636e}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.type{fill:#b1bac4}.box{fill:#0d1117;stroke:#9198a1}
.head{fill:#12335c;stroke:#9198a1}.link{fill:#212830;stroke:#9198a1}.edge{stroke:#b1bac4}.tip{fill:#b1bac4}}
"""


@dataclass(frozen=True, slots=True)
class _Box:
    """``rows``: each a name, what is said of it, and whether it is part of the key."""

    title: str
    rows: tuple[tuple[str, str, bool], ...]
    is_link: bool

    @property
    def size(self) -> tuple[float, float]:
        wide = max([_columns(self.title), *(_columns(name) + _columns(said) + 2 for name, said, _ in self.rows)])
        return wide * _LETTER + 2 * _PADDING, (1 + len(self.rows)) * _LINE + _PADDING


@dataclass(frozen=True, slots=True)
class _Edge:
    """From one box to another, by their positions. ``has_tip``: it ends in an arrow."""

    start: int
    end: int
    has_tip: bool
    cardinality: str


def svg(schema: Mapping[str, Any]) -> str:
    """A diagram of a schema.

    :param schema: the content of a schema file, as :meth:`nsmig.Schema.to_dict` gives it.
    :returns: the text of an SVG file, in which all names are text, whatever they hold.
    """
    boxes, edges = _graph(schema)
    middles, (width, height) = layout([each.size for each in boxes], [(e.start, e.end) for e in edges], _SPACING)
    return "".join(f"{line}\n" for line in _drawn(boxes, edges, middles, width + 2 * _MARGIN, height + 2 * _MARGIN))


def _graph(schema: Mapping[str, Any]) -> tuple[list[_Box], list[_Edge]]:
    """A box for each node type, one for each group of pairs that a relationship type connects, and the edges."""
    groups = list(_groups(schema))
    ends = {name for _, starts, ends, _ in groups for name in (*starts, *ends)}
    declared = {each["name"]: each["properties"] for each in schema["nodes"]}
    names = sorted({*declared, *ends})
    boxes = [_Box(name, _rows(declared.get(name, {})), False) for name in names]
    at = {name: position for position, name in enumerate(names)}
    properties = {each["name"]: each["properties"] for each in schema["relationships"]}
    edges = []
    for name, starts, ends_, (left, right) in groups:
        here = len(boxes)
        boxes.append(_Box(name, _rows(properties.get(name, {})), True))
        edges += [_Edge(at[each], here, False, left) for each in starts]
        edges += [_Edge(here, at[each], True, right) for each in ends_]
    return boxes, edges


_Group = tuple[str, Sequence[str], Sequence[str], tuple[str, str]]  # type, from, to, cardinalities


def _groups(schema: Mapping[str, Any]) -> Iterator[_Group]:
    """What each relationship type connects: all of its pairs together where they are all that its ends allow, and else
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
    """How many letters wide a text is."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in _shown(text)
    )


def _shown(text: str) -> str:
    """A text without what XML cannot hold or a line does not show."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _text(text: str) -> str:
    return escape(_shown(text))


def _drawn(
    boxes: Sequence[_Box], edges: Sequence[_Edge], middles: Sequence[tuple[float, float]], width: float, height: float
) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" aria-label="schema">'
    )
    yield f"<style>{_STYLE}</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    for edge in edges:
        yield _edge(edge, boxes, middles)
    for box, (x, y) in zip(boxes, middles, strict=True):
        yield from _box(box, x + _MARGIN, y + _MARGIN)
    yield "</svg>"


def _edge(edge: _Edge, boxes: Sequence[_Box], middles: Sequence[tuple[float, float]]) -> str:
    """A curve between the sides that face each other. An edge up keeps to the right, so that it is seen beside one that
    leads down between the same boxes."""
    (x1, y1), (x2, y2) = middles[edge.start], middles[edge.end]
    (w1, h1), (w2, h2) = boxes[edge.start].size, boxes[edge.end].size
    if y1 + h1 / 2 <= y2 - h2 / 2:
        y1, y2 = y1 + h1 / 2, y2 - h2 / 2
    else:
        y1, y2 = y1 - h1 / 2, y2 + h2 / 2
        x1, x2 = x1 + w1 / 4, x2 + w2 / 4
    bend = (y2 - y1) / 2
    points = [(x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2)]
    a, b, c, d = (f"{x + _MARGIN:.1f} {y + _MARGIN:.1f}" for x, y in points)
    tip = ' marker-end="url(#tip)"' if edge.has_tip else ""
    line = f'<path class="edge" d="M{a}C{b} {c} {d}"{tip}/>'
    if edge.cardinality == "SINGLE":  # at the end that is a node type
        x, y, lift = (x2, y2, -10 if y2 > y1 else 16) if edge.has_tip else (x1, y1, 14 if y2 > y1 else -6)
        line += f'<text class="type" x="{x + _MARGIN + 5:.1f}" y="{y + _MARGIN + lift:.1f}">1</text>'
    return line


def _box(box: _Box, x: float, y: float) -> Iterator[str]:
    width, height = box.size
    left, top = x - width / 2, y - height / 2
    place = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}"'
    corner = 9 if box.is_link else 4
    yield f"<g><title>{_text(box.title)}</title>"
    yield f'<rect class="{"link" if box.is_link else "box"}" {place} height="{height:.1f}" rx="{corner}"/>'
    if not box.is_link:
        head = _LINE + _PADDING / 2 if box.rows else height
        yield f'<rect class="head" {place} height="{head:.1f}" rx="{corner}"/>'
    yield f'<text class="name" x="{x:.1f}" y="{top + _LINE - 2:.1f}" text-anchor="middle">{_text(box.title)}</text>'
    for number, (name, said, is_key) in enumerate(box.rows, 1):
        line = top + _PADDING / 2 + (number + 1) * _LINE - 5
        key = ' class="key"' if is_key else ""
        yield f'<text{key} x="{left + _PADDING:.1f}" y="{line:.1f}">{_text(name)}</text>'
        right = left + width - _PADDING
        yield f'<text class="type" x="{right:.1f}" y="{line:.1f}" text-anchor="end">{_text(said)}</text>'
    yield "</g>"
