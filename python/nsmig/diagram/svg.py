"""A schema as a self-contained SVG file: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from nsmig.diagram.drawing import LINE, PADDING, Box, Edge, Picture, Point, graph, picture, shown

# For this drawing only, since a notebook embeds several.
_STYLE = """
.nsmig text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}
.nsmig .name{font-weight:600}.nsmig .type{fill:#59636e}.nsmig .key{text-decoration:underline}
.nsmig .box{fill:#fff;stroke:#59636e}.nsmig .head{fill:#ddf4ff;stroke:#59636e}.nsmig .link{fill:#f6f8fa;stroke:#8c959f}
.nsmig .edge{fill:none;stroke:#59636e;stroke-width:1.3}.nsmig .tip{fill:#59636e}
@media (prefers-color-scheme:dark){.nsmig text{fill:#f0f6fc}.nsmig .type{fill:#b1bac4}
.nsmig .box{fill:#0d1117;stroke:#9198a1}.nsmig .head{fill:#12335c;stroke:#9198a1}
.nsmig .link{fill:#212830;stroke:#9198a1}
.nsmig .edge{stroke:#b1bac4}.nsmig .tip{fill:#b1bac4}}
"""


def svg(schema: Mapping[str, Any]) -> str:
    """A diagram of a schema.

    :param schema: the content of a schema file, as :meth:`nsmig.Schema.to_dict` gives it.
    :returns: the text of an SVG file, in which all names are text, whatever they contain.
    """
    boxes, edges = graph(schema)
    return "".join(f"{line}\n" for line in _drawn(boxes, edges, picture(boxes, [(e.start, e.end) for e in edges])))


MOST = 300  # types for which a notebook shows a picture


def svg_of_few(schema: Mapping[str, Any]) -> str | None:
    """The same for a notebook; None for more types than anyone could read there."""
    return svg(schema) if len(schema["nodes"]) + len(schema["relationships"]) <= MOST else None


def _text(text: str) -> str:
    return escape(shown(text))


def _drawn(boxes: list[Box], edges: list[Edge], places: Picture) -> Iterator[str]:
    width, height = places.size
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" class="nsmig" role="img" aria-label="schema">'
    )
    yield f"<style>{_STYLE}</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    for edge, curve in zip(edges, places.curves, strict=True):
        yield _edge(edge, *curve)
    for box, corner in zip(boxes, places.corners, strict=True):
        yield from _box(box, *corner)
    yield "</svg>"


def _edge(edge: Edge, curve: str, start: Point, end: Point) -> str:
    tip = ' marker-end="url(#tip)"' if edge.has_tip else ""
    line = f'<path class="edge" d="{curve}"{tip}/>'
    if edge.cardinality == "SINGLE":  # at an end that is a node type
        leads_down = end[1] > start[1]
        x, y, lift = (*end, -10 if leads_down else 16) if edge.has_tip else (*start, 14 if leads_down else -6)
        line += f'<text class="type" x="{x + 5:.1f}" y="{y + lift:.1f}">1</text>'
    return line


def _box(box: Box, left: float, top: float) -> Iterator[str]:
    width, height = box.size
    place = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}"'
    corner = 9 if box.is_link else 4
    yield f"<g><title>{_text(box.title)}</title>"
    yield f'<rect class="{"link" if box.is_link else "box"}" {place} height="{height:.1f}" rx="{corner}"/>'
    if not box.is_link:
        head = LINE + PADDING / 2 if box.rows else height
        yield f'<rect class="head" {place} height="{head:.1f}" rx="{corner}"/>'
    middle = left + width / 2
    yield f'<text class="name" x="{middle:.1f}" y="{top + LINE - 2:.1f}" text-anchor="middle">{_text(box.title)}</text>'
    for number, (name, said, is_key) in enumerate(box.rows, 1):
        line = top + PADDING / 2 + (number + 1) * LINE - 5
        key = ' class="key"' if is_key else ""
        yield f'<text{key} x="{left + PADDING:.1f}" y="{line:.1f}">{_text(name)}</text>'
        right = left + width - PADDING
        yield f'<text class="type" x="{right:.1f}" y="{line:.1f}" text-anchor="end">{_text(said)}</text>'
    yield "</g>"
