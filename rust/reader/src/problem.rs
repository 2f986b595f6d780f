//! A problem in a file, and its place.

use crate::tree::{NodeId, Place, Tree};

/// The reason why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadError {
    /// The file, as it was given.
    pub file: String,
    /// Counts from 1; 0 for the whole file.
    pub line: usize,
    /// In characters, from 1; 0 for the whole file.
    pub column: usize,
    /// What was found, what was expected, and what to do.
    pub problem: String,
}

/// A problem and its place.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    place: Place,
    node: Option<NodeId>,
    text: String,
    /// The message for a file that may hold passwords, if `text` quotes the file.
    discreet: Option<String>,
}

impl Problem {
    pub fn new(place: Place, text: impl Into<String>) -> Problem {
        Problem(Box::new(Facts { place, node: None, text: text.into(), discreet: None }))
    }

    pub fn of_file(text: impl Into<String>) -> Problem {
        Problem::new(Place::default(), text)
    }

    pub fn of_node(tree: &Tree<'_>, node: NodeId, text: impl Into<String>) -> Problem {
        let mut problem = Problem::new(tree.node(node).place, text);
        problem.0.node = Some(node);
        problem
    }

    /// Use this message if the file may hold passwords.
    pub fn or_discreetly(mut self, text: impl Into<String>) -> Problem {
        self.0.discreet = Some(text.into());
        self
    }

    /// The node concerned, if there is one.
    pub fn node(&self) -> Option<NodeId> {
        self.0.node
    }

    pub fn in_file(self, file: &str) -> ReadError {
        let Facts { place: Place { line, column }, text, .. } = *self.0;
        ReadError { file: file.into(), line: line as usize, column: column as usize, problem: text }
    }

    /// Without quotations from the file.
    pub fn in_file_discreetly(mut self, file: &str) -> ReadError {
        self.0.text = self.0.discreet.take().unwrap_or(self.0.text);
        self.in_file(file)
    }
}
