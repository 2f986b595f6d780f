//! Which squash replaces which migrations. Squashes may be nested, but not overlap partly.

use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use crate::error::HistoryError;
use crate::migration::Migration;
use crate::name::{Interner, Name};
use crate::order::{Arrows, topological_order};

/// In the order in which squashes name them, which is nearly sorted.
type NameSet = IndexSet<Name, FixedState>;

/// The squashes of a history, by the positions of its migrations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nesting {
    /// For each squash all names that it replaces, at any depth; sorted by text.
    members: HashMap<usize, Vec<Name>, FixedState>,
    /// For each replaced name the squashes that replace it, inner ones first.
    around: HashMap<Name, Vec<usize>, FixedState>,
    inner_first: Vec<usize>,
}

impl Nesting {
    /// # Errors
    /// Squashes that replace each other in a circle, or that overlap partly.
    pub fn new(interner: &Interner, migrations: &[Migration]) -> Result<Nesting, HistoryError> {
        let mut squashes: Vec<usize> =
            (0..migrations.len()).filter(|at| !migrations[*at].replaces.is_empty()).collect();
        squashes.sort_by_key(|at| interner.text(migrations[*at].name));
        let name = |squash: usize| migrations[squashes[squash]].name;

        let mut inside = replaced_at_any_depth(interner, migrations, &squashes)?;
        let mut containing: HashMap<Name, Vec<usize>, FixedState> = HashMap::default();
        let mut by_size: Vec<usize> = (0..squashes.len()).collect();
        // Of two that replace the same migrations, the one with the smaller name counts as the outer.
        by_size.sort_by_key(|squash| (inside[*squash].len(), Reverse(*squash)));
        for squash in &by_size {
            for member in &inside[*squash] {
                containing.entry(*member).or_default().push(*squash);
            }
        }
        // All squashes around one member must lie within each other, from the smallest to the largest.
        let mut pairs: Vec<(usize, usize)> =
            containing.values().flat_map(|around| around.windows(2).map(|pair| (pair[0], pair[1]))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        for &(inner, outer) in &pairs {
            if !inside[inner].is_subset(&inside[outer]) {
                let mut shared: Vec<Name> = inside[inner].intersection(&inside[outer]).copied().collect();
                interner.sort(&mut shared);
                let mut both = [name(inner), name(outer)];
                interner.sort(&mut both);
                return Err(HistoryError::Overlap { squashes: both, shared });
            }
        }
        // A squash is inside another if all that it replaces is, whether it is named there or not; inner ones first.
        let mut rank = vec![0; squashes.len()];
        by_size.iter().enumerate().for_each(|(place, squash)| rank[*squash] = place);
        pairs.sort_unstable_by_key(|(inner, outer)| (rank[*outer], rank[*inner]));
        for (inner, outer) in pairs {
            let within: Vec<Name> = inside[inner].iter().copied().chain([name(inner)]).collect();
            inside[outer].extend(within);
        }

        by_size.sort_by_key(|squash| (inside[*squash].len(), Reverse(*squash)));
        let mut nesting = Nesting::default();
        for squash in by_size {
            let at = squashes[squash];
            let mut members: Vec<Name> = inside[squash].iter().copied().collect();
            interner.sort(&mut members);
            for member in &members {
                nesting.around.entry(*member).or_default().push(at);
            }
            nesting.members.insert(at, members);
            nesting.inner_first.push(at);
        }
        Ok(nesting)
    }

    /// The outermost squash that replaces this name.
    pub fn squash_of(&self, name: Name) -> Option<usize> {
        self.around(name).last().copied()
    }

    /// The squashes that replace this name, inner ones first.
    pub fn around(&self, name: Name) -> &[usize] {
        self.around.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Everything that a migration replaces, inner squashes included; nothing for an ordinary migration.
    pub fn members(&self, at: usize) -> &[Name] {
        self.members.get(&at).map_or(&[], Vec::as_slice)
    }

    /// All squashes, each before those that contain it.
    pub fn inner_first(&self) -> &[usize] {
        &self.inner_first
    }
}

/// For each squash its members, the members of squashes among them, and so on.
fn replaced_at_any_depth(
    interner: &Interner,
    migrations: &[Migration],
    squashes: &[usize],
) -> Result<Vec<NameSet>, HistoryError> {
    let name = |squash: usize| migrations[squashes[squash]].name;
    let squash_named: HashMap<Name, usize, FixedState> =
        (0..squashes.len()).map(|squash| (name(squash), squash)).collect();
    let mut named = Arrows::with_capacity(squashes.len());
    for at in squashes {
        named.push(migrations[*at].replaces.iter().filter_map(|member| squash_named.get(member).copied()));
    }
    let inner_first = topological_order(&named, |squash| interner.text(name(squash)))
        .map_err(|circle| HistoryError::Cycle { path: circle.into_iter().map(name).collect(), taken: None })?;
    let mut inside = vec![NameSet::default(); squashes.len()];
    for squash in inner_first {
        let mut names: NameSet = migrations[squashes[squash]].replaces.iter().copied().collect();
        for inner in named.of(squash) {
            names.extend(&inside[*inner]);
        }
        inside[squash] = names;
    }
    Ok(inside)
}
