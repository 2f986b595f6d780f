//! Operations that a squash leaves as they were, and why.

use crate::apply::Findings;
use crate::name::Name;
use crate::operation::Operation;

/// Operations that stay as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Why.
    pub reason: Reason,
    /// Which, in their order.
    pub operations: Vec<Operation>,
    /// Of a query that nothing crosses, or of what queries touch: how many operations, beside the queries, there are only because of that.
    pub costs: Option<usize>,
}

/// Why operations stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user's own statement, or an adjacency of types that the schema does not declare.
    Wall,
    /// What the operation means for data is not certain.
    Finding(Findings),
    /// A query touches this type, by its name before.
    Touched(Name),
    /// A node may carry both types, and what one does to this property depends on the other.
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
    /// There may be rows with a name that this type, or a property of it, takes on the way: something before it may have left them.
    Undeclared(Name),
}
