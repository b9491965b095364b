// SPDX-License-Identifier: Apache-2.0
//! The processor: registers and queues, one access at a time.

use crate::filters::Tally;
use crate::plan::{Plan, Queues};
use crate::top::Top;
use sallyport_bus::{LiteAccess, LiteSize};
use sallyport_formats::Spa;
use sallyport_formats::command::Command;
use sallyport_formats::constants as c;
use sallyport_formats::regs::{
    Cqcsr, Ddtp, Fctl, Fqcsr, Icvec, Iohpmevt, MsiAddr, Pqcsr, QueueBase,
};
use sallyport_model::Request;
use sallyport_scoreboard::{InterruptSetup, InterruptState, PageQueueSetup};
use std::collections::VecDeque;

/// Clocks that a register access may take.
const PATIENCE: u64 = 5_000;

/// The events that are counted, each by the counter of its number: untranslated,
/// translated, and translation requests; misses; reads of directories and page
/// tables.
pub const COUNTED: [u64; 8] = [
    c::HPM_EVENT_UNTRANSLATED,
    c::HPM_EVENT_TRANSLATED,
    c::HPM_EVENT_ATS_REQUEST,
    c::HPM_EVENT_TLB_MISS,
    c::HPM_EVENT_DDT_WALK,
    c::HPM_EVENT_PDT_WALK,
    c::HPM_EVENT_FIRST_STAGE_WALK,
    c::HPM_EVENT_SECOND_STAGE_WALK,
];

/// What the counters have counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Requests by kind.
    pub requests: [u64; 3],
    /// Requests that no cache answered.
    pub misses: u64,
    /// Reads of device directories, process directories, first-stage and
    /// second-stage page tables.
    pub reads: [u64; 4],
}

/// An access under way, and what is done when it ends.
enum Access {
    Forget,
    CommandHead,
    WaitForDdtp,
    RecordTail,
    PageTail,
    PagesCleared,
    WaitForIllegal,
    StoppedHead,
}

/// Something that software has found out.
pub enum Done {
    /// `ddtp` is not busy any more.
    DdtpSettled,
    /// `fqh` is about to be written with this.
    RecordsTaken(u64),
    /// `pqh` is about to be written with this.
    PagesTaken(u64),
    /// It has been, and `pqcsr.pqof` is clear.
    PagesCleared,
    /// The queue has stopped at the illegal command.
    Stopped,
    /// An access failed, or something is not as it has to be.
    Failed(String),
}

/// Software's view of the IOMMU.
pub struct Software {
    queues: Queues,
    pages: Option<PageQueueSetup>,
    /// `pqcsr.pie`.
    pie: bool,
    /// Page requests are being taken out.
    taking: bool,
    fctl: Fctl,
    /// Requests are counted.
    counts: bool,
    /// Counters behind those of every event, as they have to be.
    tallies: Vec<Tally>,
    accesses: VecDeque<Access>,
    tail: u64,
    head: u64,
    /// `cqh` is being read.
    asking: bool,
    /// `cqcsr` as it was set up.
    cqcsr: Cqcsr,
    /// Where an illegal command is, while the queue is stopped by it.
    illegal: Option<u64>,
}

fn read(register: u64, size: LiteSize) -> LiteAccess {
    LiteAccess::read(register as u32, size)
}

fn write(register: u64, size: LiteSize, value: u64) -> LiteAccess {
    LiteAccess::write(register as u32, size, value)
}

impl Software {
    pub fn new(plan: &Plan, counts: bool) -> Self {
        Self {
            queues: plan.queues,
            pages: plan.pages,
            pie: plan.interrupts.pie,
            taking: false,
            fctl: plan.fctl,
            counts,
            tallies: plan.filters.iter().copied().map(Tally::new).collect(),
            accesses: VecDeque::new(),
            tail: 0,
            head: 0,
            asking: false,
            cqcsr: Cqcsr::default(),
            illegal: None,
        }
    }

    /// Whether no access is under way.
    pub fn is_idle(&self) -> bool {
        self.accesses.is_empty()
    }

    /// Turns interrupts and queues on.
    pub fn set_up(
        &mut self,
        system: &mut impl Top,
        interrupts: &InterruptSetup,
    ) -> Result<(), String> {
        use LiteSize::{Eight, Four};
        let base = |address: Spa, log2: u32| {
            let base = QueueBase {
                log2sz_minus_1: log2 as u8 - 1,
                ppn: address.page_number(),
            };
            base.emit()
        };
        let queues = self.queues;
        let fctl = u64::from(self.fctl.emit());
        let vectors = Icvec {
            civ: interrupts.civ,
            fiv: interrupts.fiv,
            pmiv: interrupts.pmiv,
            piv: interrupts.piv,
            ..Icvec::default()
        };
        let mut writes = vec![
            write(c::REG_FCTL, Four, fctl),
            write(c::REG_ICVEC, Eight, vectors.emit()),
            write(
                c::REG_CQB,
                Eight,
                base(queues.commands, queues.commands_log2),
            ),
            write(c::REG_FQB, Eight, base(queues.faults, queues.faults_log2)),
        ];
        for vector in 0..c::MSI_CFG_TBL_ENTRIES {
            let at = c::REG_MSI_CFG_TBL + vector * c::MSI_CFG_TBL_STRIDE;
            let address = MsiAddr::new(Spa::new(interrupts.message_base.raw() + 4 * vector));
            let data = u64::from(interrupts.data_base) + vector;
            // Data below, vector control above: not masked.
            writes.push(write(
                at + c::MSI_CFG_TBL_ADDR_OFFSET,
                Eight,
                address.emit(),
            ));
            writes.push(write(at + c::MSI_CFG_TBL_DATA_OFFSET, Eight, data));
        }
        if self.counts {
            for event in COUNTED {
                let offset = c::IOHPM_STRIDE * (event - 1);
                writes.push(write(c::REG_IOHPMCTR_BASE + offset, Eight, 0));
                writes.push(write(c::REG_IOHPMEVT_BASE + offset, Eight, event));
            }
        }
        for (number, tally) in (COUNTED.len() as u64..).zip(&self.tallies) {
            let offset = c::IOHPM_STRIDE * number;
            let selector = tally.selector().emit();
            writes.push(write(c::REG_IOHPMCTR_BASE + offset, Eight, tally.value));
            writes.push(write(c::REG_IOHPMEVT_BASE + offset, Eight, selector));
        }
        let cqcsr = Cqcsr {
            cqen: true,
            cie: interrupts.cie,
            ..Cqcsr::default()
        };
        let fqcsr = Fqcsr {
            fqen: true,
            fie: interrupts.fie,
            ..Fqcsr::default()
        };
        self.cqcsr = cqcsr;
        writes.push(write(c::REG_CQT, Four, 0));
        writes.push(write(c::REG_FQH, Four, 0));
        writes.push(write(c::REG_CQCSR, Four, cqcsr.emit().into()));
        writes.push(write(c::REG_FQCSR, Four, fqcsr.emit().into()));
        if let Some(pages) = self.pages {
            writes.push(write(
                c::REG_PQB,
                Eight,
                base(pages.base, pages.log2_entries),
            ));
            writes.push(write(c::REG_PQH, Four, 0));
            writes.push(write(c::REG_PQCSR, Four, self.pqcsr(false).into()));
        }
        for access in writes {
            self.access(system, access)?;
        }
        self.await_pages(system)?;
        for _ in 0..100 {
            let value = self.access(system, read(c::REG_CQCSR, Eight))?;
            let cq = Cqcsr::parse(value as u32);
            let fq = Fqcsr::parse((value >> 32) as u32);
            if cq.cqon && fq.fqon {
                return Ok(());
            }
        }
        Err("the queues do not come on".to_owned())
    }

    /// What is written to `pqcsr`, to clear its errors or not.
    fn pqcsr(&self, clear: bool) -> u32 {
        Pqcsr {
            pqen: self.pages.is_some_and(|pages| pages.enabled),
            pie: self.pie,
            pqof: clear,
            pqmf: clear,
            ..Pqcsr::default()
        }
        .emit()
    }

    /// Waits until the page-request queue is on, if it is to be.
    fn await_pages(&mut self, system: &mut impl Top) -> Result<(), String> {
        if !self.pages.is_some_and(|pages| pages.enabled) {
            return Ok(());
        }
        for _ in 0..100 {
            let value = self.access(system, read(c::REG_PQCSR, LiteSize::Four))?;
            if Pqcsr::parse(value as u32).pqon {
                return Ok(());
            }
        }
        Err("the page-request queue does not come on".to_owned())
    }

    /// Makes an access and waits for it.
    fn access(&mut self, system: &mut impl Top, access: LiteAccess) -> Result<u64, String> {
        system.registers().submit(access);
        for _ in 0..PATIENCE {
            system.step()?;
            if let Some(done) = system.registers().pop_completion() {
                if done.resp.is_error() {
                    return Err(format!("an error of the register at {:#x}", access.addr));
                }
                return Ok(done.value);
            }
        }
        Err(format!("no answer of the register at {:#x}", access.addr))
    }

    fn begin(&mut self, system: &mut impl Top, access: LiteAccess, then: Access) {
        system.registers().submit(access);
        self.accesses.push_back(then);
    }

    /// Puts a command into the queue; false if there is no room yet.
    pub fn queue(&mut self, system: &mut impl Top, command: Command) -> bool {
        self.illegal.is_none() && self.put(system, command.emit())
    }

    /// Puts an illegal command into the queue, which nothing may follow.
    pub fn queue_illegal(&mut self, system: &mut impl Top, words: [u64; 2]) -> bool {
        let index = self.tail;
        if self.illegal.is_some() || !self.put(system, words) {
            return false;
        }
        self.illegal = Some(index);
        self.begin(
            system,
            read(c::REG_CQCSR, LiteSize::Four),
            Access::WaitForIllegal,
        );
        true
    }

    /// Puts a command in the place of the illegal one.
    pub fn replace(&mut self, system: &mut impl Top, command: Command) {
        let Some(index) = self.illegal.take() else {
            return;
        };
        self.store(system, index, command.emit());
        let clear = Cqcsr {
            cmd_ill: true,
            ..self.cqcsr
        };
        let clear = write(c::REG_CQCSR, LiteSize::Four, clear.emit().into());
        self.begin(system, clear, Access::Forget);
    }

    fn store(&self, system: &mut impl Top, index: u64, words: [u64; 2]) {
        let address = self.queues.commands.raw() + index * c::CQ_ENTRY_BYTES;
        for (n, word) in words.into_iter().enumerate() {
            let address = Spa::new(address + 8 * n as u64);
            let word = if self.fctl.be {
                word.swap_bytes()
            } else {
                word
            };
            system.memory_mut().write_u64(address, word);
        }
    }

    fn put(&mut self, system: &mut impl Top, words: [u64; 2]) -> bool {
        let entries = 1u64 << self.queues.commands_log2;
        let next = (self.tail + 1) % entries;
        if next == self.head {
            if !self.asking {
                self.asking = true;
                self.begin(
                    system,
                    read(c::REG_CQH, LiteSize::Four),
                    Access::CommandHead,
                );
            }
            return false;
        }
        self.store(system, self.tail, words);
        self.tail = next;
        self.begin(
            system,
            write(c::REG_CQT, LiteSize::Four, next),
            Access::Forget,
        );
        true
    }

    /// Writes `ddtp` and waits until it is not busy.
    pub fn write_ddtp(&mut self, system: &mut impl Top, value: u64) {
        self.begin(
            system,
            write(c::REG_DDTP, LiteSize::Eight, value),
            Access::Forget,
        );
        self.begin(
            system,
            read(c::REG_DDTP, LiteSize::Eight),
            Access::WaitForDdtp,
        );
    }

    /// Takes all records out of the fault queue.
    pub fn take_records(&mut self, system: &mut impl Top) {
        self.begin(system, read(c::REG_FQT, LiteSize::Four), Access::RecordTail);
    }

    /// Takes all page requests out of their queue, and clears its errors.
    pub fn take_pages(&mut self, system: &mut impl Top) {
        if !self.taking {
            self.taking = true;
            self.begin(system, read(c::REG_PQT, LiteSize::Four), Access::PageTail);
        }
    }

    /// What has ended.
    pub fn tick(&mut self, system: &mut impl Top) -> Vec<Done> {
        let mut done = Vec::new();
        while let Some(completion) = system.registers().pop_completion() {
            if completion.resp.is_error() {
                done.push(Done::Failed("a register access failed".to_owned()));
            }
            let value = completion.value;
            match self.accesses.pop_front() {
                Some(Access::CommandHead) => {
                    self.asking = false;
                    self.head = value;
                }
                Some(Access::WaitForDdtp) if Ddtp::parse(value).busy => {
                    self.begin(
                        system,
                        read(c::REG_DDTP, LiteSize::Eight),
                        Access::WaitForDdtp,
                    );
                }
                Some(Access::WaitForDdtp) => done.push(Done::DdtpSettled),
                Some(Access::RecordTail) => {
                    done.push(Done::RecordsTaken(value));
                    self.begin(
                        system,
                        write(c::REG_FQH, LiteSize::Four, value),
                        Access::Forget,
                    );
                }
                Some(Access::PageTail) => {
                    done.push(Done::PagesTaken(value));
                    let head = write(c::REG_PQH, LiteSize::Four, value);
                    self.begin(system, head, Access::Forget);
                    let clear = self.pqcsr(true).into();
                    let clear = write(c::REG_PQCSR, LiteSize::Four, clear);
                    self.begin(system, clear, Access::PagesCleared);
                }
                Some(Access::PagesCleared) => {
                    self.taking = false;
                    done.push(Done::PagesCleared);
                }
                Some(Access::WaitForIllegal) => {
                    let stopped = Cqcsr::parse(value as u32).cmd_ill;
                    let (register, then) = if stopped {
                        (c::REG_CQH, Access::StoppedHead)
                    } else {
                        (c::REG_CQCSR, Access::WaitForIllegal)
                    };
                    self.begin(system, read(register, LiteSize::Four), then);
                }
                Some(Access::StoppedHead) if self.illegal == Some(value) => {
                    self.head = value;
                    done.push(Done::Stopped);
                }
                Some(Access::StoppedHead) => done.push(Done::Failed(format!(
                    "cqh is {value:#x}, not at the illegal command"
                ))),
                Some(Access::Forget) | None => {}
            }
        }
        done
    }

    /// What the counters have counted; `None` without any.
    pub fn counters(&mut self, system: &mut impl Top) -> Result<Option<Counted>, String> {
        if !self.counts {
            return Ok(None);
        }
        let mut counted = [0; COUNTED.len()];
        for (event, count) in COUNTED.into_iter().zip(&mut counted) {
            let offset = c::REG_IOHPMCTR_BASE + c::IOHPM_STRIDE * (event - 1);
            *count = self.access(system, read(offset, LiteSize::Eight))?;
        }
        let [a, b, c, misses, reads @ ..] = counted;
        Ok(Some(Counted {
            requests: [a, b, c],
            misses,
            reads,
        }))
    }

    /// A request was made; true if a counter overflows and asks for an interrupt.
    pub fn count(&mut self, request: &Request) -> bool {
        let mut asks = false;
        for tally in &mut self.tallies {
            asks |= tally.add(request);
        }
        asks
    }

    /// What is wrong with the counters behind those of every event.
    pub fn check_tallies(&mut self, system: &mut impl Top) -> Result<(), String> {
        for (at, tally) in self.tallies.clone().iter().enumerate() {
            let offset = c::IOHPM_STRIDE * (COUNTED.len() + at) as u64;
            let value =
                self.access(system, read(c::REG_IOHPMCTR_BASE + offset, LiteSize::Eight))?;
            let selector =
                self.access(system, read(c::REG_IOHPMEVT_BASE + offset, LiteSize::Eight))?;
            let selector = Iohpmevt::parse(selector);
            if (value, selector) != (tally.value, tally.selector()) {
                return Err(format!(
                    "counter {} is {value:#x} with {selector:?}, not {tally:x?}",
                    COUNTED.len() + at + 1
                ));
            }
        }
        Ok(())
    }

    /// Interrupts and queues, when nothing is under way.
    pub fn state(&mut self, system: &mut impl Top) -> Result<InterruptState, String> {
        let ipsr = self.access(system, read(c::REG_IPSR, LiteSize::Four))? as u32;
        let cqcsr = self.access(system, read(c::REG_CQCSR, LiteSize::Four))? as u32;
        let fqcsr = self.access(system, read(c::REG_FQCSR, LiteSize::Four))? as u32;
        let pqcsr = match self.pages {
            Some(_) => self.access(system, read(c::REG_PQCSR, LiteSize::Four))? as u32,
            None => 0,
        };
        Ok(InterruptState {
            pqcsr,
            ipsr,
            cqcsr,
            fqcsr,
            wires: system.irq(),
        })
    }
}
