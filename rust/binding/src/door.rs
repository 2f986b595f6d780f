//! The single entrance for slow calls: without the GIL, and responsive to Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use pyo3::prelude::*;

/// The longest time that Ctrl-C may go unnoticed.
const PATIENCE: Duration = Duration::from_millis(50);

/// Fewer operations or migrations than this take less than [`PATIENCE`], whatever is done with them.
const BRIEF: usize = 10_000;

/// Run `work` on `amount` operations and migrations, in a separate thread if it may take long.
pub fn without_gil<T: Send>(py: Python<'_>, amount: usize, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    if amount <= BRIEF { Ok(py.detach(work)) } else { in_thread(py, |_| work()) }
}

/// Run `work` in a separate thread. Its argument says when to give up; the result is then dropped.
pub fn in_thread<T: Send>(py: Python<'_>, work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> T + Send) -> PyResult<T> {
    let interrupted = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (send, receive) = channel();
        let flag = &interrupted;
        let worker = scope.spawn(move || {
            let result = work(&|| flag.load(Ordering::Relaxed));
            let _ = send.send(()); // the receiver may have left on Ctrl-C
            result
        });
        let mut receive = receive;
        loop {
            let (waited, back) = py.detach(move || (receive.recv_timeout(PATIENCE), receive));
            receive = back;
            if let Err(RecvTimeoutError::Timeout) = waited {
                py.check_signals().inspect_err(|_| interrupted.store(true, Ordering::Relaxed))?;
            } else {
                return Ok(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
        }
    })
}
