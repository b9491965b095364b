// SPDX-License-Identifier: Apache-2.0
//! Register map: byte offsets ("Register layout").

constants! {
    /// Size of the register page.
    REG_FILE_BYTES = 0x1000;
    /// `capabilities`, 8 bytes.
    REG_CAPABILITIES = 0x0;
    /// `fctl`, 4 bytes.
    REG_FCTL = 0x8;
    /// 4 bytes for custom use.
    REG_CUSTOM0 = 0xc;
    /// `ddtp`, 8 bytes.
    REG_DDTP = 0x10;
    /// `cqb`, 8 bytes.
    REG_CQB = 0x18;
    /// `cqh`, 4 bytes.
    REG_CQH = 0x20;
    /// `cqt`, 4 bytes.
    REG_CQT = 0x24;
    /// `fqb`, 8 bytes.
    REG_FQB = 0x28;
    /// `fqh`, 4 bytes.
    REG_FQH = 0x30;
    /// `fqt`, 4 bytes.
    REG_FQT = 0x34;
    /// `pqb`, 8 bytes.
    REG_PQB = 0x38;
    /// `pqh`, 4 bytes.
    REG_PQH = 0x40;
    /// `pqt`, 4 bytes.
    REG_PQT = 0x44;
    /// `cqcsr`, 4 bytes.
    REG_CQCSR = 0x48;
    /// `fqcsr`, 4 bytes.
    REG_FQCSR = 0x4c;
    /// `pqcsr`, 4 bytes.
    REG_PQCSR = 0x50;
    /// `ipsr`, 4 bytes.
    REG_IPSR = 0x54;
    /// `iocountovf`, 4 bytes.
    REG_IOCOUNTOVF = 0x58;
    /// `iocountinh`, 4 bytes.
    REG_IOCOUNTINH = 0x5c;
    /// `iohpmcycles`, 8 bytes.
    REG_IOHPMCYCLES = 0x60;
    /// `iohpmctr1`, the first of 31 counters of 8 bytes.
    REG_IOHPMCTR_BASE = 0x68;
    /// `iohpmevt1`, the first of 31 selectors of 8 bytes.
    REG_IOHPMEVT_BASE = 0x160;
    /// `tr_req_iova`, 8 bytes.
    REG_TR_REQ_IOVA = 0x258;
    /// `tr_req_ctl`, 8 bytes.
    REG_TR_REQ_CTL = 0x260;
    /// `tr_response`, 8 bytes.
    REG_TR_RESPONSE = 0x268;
    /// `iommu_qosid`, 4 bytes.
    REG_IOMMU_QOSID = 0x270;
    /// 60 bytes reserved for future use.
    REG_RESERVED0 = 0x274;
    /// 72 bytes for custom use.
    REG_CUSTOM1 = 0x2b0;
    /// `icvec`, 8 bytes.
    REG_ICVEC = 0x2f8;
    /// `msi_cfg_tbl`, 16 entries of 16 bytes.
    REG_MSI_CFG_TBL = 0x300;
    /// 3072 bytes reserved for standard use.
    REG_RESERVED1 = 0x400;
    /// Entries of `msi_cfg_tbl`.
    MSI_CFG_TBL_ENTRIES = 16;
    /// Bytes of an `msi_cfg_tbl` entry.
    MSI_CFG_TBL_STRIDE = 16;
    /// `msi_addr_x` in its entry.
    MSI_CFG_TBL_ADDR_OFFSET = 0;
    /// `msi_data_x` in its entry.
    MSI_CFG_TBL_DATA_OFFSET = 8;
    /// `msi_vec_ctl_x` in its entry.
    MSI_CFG_TBL_VEC_CTL_OFFSET = 12;
    /// Event counters the register map has room for.
    IOHPM_COUNTERS = 31;
    /// Bytes from a counter to the next.
    IOHPM_STRIDE = 8;
}
