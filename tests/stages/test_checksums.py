"""The text behind the checksums in databases: the core and Python write the same one, and it never changes."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from nsmig import History, Migration, Operation
from nsmig.catalog_operations import CreateEntry, RemoveEntry
from nsmig.database.base import Record, State
from nsmig.kinds import Kind
from nsmig.operations import OPERATIONS, AddAdjacency, AddProperty, CreateType, RunQuery, SetPropertyType
from nsmig.running.tasks import edited
from nsmig.values import checksum, checksum_of_text
from support.strategies import any_operations

NODE = Kind.NODE

# Operations and arguments that 0.1.0 did not have.
SINCE_THEN = {"elidable", "touches", "using", "may_be_null", "QueriesLeftOut"}


@given(st.lists(any_operations(), max_size=4))
@example([RunQuery("it's", {}, None), RunQuery('it\'s "x"', {"a": 1}, "neo4j")])
@example([CreateType(NODE, "Größe", ("ж", "名"), ()), AddProperty(NODE, "A", "p", True), AddAdjacency("A", "R", "B")])
def test_the_cores_text_is_pythons(operations: list[Operation]) -> None:
    history = History([Migration("m", tuple(operations))])
    text, missing = history.canonical(["m", "none"])
    assert missing is None
    if text is not None:
        assert checksum_of_text(text) == checksum(history["m"].operations)


def test_the_core_writes_each_letter_as_python_or_not_at_all() -> None:
    letters = [chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) != "Cs"]
    some = letters[:0x3000] + letters[0x3000::97]
    history = History([Migration(f"m{at}", (AddProperty(NODE, "A", each),)) for at, each in enumerate(some)])
    written = 0
    for at, (each, text) in enumerate(zip(some, history.canonical([f"m{at}" for at in range(len(some))]), strict=True)):
        if text is not None:
            written += 1
            assert text.split("'property_name', ")[1].startswith(f"{each!r})"), (at, each)
    assert written > 800


def test_what_the_core_must_write() -> None:
    """Otherwise everything could be left to Python, which is slow."""
    made = (
        CreateType(NODE, "A", ("id",), ()),
        AddProperty(NODE, "A", "p", -5),
        SetPropertyType(NODE, "A", "p", "FLOAT"),
    )
    history = History([Migration("m", (*made, RunQuery("MATCH (n)\n RETURN n")))])
    assert None not in history.canonical(["m"])


def test_checksums_are_those_of_the_first_version() -> None:
    made = (CreateType(NODE, "A", ("id",), ()), AddProperty(NODE, "A", "it's", {"a": [1, 2.5, None]}), RunQuery("x"))
    assert checksum(made) == "21c0a51ca6e0e4386f0a4d37ceab4004"


def test_each_operation_has_the_checksum_that_the_first_version_recorded() -> None:
    given = {"keys": ("k",), "properties": ("p", "q"), "default": None, "to": "INTEGER", "database": "neo4j",
             "parameters": {"a": [1, 2.5, None]}}  # fmt: skip
    made: list[Operation] = []
    for name, (cls, kind, arguments) in OPERATIONS.items():
        if name in SINCE_THEN or issubclass(cls, (CreateEntry, RemoveEntry)):
            continue
        fields = {each: given.get(each, each) for each in arguments if each not in SINCE_THEN}
        made.append(cls(kind=kind, **fields) if kind else cls(**fields))  # type: ignore[call-arg]
    assert checksum([*made, RunQuery("x")]) == "6e3dc07f41e17a6a30e58ea84932030a"


def test_omitted_arguments_are_not_written_and_a_remark_is_not_an_edit() -> None:
    bare = RunQuery("x")
    assert bare.to_dict() == {"operation": "RunQuery", "arguments": {"query": "x"}}
    remarked = RunQuery("x", elidable=True)
    assert remarked.to_dict()["arguments"] == {"query": "x", "elidable": True}
    declared = RunQuery("x", touches={"relationships": {"R"}, "nodes": ("B", "A", "B")})
    given = {"query": "x", "touches": {"nodes": ["A", "B"], "relationships": ["R"]}}
    assert declared.to_dict()["arguments"] == given and Operation.from_dict(declared.to_dict()) == declared
    texts = History([Migration(name, (each,)) for name, each in (("m", bare), ("n", declared))]).canonical(["m", "n"])
    assert checksum([remarked]) == checksum([bare]) == checksum([declared]) and texts[0] == texts[1]
    applied = State({"m": Record("m", checksum=checksum([bare]))}, {})
    assert edited(History([Migration("m", (remarked,))]), applied) == []
    assert edited(History([Migration("m", (RunQuery("y", elidable=True),))]), applied) == ["m"]


def test_an_expression_is_hashed_where_it_is_given() -> None:
    """Without an expression, the text is still that of 0.1.0, which databases hold."""
    plain, by = (SetPropertyType(NODE, "A", "p", "INTEGER", each) for each in (None, "size(value)"))
    nullable = SetPropertyType(NODE, "A", "p", "INTEGER", "size(value)", may_be_null=True)
    each = SetPropertyType(NODE, "A", "p", "INTEGER", {"neo4j": "size(value)", "ladybug": "1"})
    assert plain.to_dict()["arguments"] == {"node_type": "A", "property_name": "p", "type": "INTEGER"}
    texts = [History([Migration("m", (made,))]).canonical(["m"])[0] for made in (plain, by, nullable)]
    common = "SetNodePropertyType[('node_type', 'A'), ('property_name', 'p'), ('type', 'INTEGER')"
    assert texts == [f"{common}{more}]\n" for more in ("", *(f", ('using', 'size(value)'){last}" for last in
                                                              ("", ", ('may_be_null', True)")))]  # fmt: skip
    for made, text in zip((plain, by, nullable), texts, strict=True):
        assert text is not None and checksum([made]) == checksum_of_text(text)
    assert len({checksum([made]) for made in (plain, by, nullable, each)}) == 4
    reversed_ = replace(each, using={"ladybug": "1", "neo4j": "size(value)"})
    assert checksum([reversed_]) == checksum([each])


def test_thousands_are_compared() -> None:
    names = [f"m{at:05}" for at in range(5_000)]
    history = History([Migration(name, (AddProperty(NODE, "A", f"p{name}"),)) for name in names])
    state = State({name: Record(name, checksum=checksum(history[name].operations)) for name in names}, {})
    assert edited(history, state) == []
    assert edited(history, State({"m00007": Record("m00007", checksum="other"), "gone": Record("gone")}, {})) == [
        "m00007"
    ]
    assert edited(history, State({"m00007": Record("m00007")}, {})) == []  # as nodestream records it
