"""The required effect of every database adapter on data, as a pytest class to inherit from. It knows no driver.

    class TestNeo4j(Contract):
        features = frozenset({"labels", "undeclared", "values", "times", "repeat"})

        @pytest.fixture
        def engine(self, ...) -> Engine: ...

Each case is written out by hand; random sequences are compared with the toy graph of ``reference.py`` after every
operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, ClassVar, NamedTuple, Protocol

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.errors import ConflictError, UnsupportedError
from nsmig.kinds import PROPERTY_TYPES, Kind
from nsmig.operations import (
    OWN_OPERATIONS,
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    QueriesLeftOut,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import Entry
from support.meanings import IS_X, JOIN, LEVEL, SPLIT, Meaning
from support.reference import Conflict, Graph, Node, Property, Relationship, Schema, apply, convert, execute
from support.strategies import ALL_FINDINGS, DISTINCT, ODD, graphs, operations, schemas, texts, values

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP


class Engine(Protocol):
    """A database under test."""

    def load(self, graph: Graph, schema: Schema) -> None:
        """Empty the database, then make what the schema declares and these rows. Every node has an integer property
        ``_id``.

        The engine may keep it under another name. ``diff(Schema(), schema)`` are operations that make the schema.
        """

    def apply(self, operation: Operation, before: Schema) -> object:
        """Refuse or check the operation, then execute it.

        :raises UnsupportedError: the adapter refuses the operation.
        :raises ConflictError: a check stopped it.
        """

    def dump(self) -> Graph:
        """All rows except nsmig's own, each node with its ``_id``, values as plain Python values."""


# ---- Cases -----------------------------------------------------------------------------------------------------------

CONFLICT = "conflict"
LABELS, UNDECLARED, VALUES = frozenset({"labels"}), frozenset({"undeclared"}), frozenset({"values"})
ENTRIES = frozenset({"entries"})


class Case(NamedTuple):
    """``before`` and ``after`` are rows: nodes as (labels, properties), or None if deleted; relationships as (type,
    from, to, properties)."""

    title: str
    operation: Operation
    schema: Schema
    before: list[Any]
    after: list[Any] | str  # CONFLICT: the operation stops and changes nothing
    needs: frozenset[str] = frozenset()


def rows(entries: list[Any]) -> Graph:
    """The graph of a case's rows. A node's ``_id`` is its position."""
    nodes: list[Node | None] = []
    relationships: list[Relationship | None] = []
    for entry in entries:
        if entry is None:
            nodes.append(None)
        elif len(entry) == 4:
            relationships.append(Relationship(*entry))
        else:
            labels, properties = entry
            nodes.append(Node(frozenset({labels} if isinstance(labels, str) else labels), properties))
    return identified(Graph(nodes, relationships))


def identified(graph: Graph) -> Graph:
    """With each node's position as its ``_id``."""
    nodes = [node and Node(node.labels, {"_id": at, **node.properties}) for at, node in enumerate(graph.nodes)]
    return Graph(nodes, graph.relationships)


def types(**described: str) -> dict[str, dict[str, Property]]:
    """``A="k* p q^"``: ``*`` marks a key, ``^`` an index."""
    return {
        name: {p.rstrip("*^"): Property(key="*" in p, indexed="^" in p) for p in properties.split()}
        for name, properties in described.items()
    }


A = Schema(types(A="k* p"), types(R="p"))
AB = Schema(types(A="k* p q", B="j* p r"))  # both declare p
Row = tuple[Any, ...]
X: Row = ("A", {"k": "1", "p": "x"})
Y: Row = ("A", {"k": "2"})
XX: Row = ("R", 0, 0, {"p": "x"})
XY: Row = ("R", 0, 1, {"p": "x"})
YY: Row = ("R", 1, 1, {})
ROWS = [X, Y, XY, YY]
BOTH: Row = (("A", "B"), {"k": "3", "p": "x", "q": "y", "j": "2", "r": "z"})
# One default of each type.
DEFAULTS = [
    date(2020, 1, 2),
    datetime(2020, 1, 2, 3, 4, 5, 678000),
    ["x", "y'"],
    [1, 2],
    True,
    0,
    -(2**63),
    1.5,
    "",
    "null",
]

LOOPS = Schema(A.nodes, A.relationships, frozenset({("A", "R", "A")}))
VALUES_TO_CONVERT = [
    *("07", "+7", "-007", " 7", "7_0", "7.5", "1e5", ".5", "5.", ".", "1e400", "NaN", "x", "", "\u0663"),
    *("9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999"),
    *("true", "false", "TRUE", "1"),
    *("2020-02-29", "2021-02-29", "2020-13-01", "0000-01-01", "2020-01-02T03:04", "2020-01-02 03:04:05.678901"),
    *("2020-01-02T24:00", "2020-01-02T03:04:05.", "20200102", "2020-01-02T03"),
    *(7, 7.0, 7.5, -1.5, 2**53 + 1, 2**63 - 1, True, False, 0),
    *("03:04", "03:04:05.678901", "03:04:05Z", "23:59-17:59", "3:04", "24:00", "03:04:60", "03:04+18:00", "T03:04"),
    *(time(3, 4), time(3, 4, 5, 678901)),
    *(["03:04", "03:04:05"], ["03:04Z", "03:04+01:00"], [time(3, 4)]),
    *(date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5), datetime(2020, 1, 2, 3, 4, 5, 678901)),
    *([], [1, 2], [1.0, 2.5], ["1", "2"], ["x"], ["true"], [True], ["2020-01-02", "2020-01-02 03:04"]),
]


def _conversions(to: str) -> Iterator[Case]:
    """Values that can be converted as one case and values that cannot as another, once as texts only and once of all
    types."""
    for needs, contents in (
        (VALUES, VALUES_TO_CONVERT),
        (frozenset({"texts"}), [each for each in VALUES_TO_CONVERT if isinstance(each, str)]),
    ):
        before: list[Row] = []
        after: list[Row] = []
        refused: list[Row] = []
        for at, value in enumerate(contents):
            row = ("A", {"k": str(at), "p": value})
            try:
                after.append(("A", {"k": str(at), "p": convert(value, to)}))
                before.append(row)
            except Conflict:
                refused.append(row)
        operation = SetPropertyType(NODE, "A", "p", to)
        needs |= {"times"} if to.removeprefix("LIST_OF_").removesuffix("S") in ("TIME", "POINT") else frozenset()
        title = f"to {to}{', of any type' if needs >= VALUES else ''}"
        yield Case(f"{title}, converted", operation, A, before, after, needs)
        if refused:
            yield Case(f"{title}, refused", operation, A, refused, CONFLICT, needs)


LISTED = Schema({"A": A.nodes["A"] | {"p": Property(type="LIST_OF_STRINGS")}}, A.relationships)
LEVELS: list[Row] = [("A", {"k": "1", "p": "high"}), ("A", {"k": "2", "p": "low"}), ("A", {"k": "3"})]
NUMBERS: list[Row] = [("A", {"k": "1", "p": 9}), ("A", {"k": "2", "p": 1}), ("A", {"k": "3"})]


def _by(meaning: Meaning) -> SetPropertyType:
    return SetPropertyType(NODE, "A", "p", meaning.to, meaning.using)


def _keyed() -> tuple[list[Row], list[Row]]:
    """Connected rows whose key becomes a number."""
    loop: Row = ("R", 0, 1, {"p": "x"})
    before = [("A", {"k": each, "p": "x"}) for each in ("high", "low")]
    return [*before, loop], [("A", {"k": 9, "p": "x"}), ("A", {"k": 1, "p": "x"}), loop]


def _shared() -> tuple[list[Row], list[Row]]:
    """A node of two types, and one of the other type."""
    other: Row = ("B", {"j": "5", "p": "high"})
    return [(BOTH[0], BOTH[1] | {"p": "high"}), other], [(BOTH[0], BOTH[1] | {"p": 9}), other]


def _split() -> tuple[list[Row], list[Row]]:
    """Texts, and lists of their parts."""
    nobody: Row = ("A", {"k": "z"})
    texts: list[Row] = [("A", {"k": "1", "p": "a,b"}), ("A", {"k": "2", "p": "c"}), nobody]
    return texts, [("A", {"k": "1", "p": ["a", "b"]}), ("A", {"k": "2", "p": ["c"]}), nobody]


def _with_entries(schema: Schema, *entries: Entry) -> Schema:
    return replace(schema, catalog={each.name: each for each in entries})


UNIQUE = Entry("u", "unique", NODE, ("A",), ("p",))
WORDS = Entry("w", "fulltext", NODE, ("A",), ("p",))
INDEXED = _with_entries(A, UNIQUE, WORDS, Entry("t", "text", RELATIONSHIP, ("R",), ("p",)))


def _on_entries() -> Iterator[Case]:
    """Declared indexes and constraints change no data, and stop what a constraint does not allow."""
    for kind, name in ((NODE, "A"), (RELATIONSHIP, "R")):
        for form in ("fulltext", "text", "range"):
            yield Case(f"{form}, no change", CreateIndex(kind, "i", (name,), ("p",), form), A, ROWS, ROWS, ENTRIES)
        unique = CreateConstraint(kind, "c", (name,), ("p",), "unique")
        yield Case("no change", unique, A, ROWS, ROWS, ENTRIES)
        same = [X, Y, ("A", {"k": "3", "p": "x"}), XY, XX]
        yield Case("rows share a value", unique, A, same, CONFLICT, ENTRIES)
    yield Case("no change", RemoveIndex("w"), INDEXED, ROWS, ROWS, ENTRIES)
    yield Case("no change", RemoveConstraint("u"), INDEXED, ROWS, ROWS, ENTRIES)
    renamed: list[Row] = [("C", X[1]), ("C", Y[1]), XY, YY]
    yield Case("with an index", RenameType(NODE, "A", "C"), INDEXED, ROWS, renamed, ENTRIES)
    moved: list[Row] = [("A", {"k": "1", "q": "x"}), Y, XY, YY]
    yield Case("with an index", RenameProperty(NODE, "A", "p", "q"), INDEXED, ROWS, moved, ENTRIES)
    retyped: list[Row] = [X, Y, ("S", *XY[1:]), ("S", *YY[1:])]
    yield Case("with an index", RenameType(RELATIONSHIP, "R", "S"), INDEXED, ROWS, retyped, ENTRIES)
    yield Case(
        "with an index", RenameKeyPart(NODE, "A", "k", "q"), INDEXED, [X], [("A", {"q": "1", "p": "x"})], ENTRIES
    )
    only = _with_entries(A, UNIQUE)
    texts: list[Row] = [("A", {"k": "1", "p": "7"}), ("A", {"k": "2", "p": "07"}), ("A", {"k": "3", "p": "8"})]
    numbers = SetPropertyType(NODE, "A", "p", "INTEGER")
    yield Case("a unique property that becomes ambiguous", numbers, only, texts, CONFLICT, ENTRIES)
    filled = ExtendKey(NODE, "A", "p", "d")
    yield Case("a default for a unique property", filled, only, [Y, ("A", {"k": "3"})], CONFLICT, ENTRIES)
    other = _with_entries(AB, Entry("u", "unique", NODE, ("B",), ("r",)))
    both: Row = (("A", "B"), {"k": "4", "j": "5"})
    default = AddProperty(NODE, "A", "r", "z")
    needs = ENTRIES | LABELS
    yield Case("a default for a unique property of B", default, other, [both, BOTH], CONFLICT, needs)


CASES = [
    *_on_entries(),
    # Types
    Case("no rows", CreateType(NODE, "B", ("j",), ("p",)), A, ROWS, ROWS),
    Case("no rows", CreateType(RELATIONSHIP, "S", ("j",), ("p",)), A, ROWS, ROWS),
    Case("without a key", CreateType(NODE, "B", (), ()), A, ROWS, ROWS),
    Case("over rows with one key", CreateType(NODE, "B", ("p",), ()), A, [("B", {"p": "x"})] * 2, CONFLICT, UNDECLARED),
    Case("others stay", DropType(NODE, "A"), AB, [*ROWS[:2], ("B", {"j": "1"})], [None, None, ("B", {"j": "1"})]),
    Case("with relationships", DropType(NODE, "A"), A, ROWS, [None, None]),
    Case("nodes stay", DropType(RELATIONSHIP, "R"), A, ROWS, [X, Y]),
    Case("also B", DropType(NODE, "A"), AB, [BOTH, X], [("B", {"p": "x", "j": "2", "r": "z"}), None], LABELS),
    Case("also unmanaged", DropType(NODE, "A"), A, [(("A", "Other"), {"k": "1"})], [None], LABELS | UNDECLARED),
    Case(
        "undeclared properties stay",
        DropType(NODE, "A"),
        AB,
        [(("A", "B", "Other"), {"k": "1", "j": "2", "extra": "x"})],
        [(("B", "Other"), {"j": "2", "extra": "x"})],
        LABELS | UNDECLARED,
    ),
    Case("properties stay", RenameType(NODE, "A", "C"), A, ROWS, [("C", X[1]), ("C", Y[1]), XY, YY]),
    Case("properties stay", RenameType(RELATIONSHIP, "R", "S"), A, ROWS, [X, Y, ("S", *XY[1:]), ("S", *YY[1:])]),
    Case("other labels stay", RenameType(NODE, "A", "C"), AB, [BOTH], [(("B", "C"), BOTH[1])], LABELS),
    Case(
        "equal relationships", RenameType(RELATIONSHIP, "R", "S"), A, [X, XX, XX], [X, ("S", *XX[1:]), ("S", *XX[1:])]
    ),
    # Properties
    *(
        Case(
            f"{d!r}", AddProperty(NODE, "A", "q", d), A, ROWS, [("A", X[1] | {"q": d}), ("A", Y[1] | {"q": d}), XY, YY]
        )
        for d in DEFAULTS
    ),
    *(
        Case(f"{d!r}", AddProperty(RELATIONSHIP, "R", "q", d), A, [X, XX], [X, ("R", 0, 0, {"p": "x", "q": d})])
        for d in DEFAULTS
    ),
    Case("null", AddProperty(NODE, "A", "q", None), A, ROWS, ROWS),
    Case("null", AddProperty(RELATIONSHIP, "R", "q", None), A, ROWS, ROWS),
    Case(
        "only where null",
        AddProperty(NODE, "A", "p", "d"),
        Schema(types(A="k*")),
        [X, Y],
        [X, ("A", {"k": "2", "p": "d"})],
        UNDECLARED,
    ),
    Case(
        "B has it",
        AddProperty(NODE, "A", "r", "d"),
        AB,
        [BOTH, (("A", "B"), {"k": "4", "j": "3"})],
        [BOTH, (("A", "B"), {"k": "4", "j": "3", "r": "d"})],
        LABELS,
    ),
    Case("removed", DropProperty(NODE, "A", "p"), A, ROWS, [("A", {"k": "1"}), Y, XY, YY]),
    Case("removed", DropProperty(RELATIONSHIP, "R", "p"), A, ROWS, [X, Y, ("R", 0, 1, {}), YY]),
    Case("indexed", DropProperty(NODE, "A", "p"), Schema(types(A="k* p^")), [X, Y], [("A", {"k": "1"}), Y]),
    Case("B declares it", DropProperty(NODE, "A", "p"), AB, [BOTH, X], [BOTH, ("A", {"k": "1"})], LABELS),
    Case("key part", DropProperty(NODE, "A", "p"), Schema(types(A="k* p*")), [X], [("A", {"k": "1"})]),
    Case(
        "key part", DropProperty(NODE, "A", "k"), Schema(types(A="k* p*")), [X, ("A", {"k": "2", "p": "x"})], CONFLICT
    ),
    Case("value follows", RenameProperty(NODE, "A", "p", "q"), A, ROWS, [("A", {"k": "1", "q": "x"}), Y, XY, YY]),
    Case("value follows", RenameProperty(RELATIONSHIP, "R", "p", "q"), A, ROWS, [X, Y, ("R", 0, 1, {"q": "x"}), YY]),
    Case(
        "indexed",
        RenameProperty(NODE, "A", "p", "q"),
        Schema(types(A="k* p^")),
        [X, Y],
        [("A", {"k": "1", "q": "x"}), Y],
    ),
    Case("B keeps it", RenameProperty(NODE, "A", "p", "s"), AB, [BOTH], [(BOTH[0], BOTH[1] | {"s": "x"})], LABELS),
    Case("B has another value", RenameProperty(NODE, "A", "p", "r"), AB, [BOTH], CONFLICT, LABELS),
    Case(
        "B has the same value",
        RenameProperty(NODE, "A", "q", "r"),
        AB,
        [(BOTH[0], BOTH[1] | {"q": "z"})],
        [(BOTH[0], {"k": "3", "p": "x", "j": "2", "r": "z"})],
        LABELS,
    ),
    Case(
        "only some conflict",
        RenameProperty(NODE, "A", "p", "q"),
        A,
        [("A", {"k": "1", "p": "x"}), ("A", {"k": "2", "p": "x", "q": "y"}), ("A", {"k": "3", "q": "y"})],
        CONFLICT,
        UNDECLARED,
    ),
    Case(
        "an undeclared value stays where there is none to move",
        RenameProperty(NODE, "A", "p", "q"),
        A,
        [("A", {"k": "3", "q": "y"})],
        [("A", {"k": "3", "q": "y"})],
        UNDECLARED,
    ),
    Case(
        "1 is 1.0",
        RenameProperty(NODE, "A", "p", "q"),
        A,
        [("A", {"k": "1", "p": 1, "q": 1.0})],
        [("A", {"k": "1", "q": 1.0})],
        VALUES | UNDECLARED,
    ),
    Case(
        "1 is not true",
        RenameProperty(NODE, "A", "p", "q"),
        A,
        [("A", {"k": "1", "p": 1, "q": True})],
        CONFLICT,
        VALUES | UNDECLARED,
    ),
    *(
        Case(
            f"{d!r}",
            RenameProperty(NODE, "A", "p", "q"),
            A,
            [("A", {"k": "1", "p": d})],
            [("A", {"k": "1", "q": d})],
            VALUES,
        )
        for d in DEFAULTS
    ),
    # Indexes
    *(Case("no change", AddIndex(kind, name, "p"), A, ROWS, ROWS) for kind, name in ((NODE, "A"), (RELATIONSHIP, "R"))),
    *(
        Case("no change", DropIndex(kind, name, "p"), Schema(types(A="k* p^"), types(R="p^")), ROWS, ROWS)
        for kind, name in ((NODE, "A"), (RELATIONSHIP, "R"))
    ),
    Case("the whole key", AddIndex(NODE, "A", "k"), A, ROWS, ROWS),
    # Keys
    Case("new", ExtendKey(NODE, "A", "q", "d"), A, ROWS, [("A", X[1] | {"q": "d"}), ("A", Y[1] | {"q": "d"}), XY, YY]),
    Case(
        "sentinel",
        ExtendKey(NODE, "A", "q", None),
        A,
        ROWS,
        [("A", X[1] | {"q": "null"}), ("A", Y[1] | {"q": "null"}), XY, YY],
    ),
    Case("by a property", ExtendKey(NODE, "A", "p", "d"), A, ROWS, [X, ("A", {"k": "2", "p": "d"}), XY, YY]),
    Case(
        "new",
        ExtendKey(RELATIONSHIP, "R", "q", "d"),
        A,
        ROWS,
        [X, Y, ("R", 0, 1, {"p": "x", "q": "d"}), ("R", 1, 1, {"q": "d"})],
    ),
    Case("no sentinel", ExtendKey(RELATIONSHIP, "R", "q", None), A, ROWS, ROWS),
    Case(
        "first key",
        ExtendKey(NODE, "A", "p", "d"),
        Schema(types(A="p")),
        [("A", {}), ("A", {"p": "x"})],
        [("A", {"p": "d"}), ("A", {"p": "x"})],
    ),
    Case("first key", ExtendKey(NODE, "A", "p", "d"), Schema(types(A="p")), [("A", {}), ("A", {})], CONFLICT),
    Case(
        "value follows",
        RenameKeyPart(NODE, "A", "k", "q"),
        A,
        ROWS,
        [("A", {"q": "1", "p": "x"}), ("A", {"q": "2"}), XY, YY],
    ),
    Case(
        "value follows",
        RenameKeyPart(RELATIONSHIP, "R", "p", "q"),
        Schema(A.nodes, types(R="p*")),
        [X, XX],
        [X, ("R", 0, 0, {"q": "x"})],
    ),
    Case(
        "one of two", RenameKeyPart(NODE, "A", "k", "q"), Schema(types(A="k* p*")), [X], [("A", {"q": "1", "p": "x"})]
    ),
    # nsmig's own
    Case("stays", ReduceKey(NODE, "A", "p"), Schema(types(A="k* p*"), types(R="p")), [X, XX], [X, XX]),
    Case("the last part", ReduceKey(NODE, "A", "k"), A, ROWS, ROWS),
    Case("indexed", ReduceKey(NODE, "A", "p"), Schema(types(A="k* p*^")), [X], [X]),
    Case("ambiguous", ReduceKey(NODE, "A", "k"), Schema(types(A="k* p*")), [X, ("A", {"k": "2", "p": "x"})], CONFLICT),
    Case("stays", ReduceKey(RELATIONSHIP, "R", "p"), Schema(A.nodes, types(R="p*")), [X, XX], [X, XX]),
    Case(
        "converted",
        SetPropertyType(NODE, "A", "p", "INTEGER"),
        A,
        [("A", {"k": "1", "p": "07"}), Y],
        [("A", {"k": "1", "p": 7}), Y],
    ),
    Case("not a number", SetPropertyType(NODE, "A", "p", "INTEGER"), A, [X, Y], CONFLICT),
    Case(
        "converted",
        SetPropertyType(RELATIONSHIP, "R", "p", "BOOLEAN"),
        A,
        [X, ("R", 0, 0, {"p": "true"})],
        [X, ("R", 0, 0, {"p": True})],
    ),
    *(case for to in PROPERTY_TYPES for case in _conversions(to)),
    Case(
        "some can, some cannot",
        SetPropertyType(NODE, "A", "p", "INTEGER"),
        A,
        [("A", {"k": "1", "p": "7"}), ("A", {"k": "2", "p": "x"}), ("A", {"k": "3"})],
        CONFLICT,
    ),
    Case(
        "a key",
        SetPropertyType(NODE, "A", "k", "INTEGER"),
        A,
        ROWS,
        [("A", {"k": 1, "p": "x"}), ("A", {"k": 2}), XY, YY],
    ),
    Case(
        "a part of a key",
        SetPropertyType(NODE, "A", "p", "DATETIME"),
        Schema(types(A="k* p*"), types(R="")),
        [("A", {"k": "1", "p": "2020-01-02"}), ("R", 0, 0, {})],
        [("A", {"k": "1", "p": datetime(2020, 1, 2)}), ("R", 0, 0, {})],
    ),
    Case(
        "a key that becomes ambiguous",
        SetPropertyType(NODE, "A", "k", "INTEGER"),
        A,
        [("A", {"k": "7"}), ("A", {"k": "07"}), ("A", {"k": "8"})],
        CONFLICT,
    ),
    Case(
        "indexed",
        SetPropertyType(NODE, "A", "p", "FLOAT"),
        Schema(types(A="k* p^")),
        [("A", {"k": "1", "p": "1.5"})],
        [("A", {"k": "1", "p": 1.5})],
    ),
    Case(
        "B has it, too",
        SetPropertyType(NODE, "A", "p", "INTEGER"),
        AB,
        [(BOTH[0], BOTH[1] | {"p": "7"}), ("B", {"j": "5", "p": "7"})],
        [(BOTH[0], BOTH[1] | {"p": 7}), ("B", {"j": "5", "p": "7"})],
        LABELS,
    ),
    Case("by an expression", _by(LEVEL), A, LEVELS, NUMBERS),
    Case(
        "by an expression",
        replace(_by(LEVEL), kind=RELATIONSHIP, type="R"),
        A,
        [X, ("R", 0, 0, {"p": "high"}), ("R", 0, 0, {})],
        [X, ("R", 0, 0, {"p": 9}), ("R", 0, 0, {})],
    ),
    Case("an expression gives null", _by(LEVEL), A, [*LEVELS, ("A", {"k": "4", "p": "other"})], CONFLICT),
    Case(
        "an expression may give null",
        replace(_by(LEVEL), may_be_null=True),
        A,
        [*LEVELS, ("A", {"k": "4", "p": "other"})],
        [*NUMBERS, ("A", {"k": "4"})],
    ),
    Case("an expression gives another type", replace(_by(LEVEL), to="FLOAT"), A, LEVELS, CONFLICT, VALUES),
    Case("an expression for a part of a key", replace(_by(LEVEL), property="k"), A, *_keyed()),
    Case(
        "an expression makes a key ambiguous",
        replace(_by(IS_X), property="k"),
        A,
        [("A", {"k": "1"}), ("A", {"k": "2"})],
        CONFLICT,
    ),
    Case("an expression, B has it, too", _by(LEVEL), AB, *_shared(), LABELS),
    Case("text to a list", _by(SPLIT), A, *_split()),
    Case("a list to text", _by(JOIN), LISTED, *_split()[::-1], VALUES),
    Case(
        "what is of the type already stays",
        _by(LEVEL),
        A,
        [("A", {"k": "1", "p": "high"}), ("A", {"k": "2", "p": 5})],
        [("A", {"k": "1", "p": 9}), ("A", {"k": "2", "p": 5})],
        VALUES,
    ),
    Case(
        "an expression fails",
        _by(SPLIT),
        A,
        [("A", {"k": "1", "p": "a,b"}), ("A", {"k": "2", "p": 5})],
        CONFLICT,
        VALUES,
    ),
    Case("no change", AddAdjacency("A", "R", "A"), A, ROWS, ROWS),
    Case("nothing there", DropAdjacency("A", "R", "A"), LOOPS, [X, Y], [X, Y]),
    Case("relationships there", DropAdjacency("A", "R", "A"), LOOPS, ROWS, CONFLICT),
    Case(
        "relationships of other types",
        DropAdjacency("A", "R", "A"),
        Schema(types(A="k*", B="k*"), types(R=""), frozenset({("A", "R", "A"), ("A", "R", "B")})),
        [("A", {"k": "1"}), ("B", {"k": "1"}), ("R", 0, 1, {})],
        [("A", {"k": "1"}), ("B", {"k": "1"}), ("R", 0, 1, {})],
    ),
    Case(
        "another adjacency allows it",
        DropAdjacency("A", "R", "A"),
        Schema(types(A="k*", B="k*"), types(R=""), frozenset({("A", "R", "A"), ("B", "R", "A")})),
        [(("A", "B"), {"k": "1"}), ("R", 0, 0, {})],
        [(("A", "B"), {"k": "1"}), ("R", 0, 0, {})],
        LABELS,
    ),
    Case("no change", RunQuery("RETURN 1"), A, ROWS, ROWS),
    Case("queries left out", QueriesLeftOut(("MATCH (n) DELETE n",)), A, ROWS, ROWS),
]


def _odd(name: str) -> str:
    """A name that needs quoting everywhere, different for each name."""
    return f"{name}`` 'q\\u0041\"\n// é😀 $x {{y}}"


def _odd_entry(entry: Entry) -> Entry:
    types, properties = (tuple(map(_odd, names)) for names in (entry.types, entry.properties))
    return replace(entry, name=_odd(entry.name), types=types, properties=properties)


def _with_odd_names(case: Case) -> Case:
    """The case with odd names for all types and properties."""
    names = ("type", "old", "new", "property", "from_type", "relationship", "to_type", "entry")
    changed: dict[str, Any] = {
        name: _odd(getattr(case.operation, name)) for name in names if hasattr(case.operation, name)
    }
    for name in ("keys", "properties", "types", "on"):
        if hasattr(case.operation, name):
            changed[name] = tuple(_odd(each) for each in getattr(case.operation, name))

    def schema_types(of_kind: dict[str, dict[str, Property]]) -> dict[str, dict[str, Property]]:
        return {_odd(t): {_odd(p): facts for p, facts in properties.items()} for t, properties in of_kind.items()}

    def row(entry: Any) -> Any:
        if entry is None:
            return None
        *place, properties = entry
        label, *ends = place
        odd_label = _odd(label) if isinstance(label, str) else tuple(_odd(each) for each in label)
        return (odd_label, *ends, {_odd(p): value for p, value in properties.items()})

    return case._replace(
        title=f"odd names, {case.title}",
        operation=replace(case.operation, **changed),  # type: ignore[type-var]
        schema=Schema(
            schema_types(case.schema.nodes),
            schema_types(case.schema.relationships),
            frozenset((_odd(a), _odd(r), _odd(b)) for a, r, b in case.schema.adjacencies),
            {_odd(name): _odd_entry(each) for name, each in case.schema.catalog.items()},
        ),
        before=[row(entry) for entry in case.before],
        after=case.after if isinstance(case.after, str) else [row(entry) for entry in case.after],
    )


CASES += [
    _with_odd_names(case)
    for case in CASES
    if not isinstance(case.operation, RunQuery) and not case.title.startswith("to ")
]


# ---- The suite -------------------------------------------------------------------------------------------------------

# Tell Hypothesis that one engine serves many examples (each loads its own graph) and that subclasses inherit the test.
RANDOM = settings(
    max_examples=15,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
# Refused by ``run`` before the adapter is asked.
FINDINGS = ALL_FINDINGS - {"type-replaced", "type-overwritten"}


def _is_plain(value: Any) -> bool:
    return not isinstance(value, float) or abs(value) < 1e6


class Contract:
    """Inherit from this and provide the fixture ``engine`` and ``features``: what it can do beyond the least that
    all can.

    "labels"      a node may carry several labels;
    "undeclared"  there may be labels and properties that no schema declares;
    "values"      a property holds values of any type, whatever is declared (else: strings, but for a property's
    default);
    "texts"       untyped properties hold texts, and nothing else;
    "entries"     it has the indexes and constraints that a schema declares;
    "repeat"      an operation may be applied again, as after a run that was killed (else: an operation is one
    transaction).
    The names of own operations that it carries out, such as "NodeKeyReduced", are features, too.
    """

    features: ClassVar[frozenset[str]]  # set by each subclass

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Only cases whose rows this database can store."""
        if "case" in metafunc.fixturenames:
            cases = [case for case in CASES if case.needs <= self.features]
            metafunc.parametrize("case", cases, ids=[f"{case.operation.name}: {case.title}" for case in cases])

    def test_case(self, engine: Engine, case: Case) -> None:
        before = rows(case.before)
        engine.load(before, case.schema)
        if case.operation.name in OWN_OPERATIONS and case.operation.name not in self.features:
            with pytest.raises(UnsupportedError):
                engine.apply(case.operation, case.schema)
            assert engine.dump().canonical() == before.canonical()
        elif case.after == CONFLICT:
            with pytest.raises(Conflict) as expected:
                execute(before, case.operation, case.schema)
            with pytest.raises(ConflictError) as raised:
                engine.apply(case.operation, case.schema)
            assert raised.value.count == expected.value.count
            assert engine.dump().canonical() == before.canonical()
        else:
            assert isinstance(case.after, list)
            for _ in range(2 if "repeat" in self.features else 1):
                engine.apply(case.operation, case.schema)
                assert engine.dump().canonical() == rows(case.after).canonical()

    @RANDOM
    @given(data=st.data())
    def test_operations_one_after_the_other(self, engine: Engine, data: st.DataObject) -> None:
        self._run(engine, data, frozenset())

    @RANDOM
    @given(data=st.data())
    def test_own_operations_among_others(self, engine: Engine, data: st.DataObject) -> None:
        self._run(engine, data, frozenset(), own=True)

    @RANDOM
    @given(data=st.data())
    def test_operations_with_findings(self, engine: Engine, data: st.DataObject) -> None:
        self._run(engine, data, FINDINGS)

    def _run(self, engine: Engine, data: st.DataObject, findings: frozenset[str], own: bool = False) -> None:
        contents = values if "values" in self.features else texts
        if own:  # with texts that look like several types, and without floats, which databases write as text in their own ways
            contents = st.sampled_from(["1", "2", "01", "true", "1.5", "2020-01-02"]) | contents.filter(_is_plain)
        names = data.draw(st.sampled_from([DISTINCT, ODD]))
        schema = data.draw(schemas(names))
        graph = identified(
            data.draw(
                graphs(
                    schema,
                    max_labels=3 if "labels" in self.features else 1,
                    contents=contents,
                    undeclared="undeclared" in self.features,
                )
            )
        )
        engine.load(graph, schema)
        assert engine.dump().canonical() == graph.canonical()
        for _ in range(data.draw(st.integers(1, 6))):
            operation = data.draw(operations(schema, names, findings, own, defaults=contents))
            _, found = apply(schema, operation)
            note(f"{operation} {found}")
            try:
                graph, schema = self._step(engine, graph, operation, schema)
            except UnsupportedError:
                # An adapter may refuse an operation with a finding, or a key of an impossible type, but must then
                # change nothing.
                assert found or isinstance(operation, (SetPropertyType, ExtendKey))
                assert engine.dump().canonical() == graph.canonical()

    def _step(self, engine: Engine, graph: Graph, operation: Operation, before: Schema) -> tuple[Graph, Schema]:
        """Apply an operation and compare with the toy graph, twice if the engine can; return the graph and the schema
        after it."""
        try:
            expected = execute(graph, operation, before)
        except Conflict:
            with pytest.raises(ConflictError):
                engine.apply(operation, before)
            assert engine.dump().canonical() == graph.canonical()
            return graph, before
        for _ in range(2 if "repeat" in self.features else 1):
            engine.apply(operation, before)
            assert engine.dump().canonical() == expected.canonical()
        return expected, apply(before, operation)[0]
