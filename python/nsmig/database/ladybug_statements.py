"""What an operation is in LadybugDB: statements as a pure function of the operation, the schema before it and tables.

LadybugDB has tables with typed columns instead of labels. A node table has exactly one primary key column, which never
changes; a relationship table lists the pairs of node tables it connects. Comments on tables are the only place for what
the engine does not know: declared keys, indexes and "type unknown" stand there as JSON. Operations that touch the key
build the table anew (:func:`_rebuild`).

The statements of one operation are sent in one transaction with its mark, so the operation as a whole can be repeated
without harm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from itertools import pairwise
from typing import Any, NamedTuple

from nsmig.database.base import Role, Schema, Statement
from nsmig.errors import DatabaseError, UnsupportedError
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
    Kind,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)

PRIVATE = "__nsmig_"  # names that begin so are ours
STATE = "__nsmig_state__"  # applied migrations and the journal
ANCHOR = (
    "__nsmig_any__"  # a relationship table cannot be made without a pair; it is made between this and dropped from it
)
REBUILT = "__nsmig_new__"  # a node table while it is built anew
SWAP = "__nsmig_swap__"  # a name between two that differ in letter case only
KEY_COLUMN = "_nsmig_key"  # primary key where the declared key is not one column of a type that can be one
CHECKPOINT = "CHECKPOINT"  # the only statement that is sent outside the transaction

# A hash index takes 3.3 MB of the buffer pool for every node table, as long as the database is open; without one, a
# key is checked by a scan, which is fine up to some ten thousand rows.
HASHED_TABLES = 64

ENGINE_TYPES = {"STRING": "STRING", "BOOLEAN": "BOOL", "DATETIME": "TIMESTAMP", "INTEGER": "INT64", "FLOAT": "DOUBLE"}
ENGINE_TYPES |= {f"LIST_OF_{name}S": f"{engine}[]" for name, engine in ENGINE_TYPES.items()}

NO_INDEXES = "LadybugDB has no secondary indexes; remembered in the schema only"

_NATIVE_KEYS = ("STRING", "INT64", "TIMESTAMP")
_RESERVED = ("_id", "_label", "_src", "_dst", "_nodes", "_rels", "_length", "_row_offset", KEY_COLUMN)
_UNSUPPORTED = (SetPropertyType, AddAdjacency, DropAdjacency, ReduceKey, RunQuery)
_SENTINEL = "null"  # nodestream's value for a key part that is not known


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the database holds it, with what its comment says.

    ``columns`` are names and engine types in the table's order, without ``_nsmig_key``. ``keys`` are in the order in
    which :func:`key_of` wants their values. ``primary`` is a node table's primary key column; ``pairs`` are the node
    tables that a relationship table connects, sorted.
    """

    name: str
    kind: Kind
    columns: tuple[tuple[str, str], ...] = ()
    primary: str | None = None
    keys: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    untyped: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    hashed: bool = False
    managed: bool = False

    def type(self, column: str) -> str | None:
        return dict(self.columns).get(column)

    @property
    def comment(self) -> str:
        return json.dumps({"keys": self.keys, "indexes": self.indexes, "untyped": self.untyped}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Live:
    """All tables but ours, by name in lower ASCII case (the engine's notion of the same name), and whether the
    anchor is there."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    anchor: bool = False

    def find(self, name: str) -> Table | None:
        return self.tables.get(_lower(name))

    def put(self, table: Table, instead_of: Table | None = None) -> Live:
        gone = _lower(instead_of.name) if instead_of else None
        kept = {name: each for name, each in self.tables.items() if name != gone}
        return replace(self, tables={**kept, _lower(table.name): table})

    def relationships(self) -> list[Table]:
        tables = (table for table in self.tables.values() if table.kind is Kind.RELATIONSHIP)
        return sorted(tables, key=lambda table: table.name)


def key_of(values: Iterable[Any]) -> str:
    """The ``_nsmig_key`` of a node whose declared key is not one native column: loaders set it, so that keys are
    unique.

    :param values: the key's values in the order of ``keys`` in the table's comment (``CALL show_tables() RETURN
        name, comment``):
        str, int, bool, date, datetime or None. Datetimes with an offset count as UTC, as the engine stores them.
    :raises TypeError: a value that cannot be part of a key (floats and lists have no exact text in the engine).

    >>> key_of(["Ada", 7, None])
    '+Ada|+7|-'
    """
    return "|".join(
        "-" if value is None else "+" + _key_text(value).replace("~", "~0").replace("|", "~1") for value in values
    )


def quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(value: Any) -> str:
    """A value of :func:`bound` as the engine's language writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if value != -(2**63) else f"cast('{value}', 'INT64')"
    if isinstance(value, float):
        return f"cast('{value!r}', 'DOUBLE')"  # there is no other way to write 1e300 or infinity
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, datetime):
        return f"timestamp('{value.isoformat(sep=' ')}')"
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, bytes):
        return "BLOB('" + "".join(f"\\\\x{byte:02X}" for byte in value) + "')"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quote(name)}: {literal(each)}" for name, each in value.items()) + "}"
    return f"[{', '.join(map(literal, value))}]" if value else "cast([], 'STRING[]')"


def inlined(statement: Statement) -> str:
    """The statement's text with its parameters as literals."""
    return _inline(statement.text, statement.parameters)


def refuse(operation: Operation, before: Schema) -> None:
    """Raise :class:`UnsupportedError` for what LadybugDB cannot carry out, whatever data it holds."""
    if _is_elsewhere(operation):
        return
    if isinstance(operation, _UNSUPPORTED):
        raise UnsupportedError(
            operation, "nsmig does not do this on LadybugDB yet; remove it from the migrations for this target"
        )
    kind: Kind = operation.kind  # type: ignore[attr-defined]
    if isinstance(operation, RenameType):
        if operation.old != operation.new or before.type(kind, operation.old) is None:
            _refuse_type(operation, operation.new, kind, before, besides=operation.old)
        return
    name: str = operation.type  # type: ignore[attr-defined]
    declared = before.type(kind, name)
    if declared is None and not isinstance(operation, (DropType, DropIndex)):
        _refuse_type(operation, name, kind, before)
    known = sorted(declared.properties) if declared else []
    if isinstance(operation, CreateType):
        if declared and kind is Kind.NODE and set(declared.keys) != set(operation.keys):
            raise UnsupportedError(
                operation, f"{name!r} exists with the key {declared.keys}; drop it first, or extend its key"
            )
        _refuse_properties(operation, {*operation.keys, *operation.properties}, known)
    elif isinstance(operation, (AddProperty, ExtendKey)):
        _refuse_properties(operation, {operation.property}, known)
        _refuse_default(operation, kind)
    elif isinstance(operation, AddIndex):
        _refuse_properties(operation, {operation.property}, known)
    elif isinstance(operation, (RenameProperty, RenameKeyPart)) and operation.old != operation.new:
        _refuse_properties(operation, {operation.new}, [each for each in known if each != operation.old])


def statements(operation: Operation, before: Schema, live: Live) -> tuple[list[Statement], Live]:
    """The statements for an operation, in order, and the tables after them. Pure.

    :raises UnsupportedError: the tables are in the way, such as a column of another type than the operation's default.
    :raises DatabaseError: the database lacks a table that the schema declares.
    """
    if _is_elsewhere(operation):
        assert isinstance(operation, RunQuery)
        return [Statement(Role.NOTE, f"the query is for {operation.database} only; not sent to LadybugDB")], live
    match operation:
        case CreateType():
            return _create(operation, live)
        case DropType():
            return _drop(_declared(operation, operation.kind, operation.type, before, live), live)
        case RenameType():
            return _rename(operation, before, live)
        case DropIndex():
            return _drop_index(operation, before, live)
        case AddProperty() | AddIndex() | ExtendKey() | DropProperty() | RenameProperty() | RenameKeyPart():
            if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
                return _lenient(operation, before, live)
            table = _declared(operation, operation.kind, operation.type, before, live)
            return _on_table(operation, table, before, live)
    refuse(operation, before)
    raise AssertionError(f"not an operation: {operation!r}")  # refuse raised


# -- names and values --------------------------------------------------------------------------------------------------

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _lower(name: str) -> str:
    return name.translate(_ASCII_LOWER)


def _is_elsewhere(operation: Operation) -> bool:
    return isinstance(operation, RunQuery) and operation.database not in (None, "ladybug")


def _refuse_name(operation: Operation, what: str, name: str) -> None:
    if not name or "\0" in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot name a {what} {name!r}: a name must not be empty or contain NUL"
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UnsupportedError(operation, f"LadybugDB cannot name a {what} {name!r}: it is not valid Unicode") from None


def _refuse_type(operation: Operation, name: str, kind: Kind, before: Schema, besides: str | None = None) -> None:
    """``besides`` is a type of the same kind that gives up its name."""
    _refuse_name(operation, "type", name)
    if "." in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot use a type named {name!r}: it reads a dot as database.table"
        )
    if _lower(name).startswith(PRIVATE):
        raise UnsupportedError(operation, f"type names that begin with {PRIVATE!r} are nsmig's own")
    lower = _lower(name)
    for each in Kind:
        for other in before.types(each):
            if len(other) != len(name) or _lower(other) != lower:
                continue
            if each is kind and (other == besides or (other == name and isinstance(operation, CreateType))):
                continue
            raise UnsupportedError(
                operation,
                f"{name!r} and the {each.value} type {other!r} would be one table in LadybugDB, which ignores"
                " letter case and has one"
                " namespace for node and relationship types; choose another name",
            )


def _refuse_properties(operation: Operation, names: Iterable[str], known: Iterable[str]) -> None:
    taken = {_lower(each): each for each in known}
    for name in sorted(names):
        _refuse_name(operation, "property", name)
        lower = _lower(name)
        if lower in _RESERVED or lower.startswith(PRIVATE):
            raise UnsupportedError(
                operation, f"the property name {name!r} is taken by LadybugDB or nsmig; choose another name"
            )
        if taken.setdefault(lower, name) != name:
            raise UnsupportedError(
                operation,
                f"the properties {name!r} and {taken[lower]!r} would be one column in LadybugDB, which ignores"
                " letter case;"
                " choose another name",
            )


def _refuse_default(operation: AddProperty | ExtendKey, kind: Kind) -> None:
    try:
        engine_type = _engine_type(operation.default)
        bound(operation.default)
    except (ValueError, OverflowError) as error:
        raise UnsupportedError(
            operation, f"LadybugDB cannot store the default {operation.default!r}: {error}"
        ) from None
    if isinstance(operation, ExtendKey) and kind is Kind.NODE:
        _refuse_key_type(operation, operation.property, engine_type)


def _refuse_key_type(operation: Operation, name: str, engine_type: str) -> None:
    if engine_type in ("DOUBLE", "BLOB") or engine_type.endswith("]"):
        raise UnsupportedError(
            operation,
            f"{name!r} is of type {engine_type} in LadybugDB, which has no exact text for it and cannot tell"
            " such keys apart",
        )


def _engine_type(value: Any) -> str:
    """The column type for a value. :raises ValueError: there is none; the message says why."""
    if isinstance(value, bool):
        return "BOOL"
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return "INT64"
        raise ValueError("integers have 64 bits")
    if isinstance(value, float):
        return "DOUBLE"
    if value is None:
        return "STRING"
    if isinstance(value, str):
        value.encode()  # UnicodeEncodeError is a ValueError
        return "STRING"
    if isinstance(value, datetime):
        return "TIMESTAMP"
    if isinstance(value, date):
        return "DATE"
    if isinstance(value, bytes):
        return "BLOB"
    if isinstance(value, (list, tuple)):
        inner = {_engine_type(each) for each in value if each is not None}
        if inner == {"INT64", "DOUBLE"}:
            return "DOUBLE[]"
        if len(inner) > 1:
            raise ValueError("the values of a list must be of one type")
        (single,) = inner or {"STRING"}
        if single.endswith("]") or single == "BLOB":
            raise ValueError("a list holds plain values only")
        return f"{single}[]"
    raise ValueError(f"it has no type for {type(value).__name__}")


def bound(value: Any) -> Any:
    """A default as it is sent. The engine would drop a datetime's offset silently, so it becomes UTC."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, (list, tuple)):
        as_float = _engine_type(value) == "DOUBLE[]"
        return [float(each) if as_float and each is not None else bound(each) for each in value]
    return value


def _key_text(value: Any) -> str:
    """A value as ``cast(value, 'STRING')`` gives it."""
    if isinstance(value, datetime):
        text = str(bound(value).isoformat(sep=" "))
        return text.rstrip("0") if "." in text else text
    if isinstance(value, (str, int, date)):  # bool is an int
        return str(value)
    raise TypeError(f"a key part is a str, int, bool, date, datetime or None, not {value!r}")


_PARAMETER = re.compile(r"`(?:``|[^`])*`|'(?:\\.|[^'\\])*'|\$(\w+)", re.DOTALL)


def _inline(text: str, parameters: Mapping[str, Any]) -> str:
    return _PARAMETER.sub(lambda match: literal(parameters[match[1]]) if match[1] else match[0], text)


# -- types -------------------------------------------------------------------------------------------------------------


def _schema(text: str) -> Statement:
    return Statement(Role.SCHEMA, text)


def _data(text: str, value: Any = None) -> Statement:
    return Statement(Role.DATA, text, {"value": bound(value)} if "$value" in text else {})


def _check(problem: str, matched: str, counted: str, shown: str, value: Any = None) -> Statement:
    parameters = {"value": bound(value)} if "$value" in matched else {}
    return Statement(
        Role.CHECK, f"{matched} RETURN {counted}", parameters, problem, _inline(f"{matched} RETURN {shown}", parameters)
    )


def _declared(operation: Operation, kind: Kind, name: str, before: Schema, live: Live) -> Table:
    table = live.find(name)
    if table is None or table.name != name or table.kind is not kind:
        raise DatabaseError(
            f"{operation!r}: the database has no {kind.value} table {name!r}, though the migrations recorded as"
            " applied make one;"
            " restore it, or record as applied only what is there"
        )
    return table


def _free(operation: Operation, name: str, live: Live) -> None:
    if (taken := live.find(name)) is not None:
        raise UnsupportedError(
            operation,
            f"the database has a {taken.kind.value} table {taken.name!r} already, which no migration made;"
            " rename or drop it first",
        )


def _lenient(operation: Operation, before: Schema, live: Live) -> tuple[list[Statement], Live]:
    """Like the fold, make the type that an operation names and nothing declares, with the property it speaks of."""
    match operation:
        case AddProperty(kind=kind, type=name, property=column) | ExtendKey(kind=kind, type=name, property=column):
            engine_type, untyped = _type_of(operation, before)
        case AddIndex(kind=kind, type=name, property=column):
            engine_type, untyped = "STRING", True
        case _:
            raise UnsupportedError(operation, "no type of that name is declared")
    table = Table(
        name,
        kind,
        ((column, engine_type),),
        keys=(column,) if isinstance(operation, ExtendKey) else (),
        indexes=(column,) if isinstance(operation, AddIndex) else (),
        untyped=(column,) if untyped else (),
    )
    made, live = _make(table, live)
    return made + [Statement(Role.NOTE, NO_INDEXES)] * isinstance(operation, AddIndex), live


def _create(operation: CreateType, live: Live) -> tuple[list[Statement], Live]:
    names = (*operation.keys, *(each for each in operation.properties if each not in operation.keys))
    table = live.find(operation.type)
    if table is None:
        columns = tuple((name, "STRING") for name in names)
        made, live = _make(
            Table(operation.type, operation.kind, columns, keys=operation.keys, untyped=tuple(sorted(names))), live
        )
        if operation.kind is Kind.NODE and len(operation.keys) > 1:
            made.append(_composite_note(operation.type))
        return made, live
    if table.kind is not operation.kind or table.name != operation.type:
        _free(operation, operation.type, live)
    if table.kind is Kind.NODE and set(table.keys) != set(operation.keys):
        raise UnsupportedError(
            operation, f"the database has a table of that name with the key {table.keys}; drop or rename it first"
        )
    sent: list[Statement] = []
    changed = replace(table, keys=table.keys if table.kind is Kind.NODE else operation.keys, indexes=())
    for name in names:
        added, changed = _with_column(operation, changed, name, "STRING", untyped=True)
        sent += added
    return _finished(sent, table, changed, live)


def _composite_note(name: str) -> Statement:
    return Statement(
        Role.NOTE,
        f"LadybugDB has no composite keys: the key of {name!r} is unique only where whoever loads nodes sets"
        f" {KEY_COLUMN} = nsmig.database.ladybug.key_of(values)",
    )


def _make(table: Table, live: Live) -> tuple[list[Statement], Live]:
    """Create a table that is described up to ``primary`` and ``hashed``."""
    if table.kind is Kind.NODE:
        created, table = _node_table(table, live)
        created += _commented(None, table)
        return created, live.put(replace(table, managed=True))
    columns = "".join(f", {quote(name)} {engine_type}" for name, engine_type in table.columns)
    endpoints = f"FROM {quote(ANCHOR)} TO {quote(ANCHOR)}"
    sent = [] if live.anchor else [_schema(f"CREATE NODE TABLE {quote(ANCHOR)}(k STRING, PRIMARY KEY(k))")]
    sent.append(_schema(f"CREATE REL TABLE {quote(table.name)}({endpoints}{columns})"))
    sent.append(_schema(f"ALTER TABLE {quote(table.name)} DROP {endpoints}"))
    return sent + _commented(None, table), replace(live, anchor=True).put(replace(table, managed=True))


def _node_table(table: Table, live: Live) -> tuple[list[Statement], Table]:
    """CREATE NODE TABLE, without the comment."""
    single = len(table.keys) == 1 and table.type(table.keys[0]) in _NATIVE_KEYS
    primary = table.keys[0] if single else KEY_COLUMN
    hashed = table.hashed or sum(each.hashed for each in live.tables.values()) < HASHED_TABLES
    # Without a value from the loader, the key column is unique by chance and enforces nothing.
    columns = [] if single else [f"{quote(KEY_COLUMN)} STRING DEFAULT cast(gen_random_uuid(), 'STRING')"]
    columns += [f"{quote(name)} {engine_type}" for name, engine_type in table.columns]
    created = _schema(f"CREATE NODE TABLE {quote(table.name)}({', '.join(columns)}, PRIMARY KEY({quote(primary)}))")
    off, on = (_schema(f"CALL enable_default_hash_index={value}") for value in ("false", "true"))
    return [created] if hashed else [off, created, on], replace(table, primary=primary, hashed=hashed)


def _commented(before: Table | None, table: Table) -> list[Statement]:
    if before is not None and before.managed and before.comment == table.comment:
        return []
    return [_schema(f"COMMENT ON TABLE {quote(table.name)} IS {literal(table.comment)}")]


def _finished(sent: list[Statement], before: Table, after: Table, live: Live) -> tuple[list[Statement], Live]:
    """With the comment, which makes a table ours."""
    return sent + _commented(before, after), live.put(replace(after, managed=True))


def _drop(table: Table, live: Live) -> tuple[list[Statement], Live]:
    sent = []
    for other in live.relationships() if table.kind is Kind.NODE else []:
        touching = [pair for pair in other.pairs if table.name in pair]
        sent += [_schema(f"ALTER TABLE {quote(other.name)} DROP FROM {quote(a)} TO {quote(b)}") for a, b in touching]
        live = live.put(replace(other, pairs=tuple(pair for pair in other.pairs if pair not in touching)))
    sent.append(_schema(f"DROP TABLE {quote(table.name)}"))
    return sent, replace(live, tables={name: each for name, each in live.tables.items() if each is not table})


def _rename(operation: RenameType, before: Schema, live: Live) -> tuple[list[Statement], Live]:
    if before.type(operation.kind, operation.old) is None and live.find(operation.old) is None:
        _free(operation, operation.new, live)
        return _make(Table(operation.new, operation.kind), live)  # as the fold does
    if operation.old == operation.new:
        return [], live
    table = _declared(operation, operation.kind, operation.old, before, live)
    same = _lower(operation.old) == _lower(operation.new)
    if not same:
        _free(operation, operation.new, live)
    return _renamed(table.name, operation.new, same), _with_pairs_renamed(
        live.put(replace(table, name=operation.new), instead_of=table), table.name, operation.new
    )


def _renamed(old: str, new: str, via_swap: bool = False) -> list[Statement]:
    names = (old, SWAP, new) if via_swap else (old, new)
    return [_schema(f"ALTER TABLE {quote(a)} RENAME TO {quote(b)}") for a, b in pairwise(names)]


def _with_pairs_renamed(live: Live, old: str, new: str) -> Live:
    for other in live.relationships():
        if any(old in pair for pair in other.pairs):
            pairs = sorted((new if a == old else a, new if b == old else b) for a, b in other.pairs)
            live = live.put(replace(other, pairs=tuple(pairs)))
    return live


def _drop_index(operation: DropIndex, before: Schema, live: Live) -> tuple[list[Statement], Live]:
    if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
        return [], live
    table = _declared(operation, operation.kind, operation.type, before, live)
    if operation.property not in table.indexes:
        return [], live
    changed = replace(table, indexes=tuple(each for each in table.indexes if each != operation.property))
    return _finished([Statement(Role.NOTE, NO_INDEXES)], table, changed, live)


# -- properties --------------------------------------------------------------------------------------------------------


class _Column(NamedTuple):
    """A column of a rebuilt table: the first of ``sources`` that is not null, else the operation's value if it
    ``fills``."""

    name: str
    type: str
    sources: tuple[str, ...]
    fills: bool = False

    def of(self, variable: str) -> str:
        parts = [f"{variable}.{quote(each)}" for each in self.sources] + [f"cast($value, '{self.type}')"] * self.fills
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else (parts or ["NULL"])[0]


def _on_table(operation: Operation, table: Table, before: Schema, live: Live) -> tuple[list[Statement], Live]:
    """The operations that change one table's properties."""
    match operation:
        case AddProperty(property=name, default=value):
            if name in table.keys and table.kind is Kind.NODE:
                return _fill_key(operation, table, name, value, live)
            return _add(operation, table, _type_of(operation, before), value, live)
        case ExtendKey(property=name, default=value):
            if table.kind is Kind.NODE:
                return _extend_key(operation, table, before, live)
            keys = tuple(sorted({*table.keys, name}))
            return _add(operation, table, _type_of(operation, before), value, live, keys=keys)
        case AddIndex(property=name):
            sent, changed = _with_column(operation, table, name, "STRING", untyped=True)
            changed = replace(changed, indexes=tuple(sorted({*changed.indexes, name})))
            return _finished([*sent, Statement(Role.NOTE, NO_INDEXES)], table, changed, live)
        case DropProperty(property=name):
            return _drop_property(operation, table, name, live)
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return ([], live) if old == new else _rename_property(operation, table, old, new, live)
    raise AssertionError(f"not an operation on a table: {operation!r}")


def _type_of(operation: AddProperty | ExtendKey, before: Schema) -> tuple[str, bool]:
    """The engine's type for an added property, and whether nothing is known of it. The schema says STRING of all it
    does not know."""
    declared = before.type(operation.kind, operation.type)
    known = declared.properties.get(operation.property, "STRING") if declared else "STRING"
    if known != "STRING":
        return ENGINE_TYPES[known], False
    return _engine_type(operation.default), operation.default is None


def _with_column(
    operation: Operation, table: Table, name: str, engine_type: str, untyped: bool
) -> tuple[list[Statement], Table]:
    """Add a column unless it is there. The comment is left to the caller."""
    if table.type(name) is not None:
        return [], table
    for other, _ in table.columns:
        if _lower(other) == _lower(name):
            raise UnsupportedError(
                operation, f"table {table.name!r} has a column {other!r}, which is the same name to LadybugDB"
            )
    return [_schema(f"ALTER TABLE {quote(table.name)} ADD {quote(name)} {engine_type}")], replace(
        table,
        columns=(*table.columns, (name, engine_type)),
        untyped=tuple(sorted({*table.untyped, name})) if untyped else table.untyped,
    )


def _must_take(operation: Operation, table: Table, name: str, value: Any) -> None:
    column, given = table.type(name), _engine_type(value)
    if value is not None and column not in (given, "STRING") and (column, given) != ("DOUBLE", "INT64") and value != []:
        raise UnsupportedError(
            operation, f"the column {name!r} of {table.name!r} is {column} and cannot hold {value!r}"
        )


def _rows(table: Table, variable: str = "n") -> str | None:
    """A pattern for all rows; None where there can be none, since SET on a relationship table without pairs kills
    the process."""
    if table.kind is Kind.NODE:
        return f"MATCH ({variable}:{quote(table.name)})"
    return f"MATCH ()-[{variable}:{quote(table.name)}]->()" if table.pairs else None


def _add(
    operation: AddProperty | ExtendKey,
    table: Table,
    column: tuple[str, bool],
    value: Any,
    live: Live,
    keys: tuple[str, ...] | None = None,
) -> tuple[list[Statement], Live]:
    name = operation.property
    sent, changed = _with_column(operation, table, name, *column)
    _must_take(operation, changed, name, value)
    changed = replace(changed, keys=changed.keys if keys is None else keys)
    rows = _rows(table)
    if value is not None and rows:
        sent.append(_data(f"{rows} WHERE n.{quote(name)} IS NULL SET n.{quote(name)} = $value RETURN count(*)", value))
    return _finished(sent, table, changed, live)


def _columns(table: Table) -> list[_Column]:
    return [_Column(name, engine_type, (name,)) for name, engine_type in table.columns]


def _fill_key(operation: Operation, table: Table, name: str, value: Any, live: Live) -> tuple[list[Statement], Live]:
    """Give a part of the key a value where it has none."""
    if value is None or table.primary != KEY_COLUMN:
        return [], live  # a primary key is never null
    _must_take(operation, table, name, value)
    columns = [each._replace(fills=each.name == name) for each in _columns(table)]
    return _rebuild(operation, table, table, columns, value, live)


def _extend_key(operation: ExtendKey, table: Table, before: Schema, live: Live) -> tuple[list[Statement], Live]:
    name = operation.property
    value = _SENTINEL if operation.default is None else operation.default
    if name in table.keys:
        return _fill_key(operation, table, name, value, live)
    _, changed = _with_column(operation, table, name, *_type_of(operation, before))
    _must_take(operation, changed, name, value)
    _refuse_key_type(operation, name, str(changed.type(name)))
    changed = replace(changed, keys=(*table.keys, name))
    columns = [
        each._replace(sources=(name,) if table.type(name) else (), fills=True) if each.name == name else each
        for each in _columns(changed)
    ]
    sent, live = _rebuild(operation, table, changed, columns, value, live)
    return [*sent, *[_composite_note(table.name)] * (len(changed.keys) > 1)], live


def _drop_property(operation: Operation, table: Table, name: str, live: Live) -> tuple[list[Statement], Live]:
    changed = _without(table, name)
    if table.kind is Kind.NODE and name in table.keys:
        return _rebuild(operation, table, changed, _columns(changed), None, live)
    return _finished([_schema(f"ALTER TABLE {quote(table.name)} DROP {quote(name)}")], table, changed, live)


def _without(table: Table, name: str) -> Table:
    def rest(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each for each in names if each != name)

    columns = tuple(each for each in table.columns if each[0] != name)
    return replace(
        table, columns=columns, keys=rest(table.keys), indexes=rest(table.indexes), untyped=rest(table.untyped)
    )


def _rename_property(
    operation: Operation, table: Table, old: str, new: str, live: Live
) -> tuple[list[Statement], Live]:
    if table.type(new) is not None:
        return _rename_onto(operation, table, old, new, live)
    if any(_lower(other) == _lower(new) for other, _ in table.columns if other != old):
        raise UnsupportedError(operation, f"table {table.name!r} has a column that is {new!r} but for letter case")
    changed = _with_name(table, old, new)
    names = (old, SWAP, new) if _lower(old) == _lower(new) else (old, new)
    sent = [_schema(f"ALTER TABLE {quote(table.name)} RENAME {quote(a)} TO {quote(b)}") for a, b in pairwise(names)]
    return _finished(sent, table, changed, live)


def _with_name(table: Table, old: str, new: str) -> Table:
    def renamed(name: str) -> str:
        return new if name == old else name

    return replace(
        table,
        columns=tuple((renamed(name), engine_type) for name, engine_type in table.columns),
        primary=renamed(table.primary) if table.primary else None,
        keys=tuple(map(renamed, table.keys)),  # in place: the order is that of key_of
        indexes=tuple(sorted(map(renamed, table.indexes))),
        untyped=tuple(sorted(map(renamed, table.untyped))),
    )


def _rename_onto(operation: Operation, table: Table, old: str, new: str, live: Live) -> tuple[list[Statement], Live]:
    """Rename a property to one that exists: allowed where no value would be lost."""
    if table.type(old) != table.type(new):
        raise UnsupportedError(
            operation,
            f"{new!r} exists on {table.name!r} and is {table.type(new)}, {old!r} is {table.type(old)}; drop"
            f" {new!r} first",
        )
    a, b = f"n.{quote(old)}", f"n.{quote(new)}"
    rows = _rows(table)
    changed = _with_name(_without(table, new), old, new)
    checks = [
        _check(
            f"rows of {table.name!r} have another value in {new!r}",
            f"{rows} WHERE {a} <> {b}",
            "count(*)",
            "n LIMIT 25",
        )
    ] * bool(rows)
    if table.kind is Kind.NODE and {old, new} & set(table.keys):
        columns = [
            each._replace(sources=(old, new) if each.name == new else (each.name,)) for each in _columns(changed)
        ]
        sent, live = _rebuild(operation, table, changed, columns, None, live)
        return checks + sent, live
    moved = [_data(f"{rows} WHERE {a} IS NOT NULL SET {b} = {a} RETURN count(*)")] * bool(rows)
    # The column of the new name stays where it is.
    changed = replace(changed, columns=_without(table, old).columns)
    dropped = _schema(f"ALTER TABLE {quote(table.name)} DROP {quote(old)}")
    return _finished([*checks, *moved, dropped], table, changed, live)


# -- rebuilding a node table -------------------------------------------------------------------------------------------


def _identity(table: Table, changed: Table, columns: list[_Column], variable: str) -> str:
    """An expression on an old node: the primary key of the new one."""
    by_name = {each.name: each for each in columns}
    if len(changed.keys) == 1 and changed.type(changed.keys[0]) in _NATIVE_KEYS:
        return by_name[changed.keys[0]].of(variable)
    if changed.keys:
        return " + '|' + ".join(f"({_encoded(by_name[key].of(variable))})" for key in changed.keys)
    if not table.keys:
        return f"{variable}.{quote(KEY_COLUMN)}"
    # Nothing is left of the key, so any unique value will do, but not one that tells what was dropped.
    return f"sha256(cast({variable}.{quote(str(table.primary))}, 'STRING'))"


def _encoded(value: str) -> str:
    """:func:`key_of` in the engine's language, whose replace() makes '' of null."""
    escaped = f"replace(replace(cast({value}, 'STRING'), '~', '~0'), '|', '~1')"
    return f"CASE WHEN {value} IS NULL THEN '-' ELSE '+' + {escaped} END"


def _rebuild(
    operation: Operation, table: Table, changed: Table, columns: list[_Column], value: Any, live: Live
) -> tuple[list[Statement], Live]:
    """Build a node table anew with other keys, its relationships moved over and counted: a primary key cannot be
    changed."""
    for key in changed.keys:
        _refuse_key_type(operation, key, str(changed.type(key)))
    created, built = _node_table(replace(changed, name=REBUILT), live)
    old, new = quote(table.name), quote(REBUILT)
    pairs = [(other, pair) for other in live.relationships() for pair in other.pairs if table.name in pair]
    key = _identity(table, changed, columns, "n")

    sent = [_check_unique(table, f"MATCH (n:{old}) WITH {key} AS key, count(*) AS nodes", value)]
    if built.primary != KEY_COLUMN:
        absent = f"MATCH (n:{old}) WHERE {key} IS NULL"
        sent.append(
            _check(
                f"nodes of {table.name!r} have no value for the key that is left",
                absent,
                "count(*)",
                "n LIMIT 25",
                value,
            )
        )
    if pairs:  # adding one after a relationship property was dropped kills the process, unless a checkpoint is between
        sent.append(_schema(CHECKPOINT))
    sent += created
    assigned = [f"{quote(KEY_COLUMN)}: {key}"] if built.primary == KEY_COLUMN else []
    assigned += [f"{quote(each.name)}: {each.of('n')}" for each in columns if each.of("n") != "NULL"]
    sent.append(_data(f"MATCH (n:{old}) CREATE (:{new} {{{', '.join(assigned)}}}) RETURN count(*)", value))
    for other, pair in pairs:
        sent += _moved(table, changed, columns, str(built.primary), other, pair, value)
    sent += [_schema(f"DROP TABLE {old}"), *_renamed(REBUILT, table.name)]
    done = replace(built, name=table.name, managed=True)
    return sent + _commented(None, done), live.put(done)


def _check_unique(table: Table, keyed: str, value: Any) -> Statement:
    problem = f"nodes of {table.name!r} would share their key with others"
    return _check(problem, f"{keyed} WHERE nodes > 1", "coalesce(sum(nodes), 0)", "key, nodes LIMIT 25", value)


def _moved(
    table: Table, changed: Table, columns: list[_Column], primary: str, other: Table, pair: tuple[str, str], value: Any
) -> list[Statement]:
    """Copy the relationships of one pair to the rebuilt table and let go of the pair.

    One WITH per side keeps this a hash join: a function of columns in a WHERE over two tables becomes a cross product.
    """
    a, b = pair
    new_a, new_b = (REBUILT if end == table.name else end for end in pair)
    relationship = quote(other.name)
    found, start, end = "", "a", "b"
    if a == table.name:
        found += f" WITH a, r, b, {_identity(table, changed, columns, 'a')} AS key_a MATCH (x:{quote(REBUILT)})"
        found += f" WHERE x.{quote(primary)} = key_a"
        start = "x"
    if b == table.name:
        found += f" WITH {start}, r, b, {_identity(table, changed, columns, 'b')} AS key_b MATCH (y:{quote(REBUILT)})"
        found += f" WHERE y.{quote(primary)} = key_b"
        end = "y"
    properties = ", ".join(f"{quote(name)}: r.{quote(name)}" for name, _ in other.columns)
    matched = f"MATCH (a:{quote(a)})-[r:{relationship}]->(b:{quote(b)})"
    counted = (
        f"{matched} WITH count(*) AS had OPTIONAL MATCH (:{quote(new_a)})-[s:{relationship}]->(:{quote(new_b)})"
        " WITH had, count(s) AS has"
    )
    return [
        _schema(f"ALTER TABLE {relationship} ADD FROM {quote(new_a)} TO {quote(new_b)}"),
        _data(f"{matched}{found} CREATE ({start})-[:{relationship} {{{properties}}}]->({end}) RETURN count(*)", value),
        _check(f"relationships of {other.name!r} were not carried over", counted, "abs(had - has)", "had, has"),
        _schema(f"ALTER TABLE {relationship} DROP FROM {quote(a)} TO {quote(b)}"),
    ]
