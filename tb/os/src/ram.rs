// SPDX-License-Identifier: Apache-2.0
//! Physical memory and who has which page.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::{Host, Seed};
use sallyport_driver::Memory;
use sallyport_formats::{PAGE_SIZE, Spa};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// The machine's memory: 64 MiB for the system's tables, queues and rings,
/// then 64 MiB of pages.
pub const RAM: Range<Spa> = Spa::new(0x8000_0000)..Spa::new(0x8800_0000);

/// Where the pages begin.
const PAGES: u64 = 0x8400_0000;

/// How the pages of a buffer lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// No two neighbouring pages are neighbours in memory.
    Scattered,
    /// One after the other, as a device without IOMMU needs it.
    Contiguous,
}

#[derive(Debug)]
struct State {
    /// End of the tables' memory that was ever used.
    next: u64,
    /// Blocks that were given back, by size.
    blocks: BTreeMap<u64, Vec<Spa>>,
    /// Bytes of blocks that are in use.
    blocks_used: u64,
    /// Free pages, in the order in which they are given out.
    free: Vec<u64>,
    rng: ChaCha8Rng,
}

/// Physical memory; clones are handles to the same.
///
/// [`Memory`] is implemented for the IOMMU's driver: its tables and queues
/// come from the first half, and buffers from the second.
#[derive(Clone, Debug)]
pub struct Ram {
    host: Host,
    state: Rc<RefCell<State>>,
}

impl Ram {
    /// All memory free, pages in an order that the seed decides.
    #[must_use]
    pub fn new(host: &Host, seed: Seed) -> Self {
        let mut rng = seed.fork("pages").rng();
        let mut free: Vec<u64> = (PAGES / PAGE_SIZE..RAM.end.page_number()).collect();
        for n in (1..free.len()).rev() {
            free.swap(n, rng.random_range(0..=n));
        }
        Self {
            host: host.clone(),
            state: Rc::new(RefCell::new(State {
                next: RAM.start.raw(),
                blocks: BTreeMap::new(),
                blocks_used: 0,
                free,
                rng,
            })),
        }
    }

    /// `count` pages, zeroed; `None` if there are not so many.
    #[must_use]
    pub fn pages(&self, count: u64, policy: Policy) -> Option<Vec<Spa>> {
        let pages: Vec<Spa> = match policy {
            Policy::Scattered => self.state.borrow_mut().scattered(count)?,
            Policy::Contiguous => {
                let bytes = (count * PAGE_SIZE).next_power_of_two();
                let start = self.state.borrow_mut().block(bytes)?;
                (0..count)
                    .map(|n| Spa::new(start.raw() + n * PAGE_SIZE))
                    .collect()
            }
        };
        self.host.with_system(|system| {
            for &page in &pages {
                system.memory_mut().fill(page, PAGE_SIZE, 0);
            }
        });
        Some(pages)
    }

    /// Takes pages back; somebody else may get them at once. Contiguous ones
    /// are kept until the next boot.
    pub fn give_back(&self, pages: &[Spa]) {
        let state = &mut *self.state.borrow_mut();
        for page in pages.iter().filter(|page| page.raw() >= PAGES) {
            let last = state.free.len();
            state.free.push(page.page_number());
            let other = state.rng.random_range(0..=last);
            state.free.swap(last, other);
        }
    }

    /// Bytes that tables and queues of the IOMMU, and contiguous buffers, use.
    #[must_use]
    pub fn block_bytes(&self) -> u64 {
        self.state.borrow().blocks_used
    }
}

impl State {
    fn scattered(&mut self, count: u64) -> Option<Vec<Spa>> {
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

    fn block(&mut self, bytes: u64) -> Option<Spa> {
        let again = self.blocks.get_mut(&bytes).and_then(Vec::pop);
        let block = match again {
            Some(block) => block,
            None => {
                let start = self.next.next_multiple_of(bytes);
                if start + bytes > PAGES {
                    return None;
                }
                self.next = start + bytes;
                Spa::new(start)
            }
        };
        self.blocks_used += bytes;
        Some(block)
    }
}

impl Memory for Ram {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        self.host
            .with_system(|system| system.memory().read(addr, bytes));
    }

    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        self.host.store(addr, bytes);
    }

    fn read32(&self, addr: Spa) -> u32 {
        self.host
            .with_system(|system| system.memory().read_u32(addr))
    }

    fn write32(&mut self, addr: Spa, value: u32) {
        self.host.store(addr, &value.to_le_bytes());
    }

    fn read64(&self, addr: Spa) -> u64 {
        self.host
            .with_system(|system| system.memory().read_u64(addr))
    }

    fn write64(&mut self, addr: Spa, value: u64) {
        self.host.store(addr, &value.to_le_bytes());
    }

    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        let block = self.state.borrow_mut().block(bytes)?;
        self.host
            .with_system(|system| system.memory_mut().fill(block, bytes, 0));
        Some(block)
    }

    fn free(&mut self, addr: Spa, bytes: u64) {
        let state = &mut *self.state.borrow_mut();
        state.blocks_used -= bytes;
        state.blocks.entry(bytes).or_default().push(addr);
    }

    fn barrier(&mut self) {
        // Memory of the bench is coherent, and software's writes are at once.
    }
}
