// SPDX-License-Identifier: Apache-2.0
//! Which memory is free.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::Seed;
use sallyport_formats::{PAGE_SIZE, Spa};
use std::collections::BTreeMap;
use std::ops::Range;

/// The first half of a range is given out in blocks, the second by the page.
#[derive(Debug)]
pub(super) struct State {
    /// End of the tables' memory that was ever used.
    next: u64,
    /// Where the pages begin.
    pages: u64,
    /// Blocks that were given back, by size.
    blocks: BTreeMap<u64, Vec<Spa>>,
    /// Bytes of blocks that are in use.
    blocks_used: u64,
    /// Free pages, in the order in which they are given out.
    free: Vec<u64>,
    rng: ChaCha8Rng,
}

impl State {
    pub fn new(range: Range<Spa>, seed: Seed) -> Self {
        let (start, end) = (range.start.raw(), range.end.raw());
        let pages = start + (end - start) / 2;
        let mut rng = seed.fork("pages").rng();
        let mut free: Vec<u64> = (pages / PAGE_SIZE..end / PAGE_SIZE).collect();
        for n in (1..free.len()).rev() {
            free.swap(n, rng.random_range(0..=n));
        }
        Self {
            next: start,
            pages,
            blocks: BTreeMap::new(),
            blocks_used: 0,
            free,
            rng,
        }
    }

    pub const fn blocks_used(&self) -> u64 {
        self.blocks_used
    }

    /// Pages of which no two neighbours are neighbours.
    pub fn scattered(&mut self, count: u64) -> Option<Vec<Spa>> {
        if (self.free.len() as u64) < count {
            return None;
        }
        let mut pages: Vec<Spa> = Vec::new();
        for _ in 0..count {
            let before = pages.last().map(|page| page.page_number());
            let apart = |page: &u64| before.is_none_or(|before| page.abs_diff(before) > 1);
            let at = self.free.iter().rposition(apart)?;
            let page = self.free.remove(at);
            pages.extend(Spa::from_page_number(page));
        }
        Some(pages)
    }

    /// Takes pages back that lie among the pages.
    pub fn give_back(&mut self, pages: &[Spa]) {
        for page in pages.iter().filter(|page| page.raw() >= self.pages) {
            let last = self.free.len();
            self.free.push(page.page_number());
            let other = self.rng.random_range(0..=last);
            self.free.swap(last, other);
        }
    }

    /// A block, aligned to its size.
    pub fn block(&mut self, bytes: u64) -> Option<Spa> {
        let again = self.blocks.get_mut(&bytes).and_then(Vec::pop);
        let block = match again {
            Some(block) => block,
            None => {
                let start = self.next.next_multiple_of(bytes);
                if start + bytes > self.pages {
                    return None;
                }
                self.next = start + bytes;
                Spa::new(start)
            }
        };
        self.blocks_used += bytes;
        Some(block)
    }

    pub fn give_block_back(&mut self, at: Spa, bytes: u64) {
        self.blocks_used -= bytes;
        self.blocks.entry(bytes).or_default().push(at);
    }
}
