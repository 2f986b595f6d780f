//! The core's cost per operation, at growing sizes: fold, squash, diff, order and plan. It should not grow.
//!
//! `cargo bench -p nsmig-core [-- 1000 1000000]` prints nanoseconds per operation (or migration), the best of several
//! rounds.

use std::sync::Arc;
use std::time::Instant;

use nsmig_core::apply::apply;
use nsmig_core::diff::{Renames, diff};
use nsmig_core::history::History;
use nsmig_core::kind::Kind;
use nsmig_core::migration::Migration;
use nsmig_core::name::{Interner, Name, NameSet};
use nsmig_core::operation::Operation;
use nsmig_core::plan::plan;
use nsmig_core::schema::Schema;
use nsmig_core::squash::{Terms, squash};
use nsmig_core::value::Value;

const ROUNDS: usize = 5;

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000, 1_000_000];
    }
    let (operation, name) = bytes_held();
    println!(
        "an operation is {operation} bytes; a name of 12 letters takes {name:.0} bytes, text and indexes included\n"
    );
    println!(
        "{:>9}  {:<12} {:>6} {:>8} {:>8} {:>8} {:>8}  {:>12}",
        "ops", "shape", "fold", "squash", "diff", "order", "plan", "squashed to"
    );
    for size in sizes {
        for (shape, make) in [("many types", many_types as Shape), ("one type", one_type as Shape)] {
            let mut names = Interner::default();
            let operations = make(size, &mut names);
            let schema = fold(&operations, &names);
            let each = |time: f64| time * 1e9 / size as f64;
            let folded = best(|| fold(&operations, &names).types(Kind::Node).len());
            let mut result = 0;
            let squashed = best(|| {
                result = squash(&Schema::default(), &operations, Terms::default(), &mut names)
                    .expect("legal")
                    .operations
                    .len();
                result
            });
            let renames = Renames::default();
            let differed =
                best(|| diff(&Schema::default(), &schema, &renames, true, &mut names).expect("no renames").len());
            let migrations = chain(&operations, &mut names);
            let names = Arc::new(names);
            let ordered = best(|| History::new(names.clone(), migrations.clone()).expect("a chain").len());
            let history = History::new(names.clone(), migrations.clone()).expect("a chain");
            let planned = best(|| plan(&history, &NameSet::default()).expect("no squash").len());
            println!(
                "{size:>9}  {shape:<12} {:>6.0} {:>8.0} {:>8.0} {:>8.0} {:>8.0}  {result:>12}",
                each(folded),
                each(squashed),
                each(differed),
                each(ordered),
                each(planned)
            );
        }
    }
}

/// The size of an operation, and the growth of the process with a million names, per name.
fn bytes_held() -> (usize, f64) {
    const COUNT: usize = 1_000_000;
    let pages =
        || -> Option<usize> { std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok() };
    let before = pages();
    let mut names = Interner::default();
    for number in 0..COUNT {
        names.name(&format!("name{number:08}"));
    }
    let grown = pages().zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
    (size_of::<Operation>(), 4096.0 * grown as f64 / names.len() as f64)
}

type Shape = fn(usize, &mut Interner) -> Vec<Operation>;

/// The shortest of several rounds, in seconds.
fn best(mut work: impl FnMut() -> usize) -> f64 {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed().as_secs_f64()
    });
    rounds.fold(f64::INFINITY, f64::min)
}

fn fold(operations: &[Operation], names: &Interner) -> Schema {
    let mut schema = Schema::default();
    for operation in operations {
        apply(&mut schema, operation, names).expect("legal");
    }
    schema
}

/// A migration for each operation, each after the one before.
fn chain(operations: &[Operation], names: &mut Interner) -> Vec<Migration> {
    let all: Vec<Name> =
        (0..operations.len()).map(|at| names.name(&format!("{:014}", 20_200_101_000_000 + at))).collect();
    (operations.iter().enumerate())
        .map(|(at, operation)| Migration {
            name: all[at],
            file: None,
            operations: vec![*operation],
            dependencies: at.checked_sub(1).map(|before| all[before]).into_iter().collect(),
            replaces: vec![],
        })
        .collect()
}

/// Types with a few properties each, which are added, renamed and sometimes dropped.
fn many_types(size: usize, names: &mut Interner) -> Vec<Operation> {
    let kind = Kind::Node;
    let default = names.value(Value::Null);
    let shared = ["id", "name", "last_ingested_at"].map(|text| names.name(text));
    let (keys, properties) = (names.list(vec![shared[0]]), names.list(shared[1..].to_vec()));
    let mut operations = Vec::with_capacity(size);
    while operations.len() < size {
        let number = operations.len();
        let type_ = names.name(&format!("Type{number}"));
        let [p, q, r] = ["p", "q", "r"].map(|letter| names.name(&format!("{letter}{number}")));
        operations.extend([
            Operation::CreateType { kind, type_, keys, properties },
            Operation::AddIndex { kind, type_, property: shared[2] },
            Operation::AddProperty { kind, type_, property: p, default },
            Operation::RenameProperty { kind, type_, old: p, new: q },
            Operation::AddProperty { kind, type_, property: r, default },
            Operation::DropProperty { kind, type_, property: q },
        ]);
    }
    operations.truncate(size);
    operations
}

/// One type that gets more and more properties.
fn one_type(size: usize, names: &mut Interner) -> Vec<Operation> {
    let kind = Kind::Node;
    let default = names.value(Value::Null);
    let (type_, nothing) = (names.name("Type"), names.list(vec![]));
    let mut operations = vec![Operation::CreateType { kind, type_, keys: nothing, properties: nothing }];
    while operations.len() < size {
        let property = names.name(&format!("property{}", operations.len()));
        operations.push(Operation::AddProperty { kind, type_, property, default });
    }
    operations
}
