//! Migration files: bytes in, migrations out, exactly as PyYAML's safe loader and nodestream's checks read them.
//!
//! Data flows in one direction, and the modules are in reading order:
//!
//! ```text
//! bytes ──decode──▶ text ─┬─canonical─▶ tree ──lower──▶ migration                    (folder: many files, in parallel)
//!                         └─compose───▶      └─construct──▶ value ──schema──▶ schema   (scalar: what a scalar is)
//! ```
//!
//! Two ways lead to the tree. `canonical` is a small scanner for files as tools and most people write them; if it is not
//! certain, it leaves the file to `compose`, which builds on a full YAML parser and which `strict` restricts to what
//! PyYAML accepts. Both give the same tree.
//!
//! A few odd documents that PyYAML accepts are refused, but never misread: a comment that touches a quote or bracket,
//! `[-]`, plain scalars in brackets that start with `?`, anchors and aliases that touch a colon, raw U+2028 and U+2029,
//! values that contain themselves, and integers of more than 4300 decimal digits, also in hexadecimal or binary notation.

mod tree;
mod problem;
mod decode;
mod scalar;
mod canonical;
mod strict;
mod compose;
mod parse;
mod construct;
mod expect;
mod catalog;
mod schema;
mod document;
mod arguments;
mod lower;
mod folder;

use nsmig_core::migration::Migration;
use nsmig_core::name::{File, Interner};
use nsmig_core::value::Value;

pub use catalog::{BESIDE_PROPERTIES, CATALOG_SECTIONS};
pub use construct::{Loose, MAX_DEPTH};
pub use document::{Document, Entry};
pub use folder::read_folder;
pub use parse::Way;
pub use problem::ReadError;
pub use scalar::MAX_DIGITS;
pub use schema::{SECTIONS, SchemaProblem, read_schema, schema_of};
pub use tree::NodeId;

use lower::migration_in;
use parse::tree;
use tree::{Content, Tree};

/// Read one file as a migration.
///
/// # Errors
/// Bytes that PyYAML's safe loader refuses, or a document that is not a migration of known operations. The first
/// problem is reported.
pub fn read_migration(interner: &mut Interner, file: &str, bytes: &[u8]) -> Result<Migration, ReadError> {
    read_migration_by(Way::Fastest, interner, file, bytes)
}

/// [`read_migration`] by a chosen way, for comparing the two.
///
/// # Errors
/// As [`read_migration`].
pub fn read_migration_by(way: Way, interner: &mut Interner, file: &str, bytes: &[u8]) -> Result<Migration, ReadError> {
    let migration = migration_in(&mut Tree::default(), way, interner, bytes);
    let migration = migration.map_err(|problem| problem.in_file(file))?;
    Ok(Migration { file: Some(File::new(file, interner)), ..migration })
}

/// The value of any single document, by the rules of PyYAML's `safe_load`; null if there is no document.
///
/// Three things have no [`Value`] of their own: the pairs of `!!omap` and `!!pairs` are lists of two, sharing through
/// aliases becomes copying, and a value that contains itself is an error.
///
/// # Errors
/// Bytes that PyYAML's safe loader refuses. `file` of the error is empty.
pub fn read_value(bytes: &[u8], way: Way) -> Result<Value, ReadError> {
    decode::text(bytes)
        .and_then(|text| tree(way, &text, Tree::default()).and_then(|tree| construct::document(&tree)))
        .map_err(|problem| problem.in_file(""))
}

/// For each key of a migration file, the lines on which its value and each item of the value start; empty if the file
/// is not a mapping.
pub fn lines_of(bytes: &[u8]) -> Vec<(String, Vec<usize>)> {
    let lines = |text: &str| {
        let tree = tree(Way::Fastest, text, Tree::default()).ok()?;
        let root = tree.root().filter(|root| matches!(tree.node(*root).content, Content::Mapping))?;
        let line = |id: NodeId| tree.node(id).place.line as usize;
        let of_pair = |(key, value): (NodeId, NodeId)| {
            let Content::Scalar(key) = &tree.node(key).content else { return None };
            let is_sequence = matches!(tree.node(value).content, Content::Sequence);
            let items = is_sequence.then(|| tree.children(value)).into_iter().flatten();
            Some((key.to_string(), std::iter::once(value).chain(items).map(line).collect()))
        };
        Some(tree.pairs(root).filter_map(of_pair).collect())
    };
    decode::text(bytes).ok().and_then(|text| lines(&text)).unwrap_or_default()
}
