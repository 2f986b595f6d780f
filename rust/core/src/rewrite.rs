//! The shortest operations that express a change.
//!
//! Order: nodes before relationships, types before properties, and operations that free names before those that take
//! them: drops, renames, creates (each with its indexes and types of properties); then drops, renames, adds, key
//! extensions, conversions, key reductions, index drops, index adds; at the end adjacencies, drops before adds. Inside
//! each group by name, key extensions and reductions in their original order.

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::adjacency::Adjacency;
use crate::change::{Change, Conversion, PropertyChange, TypeChange};
use crate::kind::{KINDS, Kind};
use crate::name::{Interner, Name, NameSet, ValueId};
use crate::operation::{NULL_KEY, Operation};
use crate::schema::{Property, PropertyType};
use crate::value::Value;

/// Operations on node types, and those that may come any time later: on relationship types and adjacencies.
pub struct Rewritten {
    /// On node types.
    pub nodes: Vec<Operation>,
    /// On relationship types and adjacencies.
    pub relationships: Vec<Operation>,
}

/// Operations that express the change.
///
/// `taken`: whether a temporary name would collide with a name.
pub fn rewrite(change: &Change, taken: &mut dyn FnMut(Name) -> bool, names: &mut Interner) -> Rewritten {
    let null_key = names.value(Value::Str(NULL_KEY.into()));
    let mut writer = Writer { taken, null: names.value(Value::Null), null_key, names };
    let [nodes, mut relationships] = KINDS.map(|kind| {
        let mut operations = Vec::new();
        writer.types(kind, change.types(kind), &mut operations);
        writer.properties(kind, change.types(kind), &mut operations);
        operations
    });
    relationships.extend(writer.by_text(&change.disconnected).into_iter().map(Operation::DropAdjacency));
    relationships.extend(writer.by_text(&change.connected).into_iter().map(Operation::AddAdjacency));
    Rewritten { nodes, relationships }
}

struct Writer<'a> {
    names: &'a mut Interner,
    taken: &'a mut dyn FnMut(Name) -> bool,
    null: ValueId,
    /// [`NULL_KEY`]
    null_key: ValueId,
}

/// One rename of a sequence, and the final name.
struct Step {
    old: Name,
    new: Name,
    last: Name,
}

/// A key that a property leaves, and its place among the changes of the key.
struct Reduction {
    place: u32,
    property: Name,
    is_dropped: bool,
}

/// Operations on properties, each section after those above it.
#[derive(Default)]
struct Sections {
    drops: Vec<Operation>,
    renames: Vec<Operation>,
    adds: Vec<Operation>,
    extensions: Vec<Operation>,
    conversions: Vec<Operation>,
    reductions: Vec<Operation>,
    index_drops: Vec<Operation>,
    index_adds: Vec<Operation>,
}

impl Sections {
    fn in_order(self) -> impl Iterator<Item = Operation> {
        let Sections { drops, renames, adds, extensions, conversions, reductions, index_drops, index_adds } = self;
        [drops, renames, adds, extensions, conversions, reductions, index_drops, index_adds].into_iter().flatten()
    }
}

impl Writer<'_> {
    fn types(&mut self, kind: Kind, changes: &[TypeChange], operations: &mut Vec<Operation>) {
        let dropped = changes.iter().filter(|each| each.after.is_none()).filter_map(|each| Some((each.before?, ())));
        operations.extend(self.by_name(dropped).into_iter().map(|(type_, ())| Operation::DropType { kind, type_ }));

        let renames = changes.iter().filter_map(|each| Some((each.before?, each.after?))).collect();
        for Step { old, new, .. } in self.rename_steps(renames, None) {
            operations.push(Operation::RenameType { kind, old, new });
        }

        let created = changes.iter().filter(|each| each.before.is_none()).filter_map(|each| Some((each.after?, each)));
        for (type_, change) in self.by_name(created) {
            let declared = self.by_name(change.properties.iter().filter_map(|each| each.after));
            let named =
                |key: bool| declared.iter().filter(|(_, each)| each.key == key).map(|(name, _)| *name).collect();
            let (keys, properties) = (named(true), named(false));
            let (keys, properties) = (self.names.list(keys), self.names.list(properties));
            operations.push(Operation::CreateType { kind, type_, keys, properties });
            let indexed = declared.iter().filter(|(_, each)| each.indexed);
            operations.extend(indexed.map(|(property, _)| Operation::AddIndex { kind, type_, property: *property }));
            let typed = declared.iter().filter(|(_, each)| each.type_ != PropertyType::default());
            operations.extend(typed.map(|(property, each)| Operation::SetPropertyType {
                kind,
                type_,
                property: *property,
                to: each.type_,
                using: self.null,
                may_be_null: false,
            }));
        }
    }

    fn properties(&mut self, kind: Kind, changes: &[TypeChange], operations: &mut Vec<Operation>) {
        let stays = changes.iter().filter(|each| each.before.is_some()).filter_map(|each| Some((each.after?, each)));
        let mut sections = Sections::default();
        for (type_, change) in self.by_name(stays) {
            let mut reductions = Vec::new();
            self.drops(kind, type_, &change.properties, &mut sections, &mut reductions);
            self.renames(kind, type_, &change.properties, &mut sections);
            self.others(kind, type_, &change.properties, &mut sections, &mut reductions);
            reductions.sort_by(|one, other| {
                let property = |each: &Reduction| self.names.text(each.property);
                one.place.cmp(&other.place).then_with(|| property(one).cmp(property(other)))
            });
            for Reduction { property, is_dropped, .. } in reductions {
                sections.reductions.push(Operation::ReduceKey { kind, type_, property });
                sections.reductions.extend(is_dropped.then_some(Operation::DropProperty { kind, type_, property }));
            }
        }
        operations.extend(sections.in_order());
    }

    /// Removed things.
    fn drops(
        &mut self,
        kind: Kind,
        type_: Name,
        changes: &[PropertyChange],
        sections: &mut Sections,
        reductions: &mut Vec<Reduction>,
    ) {
        let gone = changes.iter().filter(|each| each.after.is_none()).filter_map(|each| Some((each.before?.0, each)));
        let needed: LazyCell<NameSet, _> =
            LazyCell::new(|| changes.iter().filter_map(|each| Some(each.after?.0)).collect());
        for (property, change) in self.by_name(gone) {
            let drop = Operation::DropProperty { kind, type_, property };
            match change.before.is_some_and(|(_, was)| was.key) {
                false => sections.drops.push(drop),
                // A type should have a key at all times: a key part goes last, unless something else takes its name.
                true if needed.contains(&property) => {
                    sections.drops.extend([Operation::ReduceKey { kind, type_, property }, drop]);
                }
                true => reductions.push(Reduction { place: change.key_step, property, is_dropped: true }),
            }
        }
    }

    /// Things that are renamed.
    fn renames(&mut self, kind: Kind, type_: Name, changes: &[PropertyChange], sections: &mut Sections) {
        let stays: Vec<_> = changes.iter().filter_map(|each| Some((each.before?, each.after?))).collect();
        let key_parts: LazyCell<NameSet, _> =
            LazyCell::new(|| stays.iter().filter(|(was, _)| was.1.key).map(|(_, is)| is.0).collect());
        let names = stays.iter().map(|(was, is)| (was.0, is.0)).collect();
        for Step { old, new, last } in self.rename_steps(names, Some(type_)) {
            sections.renames.push(match key_parts.contains(&last) {
                true => Operation::RenameKeyPart { kind, type_, old, new },
                false => Operation::RenameProperty { kind, type_, old, new },
            });
        }
    }

    /// Things that exist afterwards, by their names then: new ones, and changes other than the name.
    fn others(
        &mut self,
        kind: Kind,
        type_: Name,
        changes: &[PropertyChange],
        sections: &mut Sections,
        reductions: &mut Vec<Reduction>,
    ) {
        let mut extended = Vec::new();
        let there = changes.iter().filter_map(|each| Some((each.after?.0, each)));
        for (property, change) in self.by_name(there) {
            let is = change.after.map_or_else(Property::default, |(_, is)| is);
            let was = change.before.map(|(_, was)| was);
            let default = change.fill.unwrap_or(self.null);
            let key_default = if kind == Kind::Node && default == self.null_key { self.null } else { default };
            let extension = Operation::ExtendKey { kind, type_, property, default: key_default };
            let reduction = Reduction { place: change.key_step, property, is_dropped: false };
            match (was.map(|was| was.key), is.key) {
                (None, false) => sections.adds.push(Operation::AddProperty { kind, type_, property, default }),
                (None | Some(false), true) => extended.push((change.extension, extension)),
                (Some(true), false) => reductions.push(reduction),
                (Some(false), false) if change.fill.is_some() => {
                    // Nulls were filled while the property was part of the key for a time.
                    extended.push((change.extension, extension));
                    reductions.push(reduction);
                }
                (Some(_), _) => {}
            }
            let conversions = change.conversions.iter();
            sections.conversions.extend(conversions.map(|Conversion { to, using, may_be_null }| {
                let (to, using, may_be_null) = (*to, *using, *may_be_null);
                Operation::SetPropertyType { kind, type_, property, to, using, may_be_null }
            }));
            match (was.is_some_and(|was| was.indexed), is.indexed) {
                (true, false) => sections.index_drops.push(Operation::DropIndex { kind, type_, property }),
                (false, true) => sections.index_adds.push(Operation::AddIndex { kind, type_, property }),
                _ => {}
            }
        }
        extended.sort_by_key(|(place, _)| *place);
        sections.extensions.extend(extended.into_iter().map(|(_, extension)| extension));
    }

    /// Renames one after the other: among those whose new name is free, the smallest old name first. A circle starts by
    /// moving its smallest old name to a temporary one.
    ///
    /// `names` are all things that stay, each with its old and new name, even if they are equal: properties `of` a
    /// type, or types.
    fn rename_steps(&mut self, names: Vec<(Name, Name)>, of: Option<Name>) -> Vec<Step> {
        let renames = names.iter().filter(|(old, new)| old != new).copied();
        if renames.clone().next().is_none() {
            return Vec::new();
        }
        let mut pending: HashMap<Name, Name, FixedState> = renames.clone().collect();
        let mut wanted_by: HashMap<Name, Name, FixedState> = renames.map(|(old, new)| (new, old)).collect();
        let olds: Vec<Name> =
            self.by_name(pending.iter().map(|(old, new)| (*old, *new))).into_iter().map(|(old, _)| old).collect();
        let held: NameSet = names.iter().map(|(old, _)| *old).collect();

        let by_text = |names: &Interner, old: Name| (names.text(old).to_owned(), old);
        let mut free: BTreeMap<String, Name> =
            olds.iter().filter(|old| !held.contains(&pending[*old])).map(|old| by_text(self.names, *old)).collect();
        let mut steps = Vec::with_capacity(olds.len());
        let mut smallest = olds.into_iter();
        while !pending.is_empty() {
            let (old, new, last) = match free.pop_first() {
                Some((_, old)) => {
                    let new = pending.remove(&old).expect("what is free is pending");
                    (old, new, new)
                }
                None => {
                    let old = smallest.find(|old| pending.contains_key(old)).expect("a circle is pending");
                    let last = pending.remove(&old).expect("just found");
                    let temporary = self.temporary(of, old);
                    pending.insert(temporary, last);
                    wanted_by.insert(last, temporary);
                    (old, temporary, last)
                }
            };
            steps.push(Step { old, new, last });
            if let Some(next) = wanted_by.get(&old) {
                free.extend([by_text(self.names, *next)]);
            }
        }
        steps
    }

    /// A name that is unused before and after.
    fn temporary(&mut self, of: Option<Name>, old: Name) -> Name {
        let path = of.into_iter().chain([old]).map(|name| self.names.text(name));
        let mut text = path.fold("_nsmig".to_owned(), |text, part| text + "_" + part);
        loop {
            let name = self.names.name(&text);
            if !(self.taken)(name) {
                return name;
            }
            text.push('_');
        }
    }

    fn by_text(&self, adjacencies: &[Adjacency]) -> Vec<Adjacency> {
        let text = |each: &Adjacency| [each.relationship, each.from, each.to].map(|name| self.names.text(name));
        let mut sorted = adjacencies.to_vec();
        sorted.sort_by(|a, b| text(a).cmp(&text(b)));
        sorted
    }

    fn by_name<T>(&self, items: impl Iterator<Item = (Name, T)>) -> Vec<(Name, T)> {
        let mut items: Vec<(Name, T)> = items.collect();
        items.sort_by(|(a, _), (b, _)| self.names.text(*a).cmp(self.names.text(*b)));
        items
    }
}

#[cfg(test)]
mod tests {
    use crate::written::Story;

    const CIRCLE: &str = "RenameNodeProperty A p t; RenameNodeProperty A q p; RenameNodeProperty A t q";

    #[test]
    fn what_frees_a_name_comes_before_what_takes_it() {
        let operations = "AddNodeProperty A x 1; DropNodeProperty A p; RenameNodeProperty A q p";
        let written = "DropNodeProperty A p; RenameNodeProperty A q p; AddNodeProperty A x 1";
        assert_eq!(Story::with("CreateNodeType A k p,q").squash(operations), written);
    }

    #[test]
    fn a_circle_of_names_goes_through_one_temporary_name() {
        let written = "RenameNodeProperty A p _nsmig_A_p; RenameNodeProperty A q p; RenameNodeProperty A _nsmig_A_p q";
        assert_eq!(Story::with("CreateNodeType A k p,q").squash(CIRCLE), written);
    }

    #[test]
    fn a_temporary_name_is_never_one_that_is_in_use() {
        let written =
            "RenameNodeProperty A p _nsmig_A_p_; RenameNodeProperty A q p; RenameNodeProperty A _nsmig_A_p_ q";
        assert_eq!(Story::with("CreateNodeType A k p,q,_nsmig_A_p").squash(CIRCLE), written);
    }

    #[test]
    fn a_key_is_extended_in_the_order_it_was() {
        let operations = "NodeKeyExtended A z 1; NodeKeyExtended A y 2";
        assert_eq!(Story::with("CreateNodeType A k -").squash(operations), operations);
    }

    #[test]
    fn a_key_is_extended_before_it_is_reduced() {
        let operations = "NodeKeyReduced A j; DropNodeProperty A j; NodeKeyExtended A x 1";
        let written = "NodeKeyExtended A x 1; NodeKeyReduced A j; DropNodeProperty A j";
        assert_eq!(Story::with("CreateNodeType A j,k -").squash(operations), written);
    }
}
