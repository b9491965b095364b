// SPDX-License-Identifier: Apache-2.0
//! First-stage page tables and device contexts, written word by word.

use super::{Machine, Rig};
use sallyport_formats::context::{DcTa, Fsc, Tc};
use sallyport_formats::{DeviceContext, FirstStage, Pscid, Pte, Spa};

/// A leaf with V R W U A D.
pub fn leaf(pa: u64) -> Pte {
    Pte {
        v: true,
        r: true,
        w: true,
        u: true,
        a: true,
        d: true,
        ppn: pa >> 12,
        ..Pte::default()
    }
}

/// A first-stage page table.
#[derive(Clone, Copy, Debug)]
pub struct PageTable {
    pub root: Spa,
    pub scheme: FirstStage,
}

impl PageTable {
    pub fn new<M: Machine>(rig: &mut Rig<M>, scheme: FirstStage) -> Self {
        Self {
            root: rig.pages(1),
            scheme,
        }
    }

    /// For `DC.fsc`.
    pub fn fsc(&self) -> Fsc {
        Fsc {
            mode: self.scheme.code(),
            ppn: self.root.page_number(),
        }
    }

    /// Where the entry of `level` for `iova` lies; makes the tables above it.
    pub fn slot<M: Machine>(&self, rig: &mut Rig<M>, iova: u64, level: u32) -> Spa {
        let mut table = self.root;
        let mut at = self.scheme.levels() - 1;
        loop {
            let slot = Spa::new(table.raw() + 8 * (iova >> (12 + 9 * at) & 0x1ff));
            if at == level {
                return slot;
            }
            let pte = Pte::parse(rig.machine.memory().read_u64(slot));
            table = if pte.v && !pte.is_leaf() {
                Spa::new(pte.ppn << 12)
            } else {
                let next = rig.pages(1);
                let pointer = Pte::pointer(next.page_number()).emit();
                rig.machine.memory_mut().write_u64(slot, pointer);
                next
            };
            at -= 1;
        }
    }

    /// Writes an entry of `level`, and gives its address.
    pub fn set<M: Machine>(&self, rig: &mut Rig<M>, iova: u64, level: u32, pte: u64) -> Spa {
        let slot = self.slot(rig, iova, level);
        rig.machine.memory_mut().write_u64(slot, pte);
        slot
    }

    /// Maps a 4 KiB page for reads and writes.
    pub fn map<M: Machine>(&self, rig: &mut Rig<M>, iova: u64, pa: u64) -> Spa {
        self.set(rig, iova, 0, leaf(pa).emit())
    }
}

/// A plain context of this page table.
pub fn context(table: &PageTable, pscid: u32) -> DeviceContext {
    DeviceContext {
        tc: Tc {
            v: true,
            ..Tc::default()
        },
        ta: DcTa {
            pscid: Pscid::truncate(pscid.into()),
            ..DcTa::default()
        },
        fsc: table.fsc(),
        ..DeviceContext::default()
    }
}
