"""The content of a page, as a value for JSON: short, since it may describe ten thousand migrations.

Migrations are numbers in the order of the history. ``parents`` and ``lanes`` (whose first row is the newest one) only
have entries that differ from a history without branches. An operation is a list: the number of its spelling in
``spellings``, and its arguments in the order there. ``fold.js`` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from types import SimpleNamespace
from typing import Any

from nsmig._core import History
from nsmig.diagram.drawing import Box, Edge, Picture, graph, picture
from nsmig.kinds import Kind
from nsmig.operations import OPERATIONS, Operation
from nsmig.page.lanes import Row, lanes, parents
from nsmig.page.seen import Seen
from nsmig.page.squashes import Replaced, replaced
from nsmig.running.standing import in_words
from nsmig.version import __version__

DRAWN = 2_000  # the most boxes in a picture of the whole schema
NEIGHBOURS = 60  # the most boxes in a picture of a type and its neighbours
NEIGHBOURHOODS = 8_000  # the most edges in all of these pictures

_NUMBERS = {name: number for number, name in enumerate(OPERATIONS)}


def content(history: History, title: str, targets: Sequence[Seen], at: str | None) -> dict[str, Any]:
    """:param at: when the targets were read.
    :raises FoldError: the history does not fold.
    """
    order, schema = history.order(), history.schema()
    drawn = diagram(schema.to_dict())
    place = {name: number for number, name in enumerate(order)}
    depends_on = parents(history)
    migrations = [history[name] for name in order]
    squashes = {
        place[each.name]: _squash(history.replaced(each.name), replaced(history, each), place)
        for each in migrations
        if each.replaces
    }
    numbers = [[place[each] for each in depends_on[name]] for name in order]
    rows = enumerate(map(_lane, lanes(order, depends_on)))
    return {
        "version": __version__,
        "title": title,
        "spellings": _spellings(),
        "names": order,
        "parents": {at: those for at, those in enumerate(numbers) if those != [at - 1][:at]},
        "operations": [[encoded(operation) for operation in each.operations] for each in migrations],
        "squashes": squashes,
        "lanes": {at: row for at, row in rows if row != _ALONE},
        "types": {kind.value: schema.types(kind) for kind in Kind},
        "boxes": len(drawn["boxes"]),
        "canDraw": drawn["whole"] is not None,
        "diagram": drawn,
        "at": at,
        "targets": [_target(each, order, place) for each in targets],
    }


def _spellings() -> list[list[Any]]:
    """For each operation: its class, its kind, its arguments, and its description."""
    found = []
    for cls, kind, arguments in OPERATIONS.values():
        blanks = SimpleNamespace(**{each: f"{{{each}}}" for each in (*arguments, "place")})
        noun = "node type" if kind is not None and kind.value == "node" else "relationship"
        said = cls.template.format(self=blanks, kind=kind and kind.value, drop_noun=noun)
        found.append([cls.__name__, kind and kind.value, list(arguments), said])
    return found


_SECRET = {"parameters"}  # parameters of a query; no one needs them to follow a history


def encoded(operation: Operation) -> list[Any]:
    """The number of its spelling, and its arguments, without nulls at the end."""
    name, spelling = operation.spelling
    values = [None if each in _SECRET else plain(getattr(operation, each)) for each in spelling.arguments]
    while values and values[-1] is None:
        values.pop()
    return [_NUMBERS[name], *values]


def plain(value: Any) -> Any:
    """A value of a migration file in JSON; as text, if JSON lacks its type."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return [plain(each) for each in sorted(value, key=repr)]
    return str(value)


def _squash(names: Iterable[str], found: Replaced, place: Mapping[str, int]) -> dict[str, Any]:
    report = found.report
    facts: dict[str, Any] = {
        "members": [place[each] for each in found.members],
        "gone": [each for each in names if each not in place],
        "isWhole": found.is_whole,
        "singleLabel": found.single_label,
    }
    if report is None:
        return facts
    kept = [[each.reason, each.costs, list(map(encoded, each.operations))] for each in report.kept]
    return {**facts, "kept": kept, "leftOut": list(map(encoded, report.left_out))}


_ALONE = [0, [], [], [], 1, 1]  # a lane without branches


def _lane(row: Row) -> list[Any]:
    beside = map(list, (row.passing, row.joining, row.parting))
    return [row.lane, *beside, int(row.comes_from_above), int(row.goes_on)]


def _target(seen: Seen, order: Sequence[str], place: Mapping[str, int]) -> dict[str, Any]:
    def said(name: str) -> list[str]:
        facts = seen.standing[name]
        return [facts["state"], in_words(facts)]

    return {
        "name": seen.name,
        "hasFailed": seen.has_failed,
        "states": [said(name) for name in order if name in seen.standing],
        "others": [[name, *said(name)] for name in seen.standing if name not in place],
        "madeOf": [place[name] for name in seen.made_of],
        "live": None if seen.live is None else _schema(seen.live),
        "differences": seen.differences,
    }


def _schema(content: Mapping[str, Any]) -> dict[str, Any]:
    """By kind and name of a type its properties: for each its type, whether it is in the key, and whether it is
    indexed."""

    def types(section: str) -> dict[str, Any]:
        return {
            each["name"]: {
                name: [facts["type"], int(facts["is_key"]), int(facts["is_indexed"])]
                for name, facts in each["properties"].items()
            }
            for each in content[section]
        }

    ends = ("from_node_type", "relationship_type", "to_node_type")
    adjacencies = [[each["adjacency"][end] for end in ends] for each in content["cardinalities"]]
    return {"node": types("nodes"), "relationship": types("relationships"), "adjacencies": adjacencies}


def diagram(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The boxes of a schema, the edges between them, their positions, and their positions around each type."""
    boxes, edges = graph(schema)
    around = _around(boxes, edges)
    few = {key: some for key, some in around.items() if len(some) <= NEIGHBOURS}
    inside = {key: [n for n, e in enumerate(edges) if {e.start, e.end} <= set(some)] for key, some in few.items()}
    can_draw = sum(map(len, inside.values())) <= NEIGHBOURHOODS
    return {
        "boxes": [[int(each.is_link), each.title, *map(round, each.size)] for each in boxes],
        "edges": [[each.start, each.end, int(each.has_tip)] for each in edges],
        "whole": _placed(boxes, edges, range(len(boxes)), range(len(edges))) if len(boxes) <= DRAWN else None,
        "around": {key: _placed(boxes, edges, some, inside[key]) for key, some in few.items()} if can_draw else {},
    }


def _around(boxes: Sequence[Box], edges: Sequence[Edge]) -> dict[str, list[int]]:
    """For each type, the positions of its boxes, of its relationship types, and of all their ends."""
    beside: dict[int, set[int]] = {at: set() for at in range(len(boxes))}
    for edge in edges:
        beside[edge.start].add(edge.end)
        beside[edge.end].add(edge.start)
    found: dict[str, set[int]] = {}
    for at, box in enumerate(boxes):
        links = {at} if box.is_link else beside[at]
        key = f"{'relationship' if box.is_link else 'node'}/{box.title}"
        found.setdefault(key, set()).update({at}, links, *(beside[each] for each in links))
    return {key: sorted(each) for key, each in found.items()}


def _placed(boxes: Sequence[Box], edges: Sequence[Edge], some: Sequence[int], lines: Sequence[int]) -> list[Any]:
    """Boxes and their corners, edges and their curves, and the total size."""
    at = {each: position for position, each in enumerate(some)}
    places = picture([boxes[each] for each in some], [(at[edges[n].start], at[edges[n].end]) for n in lines])
    corners = [[round(x), round(y)] for x, y in places.corners]
    return [
        list(some),
        corners,
        list(lines),
        [_rounded(curve) for curve in _curves(places)],
        list(map(round, places.size)),
    ]


def _curves(places: Picture) -> Iterable[str]:
    return (curve for curve, _, _ in places.curves)


def _rounded(curve: str) -> str:
    return re.sub(r"\d+\.\d", lambda number: str(round(float(number[0]))), curve)
