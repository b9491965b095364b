// SPDX-License-Identifier: Apache-2.0
//! What is known of the tables in memory, from what walks have read: enough to
//! tell which level a walk begins at when a cache gave it the way.

use std::collections::BTreeMap;

use sallyport_formats::directory::DirectoryEntry;
use sallyport_formats::{DeviceContext, DeviceId, Iova, Pte};
use sallyport_sim::{LiteManagerPins, LiteSubordinatePins};

use crate::meaning;

/// Offset of `ddtp` in the register page.
const DDTP: u16 = sallyport_formats::constants::REG_DDTP as u16;

/// Clocks from a write of `ddtp` to the invalidation that it causes, at most.
const DDTP_DELAY: u64 = 16;

/// Where a read of a walk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A non-leaf entry of the device directory.
    Directory(u8),
    /// A device context.
    Context,
    /// A first-stage page table; the level where it is known.
    Page(Option<u8>),
}

/// Tables of which something is known.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// As last written.
    ddtp: Option<u64>,
    written: Option<u64>,
    address: Option<u16>,
    /// Contexts as last read.
    contexts: BTreeMap<DeviceId, DeviceContext>,
    /// Levels of page tables, by page number.
    levels: BTreeMap<u64, u8>,
}

impl Tables {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Looks for a write of `ddtp` on the register port.
    pub(super) fn registers(&mut self, now: u64, m: &LiteManagerPins, s: &LiteSubordinatePins) {
        if m.aw_valid && s.aw_ready {
            self.address = Some(m.aw_addr);
        }
        if m.w_valid && s.w_ready {
            let address = self.address.unwrap_or(m.aw_addr);
            self.write(now, address, m.w_data, m.w_strb);
        }
    }

    fn write(&mut self, now: u64, address: u16, data: u64, strobes: u8) {
        if address & !7 != DDTP {
            return;
        }
        // A port of 32 bits has four strobes, and the address tells the half.
        let shift = if strobes & 0xf0 == 0 && address & 4 != 0 {
            32
        } else {
            0
        };
        let lanes = (0..8).fold(0, |mask, lane| {
            mask | (u64::from(strobes >> lane & 1) * (0xff << (8 * lane)))
        });
        let old = self.ddtp.unwrap_or_default() & !(lanes << shift);
        self.ddtp = Some(old | (data & lanes) << shift);
        self.written = Some(now);
    }

    /// Whether a write of `ddtp` was what invalidated in this clock; it counts
    /// once.
    pub(super) fn take_written(&mut self, now: u64) -> bool {
        self.written.take().is_some_and(|at| now - at <= DDTP_DELAY)
    }

    /// Where the first read of a walk is, a single word from page `page`.
    pub(super) fn first(&self, device: DeviceId, iova: Iova, address: u64) -> Place {
        if let Some(ddtp) = self.ddtp {
            let root = ddtp >> 10 & ((1 << 44) - 1);
            // 2LVL and 3LVL; the root of 1LVL holds contexts.
            let mode = ddtp & 0xf;
            if (3..=4).contains(&mode) && address >> 12 == root {
                return Place::Directory(mode as u8 - 2);
            }
        }
        Place::Page(self.level(device, iova, address))
    }

    /// The level of the page table at `address`, in which a walk begins.
    pub(super) fn level(&self, device: DeviceId, iova: Iova, address: u64) -> Option<u8> {
        let page = address >> 12;
        let fits = |level: &u8| iova.raw() >> (12 + 9 * level) & 0x1ff == address >> 3 & 0x1ff;
        let root = self.root(device);
        if let Some((root, table)) = root
            && table == page
        {
            return Some(root);
        }
        if let Some(level) = self.levels.get(&page).copied().filter(fits) {
            return Some(level);
        }
        let mut fitting = (0..root.map_or(5, |(root, _)| root)).filter(fits);
        let level = fitting.next()?;
        fitting.next().is_none().then_some(level)
    }

    /// Level and page number of the root of a device's first stage.
    pub(super) fn root(&self, device: DeviceId) -> Option<(u8, u64)> {
        let context = self.contexts.get(&device)?;
        let levels = context.fsc.scheme(context.tc.sxl)?.levels();
        let root = u8::try_from(levels).ok()?.checked_sub(1)?;
        (!context.tc.pdtv).then_some((root, context.fsc.ppn))
    }

    /// Learns from what was read, and says where the walk goes on, if it does
    /// and if that is known.
    pub(super) fn learn(&mut self, device: DeviceId, place: Place, words: &[u64]) -> Option<Place> {
        let word = words.first().copied()?;
        match place {
            Place::Directory(level) => DirectoryEntry::parse(word).v.then_some(match level {
                0 | 1 => Place::Context,
                _ => Place::Directory(level - 1),
            }),
            Place::Context => {
                let context = meaning::parse_context(words);
                self.contexts.insert(device, context);
                None
            }
            Place::Page(level) => {
                let entry = Pte::parse(word);
                if !entry.v || entry.is_leaf() {
                    return None;
                }
                let lower = level.and_then(|level| level.checked_sub(1));
                if let Some(lower) = lower {
                    self.levels.insert(entry.ppn, lower);
                }
                Some(Place::Page(lower))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::MAX;

    fn tables() -> Tables {
        let mut tables = Tables::default();
        tables.write(5, DDTP, 0x80 << 10 | 4, 0xff);
        // Sv39, root on page 0x90.
        let context = [1, 0, 0, 8 << 60 | 0x90];
        assert_eq!(tables.learn(DEVICE, Place::Context, &context), None);
        tables
    }

    #[test]
    fn the_directory_is_known_by_its_root() {
        let mut tables = tables();
        let first = tables.first(DEVICE, Iova::ZERO, 0x8_0018);
        assert_eq!(first, Place::Directory(2));
        let next = tables.learn(DEVICE, first, &[0x81 << 10 | 1]);
        assert_eq!(next, Some(Place::Directory(1)));
        let next = tables.learn(DEVICE, Place::Directory(1), &[0x81 << 10 | 1]);
        assert_eq!(next, Some(Place::Context));
        assert_eq!(tables.learn(DEVICE, first, &[0]), None);
    }

    #[test]
    fn levels_are_those_of_the_root_or_of_pointers_read_before() {
        let mut tables = tables();
        // Indices 1, 2, 2 of levels 2, 1, 0.
        let iova = Iova::new(1 << 30 | 2 << 21 | 2 << 12);
        let root = tables.first(DEVICE, iova, 0x9_0008);
        assert_eq!(root, Place::Page(Some(2)));
        let next = tables.learn(DEVICE, root, &[0xa0 << 10 | 1]);
        assert_eq!(next, Some(Place::Page(Some(1))));
        assert_eq!(tables.level(DEVICE, iova, 0xa_0010), Some(1));
        assert_eq!(tables.level(DEVICE, iova, 0xb_0010), None, "1 or 0");
        let other = Iova::new(1 << 30 | 3 << 21 | 2 << 12);
        assert_eq!(tables.level(DEVICE, other, 0xb_0010), Some(0));
    }

    #[test]
    fn ddtp_is_written_whole_or_in_halves() {
        let mut tables = Tables::default();
        tables.write(1, DDTP, 0x1234_5678_9abc_def0, 0xff);
        tables.write(2, DDTP + 4, 0x1111_1111_2222_2222, 0xf0);
        assert_eq!(tables.ddtp, Some(0x1111_1111_9abc_def0));
        tables.write(3, DDTP + 4, 0x3333_3333, 0x0f);
        assert_eq!(tables.ddtp, Some(0x3333_3333_9abc_def0));
        tables.write(3, DDTP + 8, 0, 0xff);
        assert!(tables.take_written(4));
        assert!(!tables.take_written(4));
        tables.write(3, DDTP, 0, 0xff);
        assert!(!tables.take_written(100));
    }
}
