"""A migration refused as a whole is un-begun; one that may have committed something is not."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from neo4j.exceptions import ClientError, Neo4jError, ServiceUnavailable

from nsmig import History
from nsmig.database.base import Role, Statement
from nsmig.errors import DatabaseError
from nsmig.operations import AddProperty, Operation, RunQuery
from support.databases import Opened, connection, neo4j_at, turn
from support.migrations import migration
from support.neo4j_bench import NODE, Bench, entries
from support.places import ROOT
from support.runs import run
from support.server import Server

pytestmark = pytest.mark.releases("5.26", "2026")

START = [
    "CREATE CONSTRAINT c FOR (n:K) REQUIRE n.k IS UNIQUE",
    "CREATE INDEX i FOR (n:I) ON (n.i)",
    "CREATE (:K {k: 1}), (:D {d: 1}), (:D {d: 1}), (:R)-[:X]->(:R)",
    "CALL db.awaitIndexes(60)",
]
LONG = "reduce(t = 'abcdefgh', i IN range(1, 12) | t + t)"
REFUSED = {
    "CREATE (:T) NONSENSE": "ClientError.Statement.SyntaxError",
    "UNWIND ['2020-01-01', 'x'] AS d CREATE (:T {d: date(d)})": "ClientError.Statement.SyntaxError",
    "CREATE (:T {x: $x})": "ClientError.Statement.ParameterMissing",
    "CREATE (:T) WITH {a: 1} AS m CREATE (:T {x: m})": "ClientError.Statement.TypeError",
    "UNWIND range(1, 50) AS i CREATE (:T {x: 1 / (25 - i)})": "ClientError.Statement.ArithmeticError",
    "CREATE (:T) RETURN point({srid: 1, x: 1, y: 2})": "ClientError.Statement.ArgumentError",
    "CREATE DATABASE x": "ClientError.Statement.UnsupportedAdministrationCommand",
    "CREATE (:T) WITH * CALL nope.nope()": "ClientError.Procedure.ProcedureNotFound",
    "CREATE (:T), (:K {k: 1})": "ClientError.Schema.ConstraintValidationFailed",
    "CREATE (:T) WITH * MATCH (n:R) DELETE n": "ClientError.Schema.ConstraintValidationFailed",
    "CREATE INDEX i FOR (n:T) ON (n.x)": "ClientError.Schema.IndexWithNameAlreadyExists",
    "CREATE CONSTRAINT c FOR (n:T) REQUIRE n.x IS UNIQUE": "ClientError.Schema.ConstraintWithNameAlreadyExists",
    "CREATE INDEX j FOR (n:I) ON (n.i)": "ClientError.Schema.IndexAlreadyExists",
    "CREATE CONSTRAINT d FOR (n:I) REQUIRE n.i IS UNIQUE": "ClientError.Schema.IndexAlreadyExists",
    "CREATE VECTOR INDEX v FOR (n:T) ON (n.x) OPTIONS {indexConfig: {nope: 1}}": "ClientError.General.InvalidArguments",
    "USE nope CREATE (:T)": "ClientError.Database.DatabaseNotFound",
    "CREATE CONSTRAINT d FOR (n:D) REQUIRE n.d IS UNIQUE": "DatabaseError.Schema.ConstraintCreationFailed",
    "CREATE CONSTRAINT d FOR (n:D) REQUIRE n.d IS NOT NULL": "DatabaseError.Schema.ConstraintCreationFailed",
    "DROP INDEX nope": "DatabaseError.Schema.IndexDropFailed",
    "DROP INDEX c": "DatabaseError.Schema.IndexDropFailed",
    "DROP CONSTRAINT nope": "DatabaseError.Schema.ConstraintDropFailed",
    f"CREATE (:T) CREATE (:I {{i: {LONG}}})": "DatabaseError.Statement.ExecutionFailed",
}
IN_TRANSACTIONS = "UNWIND range(1, 50) AS i CALL (i) { CREATE (:T {x: 1 / (25 - i)}) } IN TRANSACTIONS OF 10 ROWS"


def _started(bench: Bench) -> Opened:
    bench.send.clear()
    for each in START:
        bench.send(each)
    return bench.database


def _history(operation: Operation) -> History:
    return History([migration("one", [operation])])


def _refused(database: Opened, operation: Operation) -> DatabaseError:
    with pytest.raises(DatabaseError) as raised:
        run(_history(operation), database)
    return raised.value


def test_the_page_lists_what_is_provoked() -> None:
    page = (ROOT / "docs/refused.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\S+)` \| (?!not provoked)", page, re.MULTILINE)
    assert sorted(listed) == sorted({*REFUSED.values(), "ClientError.Transaction.Terminated"})


@pytest.fixture
def impatient(neo4j_server: Server) -> Any:
    with neo4j_at(neo4j_server.uri, max_retry_attempts=0) as database:
        yield database


@pytest.mark.parametrize("text", REFUSED)
def test_a_query_that_is_refused_may_be_edited(empty_bench: Bench, impatient: Opened, text: str) -> None:
    _started(empty_bench)
    run(History([migration("zero", [])]), impatient)
    before, rows = entries(empty_bench), empty_bench.send("MATCH (n) RETURN count(n) AS n")
    error = _refused(impatient, RunQuery(text))
    assert isinstance(error.__cause__, Neo4jError) and error.__cause__.code == f"Neo.{REFUSED[text]}"
    assert (entries(empty_bench), empty_bench.send("MATCH (n) RETURN count(n) AS n")) == (before, rows)
    assert "one" not in impatient.ledger.state().journal
    assert run(_history(RunQuery("CREATE (:Done)")), impatient) == 1
    assert empty_bench.send("MATCH (n:Done) RETURN count(n) AS n") == [{"n": 1}]


@pytest.mark.parametrize("text", [IN_TRANSACTIONS, "CREATE (:T) WITH * CALL db.awaitIndex('nope', 1)"])
def test_what_may_have_committed_something_is_begun(empty_bench: Bench, impatient: Opened, text: str) -> None:
    _started(empty_bench)
    error = _refused(impatient, RunQuery(text))
    assert isinstance(error.__cause__, Neo4jError) and not error.changed_nothing
    assert "one" in impatient.ledger.state().journal
    assert empty_bench.send("MATCH (n:T) RETURN count(n) AS n") == [{"n": 20 if text == IN_TRANSACTIONS else 0}]


def test_a_query_that_someone_ended_may_be_edited(empty_bench: Bench, impatient: Opened) -> None:
    _started(empty_bench)
    minutes = RunQuery("CREATE (:T) WITH * UNWIND range(1, 5000000000) AS i RETURN sum(i)")
    found = "SHOW TRANSACTIONS YIELD transactionId, currentQuery WHERE currentQuery STARTS WITH 'CREATE (:T) WITH *'"
    with ThreadPoolExecutor() as threads:
        running = threads.submit(_refused, impatient, minutes)
        while not (listed := empty_bench.send(found)):
            assert not running.done()
        empty_bench.send("TERMINATE TRANSACTIONS $ids", ids=[each["transactionId"] for each in listed])
        error = running.result()
    assert isinstance(error.__cause__, Neo4jError)
    assert error.__cause__.code == "Neo.ClientError.Transaction.Terminated"
    assert empty_bench.send("MATCH (n:T) RETURN n") == [] and "one" not in impatient.ledger.state().journal


class TestOwnStatements:
    """Operations' own statements: one is refused after others."""

    REFUSED_ONE = Statement(Role.SCHEMA, "CREATE CONSTRAINT d IF NOT EXISTS FOR (n:D) REQUIRE (n.d) IS UNIQUE")
    ANOTHER = Statement(Role.SCHEMA, "CREATE INDEX made IF NOT EXISTS FOR (n:T) ON (n.x)")
    READ = Statement(Role.CHECK, "MATCH (n:Nobody) RETURN count(n) AS count")
    DATA = Statement(Role.DATA, "MATCH (n:K) CALL (n) { SET n.k = 1 / 0 } IN TRANSACTIONS RETURN count(*) AS count")

    @pytest.mark.parametrize(
        "sent, changed_nothing",
        [
            ([REFUSED_ONE], True),
            ([READ, REFUSED_ONE], True),
            ([ANOTHER, REFUSED_ONE], False),
            ([DATA], False),
            ([READ, DATA], False),
        ],
    )
    def test_what_came_before_counts(
        self, empty_bench: Bench, impatient: Opened, sent: list[Statement], changed_nothing: bool
    ) -> None:
        _started(empty_bench)
        with pytest.raises(DatabaseError) as raised:
            impatient.session.execute(turn(sent, AddProperty(NODE, "K", "x")), None, lambda rows: None)
        assert raised.value.changed_nothing is changed_nothing

    @pytest.mark.parametrize("first", [ANOTHER, REFUSED_ONE])
    def test_of_those_that_share_a_transaction(self, empty_bench: Bench, impatient: Opened, first: Statement) -> None:
        _started(empty_bench)
        sent = [Statement(each.role, each.text, may_share=True) for each in (first, self.REFUSED_ONE)]
        with pytest.raises(DatabaseError) as raised:
            impatient.session.execute(turn(sent, AddProperty(NODE, "K", "x")), None, lambda rows: None)
        assert raised.value.changed_nothing is (first is self.REFUSED_ONE)
        assert ("made" in {entry[0] for entry in entries(empty_bench)}) is (first is self.ANOTHER)


def test_an_attempt_in_doubt_before_one_that_was_refused(empty_bench: Bench) -> None:
    """The first one may have been executed."""
    refusal = ClientError._hydrate_neo4j(code="Neo.ClientError.Statement.SyntaxError", message="no")
    for errors, changed_nothing in (([ServiceUnavailable("gone"), refusal], False), ([refusal], True)):
        left: list[Exception] = list(errors)

        def work(session: Any, left: list[Exception] = left) -> None:
            raise left.pop(0)

        with pytest.raises(DatabaseError) as raised:
            connection(empty_bench.database).attempt(work)
        assert raised.value.changed_nothing is changed_nothing
