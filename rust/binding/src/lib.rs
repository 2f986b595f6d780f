//! nsmig's core for Python: `nsmig._core`. The only crate that knows Python; this file is its table of contents.

mod exceptions;
mod value;
mod convert;
mod error;
mod door;
mod document;
mod schema;
mod steps;
mod history;
mod functions;
mod layout;
mod text;

use pyo3::prelude::*;

/// The compiled core. Its documentation is `_core.pyi`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use super::document::{Document, Node};
    #[pymodule_export]
    use super::functions::{diff, likeness, lines_of, read_value, squash, squash_report, vocabulary};
    #[pymodule_export]
    use super::history::History;
    #[pymodule_export]
    use super::layout::layout;
    #[pymodule_export]
    use super::schema::Schema;
    #[pymodule_export]
    use super::steps::Steps;
    #[pymodule_export]
    use super::text::dump;
}
