// SPDX-License-Identifier: Apache-2.0
//! The fault queue ("Fault/Event-Queue").

use sallyport_formats::constants as c;
use sallyport_formats::regs::Fqcsr;
use sallyport_formats::{Endian, FaultRecord};

use crate::Error;
use crate::memory::Memory;
use crate::queue::{Ring, switch_off, switch_on};
use crate::registers::Registers;

/// Records that were lost, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FaultLoss {
    /// `fqof`: the queue was full.
    pub overflow: bool,
    /// `fqmf`: the queue's memory could not be written.
    pub memory_fault: bool,
}

/// The driver's side of the fault queue.
#[derive(Debug)]
pub(crate) struct FaultQueue {
    ring: Ring,
    /// Index of the next record to take, `fqh`.
    head: u32,
}

impl FaultQueue {
    pub(crate) async fn start<R: Registers, M: Memory>(
        regs: &mut R,
        mem: &mut M,
        (log2_entries, endian): (u8, Endian),
        interrupt: bool,
        polls: u32,
    ) -> Result<Self, Error> {
        let register = (c::REG_FQB, "fqb");
        let ring =
            Ring::set_up(regs, mem, register, c::FQ_ENTRY_BYTES, log2_entries, endian).await?;
        regs.write32(c::REG_FQH, 0).await;
        switch_on(regs, c::REG_FQCSR, interrupt, polls).await?;
        Ok(Self { ring, head: 0 })
    }

    pub(crate) async fn stop<R: Registers, M: Memory>(
        self,
        regs: &mut R,
        mem: &mut M,
        polls: u32,
    ) -> Result<(), Error> {
        switch_off(regs, c::REG_FQCSR, polls).await?;
        self.ring.release(mem);
        Ok(())
    }

    pub(crate) async fn next<R: Registers, M: Memory>(
        &mut self,
        regs: &mut R,
        mem: &M,
    ) -> Option<FaultRecord> {
        let tail = regs.read32(c::REG_FQT).await & (self.ring.entries() - 1);
        if tail == self.head {
            return None;
        }
        let record = FaultRecord::parse(self.ring.read(mem, self.head));
        self.head = self.ring.after(self.head, 1);
        regs.write32(c::REG_FQH, self.head).await;
        Some(record)
    }

    pub(crate) async fn take_loss<R: Registers>(&mut self, regs: &mut R) -> Option<FaultLoss> {
        let csr = Fqcsr::parse(regs.read32(c::REG_FQCSR).await);
        if !csr.fqof && !csr.fqmf {
            return None;
        }
        let clear = Fqcsr {
            fqon: false,
            busy: false,
            ..csr
        };
        regs.write32(c::REG_FQCSR, clear.emit()).await;
        Some(FaultLoss {
            overflow: csr.fqof,
            memory_fault: csr.fqmf,
        })
    }
}
