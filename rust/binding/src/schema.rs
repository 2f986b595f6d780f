//! `nsmig.Schema`: a handle on a schema of the core.

use std::sync::Arc;

use nsmig_core::apply::apply;
use nsmig_core::name::Interner;
use nsmig_core::operation::{Adjacency, KINDS, Kind, PROPERTY_TYPES, PropertyType};
use nsmig_core::schema::{Cardinality, Property, Schema as Core, Type};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyList, PyMapping, PyString, PyTuple};

use crate::{convert, error};

/// A schema: node types, relationship types and adjacencies. Immutable; equal if it declares the same.
#[pyclass(frozen, module = "nsmig")]
pub struct Schema {
    pub core: Arc<Core>,
    pub names: Arc<Interner>,
}

/// The sections of a schema file that hold types.
const SECTIONS: [(&str, Kind); 2] = [("nodes", Kind::Node), ("relationships", Kind::Relationship)];

#[pymethods]
impl Schema {
    /// The empty schema.
    #[new]
    fn new() -> Schema {
        Schema { core: Arc::default(), names: Arc::default() }
    }

    /// The schema that a schema file describes.
    #[staticmethod]
    fn load<'py>(py: Python<'py>, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        py.import("nsmig.files")?.call_method1("load_schema", (path,))
    }

    /// The schema of a schema file's content.
    #[staticmethod]
    pub fn from_dict(content: &Bound<'_, PyAny>) -> PyResult<Schema> {
        let mut names = Interner::default();
        let mut core = Core::default();
        let content = mapping(content, "")?;
        only(&content, "", &["cardinalities", "nodes", "relationships"])?;
        for (section, kind) in SECTIONS {
            for (index, entry) in items(&content, section)?.iter().enumerate() {
                let place = format!("{section}[{index}]");
                let entry = mapping(entry, &place)?;
                only(&entry, &place, &["name", "properties"])?;
                let name = text(&get(&entry, "name", &place)?, &place)?;
                let place = format!("{place} ({name})");
                let type_ = type_from_python(&optional(&entry, "properties")?, &place, &mut names)?;
                if !core.types_mut(kind).add(names.name(&name), Arc::new(type_)) {
                    return Err(error::bad_schema(place, "the type is declared twice".into()));
                }
            }
        }
        for (index, entry) in items(&content, "cardinalities")?.iter().enumerate() {
            let place = format!("cardinalities[{index}]");
            let entry = mapping(entry, &place)?;
            only(&entry, &place, &["adjacency", "cardinality"])?;
            let ends = mapping(&get(&entry, "adjacency", &place)?, &place)?;
            only(&ends, &place, &["from_node_type", "relationship_type", "to_node_type"])?;
            let mut end = |key: &str| -> PyResult<_> { Ok(names.name(&text(&get(&ends, key, &place)?, &place)?)) };
            let (from, relationship) = (end("from_node_type")?, end("relationship_type")?);
            let adjacency = Adjacency { from, relationship, to: end("to_node_type")? };
            let sides = mapping(&get(&entry, "cardinality", &place)?, &place)?;
            only(&sides, &place, &["from_side_cardinality", "to_side_cardinality"])?;
            let side = |key: &str| match text(&get(&sides, key, &place)?, &place)?.as_str() {
                "MANY" => Ok(Cardinality::Many),
                "SINGLE" => Ok(Cardinality::Single),
                _ => Err(error::bad_schema(format!("{place}.cardinality.{key}"), "expected MANY or SINGLE".into())),
            };
            if core.adjacencies.contains(&adjacency) {
                return Err(error::bad_schema(place, "the adjacency is listed twice".into()));
            }
            core.adjacencies.insert(adjacency, (side("from_side_cardinality")?, side("to_side_cardinality")?));
        }
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
        Ok(content)
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

    /// Names of the types that both schemas have and declare differently, sorted.
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

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        Ok((py.get_type::<Schema>().getattr("from_dict")?, (self.to_dict(py)?,)))
    }
}

/// Properties as a schema file gives them: a mapping to facts, to a bare type or to nothing; a list of names; or nothing.
fn type_from_python(properties: &Option<Bound<'_, PyAny>>, place: &str, names: &mut Interner) -> PyResult<Type> {
    let mut type_ = Type::default();
    let Some(properties) = properties else { return Ok(type_) };
    if properties.is_instance_of::<PyList>() {
        for name in properties.try_iter()? {
            let name = text(&name?, place)?;
            if !type_.properties.add(names.name(&name), Property::default()) {
                return Err(error::bad_schema(place.into(), format!("property {name:?} is listed twice")));
            }
        }
        return Ok(type_);
    }
    for item in mapping(properties, place)?.items()?.iter() {
        let (name, facts): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let name = text(&name, place)?;
        let place = format!("{place}.{name}");
        let mut property = Property::default();
        if let Ok(text) = facts.cast::<PyString>() {
            property.type_ = property_type(text.to_str()?, &place)?;
        } else if !facts.is_none() {
            let facts = mapping(&facts, &place)?;
            only(&facts, &place, &["type", "is_key", "is_indexed"])?;
            for item in facts.items()?.iter() {
                let (key, value): (String, Bound<'_, PyAny>) = item.extract()?;
                let flag = || value.cast::<PyBool>().map(|flag| flag.is_true());
                let not_flag = |_| error::bad_schema(format!("{place}.{key}"), "expected true or false".into());
                match key.as_str() {
                    "is_key" => property.key = flag().map_err(not_flag)?,
                    "is_indexed" => property.indexed = flag().map_err(not_flag)?,
                    _ => property.type_ = property_type(&text(&value, &place)?, &place)?,
                }
            }
        }
        type_.properties.insert(names.name(&name), property);
    }
    Ok(type_)
}

fn property_type(text: &str, place: &str) -> PyResult<PropertyType> {
    PropertyType::from_text(text).ok_or_else(|| {
        error::bad_schema(place.into(), format!("{text:?} is no type; expected one of {}", PROPERTY_TYPES.join(", ")))
    })
}

fn mapping<'py>(value: &Bound<'py, PyAny>, place: &str) -> PyResult<Bound<'py, PyMapping>> {
    value.cast::<PyMapping>().cloned().map_err(|_| error::bad_schema(place.into(), "expected a mapping".into()))
}

/// Refuse a mapping with other keys.
fn only(mapping: &Bound<'_, PyMapping>, place: &str, keys: &[&str]) -> PyResult<()> {
    for key in mapping.keys()?.iter() {
        if !key.cast::<PyString>().is_ok_and(|key| keys.iter().any(|each| key == each)) {
            let place = if place.is_empty() { key.to_string() } else { place.to_owned() };
            return Err(error::bad_schema(place, format!("{} is none of {}", key.repr()?, keys.join(", "))));
        }
    }
    Ok(())
}

fn text(value: &Bound<'_, PyAny>, place: &str) -> PyResult<String> {
    let wrong = |_| error::bad_schema(place.into(), format!("expected text, not {value}"));
    value.cast::<PyString>().map_err(wrong)?.extract()
}

fn get<'py>(mapping: &Bound<'py, PyMapping>, key: &str, place: &str) -> PyResult<Bound<'py, PyAny>> {
    optional(mapping, key)?.ok_or_else(|| error::bad_schema(place.into(), format!("{key} is missing")))
}

fn optional<'py>(mapping: &Bound<'py, PyMapping>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !mapping.contains(key)? {
        return Ok(None);
    }
    Ok(Some(mapping.get_item(key)?).filter(|value| !value.is_none()))
}

fn items<'py>(content: &Bound<'py, PyMapping>, section: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if !content.contains(section)? {
        return Ok(Vec::new());
    }
    match content.get_item(section)? {
        list if list.is_instance_of::<PyList>() => list.try_iter()?.collect(),
        _ => Err(error::bad_schema(section.into(), "expected a list".into())),
    }
}
