// SPDX-License-Identifier: Apache-2.0
//! What the IOMMU wrote to memory, sorted by what it is.

use crate::mismatch::{Mismatch, What};
use sallyport_bus::Clock;
use sallyport_formats::constants as c;
use sallyport_formats::{FaultRecord, Spa};

/// The fault queue in memory.
#[derive(Clone, Copy, Debug)]
pub struct FaultQueue {
    /// Its first byte.
    pub base: Spa,
    /// Log2 of its entries.
    pub log2_entries: u32,
}

impl FaultQueue {
    fn entries(&self) -> u64 {
        1 << self.log2_entries
    }

    /// The entry and the doubleword in it that lie at this address.
    fn place(&self, address: Spa) -> Option<(u64, usize)> {
        let offset = address.checked_offset_from(self.base)?;
        let entry = offset / c::FQ_ENTRY_BYTES;
        let word = offset % c::FQ_ENTRY_BYTES / 8;
        (entry < self.entries()).then_some((entry, word as usize))
    }
}

/// A record and the clock in which it was complete.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The record.
    pub record: FaultRecord,
    /// The clock.
    pub clock: Clock,
}

/// The records that were written.
#[derive(Clone, Debug)]
pub struct Records {
    queue: FaultQueue,
    /// The entry that comes next, and the one that software takes out next.
    tail: u64,
    head: u64,
    words: Vec<u64>,
    /// All records, oldest first.
    pub all: Vec<Recorded>,
}

impl Records {
    /// None yet.
    pub fn new(queue: FaultQueue) -> Self {
        Self {
            queue,
            tail: 0,
            head: 0,
            words: Vec::new(),
            all: Vec::new(),
        }
    }

    /// Software writes `fqh`.
    pub fn take_out(&mut self, head: u64) {
        self.head = head;
    }

    /// Whether the queue may have been full at some time: the IOMMU may learn
    /// late of what software took out.
    pub fn may_have_been_full(&self) -> bool {
        self.all.len() as u64 >= self.queue.entries() - 1
    }

    /// A doubleword was written. `None` if it is not in the queue.
    pub fn write(
        &mut self,
        address: Spa,
        value: u64,
        clock: Clock,
    ) -> Option<Result<(), Mismatch>> {
        let (entry, word) = self.queue.place(address)?;
        let next = (self.tail + 1) % self.queue.entries();
        if entry != self.tail || word != self.words.len() || next == self.head {
            let what = What::RecordPlace(address);
            return Some(Err(Mismatch { clock, what }));
        }
        self.words.push(value);
        if let [a, b, c, d] = *self.words {
            let record = FaultRecord::parse([a, b, c, d]);
            self.all.push(Recorded { record, clock });
            self.words.clear();
            self.tail = next;
        }
        Some(Ok(()))
    }
}

/// An exclusive write to a PTE.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    /// When it took effect.
    pub clock: Clock,
    /// The PTE.
    pub address: Spa,
    /// What it held.
    pub old: u64,
    /// What it holds now.
    pub new: u64,
}

/// An interrupt message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Where to.
    pub address: Spa,
    /// What.
    pub data: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_one_after_the_other() {
        let base = Spa::new(0x1000);
        let queue = FaultQueue {
            base,
            log2_entries: 1,
        };
        let mut records = Records::new(queue);
        let mut write = |offset: u64| records.write(Spa::new(0x1000 + offset), 1, Clock(1));
        assert!(write(64).is_none());
        assert!(matches!(write(8), Some(Err(_))));
        for word in 0..4 {
            assert_eq!(write(8 * word), Some(Ok(())));
        }
        assert!(matches!(write(32), Some(Err(_))), "full");
        assert_eq!(records.all.len(), 1);
        assert!(records.may_have_been_full());
    }
}
