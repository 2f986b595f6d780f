//! Tree to migration, with nodestream's checks and stricter ones on arguments.

use std::borrow::Cow;

use nsmig_core::catalog::{CONSTRAINT_FORMS, Form, INDEX_FORMS};
use nsmig_core::indexing::checked_operation;
use nsmig_core::kind::KINDS;
use nsmig_core::migration::Migration;
use nsmig_core::name::{Interner, Name, ValueId};
use nsmig_core::operation::{Operation, Part, Parts};
use nsmig_core::schema::{PROPERTY_TYPES, PropertyType};
use nsmig_core::spelling::{Database, MOST_ARGUMENTS, Shape, Spelling, databases, spelling};
use nsmig_core::touches::{declaration, key};
use nsmig_core::value::Value;

use crate::arguments::{absent, is_optional, nearest, signature, unknown_operation};
use crate::construct::{Constructor, Pairs};
use crate::parse::Way;
use crate::problem::Problem;
use crate::tree::{Children, Content, Node, NodeId, Tag, Tree};
use crate::{decode, parse};

/// Read some bytes as a migration without a file. Whatever the scanner accepts needs no memory except that of `room`.
pub(crate) fn migration_in(
    room: &mut Tree<'static>,
    way: Way,
    interner: &mut Interner,
    bytes: &[u8],
) -> Result<Migration, Problem> {
    let text = decode::text(bytes)?;
    let tree = parse::tree(way, &text, std::mem::take(room).emptied())?;
    let migration = migration(interner, &tree);
    *room = tree.emptied();
    migration
}

/// Read a document as a migration without a file.
///
/// # Errors
/// The first deviation from a migration's form.
fn migration(names: &mut Interner, tree: &Tree<'_>) -> Result<Migration, Problem> {
    let Some(root) = tree.root() else {
        return Err(Problem::of_file(
            "the file is empty; a migration is a mapping of name, operations and dependencies",
        ));
    };
    let mut lowering = Lowering { tree, constructor: Constructor::new(tree), names };
    let [name, operations, dependencies, replaces] =
        lowering.fields(root, "a migration", ["name", "operations", "dependencies", "replaces"], 3)?;
    let missing = || Problem::new(tree.node(root).place, "a migration lacks a key");
    let name = lowering.name(name.ok_or_else(missing)?, "the name of a migration")?;
    let listed = lowering.list(operations.ok_or_else(missing)?, "operations", "a list of operations")?;
    let mut built = Vec::with_capacity(listed.clone().count());
    for entry in listed {
        built.push(lowering.operation(entry)?);
    }
    let dependencies = lowering.name_list(dependencies.ok_or_else(missing)?, "dependencies")?;
    let replaces = replaces.map_or(Ok(Vec::new()), |node| lowering.name_list(node, "replaces"))?;
    Ok(Migration { name, file: None, operations: built, dependencies, replaces })
}

struct Lowering<'t, 'a, 'i> {
    tree: &'t Tree<'a>,
    constructor: Constructor<'t, 'a>,
    names: &'i mut Interner,
}

impl<'t, 'a> Lowering<'t, 'a, '_> {
    /// A mapping's values for these keys; the first `required` must be there, and no others may.
    fn fields<const N: usize>(
        &mut self,
        id: NodeId,
        what: &str,
        keys: [&str; N],
        required: usize,
    ) -> Result<[Option<NodeId>; N], Problem> {
        let mut found = [None; N];
        let mut unexpected = Vec::new();
        for (key, value) in self.mapping(id, what)? {
            let text = self.text(key, "a key")?;
            match keys.iter().position(|each| *each == text) {
                Some(at) => self.put(&mut found[at], value)?,
                None => unexpected.push((key, text)),
            }
        }
        if let Some((key, text)) = unexpected.first() {
            let expected = keys.join(", ");
            return Err(self.problem(*key, format!("{what} has no key '{text}'; it has {expected}")));
        }
        if let Some(at) = found[..required].iter().position(Option::is_none) {
            return Err(self.problem(id, format!("{what} needs the key '{}'", keys[at])));
        }
        Ok(found)
    }

    fn operation(&mut self, id: NodeId) -> Result<Operation, Problem> {
        let [operation, arguments] = self.fields(id, "an operation", ["operation", "arguments"], 2)?;
        let missing = || Problem::new(self.tree.node(id).place, "an operation lacks a key");
        let (operation, arguments) = (operation.ok_or_else(missing)?, arguments.ok_or_else(missing)?);
        let called = self.text(operation, "the name of an operation")?;
        let Some(spelling) = spelling(&called) else {
            return Err(self.problem(operation, unknown_operation(&called)));
        };
        let given = self.arguments(arguments, spelling)?;
        let mut parts = Parts::new();
        for ((argument, shape), value) in spelling.arguments.iter().zip(given) {
            parts.push(match value {
                Some(value) => self.part(value, *shape, &format_args!("{argument} of {}", spelling.name))?,
                None => absent(*shape, self.names),
            });
        }
        let operation = Operation::build(spelling, &parts);
        if let Some(Operation::SetPropertyType { using, may_be_null: true, .. }) = operation
            && self.names.is_null(using)
        {
            return Err(self.problem(id, format!("may_be_null of {} goes with using", spelling.name)));
        }
        let operation = operation.ok_or_else(|| self.problem(id, "these arguments do not make an operation"))?;
        checked_operation(operation, self.names).map_err(|problem| self.problem(arguments, problem))
    }

    /// The arguments in the order of the spelling; only optional ones can be None.
    fn arguments(&mut self, id: NodeId, spelling: &Spelling) -> Result<[Option<NodeId>; MOST_ARGUMENTS], Problem> {
        let mut found = [None; MOST_ARGUMENTS];
        let mut unexpected: Vec<(NodeId, String)> = Vec::new();
        for (key, value) in self.mapping(id, format_args!("the arguments of {}", spelling.name))? {
            let text = self.text(key, "an argument's name")?;
            match spelling.arguments.iter().position(|(argument, _)| *argument == text) {
                Some(at) => self.put(&mut found[at], value)?,
                None => unexpected.push((key, text.into_owned())),
            }
        }
        let missing: Vec<&str> = (spelling.arguments.iter().zip(&found))
            .filter(|((_, shape), value)| value.is_none() && !is_optional(*shape))
            .map(|((argument, _), _)| *argument)
            .collect();
        if missing.is_empty() && unexpected.is_empty() {
            return Ok(found);
        }
        let mut facts = Vec::new();
        if !missing.is_empty() {
            facts.push(format!("lacks {}", missing.join(", ")));
        }
        if !unexpected.is_empty() {
            let names: Vec<&str> = unexpected.iter().map(|(_, text)| text.as_str()).collect();
            facts.push(format!("does not take {}", names.join(", ")));
        }
        let place = unexpected.first().map_or(id, |(key, _)| *key);
        let problem = format!("{} {}; it takes {}", spelling.name, facts.join(" and "), signature(spelling));
        Err(self.problem(place, problem))
    }

    /// Remember a value, the later of two with one key. A replaced value must be readable all the same.
    fn put(&mut self, slot: &mut Option<NodeId>, value: NodeId) -> Result<(), Problem> {
        if let Some(replaced) = slot.replace(value) {
            self.constructor.value(replaced)?;
        }
        Ok(())
    }

    fn part(&mut self, id: NodeId, shape: Shape, what: &dyn std::fmt::Display) -> Result<Part, Problem> {
        Ok(match shape {
            Shape::Name => Part::Name(self.name(id, what)?),
            Shape::Names => Part::Names(self.names_of(id, what)?),
            Shape::Value | Shape::OptionalValue => Part::Value(self.value(id)?),
            Shape::PropertyType => {
                let text = self.text(id, what)?;
                let type_ = PropertyType::from_text(&text);
                Part::PropertyType(type_.ok_or_else(|| self.unknown(id, what, &PROPERTY_TYPES, &text))?)
            }
            Shape::Remark | Shape::OptionalFlag => match self.constructor.value(id)? {
                Value::Bool(flag) => Part::Flag(flag),
                _ => return Err(self.expected(id, what, "true or false")),
            },
            Shape::Text => {
                let text = self.text(id, what)?;
                Part::Value(self.names.value(Value::Str(text.into())))
            }
            Shape::OptionalDatabase if self.tree.node(id).tag == Tag::Null => Part::Database(None),
            Shape::OptionalTexts | Shape::Touches | Shape::Options if self.tree.node(id).tag == Tag::Null => {
                Part::Value(self.value(id)?)
            }
            Shape::Touches => self.touches(id, what)?,
            Shape::OptionalTexts => self.texts(id, what)?,
            Shape::OptionalDatabase => {
                let text = self.text(id, what)?;
                let known = databases();
                if !known.iter().any(|each| *each == *text) {
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    return Err(self.unknown(id, what, &known, &text));
                }
                Part::Database(Some(Database::named(&text)))
            }
            Shape::OrderedNames => {
                let items = self.list(id, &what.to_string(), "a list of strings")?;
                let items = items.map(|item| Ok(self.text(item, format_args!("each of {what}"))?.into_owned()));
                let texts = items.collect::<Result<Vec<String>, Problem>>()?;
                texts.iter().for_each(|text| _ = self.names.name(text));
                Part::Value(
                    self.names.value(Value::List(texts.into_iter().map(|text| Value::Str(text.into())).collect())),
                )
            }
            Shape::IndexForm => self.form(id, what, &INDEX_FORMS)?,
            Shape::ConstraintForm => self.form(id, what, &CONSTRAINT_FORMS)?,
            Shape::Parameters | Shape::Options => {
                let value = self.constructor.value(id)?;
                match &value {
                    Value::Map(pairs) if pairs.iter().all(|(key, _)| matches!(key, Value::Str(_))) => {}
                    Value::Map(_) => {
                        return Err(self.problem(id, format!("the keys of {what} must be strings; quote them")));
                    }
                    _ => return Err(self.expected(id, what, "a mapping with string keys")),
                }
                Part::Value(self.names.value(value))
            }
        })
    }

    fn form(&mut self, id: NodeId, what: &dyn std::fmt::Display, known: &[(&str, Form)]) -> Result<Part, Problem> {
        let text = self.text(id, what)?;
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let form = known.iter().find(|(word, _)| **word == *text).map(|(_, form)| Part::Form(*form));
        form.ok_or_else(|| self.unknown(id, what, &words, &text))
    }

    /// The types of each kind that a query touches.
    fn touches(&mut self, id: NodeId, what: &dyn std::fmt::Display) -> Result<Part, Problem> {
        let listed = self.fields(id, &what.to_string(), KINDS.map(key), 0)?;
        let mut types = [Vec::new(), Vec::new()];
        for ((kind, node), list) in KINDS.into_iter().zip(listed).zip(&mut types) {
            if let Some(node) = node {
                let names = self.names_of(node, &format_args!("{} of {what}", key(kind)))?;
                list.extend(self.names.names(names).iter().map(|name| Box::from(self.names.text(*name))));
            }
        }
        if types.iter().all(Vec::is_empty) {
            return Err(
                self.problem(id, format!("{what} names no type; leave it out if the query may touch all types"))
            );
        }
        Ok(Part::Value(self.names.value(declaration(types))))
    }

    /// A string that is not empty, or one for each of several kinds of database.
    fn texts(&mut self, id: NodeId, what: &dyn std::fmt::Display) -> Result<Part, Problem> {
        if self.tree.node(id).tag != Tag::Map {
            let wanted = "a string, or a mapping of kinds of database to strings";
            let is_text =
                matches!((&self.tree.node(id).tag, &self.tree.node(id).content), (Tag::Str, Content::Scalar(_)));
            if !is_text {
                return Err(self.expected(id, what, wanted));
            }
            return Ok(Part::Value(self.filled_text(id, what)?));
        }
        let (known, mut entries) = (databases(), Vec::new());
        for (key, value) in self.mapping(id, what)? {
            let of = self.text(key, format_args!("a key of {what}"))?;
            if !known.iter().any(|each| *each == *of) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(self.unknown(key, &format_args!("a key of {what}"), &known, &of));
            }
            let text = self.filled_text(value, &format_args!("{of} of {what}"))?;
            entries.push((Value::Str(of.into()), self.names.content(text).clone()));
        }
        if entries.is_empty() {
            return Err(self.problem(id, format!("{what} is empty; leave it out")));
        }
        Ok(Part::Value(self.names.value(Value::Map(entries))))
    }

    fn filled_text(&mut self, id: NodeId, what: &dyn std::fmt::Display) -> Result<ValueId, Problem> {
        let text = self.text(id, what)?;
        if text.trim().is_empty() {
            return Err(self.problem(id, format!("{what} is empty; leave it out")));
        }
        Ok(self.names.value(Value::Str(text.into())))
    }

    fn value(&mut self, id: NodeId) -> Result<ValueId, Problem> {
        let value = self.constructor.value(id)?;
        Ok(self.names.value(value))
    }

    /// A list or set of strings.
    fn names_of(&mut self, id: NodeId, what: &dyn std::fmt::Display) -> Result<nsmig_core::name::NameList, Problem> {
        let node = self.tree.node(id);
        let member = format_args!("each of {what}");
        let mut members = Vec::new();
        match (&node.tag, &node.content) {
            (Tag::Seq, Content::Sequence) => {
                self.constructor.spend(id, self.tree.children(id).count())?;
                for item in self.tree.children(id) {
                    members.push(self.name(item, member)?);
                }
            }
            (Tag::Set, Content::Mapping) => {
                for (key, value) in self.mapping(id, what)? {
                    members.push(self.name(key, member)?);
                    if self.tree.node(value).tag != Tag::Null {
                        self.constructor.value(value)?;
                    }
                }
            }
            _ => return Err(self.expected(id, what, "a list or a !!set of strings")),
        }
        Ok(self.names.list(members))
    }

    fn name_list(&mut self, id: NodeId, what: &str) -> Result<Vec<Name>, Problem> {
        let items = self.list(id, what, "a list of migrations' names, [] for none")?;
        items.map(|item| self.name(item, format_args!("each of {what}"))).collect()
    }

    fn name(&mut self, id: NodeId, what: impl std::fmt::Display) -> Result<Name, Problem> {
        let text = self.text(id, what)?;
        Ok(self.names.name(&text))
    }

    fn list(&self, id: NodeId, what: &str, expected: &str) -> Result<Children<'t, 'a>, Problem> {
        match self.tree.node(id) {
            Node { tag: Tag::Seq, content: Content::Sequence, .. } => Ok(self.tree.children(id)),
            _ => Err(self.expected(id, &what, expected)),
        }
    }

    fn mapping(&mut self, id: NodeId, what: impl std::fmt::Display) -> Result<Pairs<'t, 'a>, Problem> {
        let pairs = self.constructor.flattened(id)?;
        match self.tree.node(id).tag {
            Tag::Map | Tag::Set => pairs.ok_or_else(|| self.expected(id, &what, "a mapping")),
            _ => Err(self.expected(id, &what, "a mapping")),
        }
    }

    fn text(&mut self, id: NodeId, what: impl std::fmt::Display) -> Result<Cow<'t, str>, Problem> {
        let node = self.tree.node(id);
        match (&node.tag, &node.content) {
            (Tag::Str, Content::Scalar(text)) => Ok(Cow::Borrowed(text)),
            (Tag::Str, _) => match self.constructor.value(id)? {
                Value::Str(text) => Ok(Cow::Owned(text.into())),
                _ => Err(self.expected(id, &what, "a string")),
            },
            _ => Err(self.expected(id, &what, "a string")),
        }
    }

    /// The node has another type than expected.
    fn expected(&self, id: NodeId, what: &dyn std::fmt::Display, expected: &str) -> Problem {
        let node = self.tree.node(id);
        let wants_string = expected == "a string";
        let found = match (&node.tag, &node.content) {
            (Tag::Unknown(number), _) => format!("of the unknown tag {}", self.tree.unknown_tag(*number)),
            (tag, Content::Scalar(text)) => match tag {
                Tag::Null if text == "~" || text.is_empty() => "null".into(),
                Tag::Null => format!("null (YAML 1.1 reads {text} so)"),
                Tag::Bool => format!("a boolean (YAML 1.1 reads {text} so)"),
                Tag::Str => format!("the string '{text}'"),
                Tag::Int | Tag::Float => format!("the number {text}"),
                Tag::Timestamp => format!("the date {text}"),
                Tag::Merge | Tag::Value => format!("{text}, which has a meaning of its own"),
                _ => format!("{text:?} as {}", crate::construct::noun(tag)),
            },
            (tag, _) => crate::construct::noun(tag).into(),
        };
        let hint = match &node.content {
            Content::Scalar(text) if wants_string && !text.is_empty() && node.tag != Tag::Binary => {
                format!("; quote it: '{}'", text.replace('\'', "''"))
            }
            Content::Scalar(text) if node.tag == Tag::Str && expected.starts_with("a list") => {
                format!("; write [{text}]")
            }
            _ => String::new(),
        };
        self.problem(id, format!("{what} must be {expected}, not {found}{hint}"))
    }

    /// The node is a string, but none of the expected ones.
    fn unknown(&self, id: NodeId, what: &dyn std::fmt::Display, known: &[&str], text: &str) -> Problem {
        let meant = nearest(text, known.iter().copied());
        let hint = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        self.problem(id, format!("{what} must be one of {}, not '{text}'{hint}", known.join(", ")))
    }

    fn problem(&self, id: NodeId, text: impl Into<String>) -> Problem {
        Problem::of_node(self.tree, id, text)
    }
}
