//! The changes between two schemas: the common language of diff (which finds them by comparing) and squash (by
//! following operations).

use crate::adjacency::Adjacency;
use crate::kind::Kind;
use crate::name::{Name, ValueId};
use crate::schema::{Property, PropertyType};

/// The changes to a schema's types.
#[derive(Clone, Debug, Default)]
pub struct Change {
    types: [Vec<TypeChange>; 2],
    /// Removed adjacencies whose types still exist, by the names after.
    pub disconnected: Vec<Adjacency>,
    /// New adjacencies, by the names after.
    pub connected: Vec<Adjacency>,
}

/// The change to a type. No name before: it is new; none after: it is removed.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct TypeChange {
    pub before: Option<Name>,
    pub after: Option<Name>,
    /// Only for a type that exists after.
    pub properties: Vec<PropertyChange>,
}

/// The change to a property of a type. No name before: it is new; none after: it is removed.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct PropertyChange {
    pub before: Option<(Name, Property)>,
    pub after: Option<(Name, Property)>,
    /// The value that replaced its nulls.
    pub fill: Option<ValueId>,
    /// If the order of key changes matters: the position of this property's last one among those of its type, from 1.
    pub key_step: u32,
    /// Likewise, the position at which it was last put into the key.
    pub extension: u32,
    /// The conversions of its values, one after the other.
    pub conversions: Vec<Conversion>,
}

/// The conversion of a property's values to a type: see
/// [`Operation::SetPropertyType`](crate::operation::Operation::SetPropertyType).
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

    /// The changes of a kind, mutable.
    pub fn types_mut(&mut self, kind: Kind) -> &mut Vec<TypeChange> {
        &mut self.types[kind as usize]
    }
}
