// SPDX-License-Identifier: Apache-2.0
//! `capabilities`, `fctl`, `ddtp`.

use crate::constants as c;

codes! {
    /// `capabilities.IGS`: how the IOMMU can signal interrupts.
    pub enum InterruptSupport(u8) {
        /// By message only.
        Msi = c::IGS_MSI,
        /// By wire only.
        Wsi = c::IGS_WSI,
        /// By either, as `fctl.WSI` says.
        Both = c::IGS_BOTH,
    }
}

codes! {
    /// `ddtp.iommu_mode`.
    pub enum DdtpMode(u8) {
        /// No inbound transactions are allowed.
        Off = c::DDTP_MODE_OFF,
        /// Untranslated requests pass unchanged.
        Bare = c::DDTP_MODE_BARE,
        /// One-level device directory.
        OneLevel = c::DDTP_MODE_1LVL,
        /// Two-level device directory.
        TwoLevel = c::DDTP_MODE_2LVL,
        /// Three-level device directory.
        ThreeLevel = c::DDTP_MODE_3LVL,
    }
}

impl DdtpMode {
    /// Levels of the device directory; 0 where there is none.
    #[must_use]
    pub const fn levels(self) -> u32 {
        match self {
            Self::OneLevel => 1,
            Self::TwoLevel => 2,
            Self::ThreeLevel => 3,
            _ => 0,
        }
    }

    /// The mode with a directory of `levels` (1 to 3).
    #[must_use]
    pub const fn from_levels(levels: u32) -> Option<Self> {
        match levels {
            1 => Some(Self::OneLevel),
            2 => Some(Self::TwoLevel),
            3 => Some(Self::ThreeLevel),
            _ => None,
        }
    }
}

layout! {
    /// `capabilities` ("IOMMU capabilities"), 8 bytes, read-only.
    pub struct Capabilities(u64) {
        /// Version of the specification: major in the high nibble, minor in the low.
        version: u8 = c::CAPABILITIES_VERSION_LSB, c::CAPABILITIES_VERSION_WIDTH;
        /// First stage Sv32.
        sv32: bool = c::CAPABILITIES_SV32_BIT, 1;
        /// First stage Sv39.
        sv39: bool = c::CAPABILITIES_SV39_BIT, 1;
        /// First stage Sv48.
        sv48: bool = c::CAPABILITIES_SV48_BIT, 1;
        /// First stage Sv57.
        sv57: bool = c::CAPABILITIES_SV57_BIT, 1;
        /// Entries' bits 60:59 are left to software.
        svrsw60t59b: bool = c::CAPABILITIES_SVRSW60T59B_BIT, 1;
        /// Page-based memory types.
        svpbmt: bool = c::CAPABILITIES_SVPBMT_BIT, 1;
        /// Second stage Sv32x4.
        sv32x4: bool = c::CAPABILITIES_SV32X4_BIT, 1;
        /// Second stage Sv39x4.
        sv39x4: bool = c::CAPABILITIES_SV39X4_BIT, 1;
        /// Second stage Sv48x4.
        sv48x4: bool = c::CAPABILITIES_SV48X4_BIT, 1;
        /// Second stage Sv57x4.
        sv57x4: bool = c::CAPABILITIES_SV57X4_BIT, 1;
        /// Atomic updates of memory-resident interrupt files.
        amo_mrif: bool = c::CAPABILITIES_AMO_MRIF_BIT, 1;
        /// MSI translation in basic mode; device contexts are 64 bytes.
        msi_flat: bool = c::CAPABILITIES_MSI_FLAT_BIT, 1;
        /// MSI translation in MRIF mode.
        msi_mrif: bool = c::CAPABILITIES_MSI_MRIF_BIT, 1;
        /// Atomic updates of A and D bits.
        amo_hwad: bool = c::CAPABILITIES_AMO_HWAD_BIT, 1;
        /// PCIe ATS and PRI.
        ats: bool = c::CAPABILITIES_ATS_BIT, 1;
        /// ATS completions may return guest-physical addresses.
        t2gpa: bool = c::CAPABILITIES_T2GPA_BIT, 1;
        /// Both byte orders.
        end: bool = c::CAPABILITIES_END_BIT, 1;
        /// How interrupts are signalled.
        igs: InterruptSupport = c::CAPABILITIES_IGS_LSB, c::CAPABILITIES_IGS_WIDTH;
        /// Performance monitor.
        hpm: bool = c::CAPABILITIES_HPM_BIT, 1;
        /// Translation-request interface.
        dbg: bool = c::CAPABILITIES_DBG_BIT, 1;
        /// Bits of a physical address.
        pas: u8 = c::CAPABILITIES_PAS_LSB, c::CAPABILITIES_PAS_WIDTH;
        /// One-level process directory.
        pd8: bool = c::CAPABILITIES_PD8_BIT, 1;
        /// Two-level process directory.
        pd17: bool = c::CAPABILITIES_PD17_BIT, 1;
        /// Three-level process directory.
        pd20: bool = c::CAPABILITIES_PD20_BIT, 1;
        /// QoS ids.
        qosid: bool = c::CAPABILITIES_QOSID_BIT, 1;
        /// Invalidation of non-leaf entries.
        nl: bool = c::CAPABILITIES_NL_BIT, 1;
        /// Invalidation of address ranges.
        s: bool = c::CAPABILITIES_S_BIT, 1;
        /// Bits for custom use.
        custom: u8 = c::CAPABILITIES_CUSTOM_LSB, c::CAPABILITIES_CUSTOM_WIDTH;
    }
}

layout! {
    /// `fctl` ("Features-control register"), 4 bytes.
    pub struct Fctl(u32) {
        /// In-memory structures are big-endian.
        be: bool = c::FCTL_BE_BIT, 1;
        /// Interrupts go by wire.
        wsi: bool = c::FCTL_WSI_BIT, 1;
        /// Second stage Sv32x4 instead of the 64-bit schemes.
        gxl: bool = c::FCTL_GXL_BIT, 1;
        /// Bits for custom use.
        custom: u16 = c::FCTL_CUSTOM_LSB, c::FCTL_CUSTOM_WIDTH;
    }
}

layout! {
    /// `ddtp` ("Device-directory-table pointer"), 8 bytes.
    pub struct Ddtp(u64) {
        /// `iommu_mode`.
        mode: DdtpMode = c::DDTP_MODE_LSB, c::DDTP_MODE_WIDTH;
        /// A write of the mode is still being carried out; read-only.
        busy: bool = c::DDTP_BUSY_BIT, 1;
        /// Page number of the directory's root, 44 bits.
        ppn: u64 = c::DDTP_PPN_LSB, c::DDTP_PPN_WIDTH;
    }
}
