//! Facts from the core and the reader → exceptions of `nsmig.errors`, each matched by name.

use nsmig_core::error::{FoldError, HistoryError, RangeError, RenameError, UnknownMigration};
use nsmig_core::history::History;
use nsmig_core::name::{File, Interner, Name};
use nsmig_core::operation::Operation;
use nsmig_reader::ReadError;
use pyo3::prelude::*;

use crate::{convert, exceptions};

/// Name and file of each migration, for errors that arise before there is a history.
pub type Places = Vec<(Name, Option<File>)>;

pub fn of_history(error: HistoryError, names: &Interner, places: &Places) -> PyErr {
    let text = |name: &Name| names.text(*name).to_owned();
    let texts = |list: &[Name]| list.iter().map(text).collect::<Vec<_>>();
    let file =
        |name: &Name| path(*name, places.iter().find(|(each, _)| each == name).and_then(|(_, file)| *file), names);
    match error {
        HistoryError::Duplicate { name, files } => exceptions::DuplicateMigrationError::new_err((
            text(&name),
            files.map(|file| path(name, file, names)).to_vec(),
        )),
        HistoryError::MissingDependency { name, file, missing, known } => {
            let file = path(name, file, names);
            exceptions::MissingDependencyError::new_err((text(&name), file, text(&missing), texts(&known)))
        }
        HistoryError::Cycle { path, taken } => {
            let files: Vec<String> = path.iter().skip(1).map(file).collect();
            match taken {
                None => exceptions::CycleError::new_err((texts(&path), files)),
                Some([squash, name]) => {
                    exceptions::TakenNameError::new_err((text(&name), file(&name), text(&squash), texts(&path), files))
                }
            }
        }
        HistoryError::Overlap { squashes, shared } => {
            let files: Vec<String> = squashes.iter().map(file).collect();
            exceptions::OverlapError::new_err((texts(&squashes), files, texts(&shared)))
        }
        HistoryError::MissingMember { squash, missing, until, is_elided } => {
            let until = until.as_ref().map(text);
            exceptions::PlanError::new_err((text(&squash), file(&squash), text(&missing), until, is_elided))
        }
    }
}

/// The path of a migration's file; the migration's name if it has none.
pub fn path(migration: Name, file: Option<File>, names: &Interner) -> String {
    file.map_or_else(|| names.text(migration).to_owned(), |file| file.path(names))
}

/// Of an existing history: its migrations are the places.
pub fn within(error: HistoryError, history: &History) -> PyErr {
    of_history(error, history.interner(), &places(history))
}

fn places(history: &History) -> Places {
    history.order().map(|each| (each.name, each.file)).collect()
}

pub fn of_fold(py: Python<'_>, error: FoldError, history: &History) -> PyErr {
    let names = history.interner();
    let operation = history.get(error.migration).map(|migration| migration.operations[error.index]);
    let operation = operation.map(|operation| convert::operation_to_python(py, &operation, names)).transpose();
    match operation {
        Ok(operation) => exceptions::FoldError::new_err((
            names.text(error.migration).to_owned(),
            path(error.migration, error.file, names),
            error.index,
            operation.map(Bound::unbind),
            error.refusal.reason(names),
        )),
        Err(error) => error,
    }
}

/// Of an operation outside a migration.
pub fn of_refusal(py: Python<'_>, operation: &Operation, index: usize, reason: String, names: &Interner) -> PyErr {
    let nowhere: Option<String> = None;
    match convert::operation_to_python(py, operation, names) {
        Ok(operation) => exceptions::FoldError::new_err((nowhere.clone(), nowhere, index, operation.unbind(), reason)),
        Err(error) => error,
    }
}

pub fn of_unknown(error: UnknownMigration, history: &History) -> PyErr {
    let known: Vec<String> = history.order().map(|each| history.interner().text(each.name).to_owned()).collect();
    exceptions::UnknownMigrationError::new_err((String::from(error.0), known))
}

pub fn of_range(py: Python<'_>, error: RangeError, first: &str, last: &str, history: &History) -> PyErr {
    match error {
        RangeError::Unknown(error) => of_unknown(error, history),
        RangeError::Backwards => exceptions::RangeError::new_err((first.to_owned(), last.to_owned())),
        RangeError::History(error) => within(error, history),
        RangeError::Squash(error, names) => of_history(error, &names, &places(history)),
        RangeError::Fold(error) => of_fold(py, error, history),
    }
}

pub fn of_schema_file(error: ReadError) -> PyErr {
    exceptions::SchemaFileError::new_err((error.file, error.line, error.column, error.problem))
}

pub fn of_rename(error: RenameError) -> PyErr {
    exceptions::RenameError::new_err(match error {
        RenameError::NotBefore(name) => format!("nothing to rename: {name:?} is not in the schema before"),
        RenameError::NotAfter(name) => format!("nothing to rename to: {name:?} is not in the schema after"),
        RenameError::Twice(name) => format!("two renames lead to {name:?}"),
    })
}

/// The first error, with the others inside it.
pub fn of_reading(py: Python<'_>, errors: Vec<ReadError>) -> PyErr {
    let mut errors = errors.into_iter();
    let Some(first) = errors.next() else { return exceptions::YamlError::new_err(("", 0, 0, "nothing was read")) };
    let others: Vec<Py<PyAny>> = errors
        .map(|each| {
            let error = exceptions::YamlError::new_err((each.file, each.line, each.column, each.problem));
            error.into_value(py).into_any()
        })
        .collect();
    exceptions::YamlError::new_err((first.file, first.line, first.column, first.problem, others))
}
