// SPDX-License-Identifier: Apache-2.0
//! What the rogue tries, and what must come of it.

use crate::report::Outcome;
use sallyport_bench::Host;
use sallyport_bus::Rule;
use sallyport_devices::rogue::Attempt;
use sallyport_formats::{Cause, DeviceId, FaultRecord, Iova, PAGE_SIZE, Spa};

/// An id that no device has.
pub const FOREIGN: DeviceId = DeviceId::truncate(0x00_beef);

/// How the bus is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As others do.
    Plain,
    /// W is withheld.
    WithholdData,
    /// RREADY is held low.
    HoldReady,
}

/// Addresses to try.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// What the rogue was given.
    pub own: Iova,
    /// Where that is.
    pub own_physical: Spa,
    /// Somebody else's page.
    pub secret: Spa,
}

/// An attempt.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub what: &'static str,
    pub attempt: Attempt,
    pub way: Way,
    pub address: Iova,
    pub length: u32,
    /// The id that it claims to have.
    pub claim: Option<DeviceId>,
    pub outcome: Outcome,
    /// The record that must come.
    pub cause: Cause,
    pub iotval: Iova,
    /// The rule of AXI4 that the rogue breaks.
    pub breaks: Option<Rule>,
}

impl Plan {
    /// Something plain that is refused at its first byte.
    const fn new(what: &'static str, attempt: Attempt, address: Iova, cause: Cause) -> Self {
        Self {
            what,
            attempt,
            way: Way::Plain,
            address,
            length: 64,
            claim: None,
            outcome: Outcome::Refused,
            cause,
            iotval: address,
            breaks: None,
        }
    }

    /// Whether this is the record that must come.
    pub fn expects(&self, record: &FaultRecord, rogue: DeviceId) -> bool {
        record.cause == self.cause
            && record.did == self.claim.unwrap_or(rogue)
            && record.iotval == self.iotval.raw()
    }

    /// All that is tried against the IOMMU.
    pub fn with_translation(places: &Places) -> Vec<Self> {
        let secret = Iova::new(places.secret.raw() + 0x80);
        let own = places.own;
        let behind = Iova::new(own.raw() + PAGE_SIZE);
        let edge = Iova::new(behind.raw() - 64);
        let across = |what, attempt, cause| Self {
            length: 128,
            ..Self::new(what, attempt, edge, cause)
        };
        vec![
            Self::new(
                "read at another's physical address",
                Attempt::Read,
                secret,
                Cause::ReadPageFault,
            ),
            Self::new(
                "write at another's physical address",
                Attempt::Write,
                secret,
                Cause::WritePageFault,
            ),
            Self::new(
                "read of the page behind its own",
                Attempt::Read,
                behind,
                Cause::ReadPageFault,
            ),
            Self::new(
                "write to the page behind its own",
                Attempt::Write,
                behind,
                Cause::WritePageFault,
            ),
            Self {
                iotval: behind,
                ..across(
                    "read that runs out of its page",
                    Attempt::Read,
                    Cause::ReadPageFault,
                )
            },
            Self {
                iotval: behind,
                ..across(
                    "write that runs out of its page",
                    Attempt::Write,
                    Cause::WritePageFault,
                )
            },
            Self {
                breaks: Some(Rule::CrossesPage),
                ..across(
                    "one read burst over the page's end",
                    Attempt::ReadBurst,
                    Cause::ReadAccessFault,
                )
            },
            Self {
                breaks: Some(Rule::CrossesPage),
                ..across(
                    "one write burst over the page's end",
                    Attempt::WriteBurst,
                    Cause::WriteAccessFault,
                )
            },
            Self::new(
                "read beyond all tables",
                Attempt::Read,
                Iova::new(0x0123_4567_89ab_c000),
                Cause::ReadPageFault,
            ),
            Self {
                claim: Some(FOREIGN),
                ..Self::new(
                    "read in a foreign name",
                    Attempt::Read,
                    own,
                    Cause::DdtInvalid,
                )
            },
            Self {
                claim: Some(FOREIGN),
                ..Self::new(
                    "write in a foreign name",
                    Attempt::Write,
                    own,
                    Cause::DdtInvalid,
                )
            },
            Self {
                way: Way::WithholdData,
                outcome: Outcome::CutOff,
                ..Self::new(
                    "write whose data never comes",
                    Attempt::WithholdData,
                    own,
                    Cause::WriteAccessFault,
                )
            },
            Self {
                way: Way::HoldReady,
                // More than the interconnect before the IOMMU takes.
                length: 1024,
                outcome: Outcome::CutOff,
                ..Self::new(
                    "read with RREADY held low",
                    Attempt::HoldReady,
                    own,
                    Cause::ReadAccessFault,
                )
            },
        ]
    }

    /// What is tried in a machine without translation.
    pub fn without_translation(places: &Places) -> Vec<Self> {
        let secret = Iova::new(places.secret.raw() + 0x80);
        let own = Iova::new(places.own_physical.raw());
        let edge = Iova::new(own.raw() + PAGE_SIZE - 64);
        let attempt = |what, attempt, address| Self {
            length: 128,
            outcome: Outcome::Passed,
            ..Self::new(what, attempt, address, Cause::default())
        };
        vec![
            attempt("read at another's physical address", Attempt::Read, secret),
            attempt(
                "write at another's physical address",
                Attempt::Write,
                secret,
            ),
            attempt("write that runs out of its page", Attempt::Write, edge),
            Self {
                claim: Some(FOREIGN),
                ..attempt(
                    "write in a foreign name",
                    Attempt::Write,
                    Iova::new(secret.raw() + 0x200),
                )
            },
        ]
    }
}

/// Forgets what the monitor has seen, if it is the breach that an attempt is
/// about. Anything else stays, and ends the run.
pub fn forgive(host: &Host, breach: Option<Rule>) {
    host.with_system(|system| {
        let monitor = system.device_monitor();
        let found = monitor.violations();
        if found.iter().all(|found| Some(found.rule) == breach) {
            monitor.take_violations();
        }
    });
}
