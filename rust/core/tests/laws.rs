//! Laws that hold for all schemas and histories. The meaning of operations is checked elsewhere, against a plain model
//! in Python.

use std::collections::HashMap;
use std::sync::Arc;

use nsmig_core::adjacency::Adjacency;
use nsmig_core::apply::apply;
use nsmig_core::catalog::{CONSTRAINT_FORMS, Form, INDEX_FORMS};
use nsmig_core::diff::{Renames, diff};
use nsmig_core::history::History;
use nsmig_core::kind::{KINDS, Kind};
use nsmig_core::migration::Migration;
use nsmig_core::name::{File, Interner, Name, NameSet};
use nsmig_core::name_map::NameMap;
use nsmig_core::operation::{Operation, Part};
use nsmig_core::plan::plan;
use nsmig_core::schema::Schema;
use nsmig_core::shared_map::SharedMap;
use nsmig_core::spelling::{SPELLINGS, Shape, Spelling};
use nsmig_core::squash::{Terms, squash};
use nsmig_core::value::Value;
use proptest::prelude::*;

/// Few names, so that they collide.
const TYPES: [&str; 3] = ["A", "B", "C"];
const PROPERTIES: [&str; 4] = ["p", "q", "r", "s"];

/// Numbers that select an operation; all numbers do.
type Draw = (u8, u8, u8, u8, u8);

fn draws(length: usize) -> impl Strategy<Value = Vec<Draw>> {
    prop::collection::vec(any::<Draw>(), 0..length)
}

fn operation(draw: Draw, names: &mut Interner) -> Operation {
    let (which, kind, type_, property, other) = draw;
    if which % 8 < 2 {
        return on_catalog(draw, names);
    }
    let on_entries = |pair: &&&[Spelling]| pair[0].arguments.iter().any(|(_, shape)| *shape == Shape::OrderedNames);
    let verbs: Vec<_> = SPELLINGS.iter().filter(|pair| pair.len() == 2 && !on_entries(pair)).collect();
    let spelling = &verbs[which as usize % verbs.len()][kind as usize % 2];
    let mut texts = [
        TYPES[type_ as usize % 3],
        if spelling.arguments[1..].first().is_some_and(|(name, _)| *name == "new_type") {
            TYPES[property as usize % 3]
        } else {
            PROPERTIES[property as usize % 4]
        },
        PROPERTIES[other as usize % 4],
    ]
    .into_iter();
    let mut parts = Vec::new();
    for (_, shape) in spelling.arguments {
        parts.push(match shape {
            Shape::Name => Part::Name(names.name(texts.next().expect("at most three names"))),
            Shape::Names => {
                let listed = (0..other % 3)
                    .map(|each| names.name(PROPERTIES[(property as usize + each as usize) % 4]))
                    .collect();
                Part::Names(names.list(listed))
            }
            Shape::PropertyType => {
                let text = ["STRING", "INTEGER"][other as usize % 2];
                Part::PropertyType(nsmig_core::schema::PropertyType::from_text(text).expect("a type"))
            }
            Shape::Remark => Part::Flag(other % 2 == 1),
            Shape::OptionalTexts => {
                let text = [Value::Null, Value::Str("by".into())][property as usize / 4 % 2].clone();
                Part::Value(names.value(text))
            }
            Shape::OptionalFlag => Part::Flag(property / 8 % 2 == 1),
            _ => Part::Value(names.value([Value::Null, Value::Int(1), Value::Bool(true)][other as usize % 3].clone())),
        });
    }
    Operation::build(spelling, &parts).expect("parts of the right shapes")
}

/// The creation or removal of one of a few entries.
fn on_catalog((which, kind, type_, property, other): Draw, names: &mut Interner) -> Operation {
    let name = names.name(["i", "j", "k"][other as usize % 3]);
    let forms: Vec<Form> = INDEX_FORMS.iter().chain(&CONSTRAINT_FORMS).map(|(_, form)| *form).collect();
    let form = forms[other as usize / 3 % forms.len()];
    if which % 8 == 0 {
        return Operation::RemoveEntry { is_constraint: form.is_constraint(), name };
    }
    let are_several = form == Form::Fulltext && which & 16 != 0;
    let types = if are_several { TYPES[..2].to_vec() } else { vec![TYPES[type_ as usize % 3]] };
    let types = types.into_iter().map(|each| names.name(each)).collect();
    let last = if matches!(form, Form::Fulltext | Form::Range | Form::Unique) { property as usize / 4 % 2 } else { 0 };
    let listed = PROPERTIES.iter().cycle().skip(property as usize % 4).take(1 + last);
    let texts = |listed: &[&str]| Value::List(listed.iter().map(|each| Value::Str((*each).into())).collect());
    let listed: Vec<&str> = listed.copied().inspect(|each| _ = names.name(each)).collect();
    let option = |key: &str, value: Value| Value::Map(vec![(Value::Str(key.into()), value)]);
    let further = PROPERTIES[(property as usize + 1) % 4];
    names.name(further);
    let options = match form {
        Form::Vector if type_ & 8 != 0 => option("filter", texts(&[further])),
        Form::Type => option("type", Value::Str("INTEGER".into())),
        _ => Value::Null,
    };
    let kind = if form == Form::Key { Kind::Relationship } else { KINDS[kind as usize % 2] };
    let (types, properties, options) = (names.list(types), names.value(texts(&listed)), names.value(options));
    Operation::CreateEntry { kind, form, is_optional: which & 32 != 0, name, types, properties, options }
}

/// The drawn operations that apply, and the schema after them.
fn legal(base: &Schema, draws: Vec<Draw>, names: &mut Interner) -> (Vec<Operation>, Schema) {
    let mut schema = base.clone();
    let operations = draws.into_iter().map(|draw| operation(draw, names)).collect::<Vec<_>>();
    let kept = operations.into_iter().filter(|each| apply(&mut schema, each, names).is_ok()).collect();
    (kept, schema)
}

fn fold(base: &Schema, operations: &[Operation], names: &Interner) -> Schema {
    let mut schema = base.clone();
    for each in operations {
        apply(&mut schema, each, names).expect("a legal operation");
    }
    schema
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn squash_keeps_the_schema_and_is_done_at_once(before in draws(12), range in draws(24), single_label: bool) {
        let mut names = Interner::default();
        let (_, base) = legal(&Schema::default(), before, &mut names);
        let (operations, after) = legal(&base, range, &mut names);
        let once = squash(&base, &operations, Terms { single_label, ..Terms::default() }, &mut names).expect("legal operations").operations;
        prop_assert!(once.len() <= operations.len());
        prop_assert_eq!(fold(&base, &once, &names), after);
        let twice = squash(&base, &once, Terms { single_label, ..Terms::default() }, &mut names).expect("legal operations").operations;
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn names_keep_their_texts(texts in prop::collection::vec("[aé水]{0,3}", 0..60)) {
        let mut names = Interner::default();
        let given: Vec<Name> = texts.iter().map(|text| names.name(text)).collect();
        for (text, name) in texts.iter().zip(&given) {
            prop_assert_eq!(names.text(*name), text);
            prop_assert_eq!(names.find(text), Some(*name));
        }
        let different: std::collections::HashSet<&String> = texts.iter().collect();
        prop_assert_eq!(names.len(), different.len());
        prop_assert_eq!(names.find("never given"), None);
    }

    #[test]
    fn a_map_by_names_is_a_map(steps in prop::collection::vec((0_usize..40, 0_u8..3), 0..200)) {
        let mut names = Interner::default();
        let keys: Vec<Name> = (0..40).map(|number| names.name(&format!("n{number}"))).collect();
        let (mut map, mut model) = (NameMap::default(), HashMap::new());
        for (value, (key, verb)) in steps.into_iter().enumerate() {
            let key = keys[key];
            match verb {
                0 => prop_assert_eq!(map.remove(key), model.remove(&key)),
                1 => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                _ => prop_assert_eq!(*map.or_insert_with(key, || value), *model.entry(key).or_insert(value)),
            }
            prop_assert_eq!(map.len(), model.len());
        }
        for key in &keys {
            prop_assert_eq!(map.get(*key), model.get(key));
        }
        let again: NameMap<usize> = model.iter().map(|(name, value)| (*name, *value)).collect();
        prop_assert!(map == again);
    }

    #[test]
    fn a_shared_map_is_a_map_and_its_copies_stay_as_they_are(steps in prop::collection::vec((0_usize..40, 0_u8..4), 0..200)) {
        let mut names = Interner::default();
        let keys: Vec<Name> = {
            let all: Vec<Name> = (0..4000).map(|number| names.name(&format!("n{number}"))).collect();
            all.into_iter().step_by(100).collect() // in several pages and groups
        };
        let mut copies = Vec::new();
        let (mut map, mut model) = (SharedMap::default(), HashMap::new());
        for (value, (key, verb)) in steps.into_iter().enumerate() {
            let key = keys[key];
            match verb {
                0 => prop_assert_eq!(map.remove(key), model.remove(&key)),
                1 => copies.push((map.clone(), model.clone())),
                2 => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                _ => prop_assert_eq!(*map.or_insert_with(key, || value), *model.entry(key).or_insert(value)),
            }
            prop_assert_eq!(map.len(), model.len());
        }
        for key in &keys {
            prop_assert_eq!(map.get(*key), model.get(key));
        }
        for (copy, model) in copies {
            prop_assert_eq!(copy.len(), model.len());
            let entries: HashMap<Name, usize> = copy.iter().map(|(name, value)| (name, *value)).collect();
            prop_assert_eq!(entries, model);
        }
        let again: SharedMap<usize> = model.iter().map(|(name, value)| (*name, *value)).collect();
        prop_assert!(map == again);
    }

    #[test]
    fn diff_leads_there(one in draws(24), other in draws(24)) {
        let mut names = Interner::default();
        let (_, before) = legal(&Schema::default(), one, &mut names);
        let (_, after) = legal(&Schema::default(), other, &mut names);
        let operations = diff(&before, &after, &Renames::default(), true, &mut names).expect("no renames");
        prop_assert_eq!(fold(&before, &operations, &names), after.clone());
        prop_assert_eq!(diff(&after, &after, &Renames::default(), true, &mut names).expect("no renames"), vec![]);
    }

    #[test]
    fn a_rename_of_everything_in_a_circle(types in 2_usize..6, turn in 1_usize..5) {
        let mut names = Interner::default();
        let ring: Vec<Name> = (0..types).map(|each| names.name(&format!("T{each}"))).collect();
        let nothing = names.list(vec![]);
        for kind in KINDS {
            let created: Vec<Operation> = (ring.iter())
                .map(|type_| Operation::CreateType { kind, type_: *type_, keys: nothing, properties: nothing })
                .collect();
            let schema = fold(&Schema::default(), &created, &names);
            let mut renames = Renames::default();
            for (at, old) in ring.iter().enumerate() {
                renames.types.insert((kind, *old), ring[(at + turn) % types]);
            }
            let operations = diff(&schema, &schema, &renames, false, &mut names).expect("all are there");
            prop_assert_eq!(fold(&schema, &operations, &names), schema);
            // Each thing that moves is renamed once, and each circle costs one more.
            let moved = if turn % types == 0 { 0 } else { types };
            let circles = if moved == 0 { 0 } else { gcd(types, turn % types) };
            prop_assert_eq!(operations.len(), moved + circles);
        }
    }

    #[test]
    fn an_order_puts_dependencies_first(edges in prop::collection::vec((0_usize..12, 0_usize..12), 0..30)) {
        let mut names = Interner::default();
        let all: Vec<Name> = (0..12).map(|each| names.name(&format!("{:02}", (each * 7) % 12))).collect();
        let migrations = (all.iter().enumerate())
            .map(|(at, name)| Migration {
                name: *name,
                file: None,
                operations: vec![],
                dependencies: edges.iter().filter(|(from, to)| *from == at && to < from).map(|(_, to)| all[*to]).collect(),
                replaces: vec![],
            })
            .collect();
        let history = History::new(Arc::new(names), migrations).expect("no circle: each depends on earlier ones");
        let order: Vec<Name> = history.order().map(|each| each.name).collect();
        for (at, migration) in history.order().enumerate() {
            prop_assert!(migration.dependencies.iter().all(|needed| order[..at].contains(needed)));
        }
        let planned: Vec<Name> = plan(&history, &NameSet::default()).expect("no squash").iter().map(|each| each.name).collect();
        prop_assert_eq!(planned, order);
    }
}

proptest! {
    /// A path is the same when it is put together again, whatever it is.
    #[test]
    fn a_file_keeps_its_path(path in "([a/\\\\.é]|\\.yaml){0,8}") {
        let mut names = Interner::default();
        prop_assert_eq!(File::new(&path, &mut names).path(&names), path);
    }
}

#[test]
fn adjacencies_are_shared_until_one_changes() {
    let mut names = Interner::default();
    let [a, b, r, p] = ["A", "B", "R", "p"].map(|text| names.name(text));
    let none = names.list(vec![]);
    let default = names.value(Value::Null);
    let made = |kind, type_| Operation::CreateType { kind, type_, keys: none, properties: none };
    let adjacency = Adjacency { from: a, relationship: r, to: a };
    let start =
        [made(Kind::Node, a), made(Kind::Node, b), made(Kind::Relationship, r), Operation::AddAdjacency(adjacency)];
    let before = fold(&Schema::default(), &start, &names);
    let others = [
        Operation::AddProperty { kind: Kind::Node, type_: a, property: p, default },
        Operation::RenameType { kind: Kind::Node, old: b, new: p },
        Operation::DropType { kind: Kind::Node, type_: p },
    ];
    let after = fold(&before, &others, &names);
    assert!(Arc::ptr_eq(&before.adjacencies, &after.adjacencies));
    let last = fold(&after, &[Operation::DropType { kind: Kind::Node, type_: a }], &names);
    assert!(!last.adjacencies.contains(&adjacency) && before.adjacencies.contains(&adjacency));
}

#[test]
fn a_file_shares_its_parts() {
    let mut names = Interner::default();
    let files = ["a/b.yaml", "a/c.yaml", "b.yaml"].map(|path| File::new(path, &mut names));
    assert_eq!((files[0].folder, files[0].stem), (files[1].folder, files[2].stem));
    assert_eq!(names.len(), ["a/", "", "b", "c", ".yaml"].len());
}

#[test]
fn a_chain_of_nested_squashes_stands_for_all_inside() {
    let mut names = Interner::default();
    let mut all: Vec<Name> = Vec::new();
    let mut migrations = Vec::new();
    for number in 0..300 {
        let replaces = all.last().map_or(vec![], |last| vec![*last, names.name(&format!("x{number:03}"))]);
        let name = names.name(&format!("s{number:03}"));
        migrations.push(Migration { name, file: None, operations: vec![], dependencies: vec![], replaces });
        all.push(name);
    }
    let history = History::new(Arc::new(names), migrations).expect("squashes within squashes");
    for (number, name) in all.iter().enumerate() {
        assert_eq!(history.replaced(*name).len(), 2 * number);
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[test]
fn spellings_stand_in_the_order_of_verbs_and_kinds() {
    for (verb, pair) in SPELLINGS.iter().enumerate() {
        for (kind, spelling) in pair.iter().enumerate() {
            assert_eq!((spelling.verb as usize, spelling.kind.map_or(0, |kind| kind as usize)), (verb, kind));
            assert_eq!(pair.len() == 2, spelling.kind.is_some());
        }
    }
}

#[test]
fn an_operation_is_twenty_bytes() {
    assert_eq!(std::mem::size_of::<Operation>(), 20);
    assert_eq!(Kind::Node as usize, 0);
}
