// SPDX-License-Identifier: Apache-2.0
//! What device and process directories have in common: tables of one page,
//! down to a leaf table of contexts.

use sallyport_formats::directory::DirectoryEntry;
use sallyport_formats::{Endian, PAGE_SIZE, Spa};

use crate::Error;
use crate::memory::{Memory, allocate, load, store, word_at};

/// The tables of a directory of one to three levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    pub root: Spa,
    pub levels: u32,
    pub endian: Endian,
    /// Doublewords of a context.
    pub context_words: u64,
}

impl Tables {
    /// An empty directory.
    pub fn new<M: Memory>(
        mem: &mut M,
        levels: u32,
        endian: Endian,
        context_words: u64,
    ) -> Result<Self, Error> {
        Ok(Self {
            root: allocate(mem, PAGE_SIZE)?,
            levels: levels.clamp(1, 3),
            endian,
            context_words,
        })
    }

    fn entry<M: Memory>(&self, mem: &M, at: Spa) -> Option<Spa> {
        let entry = DirectoryEntry::parse(load(mem, self.endian, at));
        entry.v.then_some(Spa::new(entry.ppn << 12))
    }

    /// Where the context lies whose indices these are, leaf first, if the
    /// tables down to it exist.
    pub fn slot<M: Memory>(&self, mem: &M, index: [u16; 3]) -> Option<Spa> {
        let mut table = self.root;
        for level in (1..self.levels as usize).rev() {
            table = self.entry(mem, word_at(table, index[level].into()))?;
        }
        Some(word_at(table, u64::from(index[0]) * self.context_words))
    }

    /// The same, with the tables that lead to it.
    pub fn slot_or_new<M: Memory>(&self, mem: &mut M, index: [u16; 3]) -> Result<Spa, Error> {
        let mut table = self.root;
        for level in (1..self.levels as usize).rev() {
            let at = word_at(table, index[level].into());
            table = match self.entry(mem, at) {
                Some(next) => next,
                None => {
                    let next = allocate(mem, PAGE_SIZE)?;
                    // The IOMMU must not see the entry before the zeroes below it.
                    mem.barrier();
                    let entry = DirectoryEntry::pointing_to(next);
                    store(mem, self.endian, at, entry.emit());
                    next
                }
            };
        }
        Ok(word_at(table, u64::from(index[0]) * self.context_words))
    }

    /// Writes the doublewords of a context. The first, which holds V, is
    /// cleared first if it was set and written last, so that the IOMMU never
    /// reads a mixture as valid.
    pub fn write<M: Memory>(&self, mem: &mut M, slot: Spa, was_valid: bool, words: &[u64]) {
        if was_valid {
            store(mem, self.endian, slot, 0);
            mem.barrier();
        }
        for (i, &word) in (0..).zip(words).skip(1) {
            store(mem, self.endian, word_at(slot, i), word);
        }
        mem.barrier();
        store(mem, self.endian, slot, words[0]);
        mem.barrier();
    }

    /// Clears the first doubleword of a context.
    pub fn clear<M: Memory>(&self, mem: &mut M, slot: Spa) {
        store(mem, self.endian, slot, 0);
        mem.barrier();
    }

    /// Frees all tables.
    pub fn free<M: Memory>(self, mem: &mut M) {
        self.free_table(mem, self.root, self.levels);
    }

    fn free_table<M: Memory>(&self, mem: &mut M, table: Spa, levels: u32) {
        if levels > 1 {
            for index in 0..PAGE_SIZE / 8 {
                if let Some(next) = self.entry(mem, word_at(table, index)) {
                    self.free_table(mem, next, levels - 1);
                }
            }
        }
        mem.free(table, PAGE_SIZE);
    }
}
