// SPDX-License-Identifier: Apache-2.0
//! A device with one page, whose tables and contexts change while it asks.

use crate::core::requests::ask;
use crate::support::{Home, ProcessDirectory, Rig, Table, context_in, core_request, leaf};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Clock, LiteAccess, LiteSize, Span, SubordinateTiming};
use sallyport_formats::command::Fence;
use sallyport_formats::context::{Fsc, PcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{
    Command, DeviceContext, DeviceId, FirstStage, Gpa, Gscid, Iova, ProcessContext, ProcessId,
    Pscid, Pte, SecondStage, Spa, constants as c,
};
use sallyport_model::{Access, Request};

const PAGE: u64 = 0x4000_0000;
/// A device of the host without translation, or of another guest beside one of
/// the host.
const OTHER: u32 = 1;
/// A device with the same context.
const PARTNER: u32 = 2;
/// Frames of two versions for the guest, and of two in memory.
const FRAMES: u64 = 0x10_0000_0000;
const MEMORY: u64 = 0x10_0000_0000_0000;
/// Clocks after which memory has been asked for a device context.
const ASKED: u64 = 16;

/// Memory in which a context is long on its way, and a fence's B longer.
pub const SLOW: SubordinateTiming = SubordinateTiming {
    read_latency: Span::exactly(20),
    write_latency: Span::exactly(60),
    vary_moment: true,
    ..SubordinateTiming::fixed(1)
};

/// Clocks that a command behind a fence waits at least, from when it was rung for,
/// less those of [`ASKED`].
pub const ON_ITS_WAY: u64 = 80 - ASKED;

/// What software replaces.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// The page's first-stage entry: VMA of its address.
    FirstStage,
    /// The pointer to the page's table: VMA of the guest.
    Pointer,
    /// The page's second-stage entry: GVMA of its address.
    SecondStage,
    /// The second stage's pointer to the page's table: GVMA of the guest.
    SecondPointer,
    /// Where the last table of the first stage is: GVMA of its address.
    GuestTable,
    /// The process context: INVAL_PDT.
    Process,
    /// Where the process directory is: GVMA of its address.
    Directory,
    /// The device context: INVAL_DDT.
    Device,
}

/// Who asks: a device of the host, of a guest, a process of a guest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Owner {
    Host,
    Guest,
    Process,
}

/// What a walk finds cached when it begins: nothing, all but contexts, contexts.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    Cold,
    Contexts,
    Pages,
}

/// A device with one page, and what is asked of it.
pub struct Scene {
    pub rig: Rig<CoreSystem>,
    /// Requests in flight at most: those that wait for a walk keep their tags.
    most: usize,
    /// Clocks from one request to the next.
    every: u64,
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
    pub fn new(build: Build, owner: Owner, timing: SubordinateTiming) -> Self {
        let mut config = SystemConfig::new(build, Seed::new(87));
        config.table_memory = timing;
        let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
        let (mut home, other) = match owner {
            Owner::Host => (Home::Host, Home::guest(&mut rig, SecondStage::Sv39x4, 9)),
            _ => (Home::guest(&mut rig, SecondStage::Sv39x4, 3), Home::Host),
        };
        let directory = (owner == Owner::Process)
            .then(|| ProcessDirectory::new(&mut rig, &mut home, PdtpMode::Pd17));
        let table = Table::new(&mut rig, &mut home, FirstStage::Sv39);
        let mut scene = Self {
            rig,
            most: if build == Build::Small { 12 } else { 100 },
            every: 3,
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
        let other = context_in(&other, Fsc::default(), 0);
        scene.rig.put_context(OTHER, other.emit());
        scene
    }

    fn gpa(&self) -> u64 {
        FRAMES + 0x1000 * (self.first % 0x1_0000)
    }

    fn pa(&self) -> u64 {
        match self.home {
            Home::Host => self.gpa(),
            Home::Guest(_) => MEMORY + self.gpa() + (self.second << 40),
        }
    }

    /// The GSCID that commands name.
    fn gscid(&self) -> Option<Gscid> {
        match self.home {
            Home::Host => None,
            Home::Guest(_) => Some(Gscid::truncate(3)),
        }
    }

    /// Writes the page's second-stage entry, where there is one.
    fn map_guest(&mut self) {
        let (gpa, pa) = (self.gpa(), self.pa());
        if let Home::Guest(guest) = &self.home {
            guest.map(&mut self.rig, gpa, pa, 0);
        }
    }

    /// Writes the page's entries as they are now.
    fn map(&mut self) {
        let gpa = self.gpa();
        let table = self.table;
        table.map(&mut self.rig, &mut self.home, PAGE, gpa, 0);
        self.map_guest();
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
        for device in [self.device, PARTNER] {
            self.rig.put_context(device, dc.emit());
        }
    }

    fn request(&self) -> Request {
        Request {
            process_id: self.directory.map(|_| ProcessId::from(1)),
            ..ask(self.device, Access::Read, PAGE)
        }
    }

    /// Software's part: the change, and the command that belongs to it.
    fn change(&mut self, change: Change) -> Command {
        let guest = self.gscid();
        let device = DeviceId::truncate(self.device.into());
        match change {
            Change::FirstStage => {
                self.first += 1;
                self.map();
                Command::invalidate_first_stage(guest, None, Some(Iova::new(PAGE)))
            }
            Change::Pointer => {
                self.first += 1;
                self.map_guest();
                let gpa = self.gpa();
                let rig = &mut self.rig;
                let entry = self.table.slot(rig, &mut self.home, PAGE, 1);
                let next = self.home.page(rig);
                let pointer = Pte::pointer(next >> 12).emit();
                // The table is there before what points to it.
                let slot = self.home.at(next + (PAGE >> 12 & 0x1ff) * 8);
                rig.machine.memory_mut().write_u64(slot, leaf(gpa).emit());
                rig.machine.memory_mut().write_u64(entry, pointer);
                Command::invalidate_first_stage(guest, None, None)
            }
            Change::SecondPointer => {
                self.second += 1;
                let (gpa, pa) = (self.gpa(), self.pa());
                let rig = &mut self.rig;
                let entry = self.home.as_guest().slot(rig, gpa, 1);
                let next = rig.pages(1);
                let slot = Spa::new(next.raw() + (gpa >> 12 & 0x1ff) * 8);
                let pointer = Pte::pointer(next.page_number()).emit();
                rig.machine.memory_mut().write_u64(slot, leaf(pa).emit());
                rig.machine.memory_mut().write_u64(entry, pointer);
                Command::invalidate_second_stage(guest, None)
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

    /// Submits a request when one is due, as long as there are tags.
    fn step(&mut self) {
        let is_due = self.rig.machine.now().0.is_multiple_of(self.every);
        if is_due && self.rig.machine.in_flight() < self.most {
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

    /// Forgets what the walk is not to find.
    fn forget(&mut self, start: Start) {
        let pages = match self.home {
            Home::Host => Command::invalidate_first_stage(None, None, None),
            Home::Guest(_) => Command::invalidate_second_stage(None, None),
        };
        let pages = pages.emit();
        let contexts = Command::invalidate_device(None).emit();
        if !matches!(start, Start::Contexts) {
            self.rig.put(pages);
        }
        if !matches!(start, Start::Pages) {
            self.rig.put(contexts);
        }
        self.rig.fence();
    }

    /// Makes the caches what the walk is to find.
    fn prepare(&mut self, start: Start) {
        self.forget(start);
        match start {
            // The line that the device's context takes has held another's.
            Start::Cold => {
                self.rig.translate(ask(OTHER, Access::Read, PAGE));
                let other = DeviceId::truncate(OTHER.into());
                self.rig.put(Command::invalidate_device(Some(other)).emit());
                self.rig.fence();
            }
            // Its context is what lies about where none is found.
            Start::Contexts => {
                self.rig.translate(ask(OTHER, Access::Read, PAGE));
            }
            Start::Pages => {
                let neighbour = Request {
                    iova: Iova::new(PAGE + 0x1000),
                    ..self.request()
                };
                self.rig.translate(neighbour);
            }
        }
    }

    /// Appends a fence that stores a word: what is behind it waits for the B.
    fn put_storing_fence(&mut self) {
        let fence = Fence {
            av: true,
            word: self.rig.pages(1).raw() >> 2,
            ..Fence::default()
        };
        self.rig.put(Command::Fence(fence).emit());
    }

    /// Walks of one page go on `lead` clocks before the command is known, or after
    /// it.
    pub fn meet(&mut self, change: Change, lead: i64, start: Start) {
        self.prepare(start);
        for _ in 0..lead {
            self.step();
        }
        let command = self.change(change);
        self.rig.put(command.emit());
        self.rig.put(Command::Fence(Fence::default()).emit());
        self.rig.ring_without_waiting();
        self.rig.run((-lead).max(0) as u64);
        let over = self.wait();
        self.rig
            .until("answers", 20_000, |machine| machine.in_flight() == 0);
        let expected = self.pa();
        while let Some(answered) = self.rig.machine.pop_answer() {
            let answer = answered.answer;
            assert!(
                answered.done <= over || answer.pa == expected,
                "{change:?}, {lead} clocks, {start:?}: accepted at {}, answered at {} after \
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

    /// The pointer to the page's table is replaced while a walk has just got its
    /// context: one request is made `lead` clocks after the command was given, which
    /// runs behind so many others, once a fence has left its word. All of them have
    /// been fetched until then: no read of a command keeps a context waiting.
    ///
    /// What the walk would fill is found by a partner of the device, whose context
    /// is cached: the device itself would walk again.
    pub fn meet_while_learning(&mut self, others: usize, lead: u64) {
        self.prepare(Start::Contexts);
        let partner = ask(PARTNER, Access::Read, PAGE);
        self.rig.translate(partner);
        let command = self.change(Change::Pointer);
        self.put_storing_fence();
        let other = Command::invalidate_process(DeviceId::truncate(0x55), ProcessId::from(1));
        for _ in 0..others {
            self.rig.put(other.emit());
        }
        self.rig.put(command.emit());
        self.rig.put(Command::Fence(Fence::default()).emit());
        self.rig.ring_without_waiting();
        self.rig.run(lead);
        self.rig.translate(self.request());
        self.rig.drain();
        let pa = self.rig.translate(partner);
        assert_eq!(pa, Some(self.pa()), "{others} commands, {lead} clocks");
    }

    /// The device context is replaced when a walk has asked memory for it, and
    /// INVAL_DDT runs in another clock of that walk with each `lead`. It was fetched
    /// long before, and waits for the B of a fence: no read of a command keeps a
    /// context waiting, and software's change comes first whatever it meets, as long
    /// as `lead` is less than [`ON_ITS_WAY`].
    pub fn meet_on_its_way(&mut self, lead: u64) {
        self.prepare(Start::Cold);
        let device = DeviceId::truncate(self.device.into());
        self.put_storing_fence();
        self.rig
            .put(Command::invalidate_device(Some(device)).emit());
        self.rig.put(Command::Fence(Fence::default()).emit());
        self.rig.ring_without_waiting();
        self.rig.run(lead);
        self.rig.machine.submit(core_request(&self.request()));
        self.rig.run(ASKED);
        self.replace_table();
        self.rig.drain();
        self.rig
            .until("answer", 2_000, |machine| machine.in_flight() == 0);
        while self.rig.machine.pop_answer().is_some() {}
        let pa = self.rig.translate(self.request());
        assert_eq!(pa, Some(self.pa()), "{lead} clocks");
    }
}
