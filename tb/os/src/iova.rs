// SPDX-License-Identifier: Apache-2.0
//! Which addresses of a device are in use.

use sallyport_formats::{Iova, PAGE_SIZE};
use std::collections::BTreeMap;

/// Where addresses are given out from.
const FIRST: u64 = 0x10_0000;

/// The end of them: what Sv39 translates without sign.
const END: u64 = 1 << 38;

/// Addresses of one device. A page that belongs to nobody lies between any two
/// ranges, so that a device that runs past an end is noticed.
#[derive(Clone, Debug, Default)]
pub(crate) struct IovaRanges {
    /// First byte to length.
    used: BTreeMap<u64, u64>,
}

impl IovaRanges {
    /// The lowest free range of `bytes`.
    pub fn allocate(&mut self, bytes: u64) -> Option<Iova> {
        let mut at = FIRST;
        for (&start, &len) in &self.used {
            if at + bytes + PAGE_SIZE <= start {
                break;
            }
            at = at.max(start + len + PAGE_SIZE);
        }
        let at = Iova::new(at);
        self.reserve(at, bytes).then_some(at)
    }

    /// Takes a certain range, if it is free.
    pub fn reserve(&mut self, at: Iova, bytes: u64) -> bool {
        let (start, end) = (at.raw(), at.raw().saturating_add(bytes));
        let before = self.used.range(..end).next_back();
        let free = before.is_none_or(|(&s, &len)| s + len <= start) && end <= END;
        if free {
            self.used.insert(start, bytes);
        }
        free
    }

    /// Gives a range back.
    pub fn release(&mut self, at: Iova) {
        self.used.remove(&at.raw());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_keep_a_page_apart() {
        let mut ranges = IovaRanges::default();
        assert_eq!(ranges.allocate(0x3000), Some(Iova::new(0x10_0000)));
        assert_eq!(ranges.allocate(0x1000), Some(Iova::new(0x10_4000)));
        ranges.release(Iova::new(0x10_0000));
        assert!(ranges.reserve(Iova::new(0x10_1000), 0x1000));
        assert!(!ranges.reserve(Iova::new(0x10_1000), 0x1000));
        assert_eq!(ranges.allocate(0x2000), Some(Iova::new(0x10_6000)));
        assert_eq!(ranges.allocate(END), None);
    }
}
