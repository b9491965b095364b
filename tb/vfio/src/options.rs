// SPDX-License-Identifier: Apache-2.0
//! What is asked of a server.

use sallyport_bench::{Build, Seed, Waveform};
use std::path::PathBuf;

/// The choices of a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The build of the RTL: one with interrupts by message, so not [`Build::Small`].
    pub build: Build,
    /// Where the disk's contents and the simulation's random numbers come from.
    pub seed: Seed,
    /// Where the IOMMU's function is to be found; must not exist.
    pub iommu_socket: PathBuf,
    /// Where the NVMe controller's function is to be found; must not exist.
    pub nvme_socket: PathBuf,
    /// Bytes of the disk: a multiple of 512, 4096 to 4 GiB, held in memory.
    pub disk_bytes: u64,
    /// Bits of `capabilities` that software does not get to see: a way to have it use
    /// less than the build offers. The RTL stays as it is, and has it all.
    pub mask_capabilities: u64,
    /// A waveform to be written.
    pub wave: Option<Waveform>,
    /// A log of all transactions to be written, in the format of docs/log-format.md.
    pub log: Option<PathBuf>,
}

impl Options {
    /// [`Build::Full`], a disk of 64 MiB, no waveform, no log.
    #[must_use]
    pub fn new(iommu_socket: impl Into<PathBuf>, nvme_socket: impl Into<PathBuf>) -> Self {
        Self {
            build: Build::Full,
            seed: Seed::new(1),
            iommu_socket: iommu_socket.into(),
            nvme_socket: nvme_socket.into(),
            disk_bytes: 64 << 20,
            mask_capabilities: 0,
            wave: None,
            log: None,
        }
    }
}
