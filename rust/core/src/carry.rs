//! The entries of a catalog around operations on types and properties: which follow them, and which are removed before
//! and created after.

use std::sync::Arc;

use crate::apply::{Refusal, apply};
use crate::catalog::Catalog;
use crate::indexing::{CatalogRefusal, creation, removal};
use crate::name::{Interner, Name, NameSet};
use crate::operation::Operation;
use crate::schema::Schema;

/// The schema after operations, without the entries that cannot follow them.
pub(crate) fn carried(start: &Schema, operations: &[Operation], names: &Interner) -> Schema {
    let mut schema = start.clone();
    for operation in operations {
        let mut applied = apply(&mut schema, operation, names);
        while let Err(Refusal::Catalog(CatalogRefusal::Held { entry, .. })) = applied {
            Arc::make_mut(&mut schema.catalog).remove(entry);
            applied = apply(&mut schema, operation, names);
        }
        debug_assert!(applied.is_ok(), "the operations apply to the schema");
    }
    schema
}

/// The operations on the catalog before and after others.
#[derive(Debug, Default)]
pub(crate) struct Around {
    pub before: Vec<Operation>,
    pub after: Vec<Operation>,
}

impl Around {
    /// What these entries need so that `operations`, which lead from `start` to `end` in everything else, do so in the
    /// catalog, too. `concerned` are sorted by text.
    pub fn of(
        operations: &[Operation],
        start: &Schema,
        end: &Catalog,
        concerned: &[Name],
        names: &mut Interner,
    ) -> Around {
        let mut without = start.clone();
        for gone in concerned.iter().filter(|name| end.get(**name).is_none()) {
            Arc::make_mut(&mut without.catalog).remove(*gone);
        }
        let there = carried(&without, operations, names);
        let mut around = Around::default();
        for name in concerned.iter().copied() {
            let [was, carried, is] = [&start.catalog, &there.catalog, end].map(|catalog| catalog.get(name));
            if let Some(was) = was.filter(|_| carried.is_none() || carried != is) {
                around.before.push(removal(name, was));
            }
            if let Some(is) = is.filter(|_| carried != is) {
                around.after.push(creation(name, is, names));
            }
        }
        around
    }
}

/// Whether there are or will be entries.
pub(crate) fn has_catalog(base: &Schema, operations: &[Operation]) -> bool {
    !base.catalog.is_empty() || operations.iter().any(Operation::is_on_catalog)
}

/// The operations of a history with a catalog, between two walls.
pub(crate) struct Indexed {
    start: Schema,
    /// The catalog before the operation that was met last.
    before: Arc<Catalog>,
    operations: Vec<usize>,
    concerned: NameSet,
}

impl Indexed {
    /// None if nothing is or will be in the catalog.
    pub fn begin(base: &Schema, operations: &[Operation]) -> Option<Indexed> {
        has_catalog(base, operations).then(|| Indexed {
            start: base.clone(),
            before: base.catalog.clone(),
            operations: Vec::new(),
            concerned: NameSet::default(),
        })
    }

    /// Note an operation that is about to be applied to `schema`. Returns an index on several types that follows it.
    pub fn meet(&mut self, index: usize, operation: &Operation, schema: &Schema) -> Option<Name> {
        self.before = schema.catalog.clone();
        self.operations.push(index);
        if let Operation::CreateEntry { name, .. } | Operation::RemoveEntry { name, .. } = *operation {
            self.concerned.insert(name);
        }
        let (kind, type_) = operation.subject()?;
        let there = schema.catalog.on(kind, type_);
        self.concerned.extend(there);
        let old = match *operation {
            Operation::RenameProperty { old, new, .. } | Operation::RenameKeyPart { old, new, .. } if old != new => old,
            _ => return None,
        };
        let follows =
            |name: &&Name| schema.catalog.get(**name).is_some_and(|entry| entry.types.len() > 1 && entry.concerns(old));
        there.iter().find(follows).copied()
    }

    /// The segment before the wall that was met last; another one begins behind it, with the schema `after` it.
    pub fn end(&mut self, after: &Schema) -> Segment {
        self.operations.pop();
        let start = std::mem::replace(&mut self.start, after.clone());
        let (operations, concerned) = (std::mem::take(&mut self.operations), std::mem::take(&mut self.concerned));
        Segment { start, end: self.before.clone(), operations, concerned }
    }

    /// The last segment, which ends with `schema`.
    pub fn last(self, schema: &Schema) -> Segment {
        let end = schema.catalog.clone();
        Segment { start: self.start, end, operations: self.operations, concerned: self.concerned }
    }
}

/// What is between two walls: the schemas, the operations by their index, and the entries that they concern.
pub(crate) struct Segment {
    start: Schema,
    end: Arc<Catalog>,
    pub operations: Vec<usize>,
    concerned: NameSet,
}

impl Segment {
    /// What its entries need around the operations that are written for it.
    pub fn around(&self, written: &[Operation], names: &mut Interner) -> Around {
        let mut concerned: Vec<Name> = self.concerned.iter().copied().collect();
        names.sort(&mut concerned);
        Around::of(written, &self.start, &self.end, &concerned, names)
    }
}

#[cfg(test)]
mod tests {
    use crate::kept::Reason;
    use crate::written::Story;

    const BASE: &str = "CreateNodeType A p,x q; CreateNodeType B j q; CreateNodeIndex t A q text";

    #[test]
    fn removals_come_first_and_creations_last() {
        let made = "CreateNodeIndex u A x text; RenameNodeType A C; RemoveIndex t";
        assert_eq!(Story::with(BASE).squash(made), "RemoveIndex t; RenameNodeType A C; CreateNodeIndex u C x text");
        assert_eq!(Story::with(BASE).squash("RemoveIndex t; CreateNodeIndex t A q text"), "");
        let around = "RemoveIndex t; RunQuery anything; CreateNodeIndex t A q text";
        assert_eq!(Story::with(BASE).squash(around), around);
    }

    #[test]
    fn an_index_follows_renames_by_itself() {
        assert_eq!(Story::with(BASE).squash_single("RenameNodeProperty A q r; RenameNodeProperty A r q"), "");
        let renamed = "RenameNodeProperty A q r; RenameNodeType A C; RenameNodeProperty C r s";
        assert_eq!(Story::with(BASE).squash_single(renamed), "RenameNodeType A C; RenameNodeProperty C q s");
    }

    #[test]
    fn a_query_is_crossed_only_if_there_is_no_index_that_it_may_use() {
        let around = "RenameNodeProperty A q y; RunQuery fix null null - B; RenameNodeProperty A y q";
        let kept = "RenameNodeProperty A q y; RunQuery fix B/; RenameNodeProperty A y q";
        assert_eq!(Story::with(BASE).squash_single(around), kept);
        let without = "CreateNodeType A p,x q; CreateNodeType B j q";
        assert_eq!(Story::with(without).squash_single(around), "RunQuery fix B/");
    }

    #[test]
    fn a_rename_below_an_index_on_several_types_keeps_its_place() {
        // B declares q at that point, so the index keeps that name, too.
        let base = "CreateNodeType A p q; CreateNodeType B j r; CreateNodeIndex w A,B q,r fulltext";
        let around = "AddNodeProperty B q; RenameNodeProperty A q s; AddNodeProperty A n; DropNodeProperty A n";
        assert_eq!(Story::with(base).squash_single(around), "AddNodeProperty B q; RenameNodeProperty A q s");
    }

    #[test]
    fn operations_stay_if_only_their_order_leaves_a_constraint_in_place() {
        let base = "CreateNodeType A p,x q; CreateNodeConstraint u A p,x,q unique";
        // A key is extended before it is reduced, and then it would be all that the constraint is on.
        let changed = "NodeKeyReduced A x; NodeKeyExtended A q 1";
        assert_eq!(Story::with(base).squash(changed), changed);
        assert_eq!(Story::with(base).kept(changed).pop().map(|kept| kept.reason), Some(Reason::Catalog));
    }
}
