//! A folder to migrations: list, then read on several threads.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nsmig_core::history::Migration;
use nsmig_core::name::{Interner, Translation};

use crate::{ReadError, read_migration};

/// Below this many files for each, another thread costs more than it brings.
const FILES_FOR_A_THREAD: usize = 150;

/// How many files are read between two questions whether to stop.
const FILES_BETWEEN_POLLS: usize = 64;

/// Its path, its migration's name, and often one of what that makes.
const NAMES_OF_A_FILE: usize = 3;

/// What one thread read.
type Share = (Interner, Vec<Migration>, Vec<ReadError>);

/// All migrations directly inside a folder: files named `*.yaml`, in the order of their names. A missing folder is an empty one.
///
/// Results do not depend on `threads`; 0 stands for as many as the machine has. `interrupted` is asked now and then, on the calling
/// thread only; once it says yes, the one error is that.
///
/// # Errors
/// All files that cannot be read, one error for each, in the order of their names.
pub fn read_folder(
    folder: &Path,
    threads: usize,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Result<(Interner, Vec<Migration>), Vec<ReadError>> {
    let of_folder =
        |problem: String| vec![ReadError { file: folder.display().to_string(), line: 0, column: 0, problem }];
    let files = list(folder).map_err(|error| of_folder(format!("the folder cannot be listed: {error}")))?;
    let threads = match threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        given => given,
    };
    let threads = threads.min(files.len() / FILES_FOR_A_THREAD).max(1);
    let stop = AtomicBool::new(false);
    let stopped = || stop.load(Ordering::Relaxed);
    let polled = || {
        if interrupted() {
            stop.store(true, Ordering::Relaxed);
        }
        stopped()
    };
    // Each thread has a run of neighbours, so that names are numbered as a single thread would number them.
    let mut runs = files.chunks(files.len().div_ceil(threads).max(1));
    let first = runs.next().unwrap_or_default();
    let shares: Vec<Share> = thread::scope(|scope| {
        let others: Vec<_> = runs.map(|run| scope.spawn(|| read(folder, run, &stopped))).collect();
        let mut shares = vec![read(folder, first, &polled)];
        shares.extend(others.into_iter().map(|other| other.join().expect("reading does not panic")));
        shares
    });
    if stopped() {
        return Err(of_folder("interrupted while reading".into()));
    }
    joined(shares)
}

/// The names of a folder's migration files, sorted.
fn list(folder: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if name.as_encoded_bytes().ends_with(b".yaml") {
            files.push(name);
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn read(folder: &Path, files: &[std::ffi::OsString], stopped: &dyn Fn() -> bool) -> Share {
    let (mut interner, mut migrations, mut errors) = (Interner::default(), Vec::new(), Vec::new());
    interner.reserve(NAMES_OF_A_FILE * files.len());
    migrations.reserve(files.len());
    let mut bytes = Vec::new();
    let directory = Directory::open(folder);
    let mut shown = folder.join("").to_string_lossy().into_owned();
    let folder_length = shown.len();
    for (at, file) in files.iter().enumerate() {
        if at % FILES_BETWEEN_POLLS == 0 && stopped() {
            break;
        }
        shown.truncate(folder_length);
        shown.push_str(&file.to_string_lossy());
        let opened = match &directory {
            Some(directory) => directory.file(file),
            None => File::open(folder.join(file)),
        };
        let read = opened
            .and_then(|opened| read_bytes(opened, &mut bytes))
            .map_err(|error| ReadError {
                file: shown.clone(),
                line: 0,
                column: 0,
                problem: format!("the file cannot be read: {error}"),
            })
            .and_then(|length| read_migration(&mut interner, &shown, &bytes[..length]));
        match read {
            Ok(migration) => migrations.push(migration),
            Err(error) => errors.push(error),
        }
    }
    (interner, migrations, errors)
}

/// Read a whole file to the start of a buffer; its length.
///
/// Migration files are small, and what reading costs is system calls: asking for the size first would be a third more.
fn read_bytes(mut file: File, buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut length = 0;
    loop {
        if buffer.len() - length < 16 * 1024 {
            buffer.resize(2 * buffer.len() + 64 * 1024, 0);
        }
        match file.read(&mut buffer[length..]) {
            Ok(0) => return Ok(length),
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An open folder. Its files are opened by their names alone, so that the system does not look for the folder each time.
#[cfg(unix)]
struct Directory(std::os::fd::OwnedFd);

#[cfg(unix)]
impl Directory {
    /// None if it cannot be kept open; its files are then opened by their paths.
    fn open(folder: &Path) -> Option<Directory> {
        use rustix::fs::{Mode, OFlags, open};
        open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok().map(Directory)
    }

    fn file(&self, name: &OsStr) -> std::io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        loop {
            match openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
                Ok(file) => return Ok(File::from(file)),
                Err(error) if error == rustix::io::Errno::INTR => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Windows has no such call.
#[cfg(not(unix))]
struct Directory;

#[cfg(not(unix))]
impl Directory {
    fn open(_: &Path) -> Option<Directory> {
        None
    }

    fn file(&self, name: &OsStr) -> std::io::Result<File> {
        File::open(name)
    }
}

/// One interner for all, in the order of the files.
fn joined(shares: Vec<Share>) -> Result<(Interner, Vec<Migration>), Vec<ReadError>> {
    let mut all = Share::default();
    for (number, (interner, mut migrations, errors)) in shares.into_iter().enumerate() {
        if number == 0 {
            all.0 = interner;
        } else {
            let translation = all.0.absorb(&interner);
            migrations.iter_mut().for_each(|migration| translate(migration, &translation));
        }
        all.1.append(&mut migrations);
        all.2.extend(errors);
    }
    if all.2.is_empty() { Ok((all.0, all.1)) } else { Err(all.2) }
}

fn translate(migration: &mut Migration, translation: &Translation) {
    for name in [&mut migration.name, &mut migration.file] {
        *name = translation.name(*name);
    }
    for operation in &mut migration.operations {
        *operation = translation.operation(operation);
    }
    for name in migration.dependencies.iter_mut().chain(&mut migration.replaces) {
        *name = translation.name(*name);
    }
}
