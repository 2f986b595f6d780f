//! A YAML file as a value that can be asked, node by node: what the lowerings outside of this crate build on.

use nsmig_core::value::Value;

use crate::construct::{Constructor, Loose};
use crate::decode;
use crate::expect::{self, Expecting};
use crate::parse::{self, Way};
use crate::problem::{Problem, ReadError};
use crate::tree::{NodeId, Tree};

/// The one document of a file. Errors never quote its values, which may be passwords.
pub struct Document {
    file: String,
    tree: Tree<'static>,
}

/// A key of a mapping, with where it stands, and its value.
pub struct Entry {
    /// The key's text.
    pub name: String,
    /// The key itself.
    pub key: NodeId,
    /// What stands under it.
    pub value: NodeId,
}

impl Document {
    /// The document that some bytes are.
    ///
    /// # Errors
    /// Bytes that PyYAML's safe loader refuses.
    pub fn read(bytes: &[u8], file: &str) -> Result<Document, ReadError> {
        let tree = decode::text(bytes)
            .and_then(|text| parse::tree(Way::Fastest, &text, Tree::default()).map(Tree::into_owned))
            .map_err(|problem| problem.in_file_discreetly(file))?;
        Ok(Document { file: file.into(), tree })
    }

    /// The outermost node.
    ///
    /// # Errors
    /// The file says nothing.
    pub fn root(&self) -> Result<NodeId, ReadError> {
        self.told(self.expecting().root())
    }

    /// # Errors
    /// A key stands twice in one mapping.
    pub fn refuse_duplicates(&self) -> Result<(), ReadError> {
        self.told(self.expecting().refuse_duplicates())
    }

    /// The entries of a mapping, which may have no keys but `known`, if there are any, and must have those `required`.
    ///
    /// # Errors
    /// It is none, or has other keys.
    pub fn entries(&self, id: NodeId, what: &str, known: &[&str], required: &[&str]) -> Result<Vec<Entry>, ReadError> {
        let entries = self.told(self.expecting().entries(id, &what, known, required))?;
        let owned = |each: expect::Entry<'_>| Entry { name: each.name.into_owned(), key: each.key, value: each.value };
        Ok(entries.into_iter().map(owned).collect())
    }

    /// The items of a list.
    ///
    /// # Errors
    /// It is none.
    pub fn items(&self, id: NodeId, what: &str) -> Result<Vec<NodeId>, ReadError> {
        self.told(self.expecting().items(id, &what)).map(Iterator::collect)
    }

    /// The text that a node is.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self, id: NodeId, what: &str) -> Result<String, ReadError> {
        self.told(self.expecting().text(id, &what)).map(Into::into)
    }

    /// The boolean that a node is.
    ///
    /// # Errors
    /// It is none.
    pub fn flag(&self, id: NodeId, what: &str) -> Result<bool, ReadError> {
        self.told(self.expecting().flag(id, &what))
    }

    /// The text that a node is, if it is one of these words.
    ///
    /// # Errors
    /// It is none of them.
    pub fn one_of(&self, id: NodeId, what: &str, words: &[&str]) -> Result<String, ReadError> {
        self.told(self.expecting().one_of(id, &what, words)).map(Into::into)
    }

    /// True if the node is YAML's null, written out or left empty.
    pub fn is_null(&self, id: NodeId) -> bool {
        self.expecting().is_null(id)
    }

    /// The value of a node.
    ///
    /// # Errors
    /// A tag that YAML does not know, a scalar that is not what its tag says, and the like.
    pub fn value(&self, id: NodeId) -> Result<Value, ReadError> {
        self.told(Constructor::new(&self.tree).value(id))
    }

    /// The value of a node in which tags that YAML does not know are kept.
    ///
    /// # Errors
    /// As [`Document::value`], but for such tags.
    pub fn loose_value(&self, id: NodeId) -> Result<Loose, ReadError> {
        self.told(Constructor::new(&self.tree).loose(id))
    }

    /// What is wrong with a node, as an error.
    pub fn error(&self, id: NodeId, problem: &str) -> ReadError {
        Problem::of_node(&self.tree, id, problem).in_file_discreetly(&self.file)
    }

    fn expecting(&self) -> Expecting<'_, 'static> {
        Expecting::new(&self.tree)
    }

    fn told<T>(&self, result: Result<T, Problem>) -> Result<T, ReadError> {
        result.map_err(|problem| problem.in_file_discreetly(&self.file))
    }
}
