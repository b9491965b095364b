// SPDX-License-Identifier: Apache-2.0
//! Why a run failed.

use sallyport_bench::{BenchError, SimError};
use sallyport_bus::Clock;
use std::any::Any;
use std::fmt;

/// What ended a run before its time.
#[derive(Debug)]
pub enum Cause {
    /// The body, or a program that it started, panicked.
    Panic(Box<dyn Any + Send>),
    /// The body returned an error.
    Returned(String),
    /// The time-out, a protocol monitor, an assertion of the RTL.
    Bench(BenchError),
}

impl Cause {
    /// The clock of the failure, where it is not the one in which the run
    /// ended.
    pub fn clock(&self) -> Option<Clock> {
        match self {
            Self::Bench(BenchError::Protocol { violations }) => {
                violations.first().map(|violation| violation.clock)
            }
            Self::Bench(BenchError::Sim(SimError::Assertion { clock, .. })) => Some(Clock(*clock)),
            _ => None,
        }
    }

    /// Whether the run did not come to an end by itself.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Bench(BenchError::Timeout { .. }))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic(payload) => f.write_str(panic_message(payload.as_ref())),
            Self::Returned(problem) => f.write_str(problem),
            Self::Bench(error) => error.fmt(f),
        }
    }
}

/// What the panic said.
fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
