// SPDX-License-Identifier: Apache-2.0
//! Work that a DMA engine does beside what a scene is about.

use sallyport_bench::Attached;
use sallyport_devices::DmaEngine;
use sallyport_devices::engine::{Job, Operation};
use sallyport_formats::{DeviceId, Spa};
use sallyport_os::{Buffer, EngineDriver, Os, OsError};

/// Bytes that the engine copies at a time.
const BYTES: u32 = 6000;

/// What the engine does all the time.
pub struct Jobs {
    os: Os,
    driver: EngineDriver,
    source: Buffer,
    target: Buffer,
    checksum: u32,
    pub done: u64,
    pub wrong: u64,
}

impl Jobs {
    pub async fn new(os: &Os, engine: Attached<DmaEngine>, id: DeviceId) -> Result<Self, OsError> {
        let space = os.attach(id).await?;
        let source = space.allocate(BYTES.into()).await?;
        let target = space.allocate(BYTES.into()).await?;
        let contents: Vec<u8> = (0..BYTES).map(|n| ((n * n) >> 3) as u8).collect();
        os.write(&source, 0, &contents);
        Ok(Self {
            os: os.clone(),
            driver: EngineDriver::start(engine, &space).await?,
            source,
            target,
            checksum: crc32fast::hash(&contents),
            done: 0,
            wrong: 0,
        })
    }

    /// Bytes that were copied.
    pub const fn bytes(&self) -> u64 {
        self.done * BYTES as u64
    }

    /// Pages that the work changes.
    pub fn pages(&self) -> impl Iterator<Item = Spa> {
        let target = self.target.pages().iter().copied();
        target.chain(self.driver.ring_pages())
    }

    /// Copies, and looks whether it arrived.
    pub async fn run(&mut self) -> Result<(), OsError> {
        self.os.write(&self.target, 0, &vec![0; BYTES as usize]);
        let job = Job {
            operation: Operation::Copy(self.source.iova()),
            destination: self.target.iova(),
            length: BYTES,
            process: None,
        };
        let result = self.driver.run(&job).await?;
        let copy = self.os.read(&self.target, 0, BYTES as usize);
        let right = !result.error
            && result.checksum == self.checksum
            && crc32fast::hash(&copy) == self.checksum;
        self.done += 1;
        self.wrong += u64::from(!right);
        Ok(())
    }

    /// Stops the engine.
    pub async fn stop(self) {
        self.driver.stop().await;
    }
}
