// SPDX-License-Identifier: Apache-2.0
//! What software changes while traffic runs, and the invalidations that belong
//! to it.

use crate::entry::Entry;
use crate::frames::Home;
use crate::pages::Builder;
use crate::plan::Action;
use crate::script::Author;
use crate::world::Stage;
use sallyport_formats::command::Command;
use sallyport_formats::{DeviceId, Gpa, Gscid, Iova, PAGE_SIZE, ProcessId, Pscid};

/// Where a change was made, for the invalidation that belongs to it.
#[derive(Clone, Copy)]
enum Changed {
    Nothing,
    /// Of a page, or of a table.
    First {
        gscid: Option<Gscid>,
        /// `None` if all processes share it.
        pscid: Option<Pscid>,
        page: Option<Iova>,
    },
    Second {
        gscid: Option<Gscid>,
        page: Option<Gpa>,
    },
    Device(DeviceId),
    Directory,
    Process(DeviceId, ProcessId),
}

/// How many of 100 changes are to what: page tables of the first stage and of the
/// second, device contexts, device directories, process contexts, process
/// directories, interrupt files.
const CHANGES: [u64; 7] = [54, 18, 10, 4, 7, 2, 5];

impl Author<'_> {
    pub fn change(&mut self) {
        let stores = 1 + self.draw.below(2);
        let mut changed = Changed::Nothing;
        for _ in 0..stores {
            changed = self.change_something();
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

    fn change_something(&mut self) -> Changed {
        let changed = match self.draw.weighted(&CHANGES) {
            1 => self.change_guest(),
            2 => self.change_device(),
            3 => self.change_directory(),
            4 => self.change_process(),
            5 => self.change_process_directory(),
            6 => self.change_file(),
            _ => None,
        };
        changed.unwrap_or_else(|| self.change_space())
    }

    fn change_device(&mut self) -> Option<Changed> {
        if self.world.devices.is_empty() {
            return None;
        }
        let device = self.draw.pick(&self.world.devices).clone();
        let (address, value) = self.world.change_context(self.draw, &device);
        self.store(address, value);
        Some(Changed::Device(device.id))
    }

    fn change_directory(&mut self) -> Option<Changed> {
        if self.world.pointers.is_empty() {
            return None;
        }
        let pointer = self.draw.pick(&self.world.pointers);
        let value = if self.draw.chance(65) {
            pointer.values[0]
        } else {
            *self.draw.pick(&pointer.values)
        };
        let address = pointer.address;
        self.store(address, value);
        Some(Changed::Directory)
    }

    /// A device that uses this process directory.
    fn user_of(&mut self, processes: usize) -> DeviceId {
        let users = self.world.devices.iter();
        let users = users.filter(|device| device.stage == Stage::Processes(processes));
        let users: Vec<DeviceId> = users.map(|device| device.id).collect();
        if users.is_empty() {
            DeviceId::default()
        } else {
            *self.draw.pick(&users)
        }
    }

    fn change_process(&mut self) -> Option<Changed> {
        let index = self.some_directory()?;
        let all = &self.world.processes[index].all;
        if all.is_empty() {
            return None;
        }
        let process = self.draw.pick(all).clone();
        let (address, value) = process.change(self.draw);
        self.store(address, value);
        Some(Changed::Process(self.user_of(index), process.id))
    }

    fn change_process_directory(&mut self) -> Option<Changed> {
        let index = self.some_directory()?;
        let pointers = &self.world.processes[index].pointers;
        if pointers.is_empty() {
            return None;
        }
        let (address, value) = *self.draw.pick(pointers);
        let value = match self.draw.below(5) {
            0 => 0,
            1 => value & !1,
            2 => value | 1 << *self.draw.pick(&[1, 9, 54, 63]),
            _ => value,
        };
        self.store(address, value);
        Some(Changed::Device(self.user_of(index)))
    }

    fn some_directory(&mut self) -> Option<usize> {
        let count = self.world.processes.len() as u64;
        (count > 0).then(|| self.draw.below(count) as usize)
    }

    fn some_guest(&mut self) -> Option<usize> {
        let count = self.world.guests.len() as u64;
        (count > 0).then(|| self.draw.below(count) as usize)
    }

    fn change_file(&mut self) -> Option<Changed> {
        let guest = self.some_guest()?;
        let gscid = self.gscid(Some(guest));
        let window = self.world.guests[guest].window.clone()?;
        let (place, words) = *self.draw.pick(&window.entries);
        let bits = self.world.image.ppn_bits();
        let word = self.draw.below(4) / 3;
        let value = match self.draw.below(4) {
            0 => words[word as usize] & !1,
            1 => words[word as usize],
            _ => window.entry(self.draw, bits)[word as usize],
        };
        self.store(place + 8 * word, value);
        let page = Gpa::new(window.page(self.draw) * PAGE_SIZE);
        Some(Changed::Second {
            gscid,
            page: self.draw.chance(50).then_some(page),
        })
    }

    fn change_guest(&mut self) -> Option<Changed> {
        let guest = self.some_guest()?;
        let gscid = self.gscid(Some(guest));
        let entries = &self.world.guests[guest].entries;
        let entry = self.draw.pick(entries).clone();
        let style = self.world.second_style(3);
        let image = &mut self.world.image;
        let now = image.entry(entry.places[0], entry.layout.bytes);
        let mut builder = Builder {
            draw: self.draw,
            image,
            style,
            home: Home::Host,
        };
        let value = builder.change(&entry, now);
        let stores = entry.stores(&self.world.image, value);
        self.push_store(stores);
        let page = self.page_in(&entry).map(Gpa::new);
        Some(Changed::Second { gscid, page })
    }

    fn change_space(&mut self) -> Changed {
        let space = self.draw.pick(&self.world.spaces).clone();
        let pscid = *self.draw.pick(&space.pscids);
        let gscid = self.gscid(space.guest);
        let shared = self.world.shared.iter();
        let shared = shared.filter(|_| space.guest.is_none());
        let shared = shared.flat_map(|shared| &shared.entries);
        let entries: Vec<&Entry> = space.entries.iter().chain(shared).collect();
        if entries.is_empty() {
            return Changed::Nothing;
        }
        let entry = (*self.draw.pick(&entries)).clone();
        let style = self.world.style(3);
        // What is there now, as far as the script knows.
        let image = &mut self.world.image;
        let now = image.entry(entry.places[0], entry.layout.bytes);
        let home = match space.guest {
            Some(guest) => Home::Guest(&mut self.world.guests[guest].frames),
            None => Home::Host,
        };
        let mut builder = Builder {
            draw: self.draw,
            image,
            style,
            home,
        };
        let value = builder.change(&entry, now);
        let stores = entry.stores(&self.world.image, value);
        self.push_store(stores);
        let pscid = if entry.shared {
            None
        } else {
            self.maybe(pscid)
        };
        let page = self.page_in(&entry).map(Iova::new);
        Changed::First { gscid, pscid, page }
    }

    /// A page that a leaf translates, for an invalidation of it alone.
    fn page_in(&mut self, entry: &Entry) -> Option<u64> {
        if entry.is_pointer() || self.draw.chance(30) {
            return None;
        }
        let offset = self.draw.below(entry.size / PAGE_SIZE) * PAGE_SIZE;
        Some(entry.first.wrapping_add(offset))
    }

    /// What software has to do after a change, or more.
    fn invalidate(&mut self, changed: Changed) {
        let all = Command::invalidate_first_stage(None, None, None);
        let command = match changed {
            Changed::First { gscid, pscid, page } => {
                Command::invalidate_first_stage(gscid, pscid, page)
            }
            Changed::Second { gscid, page } => {
                let gscid = gscid.filter(|_| page.is_some() || self.draw.chance(70));
                Command::invalidate_second_stage(gscid, page)
            }
            Changed::Device(id) => Command::invalidate_device(self.draw.chance(75).then_some(id)),
            Changed::Directory => Command::invalidate_device(None),
            Changed::Process(id, process) => Command::invalidate_process(id, process),
            Changed::Nothing => self.any_invalidation(),
        };
        self.actions.push(Action::Command(command));
        if let Changed::Second { gscid, .. } = changed
            && self.draw.chance(40)
        {
            // What the guest's own tables are reached by.
            let first = Command::invalidate_first_stage(gscid, None, None);
            self.actions.push(Action::Command(first));
        }
        if matches!(changed, Changed::Directory | Changed::Device(_)) && self.draw.chance(50) {
            self.actions.push(Action::Command(all));
        }
    }
}
