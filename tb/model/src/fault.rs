// SPDX-License-Identifier: Apache-2.0
//! Faults: causes, and which answer and record they lead to
//! ("Fault record `CAUSE` field encodings").

use sallyport_formats::{Cause, FaultRecord, Gpa};

use crate::request::{Access, Request};

/// The access fault for this kind of access.
pub(crate) fn access_fault(access: Access) -> Cause {
    match access {
        Access::Execute => Cause::InstructionAccessFault,
        Access::Read => Cause::ReadAccessFault,
        Access::Write => Cause::WriteAccessFault,
    }
}

/// The page fault for this kind of access.
pub(crate) fn page_fault(access: Access) -> Cause {
    match access {
        Access::Execute => Cause::InstructionPageFault,
        Access::Read => Cause::ReadPageFault,
        Access::Write => Cause::WritePageFault,
    }
}

/// The guest page fault for this kind of access.
pub(crate) fn guest_page_fault(access: Access) -> Cause {
    match access {
        Access::Execute => Cause::InstructionGuestPageFault,
        Access::Read => Cause::ReadGuestPageFault,
        Access::Write => Cause::WriteGuestPageFault,
    }
}

/// How an ATS Translation Request that meets this fault is answered ("PCIe ATS
/// translation request handling").
///
/// The text does not list data corruption. It is answered like the access
/// fault of the same structure, a completer abort: nothing is wrong with the
/// request, and asking again is pointless.
#[must_use]
pub fn ats_response(cause: Cause) -> AtsResponse {
    match cause {
        Cause::AllInboundDisallowed
        | Cause::DdtAccessFault
        | Cause::DdtInvalid
        | Cause::DdtMisconfigured
        | Cause::TtypeDisallowed => AtsResponse::UnsupportedRequest,
        Cause::InstructionPageFault
        | Cause::ReadPageFault
        | Cause::WritePageFault
        | Cause::InstructionGuestPageFault
        | Cause::ReadGuestPageFault
        | Cause::WriteGuestPageFault
        | Cause::PdtInvalid
        | Cause::MsiPteInvalid => AtsResponse::SuccessWithoutAccess,
        _ => AtsResponse::CompleterAbort,
    }
}

/// How an ATS Translation Request that met a fault is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtsResponse {
    /// Success with R and W bits set to 0; the fault is not reported.
    SuccessWithoutAccess,
    /// Unsupported request; the fault is reported.
    UnsupportedRequest,
    /// Completer abort; the fault is reported.
    CompleterAbort,
}

/// A fault that the process to translate an IOVA stopped with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub cause: Cause,
    /// For guest page faults, which guest-physical address, and what for.
    pub guest: Option<GuestFault>,
}

/// The guest-physical address of a guest page fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestFault {
    /// The address that the second stage did not translate.
    pub address: Gpa,
    /// What that address was wanted for.
    pub purpose: SecondStagePurpose,
}

/// What the second stage is asked to translate an address for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondStagePurpose {
    /// The address that the request itself accesses.
    Explicit,
    /// Reading an entry of the first stage or of the process directory.
    ImplicitRead,
    /// Updating A or D in an entry of the first stage.
    ImplicitWrite,
}

impl Fault {
    /// A fault that needs no address of its own.
    #[must_use]
    pub fn new(cause: Cause) -> Self {
        Self { cause, guest: None }
    }

    /// The record that reports this fault of `request`. `PID` and `PRIV` are
    /// those of the request; the default process of `DC.tc.DPE` is not shown.
    #[must_use]
    pub fn record(&self, request: &Request) -> FaultRecord {
        FaultRecord {
            cause: self.cause,
            pid: request.process_id.unwrap_or_default(),
            pv: request.process_id.is_some(),
            privileged: request.is_privileged(),
            ttyp: request.ttyp(),
            did: request.device_id,
            iotval: request.iova.raw(),
            iotval2: self.iotval2(),
            ..FaultRecord::default()
        }
    }

    /// `iotval2` of the fault record: 0, or for a guest page fault bits 63:2
    /// of the address with bit 0 for an implicit access and bit 1 for an
    /// implicit write.
    #[must_use]
    pub fn iotval2(&self) -> u64 {
        self.guest.map_or(0, |guest| {
            let flags = match guest.purpose {
                SecondStagePurpose::Explicit => 0,
                SecondStagePurpose::ImplicitRead => 1,
                SecondStagePurpose::ImplicitWrite => 3,
            };
            guest.address.raw() & !3 | flags
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iotval2_flags() {
        let fault = |purpose| Fault {
            cause: guest_page_fault(Access::Read),
            guest: Some(GuestFault {
                address: Gpa::new(0x1237),
                purpose,
            }),
        };
        assert_eq!(fault(SecondStagePurpose::Explicit).iotval2(), 0x1234);
        assert_eq!(fault(SecondStagePurpose::ImplicitRead).iotval2(), 0x1235);
        assert_eq!(fault(SecondStagePurpose::ImplicitWrite).iotval2(), 0x1237);
        assert_eq!(Fault::new(Cause::ReadPageFault).iotval2(), 0);
    }

    #[test]
    fn only_permanent_errors_are_unsupported_requests() {
        use AtsResponse::*;
        assert_eq!(ats_response(Cause::DdtAccessFault), UnsupportedRequest);
        assert_eq!(ats_response(Cause::PdtAccessFault), CompleterAbort);
        assert_eq!(ats_response(Cause::MsiPteInvalid), SuccessWithoutAccess);
    }
}
