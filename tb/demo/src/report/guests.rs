// SPDX-License-Identifier: Apache-2.0
//! What is of scenes 6 and 7 only.

use super::Outcome;
use serde::Serialize;

/// Scene 6 without second stage.
#[derive(Clone, Debug, Serialize)]
pub struct GuestControl {
    /// Attempts.
    pub attempts: u64,
    /// Those that were let through.
    pub passed: u64,
    /// Whether the guest read a secret.
    pub secret_read: bool,
    /// CRC-32 of all memory that is not the guest's before.
    pub before: String,
    /// The same after.
    pub after: String,
}

/// What a guest had its device reach for.
#[derive(Clone, Debug, Serialize)]
pub struct Reach {
    /// What, in words.
    pub what: &'static str,
    /// The address that the device used.
    pub iova: String,
    /// What came of it.
    pub outcome: Outcome,
    /// `CAUSE` of the fault record as a number; `null` without record.
    pub cause_code: Option<u16>,
    /// `CAUSE` in words.
    pub cause: Option<String>,
    /// The guest-physical address in `iotval2`; `null` where that is 0.
    pub guest_address: Option<String>,
    /// Whether the guest's own tables were what could not be reached: bit 0 of
    /// `iotval2`.
    pub implicit: bool,
    /// Whose tables stopped it: `guest` for page faults, `host` for guest-page
    /// faults.
    pub stopped_by: Option<&'static str>,
    /// Whether outcome and record are the ones that must come.
    pub as_expected: bool,
}

/// Scene 7 without MSI page table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MessageControl {
    /// Messages that the NIC sent.
    pub sent: u64,
    /// Those that arrived in an interrupt file.
    pub arrived: u64,
    /// Those that were refused.
    pub refused: u64,
}

/// Interrupts of a virtual processor, for some time.
#[derive(Clone, Debug, Serialize)]
pub struct FileLine {
    /// The processor's number.
    pub hart: u32,
    /// Whether it was running.
    pub running: bool,
    /// The guest-physical address that messages are sent to.
    pub address: String,
    /// Where they are kept: `hardware` or `memory`.
    pub file: &'static str,
    /// Where that is.
    pub place: String,
    /// Messages that the NIC sent.
    pub sent: u64,
    /// Interrupts that arrived.
    pub arrived: u64,
    /// Those of which the data was there when they arrived.
    pub data_there: u64,
    /// Notices, each of which is an entry into the hypervisor.
    pub notices: u64,
}
