// SPDX-License-Identifier: Apache-2.0
//! Misses do not block.

use super::setup::{Setup, hit_clocks, physical};
use crate::support::builds;
use sallyport_bench::Build;
use sallyport_bus::{Clock, Handle};

/// Has device 0 miss and, a clock or two later, device 1 hit: the hit leaves in
/// its own clocks, the miss later.
fn overtakes(build: Build, miss_writes: bool, hit_writes: bool) {
    let mut setup = Setup::new(build, 20, &[2, 2]);
    setup.warm(0, [0]);
    setup.warm(1, [0]);
    let start = setup.rig.machine.now();
    let submit = |setup: &mut Setup, write: bool, device: u32, id: u8, page: u64| -> Handle {
        if write {
            setup.write(device, id, page)
        } else {
            setup.read(device, id, page)
        }
    };
    let miss = submit(&mut setup, miss_writes, 0, 1, 1);
    setup.rig.run(1);
    let hit = submit(&mut setup, hit_writes, 1, 2, 0);
    let done = setup.settle(5_000);
    let out = setup.rig.machine.take_addresses();
    let left = |pa: u64| -> Clock { out.iter().find(|a| a.ax.addr == pa).expect("it left").clock };
    let (miss_left, hit_left) = (left(physical(0, 1)), left(physical(1, 0)));
    let handshake = done[&hit].times.handshake.expect("it was accepted");
    assert_eq!(
        hit_left.since(handshake),
        hit_clocks(build),
        "{build}: the hit, from {start}"
    );
    assert!(
        miss_left > hit_left,
        "{build}: the miss left at {miss_left}, the hit at {hit_left}"
    );
    assert!(done[&miss].times.handshake <= done[&hit].times.handshake);
    setup.finish();
}

#[test]
fn a_read_that_hits_overtakes_a_read_that_misses() {
    for build in builds(&Build::ALL) {
        overtakes(build, false, false);
    }
}

#[test]
fn a_write_that_hits_overtakes_a_read_that_misses() {
    for build in builds(&Build::ALL) {
        overtakes(build, false, true);
    }
}

#[test]
fn a_read_that_hits_overtakes_a_write_that_misses() {
    for build in builds(&Build::ALL) {
        overtakes(build, true, false);
    }
}

/// Reads of walks that memory has accepted and not answered, at most, while
/// `count` pages miss at once.
fn in_flight(build: Build, count: u64) -> usize {
    let mut setup = Setup::new(build, 100, &[65]);
    setup.warm(0, [64]);
    for page in 0..count {
        setup.read(0, (page % 16) as u8, page);
    }
    let mut most = 0;
    setup.rig.until("end of the traffic", 20_000, |machine| {
        most = most.max(machine.table_memory().outstanding_reads());
        machine.devices().is_idle()
    });
    setup.settle(1);
    setup.finish();
    most
}

#[test]
fn sixteen_misses_are_in_flight_at_once() {
    assert!(in_flight(Build::Default, 16) >= 15);
    for build in builds(&[Build::Full]) {
        assert_eq!(in_flight(build, 16), 16, "full has 32 rows");
    }
}

#[test]
fn every_row_walks() {
    // A device alone leaves the last row to others.
    for build in builds(&Build::ALL) {
        let rows = match build {
            Build::Small => 4,
            Build::Default => 16,
            _ => 32,
        };
        let most = in_flight(build, 60);
        assert!(
            most >= rows - 1,
            "{build}: {most} of {rows} walks in flight"
        );
    }
}

#[test]
fn two_devices_fill_all_sixteen_rows() {
    let mut setup = Setup::new(Build::Default, 100, &[65, 65]);
    setup.warm(0, [64]);
    setup.warm(1, [64]);
    for page in 0..16 {
        setup.read((page % 2) as u32, page as u8, page);
    }
    let mut most = 0;
    setup.rig.until("end of the traffic", 20_000, |machine| {
        most = most.max(machine.table_memory().outstanding_reads());
        machine.devices().is_idle()
    });
    setup.finish();
    assert_eq!(most, 16);
}
