//! Text to tree for what tools and most people write: block mappings and lists of one-line scalars, in ASCII, with comments; and lists
//! in brackets and mappings in braces that end on their line.
//!
//! Everything here is on the safe side: a line that could mean anything else to YAML ends the scan without a result, and the full
//! parser takes over. So this needs no errors, and what it accepts it reads as the full parser does.

use std::borrow::Cow;

use crate::scalar;
use crate::tree::{Content, NodeId, Place, Tag, Tree};

/// YAML gives up on a key after 1024 characters.
const MAX_KEY: usize = 1000;

/// Far more than a migration needs.
const MAX_DEPTH: usize = 32;

const QUOTES: [char; 2] = ['\'', '"'];

/// The tree of a text of the canonical subset, else None.
pub(crate) fn scan(text: &str) -> Option<Tree<'_>> {
    // Without an early end this is a few instructions for each sixteen bytes.
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    if !text.bytes().fold(true, |all, byte| all & is_printable(byte)) {
        return None;
    }
    let mut scanner = Scanner { text, line: Line::default(), next: 0, number: 0, tree: Tree::for_text(text) };
    scanner.advance();
    if scanner.line.indent == 0 && scanner.line.rest == Some("---") {
        scanner.advance();
    }
    let root = match scanner.line.rest {
        Some(rest) if rest.starts_with("- ") => scanner.sequence(scanner.line.indent, MAX_DEPTH)?,
        _ => scanner.mapping(scanner.line.indent, Tag::Map, MAX_DEPTH)?,
    };
    scanner.tree.root = Some(root);
    scanner.line.rest.is_none().then_some(scanner.tree)
}

/// What is left of the line being read.
#[derive(Clone, Copy, Default)]
struct Line<'a> {
    /// How many characters stand before `rest`: blanks, or dashes that opened a list's entry.
    indent: usize,
    /// None at the end of the text; never empty, never starting with a blank.
    rest: Option<&'a str>,
}

struct Scanner<'a> {
    text: &'a str,
    line: Line<'a>,
    /// Where the next line starts.
    next: usize,
    /// Of the line being read, from 1.
    number: u32,
    tree: Tree<'a>,
}

impl<'a> Scanner<'a> {
    /// Go to the next line that is neither empty nor a comment.
    fn advance(&mut self) {
        loop {
            let rest = &self.text[self.next.min(self.text.len())..];
            if rest.is_empty() {
                self.line = Line::default();
                return;
            }
            let end = rest.bytes().position(|byte| byte == b'\n').unwrap_or(rest.len());
            self.next += end + 1;
            self.number += 1;
            let content = rest[..end].trim_start_matches(' ');
            if !content.is_empty() && !content.starts_with('#') {
                self.line = Line { indent: end - content.len(), rest: Some(content.trim_end_matches(' ')) };
                return;
            }
        }
    }

    fn place(&self) -> Place {
        self.place_after(0)
    }

    /// The place of what stands `skipped` characters further in the line.
    fn place_after(&self, skipped: usize) -> Place {
        Place { line: self.number, column: (self.line.indent + skipped + 1) as u32 }
    }

    /// A mapping whose keys stand at this indentation, the first one in the current line.
    fn mapping(&mut self, indent: usize, tag: Tag, depth: usize) -> Option<NodeId> {
        let depth = depth.checked_sub(1)?;
        let id = self.tree.add(self.place(), tag, Content::Mapping(Vec::new()));
        let mut pairs = Vec::new();
        while let Some(rest) = self.line.rest.filter(|_| self.line.indent == indent) {
            let (key, length) = key(rest)?;
            let key_tag = if rest.starts_with(QUOTES) { Tag::Str } else { scalar::resolve(&key) };
            let key = self.tree.add(self.place(), key_tag, Content::Scalar(key));
            let at = after_blanks(rest, length + 1);
            let value = match &rest[at..] {
                "!!set" => {
                    self.advance();
                    let inner = self.line.indent;
                    if inner <= indent {
                        return None;
                    }
                    self.mapping(inner, Tag::Set, depth)?
                }
                value if !value.is_empty() && !value.starts_with('#') => self.one_line(at, indent, depth)?,
                _ => {
                    self.advance();
                    let inner = self.line.indent;
                    match self.line.rest?.starts_with("- ") {
                        true if inner >= indent => self.sequence(inner, depth)?,
                        false if inner > indent => self.mapping(inner, Tag::Map, depth)?,
                        _ => return None,
                    }
                }
            };
            pairs.push((key, value));
        }
        if pairs.is_empty() {
            return None;
        }
        self.tree.set_content(id, Content::Mapping(pairs));
        Some(id)
    }

    /// A list whose dashes stand at this indentation, the first one in the current line.
    fn sequence(&mut self, indent: usize, depth: usize) -> Option<NodeId> {
        let depth = depth.checked_sub(1)?;
        let id = self.tree.add(self.place(), Tag::Seq, Content::Sequence(Vec::new()));
        let mut items = Vec::new();
        while self.line.indent == indent
            && let Some(item) = self.line.rest.and_then(|rest| rest.strip_prefix("- "))
        {
            if item.starts_with(' ') || item.is_empty() {
                return None;
            }
            self.line = Line { indent: indent + 2, rest: Some(item) };
            items.push(match key(item) {
                Some(_) => self.mapping(indent + 2, Tag::Map, depth)?,
                None => self.one_line(0, indent, depth)?,
            });
        }
        self.tree.set_content(id, Content::Sequence(items));
        Some(id)
    }

    /// A value that starts at this byte of its line and ends on it; what follows must not be able to continue it.
    fn one_line(&mut self, at: usize, indent: usize, depth: usize) -> Option<NodeId> {
        let line = self.line.rest?;
        let (id, end) = match &line[at..] {
            "!!set {}" => (self.tree.add(self.place_after(at), Tag::Set, Content::Mapping(Vec::new())), line.len()),
            text if text.starts_with(['[', '{', '\'', '"']) => self.flow(at, depth)?,
            text => {
                let text = if word(text) == text.len() { text } else { plain_before_comment(text)? };
                let content = Content::Scalar(Cow::Borrowed(text));
                (self.tree.add(self.place_after(at), scalar::resolve(text), content), at + text.len())
            }
        };
        let after = after_blanks(line, end);
        if after < line.len() && (after == end || !line[after..].starts_with('#')) {
            return None;
        }
        self.advance();
        (self.line.rest.is_none() || self.line.indent <= indent).then_some(id)
    }

    /// A quoted scalar, a list in brackets or a mapping in braces, or what stands in these: a word. With it, where it ends.
    fn flow(&mut self, at: usize, depth: usize) -> Option<(NodeId, usize)> {
        let depth = depth.checked_sub(1)?;
        let (line, place) = (self.line.rest?, self.place_after(at));
        let text = &line[at..];
        if text.starts_with('[') {
            let id = self.tree.add(place, Tag::Seq, Content::Sequence(Vec::new()));
            let mut items = Vec::new();
            let end = self.entries(at, ']', |scanner, at| {
                let (item, end) = scanner.flow(at, depth)?;
                items.push(item);
                Some(end)
            })?;
            self.tree.set_content(id, Content::Sequence(items));
            return Some((id, end));
        }
        if text.starts_with('{') {
            let id = self.tree.add(place, Tag::Map, Content::Mapping(Vec::new()));
            let mut pairs = Vec::new();
            let end = self.entries(at, '}', |scanner, at| {
                if line[at..].starts_with(['[', '{', '~']) {
                    return None;
                }
                let (key, end) = scanner.flow(at, depth)?;
                if end - at > MAX_KEY || !line[end..].starts_with(": ") {
                    return None;
                }
                let (value, end) = scanner.flow(after_blanks(line, end + 1), depth)?;
                pairs.push((key, value));
                Some(end)
            })?;
            self.tree.set_content(id, Content::Mapping(pairs));
            return Some((id, end));
        }
        let (tag, text, length) = if text.starts_with(QUOTES) {
            let (text, length) = quoted(text)?;
            (Tag::Str, text, length)
        } else {
            let length = if text.starts_with('~') { 1 } else { word(text) };
            if length == 0 {
                return None;
            }
            (scalar::resolve(&text[..length]), Cow::Borrowed(&text[..length]), length)
        };
        Some((self.tree.add(place, tag, Content::Scalar(text)), at + length))
    }

    /// What stands between brackets or braces that open at this byte of the line, one at a time; gives where they end.
    fn entries(
        &mut self,
        at: usize,
        close: char,
        mut one: impl FnMut(&mut Self, usize) -> Option<usize>,
    ) -> Option<usize> {
        let line = self.line.rest?;
        let mut at = after_blanks(line, at + 1);
        if line[at..].starts_with(close) {
            return Some(at + 1);
        }
        loop {
            at = after_blanks(line, one(self, at)?);
            if line[at..].starts_with(close) {
                return Some(at + 1);
            }
            if !line[at..].starts_with(',') {
                return None;
            }
            at = after_blanks(line, at + 1);
        }
    }
}

/// The plain scalar that a text is, but for a comment behind it.
fn plain_before_comment(text: &str) -> Option<&str> {
    let text = text[..text.find(" #").unwrap_or(text.len())].trim_end_matches(' ');
    (text == "~" || is_plain(text)).then_some(text)
}

/// The first byte from here on that is no blank.
fn after_blanks(line: &str, at: usize) -> usize {
    line.len() - line[at..].trim_start_matches(' ').len()
}

/// The key that a line starts with, and its length before the colon.
fn key(line: &str) -> Option<(Cow<'_, str>, usize)> {
    let length = word(line);
    if length > 0 && length <= MAX_KEY && matches!(&line.as_bytes()[length..], [b':'] | [b':', b' ', ..]) {
        return Some((Cow::Borrowed(&line[..length]), length));
    }
    let (key, length) = match line.as_bytes()[0] {
        b'\'' | b'"' => quoted(line)?,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {
            let colon = line.as_bytes().windows(2).position(|two| two == b": ");
            let length = colon.or_else(|| line.ends_with(':').then(|| line.len() - 1))?;
            (Cow::Borrowed(&line[..length]), length)
        }
        _ => return None,
    };
    let is_key = matches!(&line.as_bytes()[length..], [b':'] | [b':', b' ', ..]);
    let is_whole = line.starts_with(QUOTES) || is_plain(&line[..length]);
    (is_key && is_whole && length <= MAX_KEY).then_some((key, length))
}

/// How many letters, digits and low lines a text starts with. Of these alone, any key and any scalar can be made.
fn word(text: &str) -> usize {
    text.bytes().position(|byte| !OF_WORD[byte as usize]).unwrap_or(text.len())
}

/// For each byte whether a word may have it.
const OF_WORD: [bool; 256] = {
    let mut of_word = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        of_word[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    of_word
};

/// The content of the quoted scalar that a line starts with, and its length with the quotes. No escapes.
fn quoted(line: &str) -> Option<(Cow<'_, str>, usize)> {
    let inside = &line[1..];
    if line.starts_with('"') {
        let end = inside.find(['"', '\\'])?;
        return inside[end..].starts_with('"').then_some((Cow::Borrowed(&inside[..end]), end + 2));
    }
    let mut end = inside.find('\'')?;
    if !inside[end + 1..].starts_with('\'') {
        return Some((Cow::Borrowed(&inside[..end]), end + 2));
    }
    while inside[end + 1..].starts_with('\'') {
        end += 2 + inside[end + 2..].find('\'')?;
    }
    Some((Cow::Owned(inside[..end].replace("''", "'")), end + 2))
}

/// True if this text, alone up to the end of its line, is one plain scalar for certain.
fn is_plain(text: &str) -> bool {
    let starts = match text.as_bytes() {
        [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_', ..] => true,
        [b'-' | b'+' | b'.', next, ..] => next.is_ascii_alphanumeric() || *next == b'.',
        _ => false,
    };
    starts && !text.ends_with([' ', ':']) && !text.as_bytes().windows(2).any(|two| matches!(two, b": " | b" #"))
}
