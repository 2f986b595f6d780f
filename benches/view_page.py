"""The page of ``nsmig view`` in a browser: ``PYTHONPATH=tests python benches/view_page.py [--sizes 1000,10000]``.

The time until it can be used, beside a page with the same bytes: the same file without running its script. It is ready
when the loaded content has been painted, as reported by the browser. Both take turns, and the shortest time of each
counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

import results
from histories import typical
from nsmig import History, Migration, view
from support.browser import opened

READY = """() => new Promise((done) =>
  requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)))"""
PLACES = ("", "#history", "#compare")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", help="migrations, of three operations each")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args(arguments)
    lines = ["| migrations | kilobytes | page | ms | the bytes only | ratio |", "|---|---|---|---|---|---|"]
    with TemporaryDirectory() as folder, opened() as browser:
        for size in map(int, given.sizes.split(",")):
            lines += compare(Path(folder), browser, size, given.rounds)
    results.write("view_page", lines)


def compare(folder: Path, browser: Browser, size: int, rounds: int) -> list[str]:
    page, bytes_only = folder / "page.html", folder / "bytes.html"
    text = view(chain(size))
    page.write_text(text, encoding="utf-8")
    bytes_only.write_text(text.replace("<script>", "<script type=x>"), encoding="utf-8")
    lines = []
    for place in PLACES:
        took: dict[Path, list[float]] = {page: [], bytes_only: []}
        for number in range(rounds + 1):  # the first one finds nothing in any cache
            for file, times in took.items():
                times += [ready(browser, f"{file.as_uri()}{place}")] * (number > 0)
        own, floor = min(took[page]), min(took[bytes_only])
        named = place or "#schema"
        lines.append(f"| {size:,} | {len(text) // 1000} | {named} | {own:.0f} | {floor:.0f} | {own / floor:.2f} |")
    return lines


def chain(size: int) -> History:
    operations = typical(3 * size)
    names = [f"{20240101000000 + at}_rename_node_property_born_to_birth" for at in range(size)]
    parts = [tuple(operations[3 * at : 3 * at + 3]) for at in range(size)]
    return History([Migration(name, parts[at], tuple(names[:at][-1:])) for at, name in enumerate(names)])


def ready(browser: Browser, address: str) -> float:
    """Milliseconds from the start of the navigation, in a new tab."""
    tab = browser.new_page()
    tab.goto(address)
    took: float = tab.evaluate(READY)
    tab.close()
    return took


if __name__ == "__main__":
    main()
