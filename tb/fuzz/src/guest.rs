// SPDX-License-Identifier: Apache-2.0
//! Guests: a second stage, and interrupt files.

use crate::draw::Draw;
use crate::entry::{A, D, Entry, G, N, R, U, V, W, X};
use crate::frames::{Frames, Home, Range};
use crate::image::{Contents, Image, Reader};
use crate::layout::Layout;
use crate::pages::{Builder, Style, Table};
use sallyport_formats::constants as c;
use sallyport_formats::msi::MsiPte;
use sallyport_formats::{Gscid, PAGE_SIZE, SecondStage, Spa};
use sallyport_model::Design;

/// A guest.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its names; software may use more than one for the same tables.
    pub gscids: [Gscid; 2],
    /// Its scheme.
    pub scheme: SecondStage,
    /// Page number of its root table.
    pub root: u64,
    /// What can be changed of its second stage.
    pub entries: Vec<Entry>,
    /// Its memory.
    pub frames: Frames,
    /// Its interrupt files.
    pub window: Option<Window>,
}

/// Interrupt files, and the table that maps them.
#[derive(Clone, Debug)]
pub struct Window {
    /// `msi_addr_mask`.
    pub mask: u64,
    /// `msi_addr_pattern`.
    pub pattern: u64,
    /// Page number of the table.
    pub table: u64,
    /// Where each entry lies, and what it is at the start.
    pub entries: Vec<(u64, [u64; 2])>,
    /// Files may be memory-resident.
    mrif: bool,
}

impl Window {
    /// A page of it.
    pub fn page(&self, draw: &mut Draw) -> u64 {
        self.pattern & !self.mask | draw.bits() & self.mask
    }
}

/// Good in every way for tables of the guest.
const GOOD: u64 = V | R | W | U | A | D;

/// Schemes that the design has, with this `fctl.GXL`.
pub fn schemes(design: &Design, gxl: bool) -> Vec<SecondStage> {
    let capabilities = design.capabilities;
    let wide = !gxl;
    [
        (gxl && capabilities.sv32x4, SecondStage::Sv32x4),
        (wide && capabilities.sv39x4, SecondStage::Sv39x4),
        (wide && capabilities.sv48x4, SecondStage::Sv48x4),
        (wide && capabilities.sv57x4, SecondStage::Sv57x4),
    ]
    .iter()
    .filter(|scheme| scheme.0)
    .map(|scheme| scheme.1)
    .collect()
}

impl Guest {
    /// A guest. `style.big` is `fctl.BE` here, `style.narrow` says that
    /// guest-physical addresses have 34 bits.
    pub fn new(
        draw: &mut Draw,
        image: &mut Image,
        design: &Design,
        style: Style,
        gscids: [Gscid; 2],
        scheme: SecondStage,
    ) -> Self {
        let layout = Layout::from(scheme);
        let contents = Contents::of(Reader::SecondStage, style.big, layout.bytes);
        let root = image.pages(draw, 4, contents);
        let table = Table {
            layout,
            page: root,
            levels: layout.levels,
            contents,
            shared: false,
        };
        let bits = if style.narrow {
            layout.address_bits().min(34)
        } else {
            layout.address_bits()
        };
        let window = (design.capabilities.msi_flat && draw.chance(60))
            .then(|| Window::new(draw, image, style, bits));
        let mut builder = Builder {
            draw,
            image,
            style,
            home: Home::Host,
        };
        let mut entries = Vec::new();
        for cluster in 0..2 + builder.draw.below(3) {
            let near = builder.draw.bits() & ((1 << bits) - 1);
            for n in 0..3 + builder.draw.below(7) {
                let weights = &[50, 28, 10, 6, 2][..layout.levels as usize];
                let level = builder.draw.weighted(weights) as u32;
                // Room for tables.
                let level = if n == 0 { 1 } else { level };
                builder.mapping(table, near, level, &mut entries);
                if let Some(entry) = entries.last_mut().filter(|_| cluster < 2 && n < 2) {
                    make_good(builder.image, entry);
                }
            }
        }
        let files = window.as_ref().map(|window| [window.mask, window.pattern]);
        let narrow = |entry: &&Entry| entry.first >> bits == 0;
        let leaves = entries.iter().filter(|entry| !entry.is_pointer());
        let ranges = leaves.filter(narrow).map(range).collect();
        Self {
            gscids,
            scheme,
            root,
            frames: Frames::new(ranges, files),
            entries,
            window,
        }
    }
}

fn make_good(image: &mut Image, entry: &mut Entry) {
    if entry.is_pointer() {
        return;
    }
    let ppn = entry.value >> 10 & ((1 << 44) - 1);
    let aligned = ppn & !((1 << (entry.layout.shift(entry.level) - 12)) - 1);
    let napot = entry.places.len() > 1;
    let ppn = if napot { ppn } else { aligned };
    entry.value = ppn << 10 | GOOD | if napot { N } else { 0 };
    for place in &entry.places {
        image.set_entry(*place, entry.layout.bytes, entry.value);
    }
}

/// What a leaf maps.
fn range(leaf: &Entry) -> Range {
    let mut target = leaf.value >> 10 & ((1 << 44) - 1);
    if leaf.places.len() > 1 {
        target &= !0xf;
    }
    let plain = GOOD | X | G | N | 3 << c::PTE_RSW_LSB | ((1 << 44) - 1) << 10;
    let pages = leaf.size / PAGE_SIZE;
    Range {
        first: leaf.first / PAGE_SIZE,
        pages,
        target,
        good: leaf.value & GOOD == GOOD && leaf.value & !plain == 0 && target.is_multiple_of(pages),
    }
}

impl Window {
    fn new(draw: &mut Draw, image: &mut Image, style: Style, bits: u32) -> Self {
        let page_bits = bits - 12;
        let mut mask = 0;
        for _ in 0..draw.below(5) {
            mask |= 1u64 << draw.below(page_bits.into());
        }
        let files = 1u64 << mask.count_ones();
        let pages = (files * c::MSIPTE_BYTES).div_ceil(PAGE_SIZE);
        let contents = Contents::of(Reader::InterruptFiles, style.big, 8);
        let table = image.pages(draw, pages, contents);
        let mut window = Self {
            mask,
            pattern: draw.bits() & ((1 << page_bits) - 1),
            table,
            entries: Vec::new(),
            mrif: style.capabilities.msi_mrif,
        };
        for file in 0..files {
            let place = table * PAGE_SIZE + file * c::MSIPTE_BYTES;
            let value = window.entry(draw, image.ppn_bits());
            image.set(place, value[0]);
            image.set(place + 8, value[1]);
            window.entries.push((place, value));
        }
        window
    }

    /// An entry, mostly right.
    pub fn entry(&self, draw: &mut Draw, ppn_bits: u32) -> [u64; 2] {
        let page = |draw: &mut Draw| draw.below(1 << ppn_bits);
        let mut words = match draw.weighted(&[45, 40, 10, 5]) {
            1 if self.mrif => MsiPte::Mrif {
                file: Spa::new(page(draw) << 12 | draw.below(8) << 9),
                nid: draw.below(1 << 11) as u16,
                notice_ppn: page(draw),
            }
            .emit(),
            2 => [0; 2],
            3 => [draw.bits() | 6, draw.bits()],
            _ => MsiPte::Basic { ppn: page(draw) }.emit(),
        };
        if draw.chance(8) {
            // Another mode may be that of a memory-resident file.
            let bit = draw.below(64);
            let bit = if self.mrif || bit > 2 { bit } else { 0 };
            words[draw.below(2) as usize] ^= 1 << bit;
        }
        words
    }
}
