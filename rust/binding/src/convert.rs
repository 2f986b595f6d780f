//! Operations, migrations and reports of the core ↔ objects of Python.

use std::collections::HashMap;
use std::sync::Arc;

use nsmig_core::catalog::Form;
use nsmig_core::indexing::checked_operation;
use nsmig_core::kept::Reason;
use nsmig_core::kind::{KINDS, Kind};
use nsmig_core::migration::Migration;
use nsmig_core::name::{File, Interner, Name, NameList, ValueId};
use nsmig_core::operation::{Operation, Part, Parts};
use nsmig_core::schema::PropertyType;
use nsmig_core::spelling::{Database, SPELLINGS, Shape, Spelling};
use nsmig_core::squash::Squashed;
use nsmig_core::touches::{declaration, key};
use nsmig_core::value::Value;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};

use crate::exceptions;
use crate::value::{value_from_python, value_to_python};

/// An operation class of `nsmig.operations`, its kind, and its fields.
pub struct Class {
    class: Py<PyAny>,
    kind: Option<Py<PyAny>>,
    fields: Vec<Py<PyString>>,
    /// `object.__new__`, and the setters of a new object's fields, kind first. Skipping the constructor saves most of
    /// the time; the core guarantees what it would check: names are sorted and unique.
    new: Py<PyAny>,
    setters: Vec<Py<PyAny>>,
}

/// All classes by verb and kind, and the verb of each by the address of its class, which stays valid while the class is
/// held here.
struct Classes {
    by_verb: Vec<Vec<Class>>,
    verb_of: HashMap<usize, usize>,
}

fn classes(py: Python<'_>) -> PyResult<&Classes> {
    static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
    CLASSES.get_or_try_init(py, || {
        let operations = py.import("nsmig.operations")?.getattr("OPERATIONS")?;
        let class = |spelling: &Spelling| {
            let (class, kind, arguments): (Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyDict>) =
                operations.get_item(spelling.name)?.extract()?;
            let kind = (!kind.is_none()).then(|| kind.unbind());
            let fields = arguments.keys().extract::<Vec<Py<PyString>>>()?;
            let named = kind.iter().map(|_| intern!(py, "kind")).chain(fields.iter().map(|field| field.bind(py)));
            let setter = |field: &Bound<'_, PyString>| Ok(class.getattr(field)?.getattr("__set__")?.unbind());
            let setters = named.map(setter).collect::<PyResult<Vec<_>>>()?;
            let new = class.getattr("__new__")?.unbind();
            Ok(Class { class: class.unbind(), kind, fields, new, setters })
        };
        let by_verb =
            SPELLINGS.iter().map(|pair| pair.iter().map(class).collect()).collect::<PyResult<Vec<Vec<_>>>>()?;
        let verb_of = by_verb.iter().enumerate().map(|(verb, pair)| (pair[0].class.as_ptr() as usize, verb)).collect();
        Ok(Classes { by_verb, verb_of })
    })
}

fn class_of<'py>(py: Python<'py>, spelling: &Spelling) -> PyResult<&'py Class> {
    Ok(&classes(py)?.by_verb[spelling.verb as usize][spelling.kind.map_or(0, |kind| kind as usize)])
}

/// The spelling of a Python operation, by its class and kind: looking up its name would cost more than everything else.
pub fn spelling_of<'py>(operation: &Bound<'py, PyAny>) -> PyResult<(&'static Spelling, &'py Class)> {
    let py = operation.py();
    let wrong = || PyTypeError::new_err(format!("expected an nsmig.Operation, not {operation}"));
    let classes = classes(py)?;
    let verb = *classes.verb_of.get(&(operation.get_type().as_ptr() as usize)).ok_or_else(wrong)?;
    let pair = &classes.by_verb[verb];
    let mut at = 0;
    if pair[0].kind.is_some() {
        let kind = operation.getattr(intern!(py, "kind"))?;
        at = pair.iter().position(|each| each.kind.as_ref().is_some_and(|each| each.is(&kind))).ok_or_else(wrong)?;
    }
    Ok((&SPELLINGS[verb][at], &pair[at]))
}

pub fn operation_to_python<'py>(
    py: Python<'py>,
    operation: &Operation,
    names: &Interner,
) -> PyResult<Bound<'py, PyAny>> {
    let class = class_of(py, operation.spelling())?;
    let made = class.new.bind(py).call1((class.class.bind(py),))?;
    let mut setters = class.setters.iter().map(|setter| setter.bind(py));
    if let Some(kind) = &class.kind
        && let Some(setter) = setters.next()
    {
        setter.call1((&made, kind))?;
    }
    let shapes = operation.spelling().arguments.iter().map(|(_, shape)| *shape);
    for ((part, shape), setter) in operation.parts().into_iter().zip(shapes).zip(setters) {
        let value = match part {
            Part::Value(value) if shape == Shape::OrderedNames => {
                let listed = value_to_python(py, names.content(value))?;
                PyTuple::new(py, listed.try_iter()?.collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            Part::Name(name) => PyString::new(py, names.text(name)).into_any(),
            Part::Names(list) => texts(py, names.names(list), names)?.into_any(),
            Part::Value(value) => value_to_python(py, names.content(value))?,
            Part::PropertyType(type_) => PyString::new(py, type_.text()).into_any(),
            Part::Flag(flag) => PyBool::new(py, flag).to_owned().into_any(),
            Part::Form(form) => PyString::new(py, form.word()).into_any(),
            Part::Database(database) => database.map(Database::name).into_pyobject(py)?.into_any(),
        };
        setter.call1((&made, value))?;
    }
    Ok(made)
}

/// Where names and values are looked up; None if they are missing.
trait Table {
    fn name(&mut self, text: &str) -> Option<Name>;
    fn list(&mut self, names: Vec<Name>) -> Option<NameList>;
    fn value(&mut self, value: Value) -> Option<ValueId>;
}

/// Adds missing ones.
impl Table for &mut Interner {
    fn name(&mut self, text: &str) -> Option<Name> {
        Some(Interner::name(self, text))
    }
    fn list(&mut self, names: Vec<Name>) -> Option<NameList> {
        Some(Interner::list(self, names))
    }
    fn value(&mut self, value: Value) -> Option<ValueId> {
        Some(Interner::value(self, value))
    }
}

/// Only looks up.
impl Table for &Interner {
    fn name(&mut self, text: &str) -> Option<Name> {
        self.find(text)
    }
    fn list(&mut self, names: Vec<Name>) -> Option<NameList> {
        self.find_list(names)
    }
    fn value(&mut self, value: Value) -> Option<ValueId> {
        self.find_value(&value)
    }
}

/// The operation, and its interner: the given one, or a copy of it if something is missing there.
pub fn operation_among(operation: &Bound<'_, PyAny>, names: &Arc<Interner>) -> PyResult<(Operation, Arc<Interner>)> {
    if let Some(known) = built(operation, &mut names.as_ref())?.filter(|known| !known.is_on_catalog()) {
        return Ok((known, names.clone()));
    }
    let mut more = Interner::clone(names);
    let operation = operation_from_python(operation, &mut more)?;
    Ok((operation, Arc::new(more)))
}

pub fn operation_from_python(operation: &Bound<'_, PyAny>, mut names: &mut Interner) -> PyResult<Operation> {
    let unbuilt = || exceptions::bad_operation(format!("{operation} cannot be built"));
    let built = built(operation, &mut names)?.ok_or_else(unbuilt)?;
    checked_operation(built, names).map_err(exceptions::bad_operation)
}

/// None if the table lacks a name or value of the operation.
fn built(operation: &Bound<'_, PyAny>, table: &mut impl Table) -> PyResult<Option<Operation>> {
    let py = operation.py();
    let (spelling, class) = spelling_of(operation)?;
    let name = spelling.name;
    let mut parts = Parts::new();
    for (field, (argument, shape)) in class.fields.iter().zip(spelling.arguments) {
        let value = operation.getattr(field.bind(py))?;
        let wrong = |_| exceptions::bad_operation(format!("{argument} of {name} cannot be {value}"));
        let part = match shape {
            Shape::Name => {
                let text = value.cast::<PyString>().map_err(|error| wrong(error.into()))?;
                table.name(text.to_str()?).map(Part::Name)
            }
            Shape::Names => {
                let listed: Vec<String> = value.extract().map_err(wrong)?;
                let listed: Option<Vec<Name>> = listed.iter().map(|each| table.name(each)).collect();
                listed.and_then(|listed| table.list(listed)).map(Part::Names)
            }
            Shape::PropertyType => {
                let text: String = value.extract().map_err(wrong)?;
                let type_ = PropertyType::from_text(&text);
                let unknown = || exceptions::bad_operation(format!("{text:?} is no property type"));
                Some(Part::PropertyType(type_.ok_or_else(unknown)?))
            }
            Shape::Remark | Shape::OptionalFlag => Some(Part::Flag(value.extract().map_err(wrong)?)),
            Shape::OptionalDatabase if value.is_none() => Some(Part::Database(None)),
            Shape::OptionalDatabase => {
                let text: String = value.extract().map_err(wrong)?;
                if !value.py().import("nsmig.kinds")?.getattr("DATABASES")?.contains(&text)? {
                    return Err(exceptions::bad_operation(format!("{text:?} is no kind of database")));
                }
                Some(Part::Database(Some(Database::named(&text))))
            }
            Shape::OrderedNames => {
                let listed: Vec<String> = value.extract().map_err(wrong)?;
                let are_known = listed.iter().all(|each| table.name(each).is_some());
                let listed = Value::List(listed.into_iter().map(|each| Value::Str(each.into())).collect());
                table.value(listed).filter(|_| are_known).map(Part::Value)
            }
            Shape::IndexForm | Shape::ConstraintForm => {
                let word: String = value.extract().map_err(wrong)?;
                let unknown = || exceptions::bad_operation(format!("{word:?} is no kind of index or constraint"));
                Some(Part::Form(Form::from_word(&word).ok_or_else(unknown)?))
            }
            Shape::Touches => touches_from_python(&value, table)?.map(Part::Value),
            Shape::Value
            | Shape::OptionalValue
            | Shape::OptionalTexts
            | Shape::Text
            | Shape::Parameters
            | Shape::Options => table.value(value_from_python(&value)?).map(Part::Value),
        };
        let Some(part) = part else { return Ok(None) };
        parts.push(part);
    }
    Ok(Operation::build(spelling, &parts))
}

/// A query's declaration of the types that it touches, or null. Each name is looked up as well.
fn touches_from_python(value: &Bound<'_, PyAny>, table: &mut impl Table) -> PyResult<Option<ValueId>> {
    if value.is_none() {
        return Ok(table.value(Value::Null));
    }
    let mut types = [Vec::new(), Vec::new()];
    for (kind, list) in KINDS.into_iter().zip(&mut types) {
        let names: Vec<String> = value.call_method1("get", (key(kind), PyTuple::empty(value.py())))?.extract()?;
        if !names.iter().all(|each| table.name(each).is_some()) {
            return Ok(None);
        }
        list.extend(names.into_iter().map(Box::from));
    }
    Ok(table.value(declaration(types)))
}

pub fn operations_to_python<'py>(
    py: Python<'py>,
    operations: &[Operation],
    names: &Interner,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    operations.iter().map(|operation| operation_to_python(py, operation, names)).collect()
}

pub fn migration_to_python<'py>(
    py: Python<'py>,
    migration: &Migration,
    names: &Interner,
) -> PyResult<Bound<'py, PyAny>> {
    static MIGRATION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = MIGRATION.import(py, "nsmig.values", "Migration")?;
    class.call1((
        names.text(migration.name),
        PyTuple::new(py, operations_to_python(py, &migration.operations, names)?)?,
        texts(py, &migration.dependencies, names)?,
        texts(py, &migration.replaces, names)?,
        migration.file.map(|file| file.path(names)),
    ))
}

pub fn migration_from_python(migration: &Bound<'_, PyAny>, names: &mut Interner) -> PyResult<Migration> {
    let name: String = migration.getattr("name")?.extract()?;
    let file: Option<String> = migration.getattr("file")?.extract()?;
    let operations = migration.getattr("operations")?.try_iter()?;
    let operations = operations.map(|each| operation_from_python(&each?, names)).collect::<PyResult<_>>()?;
    let list = |attribute: &str, names: &mut Interner| -> PyResult<Vec<Name>> {
        let texts: Vec<String> = migration.getattr(attribute)?.extract()?;
        Ok(texts.iter().map(|text| names.name(text)).collect())
    };
    let (dependencies, replaces) = (list("dependencies", names)?, list("replaces", names)?);
    let file = file.map(|path| File::new(&path, names));
    Ok(Migration { name: names.name(&name), file, operations, dependencies, replaces })
}

/// A squash's report; `originals` are the squashed operations.
pub fn report_to_python<'py>(
    py: Python<'py>,
    squashed: &Squashed,
    originals: &[Operation],
    names: &Interner,
) -> PyResult<Bound<'py, PyAny>> {
    let classes = py.import("nsmig.values")?;
    let as_tuple = |operations: &[Operation]| PyTuple::new(py, operations_to_python(py, operations, names)?);
    let kept = squashed.kept.iter().map(|each| {
        let text = |name: Name| names.text(name).to_owned();
        let (code, why) = match each.reason {
            Reason::Touched(type_) => {
                ("touches".to_owned(), format!("a query touches {}, so operations on it keep their order", text(type_)))
            }
            Reason::Wall => ("wall".to_owned(), "nothing is moved across it".to_owned()),
            Reason::Finding(found) => {
                let codes: Vec<&str> = found.iter().map(|finding| finding.code()).collect();
                (codes.join(", "), "what it means for data is not certain, so nothing is moved across it".to_owned())
            }
            Reason::Entangled { type_, with, property } => {
                let (type_, with, property) = (text(type_), text(with), text(property));
                let why =
                    format!("a node may be both {type_} and {with}, and the values of {property} then depend on both");
                ("entangled".to_owned(), why)
            }
            Reason::KeyOrder(type_) => {
                ("key".to_owned(), format!("the key of {} can only change in this order", text(type_)))
            }
            Reason::Follows(entry) => {
                let why = format!("how the index {} follows it depends on the operations before it", text(entry));
                ("follows".to_owned(), why)
            }
            Reason::Catalog => {
                ("catalog".to_owned(), "the indexes and constraints there allow no shorter order".to_owned())
            }
            Reason::Undeclared(type_) => {
                let why = format!("there may be undeclared rows before it with names that {} takes", text(type_));
                ("undeclared".to_owned(), why)
            }
        };
        classes.getattr("Kept")?.call1((code, why, as_tuple(&each.operations)?, each.costs))
    });
    let kept = PyTuple::new(py, kept.collect::<PyResult<Vec<_>>>()?)?;
    let left_out: Vec<Operation> = squashed.left_out.iter().map(|index| originals[*index]).collect();
    let counts = (originals.len(), squashed.operations.len());
    classes.getattr("SquashReport")?.call1((counts.0, counts.1, kept, squashed.work, as_tuple(&left_out)?))
}

/// Names as a tuple of strings, in the order given.
pub fn texts<'py>(py: Python<'py>, list: &[Name], names: &Interner) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, list.iter().map(|name| names.text(*name)))
}

pub fn kind_from_python(kind: &Bound<'_, PyAny>) -> PyResult<Kind> {
    match kind.getattr("value").and_then(|value| value.extract::<String>()).as_deref() {
        Ok("node") => Ok(Kind::Node),
        Ok("relationship") => Ok(Kind::Relationship),
        _ => Err(PyTypeError::new_err(format!("expected an nsmig.Kind, not {kind}"))),
    }
}
