"""What all operations have in common: their arguments, their names in files, and how they print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, fields
from typing import Any, ClassVar, NamedTuple, NoReturn

from nsmig.arguments import checked
from nsmig.errors import OperationError
from nsmig.kinds import Kind


class Spelling(NamedTuple):
    """An operation as named in migration files: its class, its kind, and the argument name for each field."""

    cls: type[Operation]
    kind: Kind | None
    arguments: dict[str, str]


class Operation:
    """One step of a schema's history. Compare, hash and print freely; construct a subclass or use :meth:`from_dict`.

    >>> from nsmig.operations import AddProperty
    >>> operation = AddProperty(Kind.NODE, "Person", "born", default=1900)
    >>> operation
    AddNodeProperty(node_type='Person', property_name='born', default=1900)
    >>> operation.description
    'Add property born to node type Person'
    >>> Operation.from_dict(operation.to_dict()) == operation
    True
    """

    __slots__ = ()
    template: ClassVar[str]
    # All operations by their names in files, and the other way round: ``nsmig.operations`` sets both.
    known: ClassVar[Mapping[str, Spelling]]
    spellings: ClassVar[Mapping[tuple[type[Operation], Kind | None], tuple[str, Spelling]]]

    def __init_subclass__(cls) -> None:
        # In a frozen dataclass with slots these refer to the class without slots, and would raise a TypeError.
        for name in ("__setattr__", "__delattr__"):
            if name in cls.__dict__:
                delattr(cls, name)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __post_init__(self) -> None:
        kind = getattr(self, "kind", Kind.NODE)
        if not isinstance(kind, Kind):
            raise TypeError(f"the kind of {type(self).__name__} must be an nsmig.Kind, not {kind!r}")

    @property
    def spelling(self) -> tuple[str, Spelling]:
        return self.spellings[type(self), getattr(self, "kind", None)]

    @property
    def name(self) -> str:
        """The operation's name in a migration file, such as ``AddNodeProperty``."""
        return self.spelling[0]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by their names in a migration file, without optional ones that are not given; name lists are
        sorted."""
        return self._spelled(self.spelling[1])

    @property
    def hashed_arguments(self) -> dict[str, Any]:
        """The arguments that go into a migration's checksum: those that 0.1.0 knew, given or not, and of the others
        those that change the effect, if given."""
        spelled = self.spelling[1].arguments
        left_out = _REMARKS | {each for each in _HASHED_WHERE_GIVEN & spelled.keys() if not getattr(self, each)}
        hashed = {field: argument for field, argument in spelled.items() if field not in left_out}
        return {argument: _listed(getattr(self, field)) for field, argument in hashed.items()}

    def _spelled(self, spelling: Spelling) -> dict[str, Any]:
        return {
            argument: _listed(value)
            for field, argument in spelling.arguments.items()
            if (value := getattr(self, field)) or field not in _LEFT_OUT
        }

    @property
    def description(self) -> str:
        """One line for people, in nodestream's words, such as ``Add property p to node type A``."""
        kind = getattr(self, "kind", None)
        noun = "node type" if kind is Kind.NODE else "relationship"
        return self.template.format(self=self, kind=kind and kind.value, drop_noun=noun)

    def to_dict(self) -> dict[str, Any]:
        """``{"operation": name, "arguments": {…}}``, the shape of a migration file's entry."""
        name, spelling = self.spelling
        return {"operation": name, "arguments": self._spelled(spelling)}

    @staticmethod
    def from_dict(entry: Mapping[str, Any]) -> Operation:
        """The operation that a migration file's entry describes.

        :param entry: ``{"operation": str, "arguments": mapping}`` and nothing else.
        :raises OperationError: unknown operation, missing or extra argument, or an argument of the wrong type.
        """
        if not isinstance(entry, Mapping) or set(entry) != {"operation", "arguments"}:
            raise OperationError("an operation is a mapping of exactly 'operation' and 'arguments'", entry)
        name, arguments = entry["operation"], entry["arguments"]
        if not isinstance(name, str) or name not in Operation.known:
            raise OperationError(f"operation {name!r} is unknown; known are {', '.join(Operation.known)}", entry)
        if not isinstance(arguments, Mapping):
            raise OperationError(f"the arguments of {name} must be a mapping", entry)
        cls, kind, spelled = Operation.known[name]
        field_of = {argument: field for field, argument in spelled.items()}
        unexpected = [str(argument) for argument in arguments if argument not in field_of]
        missing = [a for a, field in field_of.items() if a not in arguments and _is_required(cls, field)]
        if unexpected or missing:
            facts = [f"lacks {', '.join(missing)}"] * bool(missing)
            facts += [f"does not take {', '.join(unexpected)}"] * bool(unexpected)
            raise OperationError(f"{name} {' and '.join(facts)}", entry)
        values = {field_of[argument]: value for argument, value in arguments.items()}
        for each, value in values.items():
            values[each] = checked(name, spelled[each], each, value, entry)
        if kind is not None:
            values["kind"] = kind
        return cls(**values)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({arguments})"


def as_set_of_names(operation: Operation, field: str) -> None:
    """Make a field's names a sorted tuple without repetition, so that equal sets compare equal."""
    names = getattr(operation, field)
    if isinstance(names, str):  # a text is also a sequence of names, but surely a mistake
        raise TypeError(f"{field} of {operation.name} must be names, such as ({names!r},), not the text {names!r}")
    object.__setattr__(operation, field, tuple(sorted(set(names))))


# Optional fields of nsmig's own operations: if they are not given they are not written.
_LEFT_OUT = frozenset({"parameters", "database", "elidable", "touches", "using", "may_be_null", "options", "optional"})

# Fields that do not change the effect: adding one to an applied migration does not count as an edit.
_REMARKS = frozenset({"elidable", "touches"})

# Fields that 0.1.0 did not know and that change the effect.
_HASHED_WHERE_GIVEN = frozenset({"using", "may_be_null", "options", "optional"})


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _is_required(cls: type[Operation], name: str) -> bool:
    (each,) = (f for f in fields(cls) if f.name == name)  # type: ignore[arg-type]
    return each.default is MISSING and each.default_factory is MISSING
