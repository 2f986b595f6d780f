"""The operations that a kind of database is asked about before anything runs: those that it may refuse."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from nsmig import History, Kind, Migration, Operation, Schema
from nsmig.checking.folder import refused
from nsmig.database import database_kind
from nsmig.errors import UnsupportedError
from nsmig.kinds import DATABASES, PROPERTY_TYPES
from nsmig.operations import AddProperty, CreateType, RenameProperty, RunQuery, SetPropertyType
from nsmig.overwriting import refusing
from nsmig.values import SchemaView
from support.migrations import chained
from support.strategies import Names, histories, yaml_values

NODE = Kind.NODE
REFUSALS = {kind: database_kind(kind).refuse for kind in DATABASES}

# Names that are equal but for letter case, reserved, or impossible to write.
TROUBLESOME = Names(
    ("A", "a", "B", "x.y", "__nsmig_x", "É"), ("R", "b", "A", ""), ("p", "P", "q", "_id", "_nsmig_key", "n\0")
)


def by_asking_all(history: History) -> list[tuple[str, str]]:
    found, schema = [], Schema()
    for migration in history.plan():
        for operation in migration.operations:
            found += [(migration.name, reason) for reason in refusing(operation, schema, REFUSALS)]
            schema = schema.apply(operation)
    return found


def by_asking_some(history: History) -> list[tuple[str, str]]:
    return [(each.migration or "", each.message.partition(": ")[2]) for each in refused(history, REFUSALS)]


@given(
    st.lists(st.sampled_from(PROPERTY_TYPES), min_size=3, max_size=3),
    histories(
        max_size=12,
        names=TROUBLESOME,
        own=True,
        defaults=yaml_values,
        findings=frozenset({"type-replaced", "type-missing", "type-overwritten", "property-exists", "index-exists"}),
    ),
)
def test_asking_about_some_operations_refuses_the_same_as_asking_about_all(
    types: Sequence[str], operations: list[Operation]
) -> None:
    typed = [CreateType(NODE, "A", ("q",), ("p", "q")), *(SetPropertyType(NODE, "A", "p", each) for each in types)]
    history = chained(*typed, *operations)
    expected, found = by_asking_all(history), by_asking_some(history)
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert all(reason in said for (_, reason), (_, said) in zip(expected, found, strict=True))


def plain(count: int) -> list[Operation]:
    made: list[Operation] = []
    for at in range(count):
        name = f"Type {at}"
        made += [CreateType(NODE, name, ("k",), ("p",)), AddProperty(NODE, name, "q", at)]
        made.append(RenameProperty(NODE, name, "p", "r"))
    return made


def test_of_plain_operations_one_is_asked_for_all() -> None:
    odd = RunQuery("RETURN 1")
    history = History([Migration("m", (*plain(200), odd, odd))])
    asked = [operation for _, _, operation, _ in history.steps(["m"], Schema())]
    assert asked == [*plain(1), odd, odd]


def test_where_one_is_refused_all_like_it_are_asked() -> None:
    """As in a database without renames."""

    def refuse(operation: Operation, before: SchemaView) -> None:
        if isinstance(operation, RenameProperty):
            raise UnsupportedError(operation, "there are no renames")

    found = list(refused(History([Migration("m", tuple(plain(5)))]), {"toy": refuse}))
    assert len(found) == 5 and all("there are no renames" in each.message for each in found)


def test_steps_have_the_schema_before_and_after_them() -> None:
    history = chained(*plain(3))
    steps = history.steps(history.order(), Schema())
    before = [schema for *_, schema in steps]
    assert [each.types(NODE) for each in before] == [[], ["Type 0"], ["Type 0"]]
    assert steps.schema() == history.schema()
    later = history.steps(history.order()[3:], Schema.from_dict(history.schema("m2").to_dict()))
    assert len(list(later)) == 3 and later.schema() == history.schema()
