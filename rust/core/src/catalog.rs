//! The indexes and constraints that a schema declares, as values: its *entries*. Keys and nodestream's single-property
//! indexes are facts of properties, not entries.

use std::sync::Arc;

use crate::kind::Kind;
use crate::name::{Interner, Name, Translation};
use crate::shared_map::SharedMap;
use crate::value::Value;

/// What an entry is: five kinds of index, and four kinds of constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Form {
    Vector,
    Fulltext,
    Text,
    Point,
    Range,
    /// Every row has a value.
    Required,
    /// Every value has a type.
    Type,
    Unique,
    /// Both required and unique.
    Key,
}

/// The forms of indexes, by their words in files.
pub const INDEX_FORMS: [(&str, Form); 5] = [
    ("vector", Form::Vector),
    ("fulltext", Form::Fulltext),
    ("text", Form::Text),
    ("point", Form::Point),
    ("range", Form::Range),
];

/// The forms of constraints, by their words in files.
pub const CONSTRAINT_FORMS: [(&str, Form); 4] =
    [("required", Form::Required), ("type", Form::Type), ("unique", Form::Unique), ("key", Form::Key)];

impl Form {
    /// The form with this word in files.
    pub fn from_word(word: &str) -> Option<Form> {
        let mut known = INDEX_FORMS.iter().chain(&CONSTRAINT_FORMS);
        known.find(|(each, _)| *each == word).map(|(_, form)| *form)
    }

    /// Its word in files.
    pub fn word(self) -> &'static str {
        let mut known = INDEX_FORMS.iter().chain(&CONSTRAINT_FORMS);
        known.find(|(_, form)| *form == self).map_or("", |(word, _)| *word)
    }

    /// True of constraints.
    pub fn is_constraint(self) -> bool {
        CONSTRAINT_FORMS.iter().any(|(_, form)| *form == self)
    }

    /// `index` or `constraint`.
    pub fn noun(self) -> &'static str {
        if self.is_constraint() { "constraint" } else { "index" }
    }

    /// Whether databases keep it as an ordered index, of which there is one on the same properties.
    pub fn is_ordered(self) -> bool {
        matches!(self, Form::Range | Form::Unique | Form::Key)
    }
}

/// An index or a constraint. Its name is the key of the catalog that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Entry {
    pub form: Form,
    pub kind: Kind,
    /// Sorted by text.
    pub types: Vec<Name>,
    /// In the order of the index; those of a full-text index sorted by text.
    pub properties: Vec<Name>,
    /// Further properties of a vector index, by which searches filter; sorted by text.
    pub filters: Vec<Name>,
    /// All other options: a map sorted by key, or null.
    pub options: Value,
    pub is_optional: bool,
}

impl Entry {
    /// The entry in its normal order.
    #[must_use]
    pub fn sorted(mut self, names: &Interner) -> Entry {
        names.sort(&mut self.types);
        names.sort(&mut self.filters);
        if self.form == Form::Fulltext {
            names.sort(&mut self.properties);
        }
        self
    }

    /// Whether a property is one of its own or one to filter by.
    pub fn concerns(&self, property: Name) -> bool {
        self.properties.contains(&property) || self.filters.contains(&property)
    }

    /// Whether both are of one form and on the same types and properties, those to filter by apart.
    pub fn is_on_the_same(&self, other: &Entry) -> bool {
        (self.form, self.kind, &self.types, &self.properties)
            == (other.form, other.kind, &other.types, &other.properties)
    }

    /// The name of an entry to which nobody gave one.
    pub fn derived_name(&self, names: &Interner) -> String {
        let parts = self.types.iter().chain(&self.properties).map(|name| names.text(*name));
        std::iter::once(self.form.word()).chain(parts).collect::<Vec<_>>().join("_")
    }

    fn translated(&self, translation: &Translation) -> Entry {
        let all = |list: &[Name]| list.iter().map(|name| translation.name(*name)).collect();
        Entry {
            types: all(&self.types),
            properties: all(&self.properties),
            filters: all(&self.filters),
            options: self.options.clone(),
            ..*self
        }
    }
}

/// All entries of a schema, by name and by the types that they concern. Copies share what is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    entries: SharedMap<Arc<Entry>>,
    /// By kind and type, in the order of the names' numbers.
    of_type: [SharedMap<Arc<[Name]>>; 2],
}

impl Catalog {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entry of this name.
    pub fn get(&self, name: Name) -> Option<&Entry> {
        self.entries.get(name).map(Arc::as_ref)
    }

    /// The names of those that concern a type, in no particular order.
    pub fn on(&self, kind: Kind, type_: Name) -> &[Name] {
        self.of_type[kind as usize].get(type_).map_or(&[], |listed| listed)
    }

    /// The names of all, sorted by text.
    pub fn sorted(&self, names: &Interner) -> Vec<Name> {
        let mut all: Vec<Name> = self.entries.keys().collect();
        names.sort(&mut all);
        all
    }

    /// Add an entry, or put it in the place of the one of that name.
    pub fn insert(&mut self, name: Name, entry: Entry) {
        self.remove(name);
        for type_ in &entry.types {
            let mut listed = self.on(entry.kind, *type_).to_vec();
            listed.push(name);
            listed.sort_unstable_by_key(|each| each.number());
            self.of_type[entry.kind as usize].insert(*type_, listed.into());
        }
        self.entries.insert(name, Arc::new(entry));
    }

    /// Remove the entry of this name, if there is one.
    pub fn remove(&mut self, name: Name) -> Option<Arc<Entry>> {
        let removed = self.entries.remove(name)?;
        for type_ in &removed.types {
            let left: Vec<Name> = self.on(removed.kind, *type_).iter().copied().filter(|each| *each != name).collect();
            let of_type = &mut self.of_type[removed.kind as usize];
            if left.is_empty() {
                of_type.remove(*type_)
            } else {
                of_type.insert(*type_, left.into())
            };
        }
        Some(removed)
    }

    /// The same catalog with its ids translated to another interner.
    pub fn translated(&self, translation: &Translation) -> Catalog {
        let mut catalog = Catalog::default();
        for (name, entry) in self.entries.iter() {
            catalog.insert(translation.name(name), entry.translated(translation));
        }
        catalog
    }
}
