// SPDX-License-Identifier: Apache-2.0
//! What the IOMMU did, counted.

use sallyport_bus::{AxiManagerSignals, AxiSubordinateSignals};
use sallyport_sim::TracePins;
use std::ops::Sub;

/// First ID on the memory port that is no walk's: see `iommu_build_pkg`.
const FIRST_OTHER_ID: u8 = 0x40;

/// Whether it is the address of a walk's read that is taken in this clock.
pub(super) const fn is_walk_read(m: &AxiManagerSignals, s: &AxiSubordinateSignals) -> bool {
    m.ar_valid && s.ar_ready && m.ar.id < FIRST_OTHER_ID
}

/// Events since power-on. The difference of two states tells what happened
/// between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    /// Clocks.
    pub clocks: u64,
    /// Requests that entered.
    pub requests: u64,
    /// Requests answered from the caches.
    pub hits: u64,
    /// Lookups that were not.
    pub misses: u64,
    /// Walks begun.
    pub walks: u64,
    /// Requests that joined a walk of another request.
    pub merges: u64,
    /// Walks that ended with a fault.
    pub walk_faults: u64,
    /// Requests answered.
    pub answers: u64,
    /// Requests refused.
    pub refused: u64,
    /// Invalidations that took effect.
    pub invalidations: u64,
    /// Read bursts of walks.
    pub walk_reads: u64,
    /// Write bursts of walks: A and D bits.
    pub walk_writes: u64,
    /// Read bursts of the queues.
    pub queue_reads: u64,
    /// Write bursts of queues, fences and interrupts.
    pub queue_writes: u64,
}

impl Counters {
    pub(super) fn trace(&mut self, trace: &TracePins) {
        let count = |counter: &mut u64, event: bool| *counter += u64::from(event);
        count(&mut self.requests, trace.accept);
        count(&mut self.hits, trace.lookup && trace.lookup_hit);
        count(&mut self.misses, trace.lookup && !trace.lookup_hit);
        count(&mut self.walks, trace.start);
        count(&mut self.merges, trace.merge);
        count(&mut self.walk_faults, trace.finish && trace.finish_fault);
        count(&mut self.answers, trace.answer);
        count(&mut self.refused, trace.answer && trace.answer_fault);
        count(&mut self.invalidations, trace.inval);
    }

    pub(super) fn memory(&mut self, m: &AxiManagerSignals, s: &AxiSubordinateSignals) {
        if m.ar_valid && s.ar_ready {
            if m.ar.id < FIRST_OTHER_ID {
                self.walk_reads += 1;
            } else {
                self.queue_reads += 1;
            }
        }
        if m.aw_valid && s.aw_ready {
            if m.aw.id < FIRST_OTHER_ID {
                self.walk_writes += 1;
            } else {
                self.queue_writes += 1;
            }
        }
    }
}

impl Sub for Counters {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            clocks: self.clocks - earlier.clocks,
            requests: self.requests - earlier.requests,
            hits: self.hits - earlier.hits,
            misses: self.misses - earlier.misses,
            walks: self.walks - earlier.walks,
            merges: self.merges - earlier.merges,
            walk_faults: self.walk_faults - earlier.walk_faults,
            answers: self.answers - earlier.answers,
            refused: self.refused - earlier.refused,
            invalidations: self.invalidations - earlier.invalidations,
            walk_reads: self.walk_reads - earlier.walk_reads,
            walk_writes: self.walk_writes - earlier.walk_writes,
            queue_reads: self.queue_reads - earlier.queue_reads,
            queue_writes: self.queue_writes - earlier.queue_writes,
        }
    }
}
