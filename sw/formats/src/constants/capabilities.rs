// SPDX-License-Identifier: Apache-2.0
//! `capabilities`, `fctl`, `ddtp`: fields and codes.

constants! {
    /// `capabilities.version`: lowest bit.
    CAPABILITIES_VERSION_LSB = 0;
    /// `capabilities.version`: bits.
    CAPABILITIES_VERSION_WIDTH = 8;
    /// `capabilities.Sv32`.
    CAPABILITIES_SV32_BIT = 8;
    /// `capabilities.Sv39`.
    CAPABILITIES_SV39_BIT = 9;
    /// `capabilities.Sv48`.
    CAPABILITIES_SV48_BIT = 10;
    /// `capabilities.Sv57`.
    CAPABILITIES_SV57_BIT = 11;
    /// `capabilities.Svrsw60t59b`.
    CAPABILITIES_SVRSW60T59B_BIT = 14;
    /// `capabilities.Svpbmt`.
    CAPABILITIES_SVPBMT_BIT = 15;
    /// `capabilities.Sv32x4`.
    CAPABILITIES_SV32X4_BIT = 16;
    /// `capabilities.Sv39x4`.
    CAPABILITIES_SV39X4_BIT = 17;
    /// `capabilities.Sv48x4`.
    CAPABILITIES_SV48X4_BIT = 18;
    /// `capabilities.Sv57x4`.
    CAPABILITIES_SV57X4_BIT = 19;
    /// `capabilities.AMO_MRIF`.
    CAPABILITIES_AMO_MRIF_BIT = 21;
    /// `capabilities.MSI_FLAT`.
    CAPABILITIES_MSI_FLAT_BIT = 22;
    /// `capabilities.MSI_MRIF`.
    CAPABILITIES_MSI_MRIF_BIT = 23;
    /// `capabilities.AMO_HWAD`.
    CAPABILITIES_AMO_HWAD_BIT = 24;
    /// `capabilities.ATS`.
    CAPABILITIES_ATS_BIT = 25;
    /// `capabilities.T2GPA`.
    CAPABILITIES_T2GPA_BIT = 26;
    /// `capabilities.END`.
    CAPABILITIES_END_BIT = 27;
    /// `capabilities.IGS`: lowest bit.
    CAPABILITIES_IGS_LSB = 28;
    /// `capabilities.IGS`: bits.
    CAPABILITIES_IGS_WIDTH = 2;
    /// `capabilities.HPM`.
    CAPABILITIES_HPM_BIT = 30;
    /// `capabilities.DBG`.
    CAPABILITIES_DBG_BIT = 31;
    /// `capabilities.PAS`: lowest bit.
    CAPABILITIES_PAS_LSB = 32;
    /// `capabilities.PAS`: bits.
    CAPABILITIES_PAS_WIDTH = 6;
    /// `capabilities.PD8`.
    CAPABILITIES_PD8_BIT = 38;
    /// `capabilities.PD17`.
    CAPABILITIES_PD17_BIT = 39;
    /// `capabilities.PD20`.
    CAPABILITIES_PD20_BIT = 40;
    /// `capabilities.QOSID`.
    CAPABILITIES_QOSID_BIT = 41;
    /// `capabilities.NL`.
    CAPABILITIES_NL_BIT = 42;
    /// `capabilities.S`.
    CAPABILITIES_S_BIT = 43;
    /// `capabilities` bits for custom use: lowest bit.
    CAPABILITIES_CUSTOM_LSB = 56;
    /// `capabilities` bits for custom use: bits.
    CAPABILITIES_CUSTOM_WIDTH = 8;
    /// `capabilities.version` of release 1.0.
    CAPABILITIES_VERSION_1_0 = 0x10;
    /// `capabilities.IGS`: interrupts by message only.
    IGS_MSI = 0;
    /// `capabilities.IGS`: interrupts by wire only.
    IGS_WSI = 1;
    /// `capabilities.IGS`: by wire or message, as `fctl.WSI` says.
    IGS_BOTH = 2;
    /// `fctl.BE`.
    FCTL_BE_BIT = 0;
    /// `fctl.WSI`.
    FCTL_WSI_BIT = 1;
    /// `fctl.GXL`.
    FCTL_GXL_BIT = 2;
    /// `fctl` bits for custom use: lowest bit.
    FCTL_CUSTOM_LSB = 16;
    /// `fctl` bits for custom use: bits.
    FCTL_CUSTOM_WIDTH = 16;
    /// `ddtp.iommu_mode`: lowest bit.
    DDTP_MODE_LSB = 0;
    /// `ddtp.iommu_mode`: bits.
    DDTP_MODE_WIDTH = 4;
    /// `ddtp.busy`.
    DDTP_BUSY_BIT = 4;
    /// `ddtp.PPN`: lowest bit.
    DDTP_PPN_LSB = 10;
    /// `ddtp.PPN`: bits.
    DDTP_PPN_WIDTH = 44;
    /// `ddtp.iommu_mode`: no inbound transactions.
    DDTP_MODE_OFF = 0;
    /// `ddtp.iommu_mode`: pass-through.
    DDTP_MODE_BARE = 1;
    /// `ddtp.iommu_mode`: one directory level.
    DDTP_MODE_1LVL = 2;
    /// `ddtp.iommu_mode`: two directory levels.
    DDTP_MODE_2LVL = 3;
    /// `ddtp.iommu_mode`: three directory levels.
    DDTP_MODE_3LVL = 4;
}
