// SPDX-License-Identifier: Apache-2.0
//! Hits: one a clock, four clocks in to out.

use super::setup::{BASE, Setup, hit_clocks, physical};
use crate::support::builds;
use sallyport_bench::Build;

/// Reads and writes alternate over four warm pages; counted over the last
/// 8,000 of 10,000. Gives translations per 1,000 clocks, and reads among them.
fn rate(build: Build) -> (u64, u64) {
    let mut setup = Setup::new(build, 20, &[4]);
    setup.warm(0, 0..4);
    for n in 0..10_000 {
        let (id, page) = ((n % 16) as u8, n % 4);
        if n % 2 == 0 {
            setup.read(0, id, page);
        } else {
            setup.write(0, id, page);
        }
    }
    setup.settle(40_000);
    let mut out = setup.rig.machine.take_addresses();
    assert_eq!(out.len(), 10_000);
    for address in &out {
        let page = (address.ax.addr - physical(0, 0)) >> 12;
        assert!(page < 4, "{address:?}");
    }
    out.sort_by_key(|address| address.clock);
    let first = out[1_999].clock;
    let last = out[9_999].clock;
    let reads = out[2_000..].iter().filter(|address| !address.write).count();
    setup.finish();
    (8_000 * 1_000 / last.since(first), reads as u64)
}

#[test]
fn one_hit_a_clock_over_reads_and_writes() {
    for build in builds(&[Build::Default, Build::Full]) {
        let (rate, reads) = rate(build);
        assert!(rate >= 995, "{build}: {rate} hits per 1,000 clocks");
        assert!(
            (3_900..=4_100).contains(&reads),
            "{build}: {reads} of 8,000 are reads"
        );
    }
}

#[test]
fn small_has_few_requests_in_flight() {
    for build in builds(&[Build::Small]) {
        let (rate, reads) = rate(build);
        assert!(rate >= 495, "{rate} hits per 1,000 clocks");
        let fair = 3_600..=4_400;
        assert!(fair.contains(&reads), "{reads} of 8,000 are reads");
    }
}

#[test]
fn a_hit_takes_its_clocks() {
    for build in builds(&Build::ALL) {
        let clocks = hit_clocks(build);
        let mut setup = Setup::new(build, 20, &[2]);
        setup.rig.machine.log_addresses();
        setup.warm(0, 0..2);
        assert_eq!(setup.latency(0, 1), clocks, "read, {build}");

        let handle = setup.write(0, 3, 1);
        let done = setup.settle(1_000);
        let out = setup.rig.machine.take_addresses();
        let offered = done[&handle].times.valid.expect("it was offered");
        assert_eq!(out[0].clock.since(offered), clocks, "write, {build}");
        assert_eq!(out[0].ax.addr, physical(0, 1));
        setup.finish();
    }
}

#[test]
fn hits_of_one_id_flow_as_well() {
    let mut setup = Setup::new(Build::Default, 20, &[4]);
    setup.warm(0, 0..4);
    for n in 0..4_000u64 {
        setup.read(0, 5, n % 4);
    }
    setup.settle(20_000);
    let out = setup.rig.machine.take_addresses();
    let order: Vec<u64> = out.iter().map(|a| a.ax.addr).collect();
    let expected: Vec<u64> = (0..4_000).map(|n| physical(0, n % 4)).collect();
    assert!(
        order == expected,
        "reads of one ID left out of order (base {BASE:#x})"
    );
    let clocks = out[3_999].clock.since(out[999].clock);
    assert!(clocks <= 3_015, "3,000 hits took {clocks} clocks");
    setup.finish();
}
