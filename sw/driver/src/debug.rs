// SPDX-License-Identifier: Apache-2.0
//! Asking the IOMMU for a translation ("Debug support").

use sallyport_formats::constants as c;
use sallyport_formats::regs::{TrReqCtl, TrReqIova, TrResponse};
use sallyport_formats::{DeviceId, Iova, ProcessId};

use crate::Error;
use crate::iommu::Iommu;
use crate::registers::{Registers, poll32};

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugAccess {
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
    /// Fetching instructions.
    Execute,
}

/// A question: where would this access of a device go?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DebugRequest {
    /// The device.
    pub device: DeviceId,
    /// The process, where the device names one.
    pub process: Option<ProcessId>,
    /// With supervisor privilege; means nothing without a process.
    pub privileged: bool,
    /// What for.
    pub access: DebugAccess,
    /// The address; its page counts.
    pub iova: Iova,
}

impl DebugRequest {
    fn control(&self) -> TrReqCtl {
        TrReqCtl {
            go_busy: true,
            privileged: self.privileged,
            exe: self.access == DebugAccess::Execute,
            nw: self.access != DebugAccess::Write,
            pid: self.process.unwrap_or_default(),
            pv: self.process.is_some(),
            custom: 0,
            did: self.device,
        }
    }
}

impl<R: Registers> Iommu<R> {
    /// Asks the IOMMU to translate, as it would for the device. A fault may go
    /// to the fault queue as well.
    ///
    /// # Errors
    /// [`Error::Unsupported`] without `capabilities.DBG`; [`Error::Timeout`].
    pub async fn ask(&mut self, request: &DebugRequest) -> Result<TrResponse, Error> {
        if !self.caps.dbg {
            return Err(Error::Unsupported("translation requests for debug"));
        }
        let timeout = Error::Timeout {
            what: "a translation request",
        };
        let idle = |low: u32| low >> c::TR_REQ_CTL_GO_BUSY_BIT & 1 == 0;
        let (regs, polls) = (&mut self.regs, self.polls);
        poll32(regs, c::REG_TR_REQ_CTL, polls, idle)
            .await
            .ok_or(timeout)?;
        let iova = TrReqIova {
            vpn: request.iova.page_number(),
        };
        regs.write64(c::REG_TR_REQ_IOVA, iova.emit()).await;
        regs.write64(c::REG_TR_REQ_CTL, request.control().emit())
            .await;
        poll32(regs, c::REG_TR_REQ_CTL, polls, idle)
            .await
            .ok_or(timeout)?;
        Ok(TrResponse::parse(regs.read64(c::REG_TR_RESPONSE).await))
    }
}
