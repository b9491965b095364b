// SPDX-License-Identifier: Apache-2.0
//! Random cases on every build, without a mismatch.

use sallyport_bench::replay::PortKind;
use sallyport_bench::{Build, Seed};
use sallyport_fuzz::{Counts, Fuzz};

/// Runs so many cases without a mismatch.
fn play(port: PortKind, build: Build, seed: u64, cases: u64) -> Counts {
    let mut fuzz = Fuzz::new(port, build, Seed::new(seed)).unwrap();
    while fuzz.counts().cases < cases {
        if let Err(failed) = fuzz.step() {
            let number = failed.plan.number;
            let first = &failed.ran.verdict.mismatches[0];
            panic!("{port}, build {build}, seed {seed}, case {number}: {first}");
        }
    }
    fuzz.counts().clone()
}

/// Runs so many cases, in which much happens.
fn run(port: PortKind, build: Build, seed: u64, cases: u64) -> Counts {
    let counts = play(port, build, seed, cases);
    assert!(
        counts.requests > 500 * cases,
        "{} requests",
        counts.requests
    );
    assert!(counts.undecided <= counts.requests / 10_000);
    assert!(counts.invalidations_in_flight > 5 * cases);
    assert!(counts.hits > counts.requests / 20 && counts.stale > 2 * cases);
    assert!(counts.bus_errors > 5 * cases);
    assert!(counts.updates > cases || build == Build::Small);
    for cause in [5, 7, 13, 15, 256, 258, 259, 260] {
        assert!(counts.causes.contains_key(&cause), "cause {cause}");
    }
    for size in [0x1000, 0x1_0000, 0x20_0000] {
        assert!(counts.sizes.contains_key(&size), "pages of {size:#x} bytes");
    }
    counts
}

/// What only two stages, processes and interrupt files come to.
fn guests(counts: &Counts) {
    for cause in [12, 20, 21, 23, 262, 266] {
        assert!(counts.causes.contains_key(&cause), "cause {cause}");
    }
    for [first, second] in [[0, 1], [1, 0], [1, 1]] {
        let mut pairs = counts.pairs.keys();
        let there = pairs.any(|pair| pair.map(|size| u64::from(size > 0)) == [first, second]);
        assert!(there, "stages {first} and {second}");
    }
}

#[test]
fn small() {
    run(PortKind::Core, Build::Small, 11, 30);
}

#[test]
fn default() {
    guests(&run(PortKind::Core, Build::Default, 12, 50));
}

#[test]
fn full() {
    guests(&run(PortKind::Core, Build::Full, 13, 50));
}

#[test]
fn small_over_axi() {
    run(PortKind::Axi, Build::Small, 14, 12);
}

#[test]
fn default_over_axi() {
    run(PortKind::Axi, Build::Default, 15, 15);
}

#[test]
fn full_over_axi() {
    run(PortKind::Axi, Build::Full, 16, 15);
}

/// Cases of packets are longer, and fewer.
fn packets(build: Build, seed: u64, cases: u64) {
    let counts = play(PortKind::Pcie, build, seed, cases);
    assert!(counts.requests > 3000 * cases);
    assert!(counts.invalidations_in_flight > 5 * cases && counts.stale > cases);
    assert!(counts.hits > counts.requests / 20);
    for cause in [5, 7, 13, 15, 258, 259, 260] {
        assert!(counts.causes.contains_key(&cause), "cause {cause}");
    }
}

#[test]
fn small_over_pcie() {
    packets(Build::Small, 24, 5);
}

#[test]
fn default_over_pcie() {
    packets(Build::Default, 18, 6);
}

#[test]
fn full_over_pcie() {
    packets(Build::Full, 22, 6);
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
