//! The text of operations whose hash is a migration's checksum.
//!
//! Databases hold such hashes, so the text never changes from that of the first version: names and arguments as Python
//! writes them. Only parts that are certain to be written like that are written here, which is nearly everything; the
//! rest is left to Python. Later additions are included only if they change what an operation does.

use std::fmt::Write;

use crate::name::{Interner, Name};
use crate::operation::{Operation, Part};
use crate::value::Value;

/// The text of these operations; None if they contain a value or a letter that only Python is certain to write like
/// Python.
pub fn canonical(operations: &[Operation], names: &Interner) -> Option<String> {
    let mut text = String::new();
    for operation in operations {
        let spelling = operation.spelling();
        text.push_str(spelling.name);
        let arguments = spelling.arguments.iter().zip(operation.parts());
        let hashed = arguments.filter(|((_, shape), part)| shape.is_hashed(is_given(*part, names)));
        for (at, ((argument, _), part)) in hashed.enumerate() {
            write!(text, "{}('{argument}', ", if at == 0 { "[" } else { ", " }).ok()?;
            put_part(&mut text, part, names)?;
            text.push(')');
        }
        text.push_str("]\n");
    }
    Some(text)
}

fn is_given(part: Part, names: &Interner) -> bool {
    match part {
        Part::Flag(flag) => flag,
        Part::Value(value) => !names.is_null(value),
        Part::Name(_) | Part::Names(_) | Part::PropertyType(_) | Part::Database(_) | Part::Form(_) => true,
    }
}

fn put_part(text: &mut String, part: Part, names: &Interner) -> Option<()> {
    match part {
        Part::Name(name) => put_text(text, names.text(name)),
        Part::Names(list) => put_names(text, names.names(list), names),
        Part::PropertyType(type_) => put_text(text, type_.text()),
        Part::Form(form) => put_text(text, form.word()),
        Part::Flag(flag) => put_value(text, &Value::Bool(flag)),
        Part::Database(None) => put_value(text, &Value::Null),
        Part::Database(Some(database)) => put_text(text, &database.name()),
        Part::Value(value) => put_value(text, names.content(value)),
    }
}

fn put_names(text: &mut String, list: &[Name], names: &Interner) -> Option<()> {
    text.push('[');
    for (at, name) in list.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { ", " });
        put_text(text, names.text(*name))?;
    }
    text.push(']');
    Some(())
}

fn put_value(text: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => text.push_str("None"),
        Value::Bool(true) => text.push_str("True"),
        Value::Bool(false) => text.push_str("False"),
        Value::Int(number) => write!(text, "{number}").ok()?,
        Value::Str(content) => put_text(text, content)?,
        Value::Map(entries) if entries.is_empty() => text.push_str("('map',)"),
        _ => return None,
    }
    Some(())
}

/// A Python string literal.
fn put_text(text: &mut String, content: &str) -> Option<()> {
    let quote = if content.contains('\'') && !content.contains('"') { '"' } else { '\'' };
    text.push(quote);
    for letter in content.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            each if each == quote => text.extend(['\\', each]),
            each if each.is_ascii_control() => write!(text, "\\x{:02x}", u32::from(each)).ok()?,
            each if is_printable(each) => text.push(each),
            _ => return None,
        }
    }
    text.push(quote);
    Some(())
}

/// Letters that every version of Python considers printable.
fn is_printable(letter: char) -> bool {
    letter.is_ascii() || matches!(letter, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{24f}' | 'А'..='я' | '一'..='\u{9fa5}')
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use crate::name::Interner;
    use crate::operation::{Operation, Part};
    use crate::spelling::spelling;
    use crate::value::Value;

    fn added(name: &str, default: Value) -> Option<String> {
        let mut names = Interner::default();
        let parts = [Part::Name(names.name("A")), Part::Name(names.name(name)), Part::Value(names.value(default))];
        let operation = Operation::build(spelling("AddNodeProperty")?, &parts)?;
        canonical(&[operation], &names)
    }

    #[test]
    fn text_is_pythons() {
        for (name, literal) in [
            ("p", "'p'"),
            ("it's", "\"it's\""),
            ("it's \"x\"", "'it\\'s \"x\"'"),
            ("a\\b\n\t\r\0\u{7f}", "'a\\\\b\\n\\t\\r\\x00\\x7f'"),
            ("Größe Имя 名", "'Größe Имя 名'"),
        ] {
            let wanted =
                format!("AddNodeProperty[('node_type', 'A'), ('property_name', {literal}), ('default', None)]\n");
            assert_eq!(added(name, Value::Null), Some(wanted));
        }
    }

    #[test]
    fn what_only_python_is_certain_of_has_no_text() {
        for name in ["a\u{ad}b", "a\u{85}b", "\u{1f600}", "\u{2028}"] {
            assert_eq!(added(name, Value::Null), None);
        }
        for value in [Value::float(1.0), Value::List(vec![]), Value::BigInt("1".into())] {
            assert_eq!(added("p", value), None);
        }
    }
}
