//! A map by interned names that shares unchanged parts with its copies.

use std::array;
use std::ops::Index;
use std::sync::Arc;

use crate::name::Name;
use crate::name_map::Names;

/// The number of neighbouring numbers in a page, and of pages in a group.
const FAN: usize = 32;

/// A map by interned names. Its own order never reaches an output: callers that print sort by text.
///
/// Names are small numbers, so it is a tree of three levels with the number as the path. A copy shares everything
/// except the list of groups; a change copies one group and one page. So the schemas before a hundred thousand
/// operations cost only their changes.
#[derive(Clone, Debug)]
pub struct SharedMap<V> {
    count: usize,
    groups: Vec<Option<Arc<Group<V>>>>,
}

#[derive(Clone, Debug)]
struct Group<V>([Option<Arc<Page<V>>>; FAN]);

#[derive(Clone, Debug)]
struct Page<V>([Option<V>; FAN]);

impl<V: Clone> SharedMap<V> {
    /// The number of names.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True if it has no names.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// True if it has this name.
    pub fn contains_key(&self, name: Name) -> bool {
        self.get(name).is_some()
    }

    /// A name's value.
    pub fn get(&self, name: Name) -> Option<&V> {
        let [group, page, place] = path(name);
        let page = self.groups.get(group)?.as_ref()?.0[page].as_ref()?;
        page.0[place].as_ref()
    }

    /// A name's value, mutable.
    pub fn get_mut(&mut self, name: Name) -> Option<&mut V> {
        let [group, page, place] = path(name);
        let page = Arc::make_mut(self.groups.get_mut(group)?.as_mut()?).0[page].as_mut()?;
        Arc::make_mut(page).0[place].as_mut()
    }

    /// Set a name's value; returns the previous one.
    pub fn insert(&mut self, name: Name, value: V) -> Option<V> {
        let earlier = place(&mut self.groups, name).replace(value);
        self.count += usize::from(earlier.is_none());
        earlier
    }

    /// Set a name's value unless it has one. True if it was set.
    pub fn add(&mut self, name: Name, value: V) -> bool {
        let is_new = !self.contains_key(name);
        if is_new {
            self.insert(name, value);
        }
        is_new
    }

    /// A name's value, created if missing.
    pub fn or_insert_with(&mut self, name: Name, make: impl FnOnce() -> V) -> &mut V {
        let entry = place(&mut self.groups, name);
        self.count += usize::from(entry.is_none());
        entry.get_or_insert_with(make)
    }

    /// Remove a name; returns its value.
    pub fn remove(&mut self, name: Name) -> Option<V> {
        self.get(name)?;
        self.count -= 1;
        place(&mut self.groups, name).take()
    }

    /// All entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Name, &V)> + Clone {
        let groups = self.groups.iter().enumerate().filter_map(|(at, group)| Some((at * FAN, group.as_ref()?)));
        let pages = groups.flat_map(|(start, group)| filled(start, &group.0));
        let entries = pages.flat_map(|(at, page)| filled(at * FAN, &page.0));
        Counted { inner: entries.map(|(number, value)| (Name::numbered(number), value)), left: self.count }
    }

    /// All names.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Name> + Clone {
        self.iter().map(|(name, _)| name)
    }
}

impl<V: Clone> Names for SharedMap<V> {
    fn contains_key(&self, name: Name) -> bool {
        SharedMap::contains_key(self, name)
    }

    fn keys(&self) -> impl Iterator<Item = Name> {
        SharedMap::keys(self)
    }
}

/// The steps from the groups to a name's place.
fn path(name: Name) -> [usize; 3] {
    let number = name.number();
    [number / (FAN * FAN), number / FAN % FAN, number % FAN]
}

/// A name's place, created if missing and copied if shared.
fn place<V: Clone>(groups: &mut Vec<Option<Arc<Group<V>>>>, name: Name) -> &mut Option<V> {
    let [group, page, place] = path(name);
    if groups.len() <= group {
        groups.resize(group + 1, None);
    }
    let group = groups[group].get_or_insert_with(|| Arc::new(Group(array::from_fn(|_| None))));
    let page = Arc::make_mut(group).0[page].get_or_insert_with(|| Arc::new(Page(array::from_fn(|_| None))));
    &mut Arc::make_mut(page).0[place]
}

/// The existing entries of a row, each with its number; the row begins with `start`.
fn filled<T>(start: usize, row: &[Option<T>]) -> impl Iterator<Item = (usize, &T)> + Clone {
    row.iter().enumerate().filter_map(move |(at, each)| Some((start + at, each.as_ref()?)))
}

/// An iterator that knows its remaining length.
#[derive(Clone)]
struct Counted<I> {
    inner: I,
    left: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let item = self.inner.next()?;
        self.left -= 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

impl<V: Clone> Index<Name> for SharedMap<V> {
    type Output = V;

    fn index(&self, name: Name) -> &V {
        self.get(name).expect("the map has this name")
    }
}

impl<V> Default for SharedMap<V> {
    fn default() -> SharedMap<V> {
        SharedMap { count: 0, groups: Vec::new() }
    }
}

impl<V: Clone + PartialEq> PartialEq for SharedMap<V> {
    fn eq(&self, other: &SharedMap<V>) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl<V: Clone + Eq> Eq for SharedMap<V> {}

impl<V: Clone> FromIterator<(Name, V)> for SharedMap<V> {
    fn from_iter<I: IntoIterator<Item = (Name, V)>>(entries: I) -> SharedMap<V> {
        let mut map = SharedMap::default();
        for (name, value) in entries {
            map.insert(name, value);
        }
        map
    }
}
