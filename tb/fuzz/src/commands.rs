// SPDX-License-Identifier: Apache-2.0
//! Commands that belong to no change, and such as no design takes.

use crate::draw::Draw;
use crate::script::Author;
use sallyport_formats::command::{Command, Directory, Invalidation};
use sallyport_formats::{DeviceId, Gscid, PAGE_SIZE, ProcessId, Pscid};

impl Author<'_> {
    /// Any invalidation that is not illegal.
    pub fn any_invalidation(&mut self) -> Command {
        let operands = self.operands();
        let directory = Directory {
            dv: self.draw.chance(70),
            did: self.some_device(),
            pid: ProcessId::default(),
        };
        let pid = self.some_process();
        match self.draw.weighted(&[45, 25, 18, 12]) {
            0 => Command::InvalidateVma(operands),
            1 => Command::InvalidateGvma(Invalidation {
                pscv: false,
                ..operands
            }),
            2 => Command::InvalidateDdt(directory),
            _ => Command::InvalidatePdt(Directory {
                dv: true,
                pid,
                ..directory
            }),
        }
    }

    fn operands(&mut self) -> Invalidation {
        let capabilities = self.world.common.design.capabilities;
        let page = self.some_page();
        let draw = &mut *self.draw;
        let space = draw.pick(&self.world.spaces);
        let mut gscid = space.guest.map(|guest| self.world.guests[guest].gscids);
        if gscid.is_none() && !self.world.guests.is_empty() && draw.chance(50) {
            gscid = Some(draw.pick(&self.world.guests).gscids);
        }
        let s = capabilities.s && draw.chance(25);
        let page = if s {
            // 2^(k + 1) pages around it.
            let most = *draw.pick(&[3, 10, 30]);
            let k = draw.below(most);
            page >> (k + 1) << (k + 1) | ((1 << k) - 1)
        } else {
            page
        };
        Invalidation {
            av: draw.chance(50),
            pscv: draw.chance(60),
            pscid: *draw.pick(&space.pscids),
            gv: draw.chance(if gscid.is_some() { 75 } else { 8 }),
            gscid: gscid.map_or(Gscid::default(), |names| *draw.pick(&names)),
            nl: capabilities.nl && draw.chance(30),
            s,
            page,
        }
    }

    /// A page that is in use somewhere.
    fn some_page(&mut self) -> u64 {
        let recent = self.recent.iter().map(|target| target.iova);
        let spaces = self.world.spaces.iter().flat_map(|space| &space.entries);
        let guests = self.world.guests.iter().flat_map(|guest| &guest.entries);
        let entries = spaces.chain(guests).map(|entry| entry.first);
        let recent: Vec<u64> = recent.collect();
        let entries: Vec<u64> = entries.collect();
        let from = if entries.is_empty() || !recent.is_empty() && self.draw.chance(60) {
            &recent
        } else {
            &entries
        };
        if from.is_empty() {
            return 0;
        }
        *self.draw.pick(from) / PAGE_SIZE
    }

    fn some_device(&mut self) -> DeviceId {
        match self.world.devices.as_slice() {
            [] => DeviceId::default(),
            devices => self.draw.pick(devices).id,
        }
    }

    fn some_process(&mut self) -> ProcessId {
        let all = self.world.processes.iter().flat_map(|all| &all.all);
        let ids: Vec<ProcessId> = all.map(|process| process.id).collect();
        match ids.as_slice() {
            [] => ProcessId::default(),
            ids => *self.draw.pick(ids),
        }
    }

    /// One of a guest's names.
    pub(crate) fn gscid(&mut self, guest: Option<usize>) -> Option<Gscid> {
        guest.map(|guest| *self.draw.pick(&self.world.guests[guest].gscids))
    }

    /// A process's name, or all of them.
    pub(crate) fn maybe(&mut self, pscid: Pscid) -> Option<Pscid> {
        self.draw.chance(70).then_some(pscid)
    }
}

/// A command that no design takes.
pub fn illegal(draw: &mut Draw) -> [u64; 2] {
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
