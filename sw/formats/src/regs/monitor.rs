// SPDX-License-Identifier: Apache-2.0
//! Performance monitor.

use crate::constants as c;

layout! {
    /// `iocountovf` and `iocountinh`: one bit a counter, 4 bytes.
    pub struct Iocount(u32) {
        /// The cycles counter.
        cy: bool = c::IOCOUNTINH_CY_BIT, 1;
        /// Bit n-1 is counter n; 31 bits.
        hpm: u32 = c::IOCOUNTINH_HPM_LSB, c::IOCOUNTINH_HPM_WIDTH;
    }
}

layout! {
    /// `iohpmcycles` ("Performance-monitoring cycles counter"), 8 bytes.
    pub struct Iohpmcycles(u64) {
        /// The count, 63 bits.
        counter: u64 = c::IOHPMCYCLES_COUNTER_LSB, c::IOHPMCYCLES_COUNTER_WIDTH;
        /// Overflow.
        of: bool = c::IOHPMCYCLES_OF_BIT, 1;
    }
}

layout! {
    /// `iohpmevt1` to `iohpmevt31` ("Performance-monitoring event selectors"), 8 bytes.
    pub struct Iohpmevt(u64) {
        /// `eventID`, 15 bits: `HPM_EVENT_…`.
        event_id: u16 = c::IOHPMEVT_EVENT_ID_LSB, c::IOHPMEVT_EVENT_ID_WIDTH;
        /// Partial match of `did_gscid`.
        dmask: bool = c::IOHPMEVT_DMASK_BIT, 1;
        /// `process_id` or PSCID, 20 bits.
        pid_pscid: u32 = c::IOHPMEVT_PID_PSCID_LSB, c::IOHPMEVT_PID_PSCID_WIDTH;
        /// `device_id` or GSCID, 24 bits.
        did_gscid: u32 = c::IOHPMEVT_DID_GSCID_LSB, c::IOHPMEVT_DID_GSCID_WIDTH;
        /// Only where `pid_pscid` matches.
        pv_pscv: bool = c::IOHPMEVT_PV_PSCV_BIT, 1;
        /// Only where `did_gscid` matches.
        dv_gscv: bool = c::IOHPMEVT_DV_GSCV_BIT, 1;
        /// Filter by GSCID and PSCID instead of device and process.
        idt: bool = c::IOHPMEVT_IDT_BIT, 1;
        /// Overflow, or interrupt disable.
        of: bool = c::IOHPMEVT_OF_BIT, 1;
    }
}
