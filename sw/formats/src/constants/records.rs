// SPDX-License-Identifier: Apache-2.0
//! Fault and page-request records: fields, causes, transaction types.

constants! {
    /// Fault record `CAUSE`: lowest bit.
    FQ_CAUSE_LSB = 0;
    /// Fault record `CAUSE`: bits.
    FQ_CAUSE_WIDTH = 12;
    /// Fault record `PID`: lowest bit.
    FQ_PID_LSB = 12;
    /// Fault record `PID`: bits.
    FQ_PID_WIDTH = 20;
    /// Fault record `PV`.
    FQ_PV_BIT = 32;
    /// Fault record `PRIV`.
    FQ_PRIV_BIT = 33;
    /// Fault record `TTYP`: lowest bit.
    FQ_TTYP_LSB = 34;
    /// Fault record `TTYP`: bits.
    FQ_TTYP_WIDTH = 6;
    /// Fault record `DID`: lowest bit.
    FQ_DID_LSB = 40;
    /// Fault record `DID`: bits.
    FQ_DID_WIDTH = 24;
    /// Fault record, second doubleword: bits for custom use: lowest bit.
    FQ_DW1_CUSTOM_LSB = 0;
    /// Fault record, second doubleword: bits for custom use: bits.
    FQ_DW1_CUSTOM_WIDTH = 32;
    /// `iotval2`: the access was implicit.
    IOTVAL2_IMPLICIT_BIT = 0;
    /// `iotval2`: the implicit access was a write.
    IOTVAL2_IMPLICIT_WRITE_BIT = 1;
    /// `iotval2`: guest-physical address bits 63 to 2: lowest bit.
    IOTVAL2_GPA_LSB = 2;
    /// `iotval2`: guest-physical address bits 63 to 2: bits.
    IOTVAL2_GPA_WIDTH = 62;
    /// `CAUSE`: instruction access fault.
    CAUSE_INSTRUCTION_ACCESS_FAULT = 1;
    /// `CAUSE`: read address misaligned.
    CAUSE_READ_ADDRESS_MISALIGNED = 4;
    /// `CAUSE`: read access fault.
    CAUSE_READ_ACCESS_FAULT = 5;
    /// `CAUSE`: write/AMO address misaligned.
    CAUSE_WRITE_ADDRESS_MISALIGNED = 6;
    /// `CAUSE`: write/AMO access fault.
    CAUSE_WRITE_ACCESS_FAULT = 7;
    /// `CAUSE`: instruction page fault.
    CAUSE_INSTRUCTION_PAGE_FAULT = 12;
    /// `CAUSE`: read page fault.
    CAUSE_READ_PAGE_FAULT = 13;
    /// `CAUSE`: write/AMO page fault.
    CAUSE_WRITE_PAGE_FAULT = 15;
    /// `CAUSE`: instruction guest-page fault.
    CAUSE_INSTRUCTION_GUEST_PAGE_FAULT = 20;
    /// `CAUSE`: read guest-page fault.
    CAUSE_READ_GUEST_PAGE_FAULT = 21;
    /// `CAUSE`: write/AMO guest-page fault.
    CAUSE_WRITE_GUEST_PAGE_FAULT = 23;
    /// `CAUSE`: all inbound transactions disallowed.
    CAUSE_ALL_INBOUND_DISALLOWED = 256;
    /// `CAUSE`: DDT entry load access fault.
    CAUSE_DDT_ACCESS_FAULT = 257;
    /// `CAUSE`: DDT entry not valid.
    CAUSE_DDT_INVALID = 258;
    /// `CAUSE`: DDT entry misconfigured.
    CAUSE_DDT_MISCONFIGURED = 259;
    /// `CAUSE`: transaction type disallowed.
    CAUSE_TTYPE_DISALLOWED = 260;
    /// `CAUSE`: MSI PTE load access fault.
    CAUSE_MSI_PTE_ACCESS_FAULT = 261;
    /// `CAUSE`: MSI PTE not valid.
    CAUSE_MSI_PTE_INVALID = 262;
    /// `CAUSE`: MSI PTE misconfigured.
    CAUSE_MSI_PTE_MISCONFIGURED = 263;
    /// `CAUSE`: MRIF access fault.
    CAUSE_MRIF_ACCESS_FAULT = 264;
    /// `CAUSE`: PDT entry load access fault.
    CAUSE_PDT_ACCESS_FAULT = 265;
    /// `CAUSE`: PDT entry not valid.
    CAUSE_PDT_INVALID = 266;
    /// `CAUSE`: PDT entry misconfigured.
    CAUSE_PDT_MISCONFIGURED = 267;
    /// `CAUSE`: DDT data corruption.
    CAUSE_DDT_CORRUPTED = 268;
    /// `CAUSE`: PDT data corruption.
    CAUSE_PDT_CORRUPTED = 269;
    /// `CAUSE`: MSI page table data corruption.
    CAUSE_MSI_PT_CORRUPTED = 270;
    /// `CAUSE`: MSI MRIF data corruption.
    CAUSE_MRIF_CORRUPTED = 271;
    /// `CAUSE`: internal data path error.
    CAUSE_INTERNAL_DATAPATH_ERROR = 272;
    /// `CAUSE`: IOMMU MSI write access fault.
    CAUSE_MSI_WRITE_ACCESS_FAULT = 273;
    /// `CAUSE`: first- or second-stage page table data corruption.
    CAUSE_PT_CORRUPTED = 274;
    /// `TTYP`: no inbound transaction.
    TTYP_NONE = 0;
    /// `TTYP`: untranslated read for execute.
    TTYP_UNTRANSLATED_EXEC = 1;
    /// `TTYP`: untranslated read.
    TTYP_UNTRANSLATED_READ = 2;
    /// `TTYP`: untranslated write or AMO.
    TTYP_UNTRANSLATED_WRITE = 3;
    /// `TTYP`: translated read for execute.
    TTYP_TRANSLATED_EXEC = 5;
    /// `TTYP`: translated read.
    TTYP_TRANSLATED_READ = 6;
    /// `TTYP`: translated write or AMO.
    TTYP_TRANSLATED_WRITE = 7;
    /// `TTYP`: PCIe ATS translation request.
    TTYP_ATS_REQUEST = 8;
    /// `TTYP`: PCIe message request.
    TTYP_MESSAGE = 9;
    /// Page request `PID`: lowest bit.
    PQ_PID_LSB = 12;
    /// Page request `PID`: bits.
    PQ_PID_WIDTH = 20;
    /// Page request `PV`.
    PQ_PV_BIT = 32;
    /// Page request `PRIV`.
    PQ_PRIV_BIT = 33;
    /// Page request `EXEC`.
    PQ_EXEC_BIT = 34;
    /// Page request `DID`: lowest bit.
    PQ_DID_LSB = 40;
    /// Page request `DID`: bits.
    PQ_DID_WIDTH = 24;
    /// Page request payload: read requested.
    PQ_PAYLOAD_R_BIT = 0;
    /// Page request payload: write requested.
    PQ_PAYLOAD_W_BIT = 1;
    /// Page request payload: last in group.
    PQ_PAYLOAD_L_BIT = 2;
    /// Page request payload: group index: lowest bit.
    PQ_PAYLOAD_PRGI_LSB = 3;
    /// Page request payload: group index: bits.
    PQ_PAYLOAD_PRGI_WIDTH = 9;
    /// Page request payload: page address: lowest bit.
    PQ_PAYLOAD_ADDR_LSB = 12;
    /// Page request payload: page address: bits.
    PQ_PAYLOAD_ADDR_WIDTH = 52;
    /// PCIe message code of a page request, as `iotval` shows it.
    PRI_MESSAGE_CODE = 4;
}
