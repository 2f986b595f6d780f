//! The operations from one schema to another, given the known renames.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use crate::adjacency::Adjacency;
use crate::carry::{Around, carried};
use crate::catalog::{Catalog, Entry};
use crate::change::{Change, Conversion, PropertyChange, TypeChange};
use crate::error::RenameError;
use crate::kind::{KINDS, Kind};
use crate::name::{Interner, Name, NameSet, ValueId};
use crate::name_map::Names;
use crate::operation::Operation;
use crate::rewrite::{Rewritten, rewrite};
use crate::schema::{Property, PropertyType, Schema, Type};
use crate::value::Value;

/// The known renames; otherwise different names are different things.
#[derive(Clone, Debug, Default)]
pub struct Renames {
    /// By kind and old name: the new name of a type.
    pub types: HashMap<(Kind, Name), Name, FixedState>,
    /// By kind, name of the type after and old name: the new name of a property.
    pub properties: HashMap<(Kind, Name, Name), Name, FixedState>,
}

/// The shortest operations that lead from `before` to `after` in names, keys and indexes.
///
/// With `extensions`, also in property types and adjacencies, for which nodestream has no operation. There is none for cardinalities.
///
/// # Errors
/// A rename whose old name is not in `before` or whose new one is not in `after`; two renames to one name.
pub fn diff(
    before: &Schema,
    after: &Schema,
    renames: &Renames,
    extensions: bool,
    names: &mut Interner,
) -> Result<Vec<Operation>, RenameError> {
    let mut change = Change::default();
    let by_rule = names.value(Value::Null);
    let mut asked: HashMap<(Kind, Name), HashMap<Name, Name, FixedState>, FixedState> = HashMap::default();
    for ((kind, type_, old), new) in &renames.properties {
        asked.entry((*kind, *type_)).or_default().insert(*old, *new);
    }
    for kind in KINDS {
        let renamed =
            renames.types.iter().filter(|((k, _), _)| *k == kind).map(|((_, old), new)| (*old, *new)).collect();
        let pairs = pairs(before.types(kind), after.types(kind), &renamed, names)?;
        for (old, new) in pairs {
            let before = old.and_then(|name| before.type_(kind, name));
            let type_ = new.and_then(|name| after.type_(kind, name));
            let answers = new.and_then(|name| asked.remove(&(kind, name))).unwrap_or_default();
            let properties = properties(before, type_, &answers, extensions.then_some(by_rule), names)?;
            change.types_mut(kind).push(TypeChange { before: old, after: new, properties });
        }
    }
    if let Some((_, type_)) = asked.keys().next() {
        return Err(RenameError::NotAfter(names.text(*type_).into()));
    }
    if extensions {
        connect(&mut change, before, after);
    }
    let all_names: LazyCell<NameSet, _> = LazyCell::new(|| before.names().chain(after.names()).collect());
    let Rewritten { mut nodes, relationships } = rewrite(&change, &mut |name| all_names.contains(&name), names);
    nodes.extend(relationships);
    if before.catalog.is_empty() && after.catalog.is_empty() {
        return Ok(nodes);
    }
    let end = catalog_after(before, after, &nodes, extensions, names);
    let mut concerned: Vec<Name> = before.catalog.sorted(names).into_iter().chain(end.sorted(names)).collect();
    names.sort(&mut concerned);
    concerned.dedup();
    let Around { before: mut operations, after } = Around::of(&nodes, before, &end, &concerned, names);
    operations.extend(nodes);
    operations.extend(after);
    Ok(operations)
}

/// The wanted catalog under the names that the database has or gets. Without `extensions`, it is what follows the
/// operations by itself.
///
/// An entry whose name is the derived one, as if nobody had named it, keeps the name that it has before, also if it has
/// to be created again.
fn catalog_after(
    before: &Schema,
    after: &Schema,
    operations: &[Operation],
    extensions: bool,
    names: &Interner,
) -> Catalog {
    let there = carried(before, operations, names).catalog;
    if !extensions {
        return Catalog::clone(&there);
    }
    let mut was = Catalog::clone(&there);
    for name in before.catalog.sorted(names) {
        let left = before.catalog.get(name).filter(|_| there.get(name).is_none());
        if let Some(entry) = left.and_then(|entry| renamed(entry.clone(), operations)) {
            was.insert(name, entry.sorted(names));
        }
    }
    let mut catalog = Catalog::default();
    for name in after.catalog.sorted(names) {
        let Some(entry) = after.catalog.get(name) else { continue };
        let is_there = |each: &Name| there.get(*each) == Some(entry);
        let is_free = |each: &Name| after.catalog.get(*each).is_none() && catalog.get(*each).is_none();
        let is_alike = |each: &Name| was.get(*each).is_some_and(|was| was.is_on_the_same(entry)) && is_free(each);
        let is_unnamed = !is_there(&name) && names.text(name) == entry.derived_name(names);
        let mut alike: Vec<Name> = was.on(entry.kind, entry.types[0]).iter().copied().filter(is_alike).collect();
        names.sort(&mut alike);
        let known = alike.iter().copied().find(is_there).or(alike.first().copied()).filter(|_| is_unnamed);
        catalog.insert(known.unwrap_or(name), entry.clone());
    }
    catalog
}

/// An entry with the new names of everything that it is on, whether or not it can follow the operations; None if they
/// drop some of that.
fn renamed(mut entry: Entry, operations: &[Operation]) -> Option<Entry> {
    let replace = |list: &mut Vec<Name>, old: Name, new: Name| {
        list.iter_mut().filter(|each| **each == old).for_each(|each| *each = new);
    };
    for operation in operations {
        let Some((kind, type_)) = operation.subject() else { continue };
        if entry.kind != kind || !entry.types.contains(&type_) {
            continue;
        }
        match *operation {
            Operation::DropType { .. } => return None,
            Operation::DropProperty { property, .. } if entry.concerns(property) => return None,
            Operation::RenameType { new, .. } => replace(&mut entry.types, type_, new),
            Operation::RenameProperty { old, new, .. } | Operation::RenameKeyPart { old, new, .. } => {
                replace(&mut entry.properties, old, new);
                replace(&mut entry.filters, old, new);
            }
            _ => {}
        }
    }
    Some(entry)
}

/// The new adjacencies, and the removed ones whose types still exist.
fn connect(change: &mut Change, before: &Schema, after: &Schema) {
    let became: HashMap<(Kind, Name), Option<Name>, FixedState> = KINDS
        .into_iter()
        .flat_map(|kind| change.types(kind).iter().filter_map(move |each| Some(((kind, each.before?), each.after))))
        .collect();
    let after_of = |kind: Kind, name: Name| became.get(&(kind, name)).copied().unwrap_or(Some(name));
    let carried: HashSet<Adjacency, FixedState> = (before.adjacencies.keys())
        .filter_map(|each| {
            Some(Adjacency {
                from: after_of(Kind::Node, each.from)?,
                relationship: after_of(Kind::Relationship, each.relationship)?,
                to: after_of(Kind::Node, each.to)?,
            })
        })
        .collect();
    let declared = |each: &Adjacency| each.ends().into_iter().all(|(kind, type_)| after.type_(kind, type_).is_some());
    let connected = after.adjacencies.keys().filter(|each| !carried.contains(*each) && declared(each));
    change.connected = connected.copied().collect();
    change.disconnected = carried.into_iter().filter(|each| !after.adjacencies.contains(each)).collect();
}

/// If extensions are allowed, `extensions` is null, the `using` of conversions.
fn properties(
    before: Option<&Type>,
    after: Option<&Type>,
    renamed: &HashMap<Name, Name, FixedState>,
    extensions: Option<ValueId>,
    names: &Interner,
) -> Result<Vec<PropertyChange>, RenameError> {
    let Some(after) = after else { return Ok(Vec::new()) };
    let nothing = Type::default();
    let before = before.unwrap_or(&nothing);
    let seen = |property: Property| {
        if extensions.is_some() { property } else { Property { type_: PropertyType::default(), ..property } }
    };
    let paired = pairs(&before.properties, &after.properties, renamed, names)?;
    Ok(paired
        .into_iter()
        .map(|(old, new)| {
            let was = old.map(|name| (name, seen(before.properties[name])));
            let is = new.map(|name| (name, seen(after.properties[name])));
            let type_before = was.map_or(PropertyType::default(), |(_, was)| was.type_);
            let converted = is.map(|(_, is)| is.type_).filter(|type_| *type_ != type_before);
            let using = |to| Some(Conversion { to, using: extensions?, may_be_null: false });
            let conversions = converted.and_then(using).into_iter().collect();
            PropertyChange { before: was, after: is, conversions, ..PropertyChange::default() }
        })
        .collect())
}

/// A thing's name before, if it existed, and after, if it exists.
type Pair = (Option<Name>, Option<Name>);

/// The names before and after that belong together: as given, otherwise the same name if it is not taken. Each occurs once on its side.
fn pairs(
    before: &impl Names,
    after: &impl Names,
    renamed: &HashMap<Name, Name, FixedState>,
    names: &Interner,
) -> Result<Vec<Pair>, RenameError> {
    let text = |name: &Name| names.text(*name).to_owned();
    let mut origin: HashMap<Name, Name, FixedState> = HashMap::default();
    for (old, new) in renamed {
        if !before.contains_key(*old) {
            return Err(RenameError::NotBefore(text(old)));
        }
        if !after.contains_key(*new) {
            return Err(RenameError::NotAfter(text(new)));
        }
        if origin.insert(*new, *old).is_some() {
            return Err(RenameError::Twice(text(new)));
        }
    }
    for name in before.keys() {
        if after.contains_key(name) && !renamed.contains_key(&name) {
            origin.entry(name).or_insert(name);
        }
    }
    let stays = |name: Name| origin.get(renamed.get(&name).unwrap_or(&name)) == Some(&name);
    let gone = before.keys().filter(|name| !stays(*name)).map(|name| (Some(name), None));
    let there = after.keys().map(|name| (origin.get(&name).copied(), Some(name)));
    Ok(gone.chain(there).collect())
}
