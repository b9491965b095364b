// SPDX-License-Identifier: Apache-2.0
//! "Command-Queue (CQ)": fetching and executing commands.

use sallyport_formats::command::{Ats, Fence};
use sallyport_formats::constants as c;
use sallyport_formats::endian::words_from_bytes;
use sallyport_formats::regs::Cqcsr;
use sallyport_formats::{Command, Spa};

use super::Iommu;
use super::commands::decode;
use crate::memory::{MemoryError, MemoryMut};
use crate::messages::{Destination, Message};

/// Why the queue stops at a command.
enum Stop {
    /// `cqmf`: memory did not answer.
    MemoryFault,
    /// `cmd_ill`.
    Illegal,
    /// `cmd_to`: an ATS invalidation before this fence timed out.
    Timeout,
}

/// What became of a command.
enum Progress {
    /// It is executed.
    Done,
    /// It has to wait for devices that answer ATS invalidations.
    Waits,
}

impl From<MemoryError> for Stop {
    fn from(_: MemoryError) -> Self {
        Self::MemoryFault
    }
}

impl<M: MemoryMut> Iommu<M> {
    /// A write to `cqcsr`: enable, interrupt enable, and four bits that
    /// writing 1 clears. Enabling the queue clears `cqh` and those four.
    pub(super) fn write_cqcsr(&mut self, value: Cqcsr) {
        let csr = &mut self.cqcsr;
        let enabled = value.cqen && !csr.cqen;
        csr.cqen = value.cqen;
        csr.cqon = value.cqen;
        csr.cie = value.cie;
        csr.cqmf &= !value.cqmf && !enabled;
        csr.cmd_to &= !value.cmd_to && !enabled;
        csr.cmd_ill &= !value.cmd_ill && !enabled;
        csr.fence_w_ip &= !value.fence_w_ip && !enabled;
        if enabled {
            self.command_queue.head = 0;
        }
    }

    /// Executes commands until the queue is empty, disabled, waiting for a
    /// device or stopped by an error. `cqh` then points at the command that
    /// waits or is to blame.
    pub(super) fn run_commands(&mut self) {
        while self.cqcsr.cqon && !self.is_stopped() && !self.command_queue.is_empty() {
            match self.run_command() {
                Ok(Progress::Waits) => return,
                Ok(Progress::Done) => {
                    self.command_queue.head = self.command_queue.next(self.command_queue.head);
                }
                Err(Stop::MemoryFault) => self.cqcsr.cqmf = true,
                Err(Stop::Illegal) => self.cqcsr.cmd_ill = true,
                Err(Stop::Timeout) => self.cqcsr.cmd_to = true,
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.cqcsr.cqmf || self.cqcsr.cmd_to || self.cqcsr.cmd_ill
    }

    /// Fetches and executes one command. Without caches there is nothing to
    /// invalidate but in devices.
    fn run_command(&mut self) -> Result<Progress, Stop> {
        let entry = self
            .command_queue
            .entry(self.command_queue.head, c::CQ_ENTRY_BYTES);
        let mut bytes = [0; c::CQ_ENTRY_BYTES as usize];
        self.read_memory(entry, &mut bytes)?;
        let words = words_from_bytes(&bytes, self.endian()).unwrap_or_default();
        match decode(words, &self.configuration()).ok_or(Stop::Illegal)? {
            Command::Fence(operands) => self.fence(&operands),
            Command::AtsInvalidate(operands) => Ok(self.invalidate_device(&operands)),
            Command::AtsPageResponse(operands) => {
                self.outbox.push(Message::of_response_command(&operands));
                Ok(Progress::Done)
            }
            Command::InvalidateVma(_)
            | Command::InvalidateGvma(_)
            | Command::InvalidateDdt(_)
            | Command::InvalidatePdt(_) => Ok(Progress::Done),
        }
    }

    /// ATS.INVAL. The message is sent as soon as a tag is free; that the device
    /// has answered is the business of a later fence.
    fn invalidate_device(&mut self, operands: &Ats) -> Progress {
        let to = Destination::of_command(operands);
        let Some(itag) = self.tags.allocate(self.design.itags, to) else {
            return Progress::Waits;
        };
        self.outbox.push(Message::InvalidationRequest {
            to,
            process_id: operands.pv.then_some(operands.pid),
            itag,
            payload: operands.payload,
        });
        Progress::Done
    }

    /// IOFENCE.C. It waits until all commands before it have completed. Where
    /// an ATS invalidation took too long it is not executed, but would be when
    /// tried again. `AV` has a word written, and only then may `WSI` tell of
    /// the completion.
    fn fence(&mut self, operands: &Fence) -> Result<Progress, Stop> {
        if self.tags.outstanding() != 0 {
            return Ok(Progress::Waits);
        }
        if self.tags.take_timed_out() {
            return Err(Stop::Timeout);
        }
        if operands.av {
            let data = self.endian().u32_bytes(operands.data);
            self.write_memory(Spa::new(operands.address().raw()), &data)?;
        }
        self.cqcsr.fence_w_ip |= operands.wsi;
        Ok(Progress::Done)
    }
}
