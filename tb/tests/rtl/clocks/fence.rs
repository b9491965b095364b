// SPDX-License-Identifier: Apache-2.0
//! IOFENCE.C under constant traffic.

use super::setup::Setup;
use crate::support::builds;
use sallyport_bench::Build;
use sallyport_formats::command::Fence;
use sallyport_formats::{Command, constants as c};

/// Reads and writes, hits and misses, never stop; a fence with PR and PW
/// completes within the time that what was accepted before it needs.
fn clocks_of_a_fence(build: Build, latency: u32, pages: u64) -> u64 {
    let mut setup = Setup::new(build, latency, &[pages, pages]);
    setup.warm(0, 0..4);
    setup.warm(1, 0..4);
    let mut n = 0u64;
    let mut feed = |setup: &mut Setup| {
        while setup.rig.machine.devices().queued() < 8 {
            n += 1;
            let (device, id, page) = ((n % 2) as u32, (n % 16) as u8, n * 7 % pages);
            if n.is_multiple_of(3) {
                setup.write(device, id, page);
            } else {
                setup.read(device, id, page);
            }
        }
        while setup.rig.machine.devices().pop_completion().is_some() {}
        setup.rig.step();
    };
    for _ in 0..500 {
        feed(&mut setup);
    }
    let fence = Fence {
        pr: true,
        pw: true,
        ..Fence::default()
    };
    setup.rig.put(Command::Fence(fence).emit());
    let tail = u64::from(setup.rig.command_tail);
    let access =
        |offset: u64| sallyport_bus::LiteAccess::read(offset as u32, sallyport_bus::LiteSize::Four);
    let ring = sallyport_bus::LiteAccess {
        write: Some(tail),
        ..access(c::REG_CQT)
    };
    let start = setup.rig.machine.now();
    setup.rig.machine.registers().submit(ring);
    for _ in 0..20_000 {
        if setup.rig.machine.registers().is_idle() {
            setup.rig.machine.registers().submit(access(c::REG_CQH));
        }
        feed(&mut setup);
        while let Some(done) = setup.rig.machine.registers().pop_completion() {
            if done.access.write.is_none() && done.value == tail {
                let clocks = done.done.since(start);
                setup.settle(20_000);
                setup.finish();
                return clocks;
            }
        }
    }
    panic!("{build}: the fence never completed");
}

#[test]
fn a_fence_under_constant_traffic_completes() {
    for build in builds(&Build::ALL) {
        for latency in [20, 100] {
            for pages in [4, 64] {
                let clocks = clocks_of_a_fence(build, latency, pages);
                // A full house of parked requests, one read each, and the
                // fetch of the command.
                let requests = if build == Build::Small { 8 } else { 128 };
                let rows = if build == Build::Small { 4 } else { 16 };
                let reads = requests / rows + 8;
                let most = reads * (u64::from(latency) + 12) + 200;
                println!("fence, {build}, L={latency}, {pages} pages: {clocks}");
                assert!(
                    clocks <= most,
                    "{build}, L={latency}, {pages} pages: {clocks} clocks, more than {most}"
                );
            }
        }
    }
}
