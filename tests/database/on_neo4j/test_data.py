"""The Neo4j adapter's effects on names, values, constraints and data."""

from __future__ import annotations

import datetime
from typing import Any, cast

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsmig.database import cypher
from nsmig.database.base import Role, Statement
from nsmig.database.neo4j.assemble import statements
from nsmig.database.neo4j.catalog import Catalog, Settings
from nsmig.database.neo4j.journal import JOURNAL, LOCK, MIGRATION
from nsmig.errors import ConflictError, UnsupportedError
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
)
from support.databases import planned, turn
from support.neo4j_bench import (
    INTERRUPTIBLE,
    KEYED,
    MARK,
    NODE,
    RELATIONSHIP,
    ROWS,
    A,
    Bench,
    entries,
    make,
    native,
    part,
    schema,
    steps,
)
from support.reference import Property, Schema, apply
from support.server import Server

pytestmark = pytest.mark.releases("5.26", "2026")

ON_SERVER = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


# ---- Names and values ----------------------------------------------------------------------------------------------

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12) | st.text(
    "`\\\\u0041\\n'\"$;/* a", min_size=1, max_size=12
)


@ON_SERVER
@given(name=names)
def test_any_name_comes_back_as_it_went(connected: Bench, name: str) -> None:
    q = cypher.quoted(name)
    rows = connected.send(
        f"CREATE (n:{q} {{{q}: 1}}) WITH n, labels(n) AS labels, keys(n) AS keys DELETE n RETURN labels, keys"
    )
    assert rows == [{"labels": [name], "keys": [name]}]


@ON_SERVER
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats()
        | st.text(st.characters(codec="utf-8"))
        | st.dates(datetime.date(1, 1, 1))
        | st.datetimes().map(lambda each: each.replace(fold=0))
        | st.datetimes(timezones=st.just(datetime.timezone.utc)).map(lambda each: each.replace(fold=0)),
        st.lists,
        max_leaves=4,
    )
)
def test_a_literal_is_the_value(connected: Bench, value: Any) -> None:
    (row,) = connected.send(f"RETURN {cypher.literal(value)} AS value")
    assert repr(native(row["value"])).replace("<UTC>", "datetime.timezone.utc") == repr(value)


class TestText:
    def test_bytes_have_no_literal_and_a_script_says_so(self) -> None:
        text = cypher.script([Statement(Role.DATA, "SET n.p = $default", {"default": b"x"})])
        assert text.startswith("// Cypher has no literal for bytes") and text.count("\n") == 1

    def test_parameters_are_not_looked_for_in_names(self) -> None:
        assert cypher.inlined("RETURN n.`$a``$a` = $a", {"a": "x'\\"}) == r"RETURN n.`$a``$a` = 'x\'\\'"

    def test_a_script_does_what_a_run_does(self, bench: Bench) -> None:
        make(bench, A, "(:A {k: 1})", "(:A {k: 2, `$default;\n`: 'x'})")
        operation = AddProperty(NODE, "A", "$default;\n", "it's\n\\; // `")
        statements, _ = planned(bench.database, operation, A, bench.database.session.live())
        script = bench.database.dialect.script(statements)
        assert script.endswith(";\n")
        bench.send(script.removesuffix(";\n"))
        found = bench.send("MATCH (n:A) RETURN n.`$default;\n` AS value ORDER BY n.k")
        assert [row["value"] for row in found] == ["it's\n\\; // `", "x"]

    def test_notes_and_checks_are_comments_of_one_line(self) -> None:
        text = cypher.script([Statement(Role.NOTE, "a\nb"), Statement(Role.CHECK, "RETURN 0 AS count", {}, "c\nd")])
        assert text == "// a b\n// must count 0 (c d):\nRETURN 0 AS count;\n"

    @pytest.mark.parametrize("name", ["", "a\0b", "\ud800"])
    def test_names_that_neo4j_refuses(self, empty_bench: Bench, name: str) -> None:
        for operation in (CreateType(NODE, name, (), ()), AddProperty(NODE, "A", name), RenameType(NODE, "A", name)):
            with pytest.raises(UnsupportedError):
                empty_bench.database.dialect.refuse(operation, A)
        with pytest.raises((neo4j.exceptions.Neo4jError, UnicodeEncodeError)):
            empty_bench.send(f"CREATE (:{cypher.quoted(name)})")

    @pytest.mark.parametrize(
        "default",
        [
            {"a": 1},
            [[1]],
            [1, "a"],
            [True, 1],
            [1, None],
            {1},
            2**63,
            [-(2**63) - 1],
            [b"x"],
            "\ud800",
            [datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2)],
        ],
    )
    def test_defaults_that_cannot_be_stored_are_refused_early(self, empty_bench: Bench, default: Any) -> None:
        for operation in (AddProperty(NODE, "A", "x", default), ExtendKey(NODE, "A", "x", default)):
            with pytest.raises(UnsupportedError):
                empty_bench.database.dialect.refuse(operation, A)
        with pytest.raises((neo4j.exceptions.Neo4jError, OverflowError, UnicodeEncodeError, TypeError, ValueError)):
            empty_bench.send("CREATE (:A {x: $default})", default=default if not isinstance(default, set) else object())

    @pytest.mark.parametrize(
        "default", [b"x", 2**63 - 1, [1, 2.5], [], ("a", "b"), float("nan"), datetime.date(2020, 1, 2)]
    )
    def test_defaults_that_can_be_stored(self, bench: Bench, default: Any) -> None:
        make(bench, A, "(:A {k: 1})")
        bench.apply(AddProperty(NODE, "A", "x", default), A)
        (row,) = bench.send("MATCH (n:A) RETURN n.x AS x")
        assert repr(native(row["x"])) == repr(
            [float(each) for each in default]
            if default == [1, 2.5]
            else list(default)
            if isinstance(default, tuple)
            else default
        )

    @pytest.mark.parametrize("label", [MIGRATION, LOCK, JOURNAL])
    def test_bookkeeping_is_not_a_type(self, empty_bench: Bench, label: str) -> None:
        with pytest.raises(UnsupportedError):
            empty_bench.database.dialect.refuse(DropType(NODE, label), A)


class TestCatalog:
    def test_names_are_nodestreams(self, bench: Bench) -> None:
        make(bench, A)
        assert entries(bench) == [
            ("A_node_key", ("A",), ("k",), "UNIQUENESS"),
            ("A_p_additional_index", ("A",), ("p",), "RANGE"),
            ("R_p_additional_index", ("R",), ("p",), "RANGE"),
        ]

    def test_index_and_constraint_follow_a_rename(self, bench: Bench) -> None:
        make(bench, A)
        steps(
            bench,
            A,
            RenameProperty(NODE, "A", "p", "x"),
            RenameProperty(NODE, "A", "k", "y"),
            RenameProperty(RELATIONSHIP, "R", "p", "x"),
        )
        assert entries(bench) == [
            ("A_node_key", ("A",), ("y",), "UNIQUENESS"),
            ("A_x_additional_index", ("A",), ("x",), "RANGE"),
            ("R_x_additional_index", ("R",), ("x",), "RANGE"),
        ]

    def test_two_indexes_of_one_name(self, bench: Bench) -> None:
        before = Schema({"A_b": {"c": Property()}, "A": {"b_c": Property()}}, {"A": {"b_c": Property()}})
        make(bench, before)
        steps(bench, before, AddIndex(NODE, "A_b", "c"), AddIndex(NODE, "A", "b_c"), AddIndex(RELATIONSHIP, "A", "b_c"))
        first, *others = entries(bench)
        assert first[:3] == ("A_b_c_additional_index", ("A_b",), ("c",))
        assert [each[1:3] for each in others] == [(("A",), ("b_c",))] * 2
        after, _ = apply(apply(before, AddIndex(NODE, "A_b", "c"))[0], AddIndex(NODE, "A", "b_c"))
        bench.apply(DropIndex(NODE, "A", "b_c"), after)
        assert len(entries(bench)) == 2 and entries(bench)[0] == first
        bench.apply(AddIndex(NODE, "A", "b_c"), after)
        assert entries(bench) == [first, *others]

    def test_a_constraint_name_taken_by_a_user(self, empty_bench: Bench) -> None:
        empty_bench.send("CREATE INDEX A_node_key FOR (n:Other) ON (n.x)")
        empty_bench.apply(CreateType(NODE, "A", ("k",), ()), Schema())
        name = entries(empty_bench)[1][0]
        assert name.startswith("A_node_key_")
        empty_bench.apply(DropType(NODE, "A"), schema(A="k*"))
        assert entries(empty_bench) == [("A_node_key", ("Other",), ("x",), "RANGE")]

    @pytest.mark.parametrize("rows", ["", "CREATE (:A {k: 1, p: 1})"])
    def test_a_users_index_of_the_constraints_name_on_the_type_itself_stays(
        self, empty_bench: Bench, rows: str
    ) -> None:
        empty_bench.send.clear()
        empty_bench.send("CREATE INDEX A_node_key FOR (n:A) ON (n.p)")
        empty_bench.send("CALL db.awaitIndexes()")
        if rows:
            empty_bench.send(rows)
        empty_bench.apply(CreateType(NODE, "A", ("k",), ("p",)), Schema())
        own, (name, *made) = entries(empty_bench)
        assert own == ("A_node_key", ("A",), ("p",), "RANGE")
        assert name.startswith("A_node_key_") and made == [("A",), ("k",), "UNIQUENESS"]
        empty_bench.apply(DropType(NODE, "A"), schema(A="k* p"))
        assert entries(empty_bench) == [own]

    def test_an_index_on_the_whole_key_waits_until_the_key_grows(self, bench: Bench) -> None:
        before = schema(A="k* p^")
        make(bench, before)
        drop_key = DropProperty(NODE, "A", "k")
        steps(bench, before, ExtendKey(NODE, "A", "p", "d"), drop_key)
        assert entries(bench) == [("A_node_key", ("A",), ("p",), "UNIQUENESS")]
        bench.apply(ExtendKey(NODE, "A", "z", None), schema(A="p*^"))
        assert entries(bench) == [
            ("A_node_key", ("A",), ("p", "z"), "UNIQUENESS"),
            ("A_p_additional_index", ("A",), ("p",), "RANGE"),
        ]

    def test_renaming_an_indexed_key(self, bench: Bench) -> None:
        before = schema(A="a*^ b^")
        make(bench, before, "(:A {a: 1})")
        steps(bench, before, DropIndex(NODE, "A", "a"), RenameKeyPart(NODE, "A", "a", "b"))
        assert entries(bench) == [("A_node_key", ("A",), ("b",), "UNIQUENESS")]

    def test_users_own_are_named_and_follow(self, bench: Bench) -> None:
        make(bench, A)
        for text in (
            "INDEX mine FOR (n:A) ON (n.p, n.q)",
            "TEXT INDEX words FOR (n:A) ON (n.p)",
            "FULLTEXT INDEX full FOR (n:A|Z) ON EACH [n.p]",
            "CONSTRAINT own FOR (n:A) REQUIRE n.q IS UNIQUE",
        ):
            bench.send(f"CREATE {text}")
        before = [each for each in entries(bench) if each[0] in ("mine", "words", "full", "own")]
        for operation, count in (
            (RenameProperty(NODE, "A", "p", "x"), 3),
            (DropProperty(NODE, "A", "q"), 2),
            (RenameType(NODE, "A", "B"), 4),
            (DropType(NODE, "A"), 4),
        ):
            statements, _ = planned(bench.database, operation, A, bench.database.session.live())
            assert sum(each.role is Role.NOTE for each in statements) == count
        bench.apply(RenameType(NODE, "A", "B"), A)
        followed = {
            (name, tuple("B" if each == "A" else each for each in types), *rest) for name, types, *rest in before
        }
        assert set(entries(bench)) - followed == {
            ("B_node_key", ("B",), ("k",), "UNIQUENESS"),
            ("B_p_additional_index", ("B",), ("p",), "RANGE"),
            ("R_p_additional_index", ("R",), ("p",), "RANGE"),
        }
        assert followed < set(entries(bench))

    def test_users_own_constraint_serves_as_ours(self, empty_bench: Bench) -> None:
        empty_bench.send("CREATE CONSTRAINT own FOR (n:A) REQUIRE n.k IS UNIQUE")
        empty_bench.send("CREATE INDEX mine FOR (n:A) ON (n.p)")
        steps(
            empty_bench,
            Schema(),
            CreateType(NODE, "A", ("k",), ("p",)),
            AddIndex(NODE, "A", "p"),
            AddIndex(NODE, "A", "k"),
        )
        assert [each[0] for each in entries(empty_bench)] == ["mine", "own"]

    def test_users_own_index_in_the_way_of_a_constraint(self, empty_bench: Bench) -> None:
        empty_bench.send("CREATE INDEX mine FOR (n:A) ON (n.k)")
        with pytest.raises(ConflictError, match="'mine'"):
            empty_bench.apply(CreateType(NODE, "A", ("k",), ()), Schema())
        assert [each[0] for each in entries(empty_bench)] == ["mine"]

    def test_nodes_that_a_key_does_not_hold_are_counted_and_shown(self, empty_bench: Bench) -> None:
        """A uniqueness constraint ignores nodes that lack one of its properties; a property that joins a key is
        filled."""
        name = "odd `name`"
        empty_bench.send(
            "CREATE (:Other {a: 1}), (:`odd ``name``` {a: 1, b: 1}), (:`odd ``name```:Other {a: 1}),"
            " (:`odd ``name``` {b: 2}), (:`odd ``name```), (:`odd ``name``` {a: 1})"
        )

        def counted(operation: Operation, before: Schema) -> list[str]:
            made, _ = planned(empty_bench.database, operation, before, empty_bench.database.session.live())
            return list(empty_bench.database.session.execute(turn(made, operation), None, lambda rows: None))

        (note,) = counted(CreateType(NODE, name, ("a", "b"), ()), Schema())
        assert note.startswith(f"nodes of {name!r} lack a part of their key (a, b), so the constraint does not")
        said, query = note.split(". To see them: ")
        assert said.endswith(": 4")
        assert len(empty_bench.send(query)) == 4
        before = Schema({name: {each: Property(key=True) for each in "ab"} | {"c": Property()}})
        (note,) = counted(ExtendKey(NODE, name, "c", "x"), before)
        assert "(a, b, c)" in note and note.split(". To see them: ")[0].endswith(": 4")
        empty_bench.send("MATCH (n:`odd ``name```) SET n += {a: elementId(n), b: elementId(n)}")
        before = Schema({name: {each: Property(key=True) for each in "abc"}})
        assert counted(ReduceKey(NODE, name, "c"), before) == []

    def test_dropping_a_key_property_rebuilds_on_what_is_left(self, bench: Bench) -> None:
        before = schema(A="a* b* c^")
        make(bench, before, "(:A {a: 1, b: 1, c: 1})", "(:A {a: 1, b: 2, c: 1})")
        steps(bench, before, DropProperty(NODE, "A", "a"), DropProperty(NODE, "A", "c"))
        assert entries(bench) == [("A_node_key", ("A",), ("b",), "UNIQUENESS")]

    def test_enterprise_keys(self) -> None:
        """Only the text: the test server is the Community edition, which has no such constraint."""
        enterprise = Settings(enterprise=True)
        made, live = statements(CreateType(NODE, "A", ("k", "l"), ()), Schema(), Catalog.of([]), enterprise)
        assert [each.role for each in made] == [Role.CHECK, Role.CHECK, Role.CHECK, Role.SCHEMA]
        assert "n.`k` IS NULL OR n.`l` IS NULL" in made[2].text
        assert made[3].text.endswith("FOR (n:`A`) REQUIRE (n.`k`, n.`l`) IS NODE KEY")
        assert statements(CreateType(NODE, "A", ("k", "l"), ()), Schema(), live, enterprise) == ([], live)
        assert statements(CreateType(NODE, "A", ("k", "l"), ()), Schema(), live, Settings()) == ([], live)


# ---- Data ----------------------------------------------------------------------------------------------------------


class TestData:
    def test_a_node_without_the_old_property_keeps_the_new_one(self, bench: Bench) -> None:
        make(bench, schema(A="k* p"), "(:A {k: 1, q: 'keep'})")
        bench.apply(RenameProperty(NODE, "A", "p", "q"), schema(A="k* p"))
        assert bench.send("MATCH (n:A) RETURN n.q AS q") == [{"q": "keep"}]

    @pytest.mark.parametrize(
        "value", [1.5, float("nan"), [float("nan"), 1.0], "x", datetime.date(2020, 1, 2), [1, 2]], ids=repr
    )
    def test_one_rename_for_each_label(self, bench: Bench, value: Any) -> None:
        before = schema(A="k* p", B="k* p", C="k* p")
        make(bench, before)
        bench.send("CREATE (:A:B:C {k: 1, p: $value})", value=value)
        for _ in range(2):
            steps(bench, before, *(RenameProperty(NODE, each, "p", "q") for each in "ABC"))
        (row,) = bench.send("MATCH (n:A:B:C) RETURN n.q AS q, n.p AS p")
        assert (repr(native(row["q"])), row["p"]) == (repr(value), None)

    def test_a_key_part_renamed_for_each_label(self, bench: Bench) -> None:
        before = schema(A="k*", B="k*")
        make(bench, before, "(:A:B {k: 1})")
        steps(bench, before, RenameKeyPart(NODE, "A", "k", "z"), RenameKeyPart(NODE, "B", "k", "z"))
        assert bench.send("MATCH (n:A:B) RETURN properties(n) AS n") == [{"n": {"z": 1}}]
        assert [each[2] for each in entries(bench)] == [("z",), ("z",)]

    def test_a_rename_never_overwrites(self, empty_bench: Bench) -> None:
        make(
            empty_bench,
            A,
            "(:A {k: 1, p: 1, q: 2})",
            "(:A {k: 2, p: 1, q: 1})",
            "(:A {k: 3, p: [0.0/0.0], q: [0.0/0.0, 1.0]})",
            "(:A {k: 4, p: 0.0/0.0, q: 'NaN'})",
        )
        before = empty_bench.dump().canonical(), entries(empty_bench)
        with pytest.raises(ConflictError) as caught:
            empty_bench.apply(RenameProperty(NODE, "A", "p", "q"), A)
        assert caught.value.count == 3 and len(empty_bench.send(caught.value.query)) == 3
        assert (empty_bench.dump().canonical(), entries(empty_bench)) == before

    @pytest.mark.parametrize(
        "operation",
        [
            RenameProperty(NODE, "A", "p", "p"),
            RenameKeyPart(NODE, "A", "k", "k"),
            RenameType(NODE, "A", "A"),
            RenameType(RELATIONSHIP, "R", "R"),
        ],
        ids=repr,
    )
    def test_a_rename_to_itself_does_nothing(self, empty_bench: Bench, operation: Operation) -> None:
        assert planned(empty_bench.database, operation, A, empty_bench.database.session.live())[0] == []

    def test_a_null_default_sends_nothing(self, empty_bench: Bench) -> None:
        assert (
            planned(empty_bench.database, AddProperty(NODE, "A", "x", None), A, empty_bench.database.session.live())[0]
            == []
        )

    def test_a_node_of_another_type_survives(self, bench: Bench) -> None:
        before = schema(A="k*", B="k* p", C="x")
        make(bench, before, "(:A:B {k: 1, p: 2, x: 3})-[:R]->(:B {k: 2})")
        bench.apply(DropType(NODE, "B"), before)
        assert bench.send("MATCH (n:A|B) RETURN labels(n) AS l, properties(n) AS p") == [
            {"l": ["A"], "p": {"k": 1, "x": 3}}
        ]

    def test_a_rename_onto_nodes_with_the_same_key(self, bench: Bench) -> None:
        before = schema(A="k*")
        make(bench, before, "(:A {k: 1})", "(:B {k: 1})", "(:B {k: 2})")
        dumped = entries(bench)
        with pytest.raises(ConflictError) as caught:
            bench.apply(RenameType(NODE, "A", "B"), before)
        assert caught.value.count == 2 and bench.send(caught.value.query) == [{"key0": 1, "nodes": 2}]
        assert entries(bench) == dumped and bench.send("MATCH (n:A) RETURN count(n) AS n") == [{"n": 1}]

    def test_duplicates_are_reported_before_anything_changes(self, bench: Bench) -> None:
        make(bench, schema(A="p"), "(:A {p: 1})", "(:A {p: 1})", "(:A {p: 2})", "(:A)")
        for operation in (CreateType(NODE, "A", ("p",), ()), ExtendKey(NODE, "A", "p", 2)):
            with pytest.raises(ConflictError) as caught:
                bench.apply(operation, schema(A="p"))
            assert caught.value.count == (2 if isinstance(operation, CreateType) else 4)
            assert bench.send(caught.value.query)
        assert entries(bench) == []

    @pytest.mark.parametrize("form", ["{}", "[{}]"])
    def test_the_two_readings_of_the_hour_that_comes_twice_are_two_values(self, bench: Bench, form: str) -> None:
        """The server calls them equal, and a rename that trusted it would lose one."""
        summer, winter = (f"datetime('2020-10-25T02:30{each}[Europe/Berlin]')" for each in ("+02:00", "+01:00"))
        rename = RenameProperty(NODE, "A", "p", "q")
        for q, conflicts in ((winter, True), (summer, False)):
            make(bench, schema(A="k* p"), f"(:A {{k: 1, p: {form.format(summer)}, q: {form.format(q)}}})")
            if conflicts:
                with pytest.raises(ConflictError, match="already hold another value"):
                    bench.apply(rename, schema(A="k* p"))
            else:
                bench.apply(rename, schema(A="k* p"))
            rows = bench.send("MATCH (n:A) RETURN toString(([] + n.q)[0]) AS q, n.p IS NULL AS gone")
            assert rows == [{"q": bench.send(f"RETURN toString({q}) AS t")[0]["t"], "gone": not conflicts}]

    def test_a_key_renamed_onto_values_that_repeat_it(self, bench: Bench) -> None:
        make(bench, schema(A="k*"), "(:A {k: 1})", "(:A {new: 1})")
        with pytest.raises(ConflictError, match="share their key"):
            bench.apply(RenameKeyPart(NODE, "A", "k", "new"), schema(A="k*"))

    def test_relationships_keep_everything_and_are_never_twice(self, bench: Bench) -> None:
        before = Schema({}, {"R": {}})
        make(bench, before, *["(:X)-[:R {a: 1, b: [1, 2], c: date('2020-01-02')}]->(:Y)"] * 7)
        (rename,), _ = planned(
            bench.database, RenameType(RELATIONSHIP, "R", "S"), before, bench.database.session.live()
        )
        batch = part(rename)
        assert batch
        bench.send(batch.text)
        assert bench.send("MATCH ()-[r]->() RETURN type(r) AS t, count(r) AS n ORDER BY t") == [
            {"t": "R", "n": 6},
            {"t": "S", "n": 1},
        ]
        bench.apply(RenameType(RELATIONSHIP, "R", "S"), before)
        rows = bench.send(
            "MATCH (:X)-[r:S]->(:Y) RETURN properties(r) = {a: 1, b: [1, 2], c: date('2020-01-02')} AS same"
        )
        assert rows == [{"same": True}] * 7 and len(bench.send("MATCH ()-[r]->() RETURN r")) == 7

    def test_progress_counts_rows(self, bench: Bench) -> None:
        make(bench, A, *["(:A:Z)"] * 5)
        seen: list[int] = []
        made, _ = planned(bench.database, DropType(NODE, "A"), A, bench.database.session.live())
        bench.database.session.execute(turn(made, DropType(NODE, "A")), MARK, seen.append)
        assert seen[-1] == 5

    def test_thousands_of_types(self, empty_bench: Bench) -> None:
        before = Schema({f"T{each}": {"p": Property()} for each in range(3000)})
        empty_bench.send("CREATE (:T1:T2 {p: 1}), (:T1 {p: 2})")
        steps(empty_bench, before, RenameProperty(NODE, "T1", "p", "q"), DropType(NODE, "T1"))
        assert empty_bench.send("MATCH (n:T1|T2) RETURN properties(n) AS n") == [{"n": {"p": 1}}]

    def test_the_server_has_nothing_to_remark(self, bench: Bench, neo4j_server: Server) -> None:
        """No statement uses deprecated syntax."""
        seen = set()
        with neo4j.GraphDatabase.driver(
            neo4j_server.uri, notifications_disabled_classifications=["UNRECOGNIZED"]
        ) as driver:
            for operation in INTERRUPTIBLE:
                make(bench, KEYED, *ROWS)
                for each in planned(bench.database, operation, KEYED, bench.database.session.live())[0]:
                    with driver.session() as session:
                        told = session.run(cast(Any, each.text), dict(each.parameters)).consume().gql_status_objects
                        seen |= {status.gql_status for status in told}
        assert seen <= {"00000", "00001", "02000"}  # done, nothing to return, no rows
