// SPDX-License-Identifier: Apache-2.0
//! Queue and interrupt registers.

use crate::constants as c;

layout! {
    /// `cqb`, `fqb`, `pqb`: base of an in-memory queue, 8 bytes.
    pub struct QueueBase(u64) {
        /// `LOG2SZ-1`: log2 of the number of entries, less one; 5 bits.
        log2sz_minus_1: u8 = c::QUEUE_BASE_LOG2SZ_1_LSB, c::QUEUE_BASE_LOG2SZ_1_WIDTH;
        /// Page number of the queue, 44 bits.
        ppn: u64 = c::QUEUE_BASE_PPN_LSB, c::QUEUE_BASE_PPN_WIDTH;
    }
}

layout! {
    /// `cqcsr` ("Command-queue CSR"), 4 bytes.
    pub struct Cqcsr(u32) {
        /// Enable.
        cqen: bool = c::CQCSR_CQEN_BIT, 1;
        /// Interrupt enable.
        cie: bool = c::CQCSR_CIE_BIT, 1;
        /// Memory fault; write 1 to clear.
        cqmf: bool = c::CQCSR_CQMF_BIT, 1;
        /// A command timed out; write 1 to clear.
        cmd_to: bool = c::CQCSR_CMD_TO_BIT, 1;
        /// Illegal command; write 1 to clear.
        cmd_ill: bool = c::CQCSR_CMD_ILL_BIT, 1;
        /// An IOFENCE.C with WSI completed; write 1 to clear.
        fence_w_ip: bool = c::CQCSR_FENCE_W_IP_BIT, 1;
        /// The queue is active; read-only.
        cqon: bool = c::CQCSR_CQON_BIT, 1;
        /// A write is still being carried out; read-only.
        busy: bool = c::CQCSR_BUSY_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::CQCSR_CUSTOM_LSB, c::CQCSR_CUSTOM_WIDTH;
    }
}

layout! {
    /// `fqcsr` ("Fault queue CSR"), 4 bytes.
    pub struct Fqcsr(u32) {
        /// Enable.
        fqen: bool = c::FQCSR_FQEN_BIT, 1;
        /// Interrupt enable.
        fie: bool = c::FQCSR_FIE_BIT, 1;
        /// Memory fault; write 1 to clear.
        fqmf: bool = c::FQCSR_FQMF_BIT, 1;
        /// Overflow; write 1 to clear.
        fqof: bool = c::FQCSR_FQOF_BIT, 1;
        /// The queue is active; read-only.
        fqon: bool = c::FQCSR_FQON_BIT, 1;
        /// A write is still being carried out; read-only.
        busy: bool = c::FQCSR_BUSY_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::FQCSR_CUSTOM_LSB, c::FQCSR_CUSTOM_WIDTH;
    }
}

layout! {
    /// `pqcsr` ("Page-request-queue CSR"), 4 bytes.
    pub struct Pqcsr(u32) {
        /// Enable.
        pqen: bool = c::PQCSR_PQEN_BIT, 1;
        /// Interrupt enable.
        pie: bool = c::PQCSR_PIE_BIT, 1;
        /// Memory fault; write 1 to clear.
        pqmf: bool = c::PQCSR_PQMF_BIT, 1;
        /// Overflow; write 1 to clear.
        pqof: bool = c::PQCSR_PQOF_BIT, 1;
        /// The queue is active; read-only.
        pqon: bool = c::PQCSR_PQON_BIT, 1;
        /// A write is still being carried out; read-only.
        busy: bool = c::PQCSR_BUSY_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::PQCSR_CUSTOM_LSB, c::PQCSR_CUSTOM_WIDTH;
    }
}

layout! {
    /// `ipsr` ("Interrupt pending status register"), 4 bytes, write 1 to clear.
    pub struct Ipsr(u32) {
        /// Command queue.
        cip: bool = c::IPSR_CIP_BIT, 1;
        /// Fault queue.
        fip: bool = c::IPSR_FIP_BIT, 1;
        /// Performance monitor.
        pmip: bool = c::IPSR_PMIP_BIT, 1;
        /// Page-request queue.
        pip: bool = c::IPSR_PIP_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::IPSR_CUSTOM_LSB, c::IPSR_CUSTOM_WIDTH;
    }
}

layout! {
    /// `icvec` ("Interrupt-cause-to-vector register"), 8 bytes.
    pub struct Icvec(u64) {
        /// Vector of the command queue, 4 bits.
        civ: u8 = c::ICVEC_CIV_LSB, c::ICVEC_CIV_WIDTH;
        /// Vector of the fault queue, 4 bits.
        fiv: u8 = c::ICVEC_FIV_LSB, c::ICVEC_FIV_WIDTH;
        /// Vector of the performance monitor, 4 bits.
        pmiv: u8 = c::ICVEC_PMIV_LSB, c::ICVEC_PMIV_WIDTH;
        /// Vector of the page-request queue, 4 bits.
        piv: u8 = c::ICVEC_PIV_LSB, c::ICVEC_PIV_WIDTH;
        /// Bits for custom use.
        custom: u32 = c::ICVEC_CUSTOM_LSB, c::ICVEC_CUSTOM_WIDTH;
    }
}

layout! {
    /// `msi_addr_x` of `msi_cfg_tbl` ("MSI configuration table"), 8 bytes.
    pub struct MsiAddr(u64) {
        /// `ADDR`: bits 55:2 of the address, which is 4-byte aligned.
        word: u64 = c::MSI_CFG_TBL_ADDR_ADDR_LSB, c::MSI_CFG_TBL_ADDR_ADDR_WIDTH;
    }
}

layout! {
    /// `msi_vec_ctl_x` of `msi_cfg_tbl`, 4 bytes.
    pub struct MsiVecCtl(u32) {
        /// `M`: the vector is masked.
        masked: bool = c::MSI_CFG_TBL_VEC_CTL_M_BIT, 1;
    }
}

impl MsiAddr {
    /// The entry for messages to `addr`; the low two bits are cut.
    #[must_use]
    pub const fn new(addr: crate::Spa) -> Self {
        Self {
            word: addr.raw() >> c::MSI_CFG_TBL_ADDR_ADDR_LSB,
        }
    }

    /// The address that messages go to.
    #[must_use]
    pub const fn addr(&self) -> crate::Spa {
        crate::Spa::new(self.word << c::MSI_CFG_TBL_ADDR_ADDR_LSB)
    }
}
