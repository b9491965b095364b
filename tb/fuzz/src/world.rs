// SPDX-License-Identifier: Apache-2.0
//! Devices, their directories, and the guests, processes and address spaces
//! behind them.

use crate::context::{Common, First, TC_DTF, TC_SADE, TC_V};
use crate::draw::Draw;
use crate::frames::Home;
use crate::guest::{Guest, schemes};
use crate::image::{Contents, Image, PPN_BITS, Reader};
use crate::pages::{Builder, Shared, Space, Style};
use crate::processes::{self, Processes, modes};
use sallyport_formats::constants as c;
use sallyport_formats::{DeviceId, Gscid, PAGE_SIZE, Pscid, Spa};
use sallyport_model::Design;

/// The first stage of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// None.
    Bare,
    /// That of this space.
    Space(usize),
    /// That of each process of this directory.
    Processes(usize),
}

/// A device, as the directory that is in use at first has it.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The guest that has it.
    pub guest: Option<usize>,
    /// Its first stage.
    pub stage: Stage,
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
    /// What its contexts have in common.
    pub common: Common,
    /// Memory.
    pub image: Image,
    /// Guests.
    pub guests: Vec<Guest>,
    /// Address spaces.
    pub spaces: Vec<Space>,
    /// What those of the host share.
    pub shared: Option<Shared>,
    /// Process directories.
    pub processes: Vec<Processes>,
    /// Devices.
    pub devices: Vec<Device>,
    /// Non-leaf entries of device directories.
    pub pointers: Vec<Pointer>,
    /// Values for `ddtp`; the first is the one to begin with.
    pub ddtp: Vec<u64>,
}

/// Percentage of entries that break a rule.
const BROKEN: u64 = 4;

impl World {
    /// Draws a world for a design.
    pub fn new(draw: &mut Draw, design: Design) -> Self {
        let common = common(draw, design);
        let bits = if common.sxl { 22 } else { PPN_BITS };
        let mut world = Self {
            common,
            image: Image::new(bits),
            guests: Vec::new(),
            spaces: Vec::new(),
            shared: None,
            processes: Vec::new(),
            devices: Vec::new(),
            pointers: Vec::new(),
            ddtp: Vec::new(),
        };
        world.add_guests(draw);
        world.add_spaces(draw);
        world.add_processes(draw);
        world.add_devices(draw);
        world
    }

    /// How first-stage tables are made.
    pub fn style(&self, broken: u64) -> Style {
        Style {
            capabilities: self.common.design.capabilities,
            broken: if self.common.calm { 1 } else { broken },
            calm: self.common.calm,
            big: self.common.sbe,
            narrow: self.common.sxl,
        }
    }

    /// How second-stage tables are made.
    pub fn second_style(&self, broken: u64) -> Style {
        Style {
            big: self.common.big,
            ..self.style(broken)
        }
    }

    fn add_guests(&mut self, draw: &mut Draw) {
        let schemes = schemes(&self.common.design, self.common.gxl);
        let count = if schemes.is_empty() {
            0
        } else {
            *draw.pick(&[0, 1, 1, 2, 3])
        };
        let style = self.second_style(BROKEN);
        for n in 0..count {
            let scheme = *draw.pick(&schemes);
            let stride = *draw.pick(&[1, 0x100]);
            let gscids = [1, 2].map(|k| Gscid::truncate((2 * n + k) * stride));
            let design = self.common.design;
            let guest = Guest::new(draw, &mut self.image, &design, style, gscids, scheme);
            self.guests.push(guest);
        }
    }

    /// Spaces of the host and of each guest; those of different guests may have
    /// the same names.
    fn add_spaces(&mut self, draw: &mut Draw) {
        let style = self.style(BROKEN);
        let mut builder = Builder {
            draw,
            image: &mut self.image,
            style,
            home: Home::Host,
        };
        self.shared = builder.draw.chance(50).then(|| builder.shared());
        let count = 1 + builder
            .draw
            .below(if self.guests.is_empty() { 4 } else { 2 });
        for n in 0..count {
            let pscids = pscids(builder.draw, n);
            let space = builder.space(pscids, None, self.shared.as_ref());
            self.spaces.push(space);
        }
        for (index, guest) in self.guests.iter_mut().enumerate() {
            for n in 0..draw.below(4) {
                let pscids = pscids(draw, n);
                let mut builder = Builder {
                    draw: &mut *draw,
                    image: &mut self.image,
                    style,
                    home: Home::Guest(&mut guest.frames),
                };
                self.spaces.push(builder.space(pscids, Some(index), None));
            }
        }
    }

    fn add_processes(&mut self, draw: &mut Draw) {
        let modes = modes(&self.common.design.capabilities);
        if modes.is_empty() {
            return;
        }
        let homes = std::iter::once(None).chain((0..self.guests.len()).map(Some));
        for guest in homes {
            if !draw.chance(60) {
                continue;
            }
            let mode = *draw.pick(&modes);
            let spaces: Vec<(usize, &Space)> = self
                .spaces
                .iter()
                .enumerate()
                .filter(|(_, space)| space.guest == guest)
                .collect();
            let home = match guest {
                Some(guest) => Home::Guest(&mut self.guests[guest].frames),
                None => Home::Host,
            };
            let mut builder = processes::Builder {
                draw: &mut *draw,
                image: &mut self.image,
                home,
                contents: Contents::of(Reader::Processes, self.common.sbe, 8),
                broken: if self.common.calm { 1 } else { 6 },
            };
            let processes = builder.build(mode, guest, &spaces);
            self.processes.push(processes);
        }
    }

    /// Where memory may misbehave: but for the root tables where there is
    /// something shared, as a global translation that was cached in one space
    /// serves another whose own way to it is blocked.
    pub fn fragile(&self) -> Vec<(Spa, u64)> {
        let is_root = |(address, _): &(Spa, u64)| {
            let page = address.page_number();
            let mut host = self.spaces.iter().filter(|space| space.guest.is_none());
            self.shared.is_some() && host.any(|space| space.root == page)
        };
        let words = self.image.words().into_iter();
        words.filter(|word| !is_root(word)).collect()
    }

    fn add_devices(&mut self, draw: &mut Draw) {
        let extended = self.common.extended();
        let levels = *draw.pick(&[1, 2, 3, 3]);
        let contents = Contents::of(Reader::Devices, self.common.big, 8);
        let roots = [0, 1].map(|_| self.image.page(draw, contents));
        let (low, middle) = if extended { (6, 9) } else { (7, 9) };
        let uppers = [draw.below(1 << (24 - low)), draw.below(1 << (24 - low))];
        for _ in 0..2 + draw.below(5) {
            let upper = *draw.pick(&uppers) & ((1 << (middle * (levels - 1)).min(24 - low)) - 1);
            let id = DeviceId::truncate(upper << low | draw.below(1 << low));
            if self.devices.iter().any(|device| device.id == id) {
                continue;
            }
            let contexts = [0, 1].map(|n| self.place(draw, roots[n], levels, id));
            let (guest, stage) = self.owner(draw);
            let (other_guest, other) = self.owner(draw);
            let values = [
                self.context(draw, guest, stage),
                self.context(draw, other_guest, other),
            ];
            for (address, value) in contexts.iter().zip(&values) {
                self.store_context(*address, value);
            }
            self.devices.push(Device {
                id,
                guest,
                stage,
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

    /// Who a device belongs to, and its first stage.
    fn owner(&self, draw: &mut Draw) -> (Option<usize>, Stage) {
        let count = self.guests.len() as u64;
        let guest = (count > 0 && draw.chance(70)).then(|| draw.below(count) as usize);
        let spaces = self.spaces.iter().enumerate();
        let spaces = spaces.filter(|(_, space)| space.guest == guest);
        let spaces = spaces.map(|(index, _)| Stage::Space(index));
        let processes = self.processes.iter().enumerate();
        let processes = processes.filter(|(_, all)| all.guest == guest);
        let processes: Vec<Stage> = processes
            .map(|(index, _)| Stage::Processes(index))
            .collect();
        let spaces: Vec<Stage> = spaces.collect();
        let bare = if guest.is_some() { 25 } else { 12 };
        let stage = if draw.chance(bare) {
            Stage::Bare
        } else if !processes.is_empty() && (spaces.is_empty() || draw.chance(45)) {
            *draw.pick(&processes)
        } else if spaces.is_empty() {
            Stage::Bare
        } else {
            *draw.pick(&spaces)
        };
        (guest, stage)
    }

    fn context(&self, draw: &mut Draw, guest: Option<usize>, stage: Stage) -> [u64; 8] {
        let first = match stage {
            Stage::Bare => First::Bare,
            Stage::Space(space) => First::Space(&self.spaces[space]),
            Stage::Processes(processes) => First::Processes(&self.processes[processes]),
        };
        let guest = guest.map(|guest| &self.guests[guest]);
        self.common.context(draw, guest, first)
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
        let extended = self.common.extended();
        let contents = Contents::of(Reader::Devices, self.common.big, 8);
        let indices = id.directory_indices(extended);
        let mut table = root;
        for level in (1..levels as usize).rev() {
            let address = table * PAGE_SIZE + 8 * u64::from(indices[level]);
            let entry = self.image.get(address);
            table = if entry == 0 {
                let next = self.image.page(draw, contents);
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
        let bytes = if extended { 64 } else { 32 };
        table * PAGE_SIZE + bytes * u64::from(indices[0])
    }

    fn store_context(&mut self, address: u64, words: &[u64; 8]) {
        let count = if self.common.extended() { 8 } else { 4 };
        for (n, word) in words.iter().take(count).enumerate() {
            self.image.set(address + 8 * n as u64, *word);
        }
    }

    /// Stores that change one doubleword of a context. Software that changes
    /// more at once makes the context invalid first.
    pub fn change_context(&self, draw: &mut Draw, device: &Device) -> (u64, u64) {
        let n = draw.below(2) as usize;
        let (at, words) = (device.contexts[n], device.values[n]);
        match draw.below(9) {
            0 => (at, words[0] & !TC_V),
            1 => (at, words[0] ^ TC_DTF),
            2 if self.common.design.capabilities.amo_hwad => (at, words[0] ^ TC_SADE),
            3 => {
                let (word, value) = self.common.broken(draw, &words);
                (at + 8 * word as u64, value)
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

/// Byte orders and widths that the design has.
fn common(draw: &mut Draw, design: Design) -> Common {
    let capabilities = design.capabilities;
    let big = capabilities.end && draw.chance(20);
    let sbe = if capabilities.end && draw.chance(20) {
        !big
    } else {
        big
    };
    let narrow = capabilities.sv32 && design.gxl_writable && draw.chance(15);
    let gxl = narrow && capabilities.sv32x4 && draw.chance(60);
    Common {
        design,
        big,
        gxl,
        sbe,
        sxl: narrow,
        calm: draw.chance(60),
    }
}

/// Two names, some with equal lower bits.
fn pscids(draw: &mut Draw, n: u64) -> [Pscid; 2] {
    let stride = *draw.pick(&[1, 0x100, 0x1_0000]);
    let first = n * 2 * stride;
    [first, first + stride].map(|pscid| Pscid::truncate(pscid + 4 * stride))
}
