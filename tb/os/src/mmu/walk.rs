// SPDX-License-Identifier: Apache-2.0
//! The walk of a page table, as the privileged architecture describes it
//! ("Virtual Address Translation Process"), for loads and stores of a user's
//! program. A and D are set as the access asks for (Svadu).

use sallyport_driver::Memory;
use sallyport_formats::{Iova, Pte, Spa};

use super::Satp;
use crate::ram::Ram;

/// What a walk found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The page of 4 KiB in memory.
    pub page: Spa,
    /// Stores need not walk again.
    pub writable: bool,
}

/// Walks; `None` is a page fault. Counts the entries that it reads.
pub(super) fn walk(
    ram: &Ram,
    satp: &Satp,
    at: Iova,
    store: bool,
    reads: &mut u64,
) -> Option<Found> {
    if !at.is_canonical(satp.scheme.address_bits()) {
        return None;
    }
    let mut table = satp.root;
    for level in (0..satp.scheme.levels()).rev() {
        let index = at.raw() >> (12 + 9 * level) & 0x1ff;
        let slot = Spa::new(table.raw() + 8 * index);
        let word = ram.read64(slot);
        *reads += 1;
        let pte = Pte::parse(word);
        let reserved = word & !Pte::FIELDS != 0 || pte.rsw60t59b != 0;
        if !pte.v || pte.w && !pte.r || reserved {
            return None;
        }
        if !pte.is_leaf() {
            let attributes = pte.a || pte.d || pte.u || pte.n || pte.pbmt.code() != 0;
            if attributes {
                return None;
            }
            table = Spa::from_page_number(pte.ppn)?;
            continue;
        }
        if !pte.u || !pte.r || store && !pte.w {
            return None;
        }
        let frame = frame(&pte, level, at)?;
        let marked = Pte {
            a: true,
            d: pte.d || store,
            ..pte
        };
        if marked != pte {
            ram.clone().write64(slot, marked.emit());
        }
        return Some(Found {
            page: Spa::from_page_number(frame)?,
            writable: marked.w && marked.d,
        });
    }
    None
}

/// The number of the page of 4 KiB in that of the leaf.
fn frame(pte: &Pte, level: u32, at: Iova) -> Option<u64> {
    if pte.n {
        let napot = level == 0 && pte.is_napot_64k();
        return napot.then_some(pte.ppn & !0xf | at.page_number() & 0xf);
    }
    let low = (1 << (9 * level)) - 1;
    (pte.ppn & low == 0).then_some(pte.ppn | at.page_number() & low)
}
