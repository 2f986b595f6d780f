//! A folder to migrations: list, then read on several threads.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nsmig_core::migration::Migration;
use nsmig_core::name::{File, Interner};

use crate::lower::migration_in;
use crate::parse::Way;
use crate::problem::{Problem, ReadError};
use crate::tree::Tree;

/// With fewer files per thread than this, another thread costs more than it gains.
const FILES_FOR_A_THREAD: usize = 150;

/// This many bytes of files are read before they are parsed: the system's work and ours each keep the processor's
/// caches for a while, instead of evicting each other for every file.
const BYTES_AT_ONCE: usize = 64 * 1024;

/// The name of its migration, and often a name that the migration creates.
const NAMES_OF_A_FILE: usize = 2;

/// A hint for an unreadable file whose name begins with a dot: some systems leave such files next to others, and a
/// listing does not show them.
const HIDDEN: &str = " (a hidden file; if it is not a migration, delete it)";

/// The result of one thread.
type Share = (Interner, Vec<Migration>, Vec<ReadError>);

/// All migrations directly inside a folder: files named `*.yaml`, in the order of their names.
///
/// Results do not depend on `threads`; 0 means as many as the machine has. `interrupted` is asked before each file, on
/// the calling thread only; once it returns true, the only error is the interruption.
///
/// # Errors
/// The folder cannot be listed; or all files that cannot be read, one error for each, in the order of their names.
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
    // Each thread gets a run of neighbours, so that names are numbered as a single thread would number them.
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
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name.as_encoded_bytes().ends_with(File::SUFFIX.as_bytes()) {
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
    let (mut bytes, mut batch, mut room) = (Vec::new(), Vec::new(), Tree::default());
    let directory = Directory::open(folder);
    let shown = folder.join("");
    let shown = shown.to_string_lossy();
    let (folder_name, suffix) = (interner.name(&shown), interner.name(File::SUFFIX));
    let mut unread = files.iter();
    loop {
        let mut filled = 0;
        while filled < BYTES_AT_ONCE
            && !stopped()
            && let Some(file) = unread.next()
        {
            let opened = match &directory {
                Some(directory) => directory.file(file),
                None => fs::File::open(folder.join(file)),
            };
            let place = opened.and_then(|opened| read_bytes(opened, &mut bytes, filled));
            filled = place.as_ref().map_or(filled, |place| place.end);
            batch.push((file, place));
        }
        if batch.is_empty() {
            return (interner, migrations, errors);
        }
        for (file, place) in batch.drain(..) {
            let read = place
                .map_err(|error| Problem::of_file(format!("the file cannot be read: {error}")))
                .and_then(|place| migration_in(&mut room, Way::Fastest, &mut interner, &bytes[place]));
            let name = file.to_string_lossy();
            match read {
                Ok(migration) => {
                    let stem = interner.name(name.strip_suffix(File::SUFFIX).unwrap_or(&name));
                    migrations.push(Migration { file: Some(File { folder: folder_name, stem, suffix }), ..migration });
                }
                Err(problem) => {
                    let mut error = problem.in_file(&format!("{shown}{name}"));
                    if name.starts_with('.') {
                        error.problem += HIDDEN;
                    }
                    errors.push(error);
                }
            }
        }
    }
}

/// Read a whole file into a buffer, starting at this position; return its range.
///
/// Migration files are small, and reading costs system calls: asking for the size first would add a third.
fn read_bytes(mut file: fs::File, buffer: &mut Vec<u8>, start: usize) -> std::io::Result<Range<usize>> {
    let mut end = start;
    loop {
        if buffer.len() - end < 16 * 1024 {
            buffer.resize(2 * buffer.len() + 64 * 1024, 0);
        }
        match file.read(&mut buffer[end..]) {
            Ok(0) => return Ok(start..end),
            Ok(count) => end += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An open folder. Its files are opened by name only, so that the system does not look up the folder each time.
#[cfg(unix)]
struct Directory(std::os::fd::OwnedFd);

#[cfg(unix)]
impl Directory {
    /// None if it cannot be kept open; its files are then opened by their paths.
    fn open(folder: &Path) -> Option<Directory> {
        use rustix::fs::{Mode, OFlags, open};
        open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok().map(Directory)
    }

    fn file(&self, name: &OsStr) -> std::io::Result<fs::File> {
        use rustix::fs::{Mode, OFlags, openat};
        loop {
            // A pipe without a writer counts as an empty file instead of blocking.
            match openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty()) {
                Ok(file) => return Ok(fs::File::from(file)),
                Err(error) if error == rustix::io::Errno::INTR => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Windows has no such call.
#[cfg(not(unix))]
enum Directory {}

#[cfg(not(unix))]
impl Directory {
    fn open(_: &Path) -> Option<Directory> {
        None
    }

    fn file(&self, _: &OsStr) -> std::io::Result<fs::File> {
        match *self {}
    }
}

/// One interner for all, in the order of the files.
fn joined(shares: Vec<Share>) -> Result<(Interner, Vec<Migration>), Vec<ReadError>> {
    let mut shares = shares.into_iter();
    let (mut names, mut migrations, mut errors) = shares.next().unwrap_or_default();
    for (interner, mut more, problems) in shares {
        let translation = names.absorb(&interner);
        more.iter_mut().for_each(|migration| migration.translate(&translation));
        migrations.append(&mut more);
        errors.extend(problems);
    }
    if errors.is_empty() { Ok((names, migrations)) } else { Err(errors) }
}
