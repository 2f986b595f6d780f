//! Migrations of a plan that are concurrent with others: neither before nor after them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::history::History;
use crate::migration::Migration;
use crate::name::Name;

/// The runs of a plan between migrations that come before or after all others, if a run has more than one migration.
///
/// `planned` are the migrations for an empty database, in order. A dependency on a squash's member becomes one on the
/// squash.
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

/// For each migration in order: whether all earlier ones have a neighbour by then.
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
