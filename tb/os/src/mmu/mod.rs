// SPDX-License-Identifier: Apache-2.0
//! A processor's memory management unit, in software.
//!
//! Programs reach memory through it as devices do through the IOMMU: it walks
//! the very page tables that the IOMMU walks, with code of its own, and keeps
//! what it found in a small TLB until it is told to forget.

mod tlb;
mod walk;

use std::cell::{Cell, RefCell};

use sallyport_formats::{Cause, FirstStage, Iova, PAGE_SIZE, Pscid, Spa};

use crate::ram::Ram;
use tlb::{Entry, Tlb};

/// What `satp` holds: whose addresses are translated, and where the root of
/// the page table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Satp {
    /// The address space, which entries of the TLB are kept apart by.
    pub asid: Pscid,
    /// The scheme: Sv39, Sv48 or Sv57.
    pub scheme: FirstStage,
    /// The root page.
    pub root: Spa,
}

/// A load or store of a program that was not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} at {at}", if *store { "store page fault" } else { "load page fault" })]
pub struct PageFault {
    /// The address.
    pub at: Iova,
    /// Whether it is a store.
    pub store: bool,
}

impl PageFault {
    /// The exception's code, which is the cause of a device's fault as well.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        if self.store {
            Cause::WritePageFault
        } else {
            Cause::ReadPageFault
        }
    }
}

/// What an [`Mmu`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MmuCounters {
    /// Translations out of the TLB.
    pub hits: u64,
    /// Walks of a page table.
    pub walks: u64,
    /// Entries read by these.
    pub reads: u64,
}

/// A memory management unit with a TLB of eight pages.
///
/// ```
/// use sallyport_bench::{Bench, Build, Seed, SystemConfig};
/// use sallyport_formats::DeviceId;
/// use sallyport_os::{Mmu, Os, OsConfig};
///
/// let mut bench = Bench::new(&SystemConfig::new(Build::Full, Seed::new(1)))?;
/// bench.run(100_000, async |host| {
///     let os = Os::boot(&host, OsConfig::default()).await.unwrap();
///     let space = os.attach(DeviceId::from(0x100)).await.unwrap();
///     let buffer = space.allocate(0x2000).await.unwrap();
///     let (mmu, satp) = (Mmu::new(&os), space.satp().unwrap());
///     mmu.store(&satp, buffer.at(0xffe), b"both").unwrap();
///     assert_eq!(os.read(&buffer, 0xffe, 4), b"both");
///     assert!(mmu.load(&satp, buffer.at(0x2000), 1).is_err());
/// })?;
/// # Ok::<(), sallyport_bench::BenchError>(())
/// ```
#[derive(Debug)]
pub struct Mmu {
    ram: Ram,
    tlb: RefCell<Tlb>,
    counters: Cell<MmuCounters>,
}

impl Mmu {
    /// The unit of a processor of this system, with nothing in its TLB.
    #[must_use]
    pub fn new(os: &crate::Os) -> Self {
        Self {
            ram: os.ram().clone(),
            tlb: RefCell::default(),
            counters: Cell::default(),
        }
    }

    /// A user's program loads `len` bytes.
    ///
    /// # Errors
    /// [`PageFault`] names the first address that is not allowed.
    pub fn load(&self, satp: &Satp, at: Iova, len: usize) -> Result<Vec<u8>, PageFault> {
        let mut bytes = Vec::with_capacity(len);
        for (at, count) in pieces(at, len) {
            let place = self.translate(satp, at, false)?;
            bytes.extend(self.ram.load(place, count));
        }
        Ok(bytes)
    }

    /// A user's program stores `bytes`.
    ///
    /// # Errors
    /// [`PageFault`] names the first address that is not allowed; what lies
    /// before it was stored.
    pub fn store(&self, satp: &Satp, at: Iova, bytes: &[u8]) -> Result<(), PageFault> {
        let mut rest = bytes;
        for (at, count) in pieces(at, bytes.len()) {
            let place = self.translate(satp, at, true)?;
            let (now, later) = rest.split_at(count);
            self.ram.store(place, now);
            rest = later;
        }
        Ok(())
    }

    /// Where an address is in memory, for a load or a store.
    ///
    /// # Errors
    /// [`PageFault`].
    pub fn translate(&self, satp: &Satp, at: Iova, store: bool) -> Result<Spa, PageFault> {
        let mut counters = self.counters.get();
        let known = self.tlb.borrow().find(satp.asid, at.page_number(), store);
        let page = if let Some(page) = known {
            counters.hits += 1;
            page
        } else {
            counters.walks += 1;
            let found = walk::walk(&self.ram, satp, at, store, &mut counters.reads);
            self.counters.set(counters);
            let found = found.ok_or(PageFault { at, store })?;
            self.tlb.borrow_mut().keep(Entry {
                asid: satp.asid,
                virtual_page: at.page_number(),
                page: found.page,
                writable: found.writable,
            });
            found.page
        };
        self.counters.set(counters);
        Ok(Spa::new(page.raw() | at.page_offset()))
    }

    /// Forgets what it knows of an address space (SFENCE.VMA).
    pub fn fence(&self, asid: Pscid) {
        self.tlb.borrow_mut().forget(asid);
    }

    /// What it did so far.
    #[must_use]
    pub fn counters(&self) -> MmuCounters {
        self.counters.get()
    }
}

/// The pieces of a range that lie in one page each.
fn pieces(at: Iova, len: usize) -> impl Iterator<Item = (Iova, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = Iova::new(at.raw().wrapping_add(done as u64));
        let room = (PAGE_SIZE - at.page_offset()) as usize;
        let count = room.min(len - done);
        done += count;
        (count > 0).then_some((at, count))
    })
}
