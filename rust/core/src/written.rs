//! Operations as text, for tests: `CreateNodeType Person id name,mail; AddNodeProperty Person city Oslo`.
//!
//! The arguments are in the order of their spelling. `-` is an empty list, `null` is null, digits are a number;
//! optional ones may be omitted.

use crate::apply::apply;
use crate::catalog::Form;
use crate::kept::Kept;
use crate::kind::KINDS;
use crate::name::Interner;
use crate::operation::{Operation, Part};
use crate::schema::{PropertyType, Schema};
use crate::spelling::{Database, Shape, spelling};
use crate::squash::{Squashed, Terms, squash};
use crate::touches::{declaration, touched};
use crate::value::Value;

/// A test's schema, names and squash.
pub struct Story {
    pub names: Interner,
    pub schema: Schema,
}

impl Story {
    /// With the schema that these operations create.
    pub fn with(base: &str) -> Story {
        let mut story = Story { names: Interner::default(), schema: Schema::default() };
        for operation in story.operations(base) {
            let found = apply(&mut story.schema, &operation, &story.names).expect("it applies");
            assert!(found.is_empty(), "{base}");
        }
        story
    }

    /// The squash of these operations if nodes may carry several labels.
    pub fn squash(&mut self, operations: &str) -> String {
        let squashed = self.squashed(operations, false);
        self.text(&squashed.operations)
    }

    /// The squash if no node carries two labels.
    pub fn squash_single(&mut self, operations: &str) -> String {
        let squashed = self.squashed(operations, true);
        self.text(&squashed.operations)
    }

    /// The operations that stay unchanged if nodes may carry several labels.
    pub fn kept(&mut self, operations: &str) -> Vec<Kept> {
        self.squashed(operations, false).kept
    }

    fn squashed(&mut self, operations: &str, single_label: bool) -> Squashed {
        let operations = self.operations(operations);
        let terms = Terms { single_label, weigh: true, ..Terms::default() };
        squash(&self.schema, &operations, terms, &mut self.names).expect("they apply")
    }

    /// The operations as written.
    pub fn operations(&mut self, text: &str) -> Vec<Operation> {
        text.split(';').map(|each| self.operation(each.trim())).collect()
    }

    fn operation(&mut self, text: &str) -> Operation {
        let mut words = text.split(' ');
        let spelling = words.next().and_then(spelling).unwrap_or_else(|| panic!("no operation: {text}"));
        let parts: Vec<Part> = spelling.arguments.iter().map(|argument| self.part(*argument, words.next())).collect();
        assert_eq!(words.next(), None, "{text}");
        Operation::build(spelling, &parts).expect("parts of its shapes")
    }

    fn part(&mut self, (argument, shape): (&str, Shape), word: Option<&str>) -> Part {
        let text = word.unwrap_or("null");
        match shape {
            Shape::Name => Part::Name(self.names.name(text)),
            Shape::Names => {
                let names = text.split(',').filter(|each| *each != "-").map(|each| self.names.name(each)).collect();
                Part::Names(self.names.list(names))
            }
            Shape::PropertyType => Part::PropertyType(PropertyType::from_text(text).expect("a type")),
            Shape::OrderedNames => {
                let texts: Vec<&str> = text.split(',').collect();
                texts.iter().for_each(|each| _ = self.names.name(each));
                Part::Value(
                    self.names.value(Value::List(texts.iter().map(|each| Value::Str((*each).into())).collect())),
                )
            }
            Shape::IndexForm | Shape::ConstraintForm => Part::Form(Form::from_word(text).expect("a form")),
            Shape::Options => Part::Value(self.names.value(Value::Null)),
            Shape::Remark | Shape::OptionalFlag => Part::Flag(word == Some(argument)),
            Shape::Parameters => Part::Value(self.names.value(Value::Map(Vec::new()))),
            Shape::OptionalDatabase => Part::Database((text != "null").then(|| Database::named(text))),
            Shape::Touches if text != "null" => {
                let mut listed = text.split('/').map(|names| {
                    let names = names.split(',').filter(|each| !each.is_empty());
                    names.inspect(|each| _ = self.names.name(each)).map(Into::into).collect()
                });
                let types = [listed.next().unwrap_or_default(), listed.next().unwrap_or_default()];
                Part::Value(self.names.value(declaration(types)))
            }
            Shape::Text | Shape::Value | Shape::OptionalValue | Shape::OptionalTexts | Shape::Touches => {
                Part::Value(self.names.value(match text {
                    "null" => Value::Null,
                    text => text.parse().map_or_else(|_| Value::Str(text.into()), Value::Int),
                }))
            }
        }
    }

    fn text(&self, operations: &[Operation]) -> String {
        let name = |each| self.names.text(each).to_owned();
        let word = |(argument, part): (&str, Part)| match part {
            Part::Name(each) => name(each),
            Part::Names(list) if self.names.names(list).is_empty() => "-".to_owned(),
            Part::Names(list) => self.names.names(list).iter().copied().map(name).collect::<Vec<_>>().join(","),
            Part::PropertyType(each) => each.text().to_owned(),
            Part::Form(form) => form.word().to_owned(),
            Part::Value(value) if argument == "properties" => match self.names.content(value) {
                Value::List(list) => {
                    let text =
                        |each: &Value| if let Value::Str(text) = each { text.to_string() } else { String::new() };
                    list.iter().map(text).collect::<Vec<_>>().join(",")
                }
                _ => String::new(),
            },
            Part::Flag(flag) => if flag { argument } else { "" }.to_owned(),
            Part::Database(database) => database.map(Database::name).unwrap_or_default(),
            Part::Value(value) if argument == "touches" && !self.names.is_null(value) => {
                let types = touched(value, &self.names).expect("a declaration");
                let of = |kind| types.iter().filter(move |(each, _)| *each == kind).map(|(_, each)| name(*each));
                KINDS.map(|kind| of(kind).collect::<Vec<_>>().join(",")).join("/")
            }
            Part::Value(value) => match self.names.content(value) {
                Value::Str(text) => text.to_string(),
                Value::Int(number) => number.to_string(),
                _ => String::new(),
            },
        };
        let line = |each: &Operation| {
            let arguments = each.spelling().arguments.iter().map(|(argument, _)| *argument);
            let words = arguments.zip(each.parts()).map(word).filter(|word| !word.is_empty());
            std::iter::once(each.spelling().name.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
        };
        operations.iter().map(line).collect::<Vec<_>>().join("; ")
    }
}
