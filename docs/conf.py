"""The documentation as one site: `make docs`. Its pages are the README and the files that the tests check."""

from __future__ import annotations

from sphinx.application import Sphinx

project = "nsmig"
extensions = ["myst_parser"]
root_doc = "README"
_BESIDE = ["ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG", "benches/README"]
include_patterns = ["README.md", "docs/*.md", *(f"{each}.md" for each in _BESIDE)]
html_theme = "furo"
html_title = "nsmig"
html_copy_source = False
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]

CONTENTS = {
    "Start": ["commands", "view", "schema-file", "databases", "adopting", "glossary"],
    "Change": ["types-and-queries", "indexes", "using", "squash", "findings"],
    "Run": ["running", "archive", "json-events", "ci", "neo4j", "refused", "ladybugdb", "engines", "untried"],
    "Move": ["nodestream", "nodestream-shared", "coming-from"],
    "Build on it": ["api", "how-it-works", "versions", *_BESIDE],
}


def with_contents(app: Sphinx, name: str, source: list[str]) -> None:
    """Add the table of contents; on a forge, links in the text take its place."""
    if name == root_doc:
        for caption, pages in CONTENTS.items():
            entries = "\n".join(page if page in _BESIDE else f"docs/{page}" for page in pages)
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def setup(app: Sphinx) -> None:
    app.connect("source-read", with_contents)
