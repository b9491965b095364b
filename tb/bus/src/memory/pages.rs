// SPDX-License-Identifier: Apache-2.0
//! Sparse pages.

use std::{cell::Cell, collections::BTreeMap};

/// Bytes a page.
pub(super) const PAGE: usize = 4096;

/// The contents of one page.
pub(super) type Page = [u8; PAGE];

/// Entries of the direct-mapped lookup cache; a power of two.
const CACHED: usize = 64;

/// Pages by number. Pages never go away, so the index of a page is for ever.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    index: BTreeMap<u64, u32>,
    pages: Vec<Box<Page>>,
    /// (page number, index) of recent lookups; no page has number `u64::MAX`.
    recent: [Cell<(u64, u32)>; CACHED],
}

impl Pages {
    pub fn new() -> Self {
        Self {
            index: BTreeMap::new(),
            pages: Vec::new(),
            recent: [const { Cell::new((u64::MAX, 0)) }; CACHED],
        }
    }

    fn find(&self, number: u64) -> Option<usize> {
        let slot = &self.recent[number as usize % CACHED];
        let (known, index) = slot.get();
        if known == number {
            return Some(index as usize);
        }
        let &index = self.index.get(&number)?;
        slot.set((number, index));
        Some(index as usize)
    }

    /// The page, if anything was ever written to it.
    pub fn get(&self, number: u64) -> Option<&Page> {
        self.find(number).map(|i| &*self.pages[i])
    }

    /// The page; it comes into being with zeros.
    pub fn get_mut(&mut self, number: u64) -> &mut Page {
        let i = self.find(number).unwrap_or_else(|| {
            let i = self.pages.len();
            self.pages.push(Box::new([0; PAGE]));
            self.index.insert(number, i as u32);
            i
        });
        &mut self.pages[i]
    }

    /// Pages that exist, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Page)> {
        self.index
            .iter()
            .map(|(&n, &i)| (n, &*self.pages[i as usize]))
    }
}
