// SPDX-License-Identifier: Apache-2.0
//! A memory controller behind an AXI4 manager port.
//!
//! - Transactions of one id are answered in order, reads and writes apart.
//! - A read beat's data is taken from memory in the clock before the beat is
//!   first offered, or, where the timing varies the moment, for the whole
//!   burst when AR is accepted. The data and the reservation of an exclusive
//!   read belong to one moment, the clock before its first beat.
//! - A write takes effect as a whole, not later than the clock before B is
//!   first offered, and not before its last W beat and its address have been
//!   accepted. Writes of one id take effect in order.
//! - W beats are accepted ahead of their address.

mod pick;
mod read;
mod timing;
mod write;

pub use timing::SubordinateTiming;

use crate::{AxiManagerSignals, AxiSubordinateSignals, Clock, Memory, PortId, Seed, Width};
use read::ReadSide;
use write::WriteSide;

/// The subordinate; [`Memory`] is lent to it each clock, because ports share
/// it.
#[derive(Clone, Debug)]
pub struct AxiSubordinate {
    read: ReadSide,
    write: WriteSide,
    /// The timing never withdraws a ready signal by chance.
    open: bool,
    /// The ready signals are those of `open`: an idle tick changes nothing.
    steady: bool,
}

impl AxiSubordinate {
    /// A subordinate on a bus of `width` that signs its accesses as `port`.
    #[must_use]
    pub fn new(width: Width, port: PortId, timing: SubordinateTiming, seed: Seed) -> Self {
        Self {
            read: ReadSide::new(timing, width, port, seed),
            write: WriteSide::new(timing, width, port, seed),
            open: is_open(&timing),
            steady: is_open(&timing),
        }
    }

    /// What it drives in this clock.
    #[must_use]
    pub fn drive(&self) -> AxiSubordinateSignals {
        AxiSubordinateSignals {
            aw_ready: self.write.aw_ready,
            w_ready: self.write.w_ready,
            b_valid: self.write.b.is_some(),
            b: self.write.b.unwrap_or_default(),
            ar_ready: self.read.ar_ready,
            r_valid: self.read.r.is_some(),
            r: self.read.r.unwrap_or_default(),
        }
    }

    /// One clock; `peer` is what the manager drives in it.
    pub fn tick(&mut self, peer: &AxiManagerSignals, memory: &mut Memory, now: Clock) {
        let asked = peer.ar_valid || peer.aw_valid || peer.w_valid;
        if self.steady && !asked && self.is_idle() {
            return;
        }
        let ar = peer.ar_valid.then_some(&peer.ar);
        self.read.tick(ar, peer.r_ready, memory, now);
        let aw = peer.aw_valid.then_some(&peer.aw);
        let w = peer.w_valid.then_some(&peer.w);
        self.write.tick(aw, w, peer.b_ready, memory, now);
        self.steady = self.open;
    }

    /// Whether it has nothing to answer.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.outstanding_reads() == 0
            && self.outstanding_writes() == 0
            && self.read.r.is_none()
            && self.write.b.is_none()
    }

    /// Read bursts that have been accepted and whose last beat has not been
    /// offered.
    #[must_use]
    pub fn outstanding_reads(&self) -> usize {
        self.read.outstanding()
    }

    /// Write bursts whose address has been accepted and whose B has not been
    /// offered.
    #[must_use]
    pub fn outstanding_writes(&self) -> usize {
        self.write.outstanding()
    }

    /// Forgets everything in flight, as a reset of the whole system does.
    /// `next` is the first clock after it.
    pub fn reset(&mut self, next: Clock) {
        self.read.reset(next);
        self.write.reset(next);
    }

    /// Changes the timing; what is in flight keeps the latency it has drawn.
    pub fn set_timing(&mut self, timing: SubordinateTiming) {
        self.read.set_timing(timing);
        self.write.set_timing(timing);
        self.open = is_open(&timing);
        // The ready signals of the new timing come with the next full tick.
        self.steady = false;
    }
}

fn is_open(timing: &SubordinateTiming) -> bool {
    [timing.ar, timing.aw, timing.w]
        .iter()
        .all(|p| p.closed.max == 0)
}
