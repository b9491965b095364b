// SPDX-License-Identifier: Apache-2.0
//! What a test's body may return.

use std::fmt::Display;

/// The result of a test's body: nothing, or a `Result` whose error fails the
/// test.
pub trait Verdict {
    /// Why the test fails, if it does.
    fn problem(self) -> Option<String>;
}

impl Verdict for () {
    fn problem(self) -> Option<String> {
        None
    }
}

impl<V: Verdict, E: Display> Verdict for Result<V, E> {
    fn problem(self) -> Option<String> {
        match self {
            Ok(verdict) => verdict.problem(),
            Err(error) => Some(error.to_string()),
        }
    }
}
