//! A YAML file as a value that can be examined node by node, the basis for readers outside this crate.

use nsmig_core::value::Value;

use crate::construct::{Constructor, Loose};
use crate::decode;
use crate::expect::{self, Expecting};
use crate::parse::{self, Way};
use crate::problem::{Problem, ReadError};
use crate::tree::{NodeId, Tree};

/// The single document of a file. Errors never quote its values, which may be passwords.
pub struct Document {
    file: String,
    tree: Tree<'static>,
}

/// A key of a mapping, with its place, and its value.
pub struct Entry {
    /// The key's text.
    pub name: String,
    /// The key itself.
    pub key: NodeId,
    /// Its value.
    pub value: NodeId,
}

impl Document {
    /// Parse some bytes as a document.
    ///
    /// # Errors
    /// Bytes that PyYAML's safe loader refuses.
    pub fn read(bytes: &[u8], file: &str) -> Result<Document, ReadError> {
        let tree = decode::text(bytes)
            .and_then(|text| parse::tree(Way::Fastest, &text, Tree::default()).map(Tree::into_owned))
            .map_err(|problem| problem.in_file_discreetly(file))?;
        Ok(Document { file: file.into(), tree })
    }

    /// The root node.
    ///
    /// # Errors
    /// The file is empty.
    pub fn root(&self) -> Result<NodeId, ReadError> {
        self.reported(self.expecting().root())
    }

    /// # Errors
    /// A key occurs twice in a mapping.
    pub fn refuse_duplicates(&self) -> Result<(), ReadError> {
        self.reported(self.expecting().refuse_duplicates())
    }

    /// The entries of a mapping, which must have the `required` keys and, unless `known` is empty, no others than
    /// those.
    ///
    /// # Errors
    /// The node is not a mapping, or its keys are different.
    pub fn entries(&self, id: NodeId, what: &str, known: &[&str], required: &[&str]) -> Result<Vec<Entry>, ReadError> {
        let entries = self.reported(self.expecting().entries(id, &what, known, required))?;
        let owned = |each: expect::Entry<'_>| Entry { name: each.name.into_owned(), key: each.key, value: each.value };
        Ok(entries.into_iter().map(owned).collect())
    }

    /// The items of a list.
    ///
    /// # Errors
    /// The node is not a list.
    pub fn items(&self, id: NodeId, what: &str) -> Result<Vec<NodeId>, ReadError> {
        self.reported(self.expecting().items(id, &what)).map(Iterator::collect)
    }

    /// The node as a text.
    ///
    /// # Errors
    /// The node is not a text.
    pub fn text(&self, id: NodeId, what: &str) -> Result<String, ReadError> {
        self.reported(self.expecting().text(id, &what)).map(Into::into)
    }

    /// The node as a boolean.
    ///
    /// # Errors
    /// The node is not a boolean.
    pub fn flag(&self, id: NodeId, what: &str) -> Result<bool, ReadError> {
        self.reported(self.expecting().flag(id, &what))
    }

    /// The node as a text, if it is one of these words.
    ///
    /// # Errors
    /// It is none of them.
    pub fn one_of(&self, id: NodeId, what: &str, words: &[&str]) -> Result<String, ReadError> {
        self.reported(self.expecting().one_of(id, &what, words)).map(Into::into)
    }

    /// True if the node is YAML's null, written out or left empty.
    pub fn is_null(&self, id: NodeId) -> bool {
        self.expecting().is_null(id)
    }

    /// The value of a node.
    ///
    /// # Errors
    /// A tag that YAML does not know, a scalar that does not fit its tag, and the like.
    pub fn value(&self, id: NodeId) -> Result<Value, ReadError> {
        self.reported(Constructor::new(&self.tree).value(id))
    }

    /// The value of a node, keeping tags that YAML does not know.
    ///
    /// # Errors
    /// As [`Document::value`], except for such tags.
    pub fn loose_value(&self, id: NodeId) -> Result<Loose, ReadError> {
        self.reported(Constructor::new(&self.tree).loose(id))
    }

    /// An error about a node.
    pub fn error(&self, id: NodeId, problem: &str) -> ReadError {
        Problem::of_node(&self.tree, id, problem).in_file_discreetly(&self.file)
    }

    fn expecting(&self) -> Expecting<'_, 'static> {
        Expecting::new(&self.tree)
    }

    fn reported<T>(&self, result: Result<T, Problem>) -> Result<T, ReadError> {
        result.map_err(|problem| problem.in_file_discreetly(&self.file))
    }
}
