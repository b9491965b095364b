// SPDX-License-Identifier: Apache-2.0
//! A stream of requests, software that replaces what they are translated by,
//! and a date for every version.

use crate::core::requests::ask;
use crate::support::{PageTable, Rig, context, core_request};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::{CoreSystem, SystemConfig, Ticket};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Clock, LiteAccess, LiteSize, SubordinateTiming};
use sallyport_formats::command::Fence;
use sallyport_formats::{Command, DeviceId, FirstStage, Iova, Pscid, constants as c};
use sallyport_model::Access;
use std::collections::BTreeMap;

pub const BASE: u64 = 0x4000_0000;
pub const PAGES: u64 = 20;
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
pub enum Change {
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

/// How requests come.
#[derive(Clone, Copy, Debug)]
enum Traffic {
    /// As many as may be in flight, most of them for one page.
    Flood,
    /// One page of one device, one request every so many clocks: some are
    /// accepted before a fence begins, some after.
    Paced(u64),
}

pub struct Scene {
    rig: Rig<CoreSystem>,
    rng: ChaCha8Rng,
    tables: Vec<PageTable>,
    pscids: Vec<u64>,
    pages: BTreeMap<(u32, u64), History>,
    asked: BTreeMap<Ticket, (u32, u64)>,
    hot: u64,
    traffic: Traffic,
    /// How often a replaced translation was given out before its fence.
    stale: u64,
    answered: u64,
}

impl Scene {
    pub fn new(build: Build, timing: SubordinateTiming, seed: Seed) -> Self {
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
            traffic: Traffic::Flood,
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
        match self.traffic {
            Traffic::Flood => {
                while self.rig.machine.in_flight() < 60 {
                    let device = self.rng.random_range(0..DEVICES);
                    // Most ask for one page, so that many join one walk.
                    let page = match self.rng.random_range(0..4) {
                        0 => self.rng.random_range(0..PAGES),
                        _ => self.hot,
                    };
                    self.ask(device, page);
                }
            }
            Traffic::Paced(clocks) => {
                let due = self.rig.machine.now().0.is_multiple_of(clocks);
                // As many as one device may have among 128 tags.
                if due && self.rig.machine.in_flight() < 110 {
                    self.ask(0, self.hot);
                }
            }
        }
        self.rig.step();
        self.look();
    }

    fn ask(&mut self, device: u32, page: u64) {
        let request = ask(device, Access::Read, BASE + page * 0x1000);
        let ticket = self.rig.machine.submit(core_request(&request));
        self.asked.insert(ticket, (device, page));
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
        self.rig.ring_without_waiting();
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
    pub fn round(&mut self) {
        self.hot = self.rng.random_range(0..PAGES);
        for _ in 0..self.rng.random_range(0..80) {
            self.step();
        }
        let mut over = Vec::new();
        for _ in 0..self.rng.random_range(1..=2) {
            let change = self.pick();
            over.extend(self.begin(change));
            self.rig.ring_without_waiting();
            for _ in 0..self.rng.random_range(0..60) {
                self.step();
            }
        }
        self.end(over);
    }

    /// Changes what software changes and queues the invalidations; gives the
    /// pages that are replaced, each with its version of before.
    fn begin(&mut self, change: Change) -> Vec<((u32, u64), u64)> {
        let concerned = self.change(change);
        for command in self.commands(change) {
            self.rig.put(command.emit());
        }
        let version = |place: (u32, u64)| (place, self.pages[&place].version - 1);
        concerned.into_iter().map(version).collect()
    }

    /// A fence; after it these versions are over.
    fn end(&mut self, over: Vec<((u32, u64), u64)>) {
        self.rig.put(Command::Fence(Fence::default()).emit());
        let done = self.fence();
        for (place, version) in over {
            let history = self.pages.get_mut(&place).expect("known");
            history.over.insert(version, done);
        }
    }

    /// A device is given other page tables, and others again so many clocks
    /// later, while requests for one page come one by one.
    pub fn ambush(&mut self, distance: u64) {
        self.traffic = Traffic::Paced(3);
        let mut over = self.begin(Change::Context(0));
        self.rig.ring_without_waiting();
        for _ in 0..distance {
            self.step();
        }
        over.extend(self.begin(Change::Context(0)));
        self.end(over);
    }

    pub fn finish(mut self) {
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
