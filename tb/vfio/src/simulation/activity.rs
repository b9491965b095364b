// SPDX-License-Identifier: Apache-2.0
//! Whether anything goes on, so that simulated time has to go on as well.

use sallyport_bench::{Counters, Host};
use std::cell::Cell;
use std::rc::Rc;

/// Clocks without any activity after which time stands still: several times the
/// longest silence of an IOMMU that is at work, which is memory's latency.
const SETTLE: u64 = 128;

/// Work that has been begun and not ended; clones count for the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work(Rc<Cell<u32>>);

/// Some work, until it is dropped.
#[derive(Debug)]
pub(crate) struct Working(Work);

impl Work {
    /// Work begins.
    #[must_use]
    pub fn begin(&self) -> Working {
        self.0.set(self.0.get() + 1);
        Working(self.clone())
    }

    fn is_any(&self) -> bool {
        self.0.get() > 0
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let work = &self.0.0;
        work.set(work.get() - 1);
    }
}

/// Looks on, and tells when nothing goes on any more.
#[derive(Debug)]
pub(super) struct Activity {
    work: Work,
    last: Counters,
    /// The clock of the last activity.
    since: u64,
}

impl Activity {
    pub fn new(work: Work) -> Self {
        Self {
            work,
            last: Counters::default(),
            since: 0,
        }
    }

    /// Somebody asked for something.
    pub fn stir(&mut self, host: &Host) {
        self.since = host.now().0;
    }

    /// Whether time has to go on. To be asked every few clocks.
    pub fn goes_on(&mut self, host: &Host) -> bool {
        let now = host.now().0;
        // Accesses to memory, requests and invalidations show in the counters.
        let counters = Counters {
            clocks: 0,
            ..host.counters()
        };
        if self.work.is_any() || counters != self.last {
            self.last = counters;
            self.since = now;
        }
        now - self.since < SETTLE
    }
}
