// SPDX-License-Identifier: Apache-2.0
//! Requests through the devices' AXI4 port.

use super::target::{PATIENCE, Port};
use crate::hardware::{System, SystemConfig};
use sallyport_bus::{
    AxBeat, AxiLiteManager, Completion, DeviceUser, Memory, Outcome, Transaction, bursts,
};
use sallyport_model::{Access, Request, RequestKind};
use sallyport_sim::SimError;
use sallyport_vectors::{Observation, Reply, Status, TargetError};

/// `iommu_axi`: a request is a burst, and its answer is the address that the
/// burst has behind the IOMMU. Data goes to and comes from nowhere.
///
/// AXI4 cannot express ATS translation requests, nor a request that crosses
/// 4 KiB. It does not show the memory type of a page either, only what AxCACHE
/// becomes with it.
#[derive(Debug)]
pub struct AxiPort(System);

/// AxPROT bit 0: privileged.
const PRIVILEGED: u8 = 1;
/// AxPROT bit 2: instruction.
const INSTRUCTION: u8 = 4;

/// Bytes that a burst cannot cross.
const BOUNDARY: u64 = 4096;

impl Port for AxiPort {
    fn create(config: &SystemConfig) -> Result<Self, SimError> {
        let mut system = System::new(config)?;
        system.absorb_data();
        Ok(Self(system))
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

    fn can_express(request: &Request) -> bool {
        let offset = request.iova.raw() % BOUNDARY;
        request.kind != RequestKind::TranslationRequest
            && request.len > 0
            && offset + u64::from(request.len) <= BOUNDARY
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        let Some(transaction) = transaction(request, self.0.width()) else {
            return Ok(Reply::NotExpressible);
        };
        self.0.take_addresses();
        self.0.devices().submit(transaction);
        for _ in 0..PATIENCE {
            self.step().map_err(|e| TargetError(e.to_string()))?;
            if let Some(completion) = self.0.devices().pop_completion() {
                return self.observe(&completion);
            }
        }
        Err(TargetError(format!(
            "no answer to the burst in {PATIENCE} clocks; under way: {}",
            self.0.outstanding().join("; ")
        )))
    }
}

impl AxiPort {
    /// The answer that the port showed.
    fn observe(&mut self, completion: &Completion) -> Result<Reply, TargetError> {
        let passed = self.0.take_addresses();
        let refused = completion.resp.is_error();
        match passed.as_slice() {
            [] if refused => Ok(Reply::Answer(Observation::status(
                Status::UnsupportedRequest,
            ))),
            // Taken by the IOMMU itself, for a memory-resident interrupt file:
            // the bus does not tell which.
            [] if completion.transaction.is_write() => Ok(Reply::NotExpressible),
            [address]
                if !refused
                    && completion.outcome == Outcome::Complete
                    && address.write == completion.transaction.is_write() =>
            {
                Ok(Reply::Answer(Observation {
                    pa: Some(address.ax.addr),
                    ..Observation::status(Status::Success)
                }))
            }
            _ => Err(TargetError(format!(
                "the burst was answered with {}, and {} bursts left the IOMMU",
                completion.resp,
                passed.len()
            ))),
        }
    }
}

/// Who makes the request, and how, as AxUSER and AxPROT tell it; `None` if it is a
/// translation request of ATS, which AXI4 cannot express. All else is left at 0.
#[must_use]
pub fn request_beat(request: &Request) -> Option<AxBeat> {
    let user = DeviceUser {
        kind: match request.kind {
            RequestKind::Untranslated => 0,
            RequestKind::Translated => 1,
            RequestKind::TranslationRequest => return None,
        },
        process: request.process_id,
        device: request.device_id,
    };
    let privileged = if request.privileged { PRIVILEGED } else { 0 };
    let instruction = match request.access {
        Access::Execute => INSTRUCTION,
        Access::Read | Access::Write => 0,
    };
    Some(AxBeat {
        prot: privileged | instruction,
        user: user.bits(),
        ..AxBeat::default()
    })
}

/// The burst that makes the request; `None` if it takes more than one.
fn transaction(request: &Request, width: sallyport_bus::Width) -> Option<Transaction> {
    let template = request_beat(request)?;
    let len = u64::from(request.len);
    let mut bursts = bursts(template, request.iova.raw(), len, width, 256);
    let (ax, _) = bursts.next()?;
    if bursts.next().is_some() {
        return None;
    }
    Some(match request.access {
        Access::Write => Transaction::write_bytes(ax, &vec![0xa5; len as usize], width),
        Access::Read | Access::Execute => Transaction::read(ax),
    })
}
