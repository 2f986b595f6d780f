//! Python values → YAML text, the same bytes as PyYAML writes: simple ones directly, others by PyYAML itself.
//!
//! Simple values are block mappings and lists of words, numbers and flags, which is nearly everything in nearly all
//! files.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

/// The limit for keys and unfolded text.
const MAX_WORD: usize = 100;

/// Far more than a migration needs.
const MAX_INDENT: usize = 64;

/// Words that are flags or null unless they are quoted.
const FLAGS: [&str; 21] = [
    "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON", "off",
    "Off", "OFF", "null", "Null", "NULL",
];

/// The value is not simple.
struct NotSimple;

type Written = Result<(), NotSimple>;

/// Any failure to read a value leaves it to PyYAML, which reports the problem.
impl From<PyErr> for NotSimple {
    fn from(_: PyErr) -> NotSimple {
        NotSimple
    }
}

/// `data` as YAML; `by_pyyaml` writes each outermost entry or item that is not simple, given as separate data.
#[pyfunction]
pub fn dump(py: Python<'_>, data: &Bound<'_, PyAny>, by_pyyaml: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut out = String::new();
    if let Ok(list) = data.cast_exact::<PyList>()
        && !list.is_empty()
    {
        outermost_items(&mut out, list, by_pyyaml)?;
        return Ok(out);
    }
    let Some(keys) = data.cast_exact::<PyDict>().ok().filter(|dict| !dict.is_empty()).and_then(sorted) else {
        return by_pyyaml.call1((data,))?.extract();
    };
    for (key, value) in keys {
        let start = out.len();
        let list = value.cast_exact::<PyList>().ok().filter(|list| !list.is_empty());
        let written = word(&mut out, &key).and_then(|()| {
            out.push_str(if list.is_some() { ":\n" } else { ":" });
            if list.is_some() { Ok(()) } else { self::value(&mut out, &value, 0) }
        });
        match (written, list) {
            (Ok(()), None) => {}
            (Ok(()), Some(list)) => outermost_items(&mut out, list, by_pyyaml)?,
            (Err(NotSimple), _) => {
                out.truncate(start);
                let entry = PyDict::new(py);
                entry.set_item(key, value)?;
                out.push_str(by_pyyaml.call1((entry,))?.cast::<PyString>()?.to_str()?);
            }
        }
    }
    Ok(out)
}

fn outermost_items(out: &mut String, items: &Bound<'_, PyList>, by_pyyaml: &Bound<'_, PyAny>) -> PyResult<()> {
    for each in items {
        let start = out.len();
        out.push('-');
        if let Err(NotSimple) = item(out, &each, 0) {
            out.truncate(start);
            let alone = PyList::new(items.py(), [each])?;
            out.push_str(by_pyyaml.call1((alone,))?.cast::<PyString>()?.to_str()?);
        }
    }
    Ok(())
}

/// The text after the colon of a key with this indent.
fn value(out: &mut String, value: &Bound<'_, PyAny>, indent: usize) -> Written {
    if let Ok(text) = value.cast_exact::<PyString>() {
        out.push(' ');
        word(out, text)?;
    } else if let Ok(flag) = value.cast_exact::<PyBool>() {
        out.push_str(if flag.is_true() { " true" } else { " false" });
    } else if value.is_none() {
        out.push_str(" null");
    } else if let Ok(number) = value.cast_exact::<PyInt>() {
        out.push(' ');
        out.push_str(number.str()?.to_str()?);
    } else if let Ok(entries) = value.cast_exact::<PyDict>() {
        if entries.is_empty() {
            out.push_str(" {}");
        } else {
            out.push('\n');
            return mapping(out, entries, indent + 2, true);
        }
    } else if value.is_exact_instance_of::<PyList>() || value.is_exact_instance_of::<PyTuple>() {
        if value.len()? == 0 {
            out.push_str(" []");
        } else {
            out.push('\n');
            for each in value.try_iter()? {
                margin(out, indent)?;
                out.push('-');
                item(out, &each?, indent)?;
            }
            return Ok(());
        }
    } else if value.is_exact_instance_of::<PySet>() || value.is_exact_instance_of::<PyFrozenSet>() {
        if value.len()? == 0 {
            out.push_str(" !!set {}");
        } else {
            out.push_str(" !!set\n");
            let members = PyDict::new(value.py());
            for member in value.try_iter()? {
                members.set_item(member?, value.py().None())?;
            }
            return mapping(out, &members, indent + 2, true);
        }
    } else {
        return Err(NotSimple);
    }
    out.push('\n');
    Ok(())
}

/// The text after the dash of an item with this indent.
fn item(out: &mut String, item: &Bound<'_, PyAny>, indent: usize) -> Written {
    if let Ok(entries) = item.cast_exact::<PyDict>()
        && !entries.is_empty()
    {
        out.push(' ');
        return mapping(out, entries, indent + 2, false);
    }
    let is_collection = item.cast_exact::<PyString>().is_err() && item.len().is_ok_and(|length| length > 0);
    if is_collection { Err(NotSimple) } else { value(out, item, indent) }
}

/// The entries of a mapping; the first one begins a line only if requested.
fn mapping(out: &mut String, entries: &Bound<'_, PyDict>, indent: usize, begins_line: bool) -> Written {
    for (at, (key, value)) in sorted(entries).ok_or(NotSimple)?.into_iter().enumerate() {
        if at > 0 || begins_line {
            margin(out, indent)?;
        }
        word(out, &key)?;
        out.push(':');
        self::value(out, &value, indent)?;
    }
    Ok(())
}

fn margin(out: &mut String, indent: usize) -> Written {
    if indent > MAX_INDENT {
        return Err(NotSimple);
    }
    out.extend(std::iter::repeat_n(' ', indent));
    Ok(())
}

/// Entries by key in the order of code points; None if a key is not a text.
fn sorted<'py>(entries: &Bound<'py, PyDict>) -> Option<Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>> {
    let mut sorted = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = key.cast_into_exact::<PyString>().ok()?;
        key.to_str().ok()?;
        sorted.push((key, value));
    }
    sorted.sort_by(|(a, _), (b, _)| a.to_str().ok().cmp(&b.to_str().ok()));
    Some(sorted)
}

/// Text that needs no quotes, or only needs them so as not to be a number or a flag.
fn word(out: &mut String, text: &Bound<'_, PyString>) -> Written {
    let text = text.to_str()?;
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let quoted = match text.as_bytes() {
        bytes if bytes.len() > MAX_WORD => return Err(NotSimple),
        b"0" => true,
        [b'1'..=b'9', rest @ ..] if rest.iter().all(is_digit) => true,
        [b'a'..=b'z' | b'A'..=b'Z' | b'_', rest @ ..] if rest.iter().all(is_of_word) => FLAGS.contains(&text),
        [b'1'..=b'9', rest @ ..] if rest.iter().all(is_of_word) && rest.iter().any(u8::is_ascii_alphabetic) => false,
        _ => return Err(NotSimple),
    };
    if quoted {
        out.push('\'');
    }
    out.push_str(text);
    if quoted {
        out.push('\'');
    }
    Ok(())
}

fn is_of_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}
