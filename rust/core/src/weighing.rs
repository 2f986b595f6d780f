//! The cost of queries: what would be written without them is traced in parallel.

use crate::adjacency::Adjacency;
use crate::change::Change;
use crate::declarers::Declarers;
use crate::entangled::groups;
use crate::kept::{Kept, Reason};
use crate::kind::Kind;
use crate::name::{Interner, Name};
use crate::operation::Operation;
use crate::rewrite::{Rewritten, rewrite};
use crate::schema::Schema;
use crate::trace::Trace;

/// The trace since the last wall and, to weigh queries, the traces without them.
pub(crate) struct Followed {
    pub trace: Trace,
    /// As if queries touched nothing. It has the same types at the same positions.
    pub untouched: Option<Trace>,
    /// As if the last query that was kept as a wall did not exist.
    pub across: Option<Across>,
}

/// The trace between two walls as if the query between them, the last that was kept, did not exist.
pub(crate) struct Across {
    pub trace: Trace,
    /// How many operations were written before the query.
    pub written: usize,
}

/// The position of an operation's subject, in each of the traces.
type Met = [Option<usize>; 3];

impl Followed {
    /// Nothing is followed yet. `weighs`: weigh queries that declare what they touch.
    pub fn begin(weighs: bool) -> Followed {
        Followed { trace: Trace::default(), untouched: weighs.then(Trace::default), across: None }
    }

    fn each(&mut self) -> [Option<&mut Trace>; 3] {
        let across = self.across.as_mut().map(|across| &mut across.trace);
        [Some(&mut self.trace), self.untouched.as_mut(), across]
    }

    /// See [`Trace::meet`].
    pub fn meet(&mut self, operation: &Operation, schema: &Schema) -> Met {
        self.each().map(|trace| trace.and_then(|trace| trace.meet(operation, schema)))
    }

    /// See [`Trace::follow`].
    pub fn follow(&mut self, index: usize, operation: &Operation, met: Met, names: &mut Interner) {
        for (trace, met) in self.each().into_iter().zip(met) {
            if let Some(trace) = trace {
                trace.follow(index, operation, met, names);
            }
        }
    }

    /// See [`Trace::touch`].
    pub fn touch(&mut self, index: usize, touched: &[(Kind, Name)], schema: &Schema) {
        let [trace, untouched, across] = self.each();
        for each in [trace, across].into_iter().flatten() {
            each.touch(index, touched, schema);
        }
        if let Some(untouched) = untouched {
            untouched.meet_all(touched, schema);
        }
    }

    /// Start over after a wall. Returns the trace before it, and the one as if queries touched nothing.
    pub fn end(&mut self, undeclared: bool) -> (Trace, Option<Trace>) {
        let finished = std::mem::replace(&mut self.trace, Trace::new(undeclared));
        (finished, self.untouched.as_mut().map(|each| std::mem::replace(each, Trace::new(undeclared))))
    }
}

/// The removed and new adjacencies, each with the place of its relationship among the types, and whether it is new.
pub(crate) fn adjacencies(trace: &Trace) -> impl Iterator<Item = (Adjacency, usize, bool)> {
    trace.adjacencies().filter_map(|(ends, is_new)| {
        let [from, relationship, to] = ends.map(|at| trace.types[at].change.after);
        // In the trace without one of them, it was removed with a type.
        Some((Adjacency { from: from?, relationship: relationship?, to: to? }, ends[1], is_new))
    })
}

/// Set the costs of types that queries touch. Returns the work.
///
/// `places` are the positions of the trace's types in `kept`; `untouched` is the trace as if nothing were touched,
/// whose groups are parts of the trace's groups.
pub(crate) fn weigh_touched(
    kept: &mut [Kept],
    places: &[Option<(usize, Reason)>],
    untouched: Trace,
    declarers: Option<&Declarers>,
    names: &mut Interner,
) -> usize {
    let (mut free, work) = groups(&untouched, declarers);
    let mut changes = vec![Change::default(); kept.len()];
    let mut fewer = vec![0; kept.len()];
    for (at, _) in &untouched.acted {
        if let (Some((place, _)), Some(_)) = (places[*at as usize], free.reason(*at as usize)) {
            fewer[place] += 1;
        }
    }
    for (adjacency, at, is_new) in adjacencies(&untouched) {
        if let (Some((place, _)), None) = (places[at], free.reason(at)) {
            let Change { connected, disconnected, .. } = &mut changes[place];
            if is_new { connected } else { disconnected }.push(adjacency);
        }
    }
    for (at, traced) in untouched.types.into_iter().enumerate() {
        if let (Some((place, _)), None) = (places[at], free.reason(at)) {
            changes[place].types_mut(traced.kind).push(traced.change);
        }
    }
    for ((kept, change), fewer) in kept.iter_mut().zip(changes).zip(fewer) {
        if matches!(kept.reason, Reason::Touched(_)) {
            let Rewritten { nodes, relationships } = rewrite(&change, &mut |_| false, names);
            let queries = kept.operations.iter().filter(|each| matches!(each, Operation::RunQuery { .. })).count();
            kept.costs =
                Some((kept.operations.len() - queries).saturating_sub(fewer + nodes.len() + relationships.len()));
        }
    }
    work
}
