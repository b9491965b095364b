// SPDX-License-Identifier: Apache-2.0
//! Walks and invalidations that meet: whatever the order, after a fence nothing
//! is answered from before it.
//!
//! A stream of requests never stops while software moves pages, gives devices
//! other tables, invalidates and fences. Every answer is dated: a translation
//! that was replaced before a fence is wrong in every answer after that fence.

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context, to_core};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::{CoreSystem, SystemConfig, Ticket};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Clock, LiteAccess, LiteSize, Span, SubordinateTiming};
use sallyport_formats::command::Fence;
use sallyport_formats::{Command, DeviceId, FirstStage, Iova, Pscid, Spa, constants as c};
use sallyport_model::Access;
use std::collections::BTreeMap;

const BASE: u64 = 0x4000_0000;
const PAGES: u64 = 20;
const DEVICES: u32 = 2;

/// Where a page of a device is, the n-th time it was moved.
fn physical(device: u32, page: u64, version: u64) -> u64 {
    u64::from(device) << 50 | version << 24 | page << 12
}

/// One page of one device, and when each version ceased to be allowed.
#[derive(Default)]
struct History {
    version: u64,
    over: BTreeMap<u64, Clock>,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    /// One page, invalidated by address.
    Page(u32, u64),
    /// All pages of a process, invalidated by PSCID.
    Process(u32),
    /// All pages, and everything invalidated.
    All,
    /// Another page table.
    Device(u32),
    /// Another page table, all devices.
    Devices,
    /// Another page table with a PSCID that nobody had: page tables need no
    /// invalidation.
    Context(u32),
}

struct Scene {
    rig: Rig<CoreSystem>,
    rng: ChaCha8Rng,
    tables: Vec<PageTable>,
    pscids: Vec<u64>,
    pages: BTreeMap<(u32, u64), History>,
    asked: BTreeMap<Ticket, (u32, u64)>,
    hot: u64,
    /// How often a replaced translation was given out before its fence.
    stale: u64,
    answered: u64,
}

impl Scene {
    fn new(build: Build, timing: SubordinateTiming, seed: Seed) -> Self {
        let mut config = SystemConfig::new(build, seed);
        config.table_memory = timing;
        let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
        let tables = (0..DEVICES)
            .map(|_| PageTable::new(&mut rig, FirstStage::Sv39))
            .collect();
        let mut scene = Self {
            rig,
            rng: seed.fork("races").rng(),
            tables,
            pscids: (1..).take(DEVICES as usize).collect(),
            pages: BTreeMap::new(),
            asked: BTreeMap::new(),
            hot: 0,
            stale: 0,
            answered: 0,
        };
        for device in 0..DEVICES {
            for page in 0..PAGES {
                scene.pages.insert((device, page), History::default());
                scene.write(device, page);
            }
            scene.attach(device);
        }
        scene
    }

    fn write(&mut self, device: u32, page: u64) {
        let version = self.pages[&(device, page)].version;
        let table = self.tables[device as usize];
        table.map(
            &mut self.rig,
            BASE + page * 0x1000,
            physical(device, page, version),
        );
    }

    fn attach(&mut self, device: u32) {
        let words = context(
            &self.tables[device as usize],
            self.pscids[device as usize] as u32,
        )
        .emit();
        self.rig.put_context(device, words);
    }

    /// Software changes memory; gives the pages that are replaced.
    fn change(&mut self, change: Change) -> Vec<(u32, u64)> {
        let concerned: Vec<(u32, u64)> = self
            .pages
            .keys()
            .copied()
            .filter(|&(device, page)| match change {
                Change::Page(d, p) => d == device && p == page,
                Change::Process(d) | Change::Device(d) | Change::Context(d) => d == device,
                Change::All | Change::Devices => true,
            })
            .collect();
        for place in &concerned {
            self.pages.get_mut(place).expect("known").version += 1;
        }
        match change {
            Change::Device(device) => self.swap_table(device),
            Change::Context(device) => {
                self.pscids[device as usize] += u64::from(DEVICES);
                self.swap_table(device);
            }
            Change::Devices => (0..DEVICES).for_each(|device| self.swap_table(device)),
            _ => concerned
                .iter()
                .for_each(|&(device, page)| self.write(device, page)),
        }
        concerned
    }

    fn swap_table(&mut self, device: u32) {
        let table = PageTable::new(&mut self.rig, FirstStage::Sv39);
        self.tables[device as usize] = table;
        for page in 0..PAGES {
            self.write(device, page);
        }
        self.attach(device);
    }

    fn commands(&self, change: Change) -> Vec<Command> {
        let process = |device: u32| Some(Pscid::truncate(self.pscids[device as usize]));
        match change {
            Change::Page(device, page) => {
                let page = Some(Iova::new(BASE + page * 0x1000));
                vec![Command::invalidate_first_stage(None, process(device), page)]
            }
            Change::Process(device) => {
                vec![Command::invalidate_first_stage(None, process(device), None)]
            }
            Change::All => vec![Command::invalidate_first_stage(None, None, None)],
            Change::Device(device) => vec![
                Command::invalidate_device(Some(DeviceId::truncate(device.into()))),
                Command::invalidate_first_stage(None, process(device), None),
            ],
            Change::Context(device) => {
                let device = DeviceId::truncate(device.into());
                vec![Command::invalidate_device(Some(device))]
            }
            Change::Devices => vec![
                Command::invalidate_device(None),
                Command::invalidate_first_stage(None, None, None),
            ],
        }
    }

    /// One clock of traffic, and a look at the answers.
    fn step(&mut self) {
        while self.rig.machine.in_flight() < 60 {
            let device = self.rng.random_range(0..DEVICES);
            // Most ask for one page, so that many join one walk.
            let page = match self.rng.random_range(0..4) {
                0 => self.rng.random_range(0..PAGES),
                _ => self.hot,
            };
            let request = ask(device, Access::Read, BASE + page * 0x1000);
            let ticket = self.rig.machine.submit(to_core(&request));
            self.asked.insert(ticket, (device, page));
        }
        self.rig.step();
        self.look();
    }

    fn look(&mut self) {
        while let Some(answered) = self.rig.machine.pop_answer() {
            let place = self.asked.remove(&answered.ticket).expect("asked for");
            let (device, page) = place;
            assert!(
                !answered.answer.fault,
                "device {device}, page {page} was refused"
            );
            let history = &self.pages[&place];
            let version = answered.answer.pa >> 24 & 0xff_ffff;
            assert_eq!(answered.answer.pa, physical(device, page, version));
            self.answered += 1;
            self.stale += u64::from(version < history.version);
            let over = history.over.get(&version);
            assert!(
                over.is_none_or(|&over| answered.done <= over),
                "device {device}, page {page}: answered at {} with version {version}, accepted at \
                 {}, but a fence after its invalidation was done at {}",
                answered.done,
                answered.accepted,
                over.expect("it is over")
            );
        }
    }

    /// Rings the command queue and runs until the fence is done, as `cqh` tells;
    /// gives the clock in which `cqh` was read for the last time without it.
    fn fence(&mut self) -> Clock {
        let tail = self.rig.command_tail;
        let head = LiteAccess::read(c::REG_CQH as u32, LiteSize::Four);
        let ring = LiteAccess::write(c::REG_CQT as u32, LiteSize::Four, tail.into());
        self.rig.machine.registers().submit(ring);
        let start = self.rig.machine.now();
        loop {
            if self.rig.machine.registers().is_idle() {
                self.rig.machine.registers().submit(head);
            }
            self.step();
            while let Some(done) = self.rig.machine.registers().pop_completion() {
                if done.access.write.is_none() && done.value == u64::from(tail) {
                    return done.done;
                }
            }
            assert!(
                self.rig.machine.now().since(start) < 20_000,
                "the fence does not complete"
            );
        }
    }

    fn pick(&mut self) -> Change {
        let device = self.rng.random_range(0..DEVICES);
        match self.rng.random_range(0..10) {
            0 | 1 => Change::Page(device, self.hot),
            2 => Change::Page(device, self.rng.random_range(0..PAGES)),
            3 | 4 => Change::Process(device),
            5 => Change::All,
            6 => Change::Device(device),
            7 | 8 => Change::Context(device),
            _ => Change::Devices,
        }
    }

    /// One change, or two in a row, and a fence.
    fn round(&mut self) {
        self.hot = self.rng.random_range(0..PAGES);
        for _ in 0..self.rng.random_range(0..80) {
            self.step();
        }
        let mut over = Vec::new();
        for _ in 0..self.rng.random_range(1..=2) {
            let change = self.pick();
            let concerned = self.change(change);
            over.extend(
                concerned
                    .iter()
                    .map(|place| (*place, self.pages[place].version - 1)),
            );
            for command in self.commands(change) {
                self.rig.put(command.emit());
            }
            let tail = self.rig.command_tail;
            let ring = LiteAccess::write(c::REG_CQT as u32, LiteSize::Four, tail.into());
            self.rig.machine.registers().submit(ring);
            for _ in 0..self.rng.random_range(0..60) {
                self.step();
            }
        }
        self.rig.put(Command::Fence(Fence::default()).emit());
        let done = self.fence();
        for (place, version) in over {
            let history = self.pages.get_mut(&place).expect("known");
            history.over.insert(version, done);
        }
    }

    fn finish(mut self) {
        self.rig
            .until("answers", 20_000, |machine| machine.in_flight() == 0);
        self.look();
        assert!(self.asked.is_empty());
        let (stale, answered) = (self.stale, self.answered);
        println!("{answered} answers, {stale} from before an invalidation that was under way");
        assert!(stale > 0, "no walk met an invalidation");
        self.rig.finish();
    }
}

/// Reads may take their data long before they are answered.
fn early(latency: u32) -> SubordinateTiming {
    SubordinateTiming {
        read_latency: Span::new(1, latency),
        reorder: true,
        interleave: true,
        vary_moment: true,
        ..SubordinateTiming::fixed(1)
    }
}

fn race(build: Build, timing: SubordinateTiming, rounds: u32, seed: u64) {
    let mut scene = Scene::new(build, timing, Seed::new(seed));
    for _ in 0..rounds {
        scene.round();
    }
    scene.finish();
}

#[test]
fn nothing_old_is_answered_after_a_fence() {
    for build in builds(&Build::ALL) {
        race(build, early(60), 400, 70);
    }
}

#[test]
fn nothing_old_is_answered_after_a_fence_with_slow_memory() {
    for build in builds(&Build::ALL) {
        race(build, early(400), 100, 71);
    }
}

#[test]
fn nothing_old_is_answered_after_a_fence_over_random_buses() {
    for build in builds(&Build::ALL) {
        race(build, SubordinateTiming::random(40), 200, 72);
    }
}

#[test]
fn ddtp_changes_under_traffic() {
    for build in builds(&Build::ALL) {
        let mut config = SystemConfig::new(build, Seed::new(73));
        config.table_memory = early(60);
        let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
        let mut rng = Seed::new(73).fork("ddtp").rng();
        let mut directories = Vec::new();
        for n in 0..2u64 {
            rig.directory = rig.pages(1);
            directories.push(rig.directory);
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            for page in 0..PAGES {
                table.map(
                    &mut rig,
                    BASE + page * 0x1000,
                    0x10_0000_0000 * (n + 1) + page * 0x1000,
                );
            }
            // The PSCID belongs to the table.
            rig.put_context(0, context(&table, n as u32 + 1).emit());
        }
        for round in 0..60 {
            let (directory, mode, base) = match rng.random_range(0..4) {
                0 => (Spa::default(), c::DDTP_MODE_OFF, None),
                1 => (Spa::default(), c::DDTP_MODE_BARE, Some(BASE)),
                n => (
                    directories[n - 2],
                    c::DDTP_MODE_1LVL,
                    Some(0x10_0000_0000 * (n as u64 - 1)),
                ),
            };
            for n in 0..rng.random_range(0..60) {
                let request = ask(0, Access::Read, BASE + n % PAGES * 0x1000);
                rig.machine.submit(to_core(&request));
            }
            rig.run(rng.random_range(0..80));
            rig.directory = directory;
            let before = rig.machine.now();
            rig.set_ddtp(mode);
            // What was accepted before is answered: busy has fallen.
            let from = rig.machine.now();
            for page in 0..PAGES {
                rig.machine
                    .submit(to_core(&ask(0, Access::Read, BASE + page * 0x1000)));
            }
            rig.until("answers", 20_000, |machine| machine.in_flight() == 0);
            while let Some(answered) = rig.machine.pop_answer() {
                if answered.accepted > from {
                    let offset = answered.answer.pa & 0xf_ffff;
                    let got = (!answered.answer.fault).then_some(answered.answer.pa);
                    assert_eq!(
                        got,
                        base.map(|base| base + offset),
                        "{build}, round {round}"
                    );
                } else if answered.accepted <= before {
                    assert!(
                        answered.done <= from,
                        "{build}, round {round}: busy fell too early"
                    );
                }
            }
            rig.fence();
            rig.faults();
        }
        rig.finish();
    }
}
