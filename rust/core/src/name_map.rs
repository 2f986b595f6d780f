//! A map by interned names.

use std::hash::BuildHasher;
use std::ops::Index;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::name::Name;

/// Up to this many entries are searched one by one: as fast as by hash, with a third of the memory.
const FEW: usize = 16;

/// A map by interned names. Its own order never reaches an output: callers that print sort by text.
#[derive(Clone, Debug)]
pub struct NameMap<V> {
    entries: Vec<(Name, V)>,
    /// The position of each entry by the hash of its name, once there are more than a few.
    places: Option<Box<HashTable<u32>>>,
}

/// A collection of names, each occurring once.
pub(crate) trait Names {
    /// True if it has this name.
    fn contains_key(&self, name: Name) -> bool;

    /// All names.
    fn keys(&self) -> impl Iterator<Item = Name>;
}

impl<V> Names for NameMap<V> {
    fn contains_key(&self, name: Name) -> bool {
        NameMap::contains_key(self, name)
    }

    fn keys(&self) -> impl Iterator<Item = Name> {
        NameMap::keys(self)
    }
}

impl<V> NameMap<V> {
    /// The number of names.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if it has no names.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// True if it has this name.
    pub fn contains_key(&self, name: Name) -> bool {
        self.place(name).is_some()
    }

    /// A name's value.
    pub fn get(&self, name: Name) -> Option<&V> {
        self.place(name).map(|at| &self.entries[at].1)
    }

    /// A name's value, mutable.
    pub fn get_mut(&mut self, name: Name) -> Option<&mut V> {
        self.place(name).map(|at| &mut self.entries[at].1)
    }

    /// Set a name's value; returns the previous one.
    pub fn insert(&mut self, name: Name, value: V) -> Option<V> {
        match self.get_mut(name) {
            Some(there) => Some(std::mem::replace(there, value)),
            None => {
                self.push(name, value);
                None
            }
        }
    }

    /// Set a name's value unless it has one. True if it was set.
    pub fn add(&mut self, name: Name, value: V) -> bool {
        let is_new = !self.contains_key(name);
        if is_new {
            self.push(name, value);
        }
        is_new
    }

    /// A name's value, created if missing.
    pub fn or_insert_with(&mut self, name: Name, make: impl FnOnce() -> V) -> &mut V {
        let at = self.place(name).unwrap_or_else(|| {
            self.push(name, make());
            self.entries.len() - 1
        });
        &mut self.entries[at].1
    }

    /// Remove a name; returns its value.
    pub fn remove(&mut self, name: Name) -> Option<V> {
        let at = self.place(name)?;
        if let Some(places) = &mut self.places {
            let last = self.entries.len() - 1;
            let moved = self.entries[last].0;
            if let Ok(found) = places.find_entry(hash(name), |place| *place as usize == at) {
                found.remove();
            }
            if let Some(place) = places.find_mut(hash(moved), |place| *place as usize == last) {
                *place = at as u32;
            }
        }
        Some(self.entries.swap_remove(at).1)
    }

    /// All entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Name, &V)> + Clone {
        self.entries.iter().map(|(name, value)| (*name, value))
    }

    /// All names.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Name> + Clone {
        self.entries.iter().map(|(name, _)| *name)
    }

    fn place(&self, name: Name) -> Option<usize> {
        match &self.places {
            None => self.entries.iter().position(|(each, _)| *each == name),
            Some(places) => {
                let found = places.find(hash(name), |place| self.entries[*place as usize].0 == name);
                found.map(|place| *place as usize)
            }
        }
    }

    /// Add a missing name.
    fn push(&mut self, name: Name, value: V) {
        let entries = &mut self.entries;
        entries.push((name, value));
        let rehash = |place: &u32| hash(entries[*place as usize].0);
        if let Some(places) = &mut self.places {
            places.insert_unique(hash(name), entries.len() as u32 - 1, rehash);
        } else if entries.len() > FEW {
            let mut places = HashTable::with_capacity(2 * entries.len());
            for place in 0..entries.len() as u32 {
                places.insert_unique(rehash(&place), place, rehash);
            }
            self.places = Some(Box::new(places));
        }
    }
}

impl<V> Index<Name> for NameMap<V> {
    type Output = V;

    fn index(&self, name: Name) -> &V {
        self.get(name).expect("the map has this name")
    }
}

impl<V> Default for NameMap<V> {
    fn default() -> NameMap<V> {
        NameMap { entries: Vec::new(), places: None }
    }
}

impl<V: PartialEq> PartialEq for NameMap<V> {
    fn eq(&self, other: &NameMap<V>) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl<V: Eq> Eq for NameMap<V> {}

impl<V> FromIterator<(Name, V)> for NameMap<V> {
    fn from_iter<I: IntoIterator<Item = (Name, V)>>(entries: I) -> NameMap<V> {
        let mut map = NameMap::default();
        for (name, value) in entries {
            map.insert(name, value);
        }
        map
    }
}

fn hash(name: Name) -> u64 {
    FixedState::default().hash_one(name)
}
