// SPDX-License-Identifier: Apache-2.0
//! What the three queues have in common ("In-memory queue interface").

use sallyport_formats::Spa;
use sallyport_formats::regs::QueueBase;

/// A circular buffer in memory: `cqb`/`cqh`/`cqt` and their likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Queue {
    /// Base register.
    pub base: QueueBase,
    /// Index of the next entry to take out.
    pub head: u32,
    /// Index of the next entry to put in.
    pub tail: u32,
}

impl Queue {
    /// The bits that an index has.
    pub fn index_mask(&self) -> u32 {
        u32::MAX >> (31 - u32::from(self.base.log2sz_minus_1))
    }

    /// Writes the base register: an index keeps only the bits it now has.
    pub fn set_base(&mut self, base: QueueBase) {
        self.base = base;
        self.head &= self.index_mask();
        self.tail &= self.index_mask();
    }

    /// The index after this one.
    pub fn next(&self, index: u32) -> u32 {
        index.wrapping_add(1) & self.index_mask()
    }

    /// Nothing to take out.
    pub fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    /// No room: one entry always stays unused.
    pub fn is_full(&self) -> bool {
        self.next(self.tail) == self.head
    }

    /// Where the entry of this index lies.
    pub fn entry(&self, index: u32, entry_bytes: u64) -> Spa {
        Spa::new((self.base.ppn << 12).wrapping_add(u64::from(index) * entry_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_wrap() {
        let mut queue = Queue::default();
        queue.set_base(QueueBase {
            log2sz_minus_1: 1,
            ppn: 2,
        });
        assert_eq!(queue.index_mask(), 3);
        (queue.head, queue.tail) = (0, 3);
        assert!(queue.is_full());
        assert_eq!(queue.next(3), 0);
        assert_eq!(queue.entry(3, 16), Spa::new(0x2030));
        queue.base.log2sz_minus_1 = 31;
        assert_eq!(queue.index_mask(), u32::MAX);
    }

    #[test]
    fn a_smaller_base_cuts_the_indices() {
        let mut queue = Queue {
            head: 9,
            tail: 14,
            ..Queue::default()
        };
        queue.set_base(QueueBase {
            log2sz_minus_1: 2,
            ppn: 0,
        });
        assert_eq!((queue.head, queue.tail), (1, 6));
    }
}
