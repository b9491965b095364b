// SPDX-License-Identifier: Apache-2.0
//! A memory and a register file for tests of what is built on the driver.
//!
//! The register file behaves as an IOMMU that has nothing to translate: it
//! switches queues on and off, executes commands by writing them down, and
//! records what a test has it record.

mod memory;
mod registers;

pub use memory::FakeMemory;
pub use registers::FakeRegisters;
