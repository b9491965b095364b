// SPDX-License-Identifier: Apache-2.0
//! Requests through the core's own port.

use super::target::{PATIENCE, Port};
use crate::hardware::{CoreSystem, SystemConfig, core_request};
use sallyport_bus::{AxiLiteManager, Memory};
use sallyport_model::Request;
use sallyport_sim::{AnswerPins, SimError};
use sallyport_vectors::{Observation, ObservedMrif, Reply, Status, TargetError};

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

    fn violation(&self) -> Option<String> {
        self.0.violations().next().map(ToString::to_string)
    }

    fn digest(&self) -> u64 {
        self.0.digest().value()
    }

    /// Everything.
    fn can_express(_request: &Request) -> bool {
        true
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        let system = &mut self.0;
        let ticket = system.submit(core_request(request));
        for _ in 0..PATIENCE {
            system.step().map_err(|e| TargetError(e.to_string()))?;
            if let Some(answered) = system.pop_answer() {
                if answered.ticket != ticket || system.stray_answers() != 0 {
                    return Err(TargetError("a request was answered twice".to_owned()));
                }
                return Ok(Reply::Answer(observation(request, &answered.answer)));
            }
        }
        Err(TargetError(format!(
            "no answer to the request in {PATIENCE} clocks"
        )))
    }
}

pub(super) fn observation(request: &Request, answer: &AnswerPins) -> Observation {
    let status = match answer.status {
        0 => Status::Success,
        2 => Status::CompleterAbort,
        _ => Status::UnsupportedRequest,
    };
    let base = Observation::status(status);
    if answer.fault {
        return base;
    }
    if request.is_translation_request() {
        let any = answer.r || answer.w;
        return Observation {
            pa: (any && !answer.untranslated).then_some(answer.pa),
            r: Some(answer.r),
            w: Some(answer.w),
            x: Some(answer.x),
            privileged: Some(answer.privileged),
            u: Some(answer.untranslated),
            global: Some(answer.global),
            size: Some(range(answer.size)),
            ..base
        };
    }
    if answer.mrif {
        return Observation {
            mrif: Some(ObservedMrif {
                address: answer.pa,
                nid: answer.nid,
                notice: answer.notice_ppn << 12,
            }),
            ..base
        };
    }
    Observation {
        pa: Some(answer.pa),
        pbmt: Some(answer.pbmt),
        msi: Some(answer.msi),
        ..base
    }
}

/// Bytes of a page by the code of `page_e`.
fn range(code: u8) -> u64 {
    const SHIFTS: [u32; 6] = [12, 16, 21, 30, 39, 48];
    1 << SHIFTS[usize::from(code).min(SHIFTS.len() - 1)]
}
