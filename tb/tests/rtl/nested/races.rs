// SPDX-License-Identifier: Apache-2.0
//! Invalidations that meet a walk through both stages in every clock of it: what
//! is asked after the fence never sees what was before it.

use crate::core::requests::ask;
use crate::support::{Home, ProcessDirectory, Rig, Table, builds, context_in, core_request};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Clock, LiteAccess, LiteSize, SubordinateTiming};
use sallyport_formats::command::Fence;
use sallyport_formats::context::{PcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{
    Command, DeviceContext, DeviceId, FirstStage, Gpa, Gscid, Iova, ProcessContext, ProcessId,
    Pscid, SecondStage, constants as c,
};
use sallyport_model::{Access, Request};

const PAGE: u64 = 0x4000_0000;
/// Frames of two versions for the guest, and of two in memory.
const FRAMES: u64 = 0x10_0000_0000;
const MEMORY: u64 = 0x10_0000_0000_0000;

/// What software replaces.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// The page's first-stage entry: VMA of its address.
    FirstStage,
    /// The page's second-stage entry: GVMA of its address.
    SecondStage,
    /// Where the last table of the first stage is: GVMA of its address.
    GuestTable,
    /// The process context: INVAL_PDT.
    Process,
    /// Where the process directory is: GVMA of its address.
    Directory,
    /// The device context: INVAL_DDT.
    Device,
}

struct Scene {
    rig: Rig<CoreSystem>,
    home: Home,
    /// The process directory, where the device has one.
    directory: Option<ProcessDirectory>,
    table: Table,
    /// PSCIDs are not used again.
    pscid: u32,
    first: u64,
    second: u64,
    device: u32,
}

impl Scene {
    fn new(build: Build, has_processes: bool) -> Self {
        let mut config = SystemConfig::new(build, Seed::new(87));
        config.table_memory = SubordinateTiming::fixed(4);
        let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
        let mut home = Home::guest(&mut rig, SecondStage::Sv39x4, 3);
        let directory =
            has_processes.then(|| ProcessDirectory::new(&mut rig, &mut home, PdtpMode::Pd17));
        let table = Table::new(&mut rig, &mut home, FirstStage::Sv39);
        let mut scene = Self {
            rig,
            home,
            directory,
            table,
            pscid: 0,
            first: 0,
            second: 0,
            device: 0,
        };
        scene.map();
        scene.attach();
        scene
    }

    fn gpa(&self) -> u64 {
        FRAMES + 0x1000 * (self.first % 0x1_0000)
    }

    fn pa(&self) -> u64 {
        MEMORY + self.gpa() + (self.second << 40)
    }

    /// Writes the page's entries as they are now.
    fn map(&mut self) {
        let (gpa, pa) = (self.gpa(), self.pa());
        let table = self.table;
        table.map(&mut self.rig, &mut self.home, PAGE, gpa, 0);
        self.home.as_guest().map(&mut self.rig, gpa, pa, 0);
    }

    /// Another page table with another PSCID: no translation needs to go.
    fn replace_table(&mut self) {
        self.table = Table::new(&mut self.rig, &mut self.home, FirstStage::Sv39);
        self.first += 1;
        self.map();
        self.attach();
    }

    fn attach(&mut self) {
        self.pscid += 1;
        let fsc = match self.directory {
            None => self.table.fsc(),
            Some(directory) => {
                let pc = ProcessContext {
                    ta: PcTa {
                        v: true,
                        pscid: Pscid::truncate(self.pscid.into()),
                        ..PcTa::default()
                    },
                    fsc: self.table.fsc(),
                };
                directory.put(&mut self.rig, &mut self.home, 1, pc.emit());
                directory.fsc()
            }
        };
        let plain = context_in(&self.home, fsc, self.pscid);
        let dc = DeviceContext {
            tc: Tc {
                pdtv: self.directory.is_some(),
                ..plain.tc
            },
            ..plain
        };
        self.rig.put_context(self.device, dc.emit());
    }

    fn request(&self) -> Request {
        Request {
            process_id: self.directory.map(|_| ProcessId::from(1)),
            ..ask(self.device, Access::Read, PAGE)
        }
    }

    /// Software's part: the change, and the command that belongs to it.
    fn change(&mut self, change: Change) -> Command {
        let guest = Some(Gscid::truncate(3));
        let device = DeviceId::truncate(self.device.into());
        match change {
            Change::FirstStage => {
                self.first += 1;
                self.map();
                Command::invalidate_first_stage(guest, None, Some(Iova::new(PAGE)))
            }
            Change::SecondStage => {
                self.second += 1;
                self.map();
                Command::invalidate_second_stage(guest, Some(Gpa::new(self.gpa())))
            }
            Change::GuestTable => {
                let rig = &mut self.rig;
                let entry = self.table.slot(rig, &mut self.home, PAGE, 1);
                let below = rig.machine.memory().read_u64(entry) >> 10 << 12;
                self.home.migrate(rig, below);
                self.first += 1;
                self.map();
                Command::invalidate_second_stage(guest, Some(Gpa::new(below)))
            }
            Change::Process => {
                self.replace_table();
                Command::invalidate_process(device, ProcessId::from(1))
            }
            Change::Directory => {
                let directory = self.directory.expect("the device has processes");
                let page = directory.slot(&mut self.rig, &mut self.home, 1) & !0xfff;
                self.home.migrate(&mut self.rig, page);
                self.replace_table();
                Command::invalidate_second_stage(guest, Some(Gpa::new(page)))
            }
            Change::Device => {
                self.replace_table();
                Command::invalidate_device(Some(device))
            }
        }
    }

    fn ring(&mut self) {
        let tail = self.rig.command_tail;
        let ring = LiteAccess::write(c::REG_CQT as u32, LiteSize::Four, tail.into());
        self.rig.machine.registers().submit(ring);
    }

    /// Submits a request every other clock, as long as there are tags.
    fn step(&mut self) {
        let is_due = self.rig.machine.now().0.is_multiple_of(2);
        if is_due && self.rig.machine.in_flight() < 12 {
            let request = core_request(&self.request());
            self.rig.machine.submit(request);
        }
        self.rig.step();
    }

    /// Runs until `cqh` has passed the fence; gives the clock in which it was read.
    fn wait(&mut self) -> Clock {
        let tail = u64::from(self.rig.command_tail);
        let head = LiteAccess::read(c::REG_CQH as u32, LiteSize::Four);
        let start = self.rig.machine.now();
        loop {
            if self.rig.machine.registers().is_idle() {
                self.rig.machine.registers().submit(head);
            }
            self.step();
            while let Some(done) = self.rig.machine.registers().pop_completion() {
                if done.access.write.is_none() && done.value == tail {
                    return done.done;
                }
            }
            let waited = self.rig.machine.now().since(start);
            assert!(waited < 20_000, "the fence does not complete");
        }
    }

    /// Walks of one page go on `lead` clocks before the command is known, or after
    /// it, with everything cold or with contexts and pointers cached.
    fn meet(&mut self, change: Change, lead: i64, is_cold: bool) {
        self.rig
            .put(Command::invalidate_second_stage(None, None).emit());
        if is_cold {
            self.rig.put(Command::invalidate_device(None).emit());
        }
        self.rig.fence();
        if !is_cold {
            let neighbour = Request {
                iova: Iova::new(PAGE + 0x1000),
                ..self.request()
            };
            self.rig.translate(neighbour);
        }
        for _ in 0..lead {
            self.step();
        }
        let command = self.change(change);
        self.rig.put(command.emit());
        self.rig.put(Command::Fence(Fence::default()).emit());
        self.ring();
        self.rig.run((-lead).max(0) as u64);
        let over = self.wait();
        self.rig
            .until("answers", 20_000, |machine| machine.in_flight() == 0);
        let expected = self.pa();
        while let Some(answered) = self.rig.machine.pop_answer() {
            let answer = answered.answer;
            assert!(
                answered.done <= over || answer.pa == expected,
                "{change:?}, {lead} clocks, cold {is_cold}: accepted at {}, answered at {} after \
                 the fence of {over} with {:#x}, not {expected:#x}",
                answered.accepted,
                answered.done,
                answer.pa
            );
        }
        let pa = self.rig.translate(self.request());
        assert_eq!(pa, Some(expected), "{change:?}, {lead} clocks");
        self.rig.fence();
        self.rig.faults();
    }
}

fn meet(changes: &[Change], has_processes: bool) {
    for build in builds(&[Build::Small, Build::Default, Build::Full]) {
        if has_processes && !Rig::core(build, 87).capabilities.pd17 {
            continue;
        }
        for &change in changes {
            let mut scene = Scene::new(build, has_processes);
            // Walks from the caches are short.
            for lead in -40..if has_processes { 280 } else { 200 } {
                scene.meet(change, lead, true);
            }
            for lead in -40..60 {
                scene.meet(change, lead, false);
            }
            scene.rig.finish();
        }
    }
}

#[test]
fn an_invalidation_in_every_clock_of_a_walk_of_both_stages() {
    let changes = [
        Change::FirstStage,
        Change::SecondStage,
        Change::GuestTable,
        Change::Device,
    ];
    meet(&changes, false);
}

#[test]
fn an_invalidation_in_every_clock_of_a_walk_of_a_process() {
    let changes = [
        Change::FirstStage,
        Change::SecondStage,
        Change::Process,
        Change::Directory,
        Change::Device,
    ];
    meet(&changes, true);
}
