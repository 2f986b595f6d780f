//! Topological order, the same everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Each node after those in `before` it; of all that could come next, the one with the smallest text.
///
/// # Errors
/// A circle, as nodes that each come before the next, the first again at the end; it starts with the smallest text.
pub(crate) fn topological_order<'a>(
    before: &[Vec<usize>],
    text: impl Fn(usize) -> &'a str,
) -> Result<Vec<usize>, Vec<usize>> {
    let mut after = vec![Vec::new(); before.len()];
    let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
    for (at, needed) in before.iter().enumerate() {
        for each in needed {
            after[*each].push(at);
        }
    }
    let mut ready: BinaryHeap<Reverse<(&str, usize)>> =
        (0..before.len()).filter(|at| missing[*at] == 0).map(|at| Reverse((text(at), at))).collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse((_, at))) = ready.pop() {
        order.push(at);
        for next in &after[at] {
            missing[*next] -= 1;
            if missing[*next] == 0 {
                ready.push(Reverse((text(*next), *next)));
            }
        }
    }
    if order.len() == before.len() { Ok(order) } else { Err(circle(before, &missing, text)) }
}

/// A circle among the nodes that still miss something: each of them has a predecessor that does too.
fn circle<'a>(before: &[Vec<usize>], missing: &[usize], text: impl Fn(usize) -> &'a str) -> Vec<usize> {
    let stuck = |at: &usize| missing[*at] > 0;
    let smallest = |nodes: &mut dyn Iterator<Item = usize>| nodes.min_by_key(|at| text(*at));
    let mut at = smallest(&mut (0..before.len()).filter(stuck)).expect("a circle has nodes");
    let mut step_of = vec![usize::MAX; before.len()];
    let mut walk = Vec::new();
    while step_of[at] == usize::MAX {
        step_of[at] = walk.len();
        walk.push(at);
        at = smallest(&mut before[at].iter().copied().filter(stuck)).expect("a stuck node waits for a stuck node");
    }
    let mut path = walk.split_off(step_of[at]);
    path.reverse(); // the walk went against the arrows
    let start = (0..path.len()).min_by_key(|step| text(path[*step])).unwrap_or(0);
    path.rotate_left(start);
    path.push(path[0]);
    path
}
