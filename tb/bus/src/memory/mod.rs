// SPDX-License-Identifier: Apache-2.0
//! Physical memory: sparse, byte-accurate, with ranges that misbehave.
//!
//! There are two ways in. *Software* accesses ([`Memory::read`],
//! [`Memory::write`] and their relatives) take no time and never fail. *Bus*
//! accesses ([`Memory::bus_read`], [`Memory::bus_write`] and the exclusive pair) are
//! what a subordinate model does for a beat: they answer as the range's
//! [`Attributes`] say and go into the journal. Writes of both kinds end
//! exclusive reservations.
//!
//! Memory that was never written reads as zero. All 64-bit addresses exist.
//!
//! A range may be a window to memory that lies elsewhere and that others write at the
//! same time ([`Memory::lay_window`]). An exclusive write to it is a compare-and-exchange
//! with what its exclusive read has seen, for nobody tells the monitor of their writes.

mod exclusive;
mod journal;
mod pages;
mod regions;
mod snapshot;
mod window;

pub use journal::WriteRecord;
pub use regions::Attributes;
pub use snapshot::LoadError;
pub use window::{Backing, WindowError};

use crate::{BeatPlace, Clock, Resp};
use exclusive::Reservations;
use journal::Journal;
use pages::{PAGE, Pages};
use regions::Regions;
use sallyport_formats::Spa;
use std::ops::Range;
use std::sync::Arc;
use window::Windows;

/// The number of a port that accesses memory, for the journal and the
/// exclusive monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PortId(pub u8);

/// What a read beat gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Data in bus lanes; lanes outside the beat are zero.
    pub data: u128,
    /// The response.
    pub resp: Resp,
    /// The data is poisoned.
    pub poison: bool,
}

/// Sparse physical memory, shared by all ports.
#[derive(Clone, Debug)]
pub struct Memory {
    pages: Pages,
    windows: Windows,
    regions: Regions,
    reservations: Reservations,
    journal: Journal,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// Memory full of zeros.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pages: Pages::new(),
            windows: Windows::default(),
            regions: Regions::default(),
            reservations: Reservations::default(),
            journal: Journal::default(),
        }
    }

    /// Software reads `bytes.len()` bytes.
    pub fn read(&self, addr: Spa, bytes: &mut [u8]) {
        let mut at = addr.raw();
        let mut rest = bytes;
        while !rest.is_empty() {
            let offset = at as usize % PAGE;
            let count = (PAGE - offset).min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            match (self.windows.at(at), self.pages.get(at / PAGE as u64)) {
                (Some((backing, offset)), _) => backing.read(offset, now),
                (None, Some(page)) => now.copy_from_slice(&page[offset..offset + count]),
                (None, None) => now.fill(0),
            }
            at = at.wrapping_add(count as u64);
            rest = later;
        }
    }

    /// Software writes `bytes`.
    pub fn write(&mut self, addr: Spa, bytes: &[u8]) {
        self.reservations.break_at(addr.raw(), bytes.len() as u64);
        let mut at = addr.raw();
        let mut rest = bytes;
        while !rest.is_empty() {
            let offset = at as usize % PAGE;
            let count = (PAGE - offset).min(rest.len());
            let (now, later) = rest.split_at(count);
            if let Some((backing, offset)) = self.windows.at(at) {
                backing.write(offset, now);
            } else {
                self.pages.get_mut(at / PAGE as u64)[offset..offset + count].copy_from_slice(now);
            }
            at = at.wrapping_add(count as u64);
            rest = later;
        }
    }

    /// Software sets `len` bytes to `byte`.
    pub fn fill(&mut self, addr: Spa, len: u64, byte: u8) {
        let mut at = addr.raw();
        let end = at.saturating_add(len);
        while at < end {
            let count = (PAGE as u64 - at % PAGE as u64).min(end - at);
            self.write(Spa::new(at), &[byte; PAGE][..count as usize]);
            at += count;
        }
    }

    /// Software reads a byte.
    #[must_use]
    pub fn read_u8(&self, addr: Spa) -> u8 {
        let mut bytes = [0];
        self.read(addr, &mut bytes);
        bytes[0]
    }

    /// Software reads a little-endian 32-bit word.
    #[must_use]
    pub fn read_u32(&self, addr: Spa) -> u32 {
        let mut bytes = [0; 4];
        self.read(addr, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// Software reads a little-endian 64-bit word.
    #[must_use]
    pub fn read_u64(&self, addr: Spa) -> u64 {
        let mut bytes = [0; 8];
        self.read(addr, &mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Software writes a byte.
    pub fn write_u8(&mut self, addr: Spa, value: u8) {
        self.write(addr, &[value]);
    }

    /// Software writes a little-endian 32-bit word.
    pub fn write_u32(&mut self, addr: Spa, value: u32) {
        self.write(addr, &value.to_le_bytes());
    }

    /// Software writes a little-endian 64-bit word.
    pub fn write_u64(&mut self, addr: Spa, value: u64) {
        self.write(addr, &value.to_le_bytes());
    }

    /// Lays a window over a range of whole pages: from now on its bytes are those of
    /// `backing`. What the pages held before shows again when the window goes.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn lay_window(
        &mut self,
        range: Range<Spa>,
        backing: Arc<dyn Backing>,
    ) -> Result<(), WindowError> {
        self.windows.lay(range, backing)
    }

    /// Takes all windows away.
    pub fn clear_windows(&mut self) {
        self.windows.clear();
        self.reservations.clear();
    }

    /// Sets how the bytes from `range.start` up to before `range.end` answer
    /// the bus. The last setting of a byte counts.
    pub fn set_attributes(&mut self, range: Range<Spa>, attributes: Attributes) {
        self.regions
            .set(range.start.raw()..range.end.raw(), attributes);
    }

    /// How this byte answers the bus.
    #[must_use]
    pub fn attributes(&self, addr: Spa) -> Attributes {
        self.regions.at(addr.raw())
    }

    /// A read beat from the bus.
    #[must_use]
    pub fn bus_read(&self, place: &BeatPlace) -> Loaded {
        let attributes = self.regions.over(place.addr, u64::from(place.bytes));
        if attributes.read.is_error() {
            return Loaded {
                resp: attributes.read,
                ..Loaded::default()
            };
        }
        let mut lanes = [0; 16];
        let count = usize::from(place.bytes);
        let lane = usize::from(place.lane);
        let lanes_read = &mut lanes[lane..lane + count];
        // A beat lies within an aligned bus word, so within a page.
        if let Some((backing, offset)) = self.windows.at(place.addr) {
            backing.read(offset, lanes_read);
        } else if let Some(page) = self.pages.get(place.addr / PAGE as u64) {
            let offset = place.addr as usize % PAGE;
            lanes_read.copy_from_slice(&page[offset..offset + count]);
        }
        Loaded {
            data: u128::from_le_bytes(lanes),
            resp: Resp::Okay,
            poison: attributes.poison,
        }
    }

    /// A write beat from the bus; `record.resp` is filled in and returned.
    pub fn bus_write(&mut self, mut record: WriteRecord) -> Resp {
        let word = record.word.raw();
        if record.strb != 0 {
            let first = u64::from(record.strb.trailing_zeros() as u16);
            let last = 15 - u64::from(record.strb.leading_zeros() as u16);
            let (addr, len) = (word + first, last - first + 1);
            let answer = self.regions.over(addr, len).write;
            if answer.is_error() {
                record.resp = answer;
            } else {
                self.reservations.break_at(addr, len);
                let bytes = record.data.to_le_bytes();
                if let Some((backing, offset)) = self.windows.at(word) {
                    for run in runs(record.strb) {
                        backing.write(offset + run.start as u64, &bytes[run]);
                    }
                } else {
                    let offset = word as usize % PAGE;
                    let page = self.pages.get_mut(word / PAGE as u64);
                    for lane in first as usize..=last as usize {
                        if record.strb >> lane & 1 == 1 {
                            page[offset + lane] = bytes[lane];
                        }
                    }
                }
            }
        }
        self.journal.note(&record);
        record.resp
    }

    /// A write beat from the bus whose reservation has just been claimed. `None`: in a
    /// window somebody has written meanwhile, and it has changed nothing.
    pub fn bus_write_exclusive(&mut self, mut record: WriteRecord) -> Option<Resp> {
        let word = record.word.raw();
        let claimed = self.reservations.take_claimed();
        let Some((backing, offset)) = self.windows.at(word) else {
            return Some(self.bus_write(record));
        };
        let (start, seen) = claimed?;
        let lane = start.checked_sub(word)? as usize;
        if lane + seen.len() > 16 {
            return None;
        }
        let answer = self.regions.over(start, seen.len() as u64).write;
        if answer.is_error() {
            record.resp = answer;
        } else {
            let mut new = seen.clone();
            for (n, (to, from)) in new
                .iter_mut()
                .zip(&record.data.to_le_bytes()[lane..])
                .enumerate()
            {
                if record.strb >> (lane + n) & 1 == 1 {
                    *to = *from;
                }
            }
            if !backing.compare_exchange(offset + lane as u64, &seen, &new) {
                return None;
            }
            self.reservations.break_at(start, seen.len() as u64);
        }
        self.journal.note(&record);
        Some(record.resp)
    }

    /// An exclusive read reserves `len` bytes for (`port`, `id`). `false`: the
    /// range has no exclusive monitor, and the read is answered with OKAY. In a window
    /// [`Memory::reserve_seen`] is wanted.
    pub fn reserve(&mut self, port: PortId, id: u8, addr: u64, len: u64) -> bool {
        self.reserve_seen(port, id, addr, len, &[])
    }

    /// The same of a read that has got the bytes `seen`: all of it, or none where the
    /// burst is longer than a bus word.
    pub fn reserve_seen(&mut self, port: PortId, id: u8, addr: u64, len: u64, seen: &[u8]) -> bool {
        let works = self.regions.over(addr, len).exclusive
            && (self.windows.at(addr).is_none() || seen.len() as u64 == len);
        if works {
            self.reservations.make(port, id, addr, len, seen);
        }
        works
    }

    /// An exclusive write uses up its reservation; `false`: it must not write.
    pub fn claim(&mut self, port: PortId, id: u8, addr: u64, len: u64) -> bool {
        self.reservations.claim(port, id, addr, len)
    }

    /// Forgets all reservations, as a monitor may at any time.
    pub fn drop_reservations(&mut self) {
        self.reservations.clear();
    }

    /// Keeps a journal of all bus writes from now on.
    pub fn watch_all(&mut self) {
        self.journal.watch_all();
    }

    /// Keeps a journal of bus writes to a range. Granularity is 16 bytes.
    pub fn watch(&mut self, range: Range<Spa>) {
        self.journal.watch(range.start.raw()..range.end.raw());
    }

    /// Watches nothing any more; what was recorded stays until taken.
    pub fn unwatch(&mut self) {
        self.journal.unwatch();
    }

    /// The journal, oldest first.
    #[must_use]
    pub fn journal(&self) -> &[WriteRecord] {
        self.journal.records()
    }

    /// Takes the journal, oldest first.
    pub fn drain_journal(&mut self) -> std::vec::Drain<'_, WriteRecord> {
        self.journal.drain()
    }
}

/// The runs of lanes that are written, each within an aligned doubleword.
fn runs(strb: u16) -> impl Iterator<Item = Range<usize>> {
    let mut lane = 0;
    std::iter::from_fn(move || {
        while lane < 16 && strb >> lane & 1 == 0 {
            lane += 1;
        }
        let start = lane;
        while lane < 16 && strb >> lane & 1 == 1 && (lane == start || lane % 8 != 0) {
            lane += 1;
        }
        (start < lane).then_some(start..lane)
    })
}

impl WriteRecord {
    /// The record of a write that has not been answered yet.
    #[must_use]
    pub fn new(clock: Clock, port: PortId, word: Spa, data: u128, strb: u16) -> Self {
        Self {
            clock,
            port,
            id: 0,
            user: 0,
            word,
            data,
            strb,
            resp: Resp::Okay,
            exclusive: false,
        }
    }
}
