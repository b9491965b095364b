// SPDX-License-Identifier: Apache-2.0
//! The command queue ("Command-Queue").

use sallyport_formats::Command;
use sallyport_formats::Endian;
use sallyport_formats::command::Fence;
use sallyport_formats::constants as c;
use sallyport_formats::regs::Cqcsr;

use crate::memory::Memory;
use crate::queue::{Ring, switch_off, switch_on};
use crate::registers::Registers;
use crate::{CommandError, Error};

/// Names an IOFENCE.C in the command queue, see
/// [`Iommu::completed`](crate::Iommu::completed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use = "nothing is known to be done before the ticket is completed"]
pub struct Ticket(u64);

/// What to do with the command at which the queue stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Execute it again: after a time-out, or a memory fault that is mended.
    Retry,
    /// Put an IOFENCE.C without effect in its place. Its work is not done; a
    /// ticket for it completes all the same.
    Skip,
}

/// The driver's side of the command queue.
#[derive(Debug)]
pub(crate) struct CommandQueue {
    ring: Ring,
    /// Index of the next command to queue, `cqt`.
    tail: u32,
    /// `cqh` when last read.
    head: u32,
    /// Commands queued since the start.
    queued: u64,
    /// Commands that `head` has passed since the start.
    passed: u64,
}

impl CommandQueue {
    pub(crate) async fn start<R: Registers, M: Memory>(
        regs: &mut R,
        mem: &mut M,
        (log2_entries, endian): (u8, Endian),
        interrupt: bool,
        polls: u32,
    ) -> Result<Self, Error> {
        let register = (c::REG_CQB, "cqb");
        let ring =
            Ring::set_up(regs, mem, register, c::CQ_ENTRY_BYTES, log2_entries, endian).await?;
        regs.write32(c::REG_CQT, 0).await;
        switch_on(regs, c::REG_CQCSR, interrupt, polls).await?;
        Ok(Self {
            ring,
            tail: 0,
            head: 0,
            queued: 0,
            passed: 0,
        })
    }

    pub(crate) async fn stop<R: Registers, M: Memory>(
        self,
        regs: &mut R,
        mem: &mut M,
        polls: u32,
    ) -> Result<(), Error> {
        switch_off(regs, c::REG_CQCSR, polls).await?;
        self.ring.release(mem);
        Ok(())
    }

    /// Reads `cqh` and counts how far it has come.
    async fn refresh<R: Registers>(&mut self, regs: &mut R) {
        let head = regs.read32(c::REG_CQH).await & (self.ring.entries() - 1);
        self.passed += u64::from(self.ring.distance(self.head, head));
        self.head = head;
    }

    pub(crate) fn capacity(&self) -> u32 {
        self.ring.entries() - 1
    }

    fn room(&self) -> usize {
        (self.capacity() - self.ring.distance(self.head, self.tail)) as usize
    }

    /// Makes sure that `count` commands can be queued.
    pub(crate) async fn reserve<R: Registers>(
        &mut self,
        regs: &mut R,
        count: usize,
    ) -> Result<(), Error> {
        if self.room() < count {
            self.refresh(regs).await;
        }
        if self.room() < count {
            Err(Error::QueueFull)
        } else {
            Ok(())
        }
    }

    pub(crate) async fn submit<R: Registers, M: Memory>(
        &mut self,
        regs: &mut R,
        mem: &mut M,
        commands: impl IntoIterator<Item = Command, IntoIter: Clone>,
    ) -> Result<Ticket, Error> {
        let commands = commands.into_iter();
        self.reserve(regs, commands.clone().count()).await?;
        for command in commands {
            self.ring.write(mem, self.tail, command.emit());
            self.tail = self.ring.after(self.tail, 1);
            self.queued += 1;
        }
        mem.barrier();
        regs.write32(c::REG_CQT, self.tail).await;
        Ok(Ticket(self.queued))
    }

    pub(crate) async fn completed<R: Registers>(
        &mut self,
        regs: &mut R,
        ticket: Ticket,
    ) -> Result<bool, Error> {
        if self.passed < ticket.0 {
            self.refresh(regs).await;
        }
        if self.passed >= ticket.0 {
            return Ok(true);
        }
        let csr = Cqcsr::parse(regs.read32(c::REG_CQCSR).await);
        match CommandError::from_csr(&csr) {
            None => Ok(false),
            Some(error) => {
                self.refresh(regs).await;
                Err(Error::Command {
                    error,
                    head: self.head,
                })
            }
        }
    }

    pub(crate) async fn recover<R: Registers, M: Memory>(
        &mut self,
        regs: &mut R,
        mem: &mut M,
        recovery: Recovery,
    ) -> Option<CommandError> {
        let csr = Cqcsr::parse(regs.read32(c::REG_CQCSR).await);
        let error = CommandError::from_csr(&csr)?;
        self.refresh(regs).await;
        if recovery == Recovery::Skip && self.head != self.tail {
            self.ring
                .write(mem, self.head, Command::Fence(Fence::default()).emit());
            mem.barrier();
        }
        // Bits that are written back as they were read: the enables stay, the
        // errors are cleared, a completed fence's interrupt is left pending.
        let clear = Cqcsr {
            fence_w_ip: false,
            cqon: false,
            busy: false,
            ..csr
        };
        regs.write32(c::REG_CQCSR, clear.emit()).await;
        Some(error)
    }
}
