// SPDX-License-Identifier: Apache-2.0
//! What the IOMMU did between two moments.

use crate::report::Traffic;
use sallyport_bench::Counters;
use sallyport_os::Os;

/// The first moment.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    counters: Counters,
    faults: u64,
}

impl Meter {
    pub fn start(os: &Os) -> Self {
        Self {
            counters: os.host().counters(),
            faults: os.fault_count(),
        }
    }

    /// What happened since, with so many frames and bytes.
    pub fn stop(&self, os: &Os, frames: u64, bytes: u64) -> Traffic {
        let events = os.host().counters() - self.counters;
        let reads_per_walk = if events.walks == 0 {
            0.0
        } else {
            events.walk_reads as f64 / events.walks as f64
        };
        Traffic {
            frames,
            bytes,
            translations: events.answers,
            hits: events.hits,
            misses: events.misses,
            walks: events.walks,
            merges: events.merges,
            walk_reads: events.walk_reads,
            reads_per_walk,
            clocks: events.clocks,
            faults: os.fault_count() - self.faults,
            table_bytes: os.table_bytes(),
        }
    }
}
