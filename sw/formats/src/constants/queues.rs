// SPDX-License-Identifier: Apache-2.0
//! Queues and interrupts: fields of their registers.

constants! {
    /// `LOG2SZ-1` of `cqb`, `fqb`, `pqb`: lowest bit.
    QUEUE_BASE_LOG2SZ_1_LSB = 0;
    /// `LOG2SZ-1` of `cqb`, `fqb`, `pqb`: bits.
    QUEUE_BASE_LOG2SZ_1_WIDTH = 5;
    /// `PPN` of `cqb`, `fqb`, `pqb`: lowest bit.
    QUEUE_BASE_PPN_LSB = 10;
    /// `PPN` of `cqb`, `fqb`, `pqb`: bits.
    QUEUE_BASE_PPN_WIDTH = 44;
    /// Bytes of a command.
    CQ_ENTRY_BYTES = 16;
    /// Bytes of a fault record.
    FQ_ENTRY_BYTES = 32;
    /// Bytes of a page request.
    PQ_ENTRY_BYTES = 16;
    /// `cqcsr.cqen`.
    CQCSR_CQEN_BIT = 0;
    /// `cqcsr.cie`.
    CQCSR_CIE_BIT = 1;
    /// `cqcsr.cqmf`.
    CQCSR_CQMF_BIT = 8;
    /// `cqcsr.cmd_to`.
    CQCSR_CMD_TO_BIT = 9;
    /// `cqcsr.cmd_ill`.
    CQCSR_CMD_ILL_BIT = 10;
    /// `cqcsr.fence_w_ip`.
    CQCSR_FENCE_W_IP_BIT = 11;
    /// `cqcsr.cqon`.
    CQCSR_CQON_BIT = 16;
    /// `cqcsr.busy`.
    CQCSR_BUSY_BIT = 17;
    /// `cqcsr` bits for custom use: lowest bit.
    CQCSR_CUSTOM_LSB = 28;
    /// `cqcsr` bits for custom use: bits.
    CQCSR_CUSTOM_WIDTH = 4;
    /// `fqcsr.fqen`.
    FQCSR_FQEN_BIT = 0;
    /// `fqcsr.fie`.
    FQCSR_FIE_BIT = 1;
    /// `fqcsr.fqmf`.
    FQCSR_FQMF_BIT = 8;
    /// `fqcsr.fqof`.
    FQCSR_FQOF_BIT = 9;
    /// `fqcsr.fqon`.
    FQCSR_FQON_BIT = 16;
    /// `fqcsr.busy`.
    FQCSR_BUSY_BIT = 17;
    /// `fqcsr` bits for custom use: lowest bit.
    FQCSR_CUSTOM_LSB = 28;
    /// `fqcsr` bits for custom use: bits.
    FQCSR_CUSTOM_WIDTH = 4;
    /// `pqcsr.pqen`.
    PQCSR_PQEN_BIT = 0;
    /// `pqcsr.pie`.
    PQCSR_PIE_BIT = 1;
    /// `pqcsr.pqmf`.
    PQCSR_PQMF_BIT = 8;
    /// `pqcsr.pqof`.
    PQCSR_PQOF_BIT = 9;
    /// `pqcsr.pqon`.
    PQCSR_PQON_BIT = 16;
    /// `pqcsr.busy`.
    PQCSR_BUSY_BIT = 17;
    /// `pqcsr` bits for custom use: lowest bit.
    PQCSR_CUSTOM_LSB = 28;
    /// `pqcsr` bits for custom use: bits.
    PQCSR_CUSTOM_WIDTH = 4;
    /// `ipsr.cip`.
    IPSR_CIP_BIT = 0;
    /// `ipsr.fip`.
    IPSR_FIP_BIT = 1;
    /// `ipsr.pmip`.
    IPSR_PMIP_BIT = 2;
    /// `ipsr.pip`.
    IPSR_PIP_BIT = 3;
    /// `ipsr` bits for custom use: lowest bit.
    IPSR_CUSTOM_LSB = 8;
    /// `ipsr` bits for custom use: bits.
    IPSR_CUSTOM_WIDTH = 8;
    /// `icvec.civ`: lowest bit.
    ICVEC_CIV_LSB = 0;
    /// `icvec.civ`: bits.
    ICVEC_CIV_WIDTH = 4;
    /// `icvec.fiv`: lowest bit.
    ICVEC_FIV_LSB = 4;
    /// `icvec.fiv`: bits.
    ICVEC_FIV_WIDTH = 4;
    /// `icvec.pmiv`: lowest bit.
    ICVEC_PMIV_LSB = 8;
    /// `icvec.pmiv`: bits.
    ICVEC_PMIV_WIDTH = 4;
    /// `icvec.piv`: lowest bit.
    ICVEC_PIV_LSB = 12;
    /// `icvec.piv`: bits.
    ICVEC_PIV_WIDTH = 4;
    /// `icvec` bits for custom use: lowest bit.
    ICVEC_CUSTOM_LSB = 32;
    /// `icvec` bits for custom use: bits.
    ICVEC_CUSTOM_WIDTH = 32;
    /// `msi_addr_x.ADDR`, a 4-byte address: lowest bit.
    MSI_CFG_TBL_ADDR_ADDR_LSB = 2;
    /// `msi_addr_x.ADDR`, a 4-byte address: bits.
    MSI_CFG_TBL_ADDR_ADDR_WIDTH = 54;
    /// `msi_vec_ctl_x.M`.
    MSI_CFG_TBL_VEC_CTL_M_BIT = 0;
}
