//! The node types that declare a property, as operations are followed.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use crate::kind::Kind;
use crate::name::Name;
use crate::operation::Operation;
use crate::schema::{Schema, Type};

/// The node types from before the last wall that declare a property, updated along the operations. A type created since
/// has no data.
#[derive(Default)]
pub(crate) struct Declarers {
    /// Types are numbered as they appear and keep their number through renames.
    id_of: HashMap<Name, usize, FixedState>,
    names: Vec<Name>,
    by_property: HashMap<Name, IndexSet<usize, FixedState>, FixedState>,
}

impl Declarers {
    pub fn of(schema: &Schema) -> Declarers {
        let mut declarers = Declarers::default();
        for name in schema.types(Kind::Node).keys() {
            declarers.know(name, schema);
        }
        declarers
    }

    /// Add a type of the schema, unless it is known already. Returns the work done.
    pub fn know(&mut self, type_: Name, schema: &Schema) -> usize {
        let Some(definition) = schema.type_(Kind::Node, type_).filter(|_| !self.id_of.contains_key(&type_)) else {
            return 1;
        };
        self.id_of.insert(type_, self.names.len());
        self.names.push(type_);
        definition.properties.keys().map(|property| self.add(type_, property)).sum()
    }

    /// Follow an operation, with what it [replaced](replaced_by). Returns the work done.
    pub fn note(&mut self, operation: &Operation, replaced: Option<&Type>) -> usize {
        match *operation {
            Operation::CreateType { kind: Kind::Node, type_, .. } | Operation::DropType { kind: Kind::Node, type_ } => {
                self.forget(type_, replaced)
            }
            Operation::RenameType { kind: Kind::Node, old, new } if old != new => {
                let work = self.forget(new, replaced);
                if let Some(id) = self.id_of.remove(&old) {
                    self.id_of.insert(new, id);
                    self.names[id] = new;
                }
                work
            }
            Operation::AddProperty { kind: Kind::Node, type_, property, .. }
            | Operation::AddIndex { kind: Kind::Node, type_, property }
            | Operation::ExtendKey { kind: Kind::Node, type_, property, .. } => self.add(type_, property),
            Operation::DropProperty { kind: Kind::Node, type_, property } => self.remove(type_, property),
            Operation::RenameProperty { kind: Kind::Node, type_, old, new }
            | Operation::RenameKeyPart { kind: Kind::Node, type_, old, new } => {
                self.remove(type_, old) + self.add(type_, new)
            }
            _ => 1,
        }
    }

    fn add(&mut self, type_: Name, property: Name) -> usize {
        if let Some(id) = self.id_of.get(&type_) {
            self.by_property.entry(property).or_default().insert(*id);
        }
        1
    }

    fn remove(&mut self, type_: Name, property: Name) -> usize {
        if let (Some(id), Some(holding)) = (self.id_of.get(&type_), self.by_property.get_mut(&property)) {
            holding.swap_remove(id);
        }
        1
    }

    /// A type is removed, with everything that it declared.
    fn forget(&mut self, type_: Name, definition: Option<&Type>) -> usize {
        let Some(definition) = definition.filter(|_| self.id_of.contains_key(&type_)) else { return 1 };
        for property in definition.properties.keys() {
            self.remove(type_, property);
        }
        self.id_of.remove(&type_);
        1 + definition.properties.len()
    }

    pub fn id(&self, type_: Name) -> Option<usize> {
        self.id_of.get(&type_).copied()
    }

    pub fn name(&self, id: usize) -> Name {
        self.names[id]
    }

    pub fn of_property(&self, property: Name) -> impl Iterator<Item = &usize> {
        self.by_property.get(&property).into_iter().flatten()
    }
}

/// The definition of a node type that an operation, about to be applied to `schema`, removes.
pub(crate) fn replaced_by(operation: &Operation, schema: &Schema) -> Option<Arc<Type>> {
    match *operation {
        Operation::CreateType { kind: Kind::Node, type_, .. } | Operation::DropType { kind: Kind::Node, type_ } => {
            schema.types(Kind::Node).get(type_).cloned()
        }
        Operation::RenameType { kind: Kind::Node, old, new } if old != new => {
            schema.types(Kind::Node).get(new).cloned()
        }
        _ => None,
    }
}
