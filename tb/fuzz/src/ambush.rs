// SPDX-License-Identifier: Apache-2.0
//! Changes right under a walk that is on its way: with cold caches, some requests
//! for one page go out, and what they will read is changed and invalidated
//! before they are answered. Who asks again after the fence must not get what
//! they got.

use crate::pages::Entry;
use crate::plan::Action;
use crate::script::Author;
use crate::world::Device;
use sallyport_formats::command::Command;
use sallyport_formats::constants as c;
use sallyport_formats::{Iova, PAGE_SIZE, Spa};
use sallyport_model::{Access, Request};

/// A leaf that whoever reads can use at once: V, R, U and A.
const READABLE: u64 = 1 << c::PTE_V_BIT | 1 << c::PTE_R_BIT | 1 << c::PTE_U_BIT | 1 << c::PTE_A_BIT;

/// What is changed, and how it is made known.
struct Trap {
    after: Vec<(Spa, u64)>,
    covering: Command,
}

impl Author<'_> {
    /// One ambush, if the world has a place for it.
    pub fn ambush(&mut self) {
        let Some((device, page, entry)) = self.place() else {
            return;
        };
        let trap = if self.draw.chance(20) {
            context_trap(&device)
        } else {
            self.entry_trap(&device, page, &entry)
        };
        // As it was, and nothing cached.
        let words = device.values[0].iter().take(4).enumerate();
        let word = |(n, value): (usize, &u64)| (n as u64 * 8, *value);
        for (offset, value) in words.map(word) {
            // One by one: each is a change that software may make alone.
            let address = Spa::new(device.contexts[0] + offset);
            self.actions.push(Action::Store(vec![(address, value)]));
        }
        let space = &self.world.spaces[device.space.unwrap_or_default()];
        let way = space.entries.iter().filter(|e| leads_to(e, page));
        for entry in way.chain([&entry]) {
            let stores = entry.words.iter().map(|at| (Spa::new(*at), entry.value));
            self.actions.push(Action::Store(stores.collect()));
        }
        self.cool();
        let early = 1 + self.draw.below(6);
        self.ask(&device, page, early);
        let most = *self.draw.pick(&[1, 10, 40, 120]);
        let clocks = self.draw.below(most);
        self.actions.push(Action::Pause(clocks));
        self.actions.push(Action::Store(trap.after));
        self.actions.push(Action::Command(trap.covering));
        self.actions.push(Action::Fence { wsi: false });
        let late = self.draw.below(4);
        self.ask(&device, page, late);
        self.actions.push(Action::AwaitFences);
        let later = 1 + self.draw.below(4);
        self.ask(&device, page, later);
    }

    /// A device, a page that it may reach, and the leaf behind it.
    fn place(&mut self) -> Option<(Device, u64, Entry)> {
        if self.world.devices.is_empty() {
            return None;
        }
        let device = self.draw.pick(&self.world.devices).clone();
        let space = &self.world.spaces[device.space?];
        let is_open = |e: &&Entry| !e.is_pointer() && e.value & READABLE == READABLE;
        let leaves: Vec<&Entry> = space.entries.iter().filter(is_open).collect();
        if leaves.is_empty() {
            return None;
        }
        let entry = (*self.draw.pick(&leaves)).clone();
        let page = entry.iova + self.draw.below(entry.size / PAGE_SIZE) * PAGE_SIZE;
        Some((device, page, entry))
    }

    /// The leaf or a pointer above it becomes something else.
    fn entry_trap(&mut self, device: &Device, page: u64, leaf: &Entry) -> Trap {
        let space = &self.world.spaces[device.space.unwrap_or_default()];
        let way = space.entries.iter().filter(|e| leads_to(e, page));
        let all: Vec<&Entry> = way.chain([leaf]).collect();
        let entry = *self.draw.pick(&all);
        let value = match self.draw.below(3) {
            0 => entry.value ^ 1 << (10 + 9 * entry.level + 6),
            _ => 0,
        };
        let stores = |value: u64| entry.words.iter().map(move |at| (Spa::new(*at), value));
        let by_page = !entry.is_pointer() && self.draw.chance(60);
        let pscid = device.values[0][2] >> 12 & 0xf_ffff;
        let pscid = sallyport_formats::Pscid::truncate(pscid);
        Trap {
            after: stores(value).collect(),
            covering: Command::invalidate_first_stage(
                None,
                self.draw.chance(50).then_some(pscid),
                by_page.then_some(Iova::new(page)),
            ),
        }
    }

    /// Empties the caches.
    fn cool(&mut self) {
        let all = Command::invalidate_first_stage(None, None, None);
        self.actions.push(Action::Command(all));
        if self.draw.chance(50) {
            self.actions
                .push(Action::Command(Command::invalidate_device(None)));
        }
        self.actions.push(Action::Fence { wsi: false });
        self.actions.push(Action::AwaitFences);
    }

    fn ask(&mut self, device: &Device, page: u64, count: u64) {
        for _ in 0..count {
            let iova = Iova::new(page + self.draw.below(PAGE_SIZE));
            let access = *self.draw.pick(&[Access::Read, Access::Read, Access::Write]);
            let request = Request::untranslated(device.id, access, iova, 4);
            self.actions.push(Action::Request(request));
        }
    }
}

/// Whether this is a pointer on the way to the page.
fn leads_to(entry: &Entry, page: u64) -> bool {
    entry.is_pointer() && page.wrapping_sub(entry.iova) < entry.size
}

/// The context becomes invalid.
fn context_trap(device: &Device) -> Trap {
    let tc = Spa::new(device.contexts[0]);
    let value = device.values[0][0];
    Trap {
        after: vec![(tc, value & !1)],
        covering: Command::invalidate_device(Some(device.id)),
    }
}
