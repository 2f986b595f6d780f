//! `nsmig.Steps`: the operations of migrations in order, some of which a database has to be asked about.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use nsmig_core::apply::apply;
use nsmig_core::error::FoldError;
use nsmig_core::history::History as Core;
use nsmig_core::name::{Interner, Name};
use nsmig_core::plain::OddNames;
use pyo3::prelude::*;

use crate::schema::Schema;
use crate::{convert, error};

/// A migration's name, the index of an operation in it, the operation, and the schema before it.
type Step<'py> = (String, usize, Bound<'py, PyAny>, Schema);

/// Operations that a database may refuse, each with the schema before it.
#[pyclass(frozen, module = "nsmig")]
pub struct Steps {
    core: Arc<Core>,
    names: Arc<Interner>,
    odd: OddNames,
    migrations: Vec<Name>,
    walk: Mutex<Walk>,
}

/// The position: the migration, the operation in it, and the schema before that; the spellings seen so far, and those
/// about which every operation is asked.
struct Walk {
    migration: usize,
    index: usize,
    schema: nsmig_core::schema::Schema,
    seen: HashSet<&'static str>,
    asked: HashSet<&'static str>,
}

impl Steps {
    /// These migrations of a history, in this order. The names are the history's, perhaps with more, which the schema
    /// also uses.
    pub fn new(
        core: Arc<Core>,
        names: Arc<Interner>,
        migrations: Vec<Name>,
        schema: nsmig_core::schema::Schema,
    ) -> Steps {
        let odd = OddNames::new(&names);
        let walk = Walk { migration: 0, index: 0, schema, seen: HashSet::new(), asked: HashSet::new() };
        Steps { core, names, odd, migrations, walk: Mutex::new(walk) }
    }
}

#[pymethods]
impl Steps {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// The next operation to ask about.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Step<'py>>> {
        let walk = &mut *self.walk.lock().expect("nothing panics while it is held");
        while let Some(name) = self.migrations.get(walk.migration) {
            let Some(migration) = self.core.get(*name) else { break };
            let Some(operation) = migration.operations.get(walk.index) else {
                walk.migration += 1;
                walk.index = 0;
                continue;
            };
            let (index, spelling) = (walk.index, operation.spelling().name);
            let is_asked = walk.seen.insert(spelling)
                || walk.asked.contains(spelling)
                || !self.odd.is_plain(operation, &walk.schema, &self.names);
            let before = is_asked.then(|| Arc::new(walk.schema.clone()));
            apply(&mut walk.schema, operation, &self.names).map_err(|refusal| {
                let error = FoldError { migration: *name, file: migration.file, index, refusal };
                error::of_fold(py, error, &self.core)
            })?;
            walk.index += 1;
            if let Some(core) = before {
                let asked = convert::operation_to_python(py, operation, &self.names)?;
                return Ok(Some((
                    self.names.text(*name).to_owned(),
                    index,
                    asked,
                    Schema { core, names: self.names.clone() },
                )));
            }
        }
        Ok(None)
    }

    /// From now on, return all operations with this one's spelling.
    fn ask_all_like(&self, operation: &Bound<'_, PyAny>) -> PyResult<()> {
        let spelling = convert::spelling_of(operation)?.0;
        self.walk.lock().expect("nothing panics while it is held").asked.insert(spelling.name);
        Ok(())
    }

    /// The schema after all operations passed so far.
    fn schema(&self) -> Schema {
        let core = self.walk.lock().expect("nothing panics while it is held").schema.clone();
        Schema { core: Arc::new(core), names: self.names.clone() }
    }
}
