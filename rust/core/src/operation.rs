//! The closed set of operations, and their parts.

use arrayvec::ArrayVec;

use crate::adjacency::Adjacency;
use crate::catalog::Form;
use crate::kind::Kind;
use crate::name::{Interner, Name, NameList, Translation, ValueId};
use crate::schema::PropertyType;
use crate::spelling::{Database, MOST_ARGUMENTS, SPELLINGS, Spelling, Verb};
use crate::touches::touched;

/// The value that nodestream gives nodes without a value for a new part of their key, if there is no default: a key
/// holds no nulls.
pub const NULL_KEY: &str = "null";

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
    /// `using` is an expression for values of another type: a string, a map of
    /// [`databases`](crate::spelling::databases) to strings or, for the database's own rule, null. It may return null
    /// if `may_be_null`.
    SetPropertyType {
        kind: Kind,
        type_: Name,
        property: Name,
        to: PropertyType,
        using: ValueId,
        may_be_null: bool,
    },
    AddAdjacency(Adjacency),
    DropAdjacency(Adjacency),
    ReduceKey {
        kind: Kind,
        type_: Name,
        property: Name,
    },
    /// `query` is a string, `parameters` a map. A database without rows that starts from a squash does not need an
    /// `elidable` query. `touches` is a [declaration](crate::touches) of the types that it touches, or null.
    RunQuery {
        query: ValueId,
        parameters: ValueId,
        database: Option<Database>,
        elidable: bool,
        touches: ValueId,
    },
    /// Does nothing. It marks a squash that left these queries out, and which therefore replaces its members only on a
    /// database without rows.
    QueriesLeftOut {
        queries: NameList,
    },
    /// `properties` is a list of strings in their order, `options` a map of [checked](crate::catalog_rules) options or
    /// null; the names in both were interned with them.
    CreateEntry {
        kind: Kind,
        form: Form,
        is_optional: bool,
        name: Name,
        types: NameList,
        properties: ValueId,
        options: ValueId,
    },
    RemoveEntry {
        is_constraint: bool,
        name: Name,
    },
}

/// The parts of an operation.
pub type Parts = ArrayVec<Part, MOST_ARGUMENTS>;

/// One argument's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Part {
    Name(Name),
    Names(NameList),
    Value(ValueId),
    PropertyType(PropertyType),
    Flag(bool),
    Database(Option<Database>),
    Form(Form),
}

impl Operation {
    /// The operation of a spelling with these parts, in the order of its arguments; None if their shapes are wrong.
    pub fn build(spelling: &Spelling, parts: &[Part]) -> Option<Operation> {
        use Part as P;
        use Verb as V;
        Some(match (spelling.verb, spelling.kind, parts) {
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
            (
                V::SetPropertyType,
                Some(kind),
                &[P::Name(type_), P::Name(property), P::PropertyType(to), P::Value(using), P::Flag(may_be_null)],
            ) => Operation::SetPropertyType { kind, type_, property, to, using, may_be_null },
            (V::AddAdjacency, None, &[P::Name(from), P::Name(relationship), P::Name(to)]) => {
                Operation::AddAdjacency(Adjacency { from, relationship, to })
            }
            (V::DropAdjacency, None, &[P::Name(from), P::Name(relationship), P::Name(to)]) => {
                Operation::DropAdjacency(Adjacency { from, relationship, to })
            }
            (V::ReduceKey, Some(kind), &[P::Name(type_), P::Name(property)]) => {
                Operation::ReduceKey { kind, type_, property }
            }
            (
                V::RunQuery,
                None,
                &[P::Value(query), P::Value(parameters), P::Database(database), P::Flag(elidable), P::Value(touches)],
            ) => Operation::RunQuery { query, parameters, database, elidable, touches },
            (V::QueriesLeftOut, None, &[P::Names(queries)]) => Operation::QueriesLeftOut { queries },
            (
                V::CreateIndex | V::CreateConstraint,
                Some(kind),
                &[
                    P::Name(name),
                    P::Names(types),
                    P::Value(properties),
                    P::Form(form),
                    P::Value(options),
                    P::Flag(is_optional),
                ],
            ) => Operation::CreateEntry { kind, form, is_optional, name, types, properties, options },
            (V::RemoveIndex, None, &[P::Name(name)]) => Operation::RemoveEntry { is_constraint: false, name },
            (V::RemoveConstraint, None, &[P::Name(name)]) => Operation::RemoveEntry { is_constraint: true, name },
            _ => return None,
        })
    }

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
            | Operation::RunQuery { .. }
            | Operation::QueriesLeftOut { .. }
            | Operation::CreateEntry { .. }
            | Operation::RemoveEntry { .. } => true,
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
            O::SetPropertyType { kind, type_, property, to, using, may_be_null } => {
                let of_values = [Part::PropertyType(to), V(using), Part::Flag(may_be_null)];
                let [to, using, may_be_null] = of_values;
                (Verb::SetPropertyType, Some(kind), parts(&[N(type_), N(property), to, using, may_be_null]))
            }
            O::AddAdjacency(Adjacency { from, relationship, to }) => {
                (Verb::AddAdjacency, None, parts(&[N(from), N(relationship), N(to)]))
            }
            O::DropAdjacency(Adjacency { from, relationship, to }) => {
                (Verb::DropAdjacency, None, parts(&[N(from), N(relationship), N(to)]))
            }
            O::ReduceKey { kind, type_, property } => (Verb::ReduceKey, Some(kind), parts(&[N(type_), N(property)])),
            O::RunQuery { query, parameters, database, elidable, touches } => {
                let (database, elidable) = (Part::Database(database), Part::Flag(elidable));
                (Verb::RunQuery, None, parts(&[V(query), V(parameters), database, elidable, V(touches)]))
            }
            O::QueriesLeftOut { queries } => (Verb::QueriesLeftOut, None, parts(&[L(queries)])),
            O::CreateEntry { kind, form, is_optional, name, types, properties, options } => {
                let verb = if form.is_constraint() { Verb::CreateConstraint } else { Verb::CreateIndex };
                let place = [N(name), L(types), V(properties), Part::Form(form), V(options), Part::Flag(is_optional)];
                (verb, Some(kind), parts(&place))
            }
            O::RemoveEntry { is_constraint, name } => {
                let verb = if is_constraint { Verb::RemoveConstraint } else { Verb::RemoveIndex };
                (verb, None, parts(&[N(name)]))
            }
        }
    }

    /// The type on which the operation acts, by its name before; None if it acts on none, or perhaps on several.
    pub fn subject(&self) -> Option<(Kind, Name)> {
        match *self {
            Operation::CreateType { kind, type_, .. }
            | Operation::DropType { kind, type_ }
            | Operation::RenameType { kind, old: type_, .. }
            | Operation::AddProperty { kind, type_, .. }
            | Operation::DropProperty { kind, type_, .. }
            | Operation::RenameProperty { kind, type_, .. }
            | Operation::AddIndex { kind, type_, .. }
            | Operation::DropIndex { kind, type_, .. }
            | Operation::ExtendKey { kind, type_, .. }
            | Operation::RenameKeyPart { kind, type_, .. }
            | Operation::SetPropertyType { kind, type_, .. }
            | Operation::ReduceKey { kind, type_, .. } => Some((kind, type_)),
            Operation::AddAdjacency(_)
            | Operation::DropAdjacency(_)
            | Operation::RunQuery { .. }
            | Operation::QueriesLeftOut { .. }
            | Operation::CreateEntry { .. }
            | Operation::RemoveEntry { .. } => None,
        }
    }

    /// Whether it creates or removes an entry of the catalog.
    pub fn is_on_catalog(&self) -> bool {
        matches!(self, Operation::CreateEntry { .. } | Operation::RemoveEntry { .. })
    }

    /// The properties of its subject that the operation names.
    pub fn properties(&self) -> impl Iterator<Item = Name> {
        let named = match *self {
            Operation::AddProperty { property, .. }
            | Operation::DropProperty { property, .. }
            | Operation::AddIndex { property, .. }
            | Operation::DropIndex { property, .. }
            | Operation::ExtendKey { property, .. }
            | Operation::SetPropertyType { property, .. }
            | Operation::ReduceKey { property, .. } => [Some(property), None],
            Operation::RenameProperty { old, new, .. } | Operation::RenameKeyPart { old, new, .. } => {
                [Some(old), Some(new)]
            }
            _ => [None, None],
        };
        named.into_iter().flatten()
    }

    /// The types that a query declares that it touches; None if it may touch all, or if the operation is not a query.
    pub fn touches(&self, names: &Interner) -> Option<Vec<(Kind, Name)>> {
        match *self {
            Operation::RunQuery { touches, .. } => touched(touches, names),
            _ => None,
        }
    }

    /// The names that the operation holds.
    pub fn names(&self, names: &Interner) -> Vec<Name> {
        let held = |part: Part| match part {
            Part::Name(name) => vec![name],
            Part::Names(list) => names.names(list).to_vec(),
            Part::Value(_) | Part::PropertyType(_) | Part::Flag(_) | Part::Database(_) | Part::Form(_) => Vec::new(),
        };
        self.parts().into_iter().flat_map(held).collect()
    }

    /// The same operation in the ids of the interner that the translation leads to.
    pub fn translated(&self, translation: &Translation) -> Operation {
        let (_, _, mut parts) = self.taken_apart();
        for part in &mut parts {
            *part = match *part {
                Part::Name(each) => Part::Name(translation.name(each)),
                Part::Names(each) => Part::Names(translation.list(each)),
                Part::Value(each) => Part::Value(translation.value(each)),
                Part::PropertyType(_) | Part::Flag(_) | Part::Database(_) | Part::Form(_) => *part,
            };
        }
        Operation::build(self.spelling(), &parts).expect("an operation's own parts fit its spelling")
    }
}

fn parts(parts: &[Part]) -> Parts {
    parts.iter().copied().collect()
}
