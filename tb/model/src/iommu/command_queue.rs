// SPDX-License-Identifier: Apache-2.0
//! "Command-Queue (CQ)": fetching and executing commands.

use sallyport_formats::command::Fence;
use sallyport_formats::constants as c;
use sallyport_formats::endian::words_from_bytes;
use sallyport_formats::regs::Cqcsr;
use sallyport_formats::{Command, Spa};

use super::Iommu;
use super::commands::decode;
use crate::memory::{MemoryError, MemoryMut};

/// Why the queue stops at a command.
enum Stop {
    /// `cqmf`: memory did not answer.
    MemoryFault,
    /// `cmd_ill`.
    Illegal,
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

    /// Executes commands until the queue is empty, disabled or stopped by an
    /// error. `cqh` then points at the command that is to blame.
    pub(super) fn run_commands(&mut self) {
        while self.cqcsr.cqon && !self.is_stopped() && !self.command_queue.is_empty() {
            match self.run_command() {
                Ok(()) => {
                    self.command_queue.head = self.command_queue.next(self.command_queue.head);
                }
                Err(Stop::MemoryFault) => self.cqcsr.cqmf = true,
                Err(Stop::Illegal) => self.cqcsr.cmd_ill = true,
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.cqcsr.cqmf || self.cqcsr.cmd_to || self.cqcsr.cmd_ill
    }

    /// Fetches and executes one command. Without caches there is nothing to
    /// invalidate, and ATS messages complete as soon as they are sent.
    fn run_command(&mut self) -> Result<(), Stop> {
        let entry = self
            .command_queue
            .entry(self.command_queue.head, c::CQ_ENTRY_BYTES);
        let mut bytes = [0; c::CQ_ENTRY_BYTES as usize];
        self.read_memory(entry, &mut bytes)?;
        let words = words_from_bytes(&bytes, self.endian()).unwrap_or_default();
        match decode(words, &self.configuration()) {
            None => Err(Stop::Illegal),
            Some(Command::Fence(operands)) => self.fence(&operands),
            Some(_) => Ok(()),
        }
    }

    /// IOFENCE.C. All commands before it have completed; `AV` has a word
    /// written, and only then may `WSI` tell of the completion.
    fn fence(&mut self, operands: &Fence) -> Result<(), Stop> {
        if operands.av {
            let data = self.endian().u32_bytes(operands.data);
            self.write_memory(Spa::new(operands.address().raw()), &data)?;
        }
        self.cqcsr.fence_w_ip |= operands.wsi;
        Ok(())
    }
}
