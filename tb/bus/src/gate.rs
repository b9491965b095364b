// SPDX-License-Identifier: Apache-2.0
//! Back-pressure as a pattern of open and closed periods.

use crate::Clock;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// An inclusive range of clocks to draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
}

impl Span {
    /// Always `clocks`.
    #[must_use]
    pub const fn exactly(clocks: u32) -> Self {
        Self {
            min: clocks,
            max: clocks,
        }
    }

    /// From `min` to `max`, both included.
    #[must_use]
    pub const fn new(min: u32, max: u32) -> Self {
        Self { min, max }
    }

    /// Draws a number; draws nothing from `rng` if there is no choice.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> u32 {
        if self.min >= self.max {
            self.min
        } else {
            rng.random_range(self.min..=self.max)
        }
    }
}

/// How long a channel is open and closed in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Length of an open period; a maximum of zero means never open.
    pub open: Span,
    /// Length of a closed period; a maximum of zero means always open.
    pub closed: Span,
}

impl Pattern {
    /// No back-pressure.
    pub const OPEN: Self = Self {
        open: Span::exactly(1),
        closed: Span::exactly(0),
    };

    /// Nothing passes.
    pub const CLOSED: Self = Self {
        open: Span::exactly(0),
        closed: Span::exactly(1),
    };

    /// Open and closed for up to the given numbers of clocks.
    #[must_use]
    pub const fn up_to(open: u32, closed: u32) -> Self {
        Self {
            open: Span::new(1, open),
            closed: Span::new(0, closed),
        }
    }
}

/// A [`Pattern`] in time.
///
/// Random numbers are drawn once a period and not once a clock.
#[derive(Clone, Debug)]
pub struct Gate {
    pattern: Pattern,
    open: bool,
    until: Clock,
}

impl Gate {
    /// A gate that starts with an open period at clock zero.
    #[must_use]
    pub const fn new(pattern: Pattern) -> Self {
        Self {
            pattern,
            open: false,
            until: Clock::ZERO,
        }
    }

    /// Changes the pattern; the period that runs is cut short.
    pub fn set(&mut self, pattern: Pattern) {
        *self = Self::new(pattern);
    }

    /// Whether the gate is open in clock `at`.
    pub fn is_open(&mut self, at: Clock, rng: &mut ChaCha8Rng) -> bool {
        if self.pattern.closed.max == 0 {
            return true;
        }
        if self.pattern.open.max == 0 {
            return false;
        }
        if at >= self.until {
            self.open = !self.open;
            let span = if self.open {
                self.pattern.open
            } else {
                self.pattern.closed
            };
            let mut length = span.draw(rng);
            if length == 0 {
                // A period of no clocks: the other kind goes on.
                self.open = !self.open;
                length = 1;
            }
            self.until = at.after(u64::from(length));
        }
        self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn a_pattern_opens_and_closes() {
        let mut rng = Seed::new(3).rng();
        let count = |pattern, rng: &mut ChaCha8Rng| {
            let mut gate = Gate::new(pattern);
            (0..1000).filter(|&t| gate.is_open(Clock(t), rng)).count()
        };
        assert_eq!(count(Pattern::OPEN, &mut rng), 1000);
        assert_eq!(count(Pattern::CLOSED, &mut rng), 0);
        let exact = Pattern {
            open: Span::exactly(1),
            closed: Span::exactly(3),
        };
        assert_eq!(count(exact, &mut rng), 250);
        let mixed = count(Pattern::up_to(4, 4), &mut rng);
        assert!((300..800).contains(&mixed), "{mixed}");
    }
}
