// SPDX-License-Identifier: Apache-2.0
//! Driver of the DMA engine.

use sallyport_bench::Attached;
use sallyport_devices::DmaEngine;
use sallyport_devices::engine::{Job, Result as JobResult, STATUS_HALT, reg};
use sallyport_formats::Spa;

use crate::error::OsError;
use crate::ring::DriverRing;
use crate::space::AddressSpace;

/// Runs a DMA engine, a job at a time.
#[derive(Debug)]
pub struct EngineDriver {
    device: Attached<DmaEngine>,
    ring: DriverRing,
}

impl EngineDriver {
    /// Sets the engine up with a ring in `space`.
    ///
    /// # Errors
    /// As from [`AddressSpace::allocate`].
    pub async fn start(device: Attached<DmaEngine>, space: &AddressSpace) -> Result<Self, OsError> {
        let ring = DriverRing::new(space, 4).await?;
        device.write64(reg::BASE, ring.buffer().iova().raw()).await;
        device.write32(reg::SIZE, ring.log2_size()).await;
        device.write32(reg::CTRL, 1).await;
        Ok(Self { device, ring })
    }

    /// Has a job done, and waits for its result.
    ///
    /// # Errors
    /// [`OsError::Device`] if the engine stands still.
    pub async fn run(&mut self, job: &Job) -> Result<JobResult, OsError> {
        self.ring.push(job.emit());
        self.device.write32(reg::TAIL, self.ring.tail()).await;
        loop {
            self.device.interrupt(1).await;
            let status = self.device.read32(reg::STATUS).await;
            self.device.write32(reg::STATUS, status).await;
            if status & STATUS_HALT != 0 {
                return Err(OsError::Device {
                    device: "the DMA engine",
                    what: "cannot access its ring",
                });
            }
            if let Some(result) = self.ring.peek(0).and_then(JobResult::parse) {
                self.ring.retire(1);
                return Ok(result);
            }
        }
    }

    /// Pages of its ring.
    pub fn ring_pages(&self) -> impl Iterator<Item = Spa> {
        self.ring.buffer().pages().iter().copied()
    }

    /// Stops the engine.
    pub async fn stop(self) {
        self.device.write32(reg::CTRL, 0).await;
    }
}
