//! A document as nodes with tags and places, in a row: each node is followed by everything that it contains.
//!
//! Aliases refer to earlier nodes; nothing contains itself.

use std::borrow::Cow;

/// A place in a file, counted from 1; 0, 0 is the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: u32,
    pub column: u32,
}

/// The tags that PyYAML's safe loader knows, all in `tag:yaml.org,2002:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Any other; see [`Tree::unknown_tag`].
    Unknown(u32),
}

/// An index into a tree's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(u32);

/// A scalar or a collection.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub place: Place,
    pub tag: Tag,
    pub content: Content<'a>,
    /// The position in the row after its content.
    end: u32,
}

#[derive(Debug)]
pub(crate) enum Content<'a> {
    Scalar(Cow<'a, str>),
    Sequence,
    Mapping,
    /// This other node again.
    Alias(NodeId),
}

/// A document.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    unknown_tags: Vec<Box<str>>,
}

/// The entries of a sequence, or alternating keys and values of a mapping. Aliases are followed.
#[derive(Clone)]
pub(crate) struct Children<'t, 'a> {
    tree: &'t Tree<'a>,
    next: u32,
    end: u32,
}

impl<'a> Tree<'a> {
    /// An empty tree for another text, in the same memory.
    pub fn emptied<'b>(mut self) -> Tree<'b> {
        self.nodes.clear();
        let nodes = self.nodes.into_iter().map(|_| unreachable!("there are no nodes")).collect();
        Tree { nodes, unknown_tags: Vec::new() }
    }

    /// The same tree, independent of the text.
    pub fn into_owned(self) -> Tree<'static> {
        let owned = |node: Node<'a>| Node {
            place: node.place,
            tag: node.tag,
            content: match node.content {
                Content::Scalar(text) => Content::Scalar(Cow::Owned(text.into_owned())),
                Content::Sequence => Content::Sequence,
                Content::Mapping => Content::Mapping,
                Content::Alias(other) => Content::Alias(other),
            },
            end: node.end,
        };
        Tree { nodes: self.nodes.into_iter().map(owned).collect(), unknown_tags: self.unknown_tags }
    }

    /// True if a node is another or contains it, without following aliases.
    pub fn contains(&self, id: NodeId, other: NodeId) -> bool {
        (id.0..self.node(id).end).contains(&other.0)
    }

    /// The root node; None if there is no document.
    pub fn root(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then_some(NodeId(0))
    }

    /// Add a node without content.
    pub fn add(&mut self, place: Place, tag: Tag, content: Content<'a>) -> NodeId {
        let id = self.open(place, tag, content);
        self.close(id);
        id
    }

    /// Add a node that contains the nodes added before it is closed.
    pub fn open(&mut self, place: Place, tag: Tag, content: Content<'a>) -> NodeId {
        let id = NodeId(self.length());
        self.nodes.push(Node { place, tag, content, end: 0 });
        id
    }

    pub fn close(&mut self, id: NodeId) {
        self.nodes[id.0 as usize].end = self.length();
    }

    pub fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.0 as usize]
    }

    /// All nodes, at any depth.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, &Node<'a>)> {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(at as u32), node))
    }

    pub fn children(&self, id: NodeId) -> Children<'_, 'a> {
        Children { tree: self, next: id.0 + 1, end: self.node(id).end }
    }

    /// Keys and values of a mapping.
    pub fn pairs(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + use<'_, 'a> {
        let mut children = self.children(id);
        std::iter::from_fn(move || children.next().zip(children.next()))
    }

    /// The tag with this full name; None for the non-specific `!`, which means "no tag".
    pub fn tag(&mut self, name: &str) -> Option<Tag> {
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
            _ => {
                self.unknown_tags.push(name.into());
                Tag::Unknown(self.unknown_tags.len() as u32 - 1)
            }
        })
    }

    /// The full name of a [`Tag::Unknown`].
    pub fn unknown_tag(&self, number: u32) -> &str {
        &self.unknown_tags[number as usize]
    }

    fn length(&self) -> u32 {
        u32::try_from(self.nodes.len()).expect("a file of less than 4 GB")
    }
}

impl Iterator for Children<'_, '_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = NodeId(self.next);
        if self.next >= self.end {
            return None;
        }
        let node = self.tree.node(id);
        self.next = node.end;
        Some(match node.content {
            Content::Alias(other) => other,
            _ => id,
        })
    }
}
