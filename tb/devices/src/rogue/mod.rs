// SPDX-License-Identifier: Apache-2.0
//! A device that does what it should not.
//!
//! # Datasheet
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 4 | `ID` | 0x0001_524f, read-only |
//! | 0x04 | 4 | `GO` | starts an attempt, see below |
//! | 0x08 | 4 | `OUTCOME` | 0: none or under way, 1: let through, 2: refused, 3: cut off, 4: not answered, as posted writes, or not within 4,096 clocks; read-only. Interrupt wire 0 is high while it is not 0 |
//! | 0x0c | 4 | `CLAIM` | bits 23:0: the device id to use; with bit 31 clear, its own |
//! | 0x10 | 8 | `ADDRESS` | where to reach |
//! | 0x18 | 4 | `LENGTH` | bytes, 1 to 2,048 |
//! | 0x20 | 8 | `LOOT` | the first eight bytes that the last burst of a read brought, with whatever response, read-only |
//!
//! | `GO` | Attempt |
//! |---|---|
//! | 1 | a read, cut into bursts or requests as the bus wants |
//! | 2 | a write likewise; what it writes is 0x66 |
//! | 3 | a read as one burst or request, even over the end of a page, which is forbidden |
//! | 4 | a write as one burst or request likewise |
//! | 5 | a write whose data never comes; on PCI Express, half of it |
//! | 6 | a read while RREADY is held low; on PCI Express, while the link takes nothing |
//! | 7 | resets the bus of the device: it lets RREADY go, and forgets the read. On PCI Express, it lets the link go, and attempt 6 goes on |
//!
//! An attempt clears OUTCOME and LOOT first. Attempt 6 holds RREADY of the device's own bus. When the read is longer than the interconnect has
//! room for, the reads of others wait behind it until attempt 7. The link is all
//! functions'.

mod axi;
mod pcie;

use sallyport_bench::{AccessSize, Device, DeviceBus};
use sallyport_formats::{DeviceId, Iova};
use std::cell::{Cell, OnceCell};
use tokio::sync::Notify;

/// `ID`.
pub const ID: u32 = 0x0001_524f;

/// Register offsets.
pub mod reg {
    /// `ID`.
    pub const ID: u64 = 0x00;
    /// `GO`.
    pub const GO: u64 = 0x04;
    /// `OUTCOME`.
    pub const OUTCOME: u64 = 0x08;
    /// `CLAIM`.
    pub const CLAIM: u64 = 0x0c;
    /// `ADDRESS`.
    pub const ADDRESS: u64 = 0x10;
    /// `LENGTH`.
    pub const LENGTH: u64 = 0x18;
    /// `LOOT`.
    pub const LOOT: u64 = 0x20;
}

/// `CLAIM`: use the id in the low bits.
pub const CLAIM_ENABLE: u32 = 1 << 31;

/// What it writes.
pub const GRAFFITI: u8 = 0x66;

/// What it can try, with the codes of `GO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Attempt {
    /// A read.
    Read = 1,
    /// A write.
    Write = 2,
    /// A read as one burst or request.
    ReadWhole = 3,
    /// A write as one burst or request.
    WriteWhole = 4,
    /// A write without data.
    WithholdData = 5,
    /// A read that is not taken.
    HoldReady = 6,
    /// Resets its bus, or lets go of the link.
    Release = 7,
}

impl Attempt {
    const fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            1 => Self::Read,
            2 => Self::Write,
            3 => Self::ReadWhole,
            4 => Self::WriteWhole,
            5 => Self::WithholdData,
            6 => Self::HoldReady,
            7 => Self::Release,
            _ => return None,
        })
    }
}

/// How an attempt ended, with the codes of `OUTCOME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// Let through.
    Passed = 1,
    /// Answered with an error.
    Refused = 2,
    /// Ended from outside.
    CutOff = 3,
    /// Nobody answers, as nobody does to posted writes.
    Unanswered = 4,
}

impl Outcome {
    /// Reads OUTCOME; `None` while nothing came of the attempt.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::Passed),
            2 => Some(Self::Refused),
            3 => Some(Self::CutOff),
            4 => Some(Self::Unanswered),
            _ => None,
        }
    }
}

/// The device.
#[derive(Debug, Default)]
pub struct Rogue {
    attempt: Cell<Option<Attempt>>,
    go: Notify,
    outcome: Cell<u32>,
    claim: Cell<u32>,
    address: Cell<u64>,
    length: Cell<u32>,
    loot: Cell<u64>,
    bus: OnceCell<DeviceBus>,
}

impl Rogue {
    async fn carry_out(&self, bus: &DeviceBus, attempt: Attempt) -> Option<Outcome> {
        let at = Iova::new(self.address.get());
        let bytes = vec![GRAFFITI; self.length.get() as usize];
        if let Some(function) = bus.dma().function() {
            return self.over_pcie(function, attempt, at, &bytes).await;
        }
        let mut dma = bus.dma().clone().axi_id(AXI_ID);
        let claim = self.claim.get();
        if claim & CLAIM_ENABLE != 0 {
            dma = dma.in_the_name_of(DeviceId::truncate(claim.into()));
        }
        let bursts = dma.bursts()?;
        self.over_axi(&dma, bursts, attempt, at, &bytes).await
    }

    fn keep(&self, bytes: &[u8]) {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.loot.set(u64::from_le_bytes(word));
    }
}

/// The id of its bursts, so that they share no order with others'.
const AXI_ID: u8 = 15;

const fn outcome(passed: bool) -> Outcome {
    if passed {
        Outcome::Passed
    } else {
        Outcome::Refused
    }
}

impl Device for Rogue {
    async fn run(&self, bus: DeviceBus) {
        // A device is attached once.
        let bus = self.bus.get_or_init(|| bus);
        loop {
            self.go.notified().await;
            if let Some(attempt) = self.attempt.take()
                && let Some(outcome) = self.carry_out(bus, attempt).await
            {
                self.outcome.set(outcome as u32);
                bus.raise(0);
            }
        }
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        match offset {
            reg::ID => ID.into(),
            reg::OUTCOME => self.outcome.get().into(),
            reg::CLAIM => self.claim.get().into(),
            reg::ADDRESS => self.address.get(),
            reg::LENGTH => self.length.get().into(),
            reg::LOOT => self.loot.get(),
            _ => 0,
        }
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        match offset {
            reg::GO => {
                if let Some(bus) = self.bus.get() {
                    bus.lower(0);
                }
                self.outcome.set(0);
                self.loot.set(0);
                self.attempt.set(Attempt::from_code(value));
                self.go.notify_one();
            }
            reg::CLAIM => self.claim.set(value as u32),
            reg::ADDRESS => self.address.set(value),
            reg::LENGTH => self.length.set(value.clamp(1, 2048) as u32),
            _ => {}
        }
    }

    fn name(&self) -> String {
        "rogue".to_owned()
    }
}
