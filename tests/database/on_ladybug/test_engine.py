"""Engine faults behind rules of the adapter, and tests that the rules are kept.

Some faults kill the engine's process: adding a pair to a relationship table after dropping one of its properties,
dropping a pair in the transaction that created its relationships, changing relationships without a pair, and anything
after a failed statement. These are only described here, and tested by the statements that are sent.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nsmig.database.base import Role
from nsmig.database.ladybug.dialect import ahead
from nsmig.database.ladybug.operations import statements
from nsmig.database.ladybug.tables import Tables
from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    ReduceKey,
    RenameProperty,
    SetPropertyType,
)
from support.databases import planned
from support.ladybug_bench import ROWS, SMALL, LadybugEngine, agrees
from support.reference import Property, Schema
from support.terminal import python

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

# -- engine faults: if one of these tests fails, the engine has improved, and the rule that it names may go
# -------------

RAW = """
    import ladybug, sys
    database = ladybug.Database(sys.argv[1], buffer_pool_size=1 << 28, max_db_size=1 << 34)
    connection = ladybug.Connection(database)
    connection.execute("CREATE NODE TABLE A(k STRING, v INT64, w INT64, PRIMARY KEY(k))")
    connection.execute("CREATE NODE TABLE M(k STRING, PRIMARY KEY(k))")
    connection.execute("CREATE (:A {k: '0', v: 1, w: 2})")
    connection.execute("CREATE REL TABLE E(FROM A TO A, a INT64, b INT64)")
    connection.execute("CREATE REL TABLE F(FROM M TO M, a INT64)")
    for statement in sys.argv[2].split("; "):
        rows = connection.execute(statement).get_all()
    print(rows)
"""


@pytest.mark.parametrize(
    ("statements", "right"),
    [
        pytest.param(
            "BEGIN TRANSACTION; CREATE (:A {k: '1'}); DROP TABLE F; DROP TABLE E; DROP TABLE A; COMMIT; RETURN 1",
            "[[1]]",
            id="rows made, then their table dropped: one operation, one transaction",
        ),
        pytest.param(
            "BEGIN TRANSACTION; CREATE (:A {k: '1', v: 1, w: 2}); ALTER TABLE A DROP v; COMMIT; MATCH (n:A)"
            " WHERE n.k = '1' RETURN n.w",
            "[[2]]",
            id="rows made, then a column dropped: one operation, one transaction",
        ),
        pytest.param(
            "CREATE NODE TABLE L(k STRING, l INT64[], PRIMARY KEY(k)); CREATE (:L {k: '0', l: [1, 2]});"
            " MATCH (n:L) SET n.l = [3, 4]; MATCH (n:L) RETURN list_transform(n.l, each -> CASE WHEN each > 2 THEN each ELSE 0 END)",
            "[[[3, 4]]]",
            id="a CASE in a lambda over a changed list: lists are copied first",
        ),
    ],
)
def test_the_engine_still_has_this_fault(tmp_path: Path, statements: str, right: str) -> None:
    run = python(RAW, tmp_path / "graph.lbug", statements)
    assert run.code == 1 or (run.code == 0 and run.out.strip() != right), run


def test_a_checkpoint_is_sent_before_each_new_pair(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    for operation in (
        AddAdjacency("A", "R", "C"),
        ExtendKey(NODE, "A", "tenant", "t"),
        SetPropertyType(NODE, "A", "k", "INTEGER"),
    ):
        sent, _ = planned(engine.database, operation, SMALL, engine.live)
        pairs = [
            at for at, each in enumerate(sent) if re.match(r"ALTER TABLE .* ADD (IF NOT EXISTS )?FROM ", each.text)
        ]
        assert pairs and "CHECKPOINT" in [each.text for each in sent[: pairs[0]]]


def test_what_copies_is_written_and_counted_before_one_transaction_drops_its_source(
    engine: LadybugEngine, small_file: bytes
) -> None:
    """Copied rows are not in the engine's log: a kill during the commit of a transaction that copies loses them all."""
    engine.copy(small_file)
    for operation in (
        ExtendKey(NODE, "A", "t", "t"),
        ReduceKey(NODE, "B", "y"),
        SetPropertyType(NODE, "A", "k", "INTEGER"),
    ):
        sent, _ = planned(engine.database, operation, SMALL, engine.live)
        texts = [each.text for each in sent if each.role is not Role.NOTE]
        begin = ahead(list(sent))
        copies = [at for at, text in enumerate(texts) if text.startswith("COPY")]
        counts = [at for at, text in enumerate(texts) if "abs(had - has)" in text]
        (drop,) = (at for at, text in enumerate(texts) if text.startswith("DROP TABLE"))
        written = texts.index("CHECKPOINT", copies[-1])
        assert len(copies) == len(counts) > 2  # the nodes, and the relationships of each pair
        assert copies[-1] < written < counts[0] and counts[-1] < begin <= drop
        changes = [text for text in texts[:begin] if text.startswith(("ALTER", "DROP", "CREATE"))]
        assert all("__nsmig_new__" in text and "DROP" not in text for text in changes)


def test_nothing_is_set_on_relationships_that_have_no_pair() -> None:
    made, live = statements(CreateType(RELATIONSHIP, "T", (), ("p",)), Schema(), Tables())
    declared = Schema({}, {"T": {"p": Property()}})
    for operation in (AddProperty(RELATIONSHIP, "T", "q", 7), RenameProperty(RELATIONSHIP, "T", "p", "q")):
        sent, _ = statements(operation, declared, live)
        assert made and not [each for each in sent if each.role is Role.DATA]


def test_our_operations_in_the_same_orders_are_right(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    graph, schema = ROWS, SMALL
    for operation in (
        DropProperty(RELATIONSHIP, "R", "w"),
        ExtendKey(NODE, "A", "tenant", "t"),
        AddProperty(RELATIONSHIP, "R", "c", "d"),
        DropProperty(NODE, "A", "p"),
        AddProperty(RELATIONSHIP, "S", "c", "d"),
        DropType(NODE, "B"),
        DropType(NODE, "C"),
        AddProperty(RELATIONSHIP, "S", "e", "d"),
        DropType(RELATIONSHIP, "R"),
        DropType(NODE, "A"),
    ):
        graph, schema = agrees(engine, graph, operation, schema)
