// SPDX-License-Identifier: Apache-2.0
//! Simulated time.

use std::fmt;

/// The number of a clock: rising edges since the start of the simulation.
///
/// What a model drives "in clock t" is what the peer samples at edge t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clock(pub u64);

impl Clock {
    /// The first clock.
    pub const ZERO: Self = Self(0);

    /// The clock `n` later.
    #[must_use]
    pub const fn after(self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// The next clock.
    #[must_use]
    pub const fn next(self) -> Self {
        self.after(1)
    }

    /// Clocks since `earlier`; zero if `earlier` lies in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}
