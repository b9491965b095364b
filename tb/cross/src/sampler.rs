// SPDX-License-Identifier: Apache-2.0
//! Looks on while the RTL runs.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use sallyport_bus::Memory;
use sallyport_formats::{DeviceId, FaultRecord, Iova, ProcessId, Spa};
use sallyport_model::{
    Access, Answer, CompletionTarget, Configuration, Design, QosIds, Request, RequestKind,
    Translation, translate,
};
use sallyport_sim::{
    AnswerPins, AxiInputs, AxiOutputs, Build, CoreInputs, CoreOutputs, ManagerPins, RequestPins,
    SubordinatePins,
};

use crate::attribute::{Sample, attribute};
use crate::queue::FaultQueue;
use crate::registers::Registers;
use crate::tally::Tally;
use crate::view::View;

/// First ID on the memory port that is no walk's: see `iommu_pkg`.
const FIRST_OTHER_ID: u8 = 0x40;

/// Faults whose records are waited for, and the other way round.
const LIMIT: usize = 4096;

/// Notes what one system of the bench goes through. Of `iommu_axi` it sees fault
/// records alone: which request of a bus is looked up when is not seen from
/// outside.
///
/// When it is dropped it adds what it has seen to the file of this process in
/// the folder of [`Sampler::from_environment`].
#[derive(Debug)]
pub struct Sampler {
    design: Design,
    folder: Option<PathBuf>,
    registers: Registers,
    faults: FaultQueue,
    now: u64,
    /// Requests by tag.
    requests: BTreeMap<u8, Pending>,
    /// When walks have read memory last, by 16 bytes.
    reads: BTreeMap<u64, u64>,
    /// Faults without a record as yet.
    expected: Vec<(FaultRecord, Vec<(Sample, bool)>)>,
    /// Records without a fault as yet.
    records: Vec<FaultRecord>,
    tally: Tally,
}

/// A request without an answer.
#[derive(Debug)]
struct Pending {
    request: Request,
    accepted: u64,
    /// What the model makes of it, with memory as it was then.
    then: (Translation, Vec<Sample>),
}

impl Sampler {
    /// A sampler, if the environment asks for one: `SALLYPORT_COVERAGE` names
    /// the folder that tallies go to. The cross is that of the build that has
    /// everything, so the others have none.
    #[must_use]
    pub fn from_environment(build: Build) -> Option<Self> {
        let folder = env::var_os("SALLYPORT_COVERAGE")?;
        let mut sampler = (build == Build::Full).then(|| Self::new(Design::full()))?;
        sampler.folder = Some(folder.into());
        Some(sampler)
    }

    /// A sampler of this design, which writes nothing.
    #[must_use]
    pub fn new(design: Design) -> Self {
        Self {
            design,
            folder: None,
            registers: Registers::default(),
            faults: FaultQueue::default(),
            now: 0,
            requests: BTreeMap::new(),
            reads: BTreeMap::new(),
            expected: Vec::new(),
            records: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// What was seen so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// A clock of reset.
    pub fn reset(&mut self) {
        self.registers.reset();
        self.faults.reset();
        self.requests.clear();
        self.reads.clear();
        self.expected.clear();
        self.records.clear();
    }

    /// A clock of `iommu_core_port`; `memory` is what it was in this clock.
    pub fn core(&mut self, inputs: &CoreInputs, outputs: &CoreOutputs, memory: &Memory) {
        self.now += 1;
        if outputs.answer.valid {
            self.answered(&outputs.answer, memory);
        }
        if inputs.request.valid && outputs.request_ready {
            self.accepted(&inputs.request, outputs.request_tag, memory);
        }
        self.registers.clock(&inputs.registers, &outputs.registers);
        self.memory(&outputs.memory, &inputs.memory, memory);
    }

    /// A clock of `iommu_axi`.
    pub fn axi(&mut self, inputs: &AxiInputs, outputs: &AxiOutputs, memory: &Memory) {
        let record = self.faults.clock(&outputs.memory, &inputs.memory, memory);
        if let Some(record) = record {
            self.tally.report(&record);
        }
    }

    fn accepted(&mut self, pins: &RequestPins, tag: u8, memory: &Memory) {
        let Some(request) = request(pins) else {
            return;
        };
        let pending = Pending {
            request,
            accepted: self.now,
            then: self.judge(&request, memory),
        };
        self.requests.insert(tag, pending);
    }

    fn judge(&self, request: &Request, memory: &Memory) -> (Translation, Vec<Sample>) {
        let configuration = Configuration {
            design: self.design,
            fctl: self.registers.fctl(),
            ddtp: self.registers.ddtp(),
            qosid: QosIds::default(),
        };
        let view = View(memory);
        let translation = translate(&configuration, &view, request);
        let samples = attribute(&configuration, &view, request, &translation);
        (translation, samples)
    }

    fn answered(&mut self, answer: &AnswerPins, memory: &Memory) {
        let Some(pending) = self.requests.remove(&answer.tag) else {
            return;
        };
        let request = pending.request;
        // What software has changed in between may or may not have been seen.
        let (translation, samples) = if agrees(&pending.then.0, answer) {
            pending.then
        } else {
            let now = self.judge(&request, memory);
            if !agrees(&now.0, answer) {
                self.tally.unexplained += 1;
                return;
            }
            now
        };
        let samples = samples
            .into_iter()
            .map(|sample| (sample, self.is_walked(sample.entry, pending.accepted)))
            .collect();
        match &translation.fault {
            Some(fault) if translation.reported => self.expect(fault.record(&request), samples),
            // A fault that `DTF` hides is an answer without a reason.
            Some(_) if !request.is_translation_request() || answer.fault => {}
            _ => self.count(samples),
        }
    }

    /// Whether the entry was read since then.
    fn is_walked(&self, entry: Option<Spa>, since: u64) -> bool {
        entry.is_none_or(|entry| {
            let read = self.reads.get(&(entry.raw() >> 4));
            read.is_some_and(|at| *at >= since)
        })
    }

    fn count(&mut self, samples: Vec<(Sample, bool)>) {
        for (sample, walked) in samples {
            let count = self.tally.bins.entry(sample.bin).or_default();
            if walked {
                count.walked += 1;
            } else {
                count.cached += 1;
            }
        }
    }

    fn expect(&mut self, record: FaultRecord, samples: Vec<(Sample, bool)>) {
        if let Some(at) = self.records.iter().position(|r| *r == record) {
            self.records.swap_remove(at);
            self.count(samples);
        } else if self.expected.len() < LIMIT {
            self.expected.push((record, samples));
        }
    }

    fn memory(&mut self, m: &ManagerPins, s: &SubordinatePins, memory: &Memory) {
        if m.ar.valid && s.ar_ready && m.ar.id < FIRST_OTHER_ID {
            let bytes = (u64::from(m.ar.len) + 1) << m.ar.size;
            for line in m.ar.addr >> 4..=(m.ar.addr + bytes - 1) >> 4 {
                self.reads.insert(line, self.now);
            }
        }
        let Some(record) = self.faults.clock(m, s, memory) else {
            return;
        };
        self.tally.report(&record);
        let expected = self.expected.iter().position(|(r, _)| *r == record);
        if let Some(at) = expected {
            let (_, samples) = self.expected.swap_remove(at);
            self.count(samples);
        } else if self.records.len() < LIMIT {
            self.records.push(record);
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder
            && let Err(error) = self.tally.append(folder)
        {
            eprintln!("{error}");
        }
    }
}

/// The request as the model takes it; `None` of a reserved type.
fn request(pins: &RequestPins) -> Option<Request> {
    Some(Request {
        device_id: DeviceId::truncate(pins.device_id.into()),
        process_id: pins.pv.then(|| ProcessId::truncate(pins.process_id.into())),
        privileged: pins.privileged,
        access: match pins.access {
            0 => Access::Read,
            1 => Access::Write,
            _ => Access::Execute,
        },
        kind: match pins.ttype {
            0 => RequestKind::Untranslated,
            1 => RequestKind::Translated,
            2 => RequestKind::TranslationRequest,
            _ => return None,
        },
        no_write: pins.no_write,
        iova: Iova::new(pins.iova),
        len: 1,
    })
}

/// Whether the RTL's answer is what the model says.
fn agrees(translation: &Translation, answer: &AnswerPins) -> bool {
    match &translation.answer {
        Answer::Translated(to) => !answer.fault && !answer.mrif && answer.pa == to.address.raw(),
        Answer::Mrif(mrif) => !answer.fault && answer.mrif && answer.pa == mrif.address.raw(),
        Answer::Completion(done) => {
            let target = match done.target {
                CompletionTarget::Spa(address) => Some(address.raw()),
                CompletionTarget::Gpa(address) => Some(address.raw()),
                CompletionTarget::None | CompletionTarget::UntranslatedOnly => None,
            };
            !answer.fault
                && (answer.r, answer.w) == (done.r, done.w)
                && target.is_none_or(|address| address == answer.pa)
        }
        Answer::UnsupportedRequest => answer.fault && answer.status != 2,
        Answer::CompleterAbort => answer.fault && answer.status == 2,
    }
}
