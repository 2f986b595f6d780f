//! Deterministic topological order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// For each node a list of others, in one allocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrows {
    ends: Vec<usize>,
    to: Vec<usize>,
}

impl Arrows {
    /// No nodes yet, with room for this many.
    pub fn with_capacity(nodes: usize) -> Arrows {
        Arrows { ends: Vec::with_capacity(nodes), to: Vec::with_capacity(nodes) }
    }

    /// The next node's.
    pub fn push(&mut self, others: impl IntoIterator<Item = usize>) {
        self.to.extend(others);
        self.ends.push(self.to.len());
    }

    pub fn of(&self, node: usize) -> &[usize] {
        let start = node.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.to[start..self.ends[node]]
    }

    fn nodes(&self) -> Range<usize> {
        0..self.ends.len()
    }

    fn reversed(&self) -> Arrows {
        let mut ends = vec![0; self.ends.len()];
        self.to.iter().for_each(|to| ends[*to] += 1);
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut to = vec![0; self.to.len()];
        for node in self.nodes() {
            for each in self.of(node) {
                to[ends[*each]] = node;
                ends[*each] += 1;
            }
        }
        Arrows { ends, to }
    }
}

/// Each node after those in `before` it; of those that could come next, the one with the smallest text.
///
/// # Errors
/// A circle, as nodes that each come before the next, the first again at the end; it starts with the smallest text.
pub(crate) fn topological_order<'a>(
    before: &Arrows,
    text: impl Fn(usize) -> &'a str,
) -> Result<Vec<usize>, Vec<usize>> {
    // Files sorted by name are usually in order already: then the smallest remaining one is always ready.
    let is_ready = |at: usize| before.of(at).iter().all(|each| *each < at) && (at == 0 || text(at - 1) < text(at));
    if before.nodes().all(is_ready) {
        return Ok(before.nodes().collect());
    }
    let after = before.reversed();
    let mut missing: Vec<usize> = before.nodes().map(|at| before.of(at).len()).collect();
    let mut ready: BinaryHeap<Reverse<(&str, usize)>> =
        before.nodes().filter(|at| missing[*at] == 0).map(|at| Reverse((text(at), at))).collect();
    let mut order = Vec::with_capacity(missing.len());
    while let Some(Reverse((_, at))) = ready.pop() {
        order.push(at);
        for next in after.of(at) {
            missing[*next] -= 1;
            if missing[*next] == 0 {
                ready.push(Reverse((text(*next), *next)));
            }
        }
    }
    if order.len() == missing.len() { Ok(order) } else { Err(circle(before, &missing, text)) }
}

/// A circle among the nodes that still lack a predecessor: each of them has one that lacks one, too.
fn circle<'a>(before: &Arrows, missing: &[usize], text: impl Fn(usize) -> &'a str) -> Vec<usize> {
    let stuck = |at: &usize| missing[*at] > 0;
    let smallest = |nodes: &mut dyn Iterator<Item = usize>| nodes.min_by_key(|at| text(*at));
    let mut at = smallest(&mut before.nodes().filter(stuck)).expect("a circle has nodes");
    let mut step_of = vec![usize::MAX; missing.len()];
    let mut walk = Vec::new();
    while step_of[at] == usize::MAX {
        step_of[at] = walk.len();
        walk.push(at);
        at = smallest(&mut before.of(at).iter().copied().filter(stuck)).expect("a stuck node waits for a stuck node");
    }
    let mut path = walk.split_off(step_of[at]);
    path.reverse(); // the walk went against the arrows
    let start = (0..path.len()).min_by_key(|step| text(path[*step])).unwrap_or(0);
    path.rotate_left(start);
    path.push(path[0]);
    path
}
