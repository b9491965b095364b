// SPDX-License-Identifier: Apache-2.0
//! The player's command queue and fault queue.

use sallyport_formats::constants as c;
use sallyport_formats::endian::{words_from_bytes, words_to_bytes};
use sallyport_formats::regs::{Cqcsr, Fqcsr, QueueBase};
use sallyport_formats::{FaultRecord, Spa};
use sallyport_model::AccessSize;

use super::{Player, Stop, compare};
use crate::case::{CommandError, ExpectedFault};
use crate::outcome::Difference;
use crate::target::TargetError;

/// Log2 of the entries of either queue: one page each of commands (16 bytes)
/// and of records (32 bytes), whose bases need no more than page alignment.
const LOG2_COMMANDS: u8 = 8;
const LOG2_RECORDS: u8 = 7;

/// Where the queues lie, and the indices that software keeps.
pub(super) struct Queues {
    commands: Spa,
    records: Spa,
    cqt: u64,
    fqh: u64,
}

impl Queues {
    /// In the first pages of the scratch range.
    pub fn in_scratch(start: Spa) -> Self {
        let page = start.page_number() + u64::from(start.page_offset() != 0);
        Self {
            commands: Spa::new(page << 12),
            records: Spa::new((page + 1) << 12),
            cqt: 0,
            fqh: 0,
        }
    }
}

fn base(queue: Spa, log2: u8) -> u64 {
    QueueBase {
        log2sz_minus_1: log2 - 1,
        ppn: queue.page_number(),
    }
    .emit()
}

impl Player<'_> {
    /// Programs and enables both queues, without interrupts.
    pub(super) fn enable_queues(&mut self) -> Result<(), Stop> {
        let commands = base(self.queues.commands, LOG2_COMMANDS);
        let records = base(self.queues.records, LOG2_RECORDS);
        let target = &mut self.target;
        target.write_register(c::REG_CQB, AccessSize::Doubleword, commands)?;
        target.write_register(c::REG_CQT, AccessSize::Word, 0)?;
        target.write_register(c::REG_CQCSR, AccessSize::Word, 1 << c::CQCSR_CQEN_BIT)?;
        target.write_register(c::REG_FQB, AccessSize::Doubleword, records)?;
        target.write_register(c::REG_FQH, AccessSize::Word, 0)?;
        target.write_register(c::REG_FQCSR, AccessSize::Word, 1 << c::FQCSR_FQEN_BIT)?;
        let (on, busy) = (1 << c::CQCSR_CQON_BIT, 1 << c::CQCSR_BUSY_BIT);
        self.poll(c::REG_CQCSR, AccessSize::Word, on | busy, on)?;
        let (on, busy) = (1 << c::FQCSR_FQON_BIT, 1 << c::FQCSR_BUSY_BIT);
        self.poll(c::REG_FQCSR, AccessSize::Word, on | busy, on)
    }

    /// Queues one command and waits until it is done or has stopped the
    /// queue, which must be as expected.
    pub(super) fn command(
        &mut self,
        words: [u64; 2],
        error: Option<CommandError>,
    ) -> Result<(), Stop> {
        let index = self.queues.cqt;
        self.write_command(index, words)?;
        self.queues.cqt = (index + 1) % (1 << LOG2_COMMANDS);
        self.target
            .write_register(c::REG_CQT, AccessSize::Word, self.queues.cqt)?;
        self.await_command(words, index, error)
    }

    /// Replaces the command at `cqh`, which stopped the queue, clears the
    /// error and waits for it as for any other.
    pub(super) fn recommand(&mut self, words: [u64; 2]) -> Result<(), Stop> {
        let index = self.target.read_register(c::REG_CQH, AccessSize::Word)?;
        self.write_command(index, words)?;
        let csr = self.read_cqcsr()?;
        let clear = Cqcsr {
            fence_w_ip: false,
            ..csr
        };
        self.target
            .write_register(c::REG_CQCSR, AccessSize::Word, u64::from(clear.emit()))?;
        self.await_command(words, index, None)
    }

    fn write_command(&mut self, index: u64, words: [u64; 2]) -> Result<(), TargetError> {
        let mut bytes = [0; c::CQ_ENTRY_BYTES as usize];
        let fits = words_to_bytes(&words, &mut bytes, self.endian);
        debug_assert_eq!(fits, Ok(()));
        let address = self.queues.commands.raw() + index * c::CQ_ENTRY_BYTES;
        self.target.write_memory(Spa::new(address), &bytes)
    }

    fn read_cqcsr(&mut self) -> Result<Cqcsr, TargetError> {
        let value = self.target.read_register(c::REG_CQCSR, AccessSize::Word)?;
        Ok(Cqcsr::parse(value as u32))
    }

    fn await_command(
        &mut self,
        words: [u64; 2],
        index: u64,
        error: Option<CommandError>,
    ) -> Result<(), Stop> {
        let action = format!("command [{:#x}, {:#x}]", words[0], words[1]);
        for _ in 0..self.limits.polls {
            let cqh = self.target.read_register(c::REG_CQH, AccessSize::Word)?;
            let csr = self.read_cqcsr()?;
            if cqh != index || csr.cmd_ill || csr.cmd_to || csr.cqmf {
                // Once more: the queue may have stopped between the two reads.
                let cqh = self.target.read_register(c::REG_CQH, AccessSize::Word)?;
                let past = (index + 1) % (1 << LOG2_COMMANDS);
                let expected_cqh = if error.is_some() { index } else { past };
                let differences = compare::command(&csr, error, cqh, expected_cqh);
                return self.check(action, differences);
            }
            self.target.idle()?;
        }
        let waited = Difference::new("cqh", "to move on, or an error in cqcsr", "neither");
        self.fail(action, vec![waited])
    }

    /// Waits for the next fault record, takes it out and compares it.
    pub(super) fn take_fault(&mut self, expected: &ExpectedFault) -> Result<(), Stop> {
        if self.poll_for_record()? {
            let record = self.read_record()?;
            self.queues.fqh = (self.queues.fqh + 1) % (1 << LOG2_RECORDS);
            self.target
                .write_register(c::REG_FQH, AccessSize::Word, self.queues.fqh)?;
            return self.check("fault record", compare::fault(expected, &record));
        }
        let csr = self.target.read_register(c::REG_FQCSR, AccessSize::Word)?;
        let csr = Fqcsr::parse(csr as u32);
        let got = match (csr.fqmf, csr.fqof) {
            (true, _) => "none, and fqcsr.fqmf is 1",
            (_, true) => "none, and fqcsr.fqof is 1",
            _ => "none",
        };
        let wanted = format!("one with CAUSE {}", expected.cause);
        let missing = Difference::new("fault queue", wanted, got);
        self.fail("fault record", vec![missing])
    }

    /// The fault queue must be empty once the target has come to rest.
    pub(super) fn check_no_fault(&mut self) -> Result<(), Stop> {
        self.target.idle()?;
        if !self.has_record()? {
            return Ok(());
        }
        let record = self.read_record()?;
        let extra = Difference::new("fault queue", "no record", record);
        self.fail("no fault", vec![extra])
    }

    fn poll_for_record(&mut self) -> Result<bool, TargetError> {
        for _ in 0..self.limits.polls {
            if self.has_record()? {
                return Ok(true);
            }
            self.target.idle()?;
        }
        Ok(false)
    }

    fn has_record(&mut self) -> Result<bool, TargetError> {
        let fqt = self.target.read_register(c::REG_FQT, AccessSize::Word)?;
        Ok(fqt != self.queues.fqh)
    }

    fn read_record(&mut self) -> Result<FaultRecord, TargetError> {
        let address = self.queues.records.raw() + self.queues.fqh * c::FQ_ENTRY_BYTES;
        let mut bytes = [0; c::FQ_ENTRY_BYTES as usize];
        self.target.read_memory(Spa::new(address), &mut bytes)?;
        let words = words_from_bytes(&bytes, self.endian).unwrap_or_default();
        Ok(FaultRecord::parse(words))
    }
}
