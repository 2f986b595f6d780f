"""Folded schema and project schema → the next migration: which renames to ask about, and what to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from nsmig.errors import NsmigError, RenameError, nearest
from nsmig.operations import (
    OWN_OPERATIONS,
    AddAdjacency,
    DropAdjacency,
    ExtendKey,
    Kind,
    Operation,
    SetPropertyType,
)
from nsmig.values import Migration, Renames, Type

if TYPE_CHECKING:
    from nsmig import History, Schema

LONGEST_FILE_NAME = 255  # bytes, with ``.yaml``


class UnansweredError(NsmigError):
    """Something is gone from the schema, and nobody said whether it was renamed. ``questions`` are the open ones."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = tuple(questions)
        lines = [f"  {question.subject}: {' or '.join(question.flags)}" for question in self.questions]
        super().__init__(
            "gone from the schema; say of each by a flag whether it was renamed or is to be dropped:\n"
            + "\n".join(lines)
        )


class ExtensionsError(NsmigError):
    """The change needs ``operations`` that nodestream cannot read, and the project does not allow them."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)
        needed = "; ".join(operation.description for operation in self.operations)
        super().__init__(
            f"nodestream has no operation for this change: {needed}. Nothing was written."
            " Undo the change in the schema, or move to an nsmig.yaml with 'extensions: true'"
        )


@dataclass(frozen=True, slots=True)
class Question:
    """``old`` is gone: was it renamed to one of ``options``, the likeliest first?

    ``type`` is the type of a property that is gone; None if a type is gone.
    """

    kind: Kind
    type: str | None
    old: str
    options: tuple[str, ...]

    @property
    def subject(self) -> str:
        if self.type is None:
            return f"{self.kind.value} type {self.old}"
        return f"property {self.old} of {self.kind.value} type {self.type}"

    @property
    def flags(self) -> list[str]:
        """The flags that answer it."""
        path, flag = (
            (self.old, "--rename-type") if self.type is None else (f"{self.type}.{self.old}", "--rename-property")
        )
        return [*(f"{flag} '{path}={new}'" for new in self.options[:3]), f"--drop '{path}'"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What flags say before anything is asked. Properties are written ``TYPE.PROPERTY``, the type by its new name."""

    types: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()
    key_defaults: Mapping[str, Any] = field(default_factory=dict)


# Takes a question; gives the chosen option, or None for a drop.
Ask = Callable[[Question], "str | None"]


def find_renames(before: Schema, after: Schema, answers: Answers, ask: Ask | None) -> Renames:
    """What was renamed, from the answers given and, for what they leave open, from ``ask``.

    What is gone with nothing added beside it can only be a drop, and is no question.
    Without ``ask``, the answers given must leave no question open.
    :raises RenameError: an answer about something that is not gone.
    :raises UnansweredError: a question is open.
    """
    types: dict[str | tuple[Kind, str], str] = {}
    properties: dict[str | tuple[str, str] | tuple[Kind, str, str], str] = {}
    unanswered: list[Question] = []
    gone_paths: set[str] = set()
    used: set[str] = set()

    def settle(
        kind: Kind, type_: str | None, old: dict[str, Any], new: dict[str, Any], given: Mapping[str, str]
    ) -> dict[str, str]:
        """Old → new name of what was renamed among ``old`` and ``new``; ``given`` are answers by old name."""
        prefix = "" if type_ is None else f"{type_}."
        renamed = {name: given[name] for name in old if name in given and given[name] in new}
        used.update(prefix + name for name in renamed)
        gone = {name: old[name] for name in old if name not in new and name not in renamed}
        added = {name: new[name] for name in new if name not in old and name not in renamed.values()}
        gone_paths.update(prefix + name for name in gone)
        for question in _questions(kind, type_, gone, added, answers.drops):
            free = tuple(option for option in question.options if option not in renamed.values())
            question = replace(question, options=free)
            if not free:  # nothing that it could have become: it is dropped, and the operations say so
                continue
            if ask is None:
                unanswered.append(question)
            elif (chosen := ask(question)) is not None:
                renamed[question.old] = chosen
        return renamed

    for kind in Kind:
        old_types = {name: before.type(kind, name) for name in before.types(kind)}
        new_types = {name: after.type(kind, name) for name in after.types(kind)}
        renamed_types = settle(kind, None, old_types, new_types, answers.types)
        types.update({(kind, old): new for old, new in renamed_types.items()})
        origin = {new: old for old, new in renamed_types.items()}
        for name, now in new_types.items():
            was = old_types.get(origin.get(name, name)) if name in origin or name not in renamed_types else None
            if was is None or now is None or was.properties.keys() == now.properties.keys():
                continue
            given = {
                path[len(name) + 1 :]: new for path, new in answers.properties.items() if path.startswith(f"{name}.")
            }
            renamed = settle(kind, name, dict(was.properties), dict(now.properties), given)
            properties.update({(kind, name, old): new for old, new in renamed.items()})
    for path in sorted((answers.types.keys() | answers.properties.keys()) - used):
        raise RenameError(
            f"nothing to rename: {path!r} is not gone, or its new name is not in the schema{nearest(path, gone_paths)}"
        )
    for path in sorted(answers.drops - gone_paths):
        raise RenameError(f"nothing to drop: {path!r} is still in the schema, or never was{nearest(path, gone_paths)}")
    if unanswered:
        raise UnansweredError(unanswered)
    return Renames(types, properties)


def _questions(
    kind: Kind, type_: str | None, gone: Mapping[str, Any], added: Mapping[str, Any], drops: frozenset[str]
) -> Iterator[Question]:
    """A question for each thing that is gone and not to be dropped, the likeliest rename first."""
    ranked = []
    for old, was in gone.items():
        if (old if type_ is None else f"{type_}.{old}") in drops:
            continue
        likeness = {new: _likeness(old, was, new, now) for new, now in added.items()}
        options = tuple(sorted(added, key=lambda new: (-likeness[new], new)))
        ranked.append((-max(likeness.values(), default=0.0), old, options))
    for _, old, options in sorted(ranked):
        yield Question(kind, type_, old, options)


def _likeness(old: str, was: Any, new: str, now: Any) -> float:
    """How likely one thing became the other: by its name and, for types, by what they declare."""
    names = SequenceMatcher(None, old.lower(), new.lower()).ratio()
    if not isinstance(was, Type) or not isinstance(now, Type):
        return names
    all_names = was.properties.keys() | now.properties.keys()
    shared = len(was.properties.keys() & now.properties.keys()) / len(all_names) if all_names else 0.0
    return names + 2 * shared + (was.keys == now.keys)


def with_key_defaults(operations: list[Operation], defaults: Mapping[str, Any]) -> list[Operation]:
    """The operations with these defaults (``TYPE.PROPERTY`` → value) where a key is extended.

    :raises RenameError: a default for a property by which no key is extended.
    """
    left = dict(defaults)
    changed = [
        replace(operation, default=left.pop(path))
        if isinstance(operation, ExtendKey) and (path := f"{operation.type}.{operation.property}") in left
        else operation
        for operation in operations
    ]
    for path in sorted(left):
        raise RenameError(f"no key is extended by {path!r}, so it needs no default")
    return changed


def check_extensions(operations: Iterable[Operation], allowed: bool) -> None:
    """:raises ExtensionsError: an operation that nodestream cannot read, where that is not allowed."""
    own = [operation for operation in operations if operation.name in OWN_OPERATIONS]
    if own and not allowed:
        raise ExtensionsError(own)


def left_out(before: Schema, after: Schema, renames: Renames, extensions: bool) -> list[str]:
    """What the schema asks for and the next migration does not say, a sentence for each reason.

    :param extensions: whether operations are allowed that nodestream cannot read.
    """
    from nsmig import diff

    sentences = []
    if not extensions:
        own = diff(before, after, renames, extensions=True)
        types = sum(isinstance(operation, SetPropertyType) for operation in own)
        adjacencies = sum(isinstance(operation, (AddAdjacency, DropAdjacency)) for operation in own)
        counted = [f"types of {_count(types, 'property', 'properties')}"] * bool(types)
        counted += [_count(adjacencies, "adjacency", "adjacencies")] * bool(adjacencies)
        if counted:
            sentences.append(f"left out, as nodestream has no operation for it: {' and '.join(counted)}")
    single = [
        "{from_node_type} {relationship_type} {to_node_type}".format(**each["adjacency"])
        for each in after.to_dict()["cardinalities"]
        if "SINGLE" in each["cardinality"].values()
    ]
    if single:
        shown = ", ".join(single[:3]) + (f" and {len(single) - 3} more" if len(single) > 3 else "")
        sentences.append(f"cardinalities other than MANY have no operation and stay in the schema file: {shown}")
    return sentences


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def next_migration(history: History, operations: list[Operation], now: datetime, slug: str | None = None) -> Migration:
    """The migration with these operations, depending on the history's leaves.

    Its name is nodestream's: local time to the second, and what it does if that is one operation.
    Where that second is taken it is the next one, so that names sort as they were made.
    :param slug: said after the time in place of the operation.
    """
    if slug is None and len(operations) == 1:
        slug = operations[0].description
    tail = f"_{_file_safe(slug)}" if slug else ""
    taken = {name[: len("20240101120000")] for name in history.order()}
    while (second := f"{now:%Y%m%d%H%M%S}") in taken:
        now += timedelta(seconds=1)
    return Migration(second + tail, tuple(operations), tuple(history.leaves()))


def _file_safe(slug: str) -> str:
    """Lower case with ``_`` for spaces, as nodestream's; and for what no file name can hold; not too long for one."""
    text = "".join("_" if each in " /\\\0" or not each.isprintable() else each for each in slug.lower())
    room = LONGEST_FILE_NAME - len("20240101120000_.yaml")
    return text.encode()[:room].decode(errors="ignore")
