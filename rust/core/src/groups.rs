//! Types that must be treated alike, as sets.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::kept::{Kept, Reason};
use crate::operation::Operation;
use crate::trace::Trace;

/// A forest of sets of a trace's types, by their positions, each with why its operations stay as they are, if they do.
pub(crate) struct Groups {
    parent: Vec<usize>,
    kept: HashMap<usize, Reason, FixedState>,
}

impl Groups {
    pub fn of(count: usize) -> Groups {
        Groups { parent: (0..count).collect(), kept: HashMap::default() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// Treat two alike.
    pub fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (low, high) = (one.min(other), one.max(other));
        self.parent[high] = low;
        if let Some(reason) = self.kept.remove(&high) {
            self.kept.entry(low).or_insert(reason);
        }
    }

    /// The operations of a type's set stay as they are. The first reason counts.
    pub fn keep(&mut self, at: usize, reason: Reason) {
        let root = self.root(at);
        self.kept.entry(root).or_insert(reason);
    }

    /// Treat two alike and keep their operations.
    pub fn join(&mut self, one: usize, other: usize, reason: Reason) {
        self.unite(one, other);
        self.keep(one, reason);
    }

    /// The group and why its operations stay, if they do.
    pub fn reason(&mut self, at: usize) -> Option<(usize, Reason)> {
        if self.kept.is_empty() {
            return None;
        }
        let root = self.root(at);
        self.kept.get(&root).map(|reason| (root, *reason))
    }

    /// For each type whose operations are kept, the position of its group, in the order in which the groups appeared,
    /// and the reason.
    pub fn kept(&mut self) -> Vec<Option<(usize, Reason)>> {
        let mut place_of: HashMap<usize, usize, FixedState> = HashMap::default();
        let mut kept = Vec::with_capacity(self.parent.len());
        for at in 0..self.parent.len() {
            kept.push(self.reason(at).map(|(group, reason)| {
                let next = place_of.len();
                (*place_of.entry(group).or_insert(next), reason)
            }));
        }
        kept
    }

    /// The operations that are kept: by group, and all of them in order.
    ///
    /// `originals` are those that the trace followed.
    pub fn kept_operations(&mut self, trace: &Trace, originals: &[Operation]) -> (Vec<Kept>, Vec<Operation>) {
        let mut kept: Vec<Kept> = Vec::new();
        let mut in_order = Vec::new();
        if self.kept.is_empty() {
            return (kept, in_order);
        }
        let places = self.kept();
        for (place, reason) in places.iter().flatten() {
            if *place == kept.len() {
                kept.push(Kept { reason: *reason, operations: Vec::new(), costs: None });
            }
        }
        for (at, index) in &trace.acted {
            if let Some((place, _)) = places[*at as usize] {
                kept[place].operations.push(originals[*index as usize]);
                in_order.push(originals[*index as usize]);
            }
        }
        (kept, in_order)
    }
}
