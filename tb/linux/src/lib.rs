// SPDX-License-Identifier: Apache-2.0
//! Boots Linux with the verilated IOMMU as its IOMMU.
//!
//! QEMU runs the kernel. The IOMMU and an NVMe controller are PCI functions that
//! `sallyport-vfio` serves over vfio-user, with the guest's memory shared: registers,
//! walks, queues and every DMA of the controller go through the RTL. A [`Run`] boots
//! the guest once, gives it a workload and is [judged](judge) by what the guest's
//! console says, by checksums of both sides and by what the RTL was seen to do.
#![forbid(unsafe_code)]

pub mod boot;
pub mod child;
pub mod clock;
pub mod console;
pub mod distribution;
pub mod error;
pub mod hardware;
pub mod initramfs;
pub mod judge;
pub mod plan;
pub mod qemu;
pub mod render;
pub mod summary;

pub use boot::{Options, boot};
pub use distribution::Distribution;
pub use error::Error;
pub use plan::{Pages, Rogue, Run};
