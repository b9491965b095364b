// SPDX-License-Identifier: Apache-2.0
//! Entries of page tables, and what software or a fault of software makes of
//! them.

use crate::draw::Draw;
use crate::image::Image;
use crate::layout::Layout;
use sallyport_formats::constants as c;

pub const V: u64 = 1 << c::PTE_V_BIT;
pub const R: u64 = 1 << c::PTE_R_BIT;
pub const W: u64 = 1 << c::PTE_W_BIT;
pub const X: u64 = 1 << c::PTE_X_BIT;
pub const U: u64 = 1 << c::PTE_U_BIT;
pub const G: u64 = 1 << c::PTE_G_BIT;
pub const A: u64 = 1 << c::PTE_A_BIT;
pub const D: u64 = 1 << c::PTE_D_BIT;
pub const N: u64 = 1 << c::PTE_N_BIT;

/// An entry of a page table that may be changed while traffic runs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it lies: sixteen places in a NAPOT range, otherwise one.
    pub places: Vec<u64>,
    /// The layout of its table.
    pub layout: Layout,
    /// Its level.
    pub level: u32,
    /// The first address that it translates.
    pub first: u64,
    /// Bytes that it translates.
    pub size: u64,
    /// What it is at the start.
    pub value: u64,
    /// All address spaces have it in common, so that it may be global.
    pub shared: bool,
    /// An offset at which there is something behind it, if there is anywhere.
    pub hint: u64,
}

impl Entry {
    /// A pointer, at the start.
    pub const fn is_pointer(&self) -> bool {
        self.value & (R | W | X) == 0 && self.value & V != 0
    }

    /// Whether this is a pointer on the way to the address.
    pub const fn leads_to(&self, address: u64) -> bool {
        self.is_pointer() && address.wrapping_sub(self.first) < self.size
    }

    /// The doublewords that make it `value`, as they lie in memory.
    pub fn stores(&self, image: &Image, value: u64) -> Vec<(sallyport_formats::Spa, u64)> {
        let bytes = self.layout.bytes;
        let word = |place: &u64| {
            let (at, word) = image.with_entry(*place, bytes, value);
            image.stored(at, word)
        };
        self.places.iter().map(word).collect()
    }
}

/// What no entry may have at this level.
pub fn broken_bits(draw: &mut Draw, layout: Layout, level: u32) -> u64 {
    let misaligned = level > 0;
    if layout.is_narrow() {
        // The lowest bits of a superpage, or W without R.
        return if misaligned {
            1 << (10 + draw.below(10))
        } else {
            W
        };
    }
    match draw.below(5) {
        0 => 1 << (54 + draw.below(7)),
        1 => 3 << c::PTE_PBMT_LSB,
        2 if misaligned => N,
        3 if misaligned => 1 << (10 + draw.below(9 * u64::from(level))),
        _ => 1 << 60,
    }
}
