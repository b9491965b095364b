// SPDX-License-Identifier: Apache-2.0
//! What devices ask for.

use crate::entry::Entry;
use crate::layout::Layout;
use crate::script::Author;
use crate::world::{Device, Stage};
use sallyport_formats::constants as c;
use sallyport_formats::{DeviceId, Iova, PAGE_SIZE, ProcessId};
use sallyport_model::{Access, Request, RequestKind};

/// Who asks for which page, and how.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub device: DeviceId,
    pub process: Option<ProcessId>,
    pub kind: RequestKind,
    pub iova: u64,
}

impl Author<'_> {
    /// What is asked for next: something new, or again.
    pub fn next_target(&mut self) -> Target {
        if !self.recent.is_empty() && self.draw.chance(60) {
            return *self.draw.pick(&self.recent);
        }
        let target = self.target();
        if self.recent.len() >= 12 {
            self.recent.remove(0);
        }
        self.recent.push(target);
        target
    }

    /// One request.
    pub fn request_for(&mut self, target: Target) -> Request {
        // Another byte of the page.
        let iova = target.iova & !(PAGE_SIZE - 1) | self.draw.below(PAGE_SIZE);
        let access = match self.draw.weighted(&[50, 40, 10]) {
            0 => Access::Read,
            1 => Access::Write,
            _ => Access::Execute,
        };
        let kind = match target.kind {
            // What may be translated may be asked for, and the other way round.
            RequestKind::TranslationRequest if self.draw.chance(30) => RequestKind::Untranslated,
            kind => kind,
        };
        let asks = kind == RequestKind::TranslationRequest;
        // A translation request for execution only asks for reading, too.
        let access = match access {
            Access::Write if asks => Access::Read,
            access => access,
        };
        Request {
            process_id: target.process,
            privileged: target.process.is_some() && self.draw.chance(40),
            kind,
            no_write: asks && self.draw.chance(40),
            ..Request::untranslated(target.device, access, Iova::new(iova), 4)
        }
    }

    fn target(&mut self) -> Target {
        if self.world.devices.is_empty() || self.draw.chance(3) {
            let bits = *self.draw.pick(&[6, 7, 15, 16, 24]);
            let id = self.draw.below(1 << bits);
            return Target {
                device: DeviceId::truncate(id),
                process: None,
                kind: self.kind(0),
                iova: self.draw.bits(),
            };
        }
        let device = self.draw.pick(&self.world.devices).clone();
        let tc = device.values[0][0];
        let kind = self.kind(tc);
        let (process, stage) = self.process(&device);
        let translated = kind == RequestKind::Translated;
        let iova = if translated && tc >> c::DC_TC_T2GPA_BIT & 1 == 0 {
            let bits = *self.draw.pick(&[30, 56, 56, 57]);
            self.draw.below(1 << bits)
        } else if translated {
            self.address(&device, Stage::Bare)
        } else {
            self.address(&device, stage)
        };
        Target {
            device: device.id,
            process,
            kind,
            iova,
        }
    }

    /// The kind of a request, of a device with this `DC.tc`.
    fn kind(&mut self, tc: u64) -> RequestKind {
        let weights = if tc >> c::DC_TC_EN_ATS_BIT & 1 == 1 {
            [65, 12, 23]
        } else {
            [97, 2, 1]
        };
        // Without ATS nobody tells how to refuse a translation request.
        let ats = self.world.common.design.capabilities.ats;
        match self.draw.weighted(&weights) {
            1 => RequestKind::Translated,
            2 if ats => RequestKind::TranslationRequest,
            _ => RequestKind::Untranslated,
        }
    }

    /// The process of a request, and the first stage that it has.
    fn process(&mut self, device: &Device) -> (Option<ProcessId>, Stage) {
        let Stage::Processes(index) = device.stage else {
            let bits = *self.draw.pick(&[3, 9, 20]);
            let id = self
                .draw
                .chance(4)
                .then(|| ProcessId::truncate(self.draw.below(1 << bits)));
            return (id, device.stage);
        };
        let all = &self.world.processes[index].all;
        let in_space = |space: Option<usize>| space.map_or(Stage::Bare, Stage::Space);
        if !all.is_empty() && self.draw.chance(85) {
            let process = self.draw.pick(all);
            return (Some(process.id), in_space(process.space));
        }
        let default = all.iter().find(|process| process.id.raw() == 0);
        let stage = in_space(default.and_then(|process| process.space));
        if self.draw.chance(70) {
            return (None, stage);
        }
        let bits = *self.draw.pick(&[3, 9, 20]);
        let id = ProcessId::truncate(self.draw.below(1 << bits));
        (Some(id), stage)
    }

    /// An address for a device with this first stage to ask for.
    fn address(&mut self, device: &Device, stage: Stage) -> u64 {
        match (stage, device.guest) {
            (Stage::Space(space), _) => self.virtual_address(space),
            (_, Some(guest)) => self.guest_address(guest),
            (_, None) => self.draw.bits() >> *self.draw.pick(&[0, 8, 9, 30]),
        }
    }

    fn virtual_address(&mut self, space: usize) -> u64 {
        let space = if self.draw.chance(4) {
            self.draw.pick(&self.world.spaces)
        } else {
            &self.world.spaces[space]
        };
        let layout = Layout::from(space.scheme);
        let shared = self.world.shared.iter();
        let shared = shared.filter(|_| space.guest.is_none());
        let shared = shared.flat_map(|shared| &shared.entries);
        let entries: Vec<Entry> = space.entries.iter().chain(shared).cloned().collect();
        if entries.is_empty() || self.draw.chance(3) {
            let iova = self.draw.bits();
            let keep = self.draw.chance(20);
            return if keep { iova } else { layout.canonical(iova) };
        }
        let address = self.page_of(&entries);
        // The same but for its sign: mapped only as far as the tables go.
        let flip = self.draw.chance(3).then(|| 31 + self.draw.below(33));
        address ^ flip.map_or(0, |bit| 1 << bit)
    }

    fn guest_address(&mut self, guest: usize) -> u64 {
        let guest = &self.world.guests[guest];
        if let Some(window) = &guest.window
            && self.draw.chance(25)
        {
            return window.page(self.draw) * PAGE_SIZE;
        }
        if self.draw.chance(3) {
            return self.draw.bits() >> *self.draw.pick(&[0, 4, 5, 14, 23]);
        }
        let entries = guest.entries.clone();
        let address = self.page_of(&entries);
        let flip = self.draw.chance(3).then(|| 31 + self.draw.below(33));
        address ^ flip.map_or(0, |bit| 1 << bit)
    }

    /// A page behind one of these entries.
    pub(crate) fn page_of(&mut self, entries: &[Entry]) -> u64 {
        let leaves: Vec<&Entry> = entries.iter().filter(|entry| !entry.is_pointer()).collect();
        let entry = if leaves.is_empty() || self.draw.chance(10) {
            self.draw.pick(entries)
        } else {
            *self.draw.pick(&leaves)
        };
        // Few pages of a big one, so that they come again.
        let pages = entry.size / PAGE_SIZE;
        let page = match self.draw.below(6) {
            0 => self.draw.below(pages),
            1 => pages - 1,
            n @ 2..4 => (n - 1).min(pages - 1),
            _ => entry.hint / PAGE_SIZE,
        };
        entry.first.wrapping_add(page * PAGE_SIZE)
    }
}
