// SPDX-License-Identifier: Apache-2.0
//! What can go wrong.

use sallyport_bench::{BenchError, SimError};
use std::io;
use std::path::PathBuf;

/// A server that cannot start, or that did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A socket cannot be made.
    #[error(
        "cannot listen on {}: {source}; remove what is there or name another path, in a folder \
         that can be written, of at most 107 bytes", path.display()
    )]
    Socket {
        /// The path.
        path: PathBuf,
        /// Why.
        source: vfio_user::Error,
    },
    /// The model cannot be made.
    #[error("cannot start the simulation: {0}; was the build compiled in (SALLYPORT_MODELS)?")]
    Model(#[from] SimError),
    /// The log cannot be written.
    #[error("cannot write the log {}: {message}; is there room on the disk?", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The disk is of a size that it cannot have.
    #[error("a disk of {bytes} bytes: give a multiple of 512, from 4096 bytes up to 4 GiB")]
    Disk {
        /// The bytes asked for.
        bytes: u64,
    },
    /// The simulation found a breach of a bus protocol, or an assertion failed.
    #[error("the simulation failed: {0}; the log and a waveform tell what led to it")]
    Simulation(#[from] BenchError),
    /// The simulation panicked.
    #[error("the simulation ended early: {message}; the log and a waveform tell what led to it")]
    Crashed {
        /// What it said.
        message: String,
    },
    /// The simulation takes no more requests.
    #[error("the simulation has ended; stop the server to learn why")]
    Ended,
    /// The operating system has no room for a thread or a signal.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// A thread did not end.
    #[error("the thread of {} does not end: end its client first", path.display())]
    Stuck {
        /// The socket that it serves.
        path: PathBuf,
    },
}
