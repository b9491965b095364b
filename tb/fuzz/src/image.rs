// SPDX-License-Identifier: Apache-2.0
//! The memory that a world is built in.

use crate::draw::Draw;
use sallyport_formats::{PAGE_SIZE, Spa};
use std::collections::{BTreeMap, BTreeSet};

/// In which order the bytes of what is in a page lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Lowest first.
    Little,
    /// Doublewords, highest first.
    Big,
    /// Words of four bytes, highest first.
    BigWords,
}

impl Order {
    /// Of tables whose entries have so many bytes.
    pub const fn of(big: bool, bytes: u64) -> Self {
        match (big, bytes) {
            (false, _) => Self::Little,
            (true, 4) => Self::BigWords,
            (true, _) => Self::Big,
        }
    }
}

/// Who reads what is in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// Walks of device directories.
    Devices,
    /// Walks of process directories.
    Processes,
    /// Walks of first-stage page tables.
    FirstStage,
    /// Walks of second-stage page tables.
    SecondStage,
    /// Walks of MSI page tables.
    InterruptFiles,
}

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// How its bytes lie.
    pub order: Order,
    /// Which walks read it, if any do.
    pub reader: Option<Reader>,
}

impl Contents {
    /// What takes care of the order itself, and is no table.
    pub const PLAIN: Self = Self {
        order: Order::Little,
        reader: None,
    };

    /// Tables whose entries have so many bytes.
    pub const fn of(reader: Reader, big: bool, bytes: u64) -> Self {
        Self {
            order: Order::of(big, bytes),
            reader: Some(reader),
        }
    }
}

/// Doublewords by address, as their readers understand them, and the pages that
/// are taken.
#[derive(Debug)]
pub struct Image {
    words: BTreeMap<u64, u64>,
    taken: BTreeSet<u64>,
    orders: BTreeMap<u64, Order>,
    readers: BTreeMap<u64, Reader>,
    ppn_bits: u32,
}

/// Page numbers have at most this many bits.
pub const PPN_BITS: u32 = 44;

impl Image {
    /// Nothing in it; pages have numbers of so many bits.
    pub fn new(ppn_bits: u32) -> Self {
        Self {
            words: BTreeMap::new(),
            taken: BTreeSet::new(),
            orders: BTreeMap::new(),
            readers: BTreeMap::new(),
            ppn_bits,
        }
    }

    /// Bits of page numbers.
    pub const fn ppn_bits(&self) -> u32 {
        self.ppn_bits
    }

    /// The number of the first of `count` new pages, naturally aligned; `count`
    /// is a power of two.
    pub fn pages(&mut self, draw: &mut Draw, count: u64, contents: Contents) -> u64 {
        loop {
            // Low and high memory, and the last page there is.
            let bits = *draw.pick(&[20, 24, 36, PPN_BITS]);
            let first = draw.below(1 << bits.min(self.ppn_bits)) / count * count;
            if first != 0 && self.claim(first, count, contents) {
                return first;
            }
        }
    }

    /// Takes these pages, if nobody has them.
    pub fn claim(&mut self, first: u64, count: u64, contents: Contents) -> bool {
        let pages = first..first + count;
        if self.taken.range(pages.clone()).next().is_some() {
            return false;
        }
        self.taken.extend(pages.clone());
        if contents.order != Order::Little {
            self.orders
                .extend(pages.clone().map(|page| (page, contents.order)));
        }
        if let Some(reader) = contents.reader {
            self.readers.extend(pages.map(|page| (page, reader)));
        }
        true
    }

    /// Who reads the pages that there are tables in, by page number.
    pub fn into_readers(self) -> BTreeMap<u64, Reader> {
        self.readers
    }

    /// The number of a new page.
    pub fn page(&mut self, draw: &mut Draw, contents: Contents) -> u64 {
        self.pages(draw, 1, contents)
    }

    /// A doubleword.
    pub fn get(&self, address: u64) -> u64 {
        self.words.get(&address).copied().unwrap_or(0)
    }

    /// Sets a doubleword.
    pub fn set(&mut self, address: u64, value: u64) {
        self.words.insert(address, value);
    }

    /// An entry of four or eight bytes.
    pub fn entry(&self, address: u64, bytes: u64) -> u64 {
        let word = self.get(address & !7);
        match (bytes, address & 4) {
            (4, 0) => word & 0xffff_ffff,
            (4, _) => word >> 32,
            _ => word,
        }
    }

    /// The doubleword of an entry of four or eight bytes, with that entry as
    /// `value`, and the other as it was at the start.
    pub fn with_entry(&self, address: u64, bytes: u64, value: u64) -> (u64, u64) {
        let at = address & !7;
        let word = self.get(at);
        let value = match (bytes, address & 4) {
            (4, 0) => word >> 32 << 32 | value & 0xffff_ffff,
            (4, _) => word & 0xffff_ffff | value << 32,
            _ => value,
        };
        (at, value)
    }

    /// Sets an entry of four or eight bytes.
    pub fn set_entry(&mut self, address: u64, bytes: u64, value: u64) {
        let (at, value) = self.with_entry(address, bytes, value);
        self.set(at, value);
    }

    /// A doubleword as it lies in memory, lowest address in the lowest byte.
    pub fn stored(&self, address: u64, value: u64) -> (Spa, u64) {
        let order = self.orders.get(&(address / PAGE_SIZE));
        let value = match order {
            None | Some(Order::Little) => value,
            Some(Order::Big) => value.swap_bytes(),
            Some(Order::BigWords) => value.swap_bytes().rotate_left(32),
        };
        (Spa::new(address), value)
    }

    /// All doublewords that are not 0, as they lie in memory.
    pub fn words(&self) -> Vec<(Spa, u64)> {
        let words = self.words.iter().filter(|(_, value)| **value != 0);
        words
            .map(|(&address, &value)| self.stored(address, value))
            .collect()
    }
}
