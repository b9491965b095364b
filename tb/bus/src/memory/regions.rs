// SPDX-License-Identifier: Apache-2.0
//! Address ranges that do not behave.

use crate::Resp;
use std::{collections::BTreeMap, ops::Range};

/// How a range of addresses answers the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The response to reads; an error returns zeros.
    pub read: Resp,
    /// The response to writes; an error changes nothing.
    pub write: Resp,
    /// Reads return the data marked as poisoned (RUSER bit 0).
    pub poison: bool,
    /// Exclusive accesses work; where they do not, they get OKAY.
    pub exclusive: bool,
}

impl Attributes {
    /// Well-behaved memory.
    pub const NORMAL: Self = Self {
        read: Resp::Okay,
        write: Resp::Okay,
        poison: false,
        exclusive: true,
    };

    /// Every access gets this error.
    #[must_use]
    pub const fn error(resp: Resp) -> Self {
        Self {
            read: resp,
            write: resp,
            ..Self::NORMAL
        }
    }

    /// Reads are poisoned.
    pub const POISON: Self = Self {
        poison: true,
        ..Self::NORMAL
    };

    /// Without an exclusive monitor.
    pub const NO_EXCLUSIVE: Self = Self {
        exclusive: false,
        ..Self::NORMAL
    };
}

/// Disjoint ranges with attributes; everything else is normal.
#[derive(Clone, Debug, Default)]
pub(super) struct Regions {
    /// First byte to (byte after the last, attributes).
    map: BTreeMap<u64, (u64, Attributes)>,
}

impl Regions {
    /// Sets the attributes of a range, whatever parts of it had before.
    pub fn set(&mut self, range: Range<u64>, attributes: Attributes) {
        let Range { start, end } = range;
        if start >= end {
            return;
        }
        let touched: Vec<u64> = self
            .map
            .range(..end)
            .rev()
            .take_while(|(_, (e, _))| *e > start)
            .map(|(&s, _)| s)
            .collect();
        for s in touched {
            if let Some((e, old)) = self.map.remove(&s) {
                if s < start {
                    self.map.insert(s, (start, old));
                }
                if e > end {
                    self.map.insert(end, (e, old));
                }
            }
        }
        if attributes != Attributes::NORMAL {
            self.map.insert(start, (end, attributes));
        }
    }

    /// The attributes of a byte.
    pub fn at(&self, addr: u64) -> Attributes {
        if self.map.is_empty() {
            return Attributes::NORMAL;
        }
        match self.map.range(..=addr).next_back() {
            Some((_, &(end, attributes))) if addr < end => attributes,
            _ => Attributes::NORMAL,
        }
    }

    /// The attributes of `len` bytes: the first region they touch decides.
    pub fn over(&self, addr: u64, len: u64) -> Attributes {
        let first = self.at(addr);
        if self.map.is_empty() || first != Attributes::NORMAL {
            return first;
        }
        let last = addr.saturating_add(len);
        match self.map.range(addr..last).next() {
            Some((_, &(_, attributes))) => attributes,
            None => Attributes::NORMAL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_settings_cut_earlier_ones() {
        let mut regions = Regions::default();
        regions.set(0x1000..0x3000, Attributes::POISON);
        regions.set(0x1800..0x2000, Attributes::error(Resp::DecErr));
        regions.set(0x2000..0x2100, Attributes::NORMAL);
        let at = |a| regions.at(a);
        assert_eq!(at(0xfff), Attributes::NORMAL);
        assert_eq!(at(0x1000), Attributes::POISON);
        assert_eq!(at(0x1800).read, Resp::DecErr);
        assert_eq!(at(0x1fff).read, Resp::DecErr);
        assert_eq!(at(0x2000), Attributes::NORMAL);
        assert_eq!(at(0x2100), Attributes::POISON);
        assert_eq!(at(0x3000), Attributes::NORMAL);
        assert_eq!(regions.over(0xff8, 8), Attributes::NORMAL);
        assert_eq!(regions.over(0xff8, 16), Attributes::POISON);
    }
}
