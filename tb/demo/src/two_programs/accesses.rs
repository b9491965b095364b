// SPDX-License-Identifier: Apache-2.0
//! Accesses that not every program may make, and no device in its name.

use super::program::Party;
use crate::records::next_record;
use crate::report::SharedAccess;
use sallyport_devices::engine::{Job, Operation};
use sallyport_formats::{Cause, Iova, PAGE_SIZE, ProcessId};
use sallyport_os::{EngineDriver, Mmu, OsError, Permissions, Policy};

/// A page that only the first program has.
const PRIVATE: Iova = Iova::new(0x20_0000);
/// A page that both may only read.
const READ_ONLY: Iova = Iova::new(0x30_0000);
/// An id that no process has.
const UNKNOWN: ProcessId = ProcessId::truncate(0x13);

/// Who tries what, and what must come of it.
struct Plan {
    what: &'static str,
    /// Which program; `None` for a process that does not exist.
    party: Option<usize>,
    at: Iova,
    store: bool,
    expected: Option<Cause>,
}

pub struct Accesses(Vec<Plan>);

impl Accesses {
    /// Maps the pages.
    pub fn prepare(parties: &[Party]) -> Result<Self, OsError> {
        for (n, party) in parties.iter().enumerate() {
            let ram = party.space.os().ram();
            let page = || {
                let page = ram.pages(1, Policy::Scattered);
                page.ok_or(OsError::OutOfMemory { bytes: PAGE_SIZE })
            };
            party.space.adopt_at(READ_ONLY, page()?, Permissions::R)?;
            if n == 0 {
                party.space.adopt_at(PRIVATE, page()?, Permissions::RW)?;
            }
        }
        let plan = |what, party, at, store, expected| Plan {
            what,
            party,
            at,
            store,
            expected,
        };
        let (load, store) = (Cause::ReadPageFault, Cause::WritePageFault);
        Ok(Self(vec![
            plan("A reads a page of its own", Some(0), PRIVATE, false, None),
            plan("A writes that page", Some(0), PRIVATE, true, None),
            plan("B reads A's page", Some(1), PRIVATE, false, Some(load)),
            plan("B writes A's page", Some(1), PRIVATE, true, Some(store)),
            plan(
                "B reads a page to be read only",
                Some(1),
                READ_ONLY,
                false,
                None,
            ),
            plan("B writes that page", Some(1), READ_ONLY, true, Some(store)),
            plan(
                "a process that does not exist reads",
                None,
                super::ADDRESS,
                false,
                Some(Cause::PdtInvalid),
            ),
        ]))
    }

    /// Has the programs try, and the device in their names.
    pub async fn try_all(
        &self,
        parties: &[Party],
        driver: &mut EngineDriver,
        mmu: &Mmu,
    ) -> Result<Vec<SharedAccess>, OsError> {
        let mut results = Vec::new();
        for plan in &self.0 {
            results.push(plan.run(parties, driver, mmu).await?);
        }
        Ok(results)
    }
}

impl Plan {
    async fn run(
        &self,
        parties: &[Party],
        driver: &mut EngineDriver,
        mmu: &Mmu,
    ) -> Result<SharedAccess, OsError> {
        let os = parties[0].space.os();
        let party = self.party.map(|n| &parties[n]);
        let satp = party.and_then(|party| party.space.satp());
        let fault = satp.and_then(|satp| mmu.translate(&satp, self.at, self.store).err());
        let mut faults = os.watch_faults(Some(super::DEVICE));
        let process = party.map_or(Some(UNKNOWN), |party| party.space.process());
        let job = Job {
            operation: if self.store {
                Operation::Fill(0)
            } else {
                Operation::Checksum(self.at)
            },
            destination: self.at,
            length: 64,
            process,
        };
        let result = driver.run(&job).await?;
        // Of a posted write the device hears nothing.
        let silent = self.store && os.host().bus().posts_writes();
        let record = if result.error || silent && self.expected.is_some() {
            next_record(os.host(), &mut faults).await
        } else {
            faults.try_next()
        };
        let processor = fault.map(|fault| fault.cause());
        let device = record.map(|record| record.cause);
        let named = record
            .is_none_or(|record| record.process() == process && record.iotval == self.at.raw());
        let same = self.party.is_none() || processor == self.expected;
        Ok(SharedAccess {
            what: self.what,
            address: self.at.to_string(),
            processor_code: processor.map(Cause::code),
            device_code: device.map(Cause::code),
            device_cause: device.map(|cause| cause.description().to_owned()),
            process: record
                .and_then(|record| record.process())
                .map(|process| process.to_string()),
            as_expected: same
                && device == self.expected
                && result.error == (self.expected.is_some() && !silent)
                && named,
        })
    }
}
