//! Functions on values that need no handle.

use nsmig_core::apply::FINDINGS;
use nsmig_core::diff::{Renames, diff as core_diff};
use nsmig_core::kind::{KINDS, Kind};
use nsmig_core::likeness::likeness as core_likeness;
use nsmig_core::name::{Interner, Name};
use nsmig_core::operation::{NULL_KEY, Operation};
use nsmig_core::schema::{PROPERTY_TYPES, Schema as Core};
use nsmig_core::spelling::{SPELLINGS, databases};
use nsmig_core::squash::{Squashed, Terms, squash as core_squash};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyString};

use crate::schema::Schema;
use crate::{convert, door, error, exceptions, value};

/// The operations that lead from one schema to another.
#[pyfunction]
#[pyo3(signature = (before, after, renames = None, *, extensions = true))]
pub fn diff<'py>(
    py: Python<'py>,
    before: &Bound<'py, Schema>,
    after: &Bound<'py, Schema>,
    renames: Option<&Bound<'py, PyAny>>,
    extensions: bool,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let (before, after) = (before.get(), after.get());
    let mut names = Interner::clone(&before.names);
    let translation = names.absorb(&after.names);
    let after = after.core.translated(&translation);
    let renames = match renames {
        None => Renames::default(),
        Some(renames) => renames_from_python(renames, &before.core, &after, &mut names)?,
    };
    let shared = &mut names;
    let size = before.core.names().chain(after.names()).count();
    let operations = door::without_gil(py, size, || core_diff(&before.core, &after, &renames, extensions, shared))?;
    convert::operations_to_python(py, &operations.map_err(error::of_rename)?, &names)
}

/// Fewer operations with the same effect on every graph that conforms to `base`.
#[pyfunction]
#[pyo3(signature = (operations, base = None, single_label = false, *, keep_queries = true))]
pub fn squash<'py>(
    py: Python<'py>,
    operations: Vec<Bound<'py, PyAny>>,
    base: Option<&Bound<'py, Schema>>,
    single_label: bool,
    keep_queries: bool,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let terms = Terms { single_label, keep_queries, weigh: false };
    let (squashed, names, _) = squashed(py, &operations, base, terms)?;
    convert::operations_to_python(py, &squashed.operations, &names)
}

/// `squash`'s report: how it arrives at its result.
#[pyfunction]
#[pyo3(signature = (operations, base = None, single_label = false, *, keep_queries = true))]
pub fn squash_report<'py>(
    py: Python<'py>,
    operations: Vec<Bound<'py, PyAny>>,
    base: Option<&Bound<'py, Schema>>,
    single_label: bool,
    keep_queries: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let terms = Terms { single_label, keep_queries, weigh: true };
    let (squashed, names, originals) = squashed(py, &operations, base, terms)?;
    convert::report_to_python(py, &squashed, &originals, &names)
}

fn squashed(
    py: Python<'_>,
    operations: &[Bound<'_, PyAny>],
    base: Option<&Bound<'_, Schema>>,
    terms: Terms,
) -> PyResult<(Squashed, Interner, Vec<Operation>)> {
    let mut names = base.map_or_else(Interner::default, |base| Interner::clone(&base.get().names));
    let originals = operations.iter().map(|each| convert::operation_from_python(each, &mut names));
    let originals = originals.collect::<PyResult<Vec<Operation>>>()?;
    let base = base.map_or_else(Default::default, |base| base.get().core.clone());
    let shared = &mut names;
    let squashed = door::without_gil(py, originals.len(), || core_squash(&base, &originals, terms, shared))?;
    match squashed {
        Ok(squashed) => Ok((squashed, names, originals)),
        Err(refused) => {
            let reason = refused.refusal.reason(&names);
            Err(error::of_refusal(py, &originals[refused.index], refused.index, reason, &names))
        }
    }
}

/// The similarity of a name to each of the others, from 0 to 1.
#[pyfunction]
pub fn likeness(one: &str, others: Vec<String>) -> Vec<f64> {
    let one: Vec<char> = one.chars().collect();
    others.iter().map(|other| core_likeness(&one, &other.chars().collect::<Vec<char>>())).collect()
}

/// The value of a single YAML document, as PyYAML's safe loader reads it; `full` skips the fast scanner.
#[pyfunction]
#[pyo3(signature = (text, full = false))]
pub fn read_value<'py>(py: Python<'py>, text: &[u8], full: bool) -> PyResult<Bound<'py, PyAny>> {
    let value = nsmig_reader::read_value(text, if full { nsmig_reader::Way::Full } else { nsmig_reader::Way::Fastest })
        .map_err(|each| error::of_reading(py, vec![each]))?;
    value::value_to_python(py, &value)
}

/// For each key of a migration file, the lines on which its value and each item of the value start.
#[pyfunction]
pub fn lines_of<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    nsmig_reader::lines_of(text).into_py_dict(py)
}

/// The core's share of the vocabulary that Python also has, for a test to compare: operations with their arguments,
/// property types, kinds of databases, codes of findings, and the value of an extended key that has none.
#[pyfunction]
pub fn vocabulary(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let operations = PyDict::new(py);
    for spelling in SPELLINGS.iter().flat_map(|pair| pair.iter()) {
        operations.set_item(spelling.name, spelling.arguments.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
    }
    let vocabulary = PyDict::new(py);
    vocabulary.set_item("operations", operations)?;
    vocabulary.set_item("property_types", PROPERTY_TYPES.to_vec())?;
    vocabulary.set_item("databases", databases())?;
    vocabulary.set_item("findings", FINDINGS.iter().map(|each| each.code()).collect::<Vec<_>>())?;
    vocabulary.set_item("null_key", NULL_KEY)?;
    Ok(vocabulary)
}

/// Renames as users give them, found in the two schemas.
fn renames_from_python(
    given: &Bound<'_, PyAny>,
    before: &Core,
    after: &Core,
    names: &mut Interner,
) -> PyResult<Renames> {
    let mut renames = Renames::default();
    for (key, new) in entries(given, "types")? {
        let (kinds, old) = match key.extract::<(Bound<'_, PyAny>, String)>() {
            Ok((kind, old)) => (vec![convert::kind_from_python(&kind)?], old),
            Err(_) => (KINDS.to_vec(), key.extract()?),
        };
        let (old_name, new_name) = (names.name(&old), names.name(&new));
        let fits =
            |kind: &Kind| before.types(*kind).contains_key(old_name) && after.types(*kind).contains_key(new_name);
        let found: Vec<Kind> = kinds.into_iter().filter(fits).collect();
        if found.is_empty() {
            let problem =
                format!("no type {old:?} that was there and is now {new:?}; give the old and the new name of a type");
            return Err(exceptions::bad_rename(problem));
        }
        renames.types.extend(found.into_iter().map(|kind| ((kind, old_name), new_name)));
    }
    for (key, new) in entries(given, "properties")? {
        let candidates = property_candidates(&key, names)?;
        let new_name = names.name(&new);
        let mut found = Vec::new();
        for (kind, type_, old) in candidates {
            let origin = renames.types.iter().find(|((each, _), new)| *each == kind && **new == type_);
            let origin = origin.map_or(type_, |((_, old), _)| *old);
            if before.property(kind, origin, old).is_some() && after.property(kind, type_, new_name).is_some() {
                found.push(((kind, type_, old), new_name));
            }
        }
        if found.is_empty() {
            let problem = format!(
                "no property {key} that was there and is now {new:?}; give the type by its new name, the old and the new name of the property"
            );
            return Err(exceptions::bad_rename(problem));
        }
        renames.properties.extend(found);
    }
    Ok(renames)
}

fn entries<'py>(renames: &Bound<'py, PyAny>, attribute: &str) -> PyResult<Vec<(Bound<'py, PyAny>, String)>> {
    renames.getattr(attribute)?.call_method0("items")?.try_iter()?.map(|item| item?.extract()).collect()
}

/// All meanings (kind, type, property) of a key: names may themselves contain dots.
fn property_candidates(key: &Bound<'_, PyAny>, names: &mut Interner) -> PyResult<Vec<(Kind, Name, Name)>> {
    let of_kinds = |kinds: &[Kind], type_: Name, property: Name| {
        kinds.iter().map(|kind| (*kind, type_, property)).collect::<Vec<_>>()
    };
    if let Ok(text) = key.cast::<PyString>() {
        let text = text.to_str()?;
        let splits = text.match_indices('.').map(|(at, _)| (names.name(&text[..at]), names.name(&text[at + 1..])));
        return Ok(splits.flat_map(|(type_, property)| of_kinds(&KINDS, type_, property)).collect());
    }
    if let Ok((kind, type_, property)) = key.extract::<(Bound<'_, PyAny>, String, String)>() {
        let kind = convert::kind_from_python(&kind)?;
        return Ok(of_kinds(&[kind], names.name(&type_), names.name(&property)));
    }
    let (type_, property): (String, String) = key.extract()?;
    Ok(of_kinds(&KINDS, names.name(&type_), names.name(&property)))
}
