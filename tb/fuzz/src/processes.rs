// SPDX-License-Identifier: Apache-2.0
//! Process directories.

use crate::draw::Draw;
use crate::frames::{Home, Page};
use crate::image::{Contents, Image};
use crate::pages::Space;
use sallyport_formats::constants as c;
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{PAGE_SIZE, ProcessId};

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its id.
    pub id: ProcessId,
    /// The space that it is in; `None` if its first stage is Bare.
    pub space: Option<usize>,
    /// Where its context lies.
    pub place: u64,
    /// Its context.
    pub value: [u64; 2],
}

/// A process directory.
#[derive(Clone, Debug)]
pub struct Processes {
    /// The guest that it is in.
    pub guest: Option<usize>,
    /// `pdtp.MODE`.
    pub mode: u8,
    /// Page number of its root table, in its guest.
    pub root: u64,
    /// Non-leaf entries, and what each is at the start.
    pub pointers: Vec<(u64, u64)>,
    /// Processes.
    pub all: Vec<Process>,
}

/// Modes that the design has.
pub fn modes(capabilities: &Capabilities) -> Vec<PdtpMode> {
    [
        (capabilities.pd8, PdtpMode::Pd8),
        (capabilities.pd17, PdtpMode::Pd17),
        (capabilities.pd20, PdtpMode::Pd20),
    ]
    .iter()
    .filter(|mode| mode.0)
    .map(|mode| mode.1)
    .collect()
}

/// Builds process directories.
pub struct Builder<'a> {
    pub draw: &'a mut Draw,
    pub image: &'a mut Image,
    pub home: Home<'a>,
    /// The contents of its entries.
    pub contents: Contents,
    /// Percentage of contexts that break a rule.
    pub broken: u64,
}

impl Builder<'_> {
    /// A directory whose processes are in some of these spaces, which are those
    /// of the guest.
    pub fn build(
        &mut self,
        mode: PdtpMode,
        guest: Option<usize>,
        spaces: &[(usize, &Space)],
    ) -> Processes {
        let root = self.page();
        let mut processes = Processes {
            guest,
            mode: mode.code(),
            root: root.name,
            pointers: Vec::new(),
            all: Vec::new(),
        };
        let bits = mode.process_id_bits();
        let upper = self.draw.below(1 << bits);
        for n in 0..2 + self.draw.below(5) {
            // Neighbours, in few tables; 0 is the default one.
            let id = match self.draw.below(4) {
                0 => self.draw.below(1 << bits),
                _ if n == 0 => 0,
                _ => upper & !7 | self.draw.below(8),
            };
            let id = ProcessId::truncate(id);
            if processes.all.iter().any(|process| process.id == id) {
                continue;
            }
            let Some(place) = self.place(root, mode.levels(), id, &mut processes.pointers) else {
                continue;
            };
            let space =
                (!spaces.is_empty() && self.draw.chance(88)).then(|| *self.draw.pick(spaces));
            let value = context(self.draw, self.broken, space.map(|space| space.1));
            self.image.set(place, value[0]);
            self.image.set(place + 8, value[1]);
            processes.all.push(Process {
                id,
                space: space.map(|space| space.0),
                place,
                value,
            });
        }
        processes
    }

    fn page(&mut self) -> Page {
        self.home.page(self.draw, self.image, self.contents)
    }

    /// Where the context of a process lies, with the tables that lead to it.
    fn place(
        &mut self,
        root: Page,
        levels: u32,
        id: ProcessId,
        pointers: &mut Vec<(u64, u64)>,
    ) -> Option<u64> {
        let indices = id.directory_indices();
        let mut page = root.physical;
        for level in (1..levels as usize).rev() {
            let place = page * PAGE_SIZE + 8 * u64::from(indices[level]);
            let value = self.image.get(place);
            page = if value == 0 {
                let next = self.page();
                let value = next.name << c::DIR_ENTRY_PPN_LSB | 1;
                self.image.set(place, value);
                pointers.push((place, value));
                next.physical
            } else {
                self.home.physical(value >> c::DIR_ENTRY_PPN_LSB)?
            };
        }
        Some(page * PAGE_SIZE + c::PC_BYTES * u64::from(indices[0]))
    }
}

/// A context, mostly right.
fn context(draw: &mut Draw, broken_percent: u64, space: Option<&Space>) -> [u64; 2] {
    let mut words = [1 << c::PC_TA_V_BIT, 0];
    if draw.chance(60) {
        words[0] |= 1 << c::PC_TA_ENS_BIT;
    }
    if draw.chance(50) {
        words[0] |= 1 << c::PC_TA_SUM_BIT;
    }
    if let Some(space) = space {
        words[0] |= u64::from(*draw.pick(&space.pscids)) << c::PC_TA_PSCID_LSB;
        words[1] = u64::from(space.scheme.code()) << c::FSC_MODE_LSB | space.root;
    }
    if draw.chance(broken_percent) {
        let (word, bits) = broken(draw);
        words[word] ^= bits;
    }
    words
}

/// A doubleword and bits to turn over, which make a context invalid or
/// misconfigured.
fn broken(draw: &mut Draw) -> (usize, u64) {
    match draw.below(3) {
        0 => (0, 1 << *draw.pick(&[0, 3, 11, 32, 63])),
        1 => (1, 1 << *draw.pick(&[44, 59])),
        _ => (1, 4 << c::FSC_MODE_LSB),
    }
}

impl Process {
    /// Another value for a doubleword of the context.
    pub fn change(&self, draw: &mut Draw) -> (u64, u64) {
        let [ta, fsc] = self.value;
        match draw.below(8) {
            0 => (self.place, ta & !1),
            1 => (self.place, ta ^ 1 << c::PC_TA_ENS_BIT),
            2 => (self.place, ta ^ 1 << c::PC_TA_SUM_BIT),
            3 => {
                let (word, bits) = broken(draw);
                (self.place + 8 * word as u64, self.value[word] ^ bits)
            }
            4 => (self.place + 8, if draw.chance(50) { 0 } else { fsc }),
            5 => (self.place + 8, fsc),
            _ => (self.place, ta),
        }
    }
}
