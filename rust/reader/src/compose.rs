//! Text to tree with a full YAML parser, restricted to what PyYAML accepts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, Span, StructureStyle};

use crate::decode::check_printable;
use crate::problem::Problem;
use crate::scalar;
use crate::strict::{self, Position};
use crate::tree::{Content, NodeId, Place, Tag, Tree};

/// A collection that has not ended yet.
struct Open {
    id: NodeId,
    children: usize,
    is_flow: bool,
    is_mapping: bool,
}

/// The nodes composed so far.
struct Composer<'a> {
    text: &'a str,
    tree: Tree<'a>,
    /// Innermost last.
    open: Vec<Open>,
    /// The node of each anchor, by the parser's numbers.
    anchors: HashMap<usize, NodeId, FixedState>,
    anchor_names: HashSet<String, FixedState>,
    documents: usize,
    /// The last node, to which an anchor belongs.
    last: Option<NodeId>,
    /// Everything before this byte is in nodes; up to the current one there are only blanks, comments and indicators.
    passed: usize,
}

/// The tree of a text.
///
/// # Errors
/// Whatever PyYAML refuses: syntax, a second document, undefined and repeated anchors; and a node that contains itself.
pub(crate) fn compose(text: &str) -> Result<Tree<'_>, Problem> {
    check_printable(text)?;
    let mut composer = Composer::new(text);
    let mut parser = Parser::new_from_str_with_options(text, options());
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            let info = error.info();
            Problem::new(place(error.marker()), &info).or_discreetly(format!("is not YAML: {}", unquoted(&info)))
        })?;
        composer.take(event, &span)?;
    }
    composer.finish()
}

impl<'a> Composer<'a> {
    fn new(text: &'a str) -> Composer<'a> {
        Composer {
            text,
            tree: Tree::default(),
            open: Vec::new(),
            anchors: HashMap::default(),
            anchor_names: HashSet::default(),
            documents: 0,
            last: None,
            passed: 0,
        }
    }

    fn take(&mut self, event: Event<'a>, span: &Span) -> Result<(), Problem> {
        let at = self.place(span);
        match event {
            Event::DocumentStart(_, version) => {
                self.begin_document(span)?;
                if let Some(version) = version.filter(|version| version.major != 1) {
                    let found = format!("%YAML {}.{}", version.major, version.minor);
                    return Err(Problem::new(at, format!("{found} is not known here; write %YAML 1.1 or nothing")));
                }
            }
            Event::Anchor(anchor, name) => {
                self.check_name(&name, span)?;
                if !self.anchor_names.insert(name.to_string()) {
                    let problem = Problem::new(at, format!("the anchor &{name} exists already; rename one of the two"));
                    return Err(problem.or_discreetly("an anchor of this name exists already; rename one of the two"));
                }
                self.anchors.extend(self.last.map(|id| (anchor, id)));
            }
            Event::Alias(anchor) => {
                self.check_name(self.source(span).trim_start_matches('*'), span)?;
                let id = self.anchors[&anchor];
                if self.open.iter().any(|open| open.id == id) {
                    return Err(Problem::new(at, "this alias would make a value contain itself"));
                }
                self.add(at, Tag::Null, Content::Alias(id));
            }
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.as_deref();
                self.check(span, || self.objection_to_scalar(span, style, anchor != 0 || tag.is_some()))?;
                if style == ScalarStyle::Plain
                    && tag.is_none()
                    && strict::is_empty_key(self.source(span), self.position())
                {
                    if anchor != 0 {
                        return Err(Problem::new(at, "a key is missing behind this anchor; quote the ?"));
                    }
                    self.add_empty_key(at);
                } else {
                    self.add_scalar(span, value, style, tag);
                }
            }
            Event::SequenceStart(style, _, tag) => {
                self.check(span, || None)?;
                let tag = tag.and_then(|tag| self.tag(&tag)).unwrap_or(Tag::Seq);
                let is_dash = self.position().is_value && span.tag_start().is_none();
                let at = if is_dash { first_dash(self.text, span) } else { at };
                self.last = Some(self.open(at, tag, Content::Sequence, style));
            }
            Event::MappingStart(style, _, tag) => {
                self.check(span, || None)?;
                let tag = tag.and_then(|tag| self.tag(&tag)).unwrap_or(Tag::Map);
                self.last = Some(self.open(at, tag, Content::Mapping, style));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => {}
        }
        Ok(())
    }

    fn begin_document(&mut self, span: &Span) -> Result<(), Problem> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(Problem::new(place(&span.start), "a second document starts here; a file holds one"));
        }
        check_prefix(&self.text[..start_of(span)])
    }

    fn objection_to_scalar(&self, span: &Span, style: ScalarStyle, has_properties: bool) -> Option<&'static str> {
        let position = self.position();
        match style {
            ScalarStyle::DoubleQuoted => strict::objection_to_quoted(self.source(span)),
            ScalarStyle::Plain if has_properties => strict::objection_to_sign(self.source(span), position),
            ScalarStyle::Plain => strict::objection_to_plain(self.text, start_of(span), self.source(span), position),
            _ => None,
        }
        .or_else(|| match style {
            ScalarStyle::Literal | ScalarStyle::Folded => None, // only an explicit key can be one
            _ => strict::objection_to_key(self.text, span.byte_range()?, position),
        })
    }

    fn add_scalar(&mut self, span: &Span, value: Cow<'a, str>, style: ScalarStyle, tag: Option<&granit_parser::Tag>) {
        let tag = match tag.map(|tag| self.tag(tag)) {
            Some(Some(tag)) => tag,
            Some(None) => scalar::resolve(&value),
            None if style == ScalarStyle::Plain => scalar::resolve(&value),
            None => Tag::Str,
        };
        self.last = Some(self.add(self.place(span), tag, Content::Scalar(value)));
        self.passed = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => byte(&span.end),
            _ => self.text[..byte(&span.end)].trim_end().len(),
        };
    }

    fn finish(self) -> Result<Tree<'a>, Problem> {
        let is_scalar = |root| matches!(self.tree.node(root).content, Content::Scalar(_));
        if !self.tree.root().is_some_and(is_scalar)
            && let Some(objection) = strict::objection_to_gap(self.text, self.passed..self.text.len())
        {
            return Err(Problem::of_file(objection));
        }
        if self.documents == 0 {
            check_prefix(self.text)?;
        }
        Ok(self.tree)
    }

    /// The place where a node starts, its tag included. An omitted node is after its colon.
    fn place(&self, span: &Span) -> Place {
        let Place { line, column } = place(&span.tag_start().unwrap_or(span.start));
        let is_left_out = span.is_empty() && self.text[start_of(span)..].starts_with(':');
        Place { line, column: column + u32::from(is_left_out) }
    }

    fn source(&self, span: &Span) -> &'a str {
        span.slice(self.text).unwrap_or_default()
    }

    fn open(&mut self, at: Place, tag: Tag, content: Content<'a>, style: StructureStyle) -> NodeId {
        self.count();
        let is_mapping = matches!(content, Content::Mapping);
        let id = self.tree.open(at, tag, content);
        self.open.push(Open { id, children: 0, is_flow: style == StructureStyle::Flow, is_mapping });
        id
    }

    fn close(&mut self, span: &Span) {
        let Open { id, is_flow, .. } = self.open.pop().expect("a collection ends that has begun");
        self.tree.close(id);
        if is_flow {
            self.passed = byte(&span.end);
        }
    }

    fn add(&mut self, at: Place, tag: Tag, content: Content<'a>) -> NodeId {
        self.count();
        self.tree.add(at, tag, content)
    }

    /// Count one more node in the innermost collection.
    fn count(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.children += 1;
        }
    }

    /// Put a null key in its place; with a null value if a list would hold it.
    fn add_empty_key(&mut self, at: Place) {
        let pair = (!self.position().is_key).then(|| self.tree.open(at, Tag::Map, Content::Mapping));
        self.count();
        self.tree.add(at, Tag::Null, Content::Scalar("".into()));
        if let Some(pair) = pair {
            self.tree.add(at, Tag::Null, Content::Scalar("".into()));
            self.tree.close(pair);
        }
    }

    /// None for the tag that means "no tag".
    fn tag(&mut self, tag: &granit_parser::Tag) -> Option<Tag> {
        self.tree.tag(&format!("{}{}", tag.handle(), tag.suffix()))
    }

    /// The place of the next node.
    fn position(&self) -> Position {
        let innermost = self.open.last();
        let is_due = |odd| innermost.is_some_and(|open| open.is_mapping && open.children % 2 == odd);
        Position { in_flow: innermost.is_some_and(|open| open.is_flow), is_key: is_due(0), is_value: is_due(1) }
    }

    /// Refuse the names of anchors and aliases that PyYAML refuses.
    fn check_name(&self, name: &str, span: &Span) -> Result<(), Problem> {
        match strict::objection_to_name(name, &self.text[byte(&span.end)..]) {
            Some(objection) => Err(Problem::new(place(&span.start), objection)),
            None => Ok(()),
        }
    }

    fn check(&self, span: &Span, more: impl Fn() -> Option<&'static str>) -> Result<(), Problem> {
        let (text, start, position) = (self.text, start_of(span), self.position());
        let gap = || strict::objection_to_gap(text, self.passed..start).filter(|_| !position.in_flow);
        let tag = || strict::objection_to_tag(&text[byte(&span.tag_span()?.end)..]);
        let objection = gap().or_else(tag).or_else(|| strict::objection_to_start(text, start, position));
        match objection.or_else(more) {
            Some(objection) => Err(Problem::new(place(&span.start), objection)),
            None => Ok(()),
        }
    }
}

/// The parser's message, without its quotation from the text. Single characters are YAML's own.
fn unquoted(info: &str) -> String {
    let is_long = |(at, _): &(usize, &str)| info[*at..].chars().nth(3) != Some('\'');
    match info.match_indices(" '").find(is_long) {
        Some((at, _)) => format!("{} …", &info[..at]),
        None => info.into(),
    }
}

/// Refuse text before the first document that PyYAML refuses.
fn check_prefix(text: &str) -> Result<(), Problem> {
    strict::objection_to_prefix(text).map_or(Ok(()), |objection| Err(Problem::of_file(objection)))
}

/// The byte at which a node starts, its tag included.
fn start_of(span: &Span) -> usize {
    byte(&span.tag_start().unwrap_or(span.start))
}

/// The start of a mapping's value that is a list. If the list is not indented, the parser reports the position after
/// its first dash.
fn first_dash(text: &str, span: &Span) -> Place {
    let start = byte(&span.start);
    let before = text[..start].trim_end_matches([' ', '\t']);
    let Place { line, column } = place(&span.start);
    let passed = if before.ends_with('-') { start - before.len() + 1 } else { 0 };
    Place { line, column: column - passed as u32 }
}

fn byte(marker: &Marker) -> usize {
    marker.byte_offset().expect("a text's parser knows the bytes")
}

/// Where the parser would follow YAML 1.2 or the test suite, follow libyaml instead.
fn options() -> Options {
    granit_parser::options! {
        emit_anchor_events: true,
        emit_comments: false,
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
    }
}

fn place(marker: &Marker) -> Place {
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: count(marker.line()), column: count(marker.col() + 1) }
}
