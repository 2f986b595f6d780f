//! Interned names, name lists and values, so that an operation is a few integers.

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use crate::operation::Operation;
use crate::value::Value;

/// An interned string: a type, a property, a migration or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(u32);

/// An interned list of names, sorted and without repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NameList(u32);

/// An interned value: a default, or a query's text or parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueId(u32);

/// The tables behind [`Name`], [`NameList`] and [`ValueId`]. Ids of one interner mean nothing to another.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    names: IndexSet<Box<str>, FixedState>,
    lists: IndexSet<Box<[Name]>, FixedState>,
    values: IndexSet<Value, FixedState>,
}

/// How one interner's ids read in another's, made by [`Interner::absorb`].
pub struct Translation {
    names: Vec<Name>,
    lists: Vec<NameList>,
    values: Vec<ValueId>,
}

impl Interner {
    /// The name with this text.
    pub fn name(&mut self, text: &str) -> Name {
        let at = match self.names.get_index_of(text) {
            Some(at) => at,
            None => self.names.insert_full(text.into()).0,
        };
        Name(id(at))
    }

    /// The name with this text, if it was ever interned.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.names.get_index_of(text).map(|at| Name(id(at)))
    }

    /// A name's text.
    pub fn text(&self, name: Name) -> &str {
        &self.names[name.0 as usize]
    }

    /// The list of these names, in any order and with any repetition.
    pub fn list(&mut self, names: Vec<Name>) -> NameList {
        let names = self.as_set(names);
        let at = match self.lists.get_index_of(names.as_slice()) {
            Some(at) => at,
            None => self.lists.insert_full(names.into()).0,
        };
        NameList(id(at))
    }

    /// The list of these names, in any order and with any repetition, if it was ever interned.
    pub fn find_list(&self, names: Vec<Name>) -> Option<NameList> {
        let names = self.as_set(names);
        self.lists.get_index_of(names.as_slice()).map(|at| NameList(id(at)))
    }

    /// A list's names, sorted by their text.
    pub fn names(&self, list: NameList) -> &[Name] {
        &self.lists[list.0 as usize]
    }

    /// The value equal to this one (type and content: `1`, `1.0` and `true` are three).
    pub fn value(&mut self, value: Value) -> ValueId {
        let at = match self.values.get_index_of(&value) {
            Some(at) => at,
            None => self.values.insert_full(value).0,
        };
        ValueId(id(at))
    }

    /// The value equal to this one, if it was ever interned.
    pub fn find_value(&self, value: &Value) -> Option<ValueId> {
        self.values.get_index_of(value).map(|at| ValueId(id(at)))
    }

    /// A value's content.
    pub fn content(&self, value: ValueId) -> &Value {
        &self.values[value.0 as usize]
    }

    /// True for the value null.
    pub fn is_null(&self, value: ValueId) -> bool {
        *self.content(value) == Value::Null
    }

    /// Sort names by their text (byte order, which is code point order).
    pub fn sort(&self, names: &mut [Name]) {
        names.sort_unstable_by(|a, b| self.text(*a).cmp(self.text(*b)));
    }

    /// The names sorted and without repetition.
    fn as_set(&self, mut names: Vec<Name>) -> Vec<Name> {
        self.sort(&mut names);
        names.dedup();
        names
    }

    /// How many names are interned.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True if no name was interned yet.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Take in all that `other` holds; the result reads `other`'s ids in this interner.
    pub fn absorb(&mut self, other: &Interner) -> Translation {
        let names: Vec<Name> = other.names.iter().map(|text| self.name(text)).collect();
        let lists = other
            .lists
            .iter()
            .map(|list| self.list(list.iter().map(|name| names[name.0 as usize]).collect()))
            .collect();
        let values = other.values.iter().map(|value| self.value(value.clone())).collect();
        Translation { names, lists, values }
    }
}

impl Translation {
    /// A name of the absorbed interner.
    pub fn name(&self, name: Name) -> Name {
        self.names[name.0 as usize]
    }

    /// An operation of the absorbed interner.
    pub fn operation(&self, operation: &Operation) -> Operation {
        operation.map(
            |name| self.names[name.0 as usize],
            |list| self.lists[list.0 as usize],
            |value| self.values[value.0 as usize],
        )
    }
}

fn id(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 distinct names")
}
