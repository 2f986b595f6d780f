"""One way to ask the core and the reference the same question, so that a test runs on both.

Where their names differ, the reference's are used: its schemas, its migrations, its refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import nsmig
from nsmig import errors
from nsmig.kinds import Kind
from nsmig.operations import Operation, QueriesLeftOut, RunQuery
from support import reference


class Refused(Exception):
    """An engine refuses. ``why`` is the reference's word for it; ``error`` is the engine's own."""

    def __init__(self, why: str, error: Exception) -> None:
        super().__init__(f"{why}: {error}")
        self.why, self.error = why, error


class Engine(Protocol):
    """The stages that both engines have."""

    def apply(self, schema: reference.Schema, operation: Operation) -> reference.Schema: ...
    def order(self, migrations: Sequence[reference.Migration]) -> list[str]: ...
    def plan(
        self, migrations: Sequence[reference.Migration], applied: Iterable[str], has_rows: bool = False
    ) -> list[str]: ...
    def diff(
        self, before: reference.Schema, after: reference.Schema, renames: reference.Renames = reference.NO_RENAMES
    ) -> list[Operation]: ...


class Core:
    """``nsmig._core``."""

    def apply(self, schema: reference.Schema, operation: Operation) -> reference.Schema:
        return plain(_asked(lambda: core_schema(schema).apply(operation)))

    def order(self, migrations: Sequence[reference.Migration]) -> list[str]:
        return _asked(lambda: history(migrations).order())

    def plan(
        self, migrations: Sequence[reference.Migration], applied: Iterable[str], has_rows: bool = False
    ) -> list[str]:
        return [
            migration.name for migration in _asked(lambda: history(migrations).plan(list(applied), has_rows=has_rows))
        ]

    def diff(
        self, before: reference.Schema, after: reference.Schema, renames: reference.Renames = reference.NO_RENAMES
    ) -> list[Operation]:
        asked = core_renames(renames)
        return _asked(lambda: nsmig.diff(core_schema(before), core_schema(after), renames=asked, extensions=False))


class Reference:
    """``tests/reference.py``."""

    def apply(self, schema: reference.Schema, operation: Operation) -> reference.Schema:
        return _asked(lambda: reference.apply(schema, operation)[0])

    def order(self, migrations: Sequence[reference.Migration]) -> list[str]:
        return _asked(lambda: reference.order(migrations))

    def plan(
        self, migrations: Sequence[reference.Migration], applied: Iterable[str], has_rows: bool = False
    ) -> list[str]:
        return _asked(lambda: reference.plan(migrations, applied, has_rows))

    def diff(
        self, before: reference.Schema, after: reference.Schema, renames: reference.Renames = reference.NO_RENAMES
    ) -> list[Operation]:
        return _asked(lambda: reference.diff(before, after, renames))


ENGINES: Mapping[str, Engine] = {"core": Core(), "reference": Reference()}
CORE, REFERENCE = ENGINES["core"], ENGINES["reference"]


def answer(question: Callable[[], Any]) -> Any:
    """An engine's answer: a value, or ``("refused", why)``."""
    try:
        return question()
    except Refused as refused:
        return "refused", refused.why


def core_schema(schema: reference.Schema) -> nsmig.Schema:
    return nsmig.Schema.from_dict(schema.to_dict())


def core_renames(renames: reference.Renames) -> nsmig.Renames:
    return nsmig.Renames(types=dict(renames[0].items()), properties=dict(renames[1].items()))


def plain(schema: nsmig.Schema) -> reference.Schema:
    """The reference's equivalent of a core schema. Compares contents only."""
    return reference.Schema.from_dict(schema.to_dict())


def names_only(schema: reference.Schema) -> reference.Schema:
    """Without the parts that a diff ignores: types of properties, and adjacencies."""

    def untyped(types: dict[str, reference.Properties]) -> dict[str, reference.Properties]:
        return {
            t: {p: reference.Property(facts.key, facts.indexed) for p, facts in properties.items()}
            for t, properties in types.items()
        }

    return reference.Schema(untyped(schema.of(Kind.NODE)), untyped(schema.of(Kind.RELATIONSHIP)))


def history(migrations: Iterable[reference.Migration | nsmig.Migration]) -> nsmig.History:
    return nsmig.History([nsmig.Migration(m.name, m.operations, m.dependencies, m.replaces) for m in migrations])


def described(text: str) -> list[reference.Migration]:
    """``b:a`` is a migration that depends on a, ``s=a,b:c`` a squash of a and b that depends on c.

    ``b?`` has a query, ``s!`` has left one out.
    """
    found = []
    for each in text.split():
        head, _, dependencies = each.partition(":")
        name, _, replaces = head.partition("=")
        lists = (tuple(filter(None, names.split(","))) for names in (dependencies, replaces))
        operations = [QueriesLeftOut(("RETURN 2",))] * ("!" in name) + [RunQuery("RETURN 1")] * ("?" in name)
        found.append(reference.Migration(name.rstrip("?!"), tuple(operations), *lists))
    return found


Answer = TypeVar("Answer")


def _asked(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except reference.HistoryRefused as error:
        raise Refused(error.why, error) from error
    except errors.DuplicateMigrationError as error:
        raise Refused("duplicate", error) from error
    except errors.MissingDependencyError as error:
        raise Refused("missing", error) from error
    except errors.CycleError as error:
        raise Refused("cycle", error) from error
    except errors.OverlapError as error:
        raise Refused("overlap", error) from error
    except errors.PlanError as error:
        raise Refused("file", error) from error
    except (reference.FoldRefused, errors.FoldError) as error:
        raise Refused("fold", error) from error
    except (reference.RenameRefused, errors.RenameError) as error:
        raise Refused("rename", error) from error
