// SPDX-License-Identifier: Apache-2.0
//! AXI4-Lite: the port through which software reaches the registers.

mod access;
mod manager;
mod signals;

pub use access::{LiteAccess, LiteCompletion, LiteHandle, LiteSize};
pub use manager::{AxiLiteManager, LiteTiming};
pub use signals::{LiteAddress, LiteData, LiteManagerSignals, LiteSubordinateSignals};
