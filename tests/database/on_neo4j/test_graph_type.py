"""A schema as a graph type: the server's parser takes what is printed. The Community edition then refuses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j.exceptions import Neo4jError

import nsmig
from nsmig.catalog_operations import CreateConstraint, CreateIndex
from nsmig.database import schema_format
from nsmig.errors import SchemaError
from nsmig.kinds import PROPERTY_TYPES, Kind
from nsmig.operations import AddAdjacency, CreateType, SetPropertyType
from support.migrations import chained, migration
from support.neo4j_bench import Bench
from support.projects import write_project
from support.strategies import NAMES, ODD, odd_names, schemas
from support.terminal import succeed

pytestmark = pytest.mark.releases("2026", "2026-cypher5")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
WELL_FORMED, ILL_FORMED = "51N27", "42001"


def printed(schema: nsmig.Schema) -> str:
    return schema_format("graph-type")(schema)


def status(bench: Bench, text: str) -> str:
    """The status with which the server refuses a statement: its own and those of its causes."""
    with pytest.raises(Neo4jError) as caught, bench.driver.session() as session:
        session.run(text.rstrip().removesuffix(";")).consume()
    codes, error = [], caught.value
    while error is not None:
        codes.append(error.gql_status)
        error = error.__cause__  # type: ignore[assignment]
    return " ".join(codes)


OPERATIONS = [
    CreateType(NODE, "Person", ("id",), ("name", "mail", "born")),
    CreateType(NODE, "City", ("name", "land"), ()),
    CreateType(NODE, "Empty", (), ()),
    CreateType(RELATIONSHIP, "LIVES_IN", (), ("since",)),
    CreateType(RELATIONSHIP, "KNOWS", (), ()),
    CreateType(RELATIONSHIP, "ODD", (), ()),
    AddAdjacency("Person", "LIVES_IN", "City"),
    AddAdjacency("Person", "KNOWS", "Person"),
    AddAdjacency("City", "ODD", "City"),
    AddAdjacency("Person", "ODD", "Person"),
    SetPropertyType(NODE, "Person", "born", "DATETIME"),
    CreateConstraint(NODE, "mails", ("Person",), ("mail",), "unique"),
    CreateConstraint(NODE, "names", ("Person",), ("name",), "required"),
    CreateConstraint(NODE, "births", ("Person",), ("born",), "required"),
    CreateConstraint(RELATIONSHIP, "whole", ("LIVES_IN",), ("since",), "key"),
    CreateConstraint(RELATIONSHIP, "dates", ("LIVES_IN",), ("since",), "type", {"type": "DATE"}),
    CreateIndex(NODE, "search", ("Person",), ("name",), "fulltext"),
]


def test_all_that_it_can_say(empty_bench: Bench) -> None:
    text = printed(chained(OPERATIONS).schema())
    assert text == (
        "// Setting a graph type replaces all constraints of the database.\n"
        "// STRING is also the type of properties for which the schema declares none.\n"
        "// Left out: node type 'Empty', which has no properties.\n"
        "// Left out: relationship type 'ODD', which has no properties and no type at an end.\n"
        "// Left out: indexes, which are not part of a graph type.\n"
        "CYPHER 25 ALTER CURRENT GRAPH TYPE SET {\n"
        "  (:`City` => {`land` :: STRING, `name` :: STRING}),\n"
        "  (:`Person` => {`born` :: LOCAL DATETIME NOT NULL | ZONED DATETIME NOT NULL, `id` :: STRING,"
        " `mail` :: STRING, `name` :: STRING NOT NULL}),\n"
        "  (:`Person`)-[:`KNOWS` =>]->(:`Person`),\n"
        "  (:`Person`)-[:`LIVES_IN` => {`since` :: DATE}]->(:`City`),\n"
        "  CONSTRAINT `City_node_key` FOR (n:`City`) REQUIRE (n.`land`, n.`name`) IS KEY,\n"
        "  CONSTRAINT `Person_node_key` FOR (n:`Person`) REQUIRE (n.`id`) IS KEY,\n"
        "  CONSTRAINT `mails` FOR (n:`Person`) REQUIRE (n.`mail`) IS UNIQUE,\n"
        "  CONSTRAINT `whole` FOR ()-[n:`LIVES_IN`]->() REQUIRE (n.`since`) IS KEY\n"
        "};\n"
    )
    assert WELL_FORMED in status(empty_bench, text)


def test_the_parser_tells_a_wrong_one(empty_bench: Bench) -> None:
    text = printed(chained(OPERATIONS).schema())
    for right, wrong in (("DATE", "DAY"), ("=>", "->"), ("IS KEY", "IS KEYS")):
        assert ILL_FORMED in status(empty_bench, text.replace(right, wrong))


@pytest.mark.parametrize("to", PROPERTY_TYPES)
@pytest.mark.parametrize("required", [False, True])
def test_each_type(empty_bench: Bench, to: str, required: bool) -> None:
    operations: list[Any] = [CreateType(NODE, "A", (), ("p",)), SetPropertyType(NODE, "A", "p", to)]
    if required:
        operations.append(CreateConstraint(NODE, "c", ("A",), ("p",), "required"))
    assert WELL_FORMED in status(empty_bench, printed(chained(operations).schema()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_schema(empty_bench: Bench, data: st.DataObject) -> None:
    schema = data.draw(schemas(data.draw(st.sampled_from([NAMES, ODD])), own=True))
    try:
        text = printed(nsmig.Schema.from_dict(schema.to_dict()))
    except SchemaError:
        return  # nothing in it
    assert "{\n\n}" not in text and WELL_FORMED in status(empty_bench, text), text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=odd_names)
def test_any_name(empty_bench: Bench, name: str) -> None:
    operations = [
        CreateType(NODE, name, (name,), ("p",)),
        CreateType(RELATIONSHIP, name, (), (name,)),
        AddAdjacency(name, name, name),
        CreateConstraint(NODE, name, (name,), ("p",), "unique"),
    ]
    assert WELL_FORMED in status(empty_bench, printed(chained(operations).schema()))


@pytest.mark.releases("2026")
def test_the_command_prints_it(neo4j_server: object, tmp_path: Path) -> None:
    write_project(tmp_path, "{database: ladybug, path: x.lbug}", migration("one", OPERATIONS[:2]))
    assert succeed(tmp_path, "schema", "--format", "graph-type").out == printed(chained(OPERATIONS[:2]).schema())


def test_the_driver_has_the_status(neo4j_server: object) -> None:
    assert hasattr(neo4j.exceptions.Neo4jError, "gql_status")
