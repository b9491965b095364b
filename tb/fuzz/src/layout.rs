// SPDX-License-Identifier: Apache-2.0
//! How the page tables of a scheme are laid out.

use sallyport_formats::{FirstStage, SecondStage};

/// The layout of a scheme's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Levels.
    pub levels: u32,
    /// Bits of an index, but for the root of a second stage, which has two more.
    pub index_bits: u32,
    /// Bytes of an entry.
    pub bytes: u64,
    /// A second stage.
    pub second: bool,
}

impl From<FirstStage> for Layout {
    fn from(scheme: FirstStage) -> Self {
        Self::new(scheme.levels(), scheme == FirstStage::Sv32, false)
    }
}

impl From<SecondStage> for Layout {
    fn from(scheme: SecondStage) -> Self {
        Self::new(scheme.levels(), scheme == SecondStage::Sv32x4, true)
    }
}

impl Layout {
    const fn new(levels: u32, narrow: bool, second: bool) -> Self {
        let (index_bits, bytes) = if narrow { (10, 4) } else { (9, 8) };
        Self {
            levels,
            index_bits,
            bytes,
            second,
        }
    }

    /// Whether entries have four bytes, without NAPOT and memory types.
    pub const fn is_narrow(self) -> bool {
        self.bytes == 4
    }

    /// Log2 of the bytes that an entry of this level translates.
    pub const fn shift(self, level: u32) -> u32 {
        12 + self.index_bits * level
    }

    /// Bits of an address.
    pub const fn address_bits(self) -> u32 {
        self.shift(self.levels) + if self.second { 2 } else { 0 }
    }

    /// Where the entry for an address lies in its table.
    pub const fn offset(self, address: u64, level: u32) -> u64 {
        let root = self.second && level + 1 == self.levels;
        let bits = self.index_bits + if root { 2 } else { 0 };
        (address >> self.shift(level) & ((1 << bits) - 1)) * self.bytes
    }

    /// The address as devices give it: with its sign, where it has one.
    pub const fn canonical(self, address: u64) -> u64 {
        if self.second || self.is_narrow() {
            return address & ((1 << self.address_bits()) - 1);
        }
        let shift = 64 - self.address_bits();
        ((address << shift) as i64 >> shift) as u64
    }
}
