// SPDX-License-Identifier: Apache-2.0
//! A device that stalls is cut off and reported; the others, and fences, go on.

use super::scene::{BASE, Scene, physical};
use crate::support::{builds, read, write};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{ManagerTiming, Outcome, Pattern, Resp, Span, SubordinateTiming, Transaction};
use sallyport_formats::{Cause, FaultRecord, Spa};

/// `StallTimeout` of all builds, and what surrounds it.
const TIMEOUT: u64 = 4_096;

fn scene(build: Build, seed: u64) -> Scene {
    Scene::new(&SystemConfig::new(build, Seed::new(seed)), 2)
}

/// Causes of the records since the last look.
fn faults_of(scene: &mut Scene) -> Vec<Cause> {
    scene.rig.fence();
    let faults = scene.rig.faults();
    faults.into_iter().map(|record| record.cause).collect()
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
fn a_write_whose_data_drips_is_cut_off() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 114);
        let mut timing = ManagerTiming::FAST;
        // Each beat long before the time-out, all of them long after it.
        timing.w = Pattern {
            open: Span::exactly(1),
            closed: Span::exactly(TIMEOUT as u32 / 8),
        };
        scene.rig.machine.devices().set_timing(timing);
        let ax = scene.burst(0, 1, BASE, 32);
        let slow = scene.write(ax, &[0x11; 256]);
        let start = scene.rig.machine.now();
        let done = scene.settle(TIMEOUT * 3 / 2);
        assert_eq!(done[&slow].outcome, Outcome::CutOff, "{build}");
        let clocks = scene.rig.machine.now().since(start);
        assert!(clocks > TIMEOUT, "{build}: after {clocks} clocks");
        assert_eq!(faults_of(&mut scene), [Cause::WriteAccessFault], "{build}");
        scene.rig.finish();
    }
}

#[test]
fn a_read_whose_data_is_not_taken_is_cut_off() {
    // Of every ID in one build.
    let ids = |build| if build == Build::Full { 0..16 } else { 1..2 };
    let all = builds(&Build::ALL).into_iter();
    for (build, id) in all.flat_map(|build| ids(build).map(move |id| (build, id))) {
        let mut scene = scene(build, 111);
        let page = Spa::new(physical(0, 0));
        scene.rig.machine.memory_mut().write(page, &[0x77; 64]);
        scene.rig.machine.devices().hold_r(true);
        let ax = scene.burst(0, id, BASE, 4);
        let stalled = scene.read(ax);
        let refused = scene.burst(0, id, 0x1000, 4);
        let refused = scene.read(refused);
        scene.rig.run(TIMEOUT + 300);
        // It is reported while it stalls.
        scene.rig.fence();
        let faults = scene.rig.faults();
        let of_stall = |record: &&FaultRecord| record.cause == Cause::ReadAccessFault;
        let stalls: Vec<_> = faults.iter().filter(of_stall).collect();
        assert_eq!(stalls.len(), 1, "{build}: {faults:?}");
        assert_eq!((stalls[0].iotval, stalls[0].did.raw()), (BASE, 0));
        // Once a burst is enough.
        scene.rig.run(2 * TIMEOUT);
        scene.rig.machine.devices().hold_r(false);
        let ax = scene.burst(1, id ^ 3, BASE, 4);
        let other = scene.read(ax);
        let done = scene.settle(1_000);
        // The beat that was on offer is the one that comes, the rest does not.
        let beats = &done[&stalled].beats;
        let word = beats[0].data as u64;
        assert_eq!((beats[0].resp, word), (Resp::Okay, 0x7777_7777_7777_7777));
        for beat in &beats[1..] {
            assert_eq!((beat.resp, beat.data), (Resp::SlvErr, 0), "{build}");
        }
        assert_eq!(beats.len(), 4);
        assert_eq!(done[&refused].resp, Resp::SlvErr, "{build}");
        assert_eq!(done[&other].resp, Resp::Okay, "{build}");
        // The next burst of this id is whole.
        let ax = scene.burst(0, id, BASE, 4);
        let next = scene.read(ax);
        assert_eq!(scene.settle(1_000)[&next].resp, Resp::Okay, "{build}");
        assert_eq!(faults_of(&mut scene), [], "{build}");
        scene.rig.finish();
    }
}

#[test]
fn a_response_that_is_not_taken_is_reported_and_stays() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 115);
        scene.rig.machine.devices().hold_b(true);
        let ax = scene.burst(0, 1, BASE, 1);
        let stalled = scene.write(ax, &[0x22; 8]);
        scene.rig.run(2 * TIMEOUT + 300);
        scene.rig.machine.devices().hold_b(false);
        assert_eq!(scene.settle(1_000)[&stalled].resp, Resp::Okay, "{build}");
        assert_eq!(faults_of(&mut scene), [Cause::WriteAccessFault], "{build}");
        scene.rig.finish();
    }
}

/// A device that holds its share of the core and offers more reads does not
/// keep others from writing.
#[test]
fn a_device_over_its_share_leaves_the_turn_to_others() {
    // Of every share in one build.
    let devices = |build| if build == Build::Full { 0..8 } else { 0..1 };
    let all = builds(&Build::ALL).into_iter();
    for (build, device) in all.flat_map(|build| devices(build).map(move |device| (build, device))) {
        let other = device ^ 1;
        let mut config = SystemConfig::new(build, Seed::new(116));
        config.table_memory = SubordinateTiming::fixed(1_500);
        let mut scene = Scene::new(&config, 8);
        let width = scene.rig.machine.width();
        // What the other device needs is cached.
        scene
            .rig
            .machine
            .devices()
            .submit(write(other, 2, BASE, width));
        scene.settle(20_000);
        let tags = if build == Build::Small { 16 } else { 128 };
        // Writes that are all taken, and reads that are not.
        for _ in 0..tags * 5 / 16 {
            scene
                .rig
                .machine
                .devices()
                .submit(write(device, 0, BASE, width));
        }
        for _ in 0..tags {
            scene
                .rig
                .machine
                .devices()
                .submit(read(device, 0, BASE, width));
        }
        scene.rig.run(600);
        // The first may have the turn by chance; `small` keeps two tags for others.
        let others = [(); 2].map(|()| {
            let behind = write(other, 2, BASE, width);
            scene.rig.machine.devices().submit(behind)
        });
        let done = scene.settle(60_000);
        for other in others {
            let times = &done[&other].times;
            let (offered, taken) = (times.valid.unwrap(), times.handshake.unwrap());
            let clocks = taken.since(offered);
            assert!(clocks < 8, "{build}: it waited for {clocks} clocks");
        }
        scene.rig.finish();
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
