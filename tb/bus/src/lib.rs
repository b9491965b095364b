// SPDX-License-Identifier: Apache-2.0
//! Models and protocol monitors of the buses around the IOMMU.
//!
//! Everything here is a plain state machine that is ticked once a clock and
//! knows nothing of the simulator. A clock of the bench has three steps:
//!
//! 1. every model says what it drives in this clock: `drive()`. That is
//!    registered state; it never depends on what the peer drives in the same
//!    clock;
//! 2. the bench has the device under test evaluate, and samples what it drives
//!    before the edge;
//! 3. every model sees both sides of its port, so the handshakes of this
//!    clock, and moves on: `tick(peer, now)`. Monitors are shown both sides.
//!
//! | Part | Plays |
//! |---|---|
//! | [`Memory`] | physical memory behind all ports |
//! | [`AxiSubordinate`] | a memory controller behind an AXI4 manager port |
//! | [`AxiManager`] | a device that masters an AXI4 port |
//! | [`Interconnect`], [`SharedPort`] | several devices on one port |
//! | [`AxiLiteManager`] | the processor that programs registers |
//! | [`AxiMonitor`], [`AxiLiteMonitor`] | a protocol checker beside a port |
//! | [`Digest`] | a checksum of every beat, to compare two runs |
//!
//! Every random choice comes from a [`Seed`] that is forked by name.
#![forbid(unsafe_code)]

mod burst;
mod clock;
mod digest;
mod gate;
mod id_queues;
mod interconnect;
mod lite;
mod manager;
mod memory;
mod monitor;
mod seed;
mod signals;
mod subordinate;
mod user;

pub use burst::{BeatPlace, Burst, beat_place, burst_range};
pub use clock::Clock;
pub use digest::Digest;
pub use gate::{Gate, Pattern, Span};
pub use interconnect::{Interconnect, SharedPort};
pub use lite::{
    AxiLiteManager, LiteAccess, LiteAddress, LiteCompletion, LiteData, LiteHandle,
    LiteManagerSignals, LiteSize, LiteSubordinateSignals, LiteTiming,
};
pub use manager::{
    AxiManager, Completion, Handle, ManagerTiming, Outcome, Times, Transaction, WStart, bursts,
};
pub use memory::{
    Attributes, Backing, LoadError, Loaded, Memory, PortId, WindowError, WriteRecord,
};
pub use monitor::{AxiLiteMonitor, AxiMonitor, Channel, MonitorConfig, Rule, Violation};
pub use seed::Seed;
pub use signals::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, BBeat, RBeat, Resp, WBeat, Width,
};
pub use subordinate::{AxiSubordinate, SubordinateTiming};
pub use user::{DeviceUser, MemoryUser};
