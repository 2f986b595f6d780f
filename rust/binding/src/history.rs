//! `nsmig.History`: a handle on a history of the core.

use std::sync::{Arc, OnceLock};

use nsmig_core::branches::concurrent;
use nsmig_core::canonical::canonical;
use nsmig_core::error::HistoryError;
use nsmig_core::history::{FindingAt, History as Core};
use nsmig_core::migration::Migration;
use nsmig_core::name::{Interner, NameSet};
use nsmig_core::plan::{applied_part, implied, plan, plan_for, plan_until};
use nsmig_core::spelling::know_databases;
use nsmig_core::squash::Terms;
use nsmig_core::squash_range::{SquashedRange, squash_range};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyIterator, PyList, PyString};

use crate::schema::Schema;
use crate::steps::Steps;
use crate::{convert, door, error, exceptions};

type Folded = (nsmig_core::schema::Schema, Vec<FindingAt>);

/// A callable and its arguments, as pickle expects them.
type Reduced<'py> = (Bound<'py, PyAny>, (Vec<Bound<'py, PyAny>>,));

/// Migrations in order. Immutable.
#[pyclass(frozen, module = "nsmig")]
pub struct History {
    core: Arc<Core>,
    names: Arc<Interner>,
    /// The fold of the whole history, kept after the first request.
    folded: OnceLock<(Arc<nsmig_core::schema::Schema>, Vec<FindingAt>)>,
}

#[pymethods]
impl History {
    /// The history of these migrations.
    #[new]
    fn new(py: Python<'_>, migrations: Vec<Bound<'_, PyAny>>) -> PyResult<History> {
        let mut names = Interner::default();
        let migrations = migrations.iter().map(|each| convert::migration_from_python(each, &mut names));
        let migrations = migrations.collect::<PyResult<Vec<Migration>>>()?;
        History::of(py, names, migrations)
    }

    /// The history of a folder's migration files.
    #[staticmethod]
    #[pyo3(signature = (folder, threads = 0))]
    fn load(py: Python<'_>, folder: std::path::PathBuf, threads: usize) -> PyResult<History> {
        if matches!(folder.try_exists(), Ok(false)) {
            return Err(exceptions::MissingFolderError::new_err(folder.to_string_lossy().into_owned()));
        }
        // The list of kinds is in Python, with each kind's package.
        let databases = py.import("nsmig.kinds")?.getattr("DATABASES")?.try_iter()?;
        know_databases(databases.map(|name| name?.extract()).collect::<PyResult<_>>()?);
        let read = door::in_thread(py, |interrupted| nsmig_reader::read_folder(&folder, threads, interrupted))?;
        let (names, migrations) = read.map_err(|errors| error::of_reading(py, errors))?;
        History::of(py, names, migrations)
    }

    fn __len__(&self) -> usize {
        self.core.len()
    }

    /// The migrations' names in order, as in a mapping.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.order(py)?.try_iter()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.core.find(name).is_ok()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        convert::migration_to_python(py, self.find(name)?, &self.names)
    }

    /// Names of all migrations, each after its dependencies, otherwise the smallest name first.
    fn order<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.core.order().map(|each| self.names.text(each.name)))
    }

    /// Names of the migrations on which the next one has to depend, in order.
    fn leaves<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.core.leaves().into_iter().map(|each| self.names.text(each.name)))
    }

    /// The schema that results from the history, at its end or right after the migration `at`.
    #[pyo3(signature = (at = None))]
    fn schema(&self, py: Python<'_>, at: Option<&str>) -> PyResult<Schema> {
        let Some(at) = at else { return Ok(self.handle(self.folded(py)?.0.clone())) };
        let name = self.find(at)?.name;
        let (schema, _) = fold_of(py, &self.core, |core| plan_until(core, name, &NameSet::default()))?;
        Ok(self.handle(Arc::new(schema)))
    }

    /// The schema that results from these applied migrations; unknown names are ignored.
    fn schema_of(&self, py: Python<'_>, applied: &Bound<'_, PyAny>) -> PyResult<Schema> {
        let applied = self.known(applied)?;
        let (schema, _) = fold_of(py, &self.core, |core| Ok(applied_part(core, &applied)))?;
        Ok(self.handle(Arc::new(schema)))
    }

    /// Operations that fold but are probably a mistake, in order.
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        static FINDING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let class = FINDING.import(py, "nsmig.values", "Finding")?;
        let mut findings = Vec::new();
        for (name, index, found) in &self.folded(py)?.1 {
            let Some(migration) = self.core.get(*name) else { continue };
            let operation = convert::operation_to_python(py, &migration.operations[*index], &self.names)?;
            for each in found.iter() {
                let place = (self.names.text(*name), error::path(*name, migration.file, &self.names), *index);
                findings.push(class.call1((place.0, place.1, place.2, &operation, each.code()))?);
            }
        }
        Ok(findings)
    }

    /// The migrations to run if these are applied, in order.
    #[pyo3(signature = (applied = None, *, has_rows = None))]
    fn plan<'py>(
        &self,
        py: Python<'py>,
        applied: Option<&Bound<'py, PyAny>>,
        has_rows: Option<bool>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let planned = self.planned_for(py, applied, has_rows)?;
        planned.into_iter().map(|each| convert::migration_to_python(py, each, &self.names)).collect()
    }

    /// The names of the migrations to run if these are applied, in order.
    #[pyo3(signature = (applied, *, has_rows = None))]
    fn planned<'py>(
        &self,
        py: Python<'py>,
        applied: &Bound<'py, PyAny>,
        has_rows: Option<bool>,
    ) -> PyResult<Bound<'py, PyList>> {
        let planned = self.planned_for(py, Some(applied), has_rows)?;
        PyList::new(py, planned.into_iter().map(|each| self.names.text(each.name)))
    }

    /// The names of the migrations that make up the history's schema, in order, or that of a database on which these
    /// are applied: squashes take the place of what they replace.
    #[pyo3(signature = (applied = None))]
    fn effective<'py>(&self, py: Python<'py>, applied: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyList>> {
        let applied = applied.map(|names| self.known(names)).transpose()?;
        let effective = door::without_gil(py, self.core.size(), || match &applied {
            None => plan(&self.core, &NameSet::default()),
            Some(applied) => Ok(applied_part(&self.core, applied)),
        })?;
        let effective = effective.map_err(|each| error::within(each, &self.core))?;
        PyList::new(py, effective.into_iter().map(|each| self.names.text(each.name)))
    }

    /// The names of the squashes that left queries out, in order.
    fn elided<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let elided = self.core.elided();
        let in_order = self.core.order().filter(|each| elided.contains(&each.name));
        PyList::new(py, in_order.map(|each| self.names.text(each.name)))
    }

    /// The operations of these migrations about which a database has to be asked, in order, starting from this schema.
    fn steps(&self, names: Vec<String>, before: &Bound<'_, Schema>) -> PyResult<Steps> {
        let migrations = names.iter().map(|each| Ok(self.find(each)?.name)).collect::<PyResult<Vec<_>>>()?;
        let before = before.get();
        if Arc::ptr_eq(&self.names, &before.names) {
            return Ok(Steps::new(
                self.core.clone(),
                self.names.clone(),
                migrations,
                nsmig_core::schema::Schema::clone(&before.core),
            ));
        }
        let mut more = Interner::clone(&self.names);
        let translation = more.absorb(&before.names);
        let schema = before.core.translated(&translation);
        Ok(Steps::new(self.core.clone(), Arc::new(more), migrations, schema))
    }

    /// The names of the migrations that count as applied if these are, without these, in order.
    fn implied<'py>(&self, py: Python<'py>, applied: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let applied = self.known(applied)?;
        let implied = door::without_gil(py, self.core.size(), || implied(&self.core, &applied))?;
        PyList::new(py, implied.into_iter().map(|each| self.names.text(each.name)))
    }

    /// The runs of the whole plan in which some migrations are concurrent.
    fn concurrent<'py>(&self, py: Python<'py>) -> PyResult<Vec<Vec<Bound<'py, PyAny>>>> {
        let runs = door::in_thread(py, |_| Ok(concurrent(&self.core, &plan(&self.core, &NameSet::default())?)))?;
        let runs = runs.map_err(|each| error::within(each, &self.core))?;
        let convert = |run: Vec<Migration>| {
            run.iter().map(|each| convert::migration_to_python(py, each, &self.names)).collect::<PyResult<Vec<_>>>()
        };
        runs.into_iter().map(convert).collect()
    }

    /// Name and index of each operation that nodestream does not have, in order.
    fn own_operations(&self) -> Vec<(&str, usize)> {
        let own = |migration: &Migration| {
            let operations = migration.operations.iter().enumerate();
            operations.filter(|(_, each)| each.is_own()).map(|(index, _)| index).collect::<Vec<_>>()
        };
        let named = |each| own(each).into_iter().map(|index| (self.names.text(each.name), index));
        self.core.order().flat_map(named).collect()
    }

    /// For each of these migrations the text behind its checksum; None if Python has to write it, or if no migration
    /// has that name.
    fn canonical(&self, names: Vec<String>) -> Vec<Option<String>> {
        let text = |name: &String| canonical(&self.core.find(name).ok()?.operations, &self.names);
        names.iter().map(text).collect()
    }

    /// The migration with the same effect as those from `first` to `last`, but fewer operations.
    #[pyo3(signature = (first, last = None, *, name = None, single_label = false, keep_queries = false))]
    fn squash<'py>(
        &self,
        py: Python<'py>,
        first: &str,
        last: Option<&str>,
        name: Option<&str>,
        single_label: bool,
        keep_queries: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let terms = Terms { single_label, keep_queries, weigh: false };
        let range = self.squashed(py, first, last, name, terms)?;
        convert::migration_to_python(py, &range.migration, &range.names)
    }

    /// `squash`'s report: how it arrives at its result.
    #[pyo3(signature = (first, last = None, *, name = None, single_label = false, keep_queries = false))]
    fn squash_report<'py>(
        &self,
        py: Python<'py>,
        first: &str,
        last: Option<&str>,
        name: Option<&str>,
        single_label: bool,
        keep_queries: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let range = self.squashed(py, first, last, name, Terms { single_label, keep_queries, weigh: true })?;
        convert::report_to_python(py, &range.squashed, &range.originals, &range.names)
    }

    /// `squash` and `squash_report` at once.
    #[pyo3(signature = (first, last = None, *, name = None, single_label = false, keep_queries = false))]
    fn squash_and_report<'py>(
        &self,
        py: Python<'py>,
        first: &str,
        last: Option<&str>,
        name: Option<&str>,
        single_label: bool,
        keep_queries: bool,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let range = self.squashed(py, first, last, name, Terms { single_label, keep_queries, weigh: true })?;
        let migration = convert::migration_to_python(py, &range.migration, &range.names)?;
        Ok((migration, convert::report_to_python(py, &range.squashed, &range.originals, &range.names)?))
    }

    /// All names that a squash replaces, at any depth, sorted.
    fn replaced<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.core.replaced(self.find(name)?.name).iter().map(|name| self.names.text(*name)))
    }

    /// By its migrations.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let migrations = self.core.order().map(|each| convert::migration_to_python(py, each, &self.names));
        Ok((py.get_type::<History>().into_any(), (migrations.collect::<PyResult<_>>()?,)))
    }

    fn __repr__(&self) -> String {
        let count = self.core.len();
        format!("<History of {count} migration{}>", if count == 1 { "" } else { "s" })
    }
}

impl History {
    fn of(py: Python<'_>, names: Interner, migrations: Vec<Migration>) -> PyResult<History> {
        let places: error::Places = migrations.iter().map(|each| (each.name, each.file)).collect();
        let names = Arc::new(names);
        let shared = names.clone();
        let core = door::in_thread(py, |_| Core::new(shared, migrations))?;
        let core = Arc::new(core.map_err(|each| error::of_history(each, &names, &places))?);
        Ok(History { core, names, folded: OnceLock::new() })
    }

    fn squashed(
        &self,
        py: Python<'_>,
        first: &str,
        last: Option<&str>,
        name: Option<&str>,
        terms: Terms,
    ) -> PyResult<SquashedRange> {
        let squashed = door::without_gil(py, self.core.size(), || squash_range(&self.core, first, last, name, terms))?;
        squashed.map_err(|each| error::of_range(py, each, first, last.unwrap_or(first), &self.core))
    }

    fn find(&self, name: &str) -> PyResult<&Migration> {
        self.core.find(name).map_err(|each| error::of_unknown(each, &self.core))
    }

    fn folded(&self, py: Python<'_>) -> PyResult<&(Arc<nsmig_core::schema::Schema>, Vec<FindingAt>)> {
        if self.folded.get().is_none() {
            let (schema, findings) = fold_of(py, &self.core, |core| plan(core, &NameSet::default()))?;
            let _ = self.folded.set((Arc::new(schema), findings)); // another thread may have been first
        }
        Ok(self.folded.get().expect("was just set"))
    }

    fn handle(&self, core: Arc<nsmig_core::schema::Schema>) -> Schema {
        Schema { core, names: self.names.clone() }
    }

    /// If anything is applied, the database is assumed to have rows, unless the caller says otherwise.
    fn planned_for<'a>(
        &'a self,
        py: Python<'_>,
        applied: Option<&Bound<'_, PyAny>>,
        has_rows: Option<bool>,
    ) -> PyResult<Vec<&'a Migration>> {
        let mut count = 0;
        let applied = match applied {
            None => NameSet::default(),
            Some(applied) => self.counted(applied, &mut count)?,
        };
        let has_rows = has_rows.unwrap_or(count > 0);
        let planned = door::without_gil(py, self.core.size(), || plan_for(&self.core, &applied, has_rows))?;
        planned.map_err(|each| error::within(each, &self.core))
    }

    fn known(&self, applied: &Bound<'_, PyAny>) -> PyResult<NameSet> {
        self.counted(applied, &mut 0)
    }

    /// The known ones among these names, with the number of all of them.
    fn counted(&self, applied: &Bound<'_, PyAny>, count: &mut usize) -> PyResult<NameSet> {
        if applied.is_instance_of::<PyString>() {
            let problem = format!("applied must be names, such as [{}], not one text", applied.repr()?);
            return Err(PyTypeError::new_err(problem));
        }
        let mut known = NameSet::default();
        for name in applied.try_iter()? {
            *count += 1;
            known.extend(self.names.find(&name?.extract::<String>()?));
        }
        Ok(known)
    }
}

/// The fold of the migrations that `choose` picks.
fn fold_of(
    py: Python<'_>,
    core: &Core,
    choose: impl for<'a> FnOnce(&'a Core) -> Result<Vec<&'a Migration>, HistoryError> + Send,
) -> PyResult<Folded> {
    let folded = door::without_gil(py, core.size(), || Ok(core.fold(choose(core)?)))?;
    let folded = folded.map_err(|each| error::within(each, core))?;
    folded.map_err(|each| error::of_fold(py, each, core))
}
