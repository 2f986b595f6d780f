//! What operations do to the entries of a schema's catalog.
//!
//! Whatever would leave an entry invalid is refused, so an entry never disappears without an operation that says so.
//! Renames of types and properties carry entries with them, under their own names.

use std::sync::Arc;

use crate::catalog::{Entry, Form};
use crate::catalog_rules::{Described, FILTER, TYPE, checked};
use crate::kind::Kind;
use crate::name::{Interner, Name};
use crate::operation::Operation;
use crate::schema::{PropertyType, Schema};
use crate::value::Value;

/// The reason why an operation cannot be applied to a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CatalogRefusal {
    NameTaken {
        name: Name,
    },
    NoEntry {
        name: Name,
        is_constraint: bool,
    },
    NoType {
        kind: Kind,
        type_: Name,
    },
    /// A type declares no property of a full-text index.
    NoPropertyOf {
        kind: Kind,
        type_: Name,
    },
    NoProperty {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    /// The declared type of a property does not go with the entry.
    Unfit {
        form: Form,
        property: Name,
        type_: PropertyType,
    },
    /// The key of its type has the same properties.
    IsKey {
        type_: Name,
    },
    /// The property is indexed already.
    IsIndexed {
        type_: Name,
        property: Name,
    },
    /// Another entry is in its place.
    Taken {
        by: Name,
    },
    /// The operation would leave this entry invalid.
    Held {
        entry: Name,
        form: Form,
    },
}

impl CatalogRefusal {
    /// The reason in words.
    pub fn reason(&self, names: &Interner) -> String {
        let text = |name: &Name| names.text(*name);
        let of = |kind: Kind| if kind == Kind::Node { "node type" } else { "relationship type" };
        match self {
            CatalogRefusal::NameTaken { name } => {
                format!("an index or constraint '{}' already exists; choose another name", text(name))
            }
            CatalogRefusal::NoEntry { name, is_constraint } => {
                let noun = if *is_constraint { "constraint" } else { "index" };
                format!("no {noun} '{}' exists", text(name))
            }
            CatalogRefusal::NoType { kind, type_ } => {
                format!("{} '{}' does not exist", of(*kind), text(type_))
            }
            CatalogRefusal::NoPropertyOf { kind, type_ } => {
                format!("{} '{}' has none of the properties", of(*kind), text(type_))
            }
            CatalogRefusal::NoProperty { kind, type_, property } => {
                let (of, type_, property) = (of(*kind), text(type_), text(property));
                format!("{of} '{type_}' has no property '{property}'")
            }
            CatalogRefusal::Unfit { form: Form::Type, property, type_ } => {
                format!("the schema says that property '{}' is {}; name the same type", text(property), type_.text())
            }
            CatalogRefusal::Unfit { form, property, type_ } => {
                format!("property '{}' is {}, which a {} index cannot hold", text(property), type_.text(), form.word())
            }
            CatalogRefusal::IsKey { type_ } => {
                format!(
                    "these properties are the key of node type '{}', which has an index and a constraint already",
                    text(type_)
                )
            }
            CatalogRefusal::IsIndexed { type_, property } => {
                format!(
                    "property '{}' of '{}' is marked is_indexed, and a database has one such index on a property; remove one",
                    text(property),
                    text(type_)
                )
            }
            CatalogRefusal::Taken { by } => {
                format!("'{}' is on the same properties already, and a database cannot have both; remove one", text(by))
            }
            CatalogRefusal::Held { entry, form } => {
                let remove = if form.is_constraint() { "RemoveConstraint" } else { "RemoveIndex" };
                let (noun, entry) = (form.noun(), text(entry));
                format!("it would leave the {noun} '{entry}' invalid; remove the {noun} first, with {remove}")
            }
        }
    }
}

/// The entry that an operation creates.
pub fn described(operation: &Operation, names: &Interner) -> Option<(Name, Entry)> {
    let Operation::CreateEntry { kind, form, is_optional, name, types, properties, options } = *operation else {
        return None;
    };
    let properties = texts_of(names.content(properties)).iter().filter_map(|text| names.find(text)).collect();
    let entry = Entry {
        form,
        kind,
        types: names.names(types).to_vec(),
        properties,
        filters: Vec::new(),
        options: Value::Null,
        is_optional,
    };
    Some((name, with_options(entry, names.content(options), names)))
}

/// An entry with options: a checked map, or null. The names in it have been interned.
pub fn with_options(entry: Entry, options: &Value, names: &Interner) -> Entry {
    let pairs = if let Value::Map(pairs) = options { &pairs[..] } else { &[] };
    let (filters, others): (Vec<_>, Vec<_>) =
        pairs.iter().cloned().partition(|(key, _)| *key == Value::Str(FILTER.into()));
    let filters = filters.iter().flat_map(|(_, list)| texts_of(list)).filter_map(|text| names.find(&text)).collect();
    let options = if others.is_empty() { Value::Null } else { Value::Map(others) };
    Entry { filters, options, ..entry }.sorted(names)
}

/// The operation, with the options of an entry that it creates in their order.
///
/// # Errors
/// In words, what is wrong with that entry.
pub fn checked_operation(operation: Operation, names: &mut Interner) -> Result<Operation, String> {
    let Operation::CreateEntry { kind, form, is_optional, name, types, properties, options } = operation else {
        return Ok(operation);
    };
    let texts = texts_of(names.content(properties));
    let count = names.names(types).len();
    let described = Described { form, kind, types: count, properties: &texts, options: names.content(options) };
    let options = checked(described)?;
    intern_filters(&options, names);
    let options = names.value(options);
    Ok(Operation::CreateEntry { kind, form, is_optional, name, types, properties, options })
}

/// Intern the names in checked options.
pub fn intern_filters(options: &Value, names: &mut Interner) {
    let pairs = if let Value::Map(pairs) = options { &pairs[..] } else { &[] };
    let filters = pairs.iter().filter(|(key, _)| *key == Value::Str(FILTER.into()));
    filters.flat_map(|(_, list)| texts_of(list)).for_each(|filter| _ = names.name(&filter));
}

/// The operation that creates an entry.
pub fn creation(name: Name, entry: &Entry, names: &mut Interner) -> Operation {
    let options = options(entry, names);
    let listed = |list: &[Name]| Value::List(list.iter().map(|each| Value::Str(names.text(*each).into())).collect());
    let properties = listed(&entry.properties);
    Operation::CreateEntry {
        kind: entry.kind,
        form: entry.form,
        is_optional: entry.is_optional,
        name,
        types: names.list(entry.types.clone()),
        properties: names.value(properties),
        options: names.value(options),
    }
}

/// The texts of a list.
fn texts_of(list: &Value) -> Vec<String> {
    let Value::List(list) = list else { return Vec::new() };
    list.iter().filter_map(|each| if let Value::Str(text) = each { Some(text.to_string()) } else { None }).collect()
}

/// All options of an entry, those to filter by among them: a map sorted by key, or null.
pub fn options(entry: &Entry, names: &Interner) -> Value {
    let mut pairs = if let Value::Map(pairs) = &entry.options { pairs.clone() } else { Vec::new() };
    if !entry.filters.is_empty() {
        let filters = entry.filters.iter().map(|each| Value::Str(names.text(*each).into())).collect();
        let place = pairs.partition_point(|(key, _)| matches!(key, Value::Str(text) if **text < *FILTER));
        pairs.insert(place, (Value::Str(FILTER.into()), Value::List(filters)));
    }
    if pairs.is_empty() { Value::Null } else { Value::Map(pairs) }
}

/// The operation that removes an entry.
pub fn removal(name: Name, entry: &Entry) -> Operation {
    Operation::RemoveEntry { is_constraint: entry.form.is_constraint(), name }
}

/// Apply an operation on the catalog. On a refusal the schema is unchanged.
pub(crate) fn index(schema: &mut Schema, operation: &Operation, names: &Interner) -> Result<(), CatalogRefusal> {
    if let Operation::RemoveEntry { is_constraint, name } = *operation {
        let is_it = schema.catalog.get(name).is_some_and(|entry| entry.form.is_constraint() == is_constraint);
        if !is_it {
            return Err(CatalogRefusal::NoEntry { name, is_constraint });
        }
        Arc::make_mut(&mut schema.catalog).remove(name);
    } else if let Some((name, entry)) = described(operation, names) {
        if schema.catalog.get(name).is_some() {
            return Err(CatalogRefusal::NameTaken { name });
        }
        fits(schema, name, &entry)?;
        Arc::make_mut(&mut schema.catalog).insert(name, entry);
    }
    Ok(())
}

/// Whether the schema may have an entry of this name.
///
/// # Errors
/// What it lacks, or what is in the way.
pub fn fits(schema: &Schema, name: Name, entry: &Entry) -> Result<(), CatalogRefusal> {
    let kind = entry.kind;
    let own = entry.properties.iter().chain(&entry.filters);
    for type_ in entry.types.iter().copied() {
        let declared = schema.type_(kind, type_).ok_or(CatalogRefusal::NoType { kind, type_ })?;
        if entry.form == Form::Fulltext {
            if !own.clone().any(|property| declared.properties.contains_key(*property)) {
                return Err(CatalogRefusal::NoPropertyOf { kind, type_ });
            }
        } else if let Some(missing) = own.clone().find(|property| !declared.properties.contains_key(**property)) {
            return Err(CatalogRefusal::NoProperty { kind, type_, property: *missing });
        }
        for property in entry.properties.iter().copied() {
            let type_of = declared.properties.get(property).map_or(PropertyType::default(), |there| there.type_);
            if !suits(entry, type_of) {
                return Err(CatalogRefusal::Unfit { form: entry.form, property, type_: type_of });
            }
        }
    }
    let declares = |property: Name| entry.types.iter().any(|type_| schema.property(kind, *type_, property).is_some());
    if let Some(missing) = entry.properties.iter().copied().find(|property| !declares(*property)) {
        return Err(CatalogRefusal::NoProperty { kind, type_: entry.types[0], property: missing });
    }
    is_alone(schema, name, entry)
}

/// Whether no key, index or other entry is in the place of this one.
fn is_alone(schema: &Schema, name: Name, entry: &Entry) -> Result<(), CatalogRefusal> {
    let (kind, type_) = (entry.kind, entry.types[0]);
    if entry.form.is_ordered()
        && let Some(declared) = schema.type_(kind, type_)
    {
        let is_key = |each: &Name| declared.properties.get(*each).is_some_and(|property| property.key);
        if kind == Kind::Node
            && entry.properties.iter().all(is_key)
            && declared.keys().count() == entry.properties.len()
        {
            return Err(CatalogRefusal::IsKey { type_ });
        }
        if let [property] = entry.properties[..]
            && declared.properties.get(property).is_some_and(|declared| declared.indexed)
        {
            return Err(CatalogRefusal::IsIndexed { type_, property });
        }
    }
    for by in schema.catalog.on(kind, type_).iter().copied().filter(|each| *each != name) {
        let Some(other) = schema.catalog.get(by) else { continue };
        let are_ordered = entry.form.is_ordered() && other.form.is_ordered();
        if entry.is_on_the_same(other) || (are_ordered && entry.properties == other.properties) {
            return Err(CatalogRefusal::Taken { by });
        }
    }
    Ok(())
}

/// Whether an entry can hold values of a type. STRING is also the type of a property that declares none.
fn suits(entry: &Entry, type_: PropertyType) -> bool {
    let among = |known: &[&str]| known.contains(&type_.text());
    match entry.form {
        Form::Vector => among(&["STRING", "LIST_OF_FLOATS", "LIST_OF_INTEGERS"]),
        Form::Fulltext => among(&["STRING", "LIST_OF_STRINGS"]),
        Form::Text => among(&["STRING"]),
        Form::Point => among(&["STRING", "POINT"]),
        Form::Type => {
            let said = Value::Map(vec![(Value::Str(TYPE.into()), Value::Str(type_.text().into()))]);
            !type_.is_said() || entry.options == said
        }
        Form::Range | Form::Required | Form::Unique | Form::Key => true,
    }
}

/// Let the entries of a type follow an operation on it, which has been applied to everything but the catalog.
///
/// # Errors
/// An entry does not allow the operation. The schema may then be changed in part.
pub(crate) fn follow(schema: &mut Schema, operation: &Operation, names: &Interner) -> Result<(), CatalogRefusal> {
    let Some((kind, subject)) = operation.subject() else { return Ok(()) };
    let mut type_ = subject;
    match *operation {
        Operation::DropType { .. } => hold(schema, kind, subject, names)?,
        Operation::RenameType { new, .. } if new != subject => {
            hold(schema, kind, new, names)?;
            type_ = new;
            for name in schema.catalog.on(kind, subject).to_vec() {
                let rename = |each: &Name| if *each == subject { new } else { *each };
                change(schema, name, names, |entry| entry.types = entry.types.iter().map(rename).collect());
            }
        }
        Operation::RenameProperty { old, new, .. } | Operation::RenameKeyPart { old, new, .. } if old != new => {
            for name in schema.catalog.on(kind, subject).to_vec() {
                rename_property(schema, name, subject, (old, new), names)?;
            }
        }
        _ => {}
    }
    let mut concerned = schema.catalog.on(kind, type_).to_vec();
    names.sort(&mut concerned);
    for name in concerned {
        let entry = schema.catalog.get(name).expect("the catalog lists what it holds");
        fits(schema, name, entry).map_err(|_| CatalogRefusal::Held { entry: name, form: entry.form })?;
    }
    Ok(())
}

/// # Errors
/// There is an entry on a type that disappears.
fn hold(schema: &Schema, kind: Kind, type_: Name, names: &Interner) -> Result<(), CatalogRefusal> {
    let mut there = schema.catalog.on(kind, type_).to_vec();
    names.sort(&mut there);
    let held = there.first().and_then(|name| Some((*name, schema.catalog.get(*name)?.form)));
    held.map_or(Ok(()), |(entry, form)| Err(CatalogRefusal::Held { entry, form }))
}

/// On a single type the new name replaces the old one. A full-text index on several types keeps the old one, too, if
/// another of its types declares it; a vector index cannot have both.
fn rename_property(
    schema: &mut Schema,
    name: Name,
    type_: Name,
    (old, new): (Name, Name),
    names: &Interner,
) -> Result<(), CatalogRefusal> {
    let entry = schema.catalog.get(name).expect("the catalog lists what it holds");
    if !entry.concerns(old) {
        return Ok(());
    }
    let mut others = entry.types.iter().copied().filter(|each| *each != type_);
    let stays = others.any(|other| schema.property(entry.kind, other, old).is_some());
    if entry.concerns(new) && !(entry.form == Form::Fulltext && entry.types.len() > 1)
        || (stays && entry.form != Form::Fulltext)
    {
        return Err(CatalogRefusal::Held { entry: name, form: entry.form });
    }
    change(schema, name, names, |entry| {
        let renamed = |each: &Name| if *each == old { new } else { *each };
        let mut properties: Vec<Name> = entry.properties.iter().map(renamed).collect();
        if stays {
            properties.push(old);
        }
        if entry.form == Form::Fulltext {
            names.sort(&mut properties);
            properties.dedup();
        }
        entry.properties = properties;
        entry.filters = entry.filters.iter().map(renamed).collect();
    });
    Ok(())
}

fn change(schema: &mut Schema, name: Name, names: &Interner, change: impl FnOnce(&mut Entry)) {
    let Some(entry) = schema.catalog.get(name) else { return };
    let mut entry = entry.clone();
    change(&mut entry);
    Arc::make_mut(&mut schema.catalog).insert(name, entry.sorted(names));
}
