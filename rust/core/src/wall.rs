//! Walls: operations that nothing may cross, because their effect on data is unknown.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::adjacency::Adjacency;
use crate::apply::{Finding, Findings};
use crate::kept::Reason;
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::Operation;
use crate::schema::Schema;

/// The reason nothing may cross this operation, if so. `undeclared`: there may be undeclared rows before it; `is_crossed`: it is a query
/// that declares what it touches.
pub(crate) fn wall(
    operation: &Operation,
    found: Findings,
    is_dangling: bool,
    undeclared: bool,
    is_crossed: bool,
) -> Option<Reason> {
    match operation {
        Operation::RunQuery { .. } => (!is_crossed).then_some(Reason::Wall),
        _ if is_dangling => Some(Reason::Wall),
        // A key that may be null, as a relationship's is, may be filled by extending it by one of its own properties.
        Operation::ExtendKey { kind, .. } if !found.is_empty() && (*kind == Kind::Relationship || undeclared) => {
            Some(Reason::Finding(found))
        }
        _ => found.iter().any(Finding::is_wall).then_some(Reason::Finding(found)),
    }
}

/// True if there may be undeclared rows after a wall.
pub(crate) fn leaves_undeclared(operation: &Operation, found: Findings) -> bool {
    matches!(operation, Operation::RunQuery { .. }) || found.contains(Finding::TypeReplaced)
}

/// The node type that may exist after an operation although it did not before.
pub(crate) fn node_type_made_by(operation: &Operation) -> Option<Name> {
    match *operation {
        Operation::CreateType { kind: Kind::Node, type_, .. }
        | Operation::RenameType { kind: Kind::Node, new: type_, .. }
        | Operation::AddProperty { kind: Kind::Node, type_, .. }
        | Operation::AddIndex { kind: Kind::Node, type_, .. }
        | Operation::ExtendKey { kind: Kind::Node, type_, .. } => Some(type_),
        _ => None,
    }
}

/// Types that an adjacency names although they do not exist. A type that takes such a name also gets the adjacency, so a trace, which
/// follows existing types, cannot follow it.
pub(crate) struct Dangling(HashSet<(Kind, Name), FixedState>);

impl Dangling {
    pub fn of(schema: &Schema) -> Dangling {
        let ends = schema.adjacencies.keys().flat_map(Adjacency::ends);
        Dangling(ends.filter(|(kind, name)| schema.type_(*kind, *name).is_none()).collect())
    }

    /// True if an operation, about to be applied to `schema`, concerns an adjacency of a type that does not exist.
    pub fn concerns(&self, operation: &Operation, schema: &Schema) -> bool {
        match *operation {
            Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) => {
                adjacency.ends().into_iter().any(|(kind, name)| schema.type_(kind, name).is_none())
            }
            Operation::CreateType { kind, type_: name, .. } | Operation::RenameType { kind, new: name, .. } => {
                self.0.contains(&(kind, name))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::adjacency::Adjacency;
    use crate::written::Story;

    const BASE: &str = "CreateNodeType A k p,q; CreateNodeType B j p,q; CreateRelationshipType R - -";

    #[test]
    fn a_query_is_a_wall() {
        let there_and_back = "RenameNodeProperty A p r; RenameNodeProperty A r p";
        assert_eq!(Story::with(BASE).squash_single(there_and_back), "");
        let around = "RenameNodeProperty A p r; RunQuery anything; RenameNodeProperty A r p";
        assert_eq!(Story::with(BASE).squash_single(around), around);
    }

    #[test]
    fn what_is_not_certain_is_a_wall() {
        // A has a property q already.
        let around = "RenameNodeProperty A p r; AddNodeProperty A q 1; RenameNodeProperty A r p";
        assert_eq!(Story::with(BASE).squash_single(around), around);
    }

    #[test]
    fn what_changes_nothing_is_left_out() {
        assert_eq!(Story::with(BASE).squash("DropAdditionalNodePropertyIndex A p"), "");
    }

    #[test]
    fn a_key_extended_by_its_own_part_is_a_wall_once_there_may_be_rows_without_it() {
        assert_eq!(Story::with(BASE).squash("NodeKeyExtended A k 1"), "");
        let after_query = "RunQuery anything; NodeKeyExtended A k 1";
        assert_eq!(Story::with(BASE).squash(after_query), after_query);
    }

    #[test]
    fn who_takes_a_name_that_an_adjacency_waits_for_takes_the_adjacency() {
        let made_and_renamed = "CreateNodeType C i -; RenameNodeType C D";
        assert_eq!(Story::with(BASE).squash(made_and_renamed), "CreateNodeType D i -");
        let mut story = Story::with(BASE);
        let [from, relationship, to] = ["A", "R", "C"].map(|each| story.names.name(each));
        let waiting = Adjacency { from, relationship, to };
        Arc::make_mut(&mut story.schema.adjacencies).insert(waiting, Default::default());
        assert_eq!(story.squash(made_and_renamed), made_and_renamed);
    }

    #[test]
    fn what_is_before_a_wall_is_judged_by_the_schema_before_it() {
        // B's p overwrites its q: only until then does B declare p, which A's renames change.
        let before = "RenameNodeProperty A p r; RenameNodeProperty A r s; RenameNodeProperty B p q";
        assert_eq!(Story::with(BASE).squash(before), before);
    }
}
