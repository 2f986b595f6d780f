//! Queries that a squash leaves out because databases without rows do not need them.

use crate::name::{Interner, Name};
use crate::operation::Operation;
use crate::value::Value;

/// The queries left out so far: here, and in squashes among the operations.
#[derive(Default)]
pub(crate) struct LeftOut {
    /// The queries of this list, by their places in it.
    pub places: Vec<usize>,
    /// The texts of all of them.
    texts: Option<Vec<Name>>,
}

impl LeftOut {
    /// Whether this operation is left out, or names queries that were.
    pub fn takes(&mut self, index: usize, operation: &Operation, keep_queries: bool, names: &mut Interner) -> bool {
        match *operation {
            Operation::RunQuery { query, elidable: true, .. } if !keep_queries => {
                let Value::Str(text) = names.content(query).clone() else { return false };
                self.texts.get_or_insert_default().push(names.name(&text));
                self.places.push(index);
                true
            }
            Operation::QueriesLeftOut { queries } => {
                self.texts.get_or_insert_default().extend(names.names(queries));
                true
            }
            _ => false,
        }
    }

    /// The operation that names all of them, if there are any.
    pub fn operation(&mut self, names: &mut Interner) -> Option<Operation> {
        self.texts.take().map(|texts| Operation::QueriesLeftOut { queries: names.list(texts) })
    }
}

#[cfg(test)]
mod tests {
    use crate::written::Story;

    const BASE: &str = "CreateNodeType A k p";
    const FIXED: &str = "RenameNodeProperty A p q; RunQuery fix null null elidable; RenameNodeProperty A q r";

    #[test]
    fn an_elidable_query_is_left_out_and_told_of() {
        let told = "QueriesLeftOut fix; RenameNodeProperty A p r";
        assert_eq!(Story::with(BASE).squash_single(FIXED), told);
        assert_eq!(Story::with(BASE).squash_single(told), told);
    }

    #[test]
    fn one_operation_tells_of_all() {
        let again = format!("{FIXED}; QueriesLeftOut earlier,fix");
        assert_eq!(Story::with(BASE).squash_single(&again), "QueriesLeftOut earlier,fix; RenameNodeProperty A p r");
    }
}
