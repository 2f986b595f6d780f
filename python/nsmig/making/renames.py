"""Finding the renames between two schemas, from given answers and by asking: nothing is dropped without an answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from nsmig.errors import NsmigError, RenameError, nearest
from nsmig.kinds import Kind
from nsmig.making.adjacencies import disconnected
from nsmig.values import Entry, Renames, Type

if TYPE_CHECKING:
    from nsmig._core import Schema


class UnansweredError(NsmigError):
    """Something has disappeared from the schema, and it is unknown whether it was renamed. ``questions`` are the open
    ones."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = tuple(questions)
        lines = [f"  {question.subject}: {' or '.join(question.flags)}" for question in self.questions]
        said = "the schema no longer has these; for each, say with a flag or in hints.yaml whether it was renamed or"
        said += " dropped:"
        super().__init__("\n".join([said, *lines]))


@dataclass(frozen=True, slots=True)
class Question:
    """``old`` has disappeared: was it renamed to one of ``options`` (the likeliest first), or should it be dropped?

    ``type`` is the type of such a property; None for a type or an adjacency. ``is_ambiguous``: something else that has
    disappeared has the same path, so a drop has to name the subject.
    """

    kind: Kind
    type: str | None
    old: str
    options: tuple[str, ...]
    is_adjacency: bool = False
    is_ambiguous: bool = False

    @property
    def subject(self) -> str:
        if self.is_adjacency:
            return f"adjacency {self.old}"
        return _subject(self.kind, self.type, self.old)

    @property
    def path(self) -> str:
        """The path as written in flags and hints."""
        return _path(self.type, self.old)

    @property
    def flags(self) -> list[str]:
        """The flags that answer it, quoted for a shell."""
        flag = "--rename-type" if self.type is None else "--rename-property"
        renames = [f"{flag} {quote(f'{self.path}={new}')}" for new in self.options[:3]]
        return [*renames, f"--drop {quote(self.subject if self.is_ambiguous else self.path)}"]


def _path(type: str | None, name: str) -> str:
    return name if type is None else f"{type}.{name}"


def _subject(kind: Kind, type: str | None, name: str) -> str:
    return f"{kind.value} type {name}" if type is None else f"property {name} of {kind.value} type {type}"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers from flags or hints. Properties are written ``TYPE.PROPERTY``, with the new name of the type; a drop
    may also be written as in a question, such as ``node type Person``."""

    types: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()
    key_defaults: Mapping[str, Any] = field(default_factory=dict)


def declared(schema: Schema) -> tuple[frozenset[str], frozenset[str]]:
    """Names of all types of a schema, and of all properties as ``TYPE.PROPERTY``."""
    types = [(name, type_) for kind in Kind for name in schema.types(kind) if (type_ := schema.type(kind, name))]
    paths = frozenset(f"{name}.{each}" for name, type_ in types for each in type_.properties)
    return frozenset(name for name, _ in types), paths


_Facts = Mapping[str, tuple[Any, ...]]  # by property

# Takes a question; returns the chosen option, or None for a drop.
Ask = Callable[[Question], "str | None"]


def find_renames(
    before: Schema,
    after: Schema,
    answers: Answers,
    ask: Ask | None,
    hints: Answers | None = None,
    *,
    adjacencies: bool = True,
) -> Renames:
    """The renames, from the given answers and, for open questions, from ``ask``.

    Without ``ask``, the answers must leave no question open: nothing is dropped or disconnected without an answer.

    :param hints: answers that are used only where they still apply; ``answers`` take precedence.
    :param adjacencies: whether migrations have operations for adjacencies.
    :raises RenameError: an answer about something that has not disappeared.
    :raises UnansweredError: a question is open.
    """
    hints = hints or Answers()
    types: dict[tuple[Kind, str], str] = {}
    properties: dict[str | tuple[str, str] | tuple[Kind, str, str], str] = {}
    settled: list[_Settled] = []

    def settle(names: _Names) -> Mapping[str, str]:
        one = _settled(names, answers.drops, hints.drops)
        settled.append(_asked(one, ask) if ask else one)
        return settled[-1].renamed

    for kind in Kind:
        renamed_types = settle(_type_names(before, after, kind, answers.types, hints.types))
        types.update({(kind, old): new for old, new in renamed_types.items()})
        origin = {new: old for old, new in renamed_types.items()}
        differing = set(before.differing(after, kind))
        for name in after.types(kind):
            given = _of_type(name, answers.properties)
            if name not in origin and (name in renamed_types or (name not in differing and not given)):
                continue
            was, now = before.type(kind, origin.get(name, name)), after.type(kind, name)
            if was is None or now is None or (was.properties.keys() == now.properties.keys() and not given):
                continue
            facts = (
                _described(was, before.entries_on(kind, origin.get(name, name))),
                _described(now, after.entries_on(kind, name)),
            )
            renamed = settle(_property_names(kind, name, *facts, given, _of_type(name, hints.properties)))
            properties.update({(kind, name, old): new for old, new in renamed.items()})
    if adjacencies:
        cut = _disconnected(disconnected(before, after, types), answers.drops | hints.drops)
        settled.append(_asked(cut, ask) if ask else cut)
    _refuse_unused(answers, settled)
    _refuse_ambiguous(answers.drops | hints.drops, settled)
    if not ask and (unanswered := [question for each in settled for question in each.questions]):
        paths = Counter(path for each in settled for path, _ in each.gone)
        raise UnansweredError(replace(each, is_ambiguous=paths[each.path] > 1) for each in unanswered)
    return Renames({(kind, old): new for (kind, old), new in types.items()}, properties)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of the types of a kind, or of the properties of a type, in two schemas, with the answers about them.

    ``type`` is the properties' type by its new name; ``was`` and ``now`` return the facts of an old and a new name.
    ``given`` and ``hinted`` are old → new name; hints are used only where they apply.
    """

    kind: Kind
    type: str | None
    old: Collection[str]
    new: Collection[str]
    was: Callable[[str], Any]
    now: Callable[[str], Any]
    given: Mapping[str, str]
    hinted: Mapping[str, str]

    def path(self, name: str) -> str:
        """A name as written in flags and hints."""
        return _path(self.type, name)

    def subject(self, name: str) -> str:
        """A name as written in questions."""
        return _subject(self.kind, self.type, name)


@dataclass(frozen=True, slots=True)
class _Settled:
    """The result for names: renamed ones as old → new; the paths for which an answer was used; path and subject of
    those that have disappeared; and the open questions."""

    renamed: Mapping[str, str]
    used: frozenset[str]
    gone: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]


def _type_names(
    before: Schema, after: Schema, kind: Kind, given: Mapping[str, str], hinted: Mapping[str, str]
) -> _Names:
    old, new = dict.fromkeys(before.types(kind)), dict.fromkeys(after.types(kind))
    return _Names(kind, None, old, new, partial(before.type, kind), partial(after.type, kind), given, hinted)


def _property_names(
    kind: Kind, type_: str, old: _Facts, new: _Facts, given: Mapping[str, str], hinted: Mapping[str, str]
) -> _Names:
    return _Names(kind, type_, old, new, old.__getitem__, new.__getitem__, given, hinted)


def _settled(names: _Names, drops: frozenset[str], hinted_drops: frozenset[str]) -> _Settled:
    """Apply the answers to names, and find what they leave open."""
    renamed = {name: names.given[name] for name in names.old if names.given.get(name) in names.new}
    used = frozenset(map(names.path, renamed))
    # Flags may swap two names. A hint about names that still exist would swap them again and again.
    free = set(names.new).difference(names.old, renamed.values())
    for name in sorted(set(names.old).intersection(names.hinted).difference(names.new, renamed)):
        if names.hinted[name] in free and names.path(name) not in drops:
            renamed[name] = names.hinted[name]
            free.remove(names.hinted[name])
    taken = set(renamed.values())
    gone = [name for name in names.old if name not in renamed and (name not in names.new or name in taken)]
    added = [name for name in names.new if name not in taken and (name not in names.old or name in renamed)]
    dropped = drops | hinted_drops
    open_ = {name: names.was(name) for name in gone if dropped.isdisjoint((names.path(name), names.subject(name)))}
    if kept := sorted(taken.intersection(open_, names.new)):
        old = next(old for old, new in renamed.items() if new == kept[0])
        raise RenameError(
            f"cannot rename {names.path(old)!r} to {kept[0]!r}: {names.subject(kept[0])} already exists, and a rename"
            f" overwrites nothing. Choose another name for {names.path(old)!r}, or also rename"
            f" {names.path(kept[0])!r}, or drop it with its data"
        )
    questions = _questions(names.kind, names.type, open_, {name: names.now(name) for name in added})
    return _Settled(renamed, used, tuple((names.path(each), names.subject(each)) for each in gone), tuple(questions))


def _disconnected(paths: list[str], dropped: frozenset[str]) -> _Settled:
    """Adjacencies that have disappeared, and a question for each that no answer names."""
    asked = [Question(Kind.RELATIONSHIP, None, path, (), is_adjacency=True) for path in paths]
    open_ = (each for each in asked if dropped.isdisjoint((each.path, each.subject)))
    return _Settled({}, frozenset(), tuple((each.path, each.subject) for each in asked), tuple(open_))


def _asked(settled: _Settled, ask: Ask) -> _Settled:
    """With the answers to the open questions; a new name taken by one of them is not offered to the next."""
    renamed = dict(settled.renamed)
    for question in settled.questions:
        taken = set(renamed.values())
        options = tuple(option for option in question.options if option not in taken)
        if (chosen := ask(replace(question, options=options))) is not None:
            renamed[question.old] = chosen
    return replace(settled, renamed=renamed, questions=())


def _refuse_unused(answers: Answers, settled: Iterable[_Settled]) -> None:
    """:raises RenameError: an answer is about something that has not disappeared."""
    used = {path for each in settled for path in each.used}
    gone = {path for each in settled for path, _ in each.gone}
    subjects = {subject for each in settled for _, subject in each.gone}
    for path in sorted((answers.types.keys() | answers.properties.keys()) - used):
        if path in gone:
            new = answers.types.get(path) or answers.properties.get(path)
            raise RenameError(f"cannot rename {path!r} to {new!r}: that name is not in the schema; add it there first")
        raise RenameError(f"cannot rename {path!r}: it did not disappear from the schema{nearest(path, gone)}")
    for path in sorted(answers.drops - gone - subjects):
        is_renamed = path in used
        trouble = (
            "another flag renames it; give only one of the two"
            if is_renamed
            else "it is still in the schema, or never was"
        )
        alike = (each for each in gone if ("." in each) == ("." in path))
        raise RenameError(f"cannot drop {path!r}: {trouble}{nearest(path, alike)}")


def _refuse_ambiguous(drops: Iterable[str], settled: Iterable[_Settled]) -> None:
    """:raises RenameError: one answer fits several things that have disappeared."""
    subjects = defaultdict(list)
    for path, subject in (pair for each in settled for pair in each.gone):
        subjects[path].append(subject)
    for path in sorted(drops):
        if len(subjects.get(path, ())) > 1:
            both = " or ".join(subjects[path])
            raise RenameError(f"{path!r} could mean {both}; say which: --drop {quote(subjects[path][0])}")


def _of_type(type_: str, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers by ``TYPE.PROPERTY`` that are about a type, by property."""
    return {path[len(type_) + 1 :]: new for path, new in answers.items() if path.startswith(f"{type_}.")}


def _described(type_: Type, entries: Collection[Entry]) -> _Facts:
    """By property: its type, whether it is part of the key and indexed, and its indexes and constraints."""
    forms = {name: sorted(each.form for each in entries if name in each.properties) for name in type_.properties}
    return {
        name: (declared, name in type_.keys, name in type_.indexes, forms[name])
        for name, declared in type_.properties.items()
    }


def _questions(kind: Kind, type_: str | None, gone: Mapping[str, Any], added: Mapping[str, Any]) -> Iterator[Question]:
    """A question for each thing that has disappeared, the likeliest rename first."""
    from nsmig._core import likeness

    ranked = []
    for old, was in gone.items():
        names = likeness(old.lower(), [new.lower() for new in added])
        ratings = {new: _rating(alike, was, added[new]) for new, alike in zip(added, names, strict=True)}
        options = tuple(sorted(added, key=lambda new: (-ratings[new], new)))
        ranked.append((-max(ratings.values(), default=0.0), old, options))
    for _, old, options in sorted(ranked):
        yield Question(kind, type_, old, options)


def _rating(names: float, was: Any, now: Any) -> float:
    """How likely one became the other: by the similarity of their names, and by what they declare."""
    if not isinstance(was, Type) or not isinstance(now, Type):
        alike = [one == other for one, other in zip(was, now, strict=True)]
        return names + alike.count(True) / len(alike)
    all_names = was.properties.keys() | now.properties.keys()
    shared = len(was.properties.keys() & now.properties.keys()) / len(all_names) if all_names else 0.0
    return names + 2 * shared + (was.keys == now.keys)
