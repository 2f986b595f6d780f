//! The exceptions of `nsmig.errors`, which are Python classes.

use pyo3::import_exception;
use pyo3::prelude::*;

import_exception!(nsmig.errors, CycleError);
import_exception!(nsmig.errors, DuplicateMigrationError);
import_exception!(nsmig.errors, FoldError);
import_exception!(nsmig.errors, MissingDependencyError);
import_exception!(nsmig.errors, MissingFolderError);
import_exception!(nsmig.errors, OperationError);
import_exception!(nsmig.errors, OverlapError);
import_exception!(nsmig.errors, PlanError);
import_exception!(nsmig.errors, RangeError);
import_exception!(nsmig.errors, RenameError);
import_exception!(nsmig.errors, SchemaError);
import_exception!(nsmig.errors, SchemaFileError);
import_exception!(nsmig.errors, TakenNameError);
import_exception!(nsmig.errors, UnknownMigrationError);
import_exception!(nsmig.errors, YamlError);

pub fn bad_operation(problem: String) -> PyErr {
    OperationError::new_err(problem)
}

pub fn bad_schema(place: String, problem: String) -> PyErr {
    SchemaError::new_err((place, problem))
}

pub fn bad_rename(problem: String) -> PyErr {
    RenameError::new_err(problem)
}
