// SPDX-License-Identifier: Apache-2.0
//! PR and PW: IOFENCE.C waits for memory's answers to earlier reads and writes,
//! and without them it does not.

use super::scene::{BASE, Scene};
use crate::support::builds;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Span, SubordinateTiming};
use sallyport_formats::Command;
use sallyport_formats::command::Fence;

/// Clocks that memory takes for the devices' data.
const SLOW: u64 = 1_500;

/// Clocks of a fence that comes while a read or a write is at slow memory, after
/// so many others that did not wait for it.
fn clocks(build: Build, write: bool, others: u32, fence: Fence) -> u64 {
    let mut config = SystemConfig::new(build, Seed::new(120));
    config.data_memory = SubordinateTiming {
        read_latency: Span::exactly(SLOW as u32),
        write_latency: Span::exactly(SLOW as u32),
        ..SubordinateTiming::fixed(1)
    };
    let mut scene = Scene::new(&config, 1);
    let ax = scene.burst(0, 1, BASE, 2);
    if write {
        scene.write(ax, &[1; 16]);
    } else {
        scene.read(ax);
    }
    scene.rig.run(200);
    let start = scene.rig.machine.now();
    for _ in 0..others {
        scene.rig.put(Command::Fence(Fence::default()).emit());
    }
    scene.rig.put(Command::Fence(fence).emit());
    scene.rig.ring();
    scene.rig.drain();
    let clocks = scene.rig.machine.now().since(start);
    scene.settle(2 * SLOW);
    scene.rig.finish();
    clocks
}

#[test]
fn pr_waits_for_reads_and_pw_for_writes() {
    for build in builds(&Build::ALL) {
        for write in [false, true] {
            for (pr, pw) in [(false, false), (true, false), (false, true), (true, true)] {
                for others in 0..4 {
                    let fence = Fence {
                        pr,
                        pw,
                        ..Fence::default()
                    };
                    let clocks = clocks(build, write, others, fence);
                    let waits = if write { pw } else { pr };
                    let what = format!(
                        "{build}, write {write}, PR {pr}, PW {pw}, after {others}: {clocks} clocks"
                    );
                    if waits {
                        assert!(clocks > SLOW - 300, "{what}");
                    } else {
                        assert!(clocks < 300, "{what}");
                    }
                }
            }
        }
    }
}
