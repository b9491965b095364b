// SPDX-License-Identifier: Apache-2.0
//! A plan as a conformance case: the same actions, one after the other.
//!
//! What caches leave open is left out: a request with more than one legal
//! outcome is there without a translation to compare, or not at all if it might
//! be refused as well as translated.

use crate::plan::{Action, Plan};
use sallyport_bus::{Attributes, Clock, Memory, Resp};
use sallyport_formats::command::{Command, Fence};
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Capabilities, Ddtp, InterruptSupport};
use sallyport_formats::{Cause, FaultRecord, PAGE_SIZE, Spa};
use sallyport_model::{AtsResponse, Design, Fault, Request, ats_response};
use sallyport_scoreboard::{FaultQueueSetup, Outcome, Scoreboard};
use sallyport_vectors::{
    Bytes, Case, CommandError, ExpectedFault, Observation, RegisterRead, RegisterWrite, Setup,
    Status, Step,
};
use std::ops::Range;

/// Room that the player gets for its queues.
const SCRATCH: u64 = 1 << 20;

/// The plan as a case called `name`.
#[must_use]
pub fn case(plan: &Plan, design: Design, name: String) -> Case {
    let (needs, lacks) = capabilities(&design);
    Case {
        name,
        needs,
        lacks,
        pas: design.capabilities.pas,
        setup: Some(Setup {
            fctl: plan.fctl.emit().into(),
            ddtp: c::DDTP_MODE_OFF,
        }),
        scratch: scratch(plan),
        memory: plan.memory.iter().map(|word| bytes(*word)).collect(),
        access_fault: plan.access_fault.clone(),
        poison: plan.poison.clone(),
        steps: Author::new(plan, design).write(plan),
    }
}

fn bytes((address, value): (Spa, u64)) -> Bytes {
    Bytes {
        address,
        data: value.to_le_bytes().to_vec(),
    }
}

/// Megabytes that the plan does not use; the lowest of them.
fn scratch(plan: &Plan) -> Range<Spa> {
    let stores = plan.actions.iter().flat_map(|action| match action {
        Action::Store(stores) => stores.as_slice(),
        _ => &[],
    });
    let words = plan
        .memory
        .iter()
        .chain(stores)
        .map(|(address, _)| *address);
    let queues = [plan.queues.fences, plan.interrupts.message_base];
    let used: Vec<u64> = words.chain(queues).map(|at| at.raw() / SCRATCH).collect();
    let free = (1..).find(|block| !used.contains(block)).unwrap_or(1);
    Spa::new(free * SCRATCH)..Spa::new((free + 1) * SCRATCH)
}

/// What the case relies on, and whose absence.
fn capabilities(design: &Design) -> (Vec<String>, Vec<String>) {
    let Capabilities {
        sv39,
        sv48,
        sv57,
        svpbmt,
        sv39x4,
        msi_flat,
        amo_hwad,
        ats,
        end,
        pd8,
        qosid,
        igs,
        ..
    } = design.capabilities;
    let all = [
        ("Sv39", sv39),
        ("Sv48", sv48),
        ("Sv57", sv57),
        ("Svpbmt", svpbmt),
        ("Sv39x4", sv39x4),
        ("MSI_FLAT", msi_flat),
        ("AMO_HWAD", amo_hwad),
        ("ATS", ats),
        ("END", end),
        ("PD8", pd8),
        ("QOSID", qosid),
        ("WSI", igs != InterruptSupport::Msi),
        ("MSI", igs != InterruptSupport::Wsi),
    ];
    let names = |there: bool| {
        let some = all.iter().filter(move |(_, has)| *has == there);
        some.map(|(name, _)| (*name).to_owned()).collect()
    };
    (names(true), names(false))
}

/// Writes steps, and keeps a scoreboard of what they may come to.
struct Author {
    design: Design,
    board: Scoreboard,
    clock: Clock,
    fences: Spa,
    fence: u32,
    steps: Vec<Step>,
}

impl Author {
    fn new(plan: &Plan, design: Design) -> Self {
        let mut memory = Memory::new();
        for (address, value) in &plan.memory {
            memory.write_u64(*address, *value);
        }
        for range in &plan.poison {
            memory.set_attributes(range.clone(), Attributes::POISON);
        }
        for range in &plan.access_fault {
            memory.set_attributes(range.clone(), Attributes::error(Resp::SlvErr));
        }
        let queue = FaultQueueSetup {
            base: plan.queues.faults,
            log2_entries: plan.queues.faults_log2,
        };
        Self {
            design,
            board: Scoreboard::new(design, plan.fctl, memory, queue, plan.interrupts),
            clock: Clock(1),
            fences: plan.queues.fences,
            fence: 0,
            steps: Vec::new(),
        }
    }

    fn write(mut self, plan: &Plan) -> Vec<Step> {
        for action in &plan.actions {
            self.clock = self.clock.after(4);
            match action {
                Action::Request(request) => self.request(request),
                Action::Store(stores) => {
                    for (address, value) in stores {
                        self.board.store(*address, *value, self.clock);
                    }
                    let stores = stores.iter().map(|word| bytes(*word));
                    self.steps.push(Step::Store(stores.collect()));
                }
                Action::Command(command) => self.command(*command),
                Action::Fence { .. } => self.fence(),
                Action::Ddtp(value) => self.ddtp(*value),
                Action::Illegal(words) => self.illegal(*words),
                // There is no device that would take a message.
                Action::Message(_)
                | Action::PageRequest(_)
                | Action::TakePages
                | Action::AwaitFences
                | Action::TakeRecords
                | Action::Pause(_) => {}
            }
        }
        self.steps.push(Step::NoFault);
        self.steps
    }

    fn command(&mut self, command: Command) {
        self.board.command(command, self.clock);
        self.steps.push(Step::Command(command.emit(), None));
    }

    fn fence(&mut self) {
        let offset = 4 * u64::from(self.fence) % PAGE_SIZE;
        let (address, data) = (Spa::new(self.fences.raw() + offset), !self.fence);
        self.fence += 1;
        self.command(Command::Fence(Fence::default().writing(address, data)));
        self.board.fence_stored(address, data, self.clock.next());
    }

    /// A fence takes the place of the illegal command.
    fn illegal(&mut self, words: [u64; 2]) {
        let error = Some(CommandError::Illegal);
        self.steps.push(Step::Command(words, error));
        self.fence();
        if let Some(Step::Command(words, None)) = self.steps.pop() {
            self.steps.push(Step::Recommand(words));
        }
    }

    fn ddtp(&mut self, value: u64) {
        self.board.ddtp_written(Ddtp::parse(value), self.clock);
        self.board.ddtp_settled(self.clock.next());
        let offset = c::REG_DDTP;
        let size = 8;
        self.steps.push(Step::Write(RegisterWrite {
            offset,
            size,
            value,
        }));
        self.steps.push(Step::Read(RegisterRead {
            offset,
            size,
            expect: 0,
            mask: 1 << c::DDTP_BUSY_BIT,
        }));
    }

    fn request(&mut self, request: &Request) {
        self.clock = self.clock.next();
        let updates = self.board.update_accessed_dirty(request, self.clock);
        self.clock = self.clock.after(2);
        let legal = self.board.legal(request, self.clock, self.clock);
        let success = Observation::status(Status::Success);
        let refused = Observation::status(Status::UnsupportedRequest);
        match *legal.as_slice() {
            [Outcome::Translated { address, pbmt }] => {
                let pbmt = self.design.capabilities.svpbmt.then_some(pbmt);
                let expect = Observation {
                    pa: Some(address.raw()),
                    pbmt,
                    ..success
                };
                self.steps.push(Step::Translate(*request, expect));
                if !updates.is_empty() {
                    let updates = updates.into_iter().map(bytes).collect();
                    self.steps.push(Step::MemoryIs(updates));
                }
            }
            [
                Outcome::Refused {
                    cause,
                    iotval2,
                    reported,
                    ..
                },
            ] if !self.may_differ(request, Cause::from_code(cause)) => {
                self.steps.push(Step::Translate(*request, refused));
                if reported {
                    let fault = expected_fault(request, cause, iotval2);
                    self.steps.push(Step::Fault(fault));
                }
            }
            [] => {}
            ref several if !several.iter().any(Outcome::is_refused) => {
                self.steps.push(Step::Translate(*request, success));
            }
            _ => {}
        }
    }
}

impl Author {
    /// Whether designs answer this refusal differently: an address beyond memory
    /// may be passed on, as nothing is there to be reached, and a translation
    /// request be aborted or unsupported.
    fn may_differ(&self, request: &Request, cause: Cause) -> bool {
        let access_fault = matches!(
            cause,
            Cause::InstructionAccessFault | Cause::ReadAccessFault | Cause::WriteAccessFault
        );
        let beyond = request.iova.raw() >> self.design.capabilities.pas != 0;
        access_fault && beyond
            || request.is_translation_request()
                && ats_response(cause) != AtsResponse::UnsupportedRequest
    }
}

fn expected_fault(request: &Request, cause: u16, iotval2: u64) -> ExpectedFault {
    let fault = Fault::new(Cause::from_code(cause));
    let record: FaultRecord = fault.record(request);
    ExpectedFault {
        cause,
        ttyp: record.ttyp.code(),
        device_id: record.did,
        process_id: record.process(),
        privileged: record.privileged,
        iotval: record.iotval,
        iotval2,
    }
}
