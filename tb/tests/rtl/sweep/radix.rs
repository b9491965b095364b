// SPDX-License-Identifier: Apache-2.0
//! Page tables of any scheme, written one way at a time.

use crate::support::{Machine, Rig};
use sallyport_bus::{Attributes, Resp};
use sallyport_cross::{Level, Mode};
use sallyport_formats::{Pte, Spa};

/// The root of a page table of a scheme of either stage.
#[derive(Clone, Copy, Debug)]
pub struct Radix {
    pub mode: Mode,
    pub root: Spa,
}

impl Radix {
    /// An empty table.
    pub fn new<M: Machine>(rig: &mut Rig<M>, mode: Mode) -> Self {
        // The second stage's roots have four pages; one more does no harm to others.
        let root = rig.pages(4);
        Self { mode, root }
    }

    fn is_narrow(self) -> bool {
        self.mode.page_levels() == 2
    }

    fn is_second(self) -> bool {
        matches!(
            self.mode,
            Mode::Sv32x4 | Mode::Sv39x4 | Mode::Sv48x4 | Mode::Sv57x4
        )
    }

    /// Bits of an address.
    pub fn bits(self) -> u32 {
        let bits = if self.is_narrow() {
            32
        } else {
            12 + 9 * self.mode.page_levels()
        };
        bits + if self.is_second() { 2 } else { 0 }
    }

    /// Log2 of the bytes of a page.
    pub fn shift(self, level: Level) -> u32 {
        let at = level.page_level().expect("it is a page");
        if level == Level::Page64K {
            16
        } else {
            12 + if self.is_narrow() { 10 } else { 9 } * at
        }
    }

    fn slot(self, table: u64, address: u64, at: u32) -> Spa {
        let (bits, bytes) = if self.is_narrow() { (10, 4) } else { (9, 8) };
        let top = at + 1 == self.mode.page_levels();
        let more = if top && self.is_second() { 2 } else { 0 };
        let index = address >> (12 + bits * at) & ((1 << (bits + more)) - 1);
        Spa::new(table + bytes * index)
    }

    fn read<M: Machine>(self, rig: &Rig<M>, slot: Spa) -> u64 {
        let mut bytes = [0; 8];
        let count = if self.is_narrow() { 4 } else { 8 };
        rig.machine.memory().read(slot, &mut bytes[..count]);
        u64::from_le_bytes(bytes)
    }

    fn write<M: Machine>(self, rig: &mut Rig<M>, slot: Spa, value: u64) {
        let count = if self.is_narrow() { 4 } else { 8 };
        let bytes = value.to_le_bytes();
        rig.machine.memory_mut().write(slot, &bytes[..count]);
    }

    /// Writes the leaf for `address`, and gives its place; makes the tables
    /// above it. In a NAPOT range it is the only entry of the sixteen.
    pub fn set<M: Machine>(self, rig: &mut Rig<M>, address: u64, level: Level, leaf: Pte) -> Spa {
        let at = level.page_level().expect("it is a page");
        let mut table = self.root.raw();
        for upper in (at + 1..self.mode.page_levels()).rev() {
            let slot = self.slot(table, address, upper);
            let pointer = self.read(rig, slot);
            table = if pointer & 1 == 1 {
                pointer >> 10 << 12
            } else {
                let next = rig.pages(1);
                self.write(rig, slot, next.page_number() << 10 | 1);
                next.raw()
            };
        }
        let slot = self.slot(table, address, at);
        let napot = level == Level::Page64K;
        let leaf = Pte {
            n: napot,
            ppn: leaf.ppn | if napot { 8 } else { 0 },
            ..leaf
        };
        self.write(rig, slot, leaf.emit());
        slot
    }
}

/// The start of the page of this size around an address.
pub fn page(address: u64, shift: u32) -> u64 {
    address >> shift << shift
}

/// What memory does to an entry.
pub fn spoil<M: Machine>(rig: &mut Rig<M>, entry: Spa, bytes: u64, how: Attributes) {
    let start = entry.raw() & !7;
    let range = Spa::new(start)..Spa::new(start + bytes);
    rig.machine.memory_mut().set_attributes(range, how);
}

/// Memory that refuses everything.
pub fn refusing() -> Attributes {
    Attributes::error(Resp::SlvErr)
}
