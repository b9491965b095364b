// SPDX-License-Identifier: Apache-2.0
//! What keeps a run from being made.

use std::io;
use std::path::PathBuf;

/// A run that could not be made; one that went wrong is not an error, but judged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that `make linux` fetches or builds is not there.
    #[error("{} is missing: `make linux` fetches and builds it", path.display())]
    Missing {
        /// What is missing.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// QEMU did not write a device tree.
    #[error("QEMU wrote no device tree: {0}")]
    DeviceTree(String),
    /// The IOMMU cannot be served.
    #[error(transparent)]
    Server(#[from] sallyport_vfio::Error),
    /// Somebody wants the run to end.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// For `map_err`: what failed with this file.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
