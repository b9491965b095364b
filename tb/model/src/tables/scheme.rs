// SPDX-License-Identifier: Apache-2.0
//! The paged virtual-memory schemes: Sv32 to Sv57 and Sv32x4 to Sv57x4
//! ("Encodings of `iosatp.MODE`", "Encodings of `iohgatp.MODE`").

use sallyport_formats::context::{Fsc, Iohgatp};
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{FirstStage, SecondStage};

/// The geometry of a page table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// Levels; the root is level `levels - 1`.
    pub levels: u32,
    /// Address bits that index a table, but for the root of the second stage.
    pub index_bits: u32,
    /// Bits of the widest address.
    pub address_bits: u32,
    /// Bytes of a PTE.
    pub pte_bytes: u8,
}

impl Scheme {
    const fn new(levels: u32, index_bits: u32, address_bits: u32, pte_bytes: u8) -> Self {
        Self {
            levels,
            index_bits,
            address_bits,
            pte_bytes,
        }
    }

    /// Sv32.
    pub const SV32: Self = Self::new(2, 10, 32, 4);
    /// Sv39.
    pub const SV39: Self = Self::new(3, 9, 39, 8);
    /// Sv48.
    pub const SV48: Self = Self::new(4, 9, 48, 8);
    /// Sv57.
    pub const SV57: Self = Self::new(5, 9, 57, 8);

    /// The second stage's variant: two address bits more at the root.
    pub const fn x4(self) -> Self {
        Self {
            address_bits: self.address_bits + 2,
            ..self
        }
    }

    /// The byte offset of the PTE for `address` in its table at `level`.
    pub const fn pte_offset(self, address: u64, level: u32) -> u64 {
        let bits = if level + 1 == self.levels {
            self.address_bits - 12 - level * self.index_bits
        } else {
            self.index_bits
        };
        let index = address >> (12 + level * self.index_bits) & ((1 << bits) - 1);
        index * self.pte_bytes as u64
    }

    /// Bytes that a leaf at `level` maps.
    pub const fn page_size(self, level: u32) -> u64 {
        1 << (12 + level * self.index_bits)
    }
}

/// A MODE field decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// No translation or protection.
    Bare,
    /// A page table.
    Paged(Scheme),
}

impl Mode {
    /// Decodes `iosatp.MODE` or `PC.fsc.MODE` for this `DC.tc.SXL`; `None`
    /// where the encoding is invalid or the scheme is not supported.
    pub fn first_stage(fsc: Fsc, sxl: bool, capabilities: &Capabilities) -> Option<Self> {
        let (scheme, supported) = match fsc.scheme(sxl)? {
            FirstStage::Bare => return Some(Self::Bare),
            FirstStage::Sv32 => (Scheme::SV32, capabilities.sv32),
            FirstStage::Sv39 => (Scheme::SV39, capabilities.sv39),
            FirstStage::Sv48 => (Scheme::SV48, capabilities.sv48),
            FirstStage::Sv57 => (Scheme::SV57, capabilities.sv57),
        };
        supported.then_some(Self::Paged(scheme))
    }

    /// Decodes `iohgatp.MODE` for this `fctl.GXL`; `None` where the encoding
    /// is invalid or the scheme is not supported.
    pub fn second_stage(iohgatp: Iohgatp, gxl: bool, capabilities: &Capabilities) -> Option<Self> {
        let (scheme, supported) = match iohgatp.scheme(gxl)? {
            SecondStage::Bare => return Some(Self::Bare),
            SecondStage::Sv32x4 => (Scheme::SV32, capabilities.sv32x4),
            SecondStage::Sv39x4 => (Scheme::SV39, capabilities.sv39x4),
            SecondStage::Sv48x4 => (Scheme::SV48, capabilities.sv48x4),
            SecondStage::Sv57x4 => (Scheme::SV57, capabilities.sv57x4),
        };
        supported.then_some(Self::Paged(scheme.x4()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_the_second_stage_are_four_times_as_large() {
        assert_eq!(Scheme::SV39.pte_offset(u64::MAX, 2), 511 * 8);
        assert_eq!(Scheme::SV39.x4().pte_offset(u64::MAX, 2), 2047 * 8);
        assert_eq!(Scheme::SV39.x4().pte_offset(u64::MAX, 1), 511 * 8);
        assert_eq!(Scheme::SV32.x4().pte_offset(u64::MAX, 1), 4095 * 4);
        assert_eq!(Scheme::SV57.x4().address_bits, 59);
    }

    #[test]
    fn page_sizes() {
        assert_eq!(Scheme::SV57.page_size(4), 1 << 48);
        assert_eq!(Scheme::SV32.page_size(1), 4 << 20);
    }
}
