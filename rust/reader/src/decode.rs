//! Bytes to text, with PyYAML's checks.

use std::borrow::Cow;

use crate::problem::Problem;
use crate::tree::Place;

/// The text of a file: UTF-8, or UTF-16 with a byte-order mark, without the mark.
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        _ => Cow::Borrowed(utf8(bytes)?),
    };
    if text.is_ascii() {
        return Ok(text);
    }
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text),
    };
    // To YAML 1.1 this character is an ordinary line break; to a YAML 1.2 parser it would be text.
    Ok(match text.contains('\u{85}') {
        true => Cow::Owned(text.replace("\r\u{85}", "\n\n").replace('\u{85}', "\n")),
        false => text,
    })
}

/// Refuse characters that YAML does not allow in a file, and line separators that YAML 1.1 and 1.2 read differently.
pub(crate) fn check_printable(text: &str) -> Result<(), Problem> {
    let refused = |char: char| match char {
        '\t' | '\n' | '\r' => false,
        '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => char.is_control(),
    };
    match text.char_indices().find(|(_, char)| refused(*char)) {
        None => Ok(()),
        Some((at, char)) => {
            let problem = format!(
                "the character U+{:04X} is not allowed in a YAML file; write it as an escape in double quotes, \"\\u{:04X}\"",
                char as u32, char as u32
            );
            let discreet = "YAML allows no control character here; write it as an escape in double quotes";
            Err(Problem::new(place(&text[..at]), problem).or_discreetly(discreet))
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let byte = bytes[error.valid_up_to()];
        Problem::new(place(&valid), format!("the byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"))
            .or_discreetly("is not UTF-8 text; save it as UTF-8")
    })
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(Problem::of_file("the file starts as UTF-16 but has an odd number of bytes; save it as UTF-8"));
    }
    char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]])))
        .collect::<Result<String, _>>()
        .map_err(|error| Problem::of_file(format!("the file starts as UTF-16 but is not: {error}; save it as UTF-8")))
}

/// The place right after a text at the start of a file.
fn place(before: &str) -> Place {
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let breaks = before.matches(['\n', '\r']).count() - before.matches("\r\n").count();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: count(breaks + 1), column: count(before[line_start..].chars().count() + 1) }
}
