// SPDX-License-Identifier: Apache-2.0
//! How a command ends.

use std::process::ExitCode;

/// The exit status, which tells the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All went well.
    Good,
    /// Something that was tested is wrong.
    Bad,
    /// The command could not do what it was asked.
    Unusable,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Good => 0,
            Status::Bad => 1,
            Status::Unusable => 2,
        })
    }
}
