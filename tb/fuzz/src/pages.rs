// SPDX-License-Identifier: Apache-2.0
//! Address spaces: first-stage page tables, mostly as software would make them.

use crate::draw::Draw;
use crate::image::{Image, PPN_BITS};
use sallyport_formats::constants as c;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{FirstStage, PAGE_SIZE, Pscid};

const V: u64 = 1 << c::PTE_V_BIT;
const R: u64 = 1 << c::PTE_R_BIT;
const W: u64 = 1 << c::PTE_W_BIT;
const X: u64 = 1 << c::PTE_X_BIT;
const U: u64 = 1 << c::PTE_U_BIT;
const G: u64 = 1 << c::PTE_G_BIT;
const A: u64 = 1 << c::PTE_A_BIT;
const D: u64 = 1 << c::PTE_D_BIT;
const N: u64 = 1 << c::PTE_N_BIT;

/// An entry of a page table that may be changed while traffic runs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its doublewords: sixteen in a NAPOT range, otherwise one.
    pub words: Vec<u64>,
    /// Its level.
    pub level: u32,
    /// The first address that it translates.
    pub iova: u64,
    /// Bytes that it translates.
    pub size: u64,
    /// What it is at the start.
    pub value: u64,
    /// All address spaces have it in common, so that it may be global.
    pub shared: bool,
}

impl Entry {
    /// A pointer, at the start.
    pub fn is_pointer(&self) -> bool {
        self.value & (R | W | X) == 0 && self.value & V != 0
    }
}

/// An address space.
#[derive(Clone, Debug)]
pub struct Space {
    /// Its names; software may use more than one for the same tables.
    pub pscids: [Pscid; 2],
    /// Its scheme.
    pub scheme: FirstStage,
    /// Page number of its root table.
    pub root: u64,
    /// What can be changed.
    pub entries: Vec<Entry>,
}

/// What all address spaces of a world have in common.
#[derive(Clone, Debug)]
pub struct Shared {
    scheme: FirstStage,
    index: u64,
    pointer: u64,
    /// What can be changed.
    pub entries: Vec<Entry>,
}

/// Builds address spaces.
pub struct Builder<'a> {
    /// Lots.
    pub draw: &'a mut Draw,
    /// Memory.
    pub image: &'a mut Image,
    /// What the design can do.
    pub capabilities: Capabilities,
    /// Percentage of entries that break a rule.
    pub broken: u64,
}

impl Builder<'_> {
    /// A scheme that the design has.
    pub fn scheme(&mut self) -> FirstStage {
        let all = [
            (self.capabilities.sv39, FirstStage::Sv39),
            (self.capabilities.sv48, FirstStage::Sv48),
            (self.capabilities.sv57, FirstStage::Sv57),
        ];
        let there: Vec<FirstStage> = all
            .iter()
            .filter(|(there, _)| *there)
            .map(|s| s.1)
            .collect();
        *self.draw.pick(&there)
    }

    /// The part that all spaces share.
    pub fn shared(&mut self) -> Shared {
        let scheme = self.scheme();
        let table = self.image.page(self.draw);
        let pointer = table << 10 | V | if self.draw.chance(30) { G } else { 0 };
        let mut shared = Shared {
            scheme,
            index: self.draw.below(512),
            pointer,
            entries: Vec::new(),
        };
        let top = scheme.levels() - 1;
        let base = shared.index << (12 + 9 * top);
        for _ in 0..1 + self.draw.below(2) {
            let near = base + self.draw.below(1 << (9 * top)) * PAGE_SIZE;
            self.cluster(table, top, near, Some(scheme), &mut shared.entries);
        }
        shared
    }

    /// A space of its own.
    pub fn space(&mut self, pscids: [Pscid; 2], shared: Option<&Shared>) -> Space {
        let scheme = shared.map_or_else(|| self.scheme(), |shared| shared.scheme);
        let root = self.image.page(self.draw);
        if let Some(shared) = shared {
            self.image
                .set(root * PAGE_SIZE + 8 * shared.index, shared.pointer);
        }
        let mut entries = Vec::new();
        let pages = 1 << (scheme.address_bits() - 12);
        for _ in 0..1 + self.draw.below(3) {
            let near = self.draw.below(pages) * PAGE_SIZE;
            let index = near >> (scheme.address_bits() - 9);
            if shared.is_none_or(|shared| shared.index != index) {
                self.cluster(root, scheme.levels(), near, None, &mut entries);
            }
        }
        for entry in &mut entries {
            entry.iova = canonical(entry.iova, scheme);
        }
        Space {
            pscids,
            scheme,
            root,
            entries,
        }
    }

    /// Some mappings around an address, below a table of `levels` levels.
    fn cluster(
        &mut self,
        table: u64,
        levels: u32,
        near: u64,
        shared: Option<FirstStage>,
        entries: &mut Vec<Entry>,
    ) {
        for _ in 0..2 + self.draw.below(9) {
            let level = self.draw.weighted(&[60, 20, 8, 3, 1][..levels as usize]) as u32;
            let napot = level == 0 && self.draw.chance(25);
            let step = if napot {
                0x1_0000
            } else {
                PAGE_SIZE << (9 * level)
            };
            // Neighbours, within the table above.
            let window = (PAGE_SIZE << (9 * level)) * 512;
            let iova = near / window * window + (near + self.draw.below(12) * step) % window;
            let iova = iova / step * step;
            let value = self.leaf(level, napot, shared.is_some());
            self.map(table, levels, iova, level, value, napot, entries);
        }
        if let Some(scheme) = shared {
            for entry in entries {
                entry.shared = true;
                entry.iova = canonical(entry.iova, scheme);
            }
        }
    }

    /// Puts a leaf in, unless there is something already.
    #[expect(clippy::too_many_arguments, reason = "one mapping and where it goes")]
    fn map(
        &mut self,
        table: u64,
        levels: u32,
        iova: u64,
        level: u32,
        value: u64,
        napot: bool,
        entries: &mut Vec<Entry>,
    ) {
        let mut table = table;
        for at in (level + 1..levels).rev() {
            let address = table * PAGE_SIZE + 8 * (iova >> (12 + 9 * at) & 0x1ff);
            let entry = self.image.get(address);
            if entry == 0 {
                let next = self.image.page(self.draw);
                self.image.set(address, next << 10 | V);
                let size = PAGE_SIZE << (9 * at);
                entries.push(Entry {
                    words: vec![address],
                    level: at,
                    iova: iova / size * size,
                    size,
                    value: next << 10 | V,
                    shared: false,
                });
                table = next;
            } else if entry & (R | W | X) == 0 && entry & V != 0 {
                table = entry >> 10 & ((1 << PPN_BITS) - 1);
            } else {
                return;
            }
        }
        let first = table * PAGE_SIZE + 8 * (iova >> (12 + 9 * level) & 0x1ff);
        let words: Vec<u64> = (0..if napot { 16 } else { 1 })
            .map(|n| first + 8 * n)
            .collect();
        if words.iter().any(|word| self.image.get(*word) != 0) {
            return;
        }
        for word in &words {
            self.image.set(*word, value);
        }
        entries.push(Entry {
            words,
            level,
            iova,
            size: if napot {
                0x1_0000
            } else {
                PAGE_SIZE << (9 * level)
            },
            value,
            shared: false,
        });
    }

    /// A leaf; `global` says that it may be.
    pub fn leaf(&mut self, level: u32, napot: bool, global: bool) -> u64 {
        let draw = &mut *self.draw;
        let permissions = *draw.pick(&[R | W | X, R | W | X, R | W, R | W, R, R | X, X]);
        let set = |yes: bool, bit: u64| if yes { bit } else { 0 };
        let shift = 10 + 9 * level;
        let bits = PPN_BITS - 9 * level.min(4);
        let bits = bits.min(*draw.pick(&[12, 24, PPN_BITS]));
        let mut ppn = draw.below(1 << bits) << (shift - 10);
        if napot {
            ppn = ppn & !0xf | c::NAPOT_64K_PPN_LOW;
        }
        let pbmt = if self.capabilities.svpbmt {
            draw.weighted(&[70, 15, 15]) as u64
        } else {
            0
        };
        V | permissions
            | set(draw.chance(93), U)
            | set(global && draw.chance(70), G)
            | set(draw.chance(75), A)
            | set(draw.chance(60), D)
            | set(napot, N)
            | draw.below(4) << c::PTE_RSW_LSB
            | pbmt << c::PTE_PBMT_LSB
            | ppn << 10
            | set(draw.chance(self.broken), broken_bits(draw, level))
    }

    /// Another value for an entry, as software or a fault of software would
    /// have it.
    pub fn change(&mut self, entry: &Entry, now: u64) -> u64 {
        let napot = entry.words.len() > 1;
        let value = match self.draw.weighted(&[16, 36, 25, 9, 8, 4, 2]) {
            0 => 0,
            1 => entry.value,
            2 => self.leaf(entry.level, napot, entry.shared),
            3 => now & !(A | D),
            4 => now ^ *self.draw.pick(&[V, R, W, X, U, A, D]),
            5 if entry.is_pointer() => self.image.page(self.draw) << 10 | V,
            5 => now ^ 1 << (10 + 9 * entry.level + self.draw.below(4) as u32 * 4),
            _ if entry.level == 0 && self.draw.chance(40) => {
                entry.value & !(R | W | X | U | A | D | N)
            }
            _ => now | broken_bits(self.draw, entry.level),
        };
        // Only what all spaces share may be global, and it must agree.
        if entry.shared { value } else { value & !G }
    }
}

/// What no entry may have at this level.
fn broken_bits(draw: &mut Draw, level: u32) -> u64 {
    match draw.below(5) {
        0 => 1 << (54 + draw.below(7)),
        1 => 3 << c::PTE_PBMT_LSB,
        2 if level > 0 => N,
        3 if level > 0 => 1 << (10 + draw.below(9 * u64::from(level))),
        _ => 1 << 60,
    }
}

/// The address with its sign.
pub fn canonical(iova: u64, scheme: FirstStage) -> u64 {
    let shift = 64 - scheme.address_bits();
    ((iova << shift) as i64 >> shift) as u64
}
