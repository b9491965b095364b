// SPDX-License-Identifier: Apache-2.0
//! Requests as TLPs.

use super::target::{PATIENCE, Port};
use crate::hardware::{Incoming, Outgoing, PcieSystem, SystemConfig};
use sallyport_bus::{AxiLiteManager, Memory};
use sallyport_model::{Access, Request, RequestKind};
use sallyport_sim::SimError;
use sallyport_tlp::{
    AddressType, Answer, Body, Endpoint, Limits, Manner, Pasid, RoutingId, Status as TlpStatus,
    Tag, Tlp, TranslationEntry,
};
use sallyport_vectors::{Observation, Reply, Status, TargetError};

/// `iommu_pcie`: a request is a packet, and its answer a completion, or the address
/// that it has behind the IOMMU. Data goes to and comes from nowhere.
///
/// A packet cannot express execution or privilege without a process, nor a request
/// that crosses 4 KiB or is longer than a packet may be. It does not show the memory
/// type of a page, nor which interrupt file in memory a write was for: whether it was
/// for one is told by the core, for a refused write is as silent.
#[derive(Debug)]
pub struct PciePort {
    system: PcieSystem,
    violation: Option<String>,
    /// The core has granted something since the request began.
    granted: bool,
}

/// Bytes that a packet cannot cross.
const BOUNDARY: u64 = 4096;
/// Bytes that a write can have.
const LONGEST_WRITE: u32 = 512;
/// Clocks without any beat on any port after which nothing is under way: more than
/// memory takes for an answer.
const QUIET: u64 = 400;

impl Port for PciePort {
    fn create(config: &SystemConfig) -> Result<Self, SimError> {
        let mut system = PcieSystem::new(config)?;
        system.absorb_data();
        Ok(Self {
            system,
            violation: None,
            granted: false,
        })
    }

    fn step(&mut self) -> Result<(), SimError> {
        self.system.step()?;
        let trace = self.system.trace();
        self.granted |= trace.answer && !trace.answer_fault;
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

    fn can_express(request: &Request) -> bool {
        // Bits 1:0 of a translation request are not an address.
        let whole = request.iova.raw().is_multiple_of(4);
        let bare = request.process_id.is_none();
        let needs_process = request.privileged || request.access == Access::Execute;
        if bare && needs_process {
            return false;
        }
        if request.kind == RequestKind::TranslationRequest {
            return whole;
        }
        let offset = request.iova.raw() % BOUNDARY;
        request.len > 0
            && offset + u64::from(request.len) <= BOUNDARY
            && (request.access != Access::Write || request.len <= LONGEST_WRITE)
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        self.system.take_addresses();
        self.granted = false;
        let (id, segment) = RoutingId::of_device(request.device_id);
        let mut endpoint = Endpoint::new(id, Limits::default());
        let Some((tag, tlp)) = packet(&mut endpoint, request) else {
            return Ok(Reply::NotExpressible);
        };
        let packet = Outgoing::new(segment, &tlp).map_err(|e| TargetError(e.to_string()))?;
        self.system.link().send(packet);
        match tag {
            Some(tag) => self.answered(&mut endpoint, tag, request.iova.raw()),
            None => self.absorbed(),
        }
    }
}

impl PciePort {
    fn work(&mut self) -> Result<(), TargetError> {
        self.step().map_err(|e| TargetError(e.to_string()))
    }

    /// What a request that wants an answer got.
    fn answered(
        &mut self,
        endpoint: &mut Endpoint,
        tag: Tag,
        at: u64,
    ) -> Result<Reply, TargetError> {
        for _ in 0..PATIENCE {
            self.work()?;
            while let Some(incoming) = self.system.link().receive() {
                if let Some(answer) = finished(endpoint, &incoming, tag)? {
                    return self.observe(&answer, at);
                }
            }
        }
        let under_way = self.system.outstanding().join("; ");
        Err(TargetError(format!(
            "no completion in {PATIENCE} clocks; under way: {under_way}"
        )))
    }

    /// The answer that the ports showed.
    fn observe(&mut self, answer: &Answer, at: u64) -> Result<Reply, TargetError> {
        let passed = self.system.take_addresses();
        let status = match answer {
            Answer::Data(_) | Answer::Translation(_) => Status::Success,
            Answer::Refused(TlpStatus::CompleterAbort) => Status::CompleterAbort,
            Answer::Refused(_) => Status::UnsupportedRequest,
        };
        let base = Observation::status(status);
        match (answer, passed.as_slice()) {
            (Answer::Data(_), [first, ..]) if !first.write => Ok(Reply::Answer(Observation {
                pa: Some(first.ax.addr),
                ..base
            })),
            (Answer::Translation(entries), []) => {
                let entry = entries.first().copied().unwrap_or_default();
                Ok(Reply::Answer(translation(&entry, at, base)))
            }
            // Granted and yet refused: an interrupt file in memory is not read.
            (Answer::Refused(_), []) if self.granted => Ok(Reply::NotExpressible),
            (Answer::Refused(_), []) => Ok(Reply::Answer(base)),
            _ => Err(TargetError(format!(
                "{answer:?}, and {} bursts left the IOMMU",
                passed.len()
            ))),
        }
    }

    /// What became of a write, which nobody answers: it leaves, or nothing does.
    fn absorbed(&mut self) -> Result<Reply, TargetError> {
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
                [] if self.granted => Ok(Reply::NotExpressible),
                [] => Ok(Reply::Answer(Observation::status(
                    Status::UnsupportedRequest,
                ))),
                [only] if only.write => Ok(Reply::Answer(Observation {
                    pa: Some(only.ax.addr),
                    ..Observation::status(Status::Success)
                })),
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

/// The packet that makes the request, with its tag if it is answered.
fn packet(endpoint: &mut Endpoint, request: &Request) -> Option<(Option<Tag>, Tlp)> {
    let pasid = request.process_id.map(|process_id| Pasid {
        process_id,
        privileged: request.privileged,
        execute: request.access == Access::Execute,
    });
    let manner = Manner {
        address_type: match request.kind {
            RequestKind::Translated => AddressType::Translated,
            RequestKind::Untranslated | RequestKind::TranslationRequest => {
                AddressType::Untranslated
            }
        },
        pasid,
    };
    let at = request.iova.raw();
    if request.kind == RequestKind::TranslationRequest {
        let (tag, tlp) = endpoint.translate(at, 1, request.no_write, pasid);
        return Some((Some(tag), tlp));
    }
    let length = request.len as usize;
    match request.access {
        Access::Write => {
            let tlp = endpoint.write(at, &vec![0xa5; length], manner).ok()?;
            Some((None, tlp))
        }
        Access::Read | Access::Execute => {
            let (tag, tlp) = endpoint.read(at, length, manner).ok()?;
            Some((Some(tag), tlp))
        }
    }
}

/// What the device makes of a translation of `at`.
fn translation(entry: &TranslationEntry, at: u64, base: Observation) -> Observation {
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
        ..base
    }
}
