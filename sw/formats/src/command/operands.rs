// SPDX-License-Identifier: Apache-2.0
//! The operands of each group of commands.

use crate::command::PageRange;
use crate::constants as c;
use crate::{DeviceId, Gscid, Iova, ProcessId, Pscid, Spa};

layout! {
    /// Operands of IOTINVAL.
    pub struct Invalidation([u64; 2]) {
        /// `page` is valid.
        av: bool = 0, c::CMD_IOTINVAL_AV_BIT, 1;
        /// The process.
        pscid: Pscid = 0, c::CMD_IOTINVAL_PSCID_LSB, c::CMD_IOTINVAL_PSCID_WIDTH;
        /// `pscid` is valid; illegal in IOTINVAL.GVMA.
        pscv: bool = 0, c::CMD_IOTINVAL_PSCV_BIT, 1;
        /// `gscid` is valid.
        gv: bool = 0, c::CMD_IOTINVAL_GV_BIT, 1;
        /// Entries of all levels, not only leaves; needs `capabilities.NL`.
        nl: bool = 0, c::CMD_IOTINVAL_NL_BIT, 1;
        /// The guest.
        gscid: Gscid = 0, c::CMD_IOTINVAL_GSCID_LSB, c::CMD_IOTINVAL_GSCID_WIDTH;
        /// `page` encodes a range; needs `capabilities.S`.
        s: bool = 1, c::CMD_IOTINVAL_DW1_S_BIT, 1;
        /// `ADDR[63:12]`.
        page: u64 = 1, c::CMD_IOTINVAL_DW1_ADDR_LSB, c::CMD_IOTINVAL_DW1_ADDR_WIDTH;
    }
}

impl Invalidation {
    /// Of a guest and a page number, where given.
    #[must_use]
    pub fn new(gscid: Option<Gscid>, page: Option<u64>) -> Self {
        Self {
            av: page.is_some(),
            gv: gscid.is_some(),
            gscid: gscid.unwrap_or_default(),
            page: page.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The same of all pages of a range: with `S` where it has more than one,
    /// which needs `capabilities.S`.
    #[must_use]
    pub const fn of_range(self, range: PageRange) -> Self {
        Self {
            av: true,
            s: range.log2_pages() > 0,
            page: range.encoded(),
            ..self
        }
    }

    /// The same of pointers to tables as well, which needs `capabilities.NL`.
    #[must_use]
    pub const fn with_pointers(self) -> Self {
        Self { nl: true, ..self }
    }

    /// The address of `page`.
    #[must_use]
    pub const fn address(&self) -> Iova {
        Iova::new(self.page << 12)
    }
}

layout! {
    /// Operands of IOFENCE.C.
    pub struct Fence([u64; 2]) {
        /// Write `data` to `word` on completion.
        av: bool = 0, c::CMD_IOFENCE_AV_BIT, 1;
        /// Raise the wired interrupt on completion; needs `fctl.WSI`.
        wsi: bool = 0, c::CMD_IOFENCE_WSI_BIT, 1;
        /// Order earlier reads of devices.
        pr: bool = 0, c::CMD_IOFENCE_PR_BIT, 1;
        /// Order earlier writes of devices.
        pw: bool = 0, c::CMD_IOFENCE_PW_BIT, 1;
        /// What to write.
        data: u32 = 0, c::CMD_IOFENCE_DATA_LSB, c::CMD_IOFENCE_DATA_WIDTH;
        /// `ADDR[63:2]`: where to write.
        word: u64 = 1, c::CMD_IOFENCE_DW1_ADDR_LSB, c::CMD_IOFENCE_DW1_ADDR_WIDTH;
    }
}

impl Fence {
    /// Also write `data` to `addr`, a multiple of 4, on completion.
    #[must_use]
    pub const fn writing(self, addr: Spa, data: u32) -> Self {
        Self {
            av: true,
            data,
            word: addr.raw() >> 2,
            ..self
        }
    }

    /// The address of `word`.
    #[must_use]
    pub const fn address(&self) -> Spa {
        Spa::new(self.word << 2)
    }
}

layout! {
    /// Operands of IODIR.
    pub struct Directory([u64; 2]) {
        /// The process; reserved in IODIR.INVAL_DDT.
        pid: ProcessId = 0, c::CMD_IODIR_PID_LSB, c::CMD_IODIR_PID_WIDTH;
        /// `did` is valid; must be set in IODIR.INVAL_PDT.
        dv: bool = 0, c::CMD_IODIR_DV_BIT, 1;
        /// The device.
        did: DeviceId = 0, c::CMD_IODIR_DID_LSB, c::CMD_IODIR_DID_WIDTH;
    }
}

layout! {
    /// Operands of ATS.INVAL and ATS.PRGR.
    pub struct Ats([u64; 2]) {
        /// The process.
        pid: ProcessId = 0, c::CMD_ATS_PID_LSB, c::CMD_ATS_PID_WIDTH;
        /// The message carries `pid` as PASID.
        pv: bool = 0, c::CMD_ATS_PV_BIT, 1;
        /// `dseg` is valid.
        dsv: bool = 0, c::CMD_ATS_DSV_BIT, 1;
        /// Routing id of the device: bus, device, function.
        rid: u16 = 0, c::CMD_ATS_RID_LSB, c::CMD_ATS_RID_WIDTH;
        /// Destination segment.
        dseg: u8 = 0, c::CMD_ATS_DSEG_LSB, c::CMD_ATS_DSEG_WIDTH;
        /// Body of the message: [`AtsInvalidation`] or [`PageResponse`].
        payload: u64 = 1, 0, 64;
    }
}

impl Ats {
    /// To this device, its segment named, with the process's PASID where given;
    /// the payload is 0.
    #[must_use]
    pub fn to(did: DeviceId, process: Option<ProcessId>) -> Self {
        Self {
            pid: process.unwrap_or_default(),
            pv: process.is_some(),
            dsv: true,
            rid: did.raw() as u16,
            dseg: (did.raw() >> 16) as u8,
            payload: 0,
        }
    }
}

layout! {
    /// `PAYLOAD` of ATS.INVAL.
    pub struct AtsInvalidation(u64) {
        /// Global: of all processes.
        g: bool = c::ATS_INVAL_PAYLOAD_G_BIT, 1;
        /// `page` encodes a range.
        s: bool = c::ATS_INVAL_PAYLOAD_S_BIT, 1;
        /// Bits 63:12 of the untranslated address.
        page: u64 = c::ATS_INVAL_PAYLOAD_ADDR_LSB, c::ATS_INVAL_PAYLOAD_ADDR_WIDTH;
    }
}

impl AtsInvalidation {
    /// All addresses: S, and address bits 62:12 all ones below a 0 in bit 63.
    pub const EVERYTHING: Self = Self {
        g: false,
        s: true,
        page: u64::MAX >> (64 - c::ATS_INVAL_PAYLOAD_ADDR_WIDTH + 1),
    };

    /// The pages of a range.
    #[must_use]
    pub const fn of_range(range: PageRange) -> Self {
        Self {
            g: false,
            s: range.log2_pages() > 0,
            page: range.encoded(),
        }
    }
}

layout! {
    /// `PAYLOAD` of ATS.PRGR.
    pub struct PageResponse(u64) {
        /// Page request group index, 9 bits.
        prgi: u16 = c::ATS_PRGR_PAYLOAD_PRGI_LSB, c::ATS_PRGR_PAYLOAD_PRGI_WIDTH;
        /// Response code, 4 bits: `ATS_PRGR_…`.
        code: u8 = c::ATS_PRGR_PAYLOAD_CODE_LSB, c::ATS_PRGR_PAYLOAD_CODE_WIDTH;
    }
}
