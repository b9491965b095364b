// SPDX-License-Identifier: Apache-2.0
//! Requests through the core's own port.

use super::target::{PATIENCE, Port};
use crate::hardware::{CoreRequest, CoreSystem, SystemConfig};
use sallyport_bus::{AxiLiteManager, Memory, Violation};
use sallyport_model::{Access, Request, RequestKind};
use sallyport_sim::{AnswerPins, SimError};
use sallyport_vectors::{Observation, Reply, Status, TargetError};

/// `iommu_core_port`.
#[derive(Debug)]
pub struct CorePort(CoreSystem);

impl Port for CorePort {
    fn create(config: &SystemConfig) -> Result<Self, SimError> {
        CoreSystem::new(config).map(Self)
    }

    fn step(&mut self) -> Result<(), SimError> {
        self.0.step()
    }

    fn memory(&mut self) -> &mut Memory {
        self.0.memory_mut()
    }

    fn registers(&mut self) -> &mut AxiLiteManager {
        self.0.registers()
    }

    fn violation(&self) -> Option<&Violation> {
        self.0.violations().next()
    }

    fn digest(&self) -> u64 {
        self.0.digest().value()
    }

    /// Everything; but no build has ATS yet, and so the port has no pins for
    /// what a translation completion carries. All that such a request can be
    /// is refused.
    fn can_express(_request: &Request) -> bool {
        true
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        let system = &mut self.0;
        let ticket = system.submit(pins(request));
        for _ in 0..PATIENCE {
            system.step().map_err(|e| TargetError(e.to_string()))?;
            if let Some(answered) = system.pop_answer() {
                if answered.ticket != ticket || system.stray_answers() != 0 {
                    return Err(TargetError("a request was answered twice".to_owned()));
                }
                return Ok(Reply::Answer(observation(&answered.answer)));
            }
        }
        Err(TargetError(format!(
            "no answer to the request in {PATIENCE} clocks"
        )))
    }
}

fn pins(request: &Request) -> CoreRequest {
    CoreRequest {
        valid: true,
        ttype: match request.kind {
            RequestKind::Untranslated => 0,
            RequestKind::Translated => 1,
            RequestKind::TranslationRequest => 2,
        },
        access: match request.access {
            Access::Read => 0,
            Access::Write => 1,
            Access::Execute => 2,
        },
        privileged: request.privileged,
        pv: request.process_id.is_some(),
        process_id: request.process_id.map_or(0, |id| id.raw()),
        device_id: request.device_id.raw(),
        iova: request.iova.raw(),
    }
}

fn observation(answer: &AnswerPins) -> Observation {
    if answer.fault {
        Observation::status(Status::UnsupportedRequest)
    } else {
        Observation {
            pa: Some(answer.pa),
            pbmt: Some(answer.pbmt),
            ..Observation::status(Status::Success)
        }
    }
}
