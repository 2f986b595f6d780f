//! A YAML file for the readers that are written in Python: nodes that convert themselves or report an error.

use std::sync::Arc;

use nsmig_reader::{Document as Core, Entry, Loose, NodeId, ReadError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::value::value_to_python;

/// The single document of a YAML file.
#[pyclass(frozen, module = "nsmig._core")]
pub struct Document {
    inner: Arc<Inner>,
}

struct Inner {
    core: Core,
    /// Creates the errors, from file, line, column and problem.
    failure: Py<PyAny>,
    /// Creates a value from a tag that YAML does not know and the content behind it; without it, such tags are errors.
    tagged: Option<Py<PyAny>>,
}

/// A node of a document.
#[pyclass(frozen, module = "nsmig._core")]
pub struct Node {
    inner: Arc<Inner>,
    id: NodeId,
}

#[pymethods]
impl Document {
    #[new]
    #[pyo3(signature = (content, file, failure, tagged = None))]
    fn new(
        content: &Bound<'_, PyBytes>,
        file: &str,
        failure: Py<PyAny>,
        tagged: Option<Py<PyAny>>,
    ) -> PyResult<Document> {
        let core = Core::read(content.as_bytes(), file).map_err(|error| raised(content.py(), &failure, error))?;
        Ok(Document { inner: Arc::new(Inner { core, failure, tagged }) })
    }

    /// Whether the file contains only comments.
    #[getter]
    fn is_empty(&self) -> bool {
        self.inner.core.root().is_err()
    }

    /// The root node.
    #[getter]
    fn root(&self, py: Python<'_>) -> PyResult<Node> {
        let id = self.inner.reported(py, self.inner.core.root())?;
        Ok(Node { inner: self.inner.clone(), id })
    }

    /// Refuse a key that occurs twice in a mapping.
    fn refuse_duplicates(&self, py: Python<'_>) -> PyResult<()> {
        self.inner.reported(py, self.inner.core.refuse_duplicates())
    }
}

#[pymethods]
impl Node {
    /// The entries of a mapping, by key: the node of the key, and the value.
    fn entries<'py>(&self, py: Python<'py>, what: &str) -> PyResult<Bound<'py, PyDict>> {
        let entries = self.inner.reported(py, self.inner.core.entries(self.id, what, &[], &[]))?;
        let dict = PyDict::new(py);
        for Entry { name, key, value } in entries {
            dict.set_item(name, (self.other(key), self.other(value)))?;
        }
        Ok(dict)
    }

    /// The values of a mapping, by key.
    #[pyo3(signature = (what, known = Vec::new(), required = Vec::new()), text_signature = "($self, what, known=(), required=())")]
    fn mapping<'py>(
        &self,
        py: Python<'py>,
        what: &str,
        known: Vec<String>,
        required: Vec<String>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let [known, required] = [&known, &required].map(|keys| keys.iter().map(String::as_str).collect::<Vec<_>>());
        let entries = self.inner.reported(py, self.inner.core.entries(self.id, what, &known, &required))?;
        let dict = PyDict::new(py);
        for Entry { name, value, .. } in entries {
            dict.set_item(name, self.other(value))?;
        }
        Ok(dict)
    }

    /// The items of a list.
    fn sequence(&self, py: Python<'_>, what: &str) -> PyResult<Vec<Node>> {
        let items = self.inner.reported(py, self.inner.core.items(self.id, what))?;
        Ok(items.into_iter().map(|id| self.other(id)).collect())
    }

    /// The node as a text.
    fn text(&self, py: Python<'_>, what: &str) -> PyResult<String> {
        self.inner.reported(py, self.inner.core.text(self.id, what))
    }

    /// The node as a boolean.
    fn flag(&self, py: Python<'_>, what: &str) -> PyResult<bool> {
        self.inner.reported(py, self.inner.core.flag(self.id, what))
    }

    /// The node as a text, if it is one of these words.
    fn one_of(&self, py: Python<'_>, what: &str, words: Vec<String>) -> PyResult<String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.inner.reported(py, self.inner.core.one_of(self.id, what, &words))
    }

    /// Whether the node is YAML's null.
    #[getter]
    fn is_null(&self) -> bool {
        self.inner.core.is_null(self.id)
    }

    /// The node's value.
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.inner.tagged {
            None => value_to_python(py, &self.inner.reported(py, self.inner.core.value(self.id))?),
            Some(tagged) => {
                let value = self.inner.reported(py, self.inner.core.loose_value(self.id))?;
                self.inner.loose_to_python(py, value, tagged.bind(py))
            }
        }
    }

    /// An error about the node.
    fn error(&self, py: Python<'_>, problem: &str) -> Py<PyAny> {
        let error = raised(py, &self.inner.failure, self.inner.core.error(self.id, problem));
        error.into_value(py).into_any()
    }
}

impl Node {
    fn other(&self, id: NodeId) -> Node {
        Node { inner: self.inner.clone(), id }
    }
}

impl Inner {
    fn reported<T>(&self, py: Python<'_>, result: Result<T, ReadError>) -> PyResult<T> {
        result.map_err(|error| raised(py, &self.failure, error))
    }

    fn loose_to_python<'py>(
        &self,
        py: Python<'py>,
        value: Loose,
        tagged: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match value {
            Loose::Plain(value) => value_to_python(py, &value)?,
            Loose::Tagged { tag, node, content } => {
                let content = self.loose_to_python(py, *content, tagged)?;
                tagged.call1((tag, content)).map_err(|error| match error.is_instance_of::<PyValueError>(py) {
                    true => raised(py, &self.failure, self.core.error(node, &error.value(py).to_string())),
                    false => error,
                })?
            }
            Loose::List(items) => {
                let items = items.into_iter().map(|each| self.loose_to_python(py, each, tagged));
                PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            Loose::Map(entries) => {
                let dict = PyDict::new(py);
                for (key, value) in entries {
                    dict.set_item(value_to_python(py, &key)?, self.loose_to_python(py, value, tagged)?)?;
                }
                dict.into_any()
            }
        })
    }
}

/// The exception for an error, or the one raised while creating it.
fn raised(py: Python<'_>, failure: &Py<PyAny>, error: ReadError) -> PyErr {
    match failure.bind(py).call1((error.file, error.line, error.column, error.problem)) {
        Ok(made) => PyErr::from_value(made),
        Err(error) => error,
    }
}
