// SPDX-License-Identifier: Apache-2.0
//! What was tried, in numbers.

use crate::run::Ran;
use sallyport_formats::Cause;
use std::collections::BTreeMap;

/// Sums over cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases.
    pub cases: u64,
    /// Requests answered.
    pub requests: u64,
    /// Requests answered from the caches.
    pub hits: u64,
    /// Clocks.
    pub clocks: u64,
    /// Invalidations.
    pub invalidations: u64,
    /// Invalidations with requests under way.
    pub invalidations_in_flight: u64,
    /// Fences.
    pub fences: u64,
    /// Requests that met a bus error or poison.
    pub bus_errors: u64,
    /// A and D updates.
    pub updates: u64,
    /// Answers that only a cache explains.
    pub stale: u64,
    /// Refusals by cause.
    pub causes: BTreeMap<u16, u64>,
    /// Refusals without a record.
    pub unreported: u64,
    /// Translations by bytes of the page; 0 is no translation.
    pub sizes: BTreeMap<u64, u64>,
    /// Translations by bytes of the pages of both stages; 0 is no translation.
    pub pairs: BTreeMap<[u64; 2], u64>,
    /// Answers with too many combinations of versions to judge them.
    pub undecided: u64,
    /// Page requests and Stop Markers.
    pub page_requests: u64,
    /// Of these, those that were queued.
    pub pages_queued: u64,
    /// Responses of the IOMMU to page requests, by code.
    pub page_responses: BTreeMap<u8, u64>,
    /// Invalidations of devices that were answered.
    pub device_invalidations: u64,
    /// Translated requests with a translation that the device held.
    pub held: u64,
}

impl Counts {
    /// Adds a case.
    pub fn add(&mut self, ran: &Ran) {
        let verdict = &ran.verdict;
        self.cases += 1;
        self.requests += ran.requests;
        self.hits += ran.hits;
        self.clocks += ran.clocks;
        self.invalidations += ran.invalidations;
        self.invalidations_in_flight += ran.invalidations_in_flight;
        self.fences += ran.fences;
        self.updates += verdict.updates;
        self.stale += verdict.stale;
        self.unreported += verdict.unreported;
        self.undecided += verdict.undecided;
        self.page_requests += verdict.pages;
        self.pages_queued += verdict.pages_queued;
        self.device_invalidations += ran.device_invalidations;
        self.held += ran.held;
        for (code, count) in &verdict.page_responses {
            *self.page_responses.entry(*code).or_default() += count;
        }
        for (cause, count) in &verdict.causes {
            *self.causes.entry(*cause).or_default() += count;
            if comes_from_the_bus(Cause::from_code(*cause)) {
                self.bus_errors += count;
            }
        }
        for (pair, count) in &verdict.pairs {
            *self.pairs.entry(*pair).or_default() += count;
        }
        for (size, count) in &verdict.sizes {
            *self.sizes.entry(*size).or_default() += count;
        }
    }
}

fn comes_from_the_bus(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::InstructionAccessFault
            | Cause::ReadAccessFault
            | Cause::WriteAccessFault
            | Cause::DdtAccessFault
            | Cause::DdtCorrupted
            | Cause::PtCorrupted
            | Cause::MsiPteAccessFault
            | Cause::MsiPtCorrupted
            | Cause::PdtAccessFault
            | Cause::PdtCorrupted
    )
}
