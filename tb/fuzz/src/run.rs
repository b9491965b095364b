// SPDX-License-Identifier: Apache-2.0
//! Runs a plan on the RTL.

use crate::image::Reader;
use crate::plan::{Action, Plan};
use crate::software::{Counted, Done, Software};
use crate::top::{AxiTop, CoreTop, PcieTop, Top};
use sallyport_bench::replay::PortKind;
use sallyport_bench::{Build, SystemConfig, Waveform};
use sallyport_bus::{Attributes, Clock, Resp};
use sallyport_formats::Spa;
use sallyport_formats::command::{Command, Fence};
use sallyport_formats::regs::Ddtp;
use sallyport_model::{Design, Request, RequestKind};
use sallyport_scoreboard::{Exchange, FaultQueueSetup, InterruptState, Scoreboard, Verdict, What};

/// Clocks without anything happening after which nothing ever will.
const PATIENCE: u64 = 20_000;

/// Page requests that wait for something at most: the IOMMU keeps so many responses.
const MOST_PAGES: usize = 16;

/// Clocks after the last answer until messages and records are out.
const AFTERMATH: u64 = 400;

/// What came of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// The scoreboard's judgement.
    pub verdict: Verdict,
    /// The digest of every port beat.
    pub digest: u64,
    /// Requests answered.
    pub requests: u64,
    /// Clocks.
    pub clocks: u64,
    /// Invalidations submitted.
    pub invalidations: u64,
    /// Of these, with requests under way.
    pub invalidations_in_flight: u64,
    /// Fences submitted.
    pub fences: u64,
    /// Requests answered from the caches.
    pub hits: u64,
    /// Invalidations of devices that were answered.
    pub device_invalidations: u64,
    /// Translated requests with a translation that the device held.
    pub held: u64,
}

/// Runs a plan; whatever goes wrong is in the verdict.
#[must_use]
pub fn run(
    plan: &Plan,
    port: PortKind,
    build: Build,
    design: Design,
    waveform: Option<Waveform>,
) -> Ran {
    let config = SystemConfig {
        table_memory: plan.tables,
        registers: plan.registers,
        waveform,
        ..SystemConfig::new(build, plan.seed)
    };
    match port {
        PortKind::Core => run_on::<CoreTop>(plan, &config, design),
        PortKind::Axi => run_on::<AxiTop>(plan, &config, design),
        PortKind::Pcie => run_on::<PcieTop>(plan, &config, design),
    }
}

fn run_on<T: Top>(plan: &Plan, config: &SystemConfig, design: Design) -> Ran {
    let system = match T::create(config) {
        Ok(system) => system,
        Err(what) => return broken(what),
    };
    let mut runner = match Runner::new(plan, system, design) {
        Ok(runner) => runner,
        Err(what) => return broken(what),
    };
    runner.run();
    runner.finish()
}

/// A run that did not begin.
fn broken(what: String) -> Ran {
    let mut ran = Ran::default();
    ran.verdict.mismatches.push(sallyport_scoreboard::Mismatch {
        clock: Clock::ZERO,
        what: What::Violation(what),
    });
    ran
}

struct Runner<'a, T> {
    plan: &'a Plan,
    system: T,
    software: Software,
    board: Scoreboard,
    /// The next action.
    next: usize,
    /// Not before this clock.
    not_before: Clock,
    /// When something happened last.
    progress: Clock,
    /// Requests made, by kind.
    made: [u64; 3],
    fences: u32,
    ddtp_busy: bool,
    failed: bool,
    ran: Ran,
}

impl<'a, T: Top> Runner<'a, T> {
    fn new(plan: &'a Plan, mut system: T, design: Design) -> Result<Self, String> {
        let memory = system.memory_mut();
        for (address, value) in &plan.memory {
            memory.write_u64(*address, *value);
        }
        let ranges = [
            (&plan.no_exclusive, Attributes::NO_EXCLUSIVE),
            (&plan.poison, Attributes::POISON),
            (&plan.access_fault, Attributes::error(Resp::SlvErr)),
        ];
        for (ranges, attributes) in ranges {
            for range in ranges {
                memory.set_attributes(range.clone(), attributes);
            }
        }
        let mut software = Software::new(plan, design.capabilities.hpm);
        software.set_up(&mut system, &plan.interrupts)?;
        system.memory_mut().watch_all();
        let faults = FaultQueueSetup {
            base: plan.queues.faults,
            log2_entries: plan.queues.faults_log2,
        };
        let memory = system.memory().clone();
        let mut board = Scoreboard::new(design, plan.fctl, memory, faults, plan.interrupts);
        if let Some(pages) = plan.pages {
            board.expect_pages(pages);
        }
        if plan.in_flight == 1 && T::ONE_AT_A_TIME {
            board.expect_order();
        }
        let now = system.now();
        Ok(Self {
            plan,
            system,
            software,
            board,
            next: 0,
            not_before: now,
            progress: now,
            made: [0; 3],
            fences: 0,
            ddtp_busy: false,
            failed: false,
            ran: Ran::default(),
        })
    }

    /// All actions, and until nothing is under way.
    fn run(&mut self) {
        while !self.failed && self.next < self.plan.actions.len() {
            while self.next < self.plan.actions.len() && self.act(&self.plan.actions[self.next]) {
                self.next += 1;
                self.progress = self.system.now();
            }
            self.step();
        }
        while !self.failed
            && (self.system.in_flight() > 0 || self.board.open_pages() > 0 || self.ddtp_busy)
        {
            self.step();
        }
        while !self.failed && !self.fence(false) {
            self.step();
        }
        while !self.failed && (self.board.owes_store() || !self.software.is_idle()) {
            self.step();
        }
        for _ in 0..AFTERMATH {
            if !self.failed {
                self.progress = self.system.now();
                self.step();
            }
        }
    }

    /// Does what the action says; false if it has to wait.
    fn act(&mut self, action: &Action) -> bool {
        let now = self.system.now();
        if now < self.not_before {
            return false;
        }
        match action {
            Action::Request(request) => {
                if self.system.in_flight() >= self.plan.in_flight {
                    return false;
                }
                self.system.submit(request);
            }
            Action::Store(stores) => {
                for (address, value) in stores {
                    self.system.memory_mut().write_u64(*address, *value);
                    self.board.store(*address, *value, now);
                }
            }
            Action::Command(command) => return self.command(*command),
            Action::Message(command) => {
                if !self.software.queue(&mut self.system, *command) {
                    return false;
                }
                self.system.commanded(command);
                self.board.command(*command, now);
            }
            Action::PageRequest(message) => {
                if self.board.open_pages() >= MOST_PAGES {
                    return false;
                }
                self.system.request_page(message);
                self.board.page_requested(*message, now);
            }
            Action::TakePages => self.software.take_pages(&mut self.system),
            Action::Fence { wsi } => return self.fence(*wsi),
            Action::Illegal(words) => {
                if !self.software.queue_illegal(&mut self.system, *words) {
                    return false;
                }
                self.board.illegal_command();
            }
            Action::AwaitFences => return !self.board.owes_store(),
            Action::Ddtp(value) => {
                if self.ddtp_busy {
                    return false;
                }
                self.ddtp_busy = true;
                self.software.write_ddtp(&mut self.system, *value);
                self.board.ddtp_written(Ddtp::parse(*value), now);
            }
            Action::TakeRecords => self.software.take_records(&mut self.system),
            Action::Pause(clocks) => self.not_before = now.after(*clocks),
        }
        true
    }

    fn command(&mut self, command: Command) -> bool {
        if !self.software.queue(&mut self.system, command) {
            return false;
        }
        let under_way = self.system.in_flight() > 0;
        if !matches!(command, Command::Fence(_)) {
            self.ran.invalidations += 1;
            self.ran.invalidations_in_flight += u64::from(under_way);
        }
        self.board.command(command, self.system.now());
        true
    }

    fn fence(&mut self, wsi: bool) -> bool {
        let done = self.command(self.next_fence(wsi));
        self.fences += u32::from(done);
        self.ran.fences += u64::from(done);
        done
    }

    /// A fence that stores its number where no other does.
    fn next_fence(&self, wsi: bool) -> Command {
        let number = self.fences;
        let fences = self.plan.queues.fences.raw();
        let address = Spa::new(fences + 4 * u64::from(number % 1024));
        let fence = Fence {
            pr: number & 1 == 0,
            pw: number & 2 == 0,
            wsi: wsi && self.plan.interrupts.wsi,
            ..Fence::default()
        };
        Command::Fence(fence.writing(address, !number))
    }

    /// Puts a fence where the illegal command was.
    fn replace_illegal(&mut self) {
        let fence = self.next_fence(false);
        self.software.replace(&mut self.system, fence);
        self.board.command(fence, self.system.now());
        self.fences += 1;
        self.ran.fences += 1;
    }

    /// One clock.
    fn step(&mut self) {
        let now = self.system.now();
        if let Err(error) = self.system.step() {
            self.fail(What::Violation(error));
            return;
        }
        let writes: Vec<_> = self.system.memory_mut().drain_journal().collect();
        for write in &writes {
            self.board.bus_write(write);
        }
        while let Some(reply) = self.system.pop_reply() {
            self.progress = now;
            self.made[kind(&reply.request)] += 1;
            if self.software.count(&reply.request) {
                self.board.counter_overflowed();
            }
            self.ran.requests += 1;
            self.board.answered(&Exchange {
                request: reply.request,
                accepted: reply.accepted,
                done: reply.done,
                answer: reply.answer,
            });
        }
        while let Some(response) = self.system.pop_page_response() {
            self.progress = now;
            self.board.page_answered(response, now);
        }
        while let Some(number) = self.system.pop_invalidated() {
            self.ran.device_invalidations += 1;
            self.board.device_invalidated(number, now);
        }
        for done in self.software.tick(&mut self.system) {
            match done {
                Done::DdtpSettled => {
                    self.ddtp_busy = false;
                    self.board.ddtp_settled(now.next());
                }
                Done::PagesTaken(head) => self.board.pages_taken(head),
                Done::PagesCleared => self.board.pages_cleared(now),
                Done::RecordsTaken(head) => self.board.records_taken(head),
                Done::Stopped => self.replace_illegal(),
                Done::Failed(what) => self.fail(What::Violation(what)),
            }
        }
        if now.since(self.progress) > PATIENCE {
            let left = self.system.in_flight();
            self.fail(What::Hang(format!(
                "nothing has happened for {PATIENCE} clocks; {left} requests are not answered"
            )));
        }
    }

    fn fail(&mut self, what: What) {
        self.failed = true;
        self.board.fail(self.system.now(), what);
    }

    /// Events 1 to 3 are the requests made, 4 those that no cache answered, 5 to 8
    /// the reads of each kind of table on the memory port. A walk that was led
    /// astray may read where there is no table: of which kind it was cannot be seen.
    fn compare_counters(&mut self) {
        if self.failed {
            return;
        }
        let counted = match self.software.counters(&mut self.system) {
            Ok(None) => return,
            Ok(Some(counted)) => counted,
            Err(what) => return self.fail(What::Violation(what)),
        };
        let mut reads = [0; 4];
        let mut astray = 0;
        for (page, count) in self.system.walk_reads() {
            match self.plan.readers.get(page) {
                Some(Reader::Devices) => reads[0] += count,
                Some(Reader::Processes) => reads[1] += count,
                Some(Reader::FirstStage) => reads[2] += count,
                Some(Reader::SecondStage) => reads[3] += count,
                // They have no event.
                Some(Reader::InterruptFiles) => {}
                None => astray += count,
            }
        }
        let seen = Counted {
            requests: self.made,
            misses: self.made.iter().sum::<u64>() - self.system.counters().hits,
            reads,
        };
        if !explains(&seen, astray, &counted) {
            self.fail(What::Violation(format!(
                "the counters tell of {counted:?}, the ports of {seen:?} and {astray} reads where \
                 no table is"
            )));
        }
        if let Err(what) = self.software.check_tallies(&mut self.system) {
            self.fail(What::Violation(what));
        }
    }

    fn finish(mut self) -> Ran {
        let mut state = InterruptState::default();
        if !self.failed {
            match self.software.state(&mut self.system) {
                Ok(read) => state = read,
                Err(what) => self.fail(What::Violation(what)),
            }
        }
        self.compare_counters();
        if let Some(complaint) = self.system.complaint() {
            self.fail(What::Violation(complaint));
        }
        let verdict = if self.failed {
            self.board.judge_failed()
        } else {
            self.board.judge(&state)
        };
        Ran {
            verdict,
            digest: self.system.digest(),
            clocks: self.system.now().0,
            hits: self.system.counters().hits,
            held: self.system.held(),
            ..self.ran
        }
    }
}

/// Whether counters may tell this of what was seen, and of so many reads of an
/// unknown kind.
fn explains(seen: &Counted, astray: u64, counted: &Counted) -> bool {
    let more: Option<u64> = counted
        .reads
        .iter()
        .zip(&seen.reads)
        .map(|(counted, seen)| counted.checked_sub(*seen))
        .sum();
    let reads = more.is_some_and(|more| more <= astray);
    reads && counted.requests == seen.requests && counted.misses == seen.misses
}

/// The number of a request's kind.
const fn kind(request: &Request) -> usize {
    match request.kind {
        RequestKind::Untranslated => 0,
        RequestKind::Translated => 1,
        RequestKind::TranslationRequest => 2,
    }
}
