// SPDX-License-Identifier: Apache-2.0
//! Translation schemes of both stages, and their codes.

use crate::constants as c;

/// A first-stage scheme (`iosatp.MODE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum FirstStage {
    /// No translation.
    #[default]
    Bare,
    /// 32-bit addresses, two levels of 4-byte entries.
    Sv32,
    /// 39-bit addresses, three levels.
    Sv39,
    /// 48-bit addresses, four levels.
    Sv48,
    /// 57-bit addresses, five levels.
    Sv57,
}

impl FirstStage {
    /// The scheme with this code; `None` where it is reserved under this
    /// `tc.SXL`.
    #[must_use]
    pub const fn from_code(code: u8, sxl: bool) -> Option<Self> {
        match (code as u64, sxl) {
            (c::IOSATP_MODE_BARE, _) => Some(Self::Bare),
            (c::IOSATP_MODE_SV32, true) => Some(Self::Sv32),
            (c::IOSATP_MODE_SV39, false) => Some(Self::Sv39),
            (c::IOSATP_MODE_SV48, false) => Some(Self::Sv48),
            (c::IOSATP_MODE_SV57, false) => Some(Self::Sv57),
            _ => None,
        }
    }

    /// The scheme's code.
    #[must_use]
    pub const fn code(self) -> u8 {
        (match self {
            Self::Bare => c::IOSATP_MODE_BARE,
            Self::Sv32 => c::IOSATP_MODE_SV32,
            Self::Sv39 => c::IOSATP_MODE_SV39,
            Self::Sv48 => c::IOSATP_MODE_SV48,
            Self::Sv57 => c::IOSATP_MODE_SV57,
        }) as u8
    }

    /// Levels of the page table.
    #[must_use]
    pub const fn levels(self) -> u32 {
        match self {
            Self::Bare => 0,
            Self::Sv32 => 2,
            Self::Sv39 => 3,
            Self::Sv48 => 4,
            Self::Sv57 => 5,
        }
    }

    /// Bits of a virtual address; 64 where there is no translation.
    #[must_use]
    pub const fn address_bits(self) -> u32 {
        match self {
            Self::Bare => 64,
            Self::Sv32 => 32,
            _ => 12 + 9 * self.levels(),
        }
    }
}

/// A second-stage scheme (`iohgatp.MODE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SecondStage {
    /// No translation.
    #[default]
    Bare,
    /// 34-bit addresses, two levels of 4-byte entries.
    Sv32x4,
    /// 41-bit addresses, three levels.
    Sv39x4,
    /// 50-bit addresses, four levels.
    Sv48x4,
    /// 59-bit addresses, five levels.
    Sv57x4,
}

impl SecondStage {
    /// The scheme with this code; `None` where it is reserved under this
    /// `fctl.GXL`.
    #[must_use]
    pub const fn from_code(code: u8, gxl: bool) -> Option<Self> {
        match (code as u64, gxl) {
            (c::IOHGATP_MODE_BARE, _) => Some(Self::Bare),
            (c::IOHGATP_MODE_SV32X4, true) => Some(Self::Sv32x4),
            (c::IOHGATP_MODE_SV39X4, false) => Some(Self::Sv39x4),
            (c::IOHGATP_MODE_SV48X4, false) => Some(Self::Sv48x4),
            (c::IOHGATP_MODE_SV57X4, false) => Some(Self::Sv57x4),
            _ => None,
        }
    }

    /// The scheme's code.
    #[must_use]
    pub const fn code(self) -> u8 {
        (match self {
            Self::Bare => c::IOHGATP_MODE_BARE,
            Self::Sv32x4 => c::IOHGATP_MODE_SV32X4,
            Self::Sv39x4 => c::IOHGATP_MODE_SV39X4,
            Self::Sv48x4 => c::IOHGATP_MODE_SV48X4,
            Self::Sv57x4 => c::IOHGATP_MODE_SV57X4,
        }) as u8
    }

    /// Levels of the page table.
    #[must_use]
    pub const fn levels(self) -> u32 {
        match self {
            Self::Bare => 0,
            Self::Sv32x4 => 2,
            Self::Sv39x4 => 3,
            Self::Sv48x4 => 4,
            Self::Sv57x4 => 5,
        }
    }

    /// Bits of a guest-physical address; 64 where there is no translation.
    #[must_use]
    pub const fn address_bits(self) -> u32 {
        match self {
            Self::Bare => 64,
            Self::Sv32x4 => 34,
            _ => 14 + 9 * self.levels(),
        }
    }
}
