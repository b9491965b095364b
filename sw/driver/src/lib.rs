// SPDX-License-Identifier: Apache-2.0
//! A driver of the RISC-V IOMMU for firmware and operating systems.
//!
//! The crate is `no_std`, needs no allocator and has no unsafe code. It reaches
//! the hardware through two traits that its user implements: [`Memory`] and
//! [`Registers`] (or [`Mmio`], where a register is a plain load or store).
//!
//! - [`Iommu`] starts the IOMMU and has its queues: commands with tickets,
//!   faults, interrupts, devices attached and detached.
//! - [`FirstStageTable`] and [`SecondStageTable`] are page tables.
//! - [`DeviceDirectory`] is the device directory, for those who manage it
//!   themselves.
//!
//! Nothing blocks without bound: whatever takes time is queued first and looked
//! at later, or waited for by a counted number of looks.
//!
//! Register accesses are futures, so that one driver serves a simulator, where
//! an access takes clocks, and metal, where [`now`] runs each operation at once.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "fake"))]
extern crate alloc;

mod command_queue;
mod config;
mod device_directory;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod fault_queue;
mod init;
mod iommu;
mod memory;
mod page_table;
mod queue;
mod registers;

pub use command_queue::{Recovery, Ticket};
pub use config::{Config, Interrupts, Message, Vectors};
pub use device_directory::{DeviceDirectory, context_invalidations};
pub use error::{CommandError, Error};
pub use fault_queue::FaultLoss;
pub use iommu::Iommu;
pub use memory::Memory;
pub use page_table::{
    First, FirstStageTable, PageSize, PageSizes, PageTable, Permissions, Second, SecondStageTable,
    Stage, Translation,
};
pub use registers::{Immediate, Mmio, Registers, now};
pub use sallyport_formats as formats;
