// SPDX-License-Identifier: Apache-2.0
//! What is of scenes 8 and 9 only, which are played over PCI Express.

use serde::Serialize;

/// Scene 8 with nobody who serves page requests.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PagingControl {
    /// Pages that the device asked for.
    pub asked: u64,
    /// How its job ended.
    pub stopped: &'static str,
    /// Pages that were put in place.
    pub present: u64,
}

/// A job of the device of scene 8.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PagingStep {
    /// What, in words.
    pub what: &'static str,
    /// How it ended: `done`, `refused`, `no page`, `failed`.
    pub ended: &'static str,
    /// Accesses whose translation was in the device's cache.
    pub hits: u64,
    /// Translation requests.
    pub translations: u64,
    /// Answers that the device discarded, because an invalidation met them.
    pub discarded: u64,
    /// Pages that the device asked for.
    pub asked: u64,
    /// Pages that the operating system put in place.
    pub mapped: u64,
    /// Groups of page requests that it answered.
    pub answers: u64,
    /// Those answered with a refusal.
    pub refused: u64,
    /// Invalidate requests that the device obeyed.
    pub invalidations: u64,
    /// Whether the data is the same as without paging.
    pub intact: bool,
}

/// What the liar of scene 9 sent, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Lie {
    /// What, in words.
    pub what: &'static str,
    /// What came back to it: `UR`, `CA`, `data`, a message, or `nothing`.
    pub answer: &'static str,
    /// What the IOMMU counted it as: `malformed`, `unsupported` or `poisoned`; `null`
    /// if it did not.
    pub counted: Option<&'static str>,
    /// `DID` of the fault record; `null` without record.
    pub device: Option<String>,
    /// `CAUSE` of the record in words.
    pub cause: Option<String>,
    /// `CAUSE` as a number.
    pub cause_code: Option<u16>,
    /// Whether all that is as it must be.
    pub as_expected: bool,
}
