// SPDX-License-Identifier: Apache-2.0
//! A DMA engine: copies, fills and sums up memory.
//!
//! # Datasheet
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 4 | `ID` | 0x0001_444d, read-only |
//! | 0x04 | 4 | `CTRL` | bit 0: run. Setting it starts the ring with HEAD = TAIL = 0 |
//! | 0x08 | 4 | `STATUS` | bit 0: a job is done, bit 1: the ring could not be accessed and stands still. Write 1 to clear. Interrupt wire 0 is high while any bit is set |
//! | 0x10 | 8 | `BASE` | address of the ring, a multiple of 32 |
//! | 0x18 | 4 | `SIZE` | log2 of its descriptors, at most 16 |
//! | 0x1c | 4 | `TAIL` | index behind the last job |
//! | 0x20 | 4 | `HEAD` | index behind the last job that was written back, read-only |
//!
//! A job has four doublewords, little-endian:
//!
//! | Word | Bits | |
//! |---|---|---|
//! | 0 | 63:0 | source address; for a fill, eight bytes that are repeated |
//! | 1 | 63:0 | destination address |
//! | 2 | 31:0 | length in bytes |
//! | 2 | 33:32 | 0: copy, 1: fill, 2: checksum of the source |
//! | 2 | 34 | PV: the job is a process's |
//! | 2 | 55:36 | the process's id |
//! | 3 | 31:0 | after a copy or a checksum: CRC-32 of the source |
//! | 3 | 62 | ERROR: memory could not be accessed; the job stopped there |
//! | 3 | 63 | DONE: written back |
//!
//! Jobs are done one after the other, in blocks of 1 KiB. The memory of a
//! process's job is accessed under the process's id, the ring without one.

use crate::ring::Ring;
use sallyport_bench::{AccessSize, Device, DeviceBus, DmaError};
use sallyport_formats::{Iova, ProcessId};
use std::cell::{Cell, OnceCell};

/// `ID`.
pub const ID: u32 = 0x0001_444d;

/// Register offsets.
pub mod reg {
    /// `ID`.
    pub const ID: u64 = 0x00;
    /// `CTRL`.
    pub const CTRL: u64 = 0x04;
    /// `STATUS`.
    pub const STATUS: u64 = 0x08;
    /// `BASE`.
    pub const BASE: u64 = 0x10;
    /// `SIZE`.
    pub const SIZE: u64 = 0x18;
    /// `TAIL`.
    pub const TAIL: u64 = 0x1c;
    /// `HEAD`.
    pub const HEAD: u64 = 0x20;
}

/// `STATUS`: a job is done.
pub const STATUS_DONE: u32 = 1 << 0;
/// `STATUS`: the ring stands still.
pub const STATUS_HALT: u32 = 1 << 1;

const PV: u64 = 1 << 34;
const PROCESS_LSB: u32 = 36;
const DONE: u64 = 1 << 63;
const ERROR: u64 = 1 << 62;

/// Bytes read before they are written.
const BLOCK: u64 = 1024;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Copies from an address.
    Copy(Iova),
    /// Repeats eight bytes.
    Fill(u64),
    /// Sums up what is at an address.
    Checksum(Iova),
}

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// What to do.
    pub operation: Operation,
    /// Where to write, except for a checksum.
    pub destination: Iova,
    /// Bytes.
    pub length: u32,
    /// Whose addresses these are; `None` for the device's own.
    pub process: Option<ProcessId>,
}

/// What came of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Result {
    /// CRC-32 of the source; 0 after a fill.
    pub checksum: u32,
    /// Memory could not be accessed.
    pub error: bool,
}

impl Job {
    /// Takes the fields out of the doublewords. The reserved operation counts
    /// as a checksum.
    #[must_use]
    pub const fn parse(words: [u64; 4]) -> Self {
        let operation = match words[2] >> 32 & 3 {
            0 => Operation::Copy(Iova::new(words[0])),
            1 => Operation::Fill(words[0]),
            _ => Operation::Checksum(Iova::new(words[0])),
        };
        Self {
            operation,
            destination: Iova::new(words[1]),
            length: words[2] as u32,
            process: if words[2] & PV == 0 {
                None
            } else {
                Some(ProcessId::truncate(words[2] >> PROCESS_LSB))
            },
        }
    }

    /// The doublewords of a job to be done.
    #[must_use]
    pub fn emit(&self) -> [u64; 4] {
        let (code, source) = match self.operation {
            Operation::Copy(source) => (0, source.raw()),
            Operation::Fill(pattern) => (1, pattern),
            Operation::Checksum(source) => (2, source.raw()),
        };
        let length = u64::from(self.length);
        let process = self
            .process
            .map_or(0, |process| PV | u64::from(process) << PROCESS_LSB);
        let control = process | code << 32 | length;
        [source, self.destination.raw(), control, 0]
    }
}

impl Result {
    /// The result in a job that was written back; `None` before.
    #[must_use]
    pub const fn parse(words: [u64; 4]) -> Option<Self> {
        if words[3] & DONE == 0 {
            return None;
        }
        Some(Self {
            checksum: words[3] as u32,
            error: words[3] & ERROR != 0,
        })
    }

    const fn emit(self) -> u64 {
        DONE | (if self.error { ERROR } else { 0 }) | self.checksum as u64
    }
}

/// The engine.
#[derive(Debug, Default)]
pub struct DmaEngine {
    ring: Ring,
    status: Cell<u32>,
    bus: OnceCell<DeviceBus>,
}

impl DmaEngine {
    fn set_status(&self, set: u32, clear: u32) {
        self.status.set(self.status.get() & !clear | set);
        if let Some(bus) = self.bus.get() {
            if self.status.get() == 0 {
                bus.lower(0);
            } else {
                bus.raise(0);
            }
        }
    }

    /// Takes a job, does it and writes it back.
    async fn serve(&self, bus: &DeviceBus) -> std::result::Result<(), DmaError> {
        let Some((index, mut words)) = self.ring.next(bus.dma(), true).await? else {
            return Ok(());
        };
        let job = Job::parse(words);
        let done = perform(bus, &job).await;
        let result = Result {
            checksum: *done.as_ref().unwrap_or(&0),
            error: done.is_err(),
        };
        words[3] = result.emit();
        self.ring.write_back(bus.dma(), index, &[words]).await
    }
}

async fn perform(bus: &DeviceBus, job: &Job) -> std::result::Result<u32, DmaError> {
    let dma = job.process.map_or_else(
        || bus.dma().clone(),
        |process| bus.dma().clone().process(process),
    );
    let mut sum = crc32fast::Hasher::new();
    let length = u64::from(job.length);
    let mut at = 0;
    while at < length {
        let count = BLOCK.min(length - at);
        let from = |source: Iova| Iova::new(source.raw().wrapping_add(at));
        let block = match job.operation {
            Operation::Copy(source) | Operation::Checksum(source) => {
                let block = dma.read(from(source), count as usize).await?;
                sum.update(&block);
                block
            }
            Operation::Fill(pattern) => pattern
                .to_le_bytes()
                .into_iter()
                .cycle()
                .take(count as usize)
                .collect(),
        };
        if !matches!(job.operation, Operation::Checksum(_)) {
            dma.write(from(job.destination), &block).await?;
        }
        at += count;
    }
    Ok(sum.finalize())
}

impl Device for DmaEngine {
    async fn run(&self, bus: DeviceBus) {
        // A device is attached once.
        let bus = self.bus.get_or_init(|| bus);
        loop {
            if self.serve(bus).await.is_ok() {
                self.set_status(STATUS_DONE, 0);
            } else {
                self.ring.enable(false);
                self.set_status(STATUS_HALT, 0);
            }
        }
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        match offset {
            reg::ID => ID.into(),
            reg::CTRL => self.ring.is_enabled().into(),
            reg::STATUS => self.status.get().into(),
            reg::BASE => self.ring.base(),
            reg::SIZE => self.ring.log2_size().into(),
            reg::TAIL => self.ring.tail().into(),
            reg::HEAD => self.ring.head().into(),
            _ => 0,
        }
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        match offset {
            reg::CTRL => self.ring.enable(value & 1 != 0),
            reg::STATUS => self.set_status(0, value as u32),
            reg::BASE => self.ring.set_base(value),
            reg::SIZE => self.ring.set_log2_size(value),
            reg::TAIL => self.ring.set_tail(value),
            _ => {}
        }
    }

    fn name(&self) -> String {
        "DMA engine".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_results_go_there_and_back() {
        for operation in [
            Operation::Copy(Iova::new(0x1234)),
            Operation::Fill(0xa5a5),
            Operation::Checksum(Iova::new(0x5678)),
        ] {
            for process in [None, Some(ProcessId::truncate(0xa_bcde))] {
                let job = Job {
                    operation,
                    destination: Iova::new(0x9000),
                    length: 77,
                    process,
                };
                assert_eq!(Job::parse(job.emit()), job);
                assert_eq!(Result::parse(job.emit()), None);
            }
        }
        let result = Result {
            checksum: 0xdead_beef,
            error: true,
        };
        assert_eq!(Result::parse([0, 0, 0, result.emit()]), Some(result));
    }
}
