// SPDX-License-Identifier: Apache-2.0
//! Device contexts and process contexts ("Device-context fields",
//! "Process-context").
//!
//! ```
//! use sallyport_formats::context::{DeviceContext, Fsc, Tc};
//! use sallyport_formats::{Endian, Pscid, constants as c};
//!
//! let dc = DeviceContext {
//!     tc: Tc { v: true, ..Tc::default() },
//!     fsc: Fsc { mode: c::IOSATP_MODE_SV39 as u8, ppn: 0x8_1000 },
//!     ..DeviceContext::default()
//! };
//! let mut bytes = [0; DeviceContext::BYTES];
//! dc.emit_bytes(&mut bytes, Endian::Little).unwrap();
//! assert_eq!(DeviceContext::parse_bytes(&bytes, Endian::Little), Ok(dc));
//! ```

use crate::constants as c;
use crate::mode::{FirstStage, SecondStage};
use crate::{Gscid, Pscid};

layout! {
    /// Translation control, `DC.tc`.
    pub struct Tc(u64) {
        /// The context is valid.
        v: bool = c::DC_TC_V_BIT, 1;
        /// ATS requests and translated requests are allowed.
        en_ats: bool = c::DC_TC_EN_ATS_BIT, 1;
        /// Page requests are allowed.
        en_pri: bool = c::DC_TC_EN_PRI_BIT, 1;
        /// ATS completions hold guest-physical addresses.
        t2gpa: bool = c::DC_TC_T2GPA_BIT, 1;
        /// Disable reporting of faults in this device's translations.
        dtf: bool = c::DC_TC_DTF_BIT, 1;
        /// `fsc` points to a process directory.
        pdtv: bool = c::DC_TC_PDTV_BIT, 1;
        /// Page request group responses carry a PASID where required.
        prpr: bool = c::DC_TC_PRPR_BIT, 1;
        /// Hardware updates A and D in the second stage.
        gade: bool = c::DC_TC_GADE_BIT, 1;
        /// Hardware updates A and D in the first stage.
        sade: bool = c::DC_TC_SADE_BIT, 1;
        /// A request without `process_id` uses process 0.
        dpe: bool = c::DC_TC_DPE_BIT, 1;
        /// First-stage structures are big-endian.
        sbe: bool = c::DC_TC_SBE_BIT, 1;
        /// First stage Sv32 instead of the 64-bit schemes.
        sxl: bool = c::DC_TC_SXL_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::DC_TC_CUSTOM_LSB, c::DC_TC_CUSTOM_WIDTH;
    }
}

layout! {
    /// Second-stage root, `DC.iohgatp`.
    pub struct Iohgatp(u64) {
        /// Page number of the root, 44 bits; a multiple of 4.
        ppn: u64 = c::IOHGATP_PPN_LSB, c::IOHGATP_PPN_WIDTH;
        /// The guest.
        gscid: Gscid = c::IOHGATP_GSCID_LSB, c::IOHGATP_GSCID_WIDTH;
        /// `IOHGATP_MODE_…`; what it means depends on `fctl.GXL`.
        mode: u8 = c::IOHGATP_MODE_LSB, c::IOHGATP_MODE_WIDTH;
    }
}

impl Iohgatp {
    /// The scheme that `mode` selects; `None` where the code is reserved.
    #[must_use]
    pub const fn scheme(&self, gxl: bool) -> Option<SecondStage> {
        SecondStage::from_code(self.mode, gxl)
    }
}

layout! {
    /// Translation attributes, `DC.ta`.
    pub struct DcTa(u64) {
        /// The process, where `tc.PDTV` is 0.
        pscid: Pscid = c::DC_TA_PSCID_LSB, c::DC_TA_PSCID_WIDTH;
        /// Resource control id, 12 bits.
        rcid: u16 = c::DC_TA_RCID_LSB, c::DC_TA_RCID_WIDTH;
        /// Monitoring counter id, 12 bits.
        mcid: u16 = c::DC_TA_MCID_LSB, c::DC_TA_MCID_WIDTH;
    }
}

layout! {
    /// First-stage context, `DC.fsc` or `PC.fsc`: an `iosatp`, or with
    /// `tc.PDTV` a `pdtp`.
    pub struct Fsc(u64) {
        /// Page number of the root, 44 bits.
        ppn: u64 = c::FSC_PPN_LSB, c::FSC_PPN_WIDTH;
        /// `IOSATP_MODE_…` or `PDTP_MODE_…`.
        mode: u8 = c::FSC_MODE_LSB, c::FSC_MODE_WIDTH;
    }
}

impl Fsc {
    /// The scheme of an `iosatp`; `None` where the code is reserved.
    #[must_use]
    pub const fn scheme(&self, sxl: bool) -> Option<FirstStage> {
        FirstStage::from_code(self.mode, sxl)
    }
}

layout! {
    /// MSI page-table pointer, `DC.msiptp`.
    pub struct Msiptp(u64) {
        /// Page number of the MSI page table, 44 bits.
        ppn: u64 = c::MSIPTP_PPN_LSB, c::MSIPTP_PPN_WIDTH;
        /// `MSIPTP_MODE_…`.
        mode: u8 = c::MSIPTP_MODE_LSB, c::MSIPTP_MODE_WIDTH;
    }
}

/// A device context in extended format: eight doublewords, of which the base
/// format has the first four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct DeviceContext {
    /// Translation control.
    pub tc: Tc,
    /// Second stage.
    pub iohgatp: Iohgatp,
    /// Translation attributes.
    pub ta: DcTa,
    /// First stage or process directory.
    pub fsc: Fsc,
    /// MSI page table; extended format only.
    pub msiptp: Msiptp,
    /// `msi_addr_mask`, 52 bits; extended format only.
    pub msi_addr_mask: u64,
    /// `msi_addr_pattern`, 52 bits; extended format only.
    pub msi_addr_pattern: u64,
}

const MSI_ADDR: u64 = crate::bits::mask(c::MSI_ADDR_FIELD_LSB, c::MSI_ADDR_FIELD_WIDTH);

impl DeviceContext {
    /// Length of the extended format in doublewords.
    pub const WORDS: usize = 8;
    /// Length of the base format in doublewords.
    pub const BASE_WORDS: usize = 4;
    /// The bits that belong to a field; all others are reserved.
    pub const FIELDS: [u64; 8] = [
        Tc::FIELDS,
        Iohgatp::FIELDS,
        DcTa::FIELDS,
        Fsc::FIELDS,
        Msiptp::FIELDS,
        MSI_ADDR,
        MSI_ADDR,
        0,
    ];

    /// Length in bytes: 64 extended (`capabilities.MSI_FLAT`), 32 base.
    #[must_use]
    pub const fn bytes(extended: bool) -> usize {
        if extended { 64 } else { 32 }
    }

    /// Takes the fields out of an extended-format context; reserved bits are
    /// ignored.
    #[must_use]
    pub fn parse(words: [u64; 8]) -> Self {
        Self {
            tc: Tc::parse(words[0]),
            iohgatp: Iohgatp::parse(words[1]),
            ta: DcTa::parse(words[2]),
            fsc: Fsc::parse(words[3]),
            msiptp: Msiptp::parse(words[4]),
            msi_addr_mask: words[5] & MSI_ADDR,
            msi_addr_pattern: words[6] & MSI_ADDR,
        }
    }

    /// Takes the fields out of a base-format context.
    #[must_use]
    pub fn parse_base(words: [u64; 4]) -> Self {
        let [tc, iohgatp, ta, fsc] = words;
        Self::parse([tc, iohgatp, ta, fsc, 0, 0, 0, 0])
    }

    /// The extended format; zero in reserved bits.
    #[must_use]
    pub fn emit(&self) -> [u64; 8] {
        [
            self.tc.emit(),
            self.iohgatp.emit(),
            self.ta.emit(),
            self.fsc.emit(),
            self.msiptp.emit(),
            self.msi_addr_mask & MSI_ADDR,
            self.msi_addr_pattern & MSI_ADDR,
            0,
        ]
    }

    /// The base format; the MSI fields are left out.
    #[must_use]
    pub fn emit_base(&self) -> [u64; 4] {
        let [tc, iohgatp, ta, fsc, ..] = self.emit();
        [tc, iohgatp, ta, fsc]
    }
}

layout! {
    /// Translation attributes of a process, `PC.ta`.
    pub struct PcTa(u64) {
        /// The context is valid.
        v: bool = c::PC_TA_V_BIT, 1;
        /// Supervisor requests are allowed.
        ens: bool = c::PC_TA_ENS_BIT, 1;
        /// Supervisor requests may read and write user pages.
        sum: bool = c::PC_TA_SUM_BIT, 1;
        /// The process.
        pscid: Pscid = c::PC_TA_PSCID_LSB, c::PC_TA_PSCID_WIDTH;
    }
}

/// A process context: two doublewords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct ProcessContext {
    /// Translation attributes.
    pub ta: PcTa,
    /// First stage, an `iosatp`.
    pub fsc: Fsc,
}

impl ProcessContext {
    /// Length in doublewords.
    pub const WORDS: usize = 2;
    /// The bits that belong to a field; all others are reserved.
    pub const FIELDS: [u64; 2] = [PcTa::FIELDS, Fsc::FIELDS];

    /// Takes the fields out of the doublewords; reserved bits are ignored.
    #[must_use]
    pub fn parse(words: [u64; 2]) -> Self {
        Self {
            ta: PcTa::parse(words[0]),
            fsc: Fsc::parse(words[1]),
        }
    }

    /// The doublewords with these fields and zero in reserved bits.
    #[must_use]
    pub fn emit(&self) -> [u64; 2] {
        [self.ta.emit(), self.fsc.emit()]
    }
}

in_memory!(DeviceContext ProcessContext);
