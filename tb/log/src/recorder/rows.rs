// SPDX-License-Identifier: Apache-2.0
//! Walks under way, by row.

use std::collections::BTreeMap;

use sallyport_bus::Resp;
use sallyport_formats::{DeviceId, Iova, Spa};
use sallyport_sim::AxPins;

use super::tables::{Place, Tables};
use crate::meaning;
use crate::text::Word;
use crate::walk::{MemoryAccess, MemoryAccessKind, Walk};

/// A walk under way.
#[derive(Debug)]
struct Row {
    walk: Walk,
    /// The transaction it was begun for.
    lead: u64,
    device: DeviceId,
    iova: Iova,
    /// Where each access is.
    places: Vec<Place>,
    /// Where it goes on, if that is known.
    next: Option<Place>,
    /// It has read a PTE.
    begun_pages: bool,
}

/// Walks under way.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: BTreeMap<u8, Row>,
    count: u64,
}

impl Rows {
    pub(super) fn reset(&mut self) {
        self.rows.clear();
    }

    /// A walk begins in `row` for a request of `device` to `iova`.
    pub(super) fn start(&mut self, now: u64, row: u8, lead: u64, device: DeviceId, iova: Iova) {
        self.count += 1;
        let walk = Walk {
            number: self.count,
            row,
            clock: now,
            merged_into: None,
            walk_cache_level: None,
            accesses: Vec::new(),
        };
        let row_state = Row {
            walk,
            lead,
            device,
            iova,
            places: Vec::new(),
            next: None,
            begun_pages: false,
        };
        self.rows.insert(row, row_state);
    }

    /// The walk in `row` as a transaction sees that joins it now.
    pub(super) fn joined(&self, now: u64, row: u8) -> Option<Walk> {
        let row = self.rows.get(&row)?;
        Some(Walk {
            number: row.walk.number,
            row: row.walk.row,
            clock: now,
            merged_into: Some(row.lead),
            walk_cache_level: None,
            accesses: Vec::new(),
        })
    }

    /// The walk that was begun for transaction `lead` and goes on.
    pub(super) fn led_by(&self, lead: u64) -> Option<&Walk> {
        self.rows.values().find(|r| r.lead == lead).map(|r| &r.walk)
    }

    /// The walk in `row` has ended: its lead and the walk.
    pub(super) fn finish(&mut self, row: u8) -> Option<(u64, Walk)> {
        self.rows.remove(&row).map(|row| (row.lead, row.walk))
    }

    /// The address of a read.
    pub(super) fn read_out(&mut self, now: u64, ax: &AxPins, tables: &Tables) {
        let Some(row) = self.rows.get_mut(&ax.id) else {
            return;
        };
        let place = row.place(ax, tables);
        let kind = if ax.lock {
            MemoryAccessKind::ExclusiveRead
        } else {
            MemoryAccessKind::Read
        };
        row.push(now, kind, Spa::new(ax.addr), Vec::new(), place);
    }

    /// The last word of a read.
    pub(super) fn read_back(
        &mut self,
        now: u64,
        id: u8,
        words: &[u64],
        response: Resp,
        poisoned: bool,
        tables: &mut Tables,
    ) {
        let Some(row) = self.rows.get_mut(&id) else {
            return;
        };
        let Some((access, place)) = row.open() else {
            return;
        };
        access.back = Some(now);
        access.value = words.iter().copied().map(Word).collect();
        access.response = Some(response.to_string());
        access.poisoned = poisoned;
        if response.is_error() || poisoned {
            access.meaning = format!("{}: no data", unread(place));
        } else {
            access.meaning = meaning_of(place, words);
            row.next = tables.learn(row.device, place, words);
        }
    }

    /// A write: A or D are to be set.
    pub(super) fn write_out(&mut self, now: u64, id: u8, address: Spa, words: &[u64]) {
        let Some(row) = self.rows.get_mut(&id) else {
            return;
        };
        let place = row.places.last().copied().unwrap_or(Place::Page(None));
        let value = words.iter().copied().map(Word).collect();
        row.push(now, MemoryAccessKind::ExclusiveWrite, address, value, place);
        if let Some((access, _)) = row.open() {
            access.meaning = meaning_of(place, words);
        }
    }

    /// The acknowledgement of a write.
    pub(super) fn write_back(&mut self, now: u64, id: u8, response: Resp) {
        let Some((access, _)) = self.rows.get_mut(&id).and_then(Row::open) else {
            return;
        };
        access.back = Some(now);
        access.response = Some(response.to_string());
        if response == Resp::Okay {
            access
                .meaning
                .push_str("; not made, somebody else wrote first");
        }
    }
}

impl Row {
    /// Where the read that goes out now is.
    fn place(&mut self, ax: &AxPins, tables: &Tables) -> Place {
        if ax.lock {
            return self.places.last().copied().unwrap_or(Place::Page(None));
        }
        if ax.len > 0 {
            self.relabel();
            return Place::Context;
        }
        let place = match self.next {
            Some(place) => place,
            None if self.places.is_empty() => tables.first(self.device, self.iova, ax.addr),
            None => Place::Page(tables.level(self.device, self.iova, ax.addr)),
        };
        if let Place::Page(level) = place
            && !self.begun_pages
        {
            self.begun_pages = true;
            let root = tables.root(self.device);
            if root.is_none_or(|(_, table)| table != ax.addr >> 12) {
                self.walk.walk_cache_level = level;
            }
        }
        place
    }

    /// All that was read before a context is of the directory.
    fn relabel(&mut self) {
        self.walk.walk_cache_level = None;
        self.begun_pages = false;
        let count = self.places.len();
        for (n, (place, access)) in self
            .places
            .iter_mut()
            .zip(&mut self.walk.accesses)
            .enumerate()
        {
            *place = Place::Directory((count - n) as u8);
            if let Some(word) = access.value.first() {
                access.meaning = meaning_of(*place, &[word.0]);
            }
        }
    }

    fn push(
        &mut self,
        now: u64,
        kind: MemoryAccessKind,
        address: Spa,
        value: Vec<Word>,
        place: Place,
    ) {
        self.places.push(place);
        self.walk.accesses.push(MemoryAccess {
            kind,
            out: now,
            back: None,
            address,
            value,
            response: None,
            poisoned: false,
            meaning: unread(place),
        });
    }

    /// The access that is not back.
    fn open(&mut self) -> Option<(&mut MemoryAccess, Place)> {
        let access = self.walk.accesses.last_mut()?;
        let place = *self.places.last()?;
        access.back.is_none().then_some((access, place))
    }
}

fn meaning_of(place: Place, words: &[u64]) -> String {
    let word = words.first().copied().unwrap_or_default();
    match place {
        Place::Directory(level) => meaning::directory_entry(level, word),
        Place::Context => meaning::device_context(words),
        Place::Page(level) => meaning::pte(level, word),
    }
}

/// What will be read there.
fn unread(place: Place) -> String {
    match place {
        Place::Directory(level) => format!("DDT level {level} entry"),
        Place::Context => "device context".to_owned(),
        Place::Page(Some(level)) => format!("PTE level {level}"),
        Place::Page(None) => "PTE".to_owned(),
    }
}
