//! Tree to catalog: the indexes and constraints of a schema file, beside a property or in sections of their own.

use std::fmt::Display;
use std::sync::Arc;

use nsmig_core::catalog::{CONSTRAINT_FORMS, Entry, Form, INDEX_FORMS};
use nsmig_core::catalog_rules::{Described, checked, option_names};
use nsmig_core::indexing::{CatalogRefusal, fits, intern_filters, with_options};
use nsmig_core::kind::Kind;
use nsmig_core::name::{Interner, Name};
use nsmig_core::schema::Schema;
use nsmig_core::value::Value;

use crate::expect::{Entry as Item, Expecting, Quoted, find};
use crate::problem::Problem;
use crate::tree::NodeId;

/// The sections of a schema file that hold indexes and constraints.
pub const CATALOG_SECTIONS: [&str; 2] = ["indexes", "constraints"];

/// The forms that can stand beside a property.
pub const BESIDE_PROPERTIES: [Form; 6] =
    [Form::Vector, Form::Fulltext, Form::Text, Form::Point, Form::Required, Form::Unique];

/// The keys of an entry in a section.
const KEYS: [&str; 7] = ["kind", "name", "node_types", "relationship_types", "properties", "options", "optional"];

/// An entry that was read, and where.
pub(crate) struct Read {
    at: NodeId,
    name: Option<Name>,
    entry: Entry,
}

/// The keys beside a property, after the property's own.
pub(crate) fn property_keys(own: &[&'static str]) -> Vec<&'static str> {
    own.iter().copied().chain(BESIDE_PROPERTIES.map(Form::word)).collect()
}

/// The entries beside a property: a flag, or a mapping of options, `name` and `optional`.
pub(crate) fn beside_property(
    expecting: &mut Expecting<'_, '_>,
    facts: &[Item<'_>],
    kind: Kind,
    type_: Name,
    property: Name,
    what: &dyn Display,
    names: &mut Interner,
) -> Result<Vec<Read>, Problem> {
    let mut found = Vec::new();
    for form in BESIDE_PROPERTIES {
        let Some(id) = find(facts, form.word()) else { continue };
        let what = format_args!("{} of {what}", form.word());
        let (mut name, mut is_optional, mut options) = (None, false, Vec::new());
        if expecting.is_scalar(id) {
            let is_there = expecting.flag(id, &what).map_err(|_| {
                let problem = format!("{what} must be true, or a mapping of options, not {}", expecting.noun(id));
                expecting.wrong(id, problem)
            })?;
            if !is_there {
                continue;
            }
        } else {
            let known: Vec<&str> = option_names(form).chain(["name", "optional"]).collect();
            for given in expecting.entries(id, &what, &known, &[])? {
                match &*given.name {
                    "name" => name = Some(given_name(expecting, given.value, &what, names)?),
                    "optional" => is_optional = expecting.flag(given.value, &format_args!("optional of {what}"))?,
                    option => options.push((Value::Str(option.into()), expecting.value(given.value)?)),
                }
            }
        }
        let place = Place { kind, types: vec![type_], properties: vec![property] };
        let entry = entry(expecting, id, form, place, &Value::Map(options), names)?;
        found.push(Read { at: id, name, entry: Entry { is_optional, ..entry } });
    }
    Ok(found)
}

/// The entries of a section.
pub(crate) fn section(
    expecting: &mut Expecting<'_, '_>,
    id: NodeId,
    section: &'static str,
    names: &mut Interner,
) -> Result<Vec<Read>, Problem> {
    let is_indexes = section == CATALOG_SECTIONS[0];
    let (noun, any, forms): (&str, &str, Vec<&str>) = match is_indexes {
        true => ("index", "an index", INDEX_FORMS.map(|(word, _)| word).to_vec()),
        false => ("constraint", "a constraint", CONSTRAINT_FORMS.map(|(word, _)| word).to_vec()),
    };
    let mut found = Vec::new();
    for item in expecting.items(id, &format_args!("the {section}"))? {
        let keys = expecting.entries(item, &format_args!("an entry of {section}"), &KEYS, &["kind", "properties"])?;
        let of = |key: &str| find(&keys, key);
        let name = of("name").map(|id| given_name(expecting, id, &any, names)).transpose()?;
        let called = name.map_or_else(|| any.to_owned(), |name| format!("{noun} {}", Quoted(names.text(name))));
        let word = expecting.one_of(of("kind").unwrap_or(item), &format_args!("the kind of {called}"), &forms)?;
        let (kind, listed) = match (of("node_types"), of("relationship_types")) {
            (Some(id), None) => (Kind::Node, id),
            (None, Some(id)) => (Kind::Relationship, id),
            _ => {
                let problem = format!("{called} needs either node_types or relationship_types");
                return Err(expecting.wrong(item, problem));
            }
        };
        let mut list = |id: NodeId, what: &str| -> Result<Vec<Name>, Problem> {
            let what = format_args!("the {what} of {called}");
            if expecting.is_scalar(id) {
                return Ok(vec![text(expecting, id, &what, names)?]);
            }
            expecting.items(id, &what)?.map(|id| text(expecting, id, &what, names)).collect()
        };
        let types = list(listed, "types")?;
        let properties = list(of("properties").unwrap_or(item), "properties")?;
        let options = of("options").map_or(Ok(Value::Null), |id| expecting.value(id))?;
        let is_optional =
            of("optional").map_or(Ok(false), |id| expecting.flag(id, &format_args!("optional of {called}")))?;
        let form = Form::from_word(&word).expect("one_of allows only these");
        let entry = entry(expecting, item, form, Place { kind, types, properties }, &options, names)?;
        found.push(Read { at: item, name, entry: Entry { is_optional, ..entry } });
    }
    Ok(found)
}

struct Place {
    kind: Kind,
    types: Vec<Name>,
    properties: Vec<Name>,
}

/// An entry that follows the rules.
fn entry(
    expecting: &Expecting<'_, '_>,
    at: NodeId,
    form: Form,
    place: Place,
    options: &Value,
    names: &mut Interner,
) -> Result<Entry, Problem> {
    let Place { kind, mut types, properties } = place;
    names.sort(&mut types);
    types.dedup();
    let texts: Vec<String> = properties.iter().map(|name| names.text(*name).to_owned()).collect();
    let described = Described { form, kind, types: types.len(), properties: &texts, options };
    let options = checked(described).map_err(|problem| expecting.wrong(at, problem))?;
    intern_filters(&options, names);
    let bare = Entry { form, kind, types, properties, filters: Vec::new(), options: Value::Null, is_optional: false };
    Ok(with_options(bare, &options, names))
}

/// Add entries to the schema, which has all its types.
///
/// # Errors
/// An entry that the schema may not have, at its place.
pub(crate) fn add(
    expecting: &Expecting<'_, '_>,
    read: Vec<Read>,
    schema: &mut Schema,
    names: &mut Interner,
) -> Result<(), Problem> {
    for Read { at, name, entry } in read {
        let derived = entry.derived_name(names);
        let name = name.unwrap_or_else(|| names.name(&derived));
        let refused = match schema.catalog.get(name) {
            Some(_) => Err(CatalogRefusal::NameTaken { name }),
            None => fits(schema, name, &entry),
        };
        refused.map_err(|refusal| {
            let (noun, called) = (entry.form.noun(), Quoted(names.text(name)));
            expecting.wrong(at, format!("{noun} {called} is not possible: {}", refusal.reason(names)))
        })?;
        Arc::make_mut(&mut schema.catalog).insert(name, entry);
    }
    Ok(())
}

/// The name that an entry is given. A database takes no blank one.
fn given_name(
    expecting: &Expecting<'_, '_>,
    id: NodeId,
    what: &dyn Display,
    names: &mut Interner,
) -> Result<Name, Problem> {
    let name = text(expecting, id, &format_args!("the name of {what}"), names)?;
    if names.text(name).trim().is_empty() {
        return Err(expecting.wrong(id, format!("the name of {what} is blank; give it another, or none")));
    }
    Ok(name)
}

fn text(expecting: &Expecting<'_, '_>, id: NodeId, what: &dyn Display, names: &mut Interner) -> Result<Name, Problem> {
    Ok(names.name(&expecting.text(id, what)?))
}
