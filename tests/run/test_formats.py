"""State that another version of nsmig left in a database: it is used, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import pytest

from nsmig import History
from nsmig.database.base import FORMAT
from nsmig.errors import EditedError, FormatError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType
from nsmig.values import checksum
from support.databases import Opened, connection, ladybug_at, neo4j_at
from support.migrations import chained
from support.runs import run

NODE = Kind.NODE
FIRST = [CreateType(NODE, "A", ("k",), ()), AddProperty(NODE, "A", "p", "x"), AddProperty(NODE, "A", "q", "y")]


@dataclass(frozen=True)
class Left:
    """A database, and the way in which 0.1.0 or a later version leaves an entry in its journal."""

    database: Opened
    begin: Callable[[str, str, int, int | None], None]  # migration, checksum, done, format
    formats: Callable[[], set[Any]]  # of all stored state


@pytest.fixture(params=["neo4j", "ladybug"])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    if request.param == "neo4j":
        uri = request.getfixturevalue("fresh_neo4j")
        with neo4j.GraphDatabase.driver(uri) as driver, neo4j_at(uri) as database:

            def begin(name: str, digest: str, done: int, number: int | None) -> None:
                entry = {"migration": name, "checksum": digest, "done": done, "empty": False}
                entry |= {} if number is None else {"format": number}
                driver.execute_query("CREATE (j:__NsmigJournal__) SET j = $entry", entry=entry)

            def formats() -> set[Any]:
                rows = driver.execute_query("MATCH (n:__NodestreamMigration__|__NsmigJournal__) RETURN n.format AS f")
                return {row["f"] for row in rows.records}

            yield Left(database, begin, formats)
        return
    with ladybug_at(tmp_path / "graph.lbug") as database:
        send = connection(database).send

        def begin(name: str, digest: str, done: int, number: int | None) -> None:
            database.ledger.remember([], ["nothing"])  # creates the table
            send("MATCH (s:__nsmig_state__) DELETE s")
            value = json.dumps({"checksum": digest, "done": done})
            send("CREATE (s:__nsmig_state__ {k: $k, v: $v})", {"k": f"journal/{name}", "v": value})
            if number is not None:
                send("CREATE (s:__nsmig_state__ {k: 'format/ledger', v: $v})", {"v": str(number)})

        def formats() -> set[Any]:
            return {json.loads(row[0]) for row in send("MATCH (s:__nsmig_state__ {k: 'format/ledger'}) RETURN s.v")}

        yield Left(database, begin, formats)


def begun(left: Left, of: History, done: int, number: int | None) -> None:
    """Execute the first operations of the only migration, and leave it as a killed run of some version would."""
    run(chained(list(of["m0"].operations[:done])), left.database)
    for name in left.database.ledger.state().records:
        left.database.ledger.remember([], [name])
    forget(left)
    left.begin("m0", checksum(of["m0"].operations), done, number)


def forget(left: Left) -> None:
    opened = connection(left.database)
    if hasattr(opened, "rows"):
        opened.rows("MATCH (n:__NodestreamMigration__|__NsmigJournal__) DELETE n")


def test_what_version_0_1_0_began_is_finished(left: Left) -> None:
    of = chained(FIRST)
    begun(left, of, 2, None)
    assert run(of, left.database) == 1
    state = left.database.ledger.state()
    assert list(state.records) == ["m0"] and state.journal == {} and left.formats() == {FORMAT}


def test_what_version_0_1_0_began_with_other_operations_names_it(left: Left) -> None:
    begun(left, chained(FIRST), 2, None)
    with pytest.raises(EditedError, match=r"if no file has changed, finish it with nsmig 0\.1\.0, which began it"):
        run(chained(FIRST[:2]), left.database)
    assert left.database.ledger.state().journal["m0"].done == 2


def test_of_this_version_no_other_is_named(left: Left) -> None:
    begun(left, chained(FIRST), 2, FORMAT)
    with pytest.raises(EditedError) as caught:
        run(chained(FIRST[:2]), left.database)
    assert caught.value.version is None and "which began it" not in str(caught.value)


def test_a_later_format_is_refused_and_nothing_is_changed(left: Left) -> None:
    of = chained(FIRST)
    begun(left, of, 2, FORMAT + 1)
    before = left.database.session.live()
    for work in (
        lambda: run(of, left.database),
        lambda: run(of, left.database, fake=True),
        lambda: left.database.ledger.state(),
    ):
        with pytest.raises(FormatError, match=f"later version of nsmig .format {FORMAT + 1}; .* format {FORMAT}"):
            work()
    assert left.database.session.live() == before and left.formats() == {FORMAT + 1}


def test_a_lock_of_a_later_format_on_neo4j_is_not_taken_over(fresh_neo4j: str) -> None:
    with neo4j.GraphDatabase.driver(fresh_neo4j) as driver, neo4j_at(fresh_neo4j) as database:
        with database.ledger.lock(0):
            rows = driver.execute_query("MATCH (l:__NodestreamMigrationLock__) RETURN l.format AS f").records
            assert [row["f"] for row in rows] == [FORMAT]
        driver.execute_query(
            "CREATE (l:__NodestreamMigrationLock__ {lock: 'lock', owner: 'x', format: $n,"
            " lease_until: datetime() - duration('PT1H')})",
            n=FORMAT + 1,
        )
        with pytest.raises(FormatError, match="the lock of this database"), database.ledger.lock(0):
            pass
        database.ledger.unlock()
        with database.ledger.lock(0):
            pass
