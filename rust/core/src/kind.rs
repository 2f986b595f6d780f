//! What a type is a type of.

/// What a type is a type of. Node types and relationship types have separate namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Node,
    Relationship,
}

/// Both kinds, in the order in which everything is written.
pub const KINDS: [Kind; 2] = [Kind::Node, Kind::Relationship];
