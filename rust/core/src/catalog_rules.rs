//! What an entry of a catalog may look like, whatever the schema: its options, and how many types and properties it has.

use crate::catalog::Form;
use crate::kind::Kind;
use crate::likeness::likeness;
use crate::schema::PROPERTY_TYPES;
use crate::value::Value;

/// What an option holds.
#[derive(Clone, Copy)]
enum Holds {
    Integer(i64, i64),
    Flag,
    Text,
    OneOf(&'static [&'static str]),
    Names,
}

/// The option of a vector index that lists properties to filter by.
pub const FILTER: &str = "filter";
/// The option of a type constraint that names the type.
pub const TYPE: &str = "type";
/// The option of a vector index that gives the length of its vectors.
pub const DIMENSIONS: &str = "dimensions";

/// The least similarity at which a known option is suggested.
const LIKE: f64 = 0.5;

/// The options of a form, sorted. Their bounds are those of Neo4j's manual.
fn known(form: Form) -> &'static [(&'static str, Holds)] {
    match form {
        Form::Vector => &[
            (DIMENSIONS, Holds::Integer(1, 4096)),
            ("ef_construction", Holds::Integer(1, 3200)),
            (FILTER, Holds::Names),
            ("m", Holds::Integer(1, 512)),
            ("quantization", Holds::Flag),
            ("similarity", Holds::OneOf(&["cosine", "euclidean"])),
        ],
        Form::Fulltext => &[("analyzer", Holds::Text), ("eventually_consistent", Holds::Flag)],
        Form::Type => &[(TYPE, Holds::OneOf(&PROPERTY_TYPES))],
        _ => &[],
    }
}

/// The names of a form's options, sorted.
pub fn option_names(form: Form) -> impl Iterator<Item = &'static str> {
    known(form).iter().map(|(name, _)| *name)
}

/// An entry as a file describes it.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Described<'a> {
    pub form: Form,
    pub kind: Kind,
    pub types: usize,
    pub properties: &'a [String],
    /// A map, or null.
    pub options: &'a Value,
}

/// The entry's options sorted by key; null if it has no options.
///
/// # Errors
/// In words, what is wrong with it.
pub fn checked(described: Described<'_>) -> Result<Value, String> {
    let Described { form, kind, types, properties, options } = described;
    let named = match form {
        Form::Required | Form::Type | Form::Unique | Form::Key => format!("a constraint of the kind '{}'", form.word()),
        _ => format!("a {} index", form.word()),
    };
    if types == 0 {
        return Err(format!("{named} names no type"));
    }
    if types > 1 && !matches!(form, Form::Vector | Form::Fulltext) {
        return Err(format!("{named} is on exactly one type, not {types}"));
    }
    let is_single = matches!(form, Form::Vector | Form::Text | Form::Point | Form::Required | Form::Type);
    if properties.is_empty() || (is_single && properties.len() > 1) {
        let hint = if form == Form::Vector { "; list those to filter by under options, as filter" } else { "" };
        let wanted = if is_single { "exactly one property" } else { "at least one property" };
        return Err(format!("{named} has {wanted}, not {}{hint}", properties.len()));
    }
    if let Some(twice) = twice(properties) {
        return Err(format!("{named} names the property '{twice}' twice; remove one"));
    }
    if form == Form::Key && kind == Kind::Node {
        return Err("a key constraint is for relationships; the key of a node type is marked with is_key".into());
    }
    let pairs = match options {
        Value::Null => &[][..],
        Value::Map(pairs) => pairs,
        _ => return Err(format!("the options of {named} are a mapping")),
    };
    let mut sorted = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let Value::Str(key) = key else { return Err(format!("the options of {named} have strings as keys")) };
        let Some((_, holds)) = known(form).iter().find(|(name, _)| **name == **key) else {
            return Err(unknown(form, &named, key));
        };
        let wrong = |wanted: String| format!("the option {key} of {named} must be {wanted}");
        suits(value, *holds, properties).map_err(wrong)?;
        sorted.push((Value::Str(key.clone()), value.clone()));
    }
    if form == Form::Type && sorted.is_empty() {
        return Err(format!("{named} needs the option type, one of {}", PROPERTY_TYPES.join(", ")));
    }
    sorted.sort_by(|(one, _), (other, _)| text(one).cmp(text(other)));
    Ok(if sorted.is_empty() { Value::Null } else { Value::Map(sorted) })
}

fn unknown(form: Form, named: &str, key: &str) -> String {
    let known: Vec<&str> = option_names(form).collect();
    if known.is_empty() {
        return format!("{named} has no options");
    }
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    let like = |name: &&str| likeness(&chars(name), &chars(key));
    let meant =
        known.iter().copied().max_by(|one, other| like(one).total_cmp(&like(other))).filter(|name| like(name) >= LIKE);
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean '{name}'?"));
    format!("{named} has no option '{key}'; it has {}{meant}", known.join(", "))
}

/// # Errors
/// What the value of an option should be.
fn suits(value: &Value, holds: Holds, properties: &[String]) -> Result<(), String> {
    match (holds, value) {
        (Holds::Integer(least, most), Value::Int(number)) if (least..=most).contains(number) => Ok(()),
        (Holds::Integer(least, most), _) => Err(format!("an integer from {least} to {most}")),
        (Holds::Flag, Value::Bool(_)) => Ok(()),
        (Holds::Flag, _) => Err("true or false".into()),
        (Holds::Text, Value::Str(text)) if !text.is_empty() => Ok(()),
        (Holds::Text, _) => Err("a string that is not empty".into()),
        (Holds::OneOf(words), Value::Str(word)) if words.contains(&&**word) => Ok(()),
        (Holds::OneOf(words), _) => Err(format!("one of {}", words.join(", "))),
        (Holds::Names, Value::List(list)) if !list.is_empty() => {
            let texts: Option<Vec<String>> = list
                .iter()
                .map(|each| if let Value::Str(text) = each { Some(text.to_string()) } else { None })
                .collect();
            let texts = texts.ok_or("a list of properties")?;
            match twice(&texts).or_else(|| texts.iter().find(|each| properties.contains(each)).map(String::as_str)) {
                Some(name) => Err(format!("a list of further properties, and '{name}' is in the index twice")),
                None => Ok(()),
            }
        }
        (Holds::Names, _) => Err("a list of properties that is not empty".into()),
    }
}

fn twice(list: &[String]) -> Option<&str> {
    list.iter().enumerate().find(|(at, each)| list[..*at].contains(each)).map(|(_, each)| each.as_str())
}

fn text(value: &Value) -> &str {
    if let Value::Str(text) = value { text } else { "" }
}

#[cfg(test)]
mod tests {
    use super::{Described, checked};
    use crate::catalog::Form;
    use crate::kind::Kind;
    use crate::value::Value;

    fn problem(form: Form, kind: Kind, types: usize, properties: &[&str], options: &[(&str, Value)]) -> String {
        let properties: Vec<String> = properties.iter().map(|each| (*each).to_owned()).collect();
        let options = options.iter().map(|(key, value)| (Value::Str((*key).into()), value.clone())).collect();
        checked(Described { form, kind, types, properties: &properties, options: &Value::Map(options) })
            .expect_err("it is wrong")
    }

    #[test]
    fn each_mistake_has_a_message() {
        let node = Kind::Node;
        for (said, wanted) in [
            (problem(Form::Range, node, 2, &["p"], &[]), "a range index is on exactly one type, not 2"),
            (problem(Form::Fulltext, node, 0, &["p"], &[]), "a fulltext index names no type"),
            (problem(Form::Text, node, 1, &["p", "q"], &[]), "a text index has exactly one property, not 2"),
            (problem(Form::Range, node, 1, &["p", "p"], &[]), "a range index names the property 'p' twice; remove one"),
            (
                problem(Form::Key, node, 1, &["p"], &[]),
                "a key constraint is for relationships; the key of a node type is marked with is_key",
            ),
            (
                problem(Form::Vector, node, 1, &["p"], &[("dimensions", Value::Int(0))]),
                "the option dimensions of a vector index must be an integer from 1 to 4096",
            ),
            (
                problem(Form::Fulltext, node, 1, &["p"], &[("analyser", Value::Str("x".into()))]),
                "a fulltext index has no option 'analyser'; it has analyzer, eventually_consistent; did you mean 'analyzer'?",
            ),
            (
                problem(Form::Vector, node, 1, &["p"], &[("filter", Value::List(vec![Value::Str("p".into())]))]),
                "the option filter of a vector index must be a list of further properties, and 'p' is in the index twice",
            ),
            (problem(Form::Point, node, 1, &["p"], &[("x", Value::Null)]), "a point index has no options"),
        ] {
            assert_eq!(said, wanted);
        }
    }
}
