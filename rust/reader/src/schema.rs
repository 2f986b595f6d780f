//! Tree to schema: a schema file, in its full form or a shorter one.

use std::fmt::Display;
use std::sync::Arc;

use nsmig_core::adjacency::{Adjacency, Cardinality, Sides};
use nsmig_core::kind::Kind;
use nsmig_core::name::{Interner, Name};
use nsmig_core::schema::{PROPERTY_TYPES, Property, PropertyType, Schema, Type};
use nsmig_core::value::Value;

use crate::catalog::{self, CATALOG_SECTIONS};
use crate::decode;
use crate::expect::{Entry, Expecting, Quoted, find};
use crate::parse::{self, Way};
use crate::problem::{Problem, ReadError};
use crate::tree::{Content, NodeId, Place, Tag, Tree};

/// The sections of a schema file that hold types.
pub const SECTIONS: [(&str, Kind); 2] = [("nodes", Kind::Node), ("relationships", Kind::Relationship)];

/// The keys of a type; a node type has only the first two.
const TYPE_KEYS: [&str; 5] = ["name", "properties", "from", "to", "connects"];

/// The words for the two cardinalities.
const CARDINALITIES: [&str; 2] = ["SINGLE", "MANY"];

/// The reason why a value does not describe a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The path of keys to the problem.
    pub place: String,
    /// The expected content.
    pub problem: String,
}

/// Read a schema file: `nodes`, `relationships`, `cardinalities`, `indexes`, `constraints`, each optional.
///
/// Properties are a mapping to facts, to a bare type or to nothing; a list of names; or nothing. The ends of a
/// relationship type are given with the type (`from` and `to`, or `connects`) or by a cardinality.
///
/// # Errors
/// Bytes that PyYAML's safe loader refuses, a key that occurs twice, or the first deviation from a schema's form.
pub fn read_schema(bytes: &[u8], file: &str) -> Result<(Interner, Schema), ReadError> {
    let mut names = Interner::default();
    let schema = decode::text(bytes).and_then(|text| {
        let tree = parse::tree(Way::Fastest, &text, Tree::default())?;
        let mut expecting = Expecting::new(&tree);
        let root = expecting.root()?;
        expecting.refuse_duplicates()?;
        schema(&mut expecting, root, &mut names)
    });
    schema.map(|schema| (names, schema)).map_err(|problem| problem.in_file_discreetly(file))
}

/// The schema in a schema file with this value.
///
/// # Errors
/// The first deviation from a schema's form.
pub fn schema_of(value: &Value, names: &mut Interner) -> Result<Schema, SchemaProblem> {
    let mut tree = Tree::default();
    let root = add(&mut tree, value);
    schema(&mut Expecting::new(&tree), root, names).map_err(|problem| SchemaProblem {
        place: path(&tree, root, problem.node().unwrap_or(root)),
        problem: problem.in_file_discreetly("").problem,
    })
}

fn schema(expecting: &mut Expecting<'_, '_>, root: NodeId, names: &mut Interner) -> Result<Schema, Problem> {
    let mut schema = Schema::default();
    let sections = ["cardinalities", "nodes", "relationships", CATALOG_SECTIONS[0], CATALOG_SECTIONS[1]];
    let content = expecting.entries(root, &"a schema", &sections, &[])?;
    let mut catalog = Vec::new();
    if let Some(listed) = find(&content, "cardinalities") {
        for item in expecting.items(listed, &"the cardinalities")? {
            let (adjacency, sides) = cardinality(expecting, item, names)?;
            connect(expecting, item, &mut schema, adjacency, sides, names)?;
        }
    }
    for ((section, kind), what) in SECTIONS.into_iter().zip(["node type", "relationship type"]) {
        let Some(listed) = find(&content, section) else { continue };
        let known = if kind == Kind::Node { &TYPE_KEYS[..2] } else { &TYPE_KEYS };
        for item in expecting.items(listed, &format_args!("the {what}s"))? {
            let keys = expecting.entries(item, &format_args!("a {what}"), known, &["name"])?;
            let of_name = find(&keys, "name").unwrap_or(item);
            let name = expecting.text(of_name, &format_args!("the name of a {what}"))?;
            let owner = format_args!("{what} {}", Quoted(&name));
            let called = (kind, names.name(&name));
            let type_ = type_of(expecting, find(&keys, "properties"), called, &owner, &mut catalog, names)?;
            if !schema.types_mut(kind).add(names.name(&name), Arc::new(type_)) {
                return Err(expecting.wrong(of_name, format!("{owner} is declared twice; merge the two")));
            }
            connections(expecting, item, &keys, &owner, names.name(&name), &mut schema, names)?;
        }
    }
    for section in CATALOG_SECTIONS {
        if let Some(listed) = find(&content, section) {
            catalog.extend(catalog::section(expecting, listed, section, names)?);
        }
    }
    catalog::add(expecting, catalog, &mut schema, names)?;
    Ok(schema)
}

/// The ends that a relationship type gives: one product of types, or several.
fn connections(
    expecting: &mut Expecting<'_, '_>,
    item: NodeId,
    keys: &[Entry<'_>],
    owner: &dyn Display,
    relationship: Name,
    schema: &mut Schema,
    names: &mut Interner,
) -> Result<(), Problem> {
    let ends = ["from", "to"];
    let is_product = ends.iter().any(|end| find(keys, end).is_some());
    let Some(listed) = find(keys, "connects") else {
        return if is_product { product(expecting, item, keys, owner, relationship, schema, names) } else { Ok(()) };
    };
    if is_product {
        let problem = format!("{owner} has both connects and from or to; put all that it connects into connects");
        return Err(expecting.wrong(item, problem));
    }
    for item in expecting.items(listed, &format_args!("connects of {owner}"))? {
        let what = format_args!("an entry of connects of {owner}");
        let keys = expecting.entries(item, &what, &["from", "to", "cardinality"], &ends)?;
        product(expecting, item, &keys, owner, relationship, schema, names)?;
    }
    Ok(())
}

/// Each type of `from` connected to each of `to`.
fn product(
    expecting: &mut Expecting<'_, '_>,
    item: NodeId,
    keys: &[Entry<'_>],
    owner: &dyn Display,
    relationship: Name,
    schema: &mut Schema,
    names: &mut Interner,
) -> Result<(), Problem> {
    let mut end = |key: &'static str| {
        let Some(id) = find(keys, key) else {
            return Err(expecting.wrong(item, format!("{owner} lacks the key {}", Quoted(key))));
        };
        let what = format_args!("{} of {owner}", Quoted(key));
        let listed: Vec<NodeId> = if expecting.is_list(id) { expecting.items(id, &what)?.collect() } else { vec![id] };
        if listed.is_empty() {
            return Err(expecting.wrong(id, format!("{what} lists no node type; name one, or leave both ends out")));
        }
        let texts = listed.into_iter().map(|id| Ok(names.name(&expecting.text(id, &what)?)));
        texts.collect::<Result<Vec<Name>, Problem>>()
    };
    let (from, to) = (end("from")?, end("to")?);
    let mut sides = Sides::default();
    if let Some(id) = find(keys, "cardinality") {
        let keys = expecting.entries(id, &format_args!("a cardinality of {owner}"), &["from", "to"], &[])?;
        for (key, side) in [("from", &mut sides.0), ("to", &mut sides.1)] {
            if let Some(id) = find(&keys, key) {
                *side = side_of(expecting, id, &format_args!("the cardinality {} of {owner}", Quoted(key)))?;
            }
        }
    }
    expecting.count_pairs(item, from.len() * to.len())?;
    for from in from {
        for to in &to {
            connect(expecting, item, schema, Adjacency { from, relationship, to: *to }, sides, names)?;
        }
    }
    Ok(())
}

fn connect(
    expecting: &Expecting<'_, '_>,
    item: NodeId,
    schema: &mut Schema,
    adjacency: Adjacency,
    sides: Sides,
    names: &Interner,
) -> Result<(), Problem> {
    if schema.adjacencies.contains(&adjacency) {
        let path = [adjacency.from, adjacency.relationship, adjacency.to].map(|name| names.text(name));
        let problem = format!("the adjacency {} is listed twice; remove one", path.join(" - "));
        return Err(expecting.wrong(item, problem));
    }
    Arc::make_mut(&mut schema.adjacencies).insert(adjacency, sides);
    Ok(())
}

/// The type `called` so; what stands beside its properties goes to `catalog`.
fn type_of(
    expecting: &mut Expecting<'_, '_>,
    of_type: Option<NodeId>,
    called: (Kind, Name),
    owner: &dyn Display,
    catalog: &mut Vec<catalog::Read>,
    names: &mut Interner,
) -> Result<Type, Problem> {
    let mut type_ = Type::default();
    let Some(id) = of_type.filter(|id| !expecting.is_null(*id)) else { return Ok(type_) };
    let what = format_args!("the properties of {owner}");
    if expecting.is_list(id) {
        for item in expecting.items(id, &what)? {
            let name = expecting.text(item, &format_args!("a property name of {owner}"))?;
            if !type_.properties.add(names.name(&name), Property::default()) {
                let problem = format!("{owner} lists property {} twice; remove one", Quoted(&name));
                return Err(expecting.wrong(item, problem));
            }
        }
        return Ok(type_);
    }
    for entry in expecting.entries(id, &what, &[], &[])? {
        let what = format_args!("property {} of {owner}", Quoted(&entry.name));
        let name = names.name(&entry.name);
        let (property, facts) = property_of(expecting, entry.value, &what)?;
        type_.properties.insert(name, property);
        catalog.extend(catalog::beside_property(expecting, &facts, called.0, called.1, name, &what, names)?);
    }
    Ok(type_)
}

/// A property as people write it: nothing, the bare type, or a mapping, whose facts are returned with it.
fn property_of<'t>(
    expecting: &mut Expecting<'t, '_>,
    id: NodeId,
    what: &dyn Display,
) -> Result<(Property, Vec<Entry<'t>>), Problem> {
    let mut property = Property::default();
    if expecting.is_null(id) {
        return Ok((property, Vec::new()));
    }
    if expecting.is_scalar(id) {
        property.type_ = property_type(expecting, id, what)?;
        return Ok((property, Vec::new()));
    }
    let facts = expecting.entries(id, &what, &catalog::property_keys(&["type", "is_key", "is_indexed"]), &[])?;
    if let Some(id) = find(&facts, "type") {
        property.type_ = property_type(expecting, id, what)?;
    }
    for (fact, value) in [("is_key", &mut property.key), ("is_indexed", &mut property.indexed)] {
        if let Some(id) = find(&facts, fact) {
            *value = expecting.flag(id, &format_args!("{fact} of {what}"))?;
        }
    }
    Ok((property, facts))
}

fn property_type(expecting: &mut Expecting<'_, '_>, id: NodeId, what: &dyn Display) -> Result<PropertyType, Problem> {
    let word = expecting.one_of(id, &format_args!("the type of {what}"), &PROPERTY_TYPES)?;
    Ok(PropertyType::from_text(&word).unwrap_or_default())
}

fn cardinality(
    expecting: &mut Expecting<'_, '_>,
    item: NodeId,
    names: &mut Interner,
) -> Result<(Adjacency, Sides), Problem> {
    let parts = ["adjacency", "cardinality"];
    let keys = expecting.entries(item, &"a cardinality", &parts, &parts)?;
    let [adjacency, cardinality] = parts.map(|part| find(&keys, part).unwrap_or(item));
    let ends = ["from_node_type", "relationship_type", "to_node_type"];
    let sides = ["from_side_cardinality", "to_side_cardinality"];
    let of_adjacency = expecting.entries(adjacency, &"an adjacency", &ends, &ends)?;
    let of_cardinality = expecting.entries(cardinality, &"the cardinality of an adjacency", &sides, &sides)?;
    let mut end = |key: &'static str| -> Result<Name, Problem> {
        let id = find(&of_adjacency, key).unwrap_or(adjacency);
        Ok(names.name(&expecting.text(id, &key)?))
    };
    let [from, relationship, to] = [end(ends[0])?, end(ends[1])?, end(ends[2])?];
    let side = |key: &'static str| side_of(expecting, find(&of_cardinality, key).unwrap_or(cardinality), &key);
    Ok((Adjacency { from, relationship, to }, (side(sides[0])?, side(sides[1])?)))
}

fn side_of(expecting: &Expecting<'_, '_>, id: NodeId, what: &dyn Display) -> Result<Cardinality, Problem> {
    let word = expecting.one_of(id, what, &CARDINALITIES)?;
    Ok(if word == "SINGLE" { Cardinality::Single } else { Cardinality::Many })
}

/// Add a value to a tree, as the node that a file would have for it. Nodes have no places.
fn add<'a>(tree: &mut Tree<'a>, value: &'a Value) -> NodeId {
    let place = Place::default();
    let mut scalar = |tag: Tag, text: &'a str| tree.add(place, tag, Content::Scalar(text.into()));
    match value {
        Value::Null => scalar(Tag::Null, ""),
        Value::Bool(flag) => scalar(Tag::Bool, if *flag { "true" } else { "false" }),
        Value::Str(text) => scalar(Tag::Str, text),
        Value::Int(number) => tree.add(place, Tag::Int, Content::Scalar(number.to_string().into())),
        // No part of a schema has these types, so their content does not matter.
        Value::BigInt(_) => scalar(Tag::Int, "0"),
        Value::Float(_) => scalar(Tag::Float, "0.5"),
        Value::Bytes(_) => scalar(Tag::Binary, ""),
        Value::Date(_) | Value::DateTime(_) => scalar(Tag::Timestamp, ""),
        Value::List(items) => {
            let id = tree.open(place, Tag::Seq, Content::Sequence);
            items.iter().for_each(|item| _ = add(tree, item));
            tree.close(id);
            id
        }
        Value::Map(pairs) => {
            let id = tree.open(place, Tag::Map, Content::Mapping);
            for (key, value) in pairs {
                add(tree, key);
                add(tree, value);
            }
            tree.close(id);
            id
        }
        Value::Set(members) => {
            let id = tree.open(place, Tag::Set, Content::Mapping);
            for member in members {
                add(tree, member);
                add(tree, &Value::Null);
            }
            tree.close(id);
            id
        }
    }
}

/// The path of keys from one node to another, or to the mapping to which this key belongs.
fn path(tree: &Tree<'_>, root: NodeId, to: NodeId) -> String {
    let mut path = String::new();
    let mut at = root;
    while at != to {
        let next = match tree.node(at).content {
            Content::Sequence => {
                let item = tree.children(at).enumerate().find(|(_, item)| tree.contains(*item, to));
                item.map(|(index, item)| (item, format!("[{index}]{}", named(tree, item))))
            }
            _ => tree.pairs(at).find(|(_, value)| tree.contains(*value, to)).map(|(key, value)| {
                let dot = if path.is_empty() { "" } else { "." };
                (value, format!("{dot}{}", scalar(tree, key).unwrap_or_default()))
            }),
        };
        let Some((next, step)) = next else { break };
        path.push_str(&step);
        at = next;
    }
    if path.is_empty() { "the schema".into() } else { path }
}

/// The name of a type, in brackets.
fn named(tree: &Tree<'_>, item: NodeId) -> String {
    let is_mapping = matches!(tree.node(item).content, Content::Mapping);
    let pairs = is_mapping.then(|| tree.pairs(item)).into_iter().flatten();
    let mut names = pairs.filter(|(key, _)| scalar(tree, *key) == Some("name"));
    let name = names.next().filter(|(_, value)| tree.node(*value).tag == Tag::Str);
    name.and_then(|(_, value)| scalar(tree, value)).map_or_else(String::new, |name| format!(" ({name})"))
}

fn scalar<'t>(tree: &'t Tree<'_>, id: NodeId) -> Option<&'t str> {
    match &tree.node(id).content {
        Content::Scalar(text) => Some(text),
        _ => None,
    }
}
