//! Many operations → few that do the same to every graph that conforms to the schema before them.
//!
//! A list is cut at *walls*, which nothing crosses. Between two walls, what became of what is traced and written anew, as short as it can be;
//! only where a node may carry two types whose operations do not commute (*entangled* types) do operations stay as they are, in their order.

use crate::adjacency::Adjacency;
use crate::apply::{Finding, Refusal, apply};
use crate::change::Change;
use crate::declarers::{Declarers, replaced_by};
use crate::entangled::groups;
use crate::kept::{Kept, Reason};
use crate::left_out::LeftOut;
use crate::name::{Interner, Name, NameSet};
use crate::operation::Operation;
use crate::rewrite::{Rewritten, rewrite};
use crate::schema::Schema;
use crate::trace::Trace;
use crate::wall::{Dangling, leaves_undeclared, node_type_made_by, wall};

/// The shorter list, and how it came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Squashed {
    /// The operations, never more than there were.
    pub operations: Vec<Operation>,
    /// What stayed as it was, and why.
    pub kept: Vec<Kept>,
    /// The queries left out, by their places in the list given.
    pub left_out: Vec<usize>,
    /// Operations and properties looked at: the work done, for tests of its growth.
    pub work: usize,
}

/// An operation that cannot be applied where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Refused {
    pub index: usize,
    pub refusal: Refusal,
}

/// What a squash is to take for granted, and to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// No node carries two types of the schema: nothing is entangled then.
    pub single_label: bool,
    /// All queries stay. Else those that are elidable are left out, and the squash is for databases without rows only.
    pub keep_queries: bool,
    /// Tell of each query that stays what it [costs](Kept::costs).
    pub weigh: bool,
}

/// Squash operations that follow on `base`.
///
/// # Errors
/// An operation cannot be applied to the schema before it.
pub fn squash(
    base: &Schema,
    operations: &[Operation],
    terms: Terms,
    names: &mut Interner,
) -> Result<Squashed, Refused> {
    let cut = cut_at_walls(base, operations, terms, true, names)?;
    if cut.operations.iter().all(|each| each.touches(names).is_none()) {
        return Ok(cut);
    }
    // What a query touches is squashed before it and after it; then what it does not touch crosses it; and so on, as long as that helps.
    let Squashed { mut operations, left_out, mut work, .. } = cut;
    loop {
        let crossed = cut_at_walls(base, &operations, terms, false, names)?;
        let again = cut_at_walls(base, &crossed.operations, terms, true, names)?;
        work += crossed.work + again.work;
        if again.operations.len() >= operations.len() {
            return Ok(Squashed { operations, kept: crossed.kept, left_out, work });
        }
        operations = again.operations;
    }
}

/// Squash what is between walls. Queries that say what they touch are walls, too, if `all_queries` are.
fn cut_at_walls(
    base: &Schema,
    operations: &[Operation],
    terms: Terms,
    all_queries: bool,
    names: &mut Interner,
) -> Result<Squashed, Refused> {
    let mut schema = base.clone();
    let mut declarers = (!terms.single_label).then(|| Declarers::of(base));
    let dangling = Dangling::of(base);
    let mut left_out = LeftOut::default();
    let mut writing = Writing::new(operations, Taken::by(base));
    let (mut trace, mut across) = (Trace::default(), None);
    let mut untouched = (terms.weigh && !all_queries).then(Trace::default); // has the same types at the same places
    for (index, operation) in operations.iter().enumerate() {
        if left_out.takes(index, operation, terms.keep_queries, names) {
            continue;
        }
        let is_dangling = dangling.concerns(operation, &schema);
        let met = trace.meet(operation, &schema);
        let met_across = across.as_mut().and_then(|across: &mut Across| across.trace.meet(operation, &schema));
        let met_untouched = untouched.as_mut().and_then(|untouched| untouched.meet(operation, &schema));
        let replaced = declarers.as_ref().and_then(|_| replaced_by(operation, &schema));
        let found = apply(&mut schema, operation, names).map_err(|refusal| Refused { index, refusal })?;
        // Node types that there may be data of from here on, although they were not there at the last wall.
        let mut peopled: Vec<Name> = Vec::new();
        let touched = if all_queries { None } else { operation.touches(names) };
        // Whoever writes rows may leave out a part of their key.
        let undeclared = trace.undeclared || trace.is_touched();
        if let Some(reason) = wall(operation, found, is_dangling, undeclared, touched.is_some()) {
            let next = Trace::new(undeclared || leaves_undeclared(operation, found));
            let finished = std::mem::replace(&mut trace, next);
            let without = untouched.as_mut().map(|each| std::mem::replace(each, Trace::new(trace.undeclared)));
            peopled.extend(finished.made_node_types().chain(node_type_made_by(operation)));
            let is_query = matches!(operation, Operation::RunQuery { .. });
            let to_cross = (terms.weigh && is_query).then(|| finished.clone());
            let written = writing.finish(finished, without, declarers.as_ref(), names);
            writing.weigh(across.take(), written, declarers.as_ref(), names);
            writing.keep(index, reason, names);
            across = to_cross.map(|trace| Across { trace, written });
        } else if let Some(touched) = touched {
            trace.touch(index, &touched, &schema);
            if let Some(untouched) = &mut untouched {
                untouched.meet_all(&touched, &schema);
            }
            if let Some(across) = &mut across {
                across.trace.touch(index, &touched, &schema);
            }
        } else if !found.iter().any(Finding::changes_nothing) {
            trace.follow(index, operation, met, names);
            if let Some(untouched) = &mut untouched {
                untouched.follow(index, operation, met_untouched, names);
            }
            if let Some(across) = &mut across {
                across.trace.follow(index, operation, met_across, names);
            }
        }
        if let Some(declarers) = &mut declarers {
            writing.squashed.work += declarers.note(operation, replaced.as_deref());
            writing.squashed.work += peopled.into_iter().map(|type_| declarers.know(type_, &schema)).sum::<usize>();
        }
    }
    let written = writing.finish(trace, untouched, declarers.as_ref(), names);
    writing.weigh(across, written, declarers.as_ref(), names);
    let mut squashed = writing.squashed;
    squashed.operations.splice(..0, left_out.operation(names));
    Ok(Squashed { left_out: left_out.places, ..squashed })
}

/// What there would be between two walls if it were not for the query between them, the last that was kept.
struct Across {
    trace: Trace,
    /// How many operations were written of what is before the query.
    written: usize,
}

/// What is written so far.
struct Writing<'a> {
    originals: &'a [Operation],
    taken: Taken<'a>,
    squashed: Squashed,
}

impl<'a> Writing<'a> {
    fn new(originals: &'a [Operation], taken: Taken<'a>) -> Writing<'a> {
        Writing { originals, taken, squashed: Squashed::default() }
    }

    /// Tell what the last query that was kept costs: behind it `written` operations were written.
    fn weigh(&mut self, across: Option<Across>, written: usize, declarers: Option<&Declarers>, names: &mut Interner) {
        let Some(across) = across else { return };
        let mut without = Writing::new(self.originals, Taken::default());
        let fewer = without.finish(across.trace, None, declarers, names);
        self.squashed.work += without.squashed.work;
        let query = self.squashed.kept.iter_mut().rfind(|each| each.reason == Reason::Wall);
        query.expect("a query was kept").costs = Some((across.written + written).saturating_sub(fewer));
    }

    /// Write what a trace tells: anew where that is safe, else as it was. Without `declarers`, nothing is entangled. Gives how many
    /// operations that are. `untouched` is the trace as if queries touched nothing, to tell what they cost.
    fn finish(
        &mut self,
        trace: Trace,
        untouched: Option<Trace>,
        declarers: Option<&Declarers>,
        names: &mut Interner,
    ) -> usize {
        let before = self.squashed.operations.len();
        let (mut groups, work) = groups(&trace, declarers);
        self.squashed.work += work;
        let mut change = Change::default();
        for (adjacency, at, is_new) in adjacencies(&trace) {
            if groups.reason(at).is_none() {
                let list = if is_new { &mut change.connected } else { &mut change.disconnected };
                list.push(adjacency);
            }
        }
        let (mut kept, in_order) = groups.kept_operations(&trace, self.originals);
        if let Some(untouched) = untouched.filter(|_| trace.is_touched()) {
            self.squashed.work += weigh_touched(&mut kept, &groups.kept(), untouched, declarers, names);
        }
        for (at, traced) in trace.types.into_iter().enumerate() {
            let properties = traced.change.properties.iter().filter_map(|each| Some(each.after.as_ref()?.0));
            self.taken.later.extend(properties.chain(traced.change.after));
            if groups.reason(at).is_none() {
                change.types_mut(traced.kind).push(traced.change);
            }
        }
        let Rewritten { nodes, relationships } = rewrite(&change, &mut |name| self.taken.contains(name), names);
        self.squashed.operations.extend(nodes);
        self.squashed.operations.extend(in_order);
        // Last, because a relationship whose value cannot be converted may be gone with its node by then.
        self.squashed.operations.extend(relationships);
        self.squashed.kept.extend(kept);
        self.squashed.operations.len() - before
    }

    /// Write an operation as it was.
    fn keep(&mut self, index: usize, reason: Reason, names: &Interner) {
        let operation = self.originals[index];
        self.taken.later.extend(operation.names(names));
        self.squashed.operations.push(operation);
        self.squashed.kept.push(Kept { reason, operations: vec![operation], costs: None });
    }
}

/// The adjacencies that are gone or new, each with the place of its relationship among the types, and whether it is new.
fn adjacencies(trace: &Trace) -> impl Iterator<Item = (Adjacency, usize, bool)> {
    trace.adjacencies().filter_map(|(ends, is_new)| {
        let [from, relationship, to] = ends.map(|at| trace.types[at].change.after);
        // Without one of them it went with a type.
        Some((Adjacency { from: from?, relationship: relationship?, to: to? }, ends[1], is_new))
    })
}

/// Tell of what queries touch how many operations there are only because of that. Gives the work.
///
/// `places` are those in `kept` of the trace's types; `untouched` is the trace as if nothing were touched: types that stay together in it
/// do in the other, too.
fn weigh_touched(
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

/// Names that a temporary one must differ from: those of the schema before, and those that came later. Few histories need a temporary name,
/// so what is taken is looked up only then.
#[derive(Default)]
struct Taken<'a> {
    by: Option<&'a Schema>,
    later: Vec<Name>,
    all: NameSet,
}

impl Taken<'_> {
    fn by(schema: &Schema) -> Taken<'_> {
        Taken { by: Some(schema), later: Vec::new(), all: NameSet::default() }
    }

    fn contains(&mut self, name: Name) -> bool {
        self.all.extend(self.by.take().into_iter().flat_map(Schema::names));
        self.all.extend(self.later.drain(..));
        self.all.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use crate::written::Story;

    /// The example of ARCHITECTURE.md.
    const BASE: &str = "CreateNodeType Person id mail,name; CreateNodeType Company name -";
    const ORIGINALS: &str = "AddNodeProperty Person city Oslo; RenameNodeProperty Person name label; \
        RenameNodeProperty Person mail name; RenameNodeProperty Person label mail; RenameNodeType Person Human; \
        CreateNodeType Team id -; AddNodeProperty Team size; AddAdditionalNodePropertyIndex Team size; \
        RenameNodeProperty Human city town; AddNodeProperty Company vat; DropNodeProperty Company vat";

    #[test]
    fn eleven_become_seven_where_no_node_has_two_labels() {
        let seven = "RenameNodeType Person Human; CreateNodeType Team id size; AddAdditionalNodePropertyIndex Team size; \
            RenameNodeProperty Human mail _nsmig_Human_mail; RenameNodeProperty Human name mail; \
            RenameNodeProperty Human _nsmig_Human_mail name; AddNodeProperty Human town Oslo";
        assert_eq!(Story::with(BASE).squash_single(ORIGINALS), seven);
    }

    #[test]
    fn eleven_become_eight_where_a_node_may_be_person_and_company() {
        let eight = "CreateNodeType Team id size; AddAdditionalNodePropertyIndex Team size; \
            AddNodeProperty Person city Oslo; RenameNodeProperty Person name label; RenameNodeProperty Person mail name; \
            RenameNodeProperty Person label mail; RenameNodeType Person Human; RenameNodeProperty Human city town";
        assert_eq!(Story::with(BASE).squash(ORIGINALS), eight);
    }

    #[test]
    fn a_squash_of_a_squash_is_itself() {
        let mut story = Story::with(BASE);
        let once = story.squash_single(ORIGINALS);
        assert_eq!(Story::with(BASE).squash_single(&once), once);
    }
}
