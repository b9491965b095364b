// SPDX-License-Identifier: Apache-2.0
//! Programs that run in a system: software, devices, tests.
//!
//! A program is `async` code. It sleeps until something that it awaits has
//! happened and is never polled once a clock; a clock runs when every program
//! sleeps. All run in one thread, in an order that depends on the seed and on
//! the programs only.

mod bench;
mod bursts;
mod cpu;
mod device;
mod dma;
mod driver;
mod error;
mod events;
mod function;
mod functions;
mod host;
mod requests;
mod shared;
mod task;

pub use bench::Bench;
pub use bursts::Bursts;
pub use cpu::{Cpu, RegisterError};
pub use device::{AccessSize, Attached, Device, DeviceBus};
pub use dma::{Dma, DmaError, Refusal};
pub use error::BenchError;
pub use events::Doorbell;
pub use function::{Function, Mailbox, Pending};
pub use host::Host;
pub use task::Task;
