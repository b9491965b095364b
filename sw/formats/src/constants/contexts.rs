// SPDX-License-Identifier: Apache-2.0
//! Device and process directories and contexts.

constants! {
    /// Bytes of a base-format device context.
    DC_BASE_BYTES = 32;
    /// Bytes of an extended-format device context.
    DC_EXTENDED_BYTES = 64;
    /// Bytes of a non-leaf directory entry of DDT or PDT.
    DDT_ENTRY_BYTES = 8;
    /// Bytes of a process context.
    PC_BYTES = 16;
    /// `DC.tc`: byte offset.
    DC_TC_OFFSET = 0;
    /// `DC.iohgatp`: byte offset.
    DC_IOHGATP_OFFSET = 8;
    /// `DC.ta`: byte offset.
    DC_TA_OFFSET = 16;
    /// `DC.fsc`: byte offset.
    DC_FSC_OFFSET = 24;
    /// `DC.msiptp`: byte offset.
    DC_MSIPTP_OFFSET = 32;
    /// `DC.msi_addr_mask`: byte offset.
    DC_MSI_ADDR_MASK_OFFSET = 40;
    /// `DC.msi_addr_pattern`: byte offset.
    DC_MSI_ADDR_PATTERN_OFFSET = 48;
    /// `DC.reserved`: byte offset.
    DC_RESERVED_OFFSET = 56;
    /// `PC.ta`: byte offset.
    PC_TA_OFFSET = 0;
    /// `PC.fsc`: byte offset.
    PC_FSC_OFFSET = 8;
    /// `V` of a non-leaf DDT or PDT entry.
    DIR_ENTRY_V_BIT = 0;
    /// `PPN` of a non-leaf DDT or PDT entry: lowest bit.
    DIR_ENTRY_PPN_LSB = 10;
    /// `PPN` of a non-leaf DDT or PDT entry: bits.
    DIR_ENTRY_PPN_WIDTH = 44;
    /// `DC.tc.V`.
    DC_TC_V_BIT = 0;
    /// `DC.tc.EN_ATS`.
    DC_TC_EN_ATS_BIT = 1;
    /// `DC.tc.EN_PRI`.
    DC_TC_EN_PRI_BIT = 2;
    /// `DC.tc.T2GPA`.
    DC_TC_T2GPA_BIT = 3;
    /// `DC.tc.DTF`.
    DC_TC_DTF_BIT = 4;
    /// `DC.tc.PDTV`.
    DC_TC_PDTV_BIT = 5;
    /// `DC.tc.PRPR`.
    DC_TC_PRPR_BIT = 6;
    /// `DC.tc.GADE`.
    DC_TC_GADE_BIT = 7;
    /// `DC.tc.SADE`.
    DC_TC_SADE_BIT = 8;
    /// `DC.tc.DPE`.
    DC_TC_DPE_BIT = 9;
    /// `DC.tc.SBE`.
    DC_TC_SBE_BIT = 10;
    /// `DC.tc.SXL`.
    DC_TC_SXL_BIT = 11;
    /// `DC.tc` bits for custom use: lowest bit.
    DC_TC_CUSTOM_LSB = 24;
    /// `DC.tc` bits for custom use: bits.
    DC_TC_CUSTOM_WIDTH = 8;
    /// `iohgatp.PPN`: lowest bit.
    IOHGATP_PPN_LSB = 0;
    /// `iohgatp.PPN`: bits.
    IOHGATP_PPN_WIDTH = 44;
    /// `iohgatp.GSCID`: lowest bit.
    IOHGATP_GSCID_LSB = 44;
    /// `iohgatp.GSCID`: bits.
    IOHGATP_GSCID_WIDTH = 16;
    /// `iohgatp.MODE`: lowest bit.
    IOHGATP_MODE_LSB = 60;
    /// `iohgatp.MODE`: bits.
    IOHGATP_MODE_WIDTH = 4;
    /// `iohgatp.MODE`: no second stage.
    IOHGATP_MODE_BARE = 0;
    /// `iohgatp.MODE` where `fctl.GXL` is 1.
    IOHGATP_MODE_SV32X4 = 8;
    /// `iohgatp.MODE` where `fctl.GXL` is 0.
    IOHGATP_MODE_SV39X4 = 8;
    /// `iohgatp.MODE` where `fctl.GXL` is 0.
    IOHGATP_MODE_SV48X4 = 9;
    /// `iohgatp.MODE` where `fctl.GXL` is 0.
    IOHGATP_MODE_SV57X4 = 10;
    /// `DC.ta.PSCID`: lowest bit.
    DC_TA_PSCID_LSB = 12;
    /// `DC.ta.PSCID`: bits.
    DC_TA_PSCID_WIDTH = 20;
    /// `DC.ta.RCID`: lowest bit.
    DC_TA_RCID_LSB = 40;
    /// `DC.ta.RCID`: bits.
    DC_TA_RCID_WIDTH = 12;
    /// `DC.ta.MCID`: lowest bit.
    DC_TA_MCID_LSB = 52;
    /// `DC.ta.MCID`: bits.
    DC_TA_MCID_WIDTH = 12;
    /// `PPN` of `iosatp`, `pdtp`: lowest bit.
    FSC_PPN_LSB = 0;
    /// `PPN` of `iosatp`, `pdtp`: bits.
    FSC_PPN_WIDTH = 44;
    /// `MODE` of `iosatp`, `pdtp`: lowest bit.
    FSC_MODE_LSB = 60;
    /// `MODE` of `iosatp`, `pdtp`: bits.
    FSC_MODE_WIDTH = 4;
    /// `iosatp.MODE`: no first stage.
    IOSATP_MODE_BARE = 0;
    /// `iosatp.MODE` where `tc.SXL` is 1.
    IOSATP_MODE_SV32 = 8;
    /// `iosatp.MODE` where `tc.SXL` is 0.
    IOSATP_MODE_SV39 = 8;
    /// `iosatp.MODE` where `tc.SXL` is 0.
    IOSATP_MODE_SV48 = 9;
    /// `iosatp.MODE` where `tc.SXL` is 0.
    IOSATP_MODE_SV57 = 10;
    /// `pdtp.MODE`: no first stage.
    PDTP_MODE_BARE = 0;
    /// `pdtp.MODE`: one level, 8-bit `process_id`.
    PDTP_MODE_PD8 = 1;
    /// `pdtp.MODE`: two levels, 17-bit `process_id`.
    PDTP_MODE_PD17 = 2;
    /// `pdtp.MODE`: three levels, 20-bit `process_id`.
    PDTP_MODE_PD20 = 3;
    /// `msiptp.PPN`: lowest bit.
    MSIPTP_PPN_LSB = 0;
    /// `msiptp.PPN`: bits.
    MSIPTP_PPN_WIDTH = 44;
    /// `msiptp.MODE`: lowest bit.
    MSIPTP_MODE_LSB = 60;
    /// `msiptp.MODE`: bits.
    MSIPTP_MODE_WIDTH = 4;
    /// `msiptp.MODE`: MSIs are not recognized.
    MSIPTP_MODE_OFF = 0;
    /// `msiptp.MODE`: flat MSI page table.
    MSIPTP_MODE_FLAT = 1;
    /// `msi_addr_mask.mask`, `msi_addr_pattern.pattern`: lowest bit.
    MSI_ADDR_FIELD_LSB = 0;
    /// `msi_addr_mask.mask`, `msi_addr_pattern.pattern`: bits.
    MSI_ADDR_FIELD_WIDTH = 52;
    /// `PC.ta.V`.
    PC_TA_V_BIT = 0;
    /// `PC.ta.ENS`.
    PC_TA_ENS_BIT = 1;
    /// `PC.ta.SUM`.
    PC_TA_SUM_BIT = 2;
    /// `PC.ta.PSCID`: lowest bit.
    PC_TA_PSCID_LSB = 12;
    /// `PC.ta.PSCID`: bits.
    PC_TA_PSCID_WIDTH = 20;
}
