//! How a migration file spells each operation.

use std::num::NonZeroU8;
use std::sync::{PoisonError, RwLock};

use crate::kind::Kind;

/// How a migration file spells an operation: its name, and its arguments in the order of its parts.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Spelling {
    pub name: &'static str,
    pub verb: Verb,
    pub kind: Option<Kind>,
    pub arguments: &'static [(&'static str, Shape)],
}

/// An operation's action, apart from its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Verb {
    CreateType,
    DropType,
    RenameType,
    AddProperty,
    DropProperty,
    RenameProperty,
    AddIndex,
    DropIndex,
    ExtendKey,
    RenameKeyPart,
    SetPropertyType,
    AddAdjacency,
    DropAdjacency,
    ReduceKey,
    RunQuery,
    QueriesLeftOut,
    CreateIndex,
    CreateConstraint,
    RemoveIndex,
    RemoveConstraint,
}

/// The kinds of database that a query can be for, until [`know_databases`] sets others.
const DATABASES: [&str; 2] = ["ladybug", "neo4j"];

static KNOWN_DATABASES: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Set the kinds of database. The program around the core knows them, and calls this before it reads files.
pub fn know_databases(mut names: Vec<String>) {
    names.sort();
    *KNOWN_DATABASES.write().unwrap_or_else(PoisonError::into_inner) = names;
}

/// The kinds of database that a query can be for, sorted.
pub fn databases() -> Vec<String> {
    let known = KNOWN_DATABASES.read().unwrap_or_else(PoisonError::into_inner);
    if known.is_empty() { DATABASES.map(String::from).to_vec() } else { known.clone() }
}

static NUMBERED_DATABASES: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// A kind of database, by its number in this process, so that an operation stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Database(NonZeroU8);

impl Database {
    /// The kind with this name.
    ///
    /// # Panics
    /// There are more than 255 kinds.
    pub fn named(name: &str) -> Database {
        let mut numbered = NUMBERED_DATABASES.write().unwrap_or_else(PoisonError::into_inner);
        let at = numbered.iter().position(|each| each == name).unwrap_or_else(|| {
            numbered.push(name.to_owned());
            numbered.len() - 1
        });
        let number = u8::try_from(at + 1).ok().and_then(NonZeroU8::new);
        Database(number.expect("there are few kinds of database"))
    }

    /// Its name.
    pub fn name(self) -> String {
        let numbered = NUMBERED_DATABASES.read().unwrap_or_else(PoisonError::into_inner);
        numbered[usize::from(self.0.get()) - 1].clone()
    }
}

/// The form of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Name,
    /// A list or set of strings.
    Names,
    /// Anything.
    Value,
    /// Anything; null if omitted.
    OptionalValue,
    /// One of the names of property types.
    PropertyType,
    /// A string, kept as a value.
    Text,
    /// A mapping with string keys; empty if omitted.
    Parameters,
    /// One of [`databases`] or null; null if omitted.
    OptionalDatabase,
    /// A string, or a mapping of [`databases`] to strings; null if omitted, and then not in the checksum.
    OptionalTexts,
    /// True or false; false if omitted, and then not in the checksum.
    OptionalFlag,
    /// True or false; false if omitted. It does not change what is done, so it is never in the checksum.
    Remark,
    /// A mapping of `nodes` and `relationships` to lists of types; null if omitted. Never in the checksum, either.
    Touches,
    /// A list of strings, in their order.
    OrderedNames,
    /// The word for a form of index.
    IndexForm,
    /// The word for a form of constraint.
    ConstraintForm,
    /// A mapping with the options of an entry; null if omitted, and then not in the checksum.
    Options,
}

impl Shape {
    /// Whether an argument of this shape is in the checksum of a migration: if it is `given`, or even if it is false,
    /// null or empty.
    pub fn is_hashed(self, given: bool) -> bool {
        match self {
            Shape::Remark | Shape::Touches => false,
            Shape::OptionalTexts | Shape::OptionalFlag | Shape::Options => given,
            _ => true,
        }
    }
}

/// No operation has more arguments.
pub const MOST_ARGUMENTS: usize = 6;

macro_rules! pair {
    ($verb:ident, $node:literal, $relationship:literal, $type:ident $(, $argument:literal $shape:ident)*) => {
        [
            Spelling { name: $node, verb: Verb::$verb, kind: Some(Kind::Node),
                arguments: &[(pair!(@node $type), Shape::Name) $(, ($argument, Shape::$shape))*] },
            Spelling { name: $relationship, verb: Verb::$verb, kind: Some(Kind::Relationship),
                arguments: &[(pair!(@relationship $type), Shape::Name) $(, ($argument, Shape::$shape))*] },
        ]
    };
    (@node of) => { "node_type" };
    (@relationship of) => { "relationship_type" };
    (@$kind:ident name) => { "name" };
    (@$kind:ident old_type) => { "old_type" };
}

const ENDPOINTS: &[(&str, Shape)] =
    &[("from_node_type", Shape::Name), ("relationship_type", Shape::Name), ("to_node_type", Shape::Name)];

macro_rules! entry {
    ($name:literal, $verb:ident, $kind:ident, $types:literal, $form:ident) => {
        Spelling {
            name: $name,
            verb: Verb::$verb,
            kind: Some(Kind::$kind),
            arguments: &[
                ("name", Shape::Name),
                ($types, Shape::Names),
                ("properties", Shape::OrderedNames),
                ("kind", Shape::$form),
                ("options", Shape::Options),
                ("optional", Shape::OptionalFlag),
            ],
        }
    };
}

/// Every operation by its verb, node before relationship: nodestream's ten pairs first, nsmig's own after them.
pub const SPELLINGS: [&[Spelling]; 20] = [
    &pair!(CreateType, "CreateNodeType", "CreateRelationshipType", name, "keys" Names, "properties" Names),
    &pair!(DropType, "DropNodeType", "DropRelationshipType", name),
    &pair!(RenameType, "RenameNodeType", "RenameRelationshipType", old_type, "new_type" Name),
    &pair!(AddProperty, "AddNodeProperty", "AddRelationshipProperty", of, "property_name" Name, "default" OptionalValue),
    &pair!(DropProperty, "DropNodeProperty", "DropRelationshipProperty", of, "property_name" Name),
    &pair!(RenameProperty, "RenameNodeProperty", "RenameRelationshipProperty", of,
        "old_property_name" Name, "new_property_name" Name),
    &pair!(AddIndex, "AddAdditionalNodePropertyIndex", "AddAdditionalRelationshipPropertyIndex", of, "field_name" Name),
    &pair!(DropIndex, "DropAdditionalNodePropertyIndex", "DropAdditionalRelationshipPropertyIndex", of, "field_name" Name),
    &pair!(ExtendKey, "NodeKeyExtended", "RelationshipKeyExtended", of, "added_key_property" Name, "default" Value),
    &pair!(RenameKeyPart, "NodeKeyPartRenamed", "RelationshipKeyPartRenamed", of,
        "old_key_part_name" Name, "new_key_part_name" Name),
    &pair!(SetPropertyType, "SetNodePropertyType", "SetRelationshipPropertyType", of,
        "property_name" Name, "type" PropertyType, "using" OptionalTexts, "may_be_null" OptionalFlag),
    &[Spelling { name: "AddAdjacency", verb: Verb::AddAdjacency, kind: None, arguments: ENDPOINTS }],
    &[Spelling { name: "DropAdjacency", verb: Verb::DropAdjacency, kind: None, arguments: ENDPOINTS }],
    &pair!(ReduceKey, "NodeKeyReduced", "RelationshipKeyReduced", of, "removed_key_property" Name),
    &[Spelling {
        name: "RunQuery",
        verb: Verb::RunQuery,
        kind: None,
        arguments: &[
            ("query", Shape::Text),
            ("parameters", Shape::Parameters),
            ("database", Shape::OptionalDatabase),
            ("elidable", Shape::Remark),
            ("touches", Shape::Touches),
        ],
    }],
    &[Spelling {
        name: "QueriesLeftOut",
        verb: Verb::QueriesLeftOut,
        kind: None,
        arguments: &[("queries", Shape::Names)],
    }],
    &[
        entry!("CreateNodeIndex", CreateIndex, Node, "node_types", IndexForm),
        entry!("CreateRelationshipIndex", CreateIndex, Relationship, "relationship_types", IndexForm),
    ],
    &[
        entry!("CreateNodeConstraint", CreateConstraint, Node, "node_types", ConstraintForm),
        entry!("CreateRelationshipConstraint", CreateConstraint, Relationship, "relationship_types", ConstraintForm),
    ],
    &[Spelling { name: "RemoveIndex", verb: Verb::RemoveIndex, kind: None, arguments: &[("name", Shape::Name)] }],
    &[Spelling {
        name: "RemoveConstraint",
        verb: Verb::RemoveConstraint,
        kind: None,
        arguments: &[("name", Shape::Name)],
    }],
];

/// The spelling of the operation that a migration file calls `name`.
pub fn spelling(name: &str) -> Option<&'static Spelling> {
    SPELLINGS.iter().flat_map(|pair| pair.iter()).find(|spelling| spelling.name == name)
}
