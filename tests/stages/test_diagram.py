"""Diagrams are complete, as text, and their boxes do not overlap."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from nsmig import Schema
from nsmig._core import layout
from nsmig.diagram import mermaid, svg
from nsmig.project.new import init
from nsmig.project.project import Project
from support import reference
from support.places import ROOT
from support.strategies import schemas

ODD = "<script>alert(1)</script> & \"q\" 'x' ]) }} **b** `c` |d|"
KEY = {"is_key": True, "is_indexed": False, "type": "STRING"}
PLAIN = {"is_key": False, "is_indexed": True, "type": "INTEGER"}


def adjacency(a: str, name: str, b: str, to: str = "MANY") -> dict[str, Any]:
    ends = {"from_node_type": a, "relationship_type": name, "to_node_type": b}
    return {"adjacency": ends, "cardinality": {"from_side_cardinality": "MANY", "to_side_cardinality": to}}


SCHEMA = Schema.from_dict(
    {
        "nodes": [
            {"name": "Person", "properties": {"e-mail": KEY, "1st": PLAIN}},
            {"name": "end", "properties": {}},
            {"name": ODD, "properties": {ODD: PLAIN}},
        ],
        "relationships": [
            {"name": "WORKS FOR", "properties": {"since": PLAIN}},
            {"name": "KNOWS", "properties": {}},
            {"name": "OWNS", "properties": {"born\n": PLAIN}},
        ],
        "cardinalities": [adjacency("Person", "WORKS FOR", "end", "SINGLE"), adjacency(ODD, "KNOWS", ODD)],
    }
).to_dict()


def texts(drawing: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]


def boxes(drawing: str) -> list[tuple[float, float, float, float]]:
    found = ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}rect")
    sides = ("x", "y", "width", "height")
    return [tuple(float(each.attrib[side]) for side in sides) for each in found if each.get("class") != "head"]  # type: ignore[misc]


def test_mermaid() -> None:
    odd = "".join(each if re.match(r"\w| ", each) else f"#{ord(each)};" for each in ODD)
    assert mermaid(SCHEMA) == (
        "flowchart TD\n"
        f'    n0["<b>{odd}</b><br>{odd}: INTEGER, indexed"]\n'
        '    n1["<b>Person</b><br>1st: INTEGER, indexed<br>e#45;mail: STRING, key"]\n'
        '    n2["<b>end</b>"]\n'
        '    r1(["<b>OWNS</b><br>born: INTEGER, indexed"])\n'
        '    n0 -->|"<b>KNOWS</b>"| n0\n'
        '    n1 -->|"<b>WORKS FOR</b><br>many to single<br>since: INTEGER, indexed"| n2\n'
    )


def test_names_are_text_whatever_they_hold() -> None:
    drawing = svg(SCHEMA)
    found = texts(drawing)
    assert found.count(ODD) == 2 and "born\ufffd" in found and "1" in found
    tags = {each.tag.split("}")[1] for each in ElementTree.fromstring(drawing).iter()}
    assert tags == {"svg", "style", "defs", "marker", "path", "g", "title", "rect", "text"}
    assert "http" not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")  # nothing is fetched


def test_what_is_part_of_the_key_comes_first_and_is_marked() -> None:
    drawing = svg(SCHEMA)
    names = [each for each in texts(drawing) if each in ("e-mail", "1st")]
    assert names == ["e-mail", "1st"] and re.search(r'class="key"[^>]*>e-mail<', drawing)


def test_an_arrow_leads_to_the_end_of_each_relationship() -> None:
    """Into the box at its end, from the box of the relationship type; into that one without a tip."""
    drawing = svg(Schema.from_dict({**SCHEMA, "cardinalities": [adjacency("Person", "WORKS FOR", "end")]}).to_dict())
    paths = re.findall(r'<path class="edge" d="M([\d.]+) ([\d.]+)C.* ([\d.]+) ([\d.]+)"( marker-end)?', drawing)
    place = dict(zip(re.findall(r"<g><title>(.*?)</title>", drawing), boxes(drawing), strict=True))

    def in_box(x: str, y: str) -> list[str]:
        return [
            name
            for name, (left, top, width, height) in place.items()
            if left <= float(x) <= left + width and top - 0.2 <= float(y) <= top + height + 0.2
        ]

    found = [(*in_box(x, y), *in_box(x2, y2), bool(tip)) for x, y, x2, y2, tip in paths]
    assert found == [("Person", "WORKS FOR", False), ("WORKS FOR", "end", True)]


@given(schemas(own=True))
@settings(max_examples=100)
def test_all_of_a_schema_is_there_and_no_two_boxes_meet(schema: reference.Schema) -> None:
    content = schema.to_dict()
    drawing = svg(content)
    shown = texts(drawing)
    for each in [*content["nodes"], *content["relationships"]]:
        for name in (each["name"], *each["properties"]):
            assert "".join(c if c.isprintable() else "\ufffd" for c in name) in shown
    placed = boxes(drawing)
    for number, (x, y, width, height) in enumerate(placed):
        for x2, y2, width2, height2 in placed[number + 1 :]:
            assert x + width < x2 or x2 + width2 < x or y + height < y2 or y2 + height2 < y
    _, _, wide, high = map(float, str(ElementTree.fromstring(drawing).get("viewBox")).split())
    assert all(x >= 0 and y >= 0 and x + w <= wide and y + h <= high for x, y, w, h in placed)
    assert mermaid(content).count(" -->|") == len(content["cardinalities"])


LARGE = """
from nsmig.diagram import svg
names = [f"T{i}" for i in range(150)]
print(svg({
    "nodes": [{"name": each, "properties": {}} for each in names],
    "relationships": [{"name": "R", "properties": {}}, {"name": "S", "properties": {}}],
    "cardinalities": [
        {"adjacency": {"from_node_type": names[i % 150], "relationship_type": "RS"[i % 2], "to_node_type": names[i * i % 149]},
         "cardinality": {"from_side_cardinality": "MANY", "to_side_cardinality": "MANY"}} for i in range(300)],
}))
"""


def test_the_same_schema_gives_the_same_bytes_in_every_process() -> None:
    drawn = {subprocess.run([sys.executable, "-c", LARGE], capture_output=True, check=True).stdout for _ in range(3)}
    assert len(drawn) == 1 and len(drawn.pop()) > 10_000


def test_of_nothing() -> None:
    empty: dict[str, Any] = {"nodes": [], "relationships": [], "cardinalities": []}
    assert texts(svg(empty)) == [] and mermaid(empty) == "flowchart TD\n"
    assert layout([], [], 10) == ([], (0, 0))


def test_an_edge_to_no_box_is_an_error() -> None:
    with pytest.raises(IndexError, match="no box 1"):
        layout([(10, 10)], [(0, 1)], 10)


def test_the_picture_on_the_page_of_commands_is_that_of_a_new_project(tmp_path: Path) -> None:
    init(tmp_path)
    project = Project.load(tmp_path / "nsmig.yaml")
    assert (ROOT / "docs/schema.svg").read_text(encoding="utf-8") == svg(project.wanted().schema.to_dict())
