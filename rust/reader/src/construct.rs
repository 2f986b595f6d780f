//! Tree to value, as PyYAML's safe constructor does it.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use nsmig_core::value::{DateTime, Value};

use crate::problem::Problem;
use crate::scalar;
use crate::tree::{Children, Content, NodeId, Tag, Tree};

/// The depth to which values may nest. Aliases nest as well, so the parser's own limit does not imply this.
pub const MAX_DEPTH: usize = 255;

/// The number of nodes to which a document's aliases may expand, besides those that it contains.
pub const MAX_ALIASED: usize = 1_000_000;

/// The value of a tree; null if there is no document.
///
/// # Errors
/// Tags without a constructor, scalars that do not fit their tag, collections as keys, bad merges; too much or too
/// deep.
pub(crate) fn document(tree: &Tree<'_>) -> Result<Value, Problem> {
    tree.root().map_or(Ok(Value::Null), |root| Constructor::new(tree).value(root))
}

/// Up to this many keys, comparing each pair is faster than hashing.
const FEW: usize = 8;

/// Keys and values of a mapping: as written, or with merges.
pub(crate) enum Pairs<'t, 'a> {
    Plain(Children<'t, 'a>),
    Merged(std::vec::IntoIter<(NodeId, NodeId)>),
}

/// Creates values from a tree's nodes, and counts them.
pub(crate) struct Constructor<'t, 'a> {
    tree: &'t Tree<'a>,
    nodes_left: usize,
    depth_left: usize,
}

/// A value that keeps tags that YAML does not know.
pub enum Loose {
    /// One without such tags.
    Plain(Value),
    /// A tag, its node, and its content: text as it is written.
    Tagged {
        /// The tag's full name.
        tag: String,
        /// For messages.
        node: NodeId,
        /// The tagged content.
        content: Box<Loose>,
    },
    /// A sequence.
    List(Vec<Loose>),
    /// A mapping; of equal keys the later one counts.
    Map(Vec<(Value, Loose)>),
}

/// The identity of keys: Python considers 1, 1.0 and true equal, and times at the same moment.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Integer(Cow<'a, str>),
    Fraction(u64),
    Moment(i64),
    Other(&'a Value),
}

impl<'t, 'a> Constructor<'t, 'a> {
    pub fn new(tree: &'t Tree<'a>) -> Constructor<'t, 'a> {
        // Lowering and construction look at a node at most twice.
        Constructor { tree, nodes_left: MAX_ALIASED + 2 * tree.nodes().len(), depth_left: MAX_DEPTH }
    }

    /// The value of one node.
    pub fn value(&mut self, id: NodeId) -> Result<Value, Problem> {
        self.enter(id)?;
        let node = self.tree.node(id);
        let value = match (&node.tag, &node.content) {
            (Tag::Seq, Content::Sequence) => {
                Value::List(self.tree.children(id).map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            (Tag::Omap | Tag::Pairs, Content::Sequence) => {
                Value::List(self.tree.children(id).map(|item| self.single_pair(item)).collect::<Result<_, _>>()?)
            }
            (Tag::Map, Content::Mapping) => Value::Map(self.map(id)?),
            (Tag::Set, Content::Mapping) => Value::Set(self.map(id)?.into_iter().map(|(key, _)| key).collect()),
            (Tag::Unknown(number), _) => {
                let tag = self.tree.unknown_tag(*number);
                let problem = format!("the tag {tag} is unknown; only YAML's own tags can be read here");
                let discreet = "a tag is unknown; only YAML's own tags can be read here";
                return Err(self.problem(id, problem).or_discreetly(discreet));
            }
            (Tag::Merge | Tag::Value, Content::Scalar(text)) => {
                return Err(self.problem(id, format!("{text} has a meaning of its own here; quote it: '{text}'")));
            }
            (tag, Content::Scalar(text)) => scalar::construct(tag, text).ok_or_else(|| {
                if *tag == Tag::Int && text.len() > scalar::MAX_DIGITS / 2 && scalar::resolve(text) == Tag::Int {
                    let problem = format!(
                        "a whole number has more than {} digits; shorten it, or quote it as text",
                        scalar::MAX_DIGITS
                    );
                    return self.problem(id, problem);
                }
                let hint = match tag {
                    Tag::Seq | Tag::Omap | Tag::Pairs | Tag::Map | Tag::Set => "it is a scalar".into(),
                    _ => format!("if it is meant as text, quote it: '{}'", text.replace('\'', "''")),
                };
                self.problem(id, format!("{text:?} is not {}; {hint}", noun(tag)))
                    .or_discreetly("is no valid date, number or boolean; put it in quotes if it is text")
            })?,
            (tag, Content::Mapping) if is_scalar(tag) => {
                // YAML 1.1's default value: a mapping with a key `=` where a scalar is expected.
                let text = self.default_text(id)?;
                let text = text.filter(|_| *tag != Tag::Timestamp);
                text.and_then(|text| scalar::construct(tag, text))
                    .ok_or_else(|| self.problem(id, format!("a mapping is not {}", noun(tag))))?
            }
            (tag, Content::Mapping) => return Err(self.problem(id, format!("a mapping is not {}", noun(tag)))),
            (_, Content::Alias(other)) => self.value(*other)?, // never: ids come from callers that have followed aliases
            (tag, Content::Sequence) => return Err(self.problem(id, format!("a list is not {}", noun(tag)))),
        };
        self.depth_left += 1;
        Ok(value)
    }

    /// The value of one node, keeping tags that YAML does not know.
    pub fn loose(&mut self, id: NodeId) -> Result<Loose, Problem> {
        match self.tree.node(id).tag {
            Tag::Unknown(number) => {
                let tag = self.tree.unknown_tag(number).to_owned();
                Ok(Loose::Tagged { tag, node: id, content: Box::new(self.loose_content(id)?) })
            }
            Tag::Seq | Tag::Map => self.loose_content(id),
            _ => self.value(id).map(Loose::Plain),
        }
    }

    fn loose_content(&mut self, id: NodeId) -> Result<Loose, Problem> {
        self.enter(id)?;
        let content = match &self.tree.node(id).content {
            Content::Scalar(text) => Loose::Plain(Value::Str(text.as_ref().into())),
            Content::Sequence => {
                Loose::List(self.tree.children(id).map(|item| self.loose(item)).collect::<Result<_, _>>()?)
            }
            _ => {
                let mut pairs = Vec::new();
                for (key, value) in self.flattened(id)?.into_iter().flatten() {
                    pairs.push((self.key(key)?, self.loose(value)?));
                }
                Loose::Map(pairs)
            }
        };
        self.depth_left += 1;
        Ok(content)
    }

    /// The scalar under a mapping's `=`, or under that of the mapping that is there, and so on.
    fn default_text(&mut self, mut id: NodeId) -> Result<Option<&'t str>, Problem> {
        for _ in 0..MAX_DEPTH {
            match &self.tree.node(id).content {
                Content::Scalar(text) => return Ok(Some(text)),
                Content::Mapping => {}
                _ => break,
            }
            self.spend(id, self.tree.children(id).count())?;
            match self.tree.pairs(id).find(|(key, _)| self.tree.node(*key).tag == Tag::Value) {
                Some((_, value)) => id = value,
                None => break,
            }
        }
        Ok(None)
    }

    fn single_pair(&mut self, id: NodeId) -> Result<Value, Problem> {
        let pairs = matches!(self.tree.node(id).content, Content::Mapping).then(|| self.tree.pairs(id));
        let mut pairs = pairs.into_iter().flatten();
        match (pairs.next(), pairs.next()) {
            (Some((key, value)), None) => Ok(Value::List(vec![self.value(key)?, self.value(value)?])),
            _ => Err(self.problem(id, "a mapping with one key is expected here")),
        }
    }

    fn map(&mut self, id: NodeId) -> Result<Vec<(Value, Value)>, Problem> {
        let mut built = Vec::new();
        for (key_id, value_id) in self.flattened(id)?.into_iter().flatten() {
            built.push((self.key(key_id)?, self.value(value_id)?));
        }
        Ok(without_duplicates(built))
    }

    fn key(&mut self, id: NodeId) -> Result<Value, Problem> {
        match self.tree.node(id).tag {
            Tag::Value => Ok(Value::Str("=".into())), // as a key it has no meaning of its own
            _ => match self.value(id)? {
                Value::List(_) | Value::Map(_) | Value::Set(_) => {
                    Err(self.problem(id, "a list or a mapping cannot be a key"))
                }
                key => Ok(key),
            },
        }
    }

    /// A mapping's keys and values, merges included; later ones replace earlier ones. None if the node is not a
    /// mapping.
    pub fn flattened(&mut self, id: NodeId) -> Result<Option<Pairs<'t, 'a>>, Problem> {
        if !matches!(self.tree.node(id).content, Content::Mapping) {
            return Ok(None);
        }
        let (mut count, mut merges) = (0, false);
        for (key, _) in self.tree.pairs(id) {
            count += 1;
            merges |= self.tree.node(key).tag == Tag::Merge;
        }
        if !merges {
            self.spend(id, count)?;
            return Ok(Some(Pairs::Plain(self.tree.children(id))));
        }
        self.enter(id)?;
        let (mut merged, mut own) = (Vec::new(), Vec::new());
        for (key, value) in self.tree.pairs(id) {
            if self.tree.node(key).tag != Tag::Merge {
                own.push((key, value));
                continue;
            }
            let mut sources = match self.tree.node(value).content {
                Content::Sequence => self.tree.children(value).collect(),
                _ => vec![value],
            };
            // The first source wins, so it comes last.
            while let Some(source) = sources.pop() {
                match self.flattened(source)? {
                    Some(pairs) => merged.extend(pairs),
                    None => return Err(self.problem(source, "<< merges a mapping or a list of mappings, not this")),
                }
            }
        }
        self.spend(id, merged.len())?;
        merged.extend(own);
        self.depth_left += 1;
        Ok(Some(Pairs::Merged(merged.into_iter())))
    }

    fn enter(&mut self, id: NodeId) -> Result<(), Problem> {
        self.spend(id, 1)?;
        let deeper = self.depth_left.checked_sub(1);
        self.depth_left = deeper.ok_or_else(|| self.problem(id, format!("nested deeper than {MAX_DEPTH} levels")))?;
        Ok(())
    }

    /// Count the nodes visited, so that aliases of aliases do not take forever.
    pub fn spend(&mut self, id: NodeId, nodes: usize) -> Result<(), Problem> {
        let left = self.nodes_left.checked_sub(nodes);
        let problem = || format!("the file's aliases stand for more than {MAX_ALIASED} values; use fewer aliases");
        self.nodes_left = left.ok_or_else(|| self.problem(id, problem()))?;
        Ok(())
    }

    fn problem(&self, id: NodeId, text: impl Into<String>) -> Problem {
        Problem::of_node(self.tree, id, text)
    }
}

impl Iterator for Pairs<'_, '_> {
    type Item = (NodeId, NodeId);

    fn next(&mut self) -> Option<(NodeId, NodeId)> {
        match self {
            Pairs::Plain(children) => children.next().zip(children.next()),
            Pairs::Merged(pairs) => pairs.next(),
        }
    }
}

/// The later value of two equal keys, with the earlier key at its position, as in a Python dict.
fn without_duplicates(pairs: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    if pairs.len() <= FEW && are_different_texts(&pairs) {
        return pairs;
    }
    let mut winner: HashMap<Key<'_>, usize, FixedState> = HashMap::default();
    let first_of: Vec<usize> =
        pairs.iter().enumerate().map(|(at, (key, _))| *winner.entry(identity(key)).or_insert(at)).collect();
    if winner.len() == pairs.len() {
        drop(winner);
        return pairs;
    }
    drop(winner);
    let mut kept: Vec<Option<(Value, Value)>> = Vec::with_capacity(pairs.len());
    for ((key, value), first) in pairs.into_iter().zip(first_of) {
        match kept.get_mut(first) {
            Some(Some(earlier)) => {
                earlier.1 = value;
                kept.push(None);
            }
            _ => kept.push(Some((key, value))),
        }
    }
    kept.into_iter().flatten().collect()
}

fn are_different_texts(pairs: &[(Value, Value)]) -> bool {
    let is_new = |at: usize, key: &Value| pairs[..at].iter().all(|(earlier, _)| earlier != key);
    pairs.iter().enumerate().all(|(at, (key, _))| matches!(key, Value::Str(_)) && is_new(at, key))
}

fn identity(key: &Value) -> Key<'_> {
    match key {
        Value::Bool(flag) => Key::Integer(if *flag { "1".into() } else { "0".into() }),
        Value::Int(number) => Key::Integer(number.to_string().into()),
        Value::BigInt(digits) => Key::Integer(digits.as_ref().into()),
        Value::Float(bits) => match f64::from_bits(*bits) {
            0.0 => Key::Integer("0".into()),
            number if number.is_finite() && number.fract() == 0.0 => Key::Integer(format!("{number:.0}").into()),
            _ => Key::Fraction(*bits),
        },
        Value::DateTime(DateTime { date, hour, minute, second, microsecond, offset: Some(offset) }) => {
            // Months and years are counted generously: distinct days stay distinct, and equal moments equal.
            let (year, month) = (i64::from(date.year), i64::from(date.month));
            let shifted = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
            let leaps = shifted.0 / 4 - shifted.0 / 100 + shifted.0 / 400;
            let days = shifted.0 * 365 + leaps + (shifted.1 * 153 + 2) / 5 + i64::from(date.day);
            let seconds = ((days * 24 + i64::from(*hour)) * 60 + i64::from(*minute)) * 60 + i64::from(*second);
            Key::Moment((seconds - i64::from(*offset)) * 1_000_000 + i64::from(*microsecond))
        }
        _ => Key::Other(key),
    }
}

fn is_scalar(tag: &Tag) -> bool {
    !matches!(tag, Tag::Seq | Tag::Omap | Tag::Pairs | Tag::Map | Tag::Set | Tag::Merge | Tag::Value)
}

/// The value that a tag describes, with its article.
pub(crate) fn noun(tag: &Tag) -> &'static str {
    match tag {
        Tag::Null => "null",
        Tag::Bool => "a boolean",
        Tag::Int => "a whole number",
        Tag::Float => "a number",
        Tag::Timestamp => "a date or time",
        Tag::Str => "a string",
        Tag::Binary => "base64 data",
        Tag::Merge => "a merge",
        Tag::Value => "a default value",
        Tag::Seq => "a list",
        Tag::Omap => "an ordered map",
        Tag::Pairs => "a list of pairs",
        Tag::Map => "a mapping",
        Tag::Set => "a set",
        Tag::Unknown(_) => "of a known tag",
    }
}
