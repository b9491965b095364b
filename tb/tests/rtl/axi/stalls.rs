// SPDX-License-Identifier: Apache-2.0
//! A device that stalls is cut off and reported; the others, and fences, go on.

use super::scene::{BASE, Scene, physical};
use crate::support::{builds, read};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Outcome, Resp, Transaction};
use sallyport_formats::{Cause, Spa};

/// `StallTimeout` of all builds, and what surrounds it.
const TIMEOUT: u64 = 4_096;

fn scene(build: Build, seed: u64) -> Scene {
    Scene::new(&SystemConfig::new(build, Seed::new(seed)), 2)
}

#[test]
fn a_write_whose_data_is_withheld_is_cut_off() {
    for build in builds(&Build::ALL) {
        for sent in [0, 2] {
            let mut scene = scene(build, 110);
            let ax = scene.burst(0, 1, BASE, 4);
            let width = scene.rig.machine.width();
            let mut stalled = Transaction::write_bytes(ax, &[0xff; 64], width);
            stalled.w_stall_after = Some(sent);
            let stalled = scene.rig.machine.devices().submit(stalled);
            scene.rig.run(50);
            // Reads of others go on meanwhile.
            let start = scene.rig.machine.now();
            let other = scene.rig.machine.devices().submit(read(1, 2, BASE, width));
            scene.rig.run(300);
            let done = scene.taken();
            assert_eq!(done[&other].resp, Resp::Okay, "{build}, from {start}");
            let done = scene.settle(TIMEOUT + 500);
            assert_eq!(done[&stalled].outcome, Outcome::CutOff, "{build}");
            assert_eq!(done[&stalled].resp, Resp::SlvErr, "{build}");
            let at = Spa::new(physical(0, 0));
            assert_eq!(
                scene.rig.machine.memory().read_u64(at),
                0,
                "{build}: it was written"
            );
            // The next write is whole.
            let ax = scene.burst(0, 1, BASE, 1);
            let next = scene.write(ax, &[0x22; 8]);
            assert_eq!(scene.settle(1_000)[&next].resp, Resp::Okay, "{build}");
            assert_eq!(
                scene.rig.machine.memory().read_u64(at),
                0x2222_2222_2222_2222
            );
            scene.rig.fence();
            let faults = scene.rig.faults();
            assert_eq!(faults.len(), 1, "{build}: {faults:?}");
            assert_eq!(
                (faults[0].cause, faults[0].iotval),
                (Cause::WriteAccessFault, BASE)
            );
            assert_eq!(faults[0].did.raw(), 0);
            scene.rig.finish();
        }
    }
}

#[test]
fn a_read_whose_data_is_not_taken_is_cut_off() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 111);
        scene.rig.machine.devices().hold_r(true);
        let ax = scene.burst(0, 1, BASE, 4);
        let stalled = scene.read(ax);
        scene.rig.run(TIMEOUT + 300);
        scene.rig.machine.devices().hold_r(false);
        scene.rig.machine.devices().abort_reads(|ax| ax.id == 1);
        let done = scene.taken();
        assert_eq!(done[&stalled].outcome, Outcome::Aborted, "{build}");
        let ax = scene.burst(1, 2, BASE, 4);
        let other = scene.read(ax);
        assert_eq!(scene.settle(1_000)[&other].resp, Resp::Okay, "{build}");
        scene.rig.fence();
        let faults = scene.rig.faults();
        assert_eq!(faults.len(), 1, "{build}: {faults:?}");
        assert_eq!(
            (faults[0].cause, faults[0].iotval),
            (Cause::ReadAccessFault, BASE)
        );
        // RVALID fell without a handshake, as it has to.
        scene.rig.finish_without("s_axi ");
    }
}

#[test]
fn a_stalled_device_does_not_hold_up_a_fence() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 112);
        scene.rig.machine.devices().hold_r(true);
        scene.rig.machine.devices().hold_b(true);
        let ax = scene.burst(0, 1, BASE, 4);
        scene.read(ax);
        scene.write(ax, &[1; 32]);
        scene.rig.run(200);
        let start = scene.rig.machine.now();
        scene.rig.fence();
        let clocks = scene.rig.machine.now().since(start);
        assert!(clocks < 300, "{build}: the fence took {clocks} clocks");
        scene.rig.machine.devices().hold_r(false);
        scene.rig.machine.devices().hold_b(false);
        scene.settle(1_000);
        scene.rig.finish();
    }
}

#[test]
fn a_write_without_data_delays_a_fence_by_the_time_out_at_most() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 113);
        let ax = scene.burst(0, 1, BASE, 4);
        let width = scene.rig.machine.width();
        let mut stalled = Transaction::write_bytes(ax, &[0xff; 64], width);
        stalled.w_stall_after = Some(1);
        scene.rig.machine.devices().submit(stalled);
        scene.rig.run(60);
        let start = scene.rig.machine.now();
        scene.rig.fence();
        let clocks = scene.rig.machine.now().since(start);
        assert!(
            clocks < TIMEOUT + 300,
            "{build}: the fence took {clocks} clocks"
        );
        scene.settle(1_000);
        scene.rig.finish();
    }
}
