//! Reading folders of migrations, compared with only reading their bytes on as many threads: the floor, which is system
//! calls.
//!
//! `cargo bench -p nsmig-reader [-- 10000 100000]` prints a table of times and ratios; the best of several rounds each,
//! all in one process.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nsmig_core::history::History;
use nsmig_core::name::NameSet;
use nsmig_core::plan::plan;
use nsmig_reader::read_folder;
use rustix::fs::{Mode, OFlags, open, openat};

const ROUNDS: usize = 9;

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000];
    }
    println!(
        "{:>7}  {:<14} {:>7}  {:>10}  {:>10}  {:>10}  {:>6}  {:>6}",
        "files", "form", "threads", "bytes only", "read", "and fold", "read÷", "fold÷"
    );
    for size in sizes {
        for (form, write) in [("as tools write", canonical as fn(usize) -> String), ("by hand", by_hand)] {
            let folder = folder(form, size, write);
            for threads in [1, 2] {
                let [floor, read, folded] = best([
                    &mut || only_bytes(&folder, threads),
                    &mut || read_folder(&folder, threads, &|| false).expect("migrations").1.len(),
                    &mut || fold(&folder, threads),
                ]);
                let ratio = |time: Duration| time.as_secs_f64() / floor.as_secs_f64();
                println!(
                    "{size:>7}  {form:<14} {threads:>7}  {:>7.1} ms  {:>7.1} ms  {:>7.1} ms  {:>6.2}  {:>6.2}",
                    ms(floor),
                    ms(read),
                    ms(folded),
                    ratio(read),
                    ratio(folded),
                );
            }
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The shortest time of each. They take turns, so that other load on the machine affects all of them equally.
fn best<const N: usize>(mut works: [&mut dyn FnMut() -> usize; N]) -> [Duration; N] {
    let mut shortest = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (work, best) in works.iter_mut().zip(&mut shortest) {
            let start = Instant::now();
            std::hint::black_box(work());
            *best = start.elapsed().min(*best);
        }
    }
    shortest
}

/// Load, order, plan and fold: the first steps of every command.
fn fold(folder: &Path, threads: usize) -> usize {
    let (names, migrations) = read_folder(folder, threads, &|| false).expect("migrations");
    let history = History::new(Arc::new(names), migrations).expect("a history");
    let planned = plan(&history, &NameSet::default()).expect("a plan");
    history.fold(planned).expect("a schema").1.len()
}

/// List, sort and read every file with as few system calls as possible, and examine nothing.
fn only_bytes(folder: &Path, threads: usize) -> usize {
    let mut files: Vec<OsString> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    files.sort_unstable();
    let directory = open(folder, OFlags::RDONLY, Mode::empty()).expect("a folder");
    let read = |files: &[OsString]| {
        let mut buffer = vec![0; 1 << 16];
        let size = |name: &OsString| {
            let mut file = File::from(openat(&directory, name, OFlags::RDONLY, Mode::empty()).expect("a file"));
            let length = file.read(&mut buffer).expect("its bytes");
            length + file.read(&mut buffer[length..]).expect("its end")
        };
        files.iter().map(size).sum::<usize>()
    };
    std::thread::scope(|scope| {
        let runs: Vec<_> = files.chunks(files.len().div_ceil(threads)).map(|run| scope.spawn(|| read(run))).collect();
        runs.into_iter().map(|run| run.join().expect("no panic")).sum()
    })
}

/// A chain of migrations in a folder below `target`, kept for the next time.
fn folder(form: &str, size: usize, write: fn(usize) -> String) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reading-{}-{size}", form.replace(' ', "-")));
    if fs::read_dir(&folder).map_or(0, Iterator::count) != size {
        fs::create_dir_all(&folder).expect("a folder");
        for number in 0..size {
            fs::write(folder.join(format!("{}.yaml", name(number))), write(number)).expect("a file");
        }
    }
    folder
}

fn name(number: usize) -> String {
    format!("{}", 20_200_101_000_000_usize + number)
}

/// Every third creates a type with an index; the others add a property to it and rename that property.
fn canonical(number: usize) -> String {
    let mut text = match number {
        0 => "dependencies: []\n".to_owned(),
        _ => format!("dependencies:\n- '{}'\n", name(number - 1)),
    };
    let type_ = format!("Type{}", number - number % 3);
    write!(text, "name: '{}'\noperations:\n", name(number)).expect("memory");
    let operations = match number % 3 {
        0 => format!(
            "- arguments:\n    keys: !!set\n      id: null\n    name: {type_}\n    properties: !!set\n      last_ingested_at: null\n      name: null\n  operation: CreateNodeType\n- arguments:\n    field_name: last_ingested_at\n    node_type: {type_}\n  operation: AddAdditionalNodePropertyIndex\n"
        ),
        1 => format!(
            "- arguments:\n    default: null\n    node_type: {type_}\n    property_name: p{number}\n  operation: AddNodeProperty\n"
        ),
        _ => format!(
            "- arguments:\n    new_property_name: q{number}\n    node_type: {type_}\n    old_property_name: p{}\n  operation: RenameNodeProperty\n",
            number - 1
        ),
    };
    text + &operations + "replaces: []\n"
}

/// The same, as a person might write it: comments, flow style, another order of keys.
fn by_hand(number: usize) -> String {
    let dependencies = if number == 0 { String::new() } else { format!("\"{}\"", name(number - 1)) };
    let type_ = format!("Type{}", number - number % 3);
    let operations = match number % 3 {
        0 => format!(
            "  - operation: CreateNodeType\n    arguments: {{name: {type_}, keys: [id], properties: [last_ingested_at, name]}}\n  - operation: AddAdditionalNodePropertyIndex\n    arguments: {{node_type: {type_}, field_name: last_ingested_at}}\n"
        ),
        1 => format!(
            "  - operation: AddNodeProperty\n    arguments: {{node_type: {type_}, property_name: p{number}, default: ~}}\n"
        ),
        _ => format!(
            "  - operation: RenameNodeProperty\n    arguments:\n      node_type: {type_}   # see above\n      old_property_name: p{}\n      new_property_name: q{number}\n",
            number - 1
        ),
    };
    format!("# number {number}\nname: \"{}\"\ndependencies: [{dependencies}]\noperations:\n{operations}", name(number))
}
