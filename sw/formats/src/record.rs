// SPDX-License-Identifier: Apache-2.0
//! Records that the IOMMU writes: faults and page requests.
//!
//! ```
//! use sallyport_formats::record::FaultRecord;
//! use sallyport_formats::{Cause, DeviceId, TransactionType};
//!
//! let record = FaultRecord {
//!     cause: Cause::WritePageFault,
//!     ttyp: TransactionType::UntranslatedWrite,
//!     did: DeviceId::from(0x100),
//!     iotval: 0x10_0000,
//!     ..FaultRecord::default()
//! };
//! assert_eq!(record.emit()[0], 0x0001_000c_0000_000f);
//! assert_eq!(
//!     record.to_string(),
//!     "write/AMO page fault (15): untranslated write or AMO of device 0x000100 at 0x100000",
//! );
//! ```

use core::fmt;

use crate::constants as c;
use crate::{Cause, DeviceId, Gpa, ProcessId, TransactionType};

layout! {
    /// A record of the fault queue ("Fault/Event-Queue"): four doublewords.
    pub struct FaultRecord([u64; 4]) {
        /// What went wrong.
        cause: Cause = 0, c::FQ_CAUSE_LSB, c::FQ_CAUSE_WIDTH;
        /// The process.
        pid: ProcessId = 0, c::FQ_PID_LSB, c::FQ_PID_WIDTH;
        /// `pid` is valid.
        pv: bool = 0, c::FQ_PV_BIT, 1;
        /// The request was privileged.
        privileged: bool = 0, c::FQ_PRIV_BIT, 1;
        /// What the device did.
        ttyp: TransactionType = 0, c::FQ_TTYP_LSB, c::FQ_TTYP_WIDTH;
        /// The device.
        did: DeviceId = 0, c::FQ_DID_LSB, c::FQ_DID_WIDTH;
        /// For custom use.
        custom: u32 = 1, c::FQ_DW1_CUSTOM_LSB, c::FQ_DW1_CUSTOM_WIDTH;
        /// The IOVA, or the message code of a message request.
        iotval: u64 = 2, 0, 64;
        /// The guest-physical address of a guest-page fault, with flags in
        /// bits 1:0.
        iotval2: u64 = 3, 0, 64;
    }
}

impl FaultRecord {
    /// The process, where the request named one.
    #[must_use]
    pub const fn process(&self) -> Option<ProcessId> {
        if self.pv { Some(self.pid) } else { None }
    }

    /// The guest-physical address of a guest-page fault, bits 63:2.
    #[must_use]
    pub const fn guest_address(&self) -> Gpa {
        Gpa::new(self.iotval2 & !0b11)
    }

    /// Whether a guest-page fault came from an implicit access.
    #[must_use]
    pub const fn is_implicit(&self) -> bool {
        self.iotval2 >> c::IOTVAL2_IMPLICIT_BIT & 1 != 0
    }

    /// Whether that implicit access was a write.
    #[must_use]
    pub const fn is_implicit_write(&self) -> bool {
        self.iotval2 >> c::IOTVAL2_IMPLICIT_WRITE_BIT & 1 != 0
    }
}

impl fmt::Display for FaultRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of device {}", self.cause, self.ttyp, self.did)?;
        if let Some(pid) = self.process() {
            let mode = if self.privileged {
                "supervisor"
            } else {
                "user"
            };
            write!(f, ", process {pid} ({mode}),")?;
        }
        write!(f, " at {:#x}", self.iotval)?;
        if self.cause.is_guest_page_fault() {
            write!(f, ", guest-physical {}", self.guest_address())?;
        }
        Ok(())
    }
}

layout! {
    /// A record of the page-request queue ("Page-Request-Queue"): two
    /// doublewords.
    pub struct PageRequest([u64; 2]) {
        /// The process.
        pid: ProcessId = 0, c::PQ_PID_LSB, c::PQ_PID_WIDTH;
        /// `pid` is valid.
        pv: bool = 0, c::PQ_PV_BIT, 1;
        /// Privileged mode is requested.
        privileged: bool = 0, c::PQ_PRIV_BIT, 1;
        /// Execute permission is requested.
        exec: bool = 0, c::PQ_EXEC_BIT, 1;
        /// The device.
        did: DeviceId = 0, c::PQ_DID_LSB, c::PQ_DID_WIDTH;
        /// Read permission is requested.
        read: bool = 1, c::PQ_PAYLOAD_R_BIT, 1;
        /// Write permission is requested.
        write: bool = 1, c::PQ_PAYLOAD_W_BIT, 1;
        /// Last request of its group.
        last: bool = 1, c::PQ_PAYLOAD_L_BIT, 1;
        /// Page request group index, 9 bits.
        prgi: u16 = 1, c::PQ_PAYLOAD_PRGI_LSB, c::PQ_PAYLOAD_PRGI_WIDTH;
        /// Bits 63:12 of the page's address.
        page: u64 = 1, c::PQ_PAYLOAD_ADDR_LSB, c::PQ_PAYLOAD_ADDR_WIDTH;
    }
}

impl PageRequest {
    /// Whether the message is a Stop Marker, which wants no response.
    #[must_use]
    pub const fn is_stop_marker(&self) -> bool {
        self.last && !self.read && !self.write
    }
}

in_memory!(FaultRecord PageRequest);
