// SPDX-License-Identifier: Apache-2.0
//! Memory of which the versions are chosen one after the other.

use crate::history::{History, Version};
use sallyport_bus::Clock;
use sallyport_formats::Spa;
use sallyport_formats::constants as c;
use sallyport_model::{Memory, MemoryError};
use std::cell::RefCell;

/// Entries of a NAPOT range of 64 KiB, and their bytes.
const RANGE_ENTRIES: u64 = 16;
const RANGE_BYTES: u64 = RANGE_ENTRIES * 8;

/// One doubleword that a walk has read.
#[derive(Clone, Debug)]
pub struct Pick {
    /// Where it lies.
    pub address: u64,
    /// What it may have held; the one at `chosen` is taken.
    candidates: Vec<Candidate>,
    chosen: usize,
}

/// A version that a doubleword may be read as.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The version.
    pub version: Version,
    /// It is that of another entry of the same NAPOT range.
    pub borrowed: bool,
}

impl Pick {
    /// The choice.
    pub fn candidate(&self) -> Candidate {
        self.candidates[self.chosen]
    }
}

/// The choices of one walk, in the order in which they were first read.
///
/// The first walk takes the newest versions; [`Choices::advance`] goes on to the
/// next combination.
pub struct Choices<'a> {
    history: &'a History,
    /// No version from after this clock.
    end: Clock,
    trail: RefCell<Vec<Pick>>,
}

impl<'a> Choices<'a> {
    /// All versions up to the clock `end`.
    pub fn new(history: &'a History, end: Clock) -> Self {
        Self {
            history,
            end,
            trail: RefCell::new(Vec::new()),
        }
    }

    /// The position and choice of a doubleword that was read.
    pub fn find(&self, address: u64) -> Option<(usize, Candidate)> {
        let trail = self.trail.borrow();
        let position = trail.iter().position(|pick| pick.address == address)?;
        Some((position, trail[position].candidate()))
    }

    /// The next combination, which differs at `position` or before; false if
    /// there is none.
    pub fn advance(&self, position: usize) -> bool {
        let mut trail = self.trail.borrow_mut();
        trail.truncate(position.saturating_add(1));
        while let Some(last) = trail.last_mut() {
            if last.chosen + 1 < last.candidates.len() {
                last.chosen += 1;
                return true;
            }
            trail.pop();
        }
        false
    }

    fn candidates(&self, address: u64, alone: bool) -> Vec<Candidate> {
        let own = self.history.versions(Spa::new(address));
        let mut all: Vec<Candidate> = own
            .iter()
            .rev()
            .filter(|version| version.since <= self.end)
            .map(|&version| Candidate {
                version,
                borrowed: false,
            })
            .collect();
        if alone && own.iter().any(|version| is_napot(version.value)) {
            self.borrow_from_range(address, &mut all);
        }
        all
    }

    /// A cached translation of a NAPOT range may come from any of its entries.
    fn borrow_from_range(&self, address: u64, all: &mut Vec<Candidate>) {
        let first = address / RANGE_BYTES * RANGE_BYTES;
        for other in (first..first + RANGE_BYTES).step_by(8) {
            if other == address {
                continue;
            }
            let versions = self.history.versions(Spa::new(other));
            let usable = |v: &&Version| is_napot(v.value) && v.since <= self.end;
            for &version in versions.iter().rev().filter(usable) {
                let same = |c: &Candidate| c.version == version;
                if !all.iter().any(same) {
                    all.push(Candidate {
                        version,
                        borrowed: true,
                    });
                }
            }
        }
    }

    fn doubleword(&self, address: u64, alone: bool) -> u64 {
        if let Some((_, candidate)) = self.find(address) {
            return candidate.version.value;
        }
        let candidates = self.candidates(address, alone);
        let value = candidates[0].version.value;
        self.trail.borrow_mut().push(Pick {
            address,
            candidates,
            chosen: 0,
        });
        value
    }
}

/// V and N are set.
fn is_napot(value: u64) -> bool {
    let bits = 1 << c::PTE_V_BIT | 1 << c::PTE_N_BIT;
    value & bits == bits
}

impl Memory for Choices<'_> {
    fn read(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError> {
        let start = self.history.start();
        let first = address.raw();
        let last = first + data.len() as u64 - 1;
        let words = (first / 8..=last / 8).map(|word| word * 8);
        let attributes = words.clone().map(|word| start.attributes(Spa::new(word)));
        let mut poison = false;
        for attribute in attributes {
            if attribute.read.is_error() {
                return Err(MemoryError::AccessFault(address));
            }
            poison |= attribute.poison;
        }
        if poison {
            return Err(MemoryError::Poison(address));
        }
        let alone = data.len() == 8;
        for word in words {
            let bytes = self.doubleword(word, alone).to_le_bytes();
            for (n, byte) in bytes.into_iter().enumerate() {
                let at = (word + n as u64).checked_sub(first);
                let place = at.and_then(|at| data.get_mut(at as usize));
                if let Some(place) = place {
                    *place = byte;
                }
            }
        }
        Ok(())
    }

    fn supports_atomic_update(&self, address: Spa) -> bool {
        let attributes = self.history.start().attributes(address);
        attributes.exclusive && !attributes.write.is_error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(choices: &Choices<'_>, address: u64) -> u64 {
        let mut bytes = [0; 8];
        choices.read(Spa::new(address), &mut bytes).unwrap();
        u64::from_le_bytes(bytes)
    }

    #[test]
    fn all_combinations_newest_first() {
        let mut history = History::new(sallyport_bus::Memory::new());
        history.store(Spa::new(8), 1, Clock(5));
        history.store(Spa::new(16), 2, Clock(6));
        history.store(Spa::new(16), 3, Clock(9));
        let choices = Choices::new(&history, Clock(8));
        let mut seen = Vec::new();
        loop {
            seen.push((read(&choices, 8), read(&choices, 16), read(&choices, 24)));
            if !choices.advance(usize::MAX) {
                break;
            }
        }
        assert_eq!(seen, [(1, 2, 0), (1, 0, 0), (0, 2, 0), (0, 0, 0)]);
    }

    #[test]
    fn an_early_position_drops_what_came_after() {
        let mut history = History::new(sallyport_bus::Memory::new());
        history.store(Spa::new(8), 1, Clock(5));
        history.store(Spa::new(16), 2, Clock(6));
        let choices = Choices::new(&history, Clock(8));
        assert_eq!((read(&choices, 8), read(&choices, 16)), (1, 2));
        assert!(choices.advance(0));
        assert_eq!((read(&choices, 8), read(&choices, 16)), (0, 2));
    }

    #[test]
    fn a_napot_range_lends_its_entries() {
        let mut history = History::new(sallyport_bus::Memory::new());
        let napot = 1 | 1 << 63;
        for n in 0..16 {
            history.store(Spa::new(0x1000 + 8 * n), napot, Clock(1));
        }
        history.bus_store(Spa::new(0x1018), napot | 0x40, Clock(3));
        let choices = Choices::new(&history, Clock(9));
        assert_eq!(read(&choices, 0x1000), napot);
        let mut seen = Vec::new();
        while choices.advance(usize::MAX) {
            seen.push(read(&choices, 0x1000));
        }
        assert!(seen.contains(&(napot | 0x40)) && seen.contains(&0));
    }
}
