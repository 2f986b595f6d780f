"""The statements that fix a difference between a file and its migrations, sent exactly as shown."""

from __future__ import annotations

import nsmig
from nsmig.findings import Diagnosis
from nsmig.kinds import Kind
from nsmig.operations import AddAdjacency, AddIndex, AddProperty, CreateType, Operation, SetPropertyType
from nsmig.running.standing import disagreements
from nsmig.running.tasks import records
from support.databases import connection
from support.ladybug_bench import LadybugEngine
from support.runs import run

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
ODD = "Q$o; `d\\d'"
MADE: tuple[Operation, ...] = (
    CreateType(NODE, "P", ("k",), ("a", "b", "c$d")),
    CreateType(NODE, ODD, ("n",), ("x",)),
    SetPropertyType(NODE, "P", "b", "INTEGER"),
    SetPropertyType(NODE, ODD, "n", "INTEGER"),
    AddIndex(NODE, ODD, "x"),
    AddIndex(NODE, "P", "a"),
    CreateType(RELATIONSHIP, "R", (), ("since",)),
    CreateType(RELATIONSHIP, "S", (), ()),
    CreateType(RELATIONSHIP, "T", (), ("t",)),
    SetPropertyType(RELATIONSHIP, "R", "since", "DATETIME"),
    *(AddAdjacency(a, name, b) for name in "RST" for a, b in (("P", ODD), ("P", "P"))),
)


def history(engine: LadybugEngine, *operations: Operation) -> nsmig.History:
    """Migrations that the file has."""
    made = nsmig.History([nsmig.Migration("m", operations)])
    run(made, engine.database)
    return made


def found(engine: LadybugEngine, made: nsmig.History) -> list[Diagnosis]:
    return disagreements(made, "local", engine.database, declares_types=True).found


def messages(engine: LadybugEngine, made: nsmig.History) -> list[str]:
    return [each.message.removeprefix("target local: ") for each in found(engine, made)]


def test_statements_that_follow_each_other_end_all_differences(engine: LadybugEngine) -> None:
    made = history(engine, *MADE)
    assert messages(engine, made) == []
    engine.send("CREATE (:P {k: '1', a: 'kept'}), (:P {k: '2'})")
    engine.send("MATCH (a:P {k: '1'}), (b:P {k: '2'}) CREATE (a)-[:T {t: 'kept'}]->(b)")
    odd = "`Q$o; ``d\\d'`"
    for statement in (
        "DROP TABLE R",
        "DROP TABLE S",
        "DROP TABLE __nsmig_any__",
        f"ALTER TABLE T DROP FROM P TO {odd}",
        f"DROP TABLE {odd}",
        "ALTER TABLE P DROP `c$d`",
        "ALTER TABLE P DROP b",
        """COMMENT ON TABLE P IS '{"keys": ["k"], "indexes": [], "untyped": []}'""",
    ):
        engine.send(statement)
    differences = found(engine, made)
    assert [each.message.removeprefix("target local: ") for each in differences] == [
        "node type P has no index on a",
        "node type P has no property b",
        "node type P has no property c$d",
        f"node type {ODD} is not in the database",
        "relationship type R is not in the database",
        "relationship type S is not in the database",
        f"relationship type T has no connection from P to {ODD}",
    ]
    assert [each.advice.partition(":")[0] for each in differences] == [
        "To fix it",
        *["To fix it, after those above"] * 2,
        "To fix it",
        *["To fix it, after those above"] * 3,
    ]
    for each in differences:
        connection(engine.database).open().execute(each.advice.partition(": ")[2])
    assert messages(engine, made) == []
    engine.send(f"CREATE (:{odd} {{n: 7}})")
    engine.send(f"MATCH (a:P {{k: '1'}}), (b:{odd}) CREATE (a)-[:R]->(b), (a)-[:S]->(b), (a)-[:T]->(b)")
    assert engine.send("MATCH (a:P)-[r:T]->(:P) RETURN a.a, r.t") == [["kept", "kept"]]


def test_what_is_connected_is_compared(engine: LadybugEngine) -> None:
    made = history(engine, *MADE)
    engine.send("ALTER TABLE R DROP FROM P TO P")
    engine.send("ALTER TABLE S ADD FROM `Q$o; ``d\\d'` TO P")
    assert messages(engine, made) == [
        "relationship type R has no connection from P to P",
        f"relationship type S has a connection from {ODD} to P, which no migration makes",
    ]
    missing, more = found(engine, made)
    assert missing.advice == "To fix it: CHECKPOINT; ALTER TABLE `R` ADD FROM `P` TO `P`"
    assert more.advice.startswith("To keep it, put it into the schema file")


def test_migrations_that_connect_nothing_let_loaders_do_it(engine: LadybugEngine) -> None:
    made = history(engine, CreateType(NODE, "P", ("k",), ()), CreateType(RELATIONSHIP, "R", (), ()))
    engine.send("ALTER TABLE R ADD FROM P TO P")
    assert messages(engine, made) == []


def test_a_difference_that_no_statement_ends_does_not_stop_the_next(engine: LadybugEngine) -> None:
    operations = CreateType(NODE, "P", ("k",), ("Ab", "b")), AddProperty(NODE, "P", "c")
    made = nsmig.History([nsmig.Migration("m", operations)])
    engine.send("CREATE NODE TABLE P(k STRING, aB STRING, PRIMARY KEY(k))")
    engine.database.ledger.remember(records("m", made))
    by_message = {each.message: each.advice for each in found(engine, made)}
    assert not by_message["target local: node type P has no property Ab"].startswith("To fix it")
    for name in ("b", "c"):
        connection(engine.database).open().execute(
            by_message[f"target local: node type P has no property {name}"].partition(": ")[2]
        )
    assert "no property b" not in str(messages(engine, made)) and "no property c" not in str(messages(engine, made))
