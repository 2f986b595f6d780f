"""A YAML file as nodes that know their places, and the checks by which schema and project files are taken apart.

Messages never quote a value of the file beyond the keys: it may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nsmig.errors import YamlError, nearest
from nsmig.plain import Tagged

# libyaml's parser is ten times as fast and takes the same files; PyYAML is sometimes built without it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Raises the error for a file, line, column and problem.
Failure = Callable[[str, int, int, str], YamlError]


class Entry(NamedTuple):
    """A key of a mapping and its value."""

    key: yaml.Node
    value: yaml.Node


class Document:
    """The one document of a YAML file.

    :param path: the file; named in every message.
    :param failure: the class of the errors, called with file, line, column and problem.
    :param keeps_tags: whether tags, known or not, are kept for later as :class:`Tagged`.
    :raises YamlError: as ``failure`` makes it: the file cannot be read, or is not one YAML document.
    """

    def __init__(self, path: str | Path, failure: Failure, keeps_tags: bool = False) -> None:
        self.file = str(path)
        self._failure = failure
        self._loader: Any = None
        try:
            content = Path(path).read_bytes()
            text = content.decode("utf-8-sig")
        except OSError as error:
            raise self._failure(self.file, 0, 0, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            line, column = _place_at(content[: error.start].decode("utf-8-sig", "replace"))
            raise self._failure(self.file, line, column, "is not UTF-8 text; save it as UTF-8") from None
        if unprintable := yaml.reader.Reader.NON_PRINTABLE.search(text):
            place = _place_at(text[: unprintable.start()])
            raise self._failure(
                self.file, *place, "YAML allows no control character here; write it as an escape in double quotes"
            )
        # A YAML error quotes the lines around it when printed, which may hold a password: from None.
        try:
            self._loader = (_TagLoader if keeps_tags else _Loader)(text)
            self._root: yaml.Node | None = self._loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            raise self._failure(self.file, *_place(error.problem_mark), f"is not YAML: {_problem(error)}") from None

    @property
    def is_empty(self) -> bool:
        """Whether the file holds nothing but comments."""
        return self._root is None or self.is_null(self._root)

    @property
    def root(self) -> yaml.Node:
        """The outermost node."""
        if self._root is None or self.is_null(self._root):
            raise self._failure(self.file, 0, 0, "is empty; write {} if that is meant")
        return self._root

    def refuse_duplicates(self) -> None:
        """Stop at a key that stands twice in one mapping, of which PyYAML would silently keep the last."""
        pending, seen = [self._root] if self._root else [], set()
        while pending:
            node = pending.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.SequenceNode):
                pending += node.value
            elif isinstance(node, yaml.MappingNode):
                keys: dict[tuple[str, str], yaml.Node] = {}
                for key, value in node.value:
                    pending.append(value)
                    if (
                        isinstance(key, yaml.ScalarNode)
                        and (first := keys.setdefault((key.tag, key.value), key)) is not key
                    ):
                        raise self.fail(
                            key, f"the key {key.value!r} is in line {first.start_mark.line + 1} already; remove one"
                        )

    def fail(self, node: yaml.Node, problem: str) -> YamlError:
        """The error that says ``problem`` about a node."""
        return self._failure(self.file, *_place(node.start_mark), problem)

    def value(self, node: yaml.Node) -> Any:
        """The value that a node stands for, as the loader builds it."""
        try:
            return self._loader.construct_object(node, deep=True)
        except yaml.MarkedYAMLError as error:
            raise self._failure(self.file, *_place(error.problem_mark or node.start_mark), _problem(error)) from None
        except (
            ValueError,
            LookupError,
            AttributeError,
        ):  # PyYAML on scalars such as 2020-13-45, !!bool x, !!timestamp x
            raise self.fail(node, "is no valid date, number or boolean; put it in quotes if it is text") from None

    def entries(
        self, node: yaml.Node, what: str, known: Iterable[str] = (), required: Iterable[str] = ()
    ) -> Mapping[str, Entry]:
        """The entries of a mapping, by key, merge keys resolved. ``what`` names it in messages.

        :param known: the keys that may occur; any text, if there are none.
        :param required: the keys that must occur.
        """
        known, required = tuple(known), tuple(required)
        if not isinstance(node, yaml.MappingNode):
            keys = f" with the keys {', '.join(known)}" if known else ""
            raise self.fail(node, f"{what} must be a mapping{keys}, not {_kind(node)}")
        try:
            self._loader.flatten_mapping(node)
        except yaml.MarkedYAMLError as error:
            raise self._failure(self.file, *_place(error.problem_mark), _problem(error)) from None
        found = {self.text(key, f"a key of {what}"): Entry(key, value) for key, value in node.value}
        for name, entry in found.items():
            if known and name not in known:
                hint = nearest(name, known) or f"; known are {', '.join(known)}"
                raise self.fail(entry.key, f"{what} has no key {name!r}{hint}")
        for name in required:
            if name not in found:
                raise self.fail(node, f"{what} lacks the key {name!r}")
        return found

    def mapping(
        self, node: yaml.Node, what: str, known: Iterable[str] = (), required: Iterable[str] = ()
    ) -> Mapping[str, yaml.Node]:
        """As :meth:`entries`, the values alone."""
        return {name: entry.value for name, entry in self.entries(node, what, known, required).items()}

    def sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """The items of a list."""
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, f"{what} must be a list, not {_kind(node)}; write [] for none")
        return list(node.value)

    def text(self, node: yaml.Node, what: str) -> str:
        """The text that a node is."""
        if node.tag != "tag:yaml.org,2002:str":
            quotes = "; put it in quotes" if isinstance(node, yaml.ScalarNode) and node.value else ""
            raise self.fail(node, f"{what} must be text, not {_kind(node)}{quotes}")
        return str(node.value)

    def flag(self, node: yaml.Node, what: str) -> bool:
        """The boolean that a node is."""
        if node.tag != "tag:yaml.org,2002:bool":
            raise self.fail(node, f"{what} must be true or false, not {_kind(node)}")
        return bool(self.value(node))

    def one_of(self, node: yaml.Node, what: str, words: Iterable[str]) -> str:
        """The text that a node is, if it is one of ``words``."""
        words, word = tuple(words), self.text(node, what)
        if word not in words:
            hint = f"{nearest(word, words) or nearest(word.upper(), words)}; known are {', '.join(words)}"
            raise self.fail(node, f"{what} cannot be {word!r}{hint}")
        return word

    def is_null(self, node: yaml.Node) -> bool:
        """Whether a node is YAML's null, written out or left empty."""
        return bool(node.tag == "tag:yaml.org,2002:null")

    def is_sequence(self, node: yaml.Node) -> bool:
        return isinstance(node, yaml.SequenceNode)

    def is_scalar(self, node: yaml.Node) -> bool:
        return isinstance(node, yaml.ScalarNode)


_KINDS = {
    "str": "text",
    "null": "nothing",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
}


def _kind(node: yaml.Node) -> str:
    if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)):
        return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"
    return _KINDS.get(node.tag.rpartition(":")[2], "a value with a tag of its own")


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _place_at(before: str) -> tuple[int, int]:
    """The place behind ``before``."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _problem(error: yaml.MarkedYAMLError) -> str:
    """PyYAML's words without the names it quotes: in ``password: *secret`` the secret looks like an alias."""
    words = ": ".join(str(each) for each in (error.context, error.problem) if each) or "it cannot be parsed"
    return re.sub(
        r"""(['"])(.*?)\1""", lambda quoted: quoted[0] if len(quoted[2]) < 2 or quoted[2][0] == "<" else "…", words
    )


class _TagLoader(yaml.SafeLoader):
    """PyYAML's safe loader that keeps tags for later, known or not."""

    def construct_tagged(self, node: yaml.Node) -> Tagged:
        return Tagged(node.tag.lstrip("!"), _untagged(self, node))

    def construct_delayed(self, node: yaml.Node) -> Tagged:
        content = _untagged(self, node)
        if not isinstance(content, dict) or set(content) != {"value"}:
            raise yaml.constructor.ConstructorError(
                None, None, "!delayed must be followed by {value: …}", node.start_mark
            )
        return Tagged("delayed", content["value"])


_TagLoader.add_constructor(None, _TagLoader.construct_tagged)
_TagLoader.add_constructor("!delayed", _TagLoader.construct_delayed)


def _untagged(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value
