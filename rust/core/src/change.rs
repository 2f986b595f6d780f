//! What became of what: the common language of diff (which finds it by comparing) and squash (by following operations).

use crate::adjacency::Adjacency;
use crate::kind::Kind;
use crate::name::{Name, ValueId};
use crate::schema::{Property, PropertyType};

/// What became of a schema's types.
#[derive(Clone, Debug, Default)]
pub struct Change {
    types: [Vec<TypeChange>; 2],
    /// Adjacencies that are gone although their types are there, by the names after.
    pub disconnected: Vec<Adjacency>,
    /// New adjacencies, by the names after.
    pub connected: Vec<Adjacency>,
}

/// What became of a type. No name before: it is new; none after: it is gone.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct TypeChange {
    pub before: Option<Name>,
    pub after: Option<Name>,
    /// Only of a type that is there after.
    pub properties: Vec<PropertyChange>,
}

/// What became of a property of a type. No name before: it is new; none after: it is gone.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct PropertyChange {
    pub before: Option<(Name, Property)>,
    pub after: Option<(Name, Property)>,
    /// What its null values became.
    pub fill: Option<ValueId>,
    /// Where the order of key changes matters: the place of the last one of this property among those of its type, from 1.
    pub key_step: u32,
    /// Likewise where it was last put into the key.
    pub extension: u32,
    /// The conversions of its values, one after the other.
    pub conversions: Vec<Conversion>,
}

/// How a property's values become of a type: see [`Operation::SetPropertyType`](crate::operation::Operation::SetPropertyType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Conversion {
    pub to: PropertyType,
    pub using: ValueId,
    pub may_be_null: bool,
}

impl Change {
    /// The changes of a kind.
    pub fn types(&self, kind: Kind) -> &[TypeChange] {
        &self.types[kind as usize]
    }

    /// The changes of a kind, to add to.
    pub fn types_mut(&mut self, kind: Kind) -> &mut Vec<TypeChange> {
        &mut self.types[kind as usize]
    }
}
