// SPDX-License-Identifier: Apache-2.0
//! An AXI4 manager: a device that reads and writes memory by itself.
//!
//! Transactions are offered in the order in which they were submitted, reads
//! and writes apart. W beats follow in AW order.
//!
//! **Being cut off.** The IOMMU ends the transactions of a device that stalls
//! for too long. An incomplete write gets its B early; from the clock after
//! the handshake of that B on, the manager offers the W beats of the next
//! write, and a beat that is accepted in the same clock still counts as part
//! of the write that was cut off. A read that is cut off simply gets no more
//! beats; the manager keeps waiting until the bench calls
//! [`AxiManager::abort_reads`].

mod bytes;
mod read;
mod transaction;
mod write;

pub use bytes::bursts;
pub use transaction::{Completion, Handle, Outcome, Times, Transaction, WStart};

use crate::{AxBeat, AxiManagerSignals, AxiSubordinateSignals, Clock, Pattern, Seed};
use read::ReadHalf;
use std::collections::VecDeque;
use write::WriteHalf;

/// How a manager paces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagerTiming {
    /// When AR may start to be offered.
    pub ar: Pattern,
    /// When AW may start to be offered.
    pub aw: Pattern,
    /// When a W beat may start to be offered.
    pub w: Pattern,
    /// When RREADY is high.
    pub r: Pattern,
    /// When BREADY is high.
    pub b: Pattern,
    /// Reads accepted and not answered at most.
    pub max_reads: usize,
    /// Writes begun and not answered at most.
    pub max_writes: usize,
}

impl ManagerTiming {
    /// As fast as the bus allows: the next request back to back, always ready.
    pub const FAST: Self = Self {
        ar: Pattern::OPEN,
        aw: Pattern::OPEN,
        w: Pattern::OPEN,
        r: Pattern::OPEN,
        b: Pattern::OPEN,
        max_reads: usize::MAX,
        max_writes: usize::MAX,
    };

    /// Random pauses and back-pressure on every channel.
    pub const RANDOM: Self = Self {
        ar: Pattern::up_to(6, 4),
        aw: Pattern::up_to(6, 4),
        w: Pattern::up_to(6, 4),
        r: Pattern::up_to(6, 4),
        b: Pattern::up_to(6, 4),
        max_reads: 32,
        max_writes: 32,
    };
}

/// Turns a queue of transactions into bus cycles and completions.
#[derive(Clone, Debug)]
pub struct AxiManager {
    read: ReadHalf,
    write: WriteHalf,
    next_handle: u64,
    /// Boxed from submission on, because a transaction changes hands often.
    completions: VecDeque<Box<Completion>>,
    /// Ready signals were set by a tick since the last change of timing.
    settled: bool,
}

impl AxiManager {
    /// A manager with nothing to do.
    #[must_use]
    pub fn new(timing: ManagerTiming, seed: Seed) -> Self {
        Self {
            read: ReadHalf::new(&timing, seed),
            write: WriteHalf::new(&timing, seed),
            next_handle: 0,
            completions: VecDeque::new(),
            settled: false,
        }
    }

    /// Appends a transaction to the queue.
    pub fn submit(&mut self, transaction: Transaction) -> Handle {
        let handle = Handle(self.next_handle);
        self.next_handle += 1;
        let is_write = transaction.is_write();
        let job = Box::new(Completion::pending(handle, transaction));
        if is_write {
            self.write.submit(job);
        } else {
            self.read.submit(job);
        }
        handle
    }

    /// The oldest completion that has not been taken.
    pub fn pop_completion(&mut self) -> Option<Completion> {
        self.completions.pop_front().map(|done| *done)
    }

    /// What it drives in this clock.
    #[must_use]
    pub fn drive(&self) -> AxiManagerSignals {
        let ar = self.read.ar();
        AxiManagerSignals {
            aw_valid: self.write.aw_valid,
            aw: self.write.aw().copied().unwrap_or_default(),
            w_valid: self.write.w.is_some(),
            w: self.write.w.unwrap_or_default(),
            b_ready: self.write.b_ready,
            ar_valid: ar.is_some(),
            ar: ar.copied().unwrap_or_default(),
            r_ready: self.read.r_ready,
        }
    }

    /// One clock; `peer` is what the subordinate drives in it.
    pub fn tick(&mut self, peer: &AxiSubordinateSignals, now: Clock) {
        if !peer.r_valid && !peer.b_valid && self.is_at_rest() {
            return;
        }
        let r = peer.r_valid.then_some(&peer.r);
        self.read.tick(peer.ar_ready, r, &mut self.completions, now);
        let b = peer.b_valid.then_some(&peer.b);
        self.write
            .tick(peer.aw_ready, peer.w_ready, b, &mut self.completions, now);
        self.settled = true;
    }

    /// Whether everything submitted has ended.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queued() == 0 && self.in_flight() == 0
    }

    /// Whether it is idle and a tick without responses would change nothing.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.settled && self.is_idle()
    }

    /// Transactions whose address has not been offered.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.read.queued() + self.write.queued()
    }

    /// Transactions that have begun and not ended.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.read.in_flight() + self.write.in_flight()
    }

    /// R and B beats that nothing was waiting for.
    #[must_use]
    pub const fn stray_responses(&self) -> u64 {
        self.read.stray + self.write.stray
    }

    /// Holds RREADY low, from the next clock on, or lets go.
    pub const fn hold_r(&mut self, hold: bool) {
        self.read.hold = hold;
        self.settled = false;
    }

    /// Holds BREADY low, from the next clock on, or lets go.
    pub const fn hold_b(&mut self, hold: bool) {
        self.write.hold = hold;
        self.settled = false;
    }

    /// Lets the writes in flight that stall on W go on.
    pub fn resume(&mut self) {
        self.write.resume();
    }

    /// Gives up the reads whose address has been accepted and that `which`
    /// names: they end as [`Outcome::Aborted`] with the beats they have.
    pub fn abort_reads(&mut self, which: impl Fn(&AxBeat) -> bool) {
        self.read.abort(which, &mut self.completions);
    }

    /// Forgets everything queued and in flight, as a reset does; completions
    /// that have not been taken stay.
    pub fn reset(&mut self) {
        self.read.reset();
        self.write.reset();
        self.settled = false;
    }

    /// Changes the timing from the next clock on.
    pub fn set_timing(&mut self, timing: ManagerTiming) {
        self.read.set_timing(&timing);
        self.write.set_timing(&timing);
        self.settled = false;
    }
}
