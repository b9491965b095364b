// SPDX-License-Identifier: Apache-2.0
//! What is of scene 5 only.

use serde::Serialize;

/// Scene 5 without process ids.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ProgramControl {
    /// Programs that found what the device had written for them.
    pub intact: u64,
}

/// One of the two programs.
#[derive(Clone, Debug, Serialize)]
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    /// The process's id.
    pub process: String,
    /// Its pages, as the processor and the device find them.
    pub pages: Vec<PageView>,
    /// Whether the device read what the program had stored.
    pub device_reads_own: bool,
    /// Whether the program loaded what the device had written.
    pub program_loads_own: bool,
    /// Translations out of the processor's TLB.
    pub tlb_hits: u64,
    /// Walks of the processor's.
    pub walks: u64,
}

/// A page of a program's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageView {
    /// Where the program and the device find it.
    pub address: String,
    /// Where the program's loads and stores go.
    pub processor: String,
    /// Where the device's accesses went; `null` if they went to no page, or to
    /// several.
    pub device: Option<String>,
    /// The leaf's A bit in the end.
    pub accessed: bool,
    /// Its D bit.
    pub dirty: bool,
}

/// An access that not everybody may make, by the program and by the device in
/// its name.
#[derive(Clone, Debug, Serialize)]
pub struct SharedAccess {
    /// What, in words.
    pub what: &'static str,
    /// The address.
    pub address: String,
    /// The exception's code, or `null` if the program may.
    pub processor_code: Option<u16>,
    /// `CAUSE` of the fault record, or `null` without one.
    pub device_code: Option<u16>,
    /// The same in words.
    pub device_cause: Option<String>,
    /// `PID` of the record.
    pub process: Option<String>,
    /// Whether both are as they must be.
    pub as_expected: bool,
}
