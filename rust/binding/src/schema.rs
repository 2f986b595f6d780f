//! `nsmig.Schema`: a handle on a schema of the core.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use nsmig_core::adjacency::Cardinality;
use nsmig_core::apply::apply;
use nsmig_core::catalog::Entry;
use nsmig_core::indexing::options;
use nsmig_core::kind::{KINDS, Kind};
use nsmig_core::name::{Interner, Name};
use nsmig_core::schema::{Property, Schema as Core};
use nsmig_core::value::Value;
use nsmig_reader::{CATALOG_SECTIONS, ReadError, SECTIONS, read_schema, schema_of};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::{convert, error, exceptions, value};

/// A schema: node types, relationship types and adjacencies. Immutable; equal to another with the same declarations.
#[pyclass(frozen, module = "nsmig")]
pub struct Schema {
    pub core: Arc<Core>,
    pub names: Arc<Interner>,
}

#[pymethods]
impl Schema {
    /// The empty schema.
    #[new]
    fn new() -> Schema {
        Schema { core: Arc::default(), names: Arc::default() }
    }

    /// The schema that a schema file describes.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Schema> {
        let file = path.to_string_lossy();
        let content = fs::read(&path).map_err(|error| {
            let said = error.to_string(); // the system's message, followed by a number
            let reason = said.split(" (os error").next().unwrap_or_default();
            let problem = format!("cannot be read: {reason}");
            error::of_schema_file(ReadError { file: file.clone().into(), line: 0, column: 0, problem })
        })?;
        let (names, core) = read_schema(&content, &file).map_err(error::of_schema_file)?;
        Ok(Schema { core: Arc::new(core), names: Arc::new(names) })
    }

    /// The schema of a schema file's content.
    #[staticmethod]
    pub fn from_dict(content: &Bound<'_, PyAny>) -> PyResult<Schema> {
        let no_value =
            |error: PyErr| exceptions::bad_schema("the schema".into(), error.value(content.py()).to_string());
        let value = value::value_from_python(content).map_err(no_value)?;
        let mut names = Interner::default();
        let core = schema_of(&value, &mut names).map_err(|each| exceptions::bad_schema(each.place, each.problem))?;
        Ok(Schema { core: Arc::new(core), names: Arc::new(names) })
    }

    /// The content of a schema file, sorted by names.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let content = PyDict::new(py);
        content.set_item("cardinalities", self.cardinalities(py)?)?;
        for (section, kind) in SECTIONS {
            let types = PyList::empty(py);
            for name in self.core.sorted(kind, &self.names) {
                let properties = PyDict::new(py);
                for (name, property) in self.core.types(kind)[name].sorted(&self.names) {
                    let facts = PyDict::new(py);
                    facts.set_item("is_indexed", property.indexed)?;
                    facts.set_item("is_key", property.key)?;
                    facts.set_item("type", property.type_.text())?;
                    properties.set_item(self.names.text(name), facts)?;
                }
                let type_ = PyDict::new(py);
                type_.set_item("name", self.names.text(name))?;
                type_.set_item("properties", properties)?;
                types.append(type_)?;
            }
            content.set_item(section, types)?;
        }
        self.put_catalog(&content)?;
        Ok(content)
    }

    /// The declared indexes and constraints, sorted by name.
    fn entries<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.entries_of(py, self.core.catalog.sorted(&self.names))
    }

    /// Those that concern a type, sorted by name.
    fn entries_on<'py>(&self, py: Python<'py>, kind: &Bound<'py, PyAny>, r#type: &str) -> PyResult<Bound<'py, PyList>> {
        let kind = convert::kind_from_python(kind)?;
        let mut there = match self.names.find(r#type) {
            Some(type_) => self.core.catalog.on(kind, type_).to_vec(),
            None => Vec::new(),
        };
        self.names.sort(&mut there);
        self.entries_of(py, there)
    }

    /// A type's definition, or None.
    fn r#type<'py>(
        &self,
        py: Python<'py>,
        kind: &Bound<'py, PyAny>,
        name: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        static TYPE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let kind = convert::kind_from_python(kind)?;
        let Some(type_) = self.names.find(name).and_then(|name| self.core.type_(kind, name)) else { return Ok(None) };
        let sorted = type_.sorted(&self.names);
        let those = |wanted: fn(&Property) -> bool| {
            let those = sorted.iter().filter(|(_, each)| wanted(each)).map(|(name, _)| self.names.text(*name));
            PyTuple::new(py, those.collect::<Vec<_>>())
        };
        let properties = PyDict::new(py);
        for (name, property) in &sorted {
            properties.set_item(self.names.text(*name), property.type_.text())?;
        }
        let class = TYPE.import(py, "nsmig.values", "Type")?;
        class.call1((those(|each| each.key)?, properties, those(|each| each.indexed)?)).map(Some)
    }

    /// Names of the types of a kind, sorted.
    fn types<'py>(&self, py: Python<'py>, kind: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let types = self.core.sorted(convert::kind_from_python(kind)?, &self.names);
        PyList::new(py, types.into_iter().map(|name| self.names.text(name)))
    }

    /// Names of the types of a kind that equal this name except for the case of ASCII letters, sorted.
    fn but_for_case<'py>(&self, py: Python<'py>, kind: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyList>> {
        let types = self.core.types(convert::kind_from_python(kind)?);
        let mut found: Vec<_> = self.names.but_for_case(name).filter(|name| types.contains_key(*name)).collect();
        self.names.sort(&mut found);
        PyList::new(py, found.into_iter().map(|name| self.names.text(name)))
    }

    /// Names of the node types that declare a property, sorted.
    fn declaring<'py>(&self, py: Python<'py>, property: &str) -> PyResult<Bound<'py, PyList>> {
        let mut declaring: Vec<_> = match self.names.find(property) {
            None => Vec::new(),
            Some(property) => {
                let types = self.core.types(Kind::Node).iter();
                types.filter(|(_, type_)| type_.properties.contains_key(property)).map(|(name, _)| name).collect()
            }
        };
        self.names.sort(&mut declaring);
        PyList::new(py, declaring.into_iter().map(|name| self.names.text(name)))
    }

    /// The adjacencies with their cardinalities, sorted by names.
    fn cardinalities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let text = |name| self.names.text(name);
        let mut sorted: Vec<_> = self.core.adjacencies.iter().collect();
        sorted.sort_by_key(|(each, _)| [text(each.from), text(each.relationship), text(each.to)]);
        let list = PyList::empty(py);
        for (each, sides) in sorted {
            let adjacency = PyDict::new(py);
            adjacency.set_item("from_node_type", text(each.from))?;
            adjacency.set_item("relationship_type", text(each.relationship))?;
            adjacency.set_item("to_node_type", text(each.to))?;
            let word = |side: Cardinality| if side == Cardinality::Single { "SINGLE" } else { "MANY" };
            let cardinality = PyDict::new(py);
            cardinality.set_item("from_side_cardinality", word(sides.0))?;
            cardinality.set_item("to_side_cardinality", word(sides.1))?;
            let entry = PyDict::new(py);
            entry.set_item("adjacency", adjacency)?;
            entry.set_item("cardinality", cardinality)?;
            list.append(entry)?;
        }
        Ok(list)
    }

    /// Names of the types that both schemas have but declare differently, sorted.
    fn differing<'py>(
        &self,
        py: Python<'py>,
        other: &Bound<'py, Schema>,
        kind: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let (kind, other) = (convert::kind_from_python(kind)?, other.get());
        let there = |name| other.names.find(self.names.text(name));
        let differs = |name: &_| {
            let Some(theirs) = there(*name).and_then(|name| other.core.type_(kind, name)) else { return false };
            let ours = &self.core.types(kind)[*name].properties;
            let is_theirs =
                |(name, property)| there(name).and_then(|name| theirs.properties.get(name)) == Some(property);
            ours.len() != theirs.properties.len() || !ours.iter().all(is_theirs)
        };
        let differing = self.core.sorted(kind, &self.names).into_iter().filter(differs);
        PyList::new(py, differing.map(|name| self.names.text(name)).collect::<Vec<_>>())
    }

    /// The schema after an operation.
    fn apply(&self, operation: &Bound<'_, PyAny>) -> PyResult<Schema> {
        let py = operation.py();
        let (operation, names) = convert::operation_among(operation, &self.names)?;
        let mut core = Core::clone(&self.core);
        apply(&mut core, &operation, &names)
            .map_err(|refusal| error::of_refusal(py, &operation, 0, refusal.reason(&names), &names))?;
        Ok(Schema { core: Arc::new(core), names })
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<Schema>() else { return false };
        let other = other.get();
        if Arc::ptr_eq(&self.names, &other.names) {
            return self.core == other.core;
        }
        let mut names = Interner::clone(&self.names);
        let translation = names.absorb(&other.names);
        *self.core == other.core.translated(&translation)
    }

    fn __repr__(&self) -> String {
        let [nodes, relationships] = KINDS.map(|kind| self.core.types(kind).len());
        format!("<Schema of {nodes} node types and {relationships} relationship types>")
    }

    /// The picture in a notebook. None, which makes the notebook show the text, if the schema is too large for a
    /// picture.
    fn _repr_svg_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("nsmig.diagram")?.getattr("svg_of_few")?.call1((self.to_dict(py)?,))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        Ok((py.get_type::<Schema>().getattr("from_dict")?, (self.to_dict(py)?,)))
    }
}

impl Schema {
    /// Objects of `nsmig.values.Entry`.
    fn entries_of<'py>(&self, py: Python<'py>, entries: Vec<Name>) -> PyResult<Bound<'py, PyList>> {
        static ENTRY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let (class, kinds) = (ENTRY.import(py, "nsmig.catalog", "Entry")?, KIND.import(py, "nsmig.kinds", "Kind")?);
        let list = PyList::empty(py);
        for name in entries {
            let Some(entry) = self.core.catalog.get(name) else { continue };
            let kind = kinds.call1((if entry.kind == Kind::Node { "node" } else { "relationship" },))?;
            let places =
                (convert::texts(py, &entry.types, &self.names)?, convert::texts(py, &entry.properties, &self.names)?);
            let options = self.options_of(py, entry)?;
            let (form, name) = (entry.form.word(), self.names.text(name));
            list.append(class.call1((name, form, kind, places.0, places.1, options, entry.is_optional))?)?;
        }
        Ok(list)
    }

    fn options_of<'py>(&self, py: Python<'py>, entry: &Entry) -> PyResult<Bound<'py, PyAny>> {
        match options(entry, &self.names) {
            Value::Null => Ok(PyDict::new(py).into_any()),
            options => value::value_to_python(py, &options),
        }
    }

    /// The sections for indexes and constraints, if there are any.
    fn put_catalog(&self, content: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = content.py();
        for (section, are_constraints) in CATALOG_SECTIONS.into_iter().zip([false, true]) {
            let list = PyList::empty(py);
            for name in self.core.catalog.sorted(&self.names) {
                let Some(entry) = self.core.catalog.get(name) else { continue };
                if entry.form.is_constraint() != are_constraints {
                    continue;
                }
                let types = if entry.kind == Kind::Node { "node_types" } else { "relationship_types" };
                let described = PyDict::new(py);
                described.set_item("kind", entry.form.word())?;
                described.set_item("name", self.names.text(name))?;
                described.set_item(types, PyList::new(py, convert::texts(py, &entry.types, &self.names)?)?)?;
                let properties = PyList::new(py, convert::texts(py, &entry.properties, &self.names)?)?;
                described.set_item("properties", properties)?;
                let options = self.options_of(py, entry)?;
                if options.len()? > 0 {
                    described.set_item("options", options)?;
                }
                if entry.is_optional {
                    described.set_item("optional", true)?;
                }
                list.append(described)?;
            }
            if !list.is_empty() {
                content.set_item(section, list)?;
            }
        }
        Ok(())
    }
}
