//! Migration files: the content of good ones, and the errors for bad ones.

use nsmig_core::kind::Kind;
use nsmig_core::migration::Migration;
use nsmig_core::name::Interner;
use nsmig_core::operation::Operation;
use nsmig_core::value::Value;
use nsmig_reader::{Way, read_migration, read_migration_by};

const GOOD: &str = "dependencies:
- a
- '1'
name: '20240101'
operations:
- arguments:
    keys: !!set
      id: null
    name: Person
    properties: !!set {}
  operation: CreateNodeType
- arguments:
    default: 2020-01-02
    property_name: since
    relationship_type: KNOWS
  operation: AddRelationshipProperty
- arguments:
    query: MATCH (n) RETURN n
  operation: RunQuery
replaces: []
";

fn read(text: &str) -> (Interner, Migration) {
    let mut names = Interner::default();
    let migration = read_migration(&mut names, "f.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{error:?}"));
    (names, migration)
}

/// The refusal as a message with its place; both ways of reading must agree on it.
fn refusal(text: &str) -> String {
    let by = |way| read_migration_by(way, &mut Interner::default(), "f.yaml", text.as_bytes());
    let error = by(Way::Full).expect_err(text);
    assert_eq!(by(Way::Fastest), Err(error.clone()), "{text}");
    format!("{}:{}:{}: {}", error.file, error.line, error.column, error.problem)
}

/// A migration of one operation.
fn with(operation: &str, arguments: &str) -> String {
    format!("name: m\ndependencies: []\noperations:\n- operation: {operation}\n  arguments: {arguments}\n")
}

#[test]
fn a_migration_as_nodestream_writes_it() {
    let (names, migration) = read(GOOD);
    assert_eq!(names.text(migration.name), "20240101");
    assert_eq!(migration.file.map(|file| file.path(&names)), Some("f.yaml".into()));
    assert_eq!(migration.dependencies.iter().map(|each| names.text(*each)).collect::<Vec<_>>(), ["a", "1"]);
    assert!(migration.replaces.is_empty());
    match migration.operations[..] {
        [
            Operation::CreateType { kind: Kind::Node, type_, keys, properties },
            Operation::AddProperty { kind: Kind::Relationship, property, default, .. },
            Operation::RunQuery { query, parameters, database: None, elidable: false, touches },
        ] => {
            assert_eq!(names.text(type_), "Person");
            assert_eq!(names.names(keys).iter().map(|key| names.text(*key)).collect::<Vec<_>>(), ["id"]);
            assert!(names.names(properties).is_empty());
            assert_eq!(names.text(property), "since");
            assert!(matches!(names.content(default), Value::Date(_)));
            assert_eq!(names.content(query), &Value::Str("MATCH (n) RETURN n".into()));
            assert_eq!(names.content(parameters), &Value::Map(Vec::new()));
            assert!(names.is_null(touches));
        }
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn both_ways_read_the_same() {
    let by = |way| read_migration_by(way, &mut Interner::default(), "f", GOOD.as_bytes());
    assert_eq!(by(Way::Canonical), by(Way::Full));
}

#[test]
fn lists_by_hand_are_sets_and_keys_may_repeat() {
    let (names, migration) =
        read(&with("CreateNodeType", "{name: A, keys: [b, a, b], properties: !!set {c}, name: B}"));
    let [Operation::CreateType { type_, keys, .. }] = migration.operations[..] else { panic!() };
    assert_eq!(names.text(type_), "B");
    assert_eq!(names.names(keys).iter().map(|key| names.text(*key)).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn the_frame_is_checked() {
    let table = [
        ("", "f.yaml: the file is empty"),
        ("- a\n", "f.yaml:1:1: a migration must be a mapping, not a list"),
        ("name: a\noperations: []\n", "f.yaml:1:1: a migration needs the key 'dependencies'"),
        ("name: a\noperations: []\ndependencies: []\nauthor: x\n", "f.yaml:4:1: a migration has no key 'author'"),
        (
            "name: 20240101\noperations: []\ndependencies: []\n",
            "f.yaml:1:7: the name of a migration must be a string, not the number 20240101; quote it: '20240101'",
        ),
        (
            "name: a\noperations: []\ndependencies: null\n",
            "f.yaml:3:15: dependencies must be a list of migrations' names, [] for none, not null",
        ),
        (
            "name: a\noperations: []\ndependencies: b\n",
            "dependencies must be a list of migrations' names, [] for none, not the string 'b'; write [b]",
        ),
        (
            "name: a\noperations: []\ndependencies:\n- b\n- 7\n",
            "f.yaml:5:3: each of dependencies must be a string, not the number 7; quote it: '7'",
        ),
        ("name: a\noperations: {}\ndependencies: []\n", "operations must be a list of operations, not a mapping"),
        ("name: a\noperations: []\ndependencies: []\nreplaces: ~\n", "replaces must be a list"),
        (
            "name: a\noperations:\n- x\ndependencies: []\n",
            "f.yaml:3:3: an operation must be a mapping, not the string 'x'",
        ),
        (
            "name: a\noperations:\n- operation: DropNodeType\ndependencies: []\n",
            "f.yaml:3:3: an operation needs the key 'arguments'",
        ),
    ];
    for (text, expected) in table {
        let refusal = refusal(text).replace("f.yaml:0:0:", "f.yaml:");
        assert!(refusal.contains(expected), "{refusal}\nlacks\n{expected}");
    }
}

#[test]
fn operations_are_checked() {
    let table = [
        (
            with("DropNodetype", "{name: A}"),
            "f.yaml:4:14: the operation 'DropNodetype' is unknown; did you mean 'DropNodeType'",
        ),
        (with("Foo", "{}"), "'Foo' is unknown; operations of nodestream's plugins cannot be read"),
        (
            with("AddNodeProperty", "{node_type: A, property: p}"),
            "f.yaml:5:29: AddNodeProperty lacks property_name and does not take property; it takes node_type, property_name, default (optional)",
        ),
        (with("NodeKeyExtended", "{node_type: A, added_key_property: p}"), "NodeKeyExtended lacks default; it takes"),
        (
            with("DropNodeProperty", "{node_type: A, property_name: on}"),
            "property_name of DropNodeProperty must be a string, not a boolean (YAML 1.1 reads on so); quote it: 'on'",
        ),
        (
            with("DropNodeType", "{name: null}"),
            "name of DropNodeType must be a string, not null (YAML 1.1 reads null so); quote it: 'null'",
        ),
        (with("DropNodeType", "{name: 2020-01-02}"), "not the date 2020-01-02; quote it"),
        (
            with("CreateNodeType", "{name: A, keys: id, properties: []}"),
            "f.yaml:5:30: keys of CreateNodeType must be a list or a !!set of strings, not the string 'id'; write [id]",
        ),
        (with("CreateNodeType", "{name: A, keys: {id: 1}, properties: []}"), "not a mapping"),
        (
            with("CreateNodeType", "{name: A, keys: [1], properties: []}"),
            "each of keys of CreateNodeType must be a string",
        ),
        (with("DropNodeType", "[A]"), "the arguments of DropNodeType must be a mapping, not a list"),
        (with("SetNodePropertyType", "{node_type: A, property_name: p, type: INT}"), "must be one of STRING, BOOLEAN"),
        (
            with("SetNodePropertyType", "{node_type: A, property_name: p, type: string}"),
            "f.yaml:5:53: type of SetNodePropertyType must be one of STRING, BOOLEAN, DATETIME, INTEGER, FLOAT, LIST_OF_STRINGS, LIST_OF_BOOLEANS, LIST_OF_DATETIMES, LIST_OF_INTEGERS, LIST_OF_FLOATS, DATE, DURATION, TIME, POINT, LIST_OF_DATES, LIST_OF_DURATIONS, LIST_OF_TIMES, LIST_OF_POINTS, not 'string'; did you mean 'STRING'?",
        ),
        (
            with("RunQuery", "{query: x, database: neo4J}"),
            "f.yaml:5:35: database of RunQuery must be one of ladybug, neo4j, not 'neo4J'; did you mean 'neo4j'?",
        ),
        (with("RunQuery", "{query: x, database: Ladybug}"), "not 'Ladybug'; did you mean 'ladybug'?"),
        (with("RunQuery", "{query: x, database: ''}"), "database of RunQuery must be one of ladybug, neo4j, not ''"),
        (with("RunQuery", "{query: x, elidable: 1}"), "elidable of RunQuery must be true or false, not the number 1"),
        (with("RunQuery", "{query: x, parameters: [1]}"), "parameters of RunQuery must be a mapping with string keys"),
        (with("RunQuery", "{query: x, parameters: {1: 1}}"), "keys of parameters of RunQuery must be strings"),
        (with("AddNodeProperty", "{node_type: A, property_name: p, default: !env X}"), "the tag !env is unknown"),
        (with("AddNodeProperty", "{node_type: A, property_name: p, default: 2020-99-01}"), "is not a date"),
    ];
    for (text, expected) in table {
        let refusal = refusal(&text);
        assert!(refusal.contains(expected), "{refusal}\nlacks\n{expected}");
    }
}
