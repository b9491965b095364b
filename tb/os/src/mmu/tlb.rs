// SPDX-License-Identifier: Apache-2.0
//! What the unit remembers.

use sallyport_formats::{Pscid, Spa};

/// Pages that it remembers at most.
const ENTRIES: usize = 8;

/// A page of 4 KiB, whatever the size of the one it is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub asid: Pscid,
    pub virtual_page: u64,
    pub page: Spa,
    /// A store may use it: the page is writable, and D is set.
    pub writable: bool,
}

/// The oldest entry makes room for a new one.
#[derive(Debug, Default)]
pub(super) struct Tlb {
    entries: Vec<Entry>,
}

impl Tlb {
    pub fn find(&self, asid: Pscid, virtual_page: u64, store: bool) -> Option<Spa> {
        self.entries
            .iter()
            .find(|entry| entry.asid == asid && entry.virtual_page == virtual_page)
            .filter(|entry| entry.writable || !store)
            .map(|entry| entry.page)
    }

    pub fn keep(&mut self, entry: Entry) {
        let same = |old: &Entry| old.asid == entry.asid && old.virtual_page == entry.virtual_page;
        self.entries.retain(|old| !same(old));
        if self.entries.len() == ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(entry);
    }

    pub fn forget(&mut self, asid: Pscid) {
        self.entries.retain(|entry| entry.asid != asid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(asid: u16, virtual_page: u64, writable: bool) -> Entry {
        Entry {
            asid: Pscid::from(asid),
            virtual_page,
            page: Spa::new((virtual_page + u64::from(asid)) << 12),
            writable,
        }
    }

    #[test]
    fn address_spaces_are_kept_apart_and_the_oldest_goes() {
        let mut tlb = Tlb::default();
        let (one, two) = (Pscid::from(1u16), Pscid::from(2u16));
        tlb.keep(entry(1, 0x100, false));
        tlb.keep(entry(2, 0x100, true));
        assert_eq!(tlb.find(one, 0x100, false), Some(Spa::new(0x10_1000)));
        assert_eq!(tlb.find(one, 0x100, true), None);
        assert_eq!(tlb.find(two, 0x100, true), Some(Spa::new(0x10_2000)));
        tlb.keep(entry(1, 0x100, true));
        assert_eq!(tlb.find(one, 0x100, true), Some(Spa::new(0x10_1000)));
        tlb.forget(one);
        assert_eq!(tlb.find(one, 0x100, false), None);
        for page in 0..ENTRIES as u64 {
            tlb.keep(entry(1, page, false));
        }
        assert_eq!(tlb.find(two, 0x100, false), None);
        assert!(tlb.find(one, 0, false).is_some());
    }
}
