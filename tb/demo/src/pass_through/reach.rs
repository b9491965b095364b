// SPDX-License-Identifier: Apache-2.0
//! What the guest has its DMA engine reach for.

use super::{SECRET, secret_page, write_secret};
use crate::guest;
use crate::records::next_record;
use crate::report::{Outcome, Reach};
use sallyport_bench::Attached;
use sallyport_devices::DmaEngine;
use sallyport_devices::engine::{Job, Operation};
use sallyport_driver::Memory;
use sallyport_formats::{Cause, FaultRecord, Gscid, Iova, PAGE_SIZE, Pte, Spa};
use sallyport_os::{
    AddressSpace, EngineDriver, FaultWatch, Os, OsError, Permissions, VirtualMachine,
};

/// Bytes of an attempt.
const BYTES: u32 = 64;
/// Where the guest maps a page of its neighbour's.
const NEIGHBOUR: Iova = Iova::new(0x4000_0000);
/// Where it maps a page of the host's.
const HOST: Iova = Iova::new(0x5000_0000);
/// What it does not map.
const NOTHING: Iova = Iova::new(0x6000_0000);
/// What its root points somewhere else for.
const ASTRAY: Iova = Iova::new(0x10_0000_0000);

/// Memory that is not the guest's.
pub struct Targets {
    /// A page of another guest's.
    neighbour: Spa,
    /// A page of the host's.
    host: Spa,
}

impl Targets {
    /// Makes the neighbour, and puts the secret into both pages.
    pub fn new(os: &Os) -> Result<Self, OsError> {
        let config = guest::config("the other guest", Gscid::from(2));
        let neighbour = VirtualMachine::new(os, config)?;
        let full = OsError::OutOfMemory { bytes: PAGE_SIZE };
        // Its last page, which no guest-physical address of the other names.
        let page = neighbour.host_pages().last().ok_or(full)?;
        write_secret(os, page);
        Ok(Self {
            neighbour: page,
            host: secret_page(os)?,
        })
    }
}

/// An attempt, and what must come of it.
struct Plan {
    what: &'static str,
    at: Iova,
    write: bool,
    cause: Cause,
    /// The guest-physical address that the record must name.
    guest_address: Option<Spa>,
    implicit: bool,
}

/// A guest that is up to no good.
pub struct Reacher {
    space: AddressSpace,
    engine: EngineDriver,
    /// Whether it has read the secret.
    pub has_secret: bool,
}

impl Reacher {
    /// The guest of this machine, with a DMA engine.
    pub async fn new(engine: Attached<DmaEngine>, space: &AddressSpace) -> Result<Self, OsError> {
        Ok(Self {
            engine: EngineDriver::start(engine, space).await?,
            space: space.clone(),
            has_secret: false,
        })
    }

    /// Maps what it wants, which nobody keeps it from, and tries. `faults` is
    /// what the hypervisor hears; without, only what a first stage lets pass is
    /// tried.
    pub async fn try_all(
        &mut self,
        targets: &Targets,
        mut faults: Option<&mut FaultWatch>,
    ) -> Result<Vec<Reach>, OsError> {
        self.map(targets)?;
        let mut plans = plans(targets);
        if faults.is_none() {
            plans.truncate(4);
        }
        let mut attempts = Vec::new();
        for plan in &plans {
            attempts.push(self.attempt(plan, faults.as_deref_mut()).await?);
        }
        Ok(attempts)
    }

    fn map(&self, targets: &Targets) -> Result<(), OsError> {
        for (at, target) in [(NEIGHBOUR, targets.neighbour), (HOST, targets.host)] {
            self.space.adopt_at(at, vec![target], Permissions::RW)?;
        }
        let satp = self.space.satp().ok_or(OsError::Off)?;
        let entry = Spa::new(satp.root.raw() + (ASTRAY.raw() >> 30 << 3));
        let pointer = Pte::pointer(targets.neighbour.page_number()).emit();
        self.space.os().ram().clone().write64(entry, pointer);
        Ok(())
    }

    async fn attempt(
        &mut self,
        plan: &Plan,
        faults: Option<&mut FaultWatch>,
    ) -> Result<Reach, OsError> {
        let job = Job {
            operation: if plan.write {
                Operation::Fill(!SECRET)
            } else {
                Operation::Checksum(plan.at)
            },
            destination: plan.at,
            length: BYTES,
            process: None,
        };
        let result = self.engine.run(&job).await?;
        let secret = SECRET.to_le_bytes().repeat(BYTES as usize / 8);
        let found = !plan.write && !result.error && result.checksum == crc32fast::hash(&secret);
        self.has_secret |= found;
        let host = self.space.os().host();
        // Of a posted write the device hears nothing.
        let silent = plan.write && host.bus().posts_writes();
        let record = match faults {
            Some(faults) if result.error || silent => next_record(host, faults).await,
            _ => None,
        };
        let outcome = match (result.error, record) {
            (true, _) => Outcome::Refused,
            (false, Some(_)) if silent => Outcome::Dropped,
            (false, _) => Outcome::Passed,
        };
        let expected = if silent {
            Outcome::Dropped
        } else {
            Outcome::Refused
        };
        let cause = record.map(|record| record.cause);
        Ok(Reach {
            what: plan.what,
            iova: plan.at.to_string(),
            outcome,
            cause_code: cause.map(Cause::code),
            cause: cause.map(|cause| cause.description().to_owned()),
            guest_address: record
                .filter(|record| record.iotval2 != 0)
                .map(|record| record.guest_address().to_string()),
            implicit: record.is_some_and(|record| record.is_implicit()),
            stopped_by: cause.map(|cause| {
                if cause.is_guest_page_fault() {
                    "host"
                } else {
                    "guest"
                }
            }),
            as_expected: outcome == expected && record.is_some_and(|record| plan.expects(&record)),
        })
    }

    /// Stops the engine.
    pub async fn stop(self) {
        self.engine.stop().await;
    }
}

impl Plan {
    fn expects(&self, record: &FaultRecord) -> bool {
        let guest_address = self.guest_address.map_or(0, Spa::raw);
        record.cause == self.cause
            && record.did == super::ENGINE
            && record.iotval == self.at.raw()
            && record.iotval2 == guest_address | u64::from(self.implicit)
    }
}

fn plans(targets: &Targets) -> Vec<Plan> {
    let plan = |what, at, write, cause, guest_address| Plan {
        what,
        at,
        write,
        cause,
        guest_address,
        implicit: false,
    };
    let (neighbour, host) = (Some(targets.neighbour), Some(targets.host));
    let (read, write) = (Cause::ReadGuestPageFault, Cause::WriteGuestPageFault);
    vec![
        plan(
            "read of another guest's page",
            NEIGHBOUR,
            false,
            read,
            neighbour,
        ),
        plan(
            "write to another guest's page",
            NEIGHBOUR,
            true,
            write,
            neighbour,
        ),
        plan("read of the host's page", HOST, false, read, host),
        plan("write to the host's page", HOST, true, write, host),
        plan(
            "read of what it did not map",
            NOTHING,
            false,
            Cause::ReadPageFault,
            None,
        ),
        plan(
            "write to what it did not map",
            NOTHING,
            true,
            Cause::WritePageFault,
            None,
        ),
        Plan {
            implicit: true,
            ..plan(
                "tables in another guest's page",
                ASTRAY,
                false,
                read,
                neighbour,
            )
        },
    ]
}
