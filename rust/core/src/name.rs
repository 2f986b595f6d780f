//! Interned names, name lists and values, so that an operation is a few integers.

use std::collections::HashSet;
use std::fmt::{self, Debug, Formatter};
use std::hash::{BuildHasher, Hash};
use std::ops::Range;
use std::sync::OnceLock;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use indexmap::IndexSet;

use crate::value::Value;

/// An interned string: a type, a property, a migration or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(u32);

impl Name {
    /// Its place among the names of its interner.
    pub(crate) fn number(self) -> usize {
        self.0 as usize
    }

    /// The name at this place, which has been a name's.
    pub(crate) fn numbered(number: usize) -> Name {
        Name(number as u32)
    }
}

/// A set of interned names.
pub type NameSet = HashSet<Name, FixedState>;

/// An interned list of names, sorted and without repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NameList(u32);

/// An interned value: a default, or a query's text or parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueId(u32);

/// The path of a file in three parts, so that a folder's name is stored once for all its files, and a migration's name
/// once for both uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File {
    /// Up to and including its last separator; may be empty.
    pub folder: Name,
    /// The part in between.
    pub stem: Name,
    /// `.yaml`, or empty.
    pub suffix: Name,
}

/// The tables behind [`Name`], [`NameList`] and [`ValueId`]. Ids of one interner mean nothing to another.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    names: Table<String>,
    lists: Table<Vec<Name>>,
    values: IndexSet<Value, FixedState>,
    /// All names by the hash of their texts in lower-case ASCII, once requested.
    lowered: OnceLock<Vec<(u64, Name)>>,
}

/// The translation of one interner's ids into another's, made by [`Interner::absorb`].
pub struct Translation {
    names: Vec<Name>,
    lists: Vec<NameList>,
    values: Vec<ValueId>,
}

impl Interner {
    /// The name with this text.
    pub fn name(&mut self, text: &str) -> Name {
        self.lowered.take();
        Name(self.names.insert(text))
    }

    /// The name with this text, if it was ever interned.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.names.find(text).map(Name)
    }

    /// The names that equal this one except for the case of ASCII letters, in the order of their numbers.
    pub fn but_for_case<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Name> + 'a {
        let (lowered, hash) = (self.lowered(), lowered_hash(text));
        let start = lowered.partition_point(|(each, _)| *each < hash);
        let same = lowered[start..].iter().take_while(move |(each, _)| *each == hash).map(|(_, name)| *name);
        same.filter(move |name| self.text(*name).eq_ignore_ascii_case(text))
    }

    /// The names that equal others except for the case of ASCII letters.
    pub fn twins(&self) -> NameSet {
        let same = self.lowered().chunk_by(|(a, _), (b, _)| a == b);
        same.filter(|same| same.len() > 1).flatten().map(|(_, name)| *name).collect()
    }

    fn lowered(&self) -> &[(u64, Name)] {
        self.lowered.get_or_init(|| {
            let mut lowered: Vec<_> = self.all().map(|name| (lowered_hash(self.text(name)), name)).collect();
            lowered.sort_unstable_by_key(|(hash, name)| (*hash, name.0));
            lowered
        })
    }

    /// All names, in the order in which they were interned.
    pub fn all(&self) -> impl Iterator<Item = Name> + use<> {
        (0..id(self.len())).map(Name)
    }

    /// A name's text.
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name.0)
    }

    /// The list of these names, in any order and with any repetition.
    pub fn list(&mut self, names: Vec<Name>) -> NameList {
        let names = self.as_set(names);
        NameList(self.lists.insert(&names))
    }

    /// The list of these names, in any order and with any repetition, if it was ever interned.
    pub fn find_list(&self, names: Vec<Name>) -> Option<NameList> {
        let names = self.as_set(names);
        self.lists.find(&names).map(NameList)
    }

    /// A list's names, sorted by their text.
    pub fn names(&self, list: NameList) -> &[Name] {
        self.lists.get(list.0)
    }

    /// The value equal to this one (in type and content: `1`, `1.0` and `true` are three values).
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

    /// Make room for this many more names.
    pub fn reserve(&mut self, names: usize) {
        let Table { places, numbers, .. } = &mut self.names;
        places.reserve(names);
        numbers.reserve(names, |number| places[*number as usize].hash);
    }

    /// The number of interned names.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True if no name was interned yet.
    pub fn is_empty(&self) -> bool {
        self.names.len() == 0
    }

    /// Add everything that `other` holds; the result translates `other`'s ids into this interner's.
    pub fn absorb(&mut self, other: &Interner) -> Translation {
        self.reserve(other.len());
        self.lowered.take();
        let theirs = (0..id(other.len())).zip(&other.names.places);
        let names: Vec<Name> =
            theirs.map(|(number, place)| Name(self.names.insert_hashed(other.names.get(number), place.hash))).collect();
        let lists = (0..id(other.lists.len())).map(|number| other.lists.get(number));
        let lists = lists.map(|list| self.list(list.iter().map(|name| names[name.0 as usize]).collect())).collect();
        let values = other.values.iter().map(|value| self.value(value.clone())).collect();
        Translation { names, lists, values }
    }
}

impl File {
    /// The ending of a migration file's name.
    pub const SUFFIX: &str = ".yaml";

    /// The file with this path, whatever it is.
    pub fn new(path: &str, names: &mut Interner) -> File {
        let (folder, name) = path.split_at(path.rfind(std::path::is_separator).map_or(0, |separator| separator + 1));
        let stem = name.strip_suffix(File::SUFFIX).unwrap_or(name);
        File { folder: names.name(folder), stem: names.name(stem), suffix: names.name(&name[stem.len()..]) }
    }

    /// Its path.
    pub fn path(&self, names: &Interner) -> String {
        [self.folder, self.stem, self.suffix].map(|part| names.text(part)).concat()
    }
}

impl Translation {
    /// A file of the absorbed interner.
    pub fn file(&self, file: File) -> File {
        File { folder: self.name(file.folder), stem: self.name(file.stem), suffix: self.name(file.suffix) }
    }

    /// A name of the absorbed interner.
    pub fn name(&self, name: Name) -> Name {
        self.names[name.0 as usize]
    }

    /// A list of the absorbed interner.
    pub fn list(&self, list: NameList) -> NameList {
        self.lists[list.0 as usize]
    }

    /// A value of the absorbed interner.
    pub fn value(&self, value: ValueId) -> ValueId {
        self.values[value.0 as usize]
    }
}

/// Different texts or lists, one after the other in one allocation, each found by its number and by its content.
#[derive(Clone, Default)]
struct Table<All> {
    all: All,
    places: Vec<Place>,
    /// The number of each, by the hash of its content.
    numbers: HashTable<u32>,
}

/// The end of a part in the whole, and the hash of its content, which avoids comparing most others.
#[derive(Clone, Copy, Debug)]
struct Place {
    end: usize,
    hash: u64,
}

/// A whole that can be split into the parts that were added to it.
trait Joined {
    type Part: Debug + Hash + Eq + ?Sized;
    fn part(&self, place: Range<usize>) -> &Self::Part;
    /// Returns the end of the added part.
    fn add(&mut self, part: &Self::Part) -> usize;
}

impl Joined for String {
    type Part = str;
    fn part(&self, place: Range<usize>) -> &str {
        &self[place]
    }
    fn add(&mut self, part: &str) -> usize {
        self.push_str(part);
        self.len()
    }
}

impl Joined for Vec<Name> {
    type Part = [Name];
    fn part(&self, place: Range<usize>) -> &[Name] {
        &self[place]
    }
    fn add(&mut self, part: &[Name]) -> usize {
        self.extend_from_slice(part);
        self.len()
    }
}

/// In the order of their numbers, the only difference that two tables can have.
impl<All: Joined> Debug for Table<All> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries((0..id(self.len())).map(|number| self.get(number))).finish()
    }
}

impl<All: Joined> Table<All> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn get(&self, number: u32) -> &All::Part {
        part(&self.all, &self.places, number)
    }

    fn find(&self, content: &All::Part) -> Option<u32> {
        let hash = hash(content);
        let is_same = |number: &u32| self.places[*number as usize].hash == hash && self.get(*number) == content;
        self.numbers.find(hash, is_same).copied()
    }

    /// The number of a content, which is added if missing.
    fn insert(&mut self, content: &All::Part) -> u32 {
        self.insert_hashed(content, hash(content))
    }

    fn insert_hashed(&mut self, content: &All::Part, hash: u64) -> u32 {
        let Table { all, places, numbers } = self;
        let is_same = |number: &u32| places[*number as usize].hash == hash && part(all, places, *number) == content;
        match numbers.entry(hash, is_same, |number| places[*number as usize].hash) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(vacant) => {
                let number = id(places.len());
                vacant.insert(number);
                places.push(Place { end: all.add(content), hash });
                number
            }
        }
    }
}

fn part<'a, All: Joined>(all: &'a All, places: &[Place], number: u32) -> &'a All::Part {
    let at = number as usize;
    all.part(at.checked_sub(1).map_or(0, |before| places[before].end)..places[at].end)
}

fn lowered_hash(text: &str) -> u64 {
    hash(text.to_ascii_lowercase().as_str())
}

fn hash(content: &(impl Hash + ?Sized)) -> u64 {
    FixedState::default().hash_one(content)
}

fn id(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 distinct names")
}
