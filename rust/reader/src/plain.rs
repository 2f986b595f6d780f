//! Whether a document means the same to everybody.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::tree::{Content, Tag, Tree};

/// True if no node has a tag that a value alone would not show, and no mapping a key twice.
pub(crate) fn is_plain(tree: &Tree<'_>) -> bool {
    tree.nodes().all(|(id, node)| match (&node.tag, &node.content) {
        (Tag::Null | Tag::Bool | Tag::Int | Tag::Float | Tag::Timestamp | Tag::Str, Content::Scalar(_)) => true,
        (Tag::Seq, Content::Sequence) => true,
        (Tag::Map, Content::Mapping) => {
            let mut keys: HashSet<&str, FixedState> = HashSet::default();
            tree.pairs(id).all(|(key, _)| match tree.node(key) {
                key if key.tag != Tag::Str => false,
                key => matches!(&key.content, Content::Scalar(text) if keys.insert(Cow::as_ref(text))),
            })
        }
        (_, Content::Alias(_)) => true, // of a node that is looked at as well
        _ => false,
    })
}
