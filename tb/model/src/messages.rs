// SPDX-License-Identifier: Apache-2.0
//! PCIe messages of ATS and PRI as fields, in both directions ("PCIe ATS Page
//! Request handling", "IOMMU PCIe ATS commands").

use sallyport_formats::command::{Ats, PageResponse};
use sallyport_formats::{DeviceId, PageRequest, ProcessId, constants as c};

/// A "Page Request" or "Stop Marker" message from a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequestMessage {
    /// Who sent it: segment and requester id.
    pub device_id: DeviceId,
    /// The PASID, if the message has one.
    pub process_id: Option<ProcessId>,
    /// "Privilege Mode Requested"; means nothing without a PASID.
    pub privileged: bool,
    /// "Execute Requested"; means nothing without a PASID.
    pub exec: bool,
    /// Bytes 8 to 15 of the message: page address, group index, L, W and R, in
    /// the layout of the queue's records.
    pub payload: u64,
}

impl PageRequestMessage {
    /// The record that the page-request queue gets. What only a PASID gives a
    /// meaning is 0 without one.
    #[must_use]
    pub fn record(&self) -> PageRequest {
        let has_process = self.process_id.is_some();
        PageRequest {
            pid: self.process_id.unwrap_or_default(),
            pv: has_process,
            privileged: has_process && self.privileged,
            exec: has_process && self.exec,
            did: self.device_id,
            ..PageRequest::parse([0, self.payload])
        }
    }

    /// Whether the device waits for a response: the last request of a group,
    /// and not a Stop Marker.
    #[must_use]
    pub fn wants_response(&self) -> bool {
        let record = self.record();
        record.last && !record.is_stop_marker()
    }
}

/// An "Invalidation Completion" message from a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidationCompletion {
    /// Who sent it: segment and requester id.
    pub device_id: DeviceId,
    /// Bit n: the invalidation with tag n.
    pub itags: u32,
    /// "Completion Count": how many such messages the device sends for each of
    /// these invalidations, 0 standing for 8.
    pub count: u8,
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Routing id: bus, device, function.
    pub rid: u16,
    /// Segment, where it is valid.
    pub segment: Option<u8>,
}

impl Destination {
    /// That of a command: `RID`, and `DSEG` if `DSV` is 1.
    #[must_use]
    pub fn of_command(operands: &Ats) -> Self {
        Self {
            rid: operands.rid,
            segment: operands.dsv.then_some(operands.dseg),
        }
    }

    /// That of an answer to this device.
    #[must_use]
    pub fn of_device(device_id: DeviceId) -> Self {
        Self {
            rid: device_id.raw() as u16,
            segment: Some((device_id.raw() >> 16) as u8),
        }
    }

    /// Whether a message from this device can be the answer to one sent here.
    #[must_use]
    pub fn is(&self, device_id: DeviceId) -> bool {
        let device = Self::of_device(device_id);
        self.rid == device.rid && (self.segment.is_none() || self.segment == device.segment)
    }
}

/// A message that the IOMMU sends to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// "Invalidation Request".
    InvalidationRequest {
        /// The device.
        to: Destination,
        /// The PASID, if the message has one.
        process_id: Option<ProcessId>,
        /// The tag that the completion has to name, 0 to 31.
        itag: u8,
        /// The body: untranslated address, S and G, as in `PAYLOAD` of
        /// ATS.INVAL.
        payload: u64,
    },
    /// "Page Request Group Response".
    PageGroupResponse {
        /// The device.
        to: Destination,
        /// The PASID, if the message has one.
        process_id: Option<ProcessId>,
        /// Page request group index, 9 bits.
        prgi: u16,
        /// Response code, 4 bits.
        code: u8,
    },
}

impl Message {
    /// The message that ATS.PRGR asks for.
    #[must_use]
    pub fn of_response_command(operands: &Ats) -> Self {
        let body = PageResponse::parse(operands.payload);
        Self::PageGroupResponse {
            to: Destination::of_command(operands),
            process_id: operands.pv.then_some(operands.pid),
            prgi: body.prgi,
            code: body.code,
        }
    }
}

/// Response codes that the IOMMU itself sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResponseCode {
    /// Success: asking again may help.
    Success,
    /// Invalid Request: this function may not ask.
    InvalidRequest,
    /// Response Failure: the device's page-request interface is to stop.
    ResponseFailure,
}

impl ResponseCode {
    /// The code, 4 bits.
    #[must_use]
    pub fn code(self) -> u8 {
        (match self {
            Self::Success => c::ATS_PRGR_SUCCESS,
            Self::InvalidRequest => c::ATS_PRGR_INVALID,
            Self::ResponseFailure => c::ATS_PRGR_FAILURE,
        }) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_with_and_without_a_segment() {
        let device = DeviceId::truncate(0x12_3456);
        let any = Destination {
            rid: 0x3456,
            segment: None,
        };
        assert!(any.is(device) && !any.is(DeviceId::truncate(0x12_3457)));
        assert!(Destination::of_device(device).is(device));
        assert!(!Destination::of_device(device).is(DeviceId::truncate(0x13_3456)));
    }

    #[test]
    fn stop_markers_and_inner_requests_want_no_response() {
        let wants = |payload| {
            PageRequestMessage {
                device_id: DeviceId::truncate(1),
                process_id: None,
                privileged: true,
                exec: true,
                payload,
            }
            .wants_response()
        };
        assert!(wants(0b101) && wants(0b110) && wants(0b111));
        assert!(!wants(0b100) && !wants(0b011));
    }
}
