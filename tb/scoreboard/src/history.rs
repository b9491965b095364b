// SPDX-License-Identifier: Apache-2.0
//! Memory with all its versions.

use sallyport_bus::{Clock, Memory};
use sallyport_formats::Spa;
use std::collections::BTreeMap;

/// What a doubleword held for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The value, lowest address in the lowest byte.
    pub value: u64,
    /// The first clock whose reads may see it.
    pub since: Clock,
    /// The first clock whose reads no longer see it.
    pub until: Clock,
}

impl Version {
    /// Whether some read from `from` to `to`, both included, may have seen it.
    pub fn is_current_in(&self, from: Clock, to: Clock) -> bool {
        self.since <= to && self.until > from
    }
}

/// A clock after all others.
const NEVER: Clock = Clock(u64::MAX);

/// Memory as it was at the start, and the versions of what changed since.
#[derive(Clone, Debug)]
pub struct History {
    start: Memory,
    changed: BTreeMap<u64, Vec<Version>>,
}

impl History {
    /// Nothing has changed yet.
    pub fn new(start: Memory) -> Self {
        Self {
            start,
            changed: BTreeMap::new(),
        }
    }

    /// Memory at the start, with the attributes it still has.
    pub fn start(&self) -> &Memory {
        &self.start
    }

    /// Software stores a doubleword.
    pub fn store(&mut self, address: Spa, value: u64, clock: Clock) {
        self.change(address, value, clock, clock);
    }

    /// A doubleword is written over the bus.
    pub fn bus_store(&mut self, address: Spa, value: u64, clock: Clock) {
        self.change(address, value, clock, clock.next());
    }

    fn change(&mut self, address: Spa, value: u64, since: Clock, old_until: Clock) {
        let start = &self.start;
        let versions = self.changed.entry(address.raw()).or_insert_with(|| {
            vec![Version {
                value: start.read_u64(address),
                since: Clock::ZERO,
                until: NEVER,
            }]
        });
        if let Some(last) = versions.last_mut() {
            if last.value == value {
                return;
            }
            last.until = old_until;
        }
        versions.push(Version {
            value,
            since,
            until: NEVER,
        });
    }

    /// The versions, oldest first; there is at least one.
    pub fn versions(&self, address: Spa) -> Versions<'_> {
        match self.changed.get(&address.raw()) {
            Some(versions) => Versions::Many(versions),
            None => Versions::One([Version {
                value: self.start.read_u64(address),
                since: Clock::ZERO,
                until: NEVER,
            }]),
        }
    }

    /// What the doubleword holds now.
    pub fn latest(&self, address: Spa) -> u64 {
        self.versions(address).last().map_or(0, |v| v.value)
    }
}

/// The versions of one doubleword.
pub enum Versions<'a> {
    /// It never changed.
    One([Version; 1]),
    /// It did.
    Many(&'a [Version]),
}

impl std::ops::Deref for Versions<'_> {
    type Target = [Version];

    fn deref(&self) -> &[Version] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_end_a_version_and_bus_writes_overlap_by_a_clock() {
        let mut memory = Memory::new();
        let at = Spa::new(0x1000);
        memory.write_u64(at, 1);
        let mut history = History::new(memory);
        history.store(at, 2, Clock(10));
        history.bus_store(at, 3, Clock(20));
        let versions = history.versions(at);
        let current = |n: usize, from, to| versions[n].is_current_in(Clock(from), Clock(to));
        assert!(current(0, 9, 9) && !current(0, 10, 30));
        assert!(current(1, 20, 20) && !current(1, 21, 30));
        assert!(current(2, 20, 20) && !current(2, 0, 19));
        assert_eq!(history.latest(at), 3);
        assert_eq!(history.latest(Spa::new(0x1008)), 0);
    }
}
