// SPDX-License-Identifier: Apache-2.0
//! The driver against the golden model: what it builds is what an IOMMU of the
//! specification reads, and the commands it queues are what such an IOMMU takes.

mod devices;
mod guest;
mod interrupts;
mod machine;
mod monitor;
mod pages;
mod processes;
