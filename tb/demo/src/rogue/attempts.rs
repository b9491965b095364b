// SPDX-License-Identifier: Apache-2.0
//! What the rogue tries, and what must come of it.

use crate::report::Outcome;
use sallyport_bench::{Bus, Host};
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

/// What must be left of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// A fault record with this `CAUSE` and `iotval`.
    Record(Cause, Iova),
    /// A TLP more that was malformed.
    Malformed,
    /// Nothing: it is allowed.
    Nothing,
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
    pub trace: Trace,
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
            trace: Trace::Record(cause, address),
            breaks: None,
        }
    }

    /// Whether this is the record that must come.
    pub fn expects(&self, record: &FaultRecord, rogue: DeviceId) -> bool {
        let Trace::Record(cause, iotval) = self.trace else {
            return false;
        };
        record.cause == cause
            && record.did == self.claim.unwrap_or(rogue)
            && record.iotval == iotval.raw()
    }

    /// All that is tried against the IOMMU, over either bus.
    pub fn with_translation(places: &Places, bus: Bus) -> Vec<Self> {
        let mut plans = Self::reaching(places);
        plans.extend(Self::over_the_edge(places, bus));
        plans.push(Self::new(
            "read beyond all tables",
            Attempt::Read,
            Iova::new(0x0123_4567_89ab_c000),
            Cause::ReadPageFault,
        ));
        plans.extend(Self::in_foreign_names(places, bus));
        plans.extend(match bus {
            Bus::Axi => Self::stalling_axi(places),
            Bus::Pcie => Self::stalling_pcie(places),
        });
        for plan in &mut plans {
            let posted = bus.posts_writes() && plan.attempt == Attempt::Write;
            if posted && plan.outcome == Outcome::Refused {
                plan.outcome = Outcome::Dropped;
            }
        }
        plans
    }

    /// At what belongs to others.
    fn reaching(places: &Places) -> Vec<Self> {
        let secret = Iova::new(places.secret.raw() + 0x80);
        let behind = Iova::new(places.own.raw() + PAGE_SIZE);
        let (read, write) = (Cause::ReadPageFault, Cause::WritePageFault);
        let across = |what, attempt, cause| Self {
            length: 128,
            trace: Trace::Record(cause, behind),
            ..Self::new(what, attempt, Iova::new(behind.raw() - 64), cause)
        };
        vec![
            Self::new(
                "read at another's physical address",
                Attempt::Read,
                secret,
                read,
            ),
            Self::new(
                "write at another's physical address",
                Attempt::Write,
                secret,
                write,
            ),
            Self::new(
                "read of the page behind its own",
                Attempt::Read,
                behind,
                read,
            ),
            Self::new(
                "write to the page behind its own",
                Attempt::Write,
                behind,
                write,
            ),
            across("read that runs out of its page", Attempt::Read, read),
            across("write that runs out of its page", Attempt::Write, write),
        ]
    }

    /// As one burst or packet over the end of a page, which both buses forbid.
    fn over_the_edge(places: &Places, bus: Bus) -> [Self; 2] {
        let edge = Iova::new(places.own.raw() + PAGE_SIZE - 64);
        let whole = |on_axi, on_pcie, attempt, cause| match bus {
            Bus::Axi => Self {
                length: 128,
                breaks: Some(Rule::CrossesPage),
                ..Self::new(on_axi, attempt, edge, cause)
            },
            Bus::Pcie => Self {
                length: 128,
                outcome: Outcome::Dropped,
                trace: Trace::Malformed,
                ..Self::new(on_pcie, attempt, edge, cause)
            },
        };
        [
            whole(
                "one read burst over the page's end",
                "one read request over the page's end",
                Attempt::ReadWhole,
                Cause::ReadAccessFault,
            ),
            whole(
                "one write burst over the page's end",
                "one write request over the page's end",
                Attempt::WriteWhole,
                Cause::WriteAccessFault,
            ),
        ]
    }

    /// In the name of a device that there is none of. Completions of PCI Express
    /// go to that name as well.
    fn in_foreign_names(places: &Places, bus: Bus) -> [Self; 2] {
        let claimed = |what, attempt| Self {
            claim: Some(FOREIGN),
            outcome: match bus {
                Bus::Axi => Outcome::Refused,
                Bus::Pcie => Outcome::Dropped,
            },
            ..Self::new(what, attempt, places.own, Cause::DdtInvalid)
        };
        [
            claimed("read in a foreign name", Attempt::Read),
            claimed("write in a foreign name", Attempt::Write),
        ]
    }

    /// Channels that the rogue holds up.
    fn stalling_axi(places: &Places) -> Vec<Self> {
        vec![
            Self {
                way: Way::WithholdData,
                outcome: Outcome::CutOff,
                ..Self::new(
                    "write whose data never comes",
                    Attempt::WithholdData,
                    places.own,
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
                    places.own,
                    Cause::ReadAccessFault,
                )
            },
        ]
    }

    /// Data that is missing, and a link that takes no packets for a while: all
    /// functions share it, and what was asked for comes later.
    fn stalling_pcie(places: &Places) -> Vec<Self> {
        vec![
            Self {
                outcome: Outcome::Dropped,
                trace: Trace::Malformed,
                ..Self::new(
                    "write with half of its data",
                    Attempt::WithholdData,
                    places.own,
                    Cause::WriteAccessFault,
                )
            },
            Self {
                way: Way::HoldReady,
                length: 512,
                outcome: Outcome::Delayed,
                trace: Trace::Nothing,
                ..Self::new(
                    "read while the link takes nothing",
                    Attempt::HoldReady,
                    places.own,
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
    host.with_system(|platform| {
        let Some(system) = platform.axi() else {
            return;
        };
        let monitor = system.device_monitor();
        let found = monitor.violations();
        if found.iter().all(|found| Some(found.rule) == breach) {
            monitor.take_violations();
        }
    });
}
