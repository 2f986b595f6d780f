"""Results of benches, as files in ``benches/results``."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


def write(name: str, lines: Sequence[str]) -> None:
    """Print a table and save it, with a description of the machine."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = "\n".join([*lines, "", f"({machine})", ""])
    print(text)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")


COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
WIDTH, HEIGHT, EDGE = 720, 440, 60


def plot(name: str, title: str, curves: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Curves of (size, seconds) as SVG, both axes logarithmic: linear growth rises at 45 degrees."""
    points = [point for curve in curves.values() for point in curve]
    low = [math.floor(math.log10(min(point[axis] for point in points))) for axis in (0, 1)]
    high = [math.ceil(math.log10(max(point[axis] for point in points))) for axis in (0, 1)]
    span = [max(high[axis] - low[axis], 1) for axis in (0, 1)]

    def x(decades: float) -> float:
        return EDGE + (decades - low[0]) / span[0] * (WIDTH - 4 * EDGE)

    def y(decades: float) -> float:
        return HEIGHT - EDGE - (decades - low[1]) / span[1] * (HEIGHT - 2 * EDGE)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="100%" height="100%" fill="white"/><text x="{EDGE}" y="24" font-size="15">{title}</text>',
    ]
    for decade in range(low[0], high[0] + 1):
        parts.append(f'<path d="M{x(decade):.0f} {y(low[1]):.0f}V{y(high[1]):.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(decade) - 12:.0f}" y="{HEIGHT - EDGE + 18}">1e{decade}</text>')
    for decade in range(low[1], high[1] + 1):
        parts.append(f'<path d="M{x(low[0]):.0f} {y(decade):.0f}H{x(high[0]):.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="8" y="{y(decade) + 4:.0f}">1e{decade} s</text>')
    for number, (label, curve) in enumerate(curves.items()):
        color = COLORS[number % len(COLORS)]
        path = "L".join(f"{x(math.log10(size)):.1f} {y(math.log10(took)):.1f}" for size, took in curve)
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - 3 * EDGE + 16}" y="{EDGE + 18 * number}" fill="{color}">{label}</text>')
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.svg").write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
