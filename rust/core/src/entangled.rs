//! The rules by which types of a trace form groups, and by which a group's operations stay unchanged.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use crate::change::PropertyChange;
use crate::declarers::Declarers;
use crate::groups::Groups;
use crate::kept::Reason;
use crate::kind::Kind;
use crate::name::{Name, NameSet};
use crate::trace::Trace;
use crate::traced::{Data, Traced};

/// A trace's types in groups, with the work done. Without `declarers`, nothing is entangled.
pub(crate) fn groups(trace: &Trace, declarers: Option<&Declarers>) -> (Groups, usize) {
    let mut groups = Groups::of(trace.types.len());
    keep_touched(trace, &mut groups);
    unite_by_name(trace, &mut groups);
    unite_by_adjacency(trace, &mut groups);
    let mut work = trace.acted.len();
    for (at, traced) in trace.types.iter().enumerate() {
        work += traced.change.properties.len() + traced.data.as_ref().map_or(0, |data| data.dropped_with.len());
        if traced.needs_order || needs_key_order(traced) {
            groups.keep(at, Reason::KeyOrder(traced.name()));
        }
    }
    if trace.undeclared {
        keep_undeclared(&trace.types, declarers.is_none(), &mut groups);
    }
    if let Some(declarers) = declarers {
        let properties = Properties::of(&trace.types);
        work += keep_changed(&trace.types, &properties, declarers, &mut groups);
        work += keep_dropped(&trace.types, &properties, &mut groups);
    }
    (groups, work)
}

/// Keep what a query touches and, if that is relationships, dropped node types, since their nodes' relationships are deleted too.
fn keep_touched(trace: &Trace, groups: &mut Groups) {
    for touched in &trace.touched {
        let Some(first) = touched.first() else { continue };
        let reason = Reason::Touched(trace.types[*first].name());
        touched.iter().for_each(|at| groups.join(*first, *at, reason));
        if touched.iter().any(|at| trace.types[*at].kind == Kind::Relationship) {
            let dropped = with_data(&trace.types).filter(|(_, traced, _)| traced.change.after.is_none());
            dropped.for_each(|(at, ..)| groups.join(*first, at, reason));
        }
    }
}

/// Types that successively had the same name are treated alike.
fn unite_by_name(trace: &Trace, groups: &mut Groups) {
    for (one, other) in &trace.same_name {
        groups.unite(*one as usize, *other as usize);
    }
}

/// Types that an operation connects or disconnects are treated alike.
fn unite_by_adjacency(trace: &Trace, groups: &mut Groups) {
    for [from, relationship, to] in trace.named_adjacencies() {
        groups.unite(from, relationship);
        groups.unite(relationship, to);
    }
}

/// The key changes in a way that `rewrite`, which extends before it reduces, cannot write with a unique key at each step.
fn needs_key_order(traced: &Traced) -> bool {
    if traced.change.before.is_none() || traced.change.after.is_none() {
        return false;
    }
    let changes = &traced.change.properties;
    let was_key = |each: &&PropertyChange| each.before.is_some_and(|(_, was)| was.key);
    let is_key = |each: &&PropertyChange| each.after.is_some_and(|(_, is)| is.key);
    let extended = changes.iter().filter(|each| is_key(each) && !was_key(each)).count();
    let reduced = changes.iter().filter(|each| was_key(each) && !is_key(each)).count();
    // In the key for a time: that may be what made the others unique.
    let passed = changes.iter().any(|each| each.key_step > 0 && !was_key(&each) && !is_key(&each));
    // A key part has to go before another property takes its name, and the key is extended only after that.
    let mut gone = changes.iter().filter(|each| each.after.is_none() && was_key(each)).peekable();
    let early = gone.peek().is_some() && {
        let names: NameSet = changes.iter().filter_map(|each| Some(each.after?.0)).collect();
        gone.any(|each| each.before.is_some_and(|(name, _)| names.contains(&name)))
    };
    match (traced.keys > 0, traced.keys + extended > reduced) {
        (false, _) => passed && extended > 1,
        (true, true) => early && extended > 0,
        // If no key is left, no subset of it has to be unique, except those that existed on the way.
        (true, false) => reduced > 1 && (early || passed),
    }
}

/// Keep operations that may meet undeclared rows: those that act under a name taken on the way and, since a node may
/// then have any label, all that change nodes beside a node type that takes a name.
fn keep_undeclared(types: &[Traced], single_label: bool, groups: &mut Groups) {
    for (at, traced) in types.iter().enumerate().filter(|(_, traced)| traced.acts_on_new_name) {
        groups.keep(at, Reason::Undeclared(traced.name()));
    }
    let changes = |traced: &Traced| {
        traced.data.as_ref().is_some_and(|data| traced.change.after.is_none() || !data.changed.is_empty())
    };
    let named_anew = |traced: &Traced| traced.kind == Kind::Node && traced.named_anew;
    if !single_label && types.iter().any(changes) && types.iter().any(named_anew) {
        let concerned: Vec<usize> =
            (0..types.len()).filter(|at| changes(&types[*at]) || named_anew(&types[*at])).collect();
        for at in &concerned {
            groups.join(concerned[0], *at, Reason::Undeclared(types[*at].name()));
        }
    }
}

/// The types concerned with a property, by positions among those that may have data.
#[derive(Default)]
struct Properties {
    /// Each property with each type of which an operation changed its values.
    changed: IndexSet<(Name, usize), FixedState>,
    touched: HashMap<Name, Vec<usize>, FixedState>,
    /// Those that declared it at some time, as far as the operations show.
    declared: HashMap<Name, Vec<usize>, FixedState>,
}

impl Properties {
    fn of(types: &[Traced]) -> Properties {
        let mut properties = Properties::default();
        for (at, _, data) in with_data(types) {
            properties.changed.extend(data.changed.iter().map(|property| (*property, at)));
            for property in &data.touched {
                properties.touched.entry(*property).or_default().push(at);
            }
            for property in data.touched.iter().chain(&data.declared).chain(&data.dropped_with) {
                properties.declared.entry(*property).or_default().push(at);
            }
        }
        properties
    }
}

fn with_data(types: &[Traced]) -> impl Iterator<Item = (usize, &Traced, &Data)> {
    types.iter().enumerate().filter_map(|(at, traced)| Some((at, traced, traced.data.as_deref()?)))
}

/// Keep node types of which one changes values of a property that another declares at any time, including types without operations here.
fn keep_changed(types: &[Traced], properties: &Properties, declarers: &Declarers, groups: &mut Groups) -> usize {
    let mut work = 0;
    let entangled =
        |at: usize, with: Name, property: Name| Reason::Entangled { type_: types[at].name(), with, property };
    let mut first_to_change: HashMap<Name, usize, FixedState> = HashMap::default();
    for (property, at) in properties.changed.iter().copied() {
        work += 1;
        match first_to_change.entry(property) {
            Entry::Occupied(first) => {
                let first = *first.get();
                groups.join(first, at, entangled(first, types[at].name(), property));
                continue;
            }
            Entry::Vacant(vacant) => vacant.insert(at),
        };
        for other in properties.declared.get(&property).into_iter().flatten().filter(|other| **other != at) {
            work += 1;
            groups.join(at, *other, entangled(at, types[*other].name(), property));
        }
        // Any other type that declares it does so throughout, and may therefore be rewritten.
        let this = types[at].change.after.and_then(|name| declarers.id(name));
        for holder in declarers.of_property(property) {
            work += 1;
            if Some(*holder) != this {
                groups.keep(at, entangled(at, declarers.name(*holder), property));
                break;
            }
        }
    }
    work
}

/// Keep node types of which one is dropped with a property that an operation on the other touches.
fn keep_dropped(types: &[Traced], properties: &Properties, groups: &mut Groups) -> usize {
    let mut work = 0;
    let mut dropped: HashSet<Name, FixedState> = HashSet::default();
    for (at, traced, data) in with_data(types).filter(|(_, traced, _)| traced.change.after.is_none()) {
        for property in data.dropped_with.iter().chain(&data.declared) {
            let Some(touching) = properties.touched.get(property) else { continue };
            // The first one dropped with a property joins all that touch it; the next has to join only one of these.
            let others = touching.iter().filter(|other| **other != at);
            for other in others.take(if dropped.insert(*property) { usize::MAX } else { 1 }) {
                work += 1;
                let reason =
                    Reason::Entangled { type_: traced.name(), with: types[*other].name(), property: *property };
                groups.join(at, *other, reason);
            }
        }
    }
    work
}

#[cfg(test)]
mod tests {
    use crate::kept::{Kept, Reason};
    use crate::written::Story;

    #[test]
    fn types_are_entangled_where_one_changes_a_property_that_another_declares() {
        let base = "CreateNodeType A k p; CreateNodeType B j p";
        let twice = "RenameNodeProperty A p q; RenameNodeProperty A q r";
        let mut story = Story::with(base);
        assert_eq!(story.squash(twice), twice);
        let [type_, with, property] = ["A", "B", "p"].map(|each| story.names.name(each));
        let reason = Reason::Entangled { type_, with, property };
        let operations = story.operations(twice);
        assert_eq!(story.kept(twice), [Kept { reason, operations, costs: None }]);
        assert_eq!(story.squash_single(twice), "RenameNodeProperty A p r");
    }

    #[test]
    fn a_bystander_is_written_anew() {
        let base = "CreateNodeType A k p; CreateNodeType B j p,x";
        let both = "RenameNodeProperty B x y; RenameNodeProperty A p q; RenameNodeProperty B y z";
        assert_eq!(Story::with(base).squash(both), "RenameNodeProperty B x z; RenameNodeProperty A p q");
    }

    #[test]
    fn a_dropped_type_is_entangled_with_one_that_touches_its_properties() {
        // After the drop, a node of both would have no q.
        let operations = "AddNodeProperty A q; DropNodeType B";
        assert_eq!(Story::with("CreateNodeType A k -; CreateNodeType B j q").squash(operations), operations);
        let apart = "DropNodeType B; AddNodeProperty A q";
        assert_eq!(Story::with("CreateNodeType A k -; CreateNodeType B j -").squash(operations), apart);
    }

    const TOUCHED: &str = "CreateNodeType A k p; CreateNodeType B j x; CreateRelationshipType R - w";

    /// The squash of operations around a query that declares `touches`.
    fn around(base: &str, before: &str, touches: &str, after: &str) -> String {
        let operations = [before, &format!("RunQuery fix null null - {touches}"), after];
        let operations: Vec<&str> = operations.into_iter().filter(|each| !each.is_empty()).collect();
        Story::with(base).squash(&operations.join("; "))
    }

    #[test]
    fn what_a_query_does_not_touch_crosses_it() {
        let renamed = around(TOUCHED, "RenameNodeProperty B x y", "A/", "RenameNodeProperty B y z");
        assert_eq!(renamed, "RenameNodeProperty B x z; RunQuery fix A/");
        let renamed = around(TOUCHED, "RenameRelationshipProperty R w v", "A/", "RenameRelationshipProperty R v w");
        assert_eq!(renamed, "RunQuery fix A/");
        let dropped = around(TOUCHED, "AddNodeProperty B z", "A/", "DropNodeType B");
        assert_eq!(dropped, "DropNodeType B; RunQuery fix A/");
    }

    #[test]
    fn what_a_query_touches_keeps_its_order() {
        let (there, back) = ("RenameNodeProperty A p r", "RenameNodeProperty A r p");
        assert_eq!(around(TOUCHED, there, "A/", back), format!("{there}; RunQuery fix A/; {back}"));
        let (there, back) = ("RenameNodeProperty B x y", "RenameNodeProperty B y x");
        assert_eq!(around(TOUCHED, there, "A,B/", back), format!("{there}; RunQuery fix A,B/; {back}"));
        let (there, back) = ("RenameRelationshipProperty R w v", "RenameRelationshipProperty R v w");
        assert_eq!(around(TOUCHED, there, "/R", back), format!("{there}; RunQuery fix /R; {back}"));
        let renamed = around(TOUCHED, "RenameNodeType A C; CreateNodeType A i -", "C/", "RenameNodeType C D");
        assert_eq!(renamed, "RenameNodeType A C; CreateNodeType A i -; RunQuery fix C/; RenameNodeType C D");
    }

    #[test]
    fn a_key_extended_by_its_own_part_is_a_wall_behind_a_query() {
        let filled = around(TOUCHED, "", "A/", "NodeKeyExtended A k 1");
        assert_eq!(filled, "RunQuery fix A/; NodeKeyExtended A k 1");
    }

    #[test]
    fn what_is_entangled_with_a_touched_type_keeps_its_order() {
        // A node may be both, and the query may change its p.
        let base = "CreateNodeType A k p; CreateNodeType B j p,x";
        let (there, back) = ("RenameNodeProperty B p r", "RenameNodeProperty B r p");
        assert_eq!(around(base, there, "A/", back), format!("{there}; RunQuery fix A/; {back}"));
        let (there, back) = ("RenameNodeProperty B x r", "RenameNodeProperty B r x");
        assert_eq!(around(base, there, "A/", back), "RunQuery fix A/");
        // Relationships are deleted with the nodes at their ends.
        let dropped = around(TOUCHED, "AddNodeProperty B z", "/R", "DropNodeType B");
        assert_eq!(dropped, "AddNodeProperty B z; RunQuery fix /R; DropNodeType B");
    }

    #[test]
    fn a_type_made_on_the_way_has_data_once_a_query_touches_it() {
        let made = "CreateNodeType M m -; AddNodeProperty M y 1";
        for after in ["AddNodeProperty M x 2", "AddNodeProperty B m 5; DropNodeProperty B m"] {
            assert_eq!(around(TOUCHED, made, "M/", after), format!("CreateNodeType M m y; RunQuery fix M/; {after}"));
        }
    }

    #[test]
    fn what_a_query_touches_is_squashed_before_it_and_after_it() {
        let (before, after) = ("RenameNodeProperty A p r; RenameNodeProperty A r s", "RenameNodeProperty A s p");
        let squashed = format!("RenameNodeProperty A p s; RunQuery fix A/; {after}");
        assert_eq!(around(TOUCHED, before, "A/", after), squashed);
    }

    #[test]
    fn types_of_one_name_stay_together() {
        // The renames of the first A are entangled with B. The second A is not, but cannot exist before the first has
        // been renamed.
        let base = "CreateNodeType A k p; CreateNodeType B j p";
        let operations = "RenameNodeProperty A p q; RenameNodeType A C; CreateNodeType A i -; AddNodeProperty A x 1";
        assert_eq!(Story::with(base).squash(operations), operations);
    }

    #[test]
    fn a_key_that_changes_around_a_taken_name_keeps_its_order() {
        let base = "CreateNodeType A j,k p";
        let operations = "NodeKeyExtended A e 1; NodeKeyReduced A j; DropNodeProperty A j; RenameNodeProperty A p j";
        let mut story = Story::with(base);
        assert_eq!(story.squash_single(operations), operations);
        let reason = Reason::KeyOrder(story.names.name("A"));
        let all = story.operations(operations);
        assert_eq!(story.kept(operations), [Kept { reason, operations: all, costs: None }]);
    }

    #[test]
    fn a_property_made_and_renamed_after_a_query_takes_along_what_the_query_left() {
        let base = "CreateNodeType A k p";
        let added = "AddNodeProperty A x 1; RenameNodeProperty A x y";
        assert_eq!(Story::with(base).squash_single(added), "AddNodeProperty A y 1");
        let after_query = format!("RunQuery anything; {added}");
        assert_eq!(Story::with(base).squash_single(&after_query), after_query);
    }

    #[test]
    fn a_type_that_takes_a_label_after_a_query_keeps_its_place_among_what_changes_nodes() {
        let base = "CreateNodeType A k p; CreateNodeType B j -";
        let operations = "RunQuery anything; DropNodeProperty A p; RenameNodeType B C";
        assert_eq!(Story::with(base).squash(operations), operations);
        let apart = "RunQuery anything; RenameNodeType B C; DropNodeProperty A p";
        assert_eq!(Story::with(base).squash_single(operations), apart);
    }
}
