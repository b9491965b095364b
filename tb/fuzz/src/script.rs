// SPDX-License-Identifier: Apache-2.0
//! What happens in a world: traffic, and software that changes things while it
//! runs.

use crate::draw::Draw;
use crate::pages::{Builder, Entry, canonical};
use crate::plan::Action;
use crate::world::World;
use sallyport_formats::command::{Command, Directory, Invalidation};
use sallyport_formats::{DeviceId, Iova, PAGE_SIZE, ProcessId, Pscid, Spa};
use sallyport_model::{Access, Request, RequestKind};

/// Where a change was made, for the invalidation that belongs to it.
#[derive(Clone, Copy)]
enum Changed {
    Nothing,
    Leaf {
        iova: u64,
        shared: bool,
        pscid: Pscid,
    },
    Table {
        shared: bool,
        pscid: Pscid,
    },
    Device(DeviceId),
    Directory,
}

/// Writes scripts.
pub struct Author<'a> {
    pub(crate) draw: &'a mut Draw,
    pub(crate) world: &'a mut World,
    pub(crate) actions: Vec<Action>,
    recent: Vec<(DeviceId, u64)>,
    changes: bool,
}

/// How many of 1000 steps are what.
const STEPS: [u64; 10] = [783, 75, 30, 20, 15, 40, 4, 6, 2, 25];

impl<'a> Author<'a> {
    /// A script of about `steps` steps.
    pub fn write(draw: &'a mut Draw, world: &'a mut World, steps: u64) -> Vec<Action> {
        let changes = draw.chance(90);
        let mut author = Self {
            draw,
            world,
            actions: Vec::new(),
            recent: Vec::new(),
            changes,
        };
        for _ in 0..steps {
            author.step();
        }
        author.actions
    }

    fn step(&mut self) {
        match self.draw.weighted(&STEPS) {
            1 if self.changes => self.change(),
            2 => {
                let command = self.any_invalidation();
                self.actions.push(Action::Command(command));
            }
            3 => self.fence(),
            4 => self.actions.push(Action::TakeRecords),
            5 => {
                let most = *self.draw.pick(&[4, 20, 200]);
                let clocks = 1 + self.draw.below(most);
                self.actions.push(Action::Pause(clocks));
            }
            6 if self.changes => {
                let ddtp = *self.draw.pick(&self.world.ddtp);
                self.actions.push(Action::Ddtp(ddtp));
                for _ in 0..self.draw.below(12) {
                    let request = self.request();
                    self.actions.push(Action::Request(request));
                }
                if self.draw.chance(85) {
                    self.actions.push(Action::Ddtp(self.world.ddtp[0]));
                }
            }
            7 => self.actions.push(Action::AwaitFences),
            8 => {
                let words = illegal_command(self.draw);
                self.actions.push(Action::Illegal(words));
            }
            9 if self.changes => self.ambush(),
            _ => {
                let request = self.request();
                self.actions.push(Action::Request(request));
            }
        }
    }

    fn fence(&mut self) {
        let wsi = self.draw.chance(3);
        self.actions.push(Action::Fence { wsi });
    }

    // ------------------------------------------------------------- traffic
    fn request(&mut self) -> Request {
        let (device_id, iova) = if !self.recent.is_empty() && self.draw.chance(60) {
            *self.draw.pick(&self.recent)
        } else {
            let target = self.target();
            if self.recent.len() >= 12 {
                self.recent.remove(0);
            }
            self.recent.push(target);
            target
        };
        // Another byte of the page.
        let iova = iova & !(PAGE_SIZE - 1) | self.draw.below(PAGE_SIZE);
        let access = match self.draw.weighted(&[50, 40, 10]) {
            0 => Access::Read,
            1 => Access::Write,
            _ => Access::Execute,
        };
        let process = self
            .draw
            .chance(4)
            .then(|| ProcessId::truncate(self.draw.below(300)));
        Request {
            process_id: process,
            privileged: process.is_some() && self.draw.chance(50),
            kind: match self.draw.weighted(&[97, 2, 1]) {
                0 => RequestKind::Untranslated,
                1 => RequestKind::Translated,
                _ => RequestKind::TranslationRequest,
            },
            ..Request::untranslated(device_id, access, Iova::new(iova), 4)
        }
    }

    fn target(&mut self) -> (DeviceId, u64) {
        if self.world.devices.is_empty() || self.draw.chance(3) {
            let bits = *self.draw.pick(&[6, 7, 15, 16, 24]);
            let id = self.draw.below(1 << bits);
            return (DeviceId::truncate(id), self.draw.bits());
        }
        let device = self.draw.pick(&self.world.devices);
        let id = device.id;
        let Some(space) = device.space else {
            let iova = self.draw.bits() >> *self.draw.pick(&[0, 8, 9, 30]);
            return (id, iova);
        };
        let space = if self.draw.chance(4) {
            self.draw.pick(&self.world.spaces)
        } else {
            &self.world.spaces[space]
        };
        let shared = self.world.shared.iter().flat_map(|shared| &shared.entries);
        let entries: Vec<&Entry> = space.entries.iter().chain(shared).collect();
        if entries.is_empty() || self.draw.chance(3) {
            let iova = self.draw.bits();
            let keep = self.draw.chance(20);
            return (
                id,
                if keep {
                    iova
                } else {
                    canonical(iova, space.scheme)
                },
            );
        }
        let leaves: Vec<&&Entry> = entries.iter().filter(|entry| !entry.is_pointer()).collect();
        let entry = if leaves.is_empty() || self.draw.chance(10) {
            self.draw.pick(&entries)
        } else {
            self.draw.pick(&leaves)
        };
        // Few pages of a big one, so that they come again.
        let pages = entry.size / PAGE_SIZE;
        let page = match self.draw.below(4) {
            0 => self.draw.below(pages),
            1 => pages - 1,
            n => n.min(pages - 1),
        };
        let iova = entry.iova + page * PAGE_SIZE;
        // The same but for its sign: mapped only as far as the tables go.
        let flip = self.draw.chance(3).then(|| 38 + self.draw.below(26));
        (id, iova ^ flip.map_or(0, |bit| 1 << bit))
    }

    // ------------------------------------------------------------- changes
    fn change(&mut self) {
        let stores = 1 + self.draw.below(2);
        let mut changed = Changed::Nothing;
        for _ in 0..stores {
            changed = self.store();
        }
        match self.draw.weighted(&[45, 15, 15, 25]) {
            0 => {
                self.invalidate(changed);
                self.fence();
            }
            1 => self.invalidate(changed),
            2 => {
                let command = self.any_invalidation();
                self.actions.push(Action::Command(command));
                self.fence();
            }
            _ => {}
        }
        if self.draw.chance(15) {
            self.actions.push(Action::AwaitFences);
        }
    }

    fn store(&mut self) -> Changed {
        match self.draw.weighted(&[82, 13, 5]) {
            1 if !self.world.devices.is_empty() => {
                let device = self.draw.pick(&self.world.devices).clone();
                let (address, value) = self.world.change_context(self.draw, &device);
                self.push_store(vec![(Spa::new(address), value)]);
                Changed::Device(device.id)
            }
            2 if !self.world.pointers.is_empty() => {
                let pointer = self.draw.pick(&self.world.pointers);
                let value = if self.draw.chance(65) {
                    pointer.values[0]
                } else {
                    *self.draw.pick(&pointer.values)
                };
                let address = Spa::new(pointer.address);
                self.push_store(vec![(address, value)]);
                Changed::Directory
            }
            _ => self.change_entry(),
        }
    }

    fn change_entry(&mut self) -> Changed {
        let space = self.draw.pick(&self.world.spaces);
        let pscid = *self.draw.pick(&space.pscids);
        let shared = self.world.shared.iter().flat_map(|shared| &shared.entries);
        let entries: Vec<&Entry> = space.entries.iter().chain(shared).collect();
        if entries.is_empty() {
            return Changed::Nothing;
        }
        let entry = (*self.draw.pick(&entries)).clone();
        let mut builder = Builder {
            draw: self.draw,
            image: &mut self.world.image,
            capabilities: self.world.design.capabilities,
            broken: 3,
        };
        // What is there now, as far as the script knows.
        let now = builder.image.get(entry.words[0]);
        let value = builder.change(&entry, now);
        let stores = entry.words.iter().map(|word| (Spa::new(*word), value));
        self.push_store(stores.collect());
        let shared = entry.shared;
        if entry.is_pointer() {
            Changed::Table { shared, pscid }
        } else {
            let offset = self.draw.below(entry.size / PAGE_SIZE) * PAGE_SIZE;
            let iova = entry.iova + offset;
            Changed::Leaf {
                iova,
                shared,
                pscid,
            }
        }
    }

    fn push_store(&mut self, stores: Vec<(Spa, u64)>) {
        self.actions.push(Action::Store(stores));
    }

    /// What software has to do after a change, or more.
    fn invalidate(&mut self, changed: Changed) {
        let vma = Command::invalidate_first_stage;
        let command = match changed {
            Changed::Leaf {
                iova,
                shared,
                pscid,
            } => {
                let page = self.draw.chance(70).then_some(Iova::new(iova));
                let process = (!shared && self.draw.chance(70)).then_some(pscid);
                vma(None, process, page)
            }
            Changed::Table { shared, pscid } => vma(
                None,
                (!shared && self.draw.chance(70)).then_some(pscid),
                None,
            ),
            Changed::Device(id) => Command::invalidate_device(self.draw.chance(75).then_some(id)),
            Changed::Directory => Command::invalidate_device(None),
            Changed::Nothing => self.any_invalidation(),
        };
        self.actions.push(Action::Command(command));
        if matches!(changed, Changed::Directory | Changed::Device(_)) && self.draw.chance(50) {
            self.actions.push(Action::Command(vma(None, None, None)));
        }
    }

    /// Any invalidation that is not illegal.
    fn any_invalidation(&mut self) -> Command {
        let draw = &mut *self.draw;
        let device = match self.world.devices.as_slice() {
            [] => DeviceId::default(),
            devices => draw.pick(devices).id,
        };
        let space = draw.pick(&self.world.spaces);
        let page = match (self.recent.as_slice(), space.entries.as_slice()) {
            ([], []) => 0,
            ([], entries) => draw.pick(entries).iova / PAGE_SIZE,
            (recent, _) => draw.pick(recent).1 / PAGE_SIZE,
        };
        let operands = Invalidation {
            av: draw.chance(50),
            pscv: draw.chance(60),
            pscid: *draw.pick(&space.pscids),
            gv: draw.chance(10),
            page,
            ..Invalidation::default()
        };
        let directory = Directory {
            dv: draw.chance(70),
            did: device,
            pid: ProcessId::default(),
        };
        match draw.weighted(&[60, 8, 24, 8]) {
            0 => Command::InvalidateVma(operands),
            1 => Command::InvalidateGvma(Invalidation {
                pscv: false,
                ..operands
            }),
            2 => Command::InvalidateDdt(directory),
            _ => Command::InvalidatePdt(Directory {
                dv: true,
                ..directory
            }),
        }
    }
}

/// A command that no design takes.
fn illegal_command(draw: &mut Draw) -> [u64; 2] {
    let [first, second] = Command::InvalidateVma(Invalidation::default()).emit();
    match draw.below(5) {
        0 => {
            let opcode = 5 + draw.below(100);
            [draw.bits() << 7 | opcode, draw.bits()]
        }
        1 => [4 | 2 << 7, 0],
        2 => [first | 1 << (60 + draw.below(4)), second],
        3 => [first, 1 << draw.below(9)],
        _ => [first | 7 << 7, second],
    }
}
