// SPDX-License-Identifier: Apache-2.0
//! Translation-request interface and QoS id.

use crate::constants as c;
use crate::pte::Pbmt;
use crate::{DeviceId, ProcessId};

layout! {
    /// `tr_req_iova` ("Translation-request IOVA"), 8 bytes.
    pub struct TrReqIova(u64) {
        /// Page number of the IOVA, 52 bits.
        vpn: u64 = c::TR_REQ_IOVA_VPN_LSB, c::TR_REQ_IOVA_VPN_WIDTH;
    }
}

layout! {
    /// `tr_req_ctl` ("Translation-request control"), 8 bytes.
    pub struct TrReqCtl(u64) {
        /// `Go/Busy`: set to start, clear when done.
        go_busy: bool = c::TR_REQ_CTL_GO_BUSY_BIT, 1;
        /// Privileged access; counts only with `pv`.
        privileged: bool = c::TR_REQ_CTL_PRIV_BIT, 1;
        /// Execute permission is requested.
        exe: bool = c::TR_REQ_CTL_EXE_BIT, 1;
        /// No write permission is requested.
        nw: bool = c::TR_REQ_CTL_NW_BIT, 1;
        /// The process.
        pid: ProcessId = c::TR_REQ_CTL_PID_LSB, c::TR_REQ_CTL_PID_WIDTH;
        /// `pid` is valid.
        pv: bool = c::TR_REQ_CTL_PV_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::TR_REQ_CTL_CUSTOM_LSB, c::TR_REQ_CTL_CUSTOM_WIDTH;
        /// The device.
        did: DeviceId = c::TR_REQ_CTL_DID_LSB, c::TR_REQ_CTL_DID_WIDTH;
    }
}

layout! {
    /// `tr_response` ("Translation-response"), 8 bytes, read-only.
    pub struct TrResponse(u64) {
        /// The translation faulted; other fields mean nothing.
        fault: bool = c::TR_RESPONSE_FAULT_BIT, 1;
        /// Memory type.
        pbmt: Pbmt = c::TR_RESPONSE_PBMT_LSB, c::TR_RESPONSE_PBMT_WIDTH;
        /// The translation is larger than 4 KiB and `ppn` encodes its size.
        s: bool = c::TR_RESPONSE_S_BIT, 1;
        /// Page number, 44 bits.
        ppn: u64 = c::TR_RESPONSE_PPN_LSB, c::TR_RESPONSE_PPN_WIDTH;
        /// Bits for custom use.
        custom: u8 = c::TR_RESPONSE_CUSTOM_LSB, c::TR_RESPONSE_CUSTOM_WIDTH;
    }
}

impl TrResponse {
    /// Bytes that the translation covers, as `s` and `ppn` encode them; `None`
    /// if every bit of `ppn` is set.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        if !self.s {
            return Some(crate::PAGE_SIZE);
        }
        let ones = self.ppn.trailing_ones();
        if ones >= c::TR_RESPONSE_PPN_WIDTH as u32 {
            None
        } else {
            Some(crate::PAGE_SIZE << (ones + 1))
        }
    }
}

layout! {
    /// `iommu_qosid` ("IOMMU QoS ID"), 4 bytes.
    pub struct Qosid(u32) {
        /// Resource control id, 12 bits.
        rcid: u16 = c::IOMMU_QOSID_RCID_LSB, c::IOMMU_QOSID_RCID_WIDTH;
        /// Monitoring counter id, 12 bits.
        mcid: u16 = c::IOMMU_QOSID_MCID_LSB, c::IOMMU_QOSID_MCID_WIDTH;
    }
}

#[cfg(test)]
mod tests {
    use super::TrResponse;

    #[test]
    fn response_sizes_are_napot() {
        let size = |s, ppn| {
            TrResponse {
                s,
                ppn,
                ..TrResponse::default()
            }
            .size()
        };
        assert_eq!(size(false, 0xfff), Some(4 << 10));
        assert_eq!(size(true, 0b0111), Some(64 << 10));
        assert_eq!(size(true, 0b0_1111_1111), Some(2 << 20));
        assert_eq!(size(true, (1 << 44) - 1), None);
    }
}
