"""The page itself: one template with its style, its script and its data inside.

The script and the style are identified by their hashes in the page's content security policy, which allows nothing
else, and no network. Everything that comes from a project is in blocks of JSON, which a browser does not run; the
script puts it on the page as text. Drawings have a separate block, and so have operations, with one line per migration:
they are read on request.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from nsmig._core import History
from nsmig.page.content import content
from nsmig.page.seen import Seen

MARK = "<!doctype html>\n<!-- A page of nsmig"  # the beginning of every page

_SCRIPTS = (
    "fold",
    "drawing",
    "shared",
    "schema",
    "history",
    "compare",
    "page",
)  # one script: the last of them starts it


def page(history: History, title: str, targets: Sequence[Seen] = (), at: str | None = None) -> str:
    """The text of a self-contained HTML file. Without targets it is the same for the same input.

    :param title: the subject of the page, such as the name of a project.
    :param at: when the targets were read.
    :raises FoldError: the history does not fold.
    """
    style, script = _read("page.css"), "\n".join(_read(f"{name}.js") for name in _SCRIPTS)
    held = content(history, title, targets, at)
    operations = "\n".join(map(_json, held.pop("operations")))
    diagram = held.pop("diagram")
    allowed = f"script-src {_hash(script)}; style-src {_hash(style)}"
    values = {
        "mark": MARK,
        "title": escape(title),
        "policy": f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "data": _json(held),
        "operations": operations,
        "diagram": _json(diagram),
    }
    first, *rest = _read("page.html").split("{{")
    return first + "".join(values[name] + text for name, _, text in (each.partition("}}") for each in rest))


def _json(value: Any) -> str:
    """On one line, in ASCII, and without anything that could end the surrounding block."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _read(name: str) -> str:
    return files("nsmig.page").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
