// SPDX-License-Identifier: Apache-2.0
//! Index arithmetic of the in-memory queues ("In-memory queue interface").

use sallyport_formats::constants as c;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{Endian, PAGE_SIZE, Spa};

use crate::Error;
use crate::memory::{Memory, allocate, load, store, word_at};
use crate::registers::Registers;

/// A ring of entries in memory; its indices are kept by whoever owns it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    base: Spa,
    log2_entries: u32,
    entry_bytes: u64,
    allocated: u64,
    endian: Endian,
}

impl Ring {
    /// Finds out how many entries up to `2^log2_wanted` the IOMMU can take,
    /// allocates them and writes the base register. A register that insists on
    /// more entries gets them.
    pub(crate) async fn set_up<R: Registers, M: Memory>(
        regs: &mut R,
        mem: &mut M,
        (register, name): (u64, &'static str),
        entry_bytes: u64,
        log2_wanted: u8,
        endian: Endian,
    ) -> Result<Self, Error> {
        let wanted = log2_wanted.clamp(1, 20) - 1;
        let probe = QueueBase {
            log2sz_minus_1: wanted,
            ppn: 0,
        };
        regs.write64(register, probe.emit()).await;
        let log2sz_minus_1 = QueueBase::parse(regs.read64(register).await).log2sz_minus_1;
        let log2_entries = u32::from(log2sz_minus_1) + 1;
        let allocated = (entry_bytes << log2_entries).max(PAGE_SIZE);
        let base = allocate(mem, allocated)?;
        let value = QueueBase {
            log2sz_minus_1,
            ppn: base.page_number(),
        };
        regs.write64(register, value.emit()).await;
        if regs.read64(register).await != value.emit() {
            mem.free(base, allocated);
            return Err(Error::Address { register: name });
        }
        Ok(Self {
            base,
            log2_entries,
            entry_bytes,
            allocated,
            endian,
        })
    }

    pub(crate) fn release<M: Memory>(self, mem: &mut M) {
        mem.free(self.base, self.allocated);
    }

    /// Number of entries, one more than can be in use.
    pub(crate) const fn entries(&self) -> u32 {
        1 << self.log2_entries
    }

    /// The index `n` after `index`.
    pub(crate) const fn after(&self, index: u32, n: u32) -> u32 {
        index.wrapping_add(n) & (self.entries() - 1)
    }

    /// How far `to` is ahead of `from`.
    pub(crate) const fn distance(&self, from: u32, to: u32) -> u32 {
        to.wrapping_sub(from) & (self.entries() - 1)
    }

    fn word(&self, index: u32, word: usize) -> Spa {
        let entry = u64::from(index) * self.entry_bytes / 8;
        word_at(self.base, entry + word as u64)
    }

    pub(crate) fn write<const N: usize, M: Memory>(
        &self,
        mem: &mut M,
        index: u32,
        words: [u64; N],
    ) {
        for (i, value) in words.into_iter().enumerate() {
            store(mem, self.endian, self.word(index, i), value);
        }
    }

    pub(crate) fn read<const N: usize, M: Memory>(&self, mem: &M, index: u32) -> [u64; N] {
        core::array::from_fn(|i| load(mem, self.endian, self.word(index, i)))
    }
}

/// Switches a queue off and waits until it is; `csr` is any of the three,
/// which have `…on` and `busy` at the same bits.
pub(crate) async fn switch_off<R: Registers>(
    regs: &mut R,
    csr: u64,
    polls: u32,
) -> Result<(), Error> {
    const ACTIVE: u32 = 1 << c::CQCSR_CQON_BIT | 1 << c::CQCSR_BUSY_BIT;
    const _: () = assert!(c::CQCSR_CQON_BIT == c::FQCSR_FQON_BIT);
    const _: () = assert!(c::CQCSR_CQON_BIT == c::PQCSR_PQON_BIT);
    let timeout = Error::Timeout {
        what: "switching a queue off",
    };
    let settled = |value: u32| value >> c::CQCSR_BUSY_BIT & 1 == 0;
    crate::registers::poll32(regs, csr, polls, settled)
        .await
        .ok_or(timeout)?;
    regs.write32(csr, 0).await;
    let idle = |value: u32| value & ACTIVE == 0;
    crate::registers::poll32(regs, csr, polls, idle)
        .await
        .map(drop)
        .ok_or(timeout)
}

/// Switches a queue on, with interrupt enable as told, and waits until it is.
pub(crate) async fn switch_on<R: Registers>(
    regs: &mut R,
    csr: u64,
    interrupt: bool,
    polls: u32,
) -> Result<(), Error> {
    const ENABLE: u32 = 1 << c::CQCSR_CQEN_BIT;
    let value = ENABLE | u32::from(interrupt) << c::CQCSR_CIE_BIT;
    regs.write32(csr, value).await;
    let active =
        |value: u32| value >> c::CQCSR_CQON_BIT & 1 != 0 && value >> c::CQCSR_BUSY_BIT & 1 == 0;
    crate::registers::poll32(regs, csr, polls, active)
        .await
        .map(drop)
        .ok_or(Error::Timeout {
            what: "switching a queue on",
        })
}
