//! The change to one type.

use crate::change::{Conversion, PropertyChange, TypeChange};
use crate::kind::Kind;
use crate::name::{Interner, Name, ValueId};
use crate::name_map::NameMap;
use crate::operation::{NULL_KEY, Operation};
use crate::schema::{Property, Type};
use crate::value::Value;

/// The change to one type.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    pub kind: Kind,
    pub change: TypeChange,
    /// Its name when it was first named or created.
    pub first_name: Name,
    /// The effect of operations on its data; None if no graph can hold nodes of it.
    pub data: Option<Box<Data>>,
    /// The number of its key properties at that time.
    pub keys: usize,
    /// Its data need operations in an order that `rewrite` does not write.
    pub needs_order: bool,
    /// There may be undeclared rows of it, or rows with undeclared properties of it.
    undeclared: bool,
    /// It was created or renamed.
    pub named_anew: bool,
    /// If there may be undeclared rows: how many operations changed values,
    acts: u32,
    /// and whether one did, or would if it were rewritten, under a name that the type or a property took on the way.
    pub acts_on_new_name: bool,
    /// How often its key was extended or reduced.
    key_steps: u32,
    /// The change that belongs to the property with this name now.
    current: NameMap<u32>,
}

/// The effects of operations on a node type's data on the way, by the names of properties at the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    /// Properties whose values some operation changed.
    pub changed: Vec<Name>,
    /// Properties that were added, dropped, renamed or put into the key.
    pub touched: Vec<Name>,
    /// Properties whose declaration was added.
    pub declared: Vec<Name>,
    /// The properties that it declared when it was dropped.
    pub dropped_with: Vec<Name>,
    /// Its key when an operation first named a part of it.
    first_key: Vec<Name>,
}

impl Traced {
    /// Its name before or, if it was created on the way, its first.
    pub fn name(&self) -> Name {
        self.change.before.unwrap_or(self.first_name)
    }

    /// An existing type, which an operation names for the first time.
    pub fn met(kind: Kind, name: Name, definition: &Type, undeclared: bool) -> Traced {
        let data = (kind == Kind::Node).then(Box::default);
        Traced { keys: definition.keys().count(), data, ..Traced::new(kind, Some(name), name, undeclared) }
    }

    /// A new type.
    pub fn made(kind: Kind, name: Name, keys: &[Name], properties: &[Name], undeclared: bool) -> Traced {
        let data = (undeclared && kind == Kind::Node).then(Box::default);
        let mut traced = Traced { named_anew: true, data, ..Traced::new(kind, None, name, undeclared) };
        traced.change.properties.reserve(keys.len() + properties.len());
        for (listed, key) in [(keys, true), (properties, false)] {
            for property in listed {
                if !traced.current.contains_key(*property) {
                    traced.appear(*property, Property { key, ..Property::default() }, None);
                }
            }
        }
        traced
    }

    fn new(kind: Kind, before: Option<Name>, name: Name, undeclared: bool) -> Traced {
        Traced {
            kind,
            change: TypeChange { before, after: Some(name), properties: Vec::new() },
            first_name: name,
            data: None,
            keys: 0,
            needs_order: false,
            undeclared,
            named_anew: false,
            acts: 0,
            acts_on_new_name: false,
            key_steps: 0,
            current: NameMap::default(),
        }
    }

    /// Note what an operation names, in the definition before it.
    pub fn meet(&mut self, operation: &Operation, definition: &Type) {
        if self.change.before.is_some() {
            for name in operation.properties() {
                if let Some(declared) = definition.properties.get(name)
                    && !self.current.contains_key(name)
                {
                    let side = Some((name, *declared));
                    self.begin(name, PropertyChange { before: side, after: side, ..PropertyChange::default() });
                }
            }
        }
        if let Some(data) = &mut self.data {
            match operation {
                Operation::ExtendKey { .. } | Operation::ReduceKey { .. } if self.key_steps == 0 => {
                    data.first_key = definition.keys().collect();
                }
                Operation::DropType { .. } => data.dropped_with = definition.properties.keys().collect(),
                _ => {}
            }
        }
    }

    /// A query may have changed everything that it declares, and there may be rows of it from here on.
    pub fn touched_by_query(&mut self, definition: &Type) {
        if self.kind == Kind::Node {
            let data = self.data.get_or_insert_default();
            data.changed.extend(definition.properties.keys());
            data.touched.extend(definition.properties.keys());
        }
    }

    pub fn drop_type(&mut self) {
        self.act(None);
        self.change.after = None;
    }

    pub fn rename_type(&mut self, new: Name) {
        self.act(None);
        self.named_anew = true;
        self.change.after = Some(new);
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

    /// Follow an operation on it, except for those on the type as a whole.
    pub fn follow(&mut self, operation: &Operation, names: &mut Interner) {
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
                self.rename_property(old, new);
            }
            Operation::ExtendKey { kind, property, default, .. } => {
                self.extend_key(property, filling(kind, default, names));
            }
            Operation::SetPropertyType { property, to, using, may_be_null, .. } => {
                self.convert(property, Conversion { to, using, may_be_null }, names);
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

    fn rename_property(&mut self, old: Name, new: Name) {
        self.touch(&[old, new], true);
        if let Some(data) = &mut self.data {
            data.declared.push(new);
        }
        let Some(at) = self.current.remove(old) else { return };
        self.current.insert(new, at);
        let change = &mut self.change.properties[at as usize];
        if let Some((name, _)) = &mut change.after {
            *name = new;
        }
        // `rewrite` renames first.
        let is_first = change.fill.is_none() && change.key_step == 0 && change.conversions.is_empty();
        self.acts_on_new_name |= self.undeclared && !is_first;
    }

    fn extend_key(&mut self, property: Name, fill: Option<ValueId>) {
        self.touch(&[property], true);
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
            let may_be_null = self.kind == Kind::Relationship || self.undeclared;
            self.needs_order |= has_data && may_be_null && fill.is_some();
        } else if change.fill.is_none() {
            // Values filled in after a conversion are not converted by it.
            self.needs_order |= has_data && fill.is_some() && !change.conversions.is_empty();
            change.fill = fill;
        }
        // A filled value, or a part of the key, may be null again.
        self.needs_order |= has_data && change.conversions.iter().any(|each| each.may_be_null);
        self.now(property, |declared| declared.key = true);
    }

    fn convert(&mut self, property: Name, conversion: Conversion, names: &mut Interner) {
        self.touch(&[property], true);
        self.now(property, |declared| declared.type_ = conversion.to);
        let Some(at) = self.current.get(property) else { return };
        let change = &mut self.change.properties[*at as usize];
        let mut conversion = conversion;
        if change.before.is_none() && change.fill.is_none() {
            change.conversions.clear(); // there are no values yet, and nothing to convert
            conversion = Conversion { using: names.value(Value::Null), may_be_null: false, ..conversion };
        }
        if change.conversions.last().is_none_or(|last| last.to != conversion.to) {
            change.conversions.push(conversion);
        }
        // `rewrite` converts before it reduces a key, which holds no nulls.
        self.needs_order |= self.change.before.is_some() && conversion.may_be_null && change.key_step > 0;
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

    /// An operation acts on properties with these names, and may change values.
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

/// The value that replaces nulls when a key is extended.
fn filling(kind: Kind, default: ValueId, names: &mut Interner) -> Option<ValueId> {
    match (names.is_null(default), kind) {
        (false, _) => Some(default),
        (true, Kind::Node) => Some(names.value(Value::Str(NULL_KEY.into()))),
        (true, Kind::Relationship) => None,
    }
}
