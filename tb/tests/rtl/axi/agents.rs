// SPDX-License-Identifier: Apache-2.0
//! Many agents with bursts of all kinds, in pages that move: what each reads is
//! what it wrote, and in the end every byte is where the tables say.

use super::scene::{BASE, PAGES, Scene, physical};
use crate::support::builds;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{AxBeat, Burst, Completion, Handle, RBeat, WBeat, beat_place};
use sallyport_formats::command::Command;
use sallyport_formats::{Iova, Pscid, Spa};
use std::collections::BTreeMap;

const DEVICES: u32 = 4;

/// One ID of one device: it owns pages, and does one thing at a time.
struct Agent {
    device: u32,
    id: u8,
    pages: Vec<u64>,
    /// What its pages hold, by IOVA.
    shadow: BTreeMap<u64, u8>,
    waiting: Option<Handle>,
    /// A page that software is moving.
    frozen: bool,
}

impl Agent {
    /// A legal burst within one of its pages.
    fn burst(&self, scene: &Scene, rng: &mut ChaCha8Rng) -> AxBeat {
        let page = self.pages[rng.random_range(0..self.pages.len())];
        let plain = scene.burst(self.device, self.id, BASE + page * 0x1000, 1);
        let size = rng.random_range(0..=scene.rig.machine.width().size());
        let bytes = 1u64 << size;
        let (kind, len) = match rng.random_range(0..6) {
            0 => (Burst::Fixed, rng.random_range(0..16)),
            1 => (Burst::Wrap, [1, 3, 7, 15][rng.random_range(0..4)]),
            _ => (Burst::Incr, rng.random_range(0..32u8)),
        };
        let room = 0x1000 - (u64::from(len) + 1) * bytes;
        let mut offset = rng.random_range(0..=room);
        if kind == Burst::Wrap {
            offset &= !(bytes - 1);
        }
        AxBeat {
            burst: kind.bits(),
            len,
            size,
            addr: plain.addr + offset,
            ..plain
        }
    }
}

struct Play {
    scene: Scene,
    rng: ChaCha8Rng,
    agents: Vec<Agent>,
    places: BTreeMap<(u32, u64), u64>,
    next_frame: u64,
}

impl Play {
    fn new(config: &SystemConfig) -> Self {
        let mut agents = Vec::new();
        let mut places = BTreeMap::new();
        for device in 0..DEVICES {
            for half in 0..3u64 {
                agents.push(Agent {
                    device,
                    id: (device * 3 + half as u32) as u8,
                    pages: (half * 5..half * 5 + 5).collect(),
                    shadow: BTreeMap::new(),
                    waiting: None,
                    frozen: false,
                });
            }
            for page in 0..PAGES {
                places.insert((device, page), physical(device, page));
            }
        }
        Self {
            scene: Scene::new(config, DEVICES),
            rng: config.seed.fork("agents").rng(),
            agents,
            places,
            next_frame: 0x9_0000_0000,
        }
    }

    fn start(&mut self, n: usize) {
        let width = self.scene.rig.machine.width();
        let agent = &self.agents[n];
        let ax = agent.burst(&self.scene, &mut self.rng);
        let handle = if self.rng.random_range(0..2) == 0 {
            self.scene.read(ax)
        } else {
            let lanes = u128::MAX >> (128 - 8 * width.bytes());
            let mut data = Vec::new();
            for beat in 0..ax.beats() {
                let place = beat_place(&ax, beat, width);
                let mask = ((1u128 << place.bytes) - 1) << place.lane;
                let wbeat = WBeat {
                    data: self.rng.random::<u128>() & lanes,
                    strb: mask as u16 & self.rng.random::<u16>(),
                    last: false,
                };
                for lane in 0..16 {
                    if wbeat.strb >> lane & 1 == 1 {
                        let at = place.addr - u64::from(place.lane) + lane;
                        let byte = (wbeat.data >> (8 * lane)) as u8;
                        self.agents[n].shadow.insert(at, byte);
                    }
                }
                data.push(wbeat);
            }
            let transaction = sallyport_bus::Transaction::write(ax, data);
            self.scene.rig.machine.devices().submit(transaction)
        };
        self.agents[n].waiting = Some(handle);
    }

    fn check(&self, agent: &Agent, done: &Completion) {
        let ax = done.transaction.ax();
        assert!(!done.resp.is_error(), "{ax:x?} got {:?}", done.resp);
        let width = self.scene.rig.machine.width();
        for (n, RBeat { data, .. }) in done.beats.iter().enumerate() {
            let place = beat_place(ax, n as u16, width);
            for lane in place.lane..place.lane + place.bytes {
                let at = place.addr + u64::from(lane - place.lane);
                let got = (data >> (8 * u32::from(lane))) as u8;
                let expected = agent.shadow.get(&at).copied().unwrap_or(0);
                assert_eq!(
                    got, expected,
                    "device {}, ID {}, {ax:x?}: byte at {at:#x}",
                    agent.device, agent.id
                );
            }
        }
    }

    /// A clock, and new bursts for those who are free.
    fn step(&mut self) {
        for n in 0..self.agents.len() {
            if self.agents[n].waiting.is_none() && !self.agents[n].frozen {
                self.start(n);
            }
        }
        self.quiet_step();
    }

    fn quiet_step(&mut self) {
        self.scene.rig.step();
        for (handle, done) in self.scene.taken() {
            let n = self.agents.iter().position(|a| a.waiting == Some(handle));
            let n = n.expect("somebody waits for it");
            self.check(&self.agents[n], &done);
            self.agents[n].waiting = None;
        }
    }

    /// Software moves a page to another frame, while its owner does nothing and
    /// the others go on.
    fn shuffle(&mut self) {
        let n = self.rng.random_range(0..self.agents.len());
        self.agents[n].frozen = true;
        while self.agents[n].waiting.is_some() {
            self.step();
        }
        let device = self.agents[n].device;
        let pages = &self.agents[n].pages;
        let page = pages[self.rng.random_range(0..pages.len())];
        let new = self.next_frame;
        self.next_frame += 0x3000;
        let old = self.places.insert((device, page), new).expect("mapped");
        let mut bytes = [0; 4096];
        self.scene
            .rig
            .machine
            .memory()
            .read(Spa::new(old), &mut bytes);
        self.scene
            .rig
            .machine
            .memory_mut()
            .write(Spa::new(new), &bytes);
        // Whoever reaches the old frame will find that out.
        self.scene
            .rig
            .machine
            .memory_mut()
            .fill(Spa::new(old), 0x1000, 0xdb);
        let iova = BASE + page * 0x1000;
        let table = self.scene.tables[device as usize];
        table.map(&mut self.scene.rig, iova, new);
        let pscid = Some(Pscid::truncate(u64::from(device) + 1));
        let page = Some(Iova::new(iova));
        self.scene
            .rig
            .put(Command::invalidate_first_stage(None, pscid, page).emit());
        self.scene.rig.fence();
        self.agents[n].frozen = false;
    }

    fn finish(mut self) {
        let mut clocks = 0;
        while self.agents.iter().any(|agent| agent.waiting.is_some()) {
            self.quiet_step();
            clocks += 1;
            assert!(
                clocks < 50_000,
                "{:#?}",
                self.scene.rig.machine.outstanding()
            );
        }
        for agent in &self.agents {
            for (&iova, &byte) in &agent.shadow {
                let page = (iova - BASE) >> 12;
                let at = self.places[&(agent.device, page)] | iova & 0xfff;
                let got = self.scene.rig.machine.memory().read_u8(Spa::new(at));
                assert_eq!(got, byte, "device {}, {iova:#x} at {at:#x}", agent.device);
            }
        }
        self.scene.rig.fence();
        assert!(self.scene.rig.faults().is_empty());
        self.scene.rig.finish();
    }
}

fn play(config: &SystemConfig, rounds: u32) {
    let mut play = Play::new(config);
    for _ in 0..rounds {
        for _ in 0..play.rng.random_range(0..200) {
            play.step();
        }
        play.shuffle();
    }
    play.finish();
}

#[test]
fn every_byte_is_where_the_tables_say() {
    for build in builds(&Build::ALL) {
        play(&SystemConfig::new(build, Seed::new(140)), 60);
    }
}

#[test]
fn every_byte_is_where_the_tables_say_over_random_buses() {
    for build in builds(&Build::ALL) {
        play(&SystemConfig::random(build, Seed::new(141)), 60);
    }
}
