// SPDX-License-Identifier: Apache-2.0
//! Causes of faults and types of transactions.

use core::fmt;

use crate::constants as c;

codes! {
    /// `CAUSE` of a fault record ("Fault record CAUSE field encodings").
    pub enum Cause(u16) {
        /// Instruction access fault.
        InstructionAccessFault = c::CAUSE_INSTRUCTION_ACCESS_FAULT,
        /// Read address misaligned.
        ReadAddressMisaligned = c::CAUSE_READ_ADDRESS_MISALIGNED,
        /// Read access fault.
        ReadAccessFault = c::CAUSE_READ_ACCESS_FAULT,
        /// Write/AMO address misaligned.
        WriteAddressMisaligned = c::CAUSE_WRITE_ADDRESS_MISALIGNED,
        /// Write/AMO access fault.
        WriteAccessFault = c::CAUSE_WRITE_ACCESS_FAULT,
        /// Instruction page fault.
        InstructionPageFault = c::CAUSE_INSTRUCTION_PAGE_FAULT,
        /// Read page fault.
        ReadPageFault = c::CAUSE_READ_PAGE_FAULT,
        /// Write/AMO page fault.
        WritePageFault = c::CAUSE_WRITE_PAGE_FAULT,
        /// Instruction guest-page fault.
        InstructionGuestPageFault = c::CAUSE_INSTRUCTION_GUEST_PAGE_FAULT,
        /// Read guest-page fault.
        ReadGuestPageFault = c::CAUSE_READ_GUEST_PAGE_FAULT,
        /// Write/AMO guest-page fault.
        WriteGuestPageFault = c::CAUSE_WRITE_GUEST_PAGE_FAULT,
        /// All inbound transactions disallowed.
        AllInboundDisallowed = c::CAUSE_ALL_INBOUND_DISALLOWED,
        /// DDT entry load access fault.
        DdtAccessFault = c::CAUSE_DDT_ACCESS_FAULT,
        /// DDT entry not valid.
        DdtInvalid = c::CAUSE_DDT_INVALID,
        /// DDT entry misconfigured.
        DdtMisconfigured = c::CAUSE_DDT_MISCONFIGURED,
        /// Transaction type disallowed.
        TtypeDisallowed = c::CAUSE_TTYPE_DISALLOWED,
        /// MSI PTE load access fault.
        MsiPteAccessFault = c::CAUSE_MSI_PTE_ACCESS_FAULT,
        /// MSI PTE not valid.
        MsiPteInvalid = c::CAUSE_MSI_PTE_INVALID,
        /// MSI PTE misconfigured.
        MsiPteMisconfigured = c::CAUSE_MSI_PTE_MISCONFIGURED,
        /// MRIF access fault.
        MrifAccessFault = c::CAUSE_MRIF_ACCESS_FAULT,
        /// PDT entry load access fault.
        PdtAccessFault = c::CAUSE_PDT_ACCESS_FAULT,
        /// PDT entry not valid.
        PdtInvalid = c::CAUSE_PDT_INVALID,
        /// PDT entry misconfigured.
        PdtMisconfigured = c::CAUSE_PDT_MISCONFIGURED,
        /// DDT data corruption.
        DdtCorrupted = c::CAUSE_DDT_CORRUPTED,
        /// PDT data corruption.
        PdtCorrupted = c::CAUSE_PDT_CORRUPTED,
        /// MSI page table data corruption.
        MsiPtCorrupted = c::CAUSE_MSI_PT_CORRUPTED,
        /// MSI MRIF data corruption.
        MrifCorrupted = c::CAUSE_MRIF_CORRUPTED,
        /// Internal data path error.
        InternalDatapathError = c::CAUSE_INTERNAL_DATAPATH_ERROR,
        /// IOMMU MSI write access fault.
        MsiWriteAccessFault = c::CAUSE_MSI_WRITE_ACCESS_FAULT,
        /// First- or second-stage page table data corruption.
        PtCorrupted = c::CAUSE_PT_CORRUPTED,
    }
}

impl Cause {
    /// Whether the fault is reported even with `DC.tc.DTF` set.
    #[must_use]
    pub const fn reported_despite_dtf(self) -> bool {
        matches!(
            self,
            Self::AllInboundDisallowed
                | Self::DdtAccessFault
                | Self::DdtInvalid
                | Self::DdtMisconfigured
                | Self::DdtCorrupted
                | Self::InternalDatapathError
                | Self::MsiWriteAccessFault
        )
    }

    /// Whether the fault is one of the guest-page faults, for which `iotval2`
    /// holds a guest-physical address.
    #[must_use]
    pub const fn is_guest_page_fault(self) -> bool {
        matches!(
            self,
            Self::InstructionGuestPageFault | Self::ReadGuestPageFault | Self::WriteGuestPageFault
        )
    }

    /// The cause in words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::InstructionAccessFault => "instruction access fault",
            Self::ReadAddressMisaligned => "read address misaligned",
            Self::ReadAccessFault => "read access fault",
            Self::WriteAddressMisaligned => "write/AMO address misaligned",
            Self::WriteAccessFault => "write/AMO access fault",
            Self::InstructionPageFault => "instruction page fault",
            Self::ReadPageFault => "read page fault",
            Self::WritePageFault => "write/AMO page fault",
            Self::InstructionGuestPageFault => "instruction guest-page fault",
            Self::ReadGuestPageFault => "read guest-page fault",
            Self::WriteGuestPageFault => "write/AMO guest-page fault",
            Self::AllInboundDisallowed => "all inbound transactions disallowed",
            Self::DdtAccessFault => "DDT entry load access fault",
            Self::DdtInvalid => "DDT entry not valid",
            Self::DdtMisconfigured => "DDT entry misconfigured",
            Self::TtypeDisallowed => "transaction type disallowed",
            Self::MsiPteAccessFault => "MSI PTE load access fault",
            Self::MsiPteInvalid => "MSI PTE not valid",
            Self::MsiPteMisconfigured => "MSI PTE misconfigured",
            Self::MrifAccessFault => "MRIF access fault",
            Self::PdtAccessFault => "PDT entry load access fault",
            Self::PdtInvalid => "PDT entry not valid",
            Self::PdtMisconfigured => "PDT entry misconfigured",
            Self::DdtCorrupted => "DDT data corruption",
            Self::PdtCorrupted => "PDT data corruption",
            Self::MsiPtCorrupted => "MSI page table data corruption",
            Self::MrifCorrupted => "MSI MRIF data corruption",
            Self::InternalDatapathError => "internal data path error",
            Self::MsiWriteAccessFault => "IOMMU MSI write access fault",
            Self::PtCorrupted => "first- or second-stage page table data corruption",
            Self::Other(_) => "reserved cause",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.description(), self.code())
    }
}

codes! {
    /// `TTYP` of a fault record ("Fault record TTYP field encodings").
    pub enum TransactionType(u8) {
        /// No inbound transaction.
        None = c::TTYP_NONE,
        /// Untranslated read for execute.
        UntranslatedExec = c::TTYP_UNTRANSLATED_EXEC,
        /// Untranslated read.
        UntranslatedRead = c::TTYP_UNTRANSLATED_READ,
        /// Untranslated write or AMO.
        UntranslatedWrite = c::TTYP_UNTRANSLATED_WRITE,
        /// Translated read for execute.
        TranslatedExec = c::TTYP_TRANSLATED_EXEC,
        /// Translated read.
        TranslatedRead = c::TTYP_TRANSLATED_READ,
        /// Translated write or AMO.
        TranslatedWrite = c::TTYP_TRANSLATED_WRITE,
        /// PCIe ATS translation request.
        AtsRequest = c::TTYP_ATS_REQUEST,
        /// PCIe message request.
        Message = c::TTYP_MESSAGE,
    }
}

impl fmt::Display for TransactionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no inbound transaction",
            Self::UntranslatedExec => "untranslated read for execute",
            Self::UntranslatedRead => "untranslated read",
            Self::UntranslatedWrite => "untranslated write or AMO",
            Self::TranslatedExec => "translated read for execute",
            Self::TranslatedRead => "translated read",
            Self::TranslatedWrite => "translated write or AMO",
            Self::AtsRequest => "PCIe ATS translation request",
            Self::Message => "PCIe message request",
            Self::Other(_) => "reserved transaction type",
        })
    }
}
