// SPDX-License-Identifier: Apache-2.0
//! The bench: a system around the verilated IOMMU, and programs that run in it.
//!
//! [`System`] is the hardware: `iommu_axi`, memory, buses and protocol monitors,
//! one clock at a time. A [`Bench`] runs programs in it: plain `async` code that
//! plays software and devices and is woken when what it awaits has happened.
//!
//! ```
//! use sallyport_bench::{Bench, Build, Seed, SystemConfig};
//! use sallyport_formats::{DeviceId, Iova, Spa};
//!
//! let mut bench = Bench::new(&SystemConfig::new(Build::Default, Seed::new(1)))?;
//! bench.run(10_000, async |host| {
//!     // ddtp.iommu_mode = Bare: addresses pass as they are.
//!     host.cpu().write64(0x10, 1).await.unwrap();
//!     host.clocks(100).await;
//!     let dma = host.dma(DeviceId::from(5));
//!     dma.write(Iova::new(0x1002), b"sally port").await.unwrap();
//!     assert_eq!(dma.read(Iova::new(0x1008), 4).await.unwrap(), b"port");
//!     assert_eq!(host.load(Spa::new(0x1002), 5), b"sally");
//! })?;
//! # Ok::<(), sallyport_bench::BenchError>(())
//! ```
#![forbid(unsafe_code)]

pub mod hardware;
mod program;
pub mod replay;

pub use hardware::{Bus, Counters, Platform, System, SystemConfig, Waveform};
pub use program::{
    AccessSize, Attached, Bench, BenchError, Bursts, Cpu, Device, DeviceBus, Dma, DmaError,
    Doorbell, Function, Host, Mailbox, Pending, Refusal, RegisterError, Task,
};
pub use sallyport_bus::Seed;
pub use sallyport_sim::{Build, SimError};
