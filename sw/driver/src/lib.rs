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
//!   themselves; [`ProcessDirectory`] the processes of a device.
//! - [`MsiTable`] and [`InterruptFile`] take a guest's interrupts to a real or
//!   to a memory-resident interrupt file.
//!
//! A guest uses the same page tables, directories and commands as the host does,
//! over a [`Memory`] of its own whose addresses are guest-physical.
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
mod debug;
mod device_directory;
mod directory;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod init;
mod interrupt_file;
mod iommu;
mod memory;
mod monitor;
mod msi_table;
mod page_requests;
mod page_table;
mod process_directory;
mod queue;
mod record_queue;
mod registers;

pub use command_queue::{Recovery, Ticket};
pub use config::{Config, Interrupts, Message, Vectors};
pub use debug::{DebugAccess, DebugRequest};
pub use device_directory::{DeviceDirectory, context_invalidations};
pub use error::{CommandError, Error};
pub use interrupt_file::InterruptFile;
pub use iommu::Iommu;
pub use memory::Memory;
pub use msi_table::{MsiTable, MsiWindow};
pub use page_requests::{PageResponse, device_invalidations};
pub use page_table::{
    First, FirstStageTable, PageSize, PageSizes, PageTable, Permissions, Reach, Second,
    SecondStageTable, Stage, Translation,
};
pub use process_directory::{ProcessDirectory, process_context, process_invalidations};
pub use record_queue::QueueLoss;
pub use registers::{Immediate, Mmio, Registers, now};
pub use sallyport_formats as formats;
