// SPDX-License-Identifier: Apache-2.0
//! The IOMMU's registers over the bench's register port.

use sallyport_bench::{Cpu, Host};
use sallyport_driver::Registers;

/// Clocks between two looks at a register that is about to change.
pub(crate) const PAUSE: u64 = 16;

/// Registers of the IOMMU in the bench. An access that is answered with an
/// error reads as ones or does nothing, as on a real bus.
#[derive(Clone, Debug)]
pub(crate) struct HostRegisters {
    host: Host,
    cpu: Cpu,
}

impl HostRegisters {
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            cpu: host.cpu(),
        }
    }
}

impl Registers for HostRegisters {
    async fn read32(&mut self, offset: u64) -> u32 {
        self.cpu.read32(offset).await.unwrap_or(u32::MAX)
    }

    async fn write32(&mut self, offset: u64, value: u32) {
        self.cpu.write32(offset, value).await.unwrap_or_default();
    }

    async fn pause(&mut self) {
        self.host.clocks(PAUSE).await;
    }

    async fn read64(&mut self, offset: u64) -> u64 {
        self.cpu.read64(offset).await.unwrap_or(u64::MAX)
    }

    async fn write64(&mut self, offset: u64, value: u64) {
        self.cpu.write64(offset, value).await.unwrap_or_default();
    }
}
