//! What can be wrong with a history, as facts. Texts are made by whoever tells people.

use crate::apply::Refusal;
use crate::name::{File, Interner, Name};

/// Migrations that do not make a history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HistoryError {
    Duplicate {
        name: Name,
        files: [Option<File>; 2],
    },
    /// `known` are the names that it could depend on: all but its own and those of migrations that depend on it.
    MissingDependency {
        name: Name,
        file: Option<File>,
        missing: Name,
        known: Vec<Name>,
    },
    /// Each before the next, the first again at the end. Where it leads through a squash and a migration of a name that the squash
    /// replaces, `taken` is these two: the second may be a new migration whose name is taken.
    Cycle {
        path: Vec<Name>,
        taken: Option<[Name; 2]>,
    },
    /// Squashes that both replace `shared`, while neither replaces all that the other does.
    Overlap {
        squashes: [Name; 2],
        shared: Vec<Name>,
    },
    /// A member of a squash must run, or comes in the history before the migration that it is looked at `until`, but has no file.
    /// `is_elided`: it must run because the squash left queries out.
    MissingMember {
        squash: Name,
        missing: Name,
        until: Option<Name>,
        is_elided: bool,
    },
}

/// An operation that cannot be applied where it stands.
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
    /// What is said to be renamed was not there before.
    NotBefore(String),
    /// What it is said to be renamed to is not there after.
    NotAfter(String),
    /// Two things are said to be renamed to one.
    Twice(String),
}

/// Why a part of a history cannot be squashed.
#[derive(Clone, Debug)]
pub enum RangeError {
    /// It begins or ends with a migration that there is not.
    Unknown(UnknownMigration),
    /// It ends before it begins.
    Backwards,
    /// The history is none.
    History(HistoryError),
    /// The history with the squash would be none. With the interner that the names are in.
    Squash(HistoryError, Box<Interner>),
    /// One of its operations cannot be applied.
    Fold(FoldError),
}
