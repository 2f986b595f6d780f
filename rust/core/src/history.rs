//! Migrations as a graph: their order, its leaves, and what replaces what.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::apply::{Findings, apply};
use crate::error::{FoldError, HistoryError, UnknownMigration};
use crate::migration::Migration;
use crate::name::{Interner, Name, NameSet};
use crate::nesting::Nesting;
use crate::order::{Arrows, topological_order};
use crate::schema::Schema;

/// A set of migrations with a valid order.
#[derive(Clone, Debug)]
pub struct History {
    interner: Arc<Interner>,
    migrations: Vec<Migration>,
    position: HashMap<Name, usize, FixedState>,
    nesting: Nesting,
    order: Vec<usize>,
}

/// A finding's place: migration, index of the operation in it, and what was found.
pub type FindingAt = (Name, usize, Findings);

impl History {
    /// Put migrations in order.
    ///
    /// # Errors
    /// A duplicate name, a missing dependency, a circle, partly overlapping squashes.
    pub fn new(interner: Arc<Interner>, migrations: Vec<Migration>) -> Result<History, HistoryError> {
        let mut position = HashMap::with_capacity_and_hasher(migrations.len(), FixedState::default());
        for (at, migration) in migrations.iter().enumerate() {
            if let Some(earlier) = position.insert(migration.name, at) {
                let earlier: &Migration = &migrations[earlier];
                return Err(HistoryError::Duplicate { name: migration.name, files: [earlier.file, migration.file] });
            }
        }
        let nesting = Nesting::new(&interner, &migrations)?;
        let mut history = History { interner, migrations, position, nesting, order: Vec::new() };
        history.order = history.sorted()?;
        Ok(history)
    }

    /// The names' texts.
    pub fn interner(&self) -> &Interner {
        &self.interner
    }

    /// The number of migrations.
    pub fn len(&self) -> usize {
        self.migrations.len()
    }

    /// The number of migrations plus that of operations.
    pub fn size(&self) -> usize {
        self.migrations.iter().map(|each| 1 + each.operations.len()).sum()
    }

    /// True if it has no migrations.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }

    /// The migration of this name.
    pub fn get(&self, name: Name) -> Option<&Migration> {
        self.position(name).map(|at| &self.migrations[at])
    }

    /// The migration with this name as text.
    pub fn find(&self, text: &str) -> Result<&Migration, UnknownMigration> {
        self.interner.find(text).and_then(|name| self.get(name)).ok_or_else(|| UnknownMigration(text.into()))
    }

    /// All migrations: each after its dependencies, a squash after what it replaces, otherwise the smallest name first.
    pub fn order(&self) -> impl ExactSizeIterator<Item = &Migration> {
        self.order.iter().map(|at| &self.migrations[*at])
    }

    /// The dependencies of the next migration: migrations on which no other depends. A squash counts as what it replaces.
    pub fn leaves(&self) -> Vec<&Migration> {
        let representative = |at: usize| self.nesting.squash_of(self.migrations[at].name).unwrap_or(at);
        let mut is_leaf = vec![true; self.len()];
        for (at, migration) in self.migrations.iter().enumerate() {
            if representative(at) != at {
                is_leaf[at] = false;
            }
            for dependency in &migration.dependencies {
                let on = self.nesting.squash_of(*dependency).or_else(|| self.position(*dependency));
                if let Some(on) = on
                    && on != representative(at)
                {
                    is_leaf[on] = false;
                }
            }
        }
        self.order.iter().filter(|at| is_leaf[**at]).map(|at| &self.migrations[*at]).collect()
    }

    /// The schema that results from these migrations, in the order given, and the findings.
    pub fn fold<'a>(
        &self,
        migrations: impl IntoIterator<Item = &'a Migration>,
    ) -> Result<(Schema, Vec<FindingAt>), FoldError> {
        let mut schema = Schema::default();
        let mut findings = Vec::new();
        for migration in migrations {
            for (index, operation) in migration.operations.iter().enumerate() {
                let found = apply(&mut schema, operation, &self.interner).map_err(|refusal| FoldError {
                    migration: migration.name,
                    file: migration.file,
                    index,
                    refusal,
                })?;
                if !found.is_empty() {
                    findings.push((migration.name, index, found));
                }
            }
        }
        Ok((schema, findings))
    }

    /// The part of the history up to and including a migration, without operations.
    ///
    /// # Errors
    /// A dependency without a file that is only covered by a later squash.
    pub(crate) fn until(&self, name: Name) -> Result<History, HistoryError> {
        let last = self.position(name);
        let count = self.order.iter().position(|at| Some(*at) == last).map_or(0, |at| at + 1);
        let migrations = self.order().take(count).map(Migration::without_operations).collect();
        History::new(self.interner.clone(), migrations).map_err(|error| match error {
            HistoryError::MissingDependency { missing, .. } => match self.nesting.around(missing) {
                [squash, ..] => {
                    let squash = self.migrations[*squash].name;
                    HistoryError::MissingMember { squash, missing, until: Some(name), is_elided: false }
                }
                [] => error,
            },
            other => other,
        })
    }

    /// All names that a squash replaces, at any depth, sorted.
    pub fn replaced(&self, name: Name) -> &[Name] {
        self.position(name).map_or(&[], |at| self.nesting.members(at))
    }

    /// The squashes with queries left out.
    pub fn elided(&self) -> NameSet {
        let squashes = self.nesting.inner_first().iter().map(|at| &self.migrations[*at]);
        squashes.filter(|each| each.is_elided()).map(|each| each.name).collect()
    }

    pub(crate) fn position(&self, name: Name) -> Option<usize> {
        self.position.get(&name).copied()
    }

    pub(crate) fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    pub(crate) fn nesting(&self) -> &Nesting {
        &self.nesting
    }

    /// Names of the migrations that are not this one and do not depend on it, at any depth.
    fn independent_of(&self, name: Name) -> Vec<Name> {
        let mut dependents: HashMap<Name, Vec<Name>, FixedState> = HashMap::default();
        for each in &self.migrations {
            each.dependencies.iter().for_each(|on| dependents.entry(*on).or_default().push(each.name));
        }
        let mut dependent = NameSet::default();
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            if dependent.insert(name) {
                waiting.extend(dependents.get(&name).into_iter().flatten());
            }
        }
        self.migrations.iter().map(|each| each.name).filter(|name| !dependent.contains(name)).collect()
    }

    /// Each after its dependencies, and a squash after its members. A dependent of a member also comes after the
    /// squash, unless it is a member itself: so any plan, with the squash or with its members, is a part of this order.
    fn sorted(&self) -> Result<Vec<usize>, HistoryError> {
        let mut before = Arrows::with_capacity(self.len());
        let mut needed = Vec::new();
        for (at, migration) in self.migrations.iter().enumerate() {
            let around = self.nesting.around(migration.name);
            for dependency in &migration.dependencies {
                let squashes_of_it = self.nesting.around(*dependency);
                let position = self.position(*dependency);
                if position.is_none() && squashes_of_it.is_empty() {
                    let Migration { name, file, .. } = *migration;
                    return Err(HistoryError::MissingDependency {
                        name,
                        file,
                        missing: *dependency,
                        known: self.independent_of(name),
                    });
                }
                needed.extend(position);
                needed.extend(squashes_of_it.iter().filter(|squash| **squash != at && !around.contains(squash)));
            }
            needed.extend(self.nesting.members(at).iter().filter_map(|member| self.position(*member)));
            needed.sort_unstable();
            needed.dedup();
            before.push(needed.drain(..));
        }
        topological_order(&before, |at| self.interner.text(self.migrations[at].name)).map_err(|circle| {
            let taken = circle.iter().find_map(|squash| {
                let members = self.nesting.members(*squash);
                let member = circle.iter().find(|at| members.contains(&self.migrations[**at].name))?;
                Some([*squash, *member].map(|at| self.migrations[at].name))
            });
            HistoryError::Cycle { path: circle.into_iter().map(|at| self.migrations[at].name).collect(), taken }
        })
    }
}
