"""Hypothesis strategies: schemas, histories that apply, graphs that conform, migrations with branches and squashes.

Names come from small pools, so that swaps, clashes and things dropped and created again are common.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from nsmig.catalog_operations import CreateEntry
from nsmig.kinds import PROPERTY_TYPES, Kind
from nsmig.operations import (
    OPERATIONS,
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
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support.meanings import IS_X, LEVEL
from support.reference import (
    Conflict,
    FoldRefused,
    Graph,
    HistoryRefused,
    Migration,
    Node,
    Property,
    Relationship,
    Renames,
    Schema,
    apply,
    check_key,
    full_form,
    order,
)

# ---- Names and values ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """The pools that names are drawn from."""

    nodes: tuple[str, ...] = ("A", "B", "C")
    relationships: tuple[str, ...] = ("R", "S", "A")  # node and relationship types have separate namespaces
    properties: tuple[str, ...] = ("p", "q", "r", "s")

    def of(self, kind: Kind) -> tuple[str, ...]:
        return self.nodes if kind is Kind.NODE else self.relationships


NAMES = Names()
# Some databases put both kinds into one namespace.
DISTINCT = Names(relationships=("R", "S", "T"))
# Characters that must be quoted, escaped or left alone in queries and files. No database accepts NUL, and one accepts
# no dot in a type's name.
ODD_NAMES = (
    "two words",
    "back`tick",
    "``",
    "quo'te",
    'dou"ble',
    "new\nline",
    "tab\t",
    " space ",
    "back\\slash",
    "\\u0041",
    "Ünï-ço∂é",
    "😀",
    "1st",
    "dash-ed",
    "a:b",
    "$param",
    "{curly}",
    "// no comment",
    "MATCH",
    "null",
    "yes",
    "2020-01-02",
    "x" * 200,
)
ODD = Names(
    ("``", "\\u0041 '\"", "😀\n"), ("two words", "// no comment"), ("dot.ted", "back\\slash`", "$param", "null")
)

odd_names = st.sampled_from(ODD_NAMES) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=10
)

texts = st.sampled_from(["", "x", "y", "null", "1", "it's", 'a "b" `c` \\ \n']) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=5
)
# Values that every property graph database can store, none equal to another without being the same.
scalars = (
    texts
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([0, 1, 1.0, 0.1, -1.5, 1e300])
    | st.sampled_from([date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5), datetime(2020, 1, 2, 3, 4, 5, 678900)])
)
values = scalars | st.lists(texts, max_size=2) | st.lists(st.integers(-3, 3), max_size=2)
# Values that YAML can hold, storable or not.
yaml_values: SearchStrategy[Any] = st.recursive(
    st.none()
    | scalars
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["017", "1:30", "1_000", "yes", "1e5", "~", "", "a: b", "#", "0o17", "2020-01-02", "=", "<<"])
    | st.sampled_from([datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc), b"\x00\xff"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


# ---- Schemas ---------------------------------------------------------------------------------------------------------


@st.composite
def schemas(draw: DrawFn, /, names: Names = NAMES, relationships: bool = True, own: bool = False) -> Schema:
    """A schema. ``own``: with the parts that only nsmig's own operations can change: property types and adjacencies."""
    facts = st.builds(
        Property, st.booleans(), st.booleans(), st.sampled_from(PROPERTY_TYPES) if own else st.just("STRING")
    )
    properties = st.dictionaries(st.sampled_from(names.properties), facts, max_size=4)
    nodes = draw(st.dictionaries(st.sampled_from(names.nodes), properties, max_size=3))
    edges = draw(st.dictionaries(st.sampled_from(names.relationships), properties, max_size=2 * relationships))
    possible = [(a, r, b) for a in sorted(nodes) for r in sorted(edges) for b in sorted(nodes)] if own else []
    adjacencies = draw(st.sets(st.sampled_from(possible), max_size=3)) if possible else set()
    return Schema(nodes, edges, frozenset(adjacencies))


@st.composite
def renames(draw: DrawFn, /, before: Schema, after: Schema) -> Renames:
    """Answers about renames from one schema to the other, without contradictions."""
    types: dict[tuple[Kind, str], str] = {}
    properties: dict[tuple[Kind, str, str], str] = {}
    for kind in Kind:
        olds, news = before.types(kind), after.types(kind)
        chosen = draw(_matches(olds, news))
        types |= {(kind, old): new for old, new in chosen.items()}
        stays = {name: name for name in olds if name in news and name not in chosen and name not in chosen.values()}
        for old_type, new_type in sorted((stays | chosen).items()):
            matched = draw(_matches(sorted(before.of(kind)[old_type]), sorted(after.of(kind)[new_type])))
            properties |= {(kind, new_type, old): new for old, new in matched.items()}
    return types, properties


@st.composite
def _matches(draw: DrawFn, /, olds: list[str], news: list[str]) -> dict[str, str]:
    """Some of the old names, each with its own new name."""
    shuffled = draw(st.permutations(olds)), draw(st.permutations(news))
    count = draw(st.integers(0, min(len(olds), len(news))))
    return dict(list(zip(*shuffled, strict=False))[:count])


# ---- Operations and histories ----------------------------------------------------------------------------------------

EMPTY = Schema()
ALL_FINDINGS = frozenset(
    (
        "type-replaced",
        "type-missing",
        "type-overwritten",
        "property-exists",
        "property-overwritten",
        "property-missing",
        "index-exists",
        "index-missing",
        "key-exists",
        "key-dropped",
        "key-by-rename",
        "same-name",
        "adjacency-exists",
    )
)


def operations(
    schema: Schema,
    names: Names = NAMES,
    findings: frozenset[str] = frozenset(),
    own: bool = False,
    relationships: bool = True,
    defaults: SearchStrategy[Any] = values,
    classes: tuple[type[Operation], ...] = (Operation,),
) -> SearchStrategy[Operation]:
    """An operation of these classes that applies to a schema, with no findings other than these."""
    kinds = tuple(Kind) if relationships else (Kind.NODE,)
    by_class: dict[type[Operation], list[Operation]] = {}
    for operation in _candidates(schema, names, own, kinds):
        try:
            if isinstance(operation, classes) and set(apply(schema, operation)[1]) <= findings:
                by_class.setdefault(type(operation), []).append(operation)
        except FoldRefused:
            continue
    each_class = [st.sampled_from(of_class) for of_class in by_class.values()]
    return st.one_of(each_class).flatmap(lambda operation: _filled(operation, names, defaults))


def _candidates(schema: Schema, names: Names, own: bool, kinds: tuple[Kind, ...]) -> Iterator[Operation]:
    """Every operation that could apply; the defaults and the properties of a Create are open."""
    for kind in kinds:
        for t in names.of(kind):
            yield CreateType(kind, t, (), ())
            yield DropType(kind, t)
            yield from (RenameType(kind, t, new) for new in names.of(kind))
            for p in names.properties:
                yield AddProperty(kind, t, p)
                yield AddIndex(kind, t, p)
                yield DropIndex(kind, t, p)
                yield ExtendKey(kind, t, p, None)
            for p in sorted(schema.of(kind).get(t, ())):
                yield DropProperty(kind, t, p)
                yield from (RenameProperty(kind, t, p, new) for new in names.properties)
                yield from (RenameKeyPart(kind, t, p, new) for new in names.properties)
                if own:
                    yield ReduceKey(kind, t, p)
                    yield from (SetPropertyType(kind, t, p, to) for to in PROPERTY_TYPES)
                    yield from (SetPropertyType(kind, t, p, each.to, each.using, True) for each in (LEVEL, IS_X))
                    yield SetPropertyType(kind, t, p, LEVEL.to, LEVEL.using)
    if own and len(kinds) > 1:
        yield RunQuery("RETURN 1")
        for r in schema.types(Kind.RELATIONSHIP):
            for a in schema.types(Kind.NODE):
                for b in schema.types(Kind.NODE):
                    yield AddAdjacency(a, r, b)
                    yield DropAdjacency(a, r, b)


def _filled(operation: Operation, names: Names, defaults: SearchStrategy[Any]) -> SearchStrategy[Operation]:
    """With a default, and a Create with its keys and properties."""
    if isinstance(operation, (AddProperty, ExtendKey)):
        return (st.none() | defaults).map(lambda default: replace(operation, default=default))
    if isinstance(operation, CreateType):
        some = st.lists(st.sampled_from(names.properties), max_size=2)
        return st.builds(lambda keys, properties: replace(operation, keys=keys, properties=properties), some, some)
    return st.just(operation)


@st.composite
def histories(draw: DrawFn, /, base: Schema = EMPTY, max_size: int = 8, **options: Any) -> list[Operation]:
    """Operations that apply one after the other; ``options`` as in ``operations``."""
    history: list[Operation] = []
    for _ in range(draw(st.integers(0, max_size))):
        operation = draw(operations(base, **options))
        base, _ = apply(base, operation)
        history.append(operation)
    return history


def any_operations() -> SearchStrategy[Operation]:
    """Any operation at all, whether or not it makes sense anywhere, with odd names and values."""
    names = st.lists(odd_names, max_size=3).map(lambda chosen: tuple(sorted(set(chosen))))
    filled = odd_names.filter(str.strip)
    listed = st.lists(odd_names, min_size=1, max_size=2)
    using = filled | st.dictionaries(st.sampled_from(["neo4j", "ladybug"]), filled, min_size=1)
    fields: dict[str, SearchStrategy[Any]] = {
        "keys": names,
        "properties": names,
        "queries": names,
        "default": yaml_values,
        "to": st.sampled_from(PROPERTY_TYPES),
        "parameters": st.dictionaries(st.text(max_size=3), yaml_values, max_size=2),
        "database": st.none() | st.sampled_from(["neo4j", "ladybug"]),
        "elidable": st.booleans(),
        "using": st.none() | using,
        "types": listed.map(lambda chosen: tuple(sorted(set(chosen)))),
        "on": listed.map(lambda chosen: tuple(dict.fromkeys(chosen))),
        "optional": st.booleans(),
        "touches": st.none()
        | st.fixed_dictionaries({}, optional={"nodes": listed, "relationships": listed}).filter(lambda each: each),
    }

    def spelled(name: str) -> SearchStrategy[Operation]:
        cls, kind, arguments = OPERATIONS[name]
        if issubclass(cls, CreateEntry):
            return st.sampled_from(cls.forms).flatmap(lambda form: _creations(cls, kind, form, fields))
        given: dict[str, SearchStrategy[Any]] = {each: fields.get(each, odd_names) for each in arguments}
        if "may_be_null" in given:  # needs using
            given["may_be_null"] = st.just(False)
            return st.builds(cls, kind=st.just(kind), **given) | st.builds(
                cls, kind=st.just(kind), **{**given, "using": using, "may_be_null": st.booleans()}
            )
        return st.builds(cls, **given) if kind is None else st.builds(cls, kind=st.just(kind), **given)

    return st.sampled_from(list(OPERATIONS)).flatmap(spelled)


def _creations(
    cls: type[CreateEntry], kind: Kind | None, form: str, fields: dict[str, SearchStrategy[Any]]
) -> SearchStrategy[Operation]:
    """Creations of indexes and constraints that follow the rules of their kind."""
    if form == "key" and kind is Kind.NODE:
        form = "unique"
    options: dict[str, dict[str, SearchStrategy[Any]]] = {
        "vector": {
            "dimensions": st.integers(1, 4096),
            "ef_construction": st.integers(1, 3200),
            "m": st.integers(1, 512),
            "quantization": st.booleans(),
            "similarity": st.sampled_from(["cosine", "euclidean"]),
        },
        "fulltext": {"analyzer": odd_names, "eventually_consistent": st.booleans()},
    }
    is_single = form not in ("fulltext", "range", "unique", "key")
    chosen = st.fixed_dictionaries({}, optional=options.get(form, {})).map(lambda each: each or None)
    return st.builds(
        cls,
        kind=st.just(kind),
        entry=odd_names,
        types=fields["types"] if form in ("vector", "fulltext") else odd_names.map(lambda name: (name,)),
        on=odd_names.map(lambda name: (name,)) if is_single else fields["on"],
        form=st.just(form),
        options=st.sampled_from(PROPERTY_TYPES).map(lambda each: {"type": each}) if form == "type" else chosen,
        optional=fields["optional"],
    )


# ---- Graphs ----------------------------------------------------------------------------------------------------------


@st.composite
def graphs(
    draw: DrawFn,
    schema: Schema,
    max_nodes: int = 5,
    max_labels: int = 3,
    contents: SearchStrategy[Any] = values,
    undeclared: bool = False,
) -> Graph:
    """A graph that conforms: only managed labels and declared properties, complete and unique keys.

    :param undeclared: allow a label and a property that no type declares.
    """
    few = st.sampled_from(draw(st.lists(contents, min_size=3, max_size=4)))  # so that nodes share values
    nodes: list[Node | None] = []
    labels = schema.types(Kind.NODE) + ["Unmanaged"] * undeclared
    for _ in range(draw(st.integers(0, max_nodes)) if labels else 0):
        carried = draw(st.sets(st.sampled_from(labels), min_size=1, max_size=max_labels))
        types = [schema.nodes[label] for label in sorted(carried) if label in schema.nodes]
        node = Node(frozenset(carried), draw(_properties(types, few, undeclared)))
        try:
            for label in sorted(carried):
                check_key([*nodes, node], schema, label)
        except Conflict:
            continue
        nodes.append(node)
    relationships: list[Relationship | None] = []
    for _ in range(draw(st.integers(0, 4)) if nodes and schema.relationships else 0):
        start, end = draw(st.integers(0, len(nodes) - 1)), draw(st.integers(0, len(nodes) - 1))
        t = draw(st.sampled_from(schema.types(Kind.RELATIONSHIP)))
        properties = draw(_properties([schema.relationships[t]], few, undeclared))
        relationships.append(Relationship(t, start, end, properties))
    return Graph(nodes, relationships)


@st.composite
def _properties(
    draw: DrawFn, /, types: list[dict[str, Property]], contents: SearchStrategy[Any], undeclared: bool
) -> dict[str, Any]:
    """Values of the properties that the types declare; keys are never null."""
    keys = {p for properties in types for p, facts in properties.items() if facts.key}
    declared = {p for properties in types for p in properties} | ({"extra"} if undeclared else set())
    drawn = {p: draw(contents if p in keys else st.none() | contents) for p in sorted(declared)}
    return {p: value for p, value in drawn.items() if value is not None}


# ---- Migrations ------------------------------------------------------------------------------------------------------


@st.composite
def migrations(draw: DrawFn, /, max_size: int = 6, squashes: int = 2, **options: Any) -> list[Migration]:
    """Migrations with branches and merges, some squashed later, some of these squashed again; in no order.

    In the order of the history the operations apply one after the other. A squash holds the operations of its members
    unchanged.
    """
    history = draw(_grown([], draw(st.integers(0, max_size)), **options))
    for number in range(draw(st.integers(0, squashes))):
        squash = draw(_squash(history, f"{draw(st.sampled_from('0s'))}quash{number}"))
        history = draw(_grown(history + squash, draw(st.integers(0, 2)), **options))
    return draw(st.permutations(history))


@st.composite
def _grown(draw: DrawFn, /, history: list[Migration], count: int, **options: Any) -> list[Migration]:
    """More migrations, each depending on some of the earlier ones."""
    free = [name for name in "abcdefghijklmnopqrst" if name not in {m.name for m in history}]
    structure = list(history)
    for name in draw(st.permutations(free))[:count]:
        others = [m.name for m in structure]
        # Always after something, if there is anything: a new migration must not come before existing ones.
        dependencies = draw(st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True)) if others else []
        structure.append(Migration(name, (), tuple(dependencies)))
    return draw(_with_operations(structure, {m.name for m in history}, **options))


@st.composite
def _with_operations(draw: DrawFn, /, structure: list[Migration], fixed: set[str], **options: Any) -> list[Migration]:
    """With operations drawn along the order for all except the fixed ones; each creates its own types, so that branches
    commute."""
    filled = []
    for m in structure:
        own = Names((f"{m.name}1", f"{m.name}2"), (f"{m.name}3",))
        drawn = m.operations if m.name in fixed else draw(histories(max_size=3, names=own, **options))
        filled.append(replace(m, operations=tuple(drawn)))
    return filled


@st.composite
def _squash(draw: DrawFn, /, history: list[Migration], name: str) -> list[Migration]:
    """A squash of a slice of the order (in a list), or nothing if the slice cuts another squash."""
    in_order = order(history)
    if not in_order:
        return []
    first = draw(st.integers(0, len(in_order) - 1))
    members = in_order[first : draw(st.integers(first, len(in_order) - 1)) + 1]
    by_name = {m.name: m for m in history}
    outside = [d for m in members for d in by_name[m].dependencies if d not in members]
    nested = {r for m in members for r in by_name[m].replaces}
    squash = Migration(
        name,
        tuple(operation for m in members if m not in nested for operation in by_name[m].operations),
        tuple(sorted(set(outside), key=in_order.index)),
        tuple(members),
    )
    closed = all(
        set(m.replaces) <= set(members) for m in history if m.replaces and {m.name, *m.replaces} & set(members)
    )
    try:
        order([*history, squash])
    except HistoryRefused:
        return []
    return [squash] if closed else []


def migration_dicts() -> SearchStrategy[dict[str, Any]]:
    """The content of a migration file, with odd names and values; keys and properties as lists."""
    names = st.lists(odd_names, max_size=3)
    return st.fixed_dictionaries(
        {
            "name": odd_names,
            "operations": st.lists(any_operations().map(lambda operation: operation.to_dict()), max_size=4),
            "dependencies": names,
            "replaces": names,
        }
    )


ODD_TEXTS = [
    "", " ", "x ", " x", "yes", "No", "null", "~", "1", "017", "0o17", "1_000", "1:30", "1e5", "1.5e3", ".5", "-", "- x", "a: b", "a:b",
    "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", "? a", "[", "{}", "a'b", 'a"b', "'", "\\", "\t", "a\tb", "a\nb",
    "a\n", "\na", "a\n\n b\n", "\r", "a\r\nb", "\x00", "\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "é", "日本語", "😀", "\ud800",
    "=", "<<", "2020-01-02", "2020-01-02 03:04:05", "20230101000000", "20230101_x", "y", "n", "on", "x" * 130, "word " * 40, "é " * 60,
    "a" * 60 + "\n" + "b " * 60, "---", "...", "--- x",
]  # fmt: skip


def _type_lists(names: SearchStrategy[str]) -> SearchStrategy[list[dict[str, Any]]]:
    properties = st.dictionaries(
        names,
        st.fixed_dictionaries(
            {"is_indexed": st.booleans(), "is_key": st.booleans(), "type": st.sampled_from(PROPERTY_TYPES)}
        ),
        max_size=3,
    )
    types = st.fixed_dictionaries({"name": names, "properties": properties})
    return st.lists(types, max_size=3, unique_by=lambda each: str(each["name"]))


@st.composite
def schema_dicts(draw: DrawFn, /) -> dict[str, Any]:
    """Possible results of ``Schema.to_dict``, with unrestricted names, and adjacencies of types that exist or not."""
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(["é" * 1200, "no", "<<"])
    nodes = draw(_type_lists(texts))
    relationships = draw(_type_lists(st.sampled_from([each for each in ODD_TEXTS if each != "\ud800"])))
    ends = st.sampled_from([*(each["name"] for each in nodes), "A", "B"])
    through = st.sampled_from([*(each["name"] for each in relationships), "R"])
    sides = st.sampled_from(["MANY", "MANY", "SINGLE"])
    connected = draw(st.dictionaries(st.tuples(ends, through, ends), st.tuples(sides, sides), max_size=8))
    cardinalities = [
        {
            "adjacency": {"from_node_type": a, "relationship_type": r, "to_node_type": b},
            "cardinality": {"from_side_cardinality": from_side, "to_side_cardinality": to_side},
        }
        for (a, r, b), (from_side, to_side) in connected.items()
    ]
    return full_form({"cardinalities": cardinalities, "nodes": nodes, "relationships": relationships})
