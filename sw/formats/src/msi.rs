// SPDX-License-Identifier: Apache-2.0
//! MSI page-table entries ("MSI page tables" of the Advanced Interrupt
//! Architecture): two doublewords.
//!
//! ```
//! use sallyport_formats::msi::MsiPte;
//!
//! let pte = MsiPte::Basic { ppn: 0x2_8000 };
//! assert_eq!(pte.emit(), [0x2_8000 << 10 | 0b111, 0]);
//! assert_eq!(MsiPte::parse(pte.emit()), pte);
//! ```

use crate::constants as c;
use crate::{Endian, Spa, Truncated};

layout! {
    /// The fields that every mode has.
    pub struct MsiPteHeader(u64) {
        /// Valid.
        v: bool = c::MSIPTE_V_BIT, 1;
        /// Mode, 2 bits.
        m: u8 = c::MSIPTE_M_LSB, c::MSIPTE_M_WIDTH;
        /// Custom: the rest of the entry is custom, too.
        c: bool = c::MSIPTE_C_BIT, 1;
    }
}

layout! {
    /// An entry in basic translate mode; its second doubleword is ignored.
    pub struct MsiPteBasic(u64) {
        /// Valid.
        v: bool = c::MSIPTE_V_BIT, 1;
        /// Mode: `MSIPTE_M_BASIC`.
        m: u8 = c::MSIPTE_M_LSB, c::MSIPTE_M_WIDTH;
        /// Page number of the interrupt file, 44 bits.
        ppn: u64 = c::MSIPTE_PPN_LSB, c::MSIPTE_PPN_WIDTH;
        /// Custom.
        c: bool = c::MSIPTE_C_BIT, 1;
    }
}

layout! {
    /// An entry in MRIF mode.
    pub struct MsiPteMrif([u64; 2]) {
        /// Valid.
        v: bool = 0, c::MSIPTE_V_BIT, 1;
        /// Mode: `MSIPTE_M_MRIF`.
        m: u8 = 0, c::MSIPTE_M_LSB, c::MSIPTE_M_WIDTH;
        /// `MRIF_Addr[55:9]`.
        mrif_addr: u64 = 0, c::MSIPTE_MRIF_ADDR_LSB, c::MSIPTE_MRIF_ADDR_WIDTH;
        /// Custom.
        c: bool = 0, c::MSIPTE_C_BIT, 1;
        /// `NID[9:0]`.
        nid_low: u16 = 1, c::MSIPTE_DW1_NID_LOW_LSB, c::MSIPTE_DW1_NID_LOW_WIDTH;
        /// Page number that the notice goes to, 44 bits.
        nppn: u64 = 1, c::MSIPTE_DW1_NPPN_LSB, c::MSIPTE_DW1_NPPN_WIDTH;
        /// `NID[10]`.
        nid_high: bool = 1, c::MSIPTE_DW1_NID_HIGH_BIT, 1;
    }
}

/// An MSI page-table entry by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MsiPte {
    /// V is 0.
    Invalid,
    /// The MSI goes to an interrupt file.
    Basic {
        /// Page number of the interrupt file, 44 bits.
        ppn: u64,
    },
    /// The MSI is recorded in memory and a notice is sent.
    Mrif {
        /// The memory-resident interrupt file, a multiple of 512 bytes below
        /// 2^56.
        file: Spa,
        /// The notice's interrupt id, 11 bits.
        nid: u16,
        /// Page number that the notice goes to, 44 bits.
        notice_ppn: u64,
    },
    /// A mode that is reserved, or an entry for custom use.
    Other([u64; 2]),
}

impl MsiPte {
    /// Length in doublewords.
    pub const WORDS: usize = 2;
    /// Length in bytes.
    pub const BYTES: usize = 16;

    /// The entry in these doublewords; reserved bits of the two known modes
    /// are ignored.
    #[must_use]
    pub fn parse(words: [u64; 2]) -> Self {
        let head = MsiPteHeader::parse(words[0]);
        match (head.v, head.c, u64::from(head.m)) {
            (false, ..) => Self::Invalid,
            (true, false, c::MSIPTE_M_BASIC) => Self::Basic {
                ppn: MsiPteBasic::parse(words[0]).ppn,
            },
            (true, false, c::MSIPTE_M_MRIF) => {
                let mrif = MsiPteMrif::parse(words);
                Self::Mrif {
                    file: Spa::new(mrif.mrif_addr << 9),
                    nid: mrif.nid_low | u16::from(mrif.nid_high) << 10,
                    notice_ppn: mrif.nppn,
                }
            }
            _ => Self::Other(words),
        }
    }

    /// The doublewords of this entry.
    #[must_use]
    pub fn emit(&self) -> [u64; 2] {
        match *self {
            Self::Invalid => [0; 2],
            Self::Basic { ppn } => {
                let m = c::MSIPTE_M_BASIC as u8;
                [
                    MsiPteBasic {
                        v: true,
                        m,
                        ppn,
                        c: false,
                    }
                    .emit(),
                    0,
                ]
            }
            Self::Mrif {
                file,
                nid,
                notice_ppn,
            } => MsiPteMrif {
                v: true,
                m: c::MSIPTE_M_MRIF as u8,
                mrif_addr: file.raw() >> 9,
                c: false,
                nid_low: nid & 0x3ff,
                nppn: notice_ppn,
                nid_high: nid >> 10 & 1 != 0,
            }
            .emit(),
            Self::Other(words) => words,
        }
    }

    /// [`Self::parse`] of the entry at the start of `bytes`.
    ///
    /// # Errors
    /// [`Truncated`] if `bytes` is too short.
    pub fn parse_bytes(bytes: &[u8], endian: Endian) -> Result<Self, Truncated> {
        crate::endian::words_from_bytes(bytes, endian).map(Self::parse)
    }

    /// [`Self::emit`] to the start of `bytes`.
    ///
    /// # Errors
    /// [`Truncated`] if `bytes` is too short.
    pub fn emit_bytes(&self, bytes: &mut [u8], endian: Endian) -> Result<(), Truncated> {
        crate::endian::words_to_bytes(&self.emit(), bytes, endian)
    }
}
