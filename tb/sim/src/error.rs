// SPDX-License-Identifier: Apache-2.0
//! What can go wrong.

use std::io;
use std::path::PathBuf;

use crate::Build;

/// A model could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The build script was told to leave this model out.
    #[error(
        "this program was compiled without {module} in build {build}: SALLYPORT_MODELS left it out"
    )]
    NotBuilt {
        /// The top.
        module: &'static str,
        /// The build.
        build: Build,
    },
    /// An assertion in the RTL failed. The model is of no more use.
    #[error("clock {clock}: an assertion of the RTL failed: {message}")]
    Assertion {
        /// Clocks that the model had run before.
        clock: u64,
        /// What the RTL says, with file and line.
        message: String,
    },
    /// The waveform cannot be written.
    #[error("cannot write the waveform {}: {source}", path.display())]
    Waveform {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
