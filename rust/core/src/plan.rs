//! The migrations that have to run, and their order, if some are applied and squashes replace others.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::error::HistoryError;
use crate::history::History;
use crate::migration::Migration;
use crate::name::{Name, NameSet};

/// How much of a squash is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is recorded, or everything that it replaces is applied.
    Applied,
    /// Part of what it replaces is applied: the rest has to run, and it does not.
    Partly,
    /// Nothing of it is applied: it runs instead of what it replaces.
    Open,
}

/// The migrations that have to run, in order, if those named in `applied` are applied.
///
/// # Errors
/// A partly applied squash whose member has to run but has no file.
pub fn plan<'a>(history: &'a History, applied: &NameSet) -> Result<Vec<&'a Migration>, HistoryError> {
    plan_without(history, applied, &|_| false)
}

/// The same for a database: a squash that left queries out replaces its members only if there are no rows when it runs.
/// So it does not if the database `has_rows` or behind a query, unless its members have no files: then the run has to
/// check again whether there are rows. Its effect on the schema is the same everywhere.
///
/// # Errors
/// A member that has to run but has no file.
pub fn plan_for<'a>(
    history: &'a History,
    applied: &NameSet,
    has_rows: bool,
) -> Result<Vec<&'a Migration>, HistoryError> {
    let elided = history.elided();
    if elided.is_empty() {
        return plan(history, applied);
    }
    let place: HashMap<Name, usize, FixedState> =
        history.order().enumerate().map(|(at, migration)| (migration.name, at)).collect();
    // The position of the first query that runs; splitting squashes may bring an earlier one.
    let mut first_query = if has_rows { None } else { Some(history.len()) };
    let mut without_members = NameSet::default();
    loop {
        let comes_late = |name: Name| {
            let is_late = first_query.is_none_or(|at| place[&name] > at);
            elided.contains(&name) && is_late && !without_members.contains(&name)
        };
        let planned = match plan_without(history, applied, &comes_late) {
            Err(HistoryError::MissingMember { squash, is_elided: true, .. }) if !has_rows => {
                without_members.insert(squash);
                continue;
            }
            planned => planned?,
        };
        let queries = planned.iter().filter(|each| each.has_queries()).map(|each| place[&each.name]);
        match (first_query, queries.min()) {
            (Some(known), Some(at)) if at < known => first_query = Some(at),
            _ => return Ok(planned),
        }
    }
}

/// The plan if some squashes, `is_apart`, do not replace their members.
fn plan_without<'a>(
    history: &'a History,
    applied: &NameSet,
    is_apart: &dyn Fn(Name) -> bool,
) -> Result<Vec<&'a Migration>, HistoryError> {
    let progress = Progress::new(history, applied);
    let mut chosen = Vec::new();
    let mut undecided = outermost(history);
    while let Some(at) = undecided.pop() {
        let status = progress.status(history, at);
        let is_elided = status == Status::Open && is_apart(history.migrations()[at].name);
        match status {
            Status::Applied => {}
            Status::Open if !is_elided => chosen.push(at),
            Status::Open | Status::Partly => {
                for member in direct_members(history, at) {
                    match history.position(member) {
                        Some(member) => undecided.push(member),
                        None if progress.done.contains(&member) => {}
                        None => {
                            let squash = history.migrations()[at].name;
                            return Err(HistoryError::MissingMember {
                                squash,
                                missing: member,
                                until: None,
                                is_elided,
                            });
                        }
                    }
                }
            }
        }
    }
    Ok(in_order(history, &chosen))
}

/// The migrations that have to run if none is applied, in order, in the part of a history up to and including `last`;
/// for the squashes `apart` their members.
///
/// # Errors
/// A dependency without a file whose squash comes after `last`; a member of a squash `apart` without a file.
pub fn plan_until<'a>(history: &'a History, last: Name, apart: &NameSet) -> Result<Vec<&'a Migration>, HistoryError> {
    let part = history.until(last)?;
    let planned = plan_without(&part, &NameSet::default(), &|name| apart.contains(&name))?;
    Ok(planned.into_iter().filter_map(|each| history.get(each.name)).collect())
}

/// The migrations that led to the state of a database, in order. Unknown names are ignored.
pub fn applied_part<'a>(history: &'a History, applied: &NameSet) -> Vec<&'a Migration> {
    let progress = Progress::new(history, applied);
    let mut chosen = Vec::new();
    let mut undecided = outermost(history);
    while let Some(at) = undecided.pop() {
        let members: Vec<Option<usize>> =
            direct_members(history, at).into_iter().map(|member| history.position(member)).collect();
        let ran_itself = applied.contains(&history.migrations()[at].name) || members.contains(&None);
        match progress.status(history, at) {
            Status::Open => {}
            Status::Applied if ran_itself || members.is_empty() => chosen.push(at),
            Status::Applied | Status::Partly => undecided.extend(members.into_iter().flatten()),
        }
    }
    in_order(history, &chosen)
}

/// The migrations that count as applied without being named in `applied`, in order.
pub fn implied<'a>(history: &'a History, applied: &NameSet) -> Vec<&'a Migration> {
    let done = closure(history, applied);
    history.order().filter(|each| done.contains(&each.name) && !applied.contains(&each.name)).collect()
}

/// The state of all migrations.
struct Progress {
    /// All names that count as applied.
    done: NameSet,
    squashes: HashMap<Name, Status, FixedState>,
}

impl Progress {
    fn new(history: &History, applied: &NameSet) -> Progress {
        let done = closure(history, applied);
        let squashes = statuses(history, &done);
        Progress { done, squashes }
    }

    fn status(&self, history: &History, at: usize) -> Status {
        let name = history.migrations()[at].name;
        match self.squashes.get(&name) {
            Some(status) => *status,
            None if self.done.contains(&name) => Status::Applied,
            None => Status::Open,
        }
    }
}

/// Positions of the migrations that are not part of any squash.
fn outermost(history: &History) -> Vec<usize> {
    (0..history.len()).filter(|at| history.nesting().squash_of(history.migrations()[*at].name).is_none()).collect()
}

/// All names that count as applied: recorded ones, members of applied squashes, and squashes all of whose members are
/// applied.
fn closure(history: &History, applied: &NameSet) -> NameSet {
    let mut done = applied.clone();
    let squashes = history.nesting().inner_first();
    for squash in squashes.iter().rev() {
        if done.contains(&history.migrations()[*squash].name) {
            done.extend(history.nesting().members(*squash));
        }
    }
    for squash in squashes {
        if history.nesting().members(*squash).iter().all(|member| done.contains(member)) {
            done.insert(history.migrations()[*squash].name);
        }
    }
    done
}

/// How much of each squash is applied.
fn statuses(history: &History, done: &NameSet) -> HashMap<Name, Status, FixedState> {
    let mut statuses = HashMap::default();
    for squash in history.nesting().inner_first() {
        let name = history.migrations()[*squash].name;
        let begun = |member: &Name| done.contains(member) || statuses.get(member) == Some(&Status::Partly);
        let status = if done.contains(&name) {
            Status::Applied
        } else if history.nesting().members(*squash).iter().any(begun) {
            Status::Partly
        } else {
            Status::Open
        };
        statuses.insert(name, status);
    }
    statuses
}

/// The members of a squash without those of squashes inside it.
fn direct_members(history: &History, squash: usize) -> Vec<Name> {
    let members = history.nesting().members(squash);
    let within: NameSet = members
        .iter()
        .filter_map(|member| history.position(*member))
        .flat_map(|inner| history.nesting().members(inner))
        .copied()
        .collect();
    members.iter().copied().filter(|member| !within.contains(member)).collect()
}

/// The chosen migrations in the order of the history, in which dependents of a squash come after it and after its members.
fn in_order<'a>(history: &'a History, chosen: &[usize]) -> Vec<&'a Migration> {
    let chosen: NameSet = chosen.iter().map(|at| history.migrations()[*at].name).collect();
    history.order().filter(|migration| chosen.contains(&migration.name)).collect()
}
