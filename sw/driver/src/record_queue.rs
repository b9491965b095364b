// SPDX-License-Identifier: Apache-2.0
//! The queues that the IOMMU fills: "Fault/Event-Queue" and
//! "Page-Request-Queue".

use sallyport_formats::Endian;
use sallyport_formats::constants as c;

use crate::Error;
use crate::memory::Memory;
use crate::queue::{Ring, switch_off, switch_on};
use crate::registers::Registers;

/// Records or messages that were lost, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct QueueLoss {
    /// `fqof` or `pqof`: the queue was full.
    pub overflow: bool,
    /// `fqmf` or `pqmf`: the queue's memory could not be written.
    pub memory_fault: bool,
}

/// The registers of such a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    base: (u64, &'static str),
    head: u64,
    tail: u64,
    csr: u64,
    entry_bytes: u64,
}

/// Those of the fault queue.
pub(crate) const FAULTS: Places = Places {
    base: (c::REG_FQB, "fqb"),
    head: c::REG_FQH,
    tail: c::REG_FQT,
    csr: c::REG_FQCSR,
    entry_bytes: c::FQ_ENTRY_BYTES,
};

/// Those of the page-request queue.
pub(crate) const PAGE_REQUESTS: Places = Places {
    base: (c::REG_PQB, "pqb"),
    head: c::REG_PQH,
    tail: c::REG_PQT,
    csr: c::REG_PQCSR,
    entry_bytes: c::PQ_ENTRY_BYTES,
};

/// The bits of both control registers.
const MEMORY_FAULT: u32 = 1 << c::FQCSR_FQMF_BIT;
const OVERFLOW: u32 = 1 << c::FQCSR_FQOF_BIT;
const ENABLES: u32 = 1 << c::FQCSR_FQEN_BIT | 1 << c::FQCSR_FIE_BIT;
const _: () = assert!(
    c::FQCSR_FQMF_BIT == c::PQCSR_PQMF_BIT
        && c::FQCSR_FQOF_BIT == c::PQCSR_PQOF_BIT
        && c::FQCSR_FQEN_BIT == c::PQCSR_PQEN_BIT
        && c::FQCSR_FIE_BIT == c::PQCSR_PIE_BIT
);

/// The driver's side of such a queue.
#[derive(Debug)]
pub(crate) struct RecordQueue {
    places: Places,
    ring: Ring,
    /// Index of the next record to take.
    head: u32,
}

impl RecordQueue {
    pub(crate) async fn start<R: Registers, M: Memory>(
        regs: &mut R,
        mem: &mut M,
        places: Places,
        (log2_entries, endian): (u8, Endian),
        interrupt: bool,
        polls: u32,
    ) -> Result<Self, Error> {
        let (base, bytes) = (places.base, places.entry_bytes);
        let ring = Ring::set_up(regs, mem, base, bytes, log2_entries, endian).await?;
        regs.write32(places.head, 0).await;
        switch_on(regs, places.csr, interrupt, polls).await?;
        Ok(Self {
            places,
            ring,
            head: 0,
        })
    }

    pub(crate) async fn stop<R: Registers, M: Memory>(
        self,
        regs: &mut R,
        mem: &mut M,
        polls: u32,
    ) -> Result<(), Error> {
        switch_off(regs, self.places.csr, polls).await?;
        self.ring.release(mem);
        Ok(())
    }

    /// Takes the oldest record's doublewords.
    pub(crate) async fn next<const N: usize, R: Registers, M: Memory>(
        &mut self,
        regs: &mut R,
        mem: &M,
    ) -> Option<[u64; N]> {
        let tail = regs.read32(self.places.tail).await & (self.ring.entries() - 1);
        if tail == self.head {
            return None;
        }
        let words = self.ring.read(mem, self.head);
        self.head = self.ring.after(self.head, 1);
        regs.write32(self.places.head, self.head).await;
        Some(words)
    }

    /// Tells which error bits are set, and clears them.
    pub(crate) async fn take_loss<R: Registers>(&mut self, regs: &mut R) -> Option<QueueLoss> {
        let csr = regs.read32(self.places.csr).await;
        let errors = csr & (MEMORY_FAULT | OVERFLOW);
        if errors == 0 {
            return None;
        }
        regs.write32(self.places.csr, csr & ENABLES | errors).await;
        Some(QueueLoss {
            overflow: errors & OVERFLOW != 0,
            memory_fault: errors & MEMORY_FAULT != 0,
        })
    }
}
