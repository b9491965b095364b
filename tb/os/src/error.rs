// SPDX-License-Identifier: Apache-2.0
//! What can go wrong.

use sallyport_formats::DeviceId;

/// An operation of the operating system failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OsError {
    /// The IOMMU's driver.
    #[error("IOMMU driver: {0}")]
    Iommu(#[from] sallyport_driver::Error),
    /// Physical memory is used up.
    #[error("out of memory for {bytes} bytes")]
    OutOfMemory {
        /// What was asked for.
        bytes: u64,
    },
    /// No free range in a device's address space.
    #[error("no room for {bytes} bytes in the address space of device {device}")]
    AddressSpace {
        /// The device.
        device: DeviceId,
        /// What was asked for.
        bytes: u64,
    },
    /// The IOMMU was shut down.
    #[error("the IOMMU is off")]
    Off,
    /// A device stopped working.
    #[error("{device} {what}")]
    Device {
        /// Which.
        device: &'static str,
        /// What it did.
        what: &'static str,
    },
}
