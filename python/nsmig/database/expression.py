"""Users' expressions over ``value``: the checks before any server sees one.

An expression is put in parentheses within nsmig's statements. So that it cannot escape from there, whichever dialect of
Cypher reads it, it is taken apart here: outside texts and quoted names only a few characters are allowed, brackets must
be balanced, and there are no comments. So that it always gives the same result, it may only call functions that do, and
read nothing except ``value``; the server's own parser detects other variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

# ASCII only: servers accept similar dashes and letters for these.
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)|(?P<name>`(?:[^`]|``)*`)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>[0-9][A-Za-z0-9_]*)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[-()\[\]{},.:+*/%^=<>|~!&])",
    re.DOTALL | re.ASCII,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_COMMENT = "a comment would take what follows with it; put it into the file as one of YAML's, with #"
# Text that a server replaces by another character before it looks for the ends of texts.
_ESCAPED = re.compile(r"\\[uU]")
# Words before a bracket that are not calls.
_KEYWORDS = frozenset(
    ("and", "or", "xor", "not", "in", "is", "when", "then", "else", "case", "where", "with", "contains", "as")
)


class Token(NamedTuple):
    """``kind``: word, name (in backticks), text, number, mark or space. ``text`` is as written."""

    kind: str
    text: str

    @property
    def called(self) -> str:
        """A word or name in lower case, without backticks; otherwise ''."""
        if self.kind == "name":
            return self.text[1:-1].replace("``", "`").lower()
        return self.text.lower() if self.kind == "word" else ""

    @property
    def is_keyword(self) -> bool:
        return self.kind == "word" and self.called in _KEYWORDS


Rule = Callable[[Sequence[Token]], str | None]  # the reason a kind of database refuses an expression, or None


def refused(expression: str, functions: Collection[str], rules: Sequence[Rule] = ()) -> str | None:
    """The reason an expression is refused, or None.

    :param functions: the allowed ones, in lower case.
    :param rules: further rules of a kind of database.
    """
    if _ESCAPED.search(expression):
        return "\\u is read before texts and names are; write the character itself"
    taken = list(tokens(expression))
    if (read := sum(len(each.text) for each in taken)) < len(expression):
        begin = expression[read]
        said = "has no end" if begin in "'\"`" else "does not belong in an expression"
        return f"{begin!r} at character {read + 1} {said}"
    return _structure(taken) or _meaning([each for each in taken if each.kind != "space"], functions, rules)


def tokens(expression: str) -> Iterator[Token]:
    """The tokens of an expression, including spaces, up to the first text that is not one."""
    at = 0
    while found := _TOKEN.match(expression, at):
        yield Token(str(found.lastgroup), found[0])
        at = found.end()


def _structure(tokens: Sequence[Token]) -> str | None:
    """The reason it might escape from its place. Includes spaces."""
    for one, other in pairwise(tokens):
        if one.text == "/" and other.text in ("/", "*") and one.kind == other.kind == "mark":
            return _COMMENT
    open_: list[str] = []
    for each in tokens:
        if each.kind != "mark":
            continue
        if each.text in _CLOSING:
            open_.append(_CLOSING[each.text])
        elif each.text in _CLOSING.values() and (not open_ or open_.pop() != each.text):
            return f"{each.text!r} closes nothing that was opened"
    return f"{open_[-1]!r} is missing" if open_ else None


def _meaning(tokens: Sequence[Token], functions: Collection[str], rules: Sequence[Rule]) -> str | None:
    """The reason its result might change. Without spaces."""
    for one, other in pairwise(tokens):
        if one.kind == other.kind == "mark" and one.text == "-" and other.text in "-[":
            return "it looks like a pattern (two dashes, or a dash before a bracket); it may only read value"
        if other.text == "{" and one.kind in ("word", "name") and not one.is_keyword:
            return f"{one.text} {{…}} reads more than value"
    for name, _ in calls(tokens):
        if name not in functions:
            return f"{name}() is not a function known to give the same result for the same value"
    return next((reason for rule in rules if (reason := rule(tokens))), None)


def calls(tokens: Sequence[Token]) -> Iterator[tuple[str, Sequence[Token]]]:
    """Every function that is called, by its full name in lower case, with the tokens of its arguments."""
    for at, each in enumerate(tokens):
        before = tokens[at - 1] if at else None
        if each.text != "(" or before is None or not before.called or before.is_keyword:
            continue
        start = at - 1
        while start >= 2 and tokens[start - 1].text == "." and tokens[start - 2].called:
            start -= 2
        name = ".".join(part.called for part in tokens[start:at:2])
        if start and tokens[start - 1].text == ".":
            name = f".{name}"  # of something that is not a name
        yield name, tokens[at + 1 : closing(tokens, at)]


def closing(tokens: Sequence[Token], at: int) -> int:
    """The position at which a bracket is closed."""
    depth = 0
    for place in range(at, len(tokens)):
        if tokens[place].kind == "mark":
            depth += (tokens[place].text in _CLOSING) - (tokens[place].text in _CLOSING.values())
        if depth == 0:
            return place
    raise AssertionError("brackets were found to close")


def parts(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The parts between commas, except for commas within brackets."""
    start, at = 0, 0
    while at < len(tokens):
        if tokens[at].kind == "mark" and tokens[at].text in _CLOSING:
            at = closing(tokens, at)
        elif tokens[at].text == ",":
            yield tokens[start:at]
            start = at + 1
        at += 1
    if tokens:
        yield tokens[start:]
