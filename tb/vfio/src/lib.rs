// SPDX-License-Identifier: Apache-2.0
//! The verilated IOMMU, and an NVMe controller behind it, as PCI functions over
//! vfio-user.
#![forbid(unsafe_code)]

mod counters;
mod error;
mod function;
mod nvme;
mod options;
mod ram;
mod server;
mod simulation;

pub use counters::{Counters, Nvme, Registers, Requests, Walks};
pub use error::Error;
pub use options::Options;
pub use sallyport_bench::{Build, DmaError, Refusal, Seed, Waveform};
pub use server::{Outcome, Server};
