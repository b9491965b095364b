// SPDX-License-Identifier: Apache-2.0
//! The controller's way to memory: through the IOMMU, always.

use super::status::Status;
use crate::simulation::{Work, Working};
use sallyport_bench::Dma;
use sallyport_formats::Iova;
use std::cell::{Cell, OnceCell};
use tokio::sync::Notify;

/// DMA of the controller. While it is held, nothing new is begun.
#[derive(Debug)]
pub(super) struct Port {
    dma: OnceCell<Dma>,
    work: Work,
    /// Accesses under way.
    on_bus: Cell<u32>,
    held: Cell<bool>,
    let_go: Notify,
}

/// An access that is under way, until it is dropped.
struct OnBus<'a> {
    count: &'a Cell<u32>,
    _working: Working,
}

impl Drop for OnBus<'_> {
    fn drop(&mut self) {
        self.count.set(self.count.get() - 1);
    }
}

impl Port {
    pub fn new(work: Work) -> Self {
        Self {
            dma: OnceCell::new(),
            work,
            on_bus: Cell::new(0),
            held: Cell::new(false),
            let_go: Notify::new(),
        }
    }

    /// The bus, once there is one.
    pub fn connect(&self, dma: Dma) {
        // It is connected once.
        let _ = self.dma.set(dma);
    }

    pub fn hold(&self, hold: bool) {
        self.held.set(hold);
        self.let_go.notify_waiters();
    }

    pub const fn is_on_bus(&self) -> bool {
        self.on_bus.get() > 0
    }

    async fn begin(&self) -> Option<(&Dma, OnBus<'_>)> {
        while self.held.get() {
            self.let_go.notified().await;
        }
        self.on_bus.set(self.on_bus.get() + 1);
        let on_bus = OnBus {
            count: &self.on_bus,
            _working: self.work.begin(),
        };
        self.dma.get().map(|dma| (dma, on_bus))
    }

    /// Reads memory; a refusal is a failed transfer.
    pub async fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, Status> {
        let (dma, _on_bus) = self.begin().await.ok_or(Status::DATA_TRANSFER)?;
        let result = dma.read(Iova::new(at), len).await;
        result.map_err(|_| Status::DATA_TRANSFER)
    }

    /// Writes memory; a refusal is a failed transfer.
    pub async fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Status> {
        let (dma, _on_bus) = self.begin().await.ok_or(Status::DATA_TRANSFER)?;
        let result = dma.write(Iova::new(at), bytes).await;
        result.map_err(|_| Status::DATA_TRANSFER)
    }
}
