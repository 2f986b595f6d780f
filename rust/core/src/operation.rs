//! The closed set of operations, how a migration file spells each, and the parts each is made of.

use arrayvec::ArrayVec;

use crate::name::{Name, NameList, ValueId};

/// What a type is a type of. Node types and relationship types have separate namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Node,
    Relationship,
}

/// Both kinds, in the order in which everything is written.
pub const KINDS: [Kind; 2] = [Kind::Node, Kind::Relationship];

/// The type of a property, in the order of [`PROPERTY_TYPES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PropertyType(u8);

/// The names of property types in a schema file. The first is what every operation of nodestream gives a property.
pub const PROPERTY_TYPES: [&str; 10] = [
    "STRING",
    "BOOLEAN",
    "DATETIME",
    "INTEGER",
    "FLOAT",
    "LIST_OF_STRINGS",
    "LIST_OF_BOOLEANS",
    "LIST_OF_DATETIMES",
    "LIST_OF_INTEGERS",
    "LIST_OF_FLOATS",
];

/// The kinds of database that a query can be for.
pub const DATABASES: [&str; 2] = ["ladybug", "neo4j"];

/// Which node types a relationship type connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Adjacency {
    pub from: Name,
    pub relationship: Name,
    pub to: Name,
}

impl Adjacency {
    /// The three types that it names.
    pub fn ends(&self) -> [(Kind, Name); 3] {
        [(Kind::Node, self.from), (Kind::Relationship, self.relationship), (Kind::Node, self.to)]
    }
}

/// One step of a schema's history. `type_` is the type acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operation {
    CreateType {
        kind: Kind,
        type_: Name,
        keys: NameList,
        properties: NameList,
    },
    DropType {
        kind: Kind,
        type_: Name,
    },
    RenameType {
        kind: Kind,
        old: Name,
        new: Name,
    },
    AddProperty {
        kind: Kind,
        type_: Name,
        property: Name,
        default: ValueId,
    },
    DropProperty {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    RenameProperty {
        kind: Kind,
        type_: Name,
        old: Name,
        new: Name,
    },
    AddIndex {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    DropIndex {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    ExtendKey {
        kind: Kind,
        type_: Name,
        property: Name,
        default: ValueId,
    },
    RenameKeyPart {
        kind: Kind,
        type_: Name,
        old: Name,
        new: Name,
    },
    SetPropertyType {
        kind: Kind,
        type_: Name,
        property: Name,
        to: PropertyType,
    },
    AddAdjacency(Adjacency),
    DropAdjacency(Adjacency),
    ReduceKey {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    /// `query` is a string, `parameters` a map, `database` one of [`DATABASES`] or null.
    RunQuery {
        query: ValueId,
        parameters: ValueId,
        database: ValueId,
    },
}

/// What an operation does, apart from what it acts on.
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
}

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Name,
    /// A list or set of strings.
    Names,
    /// Anything.
    Value,
    /// Anything; null where it is not given.
    OptionalValue,
    /// One of [`PROPERTY_TYPES`].
    PropertyType,
    /// A string, kept as a value.
    Text,
    /// A mapping with string keys; empty where it is not given.
    Parameters,
    /// One of [`DATABASES`] or null; null where it is not given.
    OptionalDatabase,
}

/// No operation has more arguments.
pub const MOST_ARGUMENTS: usize = 3;

/// What an operation is made of.
pub type Parts = ArrayVec<Part, MOST_ARGUMENTS>;

/// How a migration file spells an operation: its name, and its arguments in the order of [`Operation::parts`].
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Spelling {
    pub name: &'static str,
    pub verb: Verb,
    pub kind: Option<Kind>,
    pub arguments: &'static [(&'static str, Shape)],
}

/// One argument's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Part {
    Name(Name),
    Names(NameList),
    Value(ValueId),
    PropertyType(PropertyType),
}

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

/// Every operation by its verb, node before relationship: nodestream's ten pairs first, nsmig's own after them.
pub const SPELLINGS: [&[Spelling]; 15] = [
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
        "property_name" Name, "type" PropertyType),
    &[Spelling { name: "AddAdjacency", verb: Verb::AddAdjacency, kind: None, arguments: ENDPOINTS }],
    &[Spelling { name: "DropAdjacency", verb: Verb::DropAdjacency, kind: None, arguments: ENDPOINTS }],
    &pair!(ReduceKey, "NodeKeyReduced", "RelationshipKeyReduced", of, "removed_key_property" Name),
    &[Spelling {
        name: "RunQuery",
        verb: Verb::RunQuery,
        kind: None,
        arguments: &[("query", Shape::Text), ("parameters", Shape::Parameters), ("database", Shape::OptionalDatabase)],
    }],
];

/// The spelling of the operation that a migration file calls `name`.
pub fn spelling(name: &str) -> Option<&'static Spelling> {
    SPELLINGS.iter().flat_map(|pair| pair.iter()).find(|spelling| spelling.name == name)
}

impl PropertyType {
    /// The type with this name in a schema file.
    pub fn from_text(text: &str) -> Option<PropertyType> {
        PROPERTY_TYPES.iter().position(|each| *each == text).map(|at| PropertyType(at as u8))
    }

    /// The name in a schema file.
    pub fn text(self) -> &'static str {
        PROPERTY_TYPES[self.0 as usize]
    }
}

impl Spelling {
    /// The operation of this spelling with these parts, in the order of `arguments`; None if they are not of its shapes.
    pub fn build(&self, parts: &[Part]) -> Option<Operation> {
        use Part as P;
        use Verb as V;
        Some(match (self.verb, self.kind, parts) {
            (V::CreateType, Some(kind), &[P::Name(type_), P::Names(keys), P::Names(properties)]) => {
                Operation::CreateType { kind, type_, keys, properties }
            }
            (V::DropType, Some(kind), &[P::Name(type_)]) => Operation::DropType { kind, type_ },
            (V::RenameType, Some(kind), &[P::Name(old), P::Name(new)]) => Operation::RenameType { kind, old, new },
            (V::AddProperty, Some(kind), &[P::Name(type_), P::Name(property), P::Value(default)]) => {
                Operation::AddProperty { kind, type_, property, default }
            }
            (V::DropProperty, Some(kind), &[P::Name(type_), P::Name(property)]) => {
                Operation::DropProperty { kind, type_, property }
            }
            (V::RenameProperty, Some(kind), &[P::Name(type_), P::Name(old), P::Name(new)]) => {
                Operation::RenameProperty { kind, type_, old, new }
            }
            (V::AddIndex, Some(kind), &[P::Name(type_), P::Name(property)]) => {
                Operation::AddIndex { kind, type_, property }
            }
            (V::DropIndex, Some(kind), &[P::Name(type_), P::Name(property)]) => {
                Operation::DropIndex { kind, type_, property }
            }
            (V::ExtendKey, Some(kind), &[P::Name(type_), P::Name(property), P::Value(default)]) => {
                Operation::ExtendKey { kind, type_, property, default }
            }
            (V::RenameKeyPart, Some(kind), &[P::Name(type_), P::Name(old), P::Name(new)]) => {
                Operation::RenameKeyPart { kind, type_, old, new }
            }
            (V::SetPropertyType, Some(kind), &[P::Name(type_), P::Name(property), P::PropertyType(to)]) => {
                Operation::SetPropertyType { kind, type_, property, to }
            }
            (V::AddAdjacency, None, &[P::Name(from), P::Name(relationship), P::Name(to)]) => {
                Operation::AddAdjacency(Adjacency { from, relationship, to })
            }
            (V::DropAdjacency, None, &[P::Name(from), P::Name(relationship), P::Name(to)]) => {
                Operation::DropAdjacency(Adjacency { from, relationship, to })
            }
            (V::ReduceKey, Some(kind), &[P::Name(type_), P::Name(property)]) => {
                Operation::ReduceKey { kind, type_, property }
            }
            (V::RunQuery, None, &[P::Value(query), P::Value(parameters), P::Value(database)]) => {
                Operation::RunQuery { query, parameters, database }
            }
            _ => return None,
        })
    }
}

impl Operation {
    /// True if nodestream has no such operation.
    pub fn is_own(&self) -> bool {
        match self {
            Operation::CreateType { .. }
            | Operation::DropType { .. }
            | Operation::RenameType { .. }
            | Operation::AddProperty { .. }
            | Operation::DropProperty { .. }
            | Operation::RenameProperty { .. }
            | Operation::AddIndex { .. }
            | Operation::DropIndex { .. }
            | Operation::ExtendKey { .. }
            | Operation::RenameKeyPart { .. } => false,
            Operation::SetPropertyType { .. }
            | Operation::AddAdjacency(_)
            | Operation::DropAdjacency(_)
            | Operation::ReduceKey { .. }
            | Operation::RunQuery { .. } => true,
        }
    }

    /// How a migration file spells this operation.
    pub fn spelling(&self) -> &'static Spelling {
        let (verb, kind, _) = self.taken_apart();
        &SPELLINGS[verb as usize][kind.map_or(0, |kind| kind as usize)]
    }

    /// The arguments in the order of the spelling. [`Spelling::build`] puts them together again.
    pub fn parts(&self) -> Parts {
        self.taken_apart().2
    }

    fn taken_apart(&self) -> (Verb, Option<Kind>, Parts) {
        use Operation as O;
        use Part::{Name as N, Names as L, Value as V};
        match *self {
            O::CreateType { kind, type_, keys, properties } => {
                (Verb::CreateType, Some(kind), parts(&[N(type_), L(keys), L(properties)]))
            }
            O::DropType { kind, type_ } => (Verb::DropType, Some(kind), parts(&[N(type_)])),
            O::RenameType { kind, old, new } => (Verb::RenameType, Some(kind), parts(&[N(old), N(new)])),
            O::AddProperty { kind, type_, property, default } => {
                (Verb::AddProperty, Some(kind), parts(&[N(type_), N(property), V(default)]))
            }
            O::DropProperty { kind, type_, property } => {
                (Verb::DropProperty, Some(kind), parts(&[N(type_), N(property)]))
            }
            O::RenameProperty { kind, type_, old, new } => {
                (Verb::RenameProperty, Some(kind), parts(&[N(type_), N(old), N(new)]))
            }
            O::AddIndex { kind, type_, property } => (Verb::AddIndex, Some(kind), parts(&[N(type_), N(property)])),
            O::DropIndex { kind, type_, property } => (Verb::DropIndex, Some(kind), parts(&[N(type_), N(property)])),
            O::ExtendKey { kind, type_, property, default } => {
                (Verb::ExtendKey, Some(kind), parts(&[N(type_), N(property), V(default)]))
            }
            O::RenameKeyPart { kind, type_, old, new } => {
                (Verb::RenameKeyPart, Some(kind), parts(&[N(type_), N(old), N(new)]))
            }
            O::SetPropertyType { kind, type_, property, to } => {
                (Verb::SetPropertyType, Some(kind), parts(&[N(type_), N(property), Part::PropertyType(to)]))
            }
            O::AddAdjacency(Adjacency { from, relationship, to }) => {
                (Verb::AddAdjacency, None, parts(&[N(from), N(relationship), N(to)]))
            }
            O::DropAdjacency(Adjacency { from, relationship, to }) => {
                (Verb::DropAdjacency, None, parts(&[N(from), N(relationship), N(to)]))
            }
            O::ReduceKey { kind, type_, property } => (Verb::ReduceKey, Some(kind), parts(&[N(type_), N(property)])),
            O::RunQuery { query, parameters, database } => {
                (Verb::RunQuery, None, parts(&[V(query), V(parameters), V(database)]))
            }
        }
    }

    /// The same operation with each id replaced.
    pub fn map(
        &self,
        name: impl Fn(Name) -> Name,
        list: impl Fn(NameList) -> NameList,
        value: impl Fn(ValueId) -> ValueId,
    ) -> Operation {
        let (_, _, mut parts) = self.taken_apart();
        for part in &mut parts {
            *part = match *part {
                Part::Name(each) => Part::Name(name(each)),
                Part::Names(each) => Part::Names(list(each)),
                Part::Value(each) => Part::Value(value(each)),
                Part::PropertyType(each) => Part::PropertyType(each),
            };
        }
        self.spelling().build(&parts).expect("an operation's own parts fit its spelling")
    }
}

fn parts(parts: &[Part]) -> Parts {
    parts.iter().copied().collect()
}
