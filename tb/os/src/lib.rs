// SPDX-License-Identifier: Apache-2.0
//! A small operating system for the bench.
//!
//! [`Os::boot`] starts the IOMMU through the driver crate and from then on owns
//! physical memory ([`Ram`]), the address space of each device
//! ([`AddressSpace`]) and the fault records. [`Processes`] share a device,
//! [`Mmu`] is what their programs reach memory through, and a [`VirtualMachine`]
//! is given devices and runs a system of its own. [`NicDriver`] and
//! [`EngineDriver`] run the devices of `sallyport-devices`. Everything that
//! takes the hardware time is awaited.
//!
//! The same system also boots without translation ([`Translation::Off`]):
//! devices are then given physical addresses, as in a machine without IOMMU.
//!
//! ```
//! use sallyport_bench::{Bench, Build, Seed, SystemConfig};
//! use sallyport_formats::DeviceId;
//! use sallyport_os::{Os, OsConfig};
//!
//! let mut bench = Bench::new(&SystemConfig::new(Build::Default, Seed::new(1)))?;
//! bench.run(100_000, async |host| {
//!     let os = Os::boot(&host, OsConfig::default()).await.unwrap();
//!     let device = DeviceId::from(0x100);
//!     let space = os.attach(device).await.unwrap();
//!     let buffer = space.allocate(0x3000).await.unwrap();
//!     host.dma(device).write(buffer.iova(), &[1; 0x3000]).await.unwrap();
//!     assert_eq!(os.read(&buffer, 0x2000, 4), [1; 4]);
//! })?;
//! # Ok::<(), sallyport_bench::BenchError>(())
//! ```
#![forbid(unsafe_code)]

mod buffer;
mod contexts;
mod engine;
mod error;
mod faults;
mod interrupt_file;
mod iova;
mod mmu;
mod nic;
mod os;
mod pager;
mod processes;
mod ram;
mod registers;
mod ring;
mod space;
mod vm;

pub use buffer::Buffer;
pub use engine::EngineDriver;
pub use error::OsError;
pub use faults::FaultWatch;
pub use interrupt_file::InterruptFile;
pub use mmu::{Mmu, MmuCounters, PageFault, Satp};
pub use nic::{NicDriver, NicLayout, Received};
pub use os::{Os, OsConfig, Services, Translation};
pub use pager::{Pager, PagerCounts};
pub use processes::Processes;
pub use ram::{Policy, RAM, Ram};
pub use sallyport_driver::Permissions;
pub use space::AddressSpace;
pub use vm::{VirtualMachine, VmConfig};
