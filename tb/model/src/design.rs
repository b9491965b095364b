// SPDX-License-Identifier: Apache-2.0
//! What a design is built with: the `capabilities` register ("IOMMU
//! capabilities") and the choices that the register does not show.

use sallyport_formats::regs::{Capabilities, InterruptSupport};

/// A design: its capabilities and what software finds out only by trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Design {
    /// The `capabilities` register.
    pub capabilities: Capabilities,
    /// Whether `ddtp` takes the modes 1LVL, 2LVL and 3LVL, in this order.
    pub directory_levels: [bool; 3],
    /// Whether `fctl.GXL` can be written; it is fixed at 0 otherwise.
    pub gxl_writable: bool,
    /// Log2 of the number of interrupt vectors, 0 to 4: the width of the
    /// fields of `icvec`.
    pub vector_bits: u32,
    /// Event counters, 1 to 31; means nothing without `capabilities.HPM`.
    pub hpm_counters: u32,
    /// Bits of an event counter, 32 to 64.
    pub hpm_counter_bits: u32,
    /// Bits of an `RCID`, up to 12; means nothing without `capabilities.QOSID`.
    pub rcid_bits: u32,
    /// Bits of an `MCID`, up to 12.
    pub mcid_bits: u32,
    /// ATS invalidations that may be under way at a time, 1 to 32.
    pub itags: u32,
    /// Clocks after which an ATS invalidation has timed out.
    pub invalidation_timeout: u64,
}

impl Design {
    /// A design with these capabilities and the most that it may have of
    /// everything: directory levels, vectors, counters and their bits, QoS
    /// identifiers, tags; with `fctl.GXL` writable where a scheme of RV32 is
    /// there; ATS invalidations time out after 2^20 clocks.
    #[must_use]
    pub fn with_capabilities(capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            directory_levels: [true; 3],
            gxl_writable: capabilities.sv32 || capabilities.sv32x4,
            vector_bits: 4,
            hpm_counters: 31,
            hpm_counter_bits: 64,
            rcid_bits: 12,
            mcid_bits: 12,
            itags: 32,
            invalidation_timeout: 1 << 20,
        }
    }

    /// All of release 1.0 with the extensions NL and S, but without QoS
    /// identifiers.
    #[must_use]
    pub fn full() -> Self {
        Self::with_capabilities(Capabilities {
            version: 0x10,
            sv32: true,
            sv39: true,
            sv48: true,
            sv57: true,
            svpbmt: true,
            sv32x4: true,
            sv39x4: true,
            sv48x4: true,
            sv57x4: true,
            amo_mrif: true,
            msi_flat: true,
            msi_mrif: true,
            amo_hwad: true,
            ats: true,
            t2gpa: true,
            end: true,
            igs: InterruptSupport::Both,
            hpm: true,
            dbg: true,
            pas: 56,
            pd8: true,
            pd17: true,
            pd20: true,
            nl: true,
            s: true,
            ..Capabilities::default()
        })
    }

    /// [`Design::full`] without MSI translation: 32-byte device contexts.
    #[must_use]
    pub fn full_base() -> Self {
        Self::with_capabilities(Capabilities {
            msi_flat: false,
            msi_mrif: false,
            amo_mrif: false,
            ..Self::full().capabilities
        })
    }

    /// [`Design::full`] with QoS identifiers.
    #[must_use]
    pub fn full_qos() -> Self {
        Self::with_capabilities(Capabilities {
            qosid: true,
            ..Self::full().capabilities
        })
    }

    /// The smallest useful design: Sv39, Sv39x4, interrupts by wire.
    #[must_use]
    pub fn small() -> Self {
        Self::with_capabilities(Capabilities {
            version: 0x10,
            sv39: true,
            sv39x4: true,
            igs: InterruptSupport::Wsi,
            pas: 56,
            ..Capabilities::default()
        })
    }

    /// Bits of a guest-physical address that MSI masks and patterns may use
    /// (MGPAW, "MSI address mask and pattern").
    #[must_use]
    pub fn msi_address_width(&self) -> u32 {
        let capabilities = &self.capabilities;
        if capabilities.sv57x4 {
            59
        } else if capabilities.sv48x4 {
            50
        } else if capabilities.sv39x4 {
            41
        } else if capabilities.sv32x4 {
            34
        } else {
            u32::from(capabilities.pas)
        }
    }

    /// Bits of the widest `process_id`; 0 without process directories.
    #[must_use]
    pub fn process_id_width(&self) -> u32 {
        let capabilities = &self.capabilities;
        if capabilities.pd20 {
            20
        } else if capabilities.pd17 {
            17
        } else if capabilities.pd8 {
            8
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_the_capabilities() {
        assert_eq!(Design::full().msi_address_width(), 59);
        assert_eq!(Design::full().process_id_width(), 20);
        assert_eq!(Design::small().msi_address_width(), 41);
        assert_eq!(Design::small().process_id_width(), 0);
        assert_eq!(Design::small().capabilities.emit(), 0x38_1002_0210);
    }
}
