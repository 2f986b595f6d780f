//! A schema as a value: its types and their properties.

use std::sync::Arc;

use crate::adjacency::{Adjacencies, Adjacency};
use crate::catalog::Catalog;
use crate::kind::Kind;
use crate::name::{Interner, Name, Translation};
use crate::name_map::NameMap;
use crate::shared_map::SharedMap;

/// The type of a property, in the order of [`PROPERTY_TYPES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PropertyType(u8);

/// The names of property types in a schema file, nodestream's first. The very first is the type that every nodestream
/// operation gives a property.
pub const PROPERTY_TYPES: [&str; 18] = [
    "STRING",
    "BOOLEAN",
    "DATETIME",
    "INTEGER",
    "FLOAT",
    "LIST_OF_STRINGS",
    "LIST_OF_BOOLEANS",
    "LIST_OF_DATETIMES",
    "LIST_OF_INTEGERS",
    "LIST_OF_FLOATS",
    "DATE",
    "DURATION",
    "TIME",
    "POINT",
    "LIST_OF_DATES",
    "LIST_OF_DURATIONS",
    "LIST_OF_TIMES",
    "LIST_OF_POINTS",
];

/// LadybugDB has no columns of these types.
const NOT_EVERYWHERE: [&str; 4] = ["TIME", "POINT", "LIST_OF_TIMES", "LIST_OF_POINTS"];

/// A type's declaration of a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Property {
    /// Part of the type's key.
    pub key: bool,
    /// Has an additional index.
    pub indexed: bool,
    /// The type of its values.
    pub type_: PropertyType,
}

/// The declaration of a node or relationship type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Type {
    /// By name.
    pub properties: NameMap<Property>,
}

/// All types and adjacencies. Schemas with the same declarations are equal, regardless of their order. Copies share unchanged parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    types: [SharedMap<Arc<Type>>; 2],
    /// The node types that a relationship type connects. Shared by copies until one changes its own.
    pub adjacencies: Arc<Adjacencies>,
    /// Its indexes and constraints. Likewise shared.
    pub catalog: Arc<Catalog>,
}

impl PropertyType {
    /// The type with this name in a schema file.
    pub fn from_text(text: &str) -> Option<PropertyType> {
        PROPERTY_TYPES.iter().position(|each| *each == text).map(|at| PropertyType(at as u8))
    }

    /// Whether it differs from the default.
    pub fn is_said(self) -> bool {
        self != PropertyType::default()
    }

    /// Whether every database supports such values.
    pub fn is_everywhere(self) -> bool {
        !NOT_EVERYWHERE.contains(&self.text())
    }

    /// The name in a schema file.
    pub fn text(self) -> &'static str {
        PROPERTY_TYPES[self.0 as usize]
    }
}

impl Type {
    /// Names of the key properties, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = Name> + '_ {
        self.properties.iter().filter(|(_, property)| property.key).map(|(name, _)| name)
    }

    /// Properties sorted by name.
    pub fn sorted(&self, names: &Interner) -> Vec<(Name, Property)> {
        let mut properties: Vec<_> = self.properties.iter().map(|(name, property)| (name, *property)).collect();
        properties.sort_unstable_by(|(a, _), (b, _)| names.text(*a).cmp(names.text(*b)));
        properties
    }
}

impl Schema {
    /// The types of a kind, by name.
    pub fn types(&self, kind: Kind) -> &SharedMap<Arc<Type>> {
        &self.types[kind as usize]
    }

    /// The types of a kind, mutable.
    pub fn types_mut(&mut self, kind: Kind) -> &mut SharedMap<Arc<Type>> {
        &mut self.types[kind as usize]
    }

    /// A type's definition.
    pub fn type_(&self, kind: Kind, name: Name) -> Option<&Type> {
        self.types(kind).get(name).map(Arc::as_ref)
    }

    /// A type's declaration of a property.
    pub fn property(&self, kind: Kind, type_: Name, property: Name) -> Option<Property> {
        self.type_(kind, type_)?.properties.get(property).copied()
    }

    /// Names of the types of a kind, sorted.
    pub fn sorted(&self, kind: Kind, names: &Interner) -> Vec<Name> {
        let mut types: Vec<Name> = self.types(kind).keys().collect();
        names.sort(&mut types);
        types
    }

    /// The names of all types and of all their properties.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        let types = self.types.iter().flat_map(SharedMap::iter);
        types.flat_map(|(name, type_)| type_.properties.keys().chain([name]))
    }

    /// The same schema with its ids translated to another interner.
    pub fn translated(&self, translation: &Translation) -> Schema {
        let types = self.types.each_ref().map(|types| {
            types
                .iter()
                .map(|(name, type_)| {
                    let properties =
                        type_.properties.iter().map(|(name, each)| (translation.name(name), *each)).collect();
                    (translation.name(name), Arc::new(Type { properties }))
                })
                .collect()
        });
        let adjacencies: Adjacencies = self
            .adjacencies
            .iter()
            .map(|(each, sides)| {
                let adjacency = Adjacency {
                    from: translation.name(each.from),
                    relationship: translation.name(each.relationship),
                    to: translation.name(each.to),
                };
                (adjacency, *sides)
            })
            .collect();
        let catalog = Arc::new(self.catalog.translated(translation));
        Schema { types, adjacencies: Arc::new(adjacencies), catalog }
    }
}
