// SPDX-License-Identifier: Apache-2.0
//! A clock on the wall: it ends a run that does not end, and says how long one took.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a guest that hangs is noticed by the time that it takes"
)]

use std::time::{Duration, Instant};

/// A clock that is running.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it was started.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Lets a little of it pass, 10 ms.
    pub fn pause(self) {
        std::thread::sleep(Duration::from_millis(10));
    }
}
