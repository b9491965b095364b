// SPDX-License-Identifier: Apache-2.0
//! One seed a test, forked by name.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// A seed from which every model derives its own random numbers.
///
/// Forks are named, so the numbers that a model draws depend on the test's
/// seed and on the model's name, but not on which other models exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(u64);

impl Seed {
    /// The seed of a test.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number to print so that the test can be run again.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The seed of the part called `name`.
    #[must_use]
    pub const fn fork(self, name: &str) -> Self {
        // FNV-1a over the name, started from the parent, then a finalizer so
        // that neighbouring parents give unrelated children.
        let mut hash = self.0 ^ 0xcbf2_9ce4_8422_2325;
        let bytes = name.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
            i += 1;
        }
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(hash ^ (hash >> 31))
    }

    /// The seed of part number `n` of several with the same `name`.
    #[must_use]
    pub const fn fork_nth(self, name: &str, n: u64) -> Self {
        let child = self.fork(name);
        Self(child.0 ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).fork("")
    }

    /// A generator that starts from this seed.
    #[must_use]
    pub fn rng(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn forks_differ_by_name_and_number() {
        let seed = Seed::new(1);
        let draw = |s: Seed| s.rng().next_u64();
        assert_eq!(draw(seed.fork("memory")), draw(seed.fork("memory")));
        assert_ne!(draw(seed.fork("memory")), draw(seed.fork("device")));
        assert_ne!(draw(seed.fork("memory")), draw(Seed::new(2).fork("memory")));
        assert_ne!(draw(seed.fork_nth("d", 0)), draw(seed.fork_nth("d", 1)));
    }
}
