// SPDX-License-Identifier: Apache-2.0
//! Looking mappings up.

use sallyport_formats::{Pte, Spa};

use super::{PageSize, PageTable, Slot, Stage};
use crate::Error;
use crate::memory::{Memory, store, word_at};

/// What an address translates to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The address on the other side.
    pub output: Spa,
    /// The page's size.
    pub size: PageSize,
    /// The leaf, with permissions, A and D as they are now.
    pub pte: Pte,
}

/// The size of the page of a leaf; `None` for a NAPOT encoding that is
/// reserved.
fn size_of(slot: &Slot) -> Option<PageSize> {
    match (slot.pte.n, slot.level) {
        (false, level) => Some(PageSize::of_level(level)),
        (true, 0) if slot.pte.is_napot_64k() => Some(PageSize::Size64K),
        (true, _) => None,
    }
}

impl<S: Stage> PageTable<S> {
    /// Walks the table in software. Permissions are not checked; an entry that
    /// is invalid, reserved or misaligned gives `None`.
    #[must_use]
    pub fn translate<M: Memory>(&self, mem: &M, input: S::Input) -> Option<Translation> {
        let input: u64 = input.into();
        if !S::translates(self.scheme(), input) {
            return None;
        }
        let slot = self.descend(mem, input, 0);
        let pte = slot.pte;
        if !pte.v || !pte.is_leaf() || pte.w && !pte.r {
            return None;
        }
        let size = size_of(&slot)?;
        let offset = size.bytes() - 1;
        let base = match size {
            PageSize::Size64K => (pte.ppn & !0xf) << 12,
            _ => pte.ppn << 12,
        };
        (base & offset == 0).then_some(Translation {
            output: Spa::new(base | input & offset),
            size,
            pte,
        })
    }

    /// Changes the leaf of a mapped page in place, all entries of a NAPOT page
    /// alike; `change` may do with it what it likes. The invalidations are the
    /// caller's.
    ///
    /// # Errors
    /// [`Error::NotMapped`].
    pub fn update<M: Memory>(
        &self,
        mem: &mut M,
        input: S::Input,
        change: impl FnOnce(&mut Pte),
    ) -> Result<(), Error> {
        let input: u64 = input.into();
        let slot = self.descend(mem, input, 0);
        let size = size_of(&slot).filter(|_| slot.pte.v && slot.pte.is_leaf());
        let size = size.ok_or(Error::NotMapped(input))?;
        let mut pte = slot.pte;
        change(&mut pte);
        self.fill(mem, slot.addr, size, pte.emit());
        mem.barrier();
        Ok(())
    }

    /// The leaf of exactly the page at `input`, if it ends at or before `end`.
    pub(super) fn whole_page<M: Memory>(
        &self,
        mem: &M,
        input: u64,
        end: u64,
    ) -> Result<(Slot, PageSize), Error> {
        let slot = self.descend(mem, input, 0);
        let fits = |size: &PageSize| {
            let last = size.bytes() - 1;
            input & last == 0 && input.checked_add(last).is_some_and(|last| last <= end)
        };
        size_of(&slot)
            .filter(|_| slot.pte.v && slot.pte.is_leaf())
            .filter(fits)
            .map(|size| (slot, size))
            .ok_or(Error::NotMapped(input))
    }

    /// Stores one value in every entry of a page, of which `addr` is any.
    pub(super) fn fill<M: Memory>(&self, mem: &mut M, addr: Spa, size: PageSize, word: u64) {
        let first = addr.align_down(8 * size.entries());
        for entry in 0..size.entries() {
            store(mem, self.endian, word_at(first, entry), word);
        }
    }
}
