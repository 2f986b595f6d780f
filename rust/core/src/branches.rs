//! Which migrations of a plan have others beside them, that come neither before nor after them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::history::History;
use crate::migration::Migration;
use crate::name::Name;

/// The runs of a plan that lie between migrations which all others come before or after, where a run has more than one.
///
/// `planned` is what runs on an empty database, in order. A dependency on what a squash stands for becomes one on the squash.
pub fn concurrent(history: &History, planned: &[&Migration]) -> Vec<Vec<Migration>> {
    let position: HashMap<Name, usize, FixedState> =
        planned.iter().enumerate().map(|(at, migration)| (migration.name, at)).collect();
    let representative = |name: &Name| match history.nesting().squash_of(*name) {
        Some(squash) => history.migrations()[squash].name,
        None => *name,
    };
    let before: Vec<Vec<usize>> = (planned.iter())
        .map(|each| each.dependencies.iter().filter_map(|name| position.get(&representative(name)).copied()).collect())
        .collect();
    let mut after = vec![Vec::new(); planned.len()];
    for (at, dependencies) in before.iter().enumerate() {
        dependencies.iter().for_each(|each| after[*each].push(at));
    }
    let follows_all = are_alone(&before, 0..planned.len());
    let precedes_all = are_alone(&after, (0..planned.len()).rev());
    let cuts = (0..planned.len()).filter(|at| follows_all[*at] && precedes_all[*at]);
    let mut start = 0;
    let mut runs = Vec::new();
    for cut in cuts.chain([planned.len()]) {
        if cut - start > 1 {
            runs.push(planned[start..cut].iter().map(|each| on_squashes(each, representative)).collect());
        }
        start = cut + 1;
    }
    runs
}

/// For each of those that are gone through: whether none of those before it is left without a neighbour when it comes.
fn are_alone(neighbours: &[Vec<usize>], way: impl Iterator<Item = usize>) -> Vec<bool> {
    let (mut is_end, mut ends) = (vec![false; neighbours.len()], 0);
    let mut alone = vec![false; neighbours.len()];
    for at in way {
        for each in &neighbours[at] {
            ends -= usize::from(std::mem::replace(&mut is_end[*each], false));
        }
        is_end[at] = true;
        ends += 1;
        alone[at] = ends == 1;
    }
    alone
}

fn on_squashes(migration: &Migration, representative: impl Fn(&Name) -> Name) -> Migration {
    let dependencies = migration.dependencies.iter().map(representative).collect();
    Migration { dependencies, ..migration.clone() }
}
