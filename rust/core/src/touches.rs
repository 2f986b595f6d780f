//! The types that a user's query declares that it touches, as a value: a map of `nodes` and `relationships` to lists of
//! names, neither of them empty; or null, without a declaration.

use crate::kind::{KINDS, Kind};
use crate::name::{Interner, Name, ValueId};
use crate::value::Value;

/// The key for a kind of type in a declaration.
pub fn key(kind: Kind) -> &'static str {
    match kind {
        Kind::Node => "nodes",
        Kind::Relationship => "relationships",
    }
}

/// The declaration of these types, each list sorted and without repetition.
pub fn declaration(types: [Vec<Box<str>>; 2]) -> Value {
    let listed = KINDS.into_iter().zip(types).filter(|(_, names)| !names.is_empty());
    let entry = |(kind, mut names): (Kind, Vec<Box<str>>)| {
        names.sort_unstable();
        names.dedup();
        (Value::Str(key(kind).into()), Value::List(names.into_iter().map(Value::Str).collect()))
    };
    Value::Map(listed.map(entry).collect())
}

/// The types of a declaration; None if there is none. Their names were interned with it.
pub(crate) fn touched(declaration: ValueId, names: &Interner) -> Option<Vec<(Kind, Name)>> {
    let Value::Map(entries) = names.content(declaration) else { return None };
    let name = |value: &Value| match value {
        Value::Str(text) => names.find(text),
        _ => None,
    };
    let listed = entries.iter().flat_map(|(of, list)| {
        let kind = KINDS.into_iter().find(|kind| *of == Value::Str(key(*kind).into()));
        let Value::List(list) = list else { return Vec::new() };
        list.iter().filter_map(|each| Some((kind?, name(each)?))).collect()
    });
    Some(listed.collect())
}
