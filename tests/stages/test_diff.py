"""``nsmig.diff``: the same operations in the same order as the reference's, and laws that hold for both."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nsmig
from nsmig.errors import RenameError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, DropType, RenameProperty, RenameType
from support import reference
from support.engines import (
    CORE,
    ENGINES,
    REFERENCE,
    Engine,
    Refused,
    answer,
    core_renames,
    core_schema,
    names_only,
    plain,
)
from support.reference import Property, Schema
from support.strategies import Names, renames, schemas

# Names that collide with temporary ones, and kinds that share names.
CLASHING = Names(
    nodes=("A", "_nsmig_A", "_nsmig_B", "B", "_nsmig"),
    relationships=("A", "B", "_nsmig_A"),
    properties=("p", "q", "_nsmig_A_p", "_nsmig_A_p_", "p_", "_nsmig_A"),
)


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


def types(*names: str, **properties: str) -> Schema:
    return Schema(
        {name: {} for name in names} | {t: dict.fromkeys(ps.split(), Property()) for t, ps in properties.items()}
    )


def asked(data: st.DataObject, before: Schema, after: Schema) -> reference.Renames:
    return data.draw(st.just(reference.NO_RENAMES) | renames(before, after))


@pytest.mark.parametrize("names", [Names(), CLASHING], ids=["plain", "clashing"])
@settings(max_examples=150)
@given(data=st.data())
def test_same_as_the_reference(names: Names, data: st.DataObject) -> None:
    before, after = data.draw(schemas(names, own=True)), data.draw(schemas(names, own=True))
    answers = asked(data, before, after)
    assert CORE.diff(before, after, answers) == REFERENCE.diff(before, after, answers)


@settings(max_examples=150)
@given(st.data())
def test_permutations(data: st.DataObject) -> None:
    """Everything stays and everything may be renamed: chains and circles of types and of properties at once."""
    of_type = data.draw(st.permutations(["p", "q", "r", "s"]))
    properties = {
        p: Property(key, indexed)
        for p, key, indexed in zip(
            of_type, *[data.draw(st.permutations([True, False, False, True])) for _ in "ki"], strict=True
        )
    }
    names = ["A", "B", "C", "D"]
    before = Schema({t: dict(properties) for t in names}, {t: dict(properties) for t in names[:2]})
    answers: tuple[dict[tuple[Kind, str], str], dict[tuple[Kind, str, str], str]] = ({}, {})
    for kind in Kind:
        there = before.types(kind)
        answers[0].update({(kind, old): new for old, new in zip(there, data.draw(st.permutations(there)), strict=True)})
        for t in there:
            answers[1].update(
                {(kind, t, old): new for old, new in zip(of_type, data.draw(st.permutations(of_type)), strict=True)}
            )
    operations = CORE.diff(before, before, answers)
    assert operations == REFERENCE.diff(before, before, answers)
    assert names_only(reference.fold(operations, before)) == names_only(before)


@pytest.mark.parametrize("names", [Names(), CLASHING], ids=["plain", "clashing"])
@given(data=st.data())
def test_leads_from_one_schema_to_the_other(names: Names, data: st.DataObject) -> None:
    """Checked with the core's own apply, with the core's values throughout."""
    before, after = data.draw(schemas(names)), data.draw(schemas(names))
    answers = core_renames(asked(data, before, after))
    reached = core_schema(before)
    for operation in nsmig.diff(reached, core_schema(after), renames=answers):
        reached = reached.apply(operation)
    assert reached == core_schema(after)


@given(schemas(own=True))
def test_from_a_schema_to_itself(schema: Schema) -> None:
    assert nsmig.diff(core_schema(schema), core_schema(schema)) == []


@given(schemas(own=True), st.data())
def test_property_types_and_adjacencies_are_not_looked_at(schema: Schema, data: st.DataObject) -> None:
    assert CORE.diff(schema, names_only(schema)) == []


@given(schemas(), schemas())
def test_no_operation_without_need(before: Schema, after: Schema) -> None:
    """Without answers nothing is renamed, and parts that are equal in both are not touched."""
    for operation in CORE.diff(before, after):
        assert not isinstance(operation, (RenameType, RenameProperty))
        kind, t = operation.kind, operation.type  # type: ignore[attr-defined]
        assert before.type(kind, t) != after.type(kind, t)


@given(schemas(), schemas(), schemas())
def test_schemas_of_different_origin(first: Schema, before: Schema, after: Schema) -> None:
    """Names are numbers in the core; those of two schemas must not be confused."""
    grown = core_schema(first)
    for operation in nsmig.diff(grown, core_schema(before)):
        grown = grown.apply(operation)
    assert nsmig.diff(grown, core_schema(after)) == CORE.diff(plain(grown), after)


def test_spellings_of_renames() -> None:
    """By name alone if that is enough, otherwise with the kind; a dot in a name makes no difference."""
    before = Schema({"A.x": {"b.c": Property()}}, {"A.x": {"b.c": Property()}})
    after = Schema({"B.y": {"d.e": Property()}}, {"B.y": {"d.e": Property()}})
    both = (
        [RenameType(kind, "A.x", "B.y") for kind in Kind],
        [RenameProperty(kind, "B.y", "b.c", "d.e") for kind in Kind],
    )
    spellings: list[dict[Any, str]] = [
        {"B.y.b.c": "d.e"},
        {("B.y", "b.c"): "d.e"},
        {(kind, "B.y", "b.c"): "d.e" for kind in Kind},
    ]
    for properties in spellings:
        operations = nsmig.diff(core_schema(before), core_schema(after), nsmig.Renames({"A.x": "B.y"}, properties))
        assert operations == [both[0][0], both[1][0], both[0][1], both[1][1]]
    one = nsmig.diff(core_schema(before), core_schema(after), nsmig.Renames({(Kind.NODE, "A.x"): "B.y"}))
    assert [each for each in one if getattr(each, "kind", None) is Kind.RELATIONSHIP] == [
        DropType(Kind.RELATIONSHIP, "A.x"),
        CreateType(Kind.RELATIONSHIP, "B.y", (), ("d.e",)),
    ]
    assert one[0] == both[0][0]


@pytest.mark.parametrize(
    "answers",
    [
        ({(Kind.NODE, "X"): "A"}, {}),
        ({(Kind.NODE, "A"): "X"}, {}),
        ({(Kind.RELATIONSHIP, "A"): "B"}, {}),
        ({(Kind.NODE, "A"): "B", (Kind.NODE, "B"): "B"}, {}),
        ({}, {(Kind.NODE, "A", "x"): "p"}),
        ({}, {(Kind.NODE, "A", "p"): "x"}),
        ({}, {(Kind.NODE, "A", "p"): "q", (Kind.NODE, "A", "q"): "q"}),
        ({}, {(Kind.NODE, "X", "p"): "p"}),
        ({}, {(Kind.RELATIONSHIP, "A", "p"): "q"}),
    ],
    ids=str,
)
def test_renames_that_do_not_fit(engine: Engine, answers: reference.Renames) -> None:
    schema = types(A="p q", B="p")
    assert answer(lambda: engine.diff(schema, schema, answers)) == ("refused", "rename")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (nsmig.Renames({"X": "A"}), 'no type "X" that was there and is now "A"'),
        (nsmig.Renames({}, {"A.p": "x"}), "no property A.p that was there"),
        (nsmig.Renames({(Kind.NODE, "A"): "B", (Kind.NODE, "B"): "B"}), 'two renames lead to "B"'),
    ],
    ids=str,
)
def test_messages_name_what_does_not_fit(answers: nsmig.Renames, message: str) -> None:
    schema = core_schema(types(A="p q", B="p"))
    with pytest.raises(RenameError, match=message):
        nsmig.diff(schema, schema, answers)


def test_a_new_type_has_no_property_to_rename(engine: Engine) -> None:
    with pytest.raises(Refused, match="p"):
        engine.diff(types(A="p"), types(A="p", B="q"), ({}, {(Kind.NODE, "B", "p"): "q"}))


def test_an_added_property_has_no_default(engine: Engine) -> None:
    assert engine.diff(types(A=""), types(A="p")) == [AddProperty(Kind.NODE, "A", "p", None)]
