//! A document as nodes with tags and places. Aliases make nodes shared; nothing contains itself.

use std::borrow::Cow;

use crate::ReadError;

/// A place in a file, counted from 1; 0, 0 is the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: u32,
    pub column: u32,
}

/// What is wrong, and where.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    place: Place,
    text: String,
}

/// The tags that PyYAML's safe loader knows, all of `tag:yaml.org,2002:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Str,
    Binary,
    /// `<<`
    Merge,
    /// `=`
    Value,
    Seq,
    Omap,
    Pairs,
    Map,
    Set,
    /// Any other, in full.
    Unknown(Box<str>),
}

/// An index into a tree's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// A scalar or a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node<'a> {
    pub place: Place,
    pub tag: Tag,
    pub content: Content<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Scalar(Cow<'a, str>),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    /// None if there is no document at all.
    pub root: Option<NodeId>,
}

impl Problem {
    pub fn new(place: Place, text: impl Into<String>) -> Problem {
        Problem { place, text: text.into() }
    }

    pub fn of_file(text: impl Into<String>) -> Problem {
        Problem::new(Place::default(), text)
    }

    pub fn in_file(self, file: &str) -> ReadError {
        let Place { line, column } = self.place;
        ReadError { file: file.into(), line: line as usize, column: column as usize, problem: self.text }
    }
}

impl Tag {
    /// The tag with this full name; None for the non-specific `!`, which means none was given.
    pub fn from_name(name: &str) -> Option<Tag> {
        Some(match name.strip_prefix("tag:yaml.org,2002:") {
            Some("null") => Tag::Null,
            Some("bool") => Tag::Bool,
            Some("int") => Tag::Int,
            Some("float") => Tag::Float,
            Some("timestamp") => Tag::Timestamp,
            Some("str") => Tag::Str,
            Some("binary") => Tag::Binary,
            Some("merge") => Tag::Merge,
            Some("value") => Tag::Value,
            Some("seq") => Tag::Seq,
            Some("omap") => Tag::Omap,
            Some("pairs") => Tag::Pairs,
            Some("map") => Tag::Map,
            Some("set") => Tag::Set,
            _ if name == "!" => return None,
            _ => Tag::Unknown(name.into()),
        })
    }
}

impl<'a> Tree<'a> {
    /// An empty tree with room for what a text of this length usually holds.
    pub fn for_text(text: &str) -> Tree<'a> {
        Tree { nodes: Vec::with_capacity(text.len() / 8), root: None }
    }

    pub fn add(&mut self, place: Place, tag: Tag, content: Content<'a>) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("a file of less than 4 GB"));
        self.nodes.push(Node { place, tag, content });
        id
    }

    pub fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.0 as usize]
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter()
    }

    pub fn set_content(&mut self, id: NodeId, content: Content<'a>) {
        self.nodes[id.0 as usize].content = content;
    }
}
