"""A second implementation of an operation, a history, a diff and a plan, too plain to be wrong.

No index, no cache, nothing clever: every function walks over everything it is given. The core and the adapters are
compared with it. The first half knows names only (schemas, histories); the second executes operations on a toy graph of
rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from nsmig.catalog_operations import CreateEntry, RemoveEntry
from nsmig.kinds import Kind
from nsmig.operations import (
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
from nsmig.values import Entry, Type
from support.indexing import Misfit, broken, followed, indexed, normal
from support.meanings import is_of, meaning


class FoldRefused(Exception):
    """An operation cannot be applied to the schema before it; nodestream raises here, too."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HistoryRefused(Exception):
    """The migrations are not a valid history. ``why``: duplicate, missing, cycle, overlap or file; ``names`` are the
    migrations concerned."""

    def __init__(self, why: str, *names: str) -> None:
        super().__init__(f"{why}: {', '.join(names)}")
        self.why, self.names = why, names


class RenameRefused(Exception):
    """A rename given to ``diff`` does not fit the two schemas."""


class Conflict(Exception):
    """The data does not allow an operation. ``count`` rows prevent it; nothing was changed."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} rows are in the way")
        self.count = count


# ---- Schema ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Property:
    key: bool = False
    indexed: bool = False
    type: str = "STRING"


Properties = dict[str, Property]


@dataclass(frozen=True)
class Schema:
    """Types by name, each with its properties by name. An immutable value: the dicts are never changed after
    construction."""

    nodes: dict[str, Properties] = field(default_factory=dict)
    relationships: dict[str, Properties] = field(default_factory=dict)
    adjacencies: frozenset[tuple[str, str, str]] = frozenset()  # (from, relationship, to)
    catalog: dict[str, Entry] = field(default_factory=dict)

    def of(self, kind: Kind) -> dict[str, Properties]:
        return self.nodes if kind is Kind.NODE else self.relationships

    def type(self, kind: Kind, name: str) -> Type | None:
        if name not in self.of(kind):
            return None
        properties = sorted(self.of(kind)[name].items())
        return Type(
            keys=tuple(p for p, facts in properties if facts.key),
            properties={p: facts.type for p, facts in properties},
            indexes=tuple(p for p, facts in properties if facts.indexed),
        )

    def types(self, kind: Kind) -> list[str]:
        return sorted(self.of(kind))

    def but_for_case(self, kind: Kind, name: str) -> list[str]:
        """See :class:`nsmig.values.SchemaView`."""

        def lower(text: str) -> bytes:
            return text.encode(errors="surrogatepass").lower()  # of bytes, so only of ASCII

        return [each for each in self.types(kind) if lower(each) == lower(name)]

    def declaring(self, property: str) -> list[str]:
        return sorted(name for name, properties in self.nodes.items() if property in properties)

    def entries(self) -> list[Entry]:
        return [self.catalog[name] for name in sorted(self.catalog)]

    def entries_on(self, kind: Kind, type: str) -> list[Entry]:
        return [each for each in self.entries() if each.kind is kind and type in each.types]

    def to_dict(self) -> dict[str, Any]:
        """The form of a schema file, sorted by name. Cardinalities are not part of the model: MANY on both sides."""

        def types(of_kind: dict[str, Properties]) -> list[dict[str, Any]]:
            return [
                {
                    "name": name,
                    "properties": {
                        p: {"is_indexed": facts.indexed, "is_key": facts.key, "type": facts.type}
                        for p, facts in sorted(properties.items())
                    },
                }
                for name, properties in sorted(of_kind.items())
            ]

        many = {"from_side_cardinality": "MANY", "to_side_cardinality": "MANY"}
        return {
            "cardinalities": [
                {
                    "adjacency": {"from_node_type": a, "relationship_type": r, "to_node_type": b},
                    "cardinality": dict(many),
                }
                for a, r, b in sorted(self.adjacencies)
            ],
            "nodes": types(self.nodes),
            "relationships": types(self.relationships),
            **self._sections(),
        }

    def _sections(self) -> dict[str, Any]:
        """The sections of entries, if there are any."""
        listed: dict[str, Any] = {}
        for each in self.entries():
            described = {
                "kind": each.form,
                "name": each.name,
                f"{each.kind.value}_types": list(each.types),
                "properties": list(each.properties),
            }
            options = {"options": dict(each.options)} if each.options else {}
            optional = {"optional": True} if each.optional else {}
            listed.setdefault("constraints" if each.is_constraint else "indexes", []).append(
                described | options | optional
            )
        return listed

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Schema:
        """From the full form of a schema file; if a name is listed twice, the last definition counts."""

        def types(entries: Iterable[Mapping[str, Any]]) -> dict[str, Properties]:
            return {
                entry["name"]: {
                    p: Property(facts.get("is_key", False), facts.get("is_indexed", False), facts["type"])
                    for p, facts in entry["properties"].items()
                }
                for entry in entries
            }

        adjacencies = [each["adjacency"] for each in data.get("cardinalities", ())]
        entries = [
            Entry(
                each["name"],
                each["kind"],
                kind,
                tuple(each[f"{kind.value}_types"]),
                tuple(each["properties"]),
                each.get("options", {}),
                each.get("optional", False),
            )
            for section in ("indexes", "constraints")
            for each in data.get(section, ())
            for kind in Kind
            if f"{kind.value}_types" in each
        ]
        return Schema(
            types(data.get("nodes", ())),
            types(data.get("relationships", ())),
            frozenset((a["from_node_type"], a["relationship_type"], a["to_node_type"]) for a in adjacencies),
            {each.name: normal(each) for each in entries},
        )


def full_form(content: Mapping[str, Any]) -> dict[str, Any]:
    """A schema file in the form of ``nsmig.Schema.to_dict``. The file must be valid."""

    def listed(names: Any) -> list[str]:
        return [names] if isinstance(names, str) else names

    def property(said: Any) -> dict[str, Any]:
        facts = {"type": said} if isinstance(said, str) else said or {}
        return {"is_indexed": False, "is_key": False, "type": "STRING"} | facts

    def cardinality(a: str, r: str, b: str, sides: Mapping[str, str]) -> dict[str, Any]:
        return {
            "adjacency": {"from_node_type": a, "relationship_type": r, "to_node_type": b},
            "cardinality": {f"{end}_side_cardinality": sides.get(end, "MANY") for end in ("from", "to")},
        }

    full: dict[str, Any] = {"cardinalities": list(content.get("cardinalities", ()))}
    for section in ("nodes", "relationships"):
        full[section] = []
        for type_ in sorted(content.get(section, ()), key=lambda each: str(each["name"])):
            properties = type_.get("properties") or {}
            described = dict.fromkeys(properties) if isinstance(properties, list) else properties
            facts = {name: property(said) for name, said in sorted(described.items())}
            full[section].append({"name": type_["name"], "properties": facts})
            for product in type_.get("connects", [type_] if "from" in type_ else []):
                full["cardinalities"] += [
                    cardinality(a, type_["name"], b, product.get("cardinality", {}))
                    for a in listed(product["from"])
                    for b in listed(product["to"])
                ]
    ends = ("from_node_type", "relationship_type", "to_node_type")
    full["cardinalities"].sort(key=lambda each: [each["adjacency"][end] for end in ends])
    return full


# ---- Fold ------------------------------------------------------------------------------------------------------------


def apply(schema: Schema, operation: Operation) -> tuple[Schema, list[str]]:
    """The schema after an operation, and its findings as codes, in the order of the cases below.

    :raises FoldRefused: the operation names something missing that nodestream does not create silently, or an index
        or constraint does not allow it.
    """
    try:
        if isinstance(operation, (CreateEntry, RemoveEntry)):
            return indexed(schema, operation), []
        after, findings = _apply(schema, operation)
        return followed(schema, after, operation) if hasattr(operation, "kind") else after, findings
    except Misfit as misfit:
        raise FoldRefused(str(misfit)) from misfit


def _apply(schema: Schema, operation: Operation) -> tuple[Schema, list[str]]:
    """The same for everything but indexes and constraints, which stay as they are."""
    match operation:
        case RunQuery(touches=touches):
            for of, section in ((Kind.NODE, "nodes"), (Kind.RELATIONSHIP, "relationships")):
                for name in (touches or {}).get(section, ()):
                    if name not in schema.of(of):
                        raise FoldRefused(_no_type(of, name))
            return schema, []
        case QueriesLeftOut():
            return schema, []
        case AddAdjacency(a, r, b):
            for of, name in ((Kind.NODE, a), (Kind.RELATIONSHIP, r), (Kind.NODE, b)):
                if name not in schema.of(of):
                    raise FoldRefused(_no_type(of, name))
            found = ["adjacency-exists"] if (a, r, b) in schema.adjacencies else []
            return replace(schema, adjacencies=schema.adjacencies | {(a, r, b)}), found
        case DropAdjacency(a, r, b):
            if (a, r, b) not in schema.adjacencies:
                raise FoldRefused(f"relationship type {r!r} does not connect {a!r} to {b!r}")
            return replace(schema, adjacencies=schema.adjacencies - {(a, r, b)}), []
    kind: Kind = operation.kind  # type: ignore[attr-defined]
    types = dict(schema.of(kind))
    match operation:
        case CreateType(_, name, keys, others):
            findings = ["type-replaced"] if name in types else []
            types[name] = {p: Property() for p in others} | {p: Property(key=True) for p in keys}
            return _with_types(schema, kind, types), findings
        case DropType(_, name):
            if types.pop(name, None) is None:
                raise FoldRefused(_no_type(kind, name))
            return _with_types(_renamed_adjacencies(schema, kind, name, None), kind, types), []
        case RenameType(_, old, new):
            findings = [] if old in types else ["type-missing"]
            if old == new:
                types.setdefault(old, {})
                return _with_types(schema, kind, types), findings or ["same-name"]
            findings += ["type-overwritten"] if new in types else []
            types[new] = types.pop(old, {})
            return _with_types(_renamed_adjacencies(schema, kind, old, new), kind, types), findings
    changed, findings = _apply_to_type(types.get(operation.type), operation)  # type: ignore[attr-defined]
    if changed is not None:
        types[operation.type] = changed  # type: ignore[attr-defined]
    return _with_types(schema, kind, types), findings


def _apply_to_type(properties: Properties | None, operation: Operation) -> tuple[Properties | None, list[str]]:
    """The properties of an operation's type after it. None: there is no such type."""
    kind, name = operation.kind, operation.type  # type: ignore[attr-defined]
    findings = []
    if isinstance(operation, (AddProperty, AddIndex, ExtendKey)) and properties is None:
        properties, findings = {}, ["type-missing"]
    if isinstance(operation, DropIndex):
        p = operation.property
        if properties is None or p not in properties or not properties[p].indexed:
            return properties, ["index-missing"]
        return properties | {p: replace(properties[p], indexed=False)}, []
    if properties is None:
        raise FoldRefused(_no_type(kind, name))
    match operation:
        case AddProperty(property=p):
            findings += ["property-exists"] if p in properties else []
            return properties | {p: properties.get(p, Property())}, findings
        case AddIndex(property=p):
            findings += ["property-missing"] if p not in properties else []
            facts = properties.get(p, Property())
            findings += ["index-exists"] if facts.indexed else []
            return properties | {p: replace(facts, indexed=True)}, findings
        case ExtendKey(property=p):
            facts = properties.get(p, Property())
            findings += ["key-exists"] if facts.key else []
            return properties | {p: replace(facts, key=True)}, findings
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            facts = _declared(properties, kind, name, old)
            if isinstance(operation, RenameKeyPart) and not facts.key:
                raise FoldRefused(f"property {old!r} is not a key of {kind.value} type {name!r}")
            if old == new:
                return properties, ["same-name"]
            findings += ["property-overwritten"] if new in properties else []
            findings += ["key-by-rename"] if facts.key and isinstance(operation, RenameProperty) else []
            return {p: each for p, each in properties.items() if p not in (old, new)} | {new: facts}, findings
        case DropProperty(property=p):
            findings += ["key-dropped"] if _declared(properties, kind, name, p).key else []
            return {other: each for other, each in properties.items() if other != p}, findings
        case ReduceKey(property=p):
            facts = _declared(properties, kind, name, p)
            if not facts.key:
                raise FoldRefused(f"property {p!r} is not a key of {kind.value} type {name!r}")
            return properties | {p: replace(facts, key=False)}, findings
        case SetPropertyType(property=p, to=to):
            facts = _declared(properties, kind, name, p)
            if operation.using is not None and facts.type == to:
                raise FoldRefused(f"property {p!r} of {kind.value} type {name!r} is {to} already")
            if operation.may_be_null and facts.key and kind is Kind.NODE:
                raise FoldRefused(f"property {p!r} is part of the key of {kind.value} type {name!r}")
            return properties | {p: replace(_declared(properties, kind, name, p), type=to)}, findings
    raise AssertionError(f"not an operation: {operation!r}")


def _no_type(kind: Kind, name: str) -> str:
    return f"{kind.value} type {name!r} does not exist"


def _declared(properties: Properties, kind: Kind, name: str, p: str) -> Property:
    if p not in properties:
        raise FoldRefused(f"property {p!r} does not exist on {kind.value} type {name!r}")
    return properties[p]


def _with_types(schema: Schema, kind: Kind, types: dict[str, Properties]) -> Schema:
    return replace(schema, nodes=types) if kind is Kind.NODE else replace(schema, relationships=types)


def _renamed_adjacencies(schema: Schema, kind: Kind, old: str, new: str | None) -> Schema:
    """Every adjacency with a type renamed; ``new`` None: without the adjacencies of a dropped type."""

    def named(name: str, of_kind: Kind) -> str | None:
        return new if (of_kind, name) == (kind, old) else name

    adjacencies = set()
    for from_type, relationship, to_type in schema.adjacencies:
        a, b = named(from_type, Kind.NODE), named(to_type, Kind.NODE)
        r = named(relationship, Kind.RELATIONSHIP)
        if a is not None and r is not None and b is not None:
            adjacencies.add((a, r, b))
    return replace(schema, adjacencies=frozenset(adjacencies))


def fold(operations: Iterable[Operation], schema: Schema = Schema()) -> Schema:
    """The schema after all operations."""
    for operation in operations:
        schema, _ = apply(schema, operation)
    return schema


# ---- History ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Migration:
    """The input of ``order`` and ``plan``; any value with these fields will do."""

    name: str
    operations: tuple[Operation, ...] = ()
    dependencies: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


def contents(migrations: Sequence[Migration]) -> dict[str, set[str]]:
    """Everything that each squash replaces: its members, theirs, and every squash of nothing else.

    :raises HistoryRefused: two squashes overlap in part, or one replaces itself.
    """
    squashes = {m.name: set(m.replaces) for m in migrations if m.replaces}
    grown = True
    while grown:
        grown = False
        for name, stood_for in squashes.items():
            more = {each for inner in stood_for & set(squashes) for each in squashes[inner]}
            grown |= not more <= stood_for
            squashes[name] = stood_for | more
    for name in sorted(squashes):
        if name in squashes[name]:
            raise HistoryRefused("cycle", name)
    inside = {name: set(stood_for) for name, stood_for in squashes.items()}
    for one in sorted(squashes):
        for other in sorted(squashes):
            shared = squashes[one] & squashes[other]
            if one == other or not shared or one in squashes[other] or other in squashes[one]:
                continue
            if squashes[one] == squashes[other]:  # made twice: the one with the smaller name counts
                inside[min(one, other)].add(max(one, other))
            elif squashes[one] < squashes[other]:
                inside[other].add(one)
            elif not squashes[other] < squashes[one]:
                raise HistoryRefused("overlap", one, other)
    return inside


def order(migrations: Sequence[Migration]) -> list[str]:
    """All names, each after its dependencies; of those that could come next, the smallest name does.

    A squash comes after its members, and a dependent of a member after its squashes, too, unless it is itself in them.
    :raises HistoryRefused: two migrations of one name, a missing dependency, a cycle, or squashes that overlap in part.
    """
    names = [m.name for m in migrations]
    for name in sorted(names):
        if names.count(name) > 1:
            raise HistoryRefused("duplicate", name)
    inside = contents(migrations)
    before: dict[str, set[str]] = {}
    for m in sorted(migrations, key=lambda m: m.name):
        around = {squash for squash in inside if m.name in inside[squash]}
        before[m.name] = set(inside.get(m.name, ()))
        for dependency in m.dependencies:
            standing_in = {squash for squash in inside if dependency in inside[squash]}
            if dependency not in names and not standing_in:
                raise HistoryRefused("missing", m.name, dependency)
            before[m.name] |= {dependency} | (standing_in - around - {m.name})
        before[m.name] &= set(names)
    done: list[str] = []
    while len(done) < len(names):
        ready = sorted(name for name in names if name not in done and before[name] <= set(done))
        if not ready:
            raise HistoryRefused("cycle", *sorted(set(names) - set(done)))
        done.append(ready[0])
    return done


def plan(migrations: Sequence[Migration], applied: Iterable[str], has_rows: bool = False) -> list[str]:
    """The names to run, in the order of the history; ``applied`` are the recorded names.

    A squash is applied if it is recorded or everything that it replaces is applied (then neither it nor its members
    have anything to do), partly applied if some of that is applied or partly applied (the remaining members run, the
    squash does not), and otherwise open (it runs, its members do not). One that left queries out counts as partly
    applied on a database with rows, or if a query runs before it, unless a member's file is then missing.
    :raises HistoryRefused: as ``order``, and "file" if a member without a file must run.
    """
    by_name = {m.name: m for m in migrations}
    elided = {m.name for m in migrations if m.replaces and any(isinstance(o, QueriesLeftOut) for o in m.operations)}
    apart, whole = (elided if has_rows else set[str]()), set[str]()
    while True:
        try:
            to_run = _plan_without(migrations, applied, apart - whole)
        except HistoryRefused as refused:
            if refused.why != "file" or has_rows or refused.names[0] not in apart - whole:
                raise
            whole.add(refused.names[0])
            continue
        has_query = [any(isinstance(o, RunQuery) for o in by_name[name].operations) for name in to_run]
        late = {name for at, name in enumerate(to_run) if name in elided and any(has_query[:at])}
        if late <= apart:
            return to_run
        apart = apart | late


def _plan_without(migrations: Sequence[Migration], applied: Iterable[str], apart: set[str]) -> list[str]:
    """The plan in which the squashes ``apart`` do not replace their members."""
    in_order, inside = order(migrations), contents(migrations)
    done = set(applied)
    size = -1
    while size != len(done):
        size = len(done)
        for m in migrations:
            if m.replaces and set(m.replaces) <= done:
                done.add(m.name)
            if m.name in done:
                done |= inside.get(m.name, set())
    open_squashes = {s for s in inside if s not in done and not inside[s] & done and s not in apart}
    to_run = []
    for name in in_order:
        covered = any(name in inside[squash] for squash in open_squashes)
        if name not in done and not covered and (name not in inside or name in open_squashes):
            to_run.append(name)
    for squash in sorted(set(inside) - done - open_squashes):
        if any(squash in inside[other] for other in open_squashes):
            continue
        for member in sorted(inside[squash] - done - set(in_order)):
            if not any(member in inside[other] for other in open_squashes):
                raise HistoryRefused("file", squash, member)
    return to_run


# ---- Diff ------------------------------------------------------------------------------------------------------------

Renames = tuple[Mapping[tuple[Kind, str], str], Mapping[tuple[Kind, str, str], str]]
NO_RENAMES: Renames = ({}, {})


def diff(before: Schema, after: Schema, renames: Renames = NO_RENAMES) -> list[Operation]:
    """Operations that lead from one schema to the other in names, keys and indexes: ``fold(diff(a, b), a) == b`` in
    these.

    Nodes before relationships, types before properties; property types and adjacencies are ignored.
    :param renames: ``(types, properties)``: ``types[kind, old] = new``, ``properties[kind, type after, old] = new``.
    :raises RenameRefused: an old name is not in ``before``, a new one not in ``after``, or two get one new name.
    """
    type_renames, property_renames = renames
    operations: list[Operation] = []
    taken = {name for schema in (before, after) for name in _names(schema)}
    for kind in Kind:
        old_types, new_types = before.of(kind), after.of(kind)
        became = _became(old_types, new_types, {old: new for (k, old), new in type_renames.items() if k is kind})
        for k, name, old in property_renames:
            if k is kind and name not in became.values():
                raise RenameRefused(f"{kind.value} type {name!r} did not exist, so it had no {old!r} to rename")
        operations += [DropType(kind, name) for name in sorted(set(old_types) - set(became))]
        operations += [RenameType(kind, old, new) for old, new in _rename_steps(became, "_nsmig", taken)]
        for name in sorted(set(new_types) - set(became.values())):
            properties = new_types[name]
            keys = tuple(p for p in properties if properties[p].key)
            operations.append(CreateType(kind, name, keys, tuple(p for p in properties if p not in keys)))
            operations += [AddIndex(kind, name, p) for p in sorted(properties) if properties[p].indexed]
        by_type = []
        for old_name, name in sorted(became.items(), key=lambda pair: pair[1]):
            asked = {old: new for (k, t, old), new in property_renames.items() if (k, t) == (kind, name)}
            by_type.append(_diff_type(kind, name, old_types[old_name], new_types[name], asked, taken))
        for group in zip(*by_type, strict=True):
            operations += [operation for part in group for operation in part]
    return operations


def _names(schema: Schema) -> list[str]:
    """The names of all types and of all their properties."""
    return [name for kind in Kind for t, properties in schema.of(kind).items() for name in (t, *properties)]


def _diff_type(
    kind: Kind, t: str, old: Properties, new: Properties, renames: dict[str, str], taken: set[str]
) -> list[list[Operation]]:
    """The operations from a type's old properties to its new ones: a list for each group of operations."""
    became = _became(old, new, renames)
    pairs = sorted((after, before) for before, after in became.items())
    gone = sorted(set(old) - set(became))
    # A removed key is reduced after the key was extended, so that a type is never without one, unless its name is
    # needed before.
    late = [p for p in gone if old[p].key and p not in became.values()]
    early = [p for p in gone if p not in late]
    added = sorted(set(new) - set(became.values()))
    drops: list[Operation] = []
    for p in early:
        drops += [ReduceKey(kind, t, p)] * old[p].key + [DropProperty(kind, t, p)]
    steps: list[Operation] = []
    for p, q in _rename_steps(became, f"_nsmig_{t}", taken):
        is_key = old[_origin(p, steps)].key  # until it is reduced, if ever
        steps.append(RenameKeyPart(kind, t, p, q) if is_key else RenameProperty(kind, t, p, q))
    extended = [q for q, p in pairs if new[q].key and not old[p].key] + [p for p in added if new[p].key]
    reduced = [q for q, p in pairs if old[p].key and not new[q].key]
    reductions: list[Operation] = []
    for p in sorted(reduced + late):
        reductions += [ReduceKey(kind, t, p)] + [DropProperty(kind, t, p)] * (p in late)
    unindexed = [q for q, p in pairs if old[p].indexed and not new[q].indexed]
    indexed = [q for q, p in pairs if new[q].indexed and not old[p].indexed] + [p for p in added if new[p].indexed]
    return [
        drops,
        steps,
        [AddProperty(kind, t, p) for p in added if not new[p].key],
        [ExtendKey(kind, t, p, None) for p in sorted(extended)],
        reductions,
        [DropIndex(kind, t, p) for p in unindexed],
        [AddIndex(kind, t, p) for p in sorted(indexed)],
    ]


def _origin(name: str, steps: Iterable[Operation]) -> str:
    """The name that a property had before the rename steps so far."""
    for step in reversed(list(steps)):
        if step.new == name:  # type: ignore[attr-defined]
            name = step.old  # type: ignore[attr-defined]
    return name


def _became(old: Iterable[str], new: Iterable[str], renames: Mapping[str, str]) -> dict[str, str]:
    """The new name of each old name that stays: as requested, otherwise the same unless something else was given it."""
    for a, b in renames.items():
        if a not in old or b not in new or list(renames.values()).count(b) > 1:
            raise RenameRefused(f"{a!r} cannot have become {b!r}")
    stays = {name: name for name in old if name in new and name not in renames and name not in renames.values()}
    return stays | dict(renames)


def _rename_steps(became: Mapping[str, str], prefix: str, taken: set[str]) -> list[tuple[str, str]]:
    """Renames one after the other: those to a free name first, by old name; a circle goes through a temporary name.

    :param prefix: the beginning of a temporary name.
    :param taken: names that it must differ from.
    """
    pending = {old: new for old, new in became.items() if old != new}
    held = set(became)
    steps = []
    while pending:
        free = sorted(old for old, new in pending.items() if new not in held)
        old = free[0] if free else min(pending)
        new = pending.pop(old)
        if not free:
            temporary = f"{prefix}_{old}"
            while temporary in taken:
                temporary += "_"
            pending[temporary], new = new, temporary
        steps.append((old, new))
        held = held - {old} | {new}
    return steps


# ---- Data ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    labels: frozenset[str]
    properties: dict[str, Any]


@dataclass(frozen=True)
class Relationship:
    type: str
    start: int  # positions in Graph.nodes
    end: int
    properties: dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """Rows in lists. A deleted row is None, so that positions stay. A property that is None does not exist."""

    nodes: list[Node | None] = field(default_factory=list)
    relationships: list[Relationship | None] = field(default_factory=list)

    def canonical(self) -> dict[str, Any]:
        """A value that is equal for equal graphs, whatever their numbering, and readable if two differ.

        A node is identified by its property ``_id``, or by its position if it has none. Values are compared with their
        types.
        """
        identity = {at: node.properties.get("_id", at) for at, node in enumerate(self.nodes) if node is not None}
        return {
            "nodes": {
                identity[at]: (sorted(node.labels), _exactly(node.properties))
                for at, node in enumerate(self.nodes)
                if node is not None
            },
            "relationships": sorted(
                (
                    (r.type, identity[r.start], identity[r.end], _exactly(r.properties))
                    for r in self.relationships
                    if r is not None
                ),
                key=repr,
            ),
        }


def _exactly(value: Any) -> Any:
    """A value beside its type: ``1``, ``1.0`` and ``True`` differ; NaN equals itself; a tuple is a list."""
    if isinstance(value, dict):
        return {p: _exactly(each) for p, each in sorted(value.items()) if each is not None}
    if isinstance(value, (list, tuple)):
        return [_exactly(each) for each in value]
    if isinstance(value, (date, time)):  # datetimes are dates
        return (type(value).__name__, value.isoformat())
    return (type(value).__name__, repr(value) if isinstance(value, float) else value)


def same(one: Any, other: Any) -> bool:
    """Are two stored values equal? As in Cypher: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other) or _exactly(one) == _exactly(other)


def execute(graph: Graph, operation: Operation, before: Schema) -> Graph:
    """The graph after an operation; the old graph is not changed.

    :param before: the schema before the operation.
    :raises Conflict: the data does not allow it: a value would be lost, cannot be converted, or a node type's key would
        be ambiguous.
    :raises FoldRefused: as ``apply``.
    """
    after, _ = apply(before, operation)
    result = _execute(graph, operation, before, after)
    if found := violated(result, after):
        raise Conflict(found)
    return result


def violated(graph: Graph, schema: Schema) -> int:
    """How many rows the first violated constraint does not allow; 0 if none is violated."""
    for entry in schema.entries():
        rows: Sequence[Any] = graph.nodes if entry.kind is Kind.NODE else graph.relationships
        if found := broken(rows, entry, _types_of, same):
            return found
    return 0


def _execute(graph: Graph, operation: Operation, before: Schema, after: Schema) -> Graph:
    if isinstance(operation, DropAdjacency):
        left = [r for r in graph.relationships if r is not None and _needs(graph, r, operation, before)]
        if left:
            raise Conflict(len(left))
    if isinstance(operation, (RunQuery, QueriesLeftOut, AddAdjacency, DropAdjacency, CreateEntry, RemoveEntry)):
        return graph
    kind: Kind = operation.kind  # type: ignore[attr-defined]
    name: str = operation.old if isinstance(operation, RenameType) else operation.type  # type: ignore[attr-defined]
    rows: list[Any] = list(graph.nodes if kind is Kind.NODE else graph.relationships)
    conflicts = 0
    for at, row in enumerate(rows):
        if row is not None and name in _types_of(row):
            try:
                rows[at] = _execute_on_row(row, operation, before)
            except Conflict:
                conflicts += 1
    if conflicts:
        raise Conflict(conflicts)
    if kind is Kind.RELATIONSHIP:
        return Graph(graph.nodes, rows)
    check_key(rows, after, operation.new if isinstance(operation, RenameType) else name)
    gone = {at for at, node in enumerate(rows) if node is None}
    return Graph(rows, [None if r is None or {r.start, r.end} & gone else r for r in graph.relationships])


def _needs(graph: Graph, r: Relationship, dropped: DropAdjacency, before: Schema) -> bool:
    """Does a relationship need this adjacency, because no other declared one allows it?"""
    ends = graph.nodes[r.start], graph.nodes[r.end]
    starts, stops = (node.labels if node else frozenset() for node in ends)
    others = before.adjacencies - {(dropped.from_type, dropped.relationship, dropped.to_type)}
    return (
        r.type == dropped.relationship
        and dropped.from_type in starts
        and dropped.to_type in stops
        and not any(a in starts and name == r.type and b in stops for a, name, b in others)
    )


def _types_of(row: Node | Relationship) -> frozenset[str]:
    return row.labels if isinstance(row, Node) else frozenset({row.type})


def _execute_on_row(row: Any, operation: Operation, before: Schema) -> Any:
    """A node or relationship of the operation's type after the operation; None if it is deleted."""
    values = {p: value for p, value in row.properties.items() if value is not None}
    match operation:
        case RenameType(_, old, new):
            return replace(row, labels=row.labels - {old} | {new}) if isinstance(row, Node) else replace(row, type=new)
        case DropType(kind, name):
            others = _other_managed(row, kind, name, before)
            if not others:
                return None
            only_here = set(before.of(kind)[name]) - {p for other in others for p in before.of(kind)[other]}
            kept = {p: value for p, value in values.items() if p not in only_here}
            return replace(row, labels=row.labels - {name}, properties=kept)
        case AddProperty(_, _, p, default):
            return replace(row, properties=values if p in values or default is None else values | {p: default})
        case ExtendKey(kind, _, p, default):
            if default is None and kind is Kind.NODE:
                default = "null"  # nodestream's sentinel
            return replace(row, properties=values if p in values or default is None else values | {p: default})
        case DropProperty(kind, name, p):
            return replace(row, properties=_without(values, p, row, kind, name, before))
        case RenameProperty(kind, name, old, new) | RenameKeyPart(kind, name, old, new):
            if old == new or old not in values:
                return row
            if new in values and not same(values[old], values[new]):
                raise Conflict(1)
            kept = _without(values, old, row, kind, name, before)
            return replace(row, properties=kept if new in values else kept | {new: values[old]})
        case SetPropertyType(_, _, p, to, using, may_be_null) if using is not None:
            if p not in values or is_of(values[p], to):
                return row
            try:
                value = meaning(using)(values[p])
            except (AttributeError, TypeError):  # it fails on this value
                raise Conflict(1) from None
            if value is None and may_be_null:
                return replace(row, properties={other: each for other, each in values.items() if other != p})
            if value is None or not is_of(value, to):
                raise Conflict(1)
            return replace(row, properties=values | {p: value})
        case SetPropertyType(_, _, p, to):
            return replace(row, properties=values | {p: convert(values[p], to)}) if p in values else row
    return row  # CreateType, ReduceKey and the indexes change no values


def _other_managed(row: Node | Relationship, kind: Kind, name: str, before: Schema) -> list[str]:
    return sorted(other for other in _types_of(row) if other != name and other in before.of(kind))


def _without(values: dict[str, Any], p: str, row: Any, kind: Kind, name: str, before: Schema) -> dict[str, Any]:
    """Without a property, unless another managed type on the same row declares it."""
    if any(p in before.of(kind)[other] for other in _other_managed(row, kind, name, before)):
        return values
    return {other: value for other, value in values.items() if other != p}


def check_key(nodes: Iterable[Node | None], schema: Schema, name: str) -> None:
    """Two nodes of a type must not have the same key. A node that lacks part of it has none."""
    keys = [p for p, facts in schema.nodes.get(name, {}).items() if facts.key]
    having = [node for node in nodes if node is not None and name in node.labels]
    having = [node for node in having if all(node.properties.get(p) is not None for p in keys)]
    ambiguous = [
        at
        for at, one in enumerate(having)
        if any(
            all(same(one.properties[p], other.properties[p]) for p in keys)
            for position, other in enumerate(having)
            if position != at
        )
    ]
    if keys and ambiguous:
        raise Conflict(len(ambiguous))


_FLOAT = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_TIME = r"([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(Z|[+-][0-9]{2}:[0-9]{2})?"
_DATETIME = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def _offset(zone: str) -> timezone:
    if zone == "Z":
        return timezone.utc
    hours, minutes = int(zone[1:3]), int(zone[4:])
    if hours > 17 or minutes > 59:
        raise ValueError(zone)
    return timezone((1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def convert(value: Any, to: str) -> Any:
    """A value as a property of another type holds it.

    :raises Conflict: it cannot be converted without loss.
    """
    if to.startswith("LIST_OF_"):
        if not isinstance(value, list):
            raise Conflict(1)
        return [convert(each, to.removeprefix("LIST_OF_").removesuffix("S")) for each in value]
    try:
        if to == "STRING" and isinstance(value, bool):
            return "true" if value else "false"
        if to == "STRING" and isinstance(value, (str, int, float, date, time)):
            return value.isoformat() if isinstance(value, (date, time)) else str(value)
        if to == "BOOLEAN" and isinstance(value, (bool, str)):
            return value if isinstance(value, bool) else {"true": True, "false": False}[value]
        if to == "INTEGER" and isinstance(value, (int, float, str)) and not isinstance(value, bool):
            number = int(value)
            digits = not isinstance(value, str) or re.fullmatch("[+-]?[0-9]+", value)
            if digits and -(2**63) <= number < 2**63 and (isinstance(value, str) or number == value):
                return number
        if to == "FLOAT" and isinstance(value, (int, float, str)) and not isinstance(value, bool):
            size = float(value)
            if isinstance(value, float) or size == value:
                return size
            if isinstance(value, str) and re.fullmatch(_FLOAT, value) and abs(size) < float("inf"):
                return size
        if to == "DATE" and isinstance(value, date) and not isinstance(value, datetime):
            return value
        if to == "DATE" and isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            return date.fromisoformat(value)
        if to == "TIME" and isinstance(value, time):
            return value
        if to == "TIME" and isinstance(value, str) and (parts := re.fullmatch(_TIME, value, re.ASCII)):
            return time.fromisoformat(parts[1]).replace(tzinfo=_offset(parts[2]) if parts[2] else None)
        if to == "DATETIME" and isinstance(value, date):
            return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        if to == "DATETIME" and isinstance(value, str) and (parts := re.fullmatch(_DATETIME, value)):
            *numbers, fraction, zone = parts.groups()
            year, month, day, hour, minute, second = (int(each or 0) for each in numbers)
            micros = int((fraction or "").ljust(6, "0")[:6])
            at = datetime(year, month, day, hour, minute, second, micros)
            return at if zone is None else at.replace(tzinfo=_offset(zone))
    except (ValueError, KeyError, OverflowError):
        pass
    raise Conflict(1)
