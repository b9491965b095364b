// SPDX-License-Identifier: Apache-2.0
//! "PCIe ATS Page Request handling": may this device ask for pages?

use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{Cause, DeviceContext, FaultRecord, TransactionType, constants as c};

use crate::configuration::Configuration;
use crate::contexts::locate_device::locate_device_context;
use crate::fault::Fault;
use crate::memory::Memory;
use crate::messages::{PageRequestMessage, ResponseCode};
use crate::trace::TableRead;
use crate::translate::check_directory;
use crate::walk::Walk;

/// What is to be done with a page request before any queue is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequestVerdict {
    /// Why the device may not ask, if it may not.
    pub cause: Option<Cause>,
    /// Whether that goes to the fault queue.
    pub reported: bool,
    /// `DC.tc.PRPR`; false where no device context was located.
    pub prpr: bool,
    /// The reads made, in order.
    pub reads: Vec<TableRead>,
}

impl PageRequestVerdict {
    /// The response that a request gets that was not refused for another
    /// reason than its cause.
    #[must_use]
    pub fn response(&self) -> Option<ResponseCode> {
        self.cause.map(|cause| match cause {
            Cause::TtypeDisallowed => ResponseCode::InvalidRequest,
            _ => ResponseCode::ResponseFailure,
        })
    }
}

/// Steps 1 to 5 of the process to translate an IOVA, the device context, and
/// its `EN_ATS` and `EN_PRI`. No process context is read. Nothing but the
/// arguments decides, and nothing is changed.
#[must_use]
pub fn judge_page_request(
    configuration: &Configuration,
    memory: &dyn Memory,
    message: &PageRequestMessage,
) -> PageRequestVerdict {
    let pas = u32::from(configuration.design.capabilities.pas);
    let mut walk = Walk::new(memory, pas, configuration.qosid);
    let located = locate(&mut walk, configuration, message);
    let reads = walk.finish().reads;
    match located {
        Ok(dc) if dc.tc.en_ats && dc.tc.en_pri => PageRequestVerdict {
            cause: None,
            reported: false,
            prpr: dc.tc.prpr,
            reads,
        },
        Ok(dc) => PageRequestVerdict {
            cause: Some(Cause::TtypeDisallowed),
            reported: !dc.tc.dtf,
            prpr: dc.tc.prpr,
            reads,
        },
        Err(fault) => PageRequestVerdict {
            cause: Some(fault.cause),
            reported: true,
            prpr: false,
            reads,
        },
    }
}

fn locate(
    walk: &mut Walk<'_>,
    configuration: &Configuration,
    message: &PageRequestMessage,
) -> Result<DeviceContext, Fault> {
    let mode: DdtpMode = configuration.ddtp.mode;
    check_directory(configuration, mode, message.device_id)?;
    locate_device_context(walk, configuration, message.device_id)
}

/// The fault record of a refused page request: a message, named by its code.
#[must_use]
pub fn page_request_record(cause: Cause, message: &PageRequestMessage) -> FaultRecord {
    let request = message.record();
    FaultRecord {
        cause,
        pid: request.pid,
        pv: request.pv,
        privileged: request.privileged,
        ttyp: TransactionType::Message,
        did: request.did,
        iotval: c::PRI_MESSAGE_CODE,
        ..FaultRecord::default()
    }
}
