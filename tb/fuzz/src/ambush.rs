// SPDX-License-Identifier: Apache-2.0
//! Changes right under a walk that is on its way: with cold caches, some requests
//! for one page go out, and what they will read is changed and invalidated
//! before they are answered. Who asks again after the fence must not get what
//! they got.

use crate::entry::{A, Entry, R, U, V};
use crate::plan::Action;
use crate::processes::Process;
use crate::script::Author;
use crate::world::{Device, Stage};
use sallyport_formats::command::Command;
use sallyport_formats::{Gpa, Gscid, Iova, PAGE_SIZE, Pscid, Spa};
use sallyport_model::{Access, Request};

/// A leaf that whoever reads can use at once.
const READABLE: u64 = V | R | U | A;

/// What is changed, and how it is made known.
struct Trap {
    after: Vec<(Spa, u64)>,
    covering: Command,
}

/// Where the trap is.
struct Spot {
    device: Device,
    process: Option<Process>,
    space: usize,
    page: u64,
    leaf: Entry,
}

impl Author<'_> {
    /// One ambush, if the world has a place for it.
    pub fn ambush(&mut self) {
        let Some(spot) = self.spot() else {
            return;
        };
        let trap = match self.draw.below(10) {
            0 => context_trap(self, &spot),
            1..4 => self
                .second_trap(&spot)
                .unwrap_or_else(|| self.entry_trap(&spot)),
            4 => self
                .process_trap(&spot)
                .unwrap_or_else(|| self.entry_trap(&spot)),
            _ => self.entry_trap(&spot),
        };
        self.restore(&spot);
        self.cool();
        let early = 1 + self.draw.below(6);
        self.ask(&spot, early);
        let most = *self.draw.pick(&[1, 10, 40, 120]);
        let clocks = self.draw.below(most);
        self.actions.push(Action::Pause(clocks));
        self.actions.push(Action::Store(trap.after));
        self.actions.push(Action::Command(trap.covering));
        self.actions.push(Action::Fence { wsi: false });
        let late = self.draw.below(4);
        self.ask(&spot, late);
        self.actions.push(Action::AwaitFences);
        let later = 1 + self.draw.below(4);
        self.ask(&spot, later);
    }

    /// A device, a page that it may reach, and the leaf behind it.
    fn spot(&mut self) -> Option<Spot> {
        if self.world.devices.is_empty() {
            return None;
        }
        let device = self.draw.pick(&self.world.devices).clone();
        let (process, space) = match device.stage {
            Stage::Bare => return None,
            Stage::Space(space) => (None, space),
            Stage::Processes(index) => {
                let all = self.world.processes[index].all.iter();
                let all: Vec<&Process> = all.filter(|process| process.space.is_some()).collect();
                if all.is_empty() {
                    return None;
                }
                let process = (*self.draw.pick(&all)).clone();
                let space = process.space?;
                (Some(process), space)
            }
        };
        let entries = self.world.spaces[space].entries.iter();
        let is_open = |e: &&Entry| !e.is_pointer() && e.value & READABLE == READABLE;
        let leaves: Vec<&Entry> = entries.filter(is_open).collect();
        if leaves.is_empty() {
            return None;
        }
        let leaf = (*self.draw.pick(&leaves)).clone();
        let offset = if self.draw.chance(70) {
            leaf.hint
        } else {
            self.draw.below(leaf.size)
        };
        let page = leaf.first.wrapping_add(offset / PAGE_SIZE * PAGE_SIZE);
        Some(Spot {
            device,
            process,
            space,
            page,
            leaf,
        })
    }

    /// As it was.
    fn restore(&mut self, spot: &Spot) {
        // One by one: each is a change that software may make alone.
        for (n, word) in spot.device.values[0].iter().take(4).enumerate() {
            self.store(spot.device.contexts[0] + 8 * n as u64, *word);
        }
        if let Some(process) = &spot.process {
            for (n, word) in process.value.iter().enumerate() {
                self.store(process.place + 8 * n as u64, *word);
            }
        }
        let space = &self.world.spaces[spot.space];
        let way = space.entries.iter().filter(|e| e.leads_to(spot.page));
        let mut entries: Vec<Entry> = way.chain([&spot.leaf]).cloned().collect();
        if let Some(guest) = space.guest
            && self.draw.chance(60)
        {
            entries.extend(self.world.guests[guest].entries.iter().cloned());
        }
        for entry in entries {
            let stores = entry.stores(&self.world.image, entry.value);
            self.push_store(stores);
        }
    }

    /// A value that leads elsewhere, or nowhere.
    fn other(&mut self, entry: &Entry) -> u64 {
        match self.draw.below(3) {
            0 => entry.value ^ 1 << (entry.layout.shift(entry.level) - 2 + 6),
            _ => 0,
        }
    }

    /// The leaf or a pointer above it becomes something else.
    fn entry_trap(&mut self, spot: &Spot) -> Trap {
        let space = &self.world.spaces[spot.space];
        let guest = space.guest;
        let way = space.entries.iter().filter(|e| e.leads_to(spot.page));
        let all: Vec<Entry> = way.chain([&spot.leaf]).cloned().collect();
        let entry = self.draw.pick(&all).clone();
        let value = self.other(&entry);
        let by_page = !entry.is_pointer() && self.draw.chance(60);
        let pscid = match &spot.process {
            Some(process) => process.value[0],
            None => spot.device.values[0][2],
        };
        let pscid = Pscid::truncate(pscid >> 12 & 0xf_ffff);
        let gscid = guest.map(|_| spot.gscid());
        Trap {
            after: entry.stores(&self.world.image, value),
            covering: Command::invalidate_first_stage(
                gscid,
                self.draw.chance(50).then_some(pscid),
                by_page.then_some(Iova::new(spot.page)),
            ),
        }
    }

    /// What the second stage says of the page becomes something else.
    fn second_trap(&mut self, spot: &Spot) -> Option<Trap> {
        let guest = self.world.spaces[spot.space].guest?;
        let base = (spot.leaf.value >> 10 & ((1 << 44) - 1)) * PAGE_SIZE;
        let gpa = base / spot.leaf.size * spot.leaf.size
            + spot.page.wrapping_sub(spot.leaf.first) % spot.leaf.size;
        let entries = &self.world.guests[guest].entries;
        let over = |e: &&Entry| gpa.wrapping_sub(e.first) < e.size;
        let mut all: Vec<Entry> = entries.iter().filter(over).cloned().collect();
        if all.is_empty() || self.draw.chance(25) {
            // Perhaps one by which a table is found.
            all = entries.clone();
        }
        let entry = self.draw.pick(&all).clone();
        let value = self.other(&entry);
        let by_page = over(&&entry) && !entry.is_pointer() && self.draw.chance(60);
        Some(Trap {
            after: entry.stores(&self.world.image, value),
            covering: Command::invalidate_second_stage(
                Some(spot.gscid()),
                by_page.then_some(Gpa::new(gpa)),
            ),
        })
    }

    /// The process becomes invalid.
    fn process_trap(&mut self, spot: &Spot) -> Option<Trap> {
        let process = spot.process.as_ref()?;
        let store = self
            .world
            .image
            .stored(process.place, process.value[0] & !1);
        Some(Trap {
            after: vec![store],
            covering: Command::invalidate_process(spot.device.id, process.id),
        })
    }

    /// Empties the caches.
    fn cool(&mut self) {
        let all = Command::invalidate_first_stage(None, None, None);
        self.actions.push(Action::Command(all));
        let names: Vec<Gscid> = self.world.guests.iter().flat_map(|g| g.gscids).collect();
        for gscid in names {
            let all = Command::invalidate_first_stage(Some(gscid), None, None);
            self.actions.push(Action::Command(all));
        }
        if !self.world.guests.is_empty() {
            let all = Command::invalidate_second_stage(None, None);
            self.actions.push(Action::Command(all));
        }
        if self.draw.chance(50) {
            self.actions
                .push(Action::Command(Command::invalidate_device(None)));
        }
        self.actions.push(Action::Fence { wsi: false });
        self.actions.push(Action::AwaitFences);
    }

    fn ask(&mut self, spot: &Spot, count: u64) {
        for _ in 0..count {
            let iova = Iova::new(spot.page + self.draw.below(PAGE_SIZE));
            let access = *self.draw.pick(&[Access::Read, Access::Read, Access::Write]);
            let request = Request {
                process_id: spot.process.as_ref().map(|process| process.id),
                ..Request::untranslated(spot.device.id, access, iova, 4)
            };
            self.actions.push(Action::Request(request));
        }
    }
}

impl Spot {
    /// The guest's name in the device's context.
    fn gscid(&self) -> Gscid {
        Gscid::truncate(self.device.values[0][1] >> 44 & 0xffff)
    }
}

/// The context becomes invalid.
fn context_trap(author: &Author<'_>, spot: &Spot) -> Trap {
    let [at, _] = spot.device.contexts;
    let store = author.world.image.stored(at, spot.device.values[0][0] & !1);
    Trap {
        after: vec![store],
        covering: Command::invalidate_device(Some(spot.device.id)),
    }
}
