//! Many operations → few that do the same to every graph that conforms to the schema before them.
//!
//! A list is cut at *walls*, which nothing crosses. Between two walls, what became of what is traced and written anew, as short as it can be;
//! only where a node may carry two types whose operations do not commute (*entangled* types) do operations stay as they are, in their order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use crate::apply::{Finding, Findings, Refusal, apply};
use crate::change::{Change, PropertyChange};
use crate::error::{FoldError, HistoryError, RangeError};
use crate::history::{History, Migration};
use crate::name::{Interner, Name};
use crate::operation::{Adjacency, Kind, Operation, Part};
use crate::plan::{NameSet, plan, plan_until};
use crate::rewrite::{Rewritten, rewrite};
use crate::schema::{Schema, Type};
use crate::trace::{Trace, Traced};

/// The shorter list, and how it came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Squashed {
    /// The operations, never more than there were.
    pub operations: Vec<Operation>,
    /// What stayed as it was, and why.
    pub kept: Vec<Kept>,
    /// Operations and properties looked at: the work done, for tests of its growth.
    pub work: usize,
}

/// Operations that stay as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Why.
    pub reason: Reason,
    /// Which, counted from 0 in the list given.
    pub operations: Vec<usize>,
}

/// Why operations stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user's own statement, or an adjacency of types that the schema does not declare.
    Wall,
    /// What the operation means for data is not certain.
    Finding(Findings),
    /// A node may carry both types, and what one does to this property depends on the other.
    Entangled {
        /// A type whose operations stay, by its name before.
        type_: Name,
        /// The other one; it may have no operations here.
        with: Name,
        /// The property.
        property: Name,
    },
    /// The key of this type, by its name before, changes in a way that only its own operations bring about safely.
    KeyOrder(Name),
    /// There may be rows with a name that this type, or a property of it, takes on the way: something before it may have left them.
    Undeclared(Name),
}

/// An operation that cannot be applied where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Refused {
    pub index: usize,
    pub refusal: Refusal,
}

/// Squash operations that follow on `base`.
///
/// `single_label` promises that no node carries two types of the schema: nothing is entangled then.
///
/// # Errors
/// An operation cannot be applied to the schema before it.
pub fn squash(
    base: &Schema,
    operations: &[Operation],
    single_label: bool,
    names: &mut Interner,
) -> Result<Squashed, Refused> {
    let mut schema = base.clone();
    let mut declarers = (!single_label).then(|| Declarers::of(base));
    let dangling = Dangling::of(base);
    let mut taken = Taken::by(base);
    let mut squashed = Squashed::default();
    let mut trace = Trace::default();
    for (index, operation) in operations.iter().enumerate() {
        let is_dangling = dangling.concerns(operation, &schema);
        let met = trace.meet(operation, &schema);
        let replaced = declarers.as_ref().and_then(|_| replaced_by(operation, &schema));
        let found = apply(&mut schema, operation, names).map_err(|refusal| Refused { index, refusal })?;
        let reason = wall(operation, found, is_dangling, trace.undeclared);
        let mut made: Vec<Name> = Vec::new();
        if let Some(reason) = reason {
            let is_query = matches!(operation, Operation::RunQuery { .. });
            let undeclared = trace.undeclared || is_query || found.contains(Finding::TypeReplaced);
            let trace = std::mem::replace(&mut trace, Trace::new(undeclared));
            made.extend(trace.made_node_types().chain(node_type_made_by(operation)));
            finish(trace, operations, declarers.as_ref(), &mut taken, names, &mut squashed);
            taken.later.extend(names_in(operation, names));
            squashed.operations.push(*operation);
            squashed.kept.push(Kept { reason, operations: vec![index] });
        } else if !found.iter().any(Finding::changes_nothing) {
            trace.follow(index, operation, met, names);
        }
        if let Some(declarers) = &mut declarers {
            squashed.work += declarers.note(operation, replaced.as_deref());
            // From a wall on there may be data of what was made before it.
            squashed.work += made.into_iter().map(|type_| declarers.know(type_, &schema)).sum::<usize>();
        }
    }
    finish(trace, operations, declarers.as_ref(), &mut taken, names, &mut squashed);
    Ok(squashed)
}

/// A squash of part of a history, as a migration, with the interner that its names are in.
pub struct SquashedRange {
    /// Has all names of the history's interner, and the new ones.
    pub names: Arc<Interner>,
    /// The squash.
    pub migration: Migration,
    /// The operations of its members, in order.
    pub originals: Vec<Operation>,
    /// How it came about; operations are counted over all members in order.
    pub squashed: Squashed,
}

/// Squash the part of a history's order from one migration to another, both included.
///
/// The name is nodestream's, `squash_from_A` or `squash_from_A_to_B`, unless one is given. Squashes among the members count for what they
/// stand for. Dependencies are those of the members on migrations outside, in the history's order.
///
/// # Errors
/// An unknown name, a last migration before the first, an operation that cannot be applied, another squash that this one overlaps in part.
pub fn squash_range(
    history: &History,
    first: &str,
    last: Option<&str>,
    name: Option<&str>,
    single_label: bool,
) -> Result<SquashedRange, RangeError> {
    let order: Vec<&Migration> = history.order().collect();
    let place = |text: &str| -> Result<usize, RangeError> {
        let wanted = history.find(text).map_err(RangeError::Unknown)?.name;
        Ok(order.iter().position(|each| each.name == wanted).expect("every migration has a place in the order"))
    };
    let start = place(first)?;
    let end = last.map_or(Ok(order.len() - 1), place)?;
    if end < start {
        return Err(RangeError::Backwards);
    }
    let members = &order[start..=end];

    let inside: NameSet = members.iter().map(|each| each.name).collect();
    let is_whole = end + 1 == order.len();
    let planned = if is_whole { plan(history, &NameSet::default()) } else { plan_until(history, order[end].name) };
    let planned = planned.map_err(RangeError::History)?;
    let (ours, earlier): (Vec<&Migration>, Vec<&Migration>) =
        planned.into_iter().partition(|each| inside.contains(&each.name));
    let (base, _) = history.fold(earlier).map_err(RangeError::Fold)?;
    let operations: Vec<Operation> = ours.iter().flat_map(|each| each.operations.iter().copied()).collect();

    let mut names = Interner::clone(history.interner());
    let squashed = squash(&base, &operations, single_label, &mut names).map_err(|refused| {
        let mut index = refused.index;
        let of = ours.iter().find(|each| {
            let here = index < each.operations.len();
            index -= if here { 0 } else { each.operations.len() };
            here
        });
        let of = of.expect("the operation is one of a member's");
        RangeError::Fold(FoldError { migration: of.name, file: of.file, index, refusal: refused.refusal })
    })?;

    let default_name =
        last.map_or_else(|| format!("squash_from_{first}"), |last| format!("squash_from_{first}_to_{last}"));
    let name = names.name(name.unwrap_or(&default_name));
    let covered =
        covered(history, members, name).map_err(|error| RangeError::Squash(error, Box::new(names.clone())))?;
    let needed: NameSet = members.iter().flat_map(|each| each.dependencies.iter().copied()).collect();
    let in_order = |wanted: &dyn Fn(&Name) -> bool| -> Vec<Name> {
        let mut gone: Vec<Name> = needed.iter().chain(&covered).copied().collect();
        gone.retain(|each| history.get(*each).is_none() && wanted(each));
        names.sort(&mut gone); // replaced ones without a file have no place in the order
        gone.dedup();
        gone.into_iter().chain(order.iter().map(|each| each.name).filter(wanted)).collect()
    };
    let migration = Migration {
        name,
        file: None,
        operations: squashed.operations.clone(),
        dependencies: in_order(&|each| needed.contains(each) && !covered.contains(each)),
        replaces: in_order(&|each| covered.contains(each)),
    };
    let all = order.iter().copied().chain([&migration]).map(Migration::without_operations).collect();
    let names = Arc::new(names);
    History::new(names.clone(), all).map_err(|error| RangeError::Squash(error, Box::new(Interner::clone(&names))))?;
    Ok(SquashedRange { names, migration, originals: operations, squashed })
}

/// All that these members of a range are and stand for.
///
/// # Errors
/// A squash among them stands for some that come before the range, and for some within it.
fn covered(history: &History, members: &[&Migration], squash: Name) -> Result<NameSet, HistoryError> {
    let ordinary = members.iter().filter(|each| each.replaces.is_empty());
    let mut covered: NameSet = ordinary.map(|each| each.name).collect();
    for member in members.iter().filter(|each| !each.replaces.is_empty()) {
        let replaced = history.replaced(member.name);
        let mut shared: Vec<Name> = replaced.iter().copied().filter(|each| covered.contains(each)).collect();
        if !shared.is_empty() && replaced.iter().any(|each| history.get(*each).is_some() && !covered.contains(each)) {
            history.interner().sort(&mut shared);
            return Err(HistoryError::Overlap { squashes: [member.name, squash], shared });
        }
        covered.extend(replaced);
        covered.insert(member.name);
    }
    Ok(covered)
}

/// Why nothing may cross this operation, if so. `undeclared` is that of the [trace](Trace::undeclared) until it.
fn wall(operation: &Operation, found: Findings, is_dangling: bool, undeclared: bool) -> Option<Reason> {
    match operation {
        Operation::RunQuery { .. } => Some(Reason::Wall),
        _ if is_dangling => Some(Reason::Wall),
        // A key that may be null, as a relationship's is, may be filled by extending it by one of its own properties.
        Operation::ExtendKey { kind, .. } if !found.is_empty() && (*kind == Kind::Relationship || undeclared) => {
            Some(Reason::Finding(found))
        }
        _ => found.iter().any(Finding::is_wall).then_some(Reason::Finding(found)),
    }
}

/// Types that an adjacency names although they are not there. Who gets such a name gets the adjacency with it, so a trace, which follows
/// types that are there, cannot tell what becomes of it.
struct Dangling(HashSet<(Kind, Name), FixedState>);

impl Dangling {
    fn of(schema: &Schema) -> Dangling {
        let ends = schema.adjacencies.keys().flat_map(Adjacency::ends);
        Dangling(ends.filter(|(kind, name)| schema.type_(*kind, *name).is_none()).collect())
    }

    /// True if an operation, about to be applied to `schema`, is about an adjacency of a type that is not there.
    fn concerns(&self, operation: &Operation, schema: &Schema) -> bool {
        match *operation {
            Operation::AddAdjacency(adjacency) | Operation::DropAdjacency(adjacency) => {
                adjacency.ends().into_iter().any(|(kind, name)| schema.type_(kind, name).is_none())
            }
            Operation::CreateType { kind, type_: name, .. } | Operation::RenameType { kind, new: name, .. } => {
                self.0.contains(&(kind, name))
            }
            _ => false,
        }
    }
}

/// Write what a trace tells: anew where that is safe, else as it was. Without `declarers`, nothing is entangled.
fn finish(
    trace: Trace,
    operations: &[Operation],
    declarers: Option<&Declarers>,
    taken: &mut Taken,
    names: &mut Interner,
    squashed: &mut Squashed,
) {
    let mut groups = Groups::of(trace.types.len());
    for (one, other) in &trace.same_name {
        groups.unite(*one as usize, *other as usize);
    }
    for [from, relationship, to] in trace.named_adjacencies() {
        groups.unite(from, relationship);
        groups.unite(relationship, to);
    }
    squashed.work += trace.acted.len();
    for (at, traced) in trace.types.iter().enumerate() {
        squashed.work +=
            traced.change.properties.len() + traced.data.as_ref().map_or(0, |data| data.dropped_with.len());
        if traced.needs_order || needs_key_order(traced) {
            groups.keep(at, Reason::KeyOrder(traced.change.before.unwrap_or(traced.first_name)));
        }
    }
    if trace.undeclared {
        keep_undeclared(&trace.types, declarers.is_none(), &mut groups);
    }
    if let Some(declarers) = declarers {
        squashed.work += entangle(&trace.types, declarers, &mut groups);
    }
    let mut change = Change::default();
    for (ends, new) in trace.adjacencies() {
        let [from, relationship, to] = ends.map(|at| trace.types[at].change.after);
        let (Some(from), Some(relationship), Some(to), None) = (from, relationship, to, groups.reason(ends[1])) else {
            continue; // it went with a type, or its operations stay as they are
        };
        let list = if new { &mut change.connected } else { &mut change.disconnected };
        list.push(Adjacency { from, relationship, to });
    }
    let (kept, in_order) = groups.kept_operations(&trace);
    for (at, traced) in trace.types.into_iter().enumerate() {
        let properties = traced.change.properties.iter().filter_map(|each| Some(each.after.as_ref()?.0));
        taken.later.extend(properties.chain(traced.change.after));
        if groups.reason(at).is_none() {
            change.types_mut(traced.kind).push(traced.change);
        }
    }
    let Rewritten { nodes, relationships } = rewrite(&change, &mut |name| taken.contains(name), names);
    squashed.operations.extend(nodes);
    squashed.operations.extend(in_order.into_iter().map(|index| operations[index]));
    // Last, because a relationship whose value cannot be converted may be gone with its node by then.
    squashed.operations.extend(relationships);
    squashed.kept.extend(kept);
}

/// Names that a temporary one must differ from: those of the schema before, and those that came later. Few histories need a temporary name,
/// so what is taken is looked up only then.
struct Taken<'a> {
    by: Option<&'a Schema>,
    later: Vec<Name>,
    all: NameSet,
}

impl Taken<'_> {
    fn by(schema: &Schema) -> Taken<'_> {
        Taken { by: Some(schema), later: Vec::new(), all: NameSet::default() }
    }

    fn contains(&mut self, name: Name) -> bool {
        self.all.extend(self.by.take().into_iter().flat_map(Schema::names));
        self.all.extend(self.later.drain(..));
        self.all.contains(&name)
    }
}

/// The node type that there may be after an operation although it was not there before.
fn node_type_made_by(operation: &Operation) -> Option<Name> {
    match *operation {
        Operation::CreateType { kind: Kind::Node, type_, .. }
        | Operation::RenameType { kind: Kind::Node, new: type_, .. }
        | Operation::AddProperty { kind: Kind::Node, type_, .. }
        | Operation::AddIndex { kind: Kind::Node, type_, .. }
        | Operation::ExtendKey { kind: Kind::Node, type_, .. } => Some(type_),
        _ => None,
    }
}

/// The definition of a node type that an operation, about to be applied to `schema`, takes away.
fn replaced_by(operation: &Operation, schema: &Schema) -> Option<Arc<Type>> {
    match *operation {
        Operation::CreateType { kind: Kind::Node, type_, .. } | Operation::DropType { kind: Kind::Node, type_ } => {
            schema.types(Kind::Node).get(type_).cloned()
        }
        Operation::RenameType { kind: Kind::Node, old, new } if old != new => {
            schema.types(Kind::Node).get(new).cloned()
        }
        _ => None,
    }
}

/// The names that an operation speaks of.
fn names_in(operation: &Operation, names: &Interner) -> Vec<Name> {
    let texts = |part: Part| match part {
        Part::Name(name) => vec![name],
        Part::Names(list) => names.names(list).to_vec(),
        Part::Value(_) | Part::PropertyType(_) => Vec::new(),
    };
    operation.parts().into_iter().flat_map(texts).collect()
}

/// The key changes in a way that `rewrite`, which extends before it reduces, cannot write so that each key on the way is unique.
fn needs_key_order(traced: &Traced) -> bool {
    if traced.change.before.is_none() || traced.change.after.is_none() {
        return false;
    }
    let changes = &traced.change.properties;
    let was_key = |each: &&PropertyChange| each.before.is_some_and(|(_, was)| was.key);
    let is_key = |each: &&PropertyChange| each.after.is_some_and(|(_, is)| is.key);
    let extended = changes.iter().filter(|each| is_key(each) && !was_key(each)).count();
    let reduced = changes.iter().filter(|each| was_key(each) && !is_key(each)).count();
    // In the key for a time: that may be what made the others unique.
    let passed = changes.iter().any(|each| each.key_step > 0 && !was_key(&each) && !is_key(&each));
    // A key part has to go before another property takes its name, and the key is extended only after that.
    let mut gone = changes.iter().filter(|each| each.after.is_none() && was_key(each)).peekable();
    let early = gone.peek().is_some() && {
        let names: NameSet = changes.iter().filter_map(|each| Some(each.after?.0)).collect();
        gone.any(|each| each.before.is_some_and(|(name, _)| names.contains(&name)))
    };
    match (traced.keys > 0, traced.keys + extended > reduced) {
        (false, _) => passed && extended > 1,
        (true, true) => early && extended > 0,
        // Where no key is left, no subset of it has to be unique but those that were there on the way.
        (true, false) => reduced > 1 && (early || passed),
    }
}

/// Keep what may meet rows that nothing declared: operations that act under a name taken on the way and, as a node may have any label then,
/// all that change nodes beside a node type that takes a name.
fn keep_undeclared(types: &[Traced], single_label: bool, groups: &mut Groups) {
    let reason = |traced: &Traced| Reason::Undeclared(traced.change.before.unwrap_or(traced.first_name));
    for (at, traced) in types.iter().enumerate().filter(|(_, traced)| traced.acts_on_new_name) {
        groups.keep(at, reason(traced));
    }
    let changes = |traced: &Traced| {
        traced.data.as_ref().is_some_and(|data| traced.change.after.is_none() || !data.changed.is_empty())
    };
    let named_anew = |traced: &Traced| traced.kind == Kind::Node && traced.named_anew;
    if !single_label && types.iter().any(changes) && types.iter().any(named_anew) {
        let concerned: Vec<usize> =
            (0..types.len()).filter(|at| changes(&types[*at]) || named_anew(&types[*at])).collect();
        for at in &concerned {
            groups.join(concerned[0], *at, reason(&types[*at]));
        }
    }
}

/// Keep what is entangled: node types of which one changes values of a property that another ever declares, or of which one is dropped with a
/// property that an operation of the other touches. Types that no operation here acts on count, too.
fn entangle(types: &[Traced], declarers: &Declarers, groups: &mut Groups) -> usize {
    let mut work = 0;
    let name = |at: usize| types[at].change.before.unwrap_or(types[at].first_name);
    let with_data = || types.iter().enumerate().filter_map(|(at, traced)| Some((at, traced.data.as_ref()?)));

    let mut changers: IndexSet<(Name, usize), FixedState> = IndexSet::default();
    let mut touchers: HashMap<Name, Vec<usize>, FixedState> = HashMap::default();
    let mut declared_on_the_way: HashMap<Name, Vec<usize>, FixedState> = HashMap::default();
    for (at, data) in with_data() {
        changers.extend(data.changed.iter().map(|property| (*property, at)));
        for property in &data.touched {
            touchers.entry(*property).or_default().push(at);
        }
        for property in data.touched.iter().chain(&data.declared).chain(&data.dropped_with) {
            declared_on_the_way.entry(*property).or_default().push(at);
        }
    }
    let mut seen: HashSet<Name, FixedState> = HashSet::default();
    let mut first_changer: HashMap<Name, usize, FixedState> = HashMap::default();
    for (property, at) in &changers {
        let (property, at) = (*property, *at);
        work += 1;
        let first = *first_changer.entry(property).or_insert(at);
        if first != at {
            groups.join(first, at, Reason::Entangled { type_: name(first), with: name(at), property });
        }
        if !seen.insert(property) {
            continue;
        }
        for other in declared_on_the_way.get(&property).into_iter().flatten().filter(|other| **other != at) {
            work += 1;
            groups.join(at, *other, Reason::Entangled { type_: name(at), with: name(*other), property });
        }
        // Any other type that declares it declares it all the time, and so may be written anew itself.
        let this = types[at].change.after.and_then(|name| declarers.id(name));
        for holder in declarers.of_property(property) {
            work += 1;
            if Some(*holder) != this {
                groups.keep(at, Reason::Entangled { type_: name(at), with: declarers.name(*holder), property });
                break;
            }
        }
    }
    let mut dropped: HashSet<Name, FixedState> = HashSet::default();
    for (at, data) in with_data().filter(|(at, _)| types[*at].change.after.is_none()) {
        for property in data.dropped_with.iter().chain(&data.declared) {
            let Some(touching) = touchers.get(property) else { continue };
            // The first that is dropped with a property joins all that touch it; the next has to join only one of these.
            let others = touching.iter().filter(|other| **other != at);
            for other in others.take(if dropped.insert(*property) { usize::MAX } else { 1 }) {
                work += 1;
                groups.join(at, *other, Reason::Entangled { type_: name(at), with: name(*other), property: *property });
            }
        }
    }
    work
}

/// Types that must be treated alike: those that had one name at some time, and those that are entangled. A forest of sets.
struct Groups {
    parent: Vec<usize>,
    kept: HashMap<usize, Reason, FixedState>,
}

impl Groups {
    fn of(count: usize) -> Groups {
        Groups { parent: (0..count).collect(), kept: HashMap::default() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (low, high) = (one.min(other), one.max(other));
        self.parent[high] = low;
        if let Some(reason) = self.kept.remove(&high) {
            self.kept.entry(low).or_insert(reason);
        }
    }

    fn keep(&mut self, at: usize, reason: Reason) {
        let root = self.root(at);
        self.kept.entry(root).or_insert(reason);
    }

    fn join(&mut self, one: usize, other: usize, reason: Reason) {
        self.unite(one, other);
        self.keep(one, reason);
    }

    /// The group and why its operations stay, if they do.
    fn reason(&mut self, at: usize) -> Option<(usize, Reason)> {
        if self.kept.is_empty() {
            return None;
        }
        let root = self.root(at);
        self.kept.get(&root).map(|reason| (root, *reason))
    }

    /// The operations that stay: by group, in the order in which a type of each was met, and all of them in theirs.
    fn kept_operations(&mut self, trace: &Trace) -> (Vec<Kept>, Vec<usize>) {
        let mut kept: Vec<Kept> = Vec::new();
        let mut kept_of: HashMap<usize, usize, FixedState> = HashMap::default();
        for at in 0..trace.types.len() {
            if let Some((group, reason)) = self.reason(at) {
                kept_of.entry(group).or_insert_with(|| {
                    kept.push(Kept { reason, operations: Vec::new() });
                    kept.len() - 1
                });
            }
        }
        let mut in_order = Vec::new();
        if kept.is_empty() {
            return (kept, in_order);
        }
        for (at, index) in &trace.acted {
            if let Some((group, _)) = self.reason(*at as usize) {
                kept[kept_of[&group]].operations.push(*index as usize);
                in_order.push(*index as usize);
            }
        }
        (kept, in_order)
    }
}

/// Which node types that were there at the last wall declare a property, kept up to date along the operations. A type made since has no data.
#[derive(Default)]
struct Declarers {
    /// Types are numbered as they appear and keep their number through renames.
    id_of: HashMap<Name, usize, FixedState>,
    names: Vec<Name>,
    by_property: HashMap<Name, IndexSet<usize, FixedState>, FixedState>,
}

impl Declarers {
    fn of(schema: &Schema) -> Declarers {
        let mut declarers = Declarers::default();
        for name in schema.types(Kind::Node).keys() {
            declarers.know(name, schema);
        }
        declarers
    }

    /// Take in a type of the schema, unless it is known already. Gives the work done.
    fn know(&mut self, type_: Name, schema: &Schema) -> usize {
        let Some(definition) = schema.type_(Kind::Node, type_).filter(|_| !self.id_of.contains_key(&type_)) else {
            return 1;
        };
        self.id_of.insert(type_, self.names.len());
        self.names.push(type_);
        definition.properties.keys().map(|property| self.add(type_, property)).sum()
    }

    /// Take an operation into account, with what it [replaced](replaced_by). Gives the work done.
    fn note(&mut self, operation: &Operation, replaced: Option<&Type>) -> usize {
        match *operation {
            Operation::CreateType { kind: Kind::Node, type_, .. } | Operation::DropType { kind: Kind::Node, type_ } => {
                self.forget(type_, replaced)
            }
            Operation::RenameType { kind: Kind::Node, old, new } if old != new => {
                let work = self.forget(new, replaced);
                if let Some(id) = self.id_of.remove(&old) {
                    self.id_of.insert(new, id);
                    self.names[id] = new;
                }
                work
            }
            Operation::AddProperty { kind: Kind::Node, type_, property, .. }
            | Operation::AddIndex { kind: Kind::Node, type_, property }
            | Operation::ExtendKey { kind: Kind::Node, type_, property, .. } => self.add(type_, property),
            Operation::DropProperty { kind: Kind::Node, type_, property } => self.remove(type_, property),
            Operation::RenameProperty { kind: Kind::Node, type_, old, new }
            | Operation::RenameKeyPart { kind: Kind::Node, type_, old, new } => {
                self.remove(type_, old) + self.add(type_, new)
            }
            _ => 1,
        }
    }

    fn add(&mut self, type_: Name, property: Name) -> usize {
        if let Some(id) = self.id_of.get(&type_) {
            self.by_property.entry(property).or_default().insert(*id);
        }
        1
    }

    fn remove(&mut self, type_: Name, property: Name) -> usize {
        if let (Some(id), Some(holding)) = (self.id_of.get(&type_), self.by_property.get_mut(&property)) {
            holding.swap_remove(id);
        }
        1
    }

    /// A type is gone, with all that it declared.
    fn forget(&mut self, type_: Name, definition: Option<&Type>) -> usize {
        let Some(definition) = definition.filter(|_| self.id_of.contains_key(&type_)) else { return 1 };
        for property in definition.properties.keys() {
            self.remove(type_, property);
        }
        self.id_of.remove(&type_);
        1 + definition.properties.len()
    }

    fn id(&self, type_: Name) -> Option<usize> {
        self.id_of.get(&type_).copied()
    }

    fn name(&self, id: usize) -> Name {
        self.names[id]
    }

    fn of_property(&self, property: Name) -> impl Iterator<Item = &usize> {
        self.by_property.get(&property).into_iter().flatten()
    }
}
