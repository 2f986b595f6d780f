"""The README's picture of ``nsmig view``, of the shop in ``shop.py``: ``python -m support.picture``.

Browsers draw letters differently from version to version, so no test compares it; after a change of the page, make it
again.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from nsmig import view
from support.browser import opened
from support.places import ROOT
from support.shop import shop


def main() -> None:
    with TemporaryDirectory() as folder, opened() as browser:
        file = Path(folder) / "shop.html"
        file.write_text(view(shop(), title="shop"), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1280, "height": 850})
        page.goto(file.as_uri())
        page.screenshot(path=ROOT / "docs/view.png")


if __name__ == "__main__":
    main()
