// SPDX-License-Identifier: Apache-2.0
//! The memory that a world is built in.

use crate::draw::Draw;
use sallyport_formats::Spa;
use std::collections::{BTreeMap, BTreeSet};

/// Doublewords by address, and the pages that are taken.
#[derive(Debug, Default)]
pub struct Image {
    words: BTreeMap<u64, u64>,
    taken: BTreeSet<u64>,
}

/// Page numbers have this many bits.
pub const PPN_BITS: u32 = 44;

impl Image {
    /// The number of the first of `count` new pages, naturally aligned; `count`
    /// is a power of two.
    pub fn pages(&mut self, draw: &mut Draw, count: u64) -> u64 {
        loop {
            // Low and high memory, and the last page there is.
            let bits = *draw.pick(&[20, 24, 36, PPN_BITS]);
            let first = draw.below(1 << bits) / count * count;
            if first != 0 && self.taken.range(first..first + count).next().is_none() {
                self.taken.extend(first..first + count);
                return first;
            }
        }
    }

    /// The number of a new page.
    pub fn page(&mut self, draw: &mut Draw) -> u64 {
        self.pages(draw, 1)
    }

    /// A doubleword.
    pub fn get(&self, address: u64) -> u64 {
        self.words.get(&address).copied().unwrap_or(0)
    }

    /// Sets a doubleword.
    pub fn set(&mut self, address: u64, value: u64) {
        self.words.insert(address, value);
    }

    /// All doublewords that are not 0.
    pub fn words(&self) -> Vec<(Spa, u64)> {
        let words = self.words.iter().filter(|(_, value)| **value != 0);
        words
            .map(|(&address, &value)| (Spa::new(address), value))
            .collect()
    }
}
