// SPDX-License-Identifier: Apache-2.0
//! Memory that structures of a device lie in: the host's, or a guest's behind
//! its second stage.

use super::tables::leaf;
use super::{Machine, Rig};
use sallyport_formats::context::{DcTa, Fsc, Iohgatp, Tc};
use sallyport_formats::directory::{DirectoryEntry, PdtpMode};
use sallyport_formats::{
    DeviceContext, FirstStage, Gscid, ProcessId, Pscid, Pte, SecondStage, Spa,
};
use std::collections::BTreeMap;

/// Where guests have their tables: both of the second stage's additional address
/// bits are set, in Sv39x4 at least.
const GUEST_TABLES: u64 = 0x1f0_0000_0000;

/// Page sizes, and the level of their entries; 64 KiB are sixteen entries.
pub const SIZES: [(u64, u32); 5] = [
    (1 << 12, 0),
    (1 << 16, 0),
    (1 << 21, 1),
    (1 << 30, 2),
    (1 << 39, 3),
];

/// A guest: its second stage, and where its tables are.
#[derive(Clone, Debug)]
pub struct Guest {
    pub root: Spa,
    pub scheme: SecondStage,
    pub gscid: u16,
    pages: BTreeMap<u64, Spa>,
}

/// Where tables are made. Their addresses are physical in the host, and
/// guest-physical in a guest.
#[derive(Clone, Debug)]
pub enum Home {
    Host,
    Guest(Guest),
}

impl Guest {
    /// The second-stage entry of `level` for `gpa`; makes the tables above it.
    pub fn slot<M: Machine>(&self, rig: &mut Rig<M>, gpa: u64, level: u32) -> Spa {
        let top = self.scheme.levels() - 1;
        let mut table = self.root;
        for at in (level..=top).rev() {
            let index = gpa >> (12 + 9 * at) & if at == top { 0x7ff } else { 0x1ff };
            let slot = Spa::new(table.raw() + 8 * index);
            if at == level {
                return slot;
            }
            let pte = Pte::parse(rig.machine.memory().read_u64(slot));
            table = if pte.v {
                Spa::new(pte.ppn << 12)
            } else {
                let next = rig.pages(1);
                let pointer = Pte::pointer(next.page_number()).emit();
                rig.machine.memory_mut().write_u64(slot, pointer);
                next
            };
        }
        unreachable!("the level is one of the table's")
    }

    /// Maps one page of the size with this number, to be read, written, executed.
    pub fn map<M: Machine>(&self, rig: &mut Rig<M>, gpa: u64, pa: u64, size: usize) {
        let pte = Pte {
            x: true,
            ..leaf(pa)
        };
        self.set(rig, gpa, size, pte);
    }

    /// Writes the entry, or the sixteen, of a page of the size with this number.
    pub fn set<M: Machine>(&self, rig: &mut Rig<M>, gpa: u64, size: usize, pte: Pte) {
        let slot = self.slot(rig, gpa & !(SIZES[size].0 - 1), SIZES[size].1);
        write_entries(rig, slot, size, pte);
    }
}

impl Home {
    /// A guest without memory.
    pub fn guest<M: Machine>(rig: &mut Rig<M>, scheme: SecondStage, gscid: u16) -> Self {
        Self::Guest(Guest {
            root: rig.pages(4),
            scheme,
            gscid,
            pages: BTreeMap::new(),
        })
    }

    /// The guest.
    pub fn as_guest(&self) -> &Guest {
        match self {
            Self::Guest(guest) => guest,
            Self::Host => panic!("the host is no guest"),
        }
    }

    /// A page for a table; a guest's is mapped by a page of 4 KiB.
    pub fn page<M: Machine>(&mut self, rig: &mut Rig<M>) -> u64 {
        let page = rig.pages(1);
        match self {
            Self::Host => page.raw(),
            Self::Guest(guest) => {
                let gpa = GUEST_TABLES + 0x1000 * guest.pages.len() as u64;
                guest.pages.insert(gpa, page);
                guest.map(rig, gpa, page.raw(), 0);
                gpa
            }
        }
    }

    /// Where an address of a table is in memory.
    pub fn at(&self, address: u64) -> Spa {
        match self {
            Self::Host => Spa::new(address),
            Self::Guest(guest) => {
                let page = guest.pages[&(address & !0xfff)];
                Spa::new(page.raw() + (address & 0xfff))
            }
        }
    }

    /// Moves a page of a table of a guest elsewhere in memory, as the hypervisor
    /// may: a copy is there, and the second stage says so.
    pub fn migrate<M: Machine>(&mut self, rig: &mut Rig<M>, gpa: u64) {
        let old = self.at(gpa);
        let new = rig.pages(1);
        let mut page = [0; 4096];
        rig.machine.memory().read(old, &mut page);
        rig.machine.memory_mut().write(new, &page);
        let Self::Guest(guest) = self else {
            panic!("the host's pages stay")
        };
        guest.pages.insert(gpa, new);
        guest.map(rig, gpa, new.raw(), 0);
    }

    /// For `DC.iohgatp`.
    pub fn iohgatp(&self) -> Iohgatp {
        match self {
            Self::Host => Iohgatp::default(),
            Self::Guest(guest) => Iohgatp {
                ppn: guest.root.page_number(),
                gscid: Gscid::truncate(guest.gscid.into()),
                mode: guest.scheme.code(),
            },
        }
    }
}

/// A plain context of a device whose structures are there.
pub fn context_in(home: &Home, fsc: Fsc, pscid: u32) -> DeviceContext {
    DeviceContext {
        tc: Tc {
            v: true,
            ..Tc::default()
        },
        iohgatp: home.iohgatp(),
        ta: DcTa {
            pscid: Pscid::truncate(pscid.into()),
            ..DcTa::default()
        },
        fsc,
        ..DeviceContext::default()
    }
}

/// A first-stage page table in either memory.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub root: u64,
    pub scheme: FirstStage,
}

impl Table {
    pub fn new<M: Machine>(rig: &mut Rig<M>, home: &mut Home, scheme: FirstStage) -> Self {
        Self {
            root: home.page(rig),
            scheme,
        }
    }

    /// For `DC.fsc` or `PC.fsc`.
    pub fn fsc(&self) -> Fsc {
        Fsc {
            mode: self.scheme.code(),
            ppn: self.root >> 12,
        }
    }

    /// The entry of `level` for `iova`; makes the tables above it.
    pub fn slot<M: Machine>(
        &self,
        rig: &mut Rig<M>,
        home: &mut Home,
        iova: u64,
        level: u32,
    ) -> Spa {
        let mut table = self.root;
        for at in (level..self.scheme.levels()).rev() {
            let slot = home.at(table + 8 * (iova >> (12 + 9 * at) & 0x1ff));
            if at == level {
                return slot;
            }
            let pte = Pte::parse(rig.machine.memory().read_u64(slot));
            table = if pte.v {
                pte.ppn << 12
            } else {
                let next = home.page(rig);
                let pointer = Pte::pointer(next >> 12).emit();
                rig.machine.memory_mut().write_u64(slot, pointer);
                next
            };
        }
        unreachable!("the level is one of the table's")
    }

    /// Maps one page of the size with this number for reads and writes.
    pub fn map<M: Machine>(
        &self,
        rig: &mut Rig<M>,
        home: &mut Home,
        iova: u64,
        to: u64,
        size: usize,
    ) {
        self.set(rig, home, iova, size, leaf(to));
    }

    /// Writes the entry, or the sixteen, of a page of the size with this number.
    pub fn set<M: Machine>(
        &self,
        rig: &mut Rig<M>,
        home: &mut Home,
        iova: u64,
        size: usize,
        pte: Pte,
    ) {
        let slot = self.slot(rig, home, iova & !(SIZES[size].0 - 1), SIZES[size].1);
        write_entries(rig, slot, size, pte);
    }
}

fn write_entries<M: Machine>(rig: &mut Rig<M>, slot: Spa, size: usize, pte: Pte) {
    let napot = size == 1 && pte.v;
    let pte = Pte {
        n: napot,
        ppn: pte.ppn | if napot { 8 } else { 0 },
        ..pte
    };
    for n in 0..if size == 1 { 16 } else { 1 } {
        let at = Spa::new(slot.raw() + 8 * n);
        rig.machine.memory_mut().write_u64(at, pte.emit());
    }
}

/// A process directory in either memory.
#[derive(Clone, Copy, Debug)]
pub struct ProcessDirectory {
    pub root: u64,
    pub mode: PdtpMode,
}

impl ProcessDirectory {
    pub fn new<M: Machine>(rig: &mut Rig<M>, home: &mut Home, mode: PdtpMode) -> Self {
        Self {
            root: home.page(rig),
            mode,
        }
    }

    /// For `DC.fsc`.
    pub fn fsc(&self) -> Fsc {
        Fsc {
            mode: self.mode.code(),
            ppn: self.root >> 12,
        }
    }

    /// The address of a process's context, as its home has it; makes the tables
    /// that lead there.
    pub fn slot<M: Machine>(&self, rig: &mut Rig<M>, home: &mut Home, process: u32) -> u64 {
        let index = ProcessId::truncate(process.into()).directory_indices();
        let mut table = self.root;
        for level in (1..self.mode.levels() as usize).rev() {
            let at = home.at(table + 8 * u64::from(index[level]));
            let entry = DirectoryEntry::parse(rig.machine.memory().read_u64(at));
            table = if entry.v {
                entry.ppn << 12
            } else {
                let next = home.page(rig);
                let pointer = DirectoryEntry::pointing_to(Spa::new(next)).emit();
                rig.machine.memory_mut().write_u64(at, pointer);
                next
            };
        }
        table + 16 * u64::from(index[0])
    }

    /// Writes a process's context.
    pub fn put<M: Machine>(
        &self,
        rig: &mut Rig<M>,
        home: &mut Home,
        process: u32,
        words: [u64; 2],
    ) {
        let slot = self.slot(rig, home, process);
        for (n, word) in words.into_iter().enumerate() {
            let at = home.at(slot + 8 * n as u64);
            rig.machine.memory_mut().write_u64(at, word);
        }
    }
}
