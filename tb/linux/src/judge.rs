// SPDX-License-Identifier: Apache-2.0
//! Whether a run went well.
//!
//! A run claims features, and a claim that was not counted is a failure: a checksum
//! that agrees says nothing of a page table that nobody walked.

mod claims;

use crate::boot::{Ending, Facts, has_hole};
use crate::console::Fault;
use crate::plan::{NVME, TARGET};
use serde::Serialize;

/// The driver that must have bound the IOMMU.
const DRIVER: &str = "iommu_pci";

/// How the kernel says that a transfer has failed.
const EIO: &str = "-5";

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What has to be so.
    pub rule: &'static str,
    /// Whether it is.
    pub passed: bool,
    /// What was seen.
    pub seen: String,
}

impl Check {
    pub(crate) fn new(rule: &'static str, passed: bool, seen: impl Into<String>) -> Self {
        Self {
            rule,
            passed,
            seen: seen.into(),
        }
    }

    /// A count that must not be zero.
    pub(crate) fn counted(rule: &'static str, count: u64) -> Self {
        Self::new(rule, count > 0, count.to_string())
    }
}

/// Looks at everything that is known of a boot.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = guest(facts);
    checks.extend(paging(facts));
    checks.extend(sums(facts));
    checks.extend(faults(facts));
    checks.extend(claims::claims(facts));
    checks
}

/// Whether all is well.
#[must_use]
pub fn passed(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.passed)
}

fn guest(facts: &Facts) -> Vec<Check> {
    let console = &facts.console;
    let ending = match &facts.ending {
        Ending::Off => "it switched itself off".to_owned(),
        Ending::Silent => "the console fell silent".to_owned(),
        Ending::TooLong => "it took too long".to_owned(),
        Ending::Broken(why) => format!("QEMU ended with an error: {why}"),
    };
    let off = facts.ending == Ending::Off && console.said("end").is_some();
    let driver = console.said("driver").unwrap_or("none");
    let bytes = crate::boot::disk_bytes(facts.mib).to_string();
    let disk = console.said("disk").unwrap_or("none");
    let expected = if has_hole(facts.run) { 1 } else { 0 };
    let allowed = |text: &&String| text.contains("I/O error, dev nvme0n1");
    let (hole, others): (Vec<_>, Vec<_>) = console.complaints.iter().partition(allowed);
    let mut complaints: Vec<_> = others;
    complaints.extend(hole.into_iter().skip(expected));
    vec![
        Check::new("the guest comes to its end", off, ending),
        Check::new(
            "nothing fails in the guest",
            console.failures.is_empty(),
            console.failures.join("; "),
        ),
        Check::new(
            "the kernel's driver has the IOMMU",
            driver == DRIVER,
            driver,
        ),
        Check::new(
            "the disk is a block device of its size",
            disk == bytes,
            disk,
        ),
        Check::new(
            "the kernel does not complain",
            complaints.is_empty(),
            first(&complaints),
        ),
    ]
}

fn first(complaints: &[&String]) -> String {
    match complaints {
        [] => String::new(),
        [one] => (*one).clone(),
        [one, ..] => format!("{} lines, the first: {one}", complaints.len()),
    }
}

fn sums(facts: &Facts) -> Vec<Check> {
    let (console, digests) = (&facts.console, &facts.digests);
    let same = |rule, name: &str, expected: &str| {
        let sum = console.sum(name).unwrap_or("none");
        let seen = if sum == expected {
            format!("{}…", sum.get(..16).unwrap_or(sum))
        } else {
            format!("{sum}, not {expected}")
        };
        Check::new(rule, sum == expected && !expected.is_empty(), seen)
    };
    let mut checks = vec![
        same("the guest reads what is on the disk", "read", &digests.read),
        same("it reads that again after writing", "again", &digests.read),
        same(
            "the guest has the data to be written",
            "data",
            &digests.data,
        ),
        same("the guest reads what it has written", "back", &digests.data),
        Check::new(
            "the disk has what the guest has written",
            digests.written == digests.data,
            digests.written.get(..16).unwrap_or_default(),
        ),
        Check::new(
            "the rest of the disk stays",
            digests.kept == digests.read,
            digests.kept.get(..16).unwrap_or_default(),
        ),
    ];
    if facts.run.mode(facts.build).is_some() {
        checks.push(same(
            "without the module the guest reads it, too",
            "restored",
            &digests.first,
        ));
    }
    checks
}

fn paging(facts: &Facts) -> Vec<Check> {
    let console = &facts.console;
    let domain = console.said("domain").unwrap_or("none");
    let mut checks = vec![Check::new(
        "the kernel's own domain is an identity domain",
        domain == "identity",
        domain,
    )];
    if facts.run.mode(facts.build).is_none() {
        return checks;
    }
    let attached = console.said("attached").unwrap_or("none");
    let rounds: u64 = console
        .said("churn")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    let stale: Vec<&String> = console
        .module
        .iter()
        .filter(|text| text.contains("churn round") || text.contains("FAILED"))
        .collect();
    checks.push(Check::new(
        "the module attaches a paging domain",
        attached == facts.pages.name(),
        attached,
    ));
    checks.push(Check::counted("pages are taken away under I/O", rounds));
    checks.push(Check::new(
        "no translation outlives its invalidation",
        stale.is_empty(),
        first(&stale),
    ));
    checks
}

/// Each fault that is due is in the kernel's log, with the right id, address and cause,
/// and no other.
fn faults(facts: &Facts) -> Vec<Check> {
    let console = &facts.console;
    let mut checks = Vec::new();
    let mut rest: Vec<Fault> = console.faults.clone();
    if has_hole(facts.run) {
        let holes: Vec<u64> = console.holes().collect();
        let in_hole = |fault: &Fault| {
            let page = |hole: &u64| (*hole..hole + 4096).contains(&fault.iova);
            fault.cause == 15 && fault.device == u32::from(NVME) && holes.iter().any(page)
        };
        let hits = rest.iter().filter(|fault| in_hole(fault)).count();
        rest.retain(|fault| !in_hole(fault));
        checks.push(Check::counted(
            "a write to a page that was taken away is in the kernel's log",
            hits as u64,
        ));
        // QEMU's model does not report what became of its data.
        if facts.counters.is_some() {
            let ending = console.transfer_without_page().unwrap_or("none");
            checks.push(Check::new(
                "the transfer to that page fails",
                ending == EIO,
                ending,
            ));
        }
    }
    if let Some(rogue) = facts.run.rogue() {
        let device = u32::from(rogue.device());
        for (cause, rule) in rogue.causes().into_iter().zip([
            "the rogue's read is in the kernel's log: id, address, cause",
            "the rogue's write is in the kernel's log: id, address, cause",
        ]) {
            let due =
                |fault: &Fault| (fault.cause, fault.device, fault.iova) == (cause, device, TARGET);
            let found = rest.iter().position(due).map(|at| rest.remove(at));
            let seen = found.map_or("no such line".to_owned(), |fault| {
                let Fault {
                    cause,
                    device,
                    iova,
                    ..
                } = fault;
                format!("cause {cause}, device {device:#x}, address {iova:#x}")
            });
            checks.push(Check::new(rule, found.is_some(), seen));
        }
        let refused = facts.attempts.iter().filter(|attempt| {
            attempt.rogue == rogue && attempt.read_refused && attempt.write_refused
        });
        checks.push(Check::counted(
            "the rogue gets and changes nothing",
            refused.count() as u64,
        ));
    }
    let seen = rest.first().map_or(String::new(), |fault| {
        let Fault {
            cause,
            device,
            iova,
            ..
        } = fault;
        format!(
            "{} faults, the first: cause {cause}, device {device:#x}, address {iova:#x}",
            rest.len()
        )
    });
    checks.push(Check::new(
        "there are no other faults",
        rest.is_empty(),
        seen,
    ));
    checks
}
