//! One operation on a schema, as nodestream folds it, with every leniency reported as a finding.

use std::sync::Arc;

use crate::adjacency::Adjacency;
use crate::indexing::{CatalogRefusal, follow, index};
use crate::kind::Kind;
use crate::name::{Interner, Name};
use crate::name_map::NameMap;
use crate::operation::Operation;
use crate::schema::{Property, PropertyType, Schema, Type};

/// The effect of an operation with a finding on schema and data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    Certain,
    /// Uncertain, so nothing should be moved across it.
    Wall,
}

/// All facts about each finding, in one place.
macro_rules! findings {
    ($($(#[$about:meta])+ $finding:ident $code:literal $effect:ident,)+) => {
        /// An operation that applies but is probably a mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Finding {
            $($(#[$about])+ $finding,)+
        }

        /// All findings, in the order in which they are reported.
        pub const FINDINGS: &[Finding] = &[$(Finding::$finding),+];

        impl Finding {
            /// The code that names it in outputs.
            pub fn code(self) -> &'static str {
                match self {
                    $(Finding::$finding => $code,)+
                }
            }

            fn effect(self) -> Effect {
                match self {
                    $(Finding::$finding => Effect::$effect,)+
                }
            }
        }
    };
}

findings! {
    /// A Create over an existing type: its other properties disappear from the schema.
    TypeReplaced "type-replaced" Wall,
    /// A type was created silently because an operation names it.
    TypeMissing "type-missing" Wall,
    /// A type was renamed onto another, whose definition is lost.
    TypeOverwritten "type-overwritten" Wall,
    /// A property was added that already exists.
    PropertyExists "property-exists" Wall,
    /// A property was renamed onto another, whose definition is lost.
    PropertyOverwritten "property-overwritten" Wall,
    /// A property was created silently because an index names it.
    PropertyMissing "property-missing" Wall,
    /// An index was added that already exists: nothing happens.
    IndexExists "index-exists" Nothing,
    /// An index was dropped that does not exist: nothing happens.
    IndexMissing "index-missing" Nothing,
    /// A key was extended by one of its own properties: nothing happens.
    KeyExists "key-exists" Nothing,
    /// A property was dropped that is part of the key.
    KeyDropped "key-dropped" Wall,
    /// A key's property was renamed as if it were an ordinary one.
    KeyByRename "key-by-rename" Certain,
    /// Something was renamed to its own name: nothing happens.
    SameName "same-name" Nothing,
    /// An adjacency was added that already exists: nothing happens.
    AdjacencyExists "adjacency-exists" Nothing,
}

impl Finding {
    /// True if its operation changes neither schema nor data.
    pub fn changes_nothing(self) -> bool {
        self.effect() == Effect::Nothing
    }

    /// True if the operation's effect on data is uncertain, so nothing should be moved across it.
    pub fn is_wall(self) -> bool {
        self.effect() == Effect::Wall
    }
}

/// The findings of one operation, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings(u16);

impl Findings {
    /// No finding.
    pub const NONE: Findings = Findings(0);

    /// In the order of [`FINDINGS`].
    pub fn iter(self) -> impl Iterator<Item = Finding> {
        FINDINGS.iter().copied().filter(move |each| self.contains(*each))
    }

    /// True if there are no findings.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if this finding is among them.
    pub fn contains(self, finding: Finding) -> bool {
        self.0 & (1 << finding as u16) != 0
    }

    fn add(&mut self, finding: Finding) {
        self.0 |= 1 << finding as u16;
    }
}

/// The reason an operation cannot be applied: something that it needs does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Refusal {
    NoType {
        kind: Kind,
        type_: Name,
    },
    NoProperty {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    NotKey {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    NoAdjacency(Adjacency),
    /// An expression for values of another type, where all already have the new one.
    SameType {
        kind: Kind,
        type_: Name,
        property: Name,
        to: PropertyType,
    },
    /// An expression that may return null for a part of a node's key.
    NullKey {
        type_: Name,
        property: Name,
    },
    /// Indexes and constraints that the schema declares.
    Catalog(CatalogRefusal),
}

impl Refusal {
    /// What exists instead, in words.
    pub fn reason(&self, names: &Interner) -> String {
        let noun = |kind: Kind| match kind {
            Kind::Node => "node type",
            Kind::Relationship => "relationship type",
        };
        let path = |each: &Adjacency| {
            format!("({})-[{}]->({})", names.text(each.from), names.text(each.relationship), names.text(each.to))
        };
        match self {
            Refusal::NoType { kind, type_ } => {
                format!("{} '{}' does not exist at this point of the history", noun(*kind), names.text(*type_))
            }
            Refusal::NoProperty { kind, type_, property } => {
                let (type_, property) = (names.text(*type_), names.text(*property));
                format!("{} '{type_}' has no property '{property}' at this point of the history", noun(*kind))
            }
            Refusal::NotKey { kind, type_, property } => {
                let (type_, property) = (names.text(*type_), names.text(*property));
                format!("property '{property}' is not part of the key of {} '{type_}'", noun(*kind))
            }
            Refusal::SameType { kind, type_, property, to } => {
                let (type_, property, to) = (names.text(*type_), names.text(*property), to.text());
                format!(
                    "property '{property}' of {} '{type_}' is {to} already, and 'using' converts only what is not; remove \
                     the operation, or change values with a RunQuery",
                    noun(*kind)
                )
            }
            Refusal::NullKey { type_, property } => {
                let (type_, property) = (names.text(*type_), names.text(*property));
                format!("property '{property}' is part of the key of node type '{type_}', so it may not be null")
            }
            Refusal::Catalog(refusal) => refusal.reason(names),
            Refusal::NoAdjacency(each) => format!("the adjacency {} does not exist", path(each)),
        }
    }
}

/// Apply an operation to a schema. On a refusal the schema is unchanged.
pub fn apply(schema: &mut Schema, operation: &Operation, names: &Interner) -> Result<Findings, Refusal> {
    if operation.is_on_catalog() {
        return index(schema, operation, names).map(|()| Findings::NONE).map_err(Refusal::Catalog);
    }
    if schema.catalog.is_empty() {
        return apply_to_types(schema, operation, names);
    }
    let mut after = schema.clone();
    let found = apply_to_types(&mut after, operation, names)?;
    follow(&mut after, operation, names).map_err(Refusal::Catalog)?;
    *schema = after;
    Ok(found)
}

/// Apply an operation to everything but the catalog. On a refusal the schema is unchanged.
fn apply_to_types(schema: &mut Schema, operation: &Operation, names: &Interner) -> Result<Findings, Refusal> {
    let mut found = Findings::NONE;
    match *operation {
        Operation::CreateType { kind, type_, keys, properties } => {
            let mut made = Type::default();
            for key in names.names(keys) {
                made.properties.insert(*key, Property { key: true, ..Property::default() });
            }
            for property in names.names(properties) {
                made.properties.or_insert_with(*property, Property::default);
            }
            if schema.types_mut(kind).insert(type_, Arc::new(made)).is_some() {
                found.add(Finding::TypeReplaced);
            }
        }
        Operation::DropType { kind, type_ } => {
            schema.types_mut(kind).remove(type_).ok_or(Refusal::NoType { kind, type_ })?;
            schema.adjacencies.drop_type(kind, type_);
        }
        Operation::RenameType { kind, old, new } => {
            let types = schema.types_mut(kind);
            match types.remove(old) {
                None => {
                    found.add(Finding::TypeMissing);
                    if types.insert(new, Arc::default()).is_some() {
                        found.add(Finding::TypeOverwritten);
                    }
                }
                Some(type_) => {
                    let overwritten = types.insert(new, type_).is_some();
                    if old == new {
                        found.add(Finding::SameName);
                    } else if overwritten {
                        found.add(Finding::TypeOverwritten);
                    }
                }
            }
            schema.adjacencies.rename_type(kind, old, new);
        }
        Operation::AddProperty { kind, type_, property, .. } => {
            if !properties_of(schema, kind, type_, &mut found).add(property, Property::default()) {
                found.add(Finding::PropertyExists);
            }
        }
        Operation::DropProperty { kind, type_, property } => {
            let dropped = existing(schema, kind, type_)?.remove(property);
            if dropped.ok_or(Refusal::NoProperty { kind, type_, property })?.key {
                found.add(Finding::KeyDropped);
            }
        }
        Operation::RenameProperty { kind, type_, old, new } => {
            let renamed = rename_property(existing(schema, kind, type_)?, old, new, &mut found);
            if renamed.ok_or(Refusal::NoProperty { kind, type_, property: old })?.key && old != new {
                found.add(Finding::KeyByRename);
            }
        }
        Operation::AddIndex { kind, type_, property } => {
            let properties = properties_of(schema, kind, type_, &mut found);
            if !properties.contains_key(property) {
                found.add(Finding::PropertyMissing);
            }
            let declared = properties.or_insert_with(property, Property::default);
            if std::mem::replace(&mut declared.indexed, true) {
                found.add(Finding::IndexExists);
            }
        }
        Operation::DropIndex { kind, type_, property } => {
            // nodestream writes this for indexes that were dropped with their property or type, and then fails on it.
            match existing_property(schema, kind, type_, property) {
                Ok(declared) if declared.indexed => declared.indexed = false,
                _ => found.add(Finding::IndexMissing),
            }
        }
        Operation::ExtendKey { kind, type_, property, .. } => {
            let properties = properties_of(schema, kind, type_, &mut found);
            let declared = properties.or_insert_with(property, Property::default);
            if std::mem::replace(&mut declared.key, true) {
                found.add(Finding::KeyExists);
            }
        }
        Operation::RenameKeyPart { kind, type_, old, new } => {
            if !existing_property(schema, kind, type_, old)?.key {
                return Err(Refusal::NotKey { kind, type_, property: old });
            }
            rename_property(existing(schema, kind, type_)?, old, new, &mut found);
        }
        Operation::SetPropertyType { kind, type_, property, to, using, may_be_null } => {
            let declared = existing_property(schema, kind, type_, property)?;
            if !names.is_null(using) && declared.type_ == to {
                return Err(Refusal::SameType { kind, type_, property, to });
            }
            if may_be_null && declared.key && kind == Kind::Node {
                return Err(Refusal::NullKey { type_, property });
            }
            declared.type_ = to;
        }
        Operation::AddAdjacency(adjacency) => {
            for (kind, type_) in adjacency.ends() {
                schema.type_(kind, type_).ok_or(Refusal::NoType { kind, type_ })?;
            }
            if schema.adjacencies.contains(&adjacency) {
                found.add(Finding::AdjacencyExists);
            } else {
                Arc::make_mut(&mut schema.adjacencies).insert(adjacency, Default::default());
            }
        }
        Operation::DropAdjacency(adjacency) => {
            Arc::make_mut(&mut schema.adjacencies).remove(&adjacency).ok_or(Refusal::NoAdjacency(adjacency))?;
        }
        Operation::ReduceKey { kind, type_, property } => {
            let declared = existing_property(schema, kind, type_, property)?;
            if !std::mem::replace(&mut declared.key, false) {
                return Err(Refusal::NotKey { kind, type_, property });
            }
        }
        Operation::RunQuery { .. } => {
            for (kind, type_) in operation.touches(names).into_iter().flatten() {
                schema.type_(kind, type_).ok_or(Refusal::NoType { kind, type_ })?;
            }
        }
        Operation::QueriesLeftOut { .. } | Operation::CreateEntry { .. } | Operation::RemoveEntry { .. } => {}
    }
    Ok(found)
}

/// A type's properties; a missing type is created, as in nodestream.
fn properties_of<'a>(
    schema: &'a mut Schema,
    kind: Kind,
    type_: Name,
    found: &mut Findings,
) -> &'a mut NameMap<Property> {
    let type_ = schema.types_mut(kind).or_insert_with(type_, || {
        found.add(Finding::TypeMissing);
        Arc::default()
    });
    &mut Arc::make_mut(type_).properties
}

/// The properties of a type that has to exist.
fn existing(schema: &mut Schema, kind: Kind, type_: Name) -> Result<&mut NameMap<Property>, Refusal> {
    let declared = schema.types_mut(kind).get_mut(type_).ok_or(Refusal::NoType { kind, type_ })?;
    Ok(&mut Arc::make_mut(declared).properties)
}

/// A type's declaration of a property.
fn existing_property(schema: &mut Schema, kind: Kind, type_: Name, property: Name) -> Result<&mut Property, Refusal> {
    let declared = existing(schema, kind, type_)?.get_mut(property);
    declared.ok_or(Refusal::NoProperty { kind, type_, property })
}

/// Key and index move with the name; what had the new name before is lost. Returns the property, if it exists.
fn rename_property(properties: &mut NameMap<Property>, old: Name, new: Name, found: &mut Findings) -> Option<Property> {
    let property = properties.remove(old)?;
    let lost = properties.insert(new, property);
    if old == new {
        found.add(Finding::SameName);
    } else if lost.is_some() {
        found.add(Finding::PropertyOverwritten);
    }
    Some(property)
}
