// SPDX-License-Identifier: Apache-2.0
//! What two stages take: Sv39 over Sv39x4, pages of 4 KiB in both.

use super::rates::{Draw, check, rate};
use super::setup::{GUEST, Setup};
use crate::support::builds;
use sallyport_bench::Build;
use sallyport_formats::Command;

/// A cold walk reads three entries of the first stage, and for each of those and
/// for the page three of the second, less what its walk cache knows by then; the
/// page beside it takes the two last entries.
#[test]
fn a_walk_of_two_stages() {
    for build in builds(&[Build::Default, Build::Full]) {
        for (latency, cold_most, adjacent_most) in [(20, 259, 54), (100, 1_139, 214)] {
            let mut setup = Setup::new(build, latency, &[]);
            setup.add_guest(8);
            setup.rig.machine.log_addresses();
            setup.latency(GUEST, 0);
            // The context stays known.
            let command = Command::invalidate_second_stage(None, None);
            setup.rig.command(command);
            setup.rig.fence();
            let cold = setup.latency(GUEST, 0);
            let adjacent = setup.latency(GUEST, 1);
            println!("{build} L={latency}: two stages, cold {cold}, adjacent page {adjacent}");
            assert!(
                cold <= cold_most,
                "{build}, L={latency}: {cold} > {cold_most}"
            );
            assert!(
                adjacent <= adjacent_most,
                "{build}, L={latency}: {adjacent} > {adjacent_most}"
            );
            setup.finish();
        }
    }
}

#[test]
fn random_pages_of_a_guest() {
    for (latency, least) in [(20, 227), (100, 75)] {
        let mut setup = Setup::new(Build::Default, latency, &[]);
        setup.add_guest(1_024);
        let mut draw = Draw::new();
        let random: Vec<_> = (0..2_000)
            .map(|n| (GUEST, (n % 16) as u8, draw.next(1_024)))
            .collect();
        let rate = rate(&mut setup, &random);
        check("two stages, random 1,024 pages", latency, rate, least);
        setup.finish();
    }
}
