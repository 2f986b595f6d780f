//! Text that the parser accepts, because of YAML 1.2 or leniency, and PyYAML refuses. Found by comparing the two on
//! mutated files.

use std::ops::Range;

/// The position of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// Inside a flow collection.
    pub in_flow: bool,
    /// A mapping's key is next.
    pub is_key: bool,
    /// A mapping's value is next.
    pub is_value: bool,
}

/// The reason for which PyYAML refuses a node at this byte of a text.
pub(crate) fn objection_to_start(text: &str, start: usize, position: Position) -> Option<&'static str> {
    let before = text[..start].trim_end_matches([' ', '\t']);
    let blank = &text[before.len()..start];
    // After a colon a tab is fine. At a place where a new key could start it is not, since tabs have no width.
    let starts_line = before.is_empty() || before.ends_with(['\n', '\r']);
    let opens_entry = !blank.is_empty() && is_indicator(before);
    (blank.contains('\t') && !position.in_flow && (starts_line || opens_entry))
        .then_some("a tab cannot indent; use spaces")
}

/// The reason for which PyYAML refuses the text between two nodes: lines that start with a tab.
pub(crate) fn objection_to_gap(text: &str, gap: Range<usize>) -> Option<&'static str> {
    let is_start_of_text = gap.start == 0;
    let mut lines = text.get(gap)?.split(['\n', '\r']).skip(usize::from(!is_start_of_text));
    lines.any(|line| line.starts_with('\t')).then_some("a line cannot start with a tab; use spaces")
}

/// The reason for which PyYAML refuses a plain scalar at this byte of a text.
pub(crate) fn objection_to_plain(text: &str, start: usize, source: &str, position: Position) -> Option<&'static str> {
    if source.is_empty() {
        return (position.is_key && !without_comments(&text[..start]).ends_with('?'))
            .then_some("a key is missing before the colon");
    }
    if is_empty_key(source, position) { None } else { objection_to_sign(source, position) }
}

/// The reason for which PyYAML refuses the characters of a plain scalar.
pub(crate) fn objection_to_sign(source: &str, position: Position) -> Option<&'static str> {
    if position.in_flow && (source.starts_with([':', '?']) || source.contains(":?")) {
        return Some("a plain scalar in [] or {} must not start with : or ? or contain them together; quote it");
    }
    None
}

/// True if this plain scalar is the indicator of a missing key: `[?]` and `{?}` both hold `null: null`.
pub(crate) fn is_empty_key(source: &str, position: Position) -> bool {
    source == "?" && position.in_flow && !position.is_value
}

/// The reason for which PyYAML refuses an anchor or alias of this name, followed by this text.
pub(crate) fn objection_to_name(name: &str, rest: &str) -> Option<&'static str> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (name.is_empty() || !name.bytes().all(is_of_name) || rest.starts_with(['[', '{']))
        .then_some("the name of an anchor holds letters, digits, - and _ only, and a blank follows it")
}

/// The reason for which PyYAML refuses a tag, followed by this text.
pub(crate) fn objection_to_tag(rest: &str) -> Option<&'static str> {
    (!rest.is_empty() && !rest.starts_with([' ', '\n', '\r'])).then_some("a blank must follow a tag")
}

/// The reason for which PyYAML refuses a double-quoted scalar: escapes of half a character, which the parser would
/// join.
pub(crate) fn objection_to_quoted(source: &str) -> Option<&'static str> {
    let mut rest = source;
    while let Some((_, escape)) = rest.split_once('\\') {
        if matches!(escape.as_bytes(), [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]) {
            return Some("\\uD800 to \\uDFFF are halves of characters; write \\U and eight digits");
        }
        let mut chars = escape.chars();
        chars.next();
        rest = chars.as_str();
    }
    None
}

/// The reason for which PyYAML refuses a scalar at these bytes of a text: a key of several lines.
pub(crate) fn objection_to_key(text: &str, scalar: Range<usize>, position: Position) -> Option<&'static str> {
    let has_lines = text[scalar.clone()].contains(['\n', '\r']);
    // An implicit key has its colon on the line on which it ends.
    let colon_follows = {
        let rest = text[scalar.end..].trim_start_matches([' ', '\t']);
        rest.starts_with(':') || (position.in_flow && rest.trim_start().starts_with(':'))
    };
    let is_implicit = || colon_follows && !without_properties(&text[..scalar.start]).ends_with('?');
    (position.is_key && has_lines && is_implicit()).then_some("a key must be on one line")
}

/// The reason for which PyYAML refuses the text before the first document.
pub(crate) fn objection_to_prefix(text: &str) -> Option<&'static str> {
    text.lines().any(|line| line.starts_with("...")).then_some("a document ends here that never began")
}

/// True if a text ends in a dash or question mark on its own.
fn is_indicator(before: &str) -> bool {
    let alone = |rest: &str| rest.is_empty() || rest.ends_with(['\n', '\r', ' ', '\t']);
    before.strip_suffix(['-', '?']).is_some_and(alone)
}

/// A text without trailing blanks, line breaks, comments, tags and anchors.
fn without_properties(text: &str) -> &str {
    let mut rest = without_comments(text);
    while let Some(at) = rest.rfind([' ', '\t', '\n', '\r']).filter(|at| rest[at + 1..].starts_with(['!', '&'])) {
        rest = without_comments(&rest[..at]);
    }
    rest
}

/// A text without trailing blanks, line breaks and comments.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_end();
    loop {
        let line_start = rest.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line = &rest[line_start..];
        let comment = if line.starts_with('#') { Some(0) } else { line.find(" #") };
        match comment {
            Some(at) => rest = rest[..line_start + at].trim_end(),
            None => return rest,
        }
    }
}
