// SPDX-License-Identifier: Apache-2.0
//! Registers and in-memory formats of the RISC-V IOMMU.
//!
//! The crate is `no_std` and depends on nothing. It has three layers:
//!
//! - [`addr`] and [`id`]: newtypes for addresses and identifiers, so that a
//!   guest-physical address is never taken for a physical one;
//! - [`constants`]: every offset, bit position and code of the specification
//!   as a plain number, by the names that the C header and the RTL use;
//! - the formats proper ([`regs`], [`context`], [`directory`], [`pte`],
//!   [`msi`], [`command`], [`record`]): plain structs with `parse` and `emit`.
//!   `parse` ignores reserved bits; the constant `FIELDS` of each struct tells
//!   which bits are not reserved.
//!
//! ```
//! use sallyport_formats::{DeviceId, Iova};
//!
//! let did = DeviceId::new(0x00_0100).unwrap();
//! assert_eq!(did.to_string(), "0x000100");
//! assert!(DeviceId::new(0x100_0000).is_err());
//!
//! let iova = Iova::new(0x10_0000);
//! assert_eq!(iova.checked_add(0xfff), Some(Iova::new(0x10_0fff)));
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
mod bits;
#[macro_use]
pub mod endian;

pub mod addr;
pub mod cause;
pub mod command;
pub mod constants;
pub mod context;
pub mod directory;
pub mod id;
pub mod mode;
pub mod msi;
pub mod pte;
pub mod record;
pub mod regs;

pub use addr::{Gpa, Iova, PAGE_SHIFT, PAGE_SIZE, Spa};
pub use cause::{Cause, TransactionType};
pub use command::Command;
pub use context::{DeviceContext, ProcessContext};
pub use endian::{Endian, Truncated};
pub use id::{DeviceId, Gscid, OutOfRange, ProcessId, Pscid};
pub use mode::{FirstStage, SecondStage};
pub use msi::MsiPte;
pub use pte::{Pbmt, Pte, Pte32};
pub use record::{FaultRecord, PageRequest};
