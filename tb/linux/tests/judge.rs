// SPDX-License-Identifier: Apache-2.0
//! Consoles as they were recorded, and what is wrong with them when a line is not as
//! it should be.

use sallyport_bench::Build;
use sallyport_linux::boot::{Digests, Ending, Facts};
use sallyport_linux::console::Console;
use sallyport_linux::hardware::Attempt;
use sallyport_linux::judge::{judge, passed};
use sallyport_linux::summary::Report;
use sallyport_linux::{Pages, Rogue, Run, render};
use sallyport_vfio::Counters;
use std::time::Duration;

const IDENTITY: &str = include_str!("data/identity.log");
const PAGING: &str = include_str!("data/sv57.log");

fn sum(console: &Console, name: &str) -> String {
    console.sum(name).expect("a sum").to_owned()
}

/// The facts of a run that went well, whose console said this.
fn facts(run: Run, text: &str) -> Facts {
    let good = Console::read(if run.mode(Build::Full).is_some() {
        PAGING
    } else {
        IDENTITY
    });
    let paging = run.mode(Build::Full).is_some();
    Facts {
        run,
        build: Build::Full,
        pages: Pages::Mixed,
        mib: 2,
        ending: Ending::Off,
        console: Console::read(text),
        digests: Digests {
            read: sum(&good, "read"),
            kept: sum(&good, "read"),
            data: sum(&good, "data"),
            written: sum(&good, "data"),
            first: if paging {
                sum(&good, "restored")
            } else {
                String::new()
            },
        },
        attempts: Vec::new(),
        counters: Some(counters(run)),
    }
}

/// What the RTL does in a run that goes well.
fn counters(run: Run) -> Counters {
    let mut counters = Counters::default();
    counters.requests.translated = 1000;
    counters.walks.device_contexts = 3;
    counters.nvme.bytes_read = 6 << 20;
    counters.nvme.bytes_written = 2 << 20;
    for (command, count) in [("IODIR.INVAL_DDT DV", 4), ("IOFENCE.C PR PW", 9)] {
        counters.commands.insert(command.to_owned(), count);
    }
    if let Some(mode) = run.mode(Build::Full) {
        counters.walks.leaves = 30;
        counters.walks.leaves_by_mode.insert(mode.to_owned(), 30);
        for size in ["4 KiB", "64 KiB", "2 MiB"] {
            counters.walks.leaves_by_size.insert(size.to_owned(), 10);
        }
        counters.walks.napot_leaves = 10;
        for (command, count) in [("IOTINVAL.VMA PSCV", 2), ("IOTINVAL.VMA PSCV AV", 5)] {
            counters.commands.insert(command.to_owned(), count);
        }
        counters.faults.insert("15 write page fault".to_owned(), 1);
        counters.iommu_interrupts.insert(1, 1);
    }
    counters
}

/// The rules that are broken.
fn broken(facts: &Facts) -> Vec<&'static str> {
    let checks = judge(facts);
    let broken: Vec<_> = checks
        .iter()
        .filter(|c| !c.passed)
        .map(|c| c.rule)
        .collect();
    assert_eq!(passed(&checks), broken.is_empty());
    broken
}

#[test]
fn what_went_well_passes() {
    assert_eq!(broken(&facts(Run::Identity, IDENTITY)), [""; 0]);
    assert_eq!(broken(&facts(Run::Sv57, PAGING)), [""; 0]);
}

/// Each line that a good console must have, and the rule that wants it.
#[test]
fn a_line_that_is_missing_is_missed() {
    for (line, rule) in [
        ("SALLYPORT end", "the guest comes to its end"),
        ("SALLYPORT driver", "the kernel's driver has the IOMMU"),
        ("SALLYPORT disk", "the disk is a block device of its size"),
        ("sum read", "the guest reads what is on the disk"),
        ("sum again", "it reads that again after writing"),
        ("sum data", "the guest has the data to be written"),
        ("sum back", "the guest reads what it has written"),
        ("sum restored", "without the module the guest reads it, too"),
        ("SALLYPORT attached", "the module attaches a paging domain"),
        ("SALLYPORT churn", "pages are taken away under I/O"),
        (
            "SALLYPORT domain",
            "the kernel's own domain is an identity domain",
        ),
        (
            ": Fault 15",
            "a write to a page that was taken away is in the kernel's log",
        ),
        ("transfer without a page", "the transfer to that page fails"),
    ] {
        let kept: Vec<_> = PAGING.lines().filter(|text| !text.contains(line)).collect();
        assert_eq!(
            broken(&facts(Run::Sv57, &kept.join("\n"))),
            [rule],
            "{line}"
        );
    }
}

#[test]
fn a_line_too_many_is_noticed() {
    for (line, rule) in [
        ("[9] SALLYPORT failed churn", "nothing fails in the guest"),
        (
            "[9] iommu_pci 0000:00:02.0: Fault 13 devid: 0x8 iotval: 84000000 iotval2: 0",
            "there are no other faults",
        ),
        (
            "[9] iommu_pci 0000:00:02.0: Hardware error: command execution timeout",
            "the kernel does not complain",
        ),
        (
            "[9] nvme nvme0: I/O tag 24 (1018) QID 0 timeout, completion polled",
            "the kernel does not complain",
        ),
        (
            "[9] nvme 0000:00:01.0: sallyport: churn round 1, pages of 64 KiB: the device wrote to a page that was taken from it",
            "no translation outlives its invalidation",
        ),
    ] {
        let text = format!("{PAGING}{line}\n");
        assert_eq!(broken(&facts(Run::Sv57, &text)), [rule], "{line}");
    }
}

#[test]
fn other_data_is_noticed() {
    let mut other = facts(Run::Sv57, PAGING);
    other.digests.written = "00".repeat(32);
    other.digests.kept = "11".repeat(32);
    let rules = [
        "the disk has what the guest has written",
        "the rest of the disk stays",
    ];
    assert_eq!(broken(&other), rules);
    let text = PAGING.replace(
        "without a page ended with -5",
        "without a page ended with 0",
    );
    let rules = ["the transfer to that page fails"];
    assert_eq!(broken(&facts(Run::Sv57, &text)), rules);
    let text = PAGING.replace("sum back ", "sum back 0");
    let rules = ["the guest reads what it has written"];
    assert_eq!(broken(&facts(Run::Sv57, &text)), rules);
}

#[test]
fn a_bad_end_is_noticed() {
    for ending in [
        Ending::Silent,
        Ending::TooLong,
        Ending::Broken("why".into()),
    ] {
        let mut facts = facts(Run::Identity, IDENTITY);
        facts.ending = ending;
        assert_eq!(broken(&facts), ["the guest comes to its end"]);
    }
}

/// A run says nothing of a feature that was not counted.
#[test]
fn counts_of_zero_fail() {
    let mut none = facts(Run::Sv57, PAGING);
    none.counters = Some(Counters::default());
    let broken = broken(&none);
    for rule in [
        "DMA is translated",
        "device contexts are invalidated",
        "fences are done",
        "page tables of the run's mode are walked, and no others",
        "NAPOT pages of 64 KiB are walked: PTEs with N",
        "translations of an address are invalidated",
        "translations of an address space are invalidated",
        "fault records are written",
        "the IOMMU interrupts by message",
    ] {
        assert!(broken.contains(&rule), "{rule}: {broken:?}");
    }
}

#[test]
fn another_mode_is_noticed() {
    let other = facts(Run::Sv48, PAGING);
    assert_eq!(broken(&other), [""; 0]);
    let mut other = other;
    other.counters = Some(counters(Run::Sv57));
    let rule = "page tables of the run's mode are walked, and no others";
    assert_eq!(broken(&other), [rule]);
}

fn with_rogue(rogue: Rogue, run: Run, faults: &str) -> Facts {
    let text = if run.mode(Build::Full).is_some() {
        PAGING
    } else {
        IDENTITY
    };
    let kept: Vec<_> = text
        .lines()
        .filter(|text| !text.contains("Fault") && !text.contains("I/O error"))
        .collect();
    let mut facts = facts(run, &format!("{}\n{faults}", kept.join("\n")));
    facts.attempts.push(Attempt {
        rogue,
        read_refused: true,
        write_refused: true,
    });
    if let Some(counters) = &mut facts.counters {
        counters
            .faults
            .insert("258 DDT entry not valid".to_owned(), 2);
        counters.iommu_interrupts.insert(1, 1);
    }
    facts
}

#[test]
fn a_rogue_must_be_named() {
    let good = "[9] x: Fault 258 devid: 0x28 iotval: 84000000 iotval2: 0\n".repeat(2);
    let facts = |faults: &str| with_rogue(Rogue::Unattached, Run::Unattached, faults);
    assert_eq!(broken(&facts(&good)), [""; 0]);
    for (part, other) in [("0x28", "0x29"), ("84000000", "84001000"), ("258", "257")] {
        let broken = broken(&facts(&good.replace(part, other)));
        assert_eq!(broken.len(), 3, "{broken:?}");
    }
    let once = good.lines().next().expect("a line");
    assert_eq!(broken(&facts(once)).len(), 1);

    let good = "[9] x: Fault 13 devid: 0x8 iotval: 84000000 iotval2: 0\n\
                [9] x: Fault 15 devid: 0x8 iotval: 84000000 iotval2: 0\n";
    let facts = |faults: &str| with_rogue(Rogue::Unmapped, Run::Unmapped, faults);
    assert_eq!(broken(&facts(good)), [""; 0]);
    assert_eq!(
        broken(&facts(&good.replace("Fault 15", "Fault 13"))).len(),
        2
    );
}

#[test]
fn a_rogue_that_gets_through_is_noticed() {
    let good = "[9] x: Fault 258 devid: 0x28 iotval: 84000000 iotval2: 0\n".repeat(2);
    let mut facts = with_rogue(Rogue::Unattached, Run::Unattached, &good);
    facts.attempts[0].write_refused = false;
    assert_eq!(broken(&facts), ["the rogue gets and changes nothing"]);
}

/// What is wrong is said, with what was seen.
#[test]
fn a_report_says_what_is_wrong() {
    let text = PAGING.replace("sum back ", "sum back 0");
    let report = Report::new(facts(Run::Sv57, &text), Duration::from_secs(7), None);
    assert!(!report.passed);
    let text = render::run(&report);
    assert!(text.starts_with("sv57: FAILED"), "{text}");
    assert!(
        text.contains("wrong: the guest reads what it has written (0"),
        "{text}"
    );
    let json = serde_json::to_value(&report).expect("a document");
    assert_eq!(json["run"], "sv57");
    assert_eq!(json["ending"], "off");
    assert_eq!(json["counters"]["walks"]["napot_leaves"], 10);
}
