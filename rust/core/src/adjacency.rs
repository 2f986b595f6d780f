//! The adjacencies of a schema, found by the types that they connect.

use std::sync::Arc;

use foldhash::fast::FixedState;
use indexmap::{IndexMap, IndexSet};

use crate::kind::Kind;
use crate::name::Name;
use crate::shared_map::SharedMap;

/// Which node types a relationship type connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Adjacency {
    pub from: Name,
    pub relationship: Name,
    pub to: Name,
}

impl Adjacency {
    /// The three types that it names.
    pub fn ends(&self) -> [(Kind, Name); 3] {
        [(Kind::Node, self.from), (Kind::Relationship, self.relationship), (Kind::Node, self.to)]
    }
}

/// How many relationships may meet one node on a side of an adjacency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Cardinality {
    #[default]
    Many,
    Single,
}

/// Cardinality on the from side and on the to side.
pub type Sides = (Cardinality, Cardinality);

/// Adjacencies with their cardinalities; equal if they are the same, regardless of their order. A copy shares what it
/// does not change.
#[derive(Clone, Debug, Default)]
pub struct Adjacencies {
    /// By relationship type.
    sides: SharedMap<Arc<IndexMap<Adjacency, Sides, FixedState>>>,
    /// For each node type, the adjacencies that it is an end of.
    of_node: SharedMap<Arc<IndexSet<Adjacency, FixedState>>>,
}

impl PartialEq for Adjacencies {
    fn eq(&self, other: &Adjacencies) -> bool {
        self.sides == other.sides
    }
}

impl Eq for Adjacencies {}

impl Adjacencies {
    /// In no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&Adjacency, &Sides)> {
        self.sides.iter().flat_map(|(_, sides)| sides.iter())
    }

    /// In no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &Adjacency> {
        self.iter().map(|(adjacency, _)| adjacency)
    }

    /// True if this adjacency exists.
    pub fn contains(&self, adjacency: &Adjacency) -> bool {
        self.sides.get(adjacency.relationship).is_some_and(|sides| sides.contains_key(adjacency))
    }

    /// Add one, or change its cardinalities.
    pub fn insert(&mut self, adjacency: Adjacency, sides: Sides) {
        let of_relationship = self.sides.or_insert_with(adjacency.relationship, Arc::default);
        Arc::make_mut(of_relationship).insert(adjacency, sides);
        for end in [adjacency.from, adjacency.to] {
            Arc::make_mut(self.of_node.or_insert_with(end, Arc::default)).insert(adjacency);
        }
    }

    /// Remove one; returns its cardinalities, if it existed.
    pub fn remove(&mut self, adjacency: &Adjacency) -> Option<Sides> {
        let of_relationship = Arc::make_mut(self.sides.get_mut(adjacency.relationship)?);
        let sides = of_relationship.swap_remove(adjacency)?;
        if of_relationship.is_empty() {
            self.sides.remove(adjacency.relationship);
        }
        for end in [adjacency.from, adjacency.to] {
            let Some(others) = self.of_node.get_mut(end).map(Arc::make_mut) else { continue };
            others.swap_remove(adjacency);
            if others.is_empty() {
                self.of_node.remove(end);
            }
        }
        Some(sides)
    }

    /// Remove all adjacencies that involve a type. Shared parts are copied only if there is one.
    pub fn drop_type(self: &mut Arc<Self>, kind: Kind, type_: Name) {
        for adjacency in self.of(kind, type_) {
            Arc::make_mut(self).remove(&adjacency);
        }
    }

    /// Rename a type wherever it is an end. Shared parts are copied only if there is such a place.
    pub fn rename_type(self: &mut Arc<Self>, kind: Kind, old: Name, new: Name) {
        let renamed = |name: Name| if name == old { new } else { name };
        for adjacency in self.of(kind, old) {
            let Some(sides) = Arc::make_mut(self).remove(&adjacency) else { continue };
            let Adjacency { from, relationship, to } = adjacency;
            let adjacency = match kind {
                Kind::Node => Adjacency { from: renamed(from), relationship, to: renamed(to) },
                Kind::Relationship => Adjacency { from, relationship: renamed(relationship), to },
            };
            Arc::make_mut(self).insert(adjacency, sides);
        }
    }

    fn of(&self, kind: Kind, type_: Name) -> Vec<Adjacency> {
        match kind {
            Kind::Node => self.of_node.get(type_).into_iter().flat_map(|each| each.iter()).copied().collect(),
            Kind::Relationship => self.sides.get(type_).into_iter().flat_map(|each| each.keys()).copied().collect(),
        }
    }
}

impl FromIterator<(Adjacency, Sides)> for Adjacencies {
    fn from_iter<I: IntoIterator<Item = (Adjacency, Sides)>>(all: I) -> Adjacencies {
        let mut adjacencies = Adjacencies::default();
        all.into_iter().for_each(|(adjacency, sides)| adjacencies.insert(adjacency, sides));
        adjacencies
    }
}
