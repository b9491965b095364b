// SPDX-License-Identifier: Apache-2.0
//! The thread that serves a function's socket.

use super::backend::Backend;
use super::regions::{interrupts, regions};
use crate::Error;
use libc::{c_int, c_void, siginfo_t};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use vfio_user::Server;
use vmm_sys_util::signal::{Killable, SIGRTMIN, register_signal_handler};

/// Looks at a thread that has been asked to end, and the pause between two.
const LOOKS: u32 = 2500;
const PAUSE: Duration = Duration::from_millis(2);

/// A socket with its thread: one client at a time, one after the other.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Broken off when the thread ends.
    alive: Receiver<()>,
}

/// The signal does its work by interrupting a read.
extern "C" fn interrupt(_number: c_int, _info: *mut siginfo_t, _context: *mut c_void) {}

impl Socket {
    /// Listens, and starts the thread.
    ///
    /// # Errors
    /// [`Error::Socket`], [`Error::Thread`].
    pub fn serve(path: &Path, mut backend: Backend) -> Result<Self, Error> {
        let (regions, irqs) = (regions(backend.identity()), interrupts(backend.identity()));
        let server = Server::new(path, true, irqs, regions).map_err(|source| Error::Socket {
            path: path.to_owned(),
            source,
        })?;
        register_signal_handler(SIGRTMIN(), interrupt)
            .map_err(|error| Error::Thread(error.into()))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let name = path.file_name().map(|name| name.to_string_lossy().into());
        let mut builder = thread::Builder::new();
        if let Some(name) = name {
            builder = builder.name(name);
        }
        let (living, alive) = channel();
        let thread = builder.spawn(move || {
            let _living: Sender<()> = living;
            while !stopped.load(Ordering::Acquire) {
                // A client can send what the protocol's crate does not expect: that
                // ends the connection, as an error does, and the next may come.
                let ended = catch_unwind(AssertUnwindSafe(|| server.run(&mut backend)));
                drop(ended);
                backend.release();
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            stop,
            thread: Some(thread),
            alive,
        })
    }

    /// Ends the connection, if there is one, and the thread; the socket is removed.
    ///
    /// # Errors
    /// [`Error::Stuck`] if the thread is busy with a client that takes no answers.
    pub fn stop(&mut self) -> Result<(), Error> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        self.stop.store(true, Ordering::Release);
        // If it waits for a client, here is one that leaves at once.
        drop(UnixStream::connect(&self.path));
        for _ in 0..LOOKS {
            // If it waits for a message, this interrupts the wait. Once may be too
            // early, so it is told until it has heard.
            let _ = thread.kill(SIGRTMIN());
            if self.alive.recv_timeout(PAUSE) == Err(RecvTimeoutError::Disconnected) {
                // What it may have panicked with is no news: clients are caught.
                let _ = thread.join();
                return Ok(());
            }
        }
        Err(Error::Stuck {
            path: self.path.clone(),
        })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
