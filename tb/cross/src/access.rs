// SPDX-License-Identifier: Apache-2.0
//! What a request asks for.

use sallyport_formats::Cause;
use sallyport_model::{Access as Operation, Request, RequestKind};

named! {
    /// A request's type, operation and privilege. An atomic operation is a write,
    /// to the specification as to the RTL.
    "access" Access {
        /// Untranslated read.
        Read = "read",
        /// Untranslated write or atomic operation.
        Write = "write",
        /// Untranslated read for execution.
        Execute = "execute",
        /// The same, of a process with supervisor privilege.
        PrivilegedRead = "read, privileged",
        /// Write.
        PrivilegedWrite = "write, privileged",
        /// Read for execution.
        PrivilegedExecute = "execute, privileged",
        /// Read of a translated address.
        TranslatedRead = "translated read",
        /// Write.
        TranslatedWrite = "translated write",
        /// Read for execution.
        TranslatedExecute = "translated execute",
        /// Translation request with "no write".
        AtsRead = "ATS, no write",
        /// Translation request for reads and writes.
        AtsWrite = "ATS",
        /// Translation request that asks for execution as well.
        AtsExecute = "ATS, execute",
        /// The same, of a process with supervisor privilege.
        PrivilegedAtsRead = "ATS, no write, privileged",
        /// For reads and writes.
        PrivilegedAtsWrite = "ATS, privileged",
        /// For execution.
        PrivilegedAtsExecute = "ATS, execute, privileged",
    }
}

impl Access {
    /// What this request asks for; `None` of a translation request that names a
    /// write as its operation, which no message of PCIe ATS says.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let plain = match (request.kind, request.access, request.no_write) {
            (RequestKind::Untranslated, Operation::Read, _) => Self::Read,
            (RequestKind::Untranslated, Operation::Write, _) => Self::Write,
            (RequestKind::Untranslated, Operation::Execute, _) => Self::Execute,
            (RequestKind::Translated, Operation::Read, _) => Self::TranslatedRead,
            (RequestKind::Translated, Operation::Write, _) => Self::TranslatedWrite,
            (RequestKind::Translated, Operation::Execute, _) => Self::TranslatedExecute,
            (RequestKind::TranslationRequest, Operation::Read, true) => Self::AtsRead,
            (RequestKind::TranslationRequest, Operation::Read, false) => Self::AtsWrite,
            (RequestKind::TranslationRequest, Operation::Execute, _) => Self::AtsExecute,
            (RequestKind::TranslationRequest, Operation::Write, _) => return None,
        };
        Some(if request.is_privileged() {
            plain.privileged()
        } else {
            plain
        })
    }

    /// With supervisor privilege. Translated requests have none to speak of.
    #[must_use]
    pub const fn privileged(self) -> Self {
        match self {
            Self::Read => Self::PrivilegedRead,
            Self::Write => Self::PrivilegedWrite,
            Self::Execute => Self::PrivilegedExecute,
            Self::AtsRead => Self::PrivilegedAtsRead,
            Self::AtsWrite => Self::PrivilegedAtsWrite,
            Self::AtsExecute => Self::PrivilegedAtsExecute,
            _ => self,
        }
    }

    /// Without.
    #[must_use]
    pub const fn plain(self) -> Self {
        match self {
            Self::PrivilegedRead => Self::Read,
            Self::PrivilegedWrite => Self::Write,
            Self::PrivilegedExecute => Self::Execute,
            Self::PrivilegedAtsRead => Self::AtsRead,
            Self::PrivilegedAtsWrite => Self::AtsWrite,
            Self::PrivilegedAtsExecute => Self::AtsExecute,
            _ => self,
        }
    }

    /// Whether it has supervisor privilege.
    #[must_use]
    pub fn is_privileged(self) -> bool {
        self != self.plain()
    }

    /// Whether the address is said to be translated.
    #[must_use]
    pub const fn is_translated(self) -> bool {
        matches!(
            self,
            Self::TranslatedRead | Self::TranslatedWrite | Self::TranslatedExecute
        )
    }

    /// Whether it is a translation request.
    #[must_use]
    pub const fn is_ats(self) -> bool {
        matches!(
            self.plain(),
            Self::AtsRead | Self::AtsWrite | Self::AtsExecute
        )
    }

    /// The operation by which faults are named.
    #[must_use]
    pub const fn operation(self) -> Operation {
        match self.plain() {
            Self::Write | Self::TranslatedWrite => Operation::Write,
            Self::Execute | Self::TranslatedExecute | Self::AtsExecute => Operation::Execute,
            _ => Operation::Read,
        }
    }

    /// The access fault of this access.
    #[must_use]
    pub const fn access_fault(self) -> u16 {
        match self.operation() {
            Operation::Read => Cause::ReadAccessFault.code(),
            Operation::Write => Cause::WriteAccessFault.code(),
            Operation::Execute => Cause::InstructionAccessFault.code(),
        }
    }

    /// The page fault of this access.
    #[must_use]
    pub const fn page_fault(self) -> u16 {
        match self.operation() {
            Operation::Read => Cause::ReadPageFault.code(),
            Operation::Write => Cause::WritePageFault.code(),
            Operation::Execute => Cause::InstructionPageFault.code(),
        }
    }

    /// The guest page fault of this access.
    #[must_use]
    pub const fn guest_page_fault(self) -> u16 {
        match self.operation() {
            Operation::Read => Cause::ReadGuestPageFault.code(),
            Operation::Write => Cause::WriteGuestPageFault.code(),
            Operation::Execute => Cause::InstructionGuestPageFault.code(),
        }
    }
}
