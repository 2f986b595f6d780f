//! Operations that every database accepts, so that only the others need checking.
//!
//! A database may be unable to handle an unusual name or value, a type that not all databases support, two names that differ only in case,
//! or a key's type. An operation without any of these is plain.

use crate::kind::KINDS;
use crate::name::{Interner, Name, NameSet, ValueId};
use crate::operation::Operation;
use crate::schema::Schema;
use crate::value::Value;

/// Every database accepts names of this length.
const LENGTH: usize = 1000;

/// Facts about an interner's names: those that are not plain, and those that equal another except for letter case.
#[derive(Debug)]
pub struct OddNames {
    odd: NameSet,
    twins: NameSet,
}

impl OddNames {
    /// Of all names interned so far.
    pub fn new(names: &Interner) -> OddNames {
        OddNames { odd: names.all().filter(|name| !is_plain(names.text(*name))).collect(), twins: names.twins() }
    }

    /// Whether an operation that can be applied to this schema is plain there.
    pub fn is_plain(&self, operation: &Operation, before: &Schema, names: &Interner) -> bool {
        use Operation as O;
        if let O::QueriesLeftOut { .. } = operation {
            return true; // its names are not identifiers
        }
        // A database may refuse what it has to rebuild.
        if let Some((kind, type_)) = operation.subject()
            && !before.catalog.on(kind, type_).is_empty()
        {
            return false;
        }
        if operation.names(names).iter().any(|name| self.odd.contains(name)) {
            return false;
        }
        if let Some((kind, type_)) = operation.subject()
            && !matches!(operation, O::CreateType { .. })
            && before.type_(kind, type_).is_none()
        {
            return false; // it is created silently
        }
        let joins =
            |kind, type_, property| self.is_alone(property, names, |twin| before.property(kind, type_, twin).is_some());
        match *operation {
            O::CreateType { type_, keys, properties, .. } => {
                let said = || names.names(keys).iter().chain(names.names(properties)).copied();
                let is_alone = |name| self.is_alone(name, names, |twin| said().any(|each| each == twin));
                self.is_free(type_, before, names) && said().all(is_alone)
            }
            O::RenameType { new, .. } => self.is_free(new, before, names),
            O::AddProperty { kind, type_, property, default } => {
                joins(kind, type_, property) && is_storable(default, names)
            }
            O::ExtendKey { kind, type_, property, default } => {
                let has_type = before.property(kind, type_, property).is_some_and(|there| there.type_.is_said());
                !has_type && joins(kind, type_, property) && is_storable(default, names)
            }
            O::AddIndex { kind, type_, property } => joins(kind, type_, property),
            O::RenameProperty { kind, type_, new, .. } | O::RenameKeyPart { kind, type_, new, .. } => {
                joins(kind, type_, new)
            }
            O::SetPropertyType { kind, type_, property, to, using, .. } => {
                let is_usual = names.is_null(using) && to.is_everywhere();
                is_usual && before.property(kind, type_, property).is_some_and(|there| !there.key)
            }
            O::DropType { .. }
            | O::DropProperty { .. }
            | O::DropIndex { .. }
            | O::ReduceKey { .. }
            | O::AddAdjacency(_)
            | O::DropAdjacency(_)
            | O::QueriesLeftOut { .. } => true,
            O::RunQuery { .. } | O::CreateEntry { .. } | O::RemoveEntry { .. } => false,
        }
    }

    /// Whether no type of either kind has this name, ignoring letter case.
    fn is_free(&self, name: Name, before: &Schema, names: &Interner) -> bool {
        let is_type = |name| KINDS.iter().any(|kind| before.type_(*kind, name).is_some());
        !is_type(name) && self.is_alone(name, names, is_type)
    }

    /// Whether no name equals this one when letter case is ignored.
    fn is_alone(&self, name: Name, names: &Interner, is_taken: impl Fn(Name) -> bool) -> bool {
        let has_twin = || names.but_for_case(names.text(name)).any(|twin| twin != name && is_taken(twin));
        !self.twins.contains(&name) || !has_twin()
    }
}

/// Letters and digits of ASCII, and the characters between words.
fn is_plain(name: &str) -> bool {
    name.len() <= LENGTH
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && name.bytes().all(|each| each.is_ascii_alphanumeric() || b"_- ".contains(&each))
}

fn is_storable(value: ValueId, names: &Interner) -> bool {
    matches!(names.content(value), Value::Null | Value::Bool(_) | Value::Int(_) | Value::Str(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written::Story;

    const BASE: &str = "CreateNodeType A k p,q; CreateRelationshipType R - p";

    /// Whether a database has to be asked about an operation after these types were created.
    fn is_asked(operation: &str) -> bool {
        let mut story = Story::with(BASE);
        let operations = story.operations(operation);
        let known = OddNames::new(&story.names);
        !known.is_plain(&operations[0], &story.schema, &story.names)
    }

    #[test]
    fn what_most_histories_say_is_plain() {
        for operation in [
            "CreateNodeType B k,j p",
            "CreateRelationshipType KNOWS - since",
            "RenameNodeType A B",
            "AddNodeProperty A r 1",
            "AddNodeProperty A r null",
            "AddRelationshipProperty R r text",
            "RenameNodeProperty A p r",
            "AddAdditionalNodePropertyIndex A p",
            "DropAdditionalNodePropertyIndex A p",
            "NodeKeyExtended A p 1",
            "NodeKeyPartRenamed A k j",
            "SetNodePropertyType A p INTEGER",
            "DropNodeProperty A p",
            "DropRelationshipType R",
            "AddAdjacency A R A",
            "QueriesLeftOut MATCH(n)",
        ] {
            assert!(!is_asked(operation), "{operation}");
        }
    }

    #[test]
    fn what_a_database_may_refuse_is_asked() {
        for operation in [
            "CreateNodeType A k p",
            "CreateNodeType a k p",
            "CreateNodeType R k p",
            "CreateRelationshipType a - p",
            "CreateNodeType B k K",
            "CreateNodeType B.C k p",
            "CreateNodeType B k _id",
            "CreateNodeType \u{c9} k p",
            "RenameNodeType A R",
            "RenameNodeType A a",
            "RenameNodeType A A",
            "RenameNodeType Nobody B",
            "AddNodeProperty Nobody p 1",
            "AddNodeProperty A P 1",
            "AddNodeProperty A _label 1",
            "RenameNodeProperty A q P",
            "RenameNodeProperty A q Q",
            "AddAdditionalNodePropertyIndex A P",
            "SetNodePropertyType A k FLOAT",
            "SetNodePropertyType A p FLOAT expression",
            "DropNodeProperty Nobody p",
            "RunQuery anything",
        ] {
            assert!(is_asked(operation), "{operation}");
        }
    }
}
