//! A run of operations → what became of what.
//!
//! Each type and each property that was there before keeps an identity through renames; what is made on the way is new; what is dropped and
//! made again is two things. Only what operations name is looked at, so the cost is that of the operations, not of the schema.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use crate::change::{PropertyChange, TypeChange};
use crate::name::{Interner, Name, ValueId};
use crate::operation::{Kind, Operation};
use crate::schema::{Property, Schema};
use crate::value::Value;

/// What became of the types that a run of operations names.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub types: Vec<Traced>,
    /// Which of `types` has a name now.
    current: HashMap<(Kind, Name), usize, FixedState>,
    /// By positions in `types`: adjacencies added (1), dropped (-1), or both (0); in order of appearance.
    adjacencies: IndexMap<[usize; 3], i8, FixedState>,
}

/// What became of one type, and what its operations did to data on the way.
#[derive(Debug)]
pub(crate) struct Traced {
    pub kind: Kind,
    pub change: TypeChange,
    /// All names that the type had.
    pub names: Vec<Name>,
    /// Names of properties whose values some operation changed, under the name they had then.
    pub changed: Vec<Name>,
    /// Names of properties that were added, dropped, renamed or put into the key.
    pub touched: Vec<Name>,
    /// Names of properties that it came to declare.
    pub declared: Vec<Name>,
    /// Names of the properties that it declared when it was dropped.
    pub dropped_with: Vec<Name>,
    /// It had a key when it was met.
    pub had_key: bool,
    /// Which operations acted on it, counted in the run.
    pub operations: Vec<usize>,
    /// Its data need operations in an order that `rewrite` does not write.
    pub needs_order: bool,
    /// What its key was when an operation first named one of its parts.
    first_key: Vec<Name>,
    /// How often its key was extended or reduced.
    key_steps: usize,
    /// Which of the change's properties has a name now.
    current: HashMap<Name, usize, FixedState>,
}

impl Trace {
    /// Take note of what an operation names, in the schema before it.
    pub fn meet(&mut self, operation: &Operation, schema: &Schema) {
        if let Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) = operation {
            for (kind, type_) in adjacency.ends() {
                self.meet_type(kind, type_, schema);
            }
        }
        let Some((kind, type_)) = subject(operation) else { return };
        let Some(at) = self.meet_type(kind, type_, schema) else { return };
        let definition = &schema.types(kind)[&type_];
        let traced = &mut self.types[at];
        if let Operation::ExtendKey { .. } | Operation::ReduceKey { .. } = operation
            && traced.key_steps == 0
        {
            traced.first_key = definition.keys().collect();
        }
        if let Operation::DropType { .. } = operation {
            traced.dropped_with = definition.properties.keys().copied().collect();
        }
        for property in properties(operation).into_iter().flatten() {
            if let Some(declared) = definition.properties.get(&property) {
                traced.meet(property, *declared);
            }
        }
    }

    fn meet_type(&mut self, kind: Kind, type_: Name, schema: &Schema) -> Option<usize> {
        let definition = schema.type_(kind, type_)?;
        let at = *self.current.entry((kind, type_)).or_insert_with(|| {
            let had_key = definition.keys().next().is_some();
            self.types.push(Traced { had_key, ..Traced::new(kind, Some(type_), type_) });
            self.types.len() - 1
        });
        Some(at)
    }

    /// The adjacencies that are gone or new, by positions in `types`, with whether they are new.
    pub fn adjacencies(&self) -> impl Iterator<Item = ([usize; 3], bool)> {
        self.adjacencies.iter().filter(|(_, net)| **net != 0).map(|(ends, net)| (*ends, *net > 0))
    }

    /// All adjacencies that some operation named, by positions in `types`.
    pub fn named_adjacencies(&self) -> impl Iterator<Item = [usize; 3]> {
        self.adjacencies.keys().copied()
    }

    /// Follow an operation without findings, after [`Trace::meet`].
    pub fn follow(&mut self, index: usize, operation: &Operation, names: &mut Interner) {
        if let Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) = operation {
            let [from, relationship, to] = adjacency.ends().map(|end| self.current[&end]);
            self.types[relationship].operations.push(index);
            let net = self.adjacencies.entry([from, relationship, to]).or_default();
            *net += if matches!(operation, Operation::AddAdjacency(_)) { 1 } else { -1 };
        }
        let Some((kind, type_)) = subject(operation) else { return };
        if let Operation::CreateType { keys, properties, .. } = *operation {
            let mut traced = Traced::new(kind, None, type_);
            for (list, key) in [(keys, true), (properties, false)] {
                for property in names.names(list) {
                    if !traced.current.contains_key(property) {
                        traced.appear(*property, Property { key, ..Property::default() }, None);
                    }
                }
            }
            traced.operations.push(index);
            self.current.insert((kind, type_), self.types.len());
            self.types.push(traced);
            return;
        }
        let at = self.current[&(kind, type_)];
        let traced = &mut self.types[at];
        traced.operations.push(index);
        match *operation {
            Operation::DropType { .. } => {
                traced.change.after = None;
                self.current.remove(&(kind, type_));
            }
            Operation::RenameType { new, .. } => {
                traced.change.after = Some(new);
                traced.names.push(new);
                self.current.remove(&(kind, type_));
                self.current.insert((kind, new), at);
            }
            _ => traced.follow(operation, names),
        }
    }
}

impl Traced {
    fn new(kind: Kind, before: Option<Name>, name: Name) -> Traced {
        Traced {
            kind,
            change: TypeChange { before, after: Some(name), properties: Vec::new() },
            names: vec![name],
            changed: Vec::new(),
            touched: Vec::new(),
            declared: Vec::new(),
            dropped_with: Vec::new(),
            operations: Vec::new(),
            had_key: false,
            needs_order: false,
            first_key: Vec::new(),
            key_steps: 0,
            current: HashMap::default(),
        }
    }

    /// A node type that graphs can hold data of.
    pub fn has_node_data(&self) -> bool {
        self.kind == Kind::Node && self.change.before.is_some()
    }

    fn meet(&mut self, name: Name, property: Property) {
        self.current.entry(name).or_insert_with(|| {
            let side = Some((name, property));
            self.change.properties.push(PropertyChange {
                before: side,
                after: side,
                fill: None,
                key_step: 0,
                extension: 0,
                conversions: Vec::new(),
            });
            self.change.properties.len() - 1
        });
    }

    fn appear(&mut self, name: Name, property: Property, fill: Option<ValueId>) {
        self.current.insert(name, self.change.properties.len());
        self.declared.push(name);
        self.change.properties.push(PropertyChange {
            before: None,
            after: Some((name, property)),
            fill,
            key_step: 0,
            extension: 0,
            conversions: Vec::new(),
        });
    }

    fn follow(&mut self, operation: &Operation, names: &mut Interner) {
        match *operation {
            Operation::AddProperty { property, default, .. } => {
                let fill = (!names.is_null(default)).then_some(default);
                self.touched.push(property);
                self.changed.extend(fill.map(|_| property));
                self.appear(property, Property::default(), fill);
            }
            Operation::DropProperty { property, .. } => {
                self.touched.push(property);
                self.changed.push(property);
                if let Some(at) = self.current.remove(&property) {
                    self.change.properties[at].after = None;
                }
            }
            Operation::RenameProperty { old, new, .. } | Operation::RenameKeyPart { old, new, .. } => {
                self.touched.extend([old, new]);
                self.changed.extend([old, new]);
                self.declared.push(new);
                if let Some(at) = self.current.remove(&old) {
                    self.current.insert(new, at);
                    if let Some((name, _)) = &mut self.change.properties[at].after {
                        *name = new;
                    }
                }
            }
            Operation::ExtendKey { kind, property, default, .. } => {
                self.touched.push(property);
                self.changed.push(property);
                let fill = filling(kind, default, names);
                if !self.current.contains_key(&property) {
                    self.appear(property, Property::default(), None);
                }
                self.change_key();
                let has_data = self.change.before.is_some();
                let change = &mut self.change.properties[self.current[&property]];
                change.key_step = self.key_steps;
                change.extension = self.key_steps;
                if change.before.is_some_and(|(_, was)| was.key) {
                    // A node's key is never null, so there is nothing to fill; a relationship's may be.
                    self.needs_order |= has_data && kind == Kind::Relationship && fill.is_some();
                } else if change.fill.is_none() {
                    // What is filled in after a conversion is not converted by it.
                    self.needs_order |= has_data && fill.is_some() && !change.conversions.is_empty();
                    change.fill = fill;
                }
                self.now(property, |declared| declared.key = true);
            }
            Operation::SetPropertyType { property, to, .. } => {
                self.touched.push(property);
                self.changed.push(property);
                self.now(property, |declared| declared.type_ = to);
                let Some(change) = self.current.get(&property).map(|at| &mut self.change.properties[*at]) else {
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
                if let Some(at) = self.current.get(&property) {
                    self.change.properties[*at].key_step = self.key_steps;
                }
                self.now(property, |declared| declared.key = false);
            }
            Operation::AddIndex { property, .. } => self.now(property, |declared| declared.indexed = true),
            Operation::DropIndex { property, .. } => self.now(property, |declared| declared.indexed = false),
            _ => {}
        }
    }

    /// Whether a key is unique depends on the values of all its parts.
    fn change_key(&mut self) {
        self.key_steps += 1;
        self.touched.append(&mut self.first_key);
    }

    fn now(&mut self, property: Name, change: impl FnOnce(&mut Property)) {
        if let Some((_, declared)) =
            self.current.get(&property).and_then(|at| self.change.properties[*at].after.as_mut())
        {
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
