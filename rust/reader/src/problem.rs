//! What is wrong with a file, and where.

use crate::tree::{NodeId, Place, Tree};

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadError {
    /// The file, as it was given.
    pub file: String,
    /// Counts from 1; 0 where the whole file is meant.
    pub line: usize,
    /// In characters, counts from 1; 0 where the whole file is meant.
    pub column: usize,
    /// What was found, what was expected, what to do.
    pub problem: String,
}

/// What is wrong, and where.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    place: Place,
    node: Option<NodeId>,
    text: String,
    /// What to say of a file that may hold passwords, where `text` quotes it.
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

    /// What to say of it where the file may hold passwords.
    pub fn or_discreetly(mut self, text: impl Into<String>) -> Problem {
        self.0.discreet = Some(text.into());
        self
    }

    /// The node that it is about, if it is about one.
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
