// SPDX-License-Identifier: Apache-2.0
//! Address spaces: page tables of either stage, mostly as software would make
//! them.

use crate::draw::Draw;
use crate::entry::{A, D, Entry, G, N, R, U, V, W, X, broken_bits};
use crate::frames::{Home, Page};
use crate::image::{Contents, Image, Reader};
use crate::layout::Layout;
use sallyport_formats::constants as c;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{FirstStage, PAGE_SIZE, Pscid};

/// An address space.
#[derive(Clone, Debug)]
pub struct Space {
    /// Its names; software may use more than one for the same tables.
    pub pscids: [Pscid; 2],
    /// The guest that it is in.
    pub guest: Option<usize>,
    /// Its scheme.
    pub scheme: FirstStage,
    /// Page number of its root table, in its guest.
    pub root: u64,
    /// What can be changed.
    pub entries: Vec<Entry>,
}

/// What all address spaces of the host have in common.
#[derive(Clone, Debug)]
pub struct Shared {
    scheme: FirstStage,
    index: u64,
    pointer: u64,
    /// What can be changed.
    pub entries: Vec<Entry>,
}

/// How tables are made.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// What the design can do.
    pub capabilities: Capabilities,
    /// Percentage of entries that break a rule.
    pub broken: u64,
    /// Most entries let everybody through, and changes put things in contents.
    pub calm: bool,
    /// First-stage tables, and process directories, are big-endian.
    pub big: bool,
    /// First-stage tables have entries of four bytes.
    pub narrow: bool,
}

/// Builds address spaces.
pub struct Builder<'a> {
    /// Lots.
    pub draw: &'a mut Draw,
    /// Memory.
    pub image: &'a mut Image,
    /// How.
    pub style: Style,
    /// Where tables lie.
    pub home: Home<'a>,
}

/// A table, and what is below it.
#[derive(Clone, Copy)]
pub struct Table {
    pub layout: Layout,
    /// Its physical page.
    pub page: u64,
    /// Levels, with its own.
    pub levels: u32,
    pub contents: Contents,
    pub shared: bool,
}

impl Builder<'_> {
    /// A scheme that the design has.
    fn scheme(&mut self) -> FirstStage {
        if self.style.narrow {
            return FirstStage::Sv32;
        }
        let capabilities = self.style.capabilities;
        let all = [
            (capabilities.sv39, FirstStage::Sv39),
            (capabilities.sv48, FirstStage::Sv48),
            (capabilities.sv57, FirstStage::Sv57),
        ];
        let there: Vec<FirstStage> = all.iter().filter(|s| s.0).map(|s| s.1).collect();
        *self.draw.pick(&there)
    }

    fn contents(&self, layout: Layout) -> Contents {
        let reader = if layout.second {
            Reader::SecondStage
        } else {
            Reader::FirstStage
        };
        Contents::of(reader, self.style.big, layout.bytes)
    }

    fn table(&mut self, contents: Contents) -> Page {
        self.home.page(self.draw, self.image, contents)
    }

    /// The part that all spaces share.
    pub fn shared(&mut self) -> Shared {
        let scheme = self.scheme();
        let layout = Layout::from(scheme);
        let contents = self.contents(layout);
        let page = self.table(contents).physical;
        let pointer = page << 10 | V | if self.draw.chance(30) { G } else { 0 };
        let levels = layout.levels - 1;
        let mut shared = Shared {
            scheme,
            index: self.draw.below(1 << layout.index_bits),
            pointer,
            entries: Vec::new(),
        };
        let table = Table {
            layout,
            page,
            levels,
            contents,
            shared: true,
        };
        let base = shared.index << layout.shift(levels);
        for _ in 0..1 + self.draw.below(2) {
            let near = base + (self.draw.bits() & ((1 << layout.shift(levels)) - 1));
            self.cluster(table, near, &mut shared.entries);
        }
        shared
    }

    /// A space of its own.
    pub fn space(
        &mut self,
        pscids: [Pscid; 2],
        guest: Option<usize>,
        shared: Option<&Shared>,
    ) -> Space {
        let scheme = shared.map_or_else(|| self.scheme(), |shared| shared.scheme);
        let layout = Layout::from(scheme);
        let contents = self.contents(layout);
        let root = self.table(contents);
        if let Some(shared) = shared {
            let at = root.physical * PAGE_SIZE + layout.bytes * shared.index;
            self.image.set_entry(at, layout.bytes, shared.pointer);
        }
        let table = Table {
            layout,
            page: root.physical,
            levels: layout.levels,
            contents,
            shared: false,
        };
        let mut entries = Vec::new();
        for _ in 0..1 + self.draw.below(3) {
            let near = self.draw.bits() & ((1 << layout.address_bits()) - 1);
            let index = near >> layout.shift(layout.levels - 1);
            if shared.is_none_or(|shared| shared.index != index) {
                self.cluster(table, near, &mut entries);
            }
        }
        Space {
            pscids,
            guest,
            scheme,
            root: root.name,
            entries,
        }
    }

    /// Some mappings around an address.
    fn cluster(&mut self, table: Table, near: u64, entries: &mut Vec<Entry>) {
        for _ in 0..2 + self.draw.below(9) {
            let weights = &[60, 20, 8, 3, 1][..table.levels as usize];
            let level = self.draw.weighted(weights) as u32;
            self.mapping(table, near, level, entries);
        }
    }

    /// A mapping of this level around an address.
    pub fn mapping(&mut self, table: Table, near: u64, level: u32, entries: &mut Vec<Entry>) {
        let layout = table.layout;
        let napot = level == 0 && !layout.is_narrow() && self.draw.chance(25);
        let size = if napot {
            0x1_0000
        } else {
            1 << layout.shift(level)
        };
        // Neighbours, within the table above.
        let window = 1 << layout.shift(level + 1);
        let at = near / window * window + (near + self.draw.below(12) * size) % window;
        let first = at / size * size;
        let (value, hint) = self.leaf(layout, level, napot, table.shared);
        let entry = Entry {
            places: Vec::new(),
            layout,
            level,
            first: layout.canonical(first),
            size,
            value,
            shared: table.shared,
            hint,
        };
        self.map(table, first, entry, entries);
    }

    /// Puts a leaf in, unless there is something already.
    fn map(&mut self, table: Table, first: u64, mut leaf: Entry, entries: &mut Vec<Entry>) {
        let layout = table.layout;
        let mut page = table.page;
        for level in (leaf.level + 1..table.levels).rev() {
            let place = page * PAGE_SIZE + layout.offset(first, level);
            let value = self.image.entry(place, layout.bytes);
            if value == 0 {
                let next = self.table(table.contents);
                let value = next.name << 10 | V;
                self.image.set_entry(place, layout.bytes, value);
                let size = 1 << layout.shift(level);
                entries.push(Entry {
                    places: vec![place],
                    layout,
                    level,
                    first: layout.canonical(first / size * size),
                    size,
                    value,
                    shared: table.shared,
                    hint: 0,
                });
                page = next.physical;
            } else if value & (R | W | X) == 0 && value & V != 0 {
                let name = value >> 10 & ((1 << 44) - 1);
                match self.home.physical(name) {
                    Some(physical) => page = physical,
                    None => return,
                }
            } else {
                return;
            }
        }
        let place = page * PAGE_SIZE + layout.offset(first, leaf.level);
        let count = if leaf.value & N != 0 && leaf.size == 0x1_0000 {
            16
        } else {
            1
        };
        leaf.places = (0..count).map(|n| place + layout.bytes * n).collect();
        let taken = |place: &u64| self.image.entry(*place, layout.bytes) != 0;
        if leaf.places.iter().any(taken) {
            return;
        }
        for place in &leaf.places {
            self.image.set_entry(*place, layout.bytes, leaf.value);
        }
        entries.push(leaf);
    }

    /// Where a page of `size` bytes leads to, and where in it there is something.
    fn target(&mut self, size: u64) -> (u64, u64) {
        if let Home::Guest(frames) = &self.home
            && self.draw.chance(93)
        {
            return frames.target(self.draw, size);
        }
        let most = self.image.ppn_bits();
        let bits = most.min(*self.draw.pick(&[12, 24, 44]));
        let pages = (size / PAGE_SIZE).min(1 << most);
        let few = (1u64 << bits).min((1 << most) / pages).max(1);
        (self.draw.below(few) * pages % (1 << most) * PAGE_SIZE, 0)
    }

    /// A leaf, and the offset in it where there is something; `global` says that
    /// it may be.
    fn leaf(&mut self, layout: Layout, level: u32, napot: bool, global: bool) -> (u64, u64) {
        let size = if napot {
            0x1_0000
        } else {
            1 << layout.shift(level)
        };
        let (target, hint) = self.target(size);
        let mut ppn = target / PAGE_SIZE;
        if napot {
            ppn = ppn & !0xf | c::NAPOT_64K_PPN_LOW;
        }
        let draw = &mut *self.draw;
        let all = R | W | X;
        let permissions = if self.style.calm {
            *draw.pick(&[all, all, all, all, all, R | W, R | X])
        } else {
            *draw.pick(&[all, all, R | W, R | W, R, R | X, X])
        };
        let [user, accessed, dirty] = if self.style.calm {
            [99, 97, 95]
        } else {
            [93, 75, 60]
        };
        let set = |yes: bool, bit: u64| if yes { bit } else { 0 };
        let pbmt = if self.style.capabilities.svpbmt && !layout.is_narrow() {
            draw.weighted(&[70, 15, 15]) as u64
        } else {
            0
        };
        let value = V
            | permissions
            | set(draw.chance(user), U)
            | set(global && draw.chance(70), G)
            | set(draw.chance(accessed), A)
            | set(draw.chance(dirty), D)
            | set(napot, N)
            | draw.below(4) << c::PTE_RSW_LSB
            | pbmt << c::PTE_PBMT_LSB
            | ppn << 10
            | set(
                draw.chance(self.style.broken),
                broken_bits(draw, layout, level),
            );
        (value, hint)
    }

    /// Another value for an entry, as software or a fault of software would
    /// have it.
    pub fn change(&mut self, entry: &Entry, now: u64) -> u64 {
        let layout = entry.layout;
        let napot = entry.places.len() > 1;
        let weights = if self.style.calm {
            [6, 70, 16, 4, 2, 1, 1]
        } else {
            [16, 36, 25, 9, 8, 4, 2]
        };
        let value = match self.draw.weighted(&weights) {
            0 => 0,
            1 => entry.value,
            2 => self.leaf(layout, entry.level, napot, entry.shared).0,
            3 => now & !(A | D),
            4 => now ^ *self.draw.pick(&[V, R, W, X, U, A, D]),
            5 if entry.is_pointer() => {
                let contents = self.contents(layout);
                self.image.page(self.draw, contents) << 10 | V
            }
            5 => {
                let most = if layout.is_narrow() { 2 } else { 4 };
                now ^ 1 << (layout.shift(entry.level) - 2 + self.draw.below(most) as u32 * 4)
            }
            _ if entry.level == 0 && self.draw.chance(40) => {
                entry.value & !(R | W | X | U | A | D | N)
            }
            _ => now | broken_bits(self.draw, layout, entry.level),
        };
        let value = if layout.is_narrow() {
            value & 0xffff_ffff
        } else {
            value
        };
        // Only what all spaces share may be global, and it must agree.
        if entry.shared { value } else { value & !G }
    }
}
