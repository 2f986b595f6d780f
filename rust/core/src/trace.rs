//! A sequence of operations → the change to each type and property.
//!
//! Existing types and properties keep their identity through renames; created ones are new; something that is dropped
//! and created again is two things. Only what operations name is examined, so the cost depends on the operations, not
//! on the schema.

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use crate::kind::Kind;
use crate::name::{Interner, Name};
use crate::name_map::NameMap;
use crate::operation::Operation;
use crate::schema::{Schema, Type};
use crate::traced::Traced;

/// The changes to the types that a run of operations names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub types: Vec<Traced>,
    /// For each operation, which of `types` it acted on, and its index in the sequence.
    pub acted: Vec<(u32, u32)>,
    /// Pairs of `types` of which the second got a name that the first had had.
    pub same_name: Vec<(u32, u32)>,
    /// Rows may have labels and properties that were undeclared at the beginning, and are affected when such names are taken.
    pub undeclared: bool,
    /// By query, which of `types` it touches.
    pub touched: Vec<Vec<usize>>,
    /// By kind, which of `types` last had a name.
    holders: [NameMap<Holder>; 2],
    /// By positions in `types`: adjacencies added (1), dropped (-1), or both (0); in order of appearance.
    adjacencies: IndexMap<[usize; 3], i8, FixedState>,
}

/// The type that has a name, or had it last.
#[derive(Clone, Copy, Debug)]
struct Holder {
    at: u32,
    still: bool,
}

impl Trace {
    /// A trace of a sequence that begins with or without undeclared rows.
    pub fn new(undeclared: bool) -> Trace {
        Trace { undeclared, ..Trace::default() }
    }

    /// Note what an operation names in the schema before it. Returns the position in `types` of the type that it acts
    /// on.
    pub fn meet(&mut self, operation: &Operation, schema: &Schema) -> Option<usize> {
        if let Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) = operation {
            let [_, relationship, _] = adjacency.ends().map(|(kind, type_)| self.meet_type(kind, type_, schema));
            return relationship.map(|(at, _)| at);
        }
        let (kind, type_) = operation.subject()?;
        let (at, definition) = self.meet_type(kind, type_, schema)?;
        self.types[at].meet(operation, definition);
        Some(at)
    }

    fn meet_type<'a>(&mut self, kind: Kind, type_: Name, schema: &'a Schema) -> Option<(usize, &'a Type)> {
        let definition = schema.type_(kind, type_)?;
        let at = match self.holders[kind as usize].get(type_) {
            Some(holder) if holder.still => holder.at as usize,
            _ => self.begin(Traced::met(kind, type_, definition, self.undeclared)),
        };
        Some((at, definition))
    }

    /// Add a type that gets its first name here.
    fn begin(&mut self, traced: Traced) -> usize {
        let (kind, name) = (traced.kind, traced.first_name);
        self.types.push(traced);
        self.hold(kind, name, self.types.len() - 1);
        self.types.len() - 1
    }

    /// A type has this name from here on.
    fn hold(&mut self, kind: Kind, name: Name, at: usize) {
        let holder = Holder { at: at as u32, still: true };
        if let Some(earlier) = self.holders[kind as usize].insert(name, holder) {
            self.same_name.push((earlier.at, holder.at));
        }
    }

    /// Nothing has this name from here on.
    fn release(&mut self, kind: Kind, name: Name) {
        if let Some(holder) = self.holders[kind as usize].get_mut(name) {
            holder.still = false;
        }
    }

    /// Follow a query that touches only these types of the schema, at least one.
    pub fn touch(&mut self, index: usize, touched: &[(Kind, Name)], schema: &Schema) {
        let mut met = Vec::new();
        for (kind, type_) in touched {
            if let Some((at, definition)) = self.meet_type(*kind, *type_, schema) {
                self.types[at].touched_by_query(definition);
                met.push(at);
            }
        }
        self.acted.extend(met.first().map(|at| (*at as u32, index as u32)));
        self.touched.push(met);
    }

    /// Note these types as if no query touched them.
    pub fn meet_all(&mut self, touched: &[(Kind, Name)], schema: &Schema) {
        for (kind, type_) in touched {
            self.meet_type(*kind, *type_, schema);
        }
    }

    /// Whether a query was followed.
    pub fn is_touched(&self) -> bool {
        !self.touched.is_empty()
    }

    /// The removed and new adjacencies, by positions in `types`, with whether they are new.
    pub fn adjacencies(&self) -> impl Iterator<Item = ([usize; 3], bool)> {
        self.adjacencies.iter().filter(|(_, net)| **net != 0).map(|(ends, net)| (*ends, *net > 0))
    }

    /// The created node types that still exist, by name.
    pub fn made_node_types(&self) -> impl Iterator<Item = Name> {
        let made = self.types.iter().filter(|traced| traced.kind == Kind::Node && traced.change.before.is_none());
        made.filter_map(|traced| traced.change.after)
    }

    /// All adjacencies that an operation named, by positions in `types`.
    pub fn named_adjacencies(&self) -> impl Iterator<Item = [usize; 3]> {
        self.adjacencies.keys().copied()
    }

    /// Follow an operation without findings, after [`Trace::meet`] returned its subject.
    pub fn follow(&mut self, index: usize, operation: &Operation, met: Option<usize>, names: &mut Interner) {
        if let Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) = operation {
            let ends = adjacency.ends().map(|(kind, type_)| self.holders[kind as usize][type_].at as usize);
            let net = self.adjacencies.entry(ends).or_default();
            *net += if matches!(operation, Operation::AddAdjacency(_)) { 1 } else { -1 };
        }
        let at = match (*operation, met) {
            (Operation::CreateType { kind, type_, keys, properties }, _) => {
                let (keys, properties) = (names.names(keys), names.names(properties));
                self.begin(Traced::made(kind, type_, keys, properties, self.undeclared))
            }
            (_, None) => return, // it acts on no type
            (Operation::DropType { kind, type_ }, Some(at)) => {
                self.types[at].drop_type();
                self.release(kind, type_);
                at
            }
            (Operation::RenameType { kind, old, new }, Some(at)) => {
                self.types[at].rename_type(new);
                self.release(kind, old);
                self.hold(kind, new, at);
                at
            }
            (_, Some(at)) => {
                self.types[at].follow(operation, names);
                at
            }
        };
        self.acted.push((at as u32, index as u32));
    }
}

#[cfg(test)]
mod tests {
    use crate::written::Story;

    const BASE: &str = "CreateNodeType A k p";

    #[test]
    fn a_chain_of_renames_is_one() {
        let chain = "RenameNodeProperty A p q; RenameNodeType A B; RenameNodeProperty B q r";
        assert_eq!(Story::with(BASE).squash(chain), "RenameNodeType A B; RenameNodeProperty B p r");
    }

    #[test]
    fn dropped_and_made_again_is_two() {
        let again = "DropNodeProperty A p; AddNodeProperty A p 5";
        assert_eq!(Story::with(BASE).squash(again), again);
    }

    #[test]
    fn what_comes_and_goes_is_nothing() {
        assert_eq!(
            Story::with(BASE).squash("AddNodeProperty A x 1; RenameNodeProperty A x y; DropNodeProperty A y"),
            ""
        );
    }

    #[test]
    fn nulls_become_the_first_default_that_meets_them() {
        let twice = "AddNodeProperty A x 1; NodeKeyExtended A x 2";
        assert_eq!(Story::with(BASE).squash(twice), "NodeKeyExtended A x 1");
    }

    #[test]
    fn an_expression_stays_where_there_is_data_and_folds_away_where_there_is_none() {
        let twice = "SetNodePropertyType A p INTEGER one; SetNodePropertyType A p STRING other may_be_null";
        assert_eq!(Story::with(BASE).squash(twice), twice);
        let new = "CreateNodeType B j q; SetNodePropertyType B q INTEGER one may_be_null; RenameNodeType B C";
        let folded = "CreateNodeType C j q; SetNodePropertyType C q INTEGER";
        assert_eq!(Story::with(BASE).squash(new), folded);
        let new = "AddNodeProperty A x; SetNodePropertyType A x INTEGER one";
        assert_eq!(Story::with(BASE).squash(new), "AddNodeProperty A x; SetNodePropertyType A x INTEGER");
        let filled = "AddNodeProperty A x high; SetNodePropertyType A x INTEGER one";
        assert_eq!(Story::with(BASE).squash(filled), filled);
    }

    #[test]
    fn what_an_expression_makes_null_keeps_its_order_with_the_key() {
        let base = "CreateNodeType A k,j p";
        for operations in [
            "SetNodePropertyType A p INTEGER one may_be_null; NodeKeyExtended A p 5",
            "NodeKeyReduced A j; SetNodePropertyType A j INTEGER one may_be_null",
        ] {
            assert_eq!(Story::with(base).squash(operations), operations);
        }
        let back = "NodeKeyExtended A p 5; NodeKeyReduced A p; SetNodePropertyType A p INTEGER one";
        let written = "NodeKeyExtended A p 5; SetNodePropertyType A p INTEGER one; NodeKeyReduced A p";
        assert_eq!(Story::with(base).squash(back), written);
    }

    #[test]
    fn a_name_taken_after_a_conversion_keeps_its_order_once_there_may_be_undeclared_rows() {
        let operations = "SetNodePropertyType A p INTEGER; RenameNodeProperty A p q";
        let renamed_first = "RenameNodeProperty A p q; SetNodePropertyType A q INTEGER";
        assert_eq!(Story::with(BASE).squash(operations), renamed_first);
        let after_query = format!("RunQuery anything; {operations}");
        assert_eq!(Story::with(BASE).squash(&after_query), after_query);
        // A node that lacks the key may have another one's under the new name.
        let reduced = "NodeKeyReduced A k; RenameNodeProperty A k q";
        let renamed_first = "NodeKeyPartRenamed A k q; NodeKeyReduced A q";
        assert_eq!(Story::with(BASE).squash(reduced), renamed_first);
        let after_query = format!("RunQuery anything; {reduced}");
        assert_eq!(Story::with(BASE).squash(&after_query), after_query);
    }
}
