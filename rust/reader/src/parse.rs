//! Text to tree, in one of two ways.

use crate::problem::Problem;
use crate::tree::{Place, Tree};
use crate::{canonical, compose};

/// The way from text to tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The canonical scanner if it is certain, otherwise the full parser.
    Fastest,
    /// Always the full parser.
    Full,
    /// Only the canonical scanner; if it is not certain, that is an error.
    Canonical,
}

/// The tree of a text, built in an empty one if the scanner accepts it.
pub(crate) fn tree<'a>(way: Way, text: &'a str, empty: Tree<'a>) -> Result<Tree<'a>, Problem> {
    let canonical = if way == Way::Full { None } else { canonical::scan(text, empty) };
    match canonical {
        Some(tree) => Ok(tree),
        None if way == Way::Canonical => Err(Problem::of_file("not in the canonical subset")),
        None => compose::compose(text).map_err(|problem| unmerged(text).unwrap_or(problem)),
    }
}

/// The merge conflict that git left in a text, if there is one.
fn unmerged(text: &str) -> Option<Problem> {
    let line = text.lines().position(|line| line.starts_with("<<<<<<< "))?;
    let what = "has a merge conflict here; keep one side, or both in a file each, and remove the lines <<<<<<<, ======= and >>>>>>>";
    Some(Problem::new(Place { line: line as u32 + 1, column: 1 }, what))
}
