// SPDX-License-Identifier: Apache-2.0
//! A network interface.
//!
//! # Datasheet
//!
//! Frames come from a wire and go to a wire ([`Wire`]); the host sees them
//! through two rings of descriptors in memory. A frame may use any number of
//! descriptors that follow each other, up to one fewer than the ring has.
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 4 | `ID` | 0x0001_4e49, read-only |
//! | 0x04 | 4 | `CTRL` | bit 0: receive, bit 1: transmit. Setting a bit starts the ring with HEAD = TAIL = 0; clearing it drops a frame whose descriptors are not complete. Bit 16, read-only: frames are under way |
//! | 0x08 | 4 | `STATUS` | bit 0: a frame was received, bit 1: one was transmitted, bit 2: the receive ring could not be accessed and stands still, bit 3: the transmit ring likewise. Write 1 to clear. Interrupt wire 0 is high while any bit is set |
//! | 0x10 | 8 | `RX_BASE` | address of the receive ring, a multiple of 32 |
//! | 0x18 | 4 | `RX_SIZE` | log2 of its descriptors, at most 16 |
//! | 0x1c | 4 | `RX_TAIL` | index behind the last descriptor that the NIC may use |
//! | 0x20 | 4 | `RX_HEAD` | index behind the last one that was written back, read-only |
//! | 0x30 … 0x40 | | `TX_…` | the same for transmission |
//! | 0x50 | 8 | `RX_ERRORS` | parts of frames that could not be written, read-only |
//! | 0x58 | 8 | `TX_ERRORS` | parts of frames that could not be read, read-only |
//! | 0x60 | 8 | `RX_MSI_ADDR` | where a message goes for each frame received, a multiple of 4 |
//! | 0x68 | 4 | `RX_MSI_DATA` | what is written there |
//! | 0x6c | 4 | `RX_MSI_CTRL` | bit 0: send messages; bit 0 of `STATUS` is not set then |
//! | 0x70 … 0x7c | | `TX_MSI_…` | the same for transmission and bit 1 of `STATUS` |
//! | 0x80 | 8 | `MSI_SENT` | messages sent, read-only |
//! | 0x88 | 8 | `MSI_ERRORS` | messages that were answered with an error, read-only |
//!
//! A descriptor has four doublewords, little-endian:
//!
//! | Word | Bits | |
//! |---|---|---|
//! | 0 | 63:0 | address of the buffer |
//! | 1 | 31:0 | length in bytes: of the buffer; after reception, of what is in it |
//! | 1 | 32 | LAST: the frame ends here. Set by the NIC on reception, by software for transmission |
//! | 1 | 33 | DONE: written back |
//! | 1 | 34 | ERROR: the buffer could not be accessed, or the ring is too short for the frame |
//! | 2 | 63:30 | time stamp: seconds |
//! | 2 | 29:0 | time stamp: nanoseconds |
//! | 3 | 31:0 | length of the frame on the wire in bytes, which is more than was received if it was cut |
//! | 3 | 63:32 | link type |
//!
//! Words 2 and 3 belong to the frame; the NIC writes them into every
//! descriptor of a received frame, and takes them from the last descriptor of
//! a frame to transmit. Descriptors are written back in order, those of one
//! frame together, after all data of the frame is in memory. A buffer that
//! cannot be accessed costs its frame the ERROR bit, and the NIC goes on. A
//! message is sent right behind the descriptors that it tells of, under the same
//! AXI id, without waiting for them to arrive.

mod descriptor;
mod receive;
mod transmit;
mod wire;

pub use descriptor::{Descriptor, Stamp};
pub use wire::{Wire, WireFrame};

use crate::message::Message;
use crate::ring::{Ring, Words};
use sallyport_bench::{AccessSize, Device, DeviceBus, Dma, DmaError};
use std::cell::{Cell, OnceCell};

/// `ID`.
pub const ID: u32 = 0x0001_4e49;

/// Register offsets.
pub mod reg {
    /// `ID`.
    pub const ID: u64 = 0x00;
    /// `CTRL`.
    pub const CTRL: u64 = 0x04;
    /// `STATUS`.
    pub const STATUS: u64 = 0x08;
    /// The receive ring.
    pub const RX: u64 = 0x10;
    /// The transmit ring.
    pub const TX: u64 = 0x30;
    /// `…_BASE`, from a ring's first register on.
    pub const BASE: u64 = 0x00;
    /// `…_SIZE`.
    pub const SIZE: u64 = 0x08;
    /// `…_TAIL`.
    pub const TAIL: u64 = 0x0c;
    /// `…_HEAD`.
    pub const HEAD: u64 = 0x10;
    /// `RX_ERRORS`.
    pub const RX_ERRORS: u64 = 0x50;
    /// `TX_ERRORS`.
    pub const TX_ERRORS: u64 = 0x58;
    /// The message of reception; its registers are those of
    /// [`message::reg`](crate::message::reg).
    pub const RX_MSI: u64 = 0x60;
    /// The message of transmission.
    pub const TX_MSI: u64 = 0x70;
    /// `MSI_SENT`.
    pub const MSI_SENT: u64 = 0x80;
    /// `MSI_ERRORS`.
    pub const MSI_ERRORS: u64 = 0x88;
}

/// `CTRL`: receive.
pub const CTRL_RX: u32 = 1 << 0;
/// `CTRL`: transmit.
pub const CTRL_TX: u32 = 1 << 1;
/// `CTRL`: frames are under way.
pub const CTRL_BUSY: u32 = 1 << 16;
/// `STATUS`: received.
pub const STATUS_RX: u32 = 1 << 0;
/// `STATUS`: transmitted.
pub const STATUS_TX: u32 = 1 << 1;
/// `STATUS`: the receive ring stands still.
pub const STATUS_RX_HALT: u32 = 1 << 2;
/// `STATUS`: the transmit ring stands still.
pub const STATUS_TX_HALT: u32 = 1 << 3;

/// Frames of a direction that are under way at a time.
const WINDOW: usize = 8;

/// The interface.
#[derive(Debug, Default)]
pub struct Nic {
    wire: Wire,
    rx: Ring,
    tx: Ring,
    rx_message: Message,
    tx_message: Message,
    messages_sent: Cell<u64>,
    message_errors: Cell<u64>,
    status: Cell<u32>,
    /// Frames that have descriptors and were not written back.
    under_way: Cell<u32>,
    rx_errors: Cell<u64>,
    tx_errors: Cell<u64>,
    bus: OnceCell<DeviceBus>,
}

impl Nic {
    /// The wire's end.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    fn begin(&self) {
        self.under_way.set(self.under_way.get() + 1);
    }

    fn end(&self) {
        self.under_way.set(self.under_way.get() - 1);
    }

    /// Sets and clears bits of STATUS; the interrupt wire follows.
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

    /// Writes the descriptors of a frame back and tells software: by message, or
    /// by the bit `done` of STATUS.
    async fn complete(
        &self,
        dma: &Dma,
        (ring, message, done): (&Ring, &Message, u32),
        first: u32,
        back: &[Words],
    ) -> Result<(), DmaError> {
        let count = |counter: &Cell<u64>| counter.set(counter.get() + 1);
        if message.is_enabled() {
            count(&self.messages_sent);
        } else {
            ring.write_back(dma, first, back).await?;
            self.set_status(done, 0);
            return Ok(());
        }
        let (written, sent) = tokio::join!(ring.write_back(dma, first, back), message.send(dma));
        if sent.is_err() {
            count(&self.message_errors);
        }
        written
    }

    /// The message of a register, and the register's offset in it.
    fn message(&self, offset: u64) -> Option<(&Message, u64)> {
        match offset {
            reg::RX_MSI..reg::TX_MSI => Some((&self.rx_message, offset - reg::RX_MSI)),
            reg::TX_MSI..reg::MSI_SENT => Some((&self.tx_message, offset - reg::TX_MSI)),
            _ => None,
        }
    }

    /// The ring of a register, and the register's offset in it.
    fn ring(&self, offset: u64) -> Option<(&Ring, u64)> {
        match offset {
            reg::RX..0x28 => Some((&self.rx, offset - reg::RX)),
            reg::TX..0x48 => Some((&self.tx, offset - reg::TX)),
            _ => None,
        }
    }
}

impl Device for Nic {
    async fn run(&self, bus: DeviceBus) {
        // A device is attached once.
        let bus = self.bus.get_or_init(|| bus);
        tokio::join!(self.receive(bus), self.transmit(bus));
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        if let Some((message, register)) = self.message(offset) {
            return message.read(register);
        }
        match (offset, self.ring(offset)) {
            (reg::ID, _) => ID.into(),
            (reg::CTRL, _) => {
                let rx = u32::from(self.rx.is_enabled());
                let tx = u32::from(self.tx.is_enabled());
                let busy = u32::from(self.under_way.get() != 0);
                (rx | tx << 1 | busy << 16).into()
            }
            (reg::STATUS, _) => self.status.get().into(),
            (reg::RX_ERRORS, _) => self.rx_errors.get(),
            (reg::TX_ERRORS, _) => self.tx_errors.get(),
            (reg::MSI_SENT, _) => self.messages_sent.get(),
            (reg::MSI_ERRORS, _) => self.message_errors.get(),
            (_, Some((ring, reg::BASE))) => ring.base(),
            (_, Some((ring, reg::SIZE))) => ring.log2_size().into(),
            (_, Some((ring, reg::TAIL))) => ring.tail().into(),
            (_, Some((ring, reg::HEAD))) => ring.head().into(),
            _ => 0,
        }
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        if let Some((message, register)) = self.message(offset) {
            message.write(register, value);
            return;
        }
        match (offset, self.ring(offset)) {
            (reg::CTRL, _) => {
                self.rx.enable(value as u32 & CTRL_RX != 0);
                self.tx.enable(value as u32 & CTRL_TX != 0);
            }
            (reg::STATUS, _) => self.set_status(0, value as u32),
            (_, Some((ring, reg::BASE))) => ring.set_base(value),
            (_, Some((ring, reg::SIZE))) => ring.set_log2_size(value),
            (_, Some((ring, reg::TAIL))) => ring.set_tail(value),
            _ => {}
        }
    }

    fn name(&self) -> String {
        "NIC".to_owned()
    }
}
