// SPDX-License-Identifier: Apache-2.0
//! Conformance vectors on the RTL.
//!
//! [`RtlTarget`] makes any top a [`Target`](sallyport_vectors::Target) for
//! the player. Every case gets a model of its own, fresh from power-on, so that
//! a case does the same alone and among others; [`play_all`] spreads cases over
//! threads.

mod axi;
mod config;
mod core;
mod packet;
mod pcie;
mod pool;
mod probe;
mod target;

pub use self::axi::{AxiPort, request_beat};
pub use self::config::{PortKind, ReplayConfig};
pub use self::core::CorePort;
pub use self::pcie::PciePort;
pub use self::pool::{Played, play_all};
pub use self::probe::{Probed, probe};
pub use self::target::{Port, RtlTarget};
