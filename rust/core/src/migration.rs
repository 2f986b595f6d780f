//! A migration as a value.

use crate::name::{File, Name, Translation};
use crate::operation::Operation;

/// A named list of operations, its dependencies, and the migrations that it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its identity.
    pub name: Name,
    /// Where it was read, for messages.
    pub file: Option<File>,
    /// Its operations, in order.
    pub operations: Vec<Operation>,
    /// Names of migrations that must come before it.
    pub dependencies: Vec<Name>,
    /// Names of the migrations that it is a squash of.
    pub replaces: Vec<Name>,
}

impl Migration {
    /// The names that determine its place in a history.
    pub(crate) fn without_operations(&self) -> Migration {
        let (dependencies, replaces) = (self.dependencies.clone(), self.replaces.clone());
        Migration { name: self.name, file: self.file, operations: Vec::new(), dependencies, replaces }
    }

    /// Whether it is a squash that left queries out.
    pub fn is_elided(&self) -> bool {
        let left_out = |each: &Operation| matches!(each, Operation::QueriesLeftOut { .. });
        !self.replaces.is_empty() && self.operations.iter().any(left_out)
    }

    /// Whether it sends a query of the user's.
    pub fn has_queries(&self) -> bool {
        self.operations.iter().any(|each| matches!(each, Operation::RunQuery { .. }))
    }

    /// Translate its ids for another interner.
    pub fn translate(&mut self, translation: &Translation) {
        self.name = translation.name(self.name);
        self.file = self.file.map(|file| translation.file(file));
        for operation in &mut self.operations {
            *operation = operation.translated(translation);
        }
        for name in self.dependencies.iter_mut().chain(&mut self.replaces) {
            *name = translation.name(*name);
        }
    }
}
