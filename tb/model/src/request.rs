// SPDX-License-Identifier: Apache-2.0
//! Inbound requests, as the IO bridge hands them to the IOMMU.

use sallyport_formats::{DeviceId, Iova, ProcessId, TransactionType};

/// What a transaction wants to do with the memory at its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// A read.
    Read,
    /// A write or an atomic operation.
    Write,
    /// A read for execute.
    Execute,
}

/// The kinds of transactions that carry an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    /// The address is an IOVA that the IOMMU has to translate.
    Untranslated,
    /// The address came from an ATS translation completion.
    Translated,
    /// A PCIe ATS Translation Request: asks for a translation to cache.
    TranslationRequest,
}

/// One inbound request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub device_id: DeviceId,
    /// The process that the device acts for; `None` where the transaction
    /// carries no valid `process_id`.
    pub process_id: Option<ProcessId>,
    /// Supervisor privilege requested; means nothing without a `process_id`.
    pub privileged: bool,
    /// What for. A translation request always asks for read permission as
    /// well, and with [`Access::Execute`] for execute permission.
    pub access: Access,
    /// Untranslated, Translated, or a translation request.
    pub kind: RequestKind,
    /// Translation requests only: write permission is not asked for.
    pub no_write: bool,
    /// The address: an IOVA, or what a translation completion gave.
    pub iova: Iova,
    /// Bytes that the transaction covers from `iova`.
    pub len: u32,
}

impl Request {
    /// An untranslated request of a device without processes.
    #[must_use]
    pub fn untranslated(device_id: DeviceId, access: Access, iova: Iova, len: u32) -> Self {
        Self {
            device_id,
            process_id: None,
            privileged: false,
            access,
            kind: RequestKind::Untranslated,
            no_write: false,
            iova,
            len,
        }
    }

    /// Whether the request has supervisor privilege. A request without a
    /// `process_id` never has ("Process to translate an IOVA").
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.process_id.is_some() && self.privileged
    }

    /// Whether this is an ATS Translation Request.
    #[must_use]
    pub fn is_translation_request(&self) -> bool {
        self.kind == RequestKind::TranslationRequest
    }

    /// Whether the request asks for execute permission.
    #[must_use]
    pub fn wants_execute(&self) -> bool {
        self.access == Access::Execute
    }

    /// Whether the request asks for write permission. A translation request
    /// does unless it says "no write".
    #[must_use]
    pub fn wants_write(&self) -> bool {
        match self.kind {
            RequestKind::TranslationRequest => !self.no_write,
            _ => self.access == Access::Write,
        }
    }

    /// Whether the request asks for read permission. An untranslated read for
    /// execute needs only execute permission; a translated one needs both, as
    /// a translation completion grants execute only together with read.
    #[must_use]
    pub fn wants_read(&self) -> bool {
        match (self.kind, self.access) {
            (RequestKind::TranslationRequest, _) | (_, Access::Read) => true,
            (RequestKind::Translated, Access::Execute) => true,
            (_, Access::Write | Access::Execute) => false,
        }
    }

    /// The transaction type that fault records give for this request.
    #[must_use]
    pub fn ttyp(&self) -> TransactionType {
        match (self.kind, self.access) {
            (RequestKind::Untranslated, Access::Execute) => TransactionType::UntranslatedExec,
            (RequestKind::Untranslated, Access::Read) => TransactionType::UntranslatedRead,
            (RequestKind::Untranslated, Access::Write) => TransactionType::UntranslatedWrite,
            (RequestKind::Translated, Access::Execute) => TransactionType::TranslatedExec,
            (RequestKind::Translated, Access::Read) => TransactionType::TranslatedRead,
            (RequestKind::Translated, Access::Write) => TransactionType::TranslatedWrite,
            (RequestKind::TranslationRequest, _) => TransactionType::AtsRequest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privilege_needs_a_process() {
        let device = DeviceId::new(1).unwrap();
        let mut request = Request::untranslated(device, Access::Read, Iova::new(0), 4);
        request.privileged = true;
        assert!(!request.is_privileged());
        request.process_id = Some(ProcessId::new(0).unwrap());
        assert!(request.is_privileged());
    }
}
