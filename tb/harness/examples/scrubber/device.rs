// SPDX-License-Identifier: Apache-2.0
//! A device that wipes memory before somebody else gets it.
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 8 | `START` | I/O virtual address of the first byte |
//! | 0x08 | 8 | `LENGTH` | bytes |
//! | 0x10 | 4 | `CTRL` | bit 0: begin; reads as 0 |
//! | 0x14 | 4 | `STATUS` | bit 0: done, bit 1: memory could not be accessed. Write 1 to clear. Interrupt wire 0 is high while any bit is set |
//! | 0x18 | 8 | `FOUND` | bytes that were not zero, read-only |
//! | 0x20 | 8 | `ERROR` | address of the burst that failed, read-only |

use sallyport_harness::prelude::*;
use std::cell::{Cell, OnceCell};
use tokio::sync::Notify;

/// Register offsets.
pub mod reg {
    /// `START`.
    pub const START: u64 = 0x00;
    /// `LENGTH`.
    pub const LENGTH: u64 = 0x08;
    /// `CTRL`.
    pub const CTRL: u64 = 0x10;
    /// `STATUS`.
    pub const STATUS: u64 = 0x14;
    /// `FOUND`.
    pub const FOUND: u64 = 0x18;
    /// `ERROR`.
    pub const ERROR: u64 = 0x20;
}

/// `STATUS`: the range is wiped.
pub const DONE: u32 = 1 << 0;
/// `STATUS`: memory could not be accessed.
pub const FAILED: u32 = 1 << 1;

/// Bytes that are read before they are written.
const BLOCK: u64 = 512;

/// The device.
#[derive(Debug, Default)]
pub struct Scrubber {
    start: Cell<u64>,
    length: Cell<u64>,
    status: Cell<u32>,
    found: Cell<u64>,
    error: Cell<u64>,
    begin: Notify,
    bus: OnceCell<DeviceBus>,
}

impl Scrubber {
    /// Reads a block at a time, counts, and writes zeros where there is need.
    async fn wipe(&self, dma: &Dma) -> Result<(), DmaError> {
        let (start, length) = (self.start.get(), self.length.get());
        self.found.set(0);
        for at in (0..length).step_by(BLOCK as usize) {
            let count = BLOCK.min(length - at) as usize;
            let from = Iova::new(start.wrapping_add(at));
            let block = dma.read(from, count).await?;
            let dirty = block.iter().filter(|byte| **byte != 0).count();
            if dirty > 0 {
                self.found.set(self.found.get() + dirty as u64);
                dma.write(from, &vec![0; count]).await?;
            }
        }
        Ok(())
    }

    fn set_status(&self, status: u32) {
        self.status.set(status);
        if let Some(bus) = self.bus.get() {
            if status == 0 {
                bus.lower(0);
            } else {
                bus.raise(0);
            }
        }
    }
}

impl Device for Scrubber {
    async fn run(&self, bus: DeviceBus) {
        let bus = self.bus.get_or_init(|| bus);
        loop {
            self.begin.notified().await;
            match self.wipe(bus.dma()).await {
                Ok(()) => self.set_status(self.status.get() | DONE),
                Err(error) => {
                    self.error.set(error.iova.raw());
                    self.set_status(self.status.get() | FAILED);
                }
            }
        }
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        match offset {
            reg::START => self.start.get(),
            reg::LENGTH => self.length.get(),
            reg::STATUS => self.status.get().into(),
            reg::FOUND => self.found.get(),
            reg::ERROR => self.error.get(),
            _ => 0,
        }
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        match offset {
            reg::START => self.start.set(value),
            reg::LENGTH => self.length.set(value),
            reg::CTRL if value & 1 != 0 => self.begin.notify_one(),
            reg::STATUS => self.set_status(self.status.get() & !(value as u32)),
            _ => {}
        }
    }
}

/// The driver: wipes a range, and tells what the registers then say.
pub async fn scrub(device: &Attached<Scrubber>, start: Iova, length: u64) -> Result<u64, Iova> {
    device.write64(reg::START, start.raw()).await;
    device.write64(reg::LENGTH, length).await;
    device.write32(reg::CTRL, 1).await;
    device.interrupt(1).await;
    let status = device.read32(reg::STATUS).await;
    device.write32(reg::STATUS, status).await;
    if status & FAILED != 0 {
        return Err(Iova::new(device.read64(reg::ERROR).await));
    }
    Ok(device.read64(reg::FOUND).await)
}
