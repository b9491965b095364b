// SPDX-License-Identifier: Apache-2.0
//! The verilated IOMMU and the bus models around it, one clock at a time.

mod backplane;
mod config;
mod core_system;
mod counters;
mod data_port;
mod device_port;
mod digest;
mod message_port;
mod pcie_system;
mod pins;
mod platform;
mod request_port;
mod seen;
mod system;
mod tlp_capture;
mod tlp_port;

pub use backplane::{DATA_PORT, RESET_CLOCKS, TABLE_PORT};
pub use config::{SystemConfig, Waveform, width};
pub use core_system::CoreSystem;
pub use counters::Counters;
pub use data_port::DataAddress;
pub use digest::Digest;
pub use message_port::MessagePort;
pub use pcie_system::PcieSystem;
pub use platform::{Bus, Platform};
pub use request_port::{Answered, CoreRequest, Ticket, core_request};
pub use seen::Seen;
pub use system::{DEVICE_ID_BITS, System};
pub use tlp_capture::CaptureFailed;
pub use tlp_port::{Incoming, Outgoing, TlpPort};
