//! Operations that a squash leaves unchanged, and why.

use crate::apply::Findings;
use crate::name::Name;
use crate::operation::Operation;

/// Operations that stay unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Why.
    pub reason: Reason,
    /// Which, in their order.
    pub operations: Vec<Operation>,
    /// For a query that nothing crosses, or types that queries touch: how many operations besides the queries exist only because of that.
    pub costs: Option<usize>,
}

/// The reason operations stay unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user's own statement, or an adjacency of types that the schema does not declare.
    Wall,
    /// The operation's effect on data is uncertain.
    Finding(Findings),
    /// A query touches this type, by its name before.
    Touched(Name),
    /// A node may have both types, and an operation of one on this property depends on the other.
    Entangled {
        /// A type whose operations stay, by its name before.
        type_: Name,
        /// The other one; it may have no operations here.
        with: Name,
        /// The property.
        property: Name,
    },
    /// The key of this type, by its name before, changes in a way that only its own operations bring about safely.
    KeyOrder(Name),
    /// This index on several types follows a rename in a way that depends on the operations before it.
    Follows(Name),
    /// Indexes and constraints allow the operations only in this order.
    Catalog,
    /// There may be undeclared rows with a name that this type, or one of its properties, takes.
    Undeclared(Name),
}
