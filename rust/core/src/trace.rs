//! A run of operations → what became of what.
//!
//! Each type and each property that was there before keeps an identity through renames; what is made on the way is new; what is dropped and
//! made again is two things. Only what operations name is looked at, so the cost is that of the operations, not of the schema.

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use crate::change::{PropertyChange, TypeChange};
use crate::name::{Interner, Name, ValueId};
use crate::name_map::NameMap;
use crate::operation::{Kind, Operation};
use crate::schema::{Property, Schema, Type};
use crate::value::Value;

/// What became of the types that a run of operations names.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub types: Vec<Traced>,
    /// Which of `types` each operation acted on, and its place in the run.
    pub acted: Vec<(u32, u32)>,
    /// Pairs of `types` of which the second got a name that the first had had.
    pub same_name: Vec<(u32, u32)>,
    /// Rows may have labels, and properties, that nothing declared when the run began; names that are taken then meet them.
    pub undeclared: bool,
    /// By kind, which of `types` last had a name.
    holders: [NameMap<Holder>; 2],
    /// By positions in `types`: adjacencies added (1), dropped (-1), or both (0); in order of appearance.
    adjacencies: IndexMap<[usize; 3], i8, FixedState>,
}

/// Which type has a name, or had it last.
#[derive(Clone, Copy, Debug)]
struct Holder {
    at: u32,
    still: bool,
}

/// What became of one type.
#[derive(Debug)]
pub(crate) struct Traced {
    pub kind: Kind,
    pub change: TypeChange,
    /// What it was called when it was met or made.
    pub first_name: Name,
    /// What operations did to its data; None if no graph can hold nodes of it.
    pub data: Option<Box<Data>>,
    /// Of how many properties its key was when it was met.
    pub keys: usize,
    /// Its data need operations in an order that `rewrite` does not write.
    pub needs_order: bool,
    /// See [`Trace::undeclared`].
    undeclared: bool,
    /// It was made or renamed.
    pub named_anew: bool,
    /// Where there may be undeclared rows: how many operations changed values,
    acts: u32,
    /// and whether one did, or would if it were written anew, under a name that was taken on the way by the type or a property.
    pub acts_on_new_name: bool,
    /// How often its key was extended or reduced.
    key_steps: u32,
    /// Which of the change's properties has a name now.
    current: NameMap<u32>,
}

/// What the operations on a node type did to data on the way, by the names that properties had then.
#[derive(Debug, Default)]
pub(crate) struct Data {
    /// Properties whose values some operation changed.
    pub changed: Vec<Name>,
    /// Properties that were added, dropped, renamed or put into the key.
    pub touched: Vec<Name>,
    /// Properties that it came to declare.
    pub declared: Vec<Name>,
    /// The properties that it declared when it was dropped.
    pub dropped_with: Vec<Name>,
    /// What its key was when an operation first named one of its parts.
    first_key: Vec<Name>,
}

impl Trace {
    /// A trace of a run that begins with rows that nothing declares, or without.
    pub fn new(undeclared: bool) -> Trace {
        Trace { undeclared, ..Trace::default() }
    }

    /// Take note of what an operation names, in the schema before it. Gives the place in `types` of the one that it acts on.
    pub fn meet(&mut self, operation: &Operation, schema: &Schema) -> Option<usize> {
        if let Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) = operation {
            let [_, relationship, _] = adjacency.ends().map(|(kind, type_)| self.meet_type(kind, type_, schema));
            return relationship.map(|(at, _)| at);
        }
        let (kind, type_) = subject(operation)?;
        let (at, definition) = self.meet_type(kind, type_, schema)?;
        let traced = &mut self.types[at];
        if traced.change.before.is_some() {
            for property in properties(operation).into_iter().flatten() {
                if let Some(declared) = definition.properties.get(property) {
                    traced.meet(property, *declared);
                }
            }
        }
        if let Some(data) = &mut traced.data {
            match operation {
                Operation::ExtendKey { .. } | Operation::ReduceKey { .. } if traced.key_steps == 0 => {
                    data.first_key = definition.keys().collect();
                }
                Operation::DropType { .. } => data.dropped_with = definition.properties.keys().collect(),
                _ => {}
            }
        }
        Some(at)
    }

    fn meet_type<'a>(&mut self, kind: Kind, type_: Name, schema: &'a Schema) -> Option<(usize, &'a Type)> {
        let definition = schema.type_(kind, type_)?;
        let at = match self.holders[kind as usize].get(type_) {
            Some(holder) if holder.still => holder.at as usize,
            _ => {
                let keys = definition.keys().count();
                let data = (kind == Kind::Node).then(Box::default);
                self.begin(Traced { keys, data, ..Traced::new(kind, Some(type_), type_) })
            }
        };
        Some((at, definition))
    }

    /// Add a type that has its first name from here on.
    fn begin(&mut self, traced: Traced) -> usize {
        let traced = Traced { undeclared: self.undeclared, ..traced };
        let (kind, name) = (traced.kind, traced.first_name);
        self.types.push(traced);
        self.hold(kind, name, self.types.len() - 1);
        self.types.len() - 1
    }

    /// A type has a name from here on.
    fn hold(&mut self, kind: Kind, name: Name, at: usize) {
        let holder = Holder { at: at as u32, still: true };
        if let Some(earlier) = self.holders[kind as usize].insert(name, holder) {
            self.same_name.push((earlier.at, holder.at));
        }
    }

    /// Nothing has this name from here on.
    fn release(&mut self, kind: Kind, name: Name) {
        if let Some(holder) = self.holders[kind as usize].get_mut(name) {
            holder.still = false;
        }
    }

    /// The adjacencies that are gone or new, by positions in `types`, with whether they are new.
    pub fn adjacencies(&self) -> impl Iterator<Item = ([usize; 3], bool)> {
        self.adjacencies.iter().filter(|(_, net)| **net != 0).map(|(ends, net)| (*ends, *net > 0))
    }

    /// The node types that were made and are there, by name.
    pub fn made_node_types(&self) -> impl Iterator<Item = Name> {
        let made = self.types.iter().filter(|traced| traced.kind == Kind::Node && traced.change.before.is_none());
        made.filter_map(|traced| traced.change.after)
    }

    /// All adjacencies that some operation named, by positions in `types`.
    pub fn named_adjacencies(&self) -> impl Iterator<Item = [usize; 3]> {
        self.adjacencies.keys().copied()
    }

    /// Follow an operation without findings, after [`Trace::meet`] gave what it acts on.
    pub fn follow(&mut self, index: usize, operation: &Operation, met: Option<usize>, names: &mut Interner) {
        if let Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) = operation {
            let ends = adjacency.ends().map(|(kind, type_)| self.holders[kind as usize][type_].at as usize);
            let net = self.adjacencies.entry(ends).or_default();
            *net += if matches!(operation, Operation::AddAdjacency(_)) { 1 } else { -1 };
        }
        let at = match (*operation, met) {
            (Operation::CreateType { kind, type_, keys, properties }, _) => {
                let mut traced = Traced { named_anew: true, ..Traced::new(kind, None, type_) };
                traced.data = (self.undeclared && kind == Kind::Node).then(Box::default);
                traced.change.properties.reserve(names.names(keys).len() + names.names(properties).len());
                for (list, key) in [(keys, true), (properties, false)] {
                    for property in names.names(list) {
                        if !traced.current.contains_key(*property) {
                            traced.appear(*property, Property { key, ..Property::default() }, None);
                        }
                    }
                }
                self.begin(traced)
            }
            (_, None) => return, // it acts on no type
            (Operation::DropType { kind, type_ }, Some(at)) => {
                self.types[at].act(None);
                self.types[at].change.after = None;
                self.release(kind, type_);
                at
            }
            (Operation::RenameType { kind, old, new }, Some(at)) => {
                self.types[at].act(None);
                self.types[at].named_anew = true;
                self.types[at].change.after = Some(new);
                self.release(kind, old);
                self.hold(kind, new, at);
                at
            }
            (_, Some(at)) => {
                self.types[at].follow(operation, names);
                at
            }
        };
        self.acted.push((at as u32, index as u32));
    }
}

impl Traced {
    fn new(kind: Kind, before: Option<Name>, name: Name) -> Traced {
        Traced {
            kind,
            change: TypeChange { before, after: Some(name), properties: Vec::new() },
            first_name: name,
            data: None,
            keys: 0,
            needs_order: false,
            undeclared: false,
            named_anew: false,
            acts: 0,
            acts_on_new_name: false,
            key_steps: 0,
            current: NameMap::default(),
        }
    }

    fn meet(&mut self, name: Name, property: Property) {
        if !self.current.contains_key(name) {
            let side = Some((name, property));
            self.begin(name, PropertyChange { before: side, after: side, ..PropertyChange::default() });
        }
    }

    fn appear(&mut self, name: Name, property: Property, fill: Option<ValueId>) {
        self.begin(name, PropertyChange { after: Some((name, property)), fill, ..PropertyChange::default() });
        if let Some(data) = &mut self.data {
            data.declared.push(name);
        }
    }

    fn begin(&mut self, name: Name, change: PropertyChange) {
        self.current.insert(name, self.change.properties.len() as u32);
        self.change.properties.push(change);
    }

    fn follow(&mut self, operation: &Operation, names: &mut Interner) {
        match *operation {
            Operation::AddProperty { property, default, .. } => {
                let fill = (!names.is_null(default)).then_some(default);
                self.touch(&[property], fill.is_some());
                self.appear(property, Property::default(), fill);
            }
            Operation::DropProperty { property, .. } => {
                self.touch(&[property], true);
                if let Some(at) = self.current.remove(property) {
                    self.change.properties[at as usize].after = None;
                }
            }
            Operation::RenameProperty { old, new, .. } | Operation::RenameKeyPart { old, new, .. } => {
                self.touch(&[old, new], true);
                if let Some(data) = &mut self.data {
                    data.declared.push(new);
                }
                if let Some(at) = self.current.remove(old) {
                    self.current.insert(new, at);
                    let change = &mut self.change.properties[at as usize];
                    if let Some((name, _)) = &mut change.after {
                        *name = new;
                    }
                    // `rewrite` renames first.
                    let is_first = change.fill.is_none() && change.extension == 0 && change.conversions.is_empty();
                    self.acts_on_new_name |= self.undeclared && !is_first;
                }
            }
            Operation::ExtendKey { kind, property, default, .. } => {
                self.touch(&[property], true);
                let fill = filling(kind, default, names);
                if !self.current.contains_key(property) {
                    self.appear(property, Property::default(), None);
                }
                self.change_key();
                let has_data = self.change.before.is_some();
                let change = &mut self.change.properties[self.current[property] as usize];
                change.key_step = self.key_steps;
                change.extension = self.key_steps;
                if change.before.is_some_and(|(_, was)| was.key) {
                    // A declared node's key is never null, so there is nothing to fill; a relationship's may be.
                    let may_be_null = kind == Kind::Relationship || self.undeclared;
                    self.needs_order |= has_data && may_be_null && fill.is_some();
                } else if change.fill.is_none() {
                    // What is filled in after a conversion is not converted by it.
                    self.needs_order |= has_data && fill.is_some() && !change.conversions.is_empty();
                    change.fill = fill;
                }
                self.now(property, |declared| declared.key = true);
            }
            Operation::SetPropertyType { property, to, .. } => {
                self.touch(&[property], true);
                self.now(property, |declared| declared.type_ = to);
                let Some(change) = self.current.get(property).map(|at| &mut self.change.properties[*at as usize])
                else {
                    return;
                };
                if change.before.is_none() && change.fill.is_none() {
                    change.conversions.clear(); // there are no values yet
                }
                if change.conversions.last() != Some(&to) {
                    change.conversions.push(to);
                }
            }
            Operation::ReduceKey { property, .. } => {
                self.change_key();
                if let Some(at) = self.current.get(property) {
                    self.change.properties[*at as usize].key_step = self.key_steps;
                }
                self.now(property, |declared| declared.key = false);
            }
            Operation::AddIndex { property, .. } => self.now(property, |declared| declared.indexed = true),
            Operation::DropIndex { property, .. } => self.now(property, |declared| declared.indexed = false),
            _ => {}
        }
    }

    /// An operation changes values of a property, or is on the type as a whole.
    fn act(&mut self, property: Option<Name>) {
        if !self.undeclared {
            return;
        }
        let is_new = |at: &u32| {
            let change = &self.change.properties[*at as usize];
            change.before.map(|(name, _)| name) != change.after.map(|(name, _)| name)
        };
        self.acts_on_new_name |= self.named_anew
            || match property {
                Some(name) => self.current.get(name).is_some_and(is_new),
                None => self.acts > 0 || !self.change.properties.iter().all(|each| each.before.is_some()),
            };
        self.acts += 1;
    }

    /// An operation acts on properties of these names, and may change values.
    fn touch(&mut self, properties: &[Name], changes: bool) {
        if changes {
            self.act(properties.first().copied());
        }
        if let Some(data) = &mut self.data {
            data.touched.extend(properties);
            data.changed.extend(properties.iter().filter(|_| changes));
        }
    }

    /// Whether a key is unique depends on the values of all its parts.
    fn change_key(&mut self) {
        self.key_steps += 1;
        if let Some(data) = &mut self.data {
            data.touched.append(&mut data.first_key);
        }
    }

    fn now(&mut self, property: Name, change: impl FnOnce(&mut Property)) {
        let at = self.current.get(property).map(|at| *at as usize);
        if let Some((_, declared)) = at.and_then(|at| self.change.properties[at].after.as_mut()) {
            change(declared);
        }
    }
}

/// What nulls become when a key is extended: nodestream puts the string "null" into nodes where no default is given.
fn filling(kind: Kind, default: ValueId, names: &mut Interner) -> Option<ValueId> {
    match (names.is_null(default), kind) {
        (false, _) => Some(default),
        (true, Kind::Node) => Some(names.value(Value::Str("null".into()))),
        (true, Kind::Relationship) => None,
    }
}

/// The type that an operation acts on, by its name before.
fn subject(operation: &Operation) -> Option<(Kind, Name)> {
    match *operation {
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
        Operation::AddAdjacency(_) | Operation::DropAdjacency(_) | Operation::RunQuery { .. } => None,
    }
}

/// The properties that an operation names.
fn properties(operation: &Operation) -> [Option<Name>; 2] {
    match *operation {
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
    }
}
