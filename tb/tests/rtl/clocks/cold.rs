// SPDX-License-Identifier: Apache-2.0
//! What a walk takes: n reads cost at most n·(L+2)+10 clocks, and the words of a
//! 64-byte context seven more. In `small`, which is for a higher clock, it is
//! n·(L+3)+15, and five for its contexts of 32 bytes.

use super::setup::Setup;
use crate::support::builds;
use sallyport_bench::Build;

fn bound(build: Build, reads: u64, latency: u64) -> u64 {
    match build {
        Build::Small => reads * (latency + 3) + 15,
        _ => reads * (latency + 2) + 10,
    }
}

#[test]
fn a_cold_walk_takes_no_longer_than_its_reads() {
    for build in builds(&Build::ALL) {
        for latency in [1, 20, 100] {
            let mut setup = Setup::new(build, latency, &[8]);
            setup.rig.machine.log_addresses();
            let latency = u64::from(latency);
            let context = if build == Build::Small { 5 } else { 7 };

            let cold = setup.latency(0, 0);
            let most = bound(build, 4, latency) + context;
            assert!(
                cold <= most,
                "{build}, L={latency}: context and page took {cold} > {most}"
            );

            let adjacent = setup.latency(0, 1);
            let most = bound(build, 1, latency);
            assert!(
                adjacent <= most,
                "{build}, L={latency}: adjacent page took {adjacent} > {most}"
            );

            // The context is known, the tables are not.
            let command = sallyport_formats::Command::invalidate_first_stage(None, None, None);
            setup.rig.command(command);
            setup.rig.fence();
            let tables = setup.latency(0, 2);
            let most = bound(build, 3, latency);
            assert!(
                tables <= most,
                "{build}, L={latency}: three reads took {tables} > {most}"
            );
            println!("{build} L={latency}: cold {cold}, adjacent {adjacent}, three reads {tables}");
            setup.finish();
        }
    }
}

#[test]
fn two_misses_of_two_devices_overlap() {
    for latency in [20u32, 100] {
        let mut setup = Setup::new(Build::Default, latency, &[2, 2]);
        setup.warm(0, [0]);
        setup.warm(1, [0]);
        setup.rig.forget_pages();
        let start = setup.rig.machine.now();
        setup.read(0, 0, 1);
        setup.read(1, 1, 1);
        setup.settle(5_000);
        let out = setup.rig.machine.take_addresses();
        let clocks = out[1].clock.since(start.next());
        let most = bound(Build::Default, 3, latency.into()) + 4;
        println!("two misses of two devices, L={latency}: {clocks}");
        assert!(clocks <= most, "L={latency}: {clocks} > {most}");
        setup.finish();
    }
}
