//! Text to tree for files as tools and most people write them: block mappings and lists of one-line scalars, in ASCII,
//! with comments; and lists in brackets and mappings in braces that end on their line.
//!
//! Everything here errs on the safe side: a line that could mean anything else in YAML ends the scan without a result,
//! and the full parser takes over. So there are no errors, and whatever is accepted has the same meaning to the full
//! parser.

use std::borrow::Cow;

use crate::scalar;
use crate::tree::{Content, Place, Tag, Tree};

/// YAML gives up on a key after 1024 characters.
const MAX_KEY: usize = 1000;

/// Far more than a migration needs.
const MAX_DEPTH: usize = 32;

/// The tree of a text in the canonical subset, otherwise None; built in an empty one.
pub(crate) fn scan<'a>(text: &'a str, tree: Tree<'a>) -> Option<Tree<'a>> {
    // Without an early exit this takes a few instructions for every sixteen bytes.
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    if !text.bytes().fold(true, |all, byte| all & is_printable(byte)) {
        return None;
    }
    let mut scanner = Scanner { text, at: 0, line_start: 0, number: 0, tree };
    scanner.begin_line();
    if scanner.column() == 0 && scanner.line() == "---" {
        scanner.at += "---".len();
        scanner.finish_line()?;
    }
    let indent = scanner.column();
    if scanner.rest().starts_with("- ") {
        scanner.sequence(indent, MAX_DEPTH)?;
    } else {
        let first = scanner.key()?;
        scanner.mapping(scanner.place(), first, Tag::Map, MAX_DEPTH)?;
    }
    scanner.has_ended().then_some(scanner.tree)
}

struct Scanner<'a> {
    text: &'a str,
    /// The current byte.
    at: usize,
    /// The start of its line.
    line_start: usize,
    /// The number of its line, from 1.
    number: u32,
    tree: Tree<'a>,
}

/// A mapping's key that was recognized but not yet passed.
struct Key<'a> {
    tag: Tag,
    text: Cow<'a, str>,
    /// Its length up to the colon, in bytes.
    length: usize,
}

impl<'a> Scanner<'a> {
    fn has_ended(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The current byte; the end of the text counts as the end of a line.
    fn byte(&self) -> u8 {
        self.byte_after("")
    }

    /// The byte after this text, which starts here.
    fn byte_after(&self, text: &str) -> u8 {
        self.text.as_bytes().get(self.at + text.len()).copied().unwrap_or(b'\n')
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The rest of the line, without trailing blanks.
    fn line(&self) -> &'a str {
        let rest = self.rest();
        rest[..rest.find('\n').unwrap_or(rest.len())].trim_end_matches(' ')
    }

    fn column(&self) -> usize {
        self.at - self.line_start
    }

    fn place(&self) -> Place {
        Place { line: self.number, column: self.column() as u32 + 1 }
    }

    fn skip_blanks(&mut self) {
        while self.byte() == b' ' {
            self.at += 1;
        }
    }

    /// At the start of a line, move to the content of the first line that is neither empty nor a comment.
    fn begin_line(&mut self) {
        loop {
            self.line_start = self.at;
            self.number += 1;
            self.skip_blanks();
            match self.byte() {
                b'\n' => {}
                b'#' => self.at += self.line().len(),
                _ => return,
            }
            self.skip_blanks();
            if self.has_ended() {
                return;
            }
            self.at += 1;
        }
    }

    /// Move to the next line, if only a comment is left of this one.
    fn finish_line(&mut self) -> Option<()> {
        let end = self.at;
        self.skip_blanks();
        match self.byte() {
            b'\n' => {}
            b'#' if self.at > end => {
                self.at += self.line().len();
                self.skip_blanks();
            }
            _ => return None,
        }
        if !self.has_ended() {
            self.at += 1;
            self.begin_line();
        }
        Some(())
    }

    /// A mapping at this place with this first key; the others have the same indentation.
    fn mapping(&mut self, place: Place, first: Key<'a>, tag: Tag, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let indent = self.column();
        let mapping = self.tree.open(place, tag, Content::Mapping);
        let mut key = first;
        loop {
            self.tree.add(self.place(), key.tag, Content::Scalar(key.text));
            self.at += key.length + 1;
            self.skip_blanks();
            if matches!(self.byte(), b'\n' | b'#') {
                self.at -= usize::from(self.byte() == b'#'); // a blank precedes a comment
                self.finish_line()?;
                let inner = self.column();
                if self.rest().starts_with("- ") && inner >= indent {
                    self.sequence(inner, depth)?;
                } else if inner > indent {
                    let first = self.key()?;
                    self.mapping(self.place(), first, Tag::Map, depth)?;
                } else {
                    return None;
                }
            } else if self.byte() == b'!' && self.line() == "!!set" {
                let place = self.place();
                self.at += "!!set".len();
                self.finish_line()?;
                let first = self.key().filter(|_| self.column() > indent)?;
                self.mapping(place, first, Tag::Set, depth)?;
            } else {
                self.one_line(indent, depth)?;
            }
            if self.has_ended() || self.column() != indent {
                break;
            }
            key = self.key()?;
        }
        self.tree.close(mapping);
        Some(())
    }

    /// A list whose dashes have this indentation; the first one is here.
    fn sequence(&mut self, indent: usize, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let sequence = self.tree.open(self.place(), Tag::Seq, Content::Sequence);
        while self.column() == indent && self.rest().starts_with("- ") {
            self.at += 2;
            match self.key() {
                Some(first) => self.mapping(self.place(), first, Tag::Map, depth)?,
                None => self.one_line(indent, depth)?,
            }
        }
        self.tree.close(sequence);
        Some(())
    }

    /// A value that ends on its line; the following text must not be able to continue it.
    fn one_line(&mut self, indent: usize, depth: usize) -> Option<()> {
        match self.byte() {
            b'[' | b'{' | b'\'' | b'"' => self.flow(depth)?,
            b'!' if self.line() == "!!set {}" => {
                self.tree.add(self.place(), Tag::Set, Content::Mapping);
                self.at += "!!set {}".len();
            }
            _ => {
                let text = match word(self.rest()) {
                    text if !text.is_empty() && self.byte_after(text) == b'\n' => text,
                    _ => plain_before_comment(self.line())?,
                };
                self.scalar(scalar::resolve(text), text.into(), text.len());
            }
        }
        self.finish_line()?;
        (self.has_ended() || self.column() <= indent).then_some(())
    }

    /// A quoted scalar, a list in brackets or a mapping in braces, or their content: a word.
    fn flow(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.byte() {
            b'[' => {
                let sequence = self.tree.open(self.place(), Tag::Seq, Content::Sequence);
                self.entries(b']', |scanner| scanner.flow(depth))?;
                self.tree.close(sequence);
            }
            b'{' => {
                let mapping = self.tree.open(self.place(), Tag::Map, Content::Mapping);
                self.entries(b'}', |scanner| {
                    let start = scanner.at;
                    if matches!(scanner.byte(), b'[' | b'{' | b'~') {
                        return None;
                    }
                    scanner.flow(depth)?;
                    if scanner.at - start > MAX_KEY || !scanner.rest().starts_with(": ") {
                        return None;
                    }
                    scanner.at += 1;
                    scanner.skip_blanks();
                    scanner.flow(depth)
                })?;
                self.tree.close(mapping);
            }
            b'\'' | b'"' => {
                let (text, length) = quoted(self.rest())?;
                self.scalar(Tag::Str, text, length);
            }
            b'~' => self.scalar(Tag::Null, "~".into(), 1),
            _ => {
                let text = word(self.rest());
                if text.is_empty() {
                    return None;
                }
                self.scalar(scalar::resolve(text), text.into(), text.len());
            }
        }
        Some(())
    }

    /// The items between the brackets or braces that open here, one at a time.
    fn entries(&mut self, close: u8, one: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.skip_blanks();
        while self.byte() != close {
            one(self)?;
            self.skip_blanks();
            if self.byte() == b',' {
                self.at += 1;
                self.skip_blanks();
                if self.byte() == close {
                    return None;
                }
            } else if self.byte() != close {
                return None;
            }
        }
        self.at += 1;
        Some(())
    }

    /// Add a scalar and pass this many bytes.
    fn scalar(&mut self, tag: Tag, text: Cow<'a, str>, length: usize) {
        self.tree.add(self.place(), tag, Content::Scalar(text));
        self.at += length;
    }

    /// The key that starts here.
    fn key(&self) -> Option<Key<'a>> {
        let text = word(self.rest());
        if !text.is_empty() && text.len() <= MAX_KEY && is_colon(&self.rest().as_bytes()[text.len()..]) {
            return Some(Key { tag: scalar::resolve(text), text: text.into(), length: text.len() });
        }
        let line = self.line();
        let (tag, text, length) = match line.as_bytes().first()? {
            b'\'' | b'"' => {
                let (text, length) = quoted(line)?;
                (Tag::Str, text, length)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {
                let text = &line[..line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1))?];
                (scalar::resolve(text), Cow::Borrowed(text), is_plain(text).then_some(text.len())?)
            }
            _ => return None,
        };
        (is_colon(&line.as_bytes()[length..]) && length <= MAX_KEY).then_some(Key { tag, text, length })
    }
}

/// True for a colon that ends a key.
fn is_colon(text: &[u8]) -> bool {
    matches!(text, [b':'] | [b':', b' ' | b'\n', ..])
}

/// The plain scalar on a line, up to a comment.
fn plain_before_comment(line: &str) -> Option<&str> {
    let text = line[..line.find(" #").unwrap_or(line.len())].trim_end_matches(' ');
    (text == "~" || is_plain(text)).then_some(text)
}

/// The letters, digits and underscores at the start of a text. Any key or scalar may consist of these alone.
fn word(text: &str) -> &str {
    &text[..text.bytes().position(|byte| !OF_WORD[byte as usize]).unwrap_or(text.len())]
}

/// For each byte, whether a word may contain it.
const OF_WORD: [bool; 256] = {
    let mut of_word = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        of_word[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    of_word
};

/// The content of the quoted scalar at the start of a text, and its length with the quotes. One line, no escapes.
fn quoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let (quote, inside) = (text.as_bytes()[0], &text[1..]);
    // The position of the next quote, if no character before it has a special meaning.
    let next = |from: usize| {
        let ends = |byte: u8| byte == quote || byte == b'\n' || byte == b'\\' && quote == b'"';
        let at = from + inside.as_bytes().get(from..)?.iter().position(|byte| ends(*byte))?;
        (inside.as_bytes()[at] == quote).then_some(at)
    };
    let is_doubled = |at: usize| quote == b'\'' && inside.as_bytes().get(at + 1) == Some(&quote);
    let mut end = next(0)?;
    if !is_doubled(end) {
        return Some((Cow::Borrowed(&inside[..end]), end + 2));
    }
    while is_doubled(end) {
        end = next(end + 2)?;
    }
    Some((Cow::Owned(inside[..end].replace("''", "'")), end + 2))
}

/// True if this text, alone up to the end of its line, is certainly a single plain scalar.
fn is_plain(text: &str) -> bool {
    let starts = match text.as_bytes() {
        [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_', ..] => true,
        [b'-' | b'+' | b'.', next, ..] => next.is_ascii_alphanumeric() || *next == b'.',
        _ => false,
    };
    starts && !text.ends_with([' ', ':']) && !text.as_bytes().windows(2).any(|two| matches!(two, b": " | b" #"))
}
