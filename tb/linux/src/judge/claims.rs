// SPDX-License-Identifier: Apache-2.0
//! What a run claims, counted at the RTL.

use super::Check;
use crate::boot::{Facts, has_hole};
use crate::plan::Pages;
use sallyport_vfio::Counters;

/// The claims; none for QEMU's models, which count nothing.
pub fn claims(facts: &Facts) -> Vec<Check> {
    let Some(counters) = &facts.counters else {
        return Vec::new();
    };
    let mut checks = always(facts, counters);
    match facts.run.mode(facts.build) {
        Some(mode) => checks.extend(paging(facts, counters, mode)),
        None => checks.push(Check::new(
            "no page table is walked",
            counters.walks.leaves == 0,
            format!("{} leaves", counters.walks.leaves),
        )),
    }
    let faults: u64 = counters.faults.values().sum();
    if has_hole(facts.run) || facts.run.rogue().is_some() {
        checks.push(Check::counted("fault records are written", faults));
        checks.push(Check::counted(
            "the IOMMU interrupts by message",
            counters.iommu_interrupts.values().sum(),
        ));
    } else {
        checks.push(Check::new(
            "no fault record is written",
            faults == 0,
            faults.to_string(),
        ));
    }
    checks
}

fn always(facts: &Facts, counters: &Counters) -> Vec<Check> {
    let bytes = u64::from(facts.mib) << 20;
    let (read, written) = (counters.nvme.bytes_read, counters.nvme.bytes_written);
    vec![
        Check::counted("DMA is translated", counters.requests.translated),
        Check::counted("device contexts are walked", counters.walks.device_contexts),
        Check::counted(
            "device contexts are invalidated",
            counters.command("IODIR.INVAL_DDT", &[]),
        ),
        Check::counted("fences are done", counters.command("IOFENCE.C", &[])),
        Check::new(
            "the disk reads what it is asked for",
            read >= 3 * bytes,
            format!("{read} bytes"),
        ),
        Check::new(
            "the disk writes what it is asked for",
            written >= bytes,
            format!("{written} bytes"),
        ),
    ]
}

fn paging(facts: &Facts, counters: &Counters, mode: &str) -> Vec<Check> {
    let walks = &counters.walks;
    let size = |name: &str| walks.leaves_by_size.get(name).copied().unwrap_or(0);
    let of_mode = walks.leaves_by_mode.get(mode).copied().unwrap_or(0);
    let modes: Vec<String> = walks
        .leaves_by_mode
        .iter()
        .map(|(mode, count)| format!("{mode}: {count}"))
        .collect();
    let vma = |bits: &[&str]| counters.command("IOTINVAL.VMA", bits);
    let mut checks = vec![
        Check::new(
            "page tables of the run's mode are walked, and no others",
            of_mode > 0 && of_mode == walks.leaves,
            modes.join(", "),
        ),
        Check::counted(
            "translations of an address are invalidated",
            vma(&["PSCV", "AV"]),
        ),
        Check::counted(
            "translations of an address space are invalidated",
            vma(&["PSCV"]) - vma(&["PSCV", "AV"]),
        ),
    ];
    let pages = facts.pages;
    if matches!(pages, Pages::Small | Pages::Mixed) {
        checks.push(Check::counted("pages of 4 KiB are walked", size("4 KiB")));
    }
    if matches!(pages, Pages::Napot | Pages::Mixed) {
        checks.push(Check::counted(
            "NAPOT pages of 64 KiB are walked: PTEs with N",
            walks.napot_leaves,
        ));
    }
    if matches!(pages, Pages::Large | Pages::Mixed) {
        checks.push(Check::counted("pages of 2 MiB are walked", size("2 MiB")));
    }
    checks
}
