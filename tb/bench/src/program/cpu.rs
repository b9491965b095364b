// SPDX-License-Identifier: Apache-2.0
//! The processor, which reaches the IOMMU's registers.

use super::host::Host;
use sallyport_bus::{LiteAccess, LiteSize, Resp};

/// A register access that was answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("register access at offset {offset:#x} was answered with {resp}")]
pub struct RegisterError {
    /// Where, in bytes.
    pub offset: u64,
    /// The response.
    pub resp: Resp,
}

/// The processor's side of the register port.
#[derive(Clone, Debug)]
pub struct Cpu {
    host: Host,
}

impl Cpu {
    pub(super) const fn new(host: Host) -> Self {
        Self { host }
    }

    /// The system that it is part of.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Reads 4 bytes.
    ///
    /// # Errors
    /// [`RegisterError`] if the IOMMU answers with one.
    pub async fn read32(&self, offset: u64) -> Result<u32, RegisterError> {
        let access = LiteAccess::read(offset as u32, LiteSize::Four);
        self.access(offset, access).await.map(|v| v as u32)
    }

    /// Reads 8 bytes.
    ///
    /// # Errors
    /// [`RegisterError`] if the IOMMU answers with one.
    pub async fn read64(&self, offset: u64) -> Result<u64, RegisterError> {
        let access = LiteAccess::read(offset as u32, LiteSize::Eight);
        self.access(offset, access).await
    }

    /// Writes 4 bytes.
    ///
    /// # Errors
    /// [`RegisterError`] if the IOMMU answers with one.
    pub async fn write32(&self, offset: u64, value: u32) -> Result<(), RegisterError> {
        let access = LiteAccess::write(offset as u32, LiteSize::Four, value.into());
        self.access(offset, access).await.map(|_| ())
    }

    /// Writes 8 bytes.
    ///
    /// # Errors
    /// [`RegisterError`] if the IOMMU answers with one.
    pub async fn write64(&self, offset: u64, value: u64) -> Result<(), RegisterError> {
        let access = LiteAccess::write(offset as u32, LiteSize::Eight, value);
        self.access(offset, access).await.map(|_| ())
    }

    async fn access(&self, offset: u64, access: LiteAccess) -> Result<u64, RegisterError> {
        let shared = self.host.shared();
        let handle = shared.system.borrow_mut().registers().submit(access);
        let done = shared.events.borrow_mut().register(handle);
        match done.await {
            Ok(completion) if completion.resp.is_error() => Err(RegisterError {
                offset,
                resp: completion.resp,
            }),
            Ok(completion) => Ok(completion.value),
            // A reset has taken the access with it.
            Err(_) => std::future::pending().await,
        }
    }
}
