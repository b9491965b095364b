// SPDX-License-Identifier: Apache-2.0
//! Drawing lots.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bus::Seed;

/// A source of random choices.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// From a seed.
    pub fn new(seed: Seed) -> Self {
        Self(seed.rng())
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    /// True `percent` times of 100.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the elements; there must be one.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// An index, by weights.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (n, weight) in weights.iter().enumerate() {
            if at < *weight {
                return n;
            }
            at -= weight;
        }
        0
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.random()
    }
}
