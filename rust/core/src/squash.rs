//! Many operations → few that do the same to every graph that conforms to the schema before them.
//!
//! A list is cut at *walls*, which nothing crosses. Between two walls, the net effect is traced and rewritten as
//! briefly as possible; only if a node may have two types whose operations do not commute (*entangled* types) do
//! operations stay unchanged, in order.

use crate::apply::{Finding, Refusal, apply};
use crate::carry::{Indexed, Segment, has_catalog};
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
use crate::weighing::{Across, Followed, adjacencies, weigh_touched};

/// The shorter list, and the reasons for its length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Squashed {
    /// The operations, never more than there were.
    pub operations: Vec<Operation>,
    /// The operations that stayed unchanged, and the reasons.
    pub kept: Vec<Kept>,
    /// The queries left out, by their index in the given list.
    pub left_out: Vec<usize>,
    /// The number of operations and properties examined: the work done, for tests of its growth.
    pub work: usize,
}

/// An operation that cannot be applied in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Refused {
    pub index: usize,
    pub refusal: Refusal,
}

/// The assumptions of a squash, and what it should report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// No node has two types of the schema, so nothing is entangled.
    pub single_label: bool,
    /// All queries stay. Otherwise elidable ones are left out, and the squash is only for databases without rows.
    pub keep_queries: bool,
    /// Report what each remaining query [costs](Kept::costs).
    pub weigh: bool,
}

/// Squash operations that apply to `base`.
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
    // A query may use any index, whatever it touches.
    if has_catalog(base, &cut.operations) || cut.operations.iter().all(|each| each.touches(names).is_none()) {
        return Ok(cut);
    }
    // Operations on the touched types are squashed before the query and after it; then operations on other types cross
    // it; and so on, as long as that helps.
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

/// Squash the parts between walls. With `all_queries`, queries that declare what they touch are walls too.
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
    let mut followed = Followed::begin(terms.weigh && !all_queries);
    let mut indexed = Indexed::begin(base, operations);
    for (index, operation) in operations.iter().enumerate() {
        if left_out.takes(index, operation, terms.keep_queries, names) {
            continue;
        }
        let follows = indexed.as_mut().and_then(|indexed| indexed.meet(index, operation, &schema));
        if operation.is_on_catalog() {
            apply(&mut schema, operation, names).map_err(|refusal| Refused { index, refusal })?;
            continue;
        }
        let is_dangling = dangling.concerns(operation, &schema);
        let met = followed.meet(operation, &schema);
        let replaced = declarers.as_ref().and_then(|_| replaced_by(operation, &schema));
        let found = apply(&mut schema, operation, names).map_err(|refusal| Refused { index, refusal })?;
        // Node types that may have data from here on, although they did not exist at the last wall.
        let mut peopled: Vec<Name> = Vec::new();
        let touched = if all_queries { None } else { operation.touches(names) };
        // Programs that write rows may omit part of their key.
        let undeclared = followed.trace.undeclared || followed.trace.is_touched();
        let wall = wall(operation, found, is_dangling, undeclared, touched.is_some());
        if let Some(reason) = wall.or(follows.map(Reason::Follows)) {
            let (finished, without) = followed.end(undeclared || leaves_undeclared(operation, found));
            peopled.extend(finished.made_node_types().chain(node_type_made_by(operation)));
            let is_query = matches!(operation, Operation::RunQuery { .. });
            let to_cross = (terms.weigh && is_query).then(|| finished.clone());
            let segment = indexed.as_mut().map(|indexed| indexed.end(&schema));
            let written = writing.finish(finished, without, declarers.as_ref(), segment, names);
            writing.weigh(followed.across.take(), written, declarers.as_ref(), names);
            writing.keep(index, reason, names);
            followed.across = to_cross.map(|trace| Across { trace, written });
        } else if let Some(touched) = touched {
            followed.touch(index, &touched, &schema);
        } else if !found.iter().any(Finding::changes_nothing) {
            followed.follow(index, operation, met, names);
        }
        if let Some(declarers) = &mut declarers {
            writing.squashed.work += declarers.note(operation, replaced.as_deref());
            writing.squashed.work += peopled.into_iter().map(|type_| declarers.know(type_, &schema)).sum::<usize>();
        }
    }
    let segment = indexed.map(|indexed| indexed.last(&schema));
    let written = writing.finish(followed.trace, followed.untouched, declarers.as_ref(), segment, names);
    writing.weigh(followed.across, written, declarers.as_ref(), names);
    let mut squashed = writing.squashed;
    squashed.operations.splice(..0, left_out.operation(names));
    Ok(Squashed { left_out: left_out.places, ..squashed })
}

/// The operations written so far.
struct Writing<'a> {
    originals: &'a [Operation],
    taken: Taken<'a>,
    squashed: Squashed,
}

impl<'a> Writing<'a> {
    fn new(originals: &'a [Operation], taken: Taken<'a>) -> Writing<'a> {
        Writing { originals, taken, squashed: Squashed::default() }
    }

    /// Set the cost of the last kept query, after which `written` operations were written.
    fn weigh(&mut self, across: Option<Across>, written: usize, declarers: Option<&Declarers>, names: &mut Interner) {
        let Some(across) = across else { return };
        let mut without = Writing::new(self.originals, Taken::default());
        let fewer = without.finish(across.trace, None, declarers, None, names);
        self.squashed.work += without.squashed.work;
        let query = self.squashed.kept.iter_mut().rfind(|each| each.reason == Reason::Wall);
        query.expect("a query was kept").costs = Some((across.written + written).saturating_sub(fewer));
    }

    /// Write the operations of a trace: rewritten if that is safe, otherwise unchanged. Without `declarers`, nothing is entangled. Returns
    /// their number. `untouched` is the trace as if queries touched nothing, to compute their cost.
    fn finish(
        &mut self,
        trace: Trace,
        untouched: Option<Trace>,
        declarers: Option<&Declarers>,
        segment: Option<Segment>,
        names: &mut Interner,
    ) -> usize {
        let before = self.squashed.operations.len();
        let kept_before = self.squashed.kept.len();
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
        // Last, because a relationship whose value cannot be converted may have been deleted with its node by then.
        self.squashed.operations.extend(relationships);
        self.squashed.kept.extend(kept);
        if let Some(segment) = segment {
            self.index(&segment, before, kept_before, names);
        }
        self.squashed.operations.len() - before
    }

    /// Put the operations on the catalog around those written from `before` on. If the result is longer than the
    /// originals, keep the originals.
    fn index(&mut self, segment: &Segment, before: usize, kept_before: usize, names: &mut Interner) {
        let around = segment.around(&self.squashed.operations[before..], names);
        let written = self.squashed.operations.len() - before + around.before.len() + around.after.len();
        self.squashed.work += segment.operations.len();
        if written > segment.operations.len() {
            let originals: Vec<Operation> = segment.operations.iter().map(|index| self.originals[*index]).collect();
            self.squashed.operations.truncate(before);
            self.squashed.kept.truncate(kept_before);
            self.taken.later.extend(originals.iter().flat_map(|each| each.names(names)));
            self.squashed.operations.extend(&originals);
            self.squashed.kept.push(Kept { reason: Reason::Catalog, operations: originals, costs: None });
            return;
        }
        self.squashed.operations.splice(before..before, around.before);
        self.squashed.operations.extend(around.after);
    }

    /// Write an operation unchanged.
    fn keep(&mut self, index: usize, reason: Reason, names: &Interner) {
        let operation = self.originals[index];
        self.taken.later.extend(operation.names(names));
        self.squashed.operations.push(operation);
        self.squashed.kept.push(Kept { reason, operations: vec![operation], costs: None });
    }
}

/// Names that a temporary one must differ from: those of the schema before, and later ones. Few histories need a temporary name, so the
/// set is only built then.
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
