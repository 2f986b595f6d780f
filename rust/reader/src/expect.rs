//! The expected content of schema, project and hints files, and the messages for anything else.
//!
//! Messages never quote a value of the file, which may be a password, except for words from a small fixed set.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::fmt::{self, Display, Formatter, Write};

use foldhash::fast::FixedState;
use nsmig_core::likeness::likeness;
use nsmig_core::value::Value;

use crate::construct::{Constructor, MAX_ALIASED};
use crate::problem::Problem;
use crate::tree::{Content, Node, NodeId, Tag, Tree};

/// The least similarity at which a known name is suggested for the given one.
const LIKE: f64 = 0.5;

/// Up to this many keys, comparing each pair is faster than hashing.
const FEW: usize = 8;

/// Reads a tree. Counts the nodes visited, so that aliases of aliases do not take forever.
pub(crate) struct Expecting<'t, 'a> {
    tree: &'t Tree<'a>,
    constructor: Constructor<'t, 'a>,
}

/// A key of a mapping and its value.
pub(crate) struct Entry<'t> {
    pub name: Cow<'t, str>,
    pub key: NodeId,
    pub value: NodeId,
}

/// The value of a key.
pub(crate) fn find(entries: &[Entry<'_>], name: &str) -> Option<NodeId> {
    entries.iter().find(|entry| entry.name == name).map(|entry| entry.value)
}

impl<'t, 'a> Expecting<'t, 'a> {
    pub fn new(tree: &'t Tree<'a>) -> Expecting<'t, 'a> {
        Expecting { tree, constructor: Constructor::new(tree) }
    }

    /// The root node.
    pub fn root(&self) -> Result<NodeId, Problem> {
        let root = self.tree.root().filter(|root| !self.is_null(*root));
        root.ok_or_else(|| Problem::of_file("is empty; write {} if that is meant"))
    }

    /// The entries of a mapping, merges included; later ones replace earlier ones. `known` are the allowed keys (any,
    /// if it is empty); `required` those that must be there.
    pub fn entries(
        &mut self,
        id: NodeId,
        what: &dyn Display,
        known: &[&str],
        required: &[&str],
    ) -> Result<Vec<Entry<'t>>, Problem> {
        let Some(pairs) = self.constructor.flattened(id)? else {
            let keys = if known.is_empty() { String::new() } else { format!(" with the keys {}", known.join(", ")) };
            return Err(self.wrong(id, format!("{what} must be a mapping{keys}, not {}", self.noun(id))));
        };
        let mut entries: Vec<Entry<'t>> = Vec::with_capacity(FEW);
        for (key, value) in pairs {
            let name = match self.tree.node(key).tag {
                Tag::Value => "=".into(), // as a key it has no meaning of its own
                _ => self.text(key, &format_args!("a key of {what}"))?,
            };
            entries.push(Entry { name, key, value });
        }
        let entries = without_duplicates(entries);
        if let Some(entry) = entries.iter().find(|entry| !known.is_empty() && !known.contains(&&*entry.name)) {
            let meant = nearest(&entry.name, known).unwrap_or_else(|| format!("; known are {}", known.join(", ")));
            return Err(self.wrong(entry.key, format!("{what} has no key {}{meant}", Quoted(&entry.name))));
        }
        match required.iter().find(|key| find(&entries, key).is_none()) {
            Some(key) => Err(self.wrong(id, format!("{what} lacks the key {}", Quoted(key)))),
            None => Ok(entries),
        }
    }

    /// The items of a list.
    pub fn items(
        &mut self,
        id: NodeId,
        what: &dyn Display,
    ) -> Result<impl Iterator<Item = NodeId> + use<'t, 'a>, Problem> {
        match self.tree.node(id).content {
            Content::Sequence => {
                self.constructor.spend(id, self.tree.children(id).count())?;
                Ok(self.tree.children(id))
            }
            _ => Err(self.wrong(id, format!("{what} must be a list, not {}; write [] for none", self.noun(id)))),
        }
    }

    /// The node as a text.
    pub fn text(&self, id: NodeId, what: &dyn Display) -> Result<Cow<'t, str>, Problem> {
        let node = self.tree.node(id);
        match (&node.tag, &node.content) {
            (Tag::Str, Content::Scalar(text)) => Ok(Cow::Borrowed(text)),
            (_, content) => {
                // The parser uses a tilde for an empty node.
                let is_written = matches!(content, Content::Scalar(text) if !text.is_empty() && text != "~");
                let hint = if is_written { "; put it in quotes" } else { "" };
                Err(self.wrong(id, format!("{what} must be text, not {}{hint}", self.noun(id))))
            }
        }
    }

    /// The node as a boolean.
    pub fn flag(&mut self, id: NodeId, what: &dyn Display) -> Result<bool, Problem> {
        match self.tree.node(id) {
            Node { tag: Tag::Bool, content: Content::Scalar(text), .. } if text == "true" || text == "false" => {
                Ok(text == "true") // as most write it
            }
            Node { tag: Tag::Bool, .. } => Ok(self.constructor.value(id)? == Value::Bool(true)),
            _ => Err(self.wrong(id, format!("{what} must be true or false, not {}", self.noun(id)))),
        }
    }

    /// The node as a text, if it is one of these words.
    pub fn one_of(&self, id: NodeId, what: &dyn Display, words: &[&str]) -> Result<Cow<'t, str>, Problem> {
        let word = self.text(id, what)?;
        if words.contains(&&*word) {
            return Ok(word);
        }
        let meant = nearest(&word, words).or_else(|| nearest(&word.to_uppercase(), words));
        let hint = meant.unwrap_or_else(|| format!("; known are {}", words.join(", ")));
        Err(self.wrong(id, format!("{what} cannot be {}{hint}", Quoted(&word))))
    }

    /// The node as a value.
    pub fn value(&mut self, id: NodeId) -> Result<Value, Problem> {
        self.constructor.value(id)
    }

    pub fn is_list(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).content, Content::Sequence)
    }

    pub fn is_scalar(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).content, Content::Scalar(_))
    }

    pub fn is_null(&self, id: NodeId) -> bool {
        self.tree.node(id).tag == Tag::Null
    }

    /// Refuse a key that occurs twice in a mapping, of which YAML would silently keep the last.
    pub fn refuse_duplicates(&self) -> Result<(), Problem> {
        for (id, _) in self.tree.nodes().filter(|(_, node)| matches!(node.content, Content::Mapping)) {
            let mut first: HashMap<(Tag, &str), NodeId, FixedState> = HashMap::default();
            for (key, _) in self.tree.pairs(id) {
                let node = self.tree.node(key);
                let Content::Scalar(text) = &node.content else { continue };
                if let Some(earlier) = first.insert((node.tag, text), key) {
                    let line = self.tree.node(earlier).place.line;
                    let problem = format!("the key {} is in line {line} already; remove one", Quoted(text));
                    return Err(self.wrong(key, problem));
                }
            }
        }
        Ok(())
    }

    /// Count the pairs that a few names expand to together with the file's aliases.
    pub fn count_pairs(&mut self, id: NodeId, pairs: usize) -> Result<(), Problem> {
        let problem = format!("the file connects more than {MAX_ALIASED} pairs of types");
        self.constructor.spend(id, pairs).map_err(|_| self.wrong(id, problem))
    }

    /// A description of a node, for people.
    pub fn noun(&self, id: NodeId) -> &'static str {
        let node = self.tree.node(id);
        match (&node.content, node.tag) {
            (Content::Mapping, _) => "a mapping",
            (Content::Sequence, _) => "a list",
            (_, Tag::Str) => "text",
            (_, Tag::Null) => "nothing",
            (_, Tag::Bool) => "a boolean",
            (_, Tag::Int | Tag::Float) => "a number",
            (_, Tag::Timestamp) => "a date",
            _ => "a value with a tag of its own",
        }
    }

    pub fn wrong(&self, id: NodeId, problem: String) -> Problem {
        Problem::of_node(self.tree, id, problem)
    }
}

/// The later of two entries with one key, in the place of the earlier one.
fn without_duplicates(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let is_new = |at: usize| entries[..at].iter().all(|earlier| earlier.name != entries[at].name);
    if entries.len() <= FEW && (1..entries.len()).all(is_new) {
        return entries;
    }
    let mut place_of: HashMap<Cow<'_, str>, usize, FixedState> = HashMap::default();
    let mut kept: Vec<Entry<'_>> = Vec::with_capacity(entries.len());
    for entry in entries {
        match place_of.entry(entry.name.clone()) {
            Occupied(earlier) => kept[*earlier.get()] = entry,
            Vacant(vacant) => {
                vacant.insert(kept.len());
                kept.push(entry);
            }
        }
    }
    kept
}

/// A clause with the known names most similar to one, if any is similar: those that it begins, if there are any.
fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let begun: Vec<&str> = known.iter().copied().filter(|each| !name.is_empty() && each.starts_with(name)).collect();
    let known = if begun.is_empty() { known } else { &begun };
    let name: Vec<char> = name.chars().collect();
    let mut close: Vec<(f64, &str)> =
        known.iter().map(|each| (likeness(&each.chars().collect::<Vec<char>>(), &name), *each)).collect();
    close.retain(|(likeness, _)| *likeness >= LIKE);
    close.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| other.cmp(one)));
    let names: Vec<String> = close.iter().take(3).map(|(_, name)| Quoted(name).to_string()).collect();
    (!names.is_empty()).then(|| format!("; did you mean {}?", names.join(" or ")))
}

/// A text in quotes, as Python shows it.
#[derive(Clone, Copy)]
pub(crate) struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains('\'') && !self.0.contains('"') { '"' } else { '\'' };
        out.write_char(quote)?;
        for char in self.0.chars() {
            match char {
                '\n' => out.write_str("\\n")?,
                '\r' => out.write_str("\\r")?,
                '\t' => out.write_str("\\t")?,
                '\\' => out.write_str("\\\\")?,
                _ if char == quote => write!(out, "\\{char}")?,
                _ if char.is_control() => write!(out, "\\x{:02x}", char as u32)?,
                _ => out.write_char(char)?,
            }
        }
        out.write_char(quote)
    }
}
