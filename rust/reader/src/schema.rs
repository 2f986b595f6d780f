//! Value to schema: what a schema file says, in its full form or a shorter one.

use std::sync::Arc;

use nsmig_core::adjacency::{Adjacency, Cardinality};
use nsmig_core::kind::Kind;
use nsmig_core::name::{Interner, Name};
use nsmig_core::schema::{PROPERTY_TYPES, Property, PropertyType, Schema, Type};
use nsmig_core::value::Value;

/// The sections of a schema file that hold types.
pub const SECTIONS: [(&str, Kind); 2] = [("nodes", Kind::Node), ("relationships", Kind::Relationship)];

/// Why a value describes no schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The path of keys to the trouble.
    pub place: String,
    /// What was expected.
    pub problem: String,
}

/// The entries of a mapping with string keys.
type Entries<'a> = Vec<(&'a str, &'a Value)>;

/// Where something stands; told only if it is wrong.
type Place<'a> = &'a dyn Fn() -> String;

/// The schema that a value describes: `nodes`, `relationships`, `cardinalities`, each optional.
///
/// Properties are a mapping to facts, to a bare type or to nothing; a list of names; or nothing.
///
/// # Errors
/// The first thing that is not as a schema has it.
pub fn schema_of(value: &Value, names: &mut Interner) -> Result<Schema, SchemaProblem> {
    let mut schema = Schema::default();
    let content = entries(value, &|| "the schema".into(), &["cardinalities", "nodes", "relationships"])?;
    for (section, kind) in SECTIONS {
        for (index, entry) in items(&content, section)?.iter().enumerate() {
            let place = || format!("{section}[{index}]");
            let entry = entries(entry, &place, &["name", "properties"])?;
            let name = text(get(&entry, "name", &place)?, &place)?;
            let place = || format!("{section}[{index}] ({name})");
            let type_ = type_of(find(&entry, "properties"), &place, names)?;
            if !schema.types_mut(kind).add(names.name(name), Arc::new(type_)) {
                return Err(wrong(&place, "the type is declared twice"));
            }
        }
    }
    for (index, entry) in items(&content, "cardinalities")?.iter().enumerate() {
        let place = || format!("cardinalities[{index}]");
        let entry = entries(entry, &place, &["adjacency", "cardinality"])?;
        let ends = ["from_node_type", "relationship_type", "to_node_type"];
        let adjacency = entries(get(&entry, "adjacency", &place)?, &place, &ends)?;
        let mut end = |key: &str| Ok::<Name, SchemaProblem>(names.name(text(get(&adjacency, key, &place)?, &place)?));
        let [from, relationship, to] = [end(ends[0])?, end(ends[1])?, end(ends[2])?];
        let sides = ["from_side_cardinality", "to_side_cardinality"];
        let cardinality = entries(get(&entry, "cardinality", &place)?, &place, &sides)?;
        let side = |key: &str| match text(get(&cardinality, key, &place)?, &place)? {
            "MANY" => Ok(Cardinality::Many),
            "SINGLE" => Ok(Cardinality::Single),
            _ => Err(wrong(&|| format!("{}.cardinality.{key}", place()), "expected MANY or SINGLE")),
        };
        let sides = (side(sides[0])?, side(sides[1])?);
        let adjacency = Adjacency { from, relationship, to };
        if schema.adjacencies.contains(&adjacency) {
            return Err(wrong(&place, "the adjacency is listed twice"));
        }
        Arc::make_mut(&mut schema.adjacencies).insert(adjacency, sides);
    }
    Ok(schema)
}

fn type_of(properties: Option<&Value>, place: Place<'_>, names: &mut Interner) -> Result<Type, SchemaProblem> {
    let mut type_ = Type::default();
    match properties {
        None | Some(Value::Null) => {}
        Some(Value::List(listed)) => {
            for name in listed {
                let name = text(name, place)?;
                if !type_.properties.add(names.name(name), Property::default()) {
                    return Err(wrong(place, format!("property {name:?} is listed twice")));
                }
            }
        }
        Some(properties) => {
            for (name, facts) in mapping(properties, place)? {
                let place = || format!("{}.{name}", place());
                type_.properties.insert(names.name(name), property_of(facts, &place)?);
            }
        }
    }
    Ok(type_)
}

fn property_of(facts: &Value, place: Place<'_>) -> Result<Property, SchemaProblem> {
    let mut property = Property::default();
    match facts {
        Value::Null => {}
        Value::Str(name) => property.type_ = property_type(name, place)?,
        _ => {
            for (key, value) in entries(facts, place, &["type", "is_key", "is_indexed"])? {
                match (key, value) {
                    ("is_key", Value::Bool(flag)) => property.key = *flag,
                    ("is_indexed", Value::Bool(flag)) => property.indexed = *flag,
                    ("type", _) => property.type_ = property_type(text(value, place)?, place)?,
                    _ => return Err(wrong(&|| format!("{}.{key}", place()), "expected true or false")),
                }
            }
        }
    }
    Ok(property)
}

fn property_type(name: &str, place: Place<'_>) -> Result<PropertyType, SchemaProblem> {
    let known = || format!("{name:?} is no type; expected one of {}", PROPERTY_TYPES.join(", "));
    PropertyType::from_text(name).ok_or_else(|| wrong(place, known()))
}

fn mapping<'a>(value: &'a Value, place: Place<'_>) -> Result<Entries<'a>, SchemaProblem> {
    match value {
        Value::Map(pairs) => pairs.iter().map(|(key, value)| Ok((text(key, place)?, value))).collect(),
        _ => Err(wrong(place, "expected a mapping")),
    }
}

/// The entries of a mapping that has no other keys than these.
fn entries<'a>(value: &'a Value, place: Place<'_>, keys: &[&str]) -> Result<Entries<'a>, SchemaProblem> {
    let entries = mapping(value, place)?;
    match entries.iter().find(|(key, _)| !keys.contains(key)) {
        Some((key, _)) => Err(wrong(place, format!("{key:?} is none of {}", keys.join(", ")))),
        None => Ok(entries),
    }
}

fn find<'a>(entries: &Entries<'a>, key: &str) -> Option<&'a Value> {
    entries.iter().find(|(each, _)| *each == key).map(|(_, value)| *value)
}

fn get<'a>(entries: &Entries<'a>, key: &str, place: Place<'_>) -> Result<&'a Value, SchemaProblem> {
    find(entries, key).ok_or_else(|| wrong(place, format!("{key} is missing")))
}

fn items<'a>(content: &Entries<'a>, section: &str) -> Result<&'a [Value], SchemaProblem> {
    match find(content, section) {
        None => Ok(&[]),
        Some(Value::List(items)) => Ok(items),
        Some(_) => Err(wrong(&|| section.into(), "expected a list")),
    }
}

fn text<'a>(value: &'a Value, place: Place<'_>) -> Result<&'a str, SchemaProblem> {
    match value {
        Value::Str(text) => Ok(text),
        _ => Err(wrong(place, "expected text")),
    }
}

fn wrong(place: Place<'_>, problem: impl Into<String>) -> SchemaProblem {
    SchemaProblem { place: place(), problem: problem.into() }
}
