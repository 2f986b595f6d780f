"""The statements that an expert would send to LadybugDB by hand: the floors of ``ladybug_scale.py``.

A program here is a text for ``python -c``, so that no process contains more than it needs.
"""

from __future__ import annotations

import json

from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
    DropProperty,
    ExtendKey,
    Operation,
    RenameProperty,
    RenameType,
)

OPENED = """
import json, sys, ladybug
database = ladybug.Database("graph.lbug", max_db_size=1 << 34, buffer_pool_size=512 << 20)
connection = ladybug.Connection(database, num_threads=1)
def send(*statement):
    connection.execute(*statement).close()
"""
CLOSED = """
connection.close()
database.close()
"""
OPENING = f"{OPENED}{CLOSED}"
# Python's start and the import of the engine's package are part of every program here. Other imports of an nsmig run
# are put before one of them: the rest of the difference is the run's own work.
IMPORTED = """
import nsmig.cli.run, nsmig.project.project, nsmig.running.loop
import nsmig.database.ladybug.connection, nsmig.database.ladybug.ledger, nsmig.database.ladybug.session
"""

# Reads lists of statements from floor.json; each list is a transaction with a record, like a migration.
MIGRATIONS = f"""{OPENED}
send("CALL enable_default_hash_index=false")
send("CREATE NODE TABLE State(k STRING, v STRING, PRIMARY KEY(k))")
send("CREATE HASH INDEX _PK FOR (n:State) ON (n.k)")
for name, statements in json.load(open("floor.json")):
    send("BEGIN TRANSACTION")
    for statement in statements:
        send(statement)
    send(sys.argv[1], {{"k": name, "v": "{{'applied_at': 'now', 'checksum': '%064d'}}" % 0}})
    send("COMMIT")
send("CHECKPOINT")
{CLOSED}"""
MERGE = "MERGE (s:State {k: $k}) SET s.v = $v"  # may be repeated
CREATE = "CREATE (:State {k: $k, v: $v})"  # half of the total time; an expert knows that there is none

# Sends the statements given as arguments.
STATEMENTS = f"""{OPENED}
send("CALL enable_default_hash_index=false")
for statement in sys.argv[1:]:
    send(statement)
send("CHECKPOINT")
{CLOSED}"""


class Types:
    """The columns and keys that a migration's statements need, known to an expert who writes them by hand."""

    def __init__(self) -> None:
        self.columns: dict[str, dict[str, str]] = {}
        self.facts: dict[str, dict[str, list[str]]] = {}

    def statements(self, operation: Operation) -> list[str]:
        """One operation on tables without rows."""
        match operation:
            case CreateType(type=name, keys=keys, properties=properties):
                self.columns[name] = dict.fromkeys([*keys, *sorted({*properties} - {*keys})], "STRING")
                self.facts[name] = {"keys": [*keys], "indexes": [], "untyped": sorted({*keys, *properties})}
                columns = ", ".join(f"{each} STRING" for each in self.columns[name])
                return [f"CREATE NODE TABLE {name}({columns}, PRIMARY KEY({keys[0]}))", self._comment(name)]
            case AddProperty(type=name, property=column, default=default):
                kind = "INT64" if default == 0 else "STRING"
                self.columns[name][column] = kind
                if default is None:
                    self.facts[name]["untyped"].append(column)
                return [f"ALTER TABLE {name} ADD {column} {kind}", *[self._comment(name)] * (default is None)]
            case DropProperty(type=name, property=column):
                del self.columns[name][column]
                return [f"ALTER TABLE {name} DROP {column}", *self._renamed(name, column)]
            case RenameProperty(type=name, old=old, new=new):
                self.columns[name] = {new if c == old else c: t for c, t in self.columns[name].items()}
                return [f"ALTER TABLE {name} RENAME {old} TO {new}", *self._renamed(name, old, new)]
            case AddIndex(type=name, property=column):
                self.facts[name]["indexes"].append(column)
                return [self._comment(name)]
            case DropIndex(type=name, property=column):
                self.facts[name]["indexes"].remove(column)
                return [self._comment(name)]
            case RenameType(old=old, new=new):
                self.columns[new], self.facts[new] = self.columns.pop(old), self.facts.pop(old)
                return [f"ALTER TABLE {old} RENAME TO {new}"]
            case ExtendKey(type=name, property=column):
                self.columns[name][column] = "STRING"
                self.facts[name]["keys"].append(column)
                columns = ", ".join(f"{c} {t}" for c, t in self.columns[name].items())
                return [
                    f"DROP TABLE {name}",
                    f"CREATE NODE TABLE {name}(_nsmig_key STRING, {columns}, PRIMARY KEY(_nsmig_key))",
                    self._comment(name),
                ]
        raise AssertionError(operation)

    def _renamed(self, name: str, old: str, *new: str) -> list[str]:
        """The comment, if it has to change."""
        known = [each for each in self.facts[name].values() if old in each]
        for each in known:
            at = each.index(old)
            each[at : at + 1] = new
        return [self._comment(name)] if known else []

    def _comment(self, name: str) -> str:
        return f"COMMENT ON TABLE {name} IS '{json.dumps(self.facts[name])}'"


def load(rows: int) -> list[str]:
    """As many people as relationships between them."""
    text = "'person ' + cast({}, 'STRING')".format
    return [
        f"COPY Person FROM (UNWIND range(1, {rows}) AS i"
        f" RETURN {text('i')}, cast(i % 90, 'STRING'), {text('i')}, 'tag')",
        f"COPY KNOWS FROM (UNWIND range(1, {rows}) AS i"
        f" RETURN {text('i')}, {text(f'i * 7919 % {rows} + 1')}, cast(i, 'STRING'))",
    ]


_KEY = "'+' + replace(replace({0}.id, '~', '~0'), '|', '~1') + '|+acme'".format

# Operations on these people, by hand and without checking what they would overwrite.
ON_ROWS = {
    "key extension": [
        "CHECKPOINT",
        "CREATE NODE TABLE new(_nsmig_key STRING, id STRING, age STRING, name STRING, tags STRING, tenant STRING,"
        " PRIMARY KEY(_nsmig_key))",
        f"COPY new FROM (MATCH (n:Person) RETURN {_KEY('n')}, n.id, n.age, n.name, n.tags, 'acme')",
        "ALTER TABLE KNOWS ADD FROM new TO new",
        f"COPY KNOWS FROM (MATCH (a:Person)-[r:KNOWS]->(b:Person) RETURN {_KEY('a')}, {_KEY('b')}, r.since)"
        " (from='new', to='new')",
        "CHECKPOINT",
        "BEGIN TRANSACTION",
        "ALTER TABLE KNOWS DROP FROM Person TO Person",
        "DROP TABLE Person",
        "ALTER TABLE new RENAME TO Person",
        "COMMIT",
        "CREATE HASH INDEX _PK FOR (n:Person) ON (n._nsmig_key)",
    ],
    "type change": [
        "BEGIN TRANSACTION",
        "ALTER TABLE Person ADD new INT64",
        "MATCH (n:Person) SET n.new = cast(n.age, 'INT64')",
        "ALTER TABLE Person DROP age",
        "ALTER TABLE Person RENAME new TO age",
        "COMMIT",
    ],
    "default": [
        "BEGIN TRANSACTION",
        "ALTER TABLE Person ADD country STRING",
        "MATCH (n:Person) SET n.country = 'unknown'",
        "COMMIT",
    ],
    "rename": ["ALTER TABLE Person RENAME name TO label"],
    "rename of the type": ["ALTER TABLE Person RENAME TO Human"],
    "drop": ["ALTER TABLE Person DROP tags"],
}
