// SPDX-License-Identifier: Apache-2.0
//! Requests as TLPs.

use super::core::observation;
use super::packet::{is_packet, packet};
use super::target::{PATIENCE, Port};
use crate::hardware::{CaptureFailed, Incoming, Outgoing, PcieSystem, SystemConfig, core_request};
use sallyport_bus::{AxBeat, AxiLiteManager, Memory};
use sallyport_formats::Pbmt;
use sallyport_model::Request;
use sallyport_sim::{AnswerPins, SimError};
use sallyport_tlp::{
    Answer, Body, Endpoint, Limits, RoutingId, Status as TlpStatus, Tag, TranslationEntry,
};
use sallyport_vectors::{Observation, Reply, Status, TargetError};
use std::path::Path;

/// `iommu_pcie`: a request is a packet, and its answer a completion, or the address
/// and the memory type that it has behind the IOMMU. Data goes to and comes from
/// nowhere.
///
/// What no packet expresses goes in by the core's port, beside the packets, and is
/// counted. So is a request for an interrupt file in memory, of which nothing is
/// seen behind the IOMMU but what the file holds: the core's port shows its answer.
#[derive(Debug)]
pub struct PciePort {
    system: PcieSystem,
    violation: Option<String>,
    /// The core's answer since the request began.
    answer: Option<AnswerPins>,
    by_core: u64,
}

/// Clocks without any beat on any port after which nothing is under way: more than
/// memory takes for an answer.
const QUIET: u64 = 400;
/// AxCACHE of what devices send.
const CACHE: u8 = 0b1110;

impl Port for PciePort {
    fn create(config: &SystemConfig) -> Result<Self, SimError> {
        let mut system = PcieSystem::new(config)?;
        system.absorb_data();
        Ok(Self {
            system,
            violation: None,
            answer: None,
            by_core: 0,
        })
    }

    fn step(&mut self) -> Result<(), SimError> {
        self.system.step()?;
        let answer = self.system.answer();
        if answer.valid {
            self.answer = Some(*answer);
        }
        if self.violation.is_none() {
            self.violation = self.system.violations().next();
        }
        Ok(())
    }

    fn memory(&mut self) -> &mut Memory {
        self.system.memory_mut()
    }

    fn registers(&mut self) -> &mut AxiLiteManager {
        self.system.registers()
    }

    fn violation(&self) -> Option<String> {
        self.violation.clone()
    }

    fn digest(&self) -> u64 {
        self.system.digest().value()
    }

    /// Everything, one way or the other.
    fn can_express(_request: &Request) -> bool {
        true
    }

    fn by_core(&self) -> u64 {
        self.by_core
    }

    fn begin_capture(&mut self, path: &Path, seed: u64) -> Result<(), CaptureFailed> {
        self.system.link().begin_capture(path, seed)
    }

    fn end_capture(&mut self) -> Result<(), CaptureFailed> {
        self.system.link().end_capture().map(drop)
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        self.system.take_addresses();
        self.answer = None;
        if !is_packet(request) {
            return self.beside_packets(request);
        }
        let (id, segment) = RoutingId::of_device(request.device_id);
        let mut endpoint = Endpoint::new(id, Limits::default());
        let broken = |error: String| TargetError(error);
        let (tag, tlp) = packet(&mut endpoint, request).map_err(broken)?;
        let packet = Outgoing::new(segment, &tlp).map_err(|e| TargetError(e.to_string()))?;
        self.system.link().send(packet);
        match tag {
            Some(tag) => self.answered(&mut endpoint, tag, request),
            None => self.absorbed(request),
        }
    }
}

impl PciePort {
    /// The request by the core's port.
    fn beside_packets(&mut self, request: &Request) -> Result<Reply, TargetError> {
        self.by_core += 1;
        let ticket = self.system.submit(core_request(request));
        for _ in 0..PATIENCE {
            self.work()?;
            if let Some(answered) = self.system.pop_answer() {
                if answered.ticket != ticket {
                    return Err(TargetError("a request was answered twice".to_owned()));
                }
                return Ok(Reply::Answer(observation(request, &answered.answer)));
            }
        }
        Err(TargetError(format!(
            "no answer by the core's port in {PATIENCE} clocks"
        )))
    }

    /// The core's answer where nothing of it shows behind the IOMMU: refused, or an
    /// interrupt file in memory.
    fn unseen(&mut self, request: &Request, seen: Status) -> Reply {
        match self.answer {
            Some(answer) if answer.mrif && !answer.fault => {
                self.by_core += 1;
                Reply::Answer(observation(request, &answer))
            }
            _ => Reply::Answer(Observation::status(seen)),
        }
    }

    /// What a request has behind the IOMMU.
    fn passed(&self, ax: &AxBeat) -> Observation {
        let memory_type = match ax.cache {
            CACHE => Some(Pbmt::Pma),
            0b0010 => Some(Pbmt::Nc),
            0 => Some(Pbmt::Io),
            _ => None,
        };
        Observation {
            pa: Some(ax.addr),
            // 3 is no memory type.
            pbmt: Some(memory_type.map_or(3, Pbmt::code)),
            msi: self.answer.map(|answer| answer.msi),
            ..Observation::status(Status::Success)
        }
    }

    fn work(&mut self) -> Result<(), TargetError> {
        self.step().map_err(|e| TargetError(e.to_string()))
    }

    /// What a request that wants an answer got.
    fn answered(
        &mut self,
        endpoint: &mut Endpoint,
        tag: Tag,
        request: &Request,
    ) -> Result<Reply, TargetError> {
        for _ in 0..PATIENCE {
            self.work()?;
            while let Some(incoming) = self.system.link().receive() {
                if let Some(answer) = finished(endpoint, &incoming, tag)? {
                    return self.observe(&answer, request);
                }
            }
        }
        let under_way = self.system.outstanding().join("; ");
        Err(TargetError(format!(
            "no completion in {PATIENCE} clocks; under way: {under_way}"
        )))
    }

    /// The answer that the ports showed.
    fn observe(&mut self, answer: &Answer, request: &Request) -> Result<Reply, TargetError> {
        let passed = self.system.take_addresses();
        let status = match answer {
            Answer::Data(_) | Answer::Translation(_) => Status::Success,
            Answer::Refused(TlpStatus::CompleterAbort) => Status::CompleterAbort,
            Answer::Refused(_) => Status::UnsupportedRequest,
        };
        match (answer, passed.as_slice()) {
            (Answer::Data(_), [first, ..]) if !first.write => {
                Ok(Reply::Answer(self.passed(&first.ax)))
            }
            (Answer::Translation(entries), []) => {
                let entry = entries.first().copied().unwrap_or_default();
                Ok(Reply::Answer(translation(&entry, request.iova.raw())))
            }
            (Answer::Refused(_), []) => Ok(self.unseen(request, status)),
            _ => Err(TargetError(format!(
                "{answer:?}, and {} bursts left the IOMMU",
                passed.len()
            ))),
        }
    }

    /// What became of a write, which nobody answers: it leaves, or nothing does.
    fn absorbed(&mut self, request: &Request) -> Result<Reply, TargetError> {
        let (mut beats, mut quiet) = (self.system.digest().beats(), 0);
        for _ in 0..PATIENCE {
            self.work()?;
            let now = self.system.digest().beats();
            quiet = if now == beats { quiet + 1 } else { 0 };
            beats = now;
            if quiet < QUIET {
                continue;
            }
            return match self.system.take_addresses().as_slice() {
                [] => Ok(self.unseen(request, Status::UnsupportedRequest)),
                [only] if only.write => Ok(Reply::Answer(self.passed(&only.ax))),
                several => Err(TargetError(format!(
                    "{} bursts left the IOMMU for one write",
                    several.len()
                ))),
            };
        }
        Err(TargetError("the ports do not come to rest".to_owned()))
    }
}

/// The end of the request with this tag.
fn finished(
    endpoint: &mut Endpoint,
    incoming: &Incoming,
    tag: Tag,
) -> Result<Option<Answer>, TargetError> {
    let Body::Completion(completion) = &incoming.tlp.body else {
        return Ok(None);
    };
    match endpoint.complete(completion) {
        Ok(Some((done, answer))) if done == tag => Ok(Some(answer)),
        Ok(_) => Ok(None),
        Err(error) => Err(TargetError(error.to_string())),
    }
}

/// What the device makes of a translation of `at`.
fn translation(entry: &TranslationEntry, at: u64) -> Observation {
    let any = entry.read || entry.write;
    let below = entry.range.last() - entry.range.start();
    let pa = entry.range.start() | at & below;
    Observation {
        pa: (any && !entry.untranslated_only).then_some(pa),
        r: Some(entry.read),
        w: Some(entry.write),
        x: Some(entry.execute),
        privileged: Some(entry.privileged),
        u: Some(entry.untranslated_only),
        global: Some(entry.global),
        size: Some(below.wrapping_add(1)),
        ..Observation::status(Status::Success)
    }
}
