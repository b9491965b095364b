// SPDX-License-Identifier: Apache-2.0
//! Non-leaf entries of the device and the process directory, which have one
//! format ("Non-leaf DDT entry", "Non-leaf PDT entry").

use crate::Spa;
use crate::constants as c;

layout! {
    /// Points to the directory's next level.
    pub struct DirectoryEntry(u64) {
        /// The entry is valid.
        v: bool = c::DIR_ENTRY_V_BIT, 1;
        /// Page number of the next level, 44 bits: guest-physical in a process
        /// directory under a second stage.
        ppn: u64 = c::DIR_ENTRY_PPN_LSB, c::DIR_ENTRY_PPN_WIDTH;
    }
}

impl DirectoryEntry {
    /// A valid entry for the table at `table`, a 4 KiB page.
    #[must_use]
    pub const fn pointing_to(table: Spa) -> Self {
        Self {
            v: true,
            ppn: table.page_number(),
        }
    }
}

codes! {
    /// `pdtp.MODE`.
    pub enum PdtpMode(u8) {
        /// No process directory: the first stage is Bare.
        Bare = c::PDTP_MODE_BARE,
        /// One level, 8-bit `process_id`.
        Pd8 = c::PDTP_MODE_PD8,
        /// Two levels, 17-bit `process_id`.
        Pd17 = c::PDTP_MODE_PD17,
        /// Three levels, 20-bit `process_id`.
        Pd20 = c::PDTP_MODE_PD20,
    }
}

impl PdtpMode {
    /// Levels of the process directory; 0 where there is none.
    #[must_use]
    pub const fn levels(self) -> u32 {
        match self {
            Self::Pd8 => 1,
            Self::Pd17 => 2,
            Self::Pd20 => 3,
            _ => 0,
        }
    }

    /// Width of a `process_id` in bits.
    #[must_use]
    pub const fn process_id_bits(self) -> u32 {
        match self {
            Self::Pd8 => 8,
            Self::Pd17 => 17,
            Self::Pd20 => 20,
            _ => 0,
        }
    }
}
