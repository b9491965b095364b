// SPDX-License-Identifier: Apache-2.0
//! Message-signalled interrupts, from the device's side.

use sallyport_bench::{Dma, DmaError};
use sallyport_formats::Iova;
use std::cell::Cell;

/// Register offsets, from the first register of a message on.
pub mod reg {
    /// Where the message is written to, 8 bytes.
    pub const ADDR: u64 = 0x00;
    /// What is written, 4 bytes.
    pub const DATA: u64 = 0x08;
    /// Bit 0: the message is on, 4 bytes.
    pub const CTRL: u64 = 0x0c;
}

/// A message: four bytes that are written to an address of the device's.
#[derive(Debug, Default)]
pub(crate) struct Message {
    address: Cell<u64>,
    data: Cell<u32>,
    enabled: Cell<bool>,
}

impl Message {
    pub const fn is_enabled(&self) -> bool {
        self.enabled.get()
    }

    /// Reads the register at `offset`.
    pub fn read(&self, offset: u64) -> u64 {
        match offset {
            reg::ADDR => self.address.get(),
            reg::DATA => self.data.get().into(),
            reg::CTRL => self.enabled.get().into(),
            _ => 0,
        }
    }

    /// Writes the register at `offset`.
    pub fn write(&self, offset: u64, value: u64) {
        match offset {
            reg::ADDR => self.address.set(value & !3),
            reg::DATA => self.data.set(value as u32),
            reg::CTRL => self.enabled.set(value & 1 != 0),
            _ => {}
        }
    }

    /// Sends the message, if it is on. It is on its way when this is first
    /// polled, behind all that was sent under the same AXI id.
    pub async fn send(&self, dma: &Dma) -> Result<(), DmaError> {
        if !self.enabled.get() {
            return Ok(());
        }
        dma.message(Iova::new(self.address.get()), self.data.get())
            .await
    }
}
