"""A real browser for tests of pages: Chromium or Chrome without a window, driven by Playwright."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.places import ROOT


def program() -> str:
    """This machine's browser; ``scripts/browser`` installs one if it can.

    :raises RuntimeError: no browser is installed. No page test is skipped for that.
    """
    found = subprocess.run([ROOT / "scripts" / "browser"], capture_output=True, text=True)
    if found.returncode != 0:
        raise RuntimeError(found.stderr)
    return found.stdout.strip()


@contextmanager
def opened() -> Iterator[Browser]:
    """The browser, for the duration of the block."""
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # otherwise root is refused
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=alone)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Watched:
    """A page and its problems: errors in its console, and any request to elsewhere."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def note(self, text: str, is_wrong: bool = True) -> None:
        if is_wrong:
            self.wrong.append(text)

    def go(self, file: Path, place: str = "") -> None:
        """Open a file at this part after ``#``, as if for the first time."""
        self.page.goto("about:blank")
        self.page.goto(f"{file.as_uri()}{place}")

    def see(self, selector: str, *texts: str | re.Pattern[str]) -> None:
        """These elements have these texts, now or soon."""
        expect(self.page.locator(selector)).to_have_text(list(texts))

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_text_contents()]

    def evaluate(self, script: str, *arguments: Any) -> Any:
        return self.page.evaluate(script, list(arguments))


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Watched]:
    """A new page of a browser, closed after the block; any problem is an error.

    :param options: of :meth:`playwright.sync_api.Browser.new_page`.
    """
    page = browser.new_page(**options)
    seen = Watched(page)
    page.on("console", lambda each: seen.note(each.text, each.type in ("error", "warning")))
    page.on("pageerror", lambda each: seen.note(str(each)))
    page.on("request", lambda each: seen.note(each.url, not each.url.startswith(("file:", "about:"))))
    try:
        yield seen
    finally:
        page.close()
    assert seen.wrong == []
