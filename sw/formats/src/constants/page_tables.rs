// SPDX-License-Identifier: Apache-2.0
//! Page tables of both stages and MSI page tables.

constants! {
    /// `V` of a page-table entry.
    PTE_V_BIT = 0;
    /// `R` of a page-table entry.
    PTE_R_BIT = 1;
    /// `W` of a page-table entry.
    PTE_W_BIT = 2;
    /// `X` of a page-table entry.
    PTE_X_BIT = 3;
    /// `U` of a page-table entry.
    PTE_U_BIT = 4;
    /// `G` of a page-table entry.
    PTE_G_BIT = 5;
    /// `A` of a page-table entry.
    PTE_A_BIT = 6;
    /// `D` of a page-table entry.
    PTE_D_BIT = 7;
    /// `RSW`, for software: lowest bit.
    PTE_RSW_LSB = 8;
    /// `RSW`, for software: bits.
    PTE_RSW_WIDTH = 2;
    /// `PPN` of Sv39, Sv48, Sv57: lowest bit.
    PTE_PPN_LSB = 10;
    /// `PPN` of Sv39, Sv48, Sv57: bits.
    PTE_PPN_WIDTH = 44;
    /// Reserved bits of Sv39, Sv48, Sv57: lowest bit.
    PTE_RSVD_LSB = 54;
    /// Reserved bits of Sv39, Sv48, Sv57: bits.
    PTE_RSVD_WIDTH = 5;
    /// Bits for software under Svrsw60t59b: lowest bit.
    PTE_RSW60T59B_LSB = 59;
    /// Bits for software under Svrsw60t59b: bits.
    PTE_RSW60T59B_WIDTH = 2;
    /// `PBMT`: lowest bit.
    PTE_PBMT_LSB = 61;
    /// `PBMT`: bits.
    PTE_PBMT_WIDTH = 2;
    /// `N`, a NAPOT translation.
    PTE_N_BIT = 63;
    /// `PBMT`: the memory's own attributes.
    PBMT_PMA = 0;
    /// `PBMT`: non-cacheable, idempotent main memory.
    PBMT_NC = 1;
    /// `PBMT`: non-cacheable, strongly ordered I/O.
    PBMT_IO = 2;
    /// `PBMT`: reserved.
    PBMT_RSVD = 3;
    /// `PPN` of Sv32: lowest bit.
    PTE32_PPN_LSB = 10;
    /// `PPN` of Sv32: bits.
    PTE32_PPN_WIDTH = 22;
    /// Bytes of an entry of Sv39, Sv48, Sv57.
    PTE_BYTES = 8;
    /// Bytes of an Sv32 entry.
    PTE32_BYTES = 4;
    /// `ppn[3:0]` of a 64 KiB NAPOT translation.
    NAPOT_64K_PPN_LOW = 8;
    /// `V` of an MSI page-table entry.
    MSIPTE_V_BIT = 0;
    /// `M` of an MSI page-table entry: lowest bit.
    MSIPTE_M_LSB = 1;
    /// `M` of an MSI page-table entry: bits.
    MSIPTE_M_WIDTH = 2;
    /// `PPN` of an MSI page-table entry in basic mode: lowest bit.
    MSIPTE_PPN_LSB = 10;
    /// `PPN` of an MSI page-table entry in basic mode: bits.
    MSIPTE_PPN_WIDTH = 44;
    /// `C` of an MSI page-table entry.
    MSIPTE_C_BIT = 63;
    /// `MRIF_Addr[55:9]`, MRIF mode: lowest bit.
    MSIPTE_MRIF_ADDR_LSB = 7;
    /// `MRIF_Addr[55:9]`, MRIF mode: bits.
    MSIPTE_MRIF_ADDR_WIDTH = 47;
    /// `NID[9:0]` in the second doubleword: lowest bit.
    MSIPTE_DW1_NID_LOW_LSB = 0;
    /// `NID[9:0]` in the second doubleword: bits.
    MSIPTE_DW1_NID_LOW_WIDTH = 10;
    /// `NPPN` in the second doubleword: lowest bit.
    MSIPTE_DW1_NPPN_LSB = 10;
    /// `NPPN` in the second doubleword: bits.
    MSIPTE_DW1_NPPN_WIDTH = 44;
    /// `NID[10]` in the second doubleword.
    MSIPTE_DW1_NID_HIGH_BIT = 60;
    /// `M` of an MSI page-table entry: MRIF mode.
    MSIPTE_M_MRIF = 1;
    /// `M` of an MSI page-table entry: basic translate mode.
    MSIPTE_M_BASIC = 3;
    /// Bytes of an MSI page-table entry.
    MSIPTE_BYTES = 16;
    /// Bytes of a memory-resident interrupt file.
    MRIF_BYTES = 512;
}
