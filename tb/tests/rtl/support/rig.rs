// SPDX-License-Identifier: Apache-2.0
//! A top that is being tested, and the software that runs it: registers,
//! queues, directory.

use super::machine::Machine;
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{LiteAccess, LiteSize};
use sallyport_formats::command::Fence;
use sallyport_formats::directory::DirectoryEntry;
use sallyport_formats::regs::{Capabilities, QueueBase};
use sallyport_formats::{Command, DeviceContext, DeviceId, FaultRecord, Spa, constants as c};

/// Pages for tables and queues are taken one after another from here.
const FIRST_PAGE: u64 = 0x9_0000;
/// Log2 of the entries of both queues.
const LOG2_COMMANDS: u32 = 8;
const LOG2_FAULTS: u32 = 9;
/// Clocks that a register access or a command may take.
const PATIENCE: u64 = 200_000;

/// A machine and its software.
pub struct Rig<M> {
    pub machine: M,
    pub capabilities: Capabilities,
    /// Root page of the device directory.
    pub directory: Spa,
    pub command_queue: Spa,
    pub fault_queue: Spa,
    pub command_tail: u32,
    pub fault_head: u32,
    pub log2_faults: u32,
    levels: u32,
    next_page: u64,
}

impl Rig<CoreSystem> {
    /// `iommu_core_port` with memory of a fixed latency of 20 clocks.
    pub fn core(build: Build, seed: u64) -> Self {
        Self::new(&SystemConfig::new(build, Seed::new(seed)))
    }
}

impl<M: Machine> Rig<M> {
    /// After reset: translation and queues are off.
    pub fn new(config: &SystemConfig) -> Self {
        let machine = M::new(config).unwrap_or_else(|error| panic!("{error}"));
        let mut rig = Self {
            machine,
            capabilities: Capabilities::default(),
            directory: Spa::default(),
            command_queue: Spa::default(),
            fault_queue: Spa::default(),
            command_tail: 0,
            fault_head: 0,
            log2_faults: LOG2_FAULTS,
            levels: 0,
            next_page: FIRST_PAGE,
        };
        rig.directory = rig.pages(1);
        rig.capabilities = Capabilities::parse(rig.read64(c::REG_CAPABILITIES));
        rig
    }

    /// Queues on, `ddtp` pointing to an empty directory of `levels`.
    pub fn started(config: &SystemConfig, levels: u32) -> Self {
        let mut rig = Self::new(config);
        rig.start_queues();
        rig.set_levels(levels);
        rig
    }

    /// Whether device contexts have 64 bytes.
    pub fn extended(&self) -> bool {
        self.capabilities.msi_flat
    }

    /// The next `count` pages that nothing else uses, zeroed.
    pub fn pages(&mut self, count: u64) -> Spa {
        let page = self.next_page.next_multiple_of(count.next_power_of_two());
        self.next_page = page + count;
        Spa::new(page << 12)
    }

    // ------------------------------------------------------------- clocks

    /// One clock; an assertion of the RTL fails the test.
    pub fn step(&mut self) {
        if let Err(error) = self.machine.step() {
            panic!("{} {error}", self.machine.now());
        }
    }

    pub fn run(&mut self, clocks: u64) {
        for _ in 0..clocks {
            self.step();
        }
    }

    /// Steps until `done`; more than `limit` clocks fail the test. Gives the
    /// clocks that it took.
    pub fn until(&mut self, what: &str, limit: u64, mut done: impl FnMut(&mut M) -> bool) -> u64 {
        let start = self.machine.now();
        while !done(&mut self.machine) {
            let waited = self.machine.now().since(start);
            assert!(
                waited < limit,
                "{}: no {what} after {limit} clocks; outstanding: {:#?}",
                self.machine.now(),
                self.machine.outstanding()
            );
            self.step();
        }
        self.machine.now().since(start)
    }

    // ---------------------------------------------------------- registers

    fn access(&mut self, access: LiteAccess) -> u64 {
        let handle = self.machine.registers().submit(access);
        let mut value = None;
        self.until("register access", PATIENCE, |machine| {
            while let Some(done) = machine.registers().pop_completion() {
                assert!(
                    !done.resp.is_error(),
                    "{:?} answered {:?}",
                    done.access,
                    done.resp
                );
                if done.handle == handle {
                    value = Some(done.value);
                }
            }
            value.is_some()
        });
        value.unwrap_or_default()
    }

    pub fn read32(&mut self, offset: u64) -> u32 {
        self.access(LiteAccess::read(offset as u32, LiteSize::Four)) as u32
    }

    pub fn read64(&mut self, offset: u64) -> u64 {
        self.access(LiteAccess::read(offset as u32, LiteSize::Eight))
    }

    pub fn write32(&mut self, offset: u64, value: u32) {
        self.access(LiteAccess::write(
            offset as u32,
            LiteSize::Four,
            value.into(),
        ));
    }

    pub fn write64(&mut self, offset: u64, value: u64) {
        self.access(LiteAccess::write(offset as u32, LiteSize::Eight, value));
    }

    /// Reads a register until `mask` reads as `value`.
    pub fn poll32(&mut self, offset: u64, mask: u32, value: u32) -> u32 {
        for _ in 0..PATIENCE / 10 {
            let read = self.read32(offset);
            if read & mask == value {
                return read;
            }
        }
        panic!(
            "{}: register {offset:#x} never got {value:#x} under {mask:#x}; outstanding: {:#?}",
            self.machine.now(),
            self.machine.outstanding()
        )
    }

    // ------------------------------------------------------------- queues

    /// Switches on a command queue and a fault queue.
    pub fn start_queues(&mut self) {
        self.command_queue = self.pages(1);
        self.fault_queue = self.pages(4);
        self.enable_commands(0);
        self.enable_faults(LOG2_FAULTS, 0);
    }

    /// Switches the command queue on, empty, with more bits of `cqcsr`.
    pub fn enable_commands(&mut self, more: u32) {
        let base = QueueBase {
            log2sz_minus_1: LOG2_COMMANDS as u8 - 1,
            ppn: self.command_queue.page_number(),
        };
        self.write64(c::REG_CQB, base.emit());
        self.write32(c::REG_CQT, 0);
        self.command_tail = 0;
        self.write32(c::REG_CQCSR, 1 | more);
        self.poll32(c::REG_CQCSR, 1 << c::CQCSR_CQON_BIT, 1 << c::CQCSR_CQON_BIT);
    }

    /// Switches the command queue off.
    pub fn disable_commands(&mut self) {
        self.write32(c::REG_CQCSR, 0);
        self.poll32(c::REG_CQCSR, 1 << c::CQCSR_CQON_BIT, 0);
    }

    /// Switches the fault queue on, empty, with more bits of `fqcsr`.
    pub fn enable_faults(&mut self, log2_entries: u32, more: u32) {
        self.log2_faults = log2_entries;
        let base = QueueBase {
            log2sz_minus_1: log2_entries as u8 - 1,
            ppn: self.fault_queue.page_number(),
        };
        self.write64(c::REG_FQB, base.emit());
        self.write32(c::REG_FQH, 0);
        self.fault_head = 0;
        self.write32(c::REG_FQCSR, 1 | more);
        self.poll32(c::REG_FQCSR, 1 << c::FQCSR_FQON_BIT, 1 << c::FQCSR_FQON_BIT);
    }

    /// Switches a page-request queue on, empty, with more bits of `pqcsr`.
    pub fn enable_page_requests(&mut self, base: QueueBase, more: u32) {
        self.write64(c::REG_PQB, base.emit());
        self.write32(c::REG_PQH, 0);
        self.write32(c::REG_PQCSR, 1 | more);
        self.poll32(c::REG_PQCSR, 1 << c::PQCSR_PQON_BIT, 1 << c::PQCSR_PQON_BIT);
    }

    /// Appends a command; `cqt` is not written.
    pub fn put(&mut self, words: [u64; 2]) {
        let at = Spa::new(self.command_queue.raw() + 16 * u64::from(self.command_tail));
        self.machine.memory_mut().write_u64(at, words[0]);
        self.machine
            .memory_mut()
            .write_u64(Spa::new(at.raw() + 8), words[1]);
        self.command_tail = (self.command_tail + 1) % (1 << LOG2_COMMANDS);
    }

    /// Writes `cqt`.
    pub fn ring(&mut self) {
        self.write32(c::REG_CQT, self.command_tail);
    }

    /// Writes `cqt`, and waits for nothing.
    pub fn ring_without_waiting(&mut self) {
        let tail = self.command_tail.into();
        let ring = LiteAccess::write(c::REG_CQT as u32, LiteSize::Four, tail);
        self.machine.registers().submit(ring);
    }

    /// Appends a command and writes `cqt`.
    pub fn command(&mut self, command: Command) {
        self.put(command.emit());
        self.ring();
    }

    /// Waits until `cqh` is `cqt`.
    pub fn drain(&mut self) {
        let tail = self.command_tail;
        self.poll32(c::REG_CQH, u32::MAX, tail);
        let csr = self.read32(c::REG_CQCSR);
        assert_eq!(csr >> c::CQCSR_CQMF_BIT & 7, 0, "cqcsr is {csr:#x}");
    }

    /// IOFENCE.C with PR and PW, waited for.
    pub fn fence(&mut self) {
        let fence = Fence {
            pr: true,
            pw: true,
            ..Fence::default()
        };
        self.command(Command::Fence(fence));
        self.drain();
    }

    /// Forgets everything that is cached.
    pub fn forget(&mut self) {
        self.put(Command::invalidate_device(None).emit());
        self.put(Command::invalidate_first_stage(None, None, None).emit());
        self.put(Command::invalidate_second_stage(None, None).emit());
        self.fence();
    }

    /// Forgets page tables and translations; device contexts stay.
    pub fn forget_pages(&mut self) {
        self.command(Command::invalidate_first_stage(None, None, None));
        self.fence();
    }

    /// Takes the fault records that are there. After a fence those of all
    /// earlier requests are.
    pub fn faults(&mut self) -> Vec<FaultRecord> {
        let tail = self.read32(c::REG_FQT);
        let mut records = Vec::new();
        while self.fault_head != tail {
            let at = self.fault_queue.raw() + 32 * u64::from(self.fault_head);
            let words = [0, 8, 16, 24].map(|n| self.machine.memory().read_u64(Spa::new(at + n)));
            records.push(FaultRecord::parse(words));
            self.fault_head = (self.fault_head + 1) % (1 << self.log2_faults);
        }
        self.write32(c::REG_FQH, self.fault_head);
        records
    }

    // ---------------------------------------------------------- directory

    /// Points `ddtp` to the directory, or with 0 switches translation off.
    pub fn set_levels(&mut self, levels: u32) {
        self.levels = levels;
        let mode = match levels {
            0 => c::DDTP_MODE_OFF,
            n => c::DDTP_MODE_1LVL + u64::from(n) - 1,
        };
        self.set_ddtp(mode);
    }

    /// Writes `ddtp` and waits while it is busy.
    pub fn set_ddtp(&mut self, mode: u64) {
        let value = self.directory.page_number() << c::DDTP_PPN_LSB | mode;
        self.write64(c::REG_DDTP, value);
        self.poll32(c::REG_DDTP, 1 << c::DDTP_BUSY_BIT, 0);
    }

    /// Where the context of a device lies; makes the tables that lead there.
    pub fn slot(&mut self, device: u32) -> Spa {
        let index = DeviceId::truncate(device.into()).directory_indices(self.extended());
        let mut table = self.directory;
        for level in (1..self.levels as usize).rev() {
            let at = Spa::new(table.raw() + 8 * u64::from(index[level]));
            let entry = DirectoryEntry::parse(self.machine.memory().read_u64(at));
            table = if entry.v {
                Spa::new(entry.ppn << 12)
            } else {
                let next = self.pages(1);
                let entry = DirectoryEntry::pointing_to(next).emit();
                self.machine.memory_mut().write_u64(at, entry);
                next
            };
        }
        let bytes = DeviceContext::bytes(self.extended()) as u64;
        Spa::new(table.raw() + bytes * u64::from(index[0]))
    }

    /// Writes the words of a device's context.
    pub fn put_context(&mut self, device: u32, words: [u64; 8]) {
        let slot = self.slot(device);
        let count = if self.extended() { 8 } else { 4 };
        for (n, word) in words.into_iter().enumerate().take(count) {
            let at = Spa::new(slot.raw() + 8 * n as u64);
            self.machine.memory_mut().write_u64(at, word);
        }
    }

    /// The test is over: nothing may have gone wrong on any bus.
    pub fn finish(self) {
        self.finish_without("no port");
    }

    /// The test is over: nothing may have gone wrong on any bus but this one,
    /// on which the test itself broke the rules.
    pub fn finish_without(mut self, port: &str) {
        let mut complaints = self.machine.complaints();
        complaints.retain(|complaint| !complaint.starts_with(port));
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}
