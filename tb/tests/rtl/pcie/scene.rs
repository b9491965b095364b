// SPDX-License-Identifier: Apache-2.0
//! PCIe functions with a page table each, and what they send.

use crate::support::{PageTable, Rig, context};
use sallyport_bench::hardware::{Outgoing, PcieSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_formats::context::Tc;
use sallyport_formats::{DeviceId, FirstStage, Spa};
use sallyport_tlp::{Answer, Body, Endpoint, Limits, Manner, RoutingId, Tag, Tlp};
use std::collections::BTreeMap;

/// Builds that there is a model of.
pub const BUILDS: [Build; 2] = [Build::Default, Build::Full];

/// Two functions of a bus, one of another, and one like the first in another
/// segment.
pub const DEVICES: [u32; 4] = [0x00_0100, 0x00_0101, 0x00_4200, 0x03_0100];

/// Pages of each function are mapped from here.
pub const BASE: u64 = 0x4000_0000;
/// How many.
pub const PAGES: u64 = 16;
/// The page behind them is not mapped.
pub const UNMAPPED: u64 = BASE + PAGES * 0x1000;

/// Clocks that anything may take.
const PATIENCE: u64 = 60_000;

/// A system, its functions, and what came back to them.
pub struct Scene {
    pub rig: Rig<PcieSystem>,
    pub tables: BTreeMap<u32, PageTable>,
    pub endpoints: BTreeMap<u32, Endpoint>,
    answers: BTreeMap<(u32, Tag), Answer>,
    /// The order in which requests were answered.
    pub answered: Vec<(u32, Tag)>,
    /// Packets that are no completions, with whom they were for.
    pub messages: Vec<(u8, Tlp)>,
}

/// Where a page of a device lies: scattered, no two neighbours.
pub fn physical(device: u32, page: u64) -> u64 {
    0x1_0000_0000 + (u64::from(device) << 20) + (page * 7 % PAGES) * 0x2000
}

/// Where a byte of a device's pages lies.
pub fn place(device: u32, iova: u64) -> Spa {
    let offset = iova - BASE;
    Spa::new(physical(device, offset >> 12) + (offset & 0xfff))
}

impl Scene {
    pub fn new(config: &SystemConfig) -> Self {
        Self::with(config, Tc::default())
    }

    /// With these bits of `DC.tc` in each context.
    pub fn with(config: &SystemConfig, tc: Tc) -> Self {
        let mut rig: Rig<PcieSystem> = Rig::started(config, 3);
        let mut tables = BTreeMap::new();
        let mut endpoints = BTreeMap::new();
        for device in DEVICES {
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            for page in 0..PAGES {
                table.map(&mut rig, BASE + page * 0x1000, physical(device, page));
            }
            let mut words = context(&table, device & 0xf_ffff);
            words.tc = Tc { v: true, ..tc };
            rig.put_context(device, words.emit());
            tables.insert(device, table);
            let (id, _) = RoutingId::of_device(DeviceId::truncate(device.into()));
            endpoints.insert(device, Endpoint::new(id, Limits::default()));
        }
        Self {
            rig,
            tables,
            endpoints,
            answers: BTreeMap::new(),
            answered: Vec::new(),
            messages: Vec::new(),
        }
    }

    pub fn fixed(build: Build, seed: u64) -> Self {
        Self::new(&SystemConfig::new(build, Seed::new(seed)))
    }

    pub fn endpoint(&mut self, device: u32) -> &mut Endpoint {
        self.endpoints.get_mut(&device).expect("one of DEVICES")
    }

    /// Sends a packet in the name of a device's segment.
    pub fn send(&mut self, device: u32, tlp: &Tlp) {
        let packet = Outgoing::new((device >> 16) as u8, tlp).expect("it fits its fields");
        self.rig.machine.link().send(packet);
    }

    /// Sends one read request.
    pub fn ask(&mut self, device: u32, at: u64, length: usize, manner: Manner) -> Tag {
        let (tag, tlp) = self
            .endpoint(device)
            .read(at, length, manner)
            .expect("it fits");
        self.send(device, &tlp);
        tag
    }

    /// Sends a translation request for one translation.
    pub fn ask_translation(&mut self, device: u32, at: u64, no_write: bool) -> Tag {
        let (tag, tlp) = self.endpoint(device).translate(at, 1, no_write, None);
        self.send(device, &tlp);
        tag
    }

    /// Sends the write requests of an access.
    pub fn write(&mut self, device: u32, at: u64, bytes: &[u8], manner: Manner) {
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let longest = self.endpoint(device).longest(at, true);
            let (now, later) = rest.split_at(longest.min(rest.len()));
            let tlp = self
                .endpoint(device)
                .write(at, now, manner)
                .expect("it fits");
            self.send(device, &tlp);
            at += now.len() as u64;
            rest = later;
        }
    }

    /// Looks at what has come.
    pub fn collect(&mut self) {
        while let Some(incoming) = self.rig.machine.link().receive() {
            let Body::Completion(completion) = &incoming.tlp.body else {
                self.messages.push((incoming.segment, incoming.tlp));
                continue;
            };
            let device = completion.requester.device_id(incoming.segment).raw();
            let Some(endpoint) = self.endpoints.get_mut(&device) else {
                panic!("a completion for {device:#x}: {completion:?}");
            };
            match endpoint.complete(completion) {
                Ok(Some((tag, answer))) => {
                    self.answered.push((device, tag));
                    self.answers.insert((device, tag), answer);
                }
                Ok(None) => {}
                Err(error) => panic!("{}: {error}", incoming.clock),
            }
        }
    }

    /// What came of a request; waits for it.
    pub fn answer(&mut self, device: u32, tag: Tag) -> Answer {
        for _ in 0..PATIENCE {
            self.collect();
            if let Some(answer) = self.answers.remove(&(device, tag)) {
                return answer;
            }
            self.rig.step();
        }
        panic!(
            "no answer for {device:#x}, tag {:#x}; outstanding: {:#?}",
            tag.raw(),
            self.rig.machine.outstanding()
        )
    }

    /// Reads, and waits for the bytes.
    pub fn read(&mut self, device: u32, at: u64, length: usize) -> Answer {
        let tag = self.ask(device, at, length, Manner::default());
        self.answer(device, tag)
    }

    /// Waits until everything has gone and been answered, and all writes are done.
    pub fn settle(&mut self) {
        for _ in 0..PATIENCE {
            self.collect();
            let waiting: usize = self.endpoints.values().map(Endpoint::outstanding).sum();
            if waiting == 0 && self.rig.machine.link().waiting() == 0 {
                self.rig.run(400);
                return self.collect();
            }
            self.rig.step();
        }
        panic!("{:#?}", self.rig.machine.outstanding())
    }

    /// Memory as a device sees it.
    pub fn memory(&self, device: u32, at: u64, length: usize) -> Vec<u8> {
        let byte = |n| self.rig.machine.memory().read_u8(place(device, at + n));
        (0..length as u64).map(byte).collect()
    }

    /// Fills a device's pages with a pattern.
    pub fn fill(&mut self, device: u32) {
        for at in (0..PAGES * 0x1000).step_by(8) {
            let spa = place(device, BASE + at);
            let word = (at ^ u64::from(device) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.rig.machine.memory_mut().write_u64(spa, word);
        }
    }

    /// Waits for a message and takes it.
    pub fn message(&mut self) -> (u8, Tlp) {
        for _ in 0..PATIENCE {
            self.collect();
            if !self.messages.is_empty() {
                return self.messages.remove(0);
            }
            self.rig.step();
        }
        panic!(
            "no message; outstanding: {:#?}",
            self.rig.machine.outstanding()
        )
    }

    /// The test is over: nothing may have gone wrong, and nothing be left.
    pub fn finish(mut self) {
        self.settle();
        assert_eq!(self.messages, []);
        self.rig.finish();
    }
}
