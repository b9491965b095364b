// SPDX-License-Identifier: Apache-2.0
//! Memory of which the versions are chosen one after the other.

use crate::history::{History, Version};
use sallyport_bus::Clock;
use sallyport_formats::Spa;
use sallyport_formats::constants as c;
use sallyport_model::{Memory, MemoryError};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Entries of a NAPOT range of 64 KiB, and their bytes.
const RANGE_ENTRIES: u64 = 16;
const RANGE_BYTES: u64 = RANGE_ENTRIES * 8;

/// One doubleword that a walk has read.
#[derive(Clone, Debug)]
struct Pick {
    /// Where it lies.
    address: u64,
    /// What it may have held; the one at `chosen` is taken.
    candidates: Vec<Candidate>,
    chosen: usize,
}

/// A value that a doubleword may be read as.
#[derive(Clone, Debug)]
struct Candidate {
    value: u64,
    /// The versions with this value, newest first.
    versions: Vec<Version>,
    /// It is that of another entry of the same NAPOT range.
    borrowed: bool,
}

impl Pick {
    fn candidate(&self) -> &Candidate {
        &self.candidates[self.chosen]
    }
}

/// Adds a version to those with its value.
fn add(all: &mut Vec<Candidate>, version: Version, borrowed: bool) {
    let same = |c: &&mut Candidate| c.value == version.value && c.borrowed == borrowed;
    match all.iter_mut().find(same) {
        Some(candidate) => candidate.versions.push(version),
        None => all.push(Candidate {
            value: version.value,
            versions: vec![version],
            borrowed,
        }),
    }
}

/// The choices of one walk, in the order in which they were first read.
///
/// The first walk takes the newest versions; [`Choices::advance`] goes on to the
/// next combination. A doubleword that a walk reads more than once, as it does in
/// the second stage, has one choice, or one for each time.
pub struct Choices<'a> {
    history: &'a History,
    /// No version from after this clock.
    end: Clock,
    each_time: bool,
    trail: RefCell<Vec<Pick>>,
    /// The positions of each read of this walk.
    reads: RefCell<Vec<Vec<usize>>>,
}

impl<'a> Choices<'a> {
    /// All versions up to the clock `end`.
    pub fn new(history: &'a History, end: Clock) -> Self {
        Self {
            history,
            end,
            each_time: false,
            trail: RefCell::new(Vec::new()),
            reads: RefCell::new(Vec::new()),
        }
    }

    /// The same, with a choice each time that a doubleword is read.
    pub fn each_time(self) -> Self {
        Self {
            each_time: true,
            ..self
        }
    }

    /// The positions of the n-th read of this walk that memory answered.
    pub fn positions(&self, n: usize) -> Vec<usize> {
        self.reads.borrow().get(n).cloned().unwrap_or_default()
    }

    /// Whether the choice at a position was in memory at some time from `from`
    /// to `to`.
    pub fn is_current_in(&self, position: usize, from: Clock, to: Clock) -> bool {
        let trail = self.trail.borrow();
        let mut versions = trail[position].candidate().versions.iter();
        versions.any(|version| version.is_current_in(from, to))
    }

    /// Whether the choice at a position is that of another entry of the same
    /// NAPOT range.
    pub fn is_borrowed(&self, position: usize) -> bool {
        self.trail.borrow()[position].candidate().borrowed
    }

    /// Whether this walk has read a doubleword more than once that has had more
    /// than one value.
    pub fn repeats(&self) -> bool {
        let reads = self.reads.borrow();
        let trail = self.trail.borrow();
        let mut seen = BTreeSet::new();
        let mut positions = reads.iter().flatten();
        positions.any(|&position| !seen.insert(position) && trail[position].candidates.len() > 1)
    }

    /// The position of a doubleword that is read now, if it has been before.
    fn known(&self, address: u64) -> Option<usize> {
        let trail = self.trail.borrow();
        if self.each_time {
            // Choices of this walk come in its own order.
            let read: usize = self.reads.borrow().iter().map(Vec::len).sum();
            return (read < trail.len()).then_some(read);
        }
        trail.iter().position(|pick| pick.address == address)
    }

    /// The next combination, which differs at `position` or before; false if
    /// there is none.
    pub fn advance(&self, position: usize) -> bool {
        self.reads.borrow_mut().clear();
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
        let mut all = Vec::new();
        let usable = own.iter().rev().filter(|v| v.since <= self.end);
        usable.for_each(|&version| add(&mut all, version, false));
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
                add(all, version, true);
            }
        }
    }

    fn doubleword(&self, address: u64, alone: bool) -> u64 {
        let position = self
            .known(address)
            .unwrap_or_else(|| self.take(address, alone));
        if let Some(read) = self.reads.borrow_mut().last_mut() {
            read.push(position);
        }
        self.trail.borrow()[position].candidate().value
    }

    fn take(&self, address: u64, alone: bool) -> usize {
        let candidates = self.candidates(address, alone);
        let mut trail = self.trail.borrow_mut();
        trail.push(Pick {
            address,
            candidates,
            chosen: 0,
        });
        trail.len() - 1
    }
}

/// V and N are set, in either order of bytes.
fn is_napot(value: u64) -> bool {
    let bits = 1 << c::PTE_V_BIT | 1 << c::PTE_N_BIT;
    value & bits == bits || value.swap_bytes() & bits == bits
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
        self.reads.borrow_mut().push(Vec::new());
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
