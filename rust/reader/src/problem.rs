//! What is wrong with a file, and where.

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
