//! A part of a history → one migration that replaces it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::error::{FoldError, HistoryError, RangeError};
use crate::history::History;
use crate::migration::Migration;
use crate::name::{Interner, Name, NameSet};
use crate::operation::Operation;
use crate::plan::plan_until;
use crate::schema::Schema;
use crate::squash::{Refused, Squashed, Terms, squash};

/// A squash of part of a history, as a migration, with the interner of its names.
pub struct SquashedRange {
    /// Has all names of the history's interner, and the new ones.
    pub names: Arc<Interner>,
    /// The squash.
    pub migration: Migration,
    /// The operations of its members, in order.
    pub originals: Vec<Operation>,
    /// The report; operations are counted over all members in order.
    pub squashed: Squashed,
}

/// Squash the part of a history's order from one migration to another, both included.
///
/// The name is nodestream's, `squash_from_A` or `squash_from_A_to_B`, unless one is given. Squashes among the members
/// count as what they replace. Dependencies are those of the members on migrations outside, in the history's order.
///
/// # Errors
/// An unknown name, a last migration before the first, an operation that cannot be applied, another squash that this
/// one overlaps in part.
pub fn squash_range(
    history: &History,
    first: &str,
    last: Option<&str>,
    name: Option<&str>,
    terms: Terms,
) -> Result<SquashedRange, RangeError> {
    let order: Vec<&Migration> = history.order().collect();
    let range = range(history, &order, first, last)?;
    let (base, planned) = planned(history, &order, &range, terms.keep_queries)?;
    let originals: Vec<Operation> = planned.iter().flat_map(|each| each.operations.iter().copied()).collect();
    let mut names = Interner::clone(history.interner());
    let squashed = squash(&base, &originals, terms, &mut names)
        .map_err(|refused| RangeError::Fold(in_its_migration(refused, &planned)))?;

    let members = &order[range];
    let default_name =
        last.map_or_else(|| format!("squash_from_{first}"), |last| format!("squash_from_{first}_to_{last}"));
    let name = names.name(name.unwrap_or(&default_name));
    let covered =
        covered(history, members, name).map_err(|error| RangeError::Squash(error, Box::new(names.clone())))?;
    let (dependencies, replaces) = place_in_history(history, members, &covered);
    let migration = Migration { name, file: None, operations: squashed.operations.clone(), dependencies, replaces };
    let all = order.iter().copied().chain([&migration]).map(Migration::without_operations).collect();
    let names = Arc::new(names);
    History::new(names.clone(), all).map_err(|error| RangeError::Squash(error, Box::new(Interner::clone(&names))))?;
    Ok(SquashedRange { names, migration, originals, squashed })
}

/// The position of the part in the order.
fn range(
    history: &History,
    order: &[&Migration],
    first: &str,
    last: Option<&str>,
) -> Result<RangeInclusive<usize>, RangeError> {
    let place = |text: &str| -> Result<usize, RangeError> {
        let wanted = history.find(text).map_err(RangeError::Unknown)?.name;
        Ok(order.iter().position(|each| each.name == wanted).expect("every migration has a place in the order"))
    };
    let start = place(first)?;
    let end = last.map_or(Ok(order.len() - 1), place)?;
    if end < start { Err(RangeError::Backwards) } else { Ok(start..=end) }
}

/// The schema before the part, and its migrations for an empty database; with all queries, if they are to be kept.
fn planned<'a>(
    history: &'a History,
    order: &[&'a Migration],
    range: &RangeInclusive<usize>,
    keep_queries: bool,
) -> Result<(Schema, Vec<&'a Migration>), RangeError> {
    let inside: NameSet = order[range.clone()].iter().map(|each| each.name).collect();
    let mut apart = if keep_queries { history.elided() } else { NameSet::default() };
    apart.retain(|each| inside.contains(each));
    let planned = plan_until(history, order[*range.end()].name, &apart).map_err(RangeError::History)?;
    let (ours, earlier): (Vec<&Migration>, Vec<&Migration>) =
        planned.into_iter().partition(|each| inside.contains(&each.name));
    let (base, _) = history.fold(earlier).map_err(RangeError::Fold)?;
    Ok((base, ours))
}

/// A refusal of an operation among these migrations, attributed to its migration.
fn in_its_migration(refused: Refused, migrations: &[&Migration]) -> FoldError {
    let mut index = refused.index;
    for each in migrations {
        if index < each.operations.len() {
            return FoldError { migration: each.name, file: each.file, index, refusal: refused.refusal };
        }
        index -= each.operations.len();
    }
    unreachable!("the operation is one of a member's")
}

/// The dependencies of a squash of these members, and everything that it replaces.
fn place_in_history(history: &History, members: &[&Migration], covered: &NameSet) -> (Vec<Name>, Vec<Name>) {
    let needed: NameSet = members.iter().flat_map(|each| each.dependencies.iter().copied()).collect();
    let in_order = |wanted: &dyn Fn(&Name) -> bool| -> Vec<Name> {
        let mut without_file: Vec<Name> = needed.iter().chain(covered).copied().collect();
        without_file.retain(|each| history.get(*each).is_none() && wanted(each));
        history.interner().sort(&mut without_file); // replaced ones have no place in the order
        without_file.dedup();
        without_file.into_iter().chain(history.order().map(|each| each.name).filter(wanted)).collect()
    };
    (in_order(&|each| needed.contains(each) && !covered.contains(each)), in_order(&|each| covered.contains(each)))
}

/// Everything that these members of a range are and replace.
///
/// # Errors
/// A squash among them replaces migrations both before the range and within it.
fn covered(history: &History, members: &[&Migration], squash: Name) -> Result<NameSet, HistoryError> {
    let ordinary = members.iter().filter(|each| each.replaces.is_empty());
    let mut covered: NameSet = ordinary.map(|each| each.name).collect();
    for member in members.iter().filter(|each| !each.replaces.is_empty()) {
        let replaced = history.replaced(member.name);
        let mut shared: Vec<Name> = replaced.iter().copied().filter(|each| covered.contains(each)).collect();
        if !shared.is_empty() && replaced.iter().any(|each| history.get(*each).is_some() && !covered.contains(each)) {
            history.interner().sort(&mut shared);
            return Err(HistoryError::Overlap { squashes: [member.name, squash], shared });
        }
        covered.extend(replaced);
        covered.insert(member.name);
    }
    Ok(covered)
}
