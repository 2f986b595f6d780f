"""Folded schema and project schema → the next migration: which renames to ask about, and what to call it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from nsmig.errors import NsmigError, RenameError, nearest
from nsmig.kinds import Kind
from nsmig.values import Migration, Renames, Type

if TYPE_CHECKING:
    from nsmig import History, Operation, Schema
    from nsmig.operations import ExtendKey

LONGEST_FILE_NAME = 255  # bytes, with ``.yaml``


class UnansweredError(NsmigError):
    """Something is gone from the schema, and nobody said whether it was renamed. ``questions`` are the open ones."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = tuple(questions)
        lines = [f"  {question.subject}: {' or '.join(question.flags)}" for question in self.questions]
        said = (
            "gone from the schema; say of each, by a flag or in hints.yaml, whether it was renamed or is to be dropped:"
        )
        super().__init__("\n".join([said, *lines]))


class ExtensionsError(NsmigError):
    """The change needs ``operations`` that nodestream cannot read, and the project does not allow them.

    ``swaps`` are flags that say the same as renames, where a property of the key and another may have swapped names.
    """

    def __init__(self, operations: Iterable[Operation], swaps: Iterable[str] = ()) -> None:
        self.operations, self.swaps = tuple(operations), tuple(swaps)
        needed = "; ".join(operation.description for operation in self.operations)
        super().__init__(
            f"nodestream has no operation for this change: {needed}. Nothing was written."
            " Undo the change in the schema, or move to an nsmig.yaml with 'extensions: true'"
            + "".join(f"; or, if these two swapped their names: {flags}" for flags in self.swaps)
        )


@dataclass(frozen=True, slots=True)
class Question:
    """``old`` is gone: was it renamed to one of ``options``, the likeliest first, or is it to be dropped?

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
        """The flags that answer it, as a shell reads them."""
        from shlex import quote

        path, flag = (
            (self.old, "--rename-type") if self.type is None else (f"{self.type}.{self.old}", "--rename-property")
        )
        renames = [f"{flag} {quote(f'{path}={new}')}" for new in self.options[:3]]
        return [*renames, f"--drop {quote(path)}"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What flags or hints say before anything is asked. Properties are written ``TYPE.PROPERTY``, the type by its new
    name."""

    types: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()
    key_defaults: Mapping[str, Any] = field(default_factory=dict)


def declared(schema: Schema) -> tuple[frozenset[str], frozenset[str]]:
    """Names of all types of a schema, and of all properties as ``TYPE.PROPERTY``."""
    types = [(name, type_) for kind in Kind for name in schema.types(kind) if (type_ := schema.type(kind, name))]
    paths = frozenset(f"{name}.{each}" for name, type_ in types for each in type_.properties)
    return frozenset(name for name, _ in types), paths


# Takes a question; gives the chosen option, or None for a drop.
Ask = Callable[[Question], "str | None"]


def find_renames(
    before: Schema, after: Schema, answers: Answers, ask: Ask | None, hints: Answers | None = None
) -> Renames:
    """What was renamed, from the answers given and, for what they leave open, from ``ask``.

    Without ``ask``, the answers given must leave no question open: nothing is dropped unasked.

    :param hints: answers that count only where they still fit; ``answers`` come before them.
    :raises RenameError: an answer about something that is not gone.
    :raises UnansweredError: a question is open.
    """
    hints = hints or Answers()
    types: dict[str | tuple[Kind, str], str] = {}
    properties: dict[str | tuple[str, str] | tuple[Kind, str, str], str] = {}
    unanswered: list[Question] = []
    gone_paths: set[str] = set()
    used: set[str] = set()

    def settle(
        kind: Kind,
        type_: str | None,
        old: Collection[str],
        new: Collection[str],
        described: Callable[[str, bool], Any],
        given: Mapping[str, str],
        hinted: Mapping[str, str],
    ) -> dict[str, str]:
        """Old → new name of what was renamed among ``old`` and ``new``; ``given`` and ``hinted`` are by old name.
        ``described`` tells what is known of a name, and of what it is after if that is so."""
        prefix = "" if type_ is None else f"{type_}."
        renamed = {name: given[name] for name in old if given.get(name) in new}
        used.update(prefix + name for name in renamed)
        # Two names may be swapped by flags. A hint about names that are still there would do so again and again.
        free = set(new).difference(old, renamed.values())
        for name in sorted(set(old).intersection(hinted).difference(new, renamed)):
            if hinted[name] in free and prefix + name not in answers.drops:
                renamed[name] = hinted[name]
                free.remove(hinted[name])
        taken = set(renamed.values())
        gone = [name for name in old if name not in renamed and (name not in new or name in taken)]
        added = [name for name in new if name not in taken and (name not in old or name in renamed)]
        gone_paths.update(prefix + name for name in gone)
        was, now = (
            {name: described(name, is_now) for name in names} for names, is_now in ((gone, False), (added, True))
        )
        for question in _questions(kind, type_, was, now, answers.drops | hints.drops):
            taken = set(renamed.values())
            options = tuple(option for option in question.options if option not in taken)
            question = replace(question, options=options)
            if ask is None:
                unanswered.append(question)
            elif (chosen := ask(question)) is not None:
                renamed[question.old] = chosen
        return renamed

    for kind in Kind:
        old_types, new_types = dict.fromkeys(before.types(kind)), dict.fromkeys(after.types(kind))
        definition = partial(_definition, before, after, kind)
        renamed_types = settle(kind, None, old_types, new_types, definition, answers.types, hints.types)
        types.update({(kind, old): new for old, new in renamed_types.items()})
        origin = {new: old for old, new in renamed_types.items()}
        differing = set(before.differing(after, kind))
        for name in new_types:
            given = _of_type(name, answers.properties)
            if name not in origin and (name in renamed_types or (name not in differing and not given)):
                continue
            was, now = definition(origin.get(name, name), False), definition(name, True)
            if was is None or now is None or (was.properties.keys() == now.properties.keys() and not given):
                continue
            hinted = _of_type(name, hints.properties)
            sides = _described(was), _described(now)
            renamed = settle(kind, name, *sides, partial(_description, sides), given, hinted)
            properties.update({(kind, name, old): new for old, new in renamed.items()})
    for path in sorted((answers.types.keys() | answers.properties.keys()) - used):
        raise RenameError(
            f"nothing to rename: {path!r} is not gone, or its new name is not in the schema{nearest(path, gone_paths)}"
        )
    for path in sorted(answers.drops - gone_paths):
        trouble = (
            "is renamed by another flag; give one of the two"
            if path in used
            else "is still in the schema, or never was"
        )
        raise RenameError(f"nothing to drop: {path!r} {trouble}{nearest(path, gone_paths)}")
    if unanswered:
        raise UnansweredError(unanswered)
    return Renames(types, properties)


def _definition(before: Schema, after: Schema, kind: Kind, name: str, is_now: bool) -> Type | None:
    return (after if is_now else before).type(kind, name)


def _description(sides: tuple[Mapping[str, Any], Mapping[str, Any]], name: str, is_now: bool) -> Any:
    return sides[is_now][name]


def _of_type(type_: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Of the answers by ``TYPE.PROPERTY`` those about a type, by the property."""
    return {path[len(type_) + 1 :]: new for path, new in answers.items() if path.startswith(f"{type_}.")}


def _described(type_: Type) -> dict[str, tuple[str, bool, bool]]:
    """By property: its type, and whether it is of the key and indexed."""
    return {name: (declared, name in type_.keys, name in type_.indexes) for name, declared in type_.properties.items()}


def _questions(
    kind: Kind, type_: str | None, gone: Mapping[str, Any], added: Mapping[str, Any], drops: frozenset[str]
) -> Iterator[Question]:
    """A question for each thing that is gone and not to be dropped, the likeliest rename first."""
    from nsmig._core import likeness

    ranked = []
    for old, was in gone.items():
        if (old if type_ is None else f"{type_}.{old}") in drops:
            continue
        names = likeness(old.lower(), [new.lower() for new in added])
        ratings = {new: _rating(alike, was, added[new]) for new, alike in zip(added, names, strict=True)}
        options = tuple(sorted(added, key=lambda new: (-ratings[new], new)))
        ranked.append((-max(ratings.values(), default=0.0), old, options))
    for _, old, options in sorted(ranked):
        yield Question(kind, type_, old, options)


def _rating(names: float, was: Any, now: Any) -> float:
    """How likely one thing became the other: by how like their names are, and by what they declare."""
    if not isinstance(was, Type) or not isinstance(now, Type):
        alike = [one == other for one, other in zip(was, now, strict=True)]
        return names + alike.count(True) / len(alike)
    all_names = was.properties.keys() | now.properties.keys()
    shared = len(was.properties.keys() & now.properties.keys()) / len(all_names) if all_names else 0.0
    return names + 2 * shared + (was.keys == now.keys)


def with_key_defaults(
    operations: list[Operation], after: Schema, defaults: Mapping[str, Any], hinted: Mapping[str, Any] | None = None
) -> list[Operation]:
    """The operations that lead to the schema ``after`` with these defaults (``TYPE.PROPERTY`` → value) where a key is
    extended.

    :param hinted: defaults that count only where they fit; ``defaults`` come before them.
    :raises RenameError: a default for a property by which no key is extended, or that is not of the property's type.
    """
    if not operations and not defaults:
        return []  # the usual case, which needs no module of operations
    from nsmig.operations import ExtendKey

    known = {**(hinted or {}), **defaults}
    extended = {
        f"{operation.type}.{operation.property}" for operation in operations if isinstance(operation, ExtendKey)
    }
    for path in sorted(defaults.keys() - extended):
        raise RenameError(f"no key is extended by {path!r}, so it needs no default{nearest(path, extended)}")
    return [
        replace(operation, default=_of_its_type(known[path], path, _type_of(operation, after)))
        if isinstance(operation, ExtendKey) and (path := f"{operation.type}.{operation.property}") in known
        else operation
        for operation in operations
    ]


_VALUES_OF = {
    "BOOLEAN": "true or false",
    "DATETIME": "a date or time, such as 2020-01-31 12:30:00",
    "INTEGER": "a whole number of 64 bits",
    "FLOAT": "a number",
}


def _of_its_type(value: Any, path: str, type_: str) -> Any:
    """A key's default as the declared type has it. A date is its midnight, as where texts become times. STRING is also
    what a schema says of what it does not know, so it takes anything."""
    item = type_.removeprefix("LIST_OF_").removesuffix("S") if type_.startswith("LIST_OF_") else None
    if item and isinstance(value, list):
        return [_of_its_type(each, path, item) for each in value]
    is_of_it = {
        "BOOLEAN": isinstance(value, bool),
        "DATETIME": isinstance(value, date),
        "INTEGER": isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63,
        "FLOAT": isinstance(value, (int, float)) and not isinstance(value, bool),
    }
    if value is not None and not is_of_it.get(type_, not item):
        expected = _VALUES_OF.get(type_, "a list")
        raise RenameError(
            f"the schema declares {path!r} as {type_}, so its key default must be {expected}, not {value!r}; give"
            f" --key-default {path}=VALUE, or key-default in hints.yaml"
        )
    is_day = type_ == "DATETIME" and isinstance(value, date) and not isinstance(value, datetime)
    return datetime(value.year, value.month, value.day) if is_day else value


def _type_of(operation: ExtendKey, after: Schema) -> str:
    declared = after.type(operation.kind, operation.type)
    return declared.properties.get(operation.property, "STRING") if declared else "STRING"


def null_keys(operations: list[Operation], after: Schema) -> list[str]:
    """Of the properties that come into a key of nodes those (``TYPE.PROPERTY``) without a default.

    Nodes that are there get the text "null" in them, as nodestream has it, since a key holds no nulls.

    :raises RenameError: one is of a type that this text cannot become.
    """
    if not operations:
        return []
    from nsmig.operations import ExtendKey, Kind

    found = []
    for each in operations:
        if not isinstance(each, ExtendKey) or each.kind is not Kind.NODE or each.default is not None:
            continue
        path, type_ = f"{each.type}.{each.property}", _type_of(each, after)
        if type_ != "STRING":
            raise RenameError(
                f"the key is extended by {path!r} of type {type_}, and nodes that are there need a value in it;"
                f" give --key-default {path}=VALUE, or key-default in hints.yaml"
            )
        found.append(path)
    return found


def check_extensions(operations: Iterable[Operation], allowed: bool, before: Schema | None = None) -> None:
    """
    :param before: the schema before the operations, if they come from comparing two.
    :raises ExtensionsError: an operation that nodestream cannot read, where that is not allowed.
    """
    operations = list(operations)
    if allowed or not operations:
        return
    from nsmig.operations import OWN_OPERATIONS

    own = [operation for operation in operations if operation.name in OWN_OPERATIONS]
    if own:
        raise ExtensionsError(own, _swaps(operations, before) if before else ())


def _swaps(operations: list[Operation], before: Schema) -> Iterator[str]:
    """Flags for each pair of a property that left the key and one, there before, that came into it."""
    from shlex import quote

    from nsmig.operations import ExtendKey, ReduceKey

    extended = [each for each in operations if isinstance(each, ExtendKey)]
    for left in (each for each in operations if isinstance(each, ReduceKey)):
        was = before.type(left.kind, left.type)
        for came in extended:
            if was and (came.kind, came.type) == (left.kind, left.type) and came.property in was.properties:
                pairs = ((left.property, came.property), (came.property, left.property))
                yield " ".join(f"--rename-property {quote(f'{left.type}.{old}={new}')}" for old, new in pairs)


def left_out(before: Schema, after: Schema, renames: Renames, extensions: bool) -> list[str]:
    """What the schema asks for and the next migration does not say, a sentence for each reason.

    :param extensions: whether operations are allowed that nodestream cannot read.
    """
    if not extensions:  # that cardinalities have no operation is no news where adjacencies have none
        from nsmig import diff
        from nsmig.operations import AddAdjacency, DropAdjacency, SetPropertyType

        own = diff(before, after, renames, extensions=True)
        types = sum(isinstance(operation, SetPropertyType) for operation in own)
        adjacencies = sum(isinstance(operation, (AddAdjacency, DropAdjacency)) for operation in own)
        counted = [f"types of {_count(types, 'property', 'properties')}"] * bool(types)
        counted += [_count(adjacencies, "adjacency", "adjacencies")] * bool(adjacencies)
        return [f"left out, as nodestream has no operation for it: {' and '.join(counted)}"] if counted else []
    single = [
        "{from_node_type} {relationship_type} {to_node_type}".format(**each["adjacency"])
        for each in after.cardinalities()
        if "SINGLE" in each["cardinality"].values()
    ]
    shown = ", ".join(single[:3]) + (f" and {len(single) - 3} more" if len(single) > 3 else "")
    return [f"cardinalities other than MANY have no operation and stay in the schema file: {shown}"] if single else []


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
