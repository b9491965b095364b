// SPDX-License-Identifier: Apache-2.0
//! Random cases on every build, without a mismatch.

use sallyport_bench::replay::PortKind;
use sallyport_bench::{Build, Seed};
use sallyport_fuzz::{Counts, Fuzz};

/// Runs cases until so many requests were answered.
fn requests(port: PortKind, build: Build, seed: u64, enough: u64) -> Counts {
    let mut fuzz = Fuzz::new(port, build, Seed::new(seed)).unwrap();
    while fuzz.counts().requests < enough {
        if let Err(failed) = fuzz.step() {
            let number = failed.plan.number;
            let first = &failed.ran.verdict.mismatches[0];
            panic!("{port}, build {build}, seed {seed}, case {number}: {first}");
        }
    }
    let counts = fuzz.counts().clone();
    assert_eq!(counts.undecided, 0);
    assert!(counts.invalidations_in_flight > enough / 100);
    assert!(counts.hits > enough / 20 && counts.stale > enough / 200);
    assert!(counts.bus_errors > enough / 100);
    for cause in [1, 5, 7, 12, 13, 15, 256, 257, 258, 259, 260, 268, 274] {
        assert!(counts.causes.contains_key(&cause), "cause {cause}");
    }
    for size in [0x1000, 0x1_0000, 0x20_0000, 0x4000_0000] {
        assert!(counts.sizes.contains_key(&size), "pages of {size:#x} bytes");
    }
    counts
}

#[test]
fn small() {
    requests(PortKind::Core, Build::Small, 11, 25_000);
}

#[test]
fn default() {
    let counts = requests(PortKind::Core, Build::Default, 12, 60_000);
    assert!(counts.updates > 100);
}

#[test]
fn full() {
    let counts = requests(PortKind::Core, Build::Full, 13, 30_000);
    assert!(counts.updates > 100);
}

#[test]
fn small_over_axi() {
    requests(PortKind::Axi, Build::Small, 14, 10_000);
}

#[test]
fn default_over_axi() {
    let counts = requests(PortKind::Axi, Build::Default, 15, 20_000);
    assert!(counts.updates > 50);
}

#[test]
fn full_over_axi() {
    let counts = requests(PortKind::Axi, Build::Full, 16, 10_000);
    assert!(counts.updates > 50);
}

#[test]
fn a_case_depends_on_seed_and_number_alone() {
    let after = |from: u64| {
        let fuzz = Fuzz::new(PortKind::Core, Build::Small, Seed::new(5)).unwrap();
        let mut fuzz = fuzz.from_case(from);
        let mut before = fuzz.counts().clone();
        while fuzz.counts().cases + from < 5 {
            before = fuzz.counts().clone();
            fuzz.step().unwrap();
        }
        (
            fuzz.counts().clocks - before.clocks,
            fuzz.counts().requests - before.requests,
        )
    };
    assert_eq!(after(0), after(4));
}
