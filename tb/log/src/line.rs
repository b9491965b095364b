// SPDX-License-Identifier: Apache-2.0
//! The lines of a log.

use serde::{Deserialize, Serialize};

use crate::transaction::{Record, Transaction};

/// The version of the format that this crate reads and writes.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Log(Header),
    /// A transaction that has ended.
    Transaction(Box<Transaction>),
    /// An invalidation took effect.
    Invalidation(Invalidation),
    /// A fence.
    Fence(Fence),
    /// A fault record that belongs to no transaction of the log.
    Record(Record),
    /// A reset: everything that was under way is gone.
    Reset(Reset),
}

/// What the log is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the format: [`FORMAT`].
    pub format: u32,
    /// Where requests enter.
    pub port: Port,
    /// The build of the RTL.
    pub build: String,
}

/// Where requests enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Port {
    /// `iommu_axi`.
    Axi,
    /// `iommu_core_port`.
    Core,
    /// `iommu_pcie`.
    Pcie,
}

/// An invalidation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invalidation {
    /// When it took effect.
    pub clock: u64,
    /// The command, or the write of `ddtp` that acts like one.
    pub command: String,
}

/// IOFENCE.C.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fence {
    /// When the command was fetched.
    pub fetched: u64,
    /// The command.
    pub command: String,
    /// When its write to memory was acknowledged; null without AV, which
    /// shows on no port when it completes.
    pub written: Option<u64>,
}

/// A reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// When.
    pub clock: u64,
}
