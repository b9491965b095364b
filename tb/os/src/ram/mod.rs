// SPDX-License-Identifier: Apache-2.0
//! Physical memory and who has which page.

mod state;
mod view;

use sallyport_bench::{Host, Seed};
use sallyport_driver::Memory;
use sallyport_formats::{PAGE_SIZE, Spa};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use state::State;
pub(crate) use view::View;

/// The machine's memory: 64 MiB for the system's tables, queues and rings,
/// then 64 MiB of pages.
pub const RAM: Range<Spa> = Spa::new(0x8000_0000)..Spa::new(0x8800_0000);

/// How the pages of a buffer lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// No two neighbouring pages are neighbours in memory.
    Scattered,
    /// One after the other, as a device without IOMMU needs it.
    Contiguous,
}

/// Physical memory; clones are handles to the same. In a virtual machine it is
/// guest-physical memory, which the hypervisor's tables lead from.
///
/// [`Memory`] is implemented for the IOMMU's driver: its tables and queues
/// come from the first half, and buffers from the second.
#[derive(Clone, Debug)]
pub struct Ram {
    host: Host,
    range: (Spa, Spa),
    state: Rc<RefCell<State>>,
    view: Option<Rc<View>>,
}

impl Ram {
    /// All memory free, pages in an order that the seed decides.
    #[must_use]
    pub fn new(host: &Host, seed: Seed) -> Self {
        Self::of_range(host, RAM, None, seed)
    }

    /// Memory of these addresses only, as somebody sees it.
    pub(crate) fn of_range(host: &Host, range: Range<Spa>, view: Option<View>, seed: Seed) -> Self {
        Self {
            host: host.clone(),
            range: (range.start, range.end),
            state: Rc::new(RefCell::new(State::new(range, seed))),
            view: view.map(Rc::new),
        }
    }

    /// Its addresses.
    #[must_use]
    pub const fn range(&self) -> Range<Spa> {
        self.range.0..self.range.1
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
        for &page in &pages {
            self.clear(page, PAGE_SIZE);
        }
        Some(pages)
    }

    /// Takes pages back; somebody else may get them at once. Contiguous ones
    /// are kept until the next boot.
    pub fn give_back(&self, pages: &[Spa]) {
        self.state.borrow_mut().give_back(pages);
    }

    /// Bytes that tables and queues of the IOMMU, and contiguous buffers, use.
    #[must_use]
    pub fn block_bytes(&self) -> u64 {
        self.state.borrow().blocks_used()
    }

    /// Where an address is in the machine's memory; `None` for an address that
    /// a virtual machine was not given.
    #[must_use]
    pub fn place(&self, at: Spa) -> Option<Spa> {
        match &self.view {
            None => Some(at),
            Some(view) => view.place(at),
        }
    }

    /// Software reads `len` bytes. Zeroes, where there is no memory.
    #[must_use]
    pub fn load(&self, at: Spa, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.read(at, &mut bytes);
        bytes
    }

    /// Software writes. Nothing happens where there is no memory.
    pub fn store(&self, at: Spa, bytes: &[u8]) {
        let mut rest = bytes;
        for (at, count) in pieces(at, bytes.len()) {
            let (now, later) = rest.split_at(count);
            if let Some(place) = self.place(at) {
                self.host.store(place, now);
            }
            rest = later;
        }
    }

    fn clear(&self, at: Spa, bytes: u64) {
        for (at, count) in pieces(at, bytes as usize) {
            if let Some(place) = self.place(at) {
                self.host
                    .with_system(|system| system.memory_mut().fill(place, count as u64, 0));
            }
        }
    }
}

/// The pieces of a range that lie in one page each.
fn pieces(at: Spa, len: usize) -> impl Iterator<Item = (Spa, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = Spa::new(at.raw().wrapping_add(done as u64));
        let room = (PAGE_SIZE - at.page_offset()) as usize;
        let count = room.min(len - done);
        done += count;
        (count > 0).then_some((at, count))
    })
}

impl Memory for Ram {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        let mut rest = bytes;
        for (at, count) in pieces(addr, rest.len()) {
            let (now, later) = rest.split_at_mut(count);
            match self.place(at) {
                Some(place) => self
                    .host
                    .with_system(|system| system.memory().read(place, now)),
                None => now.fill(0),
            }
            rest = later;
        }
    }

    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        self.store(addr, bytes);
    }

    fn read32(&self, addr: Spa) -> u32 {
        let mut bytes = [0; 4];
        self.read(addr, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn write32(&mut self, addr: Spa, value: u32) {
        self.store(addr, &value.to_le_bytes());
    }

    fn read64(&self, addr: Spa) -> u64 {
        let mut bytes = [0; 8];
        self.read(addr, &mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn write64(&mut self, addr: Spa, value: u64) {
        self.store(addr, &value.to_le_bytes());
    }

    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        let block = self.state.borrow_mut().block(bytes)?;
        self.clear(block, bytes);
        Some(block)
    }

    fn free(&mut self, addr: Spa, bytes: u64) {
        self.state.borrow_mut().give_block_back(addr, bytes);
    }

    fn barrier(&mut self) {
        // Memory of the bench is coherent, and software's writes are at once.
    }
}
