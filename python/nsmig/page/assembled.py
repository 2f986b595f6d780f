"""The page itself: one template with its style, its script and its data inside.

The script and the style are named by their hashes in the page's content security policy, which allows nothing else, and
no network. All that comes from a project is in blocks of JSON, which a browser does not run; the script puts it on the
page as text. What is drawn has a block of its own, and so have operations, a line for each migration: they are read
when somebody asks for them.
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

MARK = "<!doctype html>\n<!-- A page of nsmig"  # what every page begins with

_SCRIPTS = ("fold", "drawing", "shared", "schema", "history", "compare", "page")  # one script: the last of them begins


def page(history: History, title: str, targets: Sequence[Seen] = (), at: str | None = None) -> str:
    """The text of an HTML file that needs nothing else. Without targets the same for the same input.

    :param title: what the page is of, such as the name of a project.
    :param at: when the targets were asked.
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
    """On a line, in ASCII, and without anything that could end the block that it stands in."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _read(name: str) -> str:
    return files("nsmig.page").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
