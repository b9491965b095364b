// SPDX-License-Identifier: Apache-2.0
//! Devices, their contexts and directories, and the address spaces behind them.

use crate::draw::Draw;
use crate::image::Image;
use crate::pages::{Builder, Shared, Space};
use sallyport_formats::constants as c;
use sallyport_formats::{DeviceId, PAGE_SIZE, Pscid, Spa};
use sallyport_model::Design;

const TC_V: u64 = 1 << c::DC_TC_V_BIT;
const TC_DTF: u64 = 1 << c::DC_TC_DTF_BIT;
const TC_SADE: u64 = 1 << c::DC_TC_SADE_BIT;
const TC_PDTV: u64 = 1 << c::DC_TC_PDTV_BIT;

/// A device, as the directory that is in use at first has it.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The space that it is in; `None` if its first stage is Bare.
    pub space: Option<usize>,
    /// Where its contexts lie, in each directory.
    pub contexts: [u64; 2],
    /// Its contexts, in each directory.
    pub values: [[u64; 8]; 2],
}

/// A non-leaf entry of a directory.
#[derive(Clone, Debug)]
pub struct Pointer {
    /// Where it lies.
    pub address: u64,
    /// What it may be, first as it is at the start.
    pub values: Vec<u64>,
}

/// A world.
pub struct World {
    /// The design that it is made for.
    pub design: Design,
    /// Memory.
    pub image: Image,
    /// Address spaces.
    pub spaces: Vec<Space>,
    /// What they share.
    pub shared: Option<Shared>,
    /// Devices.
    pub devices: Vec<Device>,
    /// Non-leaf entries of directories.
    pub pointers: Vec<Pointer>,
    /// Values for `ddtp`; the first is the one to begin with.
    pub ddtp: Vec<u64>,
}

/// Percentage of entries that break a rule.
const BROKEN: u64 = 4;

/// Percentage of contexts that do.
const BROKEN_CONTEXTS: u64 = 9;

impl World {
    /// Draws a world for a design.
    pub fn new(draw: &mut Draw, design: Design) -> Self {
        let mut image = Image::default();
        let mut builder = Builder {
            draw,
            image: &mut image,
            capabilities: design.capabilities,
            broken: BROKEN,
        };
        let shared = builder.draw.chance(50).then(|| builder.shared());
        let count = 1 + builder.draw.below(4);
        let spaces: Vec<Space> = (0..count)
            .map(|n| {
                let pscids = pscids(builder.draw, n);
                builder.space(pscids, shared.as_ref())
            })
            .collect();
        let mut world = Self {
            design,
            image,
            spaces,
            shared,
            devices: Vec::new(),
            pointers: Vec::new(),
            ddtp: Vec::new(),
        };
        world.add_devices(draw);
        world
    }

    /// Where memory may misbehave: but for the root tables where there is
    /// something shared, as a global translation that was cached in one space
    /// serves another whose own way to it is blocked.
    pub fn fragile(&self) -> Vec<(Spa, u64)> {
        let is_root = |(address, _): &(Spa, u64)| {
            let page = address.page_number();
            self.shared.is_some() && self.spaces.iter().any(|space| space.root == page)
        };
        let words = self.image.words().into_iter();
        words.filter(|word| !is_root(word)).collect()
    }

    /// Whether contexts have 64 bytes.
    fn extended(&self) -> bool {
        self.design.capabilities.msi_flat
    }

    fn add_devices(&mut self, draw: &mut Draw) {
        let levels = *draw.pick(&[1, 2, 3, 3]);
        let roots = [self.image.page(draw), self.image.page(draw)];
        let (low, middle) = if self.extended() { (6, 9) } else { (7, 9) };
        let uppers = [draw.below(1 << (24 - low)), draw.below(1 << (24 - low))];
        for _ in 0..2 + draw.below(5) {
            let upper = *draw.pick(&uppers) & ((1 << (middle * (levels - 1)).min(24 - low)) - 1);
            let id = DeviceId::truncate(upper << low | draw.below(1 << low));
            if self.devices.iter().any(|device| device.id == id) {
                continue;
            }
            let space = draw.below(self.spaces.len() as u64) as usize;
            let space = (!draw.chance(12)).then_some(space);
            let contexts = [0, 1].map(|n| self.place(draw, roots[n], levels, id));
            let other = draw.below(self.spaces.len() as u64) as usize;
            let values = [self.context(draw, space), self.context(draw, Some(other))];
            for (address, value) in contexts.iter().zip(&values) {
                self.store_context(*address, value);
            }
            self.devices.push(Device {
                id,
                space,
                contexts,
                values,
            });
        }
        let mode = c::DDTP_MODE_1LVL + levels - 1;
        let ddtp = |mode: u64, root: u64| mode | root << c::DDTP_PPN_LSB;
        self.ddtp = vec![
            ddtp(mode, roots[0]),
            ddtp(mode, roots[1]),
            c::DDTP_MODE_OFF,
            c::DDTP_MODE_BARE,
        ];
        if draw.chance(4) {
            self.ddtp.rotate_left(2 + draw.below(2) as usize);
        }
        self.link_directories(draw);
    }

    /// A non-leaf entry may also be invalid, broken, or lead to the table of the
    /// other directory.
    fn link_directories(&mut self, draw: &mut Draw) {
        let first: Vec<u64> = self
            .pointers
            .iter()
            .map(|pointer| pointer.values[0])
            .collect();
        for pointer in &mut self.pointers {
            let now = pointer.values[0];
            pointer.values.push(0);
            pointer.values.push(now & !1);
            pointer
                .values
                .push(now | 1 << *draw.pick(&[1, 5, 9, 54, 60, 63]));
            // Same offset in the other directory, so same level and devices.
            let twin = self.devices.iter().find_map(|device| {
                let [a, b] = device.contexts;
                let leads = |at: u64| first.iter().position(|v| v >> 10 == at / PAGE_SIZE);
                match (leads(a), leads(b)) {
                    (Some(one), Some(two)) if first[one] == now => Some(first[two]),
                    (Some(one), Some(two)) if first[two] == now => Some(first[one]),
                    _ => None,
                }
            });
            pointer.values.extend(twin);
        }
    }

    /// Where the context of a device lies, with the tables that lead to it.
    fn place(&mut self, draw: &mut Draw, root: u64, levels: u64, id: DeviceId) -> u64 {
        let indices = id.directory_indices(self.extended());
        let mut table = root;
        for level in (1..levels as usize).rev() {
            let address = table * PAGE_SIZE + 8 * u64::from(indices[level]);
            let entry = self.image.get(address);
            table = if entry == 0 {
                let next = self.image.page(draw);
                let value = next << c::DIR_ENTRY_PPN_LSB | 1;
                self.image.set(address, value);
                self.pointers.push(Pointer {
                    address,
                    values: vec![value],
                });
                next
            } else {
                entry >> c::DIR_ENTRY_PPN_LSB
            };
        }
        let bytes = if self.extended() { 64 } else { 32 };
        table * PAGE_SIZE + bytes * u64::from(indices[0])
    }

    fn store_context(&mut self, address: u64, words: &[u64; 8]) {
        let count = if self.extended() { 8 } else { 4 };
        for (n, word) in words.iter().take(count).enumerate() {
            self.image.set(address + 8 * n as u64, *word);
        }
    }

    /// A context, mostly right.
    fn context(&self, draw: &mut Draw, space: Option<usize>) -> [u64; 8] {
        let mut words = [0; 8];
        words[0] = TC_V;
        if draw.chance(15) {
            words[0] |= TC_DTF;
        }
        if self.design.capabilities.amo_hwad && draw.chance(60) {
            words[0] |= TC_SADE;
        }
        if let Some(space) = space {
            let space = &self.spaces[space];
            words[2] = u64::from(*draw.pick(&space.pscids)) << c::DC_TA_PSCID_LSB;
            words[3] = u64::from(space.scheme.code()) << c::FSC_MODE_LSB | space.root;
        } else if draw.chance(50) {
            words[0] |= TC_PDTV;
        }
        if draw.chance(BROKEN_CONTEXTS) {
            let (word, bits) = broken_context(draw, self.extended());
            words[word] ^= bits;
        }
        words
    }

    /// Stores that change one doubleword of a context. Software that changes
    /// more at once makes the context invalid first.
    pub fn change_context(&self, draw: &mut Draw, device: &Device) -> (u64, u64) {
        let n = draw.below(2) as usize;
        let (at, words) = (device.contexts[n], device.values[n]);
        match draw.below(9) {
            0 => (at, words[0] & !TC_V),
            1 => (at, words[0] ^ TC_DTF),
            2 if self.design.capabilities.amo_hwad => (at, words[0] ^ TC_SADE),
            3 => {
                let (word, bits) = broken_context(draw, self.extended());
                (at + 8 * word as u64, words[word] ^ bits)
            }
            4 => (at + 24, if draw.chance(50) { 0 } else { words[3] }),
            n => {
                // As it was; most changes are to the first doubleword.
                let word = if n < 7 { 0 } else { draw.below(4) as usize };
                (at + 8 * word as u64, words[word])
            }
        }
    }
}

/// Two names, some with equal lower bits.
fn pscids(draw: &mut Draw, n: u64) -> [Pscid; 2] {
    let stride = *draw.pick(&[1, 0x100, 0x1_0000]);
    let first = n * 2 * stride;
    [first, first + stride].map(|pscid| Pscid::truncate(pscid + 4 * stride))
}

/// A doubleword and bits to turn over, which make a context misconfigured.
fn broken_context(draw: &mut Draw, extended: bool) -> (usize, u64) {
    let words = if extended { 8 } else { 4 };
    match draw.below(words) {
        0 => (
            0,
            1 << *draw.pick(&[1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 23, 32, 63]),
        ),
        1 => (1, *draw.pick(&[8, 9, 10, 3]) << c::IOHGATP_MODE_LSB),
        2 => (2, 1 << *draw.pick(&[0, 11, 32, 40, 52])),
        3 => (3, 1 << *draw.pick(&[44, 59, 62])),
        4 => (4, 1 << *draw.pick(&[44, 60, 61, 63])),
        5 => (5, 1 << *draw.pick(&[52, 63])),
        6 => (6, 1 << *draw.pick(&[44, 52])),
        _ => (7, 1 << draw.below(64)),
    }
}
