// SPDX-License-Identifier: Apache-2.0
//! Page-table entries of both stages.
//!
//! First and second stage have one format; the second ignores G and wants U.
//!
//! ```
//! use sallyport_formats::pte::Pte;
//!
//! let leaf = Pte { v: true, r: true, u: true, a: true, ppn: 0x8_0000, ..Pte::default() };
//! assert!(leaf.is_leaf());
//! assert_eq!(leaf.emit(), 0x2000_0053);
//! ```

use crate::constants as c;

codes! {
    /// Page-based memory type ("Svpbmt").
    pub enum Pbmt(u8) {
        /// The memory's own attributes.
        Pma = c::PBMT_PMA,
        /// Non-cacheable, idempotent main memory.
        Nc = c::PBMT_NC,
        /// Non-cacheable, strongly ordered I/O.
        Io = c::PBMT_IO,
    }
}

layout! {
    /// An entry of Sv39, Sv48, Sv57 or their x4 variants: 8 bytes.
    pub struct Pte(u64) {
        /// Valid.
        v: bool = c::PTE_V_BIT, 1;
        /// Readable.
        r: bool = c::PTE_R_BIT, 1;
        /// Writable.
        w: bool = c::PTE_W_BIT, 1;
        /// Executable.
        x: bool = c::PTE_X_BIT, 1;
        /// User.
        u: bool = c::PTE_U_BIT, 1;
        /// Global.
        g: bool = c::PTE_G_BIT, 1;
        /// Accessed.
        a: bool = c::PTE_A_BIT, 1;
        /// Dirty.
        d: bool = c::PTE_D_BIT, 1;
        /// For software, 2 bits.
        rsw: u8 = c::PTE_RSW_LSB, c::PTE_RSW_WIDTH;
        /// Page number, 44 bits.
        ppn: u64 = c::PTE_PPN_LSB, c::PTE_PPN_WIDTH;
        /// Bits 60:59, for software under Svrsw60t59b, reserved without.
        rsw60t59b: u8 = c::PTE_RSW60T59B_LSB, c::PTE_RSW60T59B_WIDTH;
        /// Memory type.
        pbmt: Pbmt = c::PTE_PBMT_LSB, c::PTE_PBMT_WIDTH;
        /// The entry is one of a naturally aligned power-of-two group.
        n: bool = c::PTE_N_BIT, 1;
    }
}

impl Pte {
    /// A valid pointer to the next level's table on page `ppn`.
    #[must_use]
    pub fn pointer(ppn: u64) -> Self {
        Self {
            v: true,
            ppn,
            ..Self::default()
        }
    }

    /// Whether the entry maps a page, as opposed to pointing to a table.
    #[must_use]
    pub const fn is_leaf(&self) -> bool {
        self.r || self.x
    }

    /// Whether the entry is a 64 KiB NAPOT translation, the only size defined.
    #[must_use]
    pub const fn is_napot_64k(&self) -> bool {
        self.n && self.ppn & 0xf == c::NAPOT_64K_PPN_LOW
    }
}

layout! {
    /// An entry of Sv32 or Sv32x4: 4 bytes.
    pub struct Pte32(u32) {
        /// Valid.
        v: bool = c::PTE_V_BIT, 1;
        /// Readable.
        r: bool = c::PTE_R_BIT, 1;
        /// Writable.
        w: bool = c::PTE_W_BIT, 1;
        /// Executable.
        x: bool = c::PTE_X_BIT, 1;
        /// User.
        u: bool = c::PTE_U_BIT, 1;
        /// Global.
        g: bool = c::PTE_G_BIT, 1;
        /// Accessed.
        a: bool = c::PTE_A_BIT, 1;
        /// Dirty.
        d: bool = c::PTE_D_BIT, 1;
        /// For software, 2 bits.
        rsw: u8 = c::PTE_RSW_LSB, c::PTE_RSW_WIDTH;
        /// Page number, 22 bits.
        ppn: u32 = c::PTE32_PPN_LSB, c::PTE32_PPN_WIDTH;
    }
}

impl Pte32 {
    /// Whether the entry maps a page, as opposed to pointing to a table.
    #[must_use]
    pub const fn is_leaf(&self) -> bool {
        self.r || self.x
    }
}
