// SPDX-License-Identifier: Apache-2.0
//! Devices for the bench, each with its datasheet in its module:
//!
//! - [`nic`]: receives and transmits frames through rings of descriptors;
//! - [`engine`]: copies, fills and sums up memory by descriptors;
//! - [`rogue`]: reaches for memory that it was not given;
//! - [`ats`]: has an address translation cache, and asks for pages;
//! - [`liar`]: forges packets of PCI Express.
//!
//! They know nothing of physical memory: every address they use is one that
//! software has put into a register or a descriptor, and every access goes
//! through the IOMMU.
#![forbid(unsafe_code)]

pub mod ats;
pub mod engine;
pub mod liar;
pub mod message;
pub mod nic;
mod ring;
pub mod rogue;

pub use ats::AtsEngine;
pub use engine::DmaEngine;
pub use liar::Liar;
pub use nic::Nic;
pub use ring::DESCRIPTOR_BYTES;
pub use rogue::Rogue;
