//! Problems with a history, as facts. Messages are composed by the callers that have readers.

use crate::apply::Refusal;
use crate::name::{File, Interner, Name};

/// Migrations that are not a valid history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HistoryError {
    Duplicate {
        name: Name,
        files: [Option<File>; 2],
    },
    /// `known` are the names that it could depend on: all except its own and those of its dependents.
    MissingDependency {
        name: Name,
        file: Option<File>,
        missing: Name,
        known: Vec<Name>,
    },
    /// Each before the next, the first again at the end. If it leads through a squash and a migration with the name of
    /// a member, `taken` is these two: the second may be a new migration that took the name.
    Cycle {
        path: Vec<Name>,
        taken: Option<[Name; 2]>,
    },
    /// Squashes that both replace `shared`, while neither replaces all that the other does.
    Overlap {
        squashes: [Name; 2],
        shared: Vec<Name>,
    },
    /// A member of a squash must run, or comes before the migration `until` at which the history is viewed, but has no
    /// file. `is_elided`: it must run because the squash left queries out.
    MissingMember {
        squash: Name,
        missing: Name,
        until: Option<Name>,
        is_elided: bool,
    },
}

/// An operation that cannot be applied at this point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FoldError {
    pub migration: Name,
    pub file: Option<File>,
    pub index: usize,
    pub refusal: Refusal,
}

/// No migration has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMigration(pub Box<str>);

/// Answers about renames that do not fit the two schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenameError {
    /// The old name did not exist before.
    NotBefore(String),
    /// The new name does not exist after.
    NotAfter(String),
    /// Two things have the same new name.
    Twice(String),
}

/// Why a part of a history cannot be squashed.
#[derive(Clone, Debug)]
pub enum RangeError {
    /// The first or last migration does not exist.
    Unknown(UnknownMigration),
    /// It ends before it begins.
    Backwards,
    /// The history is invalid.
    History(HistoryError),
    /// The history with the squash would be invalid. With the interner of the names.
    Squash(HistoryError, Box<Interner>),
    /// One of its operations cannot be applied.
    Fold(FoldError),
}
