// SPDX-License-Identifier: Apache-2.0
//! A device that does what it should not.
//!
//! # Datasheet
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 4 | `ID` | 0x0001_524f, read-only |
//! | 0x04 | 4 | `GO` | starts an attempt, see below |
//! | 0x08 | 4 | `OUTCOME` | 0: none or under way, 1: let through, 2: refused, 3: cut off; read-only. Interrupt wire 0 is high while it is not 0 |
//! | 0x0c | 4 | `CLAIM` | bits 23:0: the device id to use; with bit 31 clear, its own |
//! | 0x10 | 8 | `ADDRESS` | where to reach |
//! | 0x18 | 4 | `LENGTH` | bytes, 1 to 2,048 |
//! | 0x20 | 8 | `LOOT` | the first eight bytes that the last burst of a read brought, with whatever response, read-only |
//!
//! | `GO` | Attempt |
//! |---|---|
//! | 1 | a read, cut into bursts as AXI4 wants |
//! | 2 | a write likewise; what it writes is 0x66 |
//! | 3 | a read as one burst, even over the end of a page, which AXI4 forbids |
//! | 4 | a write as one burst likewise |
//! | 5 | a write whose data never comes |
//! | 6 | a read while RREADY is held low |
//! | 7 | resets the bus of the device: it lets RREADY go, and forgets the read |
//!
//! An attempt clears OUTCOME first. Attempt 6 holds RREADY of the device's own bus.
//! When the read is longer than the interconnect has room for, the reads of others
//! wait behind it until attempt 7.

use sallyport_bench::{AccessSize, Device, DeviceBus, Dma};
use sallyport_bus::{AxBeat, Burst, Completion, Outcome as BusOutcome, Transaction, Width, bursts};
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
    /// A read as one burst.
    ReadBurst = 3,
    /// A write as one burst.
    WriteBurst = 4,
    /// A write without data.
    WithholdData = 5,
    /// A read that is not taken.
    HoldReady = 6,
    /// Resets its bus.
    Release = 7,
}

impl Attempt {
    const fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            1 => Self::Read,
            2 => Self::Write,
            3 => Self::ReadBurst,
            4 => Self::WriteBurst,
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
}

impl Outcome {
    /// Reads OUTCOME; `None` while nothing came of the attempt.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::Passed),
            2 => Some(Self::Refused),
            3 => Some(Self::CutOff),
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
    fn dma(&self, bus: &DeviceBus) -> Dma {
        let claim = self.claim.get();
        if claim & CLAIM_ENABLE == 0 {
            bus.dma().clone()
        } else {
            let id = DeviceId::truncate(claim.into());
            bus.dma().clone().in_the_name_of(id)
        }
    }

    async fn carry_out(&self, bus: &DeviceBus, attempt: Attempt) -> Option<Outcome> {
        let dma = self.dma(bus).axi_id(AXI_ID);
        let at = Iova::new(self.address.get());
        let bytes = vec![GRAFFITI; self.length.get() as usize];
        let width = bus.host().with_system(|system| system.width());
        let one = one_burst(&dma, at, bytes.len(), width);
        match attempt {
            Attempt::Read => {
                let phase = dma.address_phase();
                let mut passed = true;
                for (ax, _) in bursts(phase, at.raw(), bytes.len() as u64, width, BURST_BEATS) {
                    let done = dma.burst(Transaction::read(ax)).await;
                    self.keep(&done.bytes(width));
                    passed &= !done.resp.is_error();
                }
                Some(outcome(passed))
            }
            Attempt::Write => Some(outcome(dma.write(at, &bytes).await.is_ok())),
            Attempt::ReadBurst => {
                let done = dma.burst(Transaction::read(one)).await;
                self.keep(&done.bytes(width));
                Some(ending(&done))
            }
            Attempt::WriteBurst => {
                let write = Transaction::write_bytes(one, &bytes, width);
                Some(ending(&dma.burst(write).await))
            }
            Attempt::WithholdData => {
                let mut write = Transaction::write_bytes(one, &bytes, width);
                write.w_stall_after = Some(0);
                Some(ending(&dma.burst(write).await))
            }
            Attempt::HoldReady => {
                dma.hold_reads(true);
                // It ends when it is released, which is an attempt of its own.
                drop(dma.burst(Transaction::read(one)));
                None
            }
            Attempt::Release => {
                dma.abort_reads();
                dma.hold_reads(false);
                Some(Outcome::CutOff)
            }
        }
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

/// Beats of a burst of a plain read.
const BURST_BEATS: u16 = 16;

/// All of it as one INCR burst.
fn one_burst(dma: &Dma, at: Iova, bytes: usize, width: Width) -> AxBeat {
    let word = u64::from(width.bytes());
    let beats = (at.raw() % word + bytes as u64).div_ceil(word);
    AxBeat {
        addr: at.raw(),
        len: beats.clamp(1, 256) as u8 - 1,
        size: width.size(),
        burst: Burst::Incr.bits(),
        ..dma.address_phase()
    }
}

const fn outcome(passed: bool) -> Outcome {
    if passed {
        Outcome::Passed
    } else {
        Outcome::Refused
    }
}

fn ending(done: &Completion) -> Outcome {
    if done.outcome == BusOutcome::Complete {
        outcome(!done.resp.is_error())
    } else {
        Outcome::CutOff
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
