//! Folders: which files count, in which order, on how many threads, and all errors at once.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use nsmig_core::name::Interner;
use nsmig_core::operation::Operation;
use nsmig_reader::read_folder;

/// A separate folder for each test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("nsmig-reader-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).expect("a file in it");
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the temporary folder goes");
    }
}

fn migration(name: &str, type_: &str) -> String {
    format!(
        "dependencies: []\nname: {name}\noperations:\n- arguments:\n    name: {type_}\n  operation: DropNodeType\nreplaces: []\n"
    )
}

#[test]
fn only_yaml_files_directly_inside_count_sorted_by_name() {
    let folder = Folder::new("names");
    for name in ["b.yaml", "a.yaml", ".c.yaml", "d.yml", "e.YAML", "f.txt"] {
        folder.write(name, &migration(&format!("m{name}"), "A"));
    }
    fs::create_dir(folder.0.join("sub")).expect("a subfolder");
    folder.write("sub/g.yaml", "not: a migration");
    let (names, migrations) = read_folder(&folder.0, 0, &|| false).expect("all can be read");
    let files = migrations.iter().filter_map(|migration| Some(migration.file?.path(&names)));
    let files: Vec<String> = files.collect();
    assert_eq!(files, [folder.file(".c.yaml"), folder.file("a.yaml"), folder.file("b.yaml")]);
}

#[test]
fn a_missing_folder_and_a_file_are_no_folders() {
    let folder = Folder::new("missing");
    assert_eq!(read_folder(&folder.0.join("none"), 0, &|| false).expect_err("no folder").len(), 1);
    folder.write("file", "");
    assert_eq!(read_folder(&folder.0.join("file"), 0, &|| false).expect_err("a file").len(), 1);
}

#[test]
fn all_errors_are_told_in_the_order_of_the_files() {
    let folder = Folder::new("errors");
    folder.write("b.yaml", "name: 1\noperations: []\ndependencies: []\n");
    folder.write("c.yaml", &migration("c", "A"));
    folder.write("a.yaml", "[");
    fs::create_dir(folder.0.join("d.yaml")).expect("a subfolder");
    let errors = read_folder(&folder.0, 2, &|| false).expect_err("three errors");
    let files: Vec<&str> = errors.iter().map(|error| error.file.as_str()).collect();
    assert_eq!(files, [folder.file("a.yaml"), folder.file("b.yaml"), folder.file("d.yaml")]);
    assert_eq!((errors[1].line, errors[1].column), (1, 7));
    assert!(errors[2].problem.contains("cannot be read"));
}

/// Migrations and the numbers of all their names, by which the next steps sort and hash.
fn state(folder: &Folder, threads: usize) -> String {
    let (names, migrations): (Interner, _) = read_folder(&folder.0, threads, &|| false).expect("all can be read");
    format!("{names:?} {migrations:?}")
}

#[test]
fn each_file_keeps_its_own_bytes() {
    let folder = Folder::new("sizes");
    let types = |number: usize| if number.is_multiple_of(5) { 3000 } else { 1 };
    for number in 0..40 {
        let operations =
            (0..types(number)).map(|at| format!("- arguments:\n    name: T{number}_{at}\n  operation: DropNodeType\n"));
        let operations: String = operations.collect();
        let text = format!("dependencies: []\nname: m{number}\noperations:\n{operations}replaces: []\n");
        folder.write(&format!("{number:02}.yaml"), &text);
    }
    let (names, migrations) = read_folder(&folder.0, 1, &|| false).expect("all can be read");
    for (number, migration) in migrations.iter().enumerate() {
        assert_eq!(names.text(migration.name), format!("m{number}"));
        assert_eq!(migration.operations.len(), types(number));
        for (at, operation) in migration.operations.iter().enumerate() {
            let Operation::DropType { type_, .. } = operation else { panic!("{operation:?}") };
            assert_eq!(names.text(*type_), format!("T{number}_{at}"));
        }
    }
}

#[test]
fn no_text_is_held_twice() {
    let folder = Folder::new("texts");
    for number in 0..500 {
        folder.write(&format!("m{number}.yaml"), &migration(&format!("m{number}"), &format!("T{}", number % 7)));
    }
    for threads in [1, 2] {
        let (names, _) = read_folder(&folder.0, threads, &|| false).expect("all can be read");
        // The folder, `.yaml`, a name for each migration and its file, seven types.
        assert_eq!(names.len(), 1 + 1 + 500 + 7);
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let folder = Folder::new("threads");
    for number in 0..1000 {
        folder.write(&format!("{number}.yaml"), &migration(&format!("m{number}"), &format!("T{}", number * 7 % 30)));
    }
    let one = state(&folder, 1);
    for threads in [0, 2, 3, 6] {
        assert!(state(&folder, threads) == one, "{threads} threads");
    }
}

#[test]
fn an_interrupt_ends_the_reading() {
    let folder = Folder::new("interrupt");
    for number in 0..400 {
        folder.write(&format!("{number}.yaml"), &migration(&format!("m{number}"), "A"));
    }
    let asked = AtomicUsize::new(0);
    let errors = read_folder(&folder.0, 2, &|| asked.fetch_add(1, Ordering::Relaxed) == 1).expect_err("interrupted");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].problem.contains("interrupted"));
}
